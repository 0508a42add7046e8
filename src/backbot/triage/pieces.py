"""One sentence sent in several messages: "gone numb" / "between my legs".

People on a phone press send in the middle of a sentence. Neither piece is a sign of an emergency;
read as one they are. What was joined can only raise a tier, never lower one.
"""

from __future__ import annotations

from collections.abc import Sequence

from backbot.triage.text import Token, words_of

JOIN_WITHIN_S = 20 * 60
_PIECE = 10
_WHOLE = 24
_KEPT_CHARS = 240
# Questions are whole by themselves: "what is numbness" / "my chair hurts my legs".
_ASKS = words_of("what whats how why when which who where is are can could does do should will")
_ANSWERS = words_of("yes no yeah yep nope ok okay thanks thank you hi hello hey")


def joined(recent: str, recent_at: float, text: str, tokens: Sequence[Token], now: float) -> str:
    """The pieces before and this one as one text, or "" where they do not belong together.

    Args:
        recent: The pieces before, as `recent_after` gave them.
        recent_at: POSIX time of the last of them.
        text: As typed.
        tokens: Of the text.
        now: POSIX time.
    """
    if not recent or now - recent_at > JOIN_WITHIN_S or not is_piece(text, tokens):
        return ""
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
        return recent
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
