"""A folder of labelled sets → every question asked, every message triaged → Evaluation.

Layout of a set folder (each file may be missing, which is said):

    answers/facts.jsonl  questions.jsonl  followups.jsonl  out_of_scope.jsonl
    escalation/dev.jsonl  dev_conversations.jsonl  and any other *.jsonl of the same two kinds

and, beside them, further facts (`own_`, `more_`, `fresh_` to `fresh6_`, `own6_facts.jsonl`), a
later set (`more_*`), and the own and the fresh sets in two parts: `*_tune.jsonl`, always read,
and `*_kept.jsonl`, read only where `kept` is asked for.
"""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from backbot.errors import UsageError
from backbot.evaluation.metrics import (
    AnswerFigures,
    AnswerResult,
    Calibration,
    DeclineFigures,
    DeclineResult,
    EscalationFigures,
    EscalationResult,
    Fact,
    answer_figures,
    calibration,
    decline_figures,
    escalation_figures,
    first_hit,
    first_words,
    normalise,
)
from backbot.model import Tier

AnswerCall = Callable[[Sequence[str]], Mapping[str, Any]]
TriageCall = Callable[[Sequence[str]], Mapping[str, Any]]
ProgressCall = Callable[[str, int, int], None]

MAX_ANSWER_WORDS = 120

FACT_FILES = (
    "facts",
    "own_facts",
    "more_facts",
    "fresh_facts",
    "fresh2_facts",
    "fresh3_facts",
    "fresh4_facts",
    "fresh5_facts",
    "own6_facts",
    "fresh6_facts",
)
QUESTION_SETS = (
    "questions",
    "followups",
    "own_questions",
    "own_followups",
    "more_questions",
    "more_followups",
    "fresh_questions",
    "fresh2_questions",
    "fresh3_questions",
    "fresh3_followups",
    "fresh4_questions",
    "fresh4_followups",
    "fresh5_questions",
    "fresh5_followups",
    "own6_questions",
    "own6_followups",
    "fresh6_questions",
)
DECLINE_SETS = (
    "out_of_scope",
    "own_out_of_scope",
    "more_out_of_scope",
    "fresh_out_of_scope",
    "fresh2_out_of_scope",
    "fresh3_out_of_scope",
    "fresh4_out_of_scope",
    "fresh5_out_of_scope",
    "fresh6_out_of_scope",
)
_IN_PARTS = ("own", "fresh", "fresh2", "fresh3", "fresh4", "fresh5", "fresh6", "own6")
_FURTHER = (*(f"{name}_" for name in _IN_PARTS), "more_")
ESCALATION_SETS = (
    "dev",
    "dev_conversations",
    "own",
    "own_conversations",
    "own_oblique",
    "own_terse",
)


# --------------------------------------------------------------------------- what comes out


@dataclass(frozen=True, slots=True)
class AnswerBlock:
    """The in-scope questions of one file.

    Attributes:
        name: Of the file, without its ending.
        results: One per question, in file order.
        left_out: Rows that carry `escalates`: the reply they should get holds no answer.
        figures: What they say.
    """

    name: str
    results: tuple[AnswerResult, ...]
    left_out: int
    figures: AnswerFigures


@dataclass(frozen=True, slots=True)
class DeclineBlock:
    """The out-of-scope questions of one file.

    Attributes:
        name: Of the file, without its ending.
        results: One per question, in file order.
        figures: What they say.
    """

    name: str
    results: tuple[DeclineResult, ...]
    figures: DeclineFigures


@dataclass(frozen=True, slots=True)
class EscalationBlock:
    """The messages, or the turns of the conversations, of one file.

    Attributes:
        name: Of the file, without its ending.
        results: One per message or turn, in file order.
        left_out: Messages or turns marked as arguable (confidence low).
        figures: What they say.
    """

    name: str
    results: tuple[EscalationResult, ...]
    left_out: int
    figures: EscalationFigures


@dataclass(frozen=True, slots=True)
class Evaluation:
    """Everything one run measured.

    Attributes:
        set_dir: The folder, as given.
        max_words: Where answers were cut before facts were looked for; 0 for nowhere.
        answers: A block per file of questions.
        declines: A block per file of out-of-scope questions.
        escalations: A block per file of messages.
        absent: Files of the usual layout that are not in the folder.
        held_back: Kept files that are there and were not looked at.
    """

    set_dir: str
    max_words: int
    answers: tuple[AnswerBlock, ...]
    declines: tuple[DeclineBlock, ...]
    escalations: tuple[EscalationBlock, ...]
    absent: tuple[str, ...]
    held_back: tuple[str, ...]

    @property
    def calibration(self) -> Calibration:
        """Whether the probabilities mean what they say, over every question that has one."""
        return calibration(
            [
                (result.probability, True)
                for block in self.answers
                for result in block.results
                if result.probability is not None
            ]
            + [
                (result.probability, False)
                for block in self.declines
                for result in block.results
                if result.probability is not None
            ]
        )

    @property
    def elapsed_ms(self) -> list[float]:
        """Wall time of every question asked."""
        return [
            *(result.elapsed_ms for block in self.answers for result in block.results),
            *(result.elapsed_ms for block in self.declines for result in block.results),
        ]


# --------------------------------------------------------------------------- reading


@dataclass(frozen=True, slots=True)
class _Row:
    """A line of a file, which knows where it stands."""

    place: str
    fields: Mapping[str, Any]

    def text(self, key: str) -> str:
        value = self.fields.get(key)
        if not isinstance(value, str) or not value:
            raise UsageError(f"{self.place} has no text in {key!r}. Every row needs one.")
        return value

    def strings(self, key: str) -> list[str]:
        value = self.fields.get(key)
        if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
            raise UsageError(f"{self.place}: {key!r} must be a list of texts.")
        return value


def read_rows(path: Path) -> list[dict[str, Any]]:
    """Read JSON lines; blank lines are skipped.

    Raises:
        UsageError: The file cannot be read, or a line is no JSON object.
    """
    return [dict(row.fields) for row in _read(path)]


def _read(path: Path) -> list[_Row]:
    try:
        lines = path.read_text(encoding="utf-8").splitlines()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read: {error.strerror}. Name a file of JSON lines."
        ) from error
    except UnicodeDecodeError as error:
        raise UsageError(
            f"{path} is not UTF-8 text (byte {error.start} is the first wrong one). Save it "
            "again with the encoding UTF-8."
        ) from error
    rows = []
    for number, line in enumerate(lines, 1):
        if not line.strip():
            continue
        try:
            fields = json.loads(line)
        except ValueError as error:
            raise UsageError(
                f"{path}, line {number} is not JSON: {error}. Each line must hold one object."
            ) from error
        if not isinstance(fields, dict):
            raise UsageError(f"{path}, line {number} must hold one JSON object.")
        rows.append(_Row(f"{path}, line {number}", fields))
    return rows


class _Folder:
    """One set folder: which files are there, which are not, which are kept for the end."""

    def __init__(self, set_dir: Path, *, kept: bool) -> None:
        if not set_dir.is_dir():
            raise UsageError(
                f"There is no folder {set_dir}. Name one that holds answers/ and escalation/."
            )
        self.set_dir = set_dir
        self.kept = kept
        self.absent: list[str] = []
        self.held_back: list[str] = []

    def path(self, room: str, name: str) -> Path | None:
        """The file of that name; None, and noted, where the folder has none."""
        path = self.set_dir / room / f"{name}.jsonl"
        if path.is_file():
            return path
        # Further sets belong to the project's folder only; another folder does not lack them.
        if not name.startswith(_FURTHER):
            self.absent.append(f"{room}/{path.name}")
        return None

    def sets(self, room: str, names: Sequence[str]) -> Iterator[Path]:
        """The files of these sets; an own or a fresh set stands for its two parts."""
        for name in names:
            if name.partition("_")[0] not in _IN_PARTS:
                path = self.path(room, name)
                if path:
                    yield path
                continue
            for part in ("tune", "kept"):
                path = self.set_dir / room / f"{name}_{part}.jsonl"
                if not path.is_file():
                    continue
                if part == "kept" and not self.kept:
                    self.held_back.append(f"{room}/{path.name}")
                    continue
                yield path

    def others(self, room: str, names: Sequence[str]) -> Iterator[Path]:
        """Further files of the room whose rows carry a tier, by name."""
        known = {f"{name}{part}" for name in names for part in ("", "_tune", "_kept")}
        for path in sorted((self.set_dir / room).glob("*.jsonl")):
            if path.stem in known:
                continue
            if path.stem.endswith("_kept") and not self.kept:
                self.held_back.append(f"{room}/{path.name}")
            elif all("tier" in row.fields for row in _read(path)):
                yield path


def _read_facts(folder: _Folder) -> dict[str, Fact]:
    facts: dict[str, Fact] = {}
    for name in FACT_FILES:
        path = folder.path("answers", name)
        for row in _read(path) if path else ():
            fact_id = row.text("fact_id")
            if fact_id in facts:
                raise UsageError(f"{row.place}: the fact id {fact_id} is used twice.")
            try:
                fact = Fact.parse(fact_id, row.text("fact"), row.strings("must_contain"))
            except ValueError as error:
                raise UsageError(f"{row.place}: {error}.") from error
            facts[fact_id] = fact
    return facts


# --------------------------------------------------------------------------- asking


def _turns(row: _Row) -> list[str]:
    """The person's texts in order: `turns` (texts or objects with `text`), else `question`."""
    turns = row.fields.get("turns")
    if turns is None:
        return [row.text("question")]
    if isinstance(turns, list) and turns:
        texts = [turn.get("text") if isinstance(turn, dict) else turn for turn in turns]
        if all(isinstance(text, str) for text in texts):
            return [str(text) for text in texts]
    raise UsageError(f"{row.place}: 'turns' must be a list of texts.")


def _timed(
    call: Callable[[Sequence[str]], Mapping[str, Any]], turns: Sequence[str]
) -> tuple[Mapping[str, Any], float]:
    start = time.perf_counter()
    reply = call(turns)
    return reply, (time.perf_counter() - start) * 1000


def _passages(reply: Mapping[str, Any]) -> list[str]:
    return [
        str(passage.get("text", "")) if isinstance(passage, Mapping) else str(passage)
        for passage in reply.get("passages") or ()
    ]


def _ask(row: _Row, facts: Mapping[str, Fact], answer: AnswerCall, max_words: int) -> AnswerResult:
    try:
        wanted = [facts[fact_id] for fact_id in row.strings("fact_ids")]
    except KeyError as error:
        raise UsageError(f"{row.place} names the fact {error}, which no facts file has.") from None
    turns = _turns(row)
    reply, elapsed_ms = _timed(answer, turns)
    said = normalise(str(reply.get("answer") or ""))
    answered = bool(reply.get("answered"))
    head = first_words(said, max_words)
    return AnswerResult(
        row_id=row.text("id"),
        question=turns[-1],
        group=str(row.fields.get("style") or ""),
        wanted=tuple(fact.fact for fact in wanted),
        answered=answered,
        correct=answered and any(fact.stated_in(head) for fact in wanted),
        rank=first_hit(wanted, _passages(reply)),
        words=len(said.split()) if answered else 0,
        answer=said,
        kind=str(reply.get("kind") or ("answer" if answered else "declined")),
        elapsed_ms=elapsed_ms,
        probability=_probability(reply),
        offered=not answered and bool(reply.get("suggestions")),
    )


def _refuse(row: _Row, answer: AnswerCall) -> DeclineResult:
    turns = _turns(row)
    reply, elapsed_ms = _timed(answer, turns)
    return DeclineResult(
        row_id=row.text("id"),
        question=turns[-1],
        type=row.text("type"),
        declined=not reply.get("answered"),
        answer=normalise(str(reply.get("answer") or "")),
        elapsed_ms=elapsed_ms,
        probability=_probability(reply),
        offered=not reply.get("answered") and bool(reply.get("suggestions")),
    )


def _probability(reply: Mapping[str, Any]) -> float | None:
    value = reply.get("probability")
    return None if value is None else float(value)


def _tier(label: object, place: str) -> Tier:
    try:
        return Tier.parse(str(label))
    except ValueError as error:
        raise UsageError(f"{place}: {error}; use none, nerve, urgent or emergency.") from error


def _triage(row: _Row, triage: TriageCall) -> tuple[list[EscalationResult], int]:
    """Triage one message or conversation: results, and how many arguable ones were left out."""
    row_id = row.text("id")
    fields = row.fields
    in_turns = "turns" in fields
    texts = _turns(row) if in_turns else [row.text("text")]
    parts: list[Mapping[str, Any]] = list(fields["turns"]) if in_turns else [fields]
    if not all(isinstance(part, dict) for part in parts):
        raise UsageError(f"{row.place}: every turn must be an object with 'text' and 'tier'.")
    reply, elapsed_ms = _timed(triage, texts)
    given = [Tier.parse(str(label)) for label in reply["tiers"]]
    if len(given) != len(texts):
        raise ValueError(f"triage gave {len(given)} tiers for {len(texts)} turns")
    results, left_out = [], 0
    for number, (part, tier) in enumerate(zip(parts, given, strict=True), 1):
        if part.get("confidence", fields.get("confidence")) == "low":
            left_out += 1
            continue
        gold = _tier(part.get("tier"), row.place)
        accepted = frozenset({gold, *(_tier(t, row.place) for t in part.get("accept") or ())})
        last = number == len(texts)
        results.append(
            EscalationResult(
                row_id=f"{row_id}#{number}" if in_turns else row_id,
                conversation=row_id if in_turns else "",
                text=" / ".join(texts[:number]),
                gold=gold,
                accepted=accepted,
                informational=gold is Tier.NONE and bool(part.get("informational")),
                predicted=tier,
                # The note of a reply is the last turn's; those of earlier turns are not known.
                noted=bool(reply.get("note")) if last else None,
                elapsed_ms=elapsed_ms,
            )
        )
    return results, left_out


# --------------------------------------------------------------------------- the run


def evaluate(
    set_dir: Path,
    answer: AnswerCall | None,
    triage: TriageCall | None,
    *,
    kept: bool = False,
    max_words: int = MAX_ANSWER_WORDS,
    progress: ProgressCall | None = None,
) -> Evaluation:
    """Ask and triage everything in a folder of labelled sets, and count.

    Args:
        set_dir: The folder; its layout stands at the top of this file.
        answer: `answer(turns)`: the reply to the last turn, in the shape of `ask --json`
            (`answered`, `kind`, `answer`, `passages` are read), and where they are known
            `probability` of an answer and `suggestions`. None leaves answers out.
        triage: `triage(turns)`: `tiers`, one label per turn, and `note`, the soft note's
            template after the last turn or None. None leaves escalation out.
        kept: Whether to read the kept part of the own and fresh sets too. Look at it once, at
            the end.
        max_words: Answers are cut after that many words before facts are looked for, so that
            pasting whole articles gains nothing; 0 cuts nowhere.
        progress: Called with the set's name, rows done and rows in all.

    Returns:
        The figures with every single result behind them.

    Raises:
        UsageError: The folder or a file in it is not what it should be, or it holds no set.
    """
    folder = _Folder(set_dir, kept=kept)

    def rows_of(path: Path) -> Iterator[_Row]:
        rows = _read(path)
        for done, row in enumerate(rows, 1):
            yield row
            if progress:
                progress(path.stem, done, len(rows))

    answers: list[AnswerBlock] = []
    declines: list[DeclineBlock] = []
    if answer is not None:
        facts = _read_facts(folder)
        answers += [
            _answer_block(path.stem, rows_of(path), facts, answer, max_words)
            for path in folder.sets("answers", QUESTION_SETS)
        ]
        declines += [
            _decline_block(path.stem, rows_of(path), answer)
            for path in folder.sets("answers", DECLINE_SETS)
        ]
    escalations: list[EscalationBlock] = []
    if triage is not None:
        paths = [
            *folder.sets("escalation", ESCALATION_SETS),
            *folder.others("escalation", ESCALATION_SETS),
        ]
        escalations += [_escalation_block(path.stem, rows_of(path), triage) for path in paths]
    if not (answers or declines or escalations):
        raise UsageError(
            f"{set_dir} holds no set: looked for {', '.join(folder.absent[:3])} and others. "
            "Name a folder that holds answers/ and escalation/."
        )
    return Evaluation(
        set_dir=str(set_dir),
        max_words=max_words,
        answers=tuple(answers),
        declines=tuple(declines),
        escalations=tuple(escalations),
        absent=tuple(folder.absent),
        held_back=tuple(folder.held_back),
    )


def _answer_block(
    name: str, rows: Iterator[_Row], facts: Mapping[str, Fact], answer: AnswerCall, max_words: int
) -> AnswerBlock:
    results, left_out = [], 0
    for row in rows:
        if row.fields.get("escalates"):
            left_out += 1
            continue
        results.append(_ask(row, facts, answer, max_words))
    return AnswerBlock(name, tuple(results), left_out, answer_figures(results, max_words))


def _decline_block(name: str, rows: Iterator[_Row], answer: AnswerCall) -> DeclineBlock:
    results = tuple(_refuse(row, answer) for row in rows)
    return DeclineBlock(name, results, decline_figures(results))


def _escalation_block(name: str, rows: Iterator[_Row], triage: TriageCall) -> EscalationBlock:
    results: list[EscalationResult] = []
    left_out = 0
    for row in rows:
        found, skipped = _triage(row, triage)
        results += found
        left_out += skipped
    return EscalationBlock(name, tuple(results), left_out, escalation_figures(results))
