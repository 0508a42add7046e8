"""What a question wants to know, and which headings promise it."""

from __future__ import annotations

import pytest

from backbot.retrieval.intent import GAIN, LOSS, bonus, kinds_of_heading, kinds_of_question


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("What is a trigger point?", "means"),
        ("what causes knots", "cause"),
        ("what brings on spasms", "cause"),
        ("spasm causes list", "cause"),
        ("what does stress do to my back", "effect"),
        ("how do hamstrings affect the lower back", "effect"),
        ("how do you treat a stiff neck", "treat"),
        ("any tips to ease a spasm", "treat"),
        ("how do i stop getting knots", "prevent"),
        ("how do I keep my back from recurring pain, how to avoid it", "prevent"),
        ("warning signs of tight muscles", "sign"),
        ("how would I notice that it is too tight", "sign"),
        ("which exercises help", "exercise"),
        ("what if I never stretch", "lack"),
        ("can it turn into something worse", "become"),
        ("swedish vs deep tissue", "differ"),
        ("how often should I stretch", "rate"),
        ("how long should I rest", "time"),
    ],
)
def test_an_open_question_is_of_a_kind(question, kind):
    """What it wants to know of its topic."""
    assert kind in kinds_of_question(question)


@pytest.mark.parametrize(
    "question",
    ["does heat help", "can stress cause back pain", "is massage safe", "my back hurts", ""],
)
def test_a_question_for_yes_or_no_is_of_no_kind(question):
    """It names what it asks about: the words find that."""
    assert kinds_of_question(question) == frozenset()


def test_what_was_asked_last_counts():
    """A follow-up stands behind what it follows up."""
    asked = kinds_of_question("what is a trigger point? how do i avoid getting them?")
    assert asked == {"prevent"}


@pytest.mark.parametrize(
    ("heading", "kind"),
    [
        ("What is myalgia?", "means"),
        ("What causes trigger points?", "cause"),
        ("What can cause back muscle spasms?", "cause"),
        ("How do tight hip flexors cause lower back pain?", "effect"),
        ("How is muscle imbalance treated?", "treat"),
        ("How can I prevent trigger points?", "prevent"),
        ("What are the warning signs of muscle tension?", "sign"),
        ("Which exercises strengthen weak muscles?", "exercise"),
        ("What happens without stretching?", "lack"),
        ("Can myofascial pain turn into fibromyalgia?", "become"),
        ("How do Swedish and deep tissue massage differ?", "differ"),
        ("How often should I stretch?", "rate"),
        ("How long should I rest a pulled muscle?", "time"),
        ("Causes of Stiff Muscles", "cause"),
    ],
)
def test_a_heading_promises_a_kind(heading, kind):
    """As a question or as a title."""
    assert kind in kinds_of_heading(heading)


def test_a_heading_gains_by_what_it_promises():
    """What is asked for goes up, another thing down, and what is not known stays."""
    asked = kinds_of_question("how do i stop getting knots")
    assert bonus(asked, "How can I prevent trigger points?") == GAIN
    assert bonus(asked, "What causes trigger points?") == -LOSS
    assert bonus(asked, "Trigger points") == 0.0
    assert bonus(asked, "") == 0.0
    assert bonus(frozenset(), "What causes trigger points?") == 0.0


def test_no_heading_is_worse_for_not_promising_a_figure():
    """Many a section holds one without saying so."""
    asked = kinds_of_question("how long should I rest")
    assert bonus(asked, "What helps a pulled muscle?") == 0.0
