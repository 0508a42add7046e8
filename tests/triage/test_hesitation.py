"""What somebody hears who has been told to get help at once and says something else than a sign."""

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import assess
from backbot.triage.messages import MessageValues, render_message

NOW = 1_800_000_000.0
OPENED = assess("both legs went numb and i cant pee", TriageState(), NOW).state

SAID = {
    "emergency_cannot_go": [
        "i cant drive",
        "I don't have a car",
        "no one to take me",
        "who will look after my kids",
        "im all alone here",
        "can i drive there myself?",
        "we cant afford an ambulance",
        "baby is asleep and its just me",
        "how do i get there",
        "nearest hospital is miles away, no bus",
    ],
    "emergency_waits": [
        "can it wait til the morning",
        "I'll see my GP tomorrow",
        "is it really that serious?",
        "are you sure",
        "do i have to go",
        "dont want to waste their time",
        "my doctor said it's nothing",
        "im not going",
        "going to bed, will see how i feel",
        "i hate hospitals",
        "im probably overreacting",
        "should i call 111 or 999",
    ],
    "emergency_goes": [
        "ok on our way",
        "just called 999",
        "ambulance is on its way",
        "my wife is driving me",
        "in a&e now",
        "will do thank you",
        "Heading to the hospital",
    ],
    "emergency_short": [
        "thanks",
        "ok",
        "what stretches can i do",
        "what is sciatica",
        "how much ibuprofen can i take",
        "no",
        "will i be ok",
        "what do i tell them",
    ],
}


@pytest.mark.parametrize(("template", "text"), [(k, t) for k, ts in SAID.items() for t in ts])
def test_each_kind_of_hesitation_gets_its_own_line(template: str, text: str) -> None:
    """No way to get there, would rather wait, on the way: each has its message."""
    said = assess(text, OPENED, NOW + 60)

    assert said.template == template
    assert said.open_tier is Tier.EMERGENCY
    assert said.replaces_answer


@pytest.mark.parametrize("key", ["emergency_cannot_go", "emergency_waits", "emergency_goes"])
def test_the_line_stands_below_the_whole_reminder_but_for_its_end(key: str) -> None:
    """Every such message begins and ends as the reminder does."""
    reminder = render_message("emergency_short", MessageValues()).split("\n")

    said = render_message(key, MessageValues()).split("\n")

    assert said[: len(reminder) - 1] == reminder[:-1]
    assert said[-1] == reminder[-1]
    assert len(said) == len(reminder) + 1


def test_a_sign_goes_before_what_is_said_beside_it() -> None:
    """A graver sign is answered, whatever else the text says."""
    said = assess("i cant drive and now my chest hurts and i cant breathe", OPENED, NOW + 60)

    assert said.template == "emergency_call"


def test_without_an_open_emergency_nothing_of_it_is_said() -> None:
    """Where nothing was told before, "can it wait" asks nothing."""
    assert assess("can it wait til the morning", TriageState(), NOW).template is None


def test_who_is_in_despair_is_not_told_of_an_examination() -> None:
    """The crisis has texts of its own."""
    crisis = assess("i want to kill myself", TriageState(), NOW).state

    assert assess("im all alone here", crisis, NOW + 60).template in {"crisis", "crisis_short"}


@pytest.mark.parametrize("text", ["im scared", "i dont want to go to hospital", "its so late"])
def test_a_few_words_are_no_further_piece_of_the_sign_that_went_before(text: str) -> None:
    """The full message does not go out again for "im scared"."""
    told = assess("both legs numb and cant wee", TriageState(), NOW).state

    assert assess(text, told, NOW + 60).template != "emergency"
