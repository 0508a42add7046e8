"""One sentence sent in several messages: "gone numb" / "between my legs".

People on a phone press send in the middle of a sentence. Neither piece is a sign of an emergency;
read as one they are. What was joined can only raise a tier, never lower one.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from backbot.triage.text import Token, words_of

JOIN_WITHIN_S = 20 * 60
_PIECE = 10
_WHOLE = 24
_KEPT_CHARS = 240
# Questions are whole by themselves: "what is numbness" / "my chair hurts my legs".
_ASKS = words_of("what whats how why when which who where is are can could does do should will")
_ANSWERS = words_of("yes no yeah yep nope ok okay thanks thank you hi hello hey")
_MARKS = re.compile(r"[^\w\s]")
_ASKED_WORDS = 4  # of "any numbness?"
# What goes on behind such a question: "in my legs".
_OF_A_PLACE = words_of("in on down around between under at from both")
_DENIALS = words_of(
    "no not none nothing never without dont doesnt didnt havent hasnt hadnt isnt arent wasnt any "
    "nor zero"
)
# "actually yes my legs", "wait, i do": a denial is taken back.
_HESITATES = words_of(
    "actually wait sorry well oh hmm hm hang hold on no but um er ok okay tbh hey thinking and i "
    "lied fibbed scratch that"
)
_TURNS = words_of("actually wait sorry hang hold but well hmm hm oh lied fibbed scratch")
_CANNOT = words_of("cant cannot couldnt")
_NOT_AFTER_ALL = _CANNOT | words_of("i he she they we it really now today not at all")
_SAYS_SO = words_of("yes yeah yep yea yup do does did have has is are am was were")
_TAKEN_BACK = _SAYS_SO | words_of(
    "i it they there he she we my his her the in on of both some a bit little slightly now today "
    "sometimes just feel of one leg legs foot feet toe toes thigh thighs calf calves knee knees "
    "arm arms hand hands finger fingers bum bottom groin crotch saddle area face left right side "
    "back down between around there leaked tonight yesterday since this morning"
)
_MOST_TAKEN_BACK = 8

_LEGS = words_of(
    "leg legs foot feet toe toes thigh thighs calf calves knee knees ankle ankles shin shins heel "
    "heels sole soles"
)
_SIDES = words_of("left right")
_MORE = words_of("too also aswell same")
_OWN = words_of("the my his her their")
# All that a clause holds that tells no more than the other side has it too.
_OF_THE_OTHER = (
    _LEGS | _SIDES | _MORE | _OWN
    | words_of(
        "both each other and so is are was now then its it in on to of them oh actually wait as "
        "well with thing here there yes yeah today one ones side sides just started starting has "
        "does do did feels feel goes gone going i mean btw like this morning yesterday tonight "
        "me him big little second sorry meant"
    )
)  # fmt: skip
_SAME_SIGN = words_of("numb tingly tingling weak dead asleep burning fully completely")
_BEGINS = words_of("update edit ps weirdly strangely funnily annoyingly great brilliant")
_MEANWHILE = words_of("while whilst when as since because cos")
# What one leg does that the other does too.
_DOES = words_of("is has does feels goes went gone gets started starting just now")
_OTHER_REACH = 9
_DONE_WITH_LEGS = words_of(
    "stretch stretches stretched stretching exercise exercises raise raises raised "
    "reps sets squat squats lunge lunges bridge bridges massage massaged rolled rolling yoga"
)
_NEXT = words_of("and now then also")


def joined(recent: str, recent_at: float, text: str, tokens: Sequence[Token], now: float) -> str:
    """The pieces before and this one as one text, or "" where they do not belong together.

    Args:
        recent: The pieces before, as `recent_after` gave them.
        recent_at: POSIX time of the last of them.
        text: As typed.
        tokens: Of the text.
        now: POSIX time.
    """
    if not recent or now - recent_at > JOIN_WITHIN_S:
        return ""
    if told := _taken_back(recent, text):
        return told
    if not is_piece(text, tokens):
        return ""
    if recent.endswith("?"):
        # a question of a few words goes on with a place and with nothing else
        return f"{recent[:-1]}, {text.strip()}" if tokens[0].word in _OF_A_PLACE else ""
    # "front. middle of my chest": inside a piece a full stop is no more than a breath
    return f"{recent}, {text.strip()}".replace(". ", ", ")


def recent_after(recent: str, whole: str, text: str, tokens: Sequence[Token]) -> str:
    """What to remember for the next message: a few words, or "" where nothing may follow.

    Args:
        recent: What was remembered before; a question or an answer between changes nothing.
        whole: What `joined` gave for this text.
        text: As typed.
        tokens: Of the text.
    """
    if not is_piece(text, tokens):
        if _is_short_question(text, tokens):
            return text.strip()
        if not _denies(text, tokens):
            return recent
        text = text.strip().rstrip(".!")
        whole = f"{recent}, {text}" if recent and not recent.endswith("?") else ""
    kept = whole or text.strip()
    if len(kept) > _KEPT_CHARS or len(kept.split()) > _WHOLE:
        kept = text.strip()
    return kept[:_KEPT_CHARS]


def is_piece(text: str, tokens: Sequence[Token]) -> bool:
    """Whether a text may be a part of a sentence: a few words, no question, no mere answer."""
    words = [token.word for token in tokens]
    if not 0 < len(words) <= _PIECE or "?" in text or set(words) <= _ANSWERS:
        return False
    if text.rstrip().endswith((".", "!")) and not text.rstrip().endswith(".."):
        return False  # whoever ends a sentence has ended it
    if words[0] == "when":  # "when i wipe" goes on, "when should i rest" asks
        return not set(words[1:2]) & _ASKS
    return words[0] not in _ASKS


_NODS = words_of(
    "ok okay thanks thank you right interesting i see hmm hm oh gotcha wow cool really lol ah um "
    "so"
)


def only_nods(tokens: Sequence[Token]) -> bool:
    """Whether a text only shows that the last message was read: "right ok", "interesting"."""
    return bool(tokens) and {token.word for token in tokens} <= _NODS


def only_answers(tokens: Sequence[Token]) -> bool:
    """Whether a text is a mere "ok": what was spoken of before still is."""
    return bool(tokens) and {token.word for token in tokens} <= _ANSWERS


def second_side(text: str, tokens: Sequence[Token], *, of_leg: bool = False) -> bool:
    """Whether a clause says no more than that the other leg has it too: "and the other".

    "The right one" says which leg it is, "so is the right" that there are two; "both legs?" and "a
    hamstring stretch, both legs" are about what to do with them.

    Args:
        text: As typed.
        tokens: Of the text.
        of_leg: Whether the text before was about a leg, so that "both" is said of it.
    """
    asks = text.rstrip().endswith("?")
    first, before = 0, frozenset[str]()
    for k in range(1, len(tokens) + 1):
        if k == len(tokens) or tokens[k].brk or tokens[k].word == "and":
            joined_on = tokens[first].word == "and" and not tokens[first].brk and first > 0
            asked = asks if k == len(tokens) else tokens[k].asks
            words = _of_the_clause([t.word for t in tokens[first:k]])
            said = not asked and before.isdisjoint(_DONE_WITH_LEGS)
            if said and _is_second_side(words, of_leg=of_leg, joined_on=joined_on):
                return True
            first, before = k, frozenset(words)
    return False


def _of_the_clause(words: Sequence[str]) -> Sequence[str]:
    """A clause without how it begins and what went on beside it: "update … while i type"."""
    begin = 1 if words and words[0] in _BEGINS else 0
    end = next(
        (
            k
            for k in range(begin + 2, len(words))
            if words[k] in _MEANWHILE and words[k + 1 : k + 2] != ["well"]
        ),
        len(words),
    )
    return words[begin:end]


def _is_second_side(words: Sequence[str], *, of_leg: bool, joined_on: bool) -> bool:
    told = set(words) - _SAME_SIGN
    if not told or len(words) > _OTHER_REACH or not told <= _OF_THE_OTHER:
        return False
    if len(told) < len(set(words)) and not (of_leg and told & _MORE):
        return False  # "leg on the left both tingling"; behind a bad back "my left foot numb too"
    named = of_leg or not told.isdisjoint(_LEGS)
    if told & {"both", "each"}:
        return named
    additive = bool(told & _MORE) or {"as", "well"} <= told or words[0] == "so"
    if "other" in told:
        return named or additive or joined_on
    if not told & _SIDES:
        return False
    side = next(k for k, word in enumerate(words) if word in _SIDES)
    noun = side > 0 and words[side - 1] in _OWN
    noun = noun or (side + 1 < len(words) and words[side + 1] in _LEGS | _MORE | {"one", "side"})
    noun = noun or (of_leg and side + 1 < len(words) and words[side + 1] in _DOES)
    return noun and (additive or (of_leg and words[0] in _NEXT))


def _is_short_question(text: str, tokens: Sequence[Token]) -> bool:
    """Whether it asks in a word or two, so that the next message may say where: "numbness?"."""
    return (
        text.rstrip().endswith("?")
        and 0 < len(tokens) <= _ASKED_WORDS
        and tokens[0].word not in _ASKS
    )


def _denies(text: str, tokens: Sequence[Token]) -> bool:
    """Whether a whole sentence denies something, which the next message may take back."""
    short = 1 < len(tokens) <= _PIECE and "?" not in text
    return short and tokens[0].word in _DENIALS | {"i"} and _has_denial(text)


def _has_denial(text: str) -> bool:
    return not _DENIALS.isdisjoint(_plain(text))


def _plain(text: str) -> list[str]:
    """The words of a text as typed, without marks."""
    return _MARKS.sub("", text.lower()).split()


def takes_back(text: str) -> bool:
    """Whether a text says no more than that something is there after all: "wait, i do"."""
    return bool(_after_all(text))


def _after_all(text: str) -> list[str]:
    """The words behind the "actually" of such a text, else none."""
    words = _plain(text)  # "actually" and "sorry" are no tokens
    begins = 0
    while begins < len(words) and words[begins] in _HESITATES:
        begins += 1
    rest = words[begins:]
    if _TURNS.isdisjoint(words[:begins]):
        return []
    if not _CANNOT.isdisjoint(rest) and set(rest) <= _NOT_AFTER_ALL:
        return rest
    if _SAYS_SO.isdisjoint(rest):
        return []
    return rest if len(rest) <= _MOST_TAKEN_BACK and set(rest) <= _TAKEN_BACK else []


def _taken_back(recent: str, text: str) -> str:
    """What was denied last as said after all, "" where nothing is taken back.

    "No numbness" / "actually yes my legs" says "numbness my legs", "i can feel my legs" / "no wait
    i cant" the opposite.
    """
    rest = _after_all(text)
    if not _CANNOT.isdisjoint(rest):
        able = [piece for piece in recent.split(", ") if "can" in piece.split()]
        return able[-1].replace("can ", "cant ") if able else ""
    denied = [piece for piece in recent.split(", ") if _has_denial(piece)] if rest else []
    if not denied:
        return ""
    said = [word for word in denied[-1].split() if not _has_denial(word)]
    places = [word for word in rest if word not in _SAYS_SO | {"i", "it", "they", "there"}]
    return f"{' '.join(said)} {' '.join(places)}".strip()
