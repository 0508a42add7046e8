"""Files that staff send → drafts with a preview → articles, or not. Nothing is ever lost.

A draft is `drafts/SLUG.md`. Beside it lies `drafts/.SLUG.json`: what the import left out and had
to say, so that a preview can be shown again after a restart. A draft that is written over or
discarded is kept in `drafts/.history`, an article that is replaced in `corpus/.history`.
"""

from __future__ import annotations

import hashlib
import json
import logging
import re
import threading
from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, dataclass, replace
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING

from backbot.corpus.check import Lint, check_corpus, read_proses
from backbot.corpus.issue import Issue
from backbot.corpus.prose import read_prose
from backbot.corpus.readability import Reading, reading_of
from backbot.corpus.reader import (
    article_files,
    not_articles,
    read_article,
    serialise_article,
)
from backbot.corpus.words import question_words
from backbot.editorial.articles import (
    Approved,
    approve_draft,
    keep_aside,
    next_review,
    write_whole,
)
from backbot.editorial.intake import read_apart
from backbot.errors import BackbotError, CorpusError, ImportRefusedError
from backbot.importing.draft import MAX_QUESTIONS, slug_of
from backbot.model import Article, ArticleMeta, ContentTest, Source
from backbot.ports import Records

# What reads Word files and PDF is imported where it is needed: 20 MB that a bot does without
# until somebody sends a file.
if TYPE_CHECKING:
    from backbot.editorial.wordfile import Returned

logger = logging.getLogger(__name__)

Ask = Callable[[Article, str], tuple[ContentTest, ...]]
"""A draft, and the slug of the article whose place it takes or "": a test for each question."""

_NEARLY = 0.6  # Dice's coefficient of the runs of three words
_RUN = 3
_WORD = re.compile(r"\w+")
_MOST_NAMES = 1000


class NoDraftError(BackbotError):
    """The draft has been approved, discarded or changed since it was shown."""


@dataclass(frozen=True, slots=True)
class Dropped:
    """Something that the import left out: where it stood, its words, and why."""

    line: int
    text: str
    reason: str


@dataclass(frozen=True, slots=True)
class Twin:
    """The article that a draft looks like a new version of.

    Attributes:
        slug: Of the article.
        title: Of the article.
        same_name: Whether the draft has its slug; else the texts are nearly the same.
        same_text: Whether the texts are the same, word for word.
    """

    slug: str
    title: str
    same_name: bool
    same_text: bool = False


@dataclass(frozen=True, slots=True)
class Preview:
    """A draft as staff see it before they decide.

    Attributes:
        draft_id: Names this draft with this very text, 16 hex characters.
        meta: Front matter, as proposed.
        sections: Headings.
        words: Of the text.
        dropped: What the import left out.
        warnings: What the import had to say, a sentence each.
        issues: What is wrong with it beside the articles, errors first.
        reading: How hard it is to read, None where that cannot be told.
        twin: The article that it may be a new version of.
        pictures: Pictures that may show steps, a line each; their steps belong into words.
        review_due: When to review it again, once a clinician has reviewed it today.
        by: Who sent the file.
        tests: Whether each sample question finds it among all the articles; None where they
            were not asked.
        untested: Why they could not be asked, a sentence, "" where nothing went wrong.
        others: Slugs of the drafts that have the same title and wait, too.
    """

    draft_id: str
    meta: ArticleMeta
    sections: tuple[str, ...]
    words: int
    dropped: tuple[Dropped, ...]
    warnings: tuple[str, ...]
    issues: tuple[Issue, ...]
    reading: Reading | None
    twin: Twin | None
    pictures: tuple[str, ...]
    review_due: date
    by: str
    tests: tuple[ContentTest, ...] | None = None
    untested: str = ""
    others: tuple[str, ...] = ()

    @property
    def failing(self) -> tuple[ContentTest, ...]:
        """The sample questions that do not find it."""
        return tuple(test for test in self.tests or () if not test.found)

    @property
    def reasons(self) -> Counter[str]:
        """Why things were left out, and how many for each reason."""
        return Counter(dropped.reason for dropped in self.dropped)


@dataclass(frozen=True, slots=True)
class _Notes:
    """What stands beside a draft."""

    by: str = ""
    dropped: tuple[Dropped, ...] = ()
    warnings: tuple[str, ...] = ()
    pictures: tuple[str, ...] = ()


class Editor:
    """Keeps the drafts. Safe to use from several threads; a draft is decided on once.

    Args:
        corpus: Gives the articles' folder; raises where it must not be written to.
        drafts: The drafts' folder; made when it is needed.
        records: Approvals and the audit log.
        today: Gives the clinic's day.
        lint: The never-say list.
        ask: Asks a draft its sample questions, as if it stood among the articles in the place
            of the one whose slug is given; None leaves that out.
    """

    def __init__(
        self,
        corpus: Callable[[], Path],
        drafts: Path,
        records: Records,
        *,
        today: Callable[[], date],
        lint: Lint | None = None,
        ask: Ask | None = None,
    ) -> None:
        self._corpus = corpus
        self._drafts = drafts
        self._records = records
        self._today = today
        self._lint = lint
        self._ask = ask
        self._lock = threading.Lock()

    # ------------------------------------------------------------------ files in

    def take_in(self, path: Path, name: str, by: str) -> Preview:
        """Make a draft of a file. A Word file that was sent out comes back as the same draft.

        Args:
            path: The file. Its ending says what it is where its content does not.
            name: What the sender calls it; for the sources and for people only.
            by: Who sent it.

        Raises:
            ImportRefusedError: It cannot become a draft. Nothing was written.
            CorpusError: The draft cannot be written, or the articles must not be changed.
        """
        corpus = self._corpus()
        found = read_apart(path, name)
        draft = found.draft
        if draft is None:
            from backbot.editorial.wordfile import Returned  # noqa: PLC0415

            told = dict(found.returned or {})
            returned = Returned(**told | {"questions": tuple(told["questions"])})
            with self._lock:
                meta = self._meta_of(returned, corpus)
                preview = self._put(meta, returned.body, _Notes(by))
            return self._asked(preview)
        dropped = tuple(Dropped(b.line, b.text, b.reason) for b in draft.dropped)
        with self._lock:
            # without a heading that asks something, the title is what the article answers
            questions = draft.meta.questions or (draft.meta.title,)
            slug = self._free_slug(draft.meta)
            meta = replace(draft.meta, slug=slug, questions=questions)
            if (old := _article_of(corpus, meta.slug)) is not None:
                meta = _inheriting(meta, old.meta)
            notes = _Notes(by, dropped, draft.warnings, found.pictures)
            preview = self._put(meta, draft.body, notes)
        return self._asked(preview)

    def _asked(self, preview: Preview) -> Preview:
        """The preview with what its sample questions find. Takes a second or more."""
        if self._ask is None:
            return preview
        try:
            draft = read_article(self._find(preview.draft_id))
            tests = self._ask(draft, preview.twin.slug if preview.twin else "")
        except BackbotError as error:
            logger.warning("a draft was not asked its questions: %s", type(error).__name__)
            return replace(preview, untested=str(error))
        return replace(preview, tests=tests)

    def _put(self, meta: ArticleMeta, body: str, notes: _Notes) -> Preview:
        target = self._drafts / f"{meta.slug}.md"
        data = serialise_article(meta, body).encode()
        if target.exists() and target.read_bytes() != data:
            keep_aside(target)
        write_whole(target, data)
        write_whole(_beside(target), json.dumps(asdict(notes), ensure_ascii=False).encode())
        return self._preview(target)

    def _meta_of(self, returned: Returned, corpus: Path) -> ArticleMeta:
        """The draft's front matter as it was, with the title and questions that came back."""
        known = self._drafts / f"{returned.slug}.md"
        old = read_article(known) if known.is_file() else _article_of(corpus, returned.slug)
        meta = (
            old.meta if old else ArticleMeta(returned.slug, returned.title or "Untitled article")
        )
        return replace(
            meta,
            title=returned.title or meta.title,
            questions=returned.questions,
            reviewed_by="",
            reviewed_on=None,
            review_due=None,
        )

    def _free_slug(self, meta: ArticleMeta) -> str:
        """Its slug, or slug-2 where a draft of another file has that."""
        for number in range(1, _MOST_NAMES):
            slug = meta.slug if number == 1 else f"{meta.slug}-{number}"
            try:
                old = read_article(self._drafts / f"{slug}.md").meta
            except CorpusError:
                return slug
            ours = {source.file for source in meta.sources}
            if ours & {source.file for source in old.sources} and not old.reviewed_by:
                return slug
        raise ImportRefusedError(f"Too many drafts are named {meta.slug}. Discard some.")

    # ------------------------------------------------------------------ looking

    def waiting(self) -> tuple[tuple[str, str], ...]:
        """Every draft that can be read: its id and its title; its slug where titles are alike."""
        drafts = self._readable()
        often = Counter(slug_of(meta.title) for _, meta in drafts)
        return tuple(
            (draft_id, meta.title if often[slug_of(meta.title)] == 1 else meta.slug)
            for draft_id, meta in drafts
        )

    def _readable(self) -> list[tuple[str, ArticleMeta]]:
        found = []
        for path in self._files():
            try:
                found.append((_draft_id(path), read_article(path).meta))
            except (CorpusError, OSError):
                continue
        return found

    def unread(self) -> tuple[str, ...]:
        """Names of files in the drafts' folder that are no drafts: of another kind, or damaged."""
        if not self._drafts.is_dir():
            return ()
        damaged = []
        for path in self._files():
            try:
                read_article(path)
            except (CorpusError, OSError):
                damaged.append(path.name)
        return (*damaged, *not_articles(self._drafts))

    def count(self) -> int:
        """How many drafts wait for a decision."""
        return len(self._files())

    def preview(self, draft_id: str, *, ask: bool = False) -> Preview:
        """A draft once more.

        Args:
            draft_id: Of the draft as it was shown.
            ask: Whether its sample questions are asked too, which takes a second or more.

        Raises:
            NoDraftError: It is not there any more, or says something else by now.
        """
        path = self._find(draft_id)
        try:
            preview = self._preview(path)
        except (FileNotFoundError, CorpusError):
            if path.exists():
                raise
            raise NoDraftError(self._gone(draft_id)) from None
        return self._asked(preview) if ask else preview

    def as_word(self, draft_id: str) -> tuple[str, bytes]:
        """A draft as a Word file to edit and send back: a file name, and what is in it.

        Raises:
            NoDraftError: It is not there any more, or says something else by now.
        """
        article = read_article(self._find(draft_id))
        from backbot.editorial.wordfile import to_word  # noqa: PLC0415

        return f"{article.meta.slug}.docx", to_word(article.meta, article.body)

    def _preview(self, path: Path) -> Preview:
        corpus = self._corpus()
        article = read_article(path)
        prose = read_prose(article, path.read_text("utf-8"))
        notes = _notes_of(path)
        twin = _twin(article, corpus)
        headings = (block for block in prose.blocks if block.kind == "heading")
        draft_id, title = _draft_id(path), slug_of(article.meta.title)
        others = (meta for other, meta in self._readable() if other != draft_id)
        return Preview(
            draft_id=draft_id,
            meta=article.meta,
            sections=tuple(heading.title for heading in headings),
            words=len(_WORD.findall(article.body)),
            dropped=notes.dropped,
            warnings=notes.warnings,
            issues=tuple(self._issues(path, corpus, twin)),
            reading=reading_of(prose),
            twin=twin,
            pictures=notes.pictures,
            review_due=next_review(self._today()),
            by=notes.by,
            others=tuple(meta.slug for meta in others if slug_of(meta.title) == title),
        )

    def _issues(self, path: Path, corpus: Path, twin: Twin | None) -> Iterable[Issue]:
        """What is wrong with a draft; not that it has no review, nor that it is like its twin."""
        replaced = f"{twin.slug}.md" if twin and not twin.same_name else ""
        for issue in check_corpus(corpus, self._today(), lint=self._lint, drafts=(path,)):
            others = {place.file for place in issue.also} | {issue.file}
            if issue.kind != "review" and replaced not in others:
                yield issue

    def _files(self) -> tuple[Path, ...]:
        return article_files(self._drafts) if self._drafts.is_dir() else ()

    def _find(self, draft_id: str) -> Path:
        for path in self._files():
            try:
                known = _draft_id(path)
            except FileNotFoundError:  # somebody else has just decided on it
                continue
            if known == draft_id:
                return path
            if known[:8] == draft_id[:8]:
                raise NoDraftError(
                    f"The draft {path.stem} has changed since. Look at it again with /corpus."
                )
        raise NoDraftError(self._gone(draft_id))

    def _gone(self, draft_id: str) -> str:
        """What became of a draft, as far as the audit log tells."""
        for entry in self._records.audit_log(1000):
            if _digest(entry.subject) != draft_id[:8]:
                continue
            if entry.action == "approve":
                return f"The draft {entry.subject} has been approved already, by {entry.who}."
            if entry.action == "discard":
                return f"The draft {entry.subject} has been discarded already, by {entry.who}."
        return "That draft is not there any more. /corpus lists those that wait."

    # ------------------------------------------------------------------ deciding

    def approve(
        self,
        draft_id: str,
        by: str,
        *,
        reviewer: str = "",
        instead_of: str = "",
        new: bool = False,
    ) -> Approved:
        """Make a draft an article.

        Args:
            draft_id: Of the draft as it was shown.
            by: Who approves.
            reviewer: The clinician who has reviewed it, "" for nobody yet.
            instead_of: Slug of the article whose place it takes.
            new: Whether it becomes an article of its own though its name is taken.

        Raises:
            NoDraftError: It is not there any more, or says something else by now.
            CorpusError: The name is taken and nobody said which it is to be, or the folder
                cannot be written. The draft is where it was.
            StateError: The approval could not be noted, and so was not done.
        """
        corpus = self._corpus()
        with self._lock:
            path = self._find(draft_id)
            slug = instead_of or path.stem
            if instead_of and (old := _article_of(corpus, instead_of)) is not None:
                article = read_article(path)
                meta = _inheriting(article.meta, old.meta)
                if meta != article.meta:
                    write_whole(path, serialise_article(meta, article.body).encode())
            elif new:
                slug = self._unused(corpus, slug)
            elif (corpus / f"{slug}.md").exists():
                raise NoDraftError(
                    f"There is an article {slug} by now. Look at the draft again with /corpus, "
                    "and say whether it takes that one's place."
                )
            approved = approve_draft(
                path,
                corpus,
                self._records,
                by,
                slug=slug,
                replacing=bool(instead_of),
                reviewer=reviewer,
                today=self._today(),
            )
            _beside(path).unlink(missing_ok=True)
            return approved

    def discard(self, draft_id: str, by: str) -> str:
        """Put a draft away, noted in the audit log; its slug.

        Raises:
            NoDraftError: It is not there any more, or says something else by now.
            StateError: It could not be noted, and so was not done.
        """
        with self._lock:
            path = self._find(draft_id)
            keep_aside(path)
            self._records.audit(by, "discard", path.stem)
            path.unlink(missing_ok=True)
            _beside(path).unlink(missing_ok=True)
            return path.stem

    def _unused(self, corpus: Path, slug: str) -> str:
        for number in range(2, _MOST_NAMES):
            if not (corpus / f"{slug}-{number}.md").exists():
                return f"{slug}-{number}" if (corpus / f"{slug}.md").exists() else slug
        raise CorpusError(f"Too many articles are named {slug}.")


def _article_of(corpus: Path, slug: str) -> Article | None:
    path = corpus / f"{slug}.md"
    try:
        return read_article(path) if path.is_file() else None
    except CorpusError:
        return None


def _inheriting(meta: ArticleMeta, old: ArticleMeta) -> ArticleMeta:
    """A new version keeps the tags, sample questions and sources that staff gave the old one."""
    known = {question_words(question) for question in old.questions}
    fresh = [q for q in meta.questions if question_words(q) not in known]
    sources: Mapping[Source, None] = dict.fromkeys((*meta.sources, *old.sources))
    return replace(
        meta,
        tags=old.tags or meta.tags,
        questions=(*old.questions, *fresh[:MAX_QUESTIONS]),
        sources=tuple(sources),
    )


def _twin(article: Article, corpus: Path) -> Twin | None:
    """The article that a draft may be a new version of: the same name, or nearly the same text."""
    meta, runs = article.meta, _runs(article.body)
    best: tuple[float, Twin] | None = None
    for other in (prose.article for prose in read_proses(corpus)[0]):
        same = other.body.split() == article.body.split()
        if other.meta.slug == meta.slug:
            return Twin(other.meta.slug, other.meta.title, same_name=True, same_text=same)
        theirs = _runs(other.body)
        alike = 2 * len(runs & theirs) / max(len(runs) + len(theirs), 1)
        if slug_of(other.meta.title) == slug_of(meta.title):
            alike = max(alike, _NEARLY)
        if alike >= _NEARLY and (best is None or alike > best[0]):
            best = alike, Twin(other.meta.slug, other.meta.title, same_name=False, same_text=same)
    return best[1] if best else None


def _runs(text: str) -> frozenset[tuple[str, ...]]:
    words = [word.casefold() for word in _WORD.findall(text)]
    return frozenset(zip(*(words[n:] for n in range(_RUN)), strict=False))


def _draft_id(path: Path) -> str:
    return _digest(path.stem) + hashlib.sha256(path.read_bytes()).hexdigest()[:8]


def _digest(slug: str) -> str:
    return hashlib.sha256(slug.encode()).hexdigest()[:8]


def _beside(path: Path) -> Path:
    return path.with_name(f".{path.stem}.json")


def _notes_of(path: Path) -> _Notes:
    """What the import noted; nothing where that is missing: the draft was written by hand."""
    try:
        kept = json.loads(_beside(path).read_text("utf-8"))
        return _Notes(
            by=str(kept["by"]),
            dropped=tuple(Dropped(**dropped) for dropped in kept["dropped"]),
            warnings=tuple(map(str, kept["warnings"])),
            pictures=tuple(map(str, kept["pictures"])),
        )
    except (OSError, ValueError, TypeError, KeyError):
        return _Notes()
