"""Words → terms: what passages and questions are compared by, word for word.

Lower case, stop words out, stems (Snowball), and lay words brought to the articles' words
(`synonyms.toml`). A question's misspelt words have been put right before (`spelling.py`).
"""

from __future__ import annotations

import threading
import tomllib
import unicodedata
from collections.abc import Iterable, Mapping, Sequence
from functools import lru_cache
from pathlib import Path
from typing import Any

import Stemmer

from backbot import kept
from backbot.frozen import dataclass
from backbot.kept import compiled

_WORD = compiled(r"[a-z0-9]+(?:'[a-z]+)?")
# Told to remember no words. It keeps the one it works on in itself, and answers are made in
# several threads.
_STEMMER = Stemmer.Stemmer("english", 0)
_STEMMING = threading.Lock()
_STEMMED_BY = f"PyStemmer {Stemmer.version()}".encode()
_KEPT = "vocabulary.bin"
# What turns words into terms: part of the key of all that is kept of them
MADE_BY = (Path(__file__), Path(kept.__file__), _STEMMED_BY)


@dataclass(frozen=True, slots=True)
class Vocabulary:
    """The lexical layer's word lists.

    Attributes:
        stop_words: Words that carry no topic.
        synonyms: Stem → stems of the articles' words for the same thing.
        phrases: Word sequences (folded) that stand for one term.
        general: Content words that say little about the topic of a back-pain question.
        right: Every single word of the lists: none of them is misspelt.
    """

    stop_words: frozenset[str]
    synonyms: Mapping[str, tuple[str, ...]]
    phrases: Mapping[tuple[str, ...], str]
    general: frozenset[str]
    right: frozenset[str]


def fold(text: str) -> str:
    """Lower case, without accents, with plain quotes and dashes."""
    if text.isascii():  # ten times as quick, and most texts are
        return text.lower()
    plain = unicodedata.normalize("NFKD", text.casefold())
    plain = "".join(c for c in plain if not unicodedata.combining(c))
    return plain.translate({0x2019: "'", 0x2018: "'", 0x2013: "-", 0x2014: "-"})


@lru_cache(maxsize=16384)
def stem(word: str) -> str:
    """The Snowball stem of a folded word, British spellings brought to one form."""
    word = word.replace("'s", "").replace("'", "")
    for british, american in (
        ("isation", "ization"),
        ("ise", "ize"),
        ("our", "or"),
        ("fibre", "fiber"),
        ("programme", "program"),
        ("oed", "ed"),
    ):
        if word.endswith((british, british + "s", british + "d")):
            word = word.replace(british, american)
    with _STEMMING:
        return str(_STEMMER.stemWord(word))


@lru_cache(maxsize=1)
def vocabulary() -> Vocabulary:
    """The packaged word lists."""
    data = Path(__file__).with_name("synonyms.toml").read_bytes()
    key = kept.key_of(MADE_BY, data)
    return Vocabulary(**kept.get(_KEPT, key, lambda: _compiled(tomllib.loads(data.decode()))))


def _compiled(table: Mapping[str, Any]) -> dict[str, Any]:
    """The fields of the vocabulary as plain data."""
    synonyms: dict[str, list[str]] = {}
    phrases: dict[tuple[str, ...], str] = {}
    for group in table["same"]:
        for lay in group["lay"]:
            words = tuple(_WORD.findall(fold(lay)))
            targets = [stem(word) for word in group["article"]]
            if len(words) > 1:
                key = "_".join(words)
                phrases[words] = key
                synonyms.setdefault(key, []).extend(targets)
            else:
                synonyms.setdefault(stem(words[0]), []).extend(targets)
    return {
        "stop_words": frozenset(table["stop_words"]),
        "synonyms": {k: tuple(dict.fromkeys(v)) for k, v in synonyms.items()},
        "phrases": phrases,
        "general": frozenset(stem(w) for w in table["general"]),
        "right": frozenset(
            word
            for text in (
                *table["stop_words"],
                *table["general"],
                *(text for group in table["same"] for text in (*group["lay"], *group["article"])),
            )
            for word in words_of(text)
        ),
    }


def words_of(text: str) -> list[str]:
    """Folded words of a text, in order."""
    return _WORD.findall(fold(text))


def terms_of(text: str) -> list[str]:
    """Stems of the content words of an article's text, in order, with repeats."""
    return stems_of(words_of(text))


def stems_of(words: Iterable[str]) -> list[str]:
    """Stems of the content words among folded words, in order, with repeats."""
    stop = vocabulary().stop_words
    return [stem(word) for word in words if word not in stop]


# "Back pain at 25" asks nothing of the 25 trials of a review.
_BEFORE_AN_AGE = frozenset(("at", "age", "aged", "im", "i'm", "am", "turned", "turning"))


def _is_age(before: Sequence[str]) -> bool:
    """Whether a number that comes after these words is somebody's age: "at 25", "I'm only 16"."""
    told = before[:-1] if before[-1:] in (["only"], ["just"], ["nearly"]) else before
    return bool(told) and told[-1] in _BEFORE_AN_AGE


@dataclass(frozen=True, slots=True)
class QueryTerm:
    """One content word of a question.

    Attributes:
        word: As typed, folded.
        options: Stems any of which covers it: its own and its synonyms.
        known: Whether the corpus has any of them.
        general: Whether it says little about the topic.
    """

    word: str
    options: tuple[str, ...]
    known: bool
    general: bool


def query_terms(text: str, corpus_terms: Mapping[str, int]) -> list[QueryTerm]:
    """The content words of a question.

    Args:
        text: The question, its spelling put right.
        corpus_terms: Stems of the corpus.
    """
    lists = vocabulary()
    tokens = words_of(text)
    found: list[QueryTerm] = []
    seen: set[str] = set()
    k = 0
    while k < len(tokens):
        phrase = _phrase_at(tokens, k, lists)
        if phrase:
            key = lists.phrases[phrase]
            options = lists.synonyms[key]
            k += len(phrase)
            name = " ".join(phrase)
        else:
            word = tokens[k]
            k += 1
            if word in lists.stop_words or (len(word) == 1 and not word.isdigit()):
                continue
            if word.isdigit() and _is_age(tokens[: k - 1]):
                continue
            own = stem(word)
            options = (own, *lists.synonyms.get(own, ()))
            name = word
        options = tuple(dict.fromkeys(options))
        if options[0] in seen:
            continue
        seen.add(options[0])
        known = any(o in corpus_terms for o in options)
        general = not lists.general.isdisjoint(options)
        found.append(QueryTerm(name, options, known, general))
    return found


def _phrase_at(tokens: Sequence[str], k: int, lists: Vocabulary) -> tuple[str, ...]:
    """The longest phrase of the lists that begins at a token, or ()."""
    if tokens[k] in _openers():
        for length in (4, 3, 2):
            candidate = tuple(tokens[k : k + length])
            if candidate in lists.phrases:
                return candidate
    return ()


@lru_cache(maxsize=1)
def _openers() -> frozenset[str]:
    """First words of the lists' phrases: few words of a question are one."""
    return frozenset(words[0] for words in vocabulary().phrases)
