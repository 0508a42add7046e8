"""What was said in each chat. A store that fails costs the memory, and never an answer."""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from backbot.bot.updates import Incoming
from backbot.model import Conversation
from backbot.ports import ConversationStore

logger = logging.getLogger(__name__)


class Conversations:
    """Conversations between turns; nothing here raises but `forget`.

    Args:
        store: Keeps them.
        clock: POSIX time in seconds.
    """

    def __init__(self, store: ConversationStore, clock: Callable[[], float]) -> None:
        self.store = store
        self._clock = clock
        self._to_move: dict[int, int] = {}

    @property
    def are_encrypted(self) -> bool:
        """Whether words are written down encrypted only."""
        return getattr(self.store, "encrypts", True)

    def load(self, incoming: Incoming) -> Conversation:
        """What is kept of a person in a chat; an empty one where that cannot be had."""
        try:
            return self.store.load(incoming.key, self._clock())
        except Exception as error:  # noqa: BLE001 warnings go out with the memory gone
            logger.error(  # noqa: TRY400 no text
                "update %s: no conversation: %s", incoming.update_id, type(error).__name__
            )
            return Conversation()

    def save(self, incoming: Incoming, before: Conversation, after: Conversation) -> None:
        """Keep it, unless it has changed since `before` was loaded."""
        try:
            # an answer that comes after its time must not undo what later turns have opened
            if self.store.load(incoming.key, self._clock()) != before:
                logger.warning("update %s: came too late to be kept", incoming.update_id)
                return
            self.store.save(incoming.key, after)
        except Exception as error:  # noqa: BLE001 an answer goes out with the memory gone
            logger.error(  # noqa: TRY400 no text
                "update %s: conversation not kept: %s", incoming.update_id, type(error).__name__
            )

    def expect(self, keys: Sequence[str]) -> None:
        """These chats come next: have their conversations at hand."""
        try:
            self.store.expect(keys, self._clock())
        except Exception as error:  # noqa: BLE001 each is asked for again
            logger.error("no conversations ahead: %s", type(error).__name__)  # noqa: TRY400

    def forget(self, incoming: Incoming) -> None:
        """Drop what is kept of a person in a chat.

        Raises:
            StateError: It could not be dropped.
        """
        self.store.forget(incoming.key)

    def moved(self, chat_id: int, to: int) -> None:
        """A group became a supergroup: what is open there goes with it."""
        try:
            self.store.move(chat_id, to)
        except Exception as error:  # noqa: BLE001 tried again with the group's next message
            self._to_move[to] = chat_id
            logger.error(  # noqa: TRY400 no text
                "chat %s: not moved to %s yet: %s", chat_id, to, type(error).__name__
            )
        else:
            self._to_move.pop(to, None)
            logger.info("chat %s: is now chat %s", chat_id, to)

    def move_again(self, chat_id: int) -> None:
        """Move what could not be moved to that chat before, where there is any."""
        if (old := self._to_move.get(chat_id)) is not None:
            self.moved(old, chat_id)
