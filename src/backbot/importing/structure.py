"""Title, headings, lists and paragraphs of a found article. Pure."""

from __future__ import annotations

import itertools
import re
import statistics
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

from backbot.importing.blocks import Block, BlockKind, says, squeeze, stems
from backbot.importing.classify import Judged, Page
from backbot.importing.people import NAME_LINE

_LEAD = re.compile(r"^[\w(][\w ,'()/&-]{1,48}: +\S")
_BY = re.compile(
    r"(?:^|(?<![Rr]eviewed )(?<![Cc]hecked )\b)(?i:by|author|written by):? "
    r"(?P<name>(?:(?:Dr|Prof)\.? )?[A-Z][\w.'’-]+(?: [A-Z][\w.'’-]*){1,3}"
    r"(?:, (?:[A-Z][A-Za-z.]{1,5})\b)*)"
)
# "Call for an appointment: 0123 456 789"; "2019 to 2024" and "L4/5" are none.
_TELEPHONE = re.compile(r"(?:\+|\b0)\d[\d ()/-]{6,}\d")
_ADDRESS = re.compile(r"https?://|\bwww\.|\w@\w")
_STOPS_HERE = ("before the article", "after the article")
_TITLE_CASE = 0.5
_MAX_TITLE_WORDS = 20
_MIN_TITLE_CHARS = 12
_SUBTITLE_WORDS = range(6, 31)
_PHRASE = 0.15
_BOXES = ("newsletter box", "advert", "related articles", "note on a person", "links only", "form")


@dataclass(frozen=True, slots=True)
class Outline:
    """An article with its parts named.

    Attributes:
        title: "" where none was found.
        author: "" where none was found.
        blocks: All blocks of the input, kept and dropped, in reading order.
        guessed_title: Whether the title is only the first heading.
    """

    title: str
    author: str
    blocks: tuple[Block, ...]
    guessed_title: bool = False


def outline(page: Page, *, title: str = "", author: str = "") -> Outline:
    """Name the parts of an article.

    Args:
        page: The judged blocks and the stretch that is the article.
        title: What the file's own data says, "" where it says nothing.
        author: The same for the author.
    """
    title_at = _find_title(page, title)
    found = title or (page.blocks[title_at].raw.text if title_at is not None else "")
    kinds = _kinds(page, title_at, found)
    _drop_ends(page)
    first = next((at for at, kind in sorted(kinds.items()) if kind == "heading"), None)
    guessed = not found and first is not None
    if guessed and first is not None:
        found = page.blocks[first].raw.text
    return Outline(
        title=found.rstrip(" :|"),
        author=author or _find_author(page),
        blocks=tuple(_blocks(page, kinds)),
        guessed_title=guessed,
    )


# --------------------------------------------------------------------------- title, author


def _find_title(page: Page, known: str) -> int | None:
    """The block that is the title, None where there is none."""
    if page.start == page.end:
        return None
    first = next((at for at, block in page.live() if block.prose or block.item), page.start)
    key = squeeze(known)
    best, best_score = None, 0.0
    texts = [squeeze(block.raw.text) for block in page.blocks]
    entries = _contents(page)
    said = Counter(stem for _, block in page.live() if block.prose for stem in stems(block.shape))
    for at in range(max(first - 40, 0), min(first + 5, len(page.blocks))):
        block = page.blocks[at]
        if at >= first and not (block.heading and block.raw.level == 1):
            continue
        if not _may_be_title(block) or _heads_section(page, texts, at, first):
            continue
        if texts[at] in entries:
            continue
        own = stems(block.shape)
        shared = sum(stem in said for stem in own) / max(len(own), 2)
        # "Back pain" is in every article about it: two words that match say less than four.
        shared *= min(block.shape.count, 4) / 4
        times = texts[: first + 1].count(texts[at])
        score = _title_score(block, times, first - at) + 5 * shared
        same = key == texts[at] or (len(texts[at]) > _MIN_TITLE_CHARS and texts[at] in key)
        score += 10 if key and same else 0
        if score > best_score:
            best, best_score = at, score
    if best is not None and _is_subtitle(page, best - 1):
        best -= 1
    if best is not None:
        page.blocks[best].reason = ""
    return best


def _contents(page: Page) -> frozenset[str]:
    """The entries of the table of contents: where they come again they are headings."""
    found = (block for block in page.blocks if block.reason == "table of contents")
    return frozenset(squeeze(block.raw.text) for block in found)


def _may_be_title(block: Judged) -> bool:
    """Whether nothing in a line itself speaks against its being a title."""
    if block.raw.outside or (block.cue is not None and block.cue.reach != "tail"):
        return False
    if not block.label or block.item or block.shape.count > _MAX_TITLE_WORDS:
        return False
    if block.raw.text.startswith("by "):
        return False
    return not _tells_how_to_reach(block)


def _tells_how_to_reach(block: Judged) -> bool:
    return bool(_ADDRESS.search(block.raw.text) or _TELEPHONE.search(block.raw.text))


def _heads_section(page: Page, texts: list[str], at: int, first: int) -> bool:
    """Whether the line comes again in the article, above text: an entry of its contents."""
    for copy in range(max(first, at + 1), page.end - 1):
        below = page.blocks[copy + 1]
        if texts[copy] == texts[at] and (below.prose or below.item or below.leads):
            return True
    return False


def _is_subtitle(page: Page, title_at: int) -> bool:
    """Whether a phrase stands right below another phrase or a first-level heading.

    Menus have no such lines: both must have words like "and", "to", "my" in them.
    """
    if title_at < 0 or title_at + 1 >= len(page.blocks):
        return False
    title, below = page.blocks[title_at], page.blocks[title_at + 1]
    if below.heading and below.raw.level == 1:
        return False  # that is the title itself
    if title.raw.outside or title.item or title.shape.count > _MAX_TITLE_WORDS:
        return False
    if _tells_how_to_reach(title):
        return False
    once = sum(squeeze(b.raw.text) == squeeze(title.raw.text) for b in page.blocks) == 1
    named = title.raw.level == 1 or (
        once and title.label and title.cue is None and title.shape.count > 3 and _phrase(title)  # noqa: PLR2004
    )
    plain = not below.reason and below.cue is None and not below.raw.outside and not below.item
    short = (
        below.label or below.shape.sentence
    ) and _SUBTITLE_WORDS.start <= below.shape.count < _SUBTITLE_WORDS.stop
    return bool(named and plain and short and _phrase(below) and not below.question)


def _phrase(block: Judged) -> bool:
    return block.shape.function_share >= _PHRASE and block.raw.links < 0.5  # noqa: PLR2004


def _title_score(block: Judged, times: int, distance: int) -> float:
    count = block.shape.count
    if block.heading and block.raw.level == 1:
        return 8.0
    if count < 2 and not block.heading:  # noqa: PLR2004
        # A single word is a title only where it is a long one, such as a condition's name.
        return 0.5 if len(block.raw.text) > _MIN_TITLE_CHARS else 0.0
    # A question or a line directly above the text is as often a first heading: it scores less
    # than a longer or repeated line higher up, and wins where there is nothing else.
    score = 0.5 + min(count, 9) / 3 + (times > 1) + 2 * (block.raw.kind == "heading")
    return score - distance / 4


def _find_author(page: Page) -> str:
    """From a by-line near the article's head, else from the first note on a person."""
    if page.start == page.end:
        return ""
    for block in page.blocks[max(page.start - 8, 0) : page.start + 12]:
        found = _BY.search(block.raw.text) if block.reason == "by-line" else None
        if found:
            return found["name"].strip()
    notes = [b for b in page.blocks[max(page.start - 8, 0) :] if b.reason == "note on a person"]
    lines = (NAME_LINE.match(block.raw.text) for block in notes)
    # a name within a note is one; a short line above it may be a heading
    names = [*(block.bio.name for block in notes), *(line[1] for line in lines if line)]
    return next((name for name in names if " " in name), "")


# --------------------------------------------------------------------------- kinds


def _kinds(page: Page, title_at: int | None, title: str) -> dict[int, BlockKind]:
    """What each live block is. Blocks that are nothing get their reason."""
    _take_in_headings(page, title_at)
    if title_at is not None and page.blocks[title_at].raw.level == 1:
        # What stands above a page's first-level heading is none of the article.
        page.start = max(page.start, title_at)
    _drop_below_title(page, title_at)
    _drop_title_copies(page, title_at, title)
    kinds: dict[int, BlockKind] = {}
    live = list(page.live())
    for at, block in live:
        if block.raw.kind is not None and block.raw.kind != "title":
            kinds[at] = block.raw.kind
        elif block.item:
            kinds[at] = "step" if block.raw.mark[:1].isalnum() else "item"
        elif not block.label:
            kinds[at] = "paragraph"
    if title_at is not None:
        kinds[title_at] = "title"
        if _is_subtitle(page, title_at):
            kinds[title_at + 1] = "paragraph"
    _numbered_headings(live, kinds)
    _lead_lists(live, kinds)
    style = _heading_style(live, kinds)
    for run in _runs(live, kinds):
        _settle_run(live, run, kinds, style)
    _drop_lonely_headings(page, kinds)
    _drop_emptied_headings(page, kinds)
    return kinds


def _take_in_headings(page: Page, title_at: int | None) -> None:
    """The heading right above the first paragraph belongs to the article."""
    at = page.start - 1
    while at >= 0 and page.start - at <= 3:  # noqa: PLR2004
        block = page.blocks[at]
        numbered = _opens_numbers(page.blocks, at)
        if at == title_at or block.cut or not (block.label or numbered):
            break
        asks = block.heading or block.question or numbered
        if not block.reason and (asks or at == page.start - 1):
            page.start = at
        at -= 1
    if title_at is not None and title_at < page.start:
        _take_in_opening(page, title_at)
        while page.start - 1 > title_at and _is_short_text(page.blocks[page.start - 1]):
            page.start -= 1
        below = title_at + 1 + _is_subtitle(page, title_at)
        for above in range(below, page.start):
            block = page.blocks[above]
            block.reason = block.reason or "between the title and the text"
        page.start = title_at


def _is_short_text(block: Judged) -> bool:
    """Whether it is a sentence with nothing against it: too short to begin an article, no more."""
    said = block.shape.sentence and not block.label and not block.heading
    free = not block.cut and not block.raw.outside and block.raw.prior >= 0 and not block.raw.links
    return said and free and not block.reason and block.cue is None


def _opens_numbers(blocks: Sequence[Judged], at: int) -> bool:
    """Whether a short numbered line is the first of its numbers: a heading, no list's end."""
    block, above = blocks[at], blocks[at - 1] if at else None
    short = _numbered(block) and (block.question or not block.shape.sentence)
    mark = block.raw.mark.rstrip(".)")
    return (
        short and mark in ("1", "a") and not (above is not None and above.raw.text.endswith(":"))
    )


def _take_in_opening(page: Page, title_at: int) -> None:
    """Running text between a first-level heading and the found stretch opens the article."""
    if page.blocks[title_at].raw.level != 1:
        return
    for at in range(title_at + 1, page.start):
        block = page.blocks[at]
        if block.live_prose and not block.cut:
            page.start = at
            return


def _drop_below_title(page: Page, title_at: int | None) -> None:
    """Short lines under the title that share no word with the text: categories, captions."""
    if title_at is None:
        return
    title_end = title_at + _is_subtitle(page, title_at)
    begun = title_end > title_at and page.blocks[title_end].prose
    entries = _contents(page)
    live = [(at, block) for at, block in page.live() if at > title_end]
    said = frozenset(stem for _, block in live if block.prose for stem in stems(block.shape))
    for at, block in live:
        if not block.label or block.heading or block.question:
            return
        if squeeze(block.raw.text) in entries:
            return
        text_below = at + 1 < len(page.blocks) and _is_text(page.blocks[at + 1])
        text_below = text_below or _heads_bare_list(page, at)
        if begun and (text_below or _says(block) or block.raw.text.isupper()):
            return
        if not stems(block.shape) & said:
            block.reason = "between the title and the text"


def _heads_bare_list(page: Page, at: int) -> bool:
    """Whether phrases in a row stand below a line, with text below them."""
    stop = at + 1
    while stop < page.end and page.blocks[stop].label and not page.blocks[stop].reason:
        stop += 1
    ends = stop < page.end and _is_text(page.blocks[stop])
    return ends and _reads_as_list(page.blocks[at + 1 : stop])


def _is_text(block: Judged) -> bool:
    return not block.reason and (block.item or block.prose or block.leads)


def _drop_title_copies(page: Page, title_at: int | None, title: str) -> None:
    key = squeeze(title)
    for at, block in page.live():
        if at == title_at or not block.label or not key or block.item:
            continue
        if squeeze(block.raw.text) == key and (title_at is None or at - title_at < 12):  # noqa: PLR2004
            block.reason = "the title again"


def _numbered_headings(live: list[tuple[int, Judged]], kinds: dict[int, BlockKind]) -> None:
    """A numbered short line alone between paragraphs is a heading, not a list of one."""
    for place, (at, block) in enumerate(live):
        if (
            block.raw.kind is not None
            or not block.raw.mark
            or (block.shape.sentence and not block.question)
        ):
            continue
        before = live[place - 1][1] if place else None
        after = live[place + 1][1] if place + 1 < len(live) else None
        alone = not _same_numbers(before, block) and after is not None
        alone = alone and not _same_numbers(after, block)
        introduced = before is not None and before.raw.text.endswith(":")
        if block.raw.mark[0].isalnum() and alone and not introduced:
            kinds[at] = "heading"


def _numbered(block: Judged | None) -> bool:
    return block is not None and block.raw.mark[:1].isalnum()


def _same_numbers(block: Judged | None, other: Judged) -> bool:
    """Whether both bear figures, or both letters: a) and b) may stand below "3. Digging"."""
    figures = other.raw.mark[:1].isdigit()
    return block is not None and _numbered(block) and block.raw.mark[:1].isdigit() == figures


def _lead_lists(live: list[tuple[int, Judged]], kinds: dict[int, BlockKind]) -> None:
    """Lines of the form "Posture: sitting for hours ..." in a row are a list."""
    row: list[int] = []
    for at, block in [*live, (-1, None)]:
        plain = block is not None and block.raw.kind is None and not block.raw.mark
        if block is not None and plain and _LEAD.match(block.raw.text) and not _headline(block):
            row.append(at)
            continue
        if len(row) > 1:
            kinds.update(dict.fromkeys(row, "item"))
        row = []


def _headline(block: Judged) -> bool:
    """Whether a line with a colon in it is a heading: capitals all through, or nothing after."""
    return block.raw.text.endswith(":") or (not block.shape.ends and block.shape.title_case > 0.8)  # noqa: PLR2004


@dataclass(frozen=True, slots=True)
class _Style:
    """How the headings of a text are written, by the single short lines above a paragraph.

    Attributes:
        title_case: Their usual share of capitals.
        words: The most words that one has; 0 where there are too few of them.
        gaps: Whether all have a blank line before them.
    """

    title_case: float
    words: int
    gaps: bool


def _heading_style(live: list[tuple[int, Judged]], kinds: dict[int, BlockKind]) -> _Style:
    single = [
        block
        for place, (at, block) in enumerate(live[:-1])
        if at not in kinds
        and (place == 0 or live[place - 1][0] in kinds)
        and live[place + 1][0] in kinds
    ]
    shares = [block.shape.title_case for block in single if block.shape.count > 1]
    enough = len(single) >= _ENOUGH_HEADINGS
    return _Style(
        statistics.median(shares) if shares else 0.0,
        max(block.shape.count for block in single) if enough else 0,
        enough and all(block.raw.gap for block in single),
    )


def _runs(live: list[tuple[int, Judged]], kinds: dict[int, BlockKind]) -> list[range]:
    """Stretches of `live` that have no kind yet."""
    runs = []
    place = 0
    while place < len(live):
        stop = place
        while stop < len(live) and live[stop][0] not in kinds:
            stop += 1
        if stop > place:
            runs.append(range(place, stop))
        place = stop + 1
    return runs


def _settle_run(
    live: list[tuple[int, Judged]], run: range, kinds: dict[int, BlockKind], style: _Style
) -> None:
    """Short lines in a row: a heading, a list with or without headings around it, or clutter."""
    before = live[run.start - 1][1] if run.start else None
    places = list(run)
    opens = run.stop < len(live)
    heads: list[int] = []
    if opens and _is_last_heading(live, places, before, style):
        heads.append(places.pop())
    introduced = before is not None and before.raw.text.rstrip().endswith(":")
    if introduced:
        items = places
    elif len(places) == 1 and heads:
        heads, items = [*places, *heads], []
    elif len(places) > 1 and not _is_among(live, run, run.start, style):
        heads, items = [places[0], *heads], places[1:]
    else:
        items = places
    for place in heads:
        kinds[live[place][0]] = "heading"
    in_list = introduced or _reads_as_list([live[place][1] for place in items])
    for place in items:
        at, block = live[place]
        if in_list:
            kinds[at] = "item"
        else:
            block.reason = "short line, neither a heading nor part of a list"


def _is_last_heading(
    live: list[tuple[int, Judged]], places: Sequence[int], before: Judged | None, style: _Style
) -> bool:
    """Whether the last of some short lines above a paragraph is its heading."""
    last = live[places[-1]][1]
    introduced = before is not None and before.raw.text.rstrip().endswith(":")
    if last.question:
        return True
    if len(places) == 1:
        return not introduced or last.raw.gap
    others = [live[place][1] for place in places[:-1]]
    apart = last.raw.gap and not any(block.raw.gap for block in others[1:])
    if apart or _is_among(live, range(places[0], places[-1] + 1), places[-1], style):
        return apart
    in_list = sum(block.shape.title_case for block in others) / len(others)
    if last.shape.title_case >= _TITLE_CASE > in_list:
        return True
    if style.title_case >= _TITLE_CASE:
        return last.shape.title_case >= _TITLE_CASE or last.shape.count == 1
    return len(places) == 2 or not introduced  # noqa: PLR2004


_MOST_HEADING_WORDS = 6
_ENOUGH_HEADINGS = 3
_POINTS_BACK = re.compile(
    r"(?:(?:all|any|each|most|none|some) of )?(?:these|those|them|they)\b", re.IGNORECASE
)


def _is_among(live: list[tuple[int, Judged]], run: range, place: int, style: _Style) -> bool:
    """Whether the first or last of some short lines is one of the list, not its heading.

    It says something, as most others do ("The pain sits on one side"); it is longer than all
    headings; they have a blank line before them and it has none; the text below points back.

    Args:
        live: The blocks of the article.
        run: The places of the lines.
        place: That of the first or the last.
        style: How the headings are written.
    """
    line = live[place][1]
    others = [live[other][1] for other in run if other != place]
    if len(others) < 2 or line.question or line.shape.title_case >= _TITLE_CASE:  # noqa: PLR2004
        return False
    if place != run.start:
        below = live[place + 1][1] if place + 1 < len(live) else None
        if below is not None and _POINTS_BACK.match(below.raw.text):
            return True
    said = sum(_says(other) for other in others)
    if _says(line) and 2 * said >= len(others):
        return True
    if style.gaps and not line.raw.gap:
        return True
    return style.words > 0 and line.shape.count > max(style.words, _MOST_HEADING_WORDS)


def _says(line: Judged) -> bool:
    return says(line.raw.text)


def _reads_as_list(blocks: Sequence[Judged]) -> bool:
    """Phrases, not menu entries: more than one, with words in lower case."""
    if len(blocks) < 2:  # noqa: PLR2004
        return False
    phrases = [b for b in blocks if b.shape.count > 1 and b.shape.title_case < _TITLE_CASE]
    return len(phrases) >= 0.6 * len(blocks)


def _drop_lonely_headings(page: Page, kinds: dict[int, BlockKind]) -> None:
    """A heading with nothing below it, up to the end, is none of the article's."""
    below = False
    for at in sorted(kinds, reverse=True):
        if kinds[at] == "heading" and not below:
            page.blocks[at].reason = "heading with nothing below it"
            del kinds[at]
        else:
            below = True


def _drop_emptied_headings(page: Page, kinds: dict[int, BlockKind]) -> None:
    """A heading whose whole box was left out goes with it."""
    order = sorted(kinds)
    for at, following in itertools.pairwise(order):
        between = page.blocks[at + 1 : following]
        boxed = any(block.reason in _BOXES for block in between[:2])
        if kinds[at] == kinds[following] == "heading" and boxed:
            page.blocks[at].reason = "heading of something left out"
            del kinds[at]


def _kind_of_dropped(block: Judged) -> BlockKind:
    if block.raw.kind is not None:
        return block.raw.kind
    return "item" if block.item else "paragraph"


def _drop_ends(page: Page) -> None:
    for at, block in enumerate(page.blocks):
        if at < page.start:
            block.reason = block.reason or _STOPS_HERE[0]
        elif at >= page.end:
            block.reason = block.reason or _STOPS_HERE[1]


def _blocks(page: Page, kinds: dict[int, BlockKind]) -> list[Block]:
    levels = [
        page.blocks[at].raw.level
        for at, kind in kinds.items()
        if kind == "heading" and page.blocks[at].raw.level
    ]
    shift = 2 - min(levels, default=2)
    result: list[Block] = []
    previous = ""
    shouted = inner = False  # the last heading; whether one in small letters stands right below
    last, asking = 2, 0  # the last heading's level; that of the questions in a row
    for at, block in enumerate(page.blocks):
        kind = kinds.get(at) or _kind_of_dropped(block)
        text, level, mark = block.raw.text, 0, ""
        if kind == "heading":
            if block.raw.level:
                level, asking = min(max(block.raw.level + shift, 2), 6), 0
            elif block.question and (asking or previous == "heading"):
                # Below "FAQ" all questions stand side by side, not only the first.
                level = asking = asking or min(last + 1, 6)
            else:
                below = previous == "heading"
                inner = not text.isupper() and (inner or (below and shouted))
                level, asking = 2 + (inner or below), 0
            last, shouted = level, text.isupper()
            text = f"{block.raw.mark} {text}" if block.raw.mark else text
        elif kind == "step":
            mark = block.raw.mark or "1."
        result.append(Block(text, kind, block.raw.line, level, mark, block.reason))
        previous = previous if block.reason else kind
    return result
