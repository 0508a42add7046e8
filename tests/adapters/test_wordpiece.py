"""Token ids without the library are the library's, or are left to it."""

from __future__ import annotations

import json
import random
import string
from pathlib import Path
from typing import Any

import pytest
from tokenizers import Tokenizer

from backbot.adapters.onnx_embedder import default_model_folder
from backbot.adapters.wordpiece import PlainTokens

MAX_TOKENS = 64
QUESTIONS = Path(__file__).parents[2] / "evaluation/answers/questions.jsonl"
FILE = default_model_folder() / "tokenizer.json"


@pytest.fixture(scope="module")
def plain() -> PlainTokens:
    """By the default model's vocabulary."""
    found = PlainTokens.read(FILE, MAX_TOKENS)
    assert found is not None
    return found


@pytest.fixture(scope="module")
def library() -> Any:
    """As `OnnxEmbedder` sets it up."""
    tokenizer = Tokenizer.from_file(str(FILE))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS)
    return tokenizer


def test_questions_have_the_librarys_ids(plain: PlainTokens, library: Any) -> None:
    """Of real questions, nearly all without the library."""
    asked = [json.loads(line)["question"] for line in QUESTIONS.read_text("utf-8").splitlines()]
    found = {text: plain.ids_of(text) for text in asked}
    known = {text: ids for text, ids in found.items() if ids is not None}
    assert len(known) > 0.9 * len(found)
    assert known == {text: library.encode(text).ids for text in known}


def test_any_plain_text_has_the_librarys_ids(plain: PlainTokens, library: Any) -> None:
    """Also of marks, digits and words that no vocabulary holds, and cut off where it is long."""
    dice = random.Random(7)
    letters = string.ascii_letters + string.digits + string.punctuation + "   eeettaaoin"
    texts = ["", "a" * 100, "a" * 101, "q" * 99 + "!", "don't-stop... (50%) ~3", "x " * 100]
    texts += ["".join(dice.choices(letters, k=dice.randint(0, 60))) for _ in range(3000)]
    read = {text: ids for text in texts if (ids := plain.ids_of(text)) is not None}
    assert len(read) > 1000
    assert read == {text: library.encode(text).ids for text in read}


@pytest.mark.parametrize(
    "text", ["Schmerz im Rücken", "don\u2019t", "[SEP]", 'a "slipped" disc', "a\\b", "a\tb", "a " * 400]
)  # fmt: skip
def test_other_texts_are_the_librarys(plain: PlainTokens, text: str) -> None:
    """Accents, other quotation marks, special tokens, what JSON escapes; and long ones."""
    assert plain.ids_of(text) is None


@pytest.mark.parametrize(
    ("part", "value"),
    [
        ("normalizer", {"type": "NFC"}),
        ("pre_tokenizer", {"type": "Whitespace"}),
        ("post_processor", None),
        ("added_tokens", []),
        ("added_tokens", [{"id": 1, "content": "sciatica"}]),
        ("model", {"type": "BPE", "vocab": {"a": 0}}),
        ("model", {"type": "WordPiece", "vocab": {"a": 0}, "unk_token": "[UNK]"}),
    ],
)
def test_another_kind_of_model_is_the_librarys(tmp_path: Path, part: str, value: object) -> None:
    """However little it differs."""
    about = json.loads(FILE.read_text("utf-8"))
    path = tmp_path / "tokenizer.json"
    path.write_text(json.dumps(about, separators=(",", ":"), ensure_ascii=False), "utf-8")
    assert PlainTokens.read(path, MAX_TOKENS) is not None
    path.write_text(json.dumps({**about, part: value}, separators=(",", ":")), "utf-8")
    assert PlainTokens.read(path, MAX_TOKENS) is None


@pytest.mark.parametrize("content", ["", "{", '{"vocab":{', '{"model":{"vocab":{"a":0}}', "[]"])
def test_a_damaged_file_is_the_librarys_to_tell(tmp_path: Path, content: str) -> None:
    """As is one that is missing, or written with spaces."""
    path = tmp_path / "tokenizer.json"
    assert PlainTokens.read(path, MAX_TOKENS) is None
    path.write_text(content, "utf-8")
    assert PlainTokens.read(path, MAX_TOKENS) is None
    path.write_text(json.dumps(json.loads(FILE.read_text("utf-8")), indent=1), "utf-8")
    assert PlainTokens.read(path, MAX_TOKENS) is None
