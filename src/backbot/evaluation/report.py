"""Evaluation → tables for people, JSON for programs, and what changed between two. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import fields
from typing import Any

from backbot.evaluation.metrics import (
    AnswerResult,
    Calibration,
    EscalationFigures,
    EscalationResult,
    Mean,
    Rate,
    lost_turns,
    percentile,
)
from backbot.evaluation.negation import NegationScore
from backbot.evaluation.runner import AnswerBlock, DeclineBlock, EscalationBlock, Evaluation
from backbot.model import Tier

FORMAT = 1

ESCALATION_LABELS = {
    "emergency": "emergency called emergency",
    "emergency_accept": "  or another acceptable tier",
    "emergency_none": "emergency given none (↓)",
    "any_escalation": "any sign given any escalation",
    "specificity": "ordinary message given none",
    "false_emergency": "no sign given emergency (↓)",
    "note_given": "general question given soft note",
    "over_call": "general question over-called (↓)",
    "exact": "exact tier",
    "exact_accept": "acceptable tier",
}

_LABEL_WIDTH = 36
_ANSWER_SHOWN = 160


# --------------------------------------------------------------------------- tables


def _percent(value: float) -> str:
    return f"{100 * value:.1f} %"


def format_rate(rate: Rate) -> str:
    """`87.5 %  (7/8, 95 % 52.9 – 97.8)`, or `n/a` over no rows."""
    if rate.value is None or rate.interval is None:
        return "    n/a  (0 rows)"
    low, high = rate.interval
    return (
        f"{_percent(rate.value):>8}  ({rate.ok}/{rate.n}, 95 % {100 * low:.1f} – {100 * high:.1f})"
    )


def _format_mean(mean: Mean) -> str:
    if mean.value is None:
        return "    n/a  (0 rows)"
    spread = "" if mean.low is None else f", 95 % {mean.low:.3f} – {mean.high:.3f}"
    return f"{mean.value:8.3f}  (n={mean.n}{spread})"


def _line(label: str, value: str) -> str:
    return f"  {label:<{_LABEL_WIDTH}} {value}"


def _latency(elapsed: Sequence[float]) -> str:
    middle, high = percentile(elapsed, 0.5), percentile(elapsed, 0.95)
    return (
        "n/a" if middle is None or high is None else f"{middle:.1f} ms, 95 % within {high:.1f} ms"
    )


def _answer_lines(block: AnswerBlock, max_words: int, *, misses: bool) -> Iterator[str]:
    figures = block.figures
    extra = f", {block.left_out} that escalate left out" if block.left_out else ""
    yield f"== answers/{block.name} (n={figures.correct.n}{extra})"
    cut = f" (first {max_words} words)" if max_words else ""
    yield _line(f"fact in the answer{cut}", format_rate(figures.correct))
    for k, rate in figures.hits.items():
        yield _line(f"fact in the first {k} passage{'s' if k > 1 else ''}", format_rate(rate))
    yield _line("mean reciprocal rank", _format_mean(figures.mrr))
    yield _line("false declines (↓)", format_rate(figures.false_declines))
    if figures.offered.ok:
        yield _line("  that offered what is closest", format_rate(figures.offered))
    if figures.mean_words is not None:
        yield _line("answer length", f"{figures.mean_words:8.1f} words, longest {figures.longest}")
        yield _line("answers over the limit (↓)", format_rate(figures.over_limit))
    yield _line("median time", _latency([result.elapsed_ms for result in block.results]))
    for name, rate in figures.groups.items():
        lost = figures.declined_groups[name]
        more = f"  declined {lost.ok}" if lost.ok else ""
        yield _line(f"  {name}", f"{format_rate(rate)}{more}")
    if misses:
        for result in block.results:
            if not result.correct:
                yield _miss(result)


def _miss(result: AnswerResult) -> str:
    how = "wrong" if result.answered else result.kind
    rank = result.rank or "none"
    wanted = " / ".join(result.wanted[:2])
    said = result.answer[:_ANSWER_SHOWN]
    return (
        f"  MISS {result.row_id} [{how}, passage {rank}] {result.question}\n"
        f"       wanted: {wanted}\n       said: {said}"
    )


def _decline_lines(block: DeclineBlock, *, misses: bool) -> Iterator[str]:
    figures = block.figures
    yield f"== answers/{block.name} (n={figures.declined.n})"
    yield _line("declined", format_rate(figures.declined))
    yield _line("  near-miss and drug questions", format_rate(figures.hard))
    for name, rate in figures.types.items():
        yield _line(f"  {name}", format_rate(rate))
    if figures.offered.ok:
        yield _line("that offered what is closest (↓)", format_rate(figures.offered))
    if misses:
        for result in block.results:
            if not result.declined:
                said = result.answer[:_ANSWER_SHOWN]
                yield f"  ANSWERED {result.row_id} [{result.type}] {result.question}"
                yield f"       said: {said}"


def _tier_line(result: EscalationResult) -> str:
    wanted = "/".join(tier.label for tier in sorted(result.accepted, reverse=True))
    kind = " (general question)" if result.informational else ""
    return (
        f"  {result.row_id} wanted {wanted}{kind}, given {result.predicted.label}: {result.text}"
    )


def _escalation_lines(block: EscalationBlock, *, misses: bool) -> Iterator[str]:
    figures = block.figures
    extra = f", {block.left_out} arguable left out" if block.left_out else ""
    yield f"== escalation/{block.name} (n={figures.exact.n}{extra})"
    for name, label in ESCALATION_LABELS.items():
        yield _line(label, format_rate(getattr(figures, name)))
    if any(result.conversation for result in block.results):
        lost = lost_turns(block.results)
        yield _line("open emergencies dropped again (↓)", f"{len(lost)} {' '.join(lost)}".rstrip())
    yield _line("median time", _latency([result.elapsed_ms for result in block.results]))
    yield "  should be \\ given " + "".join(f"{tier.label:>11}" for tier in Tier)
    for gold, row in figures.matrix.items():
        yield f"  {gold.label:<17} " + "".join(f"{row[tier]:>11}" for tier in Tier)
    # Missed emergencies are always listed one by one: a rate alone would hide them.
    missed = [result for result in block.results if result.under_triaged_emergency]
    yield f"  missed emergencies: {len(missed)}"
    yield from (_tier_line(result) for result in missed)
    if misses:
        wrong = [r for r in block.results if not r.right and not r.under_triaged_emergency]
        wrong.sort(key=lambda r: r.predicted - r.gold)
        yield f"  other misses, too low first: {len(wrong)}"
        yield from (_tier_line(result) for result in wrong)
        bare = [r for r in block.results if r.informational and r.right and r.noted is False]
        yield f"  general questions without a soft note: {len(bare)}"
        yield from (_tier_line(result) for result in bare)


def _calibration_lines(evaluation: Evaluation) -> Iterator[str]:
    """What the probability of an answer is worth, over all questions; and how long they took."""
    fit = evaluation.calibration
    if fit.n:
        yield f"== probability of an answer (n={fit.n})"
        yield _line("Brier score (↓)", f"{fit.brier:8.3f}")
        yield _line("expected calibration error (↓)", f"{fit.ece:8.3f}")
        yield f"  {'said':<14}{'mean':>8}   {'in scope indeed'}"
        for part in fit.bins:
            if part.forecast is not None:
                said = f"{part.low:.1f} to {part.high:.1f}"
                yield f"  {said:<14}{part.forecast:8.3f}   {format_rate(part.observed)}"
    if elapsed := evaluation.elapsed_ms:
        yield _line("time of a reply", _latency(elapsed))


def render_text(evaluation: Evaluation, *, misses: bool = False) -> str:
    """Plain text tables, each figure with its n and 95 % interval.

    Missed emergencies are always listed; with `misses`, every other miss is too. An arrow down
    marks figures that should be small.
    """
    lines = [f"set {evaluation.set_dir}"]
    lines += [f"not there: {name}" for name in evaluation.absent]
    lines += [f"kept back, not looked at: {name}" for name in evaluation.held_back]
    for answers in evaluation.answers:
        lines += ["", *_answer_lines(answers, evaluation.max_words, misses=misses)]
    for declines in evaluation.declines:
        lines += ["", *_decline_lines(declines, misses=misses)]
    lines += ["", *_calibration_lines(evaluation)]
    for escalation in evaluation.escalations:
        lines += ["", *_escalation_lines(escalation, misses=misses)]
    return "\n".join(lines) + "\n"


# --------------------------------------------------------------------------- JSON


def _rate_json(rate: Rate) -> dict[str, Any]:
    low, high = rate.interval or (None, None)
    return {"ok": rate.ok, "n": rate.n, "rate": rate.value, "low": low, "high": high}


def _mean_json(mean: Mean) -> dict[str, Any]:
    return {"value": mean.value, "low": mean.low, "high": mean.high, "n": mean.n}


def _time_json(elapsed: Sequence[float]) -> dict[str, float | None]:
    return {"p50": percentile(elapsed, 0.5), "p95": percentile(elapsed, 0.95)}


def _answer_json(block: AnswerBlock) -> dict[str, Any]:
    figures = block.figures
    return {
        "rates": {
            "correct": _rate_json(figures.correct),
            **{f"hit@{k}": _rate_json(rate) for k, rate in figures.hits.items()},
            "false_declines": _rate_json(figures.false_declines),
            "over_limit": _rate_json(figures.over_limit),
            "offered": _rate_json(figures.offered),
        },
        "mrr": _mean_json(figures.mrr),
        "mean_words": figures.mean_words,
        "longest": figures.longest,
        "styles": {name: _rate_json(rate) for name, rate in figures.groups.items()},
        "declined_styles": {
            name: _rate_json(rate) for name, rate in figures.declined_groups.items()
        },
        "left_out": block.left_out,
        "elapsed_ms": _time_json([result.elapsed_ms for result in block.results]),
        "rows": {
            r.row_id: {
                "right": r.correct,
                "got": r.kind,
                "rank": r.rank,
                "probability": r.probability,
                "text": r.question,
            }
            for r in block.results
        },
    }


def _decline_json(block: DeclineBlock) -> dict[str, Any]:
    figures = block.figures
    return {
        "rates": {
            "declined": _rate_json(figures.declined),
            "declined_hard": _rate_json(figures.hard),
            "offered": _rate_json(figures.offered),
        },
        "types": {name: _rate_json(rate) for name, rate in figures.types.items()},
        "rows": {
            r.row_id: {
                "right": r.declined,
                "got": "declined" if r.declined else "answer",
                "probability": r.probability,
                "text": r.question,
            }
            for r in block.results
        },
    }


def _escalation_json(block: EscalationBlock) -> dict[str, Any]:
    figures = block.figures
    rates = {
        field.name: _rate_json(getattr(figures, field.name))
        for field in fields(EscalationFigures)
        if field.name != "matrix"
    }
    return {
        "rates": rates,
        "matrix": {
            gold.label: {tier.label: count for tier, count in row.items()}
            for gold, row in figures.matrix.items()
        },
        "left_out": block.left_out,
        "lost_turns": list(lost_turns(block.results)),
        "missed_emergencies": [r.row_id for r in block.results if r.under_triaged_emergency],
        "elapsed_ms": _time_json([result.elapsed_ms for result in block.results]),
        "rows": {
            r.row_id: {
                "right": r.right,
                "got": r.predicted.label,
                "wanted": r.gold.label,
                "text": r.text,
            }
            for r in block.results
        },
    }


def to_json(evaluation: Evaluation) -> dict[str, Any]:
    """The same as a JSON object; `compare` reads two of them.

    `blocks` has one entry per file: `rates` (each with ok, n, rate, low, high), further
    figures, and `rows`: whether each row was right and what it got.
    """
    blocks: dict[str, Any] = {}
    for answers in evaluation.answers:
        blocks[f"answers/{answers.name}"] = _answer_json(answers)
    for declines in evaluation.declines:
        blocks[f"answers/{declines.name}"] = _decline_json(declines)
    for escalation in evaluation.escalations:
        blocks[f"escalation/{escalation.name}"] = _escalation_json(escalation)
    return {
        "format": FORMAT,
        "set": evaluation.set_dir,
        "max_words": evaluation.max_words,
        "absent": list(evaluation.absent),
        "held_back": list(evaluation.held_back),
        "calibration": _calibration_json(evaluation.calibration),
        "elapsed_ms": _time_json(evaluation.elapsed_ms),
        "blocks": blocks,
    }


def _calibration_json(fit: Calibration) -> dict[str, Any]:
    return {
        "n": fit.n,
        "brier": fit.brier,
        "ece": fit.ece,
        "bins": [
            {
                "low": part.low,
                "high": part.high,
                "forecast": part.forecast,
                "observed": _rate_json(part.observed),
            }
            for part in fit.bins
        ],
    }


# --------------------------------------------------------------------------- what changed


def compare(old: Mapping[str, Any], new: Mapping[str, Any]) -> str:
    """What changed between two results of `to_json`: rates first, then every row that flipped.

    Only rows that stand in both are compared; the others are counted.

    Raises:
        ValueError: One of them is no such result.
    """
    for name, result in (("old", old), ("new", new)):
        if result.get("format") != FORMAT or not isinstance(result.get("blocks"), Mapping):
            raise ValueError(f"the {name} result is no evaluation of format {FORMAT}")
    lines: list[str] = []
    for name, block in new["blocks"].items():
        before = old["blocks"].get(name)
        if before is None:
            lines += [f"== {name}: only in the new result"]
            continue
        lines += [f"== {name}", *_rate_changes(before, block), *_row_changes(before, block)]
    lines += [f"== {n}: only in the old result" for n in old["blocks"] if n not in new["blocks"]]
    lines += _fit_changes(old.get("calibration"), new.get("calibration"))
    return "\n".join(lines) + "\n"


def _rate_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    for name, rate in new["rates"].items():
        was = old["rates"].get(name)
        if was is None or was["rate"] is None or rate["rate"] is None:
            continue
        points = 100 * (rate["rate"] - was["rate"])
        yield _line(
            name, f"{_percent(was['rate']):>8} → {_percent(rate['rate']):>8}  ({points:+.1f})"
        )


def _fit_changes(old: Mapping[str, Any] | None, new: Mapping[str, Any] | None) -> Iterator[str]:
    """How the probabilities' fit changed, where both results have one."""
    if not old or not new or not old["n"] or not new["n"]:
        return
    yield "== probability of an answer"
    for name, label in (("brier", "Brier score (↓)"), ("ece", "expected calibration error (↓)")):
        was, now = old[name], new[name]
        yield _line(label, f"{was:8.3f} → {now:8.3f}  ({now - was:+.3f})")


def _row_changes(old: Mapping[str, Any], new: Mapping[str, Any]) -> Iterator[str]:
    shared = [row_id for row_id in new["rows"] if row_id in old["rows"]]
    for title, right in (("better", True), ("worse", False)):
        flipped = [
            row_id
            for row_id in shared
            if new["rows"][row_id]["right"] is right and old["rows"][row_id]["right"] is not right
        ]
        yield f"  {title}: {len(flipped)}"
        for row_id in flipped:
            was, now = old["rows"][row_id], new["rows"][row_id]
            yield f"    {row_id} {was['got']} → {now['got']}: {now['text']}"
    only = len(new["rows"]) + len(old["rows"]) - 2 * len(shared)
    if only:
        yield f"  rows in one of the two only: {only}"


# --------------------------------------------------------------------------- negation


def render_negation(score: NegationScore, *, misses: bool = False) -> str:
    """Precision, recall and F1 as a table; with `misses`, every sentence that was misread."""
    lines = [
        f"== negation (n={len(score.results)})",
        _line("precision of negated", format_rate(score.precision)),
        _line("recall of negated", format_rate(score.recall)),
        _line("F1 of negated", f"{score.f1:8.3f}"),
        _line("recall of not negated", format_rate(score.affirmed_recall)),
        _line("accuracy", format_rate(score.accuracy)),
    ]
    if score.unlocated:
        lines.append(_line("concept not in its sentence", str(len(score.unlocated))))
    if misses:
        for r in score.results:
            if r.predicted is not r.gold:
                is_it = "negated" if r.gold else "not negated"
                lines.append(f"  MISS {r.row_id} [{r.concept}: {is_it}] {r.sentence}")
    return "\n".join(lines) + "\n"


def negation_json(score: NegationScore) -> dict[str, Any]:
    """The same as a JSON object."""
    return {
        "n": len(score.results),
        "precision": _rate_json(score.precision),
        "recall": _rate_json(score.recall),
        "f1": score.f1,
        "affirmed_recall": _rate_json(score.affirmed_recall),
        "accuracy": _rate_json(score.accuracy),
        "unlocated": [r.row_id for r in score.unlocated],
        "misses": [r.row_id for r in score.results if r.predicted is not r.gold],
    }
