"""Broken characters put right: mojibake, curly quotes, soft hyphens, odd spaces. Pure."""

from __future__ import annotations

import re
import unicodedata

# Characters that show nothing: zero-width spaces and joiners, direction marks, byte order mark.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2064\ufeff\ufe0e\ufe0f]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0e-\x1f\x7f-\x9f]")
_SPACES = re.compile("[\u00a0\u1680\u2000-\u200a\u202f\u205f\u3000]")
_NEWLINES = re.compile("\r\n?|[\u2028\u2029\u0085\f\v]")
_LIGATURE = re.compile("[\ufb00-\ufb06]")
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")
# An apostrophe that an earlier conversion lost: don?t, we?re, with U+FFFD for the question mark.
_LOST_APOSTROPHE = re.compile("(?<=[A-Za-z])\ufffd(?=(?:s|t|d|m|re|ve|ll)\\b)")
# A closing quotation mark whose last byte Windows-1252 does not know.
_LOST_QUOTE = re.compile("\u00e2\u20ac(?:\ufffd|\x9d|$)")
_ORPHAN_A = re.compile("\u00c2(?=[\\s.,;:!?]|$)")
_QUOTES = str.maketrans(
    {
        "\u2018": "'",
        "\u2019": "'",
        "\u201a": "'",
        "\u201b": "'",
        "\u2032": "'",
        "\u02bc": "'",
        "\u201c": '"',
        "\u201d": '"',
        "\u201e": '"',
        "\u201f": '"',
        "\u2033": '"',
        "\u2010": "-",
        "\u2011": "-",
    }
)

_RAISED = str.maketrans(
    "0123456789", "\u2070\u00b9\u00b2\u00b3\u2074\u2075\u2076\u2077\u2078\u2079"
)
_NUMBERS = re.compile(r"\d{1,3}(?:\s?[,\u2013-]\s?\d{1,3})+")
_RAISED_DIGITS = "\u00b9\u00b2\u00b3\u2070\u2074-\u2079"
_CODE = r"(?P<code>`[^`\n]+`)"
# What names a source: a year in brackets or at the end, an address, what journals are quoted with.
CITES = re.compile(
    r"\bet al\b|\bdoi\b|\(\d{4}\)|\b\d{4};|https?://|[.,] (?:19|20)\d\d\W*$", re.IGNORECASE
)
# A mark of a note or reference: [1], [2, 3], [^1], [^smith], or raised digits behind the end of a
# sentence; [1](address) is a link.
# The mark before a note itself.
_OWN_MARK = re.compile(r"^\[\d{1,3}\]\s+(?=[A-Z])")
_NOTE_MARK = re.compile(
    rf"{_CODE}|"
    r"(?<=[\w.,;:!?)\"'%\u00b0])(?:\[\^?\d{1,3}(?:\s?[,\u2013-]\s?\d{1,3})*\]"
    r"|\[\^[^\]\s]{1,40}\])+(?!\()"
    r"|\[(?:edit|citation needed)\]"
    rf"|(?<=[.,;:!?\"'])[{_RAISED_DIGITS}]+(?:[,\u2013-][{_RAISED_DIGITS}]+)*(?=\s|$)"
)


def raised(text: str) -> str:
    """Digits that stand above the line as what they are: 40 and a note's 1 must not become 401.

    Several numbers, 1,2 or 1-3, can only be marks of notes and become one: [1,2].
    """
    if _NUMBERS.fullmatch(text.strip()):
        return f"[{text.strip()}]"
    return text.translate(_RAISED) if text.strip().isdecimal() else text


def without_note_marks(text: str) -> tuple[str, int]:
    """A text without marks of notes and references, and how many there were.

    An answer numbers its own sources: a [1] of the page's would be taken for one of them. What
    stands between backticks is code and stays.
    """
    text = _OWN_MARK.sub("", text)
    count = sum(found["code"] is None for found in _NOTE_MARK.finditer(text))
    return _NOTE_MARK.sub(lambda found: found["code"] or "", text), count


def repair_text(text: str) -> str:
    """Return `text` with characters put right; the words stay as they are.

    UTF-8 that was read as cp1252 or latin-1 (once or twice) is read anew, curly quotes become
    plain, soft hyphens and invisible characters vanish, odd spaces become a space, all line
    ends become a line feed.
    """
    text = _NEWLINES.sub("\n", text)
    if not text.isascii():
        for _ in range(2):
            repaired = _NOT_ASCII.sub(_reread, text)
            if repaired == text:
                break
            # A stray A-circumflex is what is left of a no-break space that became a plain one.
            text = _ORPHAN_A.sub("", repaired)
        text = unicodedata.normalize("NFC", text)
        text = _LOST_QUOTE.sub('"', _LOST_APOSTROPHE.sub("'", text))
        text = _LIGATURE.sub(lambda found: unicodedata.normalize("NFKC", found[0]), text)
        text = _INVISIBLE.sub("", _SPACES.sub(" ", text)).translate(_QUOTES)
    return _CONTROL.sub("", text)


def _reread(found: re.Match[str]) -> str:
    """One run of non-ASCII characters, read as the UTF-8 that it may have been."""
    run = found[0]
    try:
        reread = bytes(_byte(char) for char in run).decode("utf-8")
    except ValueError:
        return run
    return reread if len(reread) < len(run) else run


def _byte(char: str) -> int:
    """The cp1252 byte of a character, or its latin-1 byte where cp1252 has none."""
    try:
        return char.encode("cp1252")[0]
    except UnicodeEncodeError:
        if ord(char) > 0xFF:  # noqa: PLR2004 - the last latin-1 character
            raise
        return ord(char)
