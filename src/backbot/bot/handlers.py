"""Raw update → messages to send. No network, no library of Telegram's, no clinical decision.

    take(update) ──▶ Work.ready   decided at once: warnings, fixed texts, refusals
                 └─▶ Work.rest    what takes time: retrieval and answer, a rebuild
    handle(update)                both, one after the other

The transport sends `ready` before it lets `rest` begin, so that nothing that can be slow or can
fail stands between a red flag and its message.
"""

from __future__ import annotations

import hashlib
import logging
import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any, Protocol

from backbot.bot import render, staff_wording, tongues, wording
from backbot.bot.admin import ADMIN_COMMANDS, STAFF_COMMANDS, Desk, Operations
from backbot.bot.beside import Beside
from backbot.bot.building import EDIT_EVERY_S, Owed
from backbot.bot.mydata import my_data
from backbot.bot.parts import Button, Part, Priority, Work
from backbot.bot.recall import ChatMemory, Exchange, Exchanges, Extract, Offer
from backbot.bot.render import Rich
from backbot.bot.updates import Command, Document, Incoming, parse_update
from backbot.model import Conversation, Escalation, Finding, FindingStatus, Reply, Tier
from backbot.ports import ConversationStore
from backbot.triage.languages import guess_language

logger = logging.getLogger(__name__)

MAX_RELATED = 2
MAX_MORE = 4
MAX_START_TOPICS = 6
MAX_SIGN = 80
MAX_DATA = 60
SYNTHETIC_EMERGENCY = "I cannot pee since this morning and both my legs are numb"
"""What the heartbeat asks."""
CONSENTED_HOURS = 180 * 24
"""For how long a question is kept with the person's consent; see docs/privacy.md."""
_RULE_ID_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-,")
_COUNTRY_WORDS = 5
"""An answer to "which country?" is no longer than this."""
_NAME_WORDS = 4
"""A reviewer's name that was not typed as one is no longer than this."""
_AROUND_COUNTRIES = frozenset(
    {"i", "i'm", "i’m", "im", "am", "we", "we're", "we’re", "are", "live", "from", "in", "please"}
)
_NO_CODES = frozenset({"am", "be", "do", "is", "it", "me", "my", "no", "so", "to"})
"""Words that are countries' codes, too; as codes they are written in capitals."""
_FLAG_A = 0x1F1E6
"""The first of 26 characters, two of which make a flag: the letters of the country's code."""
_FLAGS = str.maketrans({chr(_FLAG_A + n): chr(ord("A") + n) for n in range(26)})
_PLEASED = frozenset("👍👌🙏👏😊🙂😀😃😄😁😅😂🥰😍😘🤗❤♥🧡💛💚💙💜✅☺🎉\ufe0f🏻🏼🏽🏾🏿")
"""Signs of somebody who is content."""
_LISTING = frozenset({"cannot_read", "emergency_info", "forgotten"})
"""Fixed texts that name the danger signs."""
_LISTED_S = 3600.0
"""For so long a yes is an answer to a list of danger signs."""
_PRIVACY = re.compile(
    r"\b(?:(?:delete|erase|remove|forget|clear|wipe)\b.{0,20}"
    r"\b(?:me|data|chat|everything|messages?|history|conversation)\b"
    r"|(?:store|keep|save|know|remember|collect)\b.{0,15}\babout me\b"
    r"|my (?:personal )?data\b|gdpr\b|privacy\b)",
    re.IGNORECASE,
)
"""Asks in words for what /privacy, /mydata and /forget do; looked for where nothing was found."""
_HABITS = frozenset({"cancel", "commands", "end", "menu", "quit", "reset", "settings", "stop"})
"""Commands that other bots have."""
DOUBLE_TAP_S = 1.5
# What `t.me/<bot>?start=<name>` may call.
_LINKED = frozenset({"help", "topics", "sources", "emergency", "country", "privacy", "mydata"})
MEMBER_STATES = frozenset({"creator", "administrator", "member", "restricted", "left", "kicked"})


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


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question between triage and answer; the fields are `Handler._question`'s."""

    turn: Turn
    conversation: Conversation
    heading: str
    before: Exchange | None
    started: float
    text: str


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
        self.username = ""
        """The bot's own name in Telegram, without @; set once it is known."""
        self._assistant = assistant
        self._store = store
        self._admins = frozenset(admin_ids)
        self._staff = frozenset(staff_ids) | self._admins
        self._retention_hours = retention_hours
        self._clinic_country = country
        self._groups = groups
        self._clock = clock
        self._offers: ChatMemory[str, Offer] = ChatMemory()
        self._exchanges = Exchanges()
        self._asked_country: ChatMemory[str, bool] = ChatMemory(per_chat=1)
        self._listed: ChatMemory[str, float] = ChatMemory(per_chat=1)
        self._albums: ChatMemory[str, int | None] = ChatMemory()
        self._taps: ChatMemory[str, float] = ChatMemory(per_chat=1)
        self._to_move: dict[int, int] = {}
        self._operations = operations or Operations()
        self._beside = Beside(self._operations.records)
        self._desk = Desk(
            self._operations,
            assistant,
            admins=self._admins,
            staff=self._staff,
            clock=lambda: self._clock(),  # noqa: PLW0108 looked up each time, as everywhere here
            edit_every_s=edit_every_s,
        )
        self._commands: dict[str, Callable[[Incoming], Work]] = {
            "start": self._start,
            "help": self._help,
            "privacy": lambda incoming: self._fixed(incoming, "privacy"),
            "emergency": lambda incoming: self._fixed(incoming, "emergency_info"),
            "topics": self._topics,
            "sources": self._sources,
            "country": self._country,
            "mydata": self._mydata,
            "forget": self._forget,
        }

    # ------------------------------------------------------------------ for the transport

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
            return Work(self._failsafe(incoming))
        if work.rest is not None and work.failsafe is None:
            return replace(work, failsafe=lambda: self._failsafe(incoming))
        return work

    def expect(self, updates: Iterable[object]) -> None:
        """These updates come next: have their conversations at hand. Never raises."""
        people = [incoming for each in updates if (incoming := parse_update(each)).chat_id]
        keys = [each.key for each in people if each.private or self._groups]
        try:
            self._store.expect(keys, self._clock())
        except Exception as error:  # noqa: BLE001 each is asked for again
            logger.error("no conversations ahead: %s", type(error).__name__)  # noqa: TRY400

    def tier(self, update: object) -> int:
        """How pressing an update is, its own words alone: 0 to 3. Keeps nothing; never raises."""
        incoming = parse_update(update)
        command, typed = incoming.command(), incoming.text
        typed = typed if command is None else f"/{command.name} {_spoken(command)}"
        text = "\n".join(filter(None, (typed, incoming.beside)))
        if not text or not (incoming.private or self._addressed(incoming)):
            return Tier.NONE
        try:
            turn = self._assistant.begin(text, Conversation(), self._clock())
        except Exception as error:  # noqa: BLE001 then it is as pressing as anything
            logger.error("triage failed: %s", type(error).__name__)  # noqa: TRY400 no text
            return Tier.EMERGENCY
        told = Tier.NONE if turn.escalation is None else Tier.NERVE
        return max(told, turn.conversation.triage.open_tier)

    def well(self) -> bool:
        """Whether the escalation engine finds an emergency that it must find."""
        turn = self._assistant.begin(SYNTHETIC_EMERGENCY, Conversation(), self._clock())
        return turn.escalation is not None

    def tell_admins(self, text: str) -> tuple[Part, ...]:
        """A text for every admin's private chat."""
        said = render.marked(text)
        return tuple(
            Part(Priority.OTHER, admin, said.html(), said.plain) for admin in sorted(self._admins)
        )

    def too_fast(self, incoming: Incoming) -> tuple[Part, ...]:
        """What somebody is told who writes faster than can be answered. Never raises."""
        if incoming.chat_id is None:
            return ()
        text = f"{self._words(incoming, 'too_fast')}\n\n{self._net(incoming)}"
        return self._parts(incoming, render.marked(text))

    def sent(self, part: Part, message_id: int) -> None:
        """Telegram accepted a part under that message id."""
        for data, _ in self._taps.all(part.chat_id):
            self._taps.put(part.chat_id, data, time.monotonic())
        if part.answers is not None and part.priority is not Priority.OTHER:
            self._exchanges.sent(
                part.chat_id,
                part.answers,
                message_id,
                warning=part.priority is Priority.ESCALATION,
            )

    def moved(self, chat_id: int, to: int) -> None:
        """A group became a supergroup: what is open there goes with it. Never raises."""
        try:
            self._store.move(chat_id, to)
        except Exception as error:  # noqa: BLE001 tried again with the group's next message
            self._to_move[to] = chat_id
            logger.error(  # noqa: TRY400 no text
                "chat %s: not moved to %s yet: %s", chat_id, to, type(error).__name__
            )
        else:
            self._to_move.pop(to, None)
            logger.info("chat %s: is now chat %s", chat_id, to)

    def for_admins(self) -> Iterator[Part]:
        """What admins must be told when the bot starts, in their private chats."""
        notices = self._operations.notices
        for text in notices() if notices else ():
            said = render.marked(text)
            for admin in sorted(self._admins):
                yield Part(Priority.OTHER, admin, said.html(), said.plain)

    @property
    def in_groups(self) -> bool:
        """Whether it answers in groups."""
        return self._groups

    def menus(self) -> Iterator[tuple[int, tuple[tuple[str, str], ...]]]:
        """Private chats of staff, and the commands that are shown there and nowhere else."""
        return self._desk.menus()

    def reminders(self) -> Iterator[Part]:
        """What admins must be told now and then; `reminded` once one of them has been told."""
        return self._desk.reminders()

    def owed(self) -> Iterator[Owed]:
        """Reports that an earlier run did not tell any more; may raise `StateError`."""
        return self._desk.owed()

    def reminded(self) -> None:
        """The reminders have reached an admin."""
        self._desk.reminded()

    # ------------------------------------------------------------------ which update is what

    def _route(self, incoming: Incoming) -> Work:
        if incoming.kind == "silent":
            return Work()
        if incoming.chat_id is None:
            logger.warning("update %s: no chat to answer in", incoming.update_id)
            return Work()
        if not incoming.private and incoming.kind != "member":
            return self._in_group(incoming)
        by_kind: dict[str, Callable[[Incoming], Work]] = {
            "message": self._message,
            "edited": self._edited,
            "callback": self._pressed,
            "member": self._member,
        }
        return by_kind.get(incoming.kind, self._unknown)(incoming)

    def _unknown(self, incoming: Incoming) -> Work:
        logger.warning("update %s: of an unknown kind", incoming.update_id)
        return Work(self._failsafe(incoming))

    def _member(self, incoming: Incoming) -> Work:
        status = incoming.member_status if incoming.member_status in MEMBER_STATES else "unknown"
        logger.info(
            "update %s: chat %s: the bot is now %s", incoming.update_id, incoming.chat_id, status
        )
        return Work()

    # ------------------------------------------------------------------ groups

    def _in_group(self, incoming: Incoming) -> Work:
        """Where groups are off, one sentence for /start; else what is meant for the bot."""
        if incoming.moved is not None:
            self.moved(*incoming.moved)
            return Work()
        if (old := self._to_move.get(_chat(incoming))) is not None:
            self.moved(old, _chat(incoming))
        command = incoming.command() if incoming.kind == "message" else None
        mine = command is not None and command.to.lower() in {"", self.username.lower()}
        if not self._groups or not self.username:
            is_start = command is not None and mine and command.name == "start"
            return Work(self._told(incoming, wording.GROUP)) if is_start else Work()
        if command is not None:
            return self._group_command(incoming, command) if mine else Work()
        from_people = incoming.kind in {"message", "edited"} and not incoming.from_bot
        return self._heard(incoming) if from_people and self._addressed(incoming) else Work()

    def _heard(self, incoming: Incoming) -> Work:
        """What a message in a group comes to that is meant for the bot."""
        name = re.escape(self.username)
        said = incoming.text or ""
        text = re.sub(rf"(?<![\w@])@{name}(?!\w)", "", said, flags=re.IGNORECASE).strip()
        text = self._with_beside(incoming, text)
        if not text and incoming.text is None:
            return self._unread(incoming)
        if not text:
            return self._tell(incoming, "group_intro", bot=self.username)
        if incoming.kind == "edited":
            return self._edited(incoming, text)
        return self._question(incoming, text)

    def _group_command(self, incoming: Incoming, command: Command) -> Work:
        if command.argument and self._alarming(incoming, command.argument):
            return self._question(incoming, command.argument)
        if command.name in {"start", "help"}:
            return self._tell(incoming, "group_intro", bot=self.username)
        if command.name in wording.GROUP_COMMANDS:
            return self._commands[command.name](incoming)
        # where nobody said whom it is for, it may be another bot's
        return self._tell(incoming, "in_private", bot=self.username) if command.to else Work()

    def _addressed(self, incoming: Incoming) -> bool:
        """Whether a message in a group is meant for the bot."""
        me = self.username.lower()
        if not (self._groups and me):
            return False
        command = incoming.command()
        to_me = command is not None and command.to.lower() == me
        return to_me or me in incoming.mentions or me == incoming.replied_to

    # ------------------------------------------------------------------ messages

    def _message(self, incoming: Incoming) -> Work:
        if incoming.from_bot:
            return Work()
        if incoming.broken:
            logger.warning("update %s: malformed message", incoming.update_id)
            return Work(self._failsafe(incoming))
        if incoming.document is not None and self._desk.knows(incoming):
            return self._document(incoming, incoming.document)
        text = self._with_beside(incoming, incoming.text or "")
        if text != (incoming.text or ""):
            return self._question(incoming, text)
        if incoming.text is None:
            return self._unread(incoming)
        command, work = incoming.command(), None
        asked_country = self._asked_country.get(_chat(incoming), "") is not None
        self._asked_country.forget(_chat(incoming))
        listed_at = self._listed.get(_chat(incoming), "")
        listed = listed_at is not None and self._clock() - listed_at < _LISTED_S
        self._listed.forget(_chat(incoming))
        if command is not None:
            work = self._command(incoming, command)
        elif asked_country and self._names_country(incoming.text):
            work = self._country_of(incoming, incoming.text)
        elif self._desk.documents.awaits_name(incoming):
            work = self._reviewer(incoming, incoming.text)
        return work or self._question(incoming, incoming.text, listed=listed)

    def _with_beside(self, incoming: Incoming, text: str) -> str:
        """A text, with what came beside it where that tells of danger; it is no question."""
        alarming = incoming.beside and self._alarming_alone(incoming.beside)
        return f"{text}\n{incoming.beside}".strip() if alarming else text

    def _unread(self, incoming: Incoming) -> Work:
        """What is said to something that cannot be read; once for each album."""
        if not incoming.unreadable:
            return Work()
        if incoming.album:
            told, this = self._albums.get(_chat(incoming), incoming.album), incoming.message_id
            if told not in {None, this}:
                return Work()
            self._albums.put(_chat(incoming), incoming.album, this)
        return self._fixed(incoming, "cannot_read")

    def _document(self, incoming: Incoming, document: Document) -> Work:
        """A file of staff's. What they write beside it is looked at as anybody's words are."""
        work = self._desk.documents.take(incoming, document)
        if incoming.text is None:
            return work
        conversation = self._load(incoming)
        turn = self._assistant.begin(incoming.text, conversation, self._clock())
        self._save(incoming, conversation, turn.conversation)
        if turn.escalation is None:
            return work
        return replace(
            work, ready=(*self._warning(incoming, turn.escalation, incoming.text), *work.ready)
        )

    def _reviewer(self, incoming: Incoming, text: str) -> Work | None:
        """The name that staff were asked for; None where it is none, or holds a warning sign.

        By itself: a warning that is open in this chat is repeated under questions, and stays open.
        """
        turn = self._assistant.begin(text, Conversation(), self._clock())
        if turn.escalation is not None:
            return None
        named = self._desk.documents.named(incoming, text)
        if named is not None or "?" in text or len(text.split()) > _NAME_WORDS:
            return named
        # perhaps a name, perhaps a question: say that it was taken for none, and answer it
        work = self._question(incoming, text)
        told = self._told(incoming, staff_wording.NO_NAME)
        return replace(work, ready=(*work.ready, *told))

    def _edited(self, incoming: Incoming, text: str | None = None) -> Work:
        text = self._with_beside(incoming, incoming.text or "") if text is None else text
        command = incoming.command()
        # a live location is edited every few seconds, and a command must not run twice
        runs = command is not None and text == incoming.text and not self._tells(incoming, command)
        if not text or incoming.message_id is None or runs:
            return Work()
        chat_id, question = _chat(incoming), incoming.message_id
        if self._exchanges.unchanged(chat_id, question, text):
            return Work()
        before = self._exchanges.get(chat_id, question) or Exchange(0)
        return self._question(incoming, text, before=before)

    # ------------------------------------------------------------------ questions

    def _question(
        self,
        incoming: Incoming,
        text: str,
        *,
        heading: str = "",
        before: Exchange | None = None,
        listed: bool = False,
    ) -> Work:
        """Triage now, answer later.

        Args:
            incoming: The update.
            text: What is asked.
            heading: Put above the answer, where the question is not to be seen in the chat.
            before: How the message was answered before it was edited, None for a new one.
            listed: Whether a fixed text named the danger signs just before: "yes" means those.
        """
        started = time.monotonic()
        kept = conversation = self._load(incoming)
        if listed and not _is_pleased(text):
            conversation = replace(kept, triage=replace(kept.triage, asked=True))
        if incoming.again:
            # noted as sent before it was: the short reminder would be all that they ever get
            unsent = replace(conversation.triage, full_sent_at=0.0)
            conversation = replace(conversation, triage=unsent)
        turn = self._assistant.begin(text, conversation, self._clock())
        # An open warning must outlive an answer that fails or never ends.
        self._save(incoming, kept, turn.conversation)
        conversation = turn.conversation
        if incoming.message_id is not None and incoming.kind != "callback":
            self._exchanges.asked(_chat(incoming), incoming.message_id, text)
        ready: tuple[Part, ...] = ()
        if turn.escalation is not None:
            ready = self._warning(incoming, turn.escalation, text)
            if not incoming.private:
                # before others there is the warning alone, and no talk about what was told
                old = self._instead(incoming, (), before) if before else ()
                return Work((*ready, *old))
        asked = _Asked(turn, conversation, heading, before, started, text)
        return Work(ready, self._answer(incoming, asked))

    def _answer(self, incoming: Incoming, asked: _Asked) -> Iterator[Part]:
        turn, before = asked.turn, asked.before
        reply, after = self._assistant.finish(turn)
        self._save(incoming, asked.conversation, after)
        if turn.escalation is None and reply.escalation is not None:
            yield from self._warning(incoming, reply.escalation, asked.text)
        body = render.answer(self._in_their_words(incoming, reply, asked.text))
        warned = turn.escalation is not None or reply.escalation is not None
        if not body.plain and not warned:
            logger.error("update %s: an empty answer", incoming.update_id)
            body = render.marked(self._say("failsafe"))
        if body.plain and asked.heading:
            body = render.joined((render.wrapped(asked.heading, "b"), body))
        question_id = self._beside.declined(incoming.key, reply)
        parts = self._parts(
            incoming,
            body,
            Priority.ANSWER,
            buttons=self._buttons(incoming, reply, question_id) if incoming.private else (),
            reply_to=None if incoming.private else incoming.message_id,
        )
        yield from parts if before is None else self._instead(incoming, parts, before)
        if incoming.unreadable and reply.kind != "escalation" and before is None:
            # the caption was read, the picture was not: say so
            yield from self._unread(incoming).ready
        self._beside.replied(reply, time.monotonic() - asked.started)
        logger.info(
            "update %s: chat %s: kind=%s tier=%s messages=%d seconds=%.3f",
            incoming.update_id,
            incoming.chat_id,
            reply.kind,
            reply.tier.label,
            len(parts) + warned,
            time.monotonic() - asked.started,
        )

    def _in_their_words(self, incoming: Incoming, reply: Reply, text: str) -> Reply:
        """The reply; where nothing was found, with what must be known in the person's language.

        Who writes "ayuda", or a crying face, may be in trouble and know no English.
        """
        if reply.kind != "declined" or not incoming.private:
            return reply
        if _PRIVACY.search(text):
            note = "\n\n".join(filter(None, (self._local(incoming, "privacy"), reply.note)))
            return replace(reply, answer=replace(reply.answer, text=""), note=note)
        written = guess_language(text)
        language = tongues.language_of(incoming.language) if written == "en" else written
        wordless = not any(map(str.isalnum, text))
        if _is_pleased(text) or (language == "en" and not wordless):
            return reply
        # how to ask: a first "hola" must not be left with a refusal that nobody can read
        untold = language != "en" and written == "en"
        ask = tongues.said("help", language).partition("\n")[0] if untold else ""
        note = "\n\n".join(filter(None, (ask, self._net_in(incoming, language), reply.note)))
        return replace(reply, note=note)

    def _instead(
        self, incoming: Incoming, parts: tuple[Part, ...], before: Exchange
    ) -> Iterator[Part]:
        """The answer to an edited question: in the old one's place where each is one message.

        Elsewhere old answers are marked as such: advice that no longer fits the question must
        not be left standing beside a warning. Warnings are never touched.
        """
        old = before.answers
        if len(old) == len(parts) == 1:
            yield replace(parts[0], edit_of=old[0])
            return
        if incoming.message_id is not None:
            self._exchanges.superseded(_chat(incoming), incoming.message_id)
        if parts:
            yield replace(parts[0], reply_to=incoming.message_id)
            yield from parts[1:]
        note = render.marked(self._words(incoming, "answer_replaced"))
        for message_id in old:
            yield Part(
                Priority.OTHER, _chat(incoming), note.html(), note.plain, edit_of=message_id
            )

    def _warning(self, incoming: Incoming, escalation: Escalation, typed: str) -> tuple[Part, ...]:
        """The message itself, what was read, and a way to say that it was misread.

        The button logs for review and lowers nothing. In groups nothing is echoed.
        """
        edited = incoming.kind == "edited" or not incoming.private
        reply_to = incoming.message_id if edited else None
        text = escalation.text
        buttons: tuple[tuple[Button, ...], ...] = ()
        signs = _signs(escalation.findings, typed)
        if not incoming.private:
            text = f"{text}\n\n{self._words(incoming, 'group_warning', bot=self.username)}"
        elif signs:
            said = ", ".join(f"“{' '.join(sign.split())[:MAX_SIGN]}”" for sign in signs)
            # what the person typed is no mark-up of ours
            told = self._words(incoming, "i_read", signs=said.replace("**", "* *"))
            text = f"{text}\n{told}"
            rules = ",".join(dict.fromkeys(f.rule_id for f in escalation.findings))
            misread = Button(self._words(incoming, "button_misread"), f"w:{rules}"[:MAX_DATA])
            buttons = ((misread,),)
        return self._parts(
            incoming, render.marked(text), Priority.ESCALATION, buttons=buttons, reply_to=reply_to
        )

    def _buttons(
        self, incoming: Incoming, reply: Reply, question_id: str
    ) -> tuple[tuple[Button, ...], ...]:
        offer = Offer(
            related=reply.answer.suggestions[:MAX_RELATED],
            more=_more(reply),
            note=reply.note,
            asked=hash(reply.question),
            articles=tuple(dict.fromkeys(c.article for c in reply.answer.citations)),
        )
        rows: list[tuple[Button, ...]] = []
        if reply.kind == "answer":
            more = Button(self._words(incoming, "button_more"), f"m:{offer.token}")
            helpful = Button(self._words(incoming, "button_helpful"), f"y:{offer.token}")
            not_helpful = Button(self._words(incoming, "button_not_helpful"), f"n:{offer.token}")
            judged = (helpful, not_helpful)
            rows.append((more, *judged) if offer.more else judged)
        rows += (
            (Button(render.button_text(question), f"q:{offer.token}:{number}"),)
            for number, question in enumerate(offer.related)
        )
        if rows:
            self._offers.put(_chat(incoming), offer.token, offer)
        if reply.tier < Tier.URGENT:
            rows += self._may_staff_see(incoming, question_id)
        return tuple(rows)

    def _may_staff_see(
        self, incoming: Incoming, question_id: str
    ) -> tuple[tuple[Button, ...], ...]:
        """Ask for consent, where the question would else be gone before staff have time."""
        needed = question_id and self._retention_hours < CONSENTED_HOURS and incoming.private
        words = self._words(incoming, "button_consent")
        return ((Button(words, f"k:{question_id}"),),) if needed else ()

    # ------------------------------------------------------------------ buttons

    def _pressed(self, incoming: Incoming) -> Work:
        kind, _, argument = incoming.data.partition(":")
        if kind in {"t", "q"} and self._tapped_twice(incoming):
            return Work()
        pressed = {
            "s": self._desk.press,
            "t": self._topic,
            "w": self._misread,
            "k": self._consent,
            "q": self._offered,
            "m": self._offered,
            "y": self._offered,
            "n": self._offered,
        }.get(kind, self._stale)
        return pressed(incoming, argument)

    def _tapped_twice(self, incoming: Incoming) -> bool:
        """Whether the button was pressed just now; nobody wants the same answer two times.

        What a chat's second tap has to wait for is the first one's answer, so it counts from that.
        """
        chat, now = _chat(incoming), time.monotonic()
        before = self._taps.get(chat, incoming.data)
        self._taps.put(chat, incoming.data, now)
        return before is not None and now - before < DOUBLE_TAP_S

    def _stale(self, incoming: Incoming, _argument: str) -> Work:
        logger.info("update %s: button data is stale or forged", incoming.update_id)
        return self._tell(incoming, "stale_button")

    def _topic(self, incoming: Incoming, token: str) -> Work:
        for title, question in self._assistant.topics():
            if _topic_id(title) == token:
                return self._question(incoming, question, heading=question)
        return self._stale(incoming, token)

    def _misread(self, incoming: Incoming, rules: str) -> Work:
        # rule ids alone: the words stay out of the log
        known = rules if set(rules) <= _RULE_ID_LETTERS else "?"
        logger.info(
            "update %s: chat %s: a warning was called misread, rules %s",
            incoming.update_id,
            incoming.chat_id,
            known,
        )
        if known != "?":
            self._beside.misread(tuple(filter(None, known.split(","))))
        return self._tell(incoming, "misread_noted")

    def _consent(self, incoming: Incoming, question_id: str) -> Work:
        agreed = self._beside.consent(incoming.key, question_id)
        return self._tell(incoming, "consented" if agreed else "consent_gone")

    def _offered(self, incoming: Incoming, argument: str) -> Work:
        """A button under an answer: more, a related question, helpful or not."""
        kind = incoming.data[0]
        token, _, number = argument.partition(":")
        offer = self._offers.get(_chat(incoming), token)
        if offer is not None:
            if kind == "q" and number.isdecimal() and int(number[:3]) < len(offer.related):
                question = offer.related[int(number[:3])]
                return self._question(incoming, question, heading=question)
            if kind == "m":
                return self._show_more(incoming, offer)
            if kind in {"y", "n"}:
                return self._judged(incoming, offer, helpful=kind == "y")
        return self._stale(incoming, argument)

    def _judged(self, incoming: Incoming, offer: Offer, *, helpful: bool) -> Work:
        """Helpful or not; a question that was not helped is kept for staff."""
        verdict = "y" if helpful else "n"
        if offer.judged == verdict:
            return Work()  # pressed twice
        self._offers.put(_chat(incoming), offer.token, replace(offer, judged=verdict))
        logger.info(
            "update %s: chat %s: %s",
            incoming.update_id,
            incoming.chat_id,
            "helpful" if helpful else "not helpful",
        )
        self._beside.helped(helpful=helpful, articles=offer.articles)
        if helpful:
            return self._tell(incoming, "thanks_for_praise")
        turns = self._load(incoming).turns
        text = next((turn for turn in turns if hash(turn) == offer.asked), "")
        question_id = self._beside.not_helped(incoming.key, text, offer.articles)
        thanks = render.marked(self._words(incoming, "thanks_for_telling"))
        buttons = self._may_staff_see(incoming, question_id)
        return Work(self._parts(incoming, thanks, buttons=buttons))

    def _show_more(self, incoming: Incoming, offer: Offer) -> Work:
        conversation = self._load(incoming)
        if conversation.triage.open_tier >= Tier.URGENT:
            return self._tell(incoming, "more_withheld")
        if not offer.more:
            return self._tell(incoming, "no_more")
        hidden = self._operations.hidden()
        offer = replace(offer, more=tuple(e for e in offer.more if e.article not in hidden))
        if not offer.more:
            return self._tell(incoming, "more_hidden")
        extract, remaining = offer.more[0], replace(offer, more=offer.more[1:])
        self._offers.put(_chat(incoming), offer.token, remaining)
        note = offer.note
        # whole passages have not been through the answer's own check for warning signs
        alone = self._assistant.begin(extract.text, Conversation(), self._clock())
        if not note and alone.escalation is not None:
            note = self._say("emergency_info")
        place = ", ".join(part for part in (extract.title, extract.section) if part)
        body = render.joined(
            (
                render.wrapped(place, "b"),
                render.marked(extract.text),
                render.marked(note),
                render.wrapped(f"Source: {place} ({extract.review})", "quote"),
            )
        )
        words = self._words(incoming, "button_more")
        row = (Button(words, f"m:{offer.token}"),) if remaining.more else ()
        buttons = (row,) if row else ()
        return Work(self._parts(incoming, body, Priority.ANSWER, buttons=buttons))

    # ------------------------------------------------------------------ commands

    def _command(self, incoming: Incoming, command: Command) -> Work | None:
        """What a command comes to; None where it is to be read as a question."""
        restricted = command.name in STAFF_COMMANDS | ADMIN_COMMANDS
        if not restricted and command.name not in self._commands:
            return self._not_ours(incoming, command)
        if command.name == "start" and (work := self._linked(incoming, command.argument)):
            return work
        if self._tells(incoming, command):
            # "/help my legs have gone numb" is no call for help texts
            words = _spoken(command)
            return None if words == command.argument else self._question(incoming, words)
        if not restricted:
            return self._commands[command.name](incoming)
        if self._desk.may(incoming, command.name):
            return self._desk.take(incoming, command)
        return self._refused(incoming, command)

    def _refused(self, incoming: Incoming, command: Command) -> Work:
        logger.warning(
            "update %s: refused /%s to user %s in chat %s",
            incoming.update_id,
            command.name,
            incoming.user_id,
            incoming.chat_id,
        )
        if self._desk.knows(incoming):  # staff: "only for staff" would be no answer to them
            return self._text(incoming, staff_wording.ADMINS_ONLY.format(command=command.name))
        return self._fixed(incoming, "not_allowed")

    def _not_ours(self, incoming: Incoming, command: Command) -> Work:
        """A command that there is not: a question, or what people send to other bots."""
        if command.name in _HABITS and not command.argument:
            return self._help(incoming)
        words = f"{command.name.replace('_', ' ')} {command.argument}".strip()
        meant = self._desk.meant(incoming, command.name)
        if meant and not self._alarming(incoming, words):
            text = staff_wording.NO_COMMAND.format(command=command.name, meant=meant)
            return self._text(incoming, text)
        return self._question(incoming, words)

    def _tells(self, incoming: Incoming, command: Command) -> bool:
        """Whether what stands behind a command is a warning sign, and no work of staff's."""
        restricted = command.name in STAFF_COMMANDS | ADMIN_COMMANDS
        if not command.argument or (restricted and self._desk.may(incoming, command.name)):
            return False
        if command.name == "country":
            # a warning that is open names the number: it must be possible to set it right
            return self._alarming_alone(command.argument)
        return self._alarming(incoming, _spoken(command))

    def _alarming_alone(self, text: str) -> bool:
        """Whether a text tells of danger by itself, whatever is open in its chat."""
        return self._assistant.begin(text, Conversation(), self._clock()).escalation is not None

    def _alarming(self, incoming: Incoming, text: str) -> bool:
        turn = self._assistant.begin(text, self._load(incoming), self._clock())
        return turn.escalation is not None

    def _start(self, incoming: Incoming) -> Work:
        buttons = self._topic_buttons()[:MAX_START_TOPICS]
        text = self._local(incoming, "start")
        return Work(self._parts(incoming, render.marked(text), buttons=buttons))

    def _linked(self, incoming: Incoming, payload: str) -> Work | None:
        """What `t.me/<bot>?start=<payload>` leads to, after who this is; None for nothing.

        The payload is a topic's title with - for all but letters and digits, its button's id, or
        a command's name.
        """
        hello = self._told(incoming, self._local(incoming, "start"))
        if payload in _LINKED:
            work = self._commands[payload](incoming)
            return replace(work, ready=(*hello, *work.ready))
        for title, question in self._assistant.topics() if payload else ():
            if payload in {_topic_id(title), topic_link(title)}:
                work = self._question(incoming, question, heading=question)
                return replace(work, ready=(*work.ready, *hello))
        return None

    def _help(self, incoming: Incoming) -> Work:
        work, more = self._fixed(incoming, "help"), self._desk.help(incoming)
        return replace(work, ready=(*work.ready, *self._told(incoming, more))) if more else work

    def _topics(self, incoming: Incoming) -> Work:
        buttons = self._topic_buttons()
        text = self._local(incoming, "topics_intro" if buttons else "nothing_yet")
        return Work(self._parts(incoming, render.marked(text), buttons=buttons))

    def _topic_buttons(self) -> tuple[tuple[Button, ...], ...]:
        return tuple(
            (Button(render.button_text(title), f"t:{_topic_id(title)}"),)
            for title, _ in self._assistant.topics()
        )

    def _sources(self, incoming: Incoming) -> Work:
        nothing = self._local(incoming, "nothing_yet")
        return self._text(incoming, self._assistant.sources() or nothing)

    def _country(self, incoming: Incoming) -> Work:
        """Ask where the person in pain is, or take it in. Lowers no open warning."""
        command = incoming.command()
        named = command.argument if command is not None and command.name == "country" else ""
        return self._country_of(incoming, named)

    def _country_of(self, incoming: Incoming, named: str) -> Work:
        kept = self._load(incoming)
        found = self._named_country(named)
        if found is None:
            self._asked_country.put(_chat(incoming), "", value=True)
            text = self._words(incoming, "country_unknown" if named else "which_country")
            return self._text(incoming, f"{text}\n\n{self._local(incoming, 'emergency_info')}")
        code, name, number = found
        self._save(incoming, kept, replace(kept, country=code, updated_at=self._clock()))
        return self._tell(incoming, "country_now", number=number, name=name)

    def _named_country(self, text: str) -> tuple[str, str, str] | None:
        """Code, name and number of a country that a few words name; a flag does, too."""
        words = text.translate(_FLAGS).strip(" .!,").split()
        if not words or len(words) > _COUNTRY_WORDS:
            return None
        telling = " ".join(word for word in words if word.lower() not in _AROUND_COUNTRIES)
        found = self._assistant.country(" ".join(words))  # "in" alone is India
        if found is None and telling not in {"", *_NO_CODES}:
            found = self._assistant.country(telling)
        return found

    def _names_country(self, text: str) -> bool:
        """Whether a text is the answer to "which country?", and nothing else."""
        if text.strip(" .!,") in _NO_CODES or self._named_country(text) is None:
            return False
        return not self._alarming_alone(text)

    def _mydata(self, incoming: Incoming) -> Work:
        kept, questions = self._load(incoming), self._beside.kept(incoming.key)
        caption = self._words(
            incoming,
            "my_data",
            turns=len(kept.turns),
            signs=len(kept.triage.concepts),
            hours=f"{self._retention_hours:g}",
            questions=len(questions),
        )
        chat_id, hours = _chat(incoming), self._retention_hours
        exchanges = self._exchanges.all(chat_id)
        file = my_data(chat_id, kept, questions, exchanges, hours=hours, now=self._clock())
        (part,) = self._told(incoming, caption)
        return Work((replace(part, file=file),))

    def _forget(self, incoming: Incoming) -> Work:
        self._store.forget(incoming.key)
        self._offers.forget(_chat(incoming))
        self._exchanges.forget(_chat(incoming))
        return self._fixed(incoming, "forgotten")

    # ------------------------------------------------------------------ small things

    def _load(self, incoming: Incoming) -> Conversation:
        try:
            return self._store.load(incoming.key, self._clock())
        except Exception as error:  # noqa: BLE001 warnings go out with the memory gone
            logger.error(  # noqa: TRY400 no text
                "update %s: no conversation: %s", incoming.update_id, type(error).__name__
            )
            return Conversation()

    def _save(self, incoming: Incoming, before: Conversation, after: Conversation) -> None:
        try:
            # an answer that comes after its time must not undo what later turns have opened
            if self._store.load(incoming.key, self._clock()) != before:
                logger.warning("update %s: came too late to be kept", incoming.update_id)
                return
            self._store.save(incoming.key, after)
        except Exception as error:  # noqa: BLE001 an answer goes out with the memory gone
            logger.error(  # noqa: TRY400 no text
                "update %s: conversation not kept: %s", incoming.update_id, type(error).__name__
            )

    def _say(self, key: str, country: str = "") -> str:
        try:
            return self._assistant.message(key, country) or wording.LAST_RESORT
        except Exception as error:  # noqa: BLE001 a person must never be left without a word
            logger.error("no text %r: %s", key, type(error).__name__)  # noqa: TRY400 no text
            return wording.LAST_RESORT

    def _fixed(self, incoming: Incoming, key: str) -> Work:
        text = self._local(incoming, key)
        if key == "cannot_read" and incoming.spoken:
            text = f"{text}\n\n{self._words(incoming, 'dictation')}"
        return self._text(incoming, text)

    def _words(self, incoming: Incoming, key: str, **values: object) -> str:
        """One of the chat's own sentences, in the language of the person's Telegram."""
        return tongues.said(key, tongues.language_of(incoming.language), **values)

    def _tell(self, incoming: Incoming, key: str, **values: object) -> Work:
        return self._text(incoming, self._words(incoming, key, **values))

    def _local(self, incoming: Incoming, key: str) -> str:
        """One of the assistant's texts, in the language of the person's Telegram."""
        if key in _LISTING and incoming.private:
            self._listed.put(_chat(incoming), "", self._clock())
        country = self._load(incoming).country
        text = tongues.assistants(
            key,
            tongues.language_of(incoming.language),
            english=self._say(key, country),
            number=self._number(country),
            hours=f"{self._retention_hours:g}",
        )
        # without a key the text's promise, that words are written only encrypted, is not kept
        if key != "privacy" or getattr(self._store, "encrypts", True):
            return text
        return f"{text}\n{self._words(incoming, 'not_encrypted')}"

    def _net(self, incoming: Incoming) -> str:
        """What must be looked at at once, in the language of the person's Telegram."""
        return self._net_in(incoming, tongues.language_of(incoming.language))

    def _net_in(self, incoming: Incoming, language: str) -> str:
        if incoming.private:
            self._listed.put(_chat(incoming), "", self._clock())
        country = self._load(incoming).country
        number = self._number(country)
        local = tongues.safety_net(language, number) if number and language != "en" else ""
        return local or self._say("safety_net", country)

    def _number(self, country: str) -> str:
        """The emergency number there, or in the clinic's country; "" where it is not known."""
        try:
            found = self._assistant.country(country or self._clinic_country)
        except Exception as error:  # noqa: BLE001 a text without a number is better than none
            logger.error("no number: %s", type(error).__name__)  # noqa: TRY400 no text
            return ""
        return found[2] if found else ""

    def _text(self, incoming: Incoming, text: str) -> Work:
        return Work(self._told(incoming, text))

    def _told(self, incoming: Incoming, text: str) -> tuple[Part, ...]:
        return self._parts(incoming, render.marked(text))

    def _failsafe(self, incoming: Incoming) -> tuple[Part, ...]:
        if incoming.chat_id is None or not (incoming.private or self._addressed(incoming)):
            return ()
        if incoming.private:
            self._listed.put(incoming.chat_id, "", self._clock())
        text = render.marked(self._say("failsafe", self._load(incoming).country))
        return self._parts(incoming, text, Priority.ANSWER)

    def _parts(
        self,
        incoming: Incoming,
        text: Rich,
        priority: Priority = Priority.OTHER,
        *,
        buttons: tuple[tuple[Button, ...], ...] = (),
        reply_to: int | None = None,
    ) -> tuple[Part, ...]:
        """The messages of one text; buttons stand under the last, a reply mark on the first."""
        pieces = render.split(text)
        question = incoming.message_id if incoming.kind in {"message", "edited"} else None
        return tuple(
            Part(
                priority,
                _chat(incoming),
                piece.html(),
                piece.plain,
                buttons=buttons if number == len(pieces) else (),
                reply_to=reply_to if number == 1 else None,
                answers=question,
                thread_id=incoming.thread_id,
            )
            for number, piece in enumerate(pieces, start=1)
        )


def _more(reply: Reply) -> tuple[Extract, ...]:
    """What "More" may show: whole passages of the articles that the answer cites."""
    suppressed = reply.assessment is not None and reply.assessment.suppress
    if reply.tier >= Tier.URGENT or suppressed:
        return ()
    cited = {citation.article: citation for citation in reply.answer.citations}
    return tuple(
        _extract(
            cited[hit.passage.article].title,
            hit.passage.section,
            cited[hit.passage.article].review,
            render.passage_text(hit.passage),
            hit.passage.article,
        )
        for hit in reply.answer.hits
        if hit.passage.article in cited and hit.passage.units
    )[:MAX_MORE]


# Of articles' texts only: one for all the chats that were shown it, or a thousand chats would
# hold thirty thousand copies.
_extract = lru_cache(maxsize=4096)(Extract)


def _signs(findings: tuple[Finding, ...], typed: str) -> tuple[str, ...]:
    """The words that were taken for signs, as typed; what overlaps is said once."""
    present = [f for f in findings if f.status is FindingStatus.PRESENT]
    if any(typed[f.start : f.end] != f.span for f in present):
        return tuple(dict.fromkeys(f.span for f in present))
    merged: list[tuple[int, int]] = []
    for start, end in sorted((f.start, f.end) for f in present):
        if merged and start <= merged[-1][1]:
            merged[-1] = (merged[-1][0], max(end, merged[-1][1]))
        else:
            merged.append((start, end))
    return tuple(dict.fromkeys(typed[start:end] for start, end in merged))


def _is_pleased(text: str) -> bool:
    """Whether there is nothing in it but signs of somebody who is content: 👍."""
    signs = {character for character in text if not character.isspace()}
    return bool(signs) and signs <= _PLEASED


def _chat(incoming: Incoming) -> int:
    if incoming.chat_id is None:
        raise ValueError("no chat")
    return incoming.chat_id


def _spoken(command: Command) -> str:
    """What stands behind a command, in words: a link's parameter can hold no spaces."""
    return command.argument.replace("_", " ") if command.name == "start" else command.argument


def topic_link(title: str) -> str:
    """A topic's name in a link: `t.me/<bot>?start=heat-and-cold`. Telegram takes 64 characters."""
    return re.sub(r"[^a-z0-9]+", "-", title.lower()).strip("-")[:64].rstrip("-")


def _topic_id(title: str) -> str:
    """Short, the same after a restart, and no promise of secrecy."""
    return hashlib.sha256(title.encode("utf-8", "replace")).hexdigest()[:12]
