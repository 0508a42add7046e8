"""What is wrong with the articles, as a list: nothing is changed, nothing is embedded.

An error is a fault that a reader would meet; a warning is something that a clinic should
know. That nobody has reviewed an article is a warning: it is shown beside every citation.

| module | looks for |
|---|---|
| here | files that are no articles, empty sections, endless sentences, marks of notes, the never-say list, titles and sample questions that stand twice |
| `review` | reviews that are missing, due or over; impossible dates |
| `links` | links that lead nowhere, pictures that cannot be shown |
| `readability` | articles that are hard to read |
| `duplicates` | sentences that stand twice, and those that are once denied |
| `contradictions` | different figures for what looks like the same thing |
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import re
import shlex
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date
from itertools import pairwise
from pathlib import Path
from typing import Protocol

from backbot.corpus.contradictions import differing_figures
from backbot.corpus.duplicates import repeated
from backbot.corpus.issue import Issue, Place, issue_at, shown
from backbot.corpus.links import broken_links
from backbot.corpus.prose import Prose, Sentence, front_matter_lines, read_prose
from backbot.corpus.readability import hard_to_read
from backbot.corpus.reader import article_files, not_articles, read_article
from backbot.corpus.review import review_issues
from backbot.corpus.words import question_words
from backbot.errors import CorpusError

__all__ = ["Issue", "Unsafe", "check_corpus", "read_proses"]

_LONG_SENTENCE_WORDS = 120
_NOTE_MARK = re.compile(r"(?<=\S)\[(?:\d{1,3}|\^[^\]\s]{1,40})\](?![(\[:])")


class Unsafe(Protocol):
    """Something that is never said to a patient, as the escalation engine's lint finds it."""

    @property
    def why(self) -> str:
        """What is wrong with it: "names a medicine with an amount"."""

    @property
    def text(self) -> str:
        """The words."""


Lint = Callable[[str], Iterable[Unsafe]]


def check_corpus(
    folder: Path, today: date, *, lint: Lint | None = None, drafts: Sequence[Path] = ()
) -> tuple[Issue, ...]:
    """Check every article of a folder, or drafts as if they were among them.

    Args:
        folder: Where the articles are.
        today: What reviews are compared with.
        lint: The never-say list; without it that check is left out.
        drafts: Files to check together with the articles. With them, only what concerns them
            is told; an article of the same file name counts as replaced.

    Returns:
        Issues by file, errors first within each, then by line; empty where all is well. That
        the folder is missing or empty is an issue too. Whether sample questions find their
        article is tested at every build of the index, not here.
    """
    proses, issues = read_proses(folder, drafts)
    issues.extend(_single(proses, today, lint))
    issues.extend(_together(proses))
    if drafts:
        names = {path.name for path in drafts}
        issues = [issue for issue in issues if _concerns(issue, names)]
    return tuple(
        sorted(
            dict.fromkeys(issues),
            key=lambda issue: (issue.file, issue.severity, issue.line or 0, issue.kind),
        )
    )


def read_proses(folder: Path, drafts: Sequence[Path] = ()) -> tuple[list[Prose], list[Issue]]:
    """Read articles and drafts, and what is wrong with those that cannot be read.

    Args:
        folder: Where the articles are.
        drafts: Further files; they take the place of articles of the same name.
    """
    issues: list[Issue] = []
    files: tuple[Path, ...] = ()
    try:
        files = article_files(folder)
        if not files and not drafts:
            text = f"There is no article in {folder}. Write one, or see `backbot corpus import`."
            issues.append(Issue("error", folder.name, text))
        issues.extend(_not_read(folder, name) for name in not_articles(folder))
    except CorpusError as error:
        if not drafts:
            issues.append(Issue("error", folder.name, str(error)))
    names = {path.name for path in drafts}
    proses: list[Prose] = []
    for path in (*(path for path in files if path.name not in names), *drafts):
        try:
            proses.append(read_prose(read_article(path), _text_of(path)))
        except CorpusError as error:
            issues.append(_unreadable(path, str(error)))
    return proses, issues


def _text_of(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8-sig") if path.is_file() else ""
    except (OSError, UnicodeDecodeError):
        return ""


def _not_read(folder: Path, name: str) -> Issue:
    text = (
        f"{name}: this is no article, and nobody reads it. `backbot corpus import "
        f"{shlex.quote(str(folder / name))}` makes a draft of it."
    )
    return Issue("warning", name, text, "file")


def _unreadable(path: Path, text: str) -> Issue:
    """An issue about a file that is no article, with the line that the error is about."""
    line = 1
    if told := re.search(r"\bline (\d+)", text):
        line = int(told[1])
    else:
        fields = front_matter_lines(_text_of(path))
        named = [name for name in re.findall(r"'([^']*)'", text) if name in fields]
        if named:
            line = fields[named[0]][0]
            text = f"{text} It is in line {line}."
    return Issue("error", path.name, text, "file", line)


def _concerns(issue: Issue, names: set[str]) -> bool:
    return issue.file in names or any(place.file in names for place in issue.also)


# --------------------------------------------------------------------------- one article


def _single(proses: Sequence[Prose], today: date, lint: Lint | None) -> Iterator[Issue]:
    for prose in proses:
        yield from _empty_sections(prose)
        yield from _long_sentences(prose)
        yield from _note_marks(prose)
        yield from _gaps(prose)
        if lint is not None:
            yield from _never_said(prose, lint)
    yield from broken_links(proses)
    yield from review_issues(proses, today)
    yield from hard_to_read(proses)


def _empty_sections(prose: Prose) -> Iterator[Issue]:
    if all(block.kind in ("heading", "break", "image") for block in prose.blocks):
        text = "there is no text, only headings. Write the article or remove the file."
        yield issue_at("error", "empty", prose.place(0), text)
        return
    blocks = [block for block in prose.blocks if block.kind != "break"]
    for n, block in enumerate(blocks):
        if block.kind != "heading":
            continue
        following = blocks[n + 1] if n + 1 < len(blocks) else None
        text = ""
        if not block.title:
            text = "a heading has no words. Name the section or remove the line."
        elif following is None or (following.kind == "heading" and following.level <= block.level):
            text = f"the section {block.title!r} is empty. Write it or remove the heading."
        if text:
            yield issue_at("error", "empty", prose.place(block.start), text)


def _never_said(prose: Prose, lint: Lint) -> Iterator[Issue]:
    """Sentences, headings, title and summary that say what is never said."""
    meta = prose.article.meta
    said: list[tuple[Place, str]] = [
        (sentence.place, sentence.text)
        for above, sentence in pairwise((None, *prose.sentences))
        if sentence is not None and not _names_what_is_told(above, sentence, lint)
    ]
    said += [(prose.place(b.start), b.title) for b in prose.blocks if b.kind == "heading"]
    said += [(prose.field("title"), meta.title), (prose.field("summary"), meta.summary)]
    for place, text in said:
        for why in dict.fromkeys(hit.why for hit in lint(text)):
            yield issue_at(
                "error",
                "never-say",
                place,
                f"{shown(text, 160)} {why}. The bot never says such a thing, so nobody would "
                "read it. Write it in another way or take it out.",
            )


def _names_what_is_told(above: Sentence | None, sentence: Sentence, lint: Lint) -> bool:
    """Whether it may be said behind the sentence before it, and is: "This is a fracture."."""
    if above is None or above.block != sentence.block or not lint(sentence.text):
        return False
    return not lint(f"{above.text} {sentence.text}")


def _long_sentences(prose: Prose) -> Iterator[Issue]:
    for sentence in prose.sentences:
        words = sentence.text.split()
        if sentence.kind != "row" and len(words) > _LONG_SENTENCE_WORDS:
            yield issue_at(
                "warning",
                "length",
                sentence.place,
                f"a sentence has {len(words)} words ({' '.join(words[:6])!r} …) and may be "
                "cut between words. Make several of it.",
            )


def _note_marks(prose: Prose) -> Iterator[Issue]:
    """Marks such as [1], which a reader of an answer would take for one of its citations."""
    for sentence in prose.sentences:
        if found := _NOTE_MARK.search(sentence.text):
            yield issue_at(
                "warning",
                "note-mark",
                sentence.place,
                f"{shown(sentence.text)} holds the mark {found[0]} of a note. Answers number "
                "their own sources in this way, so it would be taken for one. Take it out.",
            )


def _gaps(prose: Prose) -> Iterator[Issue]:
    meta = prose.article.meta
    if not meta.questions:
        text = "there are no sample questions. Add some: they are tested at every build."
        yield issue_at("warning", "questions", prose.field("questions"), text)
    if not meta.sources:
        text = "no source is named. Add one under sources."
        yield issue_at("warning", "sources", prose.field("sources"), text)


# --------------------------------------------------------------------------- all of them


def _together(proses: Sequence[Prose]) -> Iterator[Issue]:
    """What two articles, or two places of one, must not share."""
    slugs: dict[str, Prose] = {}
    for prose in proses:
        twin = slugs.setdefault(prose.article.meta.slug, prose)
        if twin is not prose:
            text = f"{prose.file} and {twin.file} have the same slug. Rename one of the two."
            yield Issue("error", prose.file, text, "slug", prose.field("slug").line)
    yield from _same_titles(proses)
    yield from _same_questions(proses)
    yield from repeated(proses)
    yield from differing_figures(proses)


def _same_titles(proses: Sequence[Prose]) -> Iterator[Issue]:
    owners: dict[str, Place] = {}
    for prose in proses:
        title, place = prose.article.meta.title, prose.field("title")
        twin = owners.setdefault(" ".join(title.casefold().split()), place)
        if twin != place:
            text = f"the title {shown(title)} stands also in {twin}. Tell the articles apart."
            yield issue_at("warning", "title", place, text, (twin,))


def _same_questions(proses: Sequence[Prose]) -> Iterator[Issue]:
    """Questions of the same words, whatever their order, marks and small words."""
    owners: dict[tuple[str, ...], Place] = {}
    for prose in proses:
        for n, question in enumerate(prose.article.meta.questions):
            place = prose.field("questions", n)
            twin = owners.setdefault(question_words(question), place)
            if twin == place:
                continue
            within = twin.file == place.file
            advice = "Remove one of them" if within else "Keep it in the article that answers it"
            text = f"the sample question {shown(question)} stands also in {twin}. {advice}."
            yield issue_at("warning", "questions", place, text, (twin,))
