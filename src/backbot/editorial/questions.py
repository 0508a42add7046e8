"""Questions that found no answer, those that ask the same thing together. Pure."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backbot.model import UnansweredQuestion
from backbot.ports import Embeddings
from backbot.retrieval.terms import terms_of

_SAME_WORDS = 0.6
_SAME_SENSE = 0.75


@dataclass(frozen=True, slots=True)
class Cluster:
    """Questions that ask the same thing, newest first; the first stands for all."""

    questions: tuple[UnansweredQuestion, ...]

    @property
    def text(self) -> str:
        """The question that stands for all."""
        return self.questions[0].text

    @property
    def ids(self) -> tuple[str, ...]:
        """Of every question."""
        return tuple(question.question_id for question in self.questions)


def cluster(
    questions: Sequence[UnansweredQuestion],
    encode: Callable[[Sequence[str]], Embeddings] | None = None,
) -> tuple[Cluster, ...]:
    """Group questions that ask the same thing, the most frequent first, then the newest.

    Each question joins the first group whose newest question has much the same words, or, with
    an encoder, much the same sense.

    Args:
        questions: Newest first.
        encode: Texts to unit-length rows.
    """
    stems = [frozenset(terms_of(question.text)) for question in questions]
    vectors = encode([question.text for question in questions]) if encode and questions else None
    groups: list[list[int]] = []
    for n in range(len(questions)):
        for group in groups:
            first = group[0]
            if _alike(stems[first], stems[n]) or (
                vectors is not None and float(vectors[first] @ vectors[n]) >= _SAME_SENSE
            ):
                group.append(n)
                break
        else:
            groups.append([n])
    groups.sort(key=lambda group: -len(group))
    return tuple(Cluster(tuple(questions[n] for n in group)) for group in groups)


def _alike(one: frozenset[str], other: frozenset[str]) -> bool:
    return bool(one) and len(one & other) >= _SAME_WORDS * len(one | other)
