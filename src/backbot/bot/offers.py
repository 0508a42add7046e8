"""The buttons under an answer, and what they point to while that is remembered."""

from __future__ import annotations

from functools import lru_cache

from backbot.bot import render
from backbot.bot.parts import Button
from backbot.bot.recall import ChatMemory, Extract, Offer
from backbot.bot.speech import Rows, chat_of
from backbot.bot.texts import Texts
from backbot.bot.updates import Incoming
from backbot.model import Reply, Tier

MAX_RELATED = 2
MAX_MORE = 4
CONSENTED_HOURS = 180 * 24
"""For how long a question is kept with the person's consent; see docs/privacy.md."""


class Offers(ChatMemory[str, Offer]):
    """What was offered in each chat, by the token in the buttons' data.

    Args:
        texts: The words on the buttons.
        retention_hours: How long conversations are kept.
    """

    def __init__(self, texts: Texts, retention_hours: float) -> None:
        super().__init__()
        self._texts = texts
        self._retention_hours = retention_hours

    def under(self, incoming: Incoming, reply: Reply, question_id: str) -> Rows:
        """The buttons of an answer; what they point to is remembered.

        Args:
            incoming: The question's update.
            reply: The answer.
            question_id: Of the question, where it is kept for staff; "" where it is not.
        """
        offer = Offer(
            related=reply.answer.suggestions[:MAX_RELATED],
            more=_more(reply),
            note=reply.note,
            asked=hash(reply.question),
            articles=tuple(dict.fromkeys(c.article for c in reply.answer.citations)),
        )
        rows: list[tuple[Button, ...]] = []
        if reply.kind == "answer":
            more = Button(self._texts.words(incoming, "button_more"), f"m:{offer.token}")
            helpful = Button(self._texts.words(incoming, "button_helpful"), f"y:{offer.token}")
            not_helpful = Button(
                self._texts.words(incoming, "button_not_helpful"), f"n:{offer.token}"
            )
            judged = (helpful, not_helpful)
            rows.append((more, *judged) if offer.more else judged)
        rows += (
            (Button(render.button_text(question), f"q:{offer.token}:{number}"),)
            for number, question in enumerate(offer.related)
        )
        if rows:
            self.put(chat_of(incoming), offer.token, offer)
        if reply.tier < Tier.URGENT:
            rows += self.may_staff_see(incoming, question_id)
        return tuple(rows)

    def may_staff_see(self, incoming: Incoming, question_id: str) -> Rows:
        """Ask for consent, where the question would else be gone before staff have time."""
        needed = question_id and self._retention_hours < CONSENTED_HOURS and incoming.private
        words = self._texts.words(incoming, "button_consent")
        return ((Button(words, f"k:{question_id}"),),) if needed else ()


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
