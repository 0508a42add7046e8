"""One question about an old sign: "Is this new or worse in the last 2 weeks?" (C21).

A long-standing, unchanged bladder, bowel or saddle sign is urgent rather than an emergency. The
question comes after that message, once while the tier is open. What is answered raises the tier
or keeps it; in doubt it raises.
"""

from __future__ import annotations

from collections.abc import Sequence
from collections.abc import Set as AbstractSet

from backbot.triage.text import Token, words_of

ASKED_ABOUT = frozenset(
    {
        "saddle_numbness", "urinary_retention", "urinary_incontinence", "bladder_sensation_loss",
        "bowel_incontinence",
    }
)  # fmt: skip
"""Signs whose age decides between urgent and emergency."""

_YES = words_of("yes yeah yea yep yup ya yh haan aye si sim oui ja da oo opo")
_NO = words_of("no nope nah not never nothing neither nahi non nein nao hindi")
_TURN = words_of("but however although though except")
_DENIED = words_of("not no never nothing isnt hasnt havent wasnt without didnt dont")
_WORSE = words_of(
    "worse worsening worsened worst deteriorating deteriorated spreading spread increasing sudden "
    "suddenly more weaker"
)
_BEGUN = words_of(
    "new newly started starting began begun recent recently changed different yesterday week "
    "weeks fortnight day days monday tuesday wednesday thursday friday saturday sunday"
)
_ASKING = words_of("what which who when where how why can could should would will do does")
_UNSURE = (
    "not sure", "im not sure", "unsure", "dont know", "i dont know", "hard to say", "cant tell",
    "maybe", "perhaps", "possibly", "probably", "might", "i think so", "i think it", "i guess",
    "a bit", "a little", "slightly", "sort of", "kind of", "both", "some", "it has", "it is",
)  # fmt: skip


def says_changed(tokens: Sequence[Token], modifiers: AbstractSet[str], *, yes: bool) -> bool:
    """Whether an answer to the question says that the sign is new or worse, or may be.

    Args:
        tokens: Of the answer.
        modifiers: What the answer as a whole says of time ("m_worse", "m_stable", …).
        yes: Whether it is a bare yes in any language.

    Returns:
        False for a bare no, for "the same as ever", and for what is no answer at all.
    """
    words = [token.word for token in tokens]
    if yes or (words and words[0] in _YES):
        return True
    unsure = " ".join(words).startswith(_UNSURE)
    if words and words[0] in _NO and not unsure:
        turns = [k for k, word in enumerate(words) if word in _TURN]
        words = words[turns[0] + 1 :] if turns else []
    told = frozenset(words)
    if told & _WORSE and not told & _DENIED:
        return True
    if told & _ASKING:
        return False
    if unsure:
        return "m_stable" not in modifiers
    return bool(told & _BEGUN) and not told & _DENIED and "m_stable" not in modifiers
