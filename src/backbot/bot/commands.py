"""Commands: everybody's, and who may give those of staff and admins.

What stands behind a command is looked at first: "/help my legs have gone numb" is no call for
help texts.
"""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import replace

from backbot.bot import render, staff_wording
from backbot.bot.admin import ADMIN_COMMANDS, STAFF_COMMANDS, Desk
from backbot.bot.country import Country
from backbot.bot.mydata import my_data
from backbot.bot.offers import Offers
from backbot.bot.parts import Work
from backbot.bot.questions import Questions
from backbot.bot.speech import chat_of
from backbot.bot.talk import Talk
from backbot.bot.topics import topic_id, topic_link, topic_rows
from backbot.bot.updates import Command, Incoming

logger = logging.getLogger(__name__)

MAX_START_TOPICS = 6
_HABITS = frozenset({"cancel", "commands", "end", "menu", "quit", "reset", "settings", "stop"})
"""Commands that other bots have."""
# What `t.me/<bot>?start=<name>` may call.
_LINKED = frozenset({"help", "topics", "sources", "emergency", "country", "privacy", "mydata"})


class Commands:
    """What a command comes to.

    Args:
        talk: The assistant, what is remembered, and what can be said.
        questions: Answers what is a question after all.
        country: Takes a country in.
        offers: What buttons point to, for forgetting it.
        desk: Knows staff, and does what they ask for.
    """

    def __init__(
        self, talk: Talk, questions: Questions, country: Country, offers: Offers, desk: Desk
    ) -> None:
        self._talk = talk
        self._texts = talk.texts
        self._look = talk.look
        self._questions = questions
        self._countries = country
        self._offers = offers
        self._desk = desk
        self._everybodys: dict[str, Callable[[Incoming], Work]] = {
            "start": self._start,
            "help": self._help,
            "privacy": lambda incoming: self._texts.fixed(incoming, "privacy"),
            "emergency": lambda incoming: self._texts.fixed(incoming, "emergency_info"),
            "topics": self._topics,
            "sources": self._sources,
            "country": self._country,
            "mydata": self._mydata,
            "forget": self._forget,
        }

    # ------------------------------------------------------------------ who may have what

    def take(self, incoming: Incoming, command: Command) -> Work | None:
        """What a command comes to; None where it is to be read as a question."""
        restricted = command.name in STAFF_COMMANDS | ADMIN_COMMANDS
        if not self.has(command.name):
            return self._not_ours(incoming, command)
        if command.name == "start" and (work := self._linked(incoming, command.argument)):
            return work
        if self.tells(incoming, command):
            # "/help my legs have gone numb" is no call for help texts
            words = command.spoken
            return None if words == command.argument else self._questions.ask(incoming, words)
        if not restricted:
            return self._everybodys[command.name](incoming)
        if self._desk.may(incoming, command.name):
            return self._desk.take(incoming, command)
        return self._refused(incoming, command)

    def edited(self, incoming: Incoming, command: Command) -> Work | None:
        """What a message comes to that was changed into a command; None for a question.

        Everybody's may run twice. What staff have done must not, and an edit is easily made.
        """
        restricted = command.name in STAFF_COMMANDS | ADMIN_COMMANDS
        if restricted and self._desk.may(incoming, command.name):
            text = staff_wording.EDITED_COMMAND.format(command=command.name)
            return self._texts.text(incoming, text)
        return self.take(incoming, command) if restricted or self.has(command.name) else None

    def has(self, name: str) -> bool:
        """Whether there is that command, for whomever."""
        return name in self._everybodys or name in STAFF_COMMANDS | ADMIN_COMMANDS

    def run(self, incoming: Incoming, name: str) -> Work:
        """One of everybody's commands, whatever stands behind it."""
        return self._everybodys[name](incoming)

    def tells(self, incoming: Incoming, command: Command) -> bool:
        """Whether what stands behind a command is a warning sign, and no work of staff's."""
        restricted = command.name in STAFF_COMMANDS | ADMIN_COMMANDS
        if not command.argument or (restricted and self._desk.may(incoming, command.name)):
            return False
        if command.name == "country":
            # a warning that is open names the number: it must be possible to set it right
            return self._look.alarming_alone(command.argument)
        return self._look.alarming(incoming, command.spoken)

    def _refused(self, incoming: Incoming, command: Command) -> Work:
        logger.warning(
            "update %s: refused /%s to user %s in chat %s",
            incoming.update_id,
            command.name,
            incoming.user_id,
            incoming.chat_id,
        )
        if self._desk.knows(incoming):  # staff: "only for staff" would be no answer to them
            text = staff_wording.ADMINS_ONLY.format(command=command.name)
            return self._texts.text(incoming, text)
        return self._texts.fixed(incoming, "not_allowed")

    def _not_ours(self, incoming: Incoming, command: Command) -> Work:
        """A command that there is not: a question, or what people send to other bots."""
        if command.name in _HABITS and not command.argument:
            return self._help(incoming)
        words = command.words
        meant = self._desk.meant(incoming, command.name)
        if meant and not self._look.alarming(incoming, words):
            text = staff_wording.NO_COMMAND.format(command=command.name, meant=meant)
            return self._texts.text(incoming, text)
        return self._questions.ask(incoming, words)

    # ------------------------------------------------------------------ everybody's

    def _start(self, incoming: Incoming) -> Work:
        buttons = topic_rows(self._talk.assistant)[:MAX_START_TOPICS]
        text = self._texts.local(incoming, "start")
        return Work(self._texts.parts(incoming, render.marked(text), buttons=buttons))

    def _linked(self, incoming: Incoming, payload: str) -> Work | None:
        """What `t.me/<bot>?start=<payload>` leads to, after who this is; None for nothing.

        The payload is a topic's title with - for all but letters and digits, its button's id, or
        a command's name.
        """
        hello = self._texts.told(incoming, self._texts.local(incoming, "start"))
        if payload in _LINKED:
            work = self._everybodys[payload](incoming)
            return replace(work, ready=(*hello, *work.ready))
        for title, question in self._talk.assistant.topics() if payload else ():
            if payload in {topic_id(title), topic_link(title)}:
                work = self._questions.ask(incoming, question, heading=question)
                return replace(work, ready=(*work.ready, *hello))
        return None

    def _help(self, incoming: Incoming) -> Work:
        work, more = self._texts.fixed(incoming, "help"), self._desk.help(incoming)
        if not more:
            return work
        return replace(work, ready=(*work.ready, *self._texts.told(incoming, more)))

    def _topics(self, incoming: Incoming) -> Work:
        buttons = topic_rows(self._talk.assistant)
        text = self._texts.local(incoming, "topics_intro" if buttons else "nothing_yet")
        return Work(self._texts.parts(incoming, render.marked(text), buttons=buttons))

    def _sources(self, incoming: Incoming) -> Work:
        nothing = self._texts.local(incoming, "nothing_yet")
        return self._texts.text(incoming, self._talk.assistant.sources() or nothing)

    def _country(self, incoming: Incoming) -> Work:
        """Ask where the person in pain is, or take it in. Lowers no open warning."""
        command = incoming.command()
        named = command.argument if command is not None and command.name == "country" else ""
        return self._countries.take(incoming, named)

    def _mydata(self, incoming: Incoming) -> Work:
        kept = self._talk.conversations.load(incoming)
        questions = self._talk.beside.kept(incoming.key)
        caption = self._texts.words(
            incoming,
            "my_data",
            turns=len(kept.turns),
            signs=len(kept.triage.concepts),
            hours=f"{self._talk.retention_hours:g}",
            questions=len(questions),
        )
        chat_id, hours = chat_of(incoming), self._talk.retention_hours
        exchanges = self._talk.exchanges.all(chat_id)
        file = my_data(chat_id, kept, questions, exchanges, hours=hours, now=self._talk.clock())
        file = replace(file, otherwise=self._texts.words(incoming, "no_file"))
        (part,) = self._texts.told(incoming, caption)
        return Work((replace(part, file=file),))

    def _forget(self, incoming: Incoming) -> Work:
        self._talk.conversations.forget(incoming)
        self._offers.forget(chat_of(incoming))
        self._talk.exchanges.forget(chat_of(incoming))
        return self._texts.fixed(incoming, "forgotten")
