"""Where sentences end: a small, careful splitter that gives offsets and changes nothing.

A full stop ends a sentence unless what stands around it says otherwise: an abbreviation,
an initial, a decimal, an address on the web, a list number, or a small letter after it.
In doubt two sentences stay together: a long quotation is better than half a one.
"""

from __future__ import annotations

import re

_TERMINATOR = re.compile(
    r"""
    (?P<mark> [.!?…]+ | [。！？]+ )
    (?P<close> (?: ["'”’»)\]*_] | \[\^?\w{1,4}\] )* )   # quotes, emphasis, footnote marks
    (?P<gap> \s+ | $ | (?<=[。！？]) )
    """,
    re.VERBOSE,
)
_OPENERS = "\"'“‘«(*_[¿¡"
_WORD_BEFORE = re.compile(r"[^\s(\[“\"‘«*_]+$")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# Never the last word of a sentence: a name, a number or an example follows.
_NEVER_LAST = _words(
    "dr drs mr mrs ms mx prof st sr rev hon gen lt col capt vs e.g eg i.e ie cf viz"
    " approx ca esp incl dept jan feb aug sept oct nov"
)
# Abbreviations only in front of a number; elsewhere words ("Is it safe? No. Wait.").
_BEFORE_NUMBER = _words("no nos fig figs vol vols p pp ch sec para eq nr tel")
# After letters with full stops ("in the U.S. Most adults …") only such words start a sentence.
_STARTERS = _words(
    "the a an this that these those it its he she they we you i if in on at for to from when"
    " while after before as but and or so most many some all each every there here what who"
    " how why where not no yes do does did is are was were can could may might should will"
    " however also both other another studies research doctors people adults patients"
)
_LETTERS = re.compile(r"(?:[^\W\d_]\.)*[^\W\d_]")


def split_sentences(text: str) -> tuple[tuple[int, int], ...]:
    """Return the spans of the sentences in one paragraph.

    Args:
        text: One paragraph or list item; it may contain line breaks.

    Returns:
        Half-open spans in reading order, without the white space between them. Every
        character that is not white space lies in exactly one span.
    """
    spans: list[tuple[int, int]] = []
    start = _skip_space(text, 0)
    for match in _TERMINATOR.finditer(text):
        if match.start() < start or not _is_end(text, start, match):
            continue
        end = match.end("close")
        spans.append((start, end))
        start = _skip_space(text, match.end())
    end = len(text.rstrip())
    if start < end:
        spans.append((start, end))
    return tuple(spans)


def _skip_space(text: str, position: int) -> int:
    while position < len(text) and text[position].isspace():
        position += 1
    return position


def _is_end(text: str, start: int, match: re.Match[str]) -> bool:
    """Whether the terminator ends the sentence that began at `start`."""
    mark = match["mark"]
    following = text[match.end() :]
    if not following or mark[0] in "。！？":
        return True
    first = following.lstrip(_OPENERS)[:1]
    if first.islower():
        return False
    if mark != ".":
        return True
    found = _WORD_BEFORE.search(text, start, match.start())
    if found is None:
        # Nothing but an opening mark before the full stop: not yet a sentence.
        return bool(text[start : match.start()].strip(_OPENERS + " "))
    return _word_ends_sentence(text, start, found, following.lstrip(_OPENERS))


def _word_ends_sentence(text: str, start: int, word: re.Match[str], following: str) -> bool:
    """Whether a single full stop after `word` ends the sentence."""
    lower = word.group().casefold()
    if word.group().isdigit() and not text[start : word.start()].strip(_OPENERS):
        return False  # "1. Lie down.": the number belongs to what follows
    if lower in _NEVER_LAST:
        return False
    if lower in _BEFORE_NUMBER:
        return not following[:1].isdigit()
    if _LETTERS.fullmatch(word.group()):
        return _letters_end_sentence(text, start, word, following)
    return True


def _letters_end_sentence(text: str, start: int, word: re.Match[str], following: str) -> bool:
    """Initials ("J. Smith") and "U.S." go on; "vitamin D." and "8 a.m." may end."""
    starter = re.match(r"[^\W_]+", following)
    starts = starter is not None and starter.group().casefold() in _STARTERS
    if "." in word.group():
        return starts or (word.group().islower() and word.group().casefold() in {"a.m", "p.m"})
    if word.group().islower():
        return starts
    before = text[start : word.start()].split()
    after_name = not before or before[-1][:1].isupper() or before[-1].endswith(".")
    return starts or not after_name
