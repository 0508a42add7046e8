"""Token ids of plain English text without the `tokenizers` library.

That library takes 45 ms to import and to read a model's file, a tenth of one question's cold
start. For plain ASCII, BERT's rules are few: lower case; every punctuation mark is a token; of a
word the longest known beginning, then the longest known continuation. Any other text, and any
other kind of model, is the library's.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

# Without `[`, which begins the special tokens, and the two characters that JSON escapes. In a long
# text there is so much to look up that the library is as quick.
_PLAIN = re.compile(r"[ !#-Z\]-~]{0,500}")
_WORD = re.compile(r"[a-z0-9]+|[^ ]")
_NUMBER = re.compile(rb"\d+")
_VOCABULARY = b'"vocab":{'
_BEGIN, _END, _UNKNOWN, _FURTHER = "[CLS]", "[SEP]", "[UNK]", "##"
_LONGEST_WORD = 100
_BERT = {
    "normalizer": {
        "type": "BertNormalizer",
        "clean_text": True,
        "handle_chinese_chars": True,
        "strip_accents": None,
        "lowercase": True,
    },
    "pre_tokenizer": {"type": "BertPreTokenizer"},
    "model": {
        "type": "WordPiece",
        "unk_token": _UNKNOWN,
        "continuing_subword_prefix": _FURTHER,
        "max_input_chars_per_word": _LONGEST_WORD,
        "vocab": {},
    },
}
_SINGLE = [
    {"SpecialToken": {"id": _BEGIN, "type_id": 0}},
    {"Sequence": {"id": "A", "type_id": 0}},
    {"SpecialToken": {"id": _END, "type_id": 0}},
]


class PlainTokens:
    """Token ids of plain text by a vocabulary that stays as it stands in its file.

    Args:
        vocabulary: As JSON writes it, without spaces: `"back":2067,"pain":3255`.
        special: The numbers of the special tokens.
        max_tokens: What is beyond is cut off.
    """

    def __init__(self, vocabulary: bytes, special: Mapping[str, int], max_tokens: int) -> None:
        self._vocabulary = vocabulary
        self._begin, self._end, self._unknown = (special[k] for k in (_BEGIN, _END, _UNKNOWN))
        self._longest = max_tokens - 2

    @classmethod
    def read(cls, path: Path, max_tokens: int) -> PlainTokens | None:
        """Those of a model's `tokenizer.json`; None where it is of another kind, or damaged."""
        try:
            settings, found, words = path.read_bytes().rstrip().partition(_VOCABULARY)
            about = json.loads(settings + _VOCABULARY + b"}}}") if found else {}
        except (OSError, ValueError):
            return None
        special = _special_of(about)
        if special is None or not words.endswith(b"}}}") or b"}," in words:
            return None
        return cls(words, special, max_tokens)

    def ids_of(self, text: str) -> list[int] | None:
        """As the library gives them; None where the text is the library's to read."""
        if not _PLAIN.fullmatch(text):
            return None
        ids = [number for word in _WORD.findall(text.lower()) for number in self._pieces(word)]
        return [self._begin, *ids[: self._longest], self._end]

    def _pieces(self, word: str) -> list[int]:
        """The numbers of a word's pieces; that of the unknown where there are none."""
        pieces, at = [], 0
        while at < len(word) <= _LONGEST_WORD:
            number, at = self._longest_piece(word, at)
            if number is None:
                break
            pieces.append(number)
        return pieces if at == len(word) else [self._unknown]

    def _longest_piece(self, word: str, at: int) -> tuple[int | None, int]:
        """The longest known piece that begins there, and where it ends."""
        before = _FURTHER if at else ""
        for end in range(len(word), at, -1):
            if (number := self._known(before + word[at:end])) is not None:
                return number, end
        return None, at

    def _known(self, piece: str) -> int | None:
        """The number of a piece, None where the vocabulary has none."""
        key = b'"%b":' % piece.encode()
        at = self._vocabulary.find(key)
        number = _NUMBER.match(self._vocabulary, at + len(key)) if at >= 0 else None
        return int(number[0]) if number else None


def _special_of(about: Mapping[str, Any]) -> dict[str, int] | None:
    """The numbers of the special tokens; None where the model is of another kind."""
    try:
        special = {token["content"]: token["id"] for token in about["added_tokens"]}
        known = (
            {name: about[name] for name in _BERT} == _BERT
            and about["post_processor"]["single"] == _SINGLE
            and about["post_processor"]["special_tokens"].keys() == {_BEGIN, _END}
            and {_BEGIN, _END, _UNKNOWN} <= special.keys()
            and all(content.startswith("[") for content in special)
        )
    except (KeyError, TypeError, AttributeError):
        return None
    return special if known else None
