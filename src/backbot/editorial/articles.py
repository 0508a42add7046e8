"""A draft becomes an article: whole or not at all, noted before it is seen, the old one kept.

    read the draft ▸ keep the old article ▸ note the approval ▸ rename ▸ remove the draft

A crash before the rename leaves the old article and the draft; the approval is then noted twice.
"""

from __future__ import annotations

import os
import tempfile
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from pathlib import Path

from backbot.corpus.reader import parse_front_matter, read_article, serialise_article
from backbot.errors import CorpusError, StateError, UsageError
from backbot.model import ArticleMeta
from backbot.ports import Records

HISTORY = ".history"
REVIEW_YEARS = 2


@dataclass(frozen=True, slots=True)
class Approved:
    """What an approval did.

    Attributes:
        meta: The article's front matter.
        path: The article.
        kept: Where the text that it replaced is, None where there was none.
    """

    meta: ArticleMeta
    path: Path
    kept: Path | None = None


def approve_draft(
    draft: Path,
    corpus: Path,
    records: Records,
    by: str,
    *,
    slug: str = "",
    replacing: bool = False,
    reviewer: str | None = None,
    today: date | None = None,
) -> Approved:
    """Make a draft an article. That is no clinical review: the reviewer is named apart.

    Args:
        draft: The file; it is gone afterwards.
        corpus: The folder of the articles.
        records: Notes the approval, and audits it.
        by: Who approves: a Telegram user id as text, or a name.
        slug: Of the article, where it is not the draft's.
        replacing: Whether it may take the place of an article that says something else; the
            old one is then kept in the corpus folder's `.history`.
        reviewer: The clinician who has reviewed it today, "" for nobody; None leaves the front
            matter as it is.
        today: Of the review, with a reviewer.

    Returns:
        What was done.

    Raises:
        UsageError: The draft is an article already.
        CorpusError: The draft is no article, there is an article of that name, or the folder
            cannot be written. The draft is where it was.
        StateError: The approval could not be noted, and so was not done.
    """
    article = read_article(draft)
    meta, data = article.meta, draft.read_bytes()
    if reviewer is not None or slug:
        meta = replace(meta, slug=slug or meta.slug)
        if reviewer is not None:
            meta = reviewed(meta, reviewer, today or datetime.now().astimezone().date())
        data = serialise_article(meta, article.body).encode()
    target = corpus / f"{meta.slug}.md"
    parse_front_matter(data.decode("utf-8-sig"), target)  # what is written can be read
    if target.exists() and target.samefile(draft):
        raise UsageError(f"{draft} is an article already. Name a draft.")
    kept: Path | None = None
    if target.exists() and target.read_bytes() != data:
        if not replacing:
            raise CorpusError(
                f"There is an article {target.name} already, and it says something else. "
                "Use --replace to put the draft in its place."
            )
        kept = keep_aside(target)
    part = _written(target, data)
    try:
        records.approve(meta.slug, by, reviewer=meta.reviewed_by)
        part.replace(target)
    except StateError as error:
        raise StateError(f"{draft.name} was not approved and stays a draft. {error}") from error
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        part.unlink(missing_ok=True)
    draft.unlink(missing_ok=True)
    return Approved(meta, target, kept)


def reviewed(meta: ArticleMeta, reviewer: str, today: date) -> ArticleMeta:
    """The front matter with who has reviewed it today and when to look again; "" for nobody."""
    if not reviewer:
        return replace(meta, reviewed_by="", reviewed_on=None, review_due=None)
    return replace(meta, reviewed_by=reviewer, reviewed_on=today, review_due=next_review(today))


def next_review(today: date) -> date:
    """The day on which an article that is reviewed today should be looked at again."""
    day = min(today.day, 28) if today.month == 2 else today.day  # noqa: PLR2004 29 February
    return today.replace(year=today.year + REVIEW_YEARS, day=day)


def write_whole(target: Path, data: bytes) -> None:
    """Write a file so that it is there whole or not at all.

    Raises:
        CorpusError: It cannot be written; what was there is there still.
    """
    part = _written(target, data)
    try:
        part.replace(target)
    except OSError as error:
        raise _unwritable(target, error) from error
    finally:
        part.unlink(missing_ok=True)


def keep_aside(path: Path) -> Path:
    """Copy a file into `.history` beside it, under its name and the time; where it is now.

    Raises:
        CorpusError: It cannot be written.
    """
    stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
    kept = path.parent / HISTORY / f"{path.stem}.{stamp}{path.suffix}"
    write_whole(kept, path.read_bytes())
    return kept


def _written(target: Path, data: bytes) -> Path:
    """A file beside the target that has reached the disk."""
    name = ""
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(dir=target.parent, prefix=".part-")
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        part = Path(name)
        part.chmod(0o644)
    except OSError as error:
        if name:
            Path(name).unlink(missing_ok=True)
        raise _unwritable(target, error) from error
    return part


def _unwritable(target: Path, error: OSError) -> CorpusError:
    return CorpusError(f"{target} cannot be written: {error.strerror}. Nothing was changed.")
