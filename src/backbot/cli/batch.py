"""JSON lines in: every line is checked before it is used, and a wrong one is named."""

from __future__ import annotations

import codecs
import json
from collections.abc import Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from backbot.cli.output import input_bytes
from backbot.errors import UsageError

_MOST_BYTES = 16_000_000


@dataclass(frozen=True, slots=True)
class Row:
    """One line of a batch.

    Attributes:
        row_id: As given, any JSON value; None where there is none.
        turns: The texts, oldest first, at least one.
        is_conversation: Whether they were given as `turns`.
    """

    row_id: Any
    turns: tuple[str, ...]
    is_conversation: bool


def read_batch(source: str, key: str) -> Iterator[Row]:
    """The lines of a batch, one by one: an answer can go out before the next line comes in.

    Args:
        source: A path, or "-" for standard input.
        key: The field of a single text: "question" or "text".

    Raises:
        UsageError: The file or a line cannot be read; the line is named.
    """
    named = "standard input" if source == "-" else source
    # Opened before anything heavy is loaded: a wrong name is told at once.
    return _rows(_opened(source, named), named, key)


def _opened(source: str, named: str) -> AbstractContextManager[BinaryIO]:
    if source == "-":
        return nullcontext(input_bytes())
    try:
        return Path(source).open("rb")
    except OSError as error:
        raise UsageError(
            f"{named} cannot be read: {error.strerror}. Name a file of JSON lines, or - for "
            "standard input."
        ) from error
    except ValueError as error:  # a NUL byte in the name
        raise UsageError(f"{named!r} is no file name.") from error


def _rows(opened: AbstractContextManager[BinaryIO], named: str, key: str) -> Iterator[Row]:
    with opened as stream:
        number = 0
        while True:
            number += 1
            where = f"Line {number} of {named}"
            try:
                line = stream.readline(_MOST_BYTES)
            except OSError as error:
                raise UsageError(f"{named} cannot be read: {error.strerror}.") from error
            if not line:
                return
            if len(line) == _MOST_BYTES:
                raise UsageError(f"{where} is longer than {_MOST_BYTES} bytes. Split it.")
            if line.removeprefix(codecs.BOM_UTF8).strip():
                yield _row(line, where, key)


def _row(line: bytes, where: str, key: str) -> Row:
    try:
        fields = json.loads(line.decode("utf-8-sig"))
    except UnicodeDecodeError as error:
        raise UsageError(f"{where} is not UTF-8 text. Give one JSON object a line.") from error
    except (ValueError, RecursionError) as error:
        told = error.msg if isinstance(error, json.JSONDecodeError) else type(error).__name__
        raise UsageError(
            f"{where} is not valid JSON ({told}). Give one JSON object a line."
        ) from error
    if not isinstance(fields, dict):
        raise UsageError(f'{where} is not a JSON object. Give {{"id": …, "{key}": …}}.')
    given = fields.get("turns")
    if given is not None:
        return Row(fields.get("id"), _turns(given, where), is_conversation=True)
    text = fields.get(key)
    if not isinstance(text, str):
        raise UsageError(f'{where} has no text in "{key}" and no "turns". Give it one of them.')
    return Row(fields.get("id"), (text,), is_conversation=False)


def _turns(given: object, where: str) -> tuple[str, ...]:
    turns = given if isinstance(given, list) else []
    texts = [turn.get("text") if isinstance(turn, dict) else turn for turn in turns]
    if not texts or not all(isinstance(text, str) for text in texts):
        raise UsageError(
            f'{where}: "turns" must be a list of texts, or of objects with "text", at least one.'
        )
    return tuple(str(text) for text in texts)
