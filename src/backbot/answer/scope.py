"""Whether the corpus holds an answer at all: several signals, one probability.

Logistic regression over the retrieval's signals and the known off-corpus words of `scope.toml`,
fitted on the development and tuning questions (evaluation/README.md). Not one cosine cut: a
question about vitamin D is near every passage on back pain, and still has no answer here.
"""

from __future__ import annotations

import math
import re
import tomllib
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from importlib import resources
from typing import Any

from backbot.model import Signals

_WORD = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)?")
_DIGITS_AND_UNIT = re.compile(r"(?<=\d)(?=(?:mg|ml|mcg|milligrams?)\b)")
# "what helps without surgery" does not ask about surgery; "stronger than ibuprofen" does ask
# about ibuprofen, so "than" alone is no aside.
_ASIDE = re.compile(
    r"\b(?:without|avoid|avoiding|besides|no|not|instead of|rather than|apart from|other than)"
    r"(?: (?:a|an|the|any|more|having|needing|taking|getting|doing|using|going|to|for))*$"
)
_SETTING = "setting"
_LONGEST_PHRASE = 3
_LONGEST_ASIDE = 6  # words


FEATURES = (
    "unit",
    "question",
    "coverage",
    "unknown",
    "unit_of_unknown",
    "held",
    "none_held",
    "names_topic",
    "off_topic",
    "setting",
)
_MOST_HELD, _MOST_SETTINGS = 4, 2
_WHOLLY = 0.99


@dataclass(frozen=True, slots=True)
class Model:
    """The fitted weights of `FEATURES`: log-odds that the corpus answers the question.

    Fitted by `scripts/fit_scope.py`, which says how; `medicine` is not fitted but set so that
    only an aside gets past it.
    """

    bias: float = -7.04
    weights: tuple[float, ...] = (7.3, 6.3, -0.47, -0.08, 0.73, 4.61, -0.53, 0.53, -5.04, -4.07)
    medicine: float = -9.0
    threshold: float = 0.4


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
def _lists() -> Mapping[str, Any]:
    text = resources.files("backbot.answer").joinpath("scope.toml").read_text("utf-8")
    return tomllib.loads(text)


@lru_cache(maxsize=1)
def _own_words() -> tuple[str, ...]:
    return tuple(_lists()["own_words"])


@lru_cache(maxsize=1)
def _topics() -> Mapping[tuple[str, ...], OffTopic]:
    table: dict[tuple[str, ...], OffTopic] = {}
    for topic in _lists()["topic"]:
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


def features(text: str, signals: Signals, found: Sequence[OffTopic]) -> tuple[float, ...]:
    """What the decision weighs, in the order of `FEATURES`; each about 0 to 1.

    Args:
        text: The question.
        signals: Of its retrieval.
        found: Its off-corpus words that the best passages do not hold.
    """
    settings = sum(off.topic == _SETTING for off in found)
    return (
        signals.unit,
        signals.question,
        signals.coverage,
        signals.unknown,
        signals.unit * signals.unknown,
        min(signals.held, _MOST_HELD) / _MOST_HELD,
        float(signals.held == 0),
        float(any(word.startswith(_own_words()) for word in _WORD.findall(text.casefold()))),
        float(len(found) > settings),
        min(settings, _MOST_SETTINGS) / _MOST_SETTINGS,
    )


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
    strong = [off for off in found if off.topic != _SETTING]
    off = min(strong, key=lambda off: not off.named, default=None)
    values = features(text, signals, found)
    log_odds = model.bias + sum(w * x for w, x in zip(model.weights, values, strict=True))
    if off is not None and off.named:
        log_odds += model.medicine
    probability = 1.0 / (1.0 + math.exp(-log_odds))
    # "is shiatsu ok?": the best passage holds every telling word there is. Nothing speaks against.
    covered = signals.held > 0 and signals.top_coverage >= _WHOLLY and not found
    answers = (probability >= model.threshold or covered) and signals.words > 0
    why = (
        f"p={probability:.2f} (sentence {signals.unit:.2f}, sample question "
        f"{signals.question:.2f}, words covered {signals.coverage:.0%})"
    )
    if off:
        why += f'; "{off.word}" is {off.why}'
    return Verdict(probability, answers, off.topic if off else "", off.word if off else "", why)
