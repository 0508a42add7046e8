"""What the handler gives to whatever sends it: messages that are ready, with their priority."""

from __future__ import annotations

import enum
from collections.abc import Iterator
from dataclasses import dataclass


class Priority(enum.IntEnum):
    """Who goes first where there is a queue; lower goes first."""

    ESCALATION = 0
    ANSWER = 1
    OTHER = 2


@dataclass(frozen=True, slots=True)
class Button:
    """One inline button.

    Attributes:
        text: What the person reads.
        data: What comes back when it is pressed, at most 64 bytes in UTF-8.
    """

    text: str
    data: str


@dataclass(frozen=True, slots=True)
class Part:
    """One message to send, at most 4096 UTF-16 units once its markup is parsed.

    Attributes:
        priority: Who goes first where there is a queue.
        chat_id: Where it goes.
        text: Telegram's HTML.
        plain: The same words without markup, for when the markup is refused.
        buttons: Rows of inline buttons under it.
        reply_to: The message it visibly replies to, None for none.
        edit_of: An own earlier message that it replaces, None to send a new one.
        answers: The person's message that it belongs to, for remembering the pair.
    """

    priority: Priority
    chat_id: int
    text: str
    plain: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    reply_to: int | None = None
    edit_of: int | None = None
    answers: int | None = None


@dataclass(frozen=True, slots=True)
class Work:
    """What one update comes to.

    Attributes:
        ready: Messages that need nothing more.
        rest: Messages that take time to come, None when there are none.
        background: Whether `rest` may take minutes, so that the chat must not wait for it.
        failsafe: What the person is owed when `rest` fails or does not come.
    """

    ready: tuple[Part, ...] = ()
    rest: Iterator[Part] | None = None
    background: bool = False
    failsafe: tuple[Part, ...] = ()
