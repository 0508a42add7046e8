"""What is counted, and how: rates with intervals, facts in texts, declines, tiers. Pure."""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from typing import TypeVar

from backbot.model import Tier

Z_95 = 1.96
MAX_PASSAGE_WORDS = 300

_PLAIN = str.maketrans(
    {
        "‘": "'",
        "’": "'",
        "“": '"',
        "”": '"',
        "‐": "-",
        "‑": "-",
        "–": "-",
        "—": "-",
        "−": "-",
        "\u00a0": " ",
    }
)

_Row = TypeVar("_Row")


# --------------------------------------------------------------------------- figures


def wilson(ok: int, n: int) -> tuple[float, float]:
    """The 95 % Wilson score interval of a proportion.

    Unlike the textbook interval it stays inside [0, 1] and is honest at 0 % and 100 %,
    where small sets spend most of their time.

    Args:
        ok: How many succeeded, 0 to `n`.
        n: Out of how many, at least 1.

    Returns:
        The lower and the upper bound, both in [0, 1].

    Raises:
        ValueError: `n` is below 1, or `ok` outside [0, n].
    """
    if n < 1 or not 0 <= ok <= n:
        raise ValueError(f"{ok} out of {n} is no proportion")
    share = ok / n
    scale = 1 + Z_95**2 / n
    middle = (share + Z_95**2 / (2 * n)) / scale
    half = Z_95 * math.sqrt(share * (1 - share) / n + Z_95**2 / (4 * n * n)) / scale
    return max(0.0, middle - half), min(1.0, middle + half)


@dataclass(frozen=True, slots=True)
class Rate:
    """A proportion that remembers its numbers.

    Attributes:
        ok: How many rows counted.
        n: Out of how many; 0 where the set has no such row.
    """

    ok: int
    n: int

    @property
    def value(self) -> float | None:
        """The share in [0, 1]; None over no rows."""
        return self.ok / self.n if self.n else None

    @property
    def interval(self) -> tuple[float, float] | None:
        """The 95 % Wilson interval; None over no rows."""
        return wilson(self.ok, self.n) if self.n else None


@dataclass(frozen=True, slots=True)
class Mean:
    """A mean with its 95 % interval (normal approximation, clipped to [0, 1] by `of_shares`).

    Attributes:
        value: The mean; None over no rows.
        low: Lower bound, None below two rows.
        high: Upper bound, None below two rows.
        n: Number of rows.
    """

    value: float | None
    low: float | None
    high: float | None
    n: int

    @classmethod
    def of_shares(cls, shares: Sequence[float]) -> Mean:
        """The mean of values that each lie in [0, 1]."""
        n = len(shares)
        if not n:
            return cls(None, None, None, 0)
        mean = math.fsum(shares) / n
        if n == 1:
            return cls(mean, None, None, 1)
        variance = math.fsum((share - mean) ** 2 for share in shares) / (n - 1)
        half = Z_95 * math.sqrt(variance / n)
        return cls(mean, max(0.0, mean - half), min(1.0, mean + half), n)


def rate_over(
    rows: Iterable[_Row], counted: Callable[[_Row], bool], good: Callable[[_Row], bool]
) -> Rate:
    """The rate of `good` among the rows that are `counted`."""
    kept = [row for row in rows if counted(row)]
    return Rate(sum(1 for row in kept if good(row)), len(kept))


def percentile(values: Sequence[float], share: float) -> float | None:
    """The nearest-rank percentile, `share` in (0, 1]; None of no values."""
    if not values:
        return None
    return sorted(values)[max(0, math.ceil(share * len(values)) - 1)]


# --------------------------------------------------------------------------- facts


def normalise(text: str) -> str:
    """Text as facts are looked for in it: plain quotes and dashes, single spaces."""
    return " ".join(text.translate(_PLAIN).split())


def first_words(text: str, limit: int) -> str:
    """The first `limit` words of the normalised text; all of it where `limit` is 0."""
    words = normalise(text).split(" ")
    return " ".join(words[:limit] if limit else words)


@dataclass(frozen=True, slots=True)
class Fact:
    """Something a right answer says, and how to recognise it.

    Attributes:
        fact_id: Its id in the set.
        fact: In words, for people reading a list of misses.
        groups: Every one of them must match somewhere in the text.
    """

    fact_id: str
    fact: str
    groups: tuple[re.Pattern[str], ...]

    @classmethod
    def parse(cls, fact_id: str, fact: str, must_contain: Sequence[str]) -> Fact:
        """Compile the groups: case is ignored and `.` matches newlines.

        Raises:
            ValueError: There is no group, or one is no regular expression.
        """
        if not must_contain:
            raise ValueError(f"fact {fact_id} has no must_contain group")
        try:
            groups = tuple(re.compile(group, re.IGNORECASE | re.DOTALL) for group in must_contain)
        except re.error as error:
            raise ValueError(f"fact {fact_id}: {error} in must_contain") from error
        return cls(fact_id, fact, groups)

    def stated_in(self, text: str) -> bool:
        """Whether the text, normalised here, states the fact."""
        plain = normalise(text)
        return all(group.search(plain) for group in self.groups)


def first_hit(facts: Sequence[Fact], passages: Sequence[str]) -> int | None:
    """The rank, from 1, of the first passage that states one of the facts; None for none.

    Only a passage's first 300 words count, so that huge passages gain nothing.
    """
    for rank, passage in enumerate(passages, 1):
        head = first_words(passage, MAX_PASSAGE_WORDS)
        if any(fact.stated_in(head) for fact in facts):
            return rank
    return None


# --------------------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class AnswerResult:
    """One in-scope question and what came back.

    Attributes:
        row_id: Id in the set.
        question: The last turn.
        group: Style of the question, "" where the set gives none.
        wanted: The acceptable facts in words.
        answered: Whether an answer was given at all.
        correct: Whether an acceptable fact stands in its first words.
        rank: Of the first passage with an acceptable fact; None for none.
        words: Length of the whole answer; 0 where none was given.
        answer: What was said.
        kind: `answer`, `escalation`, `declined` or `chitchat`.
        elapsed_ms: Wall time of the call.
        probability: Of an answer, as the decision put it; None where it put none.
        offered: Whether a decline offered what is closest.
    """

    row_id: str
    question: str
    group: str
    wanted: tuple[str, ...]
    answered: bool
    correct: bool
    rank: int | None
    words: int
    answer: str
    kind: str
    elapsed_ms: float
    probability: float | None = None
    offered: bool = False


@dataclass(frozen=True, slots=True)
class AnswerFigures:
    """What a set of in-scope questions says.

    Attributes:
        correct: Fact in the answer.
        hits: Fact in the first k passages, by k.
        mrr: Mean reciprocal rank of the first such passage.
        false_declines: Questions that got no answer (lower is better).
        mean_words: Mean length of the answers given.
        longest: Words of the longest answer given.
        over_limit: Answers longer than the limit (lower is better).
        groups: `correct` by style.
        declined_groups: `false_declines` by style.
        offered: Of the false declines, those that offered what is closest.
    """

    correct: Rate
    hits: dict[int, Rate]
    mrr: Mean
    false_declines: Rate
    mean_words: float | None
    longest: int
    over_limit: Rate
    groups: dict[str, Rate]
    declined_groups: dict[str, Rate]
    offered: Rate


def answer_figures(results: Sequence[AnswerResult], max_words: int) -> AnswerFigures:
    """Count in-scope questions; `max_words` is the length that answers should keep to."""
    n = len(results)
    given = [result.words for result in results if result.answered]
    names = sorted({result.group for result in results if result.group})

    def style(name: str) -> Rate:
        return rate_over(results, lambda r: r.group == name, lambda r: r.correct)

    def declined(name: str) -> Rate:
        return rate_over(results, lambda r: r.group == name, lambda r: not r.answered)

    return AnswerFigures(
        correct=Rate(sum(result.correct for result in results), n),
        hits={
            k: Rate(sum(r.rank is not None and r.rank <= k for r in results), n) for k in (1, 3, 5)
        },
        mrr=Mean.of_shares([1 / r.rank if r.rank else 0.0 for r in results]),
        false_declines=Rate(sum(not result.answered for result in results), n),
        mean_words=sum(given) / len(given) if given else None,
        longest=max(given, default=0),
        over_limit=Rate(sum(words > max_words for words in given if max_words), len(given)),
        groups={name: style(name) for name in names},
        declined_groups={name: declined(name) for name in names},
        offered=rate_over(results, lambda r: not r.answered, lambda r: r.offered),
    )


# --------------------------------------------------------------------------- declines


@dataclass(frozen=True, slots=True)
class DeclineResult:
    """One out-of-scope question and what came back.

    Attributes:
        row_id: Id in the set.
        question: As typed.
        type: Why it is out of scope.
        declined: Whether no article answer was given.
        answer: What was said.
        elapsed_ms: Wall time of the call.
        probability: Of an answer, as the decision put it; None where it put none.
        offered: Whether the decline offered what is closest.
    """

    row_id: str
    question: str
    type: str
    declined: bool
    answer: str
    elapsed_ms: float
    probability: float | None = None
    offered: bool = False


# The two types that are hard: about backs, or about treating them, and still not in the articles.
HARD_TYPES = frozenset({"near_miss", "drug_dosing"})


@dataclass(frozen=True, slots=True)
class DeclineFigures:
    """What a set of out-of-scope questions says.

    Attributes:
        declined: Over all types.
        hard: Over near-miss and drug questions.
        types: By type.
        offered: Of those declined, those that offered what is closest (lower is better).
    """

    declined: Rate
    hard: Rate
    types: dict[str, Rate]
    offered: Rate


def decline_figures(results: Sequence[DeclineResult]) -> DeclineFigures:
    """Count out-of-scope questions."""

    def over(types: frozenset[str]) -> Rate:
        return rate_over(results, lambda r: r.type in types, lambda r: r.declined)

    names = sorted({result.type for result in results})
    return DeclineFigures(
        declined=over(frozenset(names)),
        hard=over(HARD_TYPES),
        types={name: over(frozenset({name})) for name in names},
        offered=rate_over(results, lambda r: r.declined, lambda r: r.offered),
    )


# --------------------------------------------------------------------------- calibration

BINS = 10


@dataclass(frozen=True, slots=True)
class Bin:
    """Questions whose probability of an answer lay in a tenth of [0, 1].

    Attributes:
        low: Lower end; the upper one belongs to the next bin, but for 1.
        high: Upper end.
        forecast: Mean probability; None of no questions.
        observed: How many of them are in scope indeed.
    """

    low: float
    high: float
    forecast: float | None
    observed: Rate


@dataclass(frozen=True, slots=True)
class Calibration:
    """Whether the probabilities mean what they say.

    Attributes:
        bins: From 0 to 1.
        brier: Mean squared difference from what was the case (lower is better; 0.25 is what
            always saying one half would give); None of no questions.
        ece: Expected calibration error: the bins' mean difference between forecast and observed,
            by size (lower is better); None of no questions.
        n: Number of questions.
    """

    bins: tuple[Bin, ...]
    brier: float | None
    ece: float | None
    n: int


def calibration(forecasts: Sequence[tuple[float, bool]], bins: int = BINS) -> Calibration:
    """How well probabilities fit.

    Args:
        forecasts: Probability that the articles answer a question, and whether they do.
        bins: Into how many equal parts [0, 1] is cut.

    Raises:
        ValueError: A probability lies outside [0, 1].
    """
    if any(not 0 <= probability <= 1 for probability, _ in forecasts):
        raise ValueError("a probability must lie in [0, 1]")
    held: list[list[tuple[float, bool]]] = [[] for _ in range(bins)]
    for probability, true in forecasts:
        held[min(int(probability * bins), bins - 1)].append((probability, true))
    made = []
    apart = 0.0
    for k, inside in enumerate(held):
        total, true_ones = math.fsum(p for p, _ in inside), sum(true for _, true in inside)
        apart += abs(total - true_ones)
        made.append(
            Bin(
                k / bins,
                (k + 1) / bins,
                total / len(inside) if inside else None,
                Rate(true_ones, len(inside)),
            )
        )
    n = len(forecasts)
    brier = math.fsum((p - true) ** 2 for p, true in forecasts) / n if n else None
    return Calibration(tuple(made), brier, apart / n if n else None, n)


# --------------------------------------------------------------------------- escalation


@dataclass(frozen=True, slots=True)
class EscalationResult:
    """One message, or one turn of a conversation, with the tier it should and did get.

    Attributes:
        row_id: Id in the set; `id#turn` for a turn.
        conversation: Id of the conversation, "" for a single message.
        text: The message; for a turn, all up to it joined by " / ".
        gold: The right tier.
        accepted: Every tier that is acceptable, `gold` among them.
        informational: Whether a soft note is what is wanted.
        predicted: The tier given.
        noted: Whether a soft note was given; None where that is not known.
        elapsed_ms: Wall time of the call; for a turn, of the whole conversation.
    """

    row_id: str
    conversation: str
    text: str
    gold: Tier
    accepted: frozenset[Tier]
    informational: bool
    predicted: Tier
    noted: bool | None
    elapsed_ms: float

    @property
    def right(self) -> bool:
        """Whether the tier given is acceptable."""
        return self.predicted in self.accepted

    @property
    def under_triaged_emergency(self) -> bool:
        """Whether an emergency got less than the set accepts."""
        return self.gold is Tier.EMERGENCY and not self.right


@dataclass(frozen=True, slots=True)
class EscalationFigures:
    """What a set of messages says about escalation.

    Attributes:
        emergency: Emergencies called emergency.
        emergency_accept: The same, honouring the other tiers that a row accepts.
        emergency_none: Emergencies given none (lower is better).
        any_escalation: Emergency, urgent or nerve given any escalation; rows accepting none
            are left out.
        specificity: None given none; informational rows and rows accepting a tier are left out.
        false_emergency: None, informational too, given emergency (lower is better).
        note_given: Informational rows given a soft note and no escalation.
        over_call: Informational rows given a full escalation (lower is better).
        exact: The very tier.
        exact_accept: An acceptable tier.
        matrix: How often gold got predicted.
    """

    emergency: Rate
    emergency_accept: Rate
    emergency_none: Rate
    any_escalation: Rate
    specificity: Rate
    false_emergency: Rate
    note_given: Rate
    over_call: Rate
    exact: Rate
    exact_accept: Rate
    matrix: dict[Tier, dict[Tier, int]]


def escalation_figures(results: Sequence[EscalationResult]) -> EscalationFigures:
    """Count messages and turns."""

    def over(
        counted: Callable[[EscalationResult], bool], good: Callable[[EscalationResult], bool]
    ) -> Rate:
        return rate_over(results, counted, good)

    def is_emergency(r: EscalationResult) -> bool:
        return r.gold is Tier.EMERGENCY

    def is_none_only(r: EscalationResult) -> bool:
        return r.accepted == {Tier.NONE}

    def got_none(r: EscalationResult) -> bool:
        return r.predicted is Tier.NONE

    return EscalationFigures(
        emergency=over(is_emergency, lambda r: r.predicted is Tier.EMERGENCY),
        emergency_accept=over(is_emergency, lambda r: r.right),
        emergency_none=over(is_emergency, lambda r: got_none(r) and not r.right),
        any_escalation=over(lambda r: Tier.NONE not in r.accepted, lambda r: not got_none(r)),
        specificity=over(lambda r: is_none_only(r) and not r.informational, got_none),
        false_emergency=over(is_none_only, lambda r: r.predicted is Tier.EMERGENCY),
        note_given=over(
            lambda r: is_none_only(r) and r.informational and r.noted is not None,
            lambda r: got_none(r) and r.noted is True,
        ),
        over_call=over(lambda r: is_none_only(r) and r.informational, lambda r: not got_none(r)),
        exact=over(lambda _: True, lambda r: r.predicted is r.gold),
        exact_accept=over(lambda _: True, lambda r: r.right),
        matrix={
            gold: {
                given: sum(r.gold is gold and r.predicted is given for r in results)
                for given in Tier
            }
            for gold in Tier
        },
    )


def lost_turns(results: Sequence[EscalationResult]) -> tuple[str, ...]:
    """Turns at which an open emergency, once seen, was dropped again; turns in order."""
    seen: set[str] = set()
    lost = []
    for result in results:
        if not result.conversation:
            continue
        if result.predicted is Tier.EMERGENCY:
            seen.add(result.conversation)
        elif result.gold is Tier.EMERGENCY and result.conversation in seen:
            lost.append(result.row_id)
    return tuple(lost)
