"""What people ask, for articles that bring few sample questions of their own.

Sample questions are the best bridge between how people ask and what an article says, and a page
that has just been imported has one or two. So the vectors of those that the project's own articles
bring are packaged, each with the vector of the passage that answers it
(`scripts/pack_borrowed.py`): where a passage here says nearly what one of those says, what is
asked of that one is asked of it as well, at a discount. Articles with questions enough of their
own are left alone. There are vectors for the bundled encoder only.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backbot.frozen import dataclass
from backbot.model import EncoderIdentity
from backbot.ports import Embeddings
from backbot.retrieval.outside import in_bytes, of_bytes, packed, unpacked

FILE = "borrowed.npz"
BOUND = 2  # passages that a question may be about

# Chosen on the tune parts of the labelled sets over four raw pages (docs/evaluation.md).
_SHARE = 0.8  # what a question that was written for another article counts
_LEAST_ALIKE, _WHOLLY_ALIKE = 0.3, 0.8  # cosines of passages, between which the share grows
_QUESTION = 0.3  # beside the likeness of passages, that of the question and the passage
_FALL = 0.5  # what the second passage loses for each point of likeness that it is behind


@dataclass(frozen=True, slots=True, eq=False)
class Borrowed:
    """Questions, and passages that answer them.

    Attributes:
        questions: Shape (k, d).
        answers: Shape (a, d).
        answer_of: Shape (k,): the row in `answers` of each question's passage.
    """

    questions: Embeddings
    answers: Embeddings
    answer_of: NDArray[np.int64]


def pack(borrowed: Borrowed, identity: EncoderIdentity) -> bytes:
    """The packaged file: a byte a number, and whose vectors they are."""
    return packed(
        identity,
        questions=in_bytes(borrowed.questions),
        answers=in_bytes(borrowed.answers),
        answer_of=borrowed.answer_of.astype(np.int16),
    )


def packaged(identity: EncoderIdentity) -> Borrowed | None:
    """What is packaged for that encoder; None where there is nothing."""
    arrays = unpacked(FILE, identity)
    if arrays is None:
        return None
    return Borrowed(
        of_bytes(arrays["questions"]),
        of_bytes(arrays["answers"]),
        arrays["answer_of"].astype(np.int64),
    )


def bind(
    borrowed: Borrowed, passages: Embeddings, rows: NDArray[np.int64]
) -> tuple[NDArray[np.int64], NDArray[np.float32]]:
    """Which passages each question is about as well, and how much of it counts for each.

    Args:
        borrowed: What is packaged.
        passages: Shape (m, d): vectors of the passages that want questions, m > 0.
        rows: Shape (m,): their rows in the index.

    Returns:
        Rows, shape (k, 2), the nearest first, the only one twice; and shares in [0, 0.8] of the
        same shape, 0 where no passage says what the answer says.
    """
    alike = (borrowed.answers @ passages.T)[borrowed.answer_of]
    near = alike + _QUESTION * (borrowed.questions @ passages.T)
    best = np.argsort(-near, axis=1, kind="stable")[:, :BOUND]
    best = np.hstack([best, best[:, : BOUND - best.shape[1]]])
    behind = np.take_along_axis(near, best[:, :1], 1) - np.take_along_axis(near, best, 1)
    grown = (np.take_along_axis(alike, best, 1) - _LEAST_ALIKE) / (_WHOLLY_ALIKE - _LEAST_ALIKE)
    share = _SHARE * np.clip(1 - _FALL * behind, 0, 1) * np.clip(grown, 0, 1)
    return rows[best], share.astype(np.float32)
