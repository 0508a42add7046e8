"""Question → ranked passages, from several views of the same generation.

Views, and their weights in `Weights`: the passage under its title and section (dense, from FAISS),
its best sentence, the sample questions bound to it, what a regression has learnt of it, BM25, and
how much of the question's telling words it holds. One question costs one run of the encoder, on
the question with its spelling put right. The weights were chosen among 800 random ones on every
question that is not kept, over the shipped articles and over raw pages; `docs/evaluation.md` says
how, and what else was tried.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import replace
from functools import cache, cached_property, lru_cache
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backbot import kept
from backbot.frozen import dataclass
from backbot.index.generation import Generation
from backbot.model import Hit, Retrieval, Signals
from backbot.ports import Embedder, Embeddings, Reranker
from backbot.retrieval import borrowed, intent, lexical
from backbot.retrieval.lexical import LexicalIndex
from backbot.retrieval.outside import not_answered, not_covered, outside_vectors
from backbot.retrieval.phrasing import put_plainly, question_in
from backbot.retrieval.reach import reads_other_languages
from backbot.retrieval.sections import MOST_PASSAGES, Sections, fit
from backbot.retrieval.spelling import Speller
from backbot.retrieval.terms import (
    MADE_BY,
    QueryTerm,
    query_terms,
    terms_of,
    vocabulary,
    words_of,
)

# How many passages each view may propose; all of a small corpus, the best of a large one.
_CANDIDATES = 256
_HITS = 10
_BEST = 3
_RERANKED = 20
_BM25_HALF = 6.0  # the BM25 score that counts half: bm / (bm + half) lies in [0, 1)
_UNIT_COVERAGE = 0.4
_GENERAL_IN_HEADING = 0.2  # what a word that says little of the topic tells there
_BOUND = borrowed.BOUND  # passages that a sample question may be about
_BOUND_FALL = 0.5  # what the second loses for each point of likeness that it is behind
# A passage without a near sample question counts as if it had one, as near as its own vector or
# its best sentence let expect: articles with few sample questions stay to be found beside others.
# By the sentence alone, each passage with one stray sentence near the question ran ahead of those
# that are about it.
_AS_IF_ASKED, _AS_IF_ASKED_FOR_SENTENCE = 0.8, 0.7
_AS_DECIDED = 0.75  # for the decision to answer, which was fitted with the sentence alone
# Sample questions for each passage, under which an article is lent those of others, and its own
# count less: a question that stands at one passage in ten draws what is asked of the other nine.
_ENOUGH = 3
_LENT = 0.5  # how far those of others move a passage from what is expected of it
# From this cosine on, a question is taken to be the sample question itself: staff wrote that one
# so that it finds its article, and it counts more than a mere likeness.
_NEARLY_ASKED = 0.8
_ASKS_BESIDE_STORY = 0.4  # its sentence that asks, beside a long story, 1
# Beside this file and `MADE_BY`, what all that is kept of a generation hangs on.
_BESIDE = ("sections.py", "intent.py", "outside.py", "outside.toml", "synonyms.toml")


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each view counts."""

    passage: float = 1.0
    unit: float = 0.45
    question: float = 1.2
    learnt: float = 1.0
    asked: float = 0.4  # on top, and only where the question nearly is a sample question
    lexical: float = 0.7
    coverage: float = 0.4
    heading: float = 0.15  # on top, as far as sample questions lack: its heading's words

    @property
    def total(self) -> float:
        """Their sum without what is on top: scores lie in [0, 1], or a little above."""
        views = (self.passage, self.unit, self.question, self.learnt, self.lexical, self.coverage)
        return sum(views)


@dataclass(frozen=True, slots=True, eq=False)
class Prepared:
    """What ranking needs beside the generation's files, made once when it is opened.

    Attributes:
        lexical: Postings.
        bound: Shape (q, 2): the passages each sample question is about, the nearest first; -1
            for an article without passages.
        share: Shape (q, 2): how much of the question's cosine counts for each.
        owner: Shape (u,): the passage of each unit.
        under: The passages that stand under a heading with each stem.
        named: Stems of each title and each section's heading.
    """

    lexical: LexicalIndex
    bound: NDArray[np.int64]
    share: NDArray[np.float32]
    owner: NDArray[np.int64]
    under: Mapping[str, NDArray[np.int64]]
    named: frozenset[frozenset[str]]

    def headings(self, terms: Sequence[QueryTerm]) -> NDArray[np.float32]:
        """Of a question's words that stand in headings, what share stands in each passage's.

        Args:
            terms: The question's.

        Returns:
            Shape (n,), in [0, 1], the rarer words weighing more.
        """
        size = self.lexical.size
        held, whole = np.zeros(size, dtype=np.float32), 0.0
        for term in terms:
            rows = [self.under[option] for option in term.options if option in self.under]
            if not rows:
                continue
            covered = np.zeros(size, dtype=np.bool_)
            covered[np.concatenate(rows)] = True
            holding = int(covered.sum())
            weight = float(np.log(1 + (size - holding + 0.5) / (holding + 0.5)))
            weight *= _GENERAL_IN_HEADING if term.general else 1.0
            held[covered] += weight
            whole += weight
        return np.minimum(held / np.float32(whole), np.float32(1.0)) if whole else held


def prepare(generation: Generation) -> Prepared:
    """Read the lexical index and bind each sample question to the passages nearest to it."""
    sizes = np.diff(generation.unit_offsets)
    index = lexical.load(generation.extra[lexical.FILE])
    bound = kept.get("bound.bin", _key(generation), lambda: _bound(generation, index))
    return Prepared(
        index,
        np.array([rows for rows, _ in bound], dtype=np.int64).reshape(-1, _BOUND),
        np.array([shares for _, shares in bound], dtype=np.float32).reshape(-1, _BOUND),
        np.repeat(np.arange(len(generation.passages)), sizes),
        _under(generation),
        _named(generation),
    )


def _named(generation: Generation) -> frozenset[frozenset[str]]:
    """Stems of each title and each section's heading, without order."""
    titles = (meta.title for meta in generation.articles.values())
    sections = (passage.section for passage in generation.passages)
    return frozenset(_terms_of(text) for text in (*titles, *sections))


def _under(generation: Generation) -> dict[str, NDArray[np.int64]]:
    """The passages that stand under a heading with each stem."""
    rows: dict[str, list[int]] = {}
    for row, passage in enumerate(generation.passages):
        for term in _terms_of(passage.section):
            rows.setdefault(term, []).append(row)
    return {term: np.array(found, dtype=np.int64) for term, found in rows.items()}


def _bound(generation: Generation, index: LexicalIndex) -> list[tuple[list[int], list[float]]]:
    """The passages of each sample question, and what share of it counts for each.

    Sections only, where there are any: what an introduction says in short, they say in full. Two
    of them, since the nearest alone is the right one for three questions in four.
    """
    rows_of: dict[str, list[int]] = {}
    for row, passage in enumerate(generation.passages):
        rows_of.setdefault(passage.article, []).append(row)
    bound: list[tuple[list[int], list[float]]] = []
    for k, (slug, text) in enumerate(generation.question_keys):
        rows = rows_of.get(slug, [])
        rows = [row for row in rows if generation.passages[row].section] or rows
        if not rows:
            bound.append(([-1] * _BOUND, [0.0] * _BOUND))
            continue
        near = _likeness(text, generation.question_vectors[k], rows, generation, index)
        best = sorted(range(len(rows)), key=lambda at: -near[at])[:_BOUND]
        best += best[:1] * (_BOUND - len(best))
        fall = [_BOUND_FALL * (near[best[0]] - near[at]) for at in best]
        bound.append(([rows[at] for at in best], [max(0.0, 1.0 - each) for each in fall]))
    return bound


def _likeness(
    text: str,
    vector: NDArray[np.float32],
    rows: Sequence[int],
    generation: Generation,
    index: LexicalIndex,
) -> list[float]:
    """How near a sample question is to each of its article's passages."""
    terms = _Terms.of(query_terms(text, index.terms), index)
    bm25, covered = index.scores(terms.terms), index.coverages(terms.terms, terms.holding)
    asked = intent.kinds_of_question(text)
    return [
        float(generation.passage_vectors[row] @ vector)
        + 2 * intent.bonus(asked, generation.passages[row].section)
        + 0.3 * max((float(s) for s in generation.vectors_of_units(row) @ vector), default=0.0)
        + 0.4 * float(bm25[row] / (bm25[row] + _BM25_HALF))
        + 0.3 * float(covered[row])
        for row in rows
    ]


@lru_cache(maxsize=4)
def _key(generation: Generation) -> bytes:
    """What may be kept of a generation is known by; b"" for one that has no files."""
    manifest = generation.manifest
    if not manifest.files:
        return b""
    here = Path(__file__)
    beside = [here.with_name(name) for name in _BESIDE]
    return kept.key_of([*MADE_BY, here, *beside], manifest.to_json().encode())


@lru_cache(maxsize=4)
def _prepared(generation: Generation) -> Prepared:
    return prepare(generation)


@dataclass(frozen=True, slots=True, eq=False)
class _Rows:
    """Passages to be looked at, and their units.

    Attributes:
        passages: Rows of the passages, in order.
        units: Rows of their units, one passage's after the other's.
        first: Shape (len(passages) + 1,): where each passage's begin in `units`, and the end.
        some: Which passages have units.
        begins: Where the units of those begin.
    """

    passages: NDArray[np.int64]
    units: NDArray[np.int64]
    first: NDArray[np.int64]
    some: NDArray[np.bool_]
    begins: NDArray[np.int64]

    @classmethod
    def of(cls, passages: NDArray[np.int64], generation: Generation) -> _Rows:
        """The rows of those passages' units."""
        starts = generation.unit_offsets[passages]
        sizes = generation.unit_offsets[passages + 1] - starts
        first = np.concatenate([[0], np.cumsum(sizes)])
        units = np.arange(first[-1]) + np.repeat(starts - first[:-1], sizes)
        some = sizes > 0
        return cls(passages, units, first, some, first[:-1][some])


@dataclass(frozen=True, slots=True, eq=False)
class _Shown:
    """What of a generation is to be found.

    Attributes:
        kept: Shape (n,): whether each passage is.
        left_out: How many are not.
        answerable: Shape (q,): which sample questions are about one that is.
        bound: The passages each of these is about, shape (a, 2).
        share: How much of it counts for each, shape (a, 2).
        sampled: How many of these there are for each passage, at most 1.
        provided: Shape (n,): how far each passage's article has enough sample questions, up to 1.
        everything: All that is kept, where that is few enough to look at all of it.
    """

    kept: NDArray[np.bool_]
    left_out: int
    answerable: NDArray[np.bool_]
    bound: NDArray[np.int64]
    share: NDArray[np.float32]
    sampled: float
    provided: NDArray[np.float32]
    everything: _Rows | None


@lru_cache(maxsize=4)
def _shown(generation: Generation, without: frozenset[str], most: int) -> _Shown:
    """What is to be found where articles are left out, looked at whole up to `most` passages."""
    prepared = _prepared(generation)
    bound = prepared.bound
    kept = np.array([passage.article not in without for passage in generation.passages])
    # both are of one article, so both are there or neither
    answerable = (bound[:, 0] >= 0) & kept[bound[:, 0]]
    few = np.count_nonzero(kept) <= most
    return _Shown(
        kept,
        int(np.count_nonzero(~kept)),
        answerable,
        bound[answerable],
        prepared.share[answerable],
        min(1.0, float(answerable.sum()) / max(1, int(np.count_nonzero(kept)))),
        _provided(generation),
        _Rows.of(np.flatnonzero(kept), generation) if few else None,
    )


@dataclass(frozen=True, slots=True, eq=False)
class _Reader:
    """How one encoder reads questions to one generation.

    Attributes:
        speller: Knows the generation's words and the encoder's.
        outside: Shape (k, d): questions that these articles do not answer; None where there
            are no vectors of them by this encoder.
        sections: What was learnt of each passage; None for a corpus too large for it.
        lent: What is asked of passages whose articles bring few sample questions; None where
            there are none such, or none of this encoder's vectors.
    """

    speller: Speller
    outside: Embeddings | None
    sections: Sections | None
    lent: _Lent | None


@dataclass(frozen=True, slots=True, eq=False)
class _Lent:
    """Sample questions of other articles (`borrowed.py`).

    Attributes:
        questions: Shape (k, d).
        bound: Shape (k, 2): the passages here that each is about as well.
        share: Shape (k, 2): how much of it counts for each.
    """

    questions: Embeddings
    bound: NDArray[np.int64]
    share: NDArray[np.float32]

    def scores(self, vector: Embeddings, passages: int) -> NDArray[np.float32]:
        """What the nearest of them gives each passage, shape (passages,)."""
        by_row = np.zeros(passages, dtype=np.float32)
        cosines = _products(self.questions, vector)
        np.maximum.at(by_row, self.bound, cosines[:, None] * self.share)
        return by_row


class Retriever:
    """Finds passages; holds nothing but the encoder and what it has prepared.

    Args:
        embedder: The one that built the generations.
        weights: How much each view counts.
        reranker: Looks again at the best passages; None for nobody.
        names: Folded words for what the articles are not about, so that a misspelt one is not
            taken for one of theirs.
    """

    def __init__(
        self,
        embedder: Embedder,
        weights: Weights | None = None,
        reranker: Reranker | None = None,
        names: Collection[str] = (),
    ) -> None:
        self._embedder = embedder
        self._weights = weights or Weights()
        self._reranker = reranker
        self._names = names
        self._reader = lru_cache(maxsize=4)(self._read)

    def warm(self, generation: Generation) -> None:
        """Prepare a generation before the first question needs it."""
        _prepared(generation)
        self._reader(generation)

    def mend(self, text: str, generation: Generation) -> str:
        """A question as `retrieve` reads it: misspelt words put right."""
        return self._reader(generation).speller.mend(text)

    def plainly(self, text: str, generation: Generation) -> str:
        """A question whose spelling is right, in the words in which `retrieve` looks it up."""
        return put_plainly(text, _prepared(generation).named)

    @cached_property
    def any_language(self) -> bool:
        """Whether the encoder reads other languages too; tried out when first asked for."""
        return reads_other_languages(self._embedder)

    def _read(self, generation: Generation) -> _Reader:
        def asked() -> list[bool]:
            made: list[bool] = kept.get(
                "outside-kept.bin",
                _key(generation),
                lambda: self._unanswered(generation).tolist(),
            )
            return made

        outside = outside_vectors(self._embedder.identity, asked)
        sections = self._learn(generation, outside)
        return _Reader(self._speller(generation), outside, sections, self._lent(generation))

    def _unanswered(self, generation: Generation) -> NDArray[np.bool_]:
        """Which outside questions are truly outside of this corpus."""
        asked = not_covered(headings(generation))
        vectors = outside_vectors(self._embedder.identity)
        if vectors is None:
            return asked
        return not_answered(asked, vectors, generation, _prepared(generation).lexical.rows_of)

    def _lent(self, generation: Generation) -> _Lent | None:
        wanting = _wanting(generation)
        if not 0 < len(wanting) <= MOST_PASSAGES:
            return None
        packaged = borrowed.packaged(self._embedder.identity)
        if packaged is None:
            return None
        bound, share = borrowed.bind(packaged, generation.passage_vectors[wanting], wanting)
        some = share[:, 0] > 0
        return _Lent(packaged.questions[some], bound[some], share[some])

    def _learn(self, generation: Generation, outside: Embeddings | None) -> Sections | None:
        if not 0 < len(generation.passages) <= MOST_PASSAGES:
            return None

        def learnt() -> tuple[bytes, bytes]:
            prepared = _prepared(generation)
            bound, share = prepared.bound, prepared.share
            provided = _provided(generation)
            rows = prepared.owner, bound, share
            return fit(generation, *rows, provided=provided, outside=outside).plain()

        return Sections.of(*kept.get("sections.bin", _key(generation), learnt))

    def _speller(self, generation: Generation) -> Speller:
        @cache  # counted when it is first needed: the encoder may still be loading
        def ends() -> int:
            return self._embedder.count_tokens("")

        def is_whole(word: str) -> bool:
            return self._embedder.count_tokens(word) <= ends() + 1

        listed = sorted(vocabulary().right)
        known: dict[str, bool] = kept.get(
            "whole.bin", _key(generation), lambda: {word: is_whole(word) for word in listed}
        )
        return Speller(
            _prepared(generation).lexical.words,
            listed,
            lambda word: known[word] if word in known else is_whole(word),
            names=self._names,
        )

    def retrieve(
        self,
        query: str,
        generation: Generation,
        k: int = _HITS,
        *,
        without: frozenset[str] = frozenset(),
    ) -> Retrieval:
        """The passages that best match a query.

        Args:
            query: What to look for.
            generation: The index to look in.
            k: How many passages to return at most.
            without: Slugs of articles that are looked at as if they were not there. Only how
                rare each word is still counts them.

        Returns:
            Hits, best first (ties by row), with the signals for the decision to answer.
        """
        prepared, reader = _prepared(generation), self._reader(generation)
        query = reader.speller.mend(query)
        read = self.plainly(query, generation)
        vector = self._vector(read)
        terms = _Terms.of(query_terms(read, prepared.lexical.terms), prepared.lexical)
        views = _views(vector, terms, generation, reader, without)
        weights = self._weights
        score = (
            weights.passage * views.passage
            + weights.unit * views.unit
            + weights.question * views.question
            + weights.asked * views.asked
            + weights.learnt * views.learnt
            + weights.lexical * views.lexical
            + weights.coverage * views.coverage
        ) / weights.total
        # The decision was fitted on that view as it stands where there are questions enough.
        more = weights.question * (views.question - views.own_question) / weights.total
        fused = float((score - more).max()) if len(score) else 0.0
        score += weights.heading * views.heading / weights.total
        if self._reranker is not None:
            score = _reranked(self._reranker, query, views.rows, score, generation)
        order = np.lexsort((views.rows, -score))[:k]
        hits = tuple(
            Hit(
                generation.passages[int(views.rows[at])],
                rank,
                float(score[at]),
                views.parts(int(at)),
                _unit_scores(views, int(at), terms, generation),
                generation.vectors_of_units(int(views.rows[at])),
            )
            for rank, at in enumerate(order, start=1)
        )
        best = [int(views.rows[at]) for at in order[:_BEST]]
        # Ranked by what it means, decided on by what it says: whose words are the articles'?
        said = (
            terms
            if read == query
            else _Terms.of(query_terms(query, prepared.lexical.terms), prepared.lexical)
        )
        signals = _signals(said, views, best, order)
        return Retrieval(
            query,
            hits,
            replace(
                signals,
                score=fused,
                outside=_nearest(reader.outside, vector),
            ),
            _held(best, generation),
        )

    def _encoded(self, text: str) -> Embeddings:
        vector: Embeddings = self._embedder.encode([text])[0]
        return vector

    def _vector(self, read: str) -> Embeddings:
        """Of a question; of a long story, what it asks counts once more by itself."""
        asked = question_in(read)
        if not asked:
            return self._encoded(read)
        both = self._encoded(read) + _ASKS_BESIDE_STORY * self._encoded(asked)
        return np.asarray(both / np.linalg.norm(both), dtype=np.float32)


def _nearly_asked(question: NDArray[np.float32]) -> NDArray[np.float32]:
    """From 0 where a question is like no sample question to 1 where it is one."""
    share = (question - _NEARLY_ASKED) / (1 - _NEARLY_ASKED)
    return np.asarray(np.minimum(np.maximum(share, 0), 1), dtype=np.float32)


def _reranked(
    reranker: Reranker,
    query: str,
    rows: NDArray[np.int64],
    score: NDArray[np.float32],
    generation: Generation,
) -> NDArray[np.float32]:
    """The scores after a second look: of the best, their mean with what the reranker says.

    Whoever is not looked at stays behind those that are, in the order it had.
    """
    looked_at = np.lexsort((rows, -score))[:_RERANKED]
    passages = [generation.passages[int(rows[at])] for at in looked_at]
    texts = [f"{generation.articles[p.article].title} > {p.section}\n{p.text}" for p in passages]
    after = np.asarray(score * np.float32(0.5), dtype=np.float32)
    after[looked_at] += np.float32(0.5) * reranker.scores(query, texts)
    return after


@dataclass(frozen=True, slots=True, eq=False)
class _Terms:
    """A question's content words, and what the lexical index knows of them.

    Attributes:
        terms: In the question's order.
        weights: How much each tells.
        whole: Their sum.
        holding: Shape (t, n): which passages hold each.
    """

    terms: Sequence[QueryTerm]
    weights: Sequence[float]
    whole: float
    holding: NDArray[np.bool_]

    @classmethod
    def of(cls, terms: Sequence[QueryTerm], index: LexicalIndex) -> _Terms:
        """Looked up once for all that asks."""
        weights = [index.weight_of(term) for term in terms]
        return cls(terms, weights, sum(weights), index.holding(terms))


@dataclass(frozen=True, slots=True, eq=False)
class _Views:
    """Scores of the candidate passages, one entry a candidate.

    Attributes:
        own_question: What the article's own sample questions say, or its best sentence as if one
            asked for it: what the decision to answer hears of them.
        asked: From 0 where the question is like no sample question to 1 where it is one.
        units: Cosine of every unit of the candidates, one candidate's after the other's.
        first: Where each candidate's begin in `units`, and the end.
    """

    rows: NDArray[np.int64]
    passage: NDArray[np.float32]
    unit: NDArray[np.float32]
    question: NDArray[np.float32]
    own_question: NDArray[np.float32]
    asked: NDArray[np.float32]
    learnt: NDArray[np.float32]
    lexical: NDArray[np.float32]
    coverage: NDArray[np.float32]
    heading: NDArray[np.float32]
    units: NDArray[np.float32]
    first: NDArray[np.int64]
    best_question: float
    sampled: float

    def parts(self, at: int) -> dict[str, float]:
        """One candidate's scores by view."""
        return {
            "passage": float(self.passage[at]),
            "unit": float(self.unit[at]),
            "question": float(self.question[at]),
            "learnt": float(self.learnt[at]),
            "lexical": float(self.lexical[at]),
            "coverage": float(self.coverage[at]),
            "heading": float(self.heading[at]),
        }


def _wanting(generation: Generation) -> NDArray[np.int64]:
    """Rows of the passages whose articles bring few sample questions."""
    return np.flatnonzero(_provided(generation) < 1)


def _provided(generation: Generation) -> NDArray[np.float32]:
    """How far each passage's article has sample questions enough, at most 1, shape (n,)."""
    passages = Counter(passage.article for passage in generation.passages)
    questions = Counter(slug for slug, _ in generation.question_keys)
    return np.array(
        [
            min(1.0, questions[passage.article] / (_ENOUGH * passages[passage.article]))
            for passage in generation.passages
        ],
        dtype=np.float32,
    )


def _views(
    vector: Embeddings,
    terms: _Terms,
    generation: Generation,
    reader: _Reader,
    without: frozenset[str],
) -> _Views:
    prepared = _prepared(generation)
    shown = _shown(generation, without, _CANDIDATES)
    asked = _products(generation.question_vectors, vector)[shown.answerable]
    bm25 = prepared.lexical.scores(terms.terms)
    rows = shown.everything or _candidates(vector, generation, shown, bm25, asked)
    chosen = rows.passages
    by_row = np.zeros(len(shown.kept), dtype=np.float32)
    np.maximum.at(by_row, shown.bound, asked[:, None] * shown.share)
    units = _cosines(generation.unit_vectors, rows.units, vector)
    best = np.zeros(len(chosen), dtype=np.float32)
    if len(units):
        best[rows.some] = np.maximum.reduceat(units, rows.begins)
    words = bm25[chosen]
    covered = prepared.lexical.coverages(terms.terms, terms.holding)
    passage = _cosines(generation.passage_vectors, chosen, vector)
    lent, sections = reader.lent, reader.sections
    learnt = (
        np.zeros(len(chosen), dtype=np.float32)
        if sections is None
        else _cosines(sections.weights, chosen, vector) + sections.bias[chosen]
    )
    asked_of = by_row[chosen]
    nearly = _nearly_asked(asked_of)
    expected = learnt + np.maximum(
        np.float32(_AS_IF_ASKED) * passage, np.float32(_AS_IF_ASKED_FOR_SENTENCE) * best
    )
    counts = np.maximum(shown.provided[chosen], nearly)
    question = expected + counts * np.maximum(asked_of - expected, 0)
    if lent is not None:
        others = lent.scores(vector, len(by_row))[chosen]
        question = np.maximum(question, expected + np.float32(_LENT) * (others - expected))
    return _Views(
        chosen,
        passage,
        best,
        question,
        np.maximum(asked_of, np.float32(_AS_DECIDED) * best),
        nearly,
        learnt,
        np.asarray(words / (words + _BM25_HALF), dtype=np.float32),
        covered[chosen],
        prepared.headings(terms.terms)[chosen] * np.float32(1 - shown.provided.mean()),
        units,
        rows.first,
        float(asked.max()) if len(asked) else 0.0,
        shown.sampled,
    )


def _candidates(
    vector: Embeddings,
    generation: Generation,
    shown: _Shown,
    bm25: NDArray[np.float32],
    asked: NDArray[np.float32],
) -> _Rows:
    """The passages that one of the views proposes, where there are too many for all of them."""
    # as many more as could be left out again
    wanted = _CANDIDATES + shown.left_out
    proposed = np.zeros(len(shown.kept), dtype=np.bool_)
    proposed[generation.dense.search(vector, wanted)[0]] = True
    proposed[np.argsort(-bm25, kind="stable")[:wanted]] = True
    proposed[shown.bound[np.argsort(-asked, kind="stable")[:_CANDIDATES]]] = True
    return _Rows.of(np.flatnonzero(proposed & shown.kept), generation)


def _cosines(
    vectors: Embeddings, rows: NDArray[np.int64], vector: Embeddings
) -> NDArray[np.float32]:
    """Each of these rows' cosine with a vector."""
    return _products(vectors if len(rows) == len(vectors) else vectors[rows], vector)


def _products(rows: Embeddings, vector: Embeddings) -> NDArray[np.float32]:
    """The inner product of each row with a vector.

    Not as a product of matrices. That adds up in an order that depends on where a row stands, so
    the same sentence in two places could differ in its last bit; and OpenBLAS lets a thread spin
    on every other core after each: with 32 questions at once, a quarter of the answers a second.
    `vecdot` is one product after the other, each in one order, and takes half of `einsum`'s time.
    """
    return np.asarray(np.vecdot(rows, vector), dtype=np.float32)


def _unit_scores(
    views: _Views, at: int, terms: _Terms, generation: Generation
) -> tuple[float, ...]:
    """How well each unit of a candidate answers: its cosine and the telling words it holds.

    Every unit is under the title and the heading, so their words are held by all: else a sentence
    that names the topic once more would go before the one that says something of it.
    """
    passage = generation.passages[int(views.rows[at])]
    units, title = passage.units, generation.articles[passage.article].title
    over = _terms_of(title) | _terms_of(passage.section)
    cosines = views.units[views.first[at] : views.first[at + 1]].tolist()
    if not terms.whole:
        return tuple(cosines)
    # What the whole passage lacks, none of its units has.
    weighted = [
        (weight, term.options)
        for weight, term, holds in zip(
            terms.weights, terms.terms, terms.holding[:, views.rows[at]].tolist(), strict=True
        )
        if holds
    ]
    scores = []
    for cosine, unit in zip(cosines, units, strict=True):
        stems = _terms_of(unit.text) | over
        held = sum([w for w, options in weighted if not stems.isdisjoint(options)])
        scores.append(cosine + _UNIT_COVERAGE * (held / terms.whole))
    return tuple(scores)


# Of articles' texts only, and only of those that were found: stemming a large corpus takes longer
# than opening it, and most of it is never looked at.
@lru_cache(maxsize=16384)
def _terms_of(text: str) -> frozenset[str]:
    return frozenset(terms_of(text))


def headings(generation: Generation) -> Iterator[frozenset[str]]:
    """Stems of what each passage stands under, and of each sample question."""
    for passage in generation.passages:
        title = generation.articles[passage.article].title
        yield frozenset(terms_of(f"{title} {passage.section}"))
    for _, question in generation.question_keys:
        yield frozenset(terms_of(question))


def _nearest(rows: Embeddings | None, vector: Embeddings) -> float | None:
    """Cosine with the nearest row; None where there are no rows."""
    return float(_products(rows, vector).max()) if rows is not None and len(rows) else None


def holds(found: Retrieval, words: str) -> bool:
    """Whether a word stands in one of the three best passages, or several one after the other.

    As it is, or with or without an "s": "steroids" does not stand in "non-steroidal", nor
    "running" in "in the long run".

    Args:
        found: The passages.
        words: Folded, with a space in between.
    """
    if " " not in words:
        return words.removesuffix("s") in found.held
    wanted = f" {' '.join(word.removesuffix('s') for word in words.split())} "
    return any(
        wanted in f" {' '.join(_words_of(text))} "
        for hit in found.hits[:_BEST]
        for text in (hit.passage.text, hit.passage.section)
    )


@lru_cache(maxsize=4096)
def _words_of(text: str) -> tuple[str, ...]:
    """Words of an article's text, without an "s" at the end."""
    return tuple(word.removesuffix("'s").removesuffix("s") for word in words_of(text))


def _held(best: Sequence[int], generation: Generation) -> frozenset[str]:
    """Words of the best passages, their headings included, without an "s" at the end."""
    passages = [generation.passages[row] for row in best]
    return frozenset(
        word
        for passage in passages
        for text in (passage.text, passage.section, generation.articles[passage.article].title)
        for word in _words_of(text)
    )


def _signals(
    terms: _Terms, views: _Views, best: Sequence[int], order: NDArray[np.int64]
) -> Signals:
    whole = terms.whole or 1.0
    pairs = list(zip(terms.weights, terms.terms, strict=True))
    holding = np.asarray(terms.holding[:, best].any(axis=1))
    held = [pair for pair, holds in zip(pairs, holding, strict=True) if holds]
    return Signals(
        unit=float(views.unit.max()) if len(views.unit) else 0.0,
        question=views.best_question,
        top_coverage=float(views.coverage[order[0]]) if len(order) else 0.0,
        coverage=sum(w for w, _ in held) / whole,
        unknown=sum(w for w, t in pairs if not t.known) / whole,
        words=len(terms.terms),
        held=sum(not term.general for _, term in held),
        sampled=views.sampled,
    )
