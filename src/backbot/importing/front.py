"""What stands above a Markdown text about the text: front matter, a clipping's page. Pure."""

from __future__ import annotations

import re
import tomllib
from typing import Any
from urllib.parse import urlsplit

import yaml

from backbot.importing.blocks import squeeze

_TOML = re.compile(r"\+\+\+[ \t]*\n(?P<toml>.*?)\n\+\+\+[ \t]*(?:\n|$)", re.DOTALL)
_FRONT = re.compile(r"---[ \t]*\n(?P<yaml>.*?)\n---[ \t]*(?:\n|$)", re.DOTALL)
# A reader that turns pages into Markdown writes this above them.
_READER = re.compile(
    r"Title: (?P<title>[^\n]{1,300})\n+URL Source: (?P<source>\S{1,900})\n+"
    r"(?:[A-Z][\w ]{2,30}: [^\n]{0,300}\n+){0,6}?Markdown Content:[ \t]*\n"
)
_MAX_FRONT_CHARS = 20_000
_PAGE_FIELDS = ("source", "url", "source_url", "original_url", "original", "canonical", "link")
_ADDRESS = re.compile(r"https?://[^\s<>\"']{4,900}$")
_LAST_PART = re.compile(r"(?P<title>.{8,}?)\s+[|–—·»-]\s+(?P<site>[^|–—·»]{2,60})$")


def front_matter(text: str) -> tuple[dict[str, Any], int, list[str]]:
    """The fields above a text as loaded, where the text begins, and warnings."""
    found = _FRONT.match(text)
    if found is None:
        reader = _READER.match(text)
        return (reader.groupdict(), reader.end(), []) if reader else _toml_front(text)
    source = found["yaml"]
    if len(source) > _MAX_FRONT_CHARS or re.search(r"[:\-]\s+[&*]\w", source):
        return (
            {},
            found.end(),
            ["the front matter is too long or uses references; it was left out"],
        )
    try:
        loaded = yaml.safe_load(source)
    except (yaml.YAMLError, ValueError, RecursionError):
        return {}, found.end(), ["the front matter cannot be read; it was left out"]
    return (loaded if isinstance(loaded, dict) else {}), found.end(), []


def _toml_front(text: str) -> tuple[dict[str, Any], int, list[str]]:
    """Front matter between lines of +++, as Hugo writes it."""
    found = _TOML.match(text)
    if found is None:
        return {}, 0, []
    if len(found["toml"]) > _MAX_FRONT_CHARS:
        return {}, found.end(), ["the front matter is too long; it was left out"]
    try:
        loaded = tomllib.loads(found["toml"])
    except (tomllib.TOMLDecodeError, RecursionError):
        return {}, found.end(), ["the front matter cannot be read; it was left out"]
    return loaded, found.end(), []


def page_address(front: dict[str, Any]) -> str:
    """The address of the page that a clipping was taken from, "" where none is named."""
    for name in _PAGE_FIELDS:
        value = front.get(name)
        first = value[0] if isinstance(value, list) and value else value
        if isinstance(first, str) and _ADDRESS.match(first.strip()):
            return first.strip()
    return ""


def without_site(title: str, address: str) -> tuple[str, str]:
    """A page's title without the site's name behind it, and that name, "" where none is there.

    A last part is the site's name where its words stand in the address, or behind a stroke.
    """
    found = _LAST_PART.match(title)
    if found is None:
        return title, ""
    host = "".join(re.findall(r"[a-z0-9]", (urlsplit(address).hostname or "").lower()))
    words = [word for word in squeeze(found["site"]).split() if word not in ("the", "and")]
    stroke = "|" in title[found.end("title") : found.start("site")]
    if words and (stroke or all(word in host for word in words)):
        return found["title"], found["site"].strip()
    return title, ""
