"""From blocks to a draft: front matter and Markdown body. Pure."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from backbot.corpus.sentences import split_sentences
from backbot.importing.blocks import Block, shape_of, squeeze
from backbot.model import ArticleMeta, Source

MAX_SLUG_CHARS = 60
MAX_QUESTIONS = 5
_MAX_SUMMARY_CHARS = 300
_MIN_SUMMARY_WORDS = 4
_ASKS = re.compile(r"(?:what|how|why|when|where|who|which)\b", re.IGNORECASE)
_ASKS_TO = re.compile(r"\w+ to\b")
_RESERVED = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d|readme.*)")
_TAG = re.compile(r"</?[A-Za-z!][^<>\n]{0,300}>")


@dataclass(frozen=True, slots=True)
class Draft:
    """An article proposed from a raw file; nothing has been written yet.

    Attributes:
        meta: Front matter; its slug is a proposal that may clash with a file.
        body: Markdown, no first-level heading: the title stands in the front matter.
        blocks: All blocks of the input, kept and dropped, in reading order.
        warnings: One sentence each.
    """

    meta: ArticleMeta
    body: str
    blocks: tuple[Block, ...]
    warnings: tuple[str, ...] = ()

    @property
    def sections(self) -> tuple[str, ...]:
        """The headings."""
        return tuple(block.text for block in self.blocks if block.kept and block.kind == "heading")

    @property
    def kept(self) -> tuple[Block, ...]:
        """What the draft is made of."""
        return tuple(block for block in self.blocks if block.kept)

    @property
    def dropped(self) -> tuple[Block, ...]:
        """What was left out, each with its reason."""
        return tuple(block for block in self.blocks if not block.kept)


def draft_of(told: Mapping[str, Any]) -> Draft:
    """A draft from what `dataclasses.asdict` and JSON have made of it; it has no dates."""
    meta = dict(told["meta"])
    sources = tuple(Source(**source) for source in meta.pop("sources"))
    tags, questions = tuple(meta.pop("tags")), tuple(meta.pop("questions"))
    return Draft(
        ArticleMeta(**meta, sources=sources, tags=tags, questions=questions),
        told["body"],
        tuple(Block(**block) for block in told["blocks"]),
        tuple(told["warnings"]),
    )


def bring_back(
    blocks: Sequence[Block], keep: Iterable[str]
) -> tuple[tuple[Block, ...], list[str]]:
    """Take dropped blocks back in whose text holds one of the given texts.

    Args:
        blocks: All blocks of an input.
        keep: Texts; case, punctuation and white space do not matter.

    Returns:
        The blocks, and those of `keep` that no block holds.
    """
    wanted = {text: squeeze(text) for text in keep}
    missed = [
        text
        for text, key in wanted.items()
        if not key or not any(key in squeeze(block.text) for block in blocks)
    ]
    result = list(blocks)
    for at, block in enumerate(blocks):
        key = squeeze(block.text) if block.reason and wanted else ""
        if not any(want and want in key for want in wanted.values()):
            continue
        # A short line that comes back above text was its heading.
        below = next((later for later in blocks[at + 1 :] if later.kept), None)
        short = block.kind == "paragraph" and not shape_of(block.text).sentence
        if short and below is not None and below.kind != "heading":
            result[at] = replace(block, reason="", kind="heading", level=2)
        else:
            result[at] = replace(block, reason="")
    return tuple(result), missed


def body_of(blocks: Iterable[Block], *, markdown: bool = False) -> str:
    """The kept blocks as Markdown.

    Args:
        blocks: In reading order.
        markdown: Their texts are Markdown already and stay as they are.
    """
    parts: list[str] = []
    previous = ""
    for block in blocks:
        if not block.kept or block.kind == "title":
            continue
        text = block.text if markdown else _safe(block.text)
        if not text:
            continue
        if block.kind == "heading":
            text = f"{'#' * max(block.level, 2)} {text}"
        elif block.kind in ("item", "table"):
            text = f"- {text}"
        elif block.kind == "step":
            # Markdown knows no list with letters
            text = f"{block.mark if block.mark[:1].isdigit() else '-'} {text}"
        kind = "item" if block.kind == "table" else block.kind
        listed = kind in ("item", "step") and kind == previous
        parts.append(text if not parts else f"\n{text}" if listed else f"\n\n{text}")
        previous = kind
    return "".join(parts) + "\n" if parts else ""


def _safe(text: str) -> str:
    """Text that Markdown reads as text: no tags, no marks at its beginning."""
    while text != (cleaned := _TAG.sub("", text)):
        text = cleaned
    return re.sub(r"^(?:[#>+*=~`|-]+\s*)+(?=\S)", "", " ".join(text.split()))


def meta_of(title: str, blocks: Sequence[Block], source: Source) -> ArticleMeta:
    """Propose front matter: nobody has reviewed it, and staff complete it."""
    return ArticleMeta(
        slug=slug_of(title),
        title=title,
        language="en",
        summary=summary_of(blocks),
        sources=(source,),
        questions=questions_of(blocks),
    )


def slug_of(title: str) -> str:
    """Small letters, digits and single hyphens; never empty, never a reserved file name."""
    plain = unicodedata.normalize("NFKD", title).encode("ascii", "ignore").decode().lower()
    plain = plain.replace("'", "")
    words = re.findall(r"[a-z0-9]+", plain)
    slug = ""
    for word in words:
        longer = f"{slug}-{word}" if slug else word[:MAX_SLUG_CHARS]
        if len(longer) > MAX_SLUG_CHARS:
            break
        slug = longer
    if not slug or _RESERVED.fullmatch(slug):
        slug = f"article-{slug}" if slug else "article"
    return slug


def summary_of(blocks: Sequence[Block]) -> str:
    """The first whole sentence of the paragraphs; where all are short, the first of them."""
    short = ""
    for block in blocks:
        if not block.kept or block.kind != "paragraph":
            continue
        text = " ".join(_TAG.sub("", block.text).split())
        for start, end in split_sentences(text):
            shape = shape_of(text[start:end])
            if not shape.ends:
                continue
            if shape.count < _MIN_SUMMARY_WORDS:  # "Hormones." before what it is about
                short = short or text[start:end]
            else:
                return _cut(text[start:end])
    return _cut(short)


def _cut(sentence: str) -> str:
    if len(sentence) <= _MAX_SUMMARY_CHARS:
        return sentence
    return sentence[:_MAX_SUMMARY_CHARS].rsplit(" ", 1)[0] + " …"


def questions_of(blocks: Sequence[Block]) -> tuple[str, ...]:
    """Headings (the title too) that ask something, at most five."""
    found: dict[str, str] = {}
    for block in blocks:
        if not block.kept or block.kind not in ("title", "heading"):
            continue
        text = re.sub(r"^\(?(?:\d{1,2}|[A-Za-z])[.):]\s*", "", block.text).strip()
        asks = text.endswith("?") or (_ASKS.match(text) and len(text.split()) > 2)  # noqa: PLR2004
        if asks and len(text) <= 120:  # noqa: PLR2004
            bare = text.rstrip(" .:!?")
            mark = "?" if text.endswith("?") or _ASKS_TO.match(text) else ""
            found.setdefault(squeeze(text), bare + mark)
    return tuple(found.values())[:MAX_QUESTIONS]
