"""Opening hours: open now, or when next."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.triage.hours import DAYS, opening, parse_hours

HOURS = "Mo-Fr 08:00-18:00; Sa 09:00-12:00"
LONDON = ZoneInfo("Europe/London")


def at(day, clock):
    """That moment in London; 2025-06-02 is a Monday."""
    hour, minute = (int(part) for part in clock.split(":"))
    return datetime(2025, 6, 2, hour, minute, tzinfo=LONDON) + timedelta(days=DAYS.index(day))


@pytest.mark.parametrize(
    ("day", "clock", "expected"),
    [
        ("Mo", "08:00", (True, "")),
        ("Mo", "17:59", (True, "")),
        ("Mo", "18:00", (False, "on Tuesday at 08:00")),
        ("Mo", "07:59", (False, "today at 08:00")),
        ("Fr", "20:00", (False, "on Saturday at 09:00")),
        ("Sa", "11:59", (True, "")),
        ("Sa", "12:00", (False, "on Monday at 08:00")),
        ("Su", "02:14", (False, "on Monday at 08:00")),
    ],
)
def test_the_week_of_an_ordinary_clinic(day, clock, expected):
    """The first minute is open, the last is not."""
    assert opening(HOURS, "Europe/London", at(day, clock)) == expected


def test_a_lunch_break_opens_again_today():
    """Several ranges in one day."""
    hours = "Mo,We-Th 08:00-12:00,14:00-18:00"
    assert opening(hours, "Europe/London", at("We", "13:00")) == (False, "today at 14:00")
    assert opening(hours, "Europe/London", at("Tu", "13:00")) == (False, "on Wednesday at 08:00")
    assert opening(hours, "Europe/London", at("Mo", "15:00")) == (True, "")


def test_a_range_of_days_may_wrap_round_the_week():
    """Su-Th is a working week too."""
    assert opening("Su-Th 09:00-17:00", "Europe/London", at("Su", "10:00")) == (True, "")
    assert opening("Su-Th 09:00-17:00", "Europe/London", at("Fr", "10:00")) == (
        False,
        "on Sunday at 09:00",
    )


def test_one_day_a_week_opens_next_week():
    """After closing on the only day, the same weekday comes next."""
    assert opening("Mo 08:00-09:00", "Europe/London", at("Mo", "10:00")) == (
        False,
        "on Monday at 08:00",
    )


def test_around_the_clock_is_always_open():
    """24:00 is the end of a day."""
    for day in DAYS:
        assert opening("Mo-Su 00:00-24:00", "Europe/London", at(day, "23:59")) == (True, "")


def test_the_clinic_clock_counts_not_the_server_clock():
    """The same moment is Monday morning in Tokyo and Sunday evening in London."""
    moment = datetime(2025, 6, 1, 23, 30, tzinfo=UTC)
    assert opening(HOURS, "Asia/Tokyo", moment) == (True, "")
    assert opening(HOURS, "Europe/London", moment) == (False, "today at 08:00")


@pytest.mark.parametrize("moment", [datetime(2025, 3, 30, 0, 30, tzinfo=UTC)])
def test_the_day_of_the_clock_change_is_read(moment):
    """Opening times are wall times."""
    assert opening("Su 03:00-05:00", "Europe/London", moment) == (False, "today at 03:00")
    assert opening("Su 03:00-05:00", "Europe/London", moment + timedelta(hours=2)) == (True, "")


@pytest.mark.parametrize(
    "hours",
    [
        "",
        " ; ",
        "Mo-Fr",
        "08:00-18:00",
        "Mon-Fri 08:00-18:00",
        "Mo-Fr 8-18",
        "Mo 18:00-08:00",
        "Mo 08:00-24:01",
        "Mo 08:60-09:00",
        "Mo 08:00",
        "Mo-Fr-Sa 08:00-09:00",
        "Mo 08:00-09:00,",
        "mo 08:00-09:00",
        "Mo 25:00-26:00",
        "Mo,, 08:00-09:00",
        "Mo 08:00-08:00",
    ],
)
def test_wrong_hours_are_refused(hours):
    """A text that cannot be read is never taken for "always closed"."""
    with pytest.raises(ValueError, match=r"day|time|hours"):
        opening(hours, "Europe/London", at("Mo", "10:00"))


@pytest.mark.parametrize("zone", ["", "Nowhere/City", "../etc/passwd", "GMT+25"])
def test_a_wrong_time_zone_is_refused(zone):
    """The message says how to write one."""
    with pytest.raises(ValueError, match="time zone"):
        opening(HOURS, zone, at("Mo", "10:00"))


def test_a_moment_without_a_time_zone_is_refused():
    """Nothing is guessed from the server's clock."""
    with pytest.raises(ValueError, match="must have a time zone"):
        opening(HOURS, "Europe/London", datetime(2025, 6, 2, 10, 0))  # noqa: DTZ001


@given(st.text(max_size=40))
def test_any_text_is_read_or_refused(text):
    """No other error than ValueError."""
    try:
        week = parse_hours(text)
    except ValueError:
        return
    assert len(week) == 7
    assert all(0 <= start < end <= 1440 for day in week for start, end in day)


@given(st.integers(min_value=0, max_value=40 * 365 * 24 * 60))
def test_closed_always_says_when(minutes):
    """Either open, or with a time, at any minute of forty years."""
    moment = datetime(2000, 1, 1, tzinfo=UTC) + timedelta(minutes=minutes)
    is_open, opens = opening(HOURS, "Europe/London", moment)
    assert is_open == (opens == "")
