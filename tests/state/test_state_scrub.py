"""Personal details are taken out, clinical figures stay."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.state.scrub import scrub


@pytest.mark.parametrize(
    ("typed", "kept"),
    [
        ("call me on +44 20 7946 0000 please", "call me on [number] please"),
        ("call (020) 7946-0000", "call [number]"),
        ("07700900123", "[number]"),
        ("0770.090.0123 or 555 123 4567", "[number] or [number]"),
        ("tel:07700900123", "tel:[number]"),
        ("my number is ٠٧٧٠٠٩٠٠١٢٣", "my number is [number]"),
        ("０７７００９００１２３", "[number]"),
        ("07700\u200b900123", "[number]"),
        ("NHS no. 943 476 5919", "NHS no. [number]"),
        ("write to jo.bloggs+x@mail.example.org!", "write to [mail]!"),
        ("ask @jo_bloggs", "ask [name]"),
        ("see https://t.me/jo and www.example.org/x?y=1", "see [link] and [link]"),
        ("born 01.02.1980", "born [number]"),
    ],
)
def test_details_of_a_person_are_taken_out(typed, kept):
    """Whatever script or spacing they are written in."""
    assert scrub(typed) == kept


@pytest.mark.parametrize(
    "typed",
    [
        "disc at L4-L5 and L5/S1 since 2019",
        "pain 7/10 for 3-4 weeks, worse after 20 minutes",
        "temperature 38.5, 101.3 F",
        "3 x 10 repetitions, 5000 steps",
        "from 2019 to 2024",
        "I'm 45, is it @ home ok?",
    ],
)
def test_what_a_clinician_needs_stays(typed):
    """Levels, scores, durations, years."""
    assert scrub(typed) == typed


@given(st.text(max_size=200))
def test_twice_is_as_once_and_one_line(typed):
    """Never raises; nothing appears that could be scrubbed again."""
    once = scrub(typed)
    assert scrub(once) == once
    assert "\n" not in once
