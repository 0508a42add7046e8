"""Buttons that people press: topics, what stands under answers and warnings, consent."""

from __future__ import annotations

import logging
import time
from dataclasses import replace

from backbot.bot import render
from backbot.bot.admin import Desk, Operations
from backbot.bot.offers import Offers
from backbot.bot.parts import Button, Priority, Work
from backbot.bot.questions import Questions
from backbot.bot.recall import ChatMemory, Offer
from backbot.bot.speech import chat_of
from backbot.bot.talk import Talk
from backbot.bot.topics import topic_id
from backbot.bot.updates import Incoming
from backbot.model import Tier

logger = logging.getLogger(__name__)

DOUBLE_TAP_S = 1.5
_RULE_ID_LETTERS = frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-,")


class Buttons:
    """What a press comes to. The data that comes back may be stale, and may be forged.

    Args:
        talk: The assistant, what is remembered, and what can be said.
        questions: Answers what stands on a button.
        offers: What the buttons under answers point to.
        desk: Has buttons of its own.
        operations: Which articles are hidden.
    """

    def __init__(
        self, talk: Talk, questions: Questions, offers: Offers, desk: Desk, operations: Operations
    ) -> None:
        self._talk = talk
        self._texts = talk.texts
        self._conversations = talk.conversations
        self._beside = talk.beside
        self._questions = questions
        self._offers = offers
        self._desk = desk
        self._operations = operations
        self._taps: ChatMemory[str, float] = ChatMemory(per_chat=1)

    def press(self, incoming: Incoming) -> Work:
        """What a button that was pressed comes to."""
        kind, _, argument = incoming.data.partition(":")
        if kind in {"t", "q", "w", "k"} and self._tapped_twice(incoming):
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

    def answered(self, chat_id: int) -> None:
        """A message was accepted in the chat: a second tap counts from now."""
        for data, _ in self._taps.all(chat_id):
            self._taps.put(chat_id, data, time.monotonic())

    def _tapped_twice(self, incoming: Incoming) -> bool:
        """Whether the button was pressed just now; nobody wants the same answer two times.

        What a chat's second tap has to wait for is the first one's answer, so it counts from that.
        """
        chat, now = chat_of(incoming), time.monotonic()
        before = self._taps.get(chat, incoming.data)
        self._taps.put(chat, incoming.data, now)
        return before is not None and now - before < DOUBLE_TAP_S

    def _stale(self, incoming: Incoming, _argument: str) -> Work:
        logger.info("update %s: button data is stale or forged", incoming.update_id)
        return self._texts.tell(incoming, "stale_button")

    def _topic(self, incoming: Incoming, token: str) -> Work:
        for title, question in self._talk.assistant.topics():
            if topic_id(title) == token:
                return self._questions.ask(incoming, question, heading=question)
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
        return self._texts.tell(incoming, "misread_noted")

    def _consent(self, incoming: Incoming, question_id: str) -> Work:
        agreed = self._beside.consent(incoming.key, question_id)
        return self._texts.tell(incoming, "consented" if agreed else "consent_gone")

    def _offered(self, incoming: Incoming, argument: str) -> Work:
        """A button under an answer: more, a related question, helpful or not."""
        kind = incoming.data[0]
        token, _, number = argument.partition(":")
        offer = self._offers.get(chat_of(incoming), token)
        if offer is not None:
            if kind == "q" and number.isdecimal() and int(number[:3]) < len(offer.related):
                question = offer.related[int(number[:3])]
                return self._questions.ask(incoming, question, heading=question)
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
        self._offers.put(chat_of(incoming), offer.token, replace(offer, judged=verdict))
        logger.info(
            "update %s: chat %s: %s",
            incoming.update_id,
            incoming.chat_id,
            "helpful" if helpful else "not helpful",
        )
        self._beside.helped(helpful=helpful, articles=offer.articles)
        if helpful:
            return self._texts.tell(incoming, "thanks_for_praise")
        turns = self._conversations.load(incoming).turns
        text = next((turn for turn in turns if hash(turn) == offer.asked), "")
        question_id = self._beside.not_helped(incoming.key, text, offer.articles)
        thanks = render.marked(self._texts.words(incoming, "thanks_for_telling"))
        buttons = self._offers.may_staff_see(incoming, question_id)
        return Work(self._texts.parts(incoming, thanks, buttons=buttons))

    def _show_more(self, incoming: Incoming, offer: Offer) -> Work:
        conversation = self._conversations.load(incoming)
        if conversation.triage.open_tier >= Tier.URGENT:
            return self._texts.tell(incoming, "more_withheld")
        if not offer.more:
            return self._texts.tell(incoming, "no_more")
        hidden = self._operations.hidden()
        offer = replace(offer, more=tuple(e for e in offer.more if e.article not in hidden))
        if not offer.more:
            return self._texts.tell(incoming, "more_hidden")
        extract, remaining = offer.more[0], replace(offer, more=offer.more[1:])
        self._offers.put(chat_of(incoming), offer.token, remaining)
        note = offer.note
        # whole passages have not been through the answer's own check for warning signs
        if not note and self._talk.look.alarming_alone(extract.text):
            note = self._texts.say("emergency_info")
        place = ", ".join(part for part in (extract.title, extract.section) if part)
        body = render.joined(
            (
                render.wrapped(place, "b"),
                render.marked(extract.text),
                render.marked(note),
                render.wrapped(f"Source: {place} ({extract.review})", "quote"),
            )
        )
        words = self._texts.words(incoming, "button_more")
        row = (Button(words, f"m:{offer.token}"),) if remaining.more else ()
        buttons = (row,) if row else ()
        return Work(self._texts.parts(incoming, body, Priority.ANSWER, buttons=buttons))
