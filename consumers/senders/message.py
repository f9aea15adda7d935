"""What is sent: an alert, or several, as mail, as a webhook's body, and in the formats of bots."""

from __future__ import annotations

import base64
import hashlib
import hmac
from collections.abc import Sequence
from dataclasses import dataclass
from email.message import EmailMessage
from typing import Any, Final, NamedTuple
from urllib.parse import urlencode

import orjson

from consumers.senders.channels import Channel, ChannelKind
from domain.alert import AlertRaised
from infra.alert_text import heading, sentence
from infra.render import to_json
from infra.translations import ENGLISH

# The longest content that WeCom takes as Markdown, in bytes of UTF-8.
WECOM_BYTES: Final = 4_096
LONGEST_SUBJECT: Final = 200


class Notice(NamedTuple):
    """An alert on its way to somebody; `delivery_id` is the same at every attempt."""

    alert_id: str
    delivery_id: str
    raised: AlertRaised


@dataclass(frozen=True, slots=True)
class Post:
    """What is posted where, with which headers."""

    url: str
    body: bytes
    headers: dict[str, str]


def delivery_id(alert_id: str, channel: str, recipient: str) -> str:
    """By which whoever receives a message twice knows it again."""
    return hashlib.sha256(f"{alert_id}\n{channel}\n{recipient}".encode()).hexdigest()[:32]


def subject(notices: Sequence[Notice], language: str) -> str:
    """What it is about, on one line."""
    first = " ".join(heading(notices[0].raised, language).split())[:LONGEST_SUBJECT]
    more = len(notices) - 1
    if not more:
        return first
    return f"{first} (+{more})" if language == ENGLISH else f"{first}（另有 {more} 条）"


def lines(notices: Sequence[Notice], language: str) -> list[str]:
    """What each alert says, on one line each."""
    return [" ".join(f"{heading(n.raised, language)} – {sentence(n.raised, language)}".split()) for n in notices]


def mail(channel: Channel, address: str, notices: Sequence[Notice], language: str) -> EmailMessage:
    """The message as mail."""
    made = EmailMessage()
    made["From"] = channel.sender
    made["To"] = address
    made["Subject"] = subject(notices, language)
    made["Message-ID"] = f"<{notices[0].delivery_id}.{len(notices)}@tallystick>"
    made["Auto-Submitted"] = "auto-generated"
    made.set_content("\n\n".join(f"{line}\n{n.alert_id}" for line, n in zip(lines(notices, language), notices, strict=True)))
    return made


def signature(secret: str, timestamp: str, body: bytes) -> str:
    """HMAC-SHA-256 over the timestamp, a full stop and the body, in hexadecimal: so no old message can be sent again as a new one."""
    return hmac.new(secret.encode(), timestamp.encode() + b"." + body, hashlib.sha256).hexdigest()


def post(channel: Channel, notice: Notice, now_ms: int) -> Post:
    """What a channel that has a URL is sent of an alert at a moment, in milliseconds since 1970."""
    said, title = " ".join(sentence(notice.raised, channel.language).split()), heading(notice.raised, channel.language)
    match channel.kind:
        case ChannelKind.WECOM:
            content = f"**{title}**\n>{said}".encode()[:WECOM_BYTES].decode(errors="ignore")
            return _json(channel.url, {"msgtype": "markdown", "markdown": {"content": content}})
        case ChannelKind.DINGTALK:
            body = {"msgtype": "markdown", "markdown": {"title": title, "text": f"### {title}\n\n{said}"}}
            return _json(_signed_url(channel, now_ms), body)
        case ChannelKind.FEISHU:
            return _json(channel.url, {**_feishu_sign(channel, now_ms), "msg_type": "text", "content": {"text": f"{title}\n{said}"}})
        case _:
            return _webhook(channel, notice, now_ms)


def _webhook(channel: Channel, notice: Notice, now_ms: int) -> Post:
    alert = {"id": notice.alert_id, "message": sentence(notice.raised, channel.language), **_plain(notice.raised)}
    body, timestamp = orjson.dumps({"delivery_id": notice.delivery_id, "alert": alert}), str(now_ms // 1_000)
    headers = {
        "Tally-Delivery": notice.delivery_id,
        "Tally-Timestamp": timestamp,
        "Tally-Signature": f"v1={signature(channel.secret or '', timestamp, body)}",
    }
    return Post(channel.url, body, {"Content-Type": "application/json", **headers})


def _plain(raised: AlertRaised) -> dict[str, Any]:
    content = to_json(raised)
    assert isinstance(content, dict)  # noqa: S101 - what a fact is as JSON
    return content


def _signed_url(channel: Channel, now_ms: int) -> str:
    """DingTalk: the timestamp in milliseconds, and the HMAC of it and the secret under the secret, go into the address."""
    if channel.secret is None:
        return channel.url
    digest = hmac.new(channel.secret.encode(), f"{now_ms}\n{channel.secret}".encode(), hashlib.sha256).digest()
    asked = urlencode({"timestamp": now_ms, "sign": base64.b64encode(digest).decode()})
    return f"{channel.url}{'&' if '?' in channel.url else '?'}{asked}"


def _feishu_sign(channel: Channel, now_ms: int) -> dict[str, str]:
    """Feishu: the timestamp in seconds, and the HMAC of nothing under it and the secret, go into the body."""
    if channel.secret is None:
        return {}
    timestamp = str(now_ms // 1_000)
    digest = hmac.new(f"{timestamp}\n{channel.secret}".encode(), b"", hashlib.sha256).digest()
    return {"timestamp": timestamp, "sign": base64.b64encode(digest).decode()}


def _json(url: str, content: dict[str, Any]) -> Post:
    return Post(url, orjson.dumps(content), {"Content-Type": "application/json; charset=utf-8"})
