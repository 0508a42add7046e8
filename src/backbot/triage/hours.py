"""Opening hours as text → open now, or when next. Pure."""

from __future__ import annotations

import re
from datetime import datetime
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

DAYS = ("Mo", "Tu", "We", "Th", "Fr", "Sa", "Su")
_NAMES = ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday")
_RANGE = re.compile(r"(\d{2}):(\d{2})-(\d{2}):(\d{2})")
_END_OF_DAY = 24 * 60

_Week = list[list[tuple[int, int]]]


def opening(hours: str, timezone: str, now: datetime) -> tuple[bool, str]:
    """Whether the clinic is open, and if not, when it opens next.

    Args:
        hours: "Mo-Fr 08:00-18:00; Sa 09:00-12:00,14:00-16:00". Days: Mo Tu We Th Fr Sa Su, single,
            as a range or joined by commas. Times are wall times of the clinic, up to 24:00.
        timezone: IANA name such as "Europe/London".
        now: Any moment with a time zone.

    Returns:
        (True, "") while open; else (False, "today at 14:00") or (False, "on Monday at 08:00").

    Raises:
        ValueError: The hours or the time zone cannot be read, or `now` has no time zone.
    """
    week = parse_hours(hours)
    if now.tzinfo is None:
        raise ValueError("now must have a time zone")
    try:
        local = now.astimezone(ZoneInfo(timezone))
    except (ZoneInfoNotFoundError, OSError, ValueError) as error:
        raise ValueError(f"{timezone!r} is no time zone; write one like Europe/London") from error
    minute = local.hour * 60 + local.minute
    today = week[local.weekday()]
    if any(start <= minute < end for start, end in today):
        return True, ""
    for start, _ in today:
        if start > minute:
            return False, f"today at {_clock(start)}"
    coming = [(local.weekday() + ahead) % len(DAYS) for ahead in range(1, len(DAYS) + 1)]
    day = next(day for day in coming if week[day])
    return False, f"on {_NAMES[day]} at {_clock(week[day][0][0])}"


def parse_hours(hours: str) -> _Week:
    """Opening times per day, Monday first: sorted (start, end) in minutes after midnight.

    Args:
        hours: As `opening` takes them.

    Returns:
        Seven lists, at least one of them not empty.

    Raises:
        ValueError: The text cannot be read.
    """
    week: _Week = [[] for _ in DAYS]
    parts = [part.split() for part in hours.split(";") if part.strip()]
    if not parts:
        raise ValueError('no opening hours given; write them like "Mo-Fr 08:00-18:00"')
    for part in parts:
        days, times = part[0], "".join(part[1:])
        ranges = [_range(text, hours) for text in times.split(",")]
        for day in _days(days, hours):
            week[day].extend(ranges)
    return [sorted(day) for day in week]


def _days(text: str, hours: str) -> list[int]:
    days: list[int] = []
    for piece in text.split(","):
        first, dash, last = piece.partition("-")
        if first not in DAYS or (dash and last not in DAYS):
            known = " ".join(DAYS)
            raise ValueError(
                f"{piece!r} in {hours!r} is no day or range of days; days are {known}"
            )
        start = DAYS.index(first)
        length = (DAYS.index(last) - start) % len(DAYS) if dash else 0
        days.extend((start + step) % len(DAYS) for step in range(length + 1))
    return days


def _range(text: str, hours: str) -> tuple[int, int]:
    match = _RANGE.fullmatch(text)
    if match is None:
        raise ValueError(f'{text!r} in {hours!r} is no range of times like "08:00-18:00"')
    hour, minute, end_hour, end_minute = (int(part) for part in match.groups())
    start, end = hour * 60 + minute, end_hour * 60 + end_minute
    if max(minute, end_minute) > 59 or end > _END_OF_DAY or start >= end:  # noqa: PLR2004
        raise ValueError(
            f"{text!r} in {hours!r} must end after it starts, by 24:00; "
            "write hours past midnight as two ranges"
        )
    return start, end


def _clock(minutes: int) -> str:
    return f"{minutes // 60:02d}:{minutes % 60:02d}"
