"""The write path: a corpus folder → a published index generation.

    lock ▸ read ▸ cut ▸ embed ▸ write to staging ▸ content tests ▸ verify ▸ publish

Only what changed is cut and embedded again: an article whose digest is the same keeps its
passages, and a text whose digest is the same keeps its vector. Nothing is reused from a
generation that fails its checksums or that another encoder or version has built.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from backbot import __version__
from backbot.corpus.chunk import ChunkOptions, chunk_article, contextual_text
from backbot.corpus.reader import read_corpus
from backbot.errors import CorpusError, EmbedderError, IndexStoreError
from backbot.index.generation import (
    Generation,
    Parts,
    question_keys,
    read_generation,
    write_generation,
    write_tests,
)
from backbot.index.manifest import (
    Counts,
    Manifest,
    article_digest,
    corpus_digest,
    text_digests,
)
from backbot.index.store import IndexStore
from backbot.model import Article, ArticleMeta, ContentTest, Passage
from backbot.ports import Embedder, Embeddings, VectorIndexFormat

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, how much of it is done, and how much there is."""

Extras = Callable[[Sequence[Passage], Mapping[str, ArticleMeta]], Mapping[str, bytes]]
"""Makes further files of a generation, by name."""

_TEXTS_PER_CALL = 64
_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a build did.

    Attributes:
        generation: The id now in service.
        published: False where nothing had changed and nothing was done.
        counts: How much the generation holds.
        embedded: Texts that the encoder was given.
        reused: Texts whose vectors were taken from the generation before.
        added: Slugs of new articles.
        changed: Slugs of articles with other front matter or another body than before.
        removed: Slugs of articles that are gone.
        overdue: Slugs of articles whose review is overdue.
        tests: Every content test.
        newly_failing: Tests that fail now and did not fail in the generation before.
        seconds: How long it took.
    """

    generation: str
    published: bool
    counts: Counts
    embedded: int
    reused: int
    added: tuple[str, ...]
    changed: tuple[str, ...]
    removed: tuple[str, ...]
    overdue: tuple[str, ...]
    tests: tuple[ContentTest, ...]
    newly_failing: tuple[ContentTest, ...]
    seconds: float

    @property
    def failing(self) -> tuple[ContentTest, ...]:
        """Sample questions that do not find their article."""
        return tuple(test for test in self.tests if not test.found)


def rebuild(
    corpus_dir: Path,
    store: IndexStore,
    embedder: Embedder,
    vector_format: VectorIndexFormat,
    *,
    today: date,
    full: bool = False,
    options: ChunkOptions | None = None,
    progress: Progress = lambda _stage, _done, _total: None,
    test_questions: Callable[[Generation], tuple[ContentTest, ...]] | None = None,
    extras: Extras | None = None,
    tool_version: str = __version__,
) -> RebuildReport:
    """Build a generation of the articles as they are now and publish it.

    Args:
        corpus_dir: Where the articles are.
        store: Where the index is.
        embedder: Gives the vectors.
        vector_format: Writes and reads the vector index.
        today: What reviews are compared with.
        full: Cut and embed everything again, even where nothing changed.
        options: How passages are cut; by default as fits the encoder.
        progress: Is told how far each stage is.
        test_questions: Asks a generation its sample questions; None leaves the tests out.
        extras: Makes further files of the generation.
        tool_version: Another one builds again, since files may be made differently.

    Returns:
        What was done. Where nothing changed, nothing is published.

    Raises:
        CorpusError: An article is wrong, or there is nothing to index.
        EmbedderError: The encoder failed.
        IndexStoreError: The index folder cannot be used, or another build is under way.
            In each case the old generation stays in service.
    """
    started = time.perf_counter()
    with store.stage() as folder:
        old = None if full else _sound_current(store, vector_format)
        progress("read", 0, 1)
        corpus = _Corpus.of(read_corpus(corpus_dir), today)
        progress("read", 1, 1)
        chunking = asdict(options or _fitting_options(embedder))
        reusable = old if old and _same_making(old, embedder, chunking, tool_version) else None
        if reusable is not None and reusable.manifest.corpus_digest == corpus.digest:
            return _unchanged(reusable, corpus, started)

        passages = _cut(corpus, embedder, ChunkOptions(**chunking), reusable, progress)
        vectors = _embed(corpus, passages, embedder, old, progress)
        progress("write", 0, 1)
        parts = _parts(corpus, passages, vectors, extras)
        manifest = Manifest(
            id=store.new_id(corpus.digest),
            created=datetime.now(UTC),
            tool_version=tool_version,
            encoder=embedder.identity,
            chunking=chunking,
            corpus_digest=corpus.digest,
            counts=parts.counts(),
            files={},
            previous=_current_id(store),
        )
        manifest = write_generation(folder, parts, manifest, vector_format)
        progress("write", 1, 1)
        tests: tuple[ContentTest, ...] = ()
        if test_questions is not None:
            progress("test", 0, 1)
            tests = test_questions(read_generation(folder, vector_format))
            write_tests(folder, manifest, tests)
            progress("test", 1, 1)
        progress("publish", 0, 1)
        before = old or _readable_current(store, vector_format)
        store.publish(folder)
        progress("publish", 1, 1)
    seconds = time.perf_counter() - started
    logger.info(
        "published %s: %d embedded, %d reused, %.1f s",
        manifest.id,
        vectors.embedded,
        vectors.reused,
        seconds,
    )
    return RebuildReport(
        generation=manifest.id,
        published=True,
        counts=parts.counts(),
        embedded=vectors.embedded,
        reused=vectors.reused,
        **_differences(before, corpus),
        overdue=corpus.overdue,
        tests=tests,
        newly_failing=_newly_failing(tests, before),
        seconds=seconds,
    )


@dataclass(frozen=True, slots=True)
class _Corpus:
    """The articles and what they are known by; everything in order of slug."""

    articles: tuple[Article, ...]
    metas: dict[str, ArticleMeta]
    digests: dict[str, str]
    digest: str
    overdue: tuple[str, ...]

    @classmethod
    def of(cls, articles: tuple[Article, ...], today: date) -> _Corpus:
        digests = {article.meta.slug: article_digest(article) for article in articles}
        metas = {article.meta.slug: article.meta for article in articles}
        overdue = tuple(
            slug for slug, meta in metas.items() if meta.review_due and meta.review_due < today
        )
        return cls(articles, metas, digests, corpus_digest(digests), overdue)


@dataclass(frozen=True, slots=True, eq=False)
class _Vectors:
    """Rows for every text, and how they were come by."""

    passages: Embeddings
    units: Embeddings
    questions: Embeddings
    digests: NDArray[np.uint8]
    embedded: int
    reused: int


def _parts(
    corpus: _Corpus, passages: tuple[Passage, ...], vectors: _Vectors, extras: Extras | None
) -> Parts:
    return Parts(
        articles=corpus.metas,
        digests=corpus.digests,
        passages=passages,
        passage_vectors=vectors.passages,
        unit_vectors=vectors.units,
        question_vectors=vectors.questions,
        row_digests=vectors.digests,
        extra=dict(extras(passages, corpus.metas)) if extras else {},
    )


def _fitting_options(embedder: Embedder) -> ChunkOptions:
    """The default sizes, or less where the encoder reads less."""
    window = embedder.identity.max_tokens
    default = ChunkOptions()
    # The same share of a smaller window is left to title and section.
    most = min(default.max_tokens, window * default.max_tokens // default.window_tokens)
    return ChunkOptions(max_tokens=most, window_tokens=window)


def _current_id(store: IndexStore) -> str:
    try:
        return store.current_id() or ""
    except IndexStoreError:
        return ""


def _readable_current(store: IndexStore, vector_format: VectorIndexFormat) -> Generation | None:
    try:
        return store.open(vector_format)
    except IndexStoreError:
        return None


def _sound_current(store: IndexStore, vector_format: VectorIndexFormat) -> Generation | None:
    """The generation in service if its checksums hold: damage must not be handed on."""
    try:
        if store.current_id() is None:
            return None
        store.verify()
        return store.open(vector_format)
    except IndexStoreError as error:
        logger.warning("nothing is reused: %s", error)
        return None


def _same_making(
    old: Generation, embedder: Embedder, chunking: Mapping[str, int], tool_version: str
) -> bool:
    """Whether the same article would be cut into the same passages again."""
    manifest = old.manifest
    return (
        manifest.encoder.same_vectors(embedder.identity)
        and dict(manifest.chunking) == dict(chunking)
        and manifest.tool_version == tool_version
    )


def _cut(
    corpus: _Corpus,
    embedder: Embedder,
    options: ChunkOptions,
    reusable: Generation | None,
    progress: Progress,
) -> tuple[Passage, ...]:
    """Every article's passages, taken from `reusable` where the article is unchanged."""
    known: dict[str, list[Passage]] = {}
    if reusable is not None:
        for passage in reusable.passages:
            known.setdefault(passage.article, []).append(passage)
    passages: list[Passage] = []
    for n, article in enumerate(corpus.articles):
        progress("cut", n, len(corpus.articles))
        slug = article.meta.slug
        if reusable is not None and reusable.digests.get(slug) == corpus.digests[slug]:
            passages.extend(known.get(slug, []))
        else:
            passages.extend(chunk_article(article, embedder.count_tokens, options))
    progress("cut", len(corpus.articles), len(corpus.articles))
    if not passages:
        raise CorpusError(
            "The articles have headings but no text, so there is nothing to index. "
            "`backbot corpus check` shows where."
        )
    return tuple(passages)


def _embed(
    corpus: _Corpus,
    passages: Sequence[Passage],
    embedder: Embedder,
    old: Generation | None,
    progress: Progress,
) -> _Vectors:
    """A vector for each passage, unit and sample question; each new text is embedded once."""
    contexts = [
        contextual_text(corpus.metas[passage.article].title, passage.section, passage.text)
        for passage in passages
    ]
    units = [unit.text for passage in passages for unit in passage.units]
    questions = [text for _, text in question_keys(corpus.metas)]
    texts = [*contexts, *units, *questions]
    digests = text_digests(texts)

    known = _known_rows(old, embedder)
    missing = {
        digest: text
        for digest, text in zip(digests, texts, strict=True)
        if digest not in known.rows
    }
    # Neighbours of one length pad little, whichever way the encoder makes its batches.
    todo = sorted(missing, key=lambda digest: len(missing[digest]))
    matrices = [known.matrix]
    for start in range(0, len(todo), _TEXTS_PER_CALL):
        progress("embed", start, len(todo))
        batch = todo[start : start + _TEXTS_PER_CALL]
        matrices.append(_encode(embedder, [missing[digest] for digest in batch]))
    progress("embed", len(todo), len(todo))

    rows = known.rows | {digest: len(known.matrix) + n for n, digest in enumerate(todo)}
    vectors = np.concatenate(matrices)[[rows[digest] for digest in digests]]
    first_unit, first_question = len(contexts), len(contexts) + len(units)
    return _Vectors(
        passages=vectors[:first_unit],
        units=vectors[first_unit:first_question],
        questions=vectors[first_question:],
        digests=np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, _DIGEST_BYTES),
        embedded=len(todo),
        reused=len(set(digests)) - len(todo),
    )


@dataclass(frozen=True, slots=True, eq=False)
class _KnownRows:
    """Vectors of an older generation, and in which row each text's is."""

    matrix: Embeddings
    rows: dict[bytes, int]


def _known_rows(old: Generation | None, embedder: Embedder) -> _KnownRows:
    if old is None or not old.manifest.encoder.same_vectors(embedder.identity):
        empty = np.zeros((0, embedder.identity.dimensions), dtype=np.float32)
        return _KnownRows(empty, {})
    matrix = np.concatenate([old.passage_vectors, old.unit_vectors, old.question_vectors])
    data = old.row_digests.tobytes()
    starts = range(0, len(data), _DIGEST_BYTES)
    rows = {data[start : start + _DIGEST_BYTES]: n for n, start in enumerate(starts)}
    return _KnownRows(matrix, rows)


def _encode(embedder: Embedder, texts: Sequence[str]) -> Embeddings:
    vectors = embedder.encode(texts)
    wanted = (len(texts), embedder.identity.dimensions)
    if vectors.shape != wanted or not np.isfinite(vectors).all():
        raise EmbedderError(
            f"The model {embedder.identity.name} gave vectors of shape {vectors.shape} or without "
            f"value where {wanted} was expected; nothing was published. "
            "Check it with `backbot doctor`."
        )
    return vectors.astype(np.float32, copy=False)


def _unchanged(current: Generation, corpus: _Corpus, started: float) -> RebuildReport:
    return RebuildReport(
        generation=current.id,
        published=False,
        counts=current.manifest.counts,
        embedded=0,
        reused=len(np.unique(current.row_digests, axis=0)),
        added=(),
        changed=(),
        removed=(),
        overdue=corpus.overdue,
        tests=current.tests,
        newly_failing=(),
        seconds=time.perf_counter() - started,
    )


def _differences(old: Generation | None, corpus: _Corpus) -> dict[str, tuple[str, ...]]:
    """Which articles were added, changed and removed since the old generation."""
    before: Mapping[str, str] = old.digests if old else {}
    now = corpus.digests
    return {
        "added": tuple(slug for slug in now if slug not in before),
        "changed": tuple(slug for slug in now if slug in before and before[slug] != now[slug]),
        "removed": tuple(slug for slug in before if slug not in now),
    }


def _newly_failing(
    tests: Sequence[ContentTest], old: Generation | None
) -> tuple[ContentTest, ...]:
    failed_before = {
        (test.article, test.question) for test in (old.tests if old else ()) if not test.found
    }
    return tuple(
        test
        for test in tests
        if not test.found and (test.article, test.question) not in failed_before
    )
