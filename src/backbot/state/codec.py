"""Conversation ⇄ bytes, with a version number. What cannot be read never raises elsewhere.

A conversation is two pieces: the state (signs, times, country), which is kept as long as a
warning may be open, and the words (last messages, last citations), kept for the retention period.
"""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import Any

from backbot.model import Conversation, OpenConcept, Tier, TriageState

VERSION = 1


class DamagedError(Exception):
    """Bytes that are no conversation, or one of a version that is not known here."""


def encode_state(conversation: Conversation) -> bytes:
    """Everything but the words."""
    triage = asdict(conversation.triage) | {"open_tier": int(conversation.triage.open_tier)}
    return _dumped({"triage": triage, "country": conversation.country})


def encode_words(conversation: Conversation) -> bytes:
    """What was written, and what the last answer cited."""
    return _dumped({"turns": conversation.turns, "cited": conversation.cited})


def decode_state(data: bytes) -> tuple[TriageState, str]:
    """The engine's state and the country.

    Raises:
        DamagedError: It is no state, or of another version.
    """
    try:
        read = _loaded(data)
        triage = dict(read["triage"])
        return (
            TriageState(
                open_tier=Tier(triage["open_tier"]),
                opened_at=float(triage["opened_at"]),
                concepts=tuple(
                    OpenConcept(_text(each["concept"]), float(each["at"]))
                    for each in triage["concepts"]
                ),
                template=_text(triage["template"]),
                full_sent_at=float(triage["full_sent_at"]),
                seen=bool(triage["seen"]),
                asked=bool(triage["asked"]),
                previous=_text(triage["previous"]),
                language=_text(triage["language"]),
                cleared=bool(triage["cleared"]),
            ),
            _text(read["country"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DamagedError(type(error).__name__) from error


def decode_words(data: bytes) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """The last messages, oldest first, and the passages cited last.

    Raises:
        DamagedError: They are no words, or of another version.
    """
    try:
        read = _loaded(data)
        turns, cited = (tuple(_text(each) for each in read[name]) for name in ("turns", "cited"))
    except (KeyError, TypeError, ValueError) as error:
        raise DamagedError(type(error).__name__) from error
    return turns, cited


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
