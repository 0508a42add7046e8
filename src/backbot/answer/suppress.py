"""What an answer leaves out while a tier is open: exercise, massage, heat and the like."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import lru_cache

from backbot.model import ArticleMeta, Passage

# Topic (as the escalation engine names it) → words that show a sentence is advice of that kind.
_WORDS: Mapping[str, str] = {
    "exercise": r"exercis\w*|strengthen\w*|workout\w*|planks?|bridges?|clamshells?|bird-dogs?|"
    r"squats?|resistance bands?|yoga|leg raises?|training|lift(?:ing)? weights",
    "stretching": r"stretch\w*|lunges?|forward folds?|side bends?|neck rolls?|shrugs?|"
    r"touch(?:ing)? your toes|flexibility",
    "massage": r"massag\w*|shiatsu|foam (?:pad|roll\w*)|press(?:ure)? .{0,30}(?:finger|pad)\w*",
    "manual therapy": r"chiropract\w*|manual (?:therap\w*|treatment\w*)|manipulat\w*|dry needling|"
    r"acupuncture",
    "heat": r"heat|heating|hot|warm\w*",
    "cold": r"cold|ice|icing",
    "stay active": r"stay(?:ing)? active|keep(?:ing)? (?:moving|active)|moving|active|walk\w*",
}


@lru_cache(maxsize=32)
def _pattern(topics: frozenset[str]) -> re.Pattern[str]:
    words = "|".join(_WORDS[topic] for topic in sorted(topics) if topic in _WORDS)
    return re.compile(rf"\b(?:{words})\b", re.IGNORECASE)


def speaks_of(text: str, topics: frozenset[str]) -> bool:
    """Whether a text speaks of any of the topics."""
    return bool(topics) and _pattern(topics).search(text) is not None


def is_suppressed(passage: Passage, article: ArticleMeta, topics: frozenset[str]) -> bool:
    """Whether a passage is advice of a suppressed kind: its heading or its article says so."""
    if not topics:
        return False
    return speaks_of(passage.section, topics) or speaks_of(article.title, topics)
