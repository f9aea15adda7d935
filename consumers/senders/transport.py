"""Hands messages to mail servers and to URLs, within a bounded time; whatever a channel does wrong is one error with a short reason."""

from __future__ import annotations

import smtplib
import ssl
import urllib.error
import urllib.request
from collections.abc import Sequence
from email.message import EmailMessage
from http import HTTPStatus
from typing import Any, Final

import orjson

from consumers.senders.channels import Channel, ChannelKind, Encryption
from consumers.senders.message import Notice, Post, mail, post

MAX_ANSWER: Final = 65_536
PORTS: Final = {Encryption.STARTTLS: 587, Encryption.TLS: 465, Encryption.NONE: 25}
# A bot answers 200 also where it did not take the message; what it says then, and the code that means that it did.
_CODES: Final = {ChannelKind.WECOM: ("errcode",), ChannelKind.DINGTALK: ("errcode",), ChannelKind.FEISHU: ("code", "StatusCode")}


class NotTaken(Exception):
    """A channel did not take a message. The reason names no address and no secret; `down`: it would not take another now either."""

    def __init__(self, why: str, *, down: bool = False) -> None:
        """Takes the reason."""
        self.down = down
        super().__init__(why)


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    """A redirection would carry what is signed for one receiver to another."""

    def redirect_request(self, *_: Any, **__: Any) -> None:  # noqa: ANN401 - the library's own
        """Follows none."""


_opener: Final = urllib.request.build_opener(_NoRedirect)


def send_mail(channel: Channel, address: str, notices: Sequence[Notice], language: str) -> None:
    """Sends one or several alerts as one mail. Raises NotTaken."""
    message = mail(channel, address, notices, language)
    port = channel.port or PORTS[channel.encryption]
    try:
        if channel.encryption is Encryption.TLS:
            with smtplib.SMTP_SSL(channel.host, port, timeout=channel.timeout_s, context=ssl.create_default_context()) as server:
                _hand_over(server, channel, message)
            return
        with smtplib.SMTP(channel.host, port, timeout=channel.timeout_s) as server:
            if channel.encryption is Encryption.STARTTLS:
                server.starttls(context=ssl.create_default_context())
            _hand_over(server, channel, message)
    except smtplib.SMTPResponseException as error:
        message_text = f"the mail server answered {error.smtp_code}"
        raise NotTaken(message_text) from error
    except (smtplib.SMTPException, OSError, ValueError) as error:
        raise NotTaken(_reason(error), down=isinstance(error, OSError) and not isinstance(error, smtplib.SMTPRecipientsRefused)) from error


def _hand_over(server: smtplib.SMTP, channel: Channel, message: EmailMessage) -> None:
    if channel.user is not None:
        server.login(channel.user, channel.password or "")
    server.send_message(message)


def send_post(channel: Channel, notice: Notice, now_ms: int) -> None:
    """Posts an alert to the channel's URL. Raises NotTaken."""
    answer = _posted(post(channel, notice, now_ms), channel.timeout_s)
    names = _CODES.get(channel.kind)
    if names is None:
        return
    try:
        said = orjson.loads(answer)
        code = next((said[name] for name in names if name in said), None)
    except (ValueError, TypeError) as error:
        raise NotTaken("the bot answered what is not JSON") from error
    if code != 0:
        message = f"the bot answered {names[0]} {code}"
        # Too much at once, or not known any more: either way of the bot, and not of this message.
        raise NotTaken(message, down=True)


def _posted(what: Post, timeout_s: float) -> bytes:
    request = urllib.request.Request(what.url, what.body, what.headers, method="POST")  # noqa: S310 - the file of channels takes http alone
    try:
        with _opener.open(request, timeout=timeout_s) as answer:
            content: bytes = answer.read(MAX_ANSWER)
            if not HTTPStatus.OK <= answer.status < HTTPStatus.MULTIPLE_CHOICES:
                message = f"HTTP {answer.status}"
                raise NotTaken(message)
            return content
    except urllib.error.HTTPError as error:
        error.close()
        message = f"HTTP {error.code}"
        busy = error.code in (HTTPStatus.TOO_MANY_REQUESTS, HTTPStatus.REQUEST_TIMEOUT)
        raise NotTaken(message, down=busy or error.code >= HTTPStatus.INTERNAL_SERVER_ERROR) from error
    except (OSError, ValueError) as error:
        raise NotTaken(_reason(error), down=isinstance(error, OSError)) from error


def _reason(error: BaseException) -> str:
    """What went wrong, by its kind: a message of the library's could hold an address or a key."""
    cause = getattr(error, "reason", None)
    return type(cause if isinstance(cause, BaseException) else error).__name__
