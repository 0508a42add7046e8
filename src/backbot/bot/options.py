"""What a run of the bot can be told: how to talk to Telegram, and what it asks the program."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from backbot.bot.flood import FloodOptions
from backbot.bot.http import Webhook
from backbot.bot.menu import About
from backbot.bot.outbox import Limits
from backbot.bot.presence import PresenceOptions
from backbot.bot.sender import Backoff
from backbot.errors import SettingsError

DEFAULT_API_URL = "https://api.telegram.org"


@dataclass(frozen=True, slots=True)
class BotOptions:
    """How the bot talks to Telegram.

    Attributes:
        token: The bot's token; kept out of `repr`.
        api_url: Root of the Bot API server, without `/bot`.
        poll_timeout_s: How long one request for updates may wait, whole seconds.
        workers: Answers computed at the same time.
        attempts: How often a message that is no escalation is tried.
        backoff: Waits between attempts.
        answer_timeout_s: After this the person gets the safety sentence instead of an answer.
        typing_after_s: When the typing mark appears.
        drain_s: How long a stop waits for what was taken.
        remind_every_s: How often to look whether admins are to be reminded of something.
        trouble_every_s: How often to look whether something about the set-up has gone wrong.
        max_waiting: Polling pauses while more updates than this wait for their turn.
        again_after_s: When an answer that could not be delivered is tried anew.
        limits: How much may be sent.
        flood: When somebody writes too fast.
        presence: How the bot shows that it is there.
        webhook: How Telegram calls us, None to poll.
        http: Host and port to listen on, None for nothing.
    """

    token: str = field(repr=False)
    api_url: str = DEFAULT_API_URL
    poll_timeout_s: int = 30
    workers: int = 4
    attempts: int = 40
    backoff: Backoff = field(default_factory=Backoff)
    answer_timeout_s: float = 60.0
    typing_after_s: float = 1.0
    drain_s: float = 25.0
    remind_every_s: float = 3600.0
    trouble_every_s: float = 30.0
    max_waiting: int = 1000
    again_after_s: float = 300.0
    limits: Limits = field(default_factory=Limits)
    flood: FloodOptions = field(default_factory=FloodOptions)
    presence: PresenceOptions = field(default_factory=PresenceOptions)
    webhook: Webhook | None = None
    http: tuple[str, int] | None = None

    def check(self) -> None:
        """Raise SettingsError where no request could be made at all."""
        if not re.fullmatch(r"[A-Za-z0-9:_-]+", self.token):
            raise SettingsError(
                "BACKBOT_TELEGRAM_TOKEN is empty or holds characters that no token has. "
                "Copy it again from @BotFather."
            )
        if fault := _fault_of(self.api_url):
            shown = re.sub(r"//[^/?#]*@", "//***@", self.api_url)
            raise SettingsError(
                f"BACKBOT_TELEGRAM_API_URL is {shown!r}: {fault}. "
                f"It is the root of a Bot API server, such as {DEFAULT_API_URL}."
            )


def _fault_of(api_url: str) -> str:
    """Why no request to that address can ever be made; "" for nothing.

    What is let through is tried for ever, as a server that cannot be reached.
    """
    try:
        url = urlsplit(api_url)
        host, port = url.hostname or "", url.port
    except ValueError as error:  # a port or an address in brackets that is none
        return str(error).rstrip(".") or "it is no web address"
    try:
        named = host.encode("idna").decode()
    except UnicodeError:
        named = ""
    is_name = re.fullmatch(r"[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*\.?", named)
    faults = {
        "it is no web address": url.scheme not in {"http", "https"} or not host,
        "there is a space in it": re.search(r"[\s\x00-\x1f\x7f]", api_url),
        "no server has port 0": port == 0,
        "there is more behind the root of the server": url.query or url.fragment,
        f"no server is named {host!r}": ":" not in host and not is_name,
    }
    return next((fault for fault, found in faults.items() if found), "")


def _nothing_noted() -> Mapping[str, int]:
    return {}


def _no_troubles() -> Sequence[str]:
    return ()


def _no_texts() -> Sequence[About]:
    return ()


@dataclass(frozen=True, slots=True)
class Around:
    """What the transport needs of the program around it. Called in threads of their own.

    Attributes:
        checks: What serving needs → a call that raises where it is not there.
        noted: The records' counters, for /metrics.
        generation: The id of the index that is served, "" for none.
        texts: What is to stand in Telegram itself.
        troubles: What is wrong with the set-up now, a sentence each.
    """

    checks: Mapping[str, Callable[[], object]] = field(default_factory=dict)
    noted: Callable[[], Mapping[str, int]] = _nothing_noted
    generation: Callable[[], str] = str
    texts: Callable[[], Sequence[About]] = _no_texts
    troubles: Callable[[], Sequence[str]] = _no_troubles
