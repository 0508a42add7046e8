"""From a question's vector to the passage that answers it, learnt from everything that is known.

Ridge regression in closed form (Hoerl and Kennard 1970). Its rows are the vectors of passages,
units and sample questions, each with the passage it belongs to, and the outside questions, which
belong to none. A nearest neighbour hears the one sentence that is most like the question; this
hears all that is known of a passage at once, and discounts what every question here shares.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from backbot.frozen import dataclass
from backbot.index.generation import Generation
from backbot.ports import Embeddings

# Chosen among eighteen on the questions that are not kept (docs/evaluation.md); near them it
# hardly matters.
_RIDGE = 5.0
_SAMPLE_QUESTION = 3.0  # how much one counts beside a passage or a unit, 1
_OUTSIDE = 0.3
_SECOND = 0.5  # of a sample question, for the second passage that it may be about
# A row of `d` numbers is held for each passage. Of a corpus with more, the other views rank alone.
MOST_PASSAGES = 4096


@dataclass(frozen=True, slots=True, eq=False)
class Sections:
    """The fitted regression.

    Attributes:
        weights: Shape (n, d).
        bias: Shape (n,).
    """

    weights: Embeddings
    bias: NDArray[np.float32]

    def plain(self) -> tuple[bytes, bytes]:
        """Both as bytes, to be kept for the next start."""
        return self.weights.tobytes(), self.bias.tobytes()

    @classmethod
    def of(cls, weights: bytes, bias: bytes) -> Sections:
        """What `plain` gave the bytes of."""
        each = np.frombuffer(bias, dtype=np.float32)
        rows = np.frombuffer(weights, dtype=np.float32).reshape(len(each), -1)
        return cls(rows, each)


def fit(
    generation: Generation,
    owner: NDArray[np.int64],
    bound: NDArray[np.int64],
    share: NDArray[np.float32],
    *,
    provided: NDArray[np.float32],
    outside: Embeddings | None,
) -> Sections:
    """Fit the regression to one generation.

    Args:
        generation: Has the vectors; at least one passage.
        owner: Shape (u,): the passage of each unit.
        bound: Shape (q, 2): the passages that each sample question is about; -1 for none.
        share: Shape (q, 2): how much of it counts for each.
        provided: Shape (n,): how far each passage's article has sample questions enough, at most
            1. The few of a page that has just been imported would draw to their passages what is
            asked of others.
        outside: Shape (k, d): vectors of questions that these articles do not answer, or None.
    """
    passages = np.asarray(generation.passage_vectors, dtype=np.float64)
    asked = bound[:, 0] >= 0
    about = bound[asked]
    second = np.where(about[:, 0] == about[:, 1], 0.0, _SECOND * share[asked, 1])
    questions = np.asarray(generation.question_vectors, dtype=np.float64)[asked]
    units = np.asarray(generation.unit_vectors, dtype=np.float64)
    others = np.zeros((0, passages.shape[1])) if outside is None else outside.astype(np.float64)
    counts = _SAMPLE_QUESTION * provided[about[:, 0]].astype(np.float64)[:, None]
    parts = ((passages, 1.0), (units, 1.0), (others, _OUTSIDE))

    whole = counts.sum() + sum(weight * len(rows) for rows, weight in parts)
    mean = (counts * questions).sum(axis=0) + sum(
        weight * rows.sum(axis=0) for rows, weight in parts
    )
    mean /= whole
    spread = questions.T @ (counts * questions)
    spread += sum(weight * (rows.T @ rows) for rows, weight in parts)
    spread += _RIDGE * np.eye(len(mean)) - whole * np.outer(mean, mean)

    # the sum of each passage's rows, and of their weights
    sums, weights = passages.copy(), np.ones(len(passages))
    np.add.at(sums, owner, units)
    np.add.at(weights, owner, 1.0)
    for column, part in ((0, 1.0 / (1.0 + second)), (1, second / (1.0 + second))):
        np.add.at(sums, about[:, column], part[:, None] * counts * questions)
        np.add.at(weights, about[:, column], part * counts[:, 0])
    fitted = np.linalg.solve(spread, (sums - weights[:, None] * mean).T).T
    return Sections(fitted.astype(np.float32), (-fitted @ mean).astype(np.float32))
