"""Questions that such articles do not answer, and how near a question is to one of them.

A cosine with the articles alone does not tell "does vitamin D help back pain?" from a question
that they answer: both are about back pain. How much nearer it is to a question of the other kind
does.
The list (`outside.toml`) is general knowledge; its vectors are packaged for the bundled encoder
(`scripts/embed_outside.py`), and there are none for another one.
"""

from __future__ import annotations

import io
import re
import tomllib
from collections.abc import Callable, Iterable, Sequence
from functools import cache, lru_cache
from itertools import permutations
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backbot.frozen import dataclass
from backbot.index.generation import Generation
from backbot.model import EncoderIdentity
from backbot.ports import Embeddings
from backbot.retrieval.terms import terms_of

FOLDER = Path(__file__).parent
FILE = "outside.npz"
_LIST = FOLDER / "outside.toml"
_ABOUT = re.compile(r"\[(.*?)\]")
_ALTERNATIVES = re.compile(r"\[([^\]]+?) or ([^\]]+?)\]")
# From these cosines on, a passage that holds what a question is about, it and its nearest sentence
# together, is taken to answer it: seldom reached by what merely speaks of the same thing.
_PASSAGE_ANSWERS, _BOTH_ANSWER = 0.5, 1.05
_TWO = 2
_LARGEST = 127  # of a signed byte
_AT_ONCE = 256  # rows, which a processor's cache holds


@dataclass(frozen=True, slots=True)
class OutsideQuestion:
    """A question of the list.

    Attributes:
        text: As people ask it.
        about: Stems of the words that name what it is about.
        either: Those of its alternatives, one or two: "side or stomach" is about either.
    """

    text: str
    about: frozenset[str]
    either: tuple[frozenset[str], ...]


@lru_cache(maxsize=1)
def outside_questions() -> tuple[OutsideQuestion, ...]:
    """The packaged list, in its order."""
    table = tomllib.loads(_LIST.read_text("utf-8"))
    lines = [
        line.replace("{}", word)
        for group in table.values()
        for line in group["questions"]
        for word in group.get("words", ("",))
    ]
    return tuple(
        OutsideQuestion(_ABOUT.sub(r"\1", line), _about(line), tuple(map(_about, _either(line))))
        for line in lines
    )


def _about(line: str) -> frozenset[str]:
    return frozenset(term for words in _ABOUT.findall(line) for term in terms_of(words))


def _either(line: str) -> tuple[str, ...]:
    """A line of the list with each of its alternatives alone in brackets."""
    found = _ALTERNATIVES.search(line)
    if not found:
        return (line,)
    before, after = line[: found.start()], line[found.end() :]
    return (f"{before}[{found[1]}]{after}", f"{before}[{found[2]}]{after}")


def pack(vectors: Embeddings, identity: EncoderIdentity) -> bytes:
    """The packaged file: the list's vectors, a byte a number, and whose they are.

    Args:
        vectors: Shape (k, d), unit length, in the list's order.
        identity: The encoder they are of.
    """
    return packed(identity, vectors=in_bytes(vectors))


def outside_vectors(
    identity: EncoderIdentity, asked: Callable[[], Sequence[bool]] | None = None
) -> Embeddings | None:
    """The list's vectors by that encoder; None where there are none packaged.

    Args:
        identity: The encoder.
        asked: Says which questions of the list are wanted, shape (k,); None for all.

    Returns:
        Of unit length, shape (wanted, d).
    """
    arrays = unpacked(FILE, identity)
    if arrays is None:
        return None
    vectors = arrays["vectors"]
    wanted = [True] * len(outside_questions()) if asked is None else asked()
    if len(vectors) != len(wanted):
        return None  # the list has changed since
    return of_bytes(vectors[np.array(wanted, dtype=np.bool_)])


def packed(identity: EncoderIdentity, **arrays: Any) -> bytes:  # noqa: ANN401 - as numpy has it
    """A packaged file: arrays by name, and whose vectors they are."""
    buffer = io.BytesIO()
    owner = np.frombuffer(identity.sha256.encode(), dtype=np.uint8)
    np.savez(buffer, sha256=owner, **arrays)  # bytes of vectors hardly pack, but take their time
    return buffer.getvalue()


def unpacked(name: str, identity: EncoderIdentity) -> dict[str, NDArray[Any]] | None:
    """The arrays of a packaged file; None where it is missing or another encoder's."""
    file = FOLDER / name
    if not file.is_file():
        return None
    with np.load(io.BytesIO(file.read_bytes()), allow_pickle=False) as arrays:
        if arrays["sha256"].tobytes().decode() != identity.sha256:
            return None
        return dict(arrays)


def in_bytes(vectors: Embeddings) -> NDArray[np.int8]:
    """Vectors as they are packaged, a byte a number; their lengths are lost."""
    scale = _LARGEST / np.abs(vectors).max()
    return np.asarray(np.round(vectors * scale), dtype=np.int8)


def of_bytes(packaged: NDArray[np.int8]) -> Embeddings:
    """What `in_bytes` was given, of unit length."""
    vectors = np.empty(packaged.shape, dtype=np.float32)
    for begin in range(0, len(packaged), _AT_ONCE):
        rows = vectors[begin : begin + _AT_ONCE]
        rows[:] = packaged[begin : begin + _AT_ONCE]
        rows /= np.linalg.norm(rows, axis=1, keepdims=True)
    return vectors


def not_covered(headings: Iterable[frozenset[str]]) -> NDArray[np.bool_]:
    """Which questions of the list a corpus is not about, shape (k,).

    Args:
        headings: Stems of each section's heading with its title, and of each sample question: a
            corpus with a heading on mattresses is asked about mattresses rightly.
    """
    held = set(headings)
    used = frozenset[str]().union(*held)
    return np.array(
        [
            # Most are about something that no heading speaks of at all.
            not (question.about <= used and any(question.about <= each for each in held))
            for question in outside_questions()
        ]
    )


def not_answered(
    asked: NDArray[np.bool_],
    vectors: Embeddings,
    generation: Generation,
    holding: Callable[[str], NDArray[np.int32]],
) -> NDArray[np.bool_]:
    """Which of some questions of the list no passage answers either, shape (k,).

    Args:
        asked: Shape (k,): which are looked at, as `not_covered` gives it.
        vectors: Shape (k, d), of the whole list.
        generation: Has the passages.
        holding: Gives the rows of the passages that hold a stem.
    """
    left = asked.copy()
    rows_of = cache(lambda term: frozenset(holding(term).tolist()))

    def holders(about: Sequence[str]) -> frozenset[int]:
        # "school bag" and "schoolbags"
        compounds = ("".join(pair) for pair in permutations(about) if len(about) == _TWO)
        return frozenset.intersection(*map(rows_of, about)).union(*map(rows_of, compounds))

    for at, question in enumerate(outside_questions()):
        if not left[at]:
            continue
        held = sorted(frozenset[int]().union(*map(holders, map(sorted, question.either))))
        near = (generation.passage_vectors[held] @ vectors[at]).tolist()
        left[at] = not any(
            passage >= _PASSAGE_ANSWERS
            and passage + float((generation.vectors_of_units(row) @ vectors[at]).max(initial=0))
            >= _BOTH_ANSWER
            for row, passage in zip(held, near, strict=True)
        )
    return left
