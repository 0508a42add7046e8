"""What is wrong with the articles, as a list: nothing is changed, nothing is embedded.

An error is a fault that a reader would meet; a warning is something that a clinic should
know. That nobody has reviewed an article is a warning: it is shown beside every citation.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Literal
from urllib.parse import unquote

from backbot.corpus.markdown import Block, parse_blocks
from backbot.corpus.reader import article_files, read_article
from backbot.corpus.sentences import split_sentences
from backbot.errors import CorpusError
from backbot.model import Article

Severity = Literal["error", "warning"]

_LONG_SENTENCE_WORDS = 120
# Shorter paragraphs may well be alike: "See a doctor if the pain gets worse."
_DUPLICATE_WORDS = 8

_TARGET = re.compile(
    r"""
      \]\( \s* (?: <(?P<angle>[^>\n]*)> | (?P<plain>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*) )
          (?: \s+ (?: "[^"]*" | '[^']*' ) )? \s* \)
    | ^\ {0,3} \[ [^\]^][^\]]* \]: \s* (?P<definition>\S+)
    | <(?:img|a)\b [^>]*? \b(?:src|href)\s*=\s* ["'](?P<html>[^"']*)["']
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_ELSEWHERE = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*:|//|#")


@dataclass(frozen=True, slots=True)
class Issue:
    """One thing to mend.

    Attributes:
        severity: "error" or "warning".
        file: The article's file name; the folder's where it concerns the whole corpus.
        message: What is wrong and what to do; it names the file.
    """

    severity: Severity
    file: str
    message: str


def check_corpus(folder: Path, today: date) -> tuple[Issue, ...]:
    """Check every article of a folder.

    Args:
        folder: Where the articles are.
        today: What reviews are compared with.

    Returns:
        Issues by file, errors first within each; empty where all is well. That the folder
        is missing or empty is an issue too. Whether sample questions find their article is
        tested at every build of the index, not here.
    """
    try:
        files = article_files(folder)
    except CorpusError as error:
        return (Issue("error", folder.name, str(error)),)
    if not files:
        text = f"There is no article in {folder}. Write one, or see `backbot corpus import`."
        return (Issue("error", folder.name, text),)
    issues: list[Issue] = []
    articles: list[Article] = []
    for path in files:
        try:
            articles.append(read_article(path))
        except CorpusError as error:
            issues.append(Issue("error", path.name, str(error)))
    for article in articles:
        issues.extend(_check_article(article, today))
    issues.extend(_check_together(articles))
    return tuple(sorted(issues, key=lambda issue: (issue.file, issue.severity)))


def _check_article(article: Article, today: date) -> Iterator[Issue]:
    blocks = parse_blocks(article.body)
    name = article.path.name
    for text in (*_empty_sections(blocks), *_broken_links(article, blocks)):
        yield Issue("error", name, f"{name}: {text}")
    for text in (*_review(article, today), *_long_sentences(article, blocks), *_gaps(article)):
        yield Issue("warning", name, f"{name}: {text}")


def _empty_sections(blocks: tuple[Block, ...]) -> Iterator[str]:
    if all(block.kind in ("heading", "break", "image") for block in blocks):
        yield "there is no text, only headings. Write the article or remove the file."
        return
    shown = [block for block in blocks if block.kind != "break"]
    for n, block in enumerate(shown):
        if block.kind != "heading":
            continue
        following = shown[n + 1] if n + 1 < len(shown) else None
        if not block.title:
            yield "a heading has no words. Name the section or remove the line."
        if following is None or (following.kind == "heading" and following.level <= block.level):
            yield f"the section {block.title!r} is empty. Write it or remove the heading."


def _broken_links(article: Article, blocks: tuple[Block, ...]) -> Iterator[str]:
    for match in _TARGET.finditer(_without_code(article.body, blocks)):
        target = next((group for group in match.groups() if group is not None), "")
        path = unquote(re.split(r"[#?]", target)[0])
        if not target:
            yield "a link leads nowhere: its address is empty. Fill it in or remove it."
        elif _ELSEWHERE.match(target):
            continue
        elif path.startswith("/"):
            yield f"{target!r} is an absolute path. Use a path relative to the article."
        elif not _exists(article.path.parent / path):
            yield f"{target!r} does not exist. Add the file or correct the link."


def _exists(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):
        return False  # a name that no file can have


def _without_code(body: str, blocks: tuple[Block, ...]) -> str:
    """The body with code and comments blanked: what stands there is no link."""
    for block in blocks:
        text = body[block.start : block.end]
        if block.kind == "code" or text.startswith("<!--"):
            body = body[: block.start] + " " * len(text) + body[block.end :]
    return re.sub(r"`[^`\n]+`", "", body)


def _review(article: Article, today: date) -> Iterator[str]:
    meta = article.meta
    if not meta.reviewed_by or meta.reviewed_on is None:
        yield (
            "not yet reviewed by a clinician. When one has read it, fill in reviewed_by, "
            "reviewed_on and review_due."
        )
        return
    if meta.reviewed_on > today:
        yield f"reviewed_on is in the future ({meta.reviewed_on}). Correct the date."
    if meta.review_due is None:
        yield "there is no review_due: nobody will be reminded. Add a date."
    elif meta.review_due < meta.reviewed_on:
        yield f"review_due ({meta.review_due}) lies before reviewed_on ({meta.reviewed_on})."
    elif meta.review_due < today:
        yield f"review overdue since {meta.review_due}. Have it reviewed again."


def _gaps(article: Article) -> Iterator[str]:
    if not article.meta.questions:
        yield "there are no sample questions. Add some: they are tested at every build."
    if not article.meta.sources:
        yield "no source is named. Add one under sources."


def _long_sentences(article: Article, blocks: tuple[Block, ...]) -> Iterator[str]:
    for start, end in _text_spans(blocks):
        text = article.body[start:end]
        for first, last in split_sentences(text):
            words = text[first:last].split()
            if len(words) > _LONG_SENTENCE_WORDS:
                yield (
                    f"a sentence has {len(words)} words ({' '.join(words[:6])!r} …) and may be "
                    "cut between words. Make several of it."
                )


def _text_spans(blocks: Iterable[Block]) -> Iterator[tuple[int, int]]:
    """Paragraphs and list items."""
    for block in blocks:
        if block.kind == "paragraph":
            yield block.start, block.end
        for item in block.items:
            yield item.start, item.end


def _check_together(articles: list[Article]) -> Iterator[Issue]:
    """What two articles must not share."""
    slugs: dict[str, str] = {}
    for article in articles:
        name = article.path.name
        twin = slugs.setdefault(article.meta.slug, name)
        if twin != name:
            text = f"{name} and {twin} have the same slug. Rename one of the two."
            yield Issue("error", name, text)
    yield from _shared(
        ((article, article.meta.title) for article in articles),
        "{name} and {twin} have the same title, {text!r}. Tell them apart.",
    )
    yield from _shared(
        ((article, question) for article in articles for question in article.meta.questions),
        "{name} and {twin} both claim the sample question {text!r}. Keep it in one of them.",
    )
    yield from _shared(
        (
            (article, article.body[start:end])
            for article in articles
            for start, end in _text_spans(parse_blocks(article.body))
            if len(article.body[start:end].split()) >= _DUPLICATE_WORDS
        ),
        "{name} and {twin} share a paragraph ({text!r}). Keep it in one of them.",
    )


def _shared(entries: Iterable[tuple[Article, str]], message: str) -> Iterator[Issue]:
    owners: dict[str, str] = {}
    for article, text in entries:
        name = article.path.name
        twin = owners.setdefault(" ".join(text.casefold().split()), name)
        if twin != name:
            shown = text if len(text) <= 80 else text[:79] + "…"  # noqa: PLR2004 - one line
            said = message.format(name=name, twin=twin, text=" ".join(shown.split()))
            yield Issue("warning", name, said)
