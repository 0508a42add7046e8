"""Messages as a telephone writes down what it has heard, or what a thumb has typed beside the space."""

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess
from backbot.triage.rules import load_rules
from backbot.triage.text import tokenise

EMERGENCY = [
    "can tpee since last night",
    "my legsa re numb",
    "cantf eel my bum",
    "need to we but cant",
    "fell off the latter at work and my back hurts",
    "fell down the stares my back is agony",
    "my legs have just gone",
    "crotch has gone dead, hasnt come back",
]
URGENT = [
    "sixty nine with bad back pain and cant lift my foot",
    "temperature of thirty eight point five and back pain",
    "weak need keeps giving way",
    "right leg just hasnt got the push in it",
]
ORDINARY = [
    "thirty five years old back hurts",
    "later i fell off to sleep",
    "we need to talk about my back",
    "a week in bed with my leg up",
    "she stares at the screen all day",
    "write me a plan",
]


@pytest.mark.parametrize(
    ("text", "tier"),
    [(text, Tier.EMERGENCY) for text in EMERGENCY]
    + [(text, Tier.URGENT) for text in URGENT]
    + [(text, Tier.NONE) for text in ORDINARY],
)
def test_what_was_heard_is_read_as_it_was_meant(text: str, tier: Tier) -> None:
    """Words that sound alike, numbers in words, a space one letter off."""
    assert assess(text, TriageState(), 0.0).tier is tier


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("sixty nine", ["69"]),
        ("thirty eight point five", ["38.5"]),
        ("twenty, five of them", ["twenty", "five", "of", "them"]),
        ("forty years", ["forty", "years"]),
    ],
)
def test_numbers_in_words_are_figures(text: str, words: list[str]) -> None:
    """Tens with ones, and a decimal behind them; not over a comma, and tens alone stay."""
    found = [token.word for token in tokenise(text, load_rules().speller)]
    assert found == words


def test_a_moved_space_keeps_the_places_of_what_was_typed() -> None:
    """Findings quote the text as it stands."""
    text = "my legsa re numb"
    found = assess(text, TriageState(), 0.0).findings
    assert [text[finding.start : finding.end] for finding in found] == ["legsa re numb"]
