"""A misspelt message is read a second time, as all that its words may mean."""

from __future__ import annotations

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess
from backbot.triage.rules import load_rules
from backbot.triage.tables import RULES_DIR
from backbot.triage.text import in_doubt, tokenise

NOW = 1_800_000_000.0


def tier_of(text: str) -> Tier:
    """Of one text by itself."""
    return assess(text, TriageState(), NOW).tier


@pytest.mark.parametrize(
    "text",
    [
        "lst all feeling between my legs",  # as near to "last"
        "i want 2 die",
        "planning 2 end me life",
        "cnt feel my bladder fill anymore and me legs r numb",
        "both my legs stooped working this morning",
        "I fel 3 metres off a roof and my back hurts",
        "incontinent since yesterday, no con trol of my blad der",
        "sudden in continence and back pain",
        "cant feel my under carriage, numb between the legs",
        "numbness roundmy bum since friday",
        "cant hold mywee since the back pain got bad",
        "took30 tramadol",
        "ate 40paracetamol to end it",
        "bldddr numb, cant wee at all",
        "bowel accdnt twice today, no warning, bad back",
        "pens and needles in both legs and cant pea",
        "booooth my legs are weak and numb",
    ],
)
def test_badly_typed_emergencies_are_found(text: str) -> None:
    """What a slip has turned into another word is read as what it may have been."""
    assert tier_of(text) is Tier.EMERGENCY


@pytest.mark.parametrize(
    "text",
    [
        "lst week my back was stiff, does heat help",
        "i want 2 stretch more, how many times a week",
        "how 2 sit at a desk 4 a long time",
        "is a frozen pea bag any use",
        "I stooped to pick up a bag and my back locked",
        "in case of a stiff neck, which pillow",
        "can i eat a bowl of soup lying down",
        "past two weeks a dull ache in the lower back",
        "should i put the waste bin on my left side to avoid twisting",
        "took 2 ibuprofen, can i do yoga",
        "walk30 minutes a day enough?",
        "streching withmy back against the wall, ok?",
    ],
)
def test_badly_typed_ordinary_questions_stay_ordinary(text: str) -> None:
    """A second reading finds no signs where none are."""
    assert tier_of(text) is Tier.NONE


def test_a_crisis_is_read_behind_another_emergency() -> None:
    """What is doubtful may be what matters most."""
    said = assess("numb between my legs and i want 2 die", TriageState(), NOW)
    assert said.template == "crisis+emergency"
    assert {"saddle_numbness", "suicidal_thoughts"} <= {f.concept for f in said.findings}


def test_of_a_long_text_what_the_first_reading_found_stays_found() -> None:
    """Only a part of it is read twice."""
    wall = "I sit at a desk all day and like gardening and long walks. " * 25
    text = f"My left leg is numb. {wall} lst all feeling between my legs"
    found = {finding.concept for finding in assess(text, TriageState(), NOW).state.concepts}
    assert {"limb_numbness", "saddle_numbness"} <= found
    assert tier_of(text) is Tier.EMERGENCY


def test_the_second_reading_never_lowers() -> None:
    """Words that would calm, if they were meant, take nothing of the first reading away."""
    plain = "numb between my legs since this morning"
    assert tier_of(f"{plain}, fin now wit no problms") >= tier_of(plain)


def test_what_was_read_points_into_the_text_as_typed() -> None:
    """A word typed in two, or two typed as one, is quoted as it was typed."""
    for text, quoted in (
        ("my blad der is numb and i wet myself", "blad der"),
        ("cant hold mywee anymore", "mywee"),
    ):
        found = assess(text, TriageState(), NOW)
        places = [text[f.start : f.end] for f in found.findings]
        assert any(quoted in place for place in places), (text, places)


def test_words_are_parted_and_joined_only_with_a_gap_of_nothing_or_one_space() -> None:
    """A comma parts, and what is glued is taken apart in the second reading alone."""
    speller = load_rules().speller
    assert [t.word for t in tokenise("num bness", speller)] == ["numbness"]
    assert [t.word for t in tokenise("num, bness", speller)] != ["numbness"]
    tokens = tokenise("cant hold mywee", speller)
    assert "wee" not in [t.word for t in tokens]
    assert [t.word for t in in_doubt(tokens)][-2:] == ["my", "wee"]


def test_lists_of_mistyped_words_are_in_order_and_mean_something_else() -> None:
    """Each word once, sorted, never for itself, and only for words that patterns ask for."""
    lines = (RULES_DIR / "mistyped_words.txt").read_text("utf-8").splitlines()
    words = [line.split()[0] for line in lines]
    assert words == sorted(set(words))
    speller = load_rules().speller
    for line in lines:
        word, *meant = line.split()
        assert meant
        assert word not in meant
        assert set(speller.others(word)) <= speller.vocabulary
        assert word not in speller.key, f"{word} is a word of a sign: it is meant as it stands"


@pytest.mark.parametrize(
    ("text", "least"),
    [
        ("lossing my balance in the shower", Tier.URGENT),
        ("ive wet mysel three times this week", Tier.EMERGENCY),
        ("cant feel it when i swipe", Tier.EMERGENCY),
        ("both legs wean since monday", Tier.EMERGENCY),
        ("cant feel my fret since i fell", Tier.EMERGENCY),
        ("my fingers fizz and my foot fizzes", Tier.NERVE),
    ],
)
def test_a_slip_is_read_though_some_other_class_holds_the_word(text: str, least: Tier) -> None:
    """A word that has come in for one pattern is no less a slip of another's."""
    assert assess(text, TriageState(), 0.0).tier >= least
