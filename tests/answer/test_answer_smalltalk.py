"""Greetings get a human sentence; questions never do."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from backbot.answer import wording
from backbot.answer.smalltalk import small_talk


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("hi", wording.GREETING),
        ("Hello there!", wording.GREETING),
        ("hey bot, how are you?", wording.HOW_ARE_YOU),
        ("are you a real person??", wording.WHO),
        ("Thanks so much 🙏", wording.THANKS),
        ("thank u", wording.THANKS),
        ("ok thanks, bye", wording.THANKS),
        ("that’s really helpful", wording.THANKS),
        ("good night", wording.BYE),
        ("ok bye for now", wording.BYE),
        ("that helped a lot, cheers pal", wording.THANKS),
        ("hmmmm", wording.OKAY),
        ("OK", wording.OKAY),
        ("HELP", wording.NEED_HELP),
        ("pls help!!", wording.NEED_HELP),
        ("hi, can someone help me?", wording.NEED_HELP),
        ("can someone call me", wording.NEED_HELP),
        ("good morning", wording.GREETING),
        ("Morning!", wording.GREETING),
        ("yes please", wording.YES),
        ("can i talk to a human", wording.HUMAN),
        ("i want to speak to a real doctor please", wording.HUMAN),
        ("what's your source", wording.SOURCE),
        ("can you send me the link?", wording.SOURCE),
        ("where did you get that", wording.SOURCE),
        ("says who??", wording.SOURCE),
        ("explain simpler", wording.SIMPLER),
        ("can you explain that in plain english please", wording.SIMPLER),
        ("too long", wording.SIMPLER),
        ("i don't understand", wording.SIMPLER),
        ("you already said that", wording.REPEATED),
        ("same answer again", wording.REPEATED),
        ("you are useless", wording.USELESS),
        ("piss off", wording.USELESS),
        ("that's not what I asked", wording.USELESS),
        ("the pain went away, thanks", wording.BETTER),
        ("my back feels better today", wording.BETTER),
        ("it's gone now", wording.BETTER),
        ("thank you dear", wording.THANKS),
        ("r u a real doctor?", wording.WHO),
        ("what can u help me with", wording.WHO),
        ("what can I ask you about?", wording.WHO),
        ("Ouch!!", wording.TOLD),
        ("who is this?", wording.WHO),
        ("whats this", wording.WHO),
        ("dunno", wording.YES),
        ("I don't know, sorry", wording.YES),
    ],
)
def test_whole_messages_of_small_talk_get_their_sentence(text, sentence):
    """Case, marks and emoji do not matter."""
    assert small_talk(text) == sentence


@pytest.mark.parametrize(
    "text",
    [
        "hi, why does my back hurt",
        "thanks, and how long do i hold it?",
        "ok so heat or cold",
        "hello my foot is numb",
        "no feeling in my legs",
        "are you able to stretch a hamstring",
        "how do I talk to my doctor about back pain",
        "i need a doctor",
        "where does it come from",
        "what is the source of back pain",
        "can you explain trigger points",
        "what is fascia in simple words",
        "it did not help",
        "my back is crap",
        "my back has gone",
        "is it better",
        "it's not better",
        "the pain went to my leg",
        "i can't feel anything",
        "",
        "😀",
        "42",
    ],
)
def test_a_question_behind_a_greeting_is_a_question(text):
    """Only a whole message is small talk."""
    assert small_talk(text) == ""


@pytest.mark.parametrize("text", ["привет, болит спина. ok", "背中が痛い ok", "rücken ok"])
def test_words_of_another_script_are_not_overlooked(text):
    """What is left of it after the letters a to z is not the message."""
    assert small_talk(text) == ""


_SENTENCES = {
    wording.GREETING,
    wording.THANKS,
    wording.HOW_ARE_YOU,
    wording.WHO,
    wording.BYE,
    wording.OKAY,
    wording.NEED_HELP,
    wording.YES,
    wording.HUMAN,
    wording.SOURCE,
    wording.SIMPLER,
    wording.REPEATED,
    wording.USELESS,
    wording.BETTER,
    wording.STOP,
    "",
}


@given(st.text(max_size=200))
def test_it_is_always_one_of_the_fixed_sentences(text):
    """Whatever is typed."""
    assert small_talk(text) in _SENTENCES


def test_a_long_text_is_read_quickly():
    """Ten thousand characters are no small talk."""
    assert small_talk("ok " * 3333) == ""
