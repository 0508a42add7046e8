"""Text as typed → words: folding, offsets, spelling."""

from __future__ import annotations

import pytest

from backbot.triage.rules import load_rules
from backbot.triage.text import HARD, SOFT, Speller, fold, split_words, tokenise, words_of

SPELLER = load_rules().speller


def _words(text: str) -> list[str]:
    return [t.word for t in tokenise(text, SPELLER)]


@pytest.mark.parametrize(
    ("typed", "words"),
    [
        ("CAN'T Pee", ["cant", "pee"]),
        ("can’t", ["cant"]),
        ("can\u200b'\u200bt", ["cant"]),
        ("n\u200bu\u200bm\u200bb", ["numb"]),
        ("nuuuumb", ["numb"]),
        ("peeeee", ["pee"]),
        ("ｎｕｍｂ", ["numb"]),
        ("nümb", ["numb"]),
        ("numb", ["numb"]),
        ("nuмb", ["numb"]),
        ("l3g", ["leg"]),
        ("n0 feeling", ["no", "feeling"]),
        ("nvmb", ["numb"]),
        ("n u m b", ["numb"]),
        ("cantpee", ["cant", "pee"]),
        ("cantfeelmyleg", ["cant", "feel", "my", "leg"]),
        ("10kg", ["10", "kg"]),
        ("38.5", ["38.5"]),
        ("um my leg", ["my", "leg"]),
        ("fell of the roof", ["fell", "off", "the", "roof"]),
        ("came of my bike", ["came", "off", "my", "bike"]),
        ("came of age", ["came", "of", "age"]),
        ("cant fell my but", ["cant", "feel", "my", "butt"]),
        ("i fell but i wont stop", ["i", "fell", "but", "i", "wont", "stop"]),
        ("i wont to die", ["i", "want", "to", "die"]),
        ("my legs wont to move", ["my", "legs", "wont", "to", "move"]),
        ("it bothers me but", ["it", "bothers", "me", "but"]),
        ("i told her but", ["i", "told", "her", "but"]),
        ("end my live", ["end", "my", "life"]),
        ("hit buy a car", ["hit", "by", "a", "car"]),
        ("where can i buy a chair", ["where", "can", "i", "buy", "a", "chair"]),
        ("🦵", ["leg"]),
        ("L5 S1", ["l5", "s1"]),
    ],
)
def test_words_are_brought_to_the_lexicons_spelling(typed, words):
    """Case, marks, invisible letters, look-alikes, leet, gaps and glue."""
    assert _words(typed) == words


@pytest.mark.parametrize(
    ("typed", "meant"),
    [
        ("nubm", "numb"), ("nmub", "numb"), ("mubness", "numbness"), ("tinglign", "tingling"),
        ("bladdr", "bladder"), ("weakenss", "weakness"), ("sciatca", "sciatica"),
        ("paralyzd", "paralyzed"), ("waek", "weak"), ("wlak", "walk"), ("nmb", "numb"),
        ("fooot", "foot"), ("inconitnent", "incontinent"), ("legz", "legz"),
    ],
)  # fmt: skip
def test_misspelt_signs_are_understood(typed, meant):
    """Swapped, doubled, missing and neighbouring letters, at the first letter too."""
    assert _words(typed) == [meant]


@pytest.mark.parametrize(
    "word",
    [
        "number",
        "dumb",
        "thumb",
        "peer",
        "peas",
        "week",
        "lego",
        "boot",
        "chair",
        "pillow",
        "tumble",
    ],
)
def test_other_words_are_left_alone(word):
    """A word of the dictionary is never taken for a misspelt sign."""
    assert _words(word) == [word]


@pytest.mark.parametrize(
    "text",
    ["I can’t  p\u200bee!", "“numb”—leg", "n u m b", "cantpee", "ﬁne 🦵🏽", "Ω≈ç√", "e\u0301te"],
)
def test_offsets_are_those_of_the_text_as_typed(text):
    """Every token's place lies within the text, in order, and is not empty."""
    last = 0
    for token in tokenise(text, SPELLER):
        assert 0 <= token.start < token.end <= len(text)
        assert token.start >= last or token.end >= last
        last = token.start


def test_breaks_are_marked():
    """A full stop ends a sentence, a comma pauses, three dots pause, a hyphen joins."""
    assert [t.brk for t in split_words("a. b, c... d pull-up")] == [0, HARD, SOFT, SOFT, 0, 0]
    assert [t.asks for t in split_words("numb? no")] == [False, True]


def test_folding_keeps_the_origin_of_each_letter():
    """The map has one entry per folded character."""
    folded, origin = fold("Ｃan’t ﬁx")
    assert len(folded) == len(origin)
    assert "cant" in folded


def test_a_speller_knows_only_what_it_was_given():
    """Vocabulary, everyday words, typos: nothing is guessed from elsewhere."""
    speller = Speller({"numb", "leg"}, {"numb"}, {"dumb"}, {"mbnu": "numb"})
    assert speller.resolve("dumb") == ("dumb",)
    assert speller.resolve("mbnu") == ("numb",)
    assert speller.resolve("nunb") == ("numb",)
    assert speller.resolve("xyzzy") == ("xyzzy",)


def test_words_of_a_line():
    """A list of words in one line."""
    assert words_of("a b  c") == {"a", "b", "c"}


@pytest.mark.parametrize(
    "hidden", ["\u200b", "\u2060", "\ufe0f", "\u2065", "\u3164", "\x00", "\u180b"]
)
@pytest.mark.parametrize("text", ["can{}'t", "can'{}t", "can{}’t", "ca{}nt"])
def test_what_cannot_be_seen_never_parts_a_word(text, hidden):
    """Invisible characters go before apostrophes are looked at."""
    assert [t.word for t in split_words(text.format(hidden))] == ["cant"]


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("walkin", "walking"), ("w/ pain", "with pain"), ("w/o pain", "without pain"),
        ("rt leg", "right leg"), ("l knee", "left knee"), ("what r they", "what are they"),
        ("2nite", "tonight"), ("b4 yday", "before yesterday"), ("i cannae pee", "i cannot pee"),
        ("dunno", "dont know"), ("groin again", "groin again"), ("l5 s1", "l5 s1"),
        ("g r o i n", "groin"),
    ],
)  # fmt: skip
def test_chat_spelling_is_read_as_the_words_it_stands_for(text, words):
    """Dropped letters, digits for sounds and dialect."""
    assert " ".join(t.word for t in tokenise(text, load_rules().speller)) == words


@pytest.mark.parametrize("word", ["added", "unstable", "reps", "loft", "swears", "laps", "mats"])
def test_everyday_words_are_no_misspelt_signs(word):
    """A correct word is never corrected to a sign."""
    assert [t.word for t in tokenise(word, load_rules().speller)] == [word]
