"""Take personal details out of a question before staff see it. Pure.

Found by shape: addresses of mail and web, @names, telephone numbers and other long numbers.
Names and streets have no shape, so people are told not to write them.
"""

from __future__ import annotations

import re
import unicodedata

_MAIL = re.compile(r"[\w.+%-]+\s?@\s?[\w-]+(?:\.[\w-]+)+")
_WEB = re.compile(r"(?:https?://|www\.|\bt\.me/)\S+", re.IGNORECASE)
_NAME = re.compile(r"(?<![\w@])@\w{2,}")
# digits with what people put between them; a year range or "L4-L5" has fewer than six
_NUMBER = re.compile(r"(?<!\w)[+(]?\d(?:[\s().\-/–]{0,2}\d){5,}(?!\w)")
_SHAPES = ((_MAIL, "[mail]"), (_WEB, "[link]"), (_NAME, "[name]"), (_NUMBER, "[number]"))


def scrub(text: str) -> str:
    """The text on one line, with a word in brackets for each detail that was taken out.

    Args:
        text: As typed, any script.
    """
    text = "".join(
        c for c in unicodedata.normalize("NFKC", text) if unicodedata.category(c) != "Cf"
    )
    for shape, word in _SHAPES:
        text = shape.sub(word, text)
    return " ".join(text.split())
