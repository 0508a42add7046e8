"""The clarifying question about an old sign: asked once, and answers raise or keep, never lower."""

from __future__ import annotations

import pytest

from backbot.model import Tier, TriageState
from backbot.triage.engine import HOUR, assess
from backbot.triage.messages import MessageValues, render_message

START = 1_000_000.0
OLD = "i have leaked urine for years since childbirth, nothing has changed"
OLD_SIGNS = [
    OLD,
    "bladder has been weak for 10 years, always had to wear pads, unchanged",
    "my bum has been numb for years, no change",
]


def talk(*texts, step=60.0):
    """The assessments of texts said one after the other."""
    state, found = TriageState(), []
    for number, text in enumerate(texts):
        found.append(assess(text, state, START + number * step))
        state = found[-1].state
    return found


@pytest.mark.parametrize("text", OLD_SIGNS)
def test_an_old_unchanged_sign_is_urgent_and_asks_once(text):
    """C21: the urgent message first, the question after it; said again it is not asked again."""
    first, second, third = talk(text, "ok", text)
    assert (first.tier, first.template, first.note) == (Tier.URGENT, "urgent", "ask_change")
    assert second.note != "ask_change"
    assert third.note != "ask_change"


@pytest.mark.parametrize(
    "text",
    ["i leak urine", "i have leaked urine for years and it is worse", "my leg has tingled for years",
     "both my feet have tingled for years, unchanged", "my back has been stiff for years"],
)  # fmt: skip
def test_nothing_else_asks(text):
    """Neither an emergency nor a sign that is not of bladder, bowel or saddle."""
    assert talk(text)[0].note != "ask_change"


@pytest.mark.parametrize(
    "answer",
    ["yes", "Yes.", "yeah", "yep it has", "haan", "sí", "👍", "worse", "it's worse", "its got worse",
     "it's new", "new", "started last week", "since monday", "a few days", "in the last two weeks",
     "a bit", "a bit worse maybe", "not sure", "i dont know", "maybe", "i think so",
     "no but its worse since yesterday", "both", "YES IT IS WORSE", "suddenly yes"],
)  # fmt: skip
def test_a_yes_or_a_doubt_is_an_emergency(answer):
    """In doubt the higher reading."""
    asked, after = talk(OLD, answer)
    assert asked.tier is Tier.URGENT
    assert (after.tier, after.template) == (Tier.EMERGENCY, "emergency")


@pytest.mark.parametrize(
    "answer",
    ["no", "No.", "nope", "no change", "not worse", "its no worse", "same as ever", "nothing new",
     "no not in the last two weeks", "it hasnt changed", "it is not new or worse", "thanks",
     "which stretches can i do every day", "how should i sit?", "what do you mean", "ok", ""],
)  # fmt: skip
def test_a_no_keeps_the_tier(answer):
    """As does what is no answer at all."""
    asked, after = talk(OLD, answer)
    assert after.open_tier is asked.open_tier is Tier.URGENT
    assert after.template == "urgent_short"


def test_only_the_next_message_answers():
    """A yes later is a yes to something else."""
    assert talk(OLD, "which chair is best", "yes")[-1].open_tier is Tier.URGENT


def test_a_new_window_may_ask_again():
    """Once per open tier."""
    state = talk(OLD)[0].state
    ended = assess("hi", state, START + 80 * HOUR)
    assert not ended.state.asked_change
    assert assess(OLD, ended.state, START + 81 * HOUR).note == "ask_change"


def test_a_yes_to_the_list_of_signs_is_still_all_of_them():
    """The other question, of the second look, is answered as before."""
    listed = assess("yes", TriageState(asked=True), START)
    assert any(c.concept == "listed_signs" for c in listed.state.concepts)
    assert assess("worse", TriageState(asked=True), START).tier is Tier.NONE
    after = talk(OLD, "yes")[-1]
    assert all(c.concept != "listed_signs" for c in after.state.concepts)


def test_the_question_names_the_number_to_call():
    """Whoever says yes need not wait for the next message."""
    text = render_message("ask_change", MessageValues(country="GB"))
    assert "two weeks" in text
    assert "☎️ Call 999" in text
