"""Files → Articles: the one place in this room that reads the disk.

An article is a Markdown file with YAML front matter between two `---` lines. Its body is
kept as it stands, but for line ends: they become line feeds, so that offsets mean one thing.
"""

from __future__ import annotations

import difflib
import re
import stat
from collections.abc import Callable
from datetime import date, datetime
from pathlib import Path
from typing import Any, TypeVar

import yaml

from backbot.errors import CorpusError
from backbot.model import Article, ArticleMeta, Source

FIELDS = (
    "title",
    "slug",
    "language",
    "summary",
    "sources",
    "tags",
    "reviewed_by",
    "reviewed_on",
    "review_due",
    "questions",
)
MAX_MEGABYTES = 1
SOURCE_FIELDS = ("title", "publisher", "author", "url", "file")

_OTHER_TEXTS = frozenset(
    {".doc", ".docx", ".htm", ".html", ".markdown", ".odt", ".pdf", ".rtf", ".txt", ".xhtml"}
)
_NO_TEXTS = ("README", "LICENSE", "LICENCE", "NOTICE")

# libyaml reads a thousand articles in a second, the same in Python takes ten.
_LOADER = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
_T = TypeVar("_T")

_SLUG = re.compile(r"[a-z0-9]+(?:[-_][a-z0-9]+)*")
_LANGUAGE = re.compile(r"[A-Za-z]{2,3}(?:-[A-Za-z0-9]{2,8})*")


def article_files(folder: Path) -> tuple[Path, ...]:
    """The files of a folder that are articles: `*.md`, but no README and no hidden file.

    Raises:
        CorpusError: There is no such folder, or it cannot be listed.
    """
    return tuple(
        path
        for path in _entries(folder)
        if path.suffix.lower() == ".md"
        and not path.name.startswith(".")
        and not path.stem.upper().startswith("README")
        and not path.is_dir()
    )


def not_articles(folder: Path) -> tuple[str, ...]:
    """Names of files that somebody may take for articles and nobody reads: Word, PDF, pages.

    Raises:
        CorpusError: There is no such folder, or it cannot be listed.
    """
    return tuple(
        path.name
        for path in _entries(folder)
        if path.suffix.lower() in _OTHER_TEXTS
        and not path.name.startswith((".", "~"))
        and not path.stem.upper().startswith(_NO_TEXTS)
        and not path.is_dir()
    )


def _entries(folder: Path) -> list[Path]:
    if not folder.is_dir():
        raise CorpusError(
            f"There is no corpus folder {folder}. Create it and put articles (*.md) into it, "
            "or name another one with BACKBOT_CORPUS_DIR."
        )
    try:
        entries = sorted(folder.iterdir())
    except OSError as error:
        raise CorpusError(
            f"The corpus folder {folder} cannot be listed ({error.strerror}). "
            "Give this user the right to read it."
        ) from error
    return entries


def read_corpus(folder: Path) -> tuple[Article, ...]:
    """Read every article of a folder.

    Args:
        folder: Where the `*.md` files are; README files and subfolders are left alone.

    Returns:
        Articles sorted by slug, at least one.

    Raises:
        CorpusError: The folder is missing or has no article, or a file is no article; where
            several are wrong, the first is described and the others are counted.
    """
    files = article_files(folder)
    if not files:
        raise CorpusError(
            f"There is no article in {folder}. Put Markdown files with front matter there, "
            "or make drafts of raw files with `backbot corpus import`."
        )
    articles: dict[str, Article] = {}
    faults: list[str] = []
    for path in files:
        try:
            article = read_article(path)
        except CorpusError as error:
            faults.append(str(error))
            continue
        twin = articles.setdefault(article.meta.slug, article)
        if twin is not article:
            faults.append(
                f"{twin.path.name} and {path.name} have the same slug, {article.meta.slug!r}. "
                "Rename one of the two."
            )
    if faults:
        more = f" ({len(faults) - 1} more: see `backbot corpus check`.)" if faults[1:] else ""
        raise CorpusError(faults[0] + more)
    return tuple(articles[slug] for slug in sorted(articles))


def read_article(path: Path) -> Article:
    """Read one article.

    Raises:
        CorpusError: The file cannot be read, is not UTF-8, or is no article.
    """
    try:
        text = _bytes_of(path).decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise CorpusError(
            f"{path.name} is not UTF-8 text (byte {error.start} is the first wrong one). "
            "Save it again with the encoding UTF-8."
        ) from error
    except OSError as error:
        raise CorpusError(
            f"{path.name} cannot be read ({error.strerror}). "
            "Check that the file exists and that this user may read it."
        ) from error
    meta, body = parse_front_matter(text, path)
    return Article(meta, body, path)


def _bytes_of(path: Path) -> bytes:
    """What is in a file; a pipe would never end, and a book would take hours to index."""
    status = path.stat()
    if not (stat.S_ISREG(status.st_mode) or stat.S_ISDIR(status.st_mode)):
        raise CorpusError(f"{path.name} is no ordinary file. Take it out of the folder.")
    if status.st_size > MAX_MEGABYTES * 2**20:
        raise CorpusError(
            f"{path.name} has {status.st_size / 2**20:.1f} MB, and an article may have "
            f"{MAX_MEGABYTES}. Make several articles of it."
        )
    return path.read_bytes()


def parse_front_matter(text: str, path: Path) -> tuple[ArticleMeta, str]:
    """Separate an article's front matter from its body.

    Args:
        text: The whole file; a byte order mark and any kind of line end are tolerated.
        path: For messages, and because the slug is the file's name without its ending.

    Returns:
        The front matter, and the body from its first line that is not empty.

    Raises:
        CorpusError: Front matter or body is missing, or a field is unknown or wrong.
    """
    text = text.removeprefix("\ufeff").replace("\r\n", "\n").replace("\r", "\n")
    fence = re.match(r"---[ \t]*\n(?P<yaml>(?:.*\n)*?)---[ \t]*(?:\n|$)", text)
    if fence is None:
        raise CorpusError(
            f"{path.name} has no front matter. Begin the file with a line `---`, then "
            "`title: …` and the other fields, then another line `---`."
        )
    meta = _Fields(path, _load_yaml(fence["yaml"], path)).meta()
    body = text[fence.end() :].lstrip("\n")
    if not body.strip():
        raise CorpusError(
            f"{path.name} has no text below its front matter. "
            "Write the article or remove the file."
        )
    return meta, body


def serialise_article(meta: ArticleMeta, body: str) -> str:
    """The file's text, from which `parse_front_matter` gives the same front matter and body.

    Empty fields are left out. The body's leading empty lines go, and its last line gets an end.
    """
    fields: dict[str, Any] = {}
    for name in FIELDS:
        value = getattr(meta, name)
        if name == "sources":
            value = [_source_fields(source) for source in value]
        elif isinstance(value, tuple):
            value = list(value)
        if value:
            fields[name] = value
    front = yaml.dump(fields, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=96)
    body = body.replace("\r\n", "\n").replace("\r", "\n").lstrip("\n")
    return f"---\n{front}---\n\n{body}" + ("" if body.endswith("\n") else "\n")


def _source_fields(source: Source) -> dict[str, str]:
    return {name: getattr(source, name) for name in SOURCE_FIELDS if getattr(source, name)}


def _load_yaml(text: str, path: Path) -> dict[object, object]:
    try:
        node, values = _parse_yaml(text)
    except (yaml.YAMLError, RecursionError) as error:
        mark = getattr(error, "problem_mark", None)
        # One more for the opening fence, one because marks count from 0.
        place = f" in line {mark.line + 2}" if mark else ""
        problem = getattr(error, "problem", None) or "it is not YAML"
        raise CorpusError(
            f"The front matter of {path.name} cannot be read{place}: {problem}. "
            "A text with a colon or a quotation mark must stand in quotes."
        ) from error
    except ValueError as error:
        # PyYAML builds dates while loading, and 2025-02-30 is none.
        raise CorpusError(
            f"The front matter of {path.name} has an impossible value: {error}. Correct it."
        ) from error
    if not isinstance(node, yaml.MappingNode) or not isinstance(values, dict):
        raise CorpusError(
            f"The front matter of {path.name} must be fields, one a line, such as "
            "`title: Heat or cold?`."
        )
    names = [key.value for key, _ in node.value if isinstance(key, yaml.ScalarNode)]
    for name in names:
        if names.count(name) > 1:
            raise CorpusError(
                f"{path.name} has the field {name!r} {names.count(name)} times. Keep one of them."
            )
    return values


def _parse_yaml(text: str) -> tuple[yaml.Node | None, object]:
    """The node, which still has repeated fields, and its value."""
    loader = _LOADER(text)
    try:
        node = loader.get_single_node()
        return node, loader.construct_document(node) if node else None
    finally:
        loader.dispose()


class _Dumper(yaml.SafeDumper):
    """Puts text with line ends of any kind in double quotes, where they survive."""

    def text(self, text: str) -> yaml.Node:
        style = '"' if len(text.splitlines()) > 1 else None
        return self.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _Dumper.text)


class _Fields:
    """Takes typed values out of loaded front matter and names what is wrong."""

    def __init__(self, path: Path, values: dict[object, object]) -> None:
        self._path = path
        self._values = values

    def meta(self) -> ArticleMeta:
        self._refuse_unknown(self._values, FIELDS, "field")
        title = self._text("title")
        if not title:
            raise CorpusError(
                f"{self._path.name} has no title. Add `title: …` to its front matter."
            )
        return ArticleMeta(
            slug=self._slug(),
            title=title,
            language=self._language(),
            summary=self._text("summary"),
            sources=self._list("sources", self._source),
            tags=self._list("tags", self._as_text),
            reviewed_by=self._text("reviewed_by"),
            reviewed_on=self._date("reviewed_on"),
            review_due=self._date("review_due"),
            questions=self._list("questions", self._as_text),
        )

    def _refuse_unknown(
        self, values: dict[object, object], known: tuple[str, ...], what: str
    ) -> None:
        for name in values:
            if name in known:
                continue
            near = difflib.get_close_matches(str(name).lower(), known, n=1, cutoff=0.0)
            raise CorpusError(
                f"{self._path.name} has an unknown {what} {str(name)!r}; "
                f"the nearest valid one is {near[0]!r}. Correct or remove it. "
                f"Valid are: {', '.join(known)}."
            )

    def _wrong(self, field: str, value: object, wanted: str) -> CorpusError:
        return CorpusError(
            f"{self._path.name}: the field {field!r} must be {wanted}, not {_described(value)}."
        )

    def _as_text(self, field: str, value: object) -> str:
        if not isinstance(value, str):
            raise self._wrong(field, value, "text (put it in quotes)")
        return value.strip()

    def _text(self, field: str) -> str:
        value = self._values.get(field)
        return "" if value is None else self._as_text(field, value)

    def _slug(self) -> str:
        slug, stem = self._text("slug") or self._path.stem, self._path.stem
        if not _SLUG.fullmatch(slug):
            raise CorpusError(
                f"{self._path.name}: {slug!r} is no slug. Use small letters a-z, digits and "
                "single hyphens, for example heat-or-cold."
            )
        if slug != stem:
            raise CorpusError(
                f"{self._path.name}: the slug is {slug!r} but the file's name says {stem!r}. "
                f"Rename the file to {slug}.md or write `slug: {stem}`."
            )
        return slug

    def _language(self) -> str:
        language = self._text("language") or "en"
        if not _LANGUAGE.fullmatch(language):
            raise self._wrong("language", language, "a language code such as en or pt-BR")
        return language

    def _date(self, field: str) -> date | None:
        value = self._values.get(field)
        if value is None or value == "":
            return None
        if isinstance(value, str):
            try:
                return date.fromisoformat(value.strip())
            except ValueError:
                pass
        elif isinstance(value, date) and not isinstance(value, datetime):
            return value
        raise self._wrong(field, value, "a date such as 2026-03-31")

    def _list(self, field: str, item: Callable[[str, object], _T]) -> tuple[_T, ...]:
        value = self._values.get(field)
        if value is None:
            return ()
        if not isinstance(value, list):
            raise self._wrong(field, value, "a list, each entry on a line that begins with `- `")
        found = tuple(item(f"{field}[{n}]", entry) for n, entry in enumerate(value, start=1))
        if not all(found):
            raise CorpusError(f"{self._path.name}: the field {field!r} has an empty entry.")
        return found

    def _source(self, field: str, value: object) -> Source:
        if not isinstance(value, dict):
            raise self._wrong(field, value, f"fields of a source ({', '.join(SOURCE_FIELDS)})")
        self._refuse_unknown(value, SOURCE_FIELDS, f"field of {field}")
        texts = {
            str(name): self._as_text(f"{field}.{name}", entry)
            for name, entry in value.items()
            if entry is not None
        }
        if not any(texts.values()):
            raise CorpusError(f"{self._path.name}: {field} is empty. Fill it in or remove it.")
        return Source(**texts)


def _described(value: object) -> str:
    """A wrong value in a user's words."""
    kinds: dict[type, str] = {
        bool: "yes or no",
        int: "a number",
        float: "a number",
        list: "a list",
        dict: "a group of fields",
        date: "a date",
        datetime: "a date with a time",
        str: "the text",
        type(None): "empty",
    }
    kind = kinds.get(type(value), type(value).__name__)
    shown = "" if isinstance(value, (list, dict)) or value is None else f" {str(value)[:60]!r}"
    return kind + shown
