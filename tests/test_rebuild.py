"""The write path: corpus folder to published generation."""

from __future__ import annotations

import os
import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from datetime import date
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from backbot.corpus.chunk import ChunkOptions, contextual_text
from backbot.corpus.reader import serialise_article
from backbot.errors import (
    BuildInProgressError,
    CorpusError,
    EmbedderError,
    IndexStoreError,
    NoGenerationError,
)
from backbot.index.generation import Generation, QuestionKey
from backbot.index.reuse import SampleQuestions
from backbot.index.store import IndexStore
from backbot.model import Article, ArticleMeta, ContentTest, Passage
from backbot.ports import Embeddings
from backbot.rebuild import RebuildReport, TextChange, publish_staged, rebuild, try_draft
from fakes import HashEmbedder, NumpyFormat

TODAY = date(2026, 6, 1)
FORMAT = NumpyFormat()
HEAT = (
    "# Heat\n\nWarmth loosens muscles.\n\n## How long\n\nUse it for twenty minutes. Then rest.\n"
)
COLD = "Ice calms a fresh strain.\n\nDo this:\n\n1. Wrap the ice.\n2. Hold it there.\n"


class Desk:
    """A corpus, an index and an encoder to build with."""

    def __init__(self, folder: Path) -> None:
        self.corpus = folder / "corpus"
        self.corpus.mkdir()
        self.store = IndexStore(folder / "index")
        self.embedder = HashEmbedder()
        self.write("heat", HEAT, questions=("How long should I use heat?",))
        self.write("cold", COLD, questions=("Does ice help?", "How do I use ice?"))

    def write(self, slug: str, body: str, **meta: object) -> None:
        """Write one article."""
        text = serialise_article(ArticleMeta(slug, slug.title(), **meta), body)  # type: ignore[arg-type]
        (self.corpus / f"{slug}.md").write_text(text, encoding="utf-8")

    def build(self, **changes: object) -> RebuildReport:
        """Build with the usual arguments, changed as told."""
        self.embedder.encoded.clear()
        arguments: dict[str, object] = {"today": TODAY, "test_questions": find_questions}
        arguments.update(changes)
        return rebuild(self.corpus, self.store, self.embedder, FORMAT, **arguments)  # type: ignore[arg-type]

    def open(self) -> Generation:
        """What is in service."""
        return self.store.open(FORMAT)


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    """A corpus of two articles."""
    return Desk(tmp_path)


def find_questions(
    generation: Generation, questions: Sequence[QuestionKey]
) -> tuple[ContentTest, ...]:
    """Each question against the passages: found when its article is first, which answers it."""
    tests = []
    for slug, question in questions:
        vector = HashEmbedder(dimensions=generation.manifest.encoder.dimensions).encode([question])
        rows, _ = generation.dense.search(vector[0], 3)
        ranked = [generation.passages[row].article for row in rows]
        rank = ranked.index(slug) + 1 if slug in ranked else None
        answer = generation.passages[rows[0]].text
        tests.append(ContentTest(slug, question, found=rank == 1, rank=rank, answer=answer))
    return tuple(tests)


def found_where(
    passes: Callable[[str], bool],
) -> Callable[[Generation, Sequence[QuestionKey]], tuple[ContentTest, ...]]:
    """Asks nothing: a question finds its article where it passes."""

    def ask(_generation: Generation, questions: Sequence[QuestionKey]) -> tuple[ContentTest, ...]:
        return tuple(
            ContentTest(slug, question, found=passes(question), rank=None)
            for slug, question in questions
        )

    return ask


def test_a_first_build_publishes_everything(desk: Desk):
    """Passages in order of slug, each text's own vector in its row."""
    report = desk.build()
    generation = desk.open()
    assert report.published
    assert report.generation == generation.id
    assert (report.added, report.changed, report.removed) == (("cold", "heat"), (), ())
    assert report.counts == generation.manifest.counts
    assert [p.passage_id for p in generation.passages] == ["cold#0", "heat#0", "heat#1"]
    assert report.counts.units == 4 + 1 + 2
    assert report.counts.questions == 3
    assert report.reused == 0
    assert report.embedded == len(desk.embedder.encoded) == 3 + 7 + 3
    encode = HashEmbedder().encode
    for row, passage in enumerate(generation.passages):
        title = generation.articles[passage.article].title
        context = contextual_text(title, passage.section, passage.text)
        np.testing.assert_allclose(generation.passage_vectors[row], encode([context])[0])
        units = encode([unit.text for unit in passage.units])
        np.testing.assert_allclose(generation.vectors_of_units(row), units)
    questions = encode([question for _, question in generation.question_keys])
    np.testing.assert_allclose(generation.question_vectors, questions)


def a_draft(folder: Path, questions: Sequence[str]) -> Article:
    """About something that no article speaks of."""
    meta = ArticleMeta("pillows", "Pillows", questions=tuple(questions))
    body = "## Pillow\n\nA firm pillow under the knees takes the load off the spine.\n"
    return Article(meta, body, folder / "pillows.md")


def test_a_draft_is_asked_its_questions_among_the_articles(desk: Desk):
    """Only its own texts are embedded, and the index folder is as it was."""
    desk.build()
    before = sorted(path for path in desk.store.folder.rglob("*"))
    desk.embedder.encoded.clear()
    draft = a_draft(desk.corpus, ["firm pillow under the knees", "cold pack"])
    tests = try_draft(
        draft, desk.corpus, desk.store, desk.embedder, FORMAT, today=TODAY,
        test_questions=find_questions,
    )  # fmt: skip
    assert [(test.question, test.found) for test in tests] == [
        ("firm pillow under the knees", True),
        ("cold pack", False),
    ]
    assert {test.article for test in tests} == {"pillows"}
    assert len(desk.embedder.encoded) == 1 + 1 + 2  # passage, unit, questions
    assert sorted(path for path in desk.store.folder.rglob("*")) == before
    assert desk.open().articles.keys() == {"cold", "heat"}


def test_a_draft_is_asked_where_there_is_nothing_yet(tmp_path: Path):
    """The very first article of a clinic has no index and no others beside it."""
    store, corpus = IndexStore(tmp_path / "index"), tmp_path / "corpus"
    corpus.mkdir()
    draft = a_draft(corpus, ["firm pillow"])
    (test,) = try_draft(
        draft, corpus, store, HashEmbedder(), FORMAT, today=TODAY, test_questions=find_questions
    )
    assert test.found


def test_a_draft_takes_the_place_of_the_article_it_replaces(desk: Desk):
    """What it replaces cannot be found in its stead."""
    desk.build()
    seen: list[set[str]] = []

    def look(generation: Generation, questions: Sequence[QuestionKey]) -> tuple[ContentTest, ...]:
        seen.append(set(generation.articles))
        return find_questions(generation, questions)

    draft = a_draft(desk.corpus, ["firm pillow"])
    for instead_of in ("", "cold"):
        try_draft(
            draft, desk.corpus, desk.store, desk.embedder, FORMAT, today=TODAY,
            test_questions=look, instead_of=instead_of,
        )  # fmt: skip
    assert seen == [{"cold", "heat", "pillows"}, {"heat", "pillows"}]


def test_an_unchanged_corpus_publishes_nothing(desk: Desk):
    """The encoder is not asked, the generation stays, and its tests are told again."""
    first = desk.build()
    again = desk.build()
    assert not again.published
    assert again.generation == first.generation
    assert again.embedded == 0
    assert again.reused == first.embedded
    assert desk.embedder.encoded == []
    assert again.tests == first.tests
    assert again.newly_failing == ()
    assert len(desk.store.list()) == 1


def test_touching_a_file_is_no_change(desk: Desk):
    """Content counts, not time stamps, line ends or a byte order mark."""
    desk.build()
    path = desk.corpus / "heat.md"
    path.write_bytes(b"\xef\xbb\xbf" + path.read_bytes().replace(b"\n", b"\r\n"))
    assert not desk.build().published


def test_only_changed_texts_are_embedded_again(desk: Desk):
    """One sentence more: its passage and itself. Everything else is reused, and all is right."""
    first = desk.build()
    desk.write("heat", HEAT + "Warm water works.\n", questions=("How long should I use heat?",))
    report = desk.build()
    assert report.changed == ("heat",)
    assert sorted(desk.embedder.encoded) == [
        "Heat > How long\nUse it for twenty minutes. Then rest.\nWarm water works.",
        "Warm water works.",
    ]
    assert report.embedded == 2
    assert report.reused == first.embedded - 1
    elsewhere = desk.corpus.parent / "elsewhere"
    elsewhere.mkdir()
    fresh = Desk(elsewhere)
    fresh.write("heat", HEAT + "Warm water works.\n", questions=("How long should I use heat?",))
    fresh.build()
    for name in ("passage_vectors", "unit_vectors", "question_vectors", "row_digests"):
        np.testing.assert_array_equal(getattr(desk.open(), name), getattr(fresh.open(), name))
    assert desk.open().passages == fresh.open().passages


def test_passages_of_unchanged_articles_are_not_cut_again(desk: Desk):
    """Cutting asks the encoder for tokens, which takes its time in a large corpus."""
    desk.build()
    desk.write("cold", COLD + "\nMore ice.\n")
    counted: list[str] = []
    count = desk.embedder.count_tokens
    desk.embedder.count_tokens = lambda text: counted.append(text) or count(text)  # type: ignore[method-assign,func-returns-value]
    desk.build()
    assert any("ice" in text for text in counted)
    assert not any("Warmth" in text for text in counted)


def test_a_new_title_or_question_is_a_change(desk: Desk):
    """Front matter is part of the corpus: citations show it."""
    desk.build()
    desk.write("heat", HEAT, questions=("Is warmth good?",), reviewed_by="A. Example")
    report = desk.build()
    assert report.changed == ("heat",)
    assert desk.embedder.encoded == ["Is warmth good?"]
    assert desk.open().articles["heat"].reviewed_by == "A. Example"


def test_added_and_removed_articles_are_told(desk: Desk):
    """A withdrawn article's passages are gone with it."""
    desk.build()
    (desk.corpus / "heat.md").unlink()
    desk.write("walk", "Walking helps.")
    report = desk.build()
    assert (report.added, report.removed) == (("walk",), ("heat",))
    assert {p.article for p in desk.open().passages} == {"cold", "walk"}


def test_full_embeds_everything_again(desk: Desk):
    """Even where nothing changed; it is a new generation."""
    first = desk.build()
    report = desk.build(full=True)
    assert report.published
    assert report.generation > first.generation
    assert (report.embedded, report.reused) == (first.embedded, 0)
    assert (report.added, report.changed, report.removed) == ((), (), ())


def test_another_encoder_reuses_nothing(desk: Desk):
    """Its vectors would not be comparable; the corpus need not have changed."""
    first = desk.build()
    desk.embedder = HashEmbedder("other", dimensions=16)
    report = desk.build()
    assert report.published
    assert (report.embedded, report.reused) == (first.embedded, 0)
    assert desk.open().passage_vectors.shape[1] == 16
    assert desk.open().manifest.encoder.name == "other"


@pytest.mark.parametrize(
    "change", [{"options": ChunkOptions(target_words=40)}, {"tool_version": "99"}]
)
def test_other_settings_build_again_with_the_same_vectors(desk: Desk, change: dict[str, object]):
    """What is cut the same keeps its vector."""
    first = desk.build()
    report = desk.build(**change)
    assert report.published
    assert (report.embedded, report.reused) == (0, first.embedded)


def test_a_damaged_generation_is_neither_reused_nor_kept(desk: Desk):
    """Damage must not be handed on from build to build."""
    first = desk.build()
    path = desk.store.folder / "generations" / first.generation / "unit_vectors.npy"
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    report = desk.build()
    assert report.published
    assert (report.embedded, report.reused) == (first.embedded, 0)
    desk.store.verify()


def test_a_damaged_pointer_is_mended_by_a_build(desk: Desk):
    """As its error message promises."""
    desk.build()
    desk.store.current_file.write_text("?")
    assert desk.build().published
    desk.store.verify()


def test_a_full_build_looks_at_nothing_that_is_damaged(
    desk: Desk, caplog: pytest.LogCaptureFixture
):
    """It reuses nothing in any case, so there is nothing to say."""
    first = desk.build()
    path = desk.store.folder / "generations" / first.generation / "manifest.json"
    path.write_text("{")
    assert desk.build(full=True).published
    assert "nothing is reused" not in caplog.text
    desk.store.verify()


def test_a_small_encoder_gets_small_passages(desk: Desk):
    """Title and section included, nothing is cut off."""
    desk.write("heat", "## Long\n\n" + "Warmth loosens the muscles of the back. " * 40)
    desk.embedder = HashEmbedder(max_tokens=64)
    desk.build()
    for passage in desk.open().passages:
        context = contextual_text(passage.article.title(), passage.section, passage.text)
        assert desk.embedder.count_tokens(context) <= 64


# ----------------------------------------------------------------------------- tests, extras


def test_content_tests_are_kept_and_new_failures_told(desk: Desk):
    """A failing test does not stop the build; the one that failed before is not new."""
    desk.write("heat", HEAT, questions=("How long should I use heat?", "zebra"))
    first = desk.build(test_questions=found_where(lambda question: question != "zebra"))
    assert [test.question for test in first.newly_failing] == ["zebra"]
    assert first.published
    second = desk.build(full=True, test_questions=found_where(lambda question: "ice" in question))
    assert [test.question for test in second.newly_failing] == ["How long should I use heat?"]
    assert len(second.failing) == 2
    assert desk.open().tests == second.tests
    desk.store.verify()


def test_content_tests_are_asked_of_what_will_be_published(desk: Desk):
    """Of the new articles, before they are in service."""
    first = desk.build()
    asked: list[tuple[str, str | None]] = []

    def ask(generation: Generation, _questions: Sequence[QuestionKey]) -> tuple[ContentTest, ...]:
        if generation.id == first.generation:
            return ()  # a question that is new, put to what is in service
        asked.append((generation.id, desk.store.current_id()))
        assert {p.article for p in generation.passages} == {"cold", "heat", "walk"}
        return ()

    desk.write("walk", "Walking helps.")
    report = desk.build(test_questions=ask)
    assert asked == [(report.generation, first.generation)]


def test_extras_are_kept_and_summed(desk: Desk):
    """Whatever ranking needs besides vectors travels with them."""

    def extras(
        passages: Sequence[Passage], articles: Mapping[str, ArticleMeta]
    ) -> Mapping[str, bytes]:
        return {"ids.txt": "\n".join(p.passage_id for p in passages).encode(), "n": b"%d" % len(articles)}  # fmt: skip

    desk.build(extras=extras)
    assert desk.open().extra == {"ids.txt": b"cold#0\nheat#0\nheat#1", "n": b"2"}
    assert "extra/ids.txt" in desk.store.manifest().files


def test_overdue_reviews_are_told(desk: Desk):
    """At every build, also where nothing changed."""
    desk.write("heat", HEAT, review_due=date(2026, 5, 31))
    desk.write("cold", COLD, review_due=TODAY)
    assert desk.build().overdue == ("heat",)
    assert desk.build().overdue == ("heat",)


def test_progress_is_told_stage_by_stage(desk: Desk):
    """Every stage ends with all of it done."""
    told: list[tuple[str, int, int]] = []
    desk.build(progress=lambda stage, done, total: told.append((stage, done, total)))
    assert list(dict.fromkeys(stage for stage, _, _ in told)) == [
        "reading", "cutting", "embedding", "writing", "testing", "publishing",
    ]  # fmt: skip
    last = {stage: (done, total) for stage, done, total in told}
    assert all(done == total for done, total in last.values())
    assert last["embedding"] == (13, 13)
    assert last["testing"] == (3, 3)


# ----------------------------------------------------------------------------- failures


class FailingEmbedder(HashEmbedder):
    """Spoils what it encodes."""

    def __init__(self, spoil: Callable[[Embeddings], Embeddings]) -> None:
        super().__init__()
        self._spoil = spoil

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Encode, then spoil it."""
        return self._spoil(super().encode(texts))


def refuse(_rows: Embeddings) -> Embeddings:
    """An encoder that cannot."""
    raise EmbedderError("The model is gone.")


@pytest.mark.parametrize(
    "spoil", [refuse, lambda rows: rows[:, :5], lambda rows: rows * np.float32("nan")]
)
def test_a_failing_encoder_changes_nothing(desk: Desk, spoil: Callable[[Embeddings], Embeddings]):
    """Nor do wrong shapes and numbers that are none get into an index."""
    first = desk.build()
    desk.embedder = FailingEmbedder(spoil)
    with pytest.raises(EmbedderError):
        desk.build(full=True)
    assert desk.store.current_id() == first.generation
    assert list((desk.store.folder / "staging").iterdir()) == []


def test_a_wrong_article_changes_nothing(desk: Desk):
    """The old articles are served until the new one is mended."""
    first = desk.build()
    (desk.corpus / "bad.md").write_text("nothing")
    with pytest.raises(CorpusError, match=r"bad\.md"):
        desk.build()
    assert desk.store.current_id() == first.generation


def test_nothing_to_index_is_an_error(desk: Desk):
    """Headings alone answer nothing; the first build leaves no index behind."""
    for slug in ("heat", "cold"):
        desk.write(slug, "# Heading\n\n## Another\n")
    with pytest.raises(CorpusError, match="nothing to index"):
        desk.build()
    with pytest.raises(NoGenerationError):
        desk.open()


def test_failing_tests_code_changes_nothing(desk: Desk):
    """An error in asking is not an answer."""
    first = desk.build()

    def ask(_generation: Generation, _questions: Sequence[QuestionKey]) -> tuple[ContentTest, ...]:
        raise IndexStoreError("The question could not be asked.")

    with pytest.raises(IndexStoreError):
        desk.build(full=True, test_questions=ask)
    assert desk.store.current_id() == first.generation
    assert desk.open().tests == first.tests


def test_builds_exclude_each_other(desk: Desk):
    """The second is told at once; the first goes on and publishes."""
    outcomes: list[object] = []

    def other(generation: Generation, questions: Sequence[QuestionKey]) -> tuple[ContentTest, ...]:
        def attempt() -> None:
            try:
                rebuild(desk.corpus, desk.store, HashEmbedder(), FORMAT, today=TODAY)
            except BuildInProgressError as error:
                outcomes.append(error)

        thread = threading.Thread(target=attempt)
        thread.start()
        thread.join()
        return find_questions(generation, questions)

    report = desk.build(test_questions=other)
    assert len(outcomes) == 1
    assert desk.store.current_id() == report.generation


# ----------------------------------------------------------------------------- nothing to do


def state_of(folder: Path) -> dict[str, tuple[int, int, bytes]]:
    """Every file and folder with its inode, when it was changed, and its content."""
    return {
        str(path.relative_to(folder)): (
            path.stat().st_ino,
            path.stat().st_mtime_ns,
            path.read_bytes() if path.is_file() else b"",
        )
        for path in [folder, *folder.rglob("*")]
    }


def test_an_unchanged_corpus_writes_no_byte(desk: Desk):
    """Nor does it make or touch a file, not even the lock; also where nothing may be written."""
    desk.build()
    before = state_of(desk.store.folder)
    for changes in ({}, {"strict": True}, {"publish": False}):
        report = desk.build(**changes)
        assert (report.published, report.staged, report.embedded) == (False, False, 0)
    assert desk.embedder.encoded == []
    assert state_of(desk.store.folder) == before


def test_an_unchanged_corpus_cleans_up_after_a_crash(desk: Desk):
    """What a killed build has left goes with the next one, whatever that one has to do."""
    desk.build()
    (desk.store.folder / ".CURRENT.tmp").write_text("x")
    (desk.store.folder / "staging" / "build-x").mkdir()
    assert not desk.build().published
    assert not (desk.store.folder / ".CURRENT.tmp").exists()
    assert not (desk.store.folder / "staging").exists()


def test_a_running_build_is_named_even_where_nothing_would_be_done(desk: Desk):
    """Whoever asks is told who is at it, on whose behalf and since when."""
    desk.build()
    with (
        desk.store.stage(by="Telegram user 42"),
        pytest.raises(
            BuildInProgressError,
            match=rf"process {os.getpid()} of user \S+ for Telegram user 42, since \d+-\d+-\d+ ",
        ),
    ):
        desk.build()


def test_a_build_that_was_overtaken_looks_again(desk: Desk, monkeypatch: pytest.MonkeyPatch):
    """Articles read before another build has published are not put over newer ones."""
    desk.build()
    desk.write("heat", HEAT + "First.\n")
    stage, others = IndexStore.stage, []

    def overtaken(store: IndexStore, *, by: str = "") -> AbstractContextManager[Path]:
        if not others:
            others.append(True)
            desk.write("heat", HEAT + "Second.\n")
            others.append(rebuild(desk.corpus, store, HashEmbedder(), FORMAT, today=TODAY))
        return stage(store, by=by)

    monkeypatch.setattr(IndexStore, "stage", overtaken)
    report = desk.build(full=False)
    assert isinstance(others[1], RebuildReport)
    assert others[1].published
    assert not report.published
    assert report.generation == others[1].generation == desk.store.current_id()
    assert "Second." in desk.open().passages[-1].text


# ----------------------------------------------------------------------------- what it changes


def test_answers_that_change_are_told_old_and_new(desk: Desk):
    """For each question of which the text differs, and for no other."""
    first = desk.build()
    assert first.answers == ()
    before = {test.question: test.answer for test in first.tests}
    desk.write("cold", COLD.replace("Wrap the ice", "Wrap the ice in a towel"),
               questions=("Does ice help?", "How do I use ice?"))  # fmt: skip
    report = desk.build()
    after = {test.question: test.answer for test in report.tests}
    told = {change.question: (change.old, change.new) for change in report.answers}
    assert told == {
        question: (before[question], after[question])
        for question in before
        if before[question] != after[question]
    }
    assert {change.article for change in report.answers} == {"cold"}
    assert "towel" in report.answers[0].new
    assert "towel" not in report.answers[0].old


def test_a_new_question_is_put_to_what_is_in_service_too(desk: Desk):
    """Staff see what a new article gives instead; the old index is asked nothing else."""
    first = desk.build()
    asked: list[tuple[str, list[str]]] = []

    def ask(generation: Generation, questions: Sequence[QuestionKey]) -> tuple[ContentTest, ...]:
        asked.append((generation.id, [question for _, question in questions]))
        return find_questions(generation, questions)

    desk.write("walk", "Walking every day helps.", questions=("Is walking good?",))
    report = desk.build(test_questions=ask)
    assert [texts for name, texts in asked if name == first.generation] == [["Is walking good?"]]
    change = next(c for c in report.answers if c.question == "Is walking good?")
    assert change.new == "Walking every day helps."
    assert change.old
    assert change.old != change.new


def test_what_another_version_has_built_is_not_asked(desk: Desk):
    """It may not be readable by this one; the answers kept with it still are."""
    desk.build()
    desk.write("walk", "Walking every day helps.", questions=("Is walking good?",))
    report = desk.build(tool_version="99")
    told = {change.question: change.old for change in report.answers}
    assert told["Is walking good?"] == ""
    assert all(old for question, old in told.items() if question != "Is walking good?")


@pytest.mark.parametrize("tests", ["[", '[{"article": "heat"}]', None])
def test_what_cannot_be_opened_any_more_is_compared_with_by_what_it_recorded(
    desk: Desk, tests: str | None
):
    """A later version may read other files. Where there is no record either, it is said."""
    first = desk.build()
    folder = desk.store.folder / "generations" / first.generation
    manifest = folder / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"format": 1', '"format": 0'))
    if tests is None:
        old = (folder / "tests.json").read_text()
        (folder / "tests.json").write_text(
            old.replace('"found"', '"of_another_version": 1, "found"')
        )
    else:
        (folder / "tests.json").write_text(tests)
    desk.write("heat", HEAT.replace("twenty", "ten"), questions=("How long should I use heat?",))
    report = desk.build(strict=True)
    assert report.published
    assert report.unknown == ("" if tests is None else first.generation)
    assert report.changed == (("heat",) if tests is None else ())
    told = [(change.old, change.new) for change in report.answers]
    if tests is None:
        assert all("twenty" in old and "ten minutes" in new for old, new in told)
    assert bool(told) == (tests is None)


def test_a_failure_to_ask_what_is_in_service_stops_nothing(desk: Desk):
    """The old answer is left open."""
    first = desk.build()

    def ask(generation: Generation, questions: Sequence[QuestionKey]) -> tuple[ContentTest, ...]:
        if generation.id == first.generation:
            raise IndexStoreError("It cannot be asked.")
        return find_questions(generation, questions)

    desk.write("walk", "Walking helps.", questions=("Is walking good?",))
    report = desk.build(test_questions=ask)
    assert report.published
    assert [c.old for c in report.answers if c.article == "walk"] == [""]


def test_newly_passing_questions_are_told(desk: Desk):
    """What an update has mended."""
    desk.build(test_questions=found_where(lambda question: "ice" not in question))
    report = desk.build(full=True, test_questions=found_where(lambda _question: True))
    assert [t.question for t in report.newly_passing] == ["Does ice help?", "How do I use ice?"]
    assert report.newly_failing == ()


def test_sample_questions_cost_no_embedding_when_they_are_asked(desk: Desk):
    """Their vectors are those just built, bit by bit; what else is asked is embedded."""
    desk.build()
    known = SampleQuestions(desk.embedder)
    known.learn(desk.open())
    known.learn(desk.open())
    desk.embedder.encoded.clear()
    for _, question in desk.open().question_keys:
        np.testing.assert_array_equal(known.encode([question]), HashEmbedder().encode([question]))
    assert desk.embedder.encoded == []
    known.encode(["Does ice help?", "Something else?"])
    assert desk.embedder.encoded == ["Does ice help?", "Something else?"]
    assert known.identity == desk.embedder.identity
    assert known.count_tokens("Ice.") == desk.embedder.count_tokens("Ice.")


# ----------------------------------------------------------------------------- strict, kept aside

PASSES = found_where(lambda _question: True)
ICE_FAILS = found_where(lambda question: "ice" not in question)


def test_strict_keeps_aside_what_breaks_a_question(desk: Desk):
    """The old one stays in service; the report says why and holds all there is to look at."""
    first = desk.build(test_questions=PASSES)
    desk.write("heat", HEAT + "More.\n", questions=("How long should I use heat?",))
    report = desk.build(strict=True, test_questions=ICE_FAILS)
    assert (report.published, report.staged) == (False, True)
    assert desk.store.current_id() == first.generation
    assert desk.store.staged_id() == report.generation
    assert len(report.objections) == 2
    assert "“Does ice help?”" in report.objections[0]
    assert "cold" in report.objections[0]
    assert [test.question for test in report.newly_failing] == [
        "Does ice help?",
        "How do I use ice?",
    ]


def test_strict_keeps_aside_an_article_that_lost_its_text(desk: Desk):
    """A sample question is found by its own words, whatever is left of the article."""
    sentences = [f"Heat eases muscle number {name}." for name in ("one", "two", "three", "four")]
    text = " ".join([*sentences, "Use it for twenty minutes.", "Never sleep on it."])
    desk.write("heat", text, questions=("How long should I use heat?",))
    first = desk.build(test_questions=PASSES)
    desk.write("heat", text.replace("two", "2"), questions=("How long should I use heat?",))
    mended = desk.build(strict=True, test_questions=PASSES)
    assert mended.published
    assert mended.texts == (TextChange("heat", before=6, kept=5, now=6),)
    desk.write("heat", "lorem ipsum " * 40 + ".", questions=("How long should I use heat?",))
    ruined = desk.build(strict=True, test_questions=PASSES)
    assert (ruined.published, ruined.staged) == (False, True)
    assert desk.store.current_id() == mended.generation != first.generation
    assert len(ruined.objections) == 1
    assert "heat, 6 of 6 sentences that could be quoted are gone" in ruined.objections[0]
    assert desk.build(test_questions=PASSES).published


def test_a_short_article_may_be_put_in_other_words(desk: Desk):
    """Of three sentences one in other words is nearly half."""
    desk.write("walk", "Walking helps. Begin slowly. Stop when it hurts.")
    desk.build(test_questions=PASSES)
    desk.write("walk", "Walking is good. Start slowly. Stop when it hurts.")
    report = desk.build(strict=True, test_questions=PASSES)
    assert report.published
    assert report.texts == (TextChange("walk", before=3, kept=1, now=3),)


def test_publishing_all_the_same_costs_next_to_nothing(desk: Desk):
    """Nothing is cut, embedded or asked again: what was kept is what is published."""
    desk.build(test_questions=PASSES)
    desk.write("heat", HEAT + "More.\n", questions=("How long should I use heat?",))
    refused = desk.build(strict=True, test_questions=ICE_FAILS)

    def never(
        _generation: Generation, _questions: Sequence[QuestionKey]
    ) -> tuple[ContentTest, ...]:
        raise AssertionError("asked again")

    again = desk.build(strict=True, test_questions=never)
    assert again.generation == refused.generation
    assert again.objections == refused.objections
    report = desk.build(test_questions=never)
    assert desk.embedder.encoded == []
    assert report.published
    assert report.embedded == 0
    assert report.generation == refused.generation == desk.store.current_id()
    assert report.newly_failing == refused.newly_failing
    assert report.answers == refused.answers
    assert desk.store.staged_id() is None


def test_strict_publishes_where_nothing_breaks(desk: Desk):
    """What failed before, what is new, and what is gone breaks nothing."""
    desk.build(test_questions=ICE_FAILS)
    desk.write("walk", "Walking helps.", questions=("Is ice walking?",))
    (desk.corpus / "heat.md").unlink()
    report = desk.build(strict=True, test_questions=ICE_FAILS)
    assert report.published
    assert report.objections == ()
    assert [test.question for test in report.newly_failing] == ["Is ice walking?"]


FAULTY = {"test_escalation": lambda: ("Rule E-1 misses its example.",)}


def test_strict_never_refuses_the_first_build(desk: Desk):
    """There is nothing that passed before, and nothing better in service."""
    report = desk.build(strict=True, test_questions=found_where(lambda _question: False), **FAULTY)
    assert report.published
    assert len(report.failing) == 3
    assert report.escalation_faults == ("Rule E-1 misses its example.",)


def test_strict_keeps_aside_what_the_escalation_rules_object_to(desk: Desk):
    """Without strict they are not even tried; what is kept on purpose tells it."""
    first = desk.build()
    desk.write("walk", "Walking helps.")
    report = desk.build(strict=True, **FAULTY)
    assert report.staged
    assert report.objections == report.escalation_faults == ("Rule E-1 misses its example.",)
    assert desk.store.current_id() == first.generation
    staged = desk.build(publish=False, **FAULTY)
    assert staged.generation == report.generation
    assert staged.objections == ()
    assert staged.escalation_faults == ("Rule E-1 misses its example.",)
    report = desk.build(**FAULTY)
    assert report.published
    assert (report.objections, report.escalation_faults) == ((), ())


def test_what_is_kept_aside_can_be_published_later(desk: Desk):
    """An admin presses the button, perhaps after a restart; nothing is built then."""
    desk.build()
    desk.write("walk", "Walking helps.", questions=("Is walking good?",))
    staged = desk.build(publish=False)
    assert (staged.published, staged.staged, staged.objections) == (False, True, ())
    assert staged.answers
    assert desk.build(publish=False).generation == staged.generation
    store = IndexStore(desk.store.folder)
    assert publish_staged(desk.corpus, store, staged.generation, by="Telegram user 1")
    assert desk.store.current_id() == staged.generation
    assert not desk.build().published


def test_what_is_kept_aside_is_refused_once_an_article_has_changed(desk: Desk):
    """What would go out is not what the articles say."""
    first = desk.build()
    desk.write("walk", "Walking helps.")
    staged = desk.build(publish=False)
    desk.write("walk", "Walking hurts.")
    with pytest.raises(IndexStoreError, match="the articles have changed"):
        publish_staged(desk.corpus, desk.store, staged.generation)
    assert desk.store.current_id() == first.generation


def test_vectors_of_what_is_kept_aside_are_reused(desk: Desk):
    """Staff mend a word of a new article and look again: only that sentence is embedded."""
    desk.build()
    desk.write("walk", "Walking helps.\n\n## Sitting\n\nSitting stiffens the back.\n")
    desk.build(publish=False)
    desk.write("walk", "Walking helps much.\n\n## Sitting\n\nSitting stiffens the back.\n")
    report = desk.build()
    assert sorted(desk.embedder.encoded) == ["Walk\nWalking helps much.", "Walking helps much."]
    assert report.published


@pytest.mark.parametrize("change", [{"full": True}, {"tool_version": "99"}])
def test_what_is_kept_aside_is_built_again_where_it_would_differ(
    desk: Desk, change: dict[str, object]
):
    """Another version may make other files; `full` trusts nothing that is there."""
    desk.build()
    desk.write("walk", "Walking helps.")
    staged = desk.build(publish=False)
    report = desk.build(**change)
    assert report.published
    assert report.generation > staged.generation


def test_what_is_kept_aside_untested_is_not_published_as_tested(desk: Desk):
    """It is built again, and asked."""
    desk.build()
    desk.write("walk", "Walking helps.", questions=("Is walking good?",))
    staged = desk.build(publish=False, test_questions=None)
    report = desk.build()
    assert report.generation > staged.generation
    assert len(report.tests) == 4


def test_damage_to_what_is_kept_aside_is_not_published(
    desk: Desk, caplog: pytest.LogCaptureFixture
):
    """It is said and built again."""
    desk.build()
    desk.write("walk", "Walking helps.")
    staged = desk.build(publish=False)
    path = desk.store.folder / "staged" / staged.generation / "passages.jsonl"
    path.write_bytes(path.read_bytes().replace(b"helps", b"hurts"))
    report = desk.build()
    assert report.generation > staged.generation
    assert "kept aside is not reused" in caplog.text
    assert any(p.text == "Walking helps." for p in desk.open().passages)


WORD = st.sampled_from(
    ["Heat helps.", "Cold calms a strain.", "Do this:\n\n- rest\n- walk", "## Why"]
)
BODY = st.lists(WORD, min_size=1, max_size=5).map(lambda words: "Start.\n\n" + "\n\n".join(words))
CORPORA = st.dictionaries(st.sampled_from(["a", "b", "c"]), BODY, min_size=1)


@settings(max_examples=25, deadline=None)
@given(first=CORPORA, second=CORPORA)
def test_a_build_depends_on_the_articles_alone(
    tmp_path_factory: pytest.TempPathFactory, first: dict[str, str], second: dict[str, str]
):
    """Whatever was in service before: the same articles give the same digest and the same files."""

    def build(folder: Path, *corpora: dict[str, str]) -> Generation:
        corpus, store = folder / "corpus", IndexStore(folder / "index")
        corpus.mkdir()
        for articles in corpora:
            for path in corpus.iterdir():
                path.unlink()
            for slug, body in articles.items():
                text = serialise_article(
                    ArticleMeta(slug, slug.upper(), questions=(body[:9],)), body
                )
                (corpus / f"{slug}.md").write_text(text, encoding="utf-8")
            rebuild(
                corpus, store, HashEmbedder(), FORMAT, today=TODAY, test_questions=find_questions
            )
        return store.open(FORMAT)

    stepwise = build(tmp_path_factory.mktemp("stepwise"), first, second)
    fresh = build(tmp_path_factory.mktemp("fresh"), second)
    assert stepwise.manifest.corpus_digest == fresh.manifest.corpus_digest
    assert stepwise.manifest.files == fresh.manifest.files
