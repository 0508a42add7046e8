"""The project's own labelled sets are what evaluation/README.md says they are."""

from __future__ import annotations

import hashlib
import itertools
import json
from pathlib import Path

import pytest

from backbot.evaluation import Fact
from backbot.model import Tier

SETS = Path(__file__).parents[2] / "evaluation"
FILES = sorted(SETS.glob("*/*.jsonl"))
OOS_TYPES = {
    "other_medicine",
    "drug_dosing",
    "near_miss",
    "chitchat",
    "off_topic",
    "injection",
    "gibberish",
    "lang",
    "junk",
}
# Types that only the fresh set has: requests with a fixed answer of their own.
FRESH_TYPES = OOS_TYPES | {"diagnosis", "decision", "service"}


def rows(path):
    """The rows of a file."""
    return [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]


def own(stem, room):
    """Both parts of an own set."""
    return [row for part in ("tune", "kept") for row in rows(SETS / room / f"{stem}_{part}.jsonl")]


def facts():
    """Carried and own facts."""
    return [
        row for name in ("facts", "own_facts") for row in rows(SETS / "answers" / f"{name}.jsonl")
    ]


def test_ids_are_used_once_over_all_files():
    """A result names a row by its id alone."""
    ids = [row.get("id") or row["fact_id"] for path in FILES for row in rows(path)]
    assert len(ids) == len(set(ids))


def test_no_row_quotes_the_sources():
    """The sources belong to their publishers: no `evidence` came along."""
    assert not any("evidence" in row for path in FILES for row in rows(path))


@pytest.mark.parametrize("row", facts(), ids=lambda row: row["fact_id"])
def test_a_fact_in_words_is_recognised_by_its_own_patterns(row):
    """Otherwise a right answer in those very words would count as wrong."""
    assert Fact.parse(row["fact_id"], row["fact"], row["must_contain"]).stated_in(row["fact"])


def test_no_fact_is_stated_by_an_empty_sentence_or_by_its_neighbours():
    """A pattern so loose that half of the other facts match it recognises nothing."""
    parsed = [Fact.parse(row["fact_id"], row["fact"], row["must_contain"]) for row in facts()]
    for fact in parsed:
        assert not fact.stated_in("Back pain is common.")
        assert sum(fact.stated_in(other.fact) for other in parsed) <= 8, fact.fact_id


def test_every_question_names_facts_that_exist():
    """In the carried sets and in the own ones."""
    known = {row["fact_id"] for row in facts()}
    asked = [
        row
        for name in ("questions", "followups")
        for row in [*rows(SETS / "answers" / f"{name}.jsonl"), *own(f"own_{name}", "answers")]
    ]
    assert all(row["fact_ids"] and set(row["fact_ids"]) <= known for row in asked)


def test_every_own_fact_is_asked_for():
    """A fact nobody asks about measures nothing."""
    asked = {
        fact_id
        for stem in ("own_questions", "own_followups")
        for row in own(stem, "answers")
        for fact_id in row["fact_ids"]
    }
    assert {row["fact_id"] for row in rows(SETS / "answers" / "own_facts.jsonl")} <= asked


def test_out_of_scope_rows_have_a_known_type():
    """The report counts by type."""
    out = rows(SETS / "answers" / "out_of_scope.jsonl") + own("own_out_of_scope", "answers")
    assert {row["type"] for row in out} == OOS_TYPES
    assert all("lang" in row and "on_topic" in row for row in out if row["type"] == "lang")


def test_fresh_facts_are_recognised_by_their_own_patterns():
    """As the others are, and every fact a fresh question names exists."""
    answers = SETS / "answers"
    made = rows(answers / "fresh_facts.jsonl")
    for row in made:
        parsed = Fact.parse(row["fact_id"], row["fact"], row["must_contain"])
        assert parsed.stated_in(row["fact"]), row["fact_id"]
        assert not parsed.stated_in("Back pain is common.")
    known = {row["fact_id"] for row in [*made, *facts(), *rows(answers / "more_facts.jsonl")]}
    asked = own("fresh_questions", "answers")
    assert all(row["fact_ids"] and set(row["fact_ids"]) <= known for row in asked)


@pytest.mark.parametrize("of", ["own6", "fresh6"])
def test_facts_are_recognised_and_asked_for(of):
    """By their own patterns; every fact is asked for, and every fact asked for exists."""
    made = rows(SETS / "answers" / f"{of}_facts.jsonl")
    for row in made:
        parsed = Fact.parse(row["fact_id"], row["fact"], row["must_contain"])
        assert parsed.stated_in(row["fact"]), row["fact_id"]
        assert not parsed.stated_in("Back pain is common."), row["fact_id"]
    asked = own(f"{of}_questions", "answers")
    if of == "own6":
        asked += own("own6_followups", "answers")
    assert {fact for row in asked for fact in row["fact_ids"]} == {row["fact_id"] for row in made}


@pytest.mark.parametrize(
    ("stem", "kind", "total"),
    [("fresh_questions", "style", 90), ("fresh_out_of_scope", "type", 60)],
)
def test_fresh_rows_are_halved_style_by_style_in_the_order_of_a_hash(stem, kind, total):
    """Nobody chose: ids in the order of their sha256, alternately to tune and to keep."""
    part_of = {
        row["id"]: (row[kind], part)
        for part in ("tune", "kept")
        for row in rows(SETS / "answers" / f"{stem}_{part}.jsonl")
    }
    assert len(part_of) == total
    if kind == "type":
        assert {type_ for type_, _ in part_of.values()} <= FRESH_TYPES
    for group in {group for group, _ in part_of.values()}:
        ids = [row_id for row_id, (other, _) in part_of.items() if other == group]
        ids.sort(key=lambda row_id: hashlib.sha256(row_id.encode()).hexdigest())
        parts = [part_of[row_id][1] for row_id in ids]
        assert all(one != other for one, other in itertools.pairwise(parts)), group


def test_escalation_rows_have_known_tiers():
    """Of rows, turns and what they accept; the row's tier is its last turn's."""
    for path in sorted((SETS / "escalation").glob("*.jsonl")):
        for row in rows(path):
            parts = row.get("turns", [row])
            for part in parts:
                assert part["text"].strip()
                for label in [part["tier"], *part.get("accept", ())]:
                    Tier.parse(label)
                assert part["tier"] == "none" or not part.get("informational")
            assert row["tier"] == parts[-1]["tier"]


@pytest.mark.parametrize(
    ("stem", "room", "at_least"),
    [
        ("own_questions", "answers", 130),
        ("own_out_of_scope", "answers", 80),
        ("own_followups", "answers", 15),
        ("own", "escalation", 260),
        ("own_conversations", "escalation", 20),
    ],
)
def test_own_rows_lie_in_the_part_their_id_says(stem, room, at_least):
    """The split is nobody's choice: sha256 of the id, modulo 10, below 6 to tune."""
    total = 0
    for part in ("tune", "kept"):
        for row in rows(SETS / room / f"{stem}_{part}.jsonl"):
            digest = int(hashlib.sha256(row["id"].encode()).hexdigest(), 16)
            assert ("tune" if digest % 10 < 6 else "kept") == part, row["id"]
            total += 1
    assert total >= at_least


def test_no_own_row_repeats_a_carried_one():
    """Own sets measure other people's words."""
    carried = {
        text.casefold()
        for path in FILES
        if not path.name.startswith(("own_", "more_", "fresh_"))
        for row in rows(path)
        for text in [row.get("question"), row.get("text")]
        if text
    }
    repeated = [
        row["id"]
        for path in FILES
        if path.name.startswith("own_")
        for row in rows(path)
        if (row.get("question") or row.get("text") or "").casefold() in carried
        and "turns" not in row
    ]
    assert repeated == []


PAGES = sorted(path for path in (SETS / "pages").iterdir() if path.is_dir())


@pytest.mark.parametrize("folder", PAGES, ids=lambda folder: folder.name)
def test_questions_about_unseen_pages_name_facts_that_exist(folder):
    """Each folder stands alone: five pages, their facts, and questions about these."""
    facts = {row["fact_id"]: row for row in rows(folder / "answers" / "facts.jsonl")}
    pages = {path.stem for path in (folder / "pages").iterdir()}
    assert len(pages) == 5
    assert {row["article"] for row in facts.values()} == pages
    asked = [*rows(folder / "answers" / "questions.jsonl")]
    followups = folder / "answers" / "followups.jsonl"
    asked += rows(followups) if followups.exists() else []
    assert len(asked) >= 100
    assert all(set(row["fact_ids"]) <= facts.keys() and row["fact_ids"] for row in asked)
    for fact_id, row in facts.items():
        Fact.parse(fact_id, row["fact"], row["must_contain"])
        assert "evidence" not in row
    out = rows(folder / "answers" / "out_of_scope.jsonl")
    assert {row["type"] for row in out} <= OOS_TYPES
