"""Negation: the cues that deny something in a text, and how far each of them reaches.

After NegEx and ConText: a cue reaches six tokens in lay text, a list continues it, and a full
stop, a new clause or a next cue ends it. Which cue denies a sign is decided in `denial`. What a
cue is, and what looks like one and is none, stands in rules/context.toml.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection
from itertools import pairwise

from backbot.frozen import dataclass
from backbot.triage.context.cues import Cues, longest
from backbot.triage.context.vocabulary import DENIED_SIGNS, OR
from backbot.triage.lexicon import Spans
from backbot.triage.text import HARD, SOFT, words_of

_SCOPE = 6  # tokens a negation reaches in lay text
CLINICAL_SCOPE = 12  # and in a clinician's sentence, which lists more and ends with a full stop
LIST_REACH = 5
NOUN_CUES = frozenset({"no", "without", "zero", "nil", "any"})
# What a "no" may deny before a comma, whatever sign its words would make with those behind it.
DENIED_NOUNS = words_of(
    "leak leaks leaking leakage accident accidents weakness numbness tingling needles pain pains "
    "fever temperature incontinence retention sciatica spasm spasms swelling trauma falls fall "
    "burning problems trouble issues symptoms changes bother dribble dribbles dribbling wetting"
)
_DETERMINERS = words_of("the my his her")
_HAVE = words_of("had have has having been got any a an")
# Adjectives do not continue "no fever, …": a new clause begins.
_ADJECTIVES = words_of(
    "numb tingly weak dead paralysed floppy unsteady severe mild marked persistent worsening new "
    "increased reduced altered still also legs leg foot feet arm"
)
_SAID_OF_A_PART = words_of(
    "numb dead weak tingly stuck blocked gone wet floppy leaking useless asleep paralysed limp"
)
_BEHIND_A_QUALITY = words_of("and since now but for today again all though still this when")
_PART_AND_QUALITY = 4
_CLAUSE_REACH, _LONGEST_ITEM = 8, 5
TELLING = words_of(
    "met dumped forgot put let lets laugh cough sneeze sneezed thinking hurting staggering "
    "stagger passes wraps wet soiled pooed peed pissed weed shat messed leaked hit thrown fell "
    "fallen crashed came went "
    "gone woke wakes lost losing cant cannot couldnt wont wouldnt doesnt didnt isnt is are was "
    "were keeps stopped started feels felt gets goes took taken swallowed drank eaten struggling "
    "struggle need needing have has had unable hardly barely dropped tripped collapsed passed "
    "knocked kicked slipped landed broke myself herself himself i she he they since twice again "
    "yesterday today tonight now every last keep drags dragging dragged drooping drooped slurred "
    "slurring wants want end cut hurt tearing ripped ripping"
)
"""Words that no item of a list of denials holds: it is a clause that tells something."""
_TO_BE = words_of("not isnt arent wasnt werent")
_NEVER = words_of("never")
# A finding's place: "wasting of the hand muscles", "trigger point in R trapezius" (read "are").
_SAYS_WHERE = words_of("in of at on over")
_WHERE = words_of("the his her both left right are l either lower upper")
_VERB_CUES = words_of("not isnt arent wasnt werent dont doesnt didnt havent hasnt aint")
# "not my leg, my privates", "not in the foot, numb bum": another place, and no list.
_OF_A_PLACE = words_of("my the his her in on from down")
_CONTRASTS = words_of("its theyre")
# "i dont think its numb", "its not that its weak": what follows is still denied.
OPINIONS = words_of(
    "think believe feel reckon say said know sure mean that if whether because cos coz as like "
    "guess suppose imagine thought where when since"
)
_CONCESSIONS = words_of("although though despite while whilst whereas")
# What may stand between a noun and the next determiner within one noun phrase.
LINKS = words_of(
    "of in to from with on at for down around round over under along into inside or and nor near "
    "between behind across through up about either both all any feel feeling is are was were had "
    "having touching when if like than as"
)
_BEFORE_A_NO = words_of("god gosh er um well definitely absolutely thankfully oh nope luckily")
_SAID = words_of("said say says answered told replied")
_AFTER_ANSWER = words_of("i im ive my its he she they can we")
_AFTER_NEGATION = words_of(
    "and but just on by for at in with from over since given now bilaterally throughout "
    "currently today clinically either"
)


@dataclass(frozen=True, slots=True)
class Scope:
    """A negation cue [start, stop) and one past the last token it reaches."""

    start: int
    stop: int
    reach: int


class Negation:
    """Negation cues of one text and what they reach.

    Args:
        cues: The marked text.
        scope: How many tokens a cue reaches.
        parted: Tokens before which a colon, a semicolon or a dash stands, in a clinician's
            sentence: no cue before them reaches farther.
    """

    def __init__(
        self, cues: Cues, scope: int = _SCOPE, parted: Collection[int] = frozenset()
    ) -> None:
        self._cues = cues
        self._tokens = cues.tokens
        self._length = scope
        self._is_lay = scope == _SCOPE
        self._scopes: list[Scope] = []
        self._starts: list[int] = []
        self._after: dict[int, tuple[int, int]] = {}
        if not any(map(self._cued, ("negation_before", "negation_after"))):
            return
        self._subjects = {a for a, _ in cues.spans("subjects")}
        self._stops = {a for a, _ in self._cued("terminators")}
        undone = {k for a, b in longest(self._cued("pseudo_negation")) for k in range(a, b)}
        undone |= {k for a, b in cues.spans("double_negation") for k in range(a, b)}
        places = [
            (start, stop)
            for start, stop in longest(self._cued("negation_before"))
            if start not in undone
            and not self._answers(start, stop)
            and not self._excepts(start, stop)
        ]
        # "denies: fever, chills" goes on
        self._stops |= set(parted) - {stop for _, stop in places}
        for number, (start, stop) in enumerate(places):
            # A further cue takes over: "no fever, no sweats" is no double negation.
            following = places[number + 1][0] if number + 1 < len(places) else len(self._tokens)
            self._scopes.append(Scope(start, stop, self._reach(start, stop, following)))
        self._starts = [scope.start for scope in self._scopes]
        self._after = {
            start: (start, stop)
            for start, stop in longest(self._cued("negation_after"))
            if start not in undone
        }

    def _cued(self, name: str) -> Spans:
        """Places of a kind of cue; a clinician's sentence has some of its own."""
        spans = self._cues.spans(name)
        return spans if self._is_lay else [*spans, *self._cues.spans(f"clinical_{name}")]

    def _answers(self, start: int, stop: int) -> bool:
        """Whether a "no" answers something: "no, my leg is numb", "no i cant pee"."""
        tokens = self._tokens
        if tokens[start].word != "no" or stop - start > 1:
            return False
        if stop >= len(tokens) or tokens[stop].brk == HARD:
            return True
        said = bool(start) and tokens[start - 1].word in _SAID
        if tokens[stop].brk == SOFT and (stop in self._subjects or tokens[start].asks or said):
            return True
        return tokens[stop].word in _AFTER_ANSWER

    def _excepts(self, start: int, stop: int) -> bool:
        """Whether "anything but" begins a clause: "doubt its anything but my bum is numb"."""
        return self._tokens[stop - 1].word == "but" and stop - start > 1 and stop in self._subjects

    def _reach(self, start: int, stop: int, end: int) -> int:
        """Where a cue's scope ends: a full stop, a terminator, a new clause, or its length.

        Not behind `end`, where the next cue begins.
        """
        tokens = self._tokens
        left = self._length
        noun = tokens[start].word in NOUN_CUES and tokens[stop - 1].word != "longer"
        verbs = _VERB_CUES if self._is_lay else _VERB_CUES | _NEVER
        verb = stop - start == 1 and tokens[start].word in verbs
        does = tokens[start].word not in _TO_BE or not self._is_lay
        concedes = self._concedes(start) or (verb and not does and self._contrasts(stop))
        k = min(stop, end)
        while k < end and left:
            token = tokens[k]
            ends = k in self._stops and not self._is_one_more(k)
            if token.brk == HARD or ends or (token.brk == SOFT and concedes):
                break
            if k > stop and self._starts_anew(k, noun=noun):
                break
            joined = token.word in {"and", "n"}
            first = k + 1 if joined else k
            if self._is_lay and token.brk == SOFT and k > stop and self._minimises(stop, k):
                break  # "not a big deal, pads are soaked"
            if joined or token.brk == SOFT:
                # "no numbness and tingling" goes on, "not working and numb" does not
                if first in self._subjects or (joined and verb):
                    break
                if verb and does and not self._lists(k):
                    break
                if self._is_a_finding(k) or (noun and self._begins_a_statement(stop, k, first)):
                    break
            if joined or token.brk == SOFT or token.word in OR:
                left = self._length + 1
            left -= 1
            k += 1
        return k

    def _is_one_more(self, k: int) -> bool:
        """Whether a clinician's "or" goes on with what would end a denial: "or had headaches"."""
        return not self._is_lay and self._tokens[k - 1].word in OR

    def _begins_a_statement(self, stop: int, k: int, first: int) -> bool:
        """Whether what a comma or an "and" joins to a denied noun is said to be there.

        Args:
            stop: One past the cue.
            k: What the comma stands before, or the "and".
            first: Its first word.
        """
        soft = self._tokens[k].brk == SOFT
        adjective = first < len(self._tokens) and (
            self._tokens[first].word in _ADJECTIVES
            or bool(not self._is_lay and self._cues.near("graded", first, first + 1))
        )
        if adjective and not (soft and self._is_an_item(stop, k)):
            return True
        return soft and self._is_lay and (self._says_of_a_part(k) or self._tells(k))

    def _is_an_item(self, stop: int, k: int) -> bool:
        """Whether a comma's words are one of many nouns: "no falls, leg weakness, fever"."""
        end = self._end_of_item(k)
        words = self._cues.words(k, end)
        if words & TELLING or not 1 < end - k <= _LONGEST_ITEM:
            return False
        before = any(token.brk == SOFT for token in self._tokens[stop + 1 : k])
        if OR & words:
            return before
        if self._tokens[end - 1].word not in DENIED_NOUNS:
            return False
        if before:
            return True
        parted = end < len(self._tokens) and self._tokens[end].brk == SOFT
        following = self._end_of_item(end) if parted else end
        own = TELLING & self._cues.words(end, following)
        return parted and 0 < following - end <= _LONGEST_ITEM and not own

    def _is_a_finding(self, k: int) -> bool:
        """Whether a comma's words, in a clinician's sentence, are graded, measured or placed.

        "No thrombus, moderate regurgitation", "nil spasticity, clonus x 4".
        """
        if self._is_lay or self._tokens[k].brk != SOFT or self._lists(k):
            return False
        end = self._end_of_item(k)
        words = [token.word for token in self._tokens[k:end]]
        placed = any(one in _SAYS_WHERE and two in _WHERE for one, two in pairwise(words))
        near = self._cues.near
        told = words[0] == "with" or near("graded", k, k + 1) or near("found_there", k, end)
        return bool(placed or told or any(map(str.isdigit, words)))

    def _end_of_item(self, k: int) -> int:
        """One past the last token before the next comma or full stop behind a token."""
        end = k + 1
        while end < len(self._tokens) and not self._tokens[end].brk and end < k + _CLAUSE_REACH:
            end += 1
        return min(end, len(self._tokens))

    def _tells(self, k: int) -> bool:
        """Whether a comma is followed by a clause, no list: "no pain, wet myself twice"."""
        end = self._end_of_item(k)
        if OR & self._cues.words(k, end + 1):
            return False
        return bool(TELLING & self._cues.words(k, end)) and not self._lists(k)

    def _says_of_a_part(self, k: int) -> bool:
        """Whether bare words behind a comma are a clause: "no pain, bladder numb", "wee stuck"."""
        for j in range(k + 1, min(k + _PART_AND_QUALITY, len(self._tokens))):
            if self._tokens[j].brk:
                return False
            if self._tokens[j].word in _SAID_OF_A_PART:
                ends = j + 1 >= len(self._tokens) or self._tokens[j + 1].brk
                return bool(ends or self._tokens[j + 1].word in _BEHIND_A_QUALITY)
        return False

    def _minimises(self, stop: int, k: int) -> bool:
        """Whether what is denied before a comma is no sign, so that no list goes on."""
        return not any(self._cues.near(name, stop, k) for name in DENIED_SIGNS)

    def _starts_anew(self, k: int, *, noun: bool) -> bool:
        """Whether another phrase begins that is not denied.

        After a "no", the next noun: "without my stick *the weakness* shows". After any negation
        what is there instead: "its not pain *its numbness*".
        """
        word, before = self._tokens[k].word, self._tokens[k - 1].word
        if word in _CONTRASTS and before not in OPINIONS:
            return True
        return noun and word in _DETERMINERS and before not in LINKS

    def _concedes(self, start: int) -> bool:
        """Whether the cue's sentence begins with a concession, which its comma ends."""
        first, _ = self._cues.bounds(self._cues.sentence[start])
        return self._tokens[first].word in _CONCESSIONS

    def _contrasts(self, stop: int) -> bool:
        """Whether it denies a place that another one takes: "not my leg, my privates"."""
        begins = stop < len(self._tokens) and self._tokens[stop].word in _OF_A_PLACE
        return begins and not self._lists(stop)

    def _lists(self, k: int) -> bool:
        """Whether a comma is one of a list that ends in "or": "havent been sick, dizzy or hot"."""
        for token in self._tokens[k + 1 : k + LIST_REACH]:
            if token.brk == HARD:
                return False
            if token.word in OR:
                return True
        return False

    def over(self, token: int, outside: tuple[int, int]) -> Scope | None:
        """The cue whose scope holds the token and that is not part of `outside`."""
        index = bisect_left(self._starts, token)
        while index:
            index -= 1
            scope = self._scopes[index]
            if outside[0] <= scope.start < outside[1]:
                continue
            # "never had" takes the "had" of "had an accident" for its own
            shared = scope.start < token < scope.stop and all(
                t.word in _HAVE for t in self._tokens[token : scope.stop]
            )
            return scope if shared or scope.stop <= token < scope.reach else None
        return None

    def is_cue(self, token: int) -> bool:
        """Whether the token is part of a cue."""
        return any(scope.start <= token < scope.stop for scope in self._scopes)

    def is_over(self, token: int) -> bool:
        """Whether a cue reaches the token."""
        return self.over(token, (token, token + 1)) is not None

    def within(self, start: int, stop: int, own: set[int]) -> Scope | None:
        """A cue that begins between two tokens and is no part of the sign's own words."""
        index = bisect_left(self._starts, start + 1)
        while index < len(self._scopes) and self._starts[index] < stop:
            scope = self._scopes[index]
            # "numb, not my leg, my privates": another place is denied
            elsewhere = scope.reach < stop and self._contrasts(scope.stop)
            if scope.start not in own and not elsewhere:
                return scope
            index += 1
        return None

    def after(self, token: int) -> tuple[int, int] | None:
        """A negation that follows directly: "numbness? no.", "weakness: none"."""
        tokens = self._tokens
        for start in (token, token + 1):
            found = self._after.get(start)
            if found is None:
                continue
            if start > token and tokens[token].brk and tokens[token].word not in _BEFORE_A_NO:
                continue  # "cant pee. fever none"
            if start > token and tokens[token].word == "and":
                continue  # "admitted with chest pain and ruled out for infarction"
            ends = found[1] >= len(tokens) or tokens[found[1]].brk
            goes_on = not ends and tokens[found[1]].word in _AFTER_NEGATION
            bare = tokens[start].word in {"no", "never"} and not tokens[start].brk
            if ends or (goes_on and not bare):
                return found
        return None
