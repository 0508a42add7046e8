"""The write path: a corpus folder → a published index generation.

    read ▸ lock ▸ cut ▸ embed ▸ write to staging ▸ content tests ▸ verify ▸ publish, or keep

Only what changed is cut and embedded again: an article whose digest is the same keeps its
passages, and a text whose digest is the same keeps its vector. Nothing is reused from a
generation that fails its checksums or that another encoder or version has built.

Every sample question is asked again: one changed article moves how much each word of the corpus
tells, and with it, a little, every score. Their vectors are those just built, so asking costs no
embedding (`index/reuse.py`).

A strict build, and one that is told not to publish, keeps the generation aside, complete and
tested. `publish_staged` puts it into service as long as the articles and what is in service are
those it was compared with; a later build of the same articles takes it as it is.
"""

from __future__ import annotations

import logging
import tempfile
import time
from collections.abc import Callable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import asdict, dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backbot import __version__
from backbot.corpus.chunk import ChunkOptions, chunk_article, contextual_text
from backbot.corpus.reader import article_files, read_corpus
from backbot.errors import BackbotError, CorpusError, EmbedderError
from backbot.index.generation import (
    Generation,
    Parts,
    QuestionKey,
    Record,
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
from backbot.index.reuse import Making, Start
from backbot.index.store import IndexStore
from backbot.model import Article, ArticleMeta, ContentTest, Passage
from backbot.ports import Embedder, Embeddings, VectorIndexFormat

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
"""Called with the stage's name, how much of it is done, and how much there is."""

Extras = Callable[[Sequence[Passage], Mapping[str, ArticleMeta]], Mapping[str, bytes]]
"""Makes further files of a generation, by name."""

_TEXTS_PER_CALL = 64
_QUESTIONS_PER_CALL = 16
_DIGEST_BYTES = 16


class QuestionTester(Protocol):
    """Asks a generation sample questions."""

    def __call__(
        self, generation: Generation, questions: Sequence[QuestionKey], /
    ) -> tuple[ContentTest, ...]:
        """One test for each question, in their order."""
        ...


@dataclass(frozen=True, slots=True)
class AnswerChange:
    """A sample question that another answer is given to than by what is in service.

    Attributes:
        article: Slug of the article whose question it is.
        question: As it stands in the article.
        old: What is answered now. A question that is new has been put to the generation in
            service as well; "" where that could not be done.
        new: What would be answered.
    """

    article: str
    question: str
    old: str
    new: str


@dataclass(frozen=True, slots=True)
class TextChange:
    """How much of a changed article's text is still what it was.

    Attributes:
        article: Its slug.
        before: How many different sentences and list items could be quoted before.
        kept: How many of these can be quoted still.
        now: How many there are now.
    """

    article: str
    before: int
    kept: int
    now: int


@dataclass(frozen=True, slots=True)
class RebuildReport:
    """What a build did.

    Attributes:
        generation: The id now in service; where one was kept aside instead, that one's.
        published: Whether this build put it into service.
        counts: How much the generation holds.
        embedded: Texts that the encoder was given.
        reused: Texts whose vectors were taken from generations before.
        added: Slugs of new articles.
        changed: Slugs of articles with other front matter or another body than before.
        removed: Slugs of articles that are gone.
        overdue: Slugs of articles whose review is overdue.
        tests: Every content test.
        newly_failing: Tests that fail now and did not fail in the generation before, those of
            new questions included.
        seconds: How long it took.
        newly_passing: Tests that pass now and failed in the generation before.
        answers: Sample questions whose answer differs from the one that is given now, in order
            of article and question. Empty where nothing is in service.
        escalation_faults: A sentence for each example of the escalation rules that fails, where
            they were tried.
        texts: Of each changed article of which something that could be quoted is gone.
        staged: Whether the generation was kept aside for `publish_staged`.
        objections: Why a strict build did not publish, a sentence each.
        unknown: The generation that was in service, where it could not be read and so compared
            with; else "".
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
    newly_passing: tuple[ContentTest, ...] = ()
    answers: tuple[AnswerChange, ...] = ()
    escalation_faults: tuple[str, ...] = ()
    texts: tuple[TextChange, ...] = ()
    staged: bool = False
    objections: tuple[str, ...] = ()
    unknown: str = ""

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
    strict: bool = False,
    publish: bool = True,
    by: str = "",
    options: ChunkOptions | None = None,
    progress: Progress = lambda _stage, _done, _total: None,
    test_questions: QuestionTester | None = None,
    test_escalation: Callable[[], Sequence[str]] | None = None,
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
        strict: Keep the generation aside instead of publishing it where an article has lost more
            than half of its sentences, where a sample question that found its article no longer
            does, or where the escalation rules fail. The first build is published in any case:
            nothing better is in service.
        publish: False keeps it aside in any case.
        by: On whose behalf, such as "Telegram user 42"; another build is told meanwhile.
        options: How passages are cut; by default as fits the encoder.
        progress: Is told how far each stage is.
        test_questions: Asks a generation its sample questions; None leaves the tests out.
        test_escalation: Tries the escalation rules, giving a sentence for each fault. Called
            only where it can hold something back: where `strict`, or not to be published yet.
        extras: Makes further files of the generation.
        tool_version: Another one builds again, since files may be made differently.

    Returns:
        What was done. Where nothing changed, nothing is published, kept or written.

    Raises:
        CorpusError: An article is wrong, or there is nothing to index.
        EmbedderError: The encoder failed.
        IndexStoreError: The index folder cannot be used, or another build is under way.
            In each case the old generation stays in service.
    """
    started = time.perf_counter()
    chunking = asdict(options or _fitting_options(embedder))
    making = Making(embedder.identity, chunking, tool_version)
    while True:
        store.require_free()
        progress("reading", 0, 1)
        start = Start.of(store, vector_format, making, reuse=not full)
        corpus = _Corpus.of(read_corpus(corpus_dir), today)
        progress("reading", 1, 1)
        if serving := start.serving(corpus.digest):
            store.tidy()
            return _unchanged(serving, corpus, started)
        with store.stage(by=by) as folder:
            if start.is_overtaken(store):
                continue  # another build has ended since: look again
            if awaiting := start.awaiting(corpus.digest, tested=test_questions is not None):
                made = _Made(awaiting, embedded=0, reused=_distinct_texts(awaiting))
                place = store.staged_folder(awaiting.id)
            else:
                build = _Build(corpus, start, embedder, vector_format, progress)
                made = build.write(folder, store.new_id(corpus.digest), extras)
                made = build.test(folder, made, test_questions)
                place = folder
            asked_for = strict or not publish
            faults = tuple(test_escalation()) if test_escalation and asked_for else ()
            report = _compare(made, corpus, start, test_questions, faults)
            objections = _objections(report, start) if strict else ()
            published = publish and not objections
            progress("publishing" if published else "keeping", 0, 1)
            if published:
                store.publish(place)
            elif place == folder:
                store.keep(folder)
            progress("publishing" if published else "keeping", 1, 1)
        break
    seconds = time.perf_counter() - started
    logger.info(
        "%s %s: %d embedded, %d reused, %.1f s",
        "published" if published else "kept aside",
        report.generation,
        report.embedded,
        report.reused,
        seconds,
    )
    return replace(
        report,
        published=published,
        staged=not published,
        objections=objections,
        seconds=seconds,
    )


def publish_staged(
    corpus_dir: Path, store: IndexStore, generation_id: str, *, by: str = ""
) -> str:
    """Put a generation into service that `rebuild` has kept aside.

    Args:
        corpus_dir: Where the articles are: they must be those it was built from.
        store: Where the index is.
        generation_id: `RebuildReport.generation` of a report that is `staged`.
        by: On whose behalf, such as "Telegram user 42".

    Returns:
        The id now in service. Where it was so already, nothing is done.

    Raises:
        CorpusError: An article is wrong.
        IndexStoreError: It is not kept any more, the articles have changed since it was built,
            another generation has come into service since, or another build is under way.
    """
    digests = _digests(read_corpus(corpus_dir))
    return store.publish_staged(generation_id, corpus_digest(digests), by=by)


def try_draft(
    draft: Article,
    corpus_dir: Path,
    store: IndexStore,
    embedder: Embedder,
    vector_format: VectorIndexFormat,
    *,
    today: date,
    test_questions: QuestionTester,
    instead_of: str = "",
    extras: Extras | None = None,
    tool_version: str = __version__,
) -> tuple[ContentTest, ...]:
    """Ask a draft its own sample questions, as if it were an article already.

    A generation of all the articles and the draft is made in a folder of its own and thrown
    away; nothing in the index folder is touched. Only the draft's texts are embedded where the
    generation in service has the others.

    Args:
        draft: As read from its file.
        corpus_dir: Where the articles are; there may be none yet.
        store: Where the index is.
        embedder: Gives the vectors.
        vector_format: Writes and reads the vector index.
        today: What reviews are compared with.
        test_questions: Asks a generation.
        instead_of: Slug of the article whose place the draft would take, beside that of its
            own slug.
        extras: Makes further files of the generation.
        tool_version: As for `rebuild`.

    Returns:
        One test for each of the draft's sample questions.

    Raises:
        CorpusError: An article is wrong, or the draft has no text.
        EmbedderError: The encoder failed.
        IndexStoreError: The index folder cannot be used.
    """
    making = Making(embedder.identity, asdict(_fitting_options(embedder)), tool_version)
    start = Start.of(store, vector_format, making, reuse=True)
    gone = {draft.meta.slug, instead_of}
    there = read_corpus(corpus_dir) if article_files(corpus_dir) else ()
    articles = [article for article in there if article.meta.slug not in gone]
    articles = sorted([*articles, draft], key=lambda article: article.meta.slug)
    corpus = _Corpus.of(tuple(articles), today)
    build = _Build(corpus, start, embedder, vector_format, lambda _stage, _done, _total: None)
    with tempfile.TemporaryDirectory(prefix="backbot-draft-") as folder:
        made = build.write(Path(folder), store.new_id(corpus.digest), extras)
        questions = [(draft.meta.slug, question) for question in draft.meta.questions]
        return test_questions(made.generation, questions)


def _digests(articles: Sequence[Article]) -> dict[str, str]:
    return {article.meta.slug: article_digest(article) for article in articles}


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
        digests = _digests(articles)
        metas = {article.meta.slug: article.meta for article in articles}
        overdue = tuple(
            slug for slug, meta in metas.items() if meta.review_due and meta.review_due < today
        )
        return cls(articles, metas, digests, corpus_digest(digests), overdue)


@dataclass(frozen=True, slots=True, eq=False)
class _Made:
    """A complete generation that is not in service, and what it took."""

    generation: Generation
    embedded: int
    reused: int


def _fitting_options(embedder: Embedder) -> ChunkOptions:
    """The default sizes, or less where the encoder reads less."""
    window = embedder.identity.max_tokens
    default = ChunkOptions()
    # The same share of a smaller window is left to title and section.
    most = min(default.max_tokens, window * default.max_tokens // default.window_tokens)
    return ChunkOptions(max_tokens=most, window_tokens=window)


# --------------------------------------------------------------------------- making one


@dataclass(frozen=True, slots=True, eq=False)
class _Vectors:
    """Rows for every text, and how they were come by."""

    passages: Embeddings
    units: Embeddings
    questions: Embeddings
    digests: NDArray[np.uint8]
    embedded: int
    reused: int


@dataclass(frozen=True, slots=True, eq=False)
class _Build:
    """The making of one generation."""

    corpus: _Corpus
    start: Start
    embedder: Embedder
    vector_format: VectorIndexFormat
    progress: Progress

    def write(self, folder: Path, generation_id: str, extras: Extras | None) -> _Made:
        """Cut, embed and write everything but the content tests."""
        corpus, making = self.corpus, self.start.making
        passages = self._cut()
        vectors = self._embed(passages)
        self.progress("writing", 0, 1)
        parts = Parts(
            articles=corpus.metas,
            digests=corpus.digests,
            passages=passages,
            passage_vectors=vectors.passages,
            unit_vectors=vectors.units,
            question_vectors=vectors.questions,
            row_digests=vectors.digests,
            extra=dict(extras(passages, corpus.metas)) if extras else {},
        )
        manifest = Manifest(
            id=generation_id,
            created=datetime.now(UTC),
            tool_version=making.tool_version,
            encoder=making.encoder,
            chunking=making.chunking,
            corpus_digest=corpus.digest,
            counts=parts.counts(),
            files={},
            previous=self.start.current_id,
        )
        write_generation(folder, parts, manifest, self.vector_format)
        self.progress("writing", 1, 1)
        generation = read_generation(folder, self.vector_format)
        return _Made(generation, vectors.embedded, vectors.reused)

    def test(self, folder: Path, made: _Made, ask: QuestionTester | None) -> _Made:
        """Ask the generation its sample questions and write down what it answers."""
        if ask is None:
            return made
        generation, tests = made.generation, list[ContentTest]()
        keys = generation.question_keys
        for at in range(0, len(keys), _QUESTIONS_PER_CALL):
            self.progress("testing", at, len(keys))
            tests.extend(ask(generation, keys[at : at + _QUESTIONS_PER_CALL]))
        self.progress("testing", len(keys), len(keys))
        write_tests(folder, generation.manifest, tests)
        return replace(made, generation=read_generation(folder, self.vector_format))

    def _cut(self) -> tuple[Passage, ...]:
        """Every article's passages, those of an unchanged article taken over."""
        known = self.start.passages()
        passages: list[Passage] = []
        options = ChunkOptions(**self.start.making.chunking)
        articles = self.corpus.articles
        for n, article in enumerate(articles):
            self.progress("cutting", n, len(articles))
            digest = self.corpus.digests[article.meta.slug]
            if digest in known:
                passages.extend(known[digest])
            else:
                passages.extend(chunk_article(article, self.embedder.count_tokens, options))
        self.progress("cutting", len(articles), len(articles))
        if not passages:
            raise CorpusError(
                "The articles have headings but no text, so there is nothing to index. "
                "`backbot corpus check` shows where."
            )
        return tuple(passages)

    def _embed(self, passages: Sequence[Passage]) -> _Vectors:
        """A vector for each passage, unit and sample question; each new text is embedded once."""
        metas = self.corpus.metas
        contexts = [
            contextual_text(metas[passage.article].title, passage.section, passage.text)
            for passage in passages
        ]
        units = [unit.text for passage in passages for unit in passage.units]
        questions = [text for _, text in question_keys(metas)]
        texts = [*contexts, *units, *questions]
        digests = text_digests(texts)

        known = self.start.vectors()
        missing = {
            digest: text
            for digest, text in zip(digests, texts, strict=True)
            if digest not in known.rows
        }
        # Neighbours of one length pad little, whichever way the encoder makes its batches.
        todo = sorted(missing, key=lambda digest: len(missing[digest]))
        fresh: list[Embeddings] = []
        for at in range(0, len(todo), _TEXTS_PER_CALL):
            self.progress("embedding", at, len(todo))
            batch = todo[at : at + _TEXTS_PER_CALL]
            fresh.append(_encode(self.embedder, [missing[digest] for digest in batch]))
        self.progress("embedding", len(todo), len(todo))

        vectors = known.and_these(todo, *fresh).take(digests)
        first_unit, first_question = len(contexts), len(contexts) + len(units)
        return _Vectors(
            passages=vectors[:first_unit],
            units=vectors[first_unit:first_question],
            questions=vectors[first_question:],
            digests=np.frombuffer(b"".join(digests), dtype=np.uint8).reshape(-1, _DIGEST_BYTES),
            embedded=len(todo),
            reused=len(set(digests)) - len(todo),
        )


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


# --------------------------------------------------------------------------- what it changes


def _compare(
    made: _Made,
    corpus: _Corpus,
    start: Start,
    ask: QuestionTester | None,
    escalation_faults: tuple[str, ...],
) -> RebuildReport:
    """What a generation changes against the one in service; nothing is published yet."""
    current, tests = start.current, made.generation.tests
    before = _tests_by_question(start.recorded)
    failed_before = {key for key, test in before.items() if not test.found}
    slugs_before: Mapping[str, str] = start.recorded.digests if start.recorded else {}
    now = corpus.digests
    changed = tuple(slug for slug in now if slugs_before.get(slug, now[slug]) != now[slug])
    return RebuildReport(
        generation=made.generation.id,
        published=False,
        counts=made.generation.manifest.counts,
        embedded=made.embedded,
        reused=made.reused,
        added=tuple(slug for slug in now if slug not in slugs_before),
        changed=changed,
        removed=tuple(slug for slug in slugs_before if slug not in now),
        overdue=corpus.overdue,
        tests=tests,
        newly_failing=tuple(
            test for test in tests if not test.found and _key(test) not in failed_before
        ),
        newly_passing=tuple(test for test in tests if test.found and _key(test) in failed_before),
        answers=_changed_answers(tests, start, ask),
        escalation_faults=escalation_faults,
        texts=_changed_texts(changed, current, made.generation) if current else (),
        seconds=0.0,
        unknown=start.current_id if start.recorded is None else "",
    )


def _changed_texts(
    slugs: Sequence[str], before: Generation, now: Generation
) -> tuple[TextChange, ...]:
    old, new = (_quotable(generation, frozenset(slugs)) for generation in (before, now))
    return tuple(
        TextChange(slug, len(old[slug]), len(old[slug] & new[slug]), len(new[slug]))
        for slug in slugs
        if old[slug] - new[slug]
    )


def _quotable(generation: Generation, slugs: AbstractSet[str]) -> dict[str, set[str]]:
    """What an answer may quote of each article."""
    found: dict[str, set[str]] = {slug: set() for slug in slugs}
    for passage in generation.passages:
        if passage.article in found:
            found[passage.article].update(unit.text for unit in passage.units)
    return found


def _key(test: ContentTest) -> QuestionKey:
    return test.article, test.question


def _tests_by_question(recorded: Record | None) -> dict[QuestionKey, ContentTest]:
    return {_key(test): test for test in (recorded.tests if recorded else ())}


def _changed_answers(
    tests: Sequence[ContentTest], start: Start, ask: QuestionTester | None
) -> tuple[AnswerChange, ...]:
    """Old and new answers where they differ; the old ones are those kept with the old tests."""
    if start.recorded is None:
        return ()
    old, current = _tests_by_question(start.recorded), start.current
    new_questions = [_key(test) for test in tests if _key(test) not in old]
    if new_questions and ask is not None and current and start.making.made(current):
        try:
            old |= {_key(test): test for test in ask(current, new_questions)}
        except BackbotError as error:
            logger.warning("the generation in service was not asked new questions: %s", error)
    changes = []
    for test in tests:
        before = old[_key(test)].answer if _key(test) in old else ""
        if before != test.answer:
            changes.append(AnswerChange(test.article, test.question, before, test.answer))
    return tuple(changes)


def _objections(report: RebuildReport, start: Start) -> tuple[str, ...]:
    """Why a strict build does not publish. What is new breaks nothing, nor does a first build.

    Nor one where what is in service cannot be read: anything is better than that.
    """
    if start.current is None:
        return ()
    before = _tests_by_question(start.recorded)
    broken = [test for test in report.newly_failing if _key(test) in before]
    return (
        *(
            f"“{test.question}” found its article ({test.article}) and no longer does."
            for test in broken
        ),
        *(
            f"Of {text.article}, {text.before - text.kept} of {text.before} sentences that could "
            f"be quoted are gone; it has {text.now} now."
            for text in report.texts
            if text.before >= _FEW_SENTENCES and text.kept < text.before / 2
        ),
        *report.escalation_faults,
    )


# Of fewer, a single sentence put in other words may be half.
_FEW_SENTENCES = 6


def _distinct_texts(generation: Generation) -> int:
    return len(np.unique(generation.row_digests, axis=0))


def _unchanged(current: Generation, corpus: _Corpus, started: float) -> RebuildReport:
    return RebuildReport(
        generation=current.id,
        published=False,
        counts=current.manifest.counts,
        embedded=0,
        reused=_distinct_texts(current),
        added=(),
        changed=(),
        removed=(),
        overdue=corpus.overdue,
        tests=current.tests,
        newly_failing=(),
        seconds=time.perf_counter() - started,
    )
