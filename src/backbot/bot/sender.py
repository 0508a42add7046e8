"""One part → one accepted message, whatever the network and the server do.

    429, with a time     wait that long, for this chat only, and send again
    400                  send again at once: as plain text, then bare of buttons and reply mark
    403                  the person has blocked the bot: stop for this chat
    5xx, no connection   send again after a while that doubles; a warning goes on for ever,
                         the rest ends after a number of attempts

Each attempt waits for its turn (`outbox.py`), and whoever calls sends one part of a chat after
the other.
"""

from __future__ import annotations

import asyncio
import logging
import random
from dataclasses import dataclass, replace

from telegram import (
    InlineKeyboardButton,
    InlineKeyboardMarkup,
    LinkPreviewOptions,
    ReplyParameters,
)
from telegram.constants import ChatAction, ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
)

from backbot.bot.api import Api, wait_of
from backbot.bot.metrics import Metrics
from backbot.bot.outbox import Outbox
from backbot.bot.parts import Part, Priority

logger = logging.getLogger(__name__)

# An error that is not the library's says that our own code or the answer is odd: the message may
# well have been accepted, and sending it for ever would be worse than not knowing.
_MAX_UNEXPECTED = 2


class ChatClosedError(Exception):
    """The chat takes no more messages: the person has blocked the bot or is gone."""


class UndeliveredError(Exception):
    """Not accepted after all attempts, by no fault of the message: to be tried again later."""


@dataclass(frozen=True, slots=True)
class Backoff:
    """Waits that double, with chance in them, so that not all chats come back at once.

    Attributes:
        base_s: The first wait in seconds.
        max_s: No wait is longer, but for one that the server asks for.
    """

    base_s: float = 0.5
    max_s: float = 30.0

    def wait_s(self, error: Exception, failures: int) -> float:
        """How long to wait after an error that is the given one in a row, from 1."""
        if isinstance(error, RetryAfter):
            return wait_of(error)
        longest = min(self.max_s, self.base_s * 2.0 ** min(failures - 1, 30))
        return longest * random.uniform(0.75, 1.0)


@dataclass(frozen=True, slots=True)
class _Form:
    """A part, and how much of its dress is left."""

    part: Part
    html: bool = True
    bare: bool = False


class Sender:
    """Sends parts.

    Args:
        api: The client.
        backoff: How long to wait between attempts.
        attempts: How often a part that is no escalation is tried; waits that the server itself
            asks for are no attempts.
        outbox: Whose turn it is; by default one with Telegram's limits.
        metrics: Where it is counted.
    """

    def __init__(
        self,
        api: Api,
        backoff: Backoff,
        attempts: int,
        outbox: Outbox | None = None,
        metrics: Metrics | None = None,
    ) -> None:
        self._api = api
        self._backoff = backoff
        self._attempts = attempts
        self._outbox = outbox or Outbox()
        self._metrics = metrics or Metrics()

    async def send(self, part: Part) -> int | None:
        """Send a part until it is accepted.

        Returns:
            The message's id; None where it was given up.

        Raises:
            ChatClosedError: The chat takes no more messages.
            UndeliveredError: The server or the way to it failed at every attempt.
        """
        form = _Form(part)
        failures = unexpected = 0
        while True:
            try:
                async with self._outbox.turn(form.part.chat_id, part.priority):
                    message_id = await self._once(form)
                kind = part.priority.name.lower()
                self._metrics.count("backbot_messages_total", "priority", kind)
                return message_id  # noqa: TRY300 the handlers below are for what is above
            except Forbidden as error:
                self._failed("forbidden")
                raise ChatClosedError from error
            except RetryAfter as error:
                wait_s = wait_of(error)
                self._failed("retry_after")
                logger.warning("chat %s: told to wait %.1f s", part.chat_id, wait_s)
                self._outbox.hold(form.part.chat_id, max(wait_s, 0.05))
            except (BadRequest, ChatMigrated) as error:
                other = _other_form(form, error)
                if other is None:
                    _given_up(part, error)
                    return None
                form = other
                self._failed("refused")
                logger.warning("chat %s: a message was refused, sent otherwise", part.chat_id)
            except Exception as error:
                failures += 1
                unexpected += not isinstance(error, TelegramError)
                self._failed("no_connection" if isinstance(error, NetworkError) else "other")
                if unexpected >= _MAX_UNEXPECTED:
                    _given_up(part, error)
                    return None
                if not self._goes_on(part, failures):
                    _given_up(part, error)
                    raise UndeliveredError from error
                wait_s = self._backoff.wait_s(error, failures)
                logger.warning(
                    "chat %s: attempt %d failed (%s), next in %.1f s",
                    part.chat_id,
                    failures,
                    type(error).__name__,
                    wait_s,
                )
                await asyncio.sleep(wait_s)

    async def typing(self, chat_id: int) -> None:
        """Show that an answer is coming. Never raises: it is a courtesy."""
        try:
            await self._api.send_chat_action(chat_id, ChatAction.TYPING)
        except Exception as error:  # noqa: BLE001 a courtesy
            logger.debug("chat %s: no typing mark: %s", chat_id, type(error).__name__)

    async def noticed(self, callback_id: str) -> None:
        """Tell Telegram that a button's press has arrived. Never raises: it is a courtesy."""
        try:
            await self._api.answer_callback_query(callback_id)
        except Exception as error:  # noqa: BLE001 a courtesy
            logger.debug("a button's press was not confirmed: %s", type(error).__name__)

    def _failed(self, how: str) -> None:
        self._metrics.count("backbot_send_failures_total", "how", how)

    def _goes_on(self, part: Part, failures: int) -> bool:
        return part.priority is Priority.ESCALATION or failures < self._attempts

    async def _once(self, form: _Form) -> int:
        part = form.part
        text = part.text if form.html else part.plain
        parse_mode = ParseMode.HTML if form.html else None
        markup = None if form.bare or not part.buttons else _keyboard(part)
        if part.file is not None:
            sent = await self._api.send_document(
                part.chat_id,
                part.file.data,
                filename=part.file.name,
                caption=text or None,
                parse_mode=parse_mode,
                reply_markup=markup,
            )
            return sent.message_id
        no_preview = LinkPreviewOptions(is_disabled=True)
        if part.edit_of is not None:
            try:
                await self._api.edit_message_text(
                    text,
                    chat_id=part.chat_id,
                    message_id=part.edit_of,
                    parse_mode=parse_mode,
                    reply_markup=markup,
                    link_preview_options=no_preview,
                )
            except BadRequest as error:
                if "not modified" not in str(error).lower():
                    raise
            return part.edit_of
        reply = None
        if part.reply_to is not None and not form.bare:
            reply = ReplyParameters(part.reply_to, allow_sending_without_reply=True)
        message = await self._api.send_message(
            part.chat_id,
            text,
            parse_mode=parse_mode,
            reply_markup=markup,
            reply_parameters=reply,
            link_preview_options=no_preview,
        )
        return message.message_id


def _other_form(form: _Form, error: TelegramError) -> _Form | None:
    """How to send it after a refusal, each time plainer; None where nothing is left to drop."""
    part = form.part
    if isinstance(error, ChatMigrated):
        if part.chat_id == error.new_chat_id:
            return None
        return replace(form, part=replace(part, chat_id=error.new_chat_id, edit_of=None))
    if form.html and "entit" in str(error).lower():
        return replace(form, html=False)
    if part.edit_of is not None:
        # the old message cannot be edited: an answer is sent anew, a remark is not worth it
        if part.priority is Priority.OTHER:
            return None
        return replace(form, part=replace(part, edit_of=None, reply_to=part.answers))
    return None if form.bare else replace(form, html=False, bare=True)


def _given_up(part: Part, error: Exception) -> None:
    logger.error(
        "chat %s: a message of priority %s was given up: %s",
        part.chat_id,
        part.priority.name.lower(),
        type(error).__name__,
    )


def _keyboard(part: Part) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(button.text, callback_data=button.data) for button in row]
            for row in part.buttons
        ]
    )
