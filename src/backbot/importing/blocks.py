"""What a raw file is cut into, and what becomes of each piece. Frozen values, no I/O."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Literal

BlockKind = Literal["title", "heading", "paragraph", "item", "step", "table", "code"]


@dataclass(frozen=True, slots=True)
class RawBlock:
    """One line of a text, or one block element of a page, before anything was decided.

    Attributes:
        text: One line of plain text, characters put right, list mark taken off.
        line: Where it stands, from 1: a line (text, Markdown, HTML), a page (PDF) or a
            paragraph (Word).
        kind: What the file's own markup says it is, None where it says nothing.
        level: Heading level from 1, or 0.
        mark: The list mark that was taken off ("-", "1."), or "".
        gap: Whether a blank line stood before it.
        links: Share of its characters that are links, 0 to 1.
        outside: Why the file's own markup puts it outside the article, or "".
        prior: What the file's own markup adds to its weight: above 0 speaks for the article.
    """

    text: str
    line: int
    kind: BlockKind | None = None
    level: int = 0
    mark: str = ""
    gap: bool = False
    links: float = 0.0
    outside: str = ""
    prior: float = 0.0


@dataclass(frozen=True, slots=True)
class Block:
    """One piece of the input and the decision about it.

    Attributes:
        text: One line of plain text; list marks are outside.
        kind: What it is.
        line: Where it stands in the input, see `RawBlock.line`.
        level: Heading level from 2 in a draft, or 0.
        mark: For a step its number with the dot, "1."; else "".
        reason: Why it was left out; "" where it is kept.
    """

    text: str
    kind: BlockKind
    line: int
    level: int = 0
    mark: str = ""
    reason: str = ""

    @property
    def kept(self) -> bool:
        """Whether it is part of the draft."""
        return not self.reason


_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*")
# A full stop may have a reference behind it: [1], [2018, amended 2021], raised digits.
_SENTENCE_END = re.compile(r"[.!?]['\")\]*]*(?:\s*\[[^\[\]]{1,30}\]|[¹²³⁰⁴-⁹])*$")
_INNER_END = re.compile(r"[a-z0-9)\"'%][.!?]['\")]* +(?=[\"'(\[]?[A-Z0-9])")

# Two words and more, the later ones in small letters, no other sign than a full stop at the end.
_STOPS = re.compile(r"[A-Z][a-z]+(?: (?:[a-z]+|\d+)){1,11}\.$")

_FUNCTION_WORDS = """
a about after all also although am an and any are around as at be because been before being
between both but by can could did do does doing don't down during each either even every few
for from get had has have having he her here hers him his how however i if in into is isn't it
it's its itself just like many may me might more most much must my no nor not of off often on
once one only or other our out over own same she should since so some such than that the their
them then there these they this those through to too under until up upon us very was we were
what when where whether which while who whom whose why will with within without would you
you're your yourself
"""
FUNCTION_WORDS = frozenset(_FUNCTION_WORDS.split())


@dataclass(frozen=True, slots=True)
class Shape:
    """What can be counted in a line.

    Attributes:
        words: The words, as written.
        function_share: Share of function words (the, of, and, ...), 0 to 1.
        sentences: How many sentences end in it.
        ends: Whether it ends as a sentence does.
        stops: Whether it is a phrase with a full stop, such as "Repeat daily.": no heading.
        title_case: Share of the words that carry meaning and start with a capital, the first
            word left out; 0 where there is no such word.
    """

    words: tuple[str, ...]
    function_share: float
    sentences: int
    ends: bool
    title_case: float
    stops: bool = False

    @property
    def count(self) -> int:
        """Number of words."""
        return len(self.words)

    @property
    def prose(self) -> bool:
        """Whether it reads as running text: long enough, with function words and an end."""
        if self.count >= 25:  # noqa: PLR2004 - so long a line is no heading, whatever its end
            return self.function_share >= 0.2  # noqa: PLR2004
        enough = self.count >= 9 and self.function_share >= 0.2  # noqa: PLR2004
        return enough and (self.ends or self.sentences > 1)

    @property
    def sentence(self) -> bool:
        """Whether it is at least a short sentence."""
        if self.prose or (self.count >= 3 and self.ends and self.function_share > 0):  # noqa: PLR2004
            return True
        return self.stops and self.count >= 2 and self.title_case < 0.5  # noqa: PLR2004


def shape_of(text: str) -> Shape:
    """Count what there is to count in one line."""
    words = tuple(_WORD.findall(text))
    lower = [word.lower().replace("’", "'") for word in words]
    function = sum(word in FUNCTION_WORDS for word in lower)
    ends = bool(_SENTENCE_END.search(text.rstrip()))
    heavy = [
        word
        for word, low in zip(words[1:], lower[1:], strict=True)
        if low not in FUNCTION_WORDS and len(low) > 3  # noqa: PLR2004 - "vs", "and", "two" may be small
    ]
    return Shape(
        words=words,
        function_share=function / len(words) if words else 0.0,
        sentences=len(_INNER_END.findall(text)) + ends,
        ends=ends,
        title_case=sum(word[0].isupper() for word in heavy) / len(heavy) if heavy else 0.0,
        stops=bool(_STOPS.match(text)) and bool(heavy),
    )


_ASKS = r"(?:what|how|why|when|where|who|which|if|is|are|can|do|does|should|will|whether)\b"
_VERB = re.compile(
    rf"(?!{_ASKS})(?:[\w'-]+ ){{1,7}}?(?:is|are|was|were|has|have|can|can't|cannot|may|might|will|"
    r"must|does|do|feels?|looks?|seems?|makes?|gets?|goes|comes?|hurts?|starts?|stops?|helps?|"
    r"eases?|spreads?|keeps?|wakes?|sits?|sticks?|becomes?|gives?|moves?|runs?)\b",
    re.IGNORECASE,
)
_CLAUSE = re.compile(r"(?:when|if|after|while|once) [^,]{3,60}, ", re.IGNORECASE)


def says(text: str) -> bool:
    """Whether a short line is a statement without a full stop."""
    return bool(_VERB.match(_CLAUSE.sub("", text)))


_STEP_LABEL = re.compile(r"(?:step|exercise|tip)\s*(\d{1,2})[.):]?|(\d{1,2})[.)]", re.IGNORECASE)


def with_steps(blocks: Sequence[RawBlock]) -> list[RawBlock]:
    """Make "Step 1" on a line of its own the mark of the text below it.

    Only where 1 and 2 both stand there so, and the line below is no heading. "Step 1: Stand up."
    becomes a step as well.
    """
    blocks = _with_labels(blocks)
    numbers = {at: number for at, block in enumerate(blocks) if (number := _step_of(blocks, at))}
    if not {1, 2} <= set(numbers.values()):
        return list(blocks)
    return [
        replace(block, kind="step", mark=f"{numbers[at - 1]}.") if at - 1 in numbers else block
        for at, block in enumerate(blocks)
        if at not in numbers
    ]


_LABELLED = re.compile(r"step\s*(?P<number>\d{1,2})\s*[.):–-]\s*(?=\w)", re.IGNORECASE)


def _with_labels(blocks: Sequence[RawBlock]) -> list[RawBlock]:
    """Take "Step 1:" off what is said behind it; a short name above a text stays a heading."""
    found = [
        _LABELLED.match(block.text) if block.kind in _UNNAMED and not block.outside else None
        for block in blocks
    ]
    if not {"1", "2"} <= {label["number"] for label in found if label}:
        return list(blocks)
    result = list(blocks)
    for at, (block, label) in enumerate(zip(blocks, found, strict=True)):
        if label is None:
            continue
        below = blocks[at + 1] if at + 1 < len(blocks) and not found[at + 1] else None
        heads = below is not None and not below.mark and shape_of(below.text).sentence
        text = block.text[label.end() :]
        if shape_of(text).sentence or not heads:
            mark = f"{int(label['number'])}."
            result[at] = replace(block, text=text, kind="step", mark=mark)
    return result


_UNNAMED = (None, "paragraph", "item")


def _step_of(blocks: Sequence[RawBlock], at: int) -> int:
    """The number on a line that is nothing else and stands above a sentence, else 0."""
    block = blocks[at]
    found = _STEP_LABEL.fullmatch(
        f"{block.mark} {block.text}".strip() if block.mark else block.text
    )
    if found is None or at + 1 >= len(blocks) or block.outside:
        return 0
    below = blocks[at + 1]
    plain = below.kind in (None, "paragraph") and not below.mark and not below.outside
    return int(found[1] or found[2]) if plain and shape_of(below.text).sentence else 0


_ASKS_FIRST = re.compile(r"(?P<question>[A-Z][^.?!:;]{8,140}\?)\s+(?=[A-Z0-9\"'])")
_OF_QUESTIONS = re.compile(r"\b(?:faqs?|q ?& ?a|questions?)\b", re.IGNORECASE)
_MOST_ASKED_WORDS = 18
_TITLE_CHARS = 60
_ENOUGH_ASKED = 3


def with_questions(blocks: Sequence[RawBlock]) -> list[RawBlock]:
    """Questions with their answers behind them, several in a row, on lines of their own.

    A single paragraph may well begin with a question; three in a row, or two below "Questions",
    are a list of them that has lost its bold type.
    """
    result: list[RawBlock] = []
    run: list[tuple[RawBlock, re.Match[str]]] = []
    for block in [*blocks, None]:
        found = _asks_first(block) if block is not None else None
        if block is not None and found is not None:
            run.append((block, found))
            continue
        titled = bool(result) and bool(_OF_QUESTIONS.search(result[-1].text[:_TITLE_CHARS]))
        if len(run) >= _ENOUGH_ASKED - titled:
            for one, asked in run:
                result.append(replace(one, text=asked["question"], kind=None))
                result.append(replace(one, text=one.text[asked.end() :], gap=False))
        else:
            result.extend(one for one, _ in run)
        run = []
        if block is not None:
            result.append(block)
    return result


def _asks_first(block: RawBlock) -> re.Match[str] | None:
    if block.mark or block.outside or block.kind not in (None, "paragraph"):
        return None
    found = _ASKS_FIRST.match(block.text)
    if found is None or len(found["question"].split()) > _MOST_ASKED_WORDS:
        return None
    return found if shape_of(block.text[found.end() :]).sentence else None


_ASKED_MARK = re.compile(r"(?P<mark>[QA])[.:)]\s+(?=\S)")


def without_asked_marks(blocks: Sequence[RawBlock]) -> list[RawBlock]:
    """Without the "Q." and "A." before questions and answers, where both come more than once."""
    marks = [_ASKED_MARK.match(block.text) for block in blocks]
    found = [mark["mark"] for mark in marks if mark]
    if min(found.count("Q"), found.count("A")) < 2:  # noqa: PLR2004 - one may be an initial
        return list(blocks)
    return [
        replace(block, text=block.text[mark.end() :]) if mark else block
        for block, mark in zip(blocks, marks, strict=True)
    ]


def squeeze(text: str) -> str:
    """Letters and digits in lower case with single spaces: for comparing lines."""
    return " ".join(re.findall(r"\w+", text.lower()))


def stems(shape: Shape) -> frozenset[str]:
    """The beginnings (five letters) of the words that carry meaning, in lower case."""
    lower = (word.lower() for word in shape.words)
    return frozenset(w[:5] for w in lower if len(w) > 3 and w not in FUNCTION_WORDS)  # noqa: PLR2004
