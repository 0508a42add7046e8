"""What a question wants to know, and which headings promise it."""

from __future__ import annotations

import pytest

from backbot.model import Hit, Passage, Retrieval, Signals
from backbot.retrieval.intent import (
    GAIN,
    LOSS,
    bonus,
    kinds_of_heading,
    kinds_of_question,
    led_by_what_is_asked,
    reordered,
)


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
        ("why does my back keep spasming", "cause"),
        ("why are my hip flexors so tight", "cause"),
        ("why", "cause"),
        ("why do muscles around an injured disc tighten up", "effect"),
        ("how come the muscle cramps at night", "cause"),
        ("when's it gonna ease up", "heal"),
        ("when i can expect it to calm down", "heal"),
        ("what to do about a strained back", "treat"),
        ("will it come back", "prevent"),
    ],
)
def test_an_open_question_is_of_a_kind(question, kind):
    """What it wants to know of its topic."""
    assert kind in kinds_of_question(question)


@pytest.mark.parametrize(
    "question",
    ["does heat help", "is massage safe", "my back hurts", "why not lie in bed", ""],
)
def test_a_question_for_yes_or_no_is_of_no_kind(question):
    """It names what it asks about: the words find that."""
    assert kinds_of_question(question) == frozenset()


def test_what_are_the_causes_asks_for_no_definition():
    """Nor do the symptoms."""
    assert kinds_of_question("what are the causes") == {"cause"}
    assert "means" not in kinds_of_question("what are the symptoms")


def test_what_helps_in_the_long_run_is_no_treatment():
    """Whoever hurts now is not told to train."""
    assert kinds_of_heading("What helps the back in the long run?") == {"prevent"}


def test_whether_one_thing_leads_to_another_is_answered_by_how_it_does():
    """No other heading is the worse for it."""
    asked = kinds_of_question("can stress cause back pain")
    assert asked == {"leads"}
    assert bonus(asked, "How does stress cause back pain?") == GAIN
    assert bonus(asked, "How can I reduce and manage stress?") == 0.0


@pytest.mark.parametrize(
    "question",
    ["my back is in bits, can stress do this", "ouch. could stress be causing all this to me"],
)
def test_whether_it_does_this_is_answered_by_how_it_does(question):
    """Wherever in the text it is asked."""
    assert "leads" in kinds_of_question(question)
    assert bonus(kinds_of_question(question), "How does stress cause back pain?") == GAIN


@pytest.mark.parametrize(
    "question",
    [
        "when should i go to the doctor", "wen do i need a dr", "do i need to see a doc",
        "at what point do i call a gp", "should i see a physio or not", "when do i go to hospital",
    ],
)  # fmt: skip
def test_whether_to_see_somebody_is_answered_by_when(question):
    """However it is put; no other heading is the worse for it."""
    asked = kinds_of_question(question)
    assert bonus(asked, "When should I see a professional about back pain?") == GAIN
    assert bonus(asked, "Why should I not diagnose myself?") == 0.0


@pytest.mark.parametrize(
    "question",
    ["should i see a doctor before i exercise", "what does a doctor do", "does a physio help"],
)
def test_a_question_about_doctors_is_not_when_to_see_one(question):
    """Nor is whom to ask before something."""
    assert "somebody" not in kinds_of_question(question)


def test_how_long_it_lasts_is_not_how_long_to_rest():
    """Both are times, of two things."""
    asked = kinds_of_question("how long will it last")
    assert bonus(asked, "How long does a pulled back muscle take to heal?") == GAIN
    assert bonus(asked, "How long should I rest a pulled muscle?") == -LOSS


def test_what_is_asked_for_is_quoted_first():
    """The order stays; only what is quoted first may change."""
    hits = [
        Hit(Passage("p#0", "p", "Are knots a warning sign?", "Yes.", 0, 4, ()), 1, 0.60),
        Hit(Passage("p#1", "p", "What causes trigger points?", "Overuse.", 5, 13, ()), 2, 0.58),
    ]
    led = led_by_what_is_asked(hits, "what causes knots")
    assert [hit.rank for hit in led] == [1, 2]
    assert led[1].score > led[0].score
    assert led_by_what_is_asked(hits, "are knots bad") == hits


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


def test_hits_are_put_in_the_order_of_what_they_promise():
    """The better heading goes first; ranks count from 1 again; nothing is lost."""
    causes, prevents = (
        Passage("knots#0", "knots", "What causes knots?", "Overuse.", 0, 8, ()),
        Passage("knots#1", "knots", "How can I prevent knots?", "Rest.", 9, 14, ()),
    )
    signals = Signals(0.5, 0.5, 1.0, 1.0, 0.0, 2)
    hits = (Hit(causes, 1, 0.60), Hit(prevents, 2, 0.57))
    found = Retrieval("how do i stop getting knots", hits, signals, frozenset())
    after = reordered(found, found.query)
    assert [hit.passage for hit in after.hits] == [prevents, causes]
    assert [hit.rank for hit in after.hits] == [1, 2]
    assert after.signals is signals
    assert reordered(found, "knots at work").hits == hits


@pytest.mark.parametrize(
    ("question", "kind"),
    [
        ("and who can sort them", "who"),
        ("how long before i see a doctor", "somebody"),
        ("should i see someone about it", "somebody"),
        ("when can i lift again", "heal"),
        ("how long until i can play", "heal"),
        ("will it ever go away", "heal"),
        ("does my back heal after pulling it", "heal"),
        ("it happened for the 3rd time", "prevent"),
        ("my spasm keeps coming back", "prevent"),
    ],
)
def test_other_ways_to_ask_for_the_same_kind(question, kind):
    """Short and indirect, as people type."""
    assert kind in kinds_of_question(question)


@pytest.mark.parametrize(
    "question",
    [
        "what exercises should i avoid",
        "which stretches should I not do",
        "when shouldnt i stretch",
        "exercises to avoid with a bad back",
    ],
)
def test_what_not_to_do_is_no_question_of_what_to_do(question):
    """Whoever asks what to avoid is not told to do it."""
    asked = kinds_of_question(question)
    assert asked == {"not"}
    assert bonus(asked, "Which exercises should I not do with back pain?") == GAIN
    assert bonus(asked, "What makes a sore back worse?") == GAIN
    assert bonus(asked, "Which exercises strengthen weak muscles?") == -LOSS


def test_how_long_before_a_doctor_asks_for_no_time_of_healing():
    """Nor does "who gets knots" ask for somebody who treats them."""
    assert "time" not in kinds_of_question("how long before i see a doctor")
    assert "who" not in kinds_of_question("who gets knots")


@pytest.mark.parametrize(
    "heading", ["Which professionals help with tight muscles?", "What does a chiropractor do?"]
)
def test_headings_that_name_professionals_say_who(heading):
    """What sitting does to the back says nothing of whom."""
    assert "who" in kinds_of_heading(heading)
    assert "who" not in kinds_of_heading("What does a sedentary lifestyle do to muscles?")


@pytest.mark.parametrize(
    ("question", "heading"),
    [
        ("scoliosis symptoms", "What it feels like"),
        ("what are the symptoms of a worn joint", "How facet joint pain feels"),
        ("what does a slipped disc feel like", "Symptoms"),
        ("what causes it", "What makes the canal narrow?"),
        ("what causes back pain in teenagers", "Why teenage backs hurt"),
        ("what causes thin bones", "Who is at risk"),
        ("what can i do about it", "What to do at home"),
        ("how long does it last", "Outlook and recovery"),
    ],
)
def test_headings_in_the_words_of_other_pages(question, heading):
    """They promise the same in words of their own."""
    assert bonus(kinds_of_question(question), heading) == GAIN
