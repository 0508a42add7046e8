"""How hard an English text is to read: the reading age of an article and its hardest sentences.

The Flesch-Kincaid grade, from J. P. Kincaid and others, "Derivation of New Readability Formulas
for Navy Enlisted Personnel", Research Branch Report 8-75, US Naval Technical Training Command,
1975:

    grade = 0.39 x words per sentence + 11.8 x syllables per word - 15.59

The grade is that of a United States school, whose first grade has pupils of six: the reading
age is the grade plus five. A clinic's usual aim is a reading age of 11 to 14.

Syllables are counted by rules instead of a dictionary. Compared with the CMU pronouncing
dictionary the count is right for 91 in 100 of its 126 000 words, many of them names, and for
nearly all in our own articles; the sum over either is right to about one part in 100.
"""

from __future__ import annotations

import math
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import lru_cache

from backbot.corpus.issue import Issue, issue_at, shown
from backbot.corpus.prose import Prose, Sentence

HARD_GRADE = 9.0
_AGE_ABOVE_GRADE = 5
_FEWEST_WORDS = 30  # the formula says nothing about less
_HARD_SENTENCE_WORDS = 6
_NAMED = 3

_WORD = re.compile(r"[^\W\d_]+(?:['’-][^\W\d_]+)*|\d[\d.,]*")
_VOWELS = re.compile(r"[aeiouy]+")


@dataclass(frozen=True, slots=True)
class Reading:
    """How hard a text is to read.

    Attributes:
        grade: Flesch-Kincaid, in United States school years; may lie below 0.
        words: How many it was measured on.
    """

    grade: float
    words: int

    @property
    def age(self) -> int:
        """The age at which most people can read it, in years, never below 6."""
        return max(6, math.ceil(self.grade) + _AGE_ABOVE_GRADE)


def reading_of(prose: Prose) -> Reading | None:
    """How hard an article is to read.

    Returns:
        None where it is not in English or has fewer than 30 words.
    """
    if not prose.english:
        return None
    texts = [sentence.text for sentence in prose.sentences if sentence.kind != "row"]
    found = measure(texts)
    return found if found.words >= _FEWEST_WORDS else None


def measure(sentences: Iterable[str]) -> Reading:
    """The Flesch-Kincaid grade of some sentences, each of which counts as one.

    A list item counts as a sentence.
    """
    count = words = sounds = 0
    for sentence in sentences:
        found = _WORD.findall(sentence)
        count += bool(found)
        words += len(found)
        sounds += sum(syllables(word) for word in found)
    if not words:
        return Reading(0.0, 0)
    return Reading(0.39 * words / count + 11.8 * sounds / words - 15.59, words)


def hard_to_read(proses: Iterable[Prose]) -> Iterator[Issue]:
    """A warning for each article over the limit; it names the three hardest sentences."""
    for prose in proses:
        reading = reading_of(prose)
        if reading is None or reading.grade <= HARD_GRADE:
            continue
        worst = hardest(prose.sentences)
        named = "; ".join(f"line {s.place.line}: {shown(s.text, 90)}" for s in worst)
        first, *others = (sentence.place for sentence in worst)
        yield issue_at(
            "warning",
            "readability",
            first,
            f"the article is hard to read: reading age {reading.age}, "
            f"where {_AGE_ABOVE_GRADE + int(HARD_GRADE)} is the limit. Use shorter sentences and "
            f"shorter words. The hardest: {named}.",
            tuple(others),
        )


def hardest(sentences: Iterable[Sentence]) -> tuple[Sentence, ...]:
    """The three sentences with the highest grade, the worst first."""
    graded = [
        (measure([sentence.text]), sentence) for sentence in sentences if sentence.kind != "row"
    ]
    long = [pair for pair in graded if pair[0].words >= _HARD_SENTENCE_WORDS] or graded
    long.sort(key=lambda pair: -pair[0].grade)
    return tuple(sentence for _, sentence in long[:_NAMED])


@lru_cache(maxsize=16384)
def syllables(word: str) -> int:
    """How many syllables an English word has, at least 1, by rules of spelling.

    A number counts one, since nobody stumbles over its length.
    """
    word = word.casefold().replace("’", "'")
    if "-" in word:
        return sum(syllables(part) for part in word.split("-") if part)
    word = re.sub(r"'(?:s|d|m|ll|re|ve|t)?$", "", word)
    if not word.isalpha():
        return 1
    count = len(_VOWELS.findall(word)) - len(_SILENT.findall(word)) + len(_SPLIT.findall(word))
    return max(1, count)


# Vowels that are written and not spoken: "make", "makes", "moved", "safely", "movement", and
# the first of two in "tension", "special".
_SILENT = re.compile(
    r"(?<=[^aeiouy])e$"
    r"|(?<=[aeiouy][^aeiouyscxzg])es$"
    r"|(?<=[aeiouy](?:th|st))es$"
    r"|(?<=[aeiouy][lnr][^aeiouyscxzg])es$"
    r"|(?<=[^aeioudt])ed$"
    r"|(?<=[aeiouy][^aeiouy])e(?=(?:ly|ment|ments|ful|less|ness|some|where|thing|times?|style)$)"
    r"|(?<=[tscgx])(?=i(?:on|ous|al|an|ent|ence))"
    r"|(?<=qu)e(?=s?$)"
)
# Two syllables written as neighbouring vowels ("area", "create", "being"), and "spasm", "able".
_SPLIT = re.compile(
    r"i[aou](?!u)|ea(?=s?$)|eo(?!p)|ua(?=l|t)|(?<=[^q])uou|iu|[aeiouy](?=ing)|ie(?=t)"
    r"|(?<=[^aeiouy])l(?=e$)|sm(?=s?$)|(?<=cr)e(?=at)"
)
