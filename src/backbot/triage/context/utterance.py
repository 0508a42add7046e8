"""One text as every test of context sees it: its words, cues, times and negations.

Each test is a function of an `Utterance` and a sign. Where the tests share a look-up, it is here:
commas, sentences, neighbours, and whether a text claims for itself what it also asks about.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Sequence

from backbot.model import FindingStatus, Tier
from backbot.triage.context.cues import Cues
from backbot.triage.context.mention import Judgement, Mention
from backbot.triage.context.negation import Negation
from backbot.triage.context.times import Moment
from backbot.triage.context.vocabulary import WINDOW
from backbot.triage.lexicon import Spans
from backbot.triage.text import words_of

_GREETING_REACH = 4
_CLAIMED_AFTER = words_of(
    "and but well because cos coz cause as so asking think which that plus since yes now"
)
_NOT_CLAIMED = words_of(
    "if whether do did does should could would might may when what how can not never dont"
)
_ALL_WELL = words_of(
    "fine ok okay good normal not only just a an never better stiff ache aches less isnt arent"
)
_BARE_CLAIMS = words_of("i he she it they got has have both what is its")


class Utterance:
    """One text, marked.

    Args:
        text: As typed.
        cues: The marked text, guards not blanked.
        times: Its time expressions.
        negation: Its negations.

    Attributes:
        breaks: The tokens before which a comma or a full stop stands.
        claimed: Whether what is asked about, quoted or feared is said to be there.
        asked: By sentence, and whether the sign is a term: what makes it a general question.
        disowned: Where somebody says that it is not about them, once that was asked.
    """

    def __init__(self, text: str, cues: Cues, times: Sequence[Moment], negation: Negation) -> None:
        self.text = text
        self.times = times
        self.negation = negation
        self.tokens = cues.tokens
        self.sentence = cues.sentence
        # the look-ups of the cues, at hand
        self.spans = cues.spans
        self.near = cues.near
        self.inside = cues.inside
        self.bounds = cues.bounds
        self.words = cues.words
        self.breaks = [k for k, token in enumerate(cues.tokens) if token.brk]
        self.asked: dict[tuple[int, bool], str] = {}
        self.disowned: list[tuple[int, int]] | None = None
        self.claimed = bool(cues.spans("claim")) or self._is_claimed()

    # ------------------------------------------------------------------ tokens

    def word(self, k: int) -> str:
        """The word at a place, "" outside of the text."""
        return self.tokens[k].word if 0 <= k < len(self.tokens) else ""

    def next_word(self, stop: int) -> str:
        """The word behind a range, "" where a comma, a full stop or the end parts it."""
        return "" if self.ends(stop) else self.tokens[stop].word

    def ends(self, stop: int) -> bool:
        """Whether a comma, a full stop or the end of the text follows a range."""
        return stop >= len(self.tokens) or bool(self.tokens[stop].brk)

    def is_parted(self, low: int, high: int) -> bool:
        """Whether a comma or full stop stands before one of the tokens from low to high."""
        index = bisect_left(self.breaks, low)
        return index < len(self.breaks) and self.breaks[index] <= high

    def breaks_within(self, low: int, high: int) -> list[int]:
        """Of the tokens from low to high, those with a comma or full stop before them."""
        return self.breaks[bisect_left(self.breaks, low) : bisect_left(self.breaks, high + 1)]

    def quote(self, start: int, stop: int) -> str:
        """A range as it was typed."""
        return self.text[self.tokens[start].start : self.tokens[stop - 1].end]

    def opening(self, first: int, stop: int, pointing: Sequence[tuple[int, int]] = ()) -> int:
        """The first token that says something: "hi, is sciatica …", "quick question are …".

        Args:
            first: Of the sentence.
            stop: One past the last token that it may be.
            pointing: Questions that are not meant ("what is this, …"), sorted.
        """
        for start, end in self.near("greeting", first, min(first + _GREETING_REACH, stop)):
            if start == first:
                first = end
        for start, end in pointing:
            if start == first:
                first = end
        return first

    # ------------------------------------------------------------------ a sign's surroundings

    def sentence_of(self, m: Mention) -> tuple[int, int]:
        """First token of a sign's sentence and one past its last."""
        return self.bounds(self.sentence[m.anchor])

    def beside(self, m: Mention) -> tuple[int, int]:
        """The same of a sign's sentence with the one before and the one behind it."""
        number = self.sentence[m.anchor]
        return self.bounds(number - 1)[0], self.bounds(number + 1)[1]

    def around(self, name: str, m: Mention) -> Spans:
        """Places of a class in the sign's sentence, not far from it."""
        low, high = self.bounds(self.sentence[m.anchor])
        return self.near(name, max(low, m.start - WINDOW), min(high, m.stop + WINDOW))

    def affirms(self, name: str, low: int, high: int) -> bool:
        """Whether a class begins in [low, high) undenied."""
        return any(not self.negation.is_over(start) for start, _ in self.near(name, low, high))

    def judged(self, status: FindingStatus, start: int, stop: int) -> Judgement:
        """A sign's reading for the words of a range, by which it gives nothing."""
        return Judgement(status, self.quote(start, stop), Tier.NONE)

    # ------------------------------------------------------------------ claims

    def _is_claimed(self) -> bool:
        """Whether what is asked about, quoted or feared is said to be there.

        "can sciatica cause a numb bum? mine is", "they said ring if you cant pee and i cant".
        """
        for start, stop in self.spans("claimed"):
            after = self.words(stop, stop + 2)
            if "it" in after:
                after -= {"isnt"}  # "thats what this is isnt it"
            if not (self.negation.is_over(start) or _ALL_WELL & after):
                return True
        for start, stop in self.spans("claimed_at_the_end"):
            before = self.word(start - 1)
            opens = not start or self.tokens[start].brk or before in _CLAIMED_AFTER
            whole = self.tokens[start].word not in _BARE_CLAIMS
            free = before not in _NOT_CLAIMED and not self.negation.is_over(start)
            if self.ends(stop) and (opens or whole) and free:
                return True
        return False

    def has_lasted(self, m: Mention) -> bool:
        """Whether it says behind a sign how long it has been so: "numb bum? its been two days"."""
        if m.names_a_condition:
            return False  # how long the back has hurt
        return self.affirms("lasted", m.start, self.beside(m)[1])
