"""What the chat needs of the assistant that it asks."""

from __future__ import annotations

from typing import Any, Protocol

from backbot.model import Conversation, Escalation, Reply


class Turn(Protocol):
    """A text that has been through the escalation engine and waits for its answer."""

    @property
    def escalation(self) -> Escalation | None:
        """The message to send first, ready to be read, or None."""
        ...

    @property
    def conversation(self) -> Conversation:
        """The conversation with what the engine now knows: kept even if the answer fails."""
        ...


class Assistant(Protocol):
    """What the chat needs of the assistant."""

    def begin(self, text: str, conversation: Conversation, now: float) -> Turn:
        """The escalation engine alone. Quick; never raises."""
        ...

    def finish(self, turn: Any) -> tuple[Reply, Conversation]:  # noqa: ANN401 its own Turn
        """Retrieval and answer, and the conversation after it. Never raises."""
        ...

    def message(self, key: str, country: str = "") -> str:
        """A fixed text with the clinic's numbers, or the given country's, filled in."""
        ...

    def country(self, text: str) -> tuple[str, str, str] | None:
        """ISO code, name and emergency number of a country that a person named."""
        ...

    def topics(self) -> tuple[tuple[str, str], ...]:
        """What can be asked about: (title, sample question)."""
        ...

    def sources(self) -> str:
        """Where the articles come from."""
        ...
