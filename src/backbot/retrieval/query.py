"""Question → Query: a follow-up is searched for together with what it follows up."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from backbot.retrieval.terms import stem, vocabulary, words_of

_POINTS_BACK = frozenset(
    [
        "it",
        "its",
        "that",
        "them",
        "they",
        "those",
        "these",
        "this",
        "one",
        "ones",
        "he",
        "she",
        "there",
        "him",
        "her",
        "him",
        "second",
        "first",
        "other",
        "latter",
        "former",
        "same",
    ]
)
_OPENS_FOLLOW_UP = re.compile(
    r"^(?:and|so|but|or|also|ok(?:ay)?|then|more|why|where|when|which|how so|how come|how long|"
    r"how often|how hard|how many times|for how long|what about|how about|what if|what else|"
    r"any(?:thing)? (?:more|else)|is there|are there|does it|do they|should i|can i|like what|"
    r"such as)\b"
)
_FEW_WORDS = 3


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for.

    Attributes:
        text: Goes to retrieval.
        latest: The person's last text alone: the decision to answer looks at that.
    """

    text: str
    latest: str

    @property
    def follows_up(self) -> bool:
        """Whether earlier turns are part of it."""
        return self.text != self.latest


def resolve(text: str, turns: Sequence[str]) -> Query:
    """The query for a text, with the turn before it where it cannot be understood alone.

    Args:
        text: The person's last text.
        turns: Earlier texts, oldest first.
    """
    previous = next((turn for turn in reversed(turns) if _topic_words(turn)), "")
    if not previous or not _leans(text):
        return Query(text, text)
    return Query(f"{previous} {text}", text)


def _topic_words(text: str) -> list[str]:
    lists = vocabulary()
    return [
        w for w in words_of(text) if w not in lists.stop_words and stem(w) not in lists.general
    ]


def _leans(text: str) -> bool:
    """Whether a text points back: a pronoun, an opening word, or hardly a topic of its own."""
    words = words_of(text)
    own = _topic_words(text)
    points = any(word in _POINTS_BACK for word in words)
    opens = bool(_OPENS_FOLLOW_UP.match(" ".join(words)))
    return (points and len(own) <= _FEW_WORDS) or (opens and len(own) < _FEW_WORDS) or not own
