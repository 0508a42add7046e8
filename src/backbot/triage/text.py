"""Text as typed → tokens, each with its place in the text as typed.

The steps follow the escalation specification: compatibility forms, invisible characters dropped,
quotes straightened, case folded, marks dropped; then per word elongation, look-alike letters,
leet, spaced letters, glued words, and at last the nearest word of the vocabulary.
Offsets are code points of the text as typed, always.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from functools import lru_cache

SOFT, HARD = 1, 2

# Lengths in letters, and how many slips of the keyboard a word may hold.
_SHORTEST_FUZZY, _LONG_FUZZY, _MOST_SLIPS = 5, 9, 2
_LONGEST_WORD = 60
_SHORTEST_RUN, _LONGEST_RUN, _LONGEST_PIECE, _MOST_PIECES = 6, 40, 14, 7
_FEWEST_SPACED = 3
_SHORTEST_GLUED = 3
_SHORT_GLUED = frozenset({"i", "my", "in", "to", "no", "of", "it", "is", "im", "me"})
# Said while thinking; they would only stand between a sign and its words.
_FILLERS = frozenset(
    "um umm uh uhh uhm erm er ehm hmm lol lmao omg actually literally basically honestly kinda "
    "sorta innit tbh".split()
)

_DROPPED = frozenset(
    "\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
_APOSTROPHES = frozenset("'’‘`´ʼ＇‛′")
_EMOJI_WORDS = {
    "🍑": "bum",
    "🍆": "penis",
    "🚽": "toilet",
    "🦵": "leg",
    "🦶": "foot",
    "🚫": "no",
    "❌": "no",
    "👍": "yes",
    "✅": "yes",
}
_ARABIC = str.maketrans({"ى": "ي", "ة": "ه", "ٱ": "ا"})
# Look-alikes of Latin letters (after case folding), from Unicode's confusables table.
_LOOK_ALIKES = str.maketrans(
    {
        "а": "a", "е": "e", "о": "o", "р": "p", "с": "c", "у": "y", "х": "x", "і": "i",
        "ѕ": "s", "ј": "j", "к": "k", "м": "m", "т": "t", "в": "b", "н": "h", "ԁ": "d",
        "α": "a", "ε": "e", "ο": "o", "ρ": "p", "υ": "u", "ν": "v", "ι": "i", "κ": "k",
        "τ": "t", "β": "b", "η": "n", "ɡ": "g", "ո": "n", "ս": "u", "օ": "o", "ʏ": "y",
    }
)  # fmt: skip
_LEET = str.maketrans({"0": "o", "1": "i", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b"})
_LEET_L = str.maketrans({"0": "o", "1": "l", "3": "e", "4": "a", "5": "s", "7": "t", "8": "b"})
# A number and its unit are two words ("10kg", "38.5c"); "l5" and "l3g" stay one.
_WORD = re.compile(r"\d+[.,]\d+|\d+(?=(?:kg|kgs|kilos|lb|lbs|st|ft|m|mg|yo|yr|yrs|yrold|y|am|pm|hrs|hr|h|c|f|x|th|days|weeks|months|years|min|mins)\b)|\w+")
_SPINAL_LEVEL = re.compile(r"[cltsCLTS]\d{1,2}")
_RUN = re.compile(r"(.)\1{2,}")
_RUN2 = re.compile(r"(.)\1+")
_HARD_MARKS = frozenset(".!?;\n\r؟。।")
_SOFT_MARKS = frozenset(",:()[]/\\–—→-\"“”«»،•*|&+=<>")


@dataclass(frozen=True, slots=True)
class Token:
    """One word.

    Attributes:
        word: Normalised, as the lexicon spells it.
        start: First character in the text as typed.
        end: One past the last.
        brk: What stands before it: 0 nothing, SOFT a comma or the like, HARD a sentence end.
        asks: Whether the break before it holds a question mark.
    """

    word: str
    start: int
    end: int
    brk: int
    asks: bool = False


def fold(text: str) -> tuple[str, list[int]]:
    """Case-folded text without marks and invisible characters, and each character's origin.

    Args:
        text: As typed.

    Returns:
        The folded text and, for each of its characters, the index in `text` it came from.
    """
    out: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(text):
        if char < "\x80":
            if char not in _APOSTROPHES:
                out.append(char.lower())
                origin.append(index)
            elif not _within_word(text, index):
                out.append('"')
                origin.append(index)
            continue
        if char in _DROPPED or "\ufe00" <= char <= "\ufe0f" or "\U000e0000" <= char <= "\U000e0fff":
            continue
        if char in _APOSTROPHES:
            if not _within_word(text, index):
                out.append('"')
                origin.append(index)
            continue
        if (word := _EMOJI_WORDS.get(char)) is not None:
            piece = f" {word} "
        else:
            piece = _fold_char(char)
        out.extend(piece)
        origin.extend([index] * len(piece))
    return "".join(out), origin


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    folded = unicodedata.normalize("NFKC", char).casefold().translate(_ARABIC)
    decomposed = unicodedata.normalize("NFD", folded)
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn").translate(_ARABIC)


def _within_word(text: str, index: int) -> bool:
    before = text[index - 1] if index else " "
    after = text[index + 1] if index + 1 < len(text) else " "
    return before.isalnum() and after.isalnum()


def split_words(text: str) -> list[Token]:
    """Tokens of the text, words only folded, not yet resolved against a vocabulary."""
    folded, origin = fold(text)
    tokens: list[Token] = []
    last = 0
    for match in _WORD.finditer(folded):
        gap = folded[last : match.start()]
        start, end = origin[match.start()], origin[match.end() - 1] + 1
        tokens.append(Token(match.group(), start, end, _break(gap) if tokens else 0, "?" in gap))
        last = match.end()
    return tokens


def _break(gap: str) -> int:
    if not gap or gap == " ":
        return 0
    stripped = gap.strip(" \t\"")
    # Three dots are a pause in chats, not the end of a sentence.
    if "..." in gap or "…" in gap or stripped == "..":
        return HARD if "\n" in gap or "?" in gap or "!" in gap else SOFT
    if any(c in _HARD_MARKS for c in gap):
        return HARD
    if stripped == "-" and " " not in gap:
        return 0
    return SOFT if any(c in _SOFT_MARKS for c in gap) else 0


class Speller:
    """Brings a word to the vocabulary's spelling, or leaves it alone.

    Args:
        vocabulary: Every word the lexicon knows.
        fuzzy: The words that a misspelling may be corrected to (symptoms, body parts).
        common: Correct everyday words that must never be taken for a misspelling.
        typos: Common misspellings of words too short for a measured guess, with the word meant.
    """

    def __init__(
        self,
        vocabulary: Iterable[str],
        fuzzy: Iterable[str],
        common: Iterable[str],
        typos: Mapping[str, str] | None = None,
    ) -> None:
        self._vocabulary = frozenset(vocabulary)
        self._common = frozenset(common)
        self._typos = dict(typos or {})
        self._glue = frozenset(
            w for w in self._vocabulary if len(w) >= _SHORTEST_GLUED or w in _SHORT_GLUED
        )
        self._buckets: dict[int, list[str]] = {}
        for word in sorted(set(fuzzy)):
            self._buckets.setdefault(len(word), []).append(word)
        self.resolve: Callable[[str], tuple[str, ...]] = lru_cache(maxsize=8192)(self._resolve)

    def knows(self, word: str) -> bool:
        """Whether the word is spelled as the lexicon or the dictionary spells one."""
        return word in self._vocabulary or word in self._common

    def _resolve(self, word: str) -> tuple[str, ...]:
        """The word as the lexicon spells it; several where words were glued together."""
        if self.knows(word) or len(word) > _LONGEST_WORD or word.isdigit():
            return (word,)
        for candidate in (word, *self._respelled(word)):
            if self.knows(candidate):
                return (candidate,)
            if candidate in self._typos:
                return (self._typos[candidate],)
        base = _RUN.sub(r"\1\1", word)
        single = _RUN2.sub(r"\1", word) if base != word else word
        candidates = dict.fromkeys((base, single))
        for candidate in candidates:
            if near := self._nearest(candidate, 1):
                return (near,)
        for candidate in candidates:
            if parts := self._unglue(candidate):
                return parts
        for candidate in candidates:
            if near := self._nearest(candidate, _MOST_SLIPS):
                return (near,)
        return (word,)

    def _respelled(self, word: str) -> Iterable[str]:
        if _RUN.search(word):
            yield _RUN.sub(r"\1\1", word)
            yield _RUN.sub(r"\1", word)
            yield _RUN2.sub(r"\1", word)
        if not word.isascii() and any("a" <= c <= "z" for c in word):
            yield word.translate(_LOOK_ALIKES)
        if any(c.isdigit() for c in word) and not _SPINAL_LEVEL.fullmatch(word):
            if any(c.isalpha() for c in word):
                yield word.translate(_LEET)
                yield word.translate(_LEET_L)
        elif "v" in word:
            yield word.replace("v", "u")

    def _unglue(self, word: str) -> tuple[str, ...]:
        """Two to six vocabulary words that were typed without spaces, or nothing."""
        if not _SHORTEST_RUN <= len(word) <= _LONGEST_RUN or not word.isalpha():
            return ()
        best: list[tuple[str, ...] | None] = [()] + [None] * len(word)
        for end in range(1, len(word) + 1):
            for start in range(max(0, end - _LONGEST_PIECE), end):
                head = best[start]
                if head is None or word[start:end] not in self._glue:
                    continue
                current = best[end]
                if current is None or len(head) + 1 < len(current):
                    best[end] = (*head, word[start:end])
        found = best[-1]
        return found if found and 1 < len(found) <= _MOST_PIECES else ()

    def _nearest(self, word: str, slips: int) -> str:
        """The one vocabulary word within the allowed number of slips, or ""."""
        length = len(word)
        if length < _SHORTEST_FUZZY or not word.isalpha():
            return ""
        # Imported where needed: most messages are spelled well enough.
        from rapidfuzz.distance import OSA  # noqa: PLC0415

        allowed = min(slips, 1 if length < _LONG_FUZZY else _MOST_SLIPS)
        best, best_distance = "", allowed + 1
        for other_length in range(length - allowed, length + allowed + 1):
            for other in self._buckets.get(other_length, ()):
                if min(length, len(other)) <= _SHORTEST_FUZZY and not _same_start(word, other):
                    continue
                # Two slips and another first letter make a stranger.
                limit = allowed if _same_start(word, other) else 1
                distance = OSA.distance(word, other, score_cutoff=limit)
                if distance <= limit and distance < best_distance:
                    best, best_distance = other, distance
        return best


def _same_start(word: str, other: str) -> bool:
    """Whether both begin alike, or with the first two letters swapped."""
    return other[0] == word[0] or other[:2] == word[1::-1]


def tokenise(text: str, speller: Speller) -> list[Token]:
    """Tokens with words as the lexicon spells them, without "um" and the like.

    Args:
        text: As typed.
        speller: Knows the vocabulary.

    Returns:
        Tokens in text order. A glued word gives several tokens that share its place.
    """
    out: list[Token] = []
    brk, asks = 0, False  # of fillers that were left out
    for token in _join_spaced(split_words(text), speller):
        if token.word in _FILLERS:
            brk, asks = max(brk, token.brk), asks or token.asks
            continue
        for number, word in enumerate(speller.resolve(token.word)):
            if number:
                out.append(Token(word, token.start, token.end, 0))
            else:
                out.append(
                    Token(
                        word, token.start, token.end, max(brk, token.brk), asks or token.asks
                    )
                )
        brk, asks = 0, False
    return out


def _join_spaced(tokens: list[Token], speller: Speller) -> list[Token]:
    """Join letters typed with spaces between them: "n u m b"."""
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        stop = index
        while (
            stop < len(tokens)
            and len(tokens[stop].word) == 1
            and tokens[stop].word.isalpha()
            and stop - index < _LONGEST_RUN
            and not (stop > index and tokens[stop].brk == HARD)
        ):
            stop += 1
        run = tokens[index:stop]
        word = "".join(t.word for t in run)
        joined = len(run) >= _FEWEST_SPACED and (
            speller.knows(word) or speller.resolve(word) != (word,)
        )
        if joined:
            out.append(Token(word, run[0].start, run[-1].end, run[0].brk, run[0].asks))
        else:
            out.extend(tokens[index : max(stop, index + 1)])
        index = max(stop, index + 1)
    return out
