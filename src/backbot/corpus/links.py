"""The links and pictures of an article: where they lead, and which lead nowhere.

All of it without a network: that the other end of a web address answers is tried by
`adapters/link_check.py`, and only when asked for.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from backbot.corpus.issue import Issue, Place, Severity, issue_at
from backbot.corpus.markdown import parse_blocks, plain_text
from backbot.corpus.prose import Prose

_TARGET = re.compile(
    r"""
      (?P<picture>!)? \[ [^\]\n]* \]
          \( \s* (?: <(?P<angle>[^>\n]*)> | (?P<plain>[^\s()]*(?:\([^\s()]*\)[^\s()]*)*) )
          (?: \s+ (?: "[^"]*" | '[^']*' ) )? \s* \)
    | ^\ {0,3} \[ [^\]^][^\]]* \]: \s* (?P<definition>\S+)
    | <(?P<tag>img|a)\b [^>]*? \b(?:src|href)\s*=\s* ["'](?P<html>[^"']*)["']
    """,
    re.VERBOSE | re.MULTILINE | re.IGNORECASE,
)
_BARE = re.compile(r"\bhttps?://[^\s<>\"'\]|]+", re.IGNORECASE)
_TAIL = ".,;:!?*_"
_HALF = re.compile(r"\]\(")
_SCHEME = re.compile(r"([A-Za-z][A-Za-z0-9+.-]+):")
_DRIVE = re.compile(r"[A-Za-z]:[\\/]")
_HOST = re.compile(r"[^\s.:/@%]+(?:\.[^\s.:/@%]+)+|localhost|[0-9a-f]*:[0-9a-f:.]+")
_WEB_NAME = re.compile(r"(?:www\.|[\w-]+\.(?:com|org|net|gov|edu|uk|eu|de|info|health)(?:/|$))")
_PICTURE_STARTS = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a")


@dataclass(frozen=True, slots=True)
class Link:
    """One link or picture.

    Attributes:
        target: Where it leads, as written; "" for nowhere.
        place: Where it stands.
        picture: Whether it is shown rather than followed.
    """

    target: str
    place: Place
    picture: bool = False


def links_of(prose: Prose) -> tuple[Link, ...]:
    """The links and pictures of an article's text, in order; code and comments have none."""
    body = _without_code(prose)
    found: list[tuple[int, Link]] = []
    for match in _TARGET.finditer(body):
        groups = ("angle", "plain", "definition", "html")
        target = next((match[name] for name in groups if match[name] is not None), "")
        picture = bool(match["picture"]) or (match["tag"] or "").casefold() == "img"
        found.append((match.start(), Link(target, prose.place(match.start()), picture)))
    for match in _BARE.finditer(_TARGET.sub(_blank, body)):
        target = match.group().rstrip(_TAIL)
        while target.endswith(")") and target.count(")") > target.count("("):
            target = target[:-1].rstrip(_TAIL)
        found.append((match.start(), Link(target, prose.place(match.start()))))
    return tuple(link for _, link in sorted(found, key=lambda pair: pair[0]))


def web_addresses(proses: Iterable[Prose]) -> dict[str, tuple[Place, ...]]:
    """Every web address of some articles, sources included, with the places it stands in."""
    places: dict[str, dict[Place, None]] = {}
    for prose in proses:
        for link in (*links_of(prose), *_source_links(prose)):
            if not _address_fault(link.target) and link.target.casefold().startswith("http"):
                places.setdefault(link.target, {})[link.place] = None
    return {target: tuple(found) for target, found in places.items()}


def broken_links(proses: Iterable[Prose]) -> Iterator[Issue]:
    """Errors about links that lead nowhere and pictures that cannot be shown."""
    for prose in proses:
        for link in links_of(prose):
            for severity, text in _faults(prose, link):
                yield issue_at(severity, "link", link.place, text)
        for place in _half_links(prose):
            yield issue_at(
                "error",
                "link",
                place,
                "a link is not complete. Write it as [words](address), with %20 for a space in "
                "the address.",
            )
        for link in _source_links(prose):
            if fault := _address_fault(link.target):
                text = f"the url of a source, {link.target!r}, {fault}"
                yield issue_at("warning", "link", link.place, text)


def _without_code(prose: Prose) -> str:
    """The body with code and comments blanked: what stands there is no link."""
    body = prose.article.body
    for block in prose.blocks:
        text = body[block.start : block.end]
        if block.kind == "code" or text.startswith("<!--"):
            body = body[: block.start] + " " * len(text) + body[block.end :]
    return re.sub(r"`[^`\n]+`", _blank, body)


def _blank(match: re.Match[str]) -> str:
    return " " * len(match.group())


def _half_links(prose: Prose) -> Iterator[Place]:
    rest = _TARGET.sub(_blank, _without_code(prose))
    for match in _HALF.finditer(rest):
        yield prose.place(match.start())


def _source_links(prose: Prose) -> Iterator[Link]:
    for n, source in enumerate(prose.article.meta.sources):
        if source.url:
            yield Link(source.url, prose.field("sources", n))


def _faults(prose: Prose, link: Link) -> Iterator[tuple[Severity, str]]:
    """What is wrong with a link, if anything."""
    target = link.target
    what = "picture" if link.picture else "link"
    if not target:
        yield "error", f"a {what} leads nowhere: its address is empty. Fill it in or remove it."
    elif _DRIVE.match(target) or (target.startswith("/") and not target.startswith("//")):
        yield "error", f"{target!r} is an absolute path. Use a path relative to the article."
    elif _SCHEME.match(target) or target.startswith("//"):
        if fault := _address_fault(target):
            yield "error", f"{target!r} {fault}"
        elif link.picture:
            yield (
                "warning",
                (
                    f"the picture {target!r} lies on another site and is not shown. Save it "
                    "beside the article and name the file."
                ),
            )
    else:
        yield from _file_faults(prose, link)


def _address_fault(target: str) -> str:
    """What is wrong with the form of a web, mail or telephone address; "" for nothing."""
    try:
        parts = urlsplit(target)
        port_is_number = parts.port is None or parts.port > 0
    except ValueError:
        return "is no address. Correct it."
    scheme = parts.scheme.casefold()
    if not scheme:
        return "is no full address. Begin it with https://."
    if scheme in ("http", "https"):
        host = parts.hostname or ""
        fits = port_is_number and " " not in target and _HOST.fullmatch(host) is not None
        return "" if fits else "is no address. It should look like https://example.org/page."
    if scheme == "mailto":
        mail = re.fullmatch(r"[^@\s]+@[^@\s]+\.[^@\s]+", parts.path)
        return "" if mail else "is no mail address. Correct it."
    if scheme == "tel":
        number = re.fullmatch(r"\+?[\d().-]{3,}", unquote(parts.path).replace(" ", ""))
        return "" if number else "is no telephone number. Correct it."
    return f"begins with {scheme}:, which a patient's telephone does not open. Use https://."


# --------------------------------------------------------------------------- files


def _file_faults(prose: Prose, link: Link) -> Iterator[tuple[Severity, str]]:
    """What is wrong with a link to a file of the corpus, or to a heading."""
    target = link.target
    name, _, anchor = unquote(target.partition("?")[0]).partition("#")
    folder = prose.article.path.parent
    path = folder / name if name else prose.article.path
    if "\\" in name:
        yield "error", f"{target!r} has a backslash. Write / between folder and file."
    elif name and not _inside(folder, path):
        yield (
            "error",
            f"{target!r} lies outside the articles' folder. Copy the file into it.",
        )
    elif name and not _is_file(path):
        yield "error", f"{target!r} {_missing(folder, name)}"
    elif link.picture:
        if fault := _picture_fault(path):
            yield "error", f"the picture {target!r} {fault}"
    elif anchor and (text := _headings_of(prose, path)) is not None and anchor not in text:
        yield (
            "warning",
            f"{target!r} names the heading {anchor!r}, which is not there. Correct the link.",
        )


def _inside(folder: Path, path: Path) -> bool:
    try:
        return path.resolve().is_relative_to(folder.resolve())
    except (OSError, ValueError):
        return True  # a name that no file can have: told as missing


def _is_file(path: Path) -> bool:
    try:
        return path.is_file()
    except (OSError, ValueError):
        return False


def _missing(folder: Path, name: str) -> str:
    if _WEB_NAME.match(name):
        return "is no file here. If it is a web address, begin it with https://."
    try:
        there = [path.name for path in (folder / name).parent.iterdir()]
    except (OSError, ValueError):
        there = []
    near = difflib.get_close_matches(Path(name).name, there, n=1, cutoff=0.8)
    hint = f" Did you mean {near[0]!r}?" if near else ""
    return f"does not exist. Add the file or correct the link.{hint}"


def _picture_fault(path: Path) -> str:
    """Why a file cannot be shown as a picture, "" where it can."""
    try:
        with path.open("rb") as file:
            start = file.read(16)
    except OSError as error:
        return f"cannot be read ({error.strerror}). Give this user the right to read it."
    if not start:
        return "is an empty file. Save the picture again."
    if start.startswith(_PICTURE_STARTS) or (start[:4] == b"RIFF" and start[8:12] == b"WEBP"):
        return ""
    return "is no picture that a chat can show. Save it as PNG, JPEG, GIF or WebP."


def _headings_of(prose: Prose, path: Path) -> frozenset[str] | None:
    """The anchors of an article's headings; None where the file is no Markdown or unreadable."""
    if path == prose.article.path:
        return _anchors(block.title for block in prose.blocks if block.kind == "heading")
    if path.suffix.casefold() != ".md":
        return None
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    return _anchors(block.title for block in parse_blocks(text) if block.kind == "heading")


def _anchors(titles: Iterable[str]) -> frozenset[str]:
    """What a heading is linked by: lower case, hyphens for spaces, no other marks."""
    plain = (re.sub(r"[^\w\s-]", "", plain_text(title).casefold()).strip() for title in titles)
    return frozenset(re.sub(r"\s", "-", title) for title in plain)
