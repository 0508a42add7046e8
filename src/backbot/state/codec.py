"""Conversation ⇄ bytes, with a version number. What cannot be read never raises elsewhere.

A conversation is two pieces: the state (signs, times, country), which is kept as long as a
warning may be open, and the words (last messages, last citations), kept for the retention period.
"""

from __future__ import annotations

import json
from dataclasses import fields, replace
from typing import Any

from backbot.model import Conversation, OpenConcept, Tier, TriageState

VERSION = 1

WORDS = frozenset({"recent"})
"""Fields of the engine's state that hold the person's own words."""

_LASTING = tuple(field.name for field in fields(TriageState) if field.name not in WORDS)


class DamagedError(Exception):
    """Bytes that are no conversation, or one of a version that is not known here."""


def encode_state(conversation: Conversation) -> bytes:
    """Everything but the words."""
    kept = conversation.triage
    triage = {name: getattr(kept, name) for name in _LASTING}
    triage["concepts"] = [{"concept": each.concept, "at": each.at} for each in kept.concepts]
    return _dumped({"triage": triage, "country": conversation.country})


def encode_words(conversation: Conversation) -> bytes:
    """What was written, and what the last answer cited."""
    triage = {name: getattr(conversation.triage, name) for name in WORDS}
    return _dumped({"triage": triage, "turns": conversation.turns, "cited": conversation.cited})


def decode(state: bytes, words: bytes | None, updated_at: float) -> Conversation:
    """The conversation; a field that was not known when it was written has its default.

    Args:
        state: What `encode_state` gave.
        words: What `encode_words` gave, None where no words are kept.
        updated_at: POSIX time of the last turn.

    Raises:
        DamagedError: It is no conversation, or of another version.
    """
    try:
        read = _loaded(state)
        conversation = Conversation(
            triage=replace(TriageState(), **_fields(read["triage"])),
            updated_at=updated_at,
            country=_text(read["country"]),
        )
        if words is None:
            return conversation
        read = _loaded(words)
        return replace(
            conversation,
            triage=replace(conversation.triage, **_fields(read["triage"])),
            turns=tuple(map(_text, read["turns"])),
            cited=tuple(map(_text, read["cited"])),
        )
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise DamagedError(type(error).__name__) from error


def _fields(read: dict[str, Any]) -> dict[str, Any]:
    """Values for the engine's state, each of the type that its default has."""
    if not isinstance(read, dict):
        raise TypeError("no fields")
    values: dict[str, Any] = {}
    for field in fields(TriageState):
        if field.name not in read:
            continue
        value, default = read[field.name], field.default
        if isinstance(default, Tier):
            values[field.name] = Tier(value)
        elif isinstance(default, tuple):
            values[field.name] = tuple(
                OpenConcept(_text(each["concept"]), float(each["at"])) for each in value
            )
        elif isinstance(default, bool):
            values[field.name] = bool(value)
        elif isinstance(default, float):
            values[field.name] = float(value)
        else:
            values[field.name] = _text(value)
    return values


def _dumped(value: dict[str, Any]) -> bytes:
    # ASCII: half a surrogate pair, which a person can type, has no UTF-8
    return json.dumps({"v": VERSION} | value).encode("ascii")


def _loaded(data: bytes) -> dict[str, Any]:
    read = json.loads(data)
    if not isinstance(read, dict) or read.get("v") != VERSION:
        raise ValueError("another version")
    return read


def _text(value: object) -> str:
    if not isinstance(value, str):
        raise TypeError("no text")
    return value
