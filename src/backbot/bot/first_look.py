"""The first look at a text: the escalation engine alone. Keeps nothing.

tier       how pressing an update is, for who goes first
alarming   whether words tell of danger, for what is no plain question
works      whether the engine finds what it must find, for the heartbeat
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Sequence

from backbot.bot.assistant import Assistant
from backbot.bot.conversations import Conversations
from backbot.bot.identity import Identity
from backbot.bot.updates import Incoming
from backbot.model import Conversation, Tier

logger = logging.getLogger(__name__)

SYNTHETIC_EMERGENCY = "I cannot pee since this morning and both my legs are numb"
"""What the heartbeat asks."""


class FirstLook:
    """Asks the engine about words, without a conversation or in one.

    Args:
        assistant: Has the engine.
        conversations: What is open in a chat.
        identity: Which messages are meant for the bot.
        clock: POSIX time in seconds.
    """

    def __init__(
        self,
        assistant: Assistant,
        conversations: Conversations,
        identity: Identity,
        clock: Callable[[], float],
    ) -> None:
        self._assistant = assistant
        self._conversations = conversations
        self._identity = identity
        self._clock = clock

    def tier(self, incoming: Incoming, before: Sequence[Incoming] | None) -> int:
        """How pressing an update is: 0 to 3. Never raises.

        Args:
            incoming: The update.
            before: What the same person wrote just before and nobody has looked at yet; it
                counts as all that was said in the chat does. None for its own words alone.
        """
        text = self._words(incoming)
        if not text:
            return Tier.NONE
        in_chat = before is not None
        try:
            conversation = self._conversations.load(incoming) if in_chat else Conversation()
            for each in filter(None, map(self._words, before or ())):
                conversation = self._assistant.begin(
                    each, conversation, self._clock()
                ).conversation
            turn = self._assistant.begin(text, conversation, self._clock())
        except Exception as error:  # noqa: BLE001 then it is as pressing as anything
            logger.error("triage failed: %s", type(error).__name__)  # noqa: TRY400 no text
            return Tier.EMERGENCY
        if in_chat and turn.escalation is None:
            return Tier.NONE  # what is open was told before
        told = Tier.NONE if turn.escalation is None else Tier.NERVE
        return max(told, turn.conversation.triage.open_tier)

    def _words(self, incoming: Incoming) -> str:
        """All of an update's words; "" where it has none or is not meant for the bot."""
        command, typed = incoming.command(), incoming.text
        typed = typed if command is None else f"/{command.name} {command.spoken}"
        is_meant = self._identity.is_meant(incoming)
        return "\n".join(filter(None, (typed, incoming.beside))) if is_meant else ""

    def works(self) -> bool:
        """Whether the escalation engine finds an emergency that it must find. May raise."""
        turn = self._assistant.begin(SYNTHETIC_EMERGENCY, Conversation(), self._clock())
        return turn.escalation is not None

    def alarming_alone(self, text: str) -> bool:
        """Whether a text tells of danger by itself, whatever is open in its chat. May raise."""
        return self._assistant.begin(text, Conversation(), self._clock()).escalation is not None

    def alarming(self, incoming: Incoming, text: str) -> bool:
        """Whether a text tells of danger, with what is open in its chat. May raise."""
        turn = self._assistant.begin(text, self._conversations.load(incoming), self._clock())
        return turn.escalation is not None
