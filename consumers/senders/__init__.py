"""Delivers alerts: by e-mail to each who is told, by webhooks and the bots of WeCom, DingTalk and Feishu to whoever listens there."""
