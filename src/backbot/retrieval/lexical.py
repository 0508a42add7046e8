"""BM25 over the passages' terms (Robertson & Zaragoza 2009), kept with the generation.

Small and dense enough for one numpy pass a term; the postings are stored so that serving does
not read the articles' words again.
"""

from __future__ import annotations

import io
import json
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from zipfile import BadZipFile

import numpy as np
from numpy.typing import NDArray

from backbot.errors import CorruptGenerationError
from backbot.frozen import dataclass
from backbot.model import ArticleMeta, Passage
from backbot.retrieval.terms import QueryTerm, stem, stems_of, vocabulary, words_of

FILE = "lexical.npz"
K1, B = 1.2, 0.6
# A heading says what a section is about: its words count as if they stood there twice.
_HEADING_WEIGHT = 2
# A word the corpus has never seen tells no more than a rare one.
_MOST_IDF = 5.0
_GENERAL_WEIGHT = 0.2
_SYNONYM_WEIGHT = np.float32(0.8)


@dataclass(frozen=True, slots=True, eq=False)
class LexicalIndex:
    """Postings of one generation.

    Attributes:
        terms: Stem → number.
        words: Words of the corpus as written, for correcting misspelt ones.
        starts: Shape (t + 1,): postings of term k are `starts[k]:starts[k + 1]`.
        rows: Shape (p,): passage of each posting.
        weights: Shape (p,): its BM25 weight with the term's idf.
        idf: Shape (t,).
        size: Number of passages.
    """

    terms: Mapping[str, int]
    words: tuple[str, ...]
    starts: NDArray[np.int64]
    rows: NDArray[np.int32]
    weights: NDArray[np.float32]
    idf: NDArray[np.float32]
    size: int

    def scores(self, query: Sequence[QueryTerm]) -> NDArray[np.float32]:
        """BM25 of every passage, shape (n,); a query term counts by its best option."""
        total = np.zeros(self.size, dtype=np.float32)
        for term in query:
            best = np.zeros(self.size, dtype=np.float32)
            for k, option in enumerate(term.options):
                number = self.terms.get(option)
                if number is None:
                    continue
                at = slice(self.starts[number], self.starts[number + 1])
                # A synonym counts a little less than the word itself.
                weight = self.weights[at] if k == 0 else self.weights[at] * _SYNONYM_WEIGHT
                np.maximum.at(best, self.rows[at], weight)
            total += best
        return total

    def idf_of(self, term: QueryTerm) -> float:
        """How telling a query term is; the rarest word's value where the corpus lacks it."""
        values = [self.idf.item(self.terms[o]) for o in term.options if o in self.terms]
        return max(values) if values else float(np.log(1 + 2 * self.size))

    def holding(self, query: Sequence[QueryTerm]) -> NDArray[np.bool_]:
        """Which passages hold each term of a question, in any of its forms, shape (t, n)."""
        holding = np.zeros((len(query), self.size), dtype=np.bool_)
        for held, term in zip(holding, query, strict=True):
            for option in term.options:
                held[self.rows_of(option)] = True
        return holding

    def coverages(
        self, query: Sequence[QueryTerm], holding: NDArray[np.bool_] | None = None
    ) -> NDArray[np.float32]:
        """Per passage the share of the question's telling terms it holds, weighted by idf.

        Args:
            query: The question's terms.
            holding: What `holding` gives for them, where it has been asked already.

        Returns:
            Shape (n,), in [0, 1]; all zero for a question without content words.
        """
        holding = self.holding(query) if holding is None else holding
        held = np.zeros(self.size, dtype=np.float32)
        whole = 0.0
        for covered, term in zip(holding, query, strict=True):
            weight = self.weight_of(term)
            whole += weight
            held[covered] += weight
        # Single precision may end a hair above 1.
        return np.minimum(held / np.float32(whole), np.float32(1.0)) if whole else held

    def weight_of(self, term: QueryTerm) -> float:
        """How much a term tells of what the question is about."""
        return min(self.idf_of(term), _MOST_IDF) * (_GENERAL_WEIGHT if term.general else 1.0)

    def rows_of(self, option: str) -> NDArray[np.int32]:
        """Which passages hold a stem, their headings counted, in order."""
        number = self.terms.get(option)
        if number is None:
            return self.rows[:0]
        return self.rows[self.starts[number] : self.starts[number + 1]]


def build(passages: Sequence[Passage], articles: Mapping[str, ArticleMeta]) -> dict[str, bytes]:
    """The files of a generation's lexical index.

    Args:
        passages: In row order.
        articles: Front matter by slug.
    """
    counts: list[Counter[str]] = []
    words: set[str] = set()
    for passage in passages:
        title = articles[passage.article].title
        heading, text = words_of(f"{title} {passage.section}"), words_of(passage.text)
        words.update(heading, text)
        bag = Counter(stems_of(text))
        for term in stems_of(heading):
            bag[term] += _HEADING_WEIGHT
        counts.append(bag)
    return {FILE: _pack(counts, words)}


def _pack(counts: Sequence[Counter[str]], words: Iterable[str]) -> bytes:
    terms = sorted({term for bag in counts for term in bag})
    number = {term: k for k, term in enumerate(terms)}
    lengths = np.array([sum(bag.values()) for bag in counts], dtype=np.float32)
    average = float(lengths.mean()) if len(lengths) else 1.0
    postings: list[list[tuple[int, int]]] = [[] for _ in terms]
    for row, bag in enumerate(counts):
        for term, count in bag.items():
            postings[number[term]].append((row, count))
    n = len(counts)
    idf = np.array(
        [np.log(1 + (n - len(p) + 0.5) / (len(p) + 0.5)) for p in postings], dtype=np.float32
    )
    starts = np.cumsum([0, *(len(p) for p in postings)], dtype=np.int64)
    rows = np.array([row for p in postings for row, _ in p], dtype=np.int32)
    tf = np.array([count for p in postings for _, count in p], dtype=np.float32)
    norm = K1 * (1 - B + B * lengths[rows] / average) if len(rows) else tf
    term_of = np.repeat(np.arange(len(terms)), np.diff(starts))
    weights = (idf[term_of] * tf * (K1 + 1) / (tf + norm)).astype(np.float32)
    stop = vocabulary().stop_words
    kept = sorted({w for w in words if w.isalpha() and len(w) > 3 and w not in stop})  # noqa: PLR2004
    text = json.dumps({"terms": terms, "words": kept, "size": n})
    buffer = io.BytesIO()
    np.savez(
        buffer,
        text=np.frombuffer(text.encode("utf-8"), dtype=np.uint8),
        starts=starts,
        rows=rows,
        weights=weights,
        idf=idf,
    )
    return buffer.getvalue()


def load(data: bytes) -> LexicalIndex:
    """Read what `build` made.

    Raises:
        CorruptGenerationError: It is something else now.
    """
    try:
        with np.load(io.BytesIO(data), allow_pickle=False) as arrays:
            text = json.loads(arrays["text"].tobytes().decode("utf-8"))
            return LexicalIndex(
                terms={term: k for k, term in enumerate(text["terms"])},
                words=tuple(text["words"]),
                starts=arrays["starts"],
                rows=arrays["rows"],
                weights=arrays["weights"],
                idf=arrays["idf"],
                size=text["size"],
            )
    except (BadZipFile, OSError, EOFError, ValueError, TypeError, KeyError) as error:
        raise CorruptGenerationError(
            f"The word index, {FILE}, is damaged. Go back with `backbot index rollback` or build "
            "again with `backbot index build --full`."
        ) from error


__all__ = ["FILE", "LexicalIndex", "build", "load", "stem"]
