"""A question on its way: triage now, the warning first, then retrieval and answer.

The transport sends what is ready before it lets the rest begin, so that nothing that can be slow
or can fail stands between a red flag and its message.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Iterator
from dataclasses import dataclass, replace

from backbot.bot import render, tongues
from backbot.bot.assistant import Turn
from backbot.bot.offers import Offers
from backbot.bot.parts import Button, Part, Priority, Work
from backbot.bot.recall import Exchange
from backbot.bot.speech import Rows, chat_of
from backbot.bot.talk import Talk
from backbot.bot.updates import Incoming
from backbot.model import Conversation, Escalation, Finding, FindingStatus, Reply, Tier
from backbot.triage.languages import guess_language

logger = logging.getLogger(__name__)

MAX_SIGN = 80
MAX_DATA = 60
_PLEASED = frozenset("👍👌🙏👏😊🙂😀😃😄😁😅😂🥰😍😘🤗❤♥🧡💛💚💙💜✅☺🎉\ufe0f🏻🏼🏽🏾🏿")
"""Signs of somebody who is content."""
_PRIVACY = re.compile(
    r"\b(?:(?:delete|erase|remove|forget|clear|wipe)\b.{0,20}"
    r"\b(?:me|data|chat|everything|messages?|history|conversation)\b"
    r"|(?:store|keep|save|know|remember|collect)\b.{0,15}\babout me\b"
    r"|my (?:personal )?data\b|gdpr\b|privacy\b)",
    re.IGNORECASE,
)
"""Asks in words for what /privacy, /mydata and /forget do; looked for where nothing was found."""


@dataclass(frozen=True, slots=True)
class _Asked:
    """A question between triage and answer; the fields are `Questions.ask`'s."""

    turn: Turn
    conversation: Conversation
    heading: str
    before: Exchange | None
    started: float
    text: str


class Questions:
    """Answers questions, warnings first.

    Args:
        talk: The assistant, what is remembered, and what can be said.
        offers: The buttons under answers.
    """

    def __init__(self, talk: Talk, offers: Offers) -> None:
        self._talk = talk
        self._texts = talk.texts
        self._conversations = talk.conversations
        self._exchanges = talk.exchanges
        self._identity = talk.identity
        self._offers = offers

    def ask(
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
        kept = conversation = self._conversations.load(incoming)
        if listed and not _is_pleased(text):
            conversation = replace(kept, triage=replace(kept.triage, asked=True))
        if incoming.again:
            # noted as sent before it was: the short reminder would be all that they ever get
            unsent = replace(conversation.triage, full_sent_at=0.0)
            conversation = replace(conversation, triage=unsent)
        turn = self._talk.assistant.begin(text, conversation, self._talk.clock())
        # An open warning must outlive an answer that fails or never ends.
        self._conversations.save(incoming, kept, turn.conversation)
        conversation = turn.conversation
        if incoming.message_id is not None and incoming.kind != "callback":
            self._exchanges.asked(chat_of(incoming), incoming.message_id, text)
        ready: tuple[Part, ...] = ()
        warned = turn.escalation is not None
        emergency = warned and conversation.triage.open_tier >= Tier.EMERGENCY
        if turn.escalation is not None:
            ready = self.warning(incoming, turn.escalation, text)
            if not incoming.private:
                # before others there is the warning alone, and no talk about what was told
                old = self._instead(incoming, (), before) if before else ()
                return Work((*ready, *old), emergency=emergency)
        asked = _Asked(turn, conversation, heading, before, started, text)
        return Work(ready, self._answer(incoming, asked), emergency=emergency)

    def _answer(self, incoming: Incoming, asked: _Asked) -> Iterator[Part]:
        turn, before = asked.turn, asked.before
        reply, after = self._talk.assistant.finish(turn)
        self._conversations.save(incoming, asked.conversation, after)
        if turn.escalation is None and reply.escalation is not None:
            yield from self.warning(incoming, reply.escalation, asked.text)
        body = render.answer(self._in_their_words(incoming, reply, asked.text))
        warned = turn.escalation is not None or reply.escalation is not None
        if not body.plain and not warned:
            logger.error("update %s: an empty answer", incoming.update_id)
            body = render.marked(self._texts.say("failsafe"))
        if body.plain and asked.heading:
            body = render.joined((render.wrapped(asked.heading, "b"), body))
        question_id = self._talk.beside.declined(incoming.key, reply)
        parts = self._texts.parts(
            incoming,
            body,
            Priority.ANSWER,
            buttons=self._offers.under(incoming, reply, question_id) if incoming.private else (),
            reply_to=None if incoming.private else incoming.message_id,
        )
        yield from parts if before is None else self._instead(incoming, parts, before)
        if incoming.unreadable and reply.kind != "escalation" and before is None:
            # the caption was read, the picture was not: say so
            yield from self._texts.unread(incoming).ready
        self._talk.beside.replied(reply, time.monotonic() - asked.started)
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
            note = "\n\n".join(filter(None, (self._texts.local(incoming, "privacy"), reply.note)))
            return replace(reply, answer=replace(reply.answer, text=""), note=note)
        written = guess_language(text)
        language = tongues.language_of(incoming.language) if written == "en" else written
        wordless = not any(map(str.isalnum, text))
        if _is_pleased(text) or (language == "en" and not wordless):
            return reply
        # how to ask: a first "hola" must not be left with a refusal that nobody can read
        untold = language != "en" and written == "en"
        ask = tongues.said("help", language).partition("\n")[0] if untold else ""
        note = "\n\n".join(filter(None, (ask, self._texts.net(incoming, language), reply.note)))
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
            self._exchanges.superseded(chat_of(incoming), incoming.message_id)
        if parts:
            yield replace(parts[0], reply_to=incoming.message_id)
            yield from parts[1:]
        note = render.marked(self._texts.words(incoming, "answer_replaced"))
        for message_id in old:
            yield Part(
                Priority.OTHER, chat_of(incoming), note.html(), note.plain, edit_of=message_id
            )

    def warning(self, incoming: Incoming, escalation: Escalation, typed: str) -> tuple[Part, ...]:
        """The message itself, what was read, and a way to say that it was misread.

        The button logs for review and lowers nothing. In groups nothing is echoed.
        """
        edited = incoming.kind == "edited" or not incoming.private
        reply_to = incoming.message_id if edited else None
        text = escalation.text
        buttons: Rows = ()
        signs = _signs(escalation.findings, typed)
        if not incoming.private:
            bot = self._identity.username
            text = f"{text}\n\n{self._texts.words(incoming, 'group_warning', bot=bot)}"
        elif signs:
            said = ", ".join(f"“{' '.join(sign.split())[:MAX_SIGN]}”" for sign in signs)
            # what the person typed is no mark-up of ours
            told = self._texts.words(incoming, "i_read", signs=said.replace("**", "* *"))
            text = f"{text}\n{told}"
            rules = ",".join(dict.fromkeys(f.rule_id for f in escalation.findings))
            misread = Button(
                self._texts.words(incoming, "button_misread"), f"w:{rules}"[:MAX_DATA]
            )
            buttons = ((misread,),)
        return self._texts.parts(
            incoming, render.marked(text), Priority.ESCALATION, buttons=buttons, reply_to=reply_to
        )


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
