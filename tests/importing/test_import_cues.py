"""The vocabulary of web clutter: its own examples are its tests."""

from __future__ import annotations

import pytest

from backbot.importing.blocks import shape_of
from backbot.importing.cues import Cue, all_cues, cue_of
from backbot.importing.people import bio_of
from backbot.importing.textfix import repair_text

MATCHES = [(cue, line) for cue in all_cues() for line in cue.matches]
IGNORES = [line for cue in all_cues() for line in cue.ignores]


@pytest.mark.parametrize(("cue", "line"), MATCHES, ids=[line for _, line in MATCHES])
def test_cue_finds_its_examples(cue: Cue, line: str) -> None:
    """Every line under `matches` bears its cue."""
    line = repair_text(line)
    assert cue.found_in(line, shape_of(line))


@pytest.mark.parametrize("line", IGNORES)
def test_article_line_bears_no_cue(line: str) -> None:
    """No line under any `ignores` bears any cue at all."""
    assert cue_of(line, shape_of(line)) is None


def test_every_cue_has_examples_of_both_kinds() -> None:
    """A cue without examples could not be tested."""
    assert all(cue.matches and cue.ignores for cue in all_cues())


@pytest.mark.parametrize(
    "text",
    [
        "Jo Bloggs, DPT, is a physical therapist with 12 years of experience in sports medicine.",
        "She holds a master's degree from Some University and loves hiking with her dogs.",
        "I'm a registered osteopath, passionate about helping runners.",
    ],
)
def test_note_on_a_person_is_recognised(text: str) -> None:
    """A name or pronoun, a verb, and two kinds of sign."""
    assert bio_of(text).certain(amid=False)


@pytest.mark.parametrize(
    "text",
    [
        "Sciatica is pain that runs along the sciatic nerve from the buttock to the foot.",
        "Physical therapists are licensed professionals who can help with posture.",
        "He should stop when the pain gets worse.",
        'Jo Bloggs, a professor at Some University, said the study "changes little".',
    ],
)
def test_article_text_is_no_note_on_a_person(text: str) -> None:
    """Facts about a condition, a profession or what somebody said stay."""
    assert not bio_of(text).certain(amid=False)
