"""What people draw with characters: boxes, grids, quotes, underlined headings, leader dots. Pure.

A leaflet that was typed, or copied out of another program, has no markup; its author drew it. A
box is taken out of the lines around it, since its own lines were wrapped at the width of the box.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from backbot.importing.blocks import squeeze

HEAD = "\x01"
"""Before a line that was drawn as a heading; its level stands behind it, 0 where it has none."""
ROW = "\x03"
"""Before a line that is a row of a table already."""

_SIDES = "|│┃║"
_CORNERS = "+┌┐└┘├┤┬┴┼╔╗╚╝╠╣╦╩╬╭╮╰╯┏┓┗┛┣┫╞╡"
_STROKES = "-=─━═_"
_BAR = re.compile(rf"[{_SIDES}](?P<text>.*)$")
_EDGE = re.compile(
    rf"[{_CORNERS}{_SIDES}][{_STROKES}{_CORNERS}{_SIDES}:\s]{{2,}}$|[,.'`][{_STROKES}]{{3,}}[,.'`]$"
)
_RULE = re.compile(r"(?:([-=_~*#^+.•·─━═—–])\s*){3,}$")
_ONE_SIGN = re.compile(r"([-=_~*#^+─━═—])\1{2,}$")
_FRAME = re.compile(r"([*#%~=])\1{9,}$")
_QUOTED = re.compile(r"\s*(?:>\s?)+")
_LEADERS = re.compile(
    r"(?P<left>[^\W_].*?)\s*(?:\.{4,}|(?:\. ){3,}\.?|(?: \.){4,}|…{2,}|·{4,})\s*(?P<right>\S.*)$"
)
_DECORATED = re.compile(
    r"([=*~#_+:-])\1+\s*(?P<text>[^\W_](?:.*[^\s=*~#_+:-])?[?)!]?)\s*(?P<end>\1{2,})$"
)
_ARROWED = re.compile(r"[>»]{2,}\s*(?P<text>[^\W_][^<>«»]*?)\s*[<«]{2,}$")
_BRACKETED = re.compile(r"\[ (?P<text>[^\W\d_][^\[\]]*?) \]$")
_APART = re.compile(r"\S {4,}\S|\t")
_PICTURE = re.compile(r"\b(?:image|photo|picture|figure|video|logo|graphic)\b", re.IGNORECASE)
_HEAD_ENDS = (".", ",", ";", ":", "!")
_HEAD_WORDS = 14
_MOST_BOXED = 60
_RULED_LINES = range(2, 13)
_MOSTLY = 0.8
_NEAR = 0.4
_CAPITALS = re.compile(r"[^a-z]*[A-Z]{2}[^a-z]*$")


@dataclass(frozen=True, slots=True)
class Drawing:
    """Something that was drawn around or beside lines.

    Attributes:
        kind: What it is: a box closed on all sides, a bar or a quote sign on the left, or a grid.
        lines: What stands in it; of a grid its rows, cells between tabs.
        numbers: Where each of `lines` stood, from 1.
        headed: The first row of a grid is its header.
    """

    kind: Literal["box", "bar", "grid"]
    lines: tuple[str, ...]
    numbers: tuple[int, ...]
    headed: bool = False


_DRAWN = re.compile(
    rf"^\s*[{_CORNERS}][{_STROKES}]{{3,}}|[│┃║─━═■●]|^([-=_*~])\1{{4,}}\n[^\n]{{2,80}}\n\1{{5,}}$",
    re.MULTILINE,
)


def is_drawn(text: str) -> bool:
    """Whether somebody drew boxes, lists or headings with signs that Markdown does not have."""
    return bool(_DRAWN.search(text))


def is_rule(line: str) -> bool:
    """Whether it is a line across the page, or signs that stand for one."""
    return bool(_RULE.match(line.strip()))


def unquoted(lines: Sequence[str]) -> list[str]:
    """Without the signs of a quotation where nearly all lines have them."""
    full = [line for line in lines if line.strip()]
    quoted = sum(bool(_QUOTED.match(line)) for line in full)
    if quoted < 2 or quoted < _MOSTLY * len(full):  # noqa: PLR2004
        return list(lines)
    return [_QUOTED.sub("", line, count=1) for line in lines]


def taken_out(lines: Sequence[str]) -> tuple[list[str], list[Drawing]]:
    """The lines with blank ones in place of what was drawn, and what was drawn."""
    rest = list(lines)
    found: list[Drawing] = []
    at = 0
    while at < len(lines):
        stop, drawing = _drawing(lines, at)
        if drawing is not None:
            found.append(drawing)
            rest[at:stop] = [""] * (stop - at)
        at = max(stop, at + 1)
    return rest, found


def _drawing(lines: Sequence[str], at: int) -> tuple[int, Drawing | None]:
    line = lines[at].strip()
    if not line:
        return at, None
    if _BAR.match(line) or _EDGE.match(line):
        return _barred(lines, at)
    if _QUOTED.match(lines[at]) and not _ARROWED.match(line):
        return _quote(lines, at)
    if _FRAME.match(line):
        framed = _framed(lines, at)
        if framed is not None:
            return framed
    return _ruled(lines, at)


def _barred(lines: Sequence[str], at: int) -> tuple[int, Drawing | None]:
    """Lines between upright strokes, or behind one."""
    stop = at
    while stop < len(lines) and (
        _BAR.match(lines[stop].strip()) or _EDGE.match(lines[stop].strip())
    ):
        stop += 1
    run = [line.strip() for line in lines[at:stop]]
    edges = [bool(_EDGE.match(line)) for line in run]
    texts = [line for line, edge in zip(run, edges, strict=True) if not edge]
    inner = [_without_sides(line) for line in texts]
    drawn = any(edges)
    if len(texts) + drawn < 2:  # noqa: PLR2004
        return stop, None
    cut = sum(bool(re.search(rf"[{_SIDES}]", line)) for line in inner)
    if cut >= 2 * len(inner) / 3:
        return stop, _grid(run, edges, at) if drawn else None
    closed = sum(line[-1] in _SIDES for line in texts) >= _MOSTLY * len(texts)
    told = ["" if edge else _without_sides(line) for line, edge in zip(run, edges, strict=True)]
    numbers = tuple(range(at + 1, stop + 1))
    return stop, Drawing("box" if closed and drawn else "bar", tuple(told), numbers)


def _without_sides(line: str) -> str:
    line = line[1:]
    return (line[:-1] if line and line[-1] in _SIDES else line).removeprefix(" ").rstrip()


def _grid(run: Sequence[str], edges: Sequence[bool], at: int) -> Drawing:
    """A table with lines around its cells; a cell may go on in the next line."""
    rows: list[list[str]] = []
    numbers: list[int] = []
    groups = _groups(edges)
    ruled = sum(len(group) > 1 for group in groups) > 0 and len(groups) > 2  # noqa: PLR2004
    corners = any(edge and line[0] in _CORNERS for line, edge in zip(run, edges, strict=True))
    for group in groups:
        for n in group:
            cells = [cell.strip() for cell in re.split(rf"[{_SIDES}]", _without_sides(run[n]))]
            goes_on = n > group[0] and (ruled or (corners and not cells[0]))
            if goes_on and len(cells) == len(rows[-1]):
                rows[-1] = [
                    f"{old} {new}".strip() for old, new in zip(rows[-1], cells, strict=True)
                ]
            else:
                rows.append(cells)
                numbers.append(at + n + 1)
    headed = len(groups) > 1 and (ruled or len(groups[0]) == 1)
    return Drawing("grid", tuple("\t".join(row) for row in rows), tuple(numbers), headed=headed)


def _groups(edges: Sequence[bool]) -> list[list[int]]:
    """The places between edges."""
    groups: list[list[int]] = [[]]
    for n, edge in enumerate(edges):
        if not edge:
            groups[-1].append(n)
        elif groups[-1]:
            groups.append([])
    return [group for group in groups if group]


def _quote(lines: Sequence[str], at: int) -> tuple[int, Drawing | None]:
    """Lines behind ">": a quotation, or a list where each begins anew."""
    stop = at
    while stop < len(lines) and _QUOTED.match(lines[stop]):
        stop += 1
    told = [_QUOTED.sub("", line, count=1) for line in lines[at:stop]]
    anew = all(line[:1].isupper() and len(line) < _MOST_BOXED for line in told)
    if len(told) > 1 and anew:
        told = [f"• {line}" for line in told]
    return stop, Drawing("bar", tuple(told), tuple(range(at + 1, stop + 1)))


def _framed(lines: Sequence[str], at: int) -> tuple[int, Drawing] | None:
    """A box of stars or the like, with one at both ends of each line."""
    frame = lines[at].strip()
    sign = frame[0]
    told = [""]
    for stop in range(at + 1, min(at + _MOST_BOXED, len(lines))):
        line = lines[stop].strip()
        if _FRAME.match(line) and line[0] == sign:
            if not any(told):
                return None
            return stop + 1, Drawing("box", (*told, ""), tuple(range(at + 1, stop + 2)))
        if not (len(line) > 1 and line[0] == line[-1] == sign):
            return None
        told.append(line[1:-1].strip(sign).strip())
    return None


def _ruled(lines: Sequence[str], at: int) -> tuple[int, Drawing | None]:
    """Lines between two rules of one length that stand apart from the text around."""
    rule = lines[at].strip()
    alone = at == 0 or not lines[at - 1].strip()
    if not (_ONE_SIGN.match(rule) and len(rule) > _HEAD_WORDS and alone):
        return at, None
    for stop in range(at + 1, min(at + _RULED_LINES.stop + 1, len(lines))):
        line = lines[stop].strip()
        if line == rule:
            after = stop + 1 == len(lines) or not lines[stop + 1].strip()
            told = ["", *(text.strip() for text in lines[at + 1 : stop]), ""]
            if not after or stop - at - 1 not in _RULED_LINES:
                return at, None
            kind: Literal["box", "bar"] = "box" if _is_wrapped(told) else "bar"
            return stop + 1, Drawing(kind, tuple(told), tuple(range(at + 1, stop + 2)))
        if (not line and stop > at + 2) or is_rule(line):
            return at, None
    return at, None


def _is_wrapped(lines: Sequence[str]) -> bool:
    """Whether sentences stand there, and one goes on in the next line."""
    ends = any(line.endswith((".", "!", "?")) for line in lines)
    goes_on = (
        above[-1:].isalnum() and below[:1].islower() for above, below in itertools.pairwise(lines)
    )
    return ends and any(goes_on)


def headed_box(lines: Sequence[str]) -> list[str]:
    """The lines of a box; the first is marked as a heading where it is written as one."""
    result = list(lines)
    full = [n for n, line in enumerate(lines) if line.strip()]
    if len(full) > 1:
        first = lines[full[0]].strip()
        apart = full[1] > full[0] + 1 and not first.endswith(_HEAD_ENDS)
        shouted = bool(_CAPITALS.match(first))
        if (apart or shouted) and len(first.split()) <= _HEAD_WORDS and first[0] != HEAD:
            result[full[0]] = f"{HEAD}0{first.rstrip(':')}"
    return result


# --------------------------------------------------------------------------- lines


def with_headings(lines: Sequence[str]) -> list[str]:
    """Underlined and decorated headings marked as such; lines across the page become blank."""
    result = list(lines)
    under = {at: sign for at in range(len(lines) - 1) if (sign := _underline(lines, at))}
    first = next(iter(under.values()), "")
    once = sum(sign == first for sign in under.values()) == 1
    top = first if first in "=═" and once and under else ""
    several = len({sign for sign in under.values() if sign != top}) > 1
    for at, line in enumerate(lines):
        bare = line.strip()
        decorated = _DECORATED.match(bare) or _ARROWED.match(bare) or _BRACKETED.match(bare)
        if at in under:
            level = 1 if under[at] == top else 2 + (several and under[at] not in "=═")
            result[at] = f"{HEAD}{level}{bare}"
        elif is_rule(bare):
            result[at] = ""
        elif decorated and not _PICTURE.search(decorated["text"]):
            text = decorated["text"].strip()
            plain = text.endswith(_HEAD_ENDS) or len(text.split()) > _HEAD_WORDS
            result[at] = text if plain else f"{HEAD}0{text}"
    return result


def _underline(lines: Sequence[str], at: int) -> str:
    """The sign that underlines a line, "" where none does."""
    line, below = lines[at].strip(), _ONE_SIGN.match(lines[at + 1].strip())
    if not below or not re.search(r"[^\W\d_]{2}", line) or line.endswith(_HEAD_ENDS):
        return ""
    if _APART.search(line):
        return ""  # what stands at the top of each page, left and right
    apart = at == 0 or not lines[at - 1].strip() or is_rule(lines[at - 1])
    off = abs(len(below[0]) - len(line))
    fits = off <= 2 or (apart and off <= _NEAR * len(line))  # noqa: PLR2004
    return below[1] if fits and len(line.split()) <= _HEAD_WORDS else ""


def with_leaders(lines: Sequence[str]) -> list[str]:
    """Words and figures with dots between them: an item, or an entry of a table of contents."""
    result = list(lines)
    found = {at: match for at, line in enumerate(lines) if (match := _LEADERS.match(line.strip()))}
    keys = {
        squeeze(line.strip().lstrip(HEAD + "0123"))
        for n, line in enumerate(lines)
        if n not in found
    }
    pages = [m for m in found.values() if m["right"].isdigit() and squeeze(m["left"]) in keys]
    contents = len(pages) > 1
    for at, match in found.items():
        left, right = match["left"].rstrip(" :"), match["right"].strip()
        if contents and right.isdigit():
            result[at] = left
        else:
            result[at] = f"- {left}{'; ' if ': ' in left else ': '}{right}"
    return result
