"""What the bot says by itself: fixed texts in the person's language, with the number to call."""

from __future__ import annotations

import logging
from collections.abc import Callable

from backbot.bot import render, tongues, wording
from backbot.bot.assistant import Assistant
from backbot.bot.conversations import Conversations
from backbot.bot.identity import Identity
from backbot.bot.parts import Part, Priority, Work
from backbot.bot.recall import ChatMemory
from backbot.bot.render import Rich
from backbot.bot.speech import Rows, chat_of, said
from backbot.bot.updates import Incoming

logger = logging.getLogger(__name__)

_LISTING = frozenset({"cannot_read", "emergency_info", "forgotten"})
"""Fixed texts that name the danger signs."""
_LISTED_S = 3600.0
"""For so long a yes is an answer to a list of danger signs."""


class Texts:
    """Texts → messages to a person. Where even a text fails, there is a last one.

    Args:
        assistant: Has the texts about health.
        conversations: The country that a person chose.
        identity: Which messages are to be answered at all.
        retention_hours: How long conversations are kept, for telling people.
        country: The clinic's, an ISO code: whose number is named where a person chose none.
        clock: POSIX time in seconds.
    """

    def __init__(
        self,
        assistant: Assistant,
        conversations: Conversations,
        identity: Identity,
        *,
        retention_hours: float,
        country: str,
        clock: Callable[[], float],
    ) -> None:
        self._assistant = assistant
        self._conversations = conversations
        self._identity = identity
        self._retention_hours = retention_hours
        self._clinic_country = country
        self._clock = clock
        self._listed: ChatMemory[str, float] = ChatMemory(per_chat=1)
        self._albums: ChatMemory[str, int | None] = ChatMemory()

    # ------------------------------------------------------------------ words

    def say(self, key: str, country: str = "") -> str:
        """One of the assistant's texts, with that country's numbers; never empty."""
        try:
            return self._assistant.message(key, country) or wording.LAST_RESORT
        except Exception as error:  # noqa: BLE001 a person must never be left without a word
            logger.error("no text %r: %s", key, type(error).__name__)  # noqa: TRY400 no text
            return wording.LAST_RESORT

    def words(self, incoming: Incoming, key: str, **values: object) -> str:
        """One of the chat's own sentences, in the language of the person's Telegram."""
        return tongues.said(key, tongues.language_of(incoming.language), **values)

    def local(self, incoming: Incoming, key: str) -> str:
        """One of the assistant's texts, in the language of the person's Telegram."""
        if key in _LISTING:
            self._lists(incoming)
        country = self._conversations.load(incoming).country
        text = tongues.assistants(
            key,
            tongues.language_of(incoming.language),
            english=self.say(key, country),
            number=self._number(country),
            hours=f"{self._retention_hours:g}",
        )
        # without a key the text's promise, that words are written only encrypted, is not kept
        if key != "privacy" or self._conversations.are_encrypted:
            return text
        return f"{text}\n{self.words(incoming, 'not_encrypted')}"

    def net(self, incoming: Incoming, language: str = "") -> str:
        """What must be looked at at once, in that language, or that of the person's Telegram."""
        language = language or tongues.language_of(incoming.language)
        self._lists(incoming)
        country = self._conversations.load(incoming).country
        number = self._number(country)
        local = tongues.safety_net(language, number) if number and language != "en" else ""
        return local or self.say("safety_net", country)

    def _number(self, country: str) -> str:
        """The emergency number there, or in the clinic's country; "" where it is not known."""
        try:
            found = self._assistant.country(country or self._clinic_country)
        except Exception as error:  # noqa: BLE001 a text without a number is better than none
            logger.error("no number: %s", type(error).__name__)  # noqa: TRY400 no text
            return ""
        return found[2] if found else ""

    def _lists(self, incoming: Incoming) -> None:
        """A text is about to name the danger signs: a "yes" would mean those."""
        if incoming.private:
            self._listed.put(chat_of(incoming), "", self._clock())

    def just_listed(self, incoming: Incoming) -> bool:
        """Whether the chat's last text named the danger signs, not long ago; asked once."""
        listed_at = self._listed.get(chat_of(incoming), "")
        self._listed.forget(chat_of(incoming))
        return listed_at is not None and self._clock() - listed_at < _LISTED_S

    # ------------------------------------------------------------------ messages

    def fixed(self, incoming: Incoming, key: str) -> Work:
        """One of the assistant's texts, as the whole reply."""
        text = self.local(incoming, key)
        if key == "cannot_read" and incoming.spoken:
            text = f"{text}\n\n{self.words(incoming, 'dictation')}"
        return self.text(incoming, text)

    def tell(self, incoming: Incoming, key: str, **values: object) -> Work:
        """One of the chat's own sentences, as the whole reply."""
        return self.text(incoming, self.words(incoming, key, **values))

    def text(self, incoming: Incoming, text: str) -> Work:
        """A text with `**bold**` marks, as the whole reply."""
        return Work(self.told(incoming, text))

    def unread(self, incoming: Incoming) -> Work:
        """What is said to something that cannot be read; once for each album."""
        if not incoming.unreadable:
            return Work()
        if incoming.album:
            told, this = self._albums.get(chat_of(incoming), incoming.album), incoming.message_id
            if told not in {None, this}:
                return Work()
            self._albums.put(chat_of(incoming), incoming.album, this)
        return self.fixed(incoming, "cannot_read")

    def failsafe(self, incoming: Incoming) -> tuple[Part, ...]:
        """What a person is owed where there is no answer: whom to call."""
        if incoming.chat_id is None or not self._identity.is_meant(incoming):
            return ()
        self._lists(incoming)
        text = render.marked(self.say("failsafe", self._conversations.load(incoming).country))
        return self.parts(incoming, text, Priority.ANSWER)

    def told(self, incoming: Incoming, text: str) -> tuple[Part, ...]:
        """The messages of a text with `**bold**` marks."""
        return self.parts(incoming, render.marked(text))

    def parts(
        self,
        incoming: Incoming,
        text: Rich,
        priority: Priority = Priority.OTHER,
        *,
        buttons: Rows = (),
        reply_to: int | None = None,
    ) -> tuple[Part, ...]:
        """The messages of one text; buttons stand under the last, a reply mark on the first."""
        return said(
            chat_of(incoming),
            text,
            buttons=buttons,
            priority=priority,
            reply_to=reply_to,
            answers=incoming.message_id if incoming.kind in {"message", "edited"} else None,
            thread_id=incoming.thread_id,
        )
