"""How the fixed texts read: plain for an eleven-year-old, and fit for every sign that sends them."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from backbot.model import TriageState
from backbot.triage.engine import assess
from backbot.triage.languages import load_languages
from backbot.triage.messages import (
    KEYS,
    MOST_WORDS,
    MessageValues,
    count_words,
    load_override,
    packaged,
    render_message,
)

VALUES = MessageValues("Riverside Clinic", "01234 567890", "clinic.example", "111", "GB")
HARDEST_GRADE = 6.0
"""Flesch-Kincaid grade of an eleven-year-old: the specification's reading age."""


def syllables(word):
    """Vowel groups, without the silent ends of "pressure", "stopped" and "times"; at least one."""
    letters = re.sub(r"[^a-z]", "", word.lower())
    count = len(re.findall(r"[aeiouy]+", letters))
    silent = (r"[^aeiouyl]e$", r"[^aeiouytd]ed$", r"[^aeiouyscxzgh]es$")
    return max(1, count - sum(bool(re.search(end, letters)) for end in silent))


def grade(text):
    """Flesch-Kincaid grade; a new line begins a sentence, a colon or semicolon does not."""
    words = re.findall(r"[A-Za-z][A-Za-z'-]*", text)
    sentences = [s for s in re.split(r"[.!?\n]+", text) if re.search(r"[A-Za-z]", s)]
    sounds = sum(map(syllables, words))
    return 0.39 * len(words) / len(sentences) + 11.8 * sounds / len(words) - 15.59


@pytest.mark.parametrize(
    ("word", "count"),
    [("call", 1), ("numbness", 2), ("emergency", 4), ("stopped", 1), ("started", 2), ("phone", 1),
     ("massage", 2), ("stretches", 2), ("exercises", 4), ("people", 2), ("the", 1), ("times", 1)],
)  # fmt: skip
def test_syllables_are_counted(word, count):
    """Well enough for a grade."""
    assert syllables(word) == count


def test_hard_prose_gets_a_high_grade():
    """The measure can fail."""
    hard = (
        "Immediate neurosurgical evaluation is recommended whenever progressive neurological "
        "deterioration accompanies radicular symptomatology."
    )
    assert grade(hard) > 15
    assert grade("Call now. Do not wait.") < 2


@pytest.mark.parametrize("key", sorted(KEYS))
def test_every_text_can_be_read_at_eleven(key):
    """In opening hours, out of them, and with nothing known."""
    for values in (VALUES, replace(VALUES, clinic_open=False, opens="on Monday at 08:00")):
        text = render_message(key, values)
        assert grade(text) <= HARDEST_GRADE, (round(grade(text), 1), text)
    assert grade(render_message(key, MessageValues())) <= HARDEST_GRADE + 1  # the long stand-in


CALLS = {
    "chest": "pressure on my chest and my arm hurts",
    "artery": "sudden tearing pain in my back and i nearly passed out",
    "stroke": "my face is drooping and my speech is slurred",
    "overdose": "i took a whole box of paracetamol",
}


@pytest.mark.parametrize("text", CALLS.values(), ids=CALLS)
def test_one_call_text_serves_four_dangers(text):
    """Chest, great artery, stroke and overdose get the same sentences."""
    assert "emergency_call" in assess(text, TriageState(), 0.0).template


@pytest.mark.parametrize("key", ["emergency_call", "emergency_call_other"])
def test_the_call_text_fits_each_of_them(key):
    """It asks what was taken, sends nobody to sleep it off, and gives a drowsy person a side.

    Nothing in it is right for one of the four and wrong for another: no position that a
    breathless or drowsy person must not take is called for, and feeling better is no reason to
    wait (a poisoning, a small stroke and a heart attack all pause).
    """
    text = render_message(key, VALUES)
    assert "any medicine or drugs taken" in text
    assert "on their side" in text or "lie on your side" in text
    assert re.search(r"Do not wait, even if (you feel|they seem) better", text)
    for wrong in ("aspirin", "drink", "easiest", "sleep it", "vomit", "walk", "flat", "sit up"):
        assert wrong not in text


@pytest.mark.parametrize("language", load_languages().values(), ids=lambda lang: lang.code)
def test_an_injury_has_its_own_text_in_every_language(language):
    """It says to keep still, which the general text does not, and names the number first of all."""
    text = render_message("emergency_trauma", VALUES, language=language.code)
    english = render_message("emergency_trauma", VALUES)
    own = text.removesuffix(english).strip()
    general = render_message("emergency", VALUES, language=language.code)
    assert own
    assert own not in general
    assert "999" in own
    assert "{" not in own
    longest = replace(VALUES, country="")
    whole = render_message("emergency_trauma", longest, language=language.code)
    assert (
        count_words(whole.removesuffix(render_message("emergency_trauma", longest))) <= MOST_WORDS
    )
    translation = packaged().translations["emergency_trauma", language.code]
    assert translation.provenance.confidence == "U"
    assert not translation.provenance.reviewed_by


def test_a_carer_gets_it_too():
    """The language's text, then the English one about the person."""
    text = render_message("emergency_trauma", VALUES, language="de", third_person=True)
    assert "Halten Sie still" in text
    assert "If you are not with them, phone them or someone nearby" in text


TRANSLATION = """
[[translation]]
id = "OWN-DE"
key = "emergency_trauma"
language = "de"
version = 1
source = ["U"]
confidence = "U"
reviewed_by = ""
reviewed_on = ""
review_due = ""
text = "{text}"
"""


def test_a_clinic_can_put_its_own_translation_in_place(tmp_path):
    """Of this and of any other message."""
    path = tmp_path / "clinic.toml"
    path.write_text(TRANSLATION.format(text="Rufen Sie {emergency_number} an."), "utf-8")
    own = load_override(path)
    text = render_message("emergency_trauma", VALUES, language="de", wording=own)
    assert text.startswith("Rufen Sie 999 an.")
    assert own.overridden == ("OWN-DE",)


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("Rufen Sie an.", "must say {emergency_number}"),
        ("{emergency_number} {clinic}", "unknown placeholder {clinic}"),
        ("{emergency_number} " + "wort " * 100, "words long"),
    ],
)
def test_a_faulty_translation_is_refused(tmp_path, text, says):
    """By name."""
    from backbot.errors import RuleError

    path = tmp_path / "clinic.toml"
    path.write_text(TRANSLATION.format(text=text), "utf-8")
    with pytest.raises(RuleError, match=f"OWN-DE: .*{re.escape(says)}"):
        load_override(path)
    twice = TRANSLATION.format(text="{emergency_number}")
    path.write_text(twice + twice, "utf-8")
    with pytest.raises(RuleError, match="stands twice in de"):
        load_override(path)
