"""What all that answers people shares."""

from __future__ import annotations

from collections.abc import Callable

from backbot.bot.assistant import Assistant
from backbot.bot.beside import Beside
from backbot.bot.conversations import Conversations
from backbot.bot.first_look import FirstLook
from backbot.bot.identity import Identity
from backbot.bot.recall import Exchanges
from backbot.bot.texts import Texts
from backbot.ports import ConversationStore, Records


class Talk:
    """The assistant, what is remembered, and what can be said.

    Args:
        assistant: Answers questions.
        store: Keeps conversations between turns.
        records: Where counts are noted, and questions for staff; None notes nothing.
        retention_hours: How long conversations are kept.
        country: The clinic's, an ISO code; "" where it is not known.
        groups: Whether the bot answers in groups.
        clock: POSIX time in seconds.
    """

    def __init__(
        self,
        assistant: Assistant,
        store: ConversationStore,
        *,
        records: Records | None,
        retention_hours: float,
        country: str,
        groups: bool,
        clock: Callable[[], float],
    ) -> None:
        self.assistant = assistant
        self.retention_hours = retention_hours
        self.clock = clock
        self.identity = Identity(groups=groups)
        self.conversations = Conversations(store, clock)
        self.exchanges = Exchanges()
        self.beside = Beside(records)
        self.look = FirstLook(assistant, self.conversations, self.identity, clock)
        self.texts = Texts(
            assistant,
            self.conversations,
            self.identity,
            retention_hours=retention_hours,
            country=country,
            clock=clock,
        )
