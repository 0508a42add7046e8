"""The contract of `assess`: pure, serialisable, and true to the text as typed."""

from __future__ import annotations

import dataclasses
import json
import time
from pathlib import Path

import pytest

from backbot.model import FindingStatus, OpenConcept, Tier, TriageState
from backbot.triage.engine import assess, explain, negated

DATA = Path(__file__).parent / "data"
MESSAGES = [json.loads(line) for line in (DATA / "messages.jsonl").read_text("utf-8").splitlines()]
NEGATION = [json.loads(line) for line in (DATA / "negation.jsonl").read_text("utf-8").splitlines()]
WORST_TEXTS = {
    "one sign over and over": ("my leg numb " * 400)[:4096],
    "negations": ("no not never " * 400)[:4096],
    "cues of every kind": ("cant feel pee leg both numb down back wipe hold weak " * 100)[:4096],
    "spaced letters": ("n u m b " * 512)[:4096],
    "words nobody knows": ("qwzx jkvb plmn okij uhyg " * 200)[:4096],
    "glued words": (("cantfeelmyleg" * 6 + " ") * 60)[:4096],
    "one long word": "a" * 4096,
    "dots": "." * 4096,
}


def _assess(text: str):
    return assess(text, TriageState(), 0.0)


def _rate(kind: str, good) -> tuple[float, list[str]]:
    rows = [r for r in MESSAGES if kind == ("info" if r["informational"] else r["tier"])]
    missed = [r["text"] for r in rows if not good(_assess(r["text"]), r)]
    return 1 - len(missed) / len(rows), missed


@pytest.mark.parametrize("kind", ["emergency", "urgent", "nerve"])
def test_signs_are_found_at_their_tier(kind):
    """Of the project's own messages at least 98 in 100 reach their tier."""
    rate, missed = _rate(kind, lambda a, r: a.tier >= Tier.parse(r["tier"]))
    assert rate >= 0.98, missed


def test_emergencies_never_go_unanswered():
    """Of the project's own emergencies at most one in a hundred gets nothing at all."""
    rate, missed = _rate("emergency", lambda a, _: a.tier > Tier.NONE)
    assert rate >= 0.99, missed


def test_ordinary_messages_are_left_alone():
    """Stiff backs, chairs and denials bring no message; an emergency never."""
    rate, missed = _rate("none", lambda a, _: a.tier is Tier.NONE)
    assert rate >= 0.99, missed
    rate, missed = _rate("none", lambda a, _: a.tier < Tier.EMERGENCY)
    assert rate == 1.0, missed


def test_questions_in_general_get_the_soft_note():
    """Asking what sciatica is brings a note, not a message."""
    rate, missed = _rate("info", lambda a, _: a.tier is Tier.NONE and bool(a.note))
    assert rate >= 0.97, missed


def test_negation_reaches_its_target():
    """F1 of "negated" on clinicians' and patients' sentences is at least 0.96."""
    hits = wrong = gold = 0
    for row in NEGATION:
        start = row["sentence"].index(row["concept"])
        found = negated(row["sentence"], start, start + len(row["concept"]))
        gold += row["negated"]
        hits += found and row["negated"]
        wrong += found and not row["negated"]
    assert 2 * hits / (hits + wrong + gold) >= 0.96


@pytest.mark.parametrize(
    "text",
    [
        "no numbness but i cant pee since last nite",
        "my \u200bl\u200be\u200bg is NUMB",
        "left 🦵 numb",
        "cantfeelmyleg",
        "n u m b toes",
        "Nuuuumb foot — «since» monday",
    ],
)
def test_offsets_point_into_the_text_as_typed(text):
    """A finding's span slices back to its own words, whatever was folded or joined."""
    findings = _assess(text).findings
    assert findings
    for finding in findings:
        assert text[finding.start : finding.end] == finding.span
        assert finding.span


def test_the_specifications_example_is_explained():
    """The explanation names the sign, the dropped sign and its cue, with offsets."""
    lines = explain(_assess("no numbness but i cant pee since last nite"))
    assert lines[0].startswith("tier=emergency")
    assert any("concept=urinary_retention status=present" in line for line in lines)
    assert any('span[3:11]="numbness"' in line and 'negated by "no"' in line for line in lines)


def test_the_same_text_gives_the_same_assessment():
    """No clock, no chance, no hidden state."""
    for row in MESSAGES[::40]:
        assert _assess(row["text"]) == _assess(row["text"])


def test_the_state_survives_being_written_down():
    """State is a value: through JSON and back it decides the same."""
    state = assess("my left leg is numb", TriageState(), 100.0).state
    raw = json.loads(json.dumps(dataclasses.asdict(state)))
    back = TriageState(
        **{
            **raw,
            "open_tier": Tier(raw["open_tier"]),
            "concepts": tuple(OpenConcept(**c) for c in raw["concepts"]),
        }
    )
    assert back == state
    text = "now the other leg too"
    assert assess(text, back, 200.0) == assess(text, state, 200.0)


@pytest.mark.parametrize(
    "text", ["", " ", "???", "\u200b", "🦵", "😭😭😭", "https://example.org", "\x00"]
)
def test_texts_without_words_bring_nothing(text):
    """Emptiness, punctuation and links give no tier and no error."""
    assert _assess(text).tier is Tier.NONE


def test_the_language_of_a_foreign_phrase_chooses_the_language():
    """A phrase of another language escalates in that language."""
    assessment = _assess("no puedo orinar")
    assert assessment.tier is Tier.EMERGENCY
    assert assessment.language == "es"


def test_somebody_elses_sign_counts_in_full():
    """A carer's message is worth as much, and is known to be a carer's."""
    assessment = _assess("husband cannot pee and his back hurts")
    assert assessment.tier is Tier.EMERGENCY
    assert assessment.third_person


def test_an_animals_sign_is_no_ones():
    """A dog's hind legs bring the vet's line."""
    assessment = _assess("my dog drags his back legs")
    assert assessment.tier is Tier.NONE
    assert assessment.note == "vet"
    assert all(f.status is FindingStatus.NOT_A_PERSON for f in assessment.findings)


def test_a_crisis_comes_before_the_physical_text():
    """C25: the crisis text first, then that of the body."""
    assert _assess("i want to die, the pain is so bad").template == "crisis"
    both = _assess("i want to die and i cant pee")
    assert both.template == "crisis+emergency"
    assert both.tier is Tier.EMERGENCY


def test_a_child_is_raised_by_one_tier_once():
    """C19 raises a child's nerve sign to urgent, an urgent one to emergency, no further."""
    child = "my son is 9 and "
    assert _assess(child + "his foot is tingling").tier is Tier.URGENT
    assert _assess(child + "his back hurts badly").tier is Tier.URGENT
    assert _assess(child + "his foot is dragging").tier is Tier.EMERGENCY


@pytest.mark.parametrize(
    ("text", "combination"),
    [
        ("i coughed and my hand is numb", "C12"),
        ("bending down makes my leg tingle", "C12"),
        ("my slipped disc makes my foot numb", "C12"),
        ("i fell asleep on my arm and now it tingles", "C12"),
        ("my left thigh is weak", "C2"),
        ("pain spreads from my neck to my fingers", "C8"),
    ],
)
def test_ordinary_words_fire_no_combination(text, combination):
    """A cough is no fall, a slipped disc no slip, one left leg not both."""
    assert combination not in _assess(text).combinations


@pytest.mark.parametrize("text", WORST_TEXTS.values(), ids=WORST_TEXTS)
def test_the_longest_message_is_read_in_no_time(text):
    """The worst 4096 characters take a fraction of a second, and twice the text twice the time."""

    def seconds(part: str) -> float:
        best = 9.0
        for _ in range(3):
            began = time.process_time()
            assess(part, TriageState(), 0.0)
            best = min(best, time.process_time() - began)
        return best

    seconds(text)  # the speller remembers words: the first reading is not the usual one
    assert seconds(text) < 0.5  # generous: slow machines; benchmarks/ hold the real target
    assert seconds(text) < 6 * seconds(text[: len(text) // 2]) + 0.02


@pytest.mark.parametrize(
    ("text", "fires"),
    [
        ("sat on the remote for an hour. Didnt feel a thing", True),
        ("had sex last night. No feeling at all", True),
        ("had sex last night. My lower back is numb", False),
        ("had a smear test. fine. my hands go numb at night", False),
    ],
)
def test_no_feeling_with_no_part_named_beside_sex_or_a_thing_sat_on(text, fires):
    """Told in another sentence it is the saddle area's, unless a part of the body is named."""
    assert ("C3d" in _assess(text).combinations) is fires
