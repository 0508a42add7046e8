"""HTML pages: markup to blocks, with what the markup knows about each.

lxml reads the page; nothing in it is run or fetched. Scripts, styles and pictures give no
blocks. What the markup calls a menu, a footer, a share bar and the like is handed on with that
reason, so that the report can name it.
"""

from __future__ import annotations

import itertools
import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field, replace

from lxml import etree, html

from backbot.errors import ImportRefusedError
from backbot.importing.blocks import BlockKind, RawBlock, shape_of, squeeze
from backbot.importing.plain import block_of, filled, labelled, table_row
from backbot.importing.textfix import raised, repair_text

_SILENT_NAMES = """
script style noscript template svg math iframe object embed video audio canvas head map
link meta base title source track param
"""
_SILENT = frozenset(_SILENT_NAMES.split())
_FIELDS_NAMES = """
button select option textarea input datalist
"""
_FIELDS = frozenset(_FIELDS_NAMES.split())
_INLINE_NAMES = """
a abbr acronym b bdi bdo big cite code data del dfn em font i img ins kbd label mark q s
samp small span strike strong sub sup time tt u var wbr o nobr
"""
_INLINE = frozenset(_INLINE_NAMES.split())
_LISTS = frozenset(("ul", "ol", "menu", "dir"))
_HEADINGS = {f"h{level}": level for level in range(1, 7)}

_PULLED = "pulled quote"

# Words of class and id names, and what they say about the element.
_NAMES: tuple[tuple[str, frozenset[str]], ...] = tuple(
    (reason, frozenset(words.split()))
    for reason, words in (
        ("cookie notice", "cookie cookies consent gdpr onetrust cookiebar"),
        ("pop-up", "popup modal lightbox overlay dialog toast offcanvas interstitial"),
        ("menu", "nav navbar navigation menu submenu topbar megamenu subnav topnav sitenav"),
        ("breadcrumb", "breadcrumb breadcrumbs crumbs"),
        ("side column", "sidebar aside rail sidenav leftbar rightbar"),
        ("page footer", "footer colophon bottombar"),
        (
            "share bar",
            "share sharing sharebar sharedaddy social socials addthis addtoany sharethis",
        ),
        (
            "related articles",
            (
                "related relatedposts recommended recommendations yarpp recirc teaser "
                "teasers outbrain taboola trending popular upnext readmore morestories prevnext"
            ),
        ),
        ("newsletter box", "newsletter subscribe subscription signup optin mailchimp mailinglist"),
        (
            "advert",
            (
                "ad ads advert adverts advertisement adslot adsense sponsor sponsored promo "
                "promotion promobox dfp cta"
            ),
        ),
        ("comments", "comment comments commentlist disqus respond replies"),
        ("praise of readers or patients", "testimonial testimonials"),
        ("note on a person", "bio biography authorbox authorbio contributor aboutauthor"),
        ("by-line", "byline dateline postmeta entrymeta articlemeta timestamp"),
        ("tags", "tags tagcloud taglist posttags catlinks"),
        ("table of contents", "toc tableofcontents"),
        ("page numbers", "pagination pager pagenav"),
        ("picture caption", "caption figcaption credit credits photocredit"),
        ("for screen readers only", "skip skiplink sronly"),
        ("log-in box", "login signin logout"),
        ("search box", "search searchform searchbox"),
        (_PULLED, "pullquote"),
        ("list of references", "references footnotes citations"),
        ("rating", "rating ratings stars"),
    )
)
_PAIRS = {
    ("author", "box"): "note on a person",
    ("author", "bio"): "note on a person",
    ("author", "info"): "note on a person",
    ("author", "card"): "note on a person",
    ("author", "profile"): "note on a person",
    ("about", "author"): "note on a person",
    ("team", "member"): "note on a person",
    ("entry", "meta"): "by-line",
    ("post", "meta"): "by-line",
    ("article", "meta"): "by-line",
    ("post", "navigation"): "page numbers",
    ("post", "nav"): "page numbers",
    ("screen", "reader"): "for screen readers only",
    ("sr", "only"): "for screen readers only",
    ("visually", "hidden"): "for screen readers only",
    ("read", "next"): "related articles",
    ("read", "more"): "related articles",
    ("more", "stories"): "related articles",
    ("you", "may"): "related articles",
    ("latest", "posts"): "related articles",
    ("recent", "posts"): "related articles",
    ("call", "action"): "advert",
}
_AROUND = frozenset(("has", "with", "no", "without", "is", "single", "page", "layout"))
_TAGS = {
    "nav": "menu",
    "aside": "side column",
    "footer": "page footer",
    "dialog": "pop-up",
    "figcaption": "picture caption",
    "address": "address or opening hours",
}
_FORM_WORDS = 80
_ROLES = {
    "navigation": "menu",
    "banner": "page header",
    "contentinfo": "page footer",
    "complementary": "side column",
    "dialog": "pop-up",
    "alertdialog": "pop-up",
    "search": "search box",
    "menu": "menu",
    "menubar": "menu",
    "tooltip": "pop-up",
    "toolbar": "menu",
}
_FOLDED = re.compile(r"accordion|collaps|faq|answer|toggle|tab|panel|expand", re.IGNORECASE)
_HIDDEN_STYLE = re.compile(r"display\s*:\s*none|visibility\s*:\s*hidden", re.IGNORECASE)
_BOLD_STYLE = re.compile(r"font-weight\s*:\s*(?:bold|bolder|[6-9]00)\b", re.IGNORECASE)
_ALL_MARKS = 0.9
_BOLD = ("\ue000", "\ue001")  # around bold words while a block is filled; in no text
_BOLD_WORDS = 14
_NAME_WORDS = 8
_ASIDE_WORDS = range(8, 81)
_OURS = re.compile(r"\b(?:our|us|we)\b|£|\$|€", re.IGNORECASE)
_BOLD_QUESTION = re.compile(
    rf"\A\s*(?:{_BOLD[0]}[^{_BOLD[1]}?.!\n]{{0,160}}{_BOLD[1]}\s*)*"
    rf"{_BOLD[0]}[^{_BOLD[1]}?.!\n]{{0,160}}\?\s*{_BOLD[1]}(?=\s*[^\s{_BOLD[0]}])"
)
_MAIN_SHARE = 0.75
_SHARE_OF_PAGE = 0.4  # an element with more of the page's text is never thrown out by its name


@dataclass(frozen=True, slots=True)
class PageData:
    """What a page says about itself and holds.

    Attributes:
        blocks: In the order of the markup.
        title: From its metadata, "" where it has none.
        author: The same.
        publisher: The site's name.
        url: The page's own address.
        language: As in the `lang` attribute.
        silent: How many scripts, styles and embedded things were passed over.
        pictures: How many pictures stand in the page's main part.
    """

    blocks: tuple[RawBlock, ...]
    title: str = ""
    author: str = ""
    publisher: str = ""
    url: str = ""
    language: str = ""
    silent: int = 0
    pictures: int = 0


def read_page(text: str) -> PageData:
    """Cut an HTML page into blocks.

    Args:
        text: The page, decoded.

    Raises:
        ImportRefusedError: There is no markup to read.
    """
    text = re.sub(r"^\s*<\?xml[^>]*\?>", "", text)
    parser = html.HTMLParser(
        remove_comments=True, remove_pis=True, no_network=True, huge_tree=True
    )
    try:
        root = html.document_fromstring(text, parser=parser)
    except (etree.ParserError, etree.XMLSyntaxError, ValueError) as error:
        raise ImportRefusedError("it holds no readable HTML") from error
    if any("depth" in entry.message for entry in parser.error_log):
        # The parser lets go of what stands deeper, and nothing may vanish silently.
        raise ImportRefusedError(
            "its elements are nested too deeply to be read whole; copy its text into a .txt file"
        )
    _mark_raised(root)
    silent = sum(1 for tag in ("script", "iframe", "object", "embed") for _ in root.iter(tag))
    facts = _facts(root)
    main = _main_part(root)
    return PageData(
        blocks=tuple(_with_own_quotes(list(_Walk(root, main).blocks()))),
        title=_title(root, facts),
        author=facts.get("author", ""),
        publisher=facts.get("publisher", ""),
        url=facts.get("url", ""),
        language=(root.get("lang") or "").strip(),
        silent=silent,
        pictures=sum(1 for _ in main.iter("img")) if main is not None else 0,
    )


def _mark_raised(root: html.HtmlElement) -> None:
    """Raised digits stay raised; those that link to a note are written as its mark, [1]."""
    for node in list(root.iter("sup")):
        text = "".join(node.itertext()).strip()
        bare, above = text.strip("[]"), node.getparent()
        # one within another has gone with it
        if above is None or raised(bare) == bare:
            continue
        linked = node.find(".//a") is not None or above.tag == "a"
        for child in list(node):
            node.remove(child)
        node.text = f"[{bare}]" if linked or text[0] == "[" else raised(bare)


# --------------------------------------------------------------------------- blocks


def _with_own_quotes(blocks: list[RawBlock]) -> Iterator[RawBlock]:
    """A pulled quote says again what the text says; where the text does not, it is text."""
    said = " ".join(squeeze(block.text) for block in blocks if block.outside != _PULLED)
    for block in blocks:
        own = block.outside == _PULLED and squeeze(block.text) not in said
        yield replace(block, outside="") if own else block


@dataclass(slots=True)
class _Open:
    """A block that is being filled."""

    kind: BlockKind | None = None
    level: int = 0
    mark: str = ""
    line: int = 0
    parts: list[str] = field(default_factory=list)
    linked: int = 0
    marked: int = 0
    bold: int = 0


class _Walk:
    """One pass over the tree, without recursion: pages may be nested thousands deep."""

    def __init__(self, root: html.HtmlElement, main: html.HtmlElement | None) -> None:
        self._root = root
        self._words = _word_counts(root)
        self._main = main
        self._out: list[RawBlock] = []
        self._open = _Open()
        self._outside: list[tuple[html.HtmlElement, str]] = []
        self._links = 0
        self._marks = 0  # links within the page
        self._bold = 0
        self._lists: list[int | None] = []
        self._items: list[tuple[html.HtmlElement, str]] = []
        self._inside_main = self._main is None
        self._line = 0

    def blocks(self) -> Iterator[RawBlock]:
        skip: html.HtmlElement | None = None
        for event, node in etree.iterwalk(self._root, events=("start", "end")):
            if not isinstance(node.tag, str):
                if event == "end":
                    self._add(node.tail)
                continue
            if event == "start":
                if skip is None and self._skips(node):
                    skip = node
                elif skip is None:
                    self._enter(node)
                continue
            if skip is None:
                self._leave(node)
            elif skip is node:
                skip = None
            else:
                continue
            if node is not self._root:
                self._add(node.tail)
        self._flush()
        yield from self._out

    def _skips(self, node: html.HtmlElement) -> bool:
        if node.tag in _SILENT:
            return True
        if node.tag == "table" and not self._outside and _is_data_table(node):
            self._flush()
            for caption in node.iter("caption"):
                self._emit(_text_of(caption), _Open("paragraph", line=caption.sourceline or 0))
            rows = [row for row in node.iter("tr") if any(map(_text_of, row))]
            cells = [list(map(_text_of, row.iterchildren("td", "th"))) for row in rows]
            told = labelled(cells, headed=_is_header(rows[0]))
            for row, texts in zip(rows[len(rows) - len(told) :], told, strict=True):
                self._emit(table_row(filled(texts)), _Open("table", line=row.sourceline or 0))
            return True
        return False

    def _enter(self, node: html.HtmlElement) -> None:
        tag = node.tag
        self._line = node.sourceline or self._line
        if tag == "br":
            self._open.parts.append("\n")
            return
        if tag not in _INLINE or _is_block_link(node):
            self._flush()
        if node is self._main:
            self._inside_main = True
        reason = self._reason(node)
        if reason:
            if tag in _INLINE:
                self._flush()
            self._outside.append((node, reason))
        self._count(node, 1)
        if tag in _LISTS:
            start = node.get("start", "1")
            self._lists.append((int(start) if start.isdigit() else 1) if tag == "ol" else None)
        elif tag == "li":
            self._items.append((node, self._next_mark()))
        self._shape_block(node)
        self._add(node.text)

    def _count(self, node: html.HtmlElement, by: int) -> None:
        """Count what the text inside is: a link elsewhere, a link within the page, bold."""
        if node.tag == "a" and _leads_away(node):
            self._links += by
        elif node.tag == "a" and node.get("href"):
            self._marks += by
        elif node.tag in ("b", "strong") or _BOLD_STYLE.search(node.get("style") or ""):
            self._bold += by

    def _shape_block(self, node: html.HtmlElement) -> None:
        """Give the block that begins here its kind."""
        tag = node.tag
        level = _HEADINGS.get(tag, 0)
        if not level and node.get("role") == "heading":
            level = (
                int(node.get("aria-level", "2")) if node.get("aria-level", "2").isdigit() else 2
            )
        if level:
            self._open = _Open("heading", level, line=self._line)
        elif tag in _INLINE:
            return
        elif self._items and tag not in ("ul", "ol"):
            kind: BlockKind = "step" if self._items[-1][1][:1].isdigit() else "item"
            self._open = _Open(kind, mark=self._items[-1][1], line=self._line)
        elif tag == "p":
            self._open = _Open("paragraph", line=self._line)
        else:
            self._open = _Open(line=self._line)

    def _leave(self, node: html.HtmlElement) -> None:
        tag = node.tag
        if tag == "br":
            return
        if tag not in _INLINE or _is_block_link(node):
            self._flush()
        self._close(node)
        left_out = bool(self._outside) and self._outside[-1][0] is node
        if left_out:
            self._flush()
            self._outside.pop()
        if node is self._main:
            self._inside_main = False
        if tag not in _INLINE or left_out:
            # What was left out amid a line ends here; the line goes on as what it was.
            parent = node.getparent()
            while parent is not None and left_out and parent.tag in _INLINE:
                parent = parent.getparent()
            if parent is not None and isinstance(parent.tag, str):
                self._shape_block(parent)

    def _close(self, node: html.HtmlElement) -> None:
        """Undo what entering the element counted."""
        tag = node.tag
        self._count(node, -1)
        if tag in _LISTS and self._lists:
            self._lists.pop()
        elif tag == "li" and self._items:
            self._items.pop()

    def _next_mark(self) -> str:
        if not self._lists or self._lists[-1] is None:
            return "-"
        number = self._lists[-1]
        self._lists[-1] = number + 1
        return f"{number}."

    def _add(self, text: str | None) -> None:
        if not text:
            return
        if not self._open.line:
            self._open.line = self._line
        text = re.sub(r"\s+", " ", text)
        self._open.parts.append(f"{_BOLD[0]}{text}{_BOLD[1]}" if self._bold else text)
        size = len(text.strip())
        self._open.linked += size if self._links else 0
        self._open.marked += size if self._marks else 0
        self._open.bold += size if self._bold else 0

    def _flush(self) -> None:
        block, self._open = self._open, _Open(line=self._line)
        runs_in = block.kind in (None, "paragraph") and not block.mark
        parts = _bold_apart("".join(block.parts), runs_in=runs_in)
        lines = [line.strip() for line in parts.split("\n")]
        text = " ".join(line for line in lines if line)
        if not text.strip():
            return
        if "" in lines[1:-1] or sum(bool(block_of(line, 0).mark) for line in lines if line) > 1:
            for part in _line_groups(lines):
                if part.strip():
                    self._emit(part.replace("\n", " "), replace_kind(block))
            return
        shouted = text.isupper() and 1 < len(text.split()) <= _NAME_WORDS
        if block.kind == "paragraph" and (shouted or block.bold >= 0.9 * len(text)):
            block.kind = None
        self._emit(text, block)

    def _emit(self, text: str, block: _Open) -> None:
        text = repair_text(re.sub(r"\s+", " ", text)).strip().rstrip("¶").rstrip()
        if not text:
            return
        outside = self._outside[-1][1] if self._outside else ""
        if not outside and block.kind is None and block.marked > _ALL_MARKS * len(text):
            outside = "table of contents"
        raw = RawBlock(
            text,
            block.line,
            block.kind,
            block.level,
            block.mark,
            links=min(block.linked / len(text), 1.0),
            outside=outside,
            prior=0.0 if self._inside_main else -15.0,
        )
        if raw.kind in (None, "paragraph") and not raw.mark:
            plain = block_of(text, block.line)
            if plain.mark or raw.kind is None:
                raw = replace(raw, text=plain.text, mark=plain.mark, kind=None)
        if self._joins(raw):
            last = self._out[-1]
            # "Warm up" on a line of its own names what stands below it in the same item.
            named = len(last.text.split()) <= _NAME_WORDS and last.text[-1].isalnum()
            glue = ": " if named and raw.text[:1].isupper() else " "
            self._out[-1] = replace(last, text=f"{last.text}{glue}{raw.text}")
            return
        if raw.text:
            self._out.append(raw)

    def _joins(self, raw: RawBlock) -> bool:
        """Whether it is the second paragraph of a list item."""
        if not self._items or raw.kind not in ("item", "step"):
            return False
        node, mark = self._items[-1]
        if not mark:
            last = self._out[-1] if self._out else None
            return last is not None and last.kind == raw.kind and last.outside == raw.outside
        # The first block of an item takes the mark; what follows in it has none left.
        self._items[-1] = (node, "")
        return False

    def _reason(self, node: html.HtmlElement) -> str:
        """Why the markup puts an element outside the article, "" where it does not."""
        if node.tag in ("html", "body", "main", "h1"):
            return ""
        reason = _named_reason(node)
        if not reason or (reason == _TAGS["aside"] and self._is_told_aside(node)):
            return ""
        share = self._words.get(node, 0) / max(self._words[self._root], 1)
        if node is self._main or share > _SHARE_OF_PAGE:
            return ""
        has_title = node.find(".//h1") is not None or node.find(".//main") is not None
        return "" if has_title and reason != "pop-up" else reason

    def _is_told_aside(self, node: html.HtmlElement) -> bool:
        """Whether a box amid the article tells something: no link, no field, not of "us"."""
        if node.tag != "aside" or not self._inside_main or self._outside:
            return False
        if node.get("role") or _reason_of_names(node) or self._words[node] not in _ASIDE_WORDS:
            return False
        if _OURS.search(_text_of(node)) or any(True for _ in node.iter(*_FIELDS, "form", "a")):
            return False
        return any(below.tag in ("p", "h2", "h3", "ul", "ol") for below in node.itersiblings())


def _bold_apart(text: str, *, runs_in: bool) -> str:
    """Without the signs of bold; a line that is bold all through stands apart as headings do.

    `runs_in`: a bold question with its answer behind it stands apart too.
    """
    if runs_in:
        text = _BOLD_QUESTION.sub(lambda found: f"{found[0]}\n\n", text, count=1)
    lines = text.split("\n")
    for at, line in enumerate(lines):
        bold = "".join(re.findall(f"{_BOLD[0]}([^{_BOLD[1]}]*)", line)).strip()
        bare = re.sub(f"[{''.join(_BOLD)}]", "", line)
        short = len(bare.split()) <= _BOLD_WORDS and not shape_of(bare).sentence
        alone = len(lines) > 1 and bold and bold == bare.strip().rstrip(":") and short
        lines[at] = f"\n{bare}\n" if alone else bare
    return "\n".join(lines)


def _line_groups(lines: list[str]) -> Iterator[str]:
    """What stands between empty lines; where that is a list, line by line."""
    for part in "\n".join(lines).split("\n\n"):
        inner = [line for line in part.split("\n") if line]
        listed = sum(bool(block_of(line, 0).mark) for line in inner) > 1
        yield from inner if listed else [part]


def replace_kind(block: _Open) -> _Open:
    """The same block without a kind: a paragraph that line breaks cut into several."""
    return _Open(
        None if block.kind == "paragraph" else block.kind, block.level, block.mark, block.line
    )


def _leads_away(node: html.HtmlElement) -> bool:
    """Whether it is a link to somewhere else: no place mark and no link within the page."""
    target = node.get("href")
    if target is None:
        return node.get("name") is None and node.get("id") is None
    return not target.startswith("#")


def _is_block_link(node: html.HtmlElement) -> bool:
    """A card: a link around blocks."""
    return node.tag == "a" and any(
        isinstance(child.tag, str) and child.tag not in _INLINE and child.tag != "br"
        for child in node.iterchildren()
    )


def _named_reason(node: html.HtmlElement) -> str:
    """What an element's tag, role, visibility and names say against it, "" for nothing."""
    tag = node.tag
    if tag in _TAGS:
        return _TAGS[tag]
    if tag in _FIELDS:
        # The questions of folded answers are often buttons.
        folds = node.get("aria-expanded") or node.get("aria-controls")
        asks = tag == "button" and (folds or _text_of(node).endswith("?")) and _words_in(node) > 1
        return "" if asks else "button or form field"
    if tag == "form" and node.find(".//input") is not None and _words_in(node) < _FORM_WORDS:
        return "form"
    role = _ROLES.get((node.get("role") or "").lower(), "")
    return role or ("hidden on the page" if _is_hidden(node) else _reason_of_names(node))


def _reason_of_names(node: html.HtmlElement) -> str:
    names = f"{node.get('class') or ''} {node.get('id') or ''}"
    if not names.strip():
        return ""
    for name in names.split():
        spaced = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", name)
        words = [word.lower() for word in re.findall(r"[A-Za-z]+", spaced)]
        # "has-sidebar", "no-share": the element around such a thing, not the thing
        if not words or words[0] in _AROUND:
            continue
        for pair in itertools.pairwise(words):
            if pair in _PAIRS:
                return _PAIRS[pair]
        for reason, known in _NAMES:
            if known & set(words):
                return reason
    return ""


def _is_hidden(node: html.HtmlElement) -> bool:
    hidden = (
        node.get("hidden") is not None
        or node.get("aria-hidden") == "true"
        or _HIDDEN_STYLE.search(node.get("style") or "")
    )
    if not hidden:
        return False
    # The answers of folded questions, and all tabs but the first, are hidden until they are
    # clicked on; they are text.
    if node.get("role") == "tabpanel" or node.get("hidden") == "until-found":
        return False
    names = f"{node.get('class') or ''} {node.get('id') or ''}"
    return (
        not _FOLDED.search(names)
        and node.getparent() is not None
        and node.getparent().tag != "details"
    )


def _words_in(node: html.HtmlElement) -> int:
    """Words in a small element, such as a form or a cell."""
    return sum(len(text.split()) for text in node.itertext())


def _word_counts(root: html.HtmlElement) -> dict[html.HtmlElement, int]:
    """Words in every element, in one pass: asking each anew would take for ever on deep pages."""
    counts: dict[html.HtmlElement, int] = {}
    for _, node in etree.iterwalk(root, events=("end",)):
        silent = node.tag in _SILENT or not isinstance(node.tag, str)
        counts[node] = 0 if silent else len((node.text or "").split())
        for child in node.iterchildren():
            if not silent:
                counts[node] += counts.get(child, 0) + len((child.tail or "").split())
    return counts


def _main_part(root: html.HtmlElement) -> html.HtmlElement | None:
    """The smallest element that holds three quarters of the page's running text."""
    words: dict[html.HtmlElement, int] = {}
    inside: dict[html.HtmlElement, bool] = {}
    total = 0
    for node in root.iter("p", "li", "td", "div", "blockquote", "dd", "section"):
        own = "".join([node.text or "", *(_inline_text(child) for child in node)])
        shape = shape_of(own)
        if not shape.prose:
            continue
        for above in _line_up(node):
            if above not in inside:
                inside[above] = not _named_reason(above)
        if not all(inside[above] for above in _line_up(node)):
            continue
        total += shape.count
        for above in _line_up(node):
            words[above] = words.get(above, 0) + shape.count
    enough = [node for node, count in words.items() if count >= _MAIN_SHARE * total]
    # Elements that hold the same text are a chain; the innermost has the most ancestors.
    best = max(enough, key=lambda node: sum(1 for _ in node.iterancestors()), default=None)
    if best is not None and best.tag in ("p", "li", "td", "blockquote", "dd"):
        return best.getparent()
    return best


def _inline_text(child: html.HtmlElement) -> str:
    inline = isinstance(child.tag, str) and child.tag in _INLINE
    return ("".join(child.itertext()) if inline else " ") + (child.tail or "")


def _line_up(node: html.HtmlElement) -> Iterator[html.HtmlElement]:
    """The element and those around it, up to the body."""
    while node is not None and node.tag not in ("body", "html"):
        yield node
        node = node.getparent()


def _is_data_table(table: html.HtmlElement) -> bool:
    if table.find(".//table") is not None or table.find(".//h1") is not None:
        return False
    rows = [row for row in table.iter("tr") if len(list(row.iterchildren("td", "th"))) > 1]
    cells = [_words_in(cell) for row in rows for cell in row.iterchildren("td", "th")]
    return len(rows) > 1 and max(cells) <= 60 and bool(cells)  # noqa: PLR2004


def _is_header(row: html.HtmlElement) -> bool:
    """Whether the markup says that a row is a header, or all of its cells are bold."""
    cells = list(row.iterchildren("td", "th"))
    head = row.getparent() is not None and row.getparent().tag == "thead"
    marked = all(
        cell.tag == "th"
        or "".join(_text_of(bold) for bold in cell.iter("b", "strong")) == _text_of(cell)
        for cell in cells
        if _text_of(cell)
    )
    return len(cells) > 1 and (head or marked)


def _text_of(node: html.HtmlElement) -> str:
    return repair_text(re.sub(r"\s+", " ", "".join(node.itertext()))).strip()


# --------------------------------------------------------------------------- its own data


def _facts(root: html.HtmlElement) -> dict[str, str]:
    """Title, author, publisher and address as the page's head states them."""
    metas: dict[str, str] = {}
    for meta in root.iter("meta"):
        name = (meta.get("property") or meta.get("name") or "").lower()
        if name and meta.get("content"):
            metas.setdefault(name, repair_text(meta.get("content")).strip())
    facts = {
        "title": metas.get("og:title", ""),
        "author": _person(metas.get("author", "")) or _person(metas.get("article:author", "")),
        "publisher": metas.get("og:site_name", "") or metas.get("application-name", ""),
        "url": metas.get("og:url", ""),
    }
    for link in root.iter("link"):
        if (link.get("rel") or "").lower() == "canonical" and link.get("href"):
            facts["url"] = link.get("href").strip()
    if not re.match(r"https?://[^\s<>\"']+$", facts["url"]):
        facts["url"] = ""
    for thing in _linked_data(root):
        facts["title"] = facts["title"] or _string(thing.get("headline"))
        facts["author"] = facts["author"] or _person(_named(thing.get("author")))
        facts["publisher"] = facts["publisher"] or _named(thing.get("publisher"))
    nodes = root.xpath("//*[@rel='author' or @itemprop='author']")
    named = (person for node in nodes if (person := _person(_text_of(node))))
    facts["author"] = facts["author"] or next(named, "")
    return facts


def _linked_data(root: html.HtmlElement) -> Iterator[dict[str, object]]:
    """Articles described by JSON-LD; malformed descriptions are passed over."""
    for script in root.xpath("//script[@type='application/ld+json']"):
        try:
            data = json.loads(script.text or "")
        except (ValueError, RecursionError):
            continue
        things = data if isinstance(data, list) else [data]
        for thing in things:
            if isinstance(thing, dict) and isinstance(thing.get("@graph"), list):
                things = [*things, *thing["@graph"]]
        yield from (thing for thing in things if isinstance(thing, dict) and "headline" in thing)


def _named(value: object) -> str:
    if isinstance(value, list):
        value = value[0] if value else ""
    return _string(value.get("name")) if isinstance(value, dict) else _string(value)


def _string(value: object) -> str:
    return repair_text(value).strip() if isinstance(value, str) else ""


def _person(text: str) -> str:
    """A person's or team's name; addresses and account names are none."""
    text = re.sub(r"^(?:by|written by)\s+", "", text.strip(), flags=re.IGNORECASE)
    plain = 3 < len(text) < 80 and "http" not in text and "@" not in text  # noqa: PLR2004
    return text if plain and " " in text else ""


def _title(root: html.HtmlElement, facts: dict[str, str]) -> str:
    """The page's first-level heading where its head agrees with it, else what the head says."""
    node = root.find(".//title")
    head = facts["title"] or (_text_of(node) if node is not None else "")
    headings = [_text_of(h1) for h1 in root.iter("h1")]
    agreed = [
        text
        for heading in root.iter("h1", "h2", "h3")
        if (text := _text_of(heading)) and text.lower() in head.lower()
    ]
    # "Site: article": where both are headings, the site's name comes first.
    whole = [text for text in agreed if not any(text != t and text in t for t in agreed)]
    if whole:
        return whole[-1]
    if len([heading for heading in headings if heading]) == 1 and not facts["title"]:
        return next(heading for heading in headings if heading)
    site = facts.get("publisher", "")
    parts = re.split(r"\s+[|–—»·:-]\s+", head)
    if site:
        parts = [part for part in parts if part.lower() != site.lower()] or parts
    return max(parts, key=len) if parts else ""
