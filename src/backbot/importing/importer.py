"""Raw files in, drafts and a report out: the use case. Reads and writes the disk."""

from __future__ import annotations

import os
import re
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, field, replace
from pathlib import Path
from typing import Any

from backbot.corpus.reader import parse_front_matter, serialise_article
from backbot.errors import CorpusError, ImportRefusedError, UsageError
from backbot.importing.apart import run_apart
from backbot.importing.blocks import (
    Block,
    RawBlock,
    shape_of,
    squeeze,
    with_questions,
    with_steps,
    without_asked_marks,
)
from backbot.importing.classify import find_article, tells_when_to_seek_help
from backbot.importing.draft import (
    Draft,
    body_of,
    bring_back,
    draft_of,
    meta_of,
    slug_of,
    summary_of,
)
from backbot.importing.front import front_matter, page_address, without_site
from backbot.importing.marked import is_marked, is_page, read_marked
from backbot.importing.notes import BY_LINE, read_notes
from backbot.importing.plain import read_lines
from backbot.importing.rawfile import RawFile, decode, read_raw
from backbot.importing.structure import Outline, outline
from backbot.importing.textfix import CITES, repair_text, without_note_marks
from backbot.model import ArticleMeta, Source

_MIN_WORDS = 20
_MAX_BLOCKS = 10_000
_FEW_WORDS = 80
_MOSTLY_DROPPED = 0.7
_ENGLISH_SHARE = 0.22
_SHOWN_CHARS = 120
_OWNER = re.compile(
    r"(?:©|\(c\)|copyright)\s*(?:\d{4}(?:\s*[-–]\s*\d{4})?)?,?\s*(?:by )?"
    r"(?P<name>[A-Z][\w'& -]{2,40}?)"
    r"(?:\s*(?:\||\.|,|inc\b|ltd\b|llc\b|all rights|\d{4})|$)",
    re.IGNORECASE,
)


@dataclass(frozen=True, slots=True)
class ImportedFile:
    """What became of one input.

    Attributes:
        path: The input, as it was given.
        draft: What was made of it, None where it was refused before that.
        target: The file that was written, None where nothing was.
        unchanged: The same draft was there already.
        refusal: Why nothing was written, None where all went well.
    """

    path: Path
    draft: Draft | None = None
    target: Path | None = None
    unchanged: bool = False
    refusal: ImportRefusedError | None = None


@dataclass(frozen=True, slots=True)
class ImportReport:
    """One entry per input, in the order given."""

    files: tuple[ImportedFile, ...] = field(default_factory=tuple)

    @property
    def written(self) -> tuple[ImportedFile, ...]:
        """Those that became a draft (or were one already)."""
        return tuple(file for file in self.files if file.target is not None)

    @property
    def refused(self) -> tuple[ImportedFile, ...]:
        """Those that did not."""
        return tuple(file for file in self.files if file.refusal is not None)

    def as_dict(self) -> dict[str, Any]:
        """For `--json`: which input became which draft, what was left out and why."""
        return {"files": [_as_dict(file) for file in self.files]}


def clean_text(text: str, *, keep: Iterable[str] = ()) -> list[Block]:
    """Cut plain text into blocks and say which of them are the article. Pure.

    Args:
        text: As pasted from a page or typed.
        keep: Texts whose blocks are to stay, whatever speaks against them.

    Returns:
        All blocks in reading order, each with its kind and, if dropped, its reason.

    Raises:
        ImportRefusedError: There are more than 10 000 lines.
    """
    found = _outline(tuple(read_lines(repair_text(text))))
    return list(bring_back(found.blocks, keep)[0])


def prepare_apart(path: Path, *, keep: Sequence[str] = (), name: str = "") -> Draft:
    """`prepare` in a process of its own, which is ended where it takes too long or too much.

    Args:
        path: The file.
        keep: Texts whose blocks are to stay.
        name: The file's name for the sources, where it differs from the path's.

    Raises:
        ImportRefusedError: The file cannot become a draft; the message names it.
    """
    argument = {"path": str(path.absolute()), "keep": list(keep), "name": name or path.name}
    told = run_apart(f"{__name__}:prepare_job", argument, shown=_one_line(name or path.name))
    return draft_of(told)


def prepare_job(argument: dict[str, Any]) -> dict[str, Any]:
    """What `prepare_apart` has done for it: a draft as JSON can say it."""
    path, keep, name = Path(argument["path"]), argument["keep"], argument["name"]
    return asdict(prepare(path, keep=keep, name=name))


def prepare(path: Path, *, keep: Sequence[str] = (), name: str = "") -> Draft:
    """Make a draft of one file without writing anything.

    Args:
        path: The file.
        keep: Texts whose blocks are to stay.
        name: The file's name for the sources, where it differs from the path's.

    Raises:
        ImportRefusedError: The file cannot become a draft; the message names it.
    """
    shown = _one_line(name or path.name)
    try:
        raw = read_raw(path)
        draft = _draft(raw, keep, shown)
    except ImportRefusedError as error:
        raise ImportRefusedError(f"{shown} was not imported: {error}.") from error
    return draft


def import_files(
    paths: Iterable[Path], out_dir: Path, *, keep: Sequence[str] = (), force: bool = False
) -> ImportReport:
    """Turn raw files into drafts. One bad file does not stop the others.

    Args:
        paths: txt, html, md, pdf or docx files.
        out_dir: Where drafts go; created when missing.
        keep: Texts whose blocks are to stay in the drafts.
        force: Write over a draft that says something else. A reviewed article is never
            written over.

    Returns:
        What became of each input.

    Raises:
        UsageError: `out_dir` is no folder or cannot be written to.
    """
    files = []
    ours: set[Path] = set()
    for path in paths:
        draft: Draft | None = None
        try:
            draft = prepare_apart(Path(path), keep=keep)
            files.append(_write(Path(path), draft, out_dir, ours, force=force))
        except ImportRefusedError as error:
            files.append(ImportedFile(Path(path), draft, refusal=error))
    return ImportReport(tuple(files))


# --------------------------------------------------------------------------- reading


def _draft(raw: RawFile, keep: Sequence[str], name: str) -> Draft:
    warnings: list[str] = []
    source = Source(file=name)
    pictures = 0
    if raw.kind in ("pdf", "word"):
        # Two libraries that only such files need.
        from backbot.importing.pdf import PdfData, read_pdf  # noqa: PLC0415
        from backbot.importing.word import WordData, read_word, without_notes  # noqa: PLC0415

        data: PdfData | WordData
        if raw.kind == "pdf":
            data = read_pdf(raw.data)
            warnings.extend(
                f"page {page} holds a picture and hardly any text: is it scanned? Compare it"
                for page in data.silent
            )
        else:
            data = read_word(raw.data)
            data = replace(data, blocks=without_notes(data.blocks))
            warnings.extend(data.warnings)
        pictures = data.pictures
        found = _outline(data.blocks, title=data.title, author=data.author, whole=True)
    else:
        text, kind, notices = decode(raw)
        warnings.extend(notices)
        clip = _clip_of(repair_text(text)) if kind in ("text", "markdown") else None
        page_like = clip is not None and _is_marked_page(clip, kind)
        if kind == "markdown" and not page_like:
            return _draft_of_notes(text, keep, name, warnings)
        if kind == "page":
            from backbot.importing.page import read_page  # noqa: PLC0415 - lxml takes 4 MB

            page = read_page(text)
            if page.silent:
                many = "s" * (page.silent > 1)
                told = f"{page.silent} script{many} or embedded thing{many}"
                warnings.append(f"left out: {told}")
            pictures = page.pictures
            source = replace(source, publisher=page.publisher, url=page.url)
            found = _outline(page.blocks, title=page.title, author=page.author)
        elif clip is not None and page_like:
            found = _outline(read_marked(clip.body), title=clip.title, author=clip.author)
            source = replace(source, publisher=clip.site, url=clip.address)
            warnings.append("read as a web page that was saved as Markdown; compare the lists")
        else:
            found = _outline(tuple(read_lines(repair_text(text))))
    blocks, missed = bring_back(found.blocks, keep)
    warnings.extend(f"nothing in the file matches --keep {text!r}" for text in missed)
    blocks = _without_marks(blocks, warnings)
    body = body_of(blocks)
    words = len(body.split())
    if words < _MIN_WORDS:
        raise ImportRefusedError(
            f"{_few(words)}; open it and look whether the text is there, or only pictures of text"
        )
    title = _title_of(found, name, warnings)
    if pictures:
        warnings.append(_pictures_left_out(pictures))
    source = replace(
        source,
        title=title,
        author=found.author,
        publisher=source.publisher or _publisher(blocks),
    )
    warnings.extend(_warnings(blocks, body))
    return Draft(meta_of(title, blocks, source), body, blocks, tuple(warnings))


@dataclass(frozen=True, slots=True)
class _Clip:
    """A text that may be a page as Markdown, and what stands above it about the page.

    Attributes:
        body: The text; blank lines in place of what stood above it, so that numbers stay.
        front: Whether anything stood above it.
        address: The page's, "" where none is named.
        title: Without the site's name, "" where none is told.
        site: Its name, "" where it is not known.
        author: "" where none is told.
    """

    body: str
    front: bool = False
    address: str = ""
    title: str = ""
    site: str = ""
    author: str = ""


def _clip_of(text: str) -> _Clip:
    front, offset, _ = front_matter(text)
    body = "\n" * text[:offset].count("\n") + text[offset:]
    address = page_address(front)
    if not address:
        return _Clip(body, front=offset > 0)
    title, site = without_site(_text(front.get("title")), address)
    names = front.get("author")
    name = _text(names[0] if isinstance(names, list) and names else names).strip("[]")
    author = name.rpartition("|")[2]
    return _Clip(body, front=True, address=address, title=title, site=site, author=author)


def _is_marked_page(clip: _Clip, kind: str) -> bool:
    """Whether it is a web page as Markdown; what was written as Markdown is an article.

    A front matter is written by a person, or by the program that took the page and named it.
    """
    if kind == "text":
        return is_marked(clip.body)
    if clip.front and not clip.address:
        return False
    return is_page(clip.body, clipped=bool(clip.address))


def _without_marks(blocks: Iterable[Block], warnings: list[str]) -> tuple[Block, ...]:
    """The blocks without marks of notes in what is kept; how many is told."""
    found, result = 0, []
    for block in blocks:
        marked = block.kept and block.kind != "code"
        text, count = without_note_marks(block.text) if marked else (block.text, 0)
        result.append(replace(block, text=text))
        found += count
    if found:
        marks = "a mark of a note was" if found == 1 else f"{found} marks of notes were"
        warnings.append(f"{marks} left out, such as [1]")
    return tuple(result)


def _few(words: int) -> str:
    return f"only {words} words of text are in it" if words else "no article was found in it"


def _title_of(found: Outline, name: str, warnings: list[str]) -> str:
    """The title; where it is only a stand-in, a warning says so."""
    title = found.title or _title_from_name(name)
    if not found.title:
        warnings.append(f"no title was found; {title!r} is only the file's name")
    elif found.guessed_title:
        warnings.append("no title was found; the first heading stands in for it")
    return title


def _pictures_left_out(count: int) -> str:
    return f"{_were(count, 'picture')} left out; if one shows steps, write them down in words"


def _were(count: int, what: str) -> str:
    return f"{count} {what} was" if count == 1 else f"{count} {what}s were"


def _outline(
    raw: Sequence[RawBlock], *, title: str = "", author: str = "", whole: bool = False
) -> Outline:
    """The article among the blocks; where no stretch of text is found, all that is no clutter."""
    if len(raw) > _MAX_BLOCKS:
        raise ImportRefusedError(
            f"it has {len(raw)} lines, the limit for one article is {_MAX_BLOCKS}; split it"
        )
    raw = with_questions(with_steps(without_asked_marks(raw)))
    page = find_article(raw, whole=whole)
    if page.start == page.end and not whole:
        page = find_article(raw, whole=True)
    return outline(page, title=title, author=author)


def _draft_of_notes(text: str, keep: Sequence[str], name: str, warnings: list[str]) -> Draft:
    notes = read_notes(text)
    blocks, missed = bring_back(notes.blocks, keep)
    warnings = [*warnings, *notes.warnings]
    if notes.pictures:
        warnings.append(_pictures_left_out(notes.pictures))
    warnings.extend(f"nothing in the file matches --keep {wanted!r}" for wanted in missed)
    blocks = _without_marks(blocks, warnings)
    body = body_of(blocks, markdown=True)
    words = len(body.split())
    if words < _MIN_WORDS:
        raise ImportRefusedError(f"{_few(words)}; write the article first")
    front = notes.front
    title = _text(front.get("title")) or notes.title or _title_from_name(name)
    named = [BY_LINE.fullmatch(b.text) for b in blocks if b.reason == "by-line"]
    lines = sorted((line for line in named if line), key=lambda line: not line["explicit"])
    author = _text(front.get("author")) or next((line["name"] for line in lines), "")
    source = Source(title=title, author=author, file=name)
    meta = meta_of(title, blocks, source)
    known = {"title", "slug", "language", "summary", "sources", "tags", "questions", "author"}
    review = {"reviewed_by", "reviewed_on", "review_due"}
    left_out = [str(key) for key in front if key not in known | review]
    if left_out:
        warnings.append(f"front matter fields left out: {', '.join(sorted(left_out))}")
    if any(front.get(key) for key in review):
        warnings.append("its review was left out: a draft is a new text that nobody has reviewed")
    slug = _text(front.get("slug"))
    meta = replace(
        meta,
        slug=slug if slug and slug == slug_of(slug) else meta.slug,
        language=_text(front.get("language")) or "en",
        summary=_text(front.get("summary")) or summary_of(blocks),
        tags=_texts(front.get("tags")),
        questions=_texts(front.get("questions")) or meta.questions,
        sources=_sources(front.get("sources")) or (source,),
    )
    return Draft(meta, body, blocks, (*warnings, *_warnings(blocks, body)))


def _text(value: object) -> str:
    """A field of loaded front matter as one line; lists, dates and yes/no are none."""
    if isinstance(value, bool) or not isinstance(value, (str, int, float)):
        return ""
    return _one_line(str(value))


def _texts(value: object) -> tuple[str, ...]:
    values = value if isinstance(value, list) else [value] if isinstance(value, str) else []
    return tuple(text for text in map(_text, values) if text)


def _sources(value: object) -> tuple[Source, ...]:
    if not isinstance(value, list):
        return ()
    names = ("title", "publisher", "author", "url", "file")
    found = (
        Source(**{name: _text(entry.get(name)) for name in names})
        for entry in value
        if isinstance(entry, dict)
    )
    return tuple(source for source in found if source != Source())


def _warnings(blocks: Sequence[Block], body: str) -> list[str]:
    warnings = []
    if sum(block.kept and block.kind == "table" for block in blocks) > 1:
        warnings.append(
            "a table became a list; each row may be quoted alone, so write what its figures mean "
            "into it"
        )
    kept = sum(len(block.text.split()) for block in blocks if block.kept)
    total = sum(len(block.text.split()) for block in blocks)
    if kept < _FEW_WORDS:
        warnings.append(f"the draft has only {kept} words")
    if total and kept < (1 - _MOSTLY_DROPPED) * total:
        share = round(100 * (total - kept) / total)
        warnings.append(f"{share} % of the words were left out; look through the report")
    left_out = [b.text for b in blocks if not b.kept and b.reason != "note on a person"]
    help_lines = [
        text for text in left_out if tells_when_to_seek_help(text) and not CITES.search(text)
    ]
    said = {squeeze(block.text) for block in blocks if block.kept}
    help_lines = [line for line in help_lines if squeeze(line) not in said]
    if help_lines:
        more = f" and {len(help_lines) - 1} more" if len(help_lines) > 1 else ""
        warnings.append(
            f"a line that was left out tells when to seek help: {_cut(help_lines[0])!r}{more}"
        )
    if "\ufffd" in body:
        warnings.append("some characters were lost before the import; look for \ufffd")
    prose = " ".join(block.text for block in blocks if block.kept)
    if shape_of(prose).function_share < _ENGLISH_SHARE:
        warnings.append("the text does not read like English")
    return warnings


def _cut(text: str) -> str:
    return text if len(text) <= _SHOWN_CHARS else f"{text[:_SHOWN_CHARS].rsplit(' ', 1)[0]} …"


def _publisher(blocks: Sequence[Block]) -> str:
    """The name in a copyright line."""
    for block in reversed(blocks):
        found = _OWNER.search(block.text) if block.reason == "copyright line" else None
        if found:
            return found["name"].strip()
    return ""


def _title_from_name(name: str) -> str:
    words = re.sub(r"[\W_]+", " ", Path(name).stem).strip()
    return words.capitalize() if re.search(r"[A-Za-z]{3}", words) else "Untitled article"


def _one_line(text: str) -> str:
    return " ".join(repair_text(text).split())


# --------------------------------------------------------------------------- writing


def _write(
    path: Path, draft: Draft, out_dir: Path, ours: set[Path], *, force: bool
) -> ImportedFile:
    """Write a draft under its slug, or under slug-2 where another source has the slug."""
    try:
        out_dir.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise UsageError(
            f"Drafts cannot be put into {out_dir} ({error.strerror}). "
            "Name another folder with --to."
        ) from error
    slug = draft.meta.slug
    for number in range(1, 1000):
        meta = replace(draft.meta, slug=slug if number == 1 else f"{slug}-{number}")
        target = out_dir / f"{meta.slug}.md"
        draft = replace(draft, meta=meta)
        text = serialise_article(meta, draft.body)
        if not os.path.lexists(target):
            _put(target, text)
            ours.add(target)
            return ImportedFile(path, draft, target)
        there, same_source = _existing(target, meta)
        if there == text:
            ours.add(target)
            return ImportedFile(path, draft, target, unchanged=True)
        if target in ours or not same_source:
            continue
        _refuse_or_pass(path, target, force=force)
        _put(target, text)
        ours.add(target)
        return ImportedFile(path, draft, target)
    raise ImportRefusedError(f"{path.name} was not imported: too many drafts are named {slug}.")


def _existing(target: Path, meta: ArticleMeta) -> tuple[str, bool]:
    """What stands in a file, and whether it came from the same source file."""
    try:
        there = target.read_text("utf-8")
        old, _ = parse_front_matter(there, target)
    except (OSError, ValueError, CorpusError):
        return "", True
    ours = {source.file for source in meta.sources}
    return there, bool(ours & {source.file for source in old.sources}) or not old.sources


def _refuse_or_pass(path: Path, target: Path, *, force: bool) -> None:
    try:
        old, _ = parse_front_matter(target.read_text("utf-8"), target)
        reviewed = old.reviewed_by
    except (OSError, ValueError, CorpusError):
        reviewed = ""
    if reviewed:
        raise ImportRefusedError(
            f"{path.name} was not imported: {target.name} has been reviewed by {reviewed} and is "
            "never written over. Move it away or import into another folder."
        )
    if not force:
        raise ImportRefusedError(
            f"{path.name} was not imported: {target.name} is there already with another text. "
            "Use --force to write over it."
        )


def _put(target: Path, text: str) -> None:
    """Write all or nothing: a temporary file beside the target, then one rename."""
    handle, name = tempfile.mkstemp(dir=target.parent, prefix=".draft-", suffix=".tmp")
    try:
        with os.fdopen(handle, "w", encoding="utf-8", newline="\n") as file:
            file.write(text)
        os.chmod(name, 0o644)  # noqa: PTH101
        os.replace(name, target)  # noqa: PTH105
    except OSError as error:
        Path(name).unlink(missing_ok=True)
        raise ImportRefusedError(
            f"The draft {target} cannot be written ({error.strerror}). Check the free space and "
            "that this user may write there."
        ) from error


# --------------------------------------------------------------------------- for --json


def _as_dict(file: ImportedFile) -> dict[str, Any]:
    draft = file.draft
    return {
        "input": str(file.path),
        "draft": str(file.target) if file.target else None,
        "unchanged": file.unchanged,
        "refusal": str(file.refusal) if file.refusal else None,
        "title": draft.meta.title if draft else None,
        "slug": draft.meta.slug if draft else None,
        "author": draft.meta.sources[0].author if draft and draft.meta.sources else None,
        "sections": list(draft.sections) if draft else [],
        "kept": len(draft.kept) if draft else 0,
        "dropped": [
            {"line": block.line, "reason": block.reason, "text": block.text}
            for block in (draft.dropped if draft else ())
        ],
        "warnings": list(draft.warnings) if draft else [],
    }
