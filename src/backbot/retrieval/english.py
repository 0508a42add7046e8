"""Which words are English, by the word list that pyspellchecker brings (from film subtitles).

Only the list is used: its corrections are of general English, ours are towards the corpus.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import logging
import zlib
from collections.abc import Mapping
from functools import lru_cache
from pathlib import Path

from backbot import kept

logger = logging.getLogger(__name__)

_KEPT = "english.bin"
# Half of the list has been seen just this often, the least there is: misprints among them.
_FEWEST = 50


def is_english(word: str) -> bool:
    """Whether a folded word is in the list, with or without its apostrophe ("wasnt").

    False for every word where the list is not installed or cannot be read.
    """
    words = _words()
    # By halves: looking through the whole text takes a third of a millisecond.
    first, last = 0, len(words) - 1
    while first < last:
        begin = words.rfind("\n", first, (first + last) // 2 + 1)
        end = words.index("\n", begin + 1)
        if (found := words[begin + 1 : end]) == word:
            return True
        if found < word:
            first = end
        else:
            last = begin
    return False


@lru_cache(maxsize=1)
def _words() -> str:
    """All words, each with a line break on both sides: a tenth of what a set would take."""
    path = _list()
    if path is None:
        return ""
    try:
        packed = path.read_bytes()
        words: str = kept.get(
            _KEPT,
            kept.key_of((Path(__file__), Path(kept.__file__)), packed),
            lambda: _plain(json.loads(gzip.decompress(packed))),
        )
    except (OSError, EOFError, ValueError, zlib.error) as error:
        logger.warning("the English word list cannot be read: %s", error)
        return ""
    return words


def _list() -> Path | None:
    """The library's file, found without importing it."""
    spec = importlib.util.find_spec("spellchecker")
    for location in (spec.submodule_search_locations or ()) if spec else ():
        path = Path(location) / "resources" / "en.json.gz"
        if path.is_file():
            return path
    return None


def _plain(seen: Mapping[str, int]) -> str:
    words = {word for word, times in seen.items() if times > _FEWEST}
    words |= {word.replace("'", "") for word in words}
    return "\n".join(("", *sorted(words), ""))
