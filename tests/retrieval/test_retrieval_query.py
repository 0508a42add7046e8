"""A follow-up brings its topic along; a new topic does not drag the old one."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.retrieval.query import asks_for_more, only_tells, resolve

BEFORE = "what is swedish massage?"


@pytest.mark.parametrize(
    "text",
    [
        "how often?",
        "and for how long",
        "does it hurt",
        "is there research on that?",
        "what exercises fix that?",
        "what about the second one",
        "so how hard do they press in it?",
        "why",
        "what else",
        "and with oil?",
        "which kind of oil",
        "how many minutes of each",
        "give me exercises",
        "is this safe",
    ],
)
def test_what_cannot_be_understood_alone_takes_the_turn_before(text):
    """Pronouns, connecting words, and questions without a topic of their own."""
    query = resolve(text, [BEFORE])
    assert query.text == f"{BEFORE} {text}"
    assert query.latest == text
    assert query.follows_up


@pytest.mark.parametrize(
    "text",
    [
        "how long does a pulled muscle take to heal?",
        "is there a stretch for tight hip flexors",
        "should i stretch before exercise?",
        "why do tight hamstrings hurt my back?",
        "exercises that help hamstrings",
        "which chair height is right for a desk",
        "heat or cold?",
        "when should I see a doctor about tingling in my legs?",
        "my neck got stiff this morning after sleeping on the sofa",
        "can i do planks with weak glutes",
    ],
)
def test_a_new_topic_stands_alone(text):
    """However the question opens."""
    query = resolve(text, [BEFORE])
    assert query.text.startswith(text)
    assert BEFORE not in query.text
    assert not query.follows_up


def test_a_first_question_stands_alone():
    """There is nothing to follow up."""
    assert resolve("how often?", []).text == "how often?"


@pytest.mark.parametrize(
    "text",
    ["can stress be doing this", "could all the sitting cause this?", "is my posture behind it"],
)
def test_what_is_blamed_for_the_pain_is_no_follow_up_to_a_question(text):
    """After "how long ice", "this" is the pain and not the ice."""
    assert resolve(text, ["how long should I use ice"]).text == text


@pytest.mark.parametrize(
    "before", ["my hamstrings are so tight", "why does my neck hurt at night"]
)
def test_what_is_blamed_for_something_told_takes_it_along(before):
    """Then "this" is what was told."""
    query = resolve("can sitting cause this", [before])
    assert query.text == f"{before} can sitting cause this"


def test_turns_without_a_topic_are_passed_over():
    """How often what? Not "ok" and not "thanks"."""
    query = resolve("how often?", [BEFORE, "ok", "thanks a lot"])
    assert query.text == f"{BEFORE} how often?"


def test_a_turn_that_leans_itself_brings_one_more_along():
    """Two turns back the topic was named; further back is another matter."""
    turns = ["what is a trigger point?", BEFORE, "is it softer or harder than the other one?"]
    query = resolve("so how hard do they press in it?", turns)
    assert query.text == f"{turns[1]} {turns[2]} so how hard do they press in it?"


@given(st.lists(st.text(max_size=40), max_size=5), st.text(max_size=80))
def test_the_latest_text_is_always_there_whole(turns, text):
    """At the end, after at most two earlier turns, each whole."""
    query = resolve(text, turns)
    assert query.latest == text
    assert query.text.endswith(text)
    candidates = [""] + [
        " ".join([*some, ""])
        for some in (
            *([a] for a in turns),
            *([a, b] for k, a in enumerate(turns) for b in turns[k + 1 :]),
        )
    ]
    assert any(query.text == f"{before}{text}" for before in candidates)


@pytest.mark.parametrize(
    "question",
    ["how many weeks until I can train again", "should i use heat or ice", "will it last"],
)
def test_a_question_is_put_on_what_was_told_just_before_it(question):
    """A question without a part of the body or a complaint of its own."""
    told = "I think I pulled a muscle in my back"
    assert resolve(question, [told]).text == f"{told} {question}"


@pytest.mark.parametrize(
    ("told", "question"),
    [
        ("i pulled a muscle in my back", "how do I stretch my hamstrings"),
        ("does heat help tight muscles?", "should i use a foam roller every day"),
        ("what is a trigger point", "how many weeks until I can train again"),
        ("i pulled a muscle", "how long does a muscle spasm last"),
    ],
)
def test_a_question_of_its_own_is_not(told, question):
    """It names its topic, or nothing was told."""
    assert resolve(question, [told]).text == question


@pytest.mark.parametrize(
    "text",
    [
        "my back is killing me",
        "i pulled a muscle in my back",
        "lower back hurts bad tonight",
        "help my back has gone",
        "hi ive had a stiff neck for a week",
        "lower back pain since sunday",
        "back ache after hoovering lol",
        "my lower back hurts when i bend over",
        "my neck is stiff every time i turn round",
        "my back is really bad today",
        "my back has been bad since monday",
    ],
)
def test_whoever_only_complains_is_taken_to_ask_what_helps(text):
    """Somebody in pain wants to know what to do, not what it is called."""
    found = resolve(text, [])
    assert found.text.startswith(text)
    assert "what can I do" in found.text or "what treatment helps" in found.text
    assert found.latest == text


@pytest.mark.parametrize(
    "text",
    [
        "my back hurts, is it serious?",
        "i pulled a muscle, how long does it take",
        "i sit at a desk all day",
        "why does my back hurt",
        "my back pain is gone what was it",
        "multifidus",
        "my laptop hurts my wallet",
        "my back pain has gone now",
        "back pain after exercise",
        "back pain from sitting",
        "my back hurts when should i see a doctor",
        "my back hurts when i sit why",
        "my back hurts when i bend, is heat ok",
        "my neck is stiff would massage help",
    ],
)
def test_whoever_asks_something_is_not(text):
    """Their own question is the question."""
    assert resolve(text, []).text == text


@pytest.mark.parametrize(
    ("told", "asked", "on"),
    [
        ("how do I do the seated hamstring stretch", "what if it hurts more?", "not stretch"),
        ("which exercises strengthen the core", "what if that hurts", "stop an exercise"),
        ("should I use ice on a pulled muscle", "and if it doesn't help?", "home care"),
        ("back spasm relief", "didnt work", "home care"),
        ("back spasm relief", "no it's not helping", "home care"),
        ("how do I stretch my hamstrings", "it hurts when i do it", "not stretch"),
        ("back spasm", "should I see someone?", "see a professional"),
        ("back spasm", "do i need to see a doctor", "see a professional"),
    ],
)
def test_getting_worse_asks_for_more_than_the_same_again(told, asked, on):
    """Whoever asks what to do when it hurts more is not told the same steps once more."""
    query = resolve(asked, (told,))
    assert on in query.text
    assert told not in query.text
    assert query.latest == asked


@pytest.mark.parametrize(
    "asked",
    ["what if my hamstring hurts more", "should I see a doctor about my spine", "and heat?"],
)
def test_what_has_a_topic_of_its_own_is_looked_for_by_that(asked):
    """The articles may say something on just that."""
    assert "professional" not in resolve(asked, ("back spasm relief",)).text


@pytest.mark.parametrize(
    "text",
    [
        "backache",
        "left lower back pain",
        "sore back now",
        "pain in my lower back",
        "stiff neck",
        "one side of my back hurts",
        "oh love my back's bad again",
        "back pain every day for a year",
        "ouch my back",
    ],
)
def test_whoever_names_nothing_but_the_pain_is_taken_to_ask_what_helps(text):
    """The article on the first steps, and not a sentence that happens to hold the words."""
    assert resolve(text, []).text == f"{text} what can I do when it hurts"


@pytest.mark.parametrize(
    "text", ["lower back", "back spasm meaning", "pain", "back pain statistics"]
)
def test_but_not_whoever_names_a_topic(text):
    """Or nothing that hurts."""
    assert resolve(text, []).text == text


@pytest.mark.parametrize(
    "text",
    [
        "bent down to tie my shoe and something popped",
        "did my back in lifting",
        "lifted something heavy now my back hurts",
        "i pulled something in my back moving a sofa",
    ],
)
def test_whoever_tells_of_an_injury_is_taken_to_ask_for_its_treatment(text):
    """And not how to lift another time."""
    assert resolve(text, []).text == f"{text} what treatment helps a pulled back muscle"


@pytest.mark.parametrize(
    "text",
    ["recovery time pulled back muscle", "how do I lift with my back"],
)
def test_an_injury_that_is_asked_about_is_not_told_of(text):
    """Its name is a topic."""
    assert resolve(text, []).text == text


@pytest.mark.parametrize(
    "text", ["lower", "on the left", "now I can't stand up straight", "i sit at a desk all day"]
)
def test_whoever_goes_on_telling_asks_what_helps_with_all_of_it(text):
    """It is part of the complaint before it."""
    query = resolve(text, ["my back hurts"])
    assert query.text == f"my back hurts {text} what can I do when it hurts"
    assert query.asks == "what can I do when it hurts"


@pytest.mark.parametrize(
    "text", ["i want to know about massage", "swedish massage", "how do I sit"]
)
def test_whoever_turns_to_another_topic_does_not(text):
    """Nor whoever asks."""
    assert resolve(text, ["my back hurts"]).asks == ""


@pytest.mark.parametrize(
    "text",
    [
        "whats the difference",
        "what should i avoid",
        "ok and what are the causes",
        "what should I drink?",
        "step by step please",
        "how can i prevent",
        "how do i get rid",
    ],
)
def test_a_question_for_a_part_takes_what_it_is_a_part_of(text):
    """Its one telling word is no topic."""
    assert resolve(text, [BEFORE]).text == f"{BEFORE} {text}"


@pytest.mark.parametrize(
    "text", ["what is the difference between stiff and tight", "what should I avoid when I lift"]
)
def test_but_not_where_it_says_of_what(text):
    """It can be looked up as it is."""
    assert resolve(text, [BEFORE]).text == text


def test_and_for_heat_asks_of_heat_what_was_asked_before():
    """Not of the ice of two turns ago."""
    query = resolve("and for heat", ["does ice help", "how long do i put it on"])
    assert query.text == "how long do i put it on and for heat"
    assert query.asks == "how long do i put it on"


@pytest.mark.parametrize("text", ["ok what about back pain", "sore back now", "my neck hurts"])
def test_what_was_not_answered_does_not_stick_to_a_topic_of_its_own(text):
    """Whatever it was."""
    query = resolve(text, ["what is the capital of France"], unanswered=True)
    assert "France" not in query.text


@pytest.mark.parametrize(
    "text",
    [
        "how many a day",
        "and for my back",
        "is it good for back pain",
        "what about if my back is really bad",
    ],
)
def test_but_it_does_to_what_asks_on(text):
    """A medicine stays a medicine."""
    query = resolve(text, ["can I take ibuprofen"], unanswered=True)
    assert query.text == f"can I take ibuprofen {text}"


def test_a_chain_of_short_questions_keeps_its_topic():
    """However many of them lean on the one before."""
    turns = ["what is a trigger point", "how do you get rid of them", "are they dangerous"]
    query = resolve("where do they come from", turns)
    assert query.text == "what is a trigger point where do they come from"


def test_what_helps_asks_of_a_back_that_hurts():
    """And then of the part that is named."""
    assert resolve("what helps", []).text == "what helps what can I do when it hurts"
    assert resolve("my lower back", ["what helps"]).text == "what helps my lower back"
    query = resolve("what should he do", ["my dad has a bad back"])
    assert query.text == "my dad has a bad back what should he do what can I do when it hurts"
    assert resolve("what helps", ["what is a spasm"]).text == "what is a spasm what helps"


def test_what_else_after_no_answer_asks_what_helps():
    """Not for more of what there is nothing on."""
    query = resolve("ok what else", ["can I take ibuprofen"], unanswered=True)
    assert query.text == "ok what else what can I do when it hurts"


def test_what_then_after_no_answer_asks_what_helps_with_what_hurts():
    """Whatever was asked in between; but not of what hurts elsewhere."""
    turns = ["back pain when i wake up", "is it my mattress"]
    assert resolve("what then", turns, unanswered=True).text == (
        "back pain when i wake up what then what can I do when it hurts"
    )
    assert "what can I do" not in resolve("what now", ["my ear hurts"], unanswered=True).text


@pytest.mark.parametrize("length", ["2 weeks", "about three days now", "a couple of months"])
def test_a_length_of_time_between_leaves_the_complaint_what_it_is(length):
    """It tells on, and "what should I do" is asked of the complaint."""
    turns = ["my back hurts", "lower", length]
    assert resolve("what should i do", turns).asks == "what can I do when it hurts"
    assert resolve("what should i do", turns).text.startswith("my back hurts lower")


def test_whom_to_see_is_asked_of_tight_muscles_unless_a_nerve_was_told_of():
    """Nobody with a numb leg is sent to a massage."""
    assert "professionals" in resolve("ok so who do i see then", ["my back hurts"]).text
    assert "nerve" in resolve("who should i see", ["my leg is numb", "it started today"]).text
    assert resolve("who should I see about my neck", []).text == "who should I see about my neck"


@pytest.mark.parametrize(
    "text",
    ["what else?", "anything else", "any other tips", "more please", "anything else I can do"],
)
def test_more_of_the_same_is_asked_for_without_a_topic(text):
    """What was shown is then left out."""
    assert asks_for_more(text)


@pytest.mark.parametrize("text", ["what else helps tight hips", "more stretches", "why", ""])
def test_whoever_names_what_is_wanted_asks_for_that(text):
    """The best passage on it may be shown again."""
    assert not asks_for_more(text)


@pytest.mark.parametrize("text", ["i was gardening all day", "I'm 45", "well we moved house"])
def test_somebody_may_only_tell(text):
    """Nothing is asked, and nothing hurts."""
    assert only_tells(text)


@pytest.mark.parametrize(
    "text",
    [
        "i have scoliosis",
        "my feet are burning at night",
        "i feel awful",
        "i want a massage gun",
        "i went skiing and now my back hurts",
        "i was gardening, is that bad?",
        "gardening",
    ],
)
def test_whoever_feels_wants_or_asks_something_does_not_only_tell(text):
    """It is for the articles to say, or not."""
    assert not only_tells(text)


@pytest.mark.parametrize(
    ("text", "plainly"),
    [
        (
            "hairdresser, on my feet all day, back aches",
            "my back hurts, what can I do when it hurts",
        ),
        (
            "my mums 78, back pain, what should she do",
            "my back hurts, what can I do when it hurts",
        ),
        ("carrying my toddler kills my back", "my back hurts, what can I do when it hurts"),
        (
            "my husband has a bad back what can i do for him",
            "my back hurts, what can I do when it hurts",
        ),
        (
            "painting the ceiling and now my neck is killing",
            "my neck hurts, what can I do when it",
        ),
        (
            "my back went when i sneezed",
            "my back hurts, what treatment helps a pulled back muscle",
        ),
        ("call centre, 40, my lower back spasms", "my back hurts, how can I ease a back spasm"),
        ("4 weeks now and my back still hurts", "my back hurts, the pain stays in spite of home"),
    ],
)
def test_a_complaint_comes_down_to_what_hurts(text, plainly):
    """Whatever story it comes with: that may lead nowhere."""
    assert resolve(text, []).plainly.startswith(plainly)


@pytest.mark.parametrize(
    "text",
    [
        "does running hurt my back",
        "back pain and blood in urine",
        "postnatal back pain",
        "felt a pop in my knee",
        "my back doesn't hurt any more, it's better",
        "best chair when my back hurts?",
    ],
)
def test_what_asks_or_only_names_something_does_not(text):
    """It is looked up as it stands, or not at all."""
    assert not resolve(text, []).plainly


def test_a_pop_elsewhere_is_no_back_injury():
    """Nor is it searched for as one."""
    assert resolve("felt a pop in my knee", []).text == "felt a pop in my knee"
    assert "pulled back muscle" in resolve("felt a pop when i bent down", []).text


def test_telling_goes_on_over_several_turns():
    """All of it is one complaint."""
    query = resolve("since i started a new job", ["my back hurts", "lower, left side"])
    assert query.text.startswith("my back hurts lower, left side since i started a new job")
    assert query.asks == "what can I do when it hurts"


def test_and_a_verb_goes_on_from_what_has_a_topic():
    """Not from the turn between, which itself only points back."""
    query = resolve("and get rid", ["whats a trigger point", "how do u get them"])
    assert query.text == "whats a trigger point and get rid"


def test_what_was_told_is_what_stands_before_the_question():
    """A question of its own follows up nothing."""
    told = "i pulled my back shovelling snow"
    assert resolve("how long till im better", [told]).told.strip() == told
    assert resolve("what is a muscle spasm", [told]).told == ""


@pytest.mark.parametrize("text", ["my 6 year olds back hurts", "my daughter is 9, her back aches"])
def test_a_childs_back_gets_no_advice_for_grown_ups(text):
    """It is looked up as it stands, without what helps a back that hurts."""
    query = resolve(text, [])
    assert (query.text, query.plainly) == (text, "")


def test_pain_that_comes_again_is_to_be_prevented():
    """Easing it is no answer to that."""
    assert "from coming back" in resolve("my back spasms keep coming back", []).text


def test_mornings_go_on_telling_of_what_hurts():
    """A part of the day is no topic of its own."""
    assert resolve("mostly mornings", ["my lower back aches"]).text.startswith("my lower back")


@pytest.mark.parametrize("text", ["facet joint pain symptoms", "back pain treatment"])
def test_naming_what_is_wanted_of_a_pain_is_no_complaint(text):
    """It is not asked what to do when it hurts."""
    assert resolve(text, [], unanswered=True).text == text
