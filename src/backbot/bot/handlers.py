"""Raw update → messages to send. No network, no library of Telegram's, no clinical decision.

    take(update) ──▶ Work.ready   decided at once: warnings, fixed texts, refusals
                 └─▶ Work.rest    what takes time: retrieval and answer, a rebuild
    handle(update)                both, one after the other

The transport sends `ready` before it lets `rest` begin, so that nothing that can be slow or can
fail stands between a red flag and its message.

| module | concern |
|---|---|
| `messages` | which message is a question, a command, a name, a file; and in groups, whose it is |
| `questions` | triage, warning, answer |
| `commands`, `country`, `topics` | what everybody may ask for; who may ask for what |
| `buttons`, `offers` | what is pressed; what the buttons under an answer point to |
| `admin` | the desk of staff |
| `texts`, `identity` | what the bot says by itself; its name, and what is meant for it |
| `conversations`, `first_look` | what is remembered; the escalation engine alone |
| `talk`, `assistant` | what all of these share; what they need of the assistant |

Here an update finds its way to them, and what they cannot do ends in the safety text.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from typing import Any

from backbot.bot import render
from backbot.bot.admin import Desk, Operations
from backbot.bot.assistant import Assistant
from backbot.bot.building import EDIT_EVERY_S, Owed
from backbot.bot.buttons import Buttons
from backbot.bot.commands import Commands
from backbot.bot.country import Country
from backbot.bot.messages import Messages
from backbot.bot.offers import Offers
from backbot.bot.parts import Part, Priority, Work
from backbot.bot.questions import Questions
from backbot.bot.talk import Talk
from backbot.bot.updates import Incoming, parse_update
from backbot.ports import ConversationStore

logger = logging.getLogger(__name__)

MEMBER_STATES = frozenset({"creator", "administrator", "member", "restricted", "left", "kicked"})


class Handler:
    """Decides what every update is answered with.

    Called from several threads, but never for two updates of one chat at once.

    Args:
        assistant: Answers questions.
        store: Keeps conversations between turns.
        admin_ids: Users who may run operations.
        staff_ids: Users who may manage articles.
        operations: What admins can have done.
        retention_hours: How long conversations are kept, for telling people.
        country: The clinic's, an ISO code: whose number is named where a person chose none.
        groups: Whether it answers in groups, where it is mentioned or replied to.
        clock: POSIX time in seconds.
        edit_every_s: The least time between two edits of a message, in seconds.
    """

    def __init__(
        self,
        assistant: Assistant,
        store: ConversationStore,
        *,
        admin_ids: frozenset[int] = frozenset(),
        staff_ids: frozenset[int] = frozenset(),
        operations: Operations | None = None,
        retention_hours: float = 24,
        country: str = "",
        groups: bool = False,
        clock: Callable[[], float] = time.time,
        edit_every_s: float = EDIT_EVERY_S,
    ) -> None:
        self._admins = frozenset(admin_ids)
        self._clock = clock
        operations = operations or Operations()
        self._notices = operations.notices

        def now() -> float:  # the clock is looked up each time
            return self._clock()

        self._talk = talk = Talk(
            assistant,
            store,
            records=operations.records,
            retention_hours=retention_hours,
            country=country,
            groups=groups,
            clock=now,
        )
        self._desk = desk = Desk(
            operations,
            assistant,
            admins=self._admins,
            staff=frozenset(staff_ids) | self._admins,
            clock=now,
            edit_every_s=edit_every_s,
        )
        offers = Offers(talk.texts, retention_hours)
        questions = Questions(talk, offers)
        countries = Country(talk)
        commands = Commands(talk, questions, countries, offers, desk)
        self._buttons = Buttons(talk, questions, offers, desk, operations)
        self._messages = Messages(talk, questions, commands, countries, desk)

    @property
    def username(self) -> str:
        """The bot's own name in Telegram, without @; set once it is known."""
        return self._talk.identity.username

    @username.setter
    def username(self, name: str) -> None:
        self._talk.identity.username = name

    # ------------------------------------------------------------------ updates

    def handle(self, update: Mapping[str, Any]) -> Iterator[Part]:
        """Everything that an update is answered with, warnings first. Never raises.

        A warning is yielded before anything is retrieved for the answer.
        """
        work = self.take(update)
        yield from work.ready
        if work.rest is None:
            return
        try:
            yield from work.rest
        except Exception as error:  # noqa: BLE001 a person must never be left without a word
            logger.error("answering failed: %s", type(error).__name__)  # noqa: TRY400 no text
            yield from work.failsafe() if work.failsafe is not None else ()

    def take(self, update: object) -> Work:
        """Decide on an update without waiting for anything. Quick; never raises."""
        incoming = parse_update(update)
        try:
            work = self._route(incoming)
        except Exception as error:  # noqa: BLE001 a person must never be left without a word
            # the type alone: messages of errors may quote what the person wrote
            logger.error(  # noqa: TRY400
                "update %s: could not be handled: %s", incoming.update_id, type(error).__name__
            )
            return Work(self._talk.texts.failsafe(incoming))
        if work.rest is not None and work.failsafe is None:
            return replace(work, failsafe=lambda: self._talk.texts.failsafe(incoming))
        return work

    def expect(self, updates: Iterable[object]) -> None:
        """These updates come next: have their conversations at hand. Never raises."""
        people = [incoming for each in updates if (incoming := parse_update(each)).chat_id]
        groups = self._talk.identity.groups
        self._talk.conversations.expect([e.key for e in people if e.private or groups])

    def tier(self, update: object, before: Sequence[Incoming] | None = None) -> int:
        """How pressing an update is: `FirstLook.tier`'s. Keeps nothing; never raises."""
        return self._talk.look.tier(parse_update(update), before)

    def well(self) -> bool:
        """Whether the escalation engine finds an emergency that it must find."""
        return self._talk.look.works()

    def too_fast(self, incoming: Incoming) -> tuple[Part, ...]:
        """What somebody is told who writes faster than can be answered. Never raises."""
        if incoming.chat_id is None:
            return ()
        texts = self._talk.texts
        said = texts.words(incoming, "too_fast")
        return texts.told(incoming, f"{said}\n\n{texts.net(incoming)}")

    def sent(self, part: Part, message_id: int) -> None:
        """Telegram accepted a part under that message id."""
        self._buttons.answered(part.chat_id)
        if part.answers is not None and part.priority is not Priority.OTHER:
            self._talk.exchanges.sent(
                part.chat_id,
                part.answers,
                message_id,
                warning=part.priority is Priority.ESCALATION,
            )

    def moved(self, chat_id: int, to: int) -> None:
        """A group became a supergroup: what is open there goes with it. Never raises."""
        self._talk.conversations.moved(chat_id, to)

    @property
    def in_groups(self) -> bool:
        """Whether it answers in groups."""
        return self._talk.identity.groups

    # ------------------------------------------------------------------ staff and admins

    def tell_admins(self, text: str) -> tuple[Part, ...]:
        """A text for every admin's private chat."""
        said = render.marked(text)
        return tuple(
            Part(Priority.OTHER, admin, said.html(), said.plain) for admin in sorted(self._admins)
        )

    def for_admins(self) -> Iterator[Part]:
        """What admins must be told when the bot starts, in their private chats."""
        for text in self._notices() if self._notices else ():
            yield from self.tell_admins(text)

    def menus(self) -> Iterator[tuple[int, tuple[tuple[str, str], ...]]]:
        """Private chats of staff, and the commands that are shown there and nowhere else."""
        return self._desk.menus()

    def reminders(self) -> Iterator[Part]:
        """What admins must be told now and then; `reminded` once one of them has been told."""
        return self._desk.reminders()

    def reminded(self) -> None:
        """The reminders have reached an admin."""
        self._desk.reminded()

    def owed(self) -> Iterator[Owed]:
        """Reports that an earlier run did not tell any more; may raise `StateError`."""
        return self._desk.owed()

    # ------------------------------------------------------------------ which update is what

    def _route(self, incoming: Incoming) -> Work:
        if incoming.kind == "silent":
            return Work()
        if incoming.chat_id is None:
            logger.warning("update %s: no chat to answer in", incoming.update_id)
            return Work()
        if not incoming.private and incoming.kind != "member":
            return self._messages.in_group(incoming)
        by_kind: dict[str, Callable[[Incoming], Work]] = {
            "message": self._messages.in_private,
            "edited": self._messages.edited,
            "callback": self._buttons.press,
            "member": self._member,
        }
        return by_kind.get(incoming.kind, self._unknown)(incoming)

    def _unknown(self, incoming: Incoming) -> Work:
        logger.warning("update %s: of an unknown kind", incoming.update_id)
        return Work(self._talk.texts.failsafe(incoming))

    def _member(self, incoming: Incoming) -> Work:
        status = incoming.member_status if incoming.member_status in MEMBER_STATES else "unknown"
        logger.info(
            "update %s: chat %s: the bot is now %s", incoming.update_id, incoming.chat_id, status
        )
        return Work()
