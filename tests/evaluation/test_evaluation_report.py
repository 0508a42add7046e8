"""What people and programs read."""

from __future__ import annotations

import json

import pytest

from backbot.evaluation import (
    Rate,
    compare,
    evaluate,
    negation_json,
    render_negation,
    render_text,
    score_negation,
    to_json,
)
from backbot.evaluation.report import format_rate

SETS = {
    "answers/facts.jsonl": [
        {"fact_id": "A", "fact": "ice for 20 minutes", "must_contain": ["20 min"]}
    ],
    "answers/questions.jsonl": [
        {"id": "q1", "question": "how long?", "fact_ids": ["A"], "style": "short"},
        {"id": "q2", "question": "how many minutes?", "fact_ids": ["A"], "style": "short"},
    ],
    "answers/out_of_scope.jsonl": [{"id": "o1", "question": "what dose?", "type": "drug_dosing"}],
    "escalation/dev.jsonl": [
        {"id": "e1", "text": "cannot pee", "tier": "emergency"},
        {"id": "e2", "text": "arm weak", "tier": "urgent"},
        {"id": "e3", "text": "what is sciatica", "tier": "none", "informational": True},
    ],
}


@pytest.fixture
def sets(tmp_path):
    """A folder with one small file of each kind."""
    for name, rows in SETS.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(json.dumps(row) + "\n" for row in rows), encoding="utf-8")
    return tmp_path


def good(turns):
    """Answers what is asked and declines the dose."""
    if "dose" in turns[-1]:
        return {"answered": False, "kind": "declined", "answer": "Not here.", "passages": []}
    return {"answered": True, "kind": "answer", "answer": "20 minutes.", "passages": ["20 min"]}


def bad(turns):
    """Answers everything, and rightly only once."""
    if turns[-1] == "how long?":
        return good(turns)
    return {"answered": True, "kind": "answer", "answer": "Two.", "passages": []}


def deaf(turns):
    """Hears no sign."""
    return {"tiers": ["none"] * len(turns), "note": None}


def test_a_rate_is_shown_with_its_rows_and_interval():
    """8 of 10 is 49.0 to 94.3."""
    assert format_rate(Rate(8, 10)).strip() == "80.0 %  (8/10, 95 % 49.0 – 94.3)"
    assert "n/a" in format_rate(Rate(0, 0))


def test_every_missed_emergency_is_listed_even_without_misses(sets):
    """A rate alone would hide it; other misses wait to be asked for."""
    text = render_text(evaluate(sets, bad, deaf))
    assert "e1 wanted emergency, given none: cannot pee" in text
    assert "arm weak" not in text
    assert "what dose?" not in text


def test_misses_lists_every_kind_by_text(sets):
    """Wrong answers, answered out-of-scope questions, wrong tiers, missing notes."""
    text = render_text(evaluate(sets, bad, deaf), misses=True)
    assert "MISS q2 [wrong, passage none] how many minutes?" in text
    assert "wanted: ice for 20 minutes" in text
    assert "ANSWERED o1 [drug_dosing] what dose?" in text
    assert "e2 wanted urgent, given none: arm weak" in text
    assert "general questions without a soft note: 1" in text
    assert "q1" not in text


def test_tables_carry_the_figures_and_what_is_absent(sets):
    """Each set with n; files that are not there by name."""
    text = render_text(evaluate(sets, good, deaf))
    assert "== answers/questions (n=2)" in text
    plain = " ".join(text.split())
    assert "fact in the answer (first 120 words) 100.0 % (2/2, 95 % 34.2 – 100.0)" in plain
    assert "not there: answers/followups.jsonl" in text


def test_the_json_form_survives_json_and_holds_the_rates(sets):
    """Programs read ok, n, rate, low and high under the file's name."""
    result = json.loads(json.dumps(to_json(evaluate(sets, bad, deaf))))
    correct = result["blocks"]["answers/questions"]["rates"]["correct"]
    assert (correct["ok"], correct["n"], correct["rate"]) == (1, 2, 0.5)
    assert correct["low"] < 0.5 < correct["high"]
    escalation = result["blocks"]["escalation/dev"]
    assert escalation["missed_emergencies"] == ["e1"]
    assert escalation["rates"]["specificity"]["rate"] is None
    assert escalation["matrix"]["urgent"]["none"] == 1


def test_compare_names_what_got_better_and_worse(sets):
    """From a bad assistant to a good one, and back."""
    old = to_json(evaluate(sets, bad, deaf))
    new = to_json(evaluate(sets, good, deaf))
    forth, back = compare(old, new), compare(new, old)
    assert "correct" in forth
    assert "50.0 % →  100.0 %  (+50.0)" in forth
    assert "  better: 1\n    q2 answer → answer: how many minutes?\n  worse: 0" in forth
    assert "  better: 0\n  worse: 1\n    q2" in back
    assert "o1 answer → declined: what dose?" in forth


def test_compare_tells_rows_and_sets_that_only_one_side_has(sets):
    """A set that grew does not look like a change of quality."""
    new = to_json(evaluate(sets, good, deaf))
    old = json.loads(json.dumps(new))
    del old["blocks"]["answers/out_of_scope"]
    del old["blocks"]["answers/questions"]["rows"]["q2"]
    assert "rows in one of the two only: 1" in compare(old, new)
    assert "answers/out_of_scope: only in the new result" in compare(old, new)
    assert "answers/out_of_scope: only in the old result" in compare(new, old)


def sure(turns):
    """As the good one, and it says how sure it is; a decline offers what is closest."""
    reply = good(turns)
    probability = 0.9 if reply["answered"] else 0.3
    return {**reply, "probability": probability, "suggestions": ("heat?",)}


def test_the_probabilities_are_reported_with_their_fit(sets):
    """A line a bin that holds anything; nothing where no probability is known."""
    text = " ".join(render_text(evaluate(sets, sure, deaf)).split())
    assert "== probability of an answer (n=3)" in text
    assert "Brier score (↓) 0.037" in text
    assert "expected calibration error (↓) 0.167" in text
    assert "0.9 to 1.0 0.900 100.0 % (2/2" in text
    assert "0.3 to 0.4 0.300 0.0 % (0/1" in text
    assert "that offered what is closest (↓) 100.0 % (1/1" in text
    assert "time of a reply" in text
    assert "probability of an answer" not in render_text(evaluate(sets, good, deaf))


def test_the_probabilities_are_in_the_json_form_and_compared(sets):
    """Of the whole and of each row; results without any are compared without."""
    old = json.loads(json.dumps(to_json(evaluate(sets, sure, deaf))))
    assert old["calibration"]["n"] == 3
    assert sum(part["observed"]["n"] for part in old["calibration"]["bins"]) == 3
    assert old["blocks"]["answers/questions"]["rows"]["q1"]["probability"] == 0.9
    assert old["blocks"]["answers/out_of_scope"]["rates"]["offered"]["ok"] == 1
    assert old["elapsed_ms"]["p50"] >= 0
    new = json.loads(json.dumps(old))
    new["calibration"]["ece"] = 0.0
    assert "0.167 →    0.000  (-0.167)" in compare(old, new)
    bare = to_json(evaluate(sets, good, deaf))
    assert "Brier" not in compare(old, bare)
    del bare["calibration"]
    assert "Brier" not in compare(bare, old)


def test_compare_refuses_what_is_no_evaluation(sets):
    """It says which of the two."""
    new = to_json(evaluate(sets, good, deaf))
    with pytest.raises(ValueError, match="the old result"):
        compare({"format": 0}, new)


def test_negation_report_shows_figures_and_misreadings():
    """Both forms tell the same."""
    rows = [
        {"id": "n1", "sentence": "no fever", "concept": "fever", "negated": True},
        {"id": "n2", "sentence": "not just fever", "concept": "fever", "negated": False},
    ]
    score = score_negation(rows, lambda _sentence, _start, _end: True)
    text = render_negation(score, misses=True)
    assert "precision of negated" in text
    assert "(1/2, 95 %" in text
    assert "MISS n2 [fever: not negated] not just fever" in text
    result = negation_json(score)
    assert result["f1"] == pytest.approx(2 / 3)
    assert result["misses"] == ["n2"]
