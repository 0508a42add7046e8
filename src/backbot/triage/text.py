"""Text as typed → tokens, each with its place in the text as typed.

The steps follow the escalation specification: compatibility forms, invisible characters dropped,
quotes straightened, case folded, marks dropped; then per word elongation, look-alike letters,
leet, spaced letters, glued words, and at last the nearest word of the vocabulary.
Offsets are code points of the text as typed, always.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import cached_property, lru_cache
from typing import Any, NamedTuple

SOFT, HARD = 1, 2


def words_of(text: str) -> frozenset[str]:
    """The words of a text, for lists that are easier to read in one line."""
    return frozenset(text.split())


# Lengths in letters, and how many slips of the keyboard a word may hold.
_SHORTEST_FUZZY, _SHORTEST_MEANT, _LOOSE_START, _LONG_FUZZY, _MOST_SLIPS = 3, 3, 6, 9, 2
_TOO_FAR = 2.0
# Of all that a misspelt word may mean: how many are looked at, how much unlikelier than the
# likeliest one may be, and how unlikely at all (`slip_cost`). Chosen on messages of the tune sets
# with one slip each (evaluation/noise.py).
_MOST_OTHERS, _UNLIKELIER, _UNLIKELY = 16, 0.3, 0.8
_VOWELS = frozenset("aeiou")
_SOUNDED, _LONG_SOUNDED, _SOUNDED_TWICE = frozenset("aeiouy"), 9, 10
_NO_VOWELS = str.maketrans("", "", "aeiou")
_SHORTEST_RUN, _LONGEST_RUN, _LONGEST_PIECE, _PIECE_LENGTH = 6, 400, 14, 2.6
_WHOLE_MESSAGE, _MIN_PIECES, _STRAY, _STRAYS_PER = 22, 2, 6.0, 8
# Of a text without any space: how short it may be, and how its pieces may be counted.
_SHORTEST_UNSPACED, _UNSPACED_LENGTH, _UNSPACED_STRAYS_PER = 10, 2.2, 4
_ONE_LETTER, _EVERYDAY_PIECE, _LONG_PIECE = 1.3, 2.6, 0.002
_SHORTEST_EVERYDAY = 4
_FEWEST_SPACED, _LONGEST_SPACED = 3, 40
_SHORTEST_GLUED = 3
_SHORTEST_DROPPED_G, _SHORTEST_SPLIT, _SHORTEST_JOINED = 5, 4, 4
_LONGEST_DOUBTED, _AROUND_DOUBT = 160, 20  # words
_SHORT_GLUED = words_of(
    "i a my in to no of it is im me on at up so do he we or if by an as am be go us and the her "
    "his had now was for its has not can"
)
_SHORT_EVERYDAY = words_of(
    "so ok and but you she him who off out two day see all one how why too did get got old new "
    "bad any may say way let put sit lie bed car job gym our own six ten few ago yes"
)
_BESIDE_KEY = {
    "q": "wa", "w": "qesa", "e": "wrds", "r": "etfd", "t": "rygf", "y": "tuhg", "u": "yijh",
    "i": "uokj", "o": "iplk", "p": "ol", "a": "qszw", "s": "adwxez", "d": "sfecxr", "f": "dgrvct",
    "g": "fhtbvy", "h": "gjynbu", "j": "hkumni", "k": "jliom", "l": "kop", "z": "xas", "x": "zscd",
    "c": "xdvf", "v": "cfbg", "b": "vgnh", "n": "bhmj", "m": "njk",
}  # fmt: skip
# Said while thinking; they would only stand between a sign and its words.
_FILLERS = words_of(
    "um umm uh uhh uhm erm er ehm hmm lol lmao omg actually literally basically honestly kinda "
    "sorta innit tbh"
)

_DROPPED = frozenset(
    "\u00ad\u034f\u061c\u0640\u115f\u1160\u17b4\u17b5\u180e\u200b\u200c\u200d\u200e\u200f"
    "\u202a\u202b\u202c\u202d\u202e\u2060\u2061\u2062\u2063\u2064\u2066\u2067\u2068\u2069\ufeff"
)
_SILENT_BLOCKS = frozenset("\u2065\ufff0\ufff1\ufff2\ufff3")  # reserved, shown as nothing
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
_UNITS = (
    "kg|kgs|kilos|lb|lbs|st|ft|m|mg|yo|yr|yrs|yrold|y|am|pm|hrs|hr|h|c|f|x|th|days|weeks|months|"
    "years|min|mins|ml|mls"
)
# ASCII characters that are dropped or that may be part of a word
_SPECIAL = re.compile("[^\\s\x20-\x7e]|['`]")
# All else is ASCII that is shown and stands for itself, or a space
_NOT_PLAIN = re.compile(r"[^\t-\r\x1c-&(-_a-\x7f]")
_PART_IS = re.compile(
    r"\b(?:leg|foot|arm|hand|thigh|calf|knee|toe|ankle|shin|hip|finger|thumb|chest|bladder|bum|face"
    r"|grip|wrist|elbow|groin)$"
)
_LONGEST_PART = 8
_WORD = re.compile(rf"\d+[.,]\d+|\d+(?=(?:{_UNITS})\b)|\w+")
_UNSPACED_WORD = re.compile(r"\d+[.,]\d+|\d+|[^\W\d]+")
_NUMBER_OR_WORD = re.compile(r"\d+|[^\W\d]+")
_SPINAL_LEVEL = re.compile(r"[clts](?:1[0-2]|[1-9])")
_RUN = re.compile(r"(.)\1{2,}")
_RUN1 = re.compile(r"(.)\1")
_RUN2 = re.compile(r"(.)\1+")
_HARD_MARKS = frozenset(".!?;\n\r؟。।")
_SOFT_MARKS = frozenset(',:()[]/\\–—→-"“”«»،•*|&+=<>')


class Token(NamedTuple):
    """One word.

    Attributes:
        word: Normalised, as the lexicon spells it.
        start: First character in the text as typed.
        end: One past the last.
        brk: What stands before it: 0 nothing, SOFT a comma or the like, HARD a sentence end.
        asks: Whether the break before it holds a question mark.
        also: What else may be meant where it is misspelt, or a word that others turn into by a
            slip; of several words where they may have been glued together.
    """

    word: str
    start: int
    end: int
    brk: int
    asks: bool = False
    also: tuple[str, ...] = ()


def fold(text: str) -> tuple[str, list[int]]:
    """Case-folded text without marks and invisible characters, and each character's origin.

    Args:
        text: As typed.

    Returns:
        The folded text and, for each of its characters, the index in `text` it came from.
    """
    if text.isascii() and not _SPECIAL.search(text):
        return text.lower(), list(range(len(text)))
    out: list[str] = []
    origin: list[int] = []
    last = 0
    for match in _NOT_PLAIN.finditer(text):
        index, char = match.start(), match.group()
        out.extend(text[last:index].lower())
        origin.extend(range(last, index))
        last = index + 1
        if char < " " or (char >= "\x80" and _is_invisible(char)):
            continue
        if char in _APOSTROPHES:
            if not _within_word(text, index):
                out.append('"')
                origin.append(index)
            elif _PART_IS.search("".join(out[-_LONGEST_PART:])) and text[index + 1] in "sS":
                # "my leg's gone numb" is one leg; without the space it would be two
                out.append(" ")
                origin.append(index)
            continue
        word = _EMOJI_WORDS.get(char)
        piece = _fold_char(char) if word is None else f" {word} "
        out.extend(piece)
        origin.extend([index] * len(piece))
    out.extend(text[last:].lower())
    origin.extend(range(last, len(text)))
    return "".join(out), origin


@lru_cache(maxsize=4096)
def _fold_char(char: str) -> str:
    folded = unicodedata.normalize("NFKC", char).casefold().translate(_ARABIC)
    decomposed = unicodedata.normalize("NFD", folded)
    return "".join(c for c in decomposed if unicodedata.category(c) != "Mn").translate(_ARABIC)


@lru_cache(maxsize=4096)
def _is_invisible(char: str) -> bool:
    """Whether a character shows nothing of its own: formats, selectors, marks, controls."""
    if char in _DROPPED or unicodedata.normalize("NFKC", char) in _DROPPED:
        return True
    category = unicodedata.category(char)
    unassigned = category == "Cn" and char in _SILENT_BLOCKS
    return (
        unassigned
        or category == "Cf"
        or "\ufe00" <= char <= "\ufe0f"
        or ((category == "Cc" and not char.isspace()) or "\U000e0000" <= char <= "\U000e0fff")
    )


def _shows_nothing(char: str) -> bool:
    """Whether an apostrophe is looked at as if the character were not there."""
    return _is_invisible(char) or unicodedata.category(char) == "Mn"


def _within_word(text: str, index: int) -> bool:
    """Whether an apostrophe stands between two letters, invisible characters aside."""
    before, after = index - 1, index + 1
    while before >= 0 and _shows_nothing(text[before]):
        before -= 1
    while after < len(text) and _shows_nothing(text[after]):
        after += 1
    return before >= 0 and after < len(text) and text[before].isalnum() and text[after].isalnum()


def is_unspaced(text: str) -> bool:
    """Whether a text was typed without any space: "wokeupinawetbed,backreallybad"."""
    return len(text) >= _SHORTEST_UNSPACED and not any(c.isspace() for c in text.strip())


def split_words(text: str) -> list[Token]:
    """Tokens of the text, words only folded, not yet resolved against a vocabulary."""
    folded, origin = fold(text)
    tokens: list[Token] = []
    last = 0
    for match in (_UNSPACED_WORD if is_unspaced(text) else _WORD).finditer(folded):
        gap = folded[last : match.start()]
        start, end = origin[match.start()], origin[match.end() - 1] + 1
        word = match.group()
        last = match.end()
        if gap == " ":
            tokens.append(Token(word, start, end, 0))
            continue
        brk = _break(gap) if tokens else 0
        if brk and "\n" in gap and _begins_a_sentence(text, start):
            brk = HARD
        queried = len(gap) > 1 and gap[-1] == "?" and gap[-2] in " ,"
        if gap == "." and tokens and len(word) == len(tokens[-1].word) == 1:
            brk = 0  # "C.E.S."
        if queried and gap.count("?") == 1:
            brk = _break(gap[:-1]) or SOFT  # "low back pain, ?retention", as nurses write
        tokens.append(Token(word, start, end, brk, "?" in gap and not queried))
    return tokens


def _begins_a_sentence(text: str, start: int) -> bool:
    """Whether a line begins in capitals or asks: the one before it was a sentence of its own."""
    end = text.find("\n", start)
    line = text[start : end if end >= 0 else len(text)]
    return line[:1].isupper() or line.rstrip().endswith("?")


def _break(gap: str) -> int:
    if not gap or gap == " ":
        return 0
    stripped = gap.strip(' \t"')
    # Three dots are a pause in chats, not the end of a sentence.
    if "..." in gap or "…" in gap or stripped == "..":
        return HARD if "\n" in gap or "?" in gap or "!" in gap else SOFT
    if gap.count("\n") == 1 and _HARD_MARKS.isdisjoint(stripped.strip()):
        return SOFT  # on a phone a line ends where a comma would stand; an empty one ends it
    if any(c in _HARD_MARKS for c in gap):
        return HARD
    if stripped == "-" and " " not in gap:
        return 0
    return SOFT if any(c in _SOFT_MARKS for c in gap) else 0


# What a `Speller` has that is no data, or is made of it when a strange word first asks for it.
_REMEMBERED = frozenset({"resolve", "others", "_glue", "_all_glue", "_consonants"})


_STRUCK = words_of("hit struck kicked run over ran knocked down trampled thrown attacked crushed")
_UNABLE = words_of("cant cannot can couldnt could dont doesnt barely hardly not to")
_CANT = words_of("cant cannot couldnt barely hardly")
# Not "her" or "me": "it doesnt bother me but i cant pee".
_OWN = words_of("my your")
_ANYBODYS = words_of("my your his her our both between")
# "Legs wont to move" is what it says.
_WHO_WANTS = words_of("i he she we they just really")
_TO_WANT = words_of(
    "die dye be end kill hurt harm jump hang cut disappear vanish sleep stop leave"
)
# Nobody says "fell of"; "what came of my scan" is said, but of nothing that one falls from.
_FELL = words_of(
    "fell fallen falling felled knocked nocked thrown throwed bucked jumped slipped flung"
)
_CAME = words_of(
    "came come coming tumbled rolled slid flew toppled tipped stepped dropped pushed jump jumping"
    " leap leaping drive driving drove step stepping fall"
)
_A_THING = words_of("a an the my his her our their this that some me")
# What may follow a sign that is told to its end: no noun, and nothing one cannot do.
_SAID = words_of(
    "since sins sence sinse for from and or but when after at all today yesterday now tonight last"
    " this properly"
    " either anymore too also again because so is has went gone feels feel felt its it i im ive"
    " without much every as until till on yet any while"
)
_THERE = words_of("down up in out round around over under")
# Nobody says that his leg is dumb, or that he has a chest pan.
_FEELING_PARTS = words_of(
    "leg legs foot feet toe toes thigh thighs calf calves knee knees arm arms hand hands finger"
    " fingers thumb face lip lips side groin bum butt bottom buttock buttocks arse cheeks bits"
    " privates penis vagina genitals crotch balls skin body"
)
_ACHING_PARTS = words_of(
    "chest back leg legs neck arm jaw shoulder hip heart spine stomach belly tummy side rib ribs"
    " breast foot knee groin buttock"
)
_BECOME = words_of("gone going goes go went")
_NEAR_DUMB = 4  # words
_EXPECTING = words_of(
    "pregnant pregnancy baby trimester midwife weeks wks due scan expecting kicks kicking belly"
    " on head speed"
)


class Speller:
    """Brings a word to the vocabulary's spelling, or leaves it alone.

    Args:
        vocabulary: Every word the lexicon knows.
        key: Words of signs and body parts: of two equally near words they are meant.
        common: Correct everyday words that must never be taken for a misspelling.
        typos: Misspellings too far from the word meant, or too short, for a measured guess.
        chat: How people shorten in chats ("yday", "b4"), and the words these stand for.
        mistyped: Right words that are easily typed for others ("bowl"), and those others.
    """

    def __init__(
        self,
        vocabulary: Iterable[str],
        key: Iterable[str],
        common: Iterable[str],
        typos: Mapping[str, str] | None = None,
        chat: Mapping[str, str] | None = None,
        *,
        mistyped: Mapping[str, tuple[str, ...]] | None = None,
    ) -> None:
        self.vocabulary = frozenset(vocabulary)
        self.common = frozenset(common)
        self._typos = dict(typos or {})
        self._chat = {short: tuple(words.split()) for short, words in (chat or {}).items()}
        self._mistyped = dict(mistyped or {})
        self.key = frozenset(key)
        self._buckets: dict[tuple[str, int], list[str]] = {}
        for word in sorted(filter(_may_be_meant, self.vocabulary)):
            self._buckets.setdefault((word[0], len(word)), []).append(word)
            if word in self.key:
                self._buckets.setdefault(("", len(word)), []).append(word)
        self._remember()

    @cached_property
    def _glue(self) -> frozenset[str]:
        """Words of the vocabulary that may be typed together."""
        return _SHORT_GLUED.union(w for w in self.vocabulary if len(w) >= _SHORTEST_GLUED)

    @cached_property
    def _all_glue(self) -> frozenset[str]:
        """The same with everyday words."""
        everyday = (w for w in self.common if len(w) >= _SHORTEST_EVERYDAY)
        return self._glue.union(everyday, _SHORT_EVERYDAY)

    @cached_property
    def _consonants(self) -> Mapping[str, Sequence[str]]:
        """Words of the vocabulary by what is left of them without vowels."""
        found: dict[str, list[str]] = {}
        for word in filter(_may_be_meant, self.vocabulary):
            if len(word) > _SHORTEST_MEANT:
                found.setdefault(_without_vowels(word), []).append(word)
        return found

    def _remember(self) -> None:
        self.resolve: Callable[[str], tuple[str, ...]] = lru_cache(maxsize=8192)(self._resolve)
        self.others: Callable[[str], tuple[str, ...]] = lru_cache(maxsize=8192)(self._others)

    def kept(self) -> dict[str, Any]:
        """All of it as plain data, for `stored`."""
        return {name: value for name, value in vars(self).items() if name not in _REMEMBERED}

    @classmethod
    def of_kept(cls, data: Mapping[str, Any]) -> Speller:
        """What `kept` gave, without sorting the words again."""
        speller = cls.__new__(cls)
        vars(speller).update(data)
        speller._remember()  # noqa: SLF001 - it is one
        return speller

    def knows(self, word: str) -> bool:
        """Whether the word is spelled as the lexicon or the dictionary spells one."""
        return word in self.vocabulary or word in self.common

    def stands(self, word: str) -> bool:
        """Whether the word stands for something as it is: known, a number, or short for one."""
        return self.knows(word) or word in self._chat or word in _FILLERS or not word.isalpha()

    def _resolve(self, word: str) -> tuple[str, ...]:
        """The word as the lexicon spells it; several where words were glued together."""
        if meant := self._chat.get(word):
            return meant
        if len(word) >= _SHORTEST_DROPPED_G and word.endswith("in"):
            whole = f"{word}g"  # "walkin", "burnin"; "groin" and "again" have no such word
            if whole in self.vocabulary:
                return (whole,)
        if self.knows(word) or len(word) > _LONGEST_RUN or word.isdigit():
            return (word,)
        variants = (word, *self._respelled(word))
        if known := next((v for v in variants if self.knows(v)), None):
            return (known,)
        if typo := next((self._typos[v] for v in variants if v in self._typos), None):
            return (typo,)
        return self._numbered(word) or self._guessed(word) or (word,)

    def _others(self, word: str) -> tuple[str, ...]:
        """What else may be meant by a word than what `resolve` takes it for.

        Of a misspelt word, whatever is about as near; of a right one, what is listed. Letters of
        another script that look alike are read as what they look like.
        """
        if not word.isascii() and (seen := word.translate(_LOOK_ALIKES)).isascii():
            word = seen
        if listed := self._mistyped.get(word):
            return listed
        plain = word.isascii() and word.isalpha() and _SHORTEST_FUZZY <= len(word) <= _LONGEST_RUN
        if not plain or word in self._chat or self.knows(word) or self.is_many(word):
            return ()
        taken = self.resolve(word)
        costs = {meant: slip_cost(word, meant) for meant in self._near(word)}
        limit = min(_UNLIKELY, min(costs.values(), default=0.0) + _UNLIKELIER)
        others = {meant for meant, cost in costs.items() if cost <= limit}
        if _RUN.search(word):  # "booooth" is both or booth
            others.update(self.vocabulary.intersection(self._respelled(word)))
        if _VOWELS.isdisjoint(word[1:]):
            others.update(self._consonants.get(word, ()))
        if glued := self._parted(word):
            others.add(glued)
        return tuple(sorted(others - {*taken, " ".join(taken)}))

    def is_many(self, word: str) -> bool:
        """Whether it is more than one of a word, or that one's: "legss" is neither."""
        one = word.removesuffix("s")
        return len(word) > len(one) > _SHORTEST_FUZZY and one[-1] != "s" and self.knows(one)

    def _near(self, word: str) -> Iterator[str]:
        """The vocabulary's words that are one slip away."""
        from rapidfuzz import process  # noqa: PLC0415 - as in `_nearest`
        from rapidfuzz.distance import OSA  # noqa: PLC0415

        for other in self._beside(word, 1):
            found = process.extract(
                word, other, scorer=OSA.distance, score_cutoff=1, limit=_MOST_OTHERS
            )
            for meant, *_ in found:
                if len(word) > _SHORTEST_FUZZY or len(meant) > len(word):
                    yield meant

    def _parted(self, word: str) -> str:
        """Two words between which the space was missed, one of them short: "my leg"; or ""."""
        found: list[tuple[float, str]] = []
        for k in range(1, len(word)):
            first, second = word[:k], word[k:]
            short = first in _SHORT_GLUED or second in _SHORT_GLUED
            if short and first in self._glue and second in self._glue:
                found.append((self._cost(first) + self._cost(second), f"{first} {second}"))
        return min(found)[1] if found else ""

    def _numbered(self, word: str) -> tuple[str, ...]:
        """A word and a number without a space between, as both: "took30", "40paracetamol"."""
        pieces = _NUMBER_OR_WORD.findall(word)
        words = [piece for piece in pieces if not piece.isdigit()]
        if len(pieces) == 1 or not any(len(piece) >= _SHORTEST_FUZZY for piece in words):
            return ()
        return tuple(pieces) if all(self.knows(piece) for piece in words) else ()

    def _guessed(self, word: str) -> tuple[str, ...]:
        """What a word that nobody knows most likely is, or nothing."""
        base = _RUN.sub(r"\1\1", word)
        single = _RUN2.sub(r"\1", word) if base != word else word
        candidates = tuple(dict.fromkeys((base, single)))
        for guess in (self._one_slip, self._unglue, self._two_slips):
            for candidate in candidates:
                if found := guess(candidate):
                    return found
        return ()

    def _one_slip(self, word: str) -> tuple[str, ...]:
        near = self._nearest(word, 1)
        return (near,) if near else ()

    def _two_slips(self, word: str) -> tuple[str, ...]:
        near = self._nearest(word, _MOST_SLIPS)
        return (near,) if near else ()

    def _respelled(self, word: str) -> Iterator[str]:
        if _RUN.search(word):
            yield _RUN.sub(r"\1\1", word)
            yield _RUN.sub(r"\1", word)
            yield _RUN2.sub(r"\1", word)
        if not word.isascii():
            folded = word.translate(_LOOK_ALIKES)
            if folded.isascii():
                yield folded
        if any(c.isdigit() for c in word) and not _SPINAL_LEVEL.fullmatch(word):
            if any(c.isalpha() for c in word):
                yield word.translate(_LEET)
                yield word.translate(_LEET_L)
        elif "v" in word:
            yield word.replace("v", "u")

    def unglued(self, word: str) -> tuple[str, ...]:
        """A word of a text without any space, as the words it was glued from."""
        if self.knows(word) or not word.isalpha() or len(word) > _LONGEST_RUN:
            return self.resolve(word)
        return self._unglue(word, unspaced=True) or self.resolve(word)

    def _unglue(self, word: str, *, unspaced: bool = False) -> tuple[str, ...]:
        """Words that were typed without spaces, or nothing.

        The cheapest way to read the letters as words: each word costs about one, a letter that
        belongs to none costs `_STRAY`. Short runs must come out whole, of words of signs; a whole
        message without spaces may hold a few strays and everyday words.
        """
        length = len(word)
        whole = unspaced or length >= _WHOLE_MESSAGE
        if length < _SHORTEST_RUN or not (word.isalpha() or (whole and word.isalnum())):
            return ()
        pieces = self._all_glue if whole else self._glue
        best: list[tuple[float, int]] = [(0.0, 0)]  # cost so far, where the last piece begins
        for end in range(1, length + 1):
            cheapest = (best[end - 1][0] + _STRAY, end - 1)
            for start in range(max(0, end - _LONGEST_PIECE), end):
                piece = word[start:end]
                if piece in pieces or piece.isdigit():
                    cheapest = min(cheapest, (best[start][0] + self._cost(piece), start))
            best.append(cheapest)
        found: list[str] = []
        strays, end = 0, length
        while end:
            start = best[end][1]
            if word[start:end] in pieces or word[start:end].isdigit():
                found.append(word[start:end])
            else:
                strays += 1
            end = start
        shortest = _UNSPACED_LENGTH if unspaced else _PIECE_LENGTH
        if len(found) < _MIN_PIECES or length < shortest * len(found):
            return ()
        per = _UNSPACED_STRAYS_PER if unspaced else _STRAYS_PER
        return tuple(reversed(found)) if strays <= (length // per if whole else 0) else ()

    def _cost(self, piece: str) -> float:
        """How unlikely a piece of glued words is: "is not" is likelier than "i snot"."""
        if len(piece) == 1:
            return _ONE_LETTER
        everyday = piece not in self._glue and not piece.isdigit()
        return (_EVERYDAY_PIECE if everyday else 1.0) - _LONG_PIECE * len(piece) ** 2

    def _nearest(self, word: str, slips: int) -> str:
        """The vocabulary word that is most likely meant, within the allowed slips, or ""."""
        length = len(word)
        if length < _SHORTEST_FUZZY or not (word.isascii() and word.isalpha()):
            return ""
        if slips > 1 and length < _LONG_FUZZY:
            return ""
        # Imported where needed: most messages are spelled well enough.
        from rapidfuzz import process  # noqa: PLC0415
        from rapidfuzz.distance import OSA  # noqa: PLC0415

        best: tuple[float, str] = (_TOO_FAR, "")
        for other in self._beside(word, slips):
            found = process.extract(word, other, scorer=OSA.distance, score_cutoff=slips, limit=8)
            for meant, distance, _ in found:
                if length == _SHORTEST_FUZZY and not self._lacks_letter(word, meant):
                    continue
                cost = distance + slip_cost(word, meant) - (meant in self.key) / 2
                if distance > 1 and self._sounds_like(word, meant):
                    cost -= 1
                best = min(best, (cost, meant))
        return best[1]

    def _sounds_like(self, word: str, meant: str) -> bool:
        """Whether a very long word has nothing but wrong vowels: "amitryptaline"."""
        return len(word) == len(meant) >= _SOUNDED_TWICE and _only_vowels(
            word, meant, [k for k in range(len(word)) if word[k] != meant[k]]
        )

    def _lacks_letter(self, word: str, meant: str) -> bool:
        """Whether a word of three letters is one of four with a letter left out."""
        if len(meant) <= len(word) or meant[0] != word[0]:
            return False
        vowels_left_out = [c for c in meant if c not in _VOWELS] == list(word)
        return vowels_left_out or meant in self.key

    def _beside(self, word: str, slips: int) -> Iterator[list[str]]:
        """Words of about its length that begin alike, and key words that do not."""
        length = len(word)
        for other in range(length - slips, length + slips + 1):
            for first in dict.fromkeys(word[:2]):
                if found := self._buckets.get((first, other)):
                    yield found
            if length >= _LOOSE_START and slips == 1 and (found := self._buckets.get(("", other))):
                yield found


def _may_be_meant(word: str) -> bool:
    """Whether a strange word may be a slip of this one."""
    return word.isascii() and word.isalpha() and len(word) >= _SHORTEST_MEANT


def _without_vowels(word: str) -> str:
    """Its first letter, and the consonants behind: "nmb", "tngln"."""
    return word[0] + word[1:].translate(_NO_VOWELS)


def _only_vowels(word: str, meant: str, differ: Sequence[int]) -> bool:
    """Whether a long word was written as it sounds: "osteoperosis"."""
    return len(word) >= _LONG_SOUNDED and all(
        word[k] in _SOUNDED and meant[k] in _SOUNDED for k in differ
    )


def slip_cost(word: str, meant: str) -> float:
    """How unlikely the slip is: letters swapped or doubled are likely, strangers are not.

    Args:
        word: As typed.
        meant: One slip away from it, or a few.

    Returns:
        From 0 for what fingers do, to 2 for a strange letter at the beginning.
    """
    if len(word) == len(meant):
        differ = [k for k in range(len(word)) if word[k] != meant[k]]
        if sorted(word) == sorted(meant):
            return 0.0
        beside = len(differ) == 1 and meant[differ[0]] in _BESIDE_KEY.get(word[differ[0]], "")
        cost = 0.25 if beside or _only_vowels(word, meant, differ) else 1.0
        return cost + (differ[0] == 0)
    if _RUN1.sub(r"\1", word) == _RUN1.sub(r"\1", meant):
        return 0.0
    short = min(len(word), len(meant)) <= _SHORTEST_MEANT
    return (0.25 if word[0] == meant[0] else 1.0) + (0.5 if short else 0.0)


def tokenise(text: str, speller: Speller, spared: AbstractSet[str] = frozenset()) -> list[Token]:
    """Tokens with words as the lexicon spells them, without "um" and the like.

    Args:
        text: As typed.
        speller: Knows the vocabulary.
        spared: Words that are right as they are.

    Returns:
        Tokens in text order. A glued word gives several tokens that share its place.
    """
    out: list[Token] = []
    brk, asks = 0, False  # of fillers that were left out
    resolve = speller.unglued if is_unspaced(text) else speller.resolve
    typed = _spoken_numbers(_chat_signs(split_words(text), text))
    typed = _space_moved(_join_split(typed, speller), speller, spared)
    for token in _join_spaced(typed, speller):
        if token.word in _FILLERS:
            brk, asks = max(brk, token.brk), asks or token.asks
            continue
        right = token.word in spared
        words = (token.word,) if right else resolve(token.word)
        also = () if right else speller.others(token.word)
        if brk or asks or also or words[0] != token.word:
            brk, asks = max(brk, token.brk), asks or token.asks
            out.append(Token(words[0], token.start, token.end, brk, asks, also))
            brk, asks = 0, False
        else:
            out.append(token)
        if len(words) > 1:
            out.extend([Token(word, token.start, token.end, 0) for word in words[1:]])
    return _answered(_by_neighbours(out))


class _Place(NamedTuple):
    """A word's neighbours; "" where there is none."""

    before: str
    after: str
    then: str
    told: bool  # nothing follows that could be its noun
    around: frozenset[str]  # a few words before it
    all: frozenset[str]  # many words before and behind it, where they are asked for


def _is_wee(place: _Place) -> bool:
    return place.before in _CANT and place.told


def _is_pain(place: _Place) -> bool:
    return place.before in _ACHING_PARTS


def _is_there(place: _Place) -> bool:
    return place.before in _THERE and place.told


def _is_knee(place: _Place) -> bool:
    told = place.told and place.after != "for"
    return place.before in _BAD_OR_SIDE and (told or place.after in _OF_A_KNEE)


def _is_ladder(place: _Place) -> bool:
    return (
        place.before in _A_THING and "off" in place.around and not place.around.isdisjoint(_FELL)
    )


_BAD_OR_SIDE = words_of("weak week left right")
_OF_A_KNEE = words_of(
    "keeps keep gives giving gave buckles buckled buckling hurts locks wont cant"
)
_TRYING = words_of(
    "able unable need needing needed want wanting try trying tried struggling struggle going up "
    "desperate dying bursting how difficult hard"
)
_GOT = words_of("getting gets got become becoming gone")
_SIDED = words_of(
    "leg legs arm foot hand knee side calf thigh toe toes ankle heel shin buttock bum hip "
    "shoulder elbow wrist thumb finger fingers"
)
_OF_A_SIDE = _SIDED | {"one", "sides"}
_DONE = words_of("been had got gone done felt slept eaten taken went seen pooed shat pissed wet")

# Right words typed for others, those others, and where only the other one is said.
_MEANT_FOR: Mapping[str, tuple[str, Callable[[_Place], bool]]] = {
    "but": ("butt", lambda p: p.before in _OWN),
    "live": ("life", lambda p: p.before in _OWN),
    "buy": ("by", lambda p: p.before in _STRUCK and p.after in _A_THING),
    "wont": (
        "want",
        lambda p: p.before in _WHO_WANTS and p.after == "to" and p.then in _TO_WANT,
    ),
    "fell": ("feel", lambda p: p.before in _UNABLE),
    "of": ("off", lambda p: p.before in _FELL or (p.before in _CAME and p.after in _A_THING)),
    "their": ("there", _is_there),
    "thier": ("there", _is_there),
    "theyre": ("there", lambda p: p.before == "down" and p.told),
    "hear": ("here", lambda p: p.before == "down"),
    "we": (
        "wee",
        lambda p: (p.before == "to" and not p.around.isdisjoint(_TRYING)) or _is_wee(p),
    ),
    "need": ("knee", _is_knee),
    "write": ("right", lambda p: p.before in _ANYBODYS | {"the"} and p.after in _OF_A_SIDE),
    "week": (
        "weak",
        lambda p: p.before in _GOT and p.told and not p.around.isdisjoint(_OF_A_SIDE),
    ),
    "latter": ("ladder", _is_ladder),
    "later": ("ladder", _is_ladder),
    "lather": ("ladder", _is_ladder),
    "letter": ("ladder", _is_ladder),
    "stares": ("stairs", lambda p: not p.around.isdisjoint(_FELL)),
    "lakes": ("legs", lambda p: p.before in _ANYBODYS),
    "doe": ("die", lambda p: p.before == "to" and not p.around.isdisjoint(_TRYING)),
    "weigh": ("wee", _is_wee),
    "p": ("pee", _is_wee),
    "pe": ("pee", _is_wee),
    "breed": ("breathe", _is_wee),
    "bread": ("breathe", _is_wee),
    "lets": ("legs", lambda p: p.before in _ANYBODYS),
    "hearts": ("hurts", _is_pain),
    "pane": ("pain", _is_pain),
    "pan": ("pain", _is_pain),
    "payne": ("pain", _is_pain),
    "dumb": (
        "numb",
        lambda p: p.before in _BECOME or not _FEELING_PARTS.isdisjoint(p.around),
    ),
    # the other negations have a form for "have"
    "aint": ("havent", lambda p: p.after.endswith("ed") or p.after in _DONE),
    "bump": ("bum", lambda p: p.before in _OWN and _EXPECTING.isdisjoint(p.all)),
}


def _by_neighbours(tokens: list[Token]) -> list[Token]:
    """Right words typed for others, as only their neighbours tell: "fell of a roof", "my but"."""
    for k, token in enumerate(tokens):
        if token.word not in _MEANT_FOR or ((token.brk or not k) and token.word != "aint"):
            continue
        meant, is_meant = _MEANT_FOR[token.word]
        if is_meant(_place(tokens, k)):
            tokens[k] = token._replace(word=meant)
    return tokens


def _place(tokens: Sequence[Token], k: int) -> _Place:
    after, then = [*(t.word for t in tokens[k + 1 : k + 3]), "", ""][:2]
    told = k + 1 == len(tokens) or bool(tokens[k + 1].brk) or after in _SAID
    around = frozenset(t.word for t in tokens[max(0, k - _NEAR_DUMB) : k])
    far = tokens[max(0, k - _AROUND_DOUBT) : k + _AROUND_DOUBT] if tokens[k].word == "bump" else ()
    before = tokens[k - 1].word if k and not tokens[k].brk else ""
    return _Place(before, after, then, told, around, frozenset(t.word for t in far))


def together(first: Token, second: Token) -> str:
    """Two words as one, where nothing but a space parts them and they are long enough; or ""."""
    if (
        second.brk
        or second.start != first.end + 1
        or len(first.word) == 1
        or len(second.word) == 1
    ):
        return ""
    whole = first.word + second.word
    return whole if len(whole) >= _SHORTEST_JOINED else ""


def in_doubt(tokens: Sequence[Token]) -> list[Token]:
    """The tokens, those that may have been glued together taken apart.

    Args:
        tokens: As `tokenise` gives them.
    """
    out: list[Token] = []
    for token in tokens:
        glued = next((meant for meant in token.also if " " in meant), "")
        if not glued:
            out.append(token)
            continue
        first, *rest = glued.split()
        others = (token.word, *(meant for meant in token.also if meant != glued))
        out.append(token._replace(word=first, also=others))
        out.extend([Token(word, token.start, token.end, 0) for word in rest])
    return out


def doubtful_part(text: str, tokens: Sequence[Token], speller: Speller) -> str:
    """What of a text can be read otherwise.

    Args:
        text: As typed.
        tokens: Its, as `tokenise` gives them.
        speller: Knows the vocabulary.

    Returns:
        "" where no word may mean another and no two may be one; else the text. Of a long one all
        but the words around the last of such places is blanked, so that places stay what they
        are: to read all of it twice would take too long.
    """
    vocabulary = speller.vocabulary
    doubtful = {k for k, token in enumerate(tokens) if token.also}
    doubtful.update(
        k
        for k, (first, second) in enumerate(itertools.pairwise(tokens))
        if first.word + second.word in vocabulary and together(first, second)
    )
    if not doubtful or len(tokens) <= _LONGEST_DOUBTED:
        return text if doubtful else ""
    kept: set[int] = set()
    for k in sorted(doubtful, reverse=True):
        kept.update(range(max(0, k - _AROUND_DOUBT), min(len(tokens), k + _AROUND_DOUBT + 1)))
        if len(kept) > _LONGEST_DOUBTED - 2 * _AROUND_DOUBT:
            break
    out, last = "", 0
    for k in sorted(kept):
        begin = tokens[k - 1].end if k and k - 1 in kept else tokens[k].start
        out += " " * (begin - last) + text[begin : tokens[k].end]
        last = tokens[k].end
    return out


_SCRAP = 3  # words
_DENIALS = words_of(
    "no not without dont doesnt didnt never nothing none isnt arent wasnt nor neither denies zero "
    "gone fine ok okay normal better"
)
_ANSWERS = words_of("none gone zero nil nothing zilch nada shot lost dead not knackered")


def _answered(tokens: list[Token]) -> list[Token]:
    """What is one sentence, whatever stands between: "bladder? gone", "fell. ladder. back".

    A question of one's own and its answer, and pieces of a few words that deny nothing.
    """
    starts = [k for k, token in enumerate(tokens) if token.brk == HARD]
    if not starts:
        return tokens
    ends = [*starts[1:], len(tokens)]
    before = 0
    for start, end in zip(starts, ends, strict=True):
        token = tokens[start]
        if token.asks:
            joined = token.word in _ANSWERS and (start + 1 == len(tokens) or tokens[start + 1].brk)
        else:
            joined = (
                start - before <= _SCRAP
                and end - start <= _SCRAP
                and _DENIALS.isdisjoint([t.word for t in tokens[before:end]])
            )
        if joined:
            tokens[start] = token._replace(brk=SOFT)
        before = start
    return tokens


def _chat_signs(tokens: list[Token], text: str) -> list[Token]:
    """Single letters that stand for words: "w/ living", "w/o pain", "what r they", "r leg"."""
    if "/" not in text and not any(token.word in {"r", "l"} for token in tokens):
        return tokens
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        token, index = tokens[index], index + 1
        follow = tokens[index] if index < len(tokens) else None
        slash = text[token.end : token.end + 1] == "/"
        if token.word == "w" and slash and follow is not None and follow.start == token.end + 1:
            if follow.word == "o":
                token, index = token._replace(word="without", end=follow.end), index + 1
            else:
                token = token._replace(word="with")
        elif token.word == "w" and slash:
            token = token._replace(word="with")
        elif token.word in {"r", "l"} and follow is not None and follow.word in _SIDED:
            token = token._replace(word="right" if token.word == "r" else "left")
        elif token.word == "r" and out and follow and len(follow.word) > 1 < len(out[-1].word):
            token = token._replace(word="are")
        joined = out and out[-1].word == "with" and text[out[-1].end : out[-1].end + 1] == "/"
        out.append(token._replace(brk=0) if joined else token)
    return out


_TENS = {
    "twenty": 20, "thirty": 30, "forty": 40, "fourty": 40, "fifty": 50, "sixty": 60,
    "seventy": 70, "eighty": 80, "ninety": 90,
}  # fmt: skip
_ONES = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7, "eight": 8,
    "nine": 9,
}  # fmt: skip


def _spoken_numbers(tokens: list[Token]) -> list[Token]:
    """Numbers as a voice is typed, in figures: "sixty nine", "thirty eight point five"."""
    if _TENS.keys().isdisjoint([token.word for token in tokens]):
        return tokens
    out: list[Token] = []
    for token in tokens:
        one = 0 if token.brk or not out else _ONES.get(token.word, 0)
        last, before = [*out[:-3:-1], None, None][:2]
        if one and last and last.word in _TENS:
            out[-1] = last._replace(word=str(_TENS[last.word] + one), end=token.end)
        elif one and last and before and last.word == "point" and before.word.isdigit():
            out[-2:] = [before._replace(word=f"{before.word}.{one}", end=token.end)]
        else:
            out.append(token)
    return out


def _space_moved(tokens: list[Token], speller: Speller, spared: AbstractSet[str]) -> list[Token]:
    """Two words whose space was typed a letter too early or too late: "can tpee", "legsa re"."""
    out = list(tokens)
    for k, (first, second) in enumerate(itertools.pairwise(tokens)):
        first = out[k]  # noqa: PLW2901 - which may have got or lost a letter
        if (
            second.brk
            or second.start != first.end + 1
            or (speller.stands(first.word) and speller.stands(second.word))
            or speller.is_many(first.word)
            or speller.is_many(second.word)
            or not spared.isdisjoint((first.word, second.word))
        ):
            continue
        for left, right in (
            (first.word + second.word[:1], second.word[1:]),
            (first.word[:-1], first.word[-1:] + second.word),
        ):
            if (
                min(len(left), len(right)) > 1
                and speller.knows(left)
                and speller.knows(right)
                and not speller.key.isdisjoint((left, right))
            ):
                out[k] = first._replace(word=left)
                out[k + 1] = second._replace(word=right)
                break
    return out


def _join_split(tokens: list[Token], speller: Speller) -> list[Token]:
    """Join a word typed in two, where one of the pieces is no word: "num bness", "to ilet"."""
    if all(speller.stands(token.word) for token in tokens):
        return tokens
    out: list[Token] = []
    for token in tokens:
        last = out[-1] if out else None
        if (
            last is not None
            and not token.brk
            and token.start == last.end + 1
            and len(last.word) + len(token.word) >= _SHORTEST_SPLIT
            and not (speller.stands(last.word) and speller.stands(token.word))
            and speller.knows(whole := last.word + token.word)
        ):
            out[-1] = last._replace(word=whole, end=token.end)
        else:
            out.append(token)
    return out


def _join_spaced(tokens: list[Token], speller: Speller) -> list[Token]:
    """Join letters typed with spaces between them: "n u m b"."""
    if sum([len(token.word) == 1 for token in tokens]) < _FEWEST_SPACED:
        return tokens
    out: list[Token] = []
    index = 0
    while index < len(tokens):
        stop = index
        while (
            stop < len(tokens)
            and len(tokens[stop].word) == 1
            and tokens[stop].word.isalpha()
            and stop - index < _LONGEST_SPACED
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
