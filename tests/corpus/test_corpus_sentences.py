"""Where sentences end."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backbot.corpus.sentences import split_sentences


def sentences(text: str) -> list[str]:
    """The sentences themselves."""
    return [text[start:end] for start, end in split_sentences(text)]


@pytest.mark.parametrize(
    "expected",
    [
        ["See Dr. Smith on Monday.", "He is in."],
        ["Use heat, e.g. a bath.", "Use cold, i.e. ice."],
        ["Rest for approx. 5 minutes.", "Then move."],
        ["Compare heat vs. cold.", "Both help."],
        ["J. R. Smith wrote it.", "I read it."],
        ["A study by John F. Kennedy found it.", "It was old."],
        ["Take 7.5 mg.", "Then wait."],
        ["About 80 % recover.", "80 % is a lot."],
        ["It lasts 2.", "3 is rare."],
        ["Is it safe?", "No.", "You should ask."],
        ["See No. 5 for that.", "Then Fig. 3 too."],
        ["What?!", "Really!", "Yes…", "And so on."],
        ["Wait... then go.", "Well..."],
        ["He said “Stop.”", "Then he left."],
        ['"Why?" she asked.', "Nobody knew."],
        ["(See below.)", "It helps."],
        ["**Stay active.**", "*Keep moving.*", "Rest little."],
        ["It helps.[1]", "It is cheap.[^2]", "It is safe."],
        ["See www.nhs.uk for more.", "Or https://a.example/b?c=1.2 today."],
        ["Take vitamin D.", "It helps the bones."],
        ["Choose option b.", "It is cheap."],
        ["Try z. B. Wärme.", "Ruhe hilft."],
        ["Stop at 8 a.m.", "Then rest until 9 p.m. today."],
        ["Many adults in the U.S. have it.", "The U.S. Department says so."],
        ["Pain at L4.", "L5 is lower."],
        ["Sleep, walk, etc.", "All of it helps."],
        ["It is warm\nand dry.", "It is\ngood."],
        ["1. Lie down.", "2. Bend one knee."],
        ["no full stop at all"],
        ['". Something is missing here.'],
        ["¿Duele?", "¡Sí!", "Mucho."],
        ["痛いです。", "動けません。"],
    ],
)
def test_sentences_end_where_a_reader_ends_them(expected: list[str]):
    """Abbreviations, initials, decimals, quotations and addresses do not end a sentence."""
    separator = "" if expected[0].endswith("。") else " "
    assert sentences(separator.join(expected)) == expected


@pytest.mark.parametrize("text", ["", "   ", "\n\n"])
def test_white_space_has_no_sentences(text: str):
    """Nothing to quote, nothing found."""
    assert split_sentences(text) == ()


@settings(deadline=None)
@given(st.text(alphabet="abcDE .!?…\"'()[]*\n1.5,;:", max_size=80) | st.text(max_size=60))
def test_every_visible_character_is_in_exactly_one_sentence(text: str):
    """Spans are in order, do not overlap, are trimmed, and leave out white space only."""
    spans = split_sentences(text)
    position = 0
    for start, end in spans:
        assert position <= start < end
        assert not text[position:start].strip()
        assert text[start:end] == text[start:end].strip()
        position = end
    assert not text[position:].strip()
