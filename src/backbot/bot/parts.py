"""What the handler gives to whatever sends it: messages that are ready, with their priority."""

from __future__ import annotations

import enum
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from backbot.bot import wording


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


@dataclass(slots=True)
class Slot:
    """A place in a chat: the first part with it is sent, later ones edit that message.

    Attributes:
        message_id: The message, once Telegram has accepted it.
    """

    message_id: int | None = None


@dataclass(frozen=True, slots=True)
class File:
    """A file to send.

    Attributes:
        name: For people.
        data: What is in it.
        otherwise: Said where Telegram does not take it.
    """

    name: str
    data: bytes = field(repr=False)
    otherwise: str = wording.NO_FILE


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
        slot: Where it goes in the chat, None for a new message.
        file: Sent with the text as its caption of at most 1024 units; not with `edit_of`.
        thread_id: The topic of the chat that it goes to, None where the chat has none.
    """

    priority: Priority
    chat_id: int
    text: str
    plain: str
    buttons: tuple[tuple[Button, ...], ...] = ()
    reply_to: int | None = None
    edit_of: int | None = None
    answers: int | None = None
    slot: Slot | None = None
    file: File | None = None
    thread_id: int | None = None


@dataclass(frozen=True, slots=True)
class Fetch:
    """A file of a person's that is to be fetched before anything can be said of it.

    Attributes:
        file_id: Telegram's.
        suffix: What the file on the disk shall end with.
        max_bytes: Nothing beyond is read.
        then: What to do with the file, which is gone afterwards.
        too_big: What to say where it is bigger.
        failed: What to say where it cannot be had, or `then` fails.
    """

    file_id: str = field(repr=False)
    suffix: str
    max_bytes: int
    then: Callable[[Path], Iterator[Part]]
    too_big: tuple[Part, ...]
    failed: tuple[Part, ...]


@dataclass(frozen=True, slots=True)
class Work:
    """What one update comes to.

    Attributes:
        ready: Messages that need nothing more.
        rest: Messages that take time to come, None when there are none.
        background: Whether `rest` may take minutes, so that the chat must not wait for it.
        failsafe: Gives what the person is owed when `rest` fails or does not come.
        fetch: A file to fetch; what becomes of it is said in the background.
        emergency: Whether `ready` warns of one: after that there are no tips.
    """

    ready: tuple[Part, ...] = ()
    rest: Iterator[Part] | None = None
    background: bool = False
    failsafe: Callable[[], tuple[Part, ...]] | None = None
    fetch: Fetch | None = None
    emergency: bool = False
