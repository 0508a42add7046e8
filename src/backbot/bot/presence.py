"""The bot beside its answers: signs of life, what stands in Telegram, news for admins."""

from __future__ import annotations

import asyncio
import contextlib
import logging
import time
from collections import deque
from collections.abc import Awaitable, Callable
from dataclasses import dataclass, field
from pathlib import Path

from telegram import BotCommandScope, BotCommandScopeAllGroupChats
from telegram.error import Conflict, InvalidToken, TelegramError

from backbot.bot.api import Api, is_page
from backbot.bot.heartbeat import Alive, Systemd, ping, read_alive
from backbot.bot.lateness import Lateness
from backbot.bot.menu import About, for_groups
from backbot.bot.parts import Part

logger = logging.getLogger(__name__)

TRIAGE_TIMEOUT_S = 10.0
UNREACHED_S = 60.0
"""So long after the end of a request for updates Telegram counts as not reached."""
REPORT_AFTER_S = 60.0
ABOUT_AGAIN_S = 600.0
CONFLICTS = 3
"""After a crash Telegram may speak once or twice of our own last request."""
CONFLICTS_WITHIN_S = 180.0
CONFLICT_AGAIN_S = 3600.0
REFUSED_S = 20.0
"""For so long a token is refused and nothing else, until it counts as taken back."""


@dataclass(slots=True)
class Pulse:
    """When the bot last tried to reach Telegram, and did.

    Attributes:
        alive: What is written down for `doctor` and the next start.
        tried_at: When a request for updates last ended, monotonic seconds.
        reached: Whether that one succeeded.
        lost_at: Since when Telegram cannot be reached, POSIX time; 0 while it can.
        conflicts: When it last spoke of another process, monotonic seconds.
        told_at: When admins were last told of that, monotonic seconds.
        refused_at: Since when it says nothing but that the token is wrong, monotonic seconds.
    """

    alive: Alive = field(default_factory=Alive)
    tried_at: float = field(default_factory=time.monotonic)
    reached: bool = False
    lost_at: float = 0.0
    conflicts: deque[float] = field(default_factory=lambda: deque(maxlen=CONFLICTS))
    told_at: float | None = None
    refused_at: float | None = None

    def succeeded(self) -> float:
        """Telegram has answered; since when it had not, POSIX time, 0 where it had."""
        lost_at, self.lost_at = self.lost_at, 0.0
        self.tried_at, self.reached, self.refused_at = time.monotonic(), True, None
        self.alive.reached_at = time.time()
        return lost_at

    def failed(self, error: Exception) -> None:
        """A request failed."""
        self.tried_at, self.reached = time.monotonic(), False
        self.lost_at = self.lost_at or time.time()
        if isinstance(error, Conflict):
            self.alive.conflict_at = time.time()
            self.conflicts.append(time.monotonic())
        # 404 is refused, too, but comes from whatever else answers in the server's place
        refused = isinstance(error, InvalidToken) and "unauthorized" in str(error).lower()
        if not refused or is_page(error):
            self.refused_at = None
        elif self.refused_at is None:
            self.refused_at = time.monotonic()

    def is_refused(self) -> bool:
        """Whether the token no longer counts."""
        at = self.refused_at
        return at is not None and time.monotonic() - at >= REFUSED_S

    def is_rivalled(self) -> bool:
        """Whether admins must hear that another process uses the token; true once an hour."""
        now = time.monotonic()
        recent = len(self.conflicts) == CONFLICTS and now - self.conflicts[0] < CONFLICTS_WITHIN_S
        if not recent or (self.told_at is not None and now - self.told_at < CONFLICT_AGAIN_S):
            return False
        self.told_at = now
        return True


@dataclass(frozen=True, slots=True)
class PresenceOptions:
    """How the bot shows that it is there.

    Attributes:
        heartbeat_url: Called while all is well, "" for none; kept out of `repr`.
        alive_file: Where to write down that it runs, None for nowhere.
        every_s: How often, in seconds.
        late_after_s: An answer later than this is called late.
        report_every_s: How often to look whether there is something to report to admins.
        silent_s: The longest that a sound request for updates takes, in seconds.
    """

    heartbeat_url: str = field(default="", repr=False)
    alive_file: Path | None = None
    every_s: float = 30.0
    late_after_s: float = 180.0
    report_every_s: float = 5.0
    silent_s: float = 60.0


class Presence:
    """Says that the bot is there, while it is.

    Args:
        options: How.
        triage_works: Whether the escalation engine finds an emergency that it must find.
        tell_admins: Sends a text to every admin.
    """

    def __init__(
        self,
        options: PresenceOptions,
        triage_works: Callable[[], Awaitable[bool]],
        tell_admins: Callable[[str], Awaitable[None]],
    ) -> None:
        self.pulse = Pulse()
        self.lateness = Lateness()
        self._options = options
        self._triage_works = triage_works
        self._tell_admins = tell_admins
        self._systemd = Systemd()

    def begin(self) -> None:
        """The process is there; look at how the last run ended."""
        file = self._options.alive_file
        before = None if file is None else read_alive(file)
        now = time.time()
        if before is not None:
            self.pulse.alive.reached_at = before.reached_at
            self.pulse.alive.conflict_at = before.conflict_at
            if now - before.at > self._options.late_after_s and not before.clean:
                self.lateness.was_away(before.at, now)
        self._write()
        self._systemd.say("READY=1")

    def end(self) -> None:
        """The bot leaves as it should."""
        self.pulse.alive.clean = True
        self._write()

    def stopping(self) -> None:
        """A stop was asked for."""
        self._systemd.say("STOPPING=1")

    def reached(self) -> None:
        """Telegram has answered."""
        lost_at = self.pulse.succeeded()
        now = time.time()
        if lost_at and now - lost_at > self._options.late_after_s:
            self.lateness.was_away(lost_at, now)

    def is_reached(self) -> bool:
        """Whether Telegram can be reached, as far as we know."""
        pulse = self.pulse
        return pulse.reached and time.monotonic() - pulse.tried_at < self._options.silent_s

    async def beat(self) -> None:
        """Give signs of life for as long as all is well."""
        watchdog_s = self._systemd.watchdog_s
        every_s = min(self._options.every_s, watchdog_s / 3 or self._options.every_s)
        pinged_at = -self._options.every_s
        while True:
            works = await self._works()
            # A network that is down is no reason to be started again, a loop that hangs is one.
            turning = time.monotonic() - self.pulse.tried_at < 2 * self._options.silent_s
            if works and turning:
                self._systemd.say("WATCHDOG=1")
            self._write()
            due = time.monotonic() - pinged_at >= self._options.every_s
            if works and due and self._options.heartbeat_url and self.is_reached():
                pinged_at = time.monotonic()
                await ping(self._options.heartbeat_url)
            await asyncio.sleep(every_s)

    async def _works(self) -> bool:
        try:
            async with asyncio.timeout(TRIAGE_TIMEOUT_S):
                works = await self._triage_works()
        except Exception as error:  # noqa: BLE001 no sign of life is what follows
            logger.error("no sign of life: %s", type(error).__name__)  # noqa: TRY400 no text
            return False
        if not works:
            logger.error("no sign of life: the escalation engine misses an emergency")
        return works

    async def report(self, is_idle: Callable[[], bool]) -> None:
        """Tell admins who was answered late, once that is over."""
        while True:
            await asyncio.sleep(self._options.report_every_s)
            since = self.lateness.since
            if since and (is_idle() or time.monotonic() - since > REPORT_AFTER_S):
                said, self.lateness = self.lateness.report(), Lateness()
                logger.warning("%s", said.replace("\n", " "))
                await self._tell_admins(said)

    def _write(self) -> None:
        if self._options.alive_file is not None:
            self.pulse.alive.write(self._options.alive_file)


async def describe(api: Api, texts: tuple[About, ...], *, groups: bool = False) -> None:
    """Put description and commands into Telegram, each language's; what fails is tried again.

    Telegram allows few of these calls, so what already stands there is left alone.

    Args:
        api: The client.
        texts: Each language's.
        groups: Whether groups get a menu of their own.
    """
    left = list(texts)
    while left:
        failed = []
        for text in left:
            try:
                await _describe(api, text, groups=groups)
            except Exception as error:  # noqa: BLE001 a profile, no more
                logger.warning(
                    "profile (%s) not set: %s", text.language or "default", type(error).__name__
                )
                failed.append(text)
        left = failed
        if left:
            await asyncio.sleep(ABOUT_AGAIN_S)


async def register(
    api: Api,
    commands: tuple[tuple[str, str], ...],
    language: str | None = None,
    scope: BotCommandScope | None = None,
) -> None:
    """Put a menu of commands into Telegram, unless it stands there already."""
    with contextlib.suppress(TelegramError):  # who cannot look can still write
        there = await api.get_my_commands(scope=scope, language_code=language)
        if tuple((c.command, c.description) for c in there) == commands:
            return
    await api.set_my_commands(commands, scope=scope, language_code=language)


async def _describe(api: Api, text: About, *, groups: bool) -> None:
    code = text.language
    await register(api, text.commands, code)
    if groups:
        await register(api, for_groups(text.commands), code, BotCommandScopeAllGroupChats())
    if text.description:
        there = await api.get_my_description(language_code=code)
        if there.description != text.description:
            await api.set_my_description(text.description, language_code=code)
        brief = await api.get_my_short_description(language_code=code)
        if brief.short_description != text.short:
            await api.set_my_short_description(text.short, language_code=code)


async def tell(send: Callable[[Part], Awaitable[object]], parts: tuple[Part, ...]) -> None:
    """Send notices; who cannot be reached is logged, no more."""
    for part in parts:
        try:
            await send(part)
        except Exception as error:  # noqa: BLE001 the log has it too
            logger.warning("admin %s was not told: %s", part.chat_id, type(error).__name__)
