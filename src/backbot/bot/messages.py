"""Messages: which one is a question, a command, a name, a file; and in groups, whose it is."""

from __future__ import annotations

import logging
import re
from dataclasses import replace

from backbot.bot import staff_wording, wording
from backbot.bot.admin import Desk
from backbot.bot.commands import Commands
from backbot.bot.country import Country
from backbot.bot.parts import Work
from backbot.bot.questions import Questions
from backbot.bot.recall import Exchange
from backbot.bot.speech import chat_of
from backbot.bot.talk import Talk
from backbot.bot.updates import Command, Document, Incoming

logger = logging.getLogger(__name__)

_NAME_WORDS = 4
"""A reviewer's name that was not typed as one is no longer than this."""


class Messages:
    """What a message comes to, new or edited, in private or in a group.

    Args:
        talk: The assistant, what is remembered, and what can be said.
        questions: Answers them.
        commands: Does what they ask for.
        country: Takes a country in.
        desk: Takes files and names of staff's.
    """

    def __init__(
        self, talk: Talk, questions: Questions, commands: Commands, country: Country, desk: Desk
    ) -> None:
        self._talk = talk
        self._texts = talk.texts
        self._look = talk.look
        self._identity = talk.identity
        self._conversations = talk.conversations
        self._questions = questions
        self._commands = commands
        self._country = country
        self._desk = desk

    # ------------------------------------------------------------------ in private

    def in_private(self, incoming: Incoming) -> Work:
        """A question, a command, the answer to a question of ours, a file, or unreadable."""
        if incoming.from_bot:
            return Work()
        if incoming.broken:
            logger.warning("update %s: malformed message", incoming.update_id)
            return Work(self._texts.failsafe(incoming))
        if incoming.document is not None and self._desk.knows(incoming):
            return self._document(incoming, incoming.document)
        text = self._with_beside(incoming, incoming.text or "")
        if text != (incoming.text or ""):
            return self._questions.ask(incoming, text)
        if incoming.text is None:
            return self._texts.unread(incoming)
        command, work = incoming.command(), None
        asked_country = self._country.just_asked(incoming)
        listed = self._texts.just_listed(incoming)
        if command is not None:
            if incoming.message_id is not None:  # to know an edit of it that changes nothing
                self._talk.exchanges.asked(chat_of(incoming), incoming.message_id, incoming.text)
            work = self._commands.take(incoming, command)
        elif asked_country and self._country.is_named_by(incoming.text):
            work = self._country.take(incoming, incoming.text)
        elif self._desk.documents.awaits_name(incoming):
            work = self._reviewer(incoming, incoming.text)
        return work or self._questions.ask(incoming, incoming.text, listed=listed)

    def edited(self, incoming: Incoming, text: str | None = None) -> Work:
        """A message that was changed: asked anew, or done, where its words are others.

        Args:
            incoming: The update.
            text: What of it is asked, None for all of it.
        """
        text = self._with_beside(incoming, incoming.text or "") if text is None else text
        if not text or incoming.message_id is None:  # a live location moves every few seconds
            return Work()
        chat_id, question = chat_of(incoming), incoming.message_id
        if self._talk.exchanges.unchanged(chat_id, question, text):
            return Work()
        command = incoming.command() if text == incoming.text else None
        if command is not None and (work := self._commands.edited(incoming, command)):
            self._talk.exchanges.asked(chat_id, question, text)
            return work
        before = self._talk.exchanges.get(chat_id, question) or Exchange(0)
        return self._questions.ask(incoming, text, before=before)

    def _with_beside(self, incoming: Incoming, text: str) -> str:
        """A text, with what came beside it where that tells of danger; it is no question."""
        alarming = incoming.beside and self._look.alarming_alone(incoming.beside)
        return f"{text}\n{incoming.beside}".strip() if alarming else text

    def _document(self, incoming: Incoming, document: Document) -> Work:
        """A file of staff's. What they write beside it is looked at as anybody's words are."""
        work = self._desk.documents.take(incoming, document)
        if incoming.text is None:
            return work
        conversation = self._conversations.load(incoming)
        turn = self._talk.assistant.begin(incoming.text, conversation, self._talk.clock())
        self._conversations.save(incoming, conversation, turn.conversation)
        if turn.escalation is None:
            return work
        warning = self._questions.warning(incoming, turn.escalation, incoming.text)
        return replace(work, ready=(*warning, *work.ready))

    def _reviewer(self, incoming: Incoming, text: str) -> Work | None:
        """The name that staff were asked for; None where it is none, or holds a warning sign.

        By itself: a warning that is open in this chat is repeated under questions, and stays open.
        """
        if self._look.alarming_alone(text):
            return None
        named = self._desk.documents.named(incoming, text)
        if named is not None or "?" in text or len(text.split()) > _NAME_WORDS:
            return named
        # perhaps a name, perhaps a question: say that it was taken for none, and answer it
        work = self._questions.ask(incoming, text)
        told = self._texts.told(incoming, staff_wording.NO_NAME)
        return replace(work, ready=(*work.ready, *told))

    # ------------------------------------------------------------------ in groups

    def in_group(self, incoming: Incoming) -> Work:
        """Where groups are off, one sentence for /start; else what is meant for the bot."""
        if incoming.moved is not None:
            self._conversations.moved(*incoming.moved)
            return Work()
        self._conversations.move_again(chat_of(incoming))
        command = incoming.command() if incoming.kind in {"message", "edited"} else None
        mine = command is not None and self._identity.is_called(command)
        if not self._identity.groups or not self._identity.username:
            is_start = command is not None and mine and command.name == "start"
            return Work(self._texts.told(incoming, wording.GROUP)) if is_start else Work()
        if command is not None:
            return self._group_command(incoming, command) if mine else Work()
        from_people = incoming.kind in {"message", "edited"} and not incoming.from_bot
        if from_people and self._identity.is_addressed(incoming):
            return self._heard(incoming)
        return Work()

    def _group_command(self, incoming: Incoming, command: Command) -> Work:
        if command.argument and self._look.alarming(incoming, command.argument):
            return self._questions.ask(incoming, command.argument)
        if command.name in set(wording.GROUP_COMMANDS) - {"help"}:
            return self._commands.run(incoming, command.name)
        asks_who = command.name in {"start", "help"}
        if not command.to and not asks_who:  # it may be another bot's
            return Work()
        is_known = self._commands.has(command.name)
        if command.argument and not is_known:
            return self._questions.ask(incoming, command.words)
        text = "in_private" if is_known and not asks_who else "group_intro"
        return self._texts.tell(incoming, text, bot=self._identity.username)

    def _heard(self, incoming: Incoming) -> Work:
        """What a message in a group comes to that is meant for the bot."""
        name = re.escape(self._identity.username)
        said = incoming.text or ""
        text = re.sub(rf"(?<![\w@])@{name}(?!\w)", "", said, flags=re.IGNORECASE).strip()
        text = self._with_beside(incoming, text)
        if not text and incoming.text is None:
            return self._texts.unread(incoming)
        if not text:
            return self._texts.tell(incoming, "group_intro", bot=self._identity.username)
        if incoming.kind == "edited":
            return self.edited(incoming, text)
        return self._questions.ask(incoming, text)
