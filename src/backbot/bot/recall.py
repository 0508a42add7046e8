"""What the bot remembers of its own messages: bounded, in memory, no text of the person's."""

from __future__ import annotations

import secrets
import threading
from collections import OrderedDict
from dataclasses import dataclass, field, replace
from typing import Generic, TypeVar

Key = TypeVar("Key")
Value = TypeVar("Value")

MAX_CHATS = 10_000
PER_CHAT = 12


@dataclass(frozen=True, slots=True)
class Extract:
    """One passage that "More" can show."""

    title: str
    section: str
    review: str
    text: str
    article: str = ""


@dataclass(frozen=True, slots=True)
class Offer:
    """What the buttons under one answer point to.

    Attributes:
        related: Questions, by the number in the button.
        more: Passages not shown yet, best first.
        note: The soft note that went with the answer.
        asked: Digest of the question, to find it again in the conversation while that is kept.
        articles: Slugs that the answer cited.
        judged: What was said of it last: y for helpful, n for not, "" for nothing yet.
        token: The short id in the buttons' data.
    """

    related: tuple[str, ...] = ()
    more: tuple[Extract, ...] = ()
    note: str = ""
    asked: int = 0
    articles: tuple[str, ...] = ()
    judged: str = ""
    token: str = field(default_factory=lambda: secrets.token_urlsafe(6))


@dataclass(frozen=True, slots=True)
class Exchange:
    """A person's message and what it was answered with, by number.

    Attributes:
        digest: Of the question's text, to tell an edit from an update that changes nothing.
        answers: Messages that hold the answer; these may be edited.
        warnings: Messages that hold an escalation; these stay for ever.
    """

    digest: int
    answers: tuple[int, ...] = ()
    warnings: tuple[int, ...] = ()


class ChatMemory(Generic[Key, Value]):
    """A few values per chat; the oldest go first. Safe to use from several threads."""

    def __init__(self, max_chats: int = MAX_CHATS, per_chat: int = PER_CHAT) -> None:
        self._max_chats = max_chats
        self._per_chat = per_chat
        self._lock = threading.Lock()
        self._chats: OrderedDict[int, OrderedDict[Key, Value]] = OrderedDict()

    def __len__(self) -> int:
        return sum(len(kept) for kept in self._chats.values())

    def get(self, chat_id: int, key: Key) -> Value | None:
        """The value, None when it was never there or has been pushed out."""
        with self._lock:
            return self._chats.get(chat_id, OrderedDict()).get(key)

    def all(self, chat_id: int) -> tuple[tuple[Key, Value], ...]:
        """What is kept of a chat, oldest first."""
        with self._lock:
            return tuple(self._chats.get(chat_id, OrderedDict()).items())

    def put(self, chat_id: int, key: Key, value: Value) -> None:
        """Keep a value, as the chat's newest."""
        with self._lock:
            kept = self._chats.setdefault(chat_id, OrderedDict())
            self._chats.move_to_end(chat_id)
            kept[key] = value
            kept.move_to_end(key)
            while len(kept) > self._per_chat:
                kept.popitem(last=False)
            while len(self._chats) > self._max_chats:
                self._chats.popitem(last=False)

    def forget(self, chat_id: int) -> None:
        """Drop everything of that chat."""
        with self._lock:
            self._chats.pop(chat_id, None)


class Exchanges(ChatMemory[int, Exchange]):
    """Which of the person's messages was answered with which of ours."""

    def asked(self, chat_id: int, question: int, text: str) -> None:
        """A question arrived, for the first time or edited; its old answers stay known."""
        known = self.get(chat_id, question) or Exchange(0)
        self.put(chat_id, question, replace(known, digest=hash(text)))

    def sent(self, chat_id: int, question: int, message: int, *, warning: bool) -> None:
        """A message that belongs to the question was accepted by Telegram."""
        known = self.get(chat_id, question)
        if known is None:
            return
        if warning:
            known = replace(known, warnings=(*known.warnings, message))
        elif message not in known.answers:
            known = replace(known, answers=(*known.answers, message))
        self.put(chat_id, question, known)

    def superseded(self, chat_id: int, question: int) -> None:
        """The old answers no longer stand for the question; warnings do."""
        if known := self.get(chat_id, question):
            self.put(chat_id, question, replace(known, answers=()))

    def unchanged(self, chat_id: int, question: int, text: str) -> bool:
        """Whether that very text was asked in that message already."""
        known = self.get(chat_id, question)
        return known is not None and known.digest == hash(text)
