"""How hard an article is to read, and which sentences make it so."""

from __future__ import annotations

import pytest

from backbot.corpus.readability import (
    HARD_GRADE,
    hard_to_read,
    hardest,
    measure,
    reading_of,
    syllables,
)
from corpus.proses import prose

EASY = "The back has many bones. Walk a bit each day. Rest when you need to. Sit up straight. " * 4
HARD = (
    "Comprehensive multidisciplinary rehabilitation necessitates individualised physiotherapeutic "
    "interventions alongside biopsychosocial considerations and pharmacological optimisation. "
)


@pytest.mark.parametrize(
    ("word", "count"),
    [
        ("back", 1), ("pain", 1), ("muscle", 2), ("muscles", 2), ("make", 1), ("makes", 1),
        ("moved", 1), ("needed", 2), ("exercises", 4), ("safely", 2), ("movement", 2),
        ("tension", 2), ("spasm", 2), ("area", 3), ("therapist", 3), ("physiotherapist", 6),
        ("hamstring", 2), ("inflammation", 4), ("people", 2), ("being", 2), ("table", 2),
        ("the", 1), ("we'll", 1), ("non-surgical", 4), ("20", 1), ("3,000", 1), ("DPT", 1),
    ],
)  # fmt: skip
def test_syllables_of_everyday_and_medical_words(word: str, count: int):
    """As the dictionary has them."""
    assert syllables(word) == count


def test_the_grade_is_the_formula():
    """Two sentences of four words, with eleven syllables."""
    found = measure(["Walk a little bit.", "Sitting hurts the muscles."])
    assert found.words == 8
    assert found.grade == pytest.approx(0.39 * 4 + 11.8 * 11 / 8 - 15.59)


def test_reading_age_grows_with_the_grade():
    """And has a floor: nobody reads at three."""
    assert measure(["Sit up straight."]).age >= 6
    assert measure([HARD]).age > measure(EASY.split(". ")).age


def test_the_age_is_above_the_limit_exactly_when_the_article_is_told():
    """So that a list with ages and a list with warnings agree."""
    for grade_text in (EASY, HARD * 3, EASY + HARD, EASY + HARD * 2):
        article = prose(grade_text)
        reading = reading_of(article)
        assert reading is not None
        assert bool(list(hard_to_read([article]))) == (reading.age > HARD_GRADE + 5)


def test_a_hard_article_is_told_once_with_its_three_hardest_sentences():
    """By line, the worst first; an easy one is not mentioned."""
    body = f"{EASY}\n\n{HARD}\n\n{HARD}\n\nWalk.\n\n{HARD}\n\n{HARD}"
    (issue,) = hard_to_read([prose(EASY, name="easy"), prose(body)])
    assert (issue.severity, issue.file, issue.line, issue.kind) == (
        "warning", "heat.md", 3, "readability",
    )  # fmt: skip
    assert [place.line for place in issue.also] == [5, 9]
    assert "reading age" in issue.message
    assert "line 5" in issue.message
    assert "Comprehensive" in issue.message


def test_short_and_foreign_texts_are_not_judged():
    """The formula says nothing about either."""
    assert reading_of(prose("Comprehensive rehabilitation.")) is None
    assert reading_of(prose(HARD * 3, language="de")) is None
    assert reading_of(prose(EASY, language="en-GB")) is not None
    assert list(hard_to_read([prose(HARD * 3, language="de")])) == []


def test_list_items_count_as_sentences_and_table_rows_not_at_all():
    """A list is no endless sentence."""
    items = "\n".join(f"- keep the back {word}" for word in ("warm", "straight", "moving") * 5)
    table = "\n\n| a | b |\n|---|---|\n" + f"| {HARD} | {HARD} |\n"
    with_items = reading_of(prose(items))
    assert with_items is not None
    assert with_items.grade < 4
    assert reading_of(prose(items + table)) == with_items


def test_very_short_sentences_are_named_only_where_there_is_nothing_else():
    """Two hard words are no hard sentence."""
    found = hardest(prose(f"Physiotherapeutic rehabilitation.\n\n{HARD}").sentences)
    assert [sentence.place.line for sentence in found] == [3]
    assert len(hardest(prose("Rest. Walk.").sentences)) == 2
