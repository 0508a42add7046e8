"""Whether the corpus holds an answer at all: several signals, one probability.

Logistic regression over the retrieval's signals and the known off-corpus words of `scope.toml`,
fitted on the development and tuning questions (evaluation/README.md). Not one cosine cut: a
question about vitamin D is near every passage on back pain, and still has no answer here.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources

from backbot.model import Signals

_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)?")
_DIGITS_AND_UNIT = re.compile(r"(?<=\d)(?=(?:mg|ml|mcg|milligrams?)\b)")
# "what helps without surgery" does not ask about surgery; "stronger than ibuprofen" does ask
# about ibuprofen, so "than" alone is no aside.
_ASIDE = re.compile(
    r"\b(?:without|avoid|avoiding|besides|no|not|instead of|rather than|apart from|other than)"
    r"(?: (?:a|an|the|any|more|having|needing|taking|getting|doing|using|going|to|for))*$"
)
_LONGEST_PHRASE = 3
_LONGEST_ASIDE = 6  # words


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted weights: log-odds that the corpus answers the question."""

    bias: float = -6.9
    unit: float = 9.1
    question: float = 8.4
    top_coverage: float = 2.1
    coverage: float = 0.7
    unknown: float = 1.4
    off_topic: float = -5.8
    medicine: float = -9.0  # by name: not fitted, but set so that only an aside gets past it
    threshold: float = 0.5


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether to answer.

    Attributes:
        probability: That the corpus holds the answer.
        answers: Whether that is enough.
        topic: Id of the off-corpus topic the question turns on, or "".
        word: The word that says so.
        why: In words, for staff.
    """

    probability: float
    answers: bool
    topic: str
    word: str
    why: str


@dataclass(frozen=True, slots=True)
class OffTopic:
    """A word that names something the articles are known not to be about.

    Attributes:
        word: The word or phrase, folded.
        topic: Id of its topic.
        why: What it is, in words.
        named: Whether a question with it is hardly ever about anything else.
    """

    word: str
    topic: str
    why: str
    named: bool


@lru_cache(maxsize=1)
def _topics() -> Mapping[tuple[str, ...], OffTopic]:
    text = resources.files("backbot.answer").joinpath("scope.toml").read_text("utf-8")
    table: dict[tuple[str, ...], OffTopic] = {}
    for topic in tomllib.loads(text)["topic"]:
        for word in topic["words"]:
            key = tuple(_WORD.findall(word.casefold().replace("-", " ")))
            table[key] = OffTopic(
                " ".join(key), topic["id"], topic["why"], topic.get("named", False)
            )
    return table


def off_topic_words(text: str) -> Iterator[OffTopic]:
    """Known off-corpus words of a question, in its order; asides are left out."""
    plain = text.casefold().replace("-", " ").replace("'", "").replace("’", "")
    words = _WORD.findall(_DIGITS_AND_UNIT.sub(" ", plain))
    topics = _topics()
    k = 0
    while k < len(words):
        for length in range(_LONGEST_PHRASE, 0, -1):
            key = tuple(words[k : k + length])
            found = topics.get(key) if len(key) == length else None
            if found and not _ASIDE.search(" ".join(words[max(0, k - _LONGEST_ASIDE) : k])):
                yield found
                k += length - 1
                break
        k += 1


def decide(
    text: str,
    signals: Signals,
    held: Callable[[str], bool],
    model: Model | None = None,
) -> Verdict:
    """Whether the best passages answer the question.

    Args:
        text: The question.
        signals: Of its retrieval.
        held: Whether a word stands in the best passages.
        model: The fitted weights.
    """
    model = model or Model()
    found = [
        off for off in off_topic_words(text) if not all(held(part) for part in off.word.split())
    ]
    # Whoever names a medicine is told who can advise on it, whatever else is in the question.
    off = min(found, key=lambda off: not off.named, default=None)
    log_odds = (
        model.bias
        + model.unit * signals.unit
        + model.question * signals.question
        + model.top_coverage * signals.top_coverage
        + model.coverage * signals.coverage
        + model.unknown * signals.unknown
        + ((model.medicine if off.named else model.off_topic) if off else 0.0)
    )
    probability = 1.0 / (1.0 + math.exp(-log_odds))
    answers = probability >= model.threshold and signals.words > 0
    why = (
        f"p={probability:.2f} (sentence {signals.unit:.2f}, sample question "
        f"{signals.question:.2f}, words covered {signals.coverage:.0%})"
    )
    if off:
        why += f'; "{off.word}" is {off.why}'
    return Verdict(probability, answers, off.topic if off else "", off.word if off else "", why)
