"""Which words of a sentence tell what it is about, and how much each tells."""

from __future__ import annotations

import math
import re
import threading
import tomllib
from collections import Counter
from collections.abc import Iterable, Mapping
from collections.abc import Set as AbstractSet
from functools import cache, lru_cache
from pathlib import Path
from typing import Any

import Stemmer

from backbot import kept
from backbot.frozen import dataclass
from backbot.kept import compiled

_WORD = compiled(r"[^\W\d_]+(?:['’][^\W\d_]+)*")
_GENERAL_WEIGHT = 0.25
# A small corpus has no rare words; it is weighed as if it had this many sentences.
_FEWEST_SENTENCES = 200
# Told to remember no words. It keeps the one it works on in itself, and answers are made in
# several threads.
_STEMMER = Stemmer.Stemmer("english", 0)
_STEMMING = threading.Lock()
_STEMMED_BY = f"PyStemmer {Stemmer.version()}".encode()
_KEPT, _MADE_BY = "words.bin", (Path(__file__), Path(kept.__file__), _STEMMED_BY)


@dataclass(frozen=True, slots=True)
class _Lists:
    """The packaged word lists.

    Attributes:
        stop: Words without a topic, as written.
        asked: Words that make no question another one.
        general: Stems that tell little.
        same: Word → the stem that stands for it.
        apart: Groups of stems that are told apart on purpose.
        phrases: Words that belong together → the word that stands for them.
        phrase: Finds one of them.
    """

    stop: frozenset[str]
    asked: frozenset[str]
    general: frozenset[str]
    same: Mapping[str, str]
    apart: tuple[frozenset[str], ...]
    phrases: Mapping[str, str]
    phrase: re.Pattern[str]


@cache
def _lists() -> _Lists:
    data = Path(__file__).with_name("words.toml").read_bytes()
    key = kept.key_of(_MADE_BY, data)
    plain = kept.get(_KEPT, key, lambda: _compiled(tomllib.loads(data.decode())))
    stop, asked, general, same, apart, phrases, phrase = plain
    return _Lists(stop, asked, general, same, apart, phrases, kept.pattern_of(phrase))


def _compiled(table: Mapping[str, Any]) -> tuple[Any, ...]:
    """The lists as plain data."""
    same = {word: _stem(group.split()[0]) for group in table["same"] for word in group.split()}
    general = frozenset(same.get(word, _stem(word)) for word in table["general"].split())
    apart = tuple(
        frozenset(same.get(word, _stem(word)) for word in group.split())
        for group in table["apart"]
    )
    phrases: dict[str, str] = table["phrases"]
    phrase = rf"\b(?:{'|'.join(map(re.escape, phrases))})\b"
    stop, asked = (frozenset(table[name].split()) for name in ("stop", "asked"))
    return stop, asked, general, same, apart, phrases, kept.plain_pattern(phrase)


@lru_cache(maxsize=16384)
def _stem(word: str) -> str:
    with _STEMMING:
        return str(_STEMMER.stemWord(word))


def topic_words(text: str) -> tuple[str, ...]:
    """The stems of a text's words that carry a topic, in order, with repeats.

    Words for one thing ("ice", "cold") give one stem. Numbers are left out.
    """
    lists = _lists()
    text = lists.phrase.sub(lambda found: lists.phrases[found[0]], text.casefold())
    words = (word.replace("’", "'") for word in _WORD.findall(text))
    plain = (word.removesuffix("'s").replace("'", "") for word in words)
    return tuple(lists.same.get(word) or _stem(word) for word in plain if word not in lists.stop)


def question_words(question: str) -> tuple[str, ...]:
    """What makes a question the same as another: its stems without small words, sorted.

    "How do I stretch my hip?" and "how can I stretch the hip" are one; the words for ice and
    cold stay two.
    """
    lists = _lists()
    words = (word.casefold().replace("’", "'") for word in re.findall(r"[\w'’]+", question))
    kept = sorted(_stem(word) for word in words if word not in lists.asked)
    return tuple(kept) or (question.casefold(),)


def opposites(one: AbstractSet[str], other: AbstractSet[str]) -> bool:
    """Whether two sets of stems are about things that are told apart: one ice, one heat."""
    return any(
        one & group and other & group and not one & other & group for group in _lists().apart
    )


@dataclass(frozen=True, slots=True)
class Weights:
    """How much each stem tells, from 0 to 1: rare ones tell more, general ones little.

    Attributes:
        counts: In how many sentences each stem stands.
        sentences: How many sentences were counted.
    """

    counts: Mapping[str, int]
    sentences: int

    @classmethod
    def of(cls, sentences: Iterable[Iterable[str]]) -> Weights:
        """Count the stems of some sentences."""
        counts: Counter[str] = Counter()
        total = 0
        for stems in sentences:
            counts.update(set(stems))
            total += 1
        return cls(counts, max(total, _FEWEST_SENTENCES))

    def __getitem__(self, stem: str) -> float:
        """The weight of a stem: its inverse document frequency, 1 for one that is new."""
        seen = max(1, self.counts.get(stem, 1))
        rarity = math.log((self.sentences + 1) / (seen + 0.5))
        # The root, since a corpus that says much about ice must still tell ice from heat.
        weight = math.sqrt(max(0.0, rarity / math.log((self.sentences + 1) / 1.5)))
        return weight * (_GENERAL_WEIGHT if stem in _lists().general else 1.0)

    def sum(self, stems: Iterable[str]) -> float:
        """What some stems tell together."""
        return sum(self[stem] for stem in stems)
