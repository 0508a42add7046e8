"""How late a reply is, said to the person, and to the admins in numbers."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime

from backbot.bot import tongues
from backbot.bot.parts import Part, Priority
from backbot.bot.render import MAX_UNITS

_IMPLAUSIBLE_S = 48 * 3600.0
"""Telegram keeps an update for a day. What seems older has a wrong date."""


def sent_at(update: object) -> float | None:
    """When the person wrote it, POSIX time; None where the update does not say."""
    if not isinstance(update, Mapping):
        return None
    for kind, field_ in (("message", "date"), ("edited_message", "edit_date")):
        body = update.get(kind)
        if isinstance(body, Mapping):
            at = body.get(field_)
            return float(at) if isinstance(at, int) and not isinstance(at, bool) else None
    return None


def lateness_of(update: object, now: float) -> float:
    """Seconds since it was written; 0 where that is unknown or makes no sense."""
    at = sent_at(update)
    late_s = 0.0 if at is None else now - at
    return late_s if 0 < late_s < _IMPLAUSIBLE_S else 0.0


def belated(part: Part, late_s: float, language: str = "en") -> tuple[Part, ...]:
    """A reply's first message that says how late it is; a warning's own words stay first."""
    line = tongues.said("sent_while_away", language, ago=ago(late_s, language))
    warning = part.priority is Priority.ESCALATION
    units = len(f"{part.plain}{line}".encode("utf-16-le")) // 2 + 2
    if units > MAX_UNITS or part.file is not None:
        alone = Part(Priority.OTHER, part.chat_id, line, line, thread_id=part.thread_id)
        return (part, alone) if warning else (alone, part)
    text, plain = (
        (f"{part.text}\n\n{line}", f"{part.plain}\n\n{line}")
        if warning
        else (f"{line}\n\n{part.text}", f"{line}\n\n{part.plain}")
    )
    return (replace(part, text=text, plain=plain),)


def ago(seconds: float, language: str = "en") -> str:
    """A time for people: "5 minutes", "2 hours"."""
    minutes = round(seconds / 60)
    if minutes < 90:  # noqa: PLR2004 beyond, hours are easier to read
        return tongues.said("ago_minutes", language, n=minutes)
    return tongues.said("ago_hours", language, n=round(seconds / 3600))


@dataclass(slots=True)
class Lateness:
    """What admins are told once the bot is back.

    Attributes:
        replies: Updates that were answered late.
        warnings: How many of them brought a warning.
        longest_s: The longest anybody has waited, in seconds.
        unreadable: Messages that were kept and cannot be read, because the key is lost.
        away: When nobody was answered, from and to, POSIX times.
        since: When the first of these came up, monotonic.
    """

    replies: int = 0
    warnings: int = 0
    longest_s: float = 0.0
    unreadable: int = 0
    away: list[tuple[float, float]] = field(default_factory=list)
    since: float = 0.0

    def note(self, late_s: float, *, warning: bool) -> None:
        """An update has been answered late."""
        self._begin()
        self.replies += 1
        self.warnings += warning
        self.longest_s = max(self.longest_s, late_s)

    def was_away(self, begin: float, end: float) -> None:
        """Nobody was answered between these times."""
        self._begin()
        self.away.append((begin, end))

    def could_not_read(self, how_many: int) -> None:
        """Messages of the last run cannot be read."""
        self._begin()
        self.unreadable += how_many

    def _begin(self) -> None:
        self.since = self.since or time.monotonic()

    def report(self) -> str:
        """What there is to tell."""
        lines = [
            f"Nobody was answered from {_clock(begin)} to {_clock(end)} UTC."
            for begin, end in self.away
        ]
        if self.replies or self.away:
            line = f"Answered late: {self.replies}, of these with a warning: {self.warnings}."
            if self.replies:
                line += f" The longest wait was {ago(self.longest_s)}."
            lines.append(line)
        if self.unreadable:
            lines.append(
                f"{self.unreadable} waiting messages cannot be read: the encryption key is not "
                "the one they were written with. Their senders were told whom to call."
            )
        return "\n".join(("I am back.", *lines))


def _clock(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M}"
