"""What is kept about one person in one chat, as a file that people and programs can read. Pure."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from backbot.bot.parts import File
from backbot.bot.recall import Exchange
from backbot.model import Conversation, UnansweredQuestion

FILE_NAME = "my-data.json"


def my_data(
    chat_id: int,
    kept: Conversation,
    questions: Sequence[UnansweredQuestion],
    exchanges: Sequence[tuple[int, Exchange]],
    *,
    hours: float,
    now: float,
) -> File:
    """The file.

    Args:
        chat_id: Telegram's.
        kept: The conversation, with the warning that may be open.
        questions: Kept for staff.
        exchanges: By the person's message: what it was answered with, by number.
        hours: How long words are kept.
        now: POSIX time.
    """
    triage = kept.triage
    content: Mapping[str, object] = {
        "made": _time(now),
        "chat": chat_id,
        "last_message": _time(kept.updated_at),
        "words_are_kept_for_hours": hours,
        "your_last_messages": list(kept.turns),
        "parts_of_them_kept_to_read_the_next_one": [
            text for text in (triage.recent, triage.previous) if text
        ],
        "articles_of_the_last_answer": list(kept.cited),
        "country": kept.country,
        "language_of_the_last_sign": triage.language,
        "open_warning": {
            "tier": triage.open_tier.label,
            "since": _time(triage.opened_at),
            "signs": [{"sign": each.concept, "told": _time(each.at)} for each in triage.concepts],
            "last_full_message": triage.template,
            "sent": _time(triage.full_sent_at),
            "you_said_a_clinician_has_seen_you": triage.seen,
            "you_said_a_clinician_allowed_exercise": triage.cleared,
        },
        "questions_for_staff": [
            {
                "text": each.text,
                "asked": _time(each.at),
                "why": each.reason,
                "articles": list(each.articles),
                "you_let_staff_see_it": each.consented,
            }
            for each in questions
        ],
        "message_numbers": [
            {
                "yours": message,
                "answers": list(exchange.answers),
                "warnings": list(exchange.warnings),
            }
            for message, exchange in exchanges
        ],
    }
    text = json.dumps(content, ensure_ascii=False, indent=2)
    return File(FILE_NAME, text.encode("utf-8", "replace"))


def _time(at: float) -> str:
    return f"{datetime.fromtimestamp(at, UTC):%Y-%m-%d %H:%M:%S} UTC" if at else ""
