"""How people put things → how articles put them, for the encoder's eyes.

A small encoder does not know that "couch potato" is about sitting too long, that "downward dog" is
yoga, or that "doing the same twist two thousand times a shift" is overuse. A careful reader adds
that for himself. So does this: the articles' words go in brackets behind what was said, which
stays. Only ranking reads it; warning signs are looked for in what was typed.
"""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping, Sequence
from collections.abc import Set as AbstractSet
from functools import lru_cache
from pathlib import Path
from typing import Any

from backbot import kept
from backbot.frozen import dataclass
from backbot.kept import compiled
from backbot.retrieval.terms import terms_of

_WORD = compiled(r"[^\W_]+(?:['’][^\W_]+)*")
_KEPT, _MADE_BY = "phrasing.bin", (Path(__file__), Path(kept.__file__))
# Not counted: "the front of my hips" and "front of both hips" are one phrase.
_PASSED_OVER = frozenset(
    [
        *("a", "an", "the", "my", "your", "ya", "yer", "me", "his", "her", "our", "their"),
        *("this", "that", "these", "those", "all", "both"),
    ]
)
_UNITS = r"(?:shift|day|night|week|hour)"
# One movement made very often, however it is called.
_OFTEN = compiled(
    rf"\bsame (?:\w+ ){{1,4}}?(?:all (?:day|night|the time|shift)|(?:every|each) (?:time|{_UNITS})"
    rf"|\d+ ?(?:x|times)|(?:a )?(?:hundred|thousand)s?(?: of)? times|(?:a|per) {_UNITS})\b"
    rf"|\b\d{{3,}} ?(?:x|times) (?:a|an|per|every|each) {_UNITS}\b"
)
_OFTEN_MEANS = "repetitive motion, overuse"
_SENTENCE_END = compiled(r"(?<=[.!?])\s+|\n+")
_STORY = 22  # words: a shorter text is a question
_SHORTEST_QUESTION = 4  # "Who is right?" asks nothing by itself


@dataclass(frozen=True, slots=True)
class _Phrases:
    """The list.

    Attributes:
        means: Words of a phrase, folded → the articles' words for it.
        openers: First words of the phrases: few words of a question are one.
        longest: Words of the longest phrase.
    """

    means: Mapping[tuple[str, ...], str]
    openers: frozenset[str]
    longest: int


def put_plainly(text: str, named: Collection[AbstractSet[str]] = ()) -> str:
    """A question with the articles' words behind what it says in other ones.

    Args:
        text: The question, its spelling put right.
        named: Stems of each title and heading of the articles in service. What one of these
            names is left as it is: an article on sciatica is asked for sciatica, whatever others
            call it.

    Returns:
        The question itself where it says nothing in other words.
    """
    phrases = _phrases()
    words = [
        (folded, found.start(), found.end())
        for found in _WORD.finditer(text)
        if (folded := _fold(found[0])) not in _PASSED_OVER
    ]
    parts: list[str] = []
    said: set[str] = set()
    done = k = 0
    while k < len(words):
        taken = 1
        if words[k][0] in phrases.openers:
            for length in range(min(phrases.longest, len(words) - k), 0, -1):
                means = phrases.means.get(tuple(word for word, _, _ in words[k : k + length]))
                if means and means not in said and not _is_named(words[k : k + length], named):
                    end = words[k + length - 1][2]
                    parts.append(f"{text[done:end]} ({means})")
                    done, taken = end, length
                    said.add(means)
                    break
        k += taken
    parts.append(text[done:])
    if _OFTEN_MEANS not in said and _OFTEN.search(text.casefold()):
        parts.append(f" ({_OFTEN_MEANS})")
    return "".join(parts)


def _is_named(phrase: Sequence[tuple[str, int, int]], named: Collection[AbstractSet[str]]) -> bool:
    stems = frozenset(terms_of(" ".join(word for word, _, _ in phrase)))
    return bool(stems) and any(stems <= heading for heading in named)


def question_in(text: str) -> str:
    """The sentence of a long story that asks; "" for a text that is no story, or asks nowhere.

    Args:
        text: The question, its spelling put right.
    """
    if len(text.split()) < _STORY:
        return ""
    sentences = [part for part in _SENTENCE_END.split(text) if part.strip()]
    if len(sentences) == 1:
        return ""
    asking = [part for part in sentences if part.rstrip().endswith("?")] or sentences
    return asking[-1] if len(asking[-1].split()) >= _SHORTEST_QUESTION else ""


def _fold(word: str) -> str:
    return word.casefold().replace("'", "").replace("’", "")


@lru_cache(maxsize=1)
def _phrases() -> _Phrases:
    data = Path(__file__).with_name("phrasing.toml").read_bytes()
    key = kept.key_of(_MADE_BY, data)
    means: dict[tuple[str, ...], str] = kept.get(
        _KEPT, key, lambda: _compiled(tomllib.loads(data.decode()))
    )
    return _Phrases(means, frozenset(words[0] for words in means), max(map(len, means)))


def _compiled(table: Mapping[str, Any]) -> dict[tuple[str, ...], str]:
    """Each phrase's words, those passed over left out, and what it means."""
    return {
        tuple(
            word for found in _WORD.findall(lay) if (word := _fold(found)) not in _PASSED_OVER
        ): group["article"]
        for group in table["say"]
        for lay in group["lay"]
    }
