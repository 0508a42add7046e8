"""What is noted beside an answer: counts, questions that found nothing, buttons pressed.

Nothing here raises, waits or holds words of a person's in a counter's name.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from typing import TypeVar

from backbot.answer import wording
from backbot.model import Reply, Tier, UnansweredQuestion
from backbot.ports import Records

logger = logging.getLogger(__name__)

LATENCIES: tuple[tuple[str, float], ...] = (
    ("up_to_0.1s", 0.1),
    ("up_to_0.5s", 0.5),
    ("up_to_1s", 1.0),
    ("up_to_3s", 3.0),
    ("longer", float("inf")),
)
"""Names of the buckets, and the seconds up to which each goes."""

_BY_REASON = (
    wording.DECLINED_BY_TOPIC
    | wording.DECLINED_REQUESTS
    | {
        "no_index": wording.NO_INDEX,
        "no_words": wording.EMPTY,
        "left_out": wording.SUPPRESSED,
        "closest": wording.CLOSEST,
        "nothing_found": wording.DECLINED,
    }
)
# What stands before the clinic's name, which is filled in.
_FIRST_WORDS = {text.split("{", 1)[0]: reason for reason, text in _BY_REASON.items()}
_NOT_FOR_STAFF = frozenset({"no_index", "no_words", "left_out", "language", "other"})
_FOR_STAFF = frozenset(_BY_REASON) - _NOT_FOR_STAFF

T = TypeVar("T")


class Beside:
    """Notes, and forgets all trouble.

    Args:
        records: Where to; None notes nothing.
    """

    def __init__(self, records: Records | None) -> None:
        self._records = records

    def replied(self, reply: Reply, elapsed_s: float) -> None:
        """An answer is ready to be sent, so many seconds after its text was looked at."""
        records = self._records
        if records is None:
            return

        def note() -> None:
            records.count("asked")
            records.count(f"kind:{reply.kind}")
            if reply.kind == "declined":
                records.count(f"declined:{reason_of(reply)}")
            if reply.assessment is not None and reply.assessment.tier > Tier.NONE:
                records.count(f"tier:{reply.assessment.tier.label}")
            records.count("latency:" + next(name for name, most in LATENCIES if elapsed_s <= most))

        self._quietly(note, None)

    def declined(self, key: str, reply: Reply) -> str:
        """Keep a question that found nothing for staff; its id, "" where none is kept."""
        records = self._records
        if records is None or reply.kind != "declined" or reason_of(reply) not in _FOR_STAFF:
            return ""
        reason = reason_of(reply).replace("_", " ")
        return self._quietly(
            lambda: records.add_unanswered(key, reply.question, reason=reason), ""
        )

    def helped(self, *, helpful: bool, articles: tuple[str, ...]) -> None:
        """Somebody has pressed Helpful, or Not helpful."""
        records = self._records
        if records is not None:
            kind = "helpful" if helpful else "not_helpful"
            self._quietly(lambda: records.add_feedback(kind, articles=articles), None)  # type: ignore[arg-type]

    def not_helped(self, key: str, text: str, articles: tuple[str, ...]) -> str:
        """Keep a question whose answer was not helpful for staff; its id, "" for none."""
        records = self._records
        if records is None or not text:
            return ""
        return self._quietly(
            lambda: records.add_unanswered(key, text, reason="not helpful", articles=articles), ""
        )

    def misread(self, rules: tuple[str, ...]) -> None:
        """Somebody says that a warning is not what they meant."""
        records = self._records
        if records is not None:
            self._quietly(lambda: records.add_feedback("misread", rules=rules), None)

    def consent(self, key: str, question_id: str) -> bool:
        """Somebody lets staff see their question; false where it is not theirs or gone."""
        records = self._records
        if records is None:
            return False
        return self._quietly(lambda: records.consent(key, question_id), default=False)

    def kept(self, key: str) -> tuple[UnansweredQuestion, ...]:
        """Somebody's questions that are kept for staff, newest first."""
        records = self._records
        return () if records is None else self._quietly(lambda: records.of_person(key), ())

    def _quietly(self, call: Callable[[], T], default: T) -> T:
        try:
            return call()
        except Exception as error:  # noqa: BLE001 beside an answer nothing may go wrong
            logger.error("not noted: %s", type(error).__name__)  # noqa: TRY400 no text
            return default


def reason_of(reply: Reply) -> str:
    """Why a question was declined, as one of a few fixed words."""
    text = reply.answer.text
    if reply.answer.reason.startswith("language "):
        return "language"
    return next((word for first, word in _FIRST_WORDS.items() if text.startswith(first)), "other")
