"""Reported: words that are quoted, told in a story, or a term whose meaning is asked.

The bot's own list pasted back, a film or a book, "what is foot drop": none of it is a sign of
whoever writes, unless they say so (docs/safety.md, H2 and H20).
"""

from __future__ import annotations

import re
from bisect import bisect_left

from backbot.model import FindingStatus
from backbot.triage.context.mention import CRISES, RED_CONCEPTS, Judgement, Mention
from backbot.triage.context.utterance import Utterance
from backbot.triage.context.vocabulary import (
    LONGEST_CUE,
    MEDICAL,
    PERSON_WORDS,
    READS,
    THEIRS,
)
from backbot.triage.text import HARD, words_of

_QUOTES = 4  # before a sign, as many are looked at


def quoted(said: Utterance, m: Mention) -> Judgement | None:
    """The bot's own list, pasted or told: "you said 'weakness in both legs'"."""
    if said.claimed:
        return None
    places = said.inside("quoted", said.sentence[m.anchor])
    last = bisect_left(places, (m.start, 0))
    for start, stop in places[max(0, last - _QUOTES) : last]:
        if stop > m.start:
            continue
        between = said.text[said.tokens[stop - 1].end : said.tokens[m.start].start]
        if _is_open(between):
            return said.judged(FindingStatus.NEGATED, start, stop)
    return None


_QUOTE_MARKS = re.compile(r"(?<!\w)['\"‘’“”«»]|['\"‘’“”«»](?!\w)")


def _is_open(text: str) -> bool:
    """Whether a quotation is open at the end of some text: `said "numb` is, `said "numb" and` not.

    A mark within a word is an apostrophe.
    """
    opened = 0
    for mark in _QUOTE_MARKS.finditer(text):
        opens = mark.end() == len(text) or (
            text[mark.end()].isalnum() and mark.group() not in "’”"
        )
        opened = opened + 1 if opens else max(0, opened - 1)
    return opened > 0


_AFTER_A_TERM = words_of("exactly actually anyway again please pls then mean means like about")
_BEFORE_A_TERM = words_of("a an the exactly actually is this that word term")
_CRISIS_TERM = 2  # words of a bare term: "self harm", "an overdose"


def asked_what(said: Utterance, m: Mention) -> Judgement | None:
    """What a word means: "gran had it in the 60s, what is foot drop exactly"."""
    if PERSON_WORDS & said.words(m.start, m.stop):
        return None
    if m.concept in CRISES and m.stop - m.start > _CRISIS_TERM:
        return None  # "what is the easiest way to die" asks for no word
    if _is_a_word_heard(said, m):
        return said.judged(FindingStatus.INFORMATIONAL, m.start, m.stop)
    end = m.stop
    while end < len(said.tokens) and said.tokens[end].word in _AFTER_A_TERM:
        end += 1
    if end < len(said.tokens) and said.tokens[end].brk != HARD:
        return None
    for start, stop in said.near("asks_what", m.start - LONGEST_CUE, m.start):
        same = said.sentence[start] == said.sentence[m.start]
        if same and said.words(stop, m.start) <= _BEFORE_A_TERM and stop <= m.start:
            return said.judged(FindingStatus.INFORMATIONAL, start, stop)
    return None


_SAID_OR_WROTE = words_of(
    "said says say saying wrote written writes mentioned mentions mention asked asks called card "
    "leaflet letter report list lists word words term phrase note notes sheet form booklet"
)
_OF_A_WORD = words_of("that this it they those these he she mean means meant")
_HEARD_REACH = 6


def _is_a_word_heard(said: Utterance, m: Mention) -> bool:
    """Whether it is asked what somebody meant: "the nurse said saddle numbness, what is that".

    Only words of leaflets: whoever says "numb bum" is asked, not informed.
    """
    if said.claimed or not said.words(m.start, m.stop) <= MEDICAL:
        return False
    if not _SAID_OR_WROTE & said.words(m.start - _HEARD_REACH, m.start):
        return False
    for k in range(m.stop, min(m.stop + _HEARD_REACH, len(said.tokens) - 1)):
        follow = said.words(k + 1, k + 3)
        if said.tokens[k].word in {"what", "whats"} and follow & _OF_A_WORD:
            return True
    return False


def in_a_story(said: Utterance, m: Mention) -> Judgement | None:
    """A sign in a story, a film or a book."""
    told = [
        (start, stop)
        for start, stop in said.around("fiction", m)
        if not (start >= m.stop and _is_told_behind(said, m, start))
        and not _is_beside_a_story(said, stop, m)
    ]
    if m.concept in CRISES:  # "he posted on facebook that he cant go on"
        told = [(start, stop) for start, stop in told if start < m.start or stop > m.stop]
    if told and not PERSON_WORDS & said.words(m.start - 3, m.stop):
        return said.judged(FindingStatus.INFORMATIONAL, *told[0])
    return None


_MEANWHILE = words_of("watching reading during while whilst like")
_BRIEF = 3  # "Can't talk. Elephant documentary."


def _is_told_behind(said: Utterance, m: Mention, story: int) -> bool:
    """Whether a story is told of behind the sign only, which is not in it.

    "my legs went numb while watching a film", "numb bum for 2 days, read about it online".
    """
    before = said.words(story - 3, story)
    if _MEANWHILE & before:
        return True
    if {"from", "after"} & before and said.around("still_there", m):
        return True  # "numb bum from the film, and its still numb"
    brief = m.stop - m.start < _BRIEF and m.concept not in RED_CONCEPTS
    return said.is_parted(m.stop, story) and not brief and not m.names_a_condition


def _is_beside_a_story(said: Utterance, stop: int, m: Mention) -> bool:
    """Whether a sign stands bare behind a comma: "read about it online, numb bum"."""
    if m.names_a_condition or stop > m.start or not said.is_parted(stop, m.start):
        return False
    of_them = THEIRS & said.words(stop, m.stop)
    asked = said.around("informational", m)
    return not of_them and all(READS & said.words(*place) for place in asked)
