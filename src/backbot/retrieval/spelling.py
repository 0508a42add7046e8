"""A question's misspelt words → the words they most likely mean.

The encoder and the words' view both read "posutre brase" as noise. A word is taken to be misspelt
where neither the corpus nor the word lists have it and the encoder's tokeniser cuts it in pieces:
what it keeps whole, or whole but for an ending, is a word of the language, and so is what stands
in a list of English words ("sneezing", "loo"). It is put right only where a known word is a slip
of the finger away, so a drug's name stays what it is. A space too many or too few is a slip too:
"mus cle", "mymuscle".
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable
from functools import lru_cache

from backbot.kept import compiled
from backbot.retrieval.english import is_english

_WORD = compiled(r"[A-Za-z]+(?:['’][A-Za-z]+)?")
_SHORTEST, _SHORTEST_PARTED = 3, 4
_LONG = 8  # letters; a long word may hold two slips
_SHORTEST_NAME = 5  # letters: what is meant by a slip in a shorter one is anybody's guess
_FEW = 1
# Words of one or two letters; another piece of that length is no word.
_SHORT_WORDS = frozenset({
    "a", "i", "am", "an", "as", "at", "be", "by", "do", "go", "he", "if", "im", "in", "is", "it",
    "me", "my", "no", "of", "ok", "on", "or", "so", "to", "up", "us", "we",
})  # fmt: skip
# Each with what the word before it ends in: "muscless", "musclees" and "wouldd" are slips.
_ENDINGS = {
    "s": compiled(r"[^s]$"), "es": compiled(r"(?:[sxzo]|[cs]h)$"), "d": compiled(r"e$"),
    **dict.fromkeys(("ed", "ing", "er", "ers", "ly", "y"), compiled(r"\w$")),
}  # fmt: skip
_DOUBLING = ("ed", "ing", "er", "ers", "y")  # "sitting", "stabbed"; "pointts" is a slip
# What a slip costs: some hardly change how a word looks or sounds.
_DOUBLED, _SWAPPED, _SOUNDS_LIKE, _LETTER, _OTHER, _TWO = 0.5, 0.6, 0.7, 0.9, 1.2, 1.8
_NEXT_KEY = 0.8
_OTHER_START = 0.5
_NAME = 0.3  # that it was not a word of the articles, but a name that they are not about
# How much a slip may cost in a word of so many letters and more.
_MOST = ((10, 2.1), (_LONG, 1.8), (6, 1.4), (0, 1.0))
_SOUNDS = ("aeiouy", "scxz", "ckq", "dt", "fv", "mn", "gj", "bp")
_KEYS = ("qwertyuiop", "asdfghjkl", "zxcvbnm")
_NEXT_KEYS = frozenset(
    pair
    for row in _KEYS
    for one, other in itertools.pairwise(row)
    for pair in (one + other, other + one)
)


class Speller:
    """Puts misspelt words right. Safe for several threads.

    Args:
        corpus: The corpus's words, folded.
        lists: Further words that are right, folded; one that the tokeniser cuts is left as it
            is but meant by no other.
        whole: Whether the encoder's tokeniser keeps a word whole.
        english: Whether a word is known to be right, as it stands.
        names: Folded words for what the articles are not about: right as well, and meant where
            nothing of the articles is as near ("amitryptiline", "scolliosis").
    """

    def __init__(
        self,
        corpus: Iterable[str],
        lists: Iterable[str],
        whole: Callable[[str], bool],
        english: Callable[[str], bool] = is_english,
        names: Iterable[str] = (),
    ) -> None:
        meant = {word for word in corpus if _plain(word)}
        listed = {word for word in lists if _plain(word)}
        named = {word for word in names if _plain(word)}
        self._names = named - meant - listed
        self._known = frozenset(meant | listed | named)
        named = {word for word in named if len(word) >= _SHORTEST_NAME}
        self._whole = whole
        self._english = english
        self._by_length: dict[int, list[str]] = {}
        for word in sorted(meant | named | {word for word in listed if whole(word)}):
            self._by_length.setdefault(len(word), []).append(word)
        self._meant = lru_cache(maxsize=4096)(self._look_up)
        self._is_right = lru_cache(maxsize=4096)(self._look_up_right)

    def mend(self, text: str) -> str:
        """The text with its misspelt words put right; the text itself where there are none.

        A text with more strange words than can be put right is left as it is: it is in another
        language, or no language.
        """
        text = self._put_together(text)
        words = {word.casefold() for word in _WORD.findall(text)}
        strange = [word for word in words if self.is_strange(word)]
        mended = sum(bool(self._meant(word)) for word in strange)
        if not mended or len(strange) - mended > max(mended, _FEW):
            return text
        return _WORD.sub(lambda found: self._mended(found[0]), text)

    def _put_together(self, text: str) -> str:
        """The text with words joined that a space has cut, where a piece is no word."""
        found = list(_WORD.finditer(text))
        for first, second in reversed(list(itertools.pairwise(found))):
            whole = (first[0] + second[0]).casefold()
            if (
                second.start() == first.end() + 1
                and whole in self._known
                and (self._is_piece(first[0]) or self._is_piece(second[0]))
            ):
                text = f"{text[: first.end()]}{text[second.start() :]}"
        return text

    def _is_piece(self, typed: str) -> bool:
        word = typed.casefold()
        return word not in _SHORT_WORDS if len(word) < _SHORTEST else self.is_strange(word)

    def is_strange(self, word: str) -> bool:
        """Whether a folded word is one that neither the lists nor the tokeniser know."""
        return _plain(word) and word not in self._known and not self._is_right(word)

    def _mended(self, typed: str) -> str:
        word = typed.casefold()
        if not _plain(word) or word in self._known:
            return typed
        return self._meant(word) or typed

    def _look_up(self, word: str) -> str:
        """The word meant, or "" where this one is right or nobody can tell."""
        if self._is_right(word):
            return ""
        from rapidfuzz.distance import OSA  # noqa: PLC0415 - few questions need it

        most = next(cost for letters, cost in _MOST if len(word) >= letters)
        slips = 1 if len(word) < _LONG else 2
        near = [
            (_cost(word, known, distance) + _NAME * (known in self._names), known)
            for length in range(len(word) - slips, len(word) + slips + 1)
            for known in self._by_length.get(length, ())
            if (distance := OSA.distance(word, known, score_cutoff=slips)) <= slips
        ]
        cost, meant = min(near, default=(most + 1, ""))
        return meant if cost <= most else self._parted(word)

    def _parted(self, word: str) -> str:
        """Two known words that were typed without a space, the longer one as long as can be."""
        places = range(1, len(word)) if len(word) >= _SHORTEST_PARTED else ()
        pairs = [(word[:k], word[k:]) for k in places]
        known = [
            (max(map(len, pair)), " ".join(pair))
            for pair in pairs
            if all(piece in self._known or piece in _SHORT_WORDS for piece in pair)
        ]
        return max(known)[1] if known else ""

    def _look_up_right(self, word: str) -> bool:
        """Whether it is a word of the language, as it is or without its ending."""
        stems = [word]
        for ending, after in _ENDINGS.items():
            stem = word.removesuffix(ending)
            if stem != word and after.search(stem):
                doubled = ending in _DOUBLING and stem[-1:] == stem[-2:-1]
                stems += [stem, stem[:-1]] if doubled else [stem]
        return any(
            len(stem) >= _SHORTEST and (stem in self._known or self._whole(stem)) for stem in stems
        ) or self._english(word)


def _plain(word: str) -> bool:
    return len(word) >= _SHORTEST and word.isascii() and word.isalpha()


def _cost(typed: str, known: str, distance: int) -> float:
    """How unlikely it is that one was typed for the other."""
    same_letters = sorted(typed) == sorted(known)
    sounds_same = any(typed[0] in sounds and known[0] in sounds for sounds in _SOUNDS)
    start = 0.0 if typed[0] == known[0] or same_letters or sounds_same else _OTHER_START
    if distance > 1:
        return _TWO + start
    shorter, longer = sorted((typed, known), key=len)
    pairs = zip(shorter, longer, strict=False)
    at = next((k for k, (one, other) in enumerate(pairs) if one != other), len(shorter))
    if len(shorter) < len(longer):
        doubled = longer[at] in (longer[at - 1 : at], longer[at + 1 : at + 2])
        return (_DOUBLED if doubled else _LETTER) + start
    if same_letters:
        return _SWAPPED
    if any(typed[at] in sounds and known[at] in sounds for sounds in _SOUNDS):
        return _SOUNDS_LIKE + start
    return (_NEXT_KEY if typed[at] + known[at] in _NEXT_KEYS else _OTHER) + start
