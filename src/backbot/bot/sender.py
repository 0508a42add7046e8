"""One part → one accepted message, whatever the network and the server do.

    429, with a time     wait that long, for this chat only, and send again
    400                  send again at once: as plain text, then bare of buttons and reply mark;
                         refused even so, a few times more after a while
    403                  the person has blocked the bot: stop for this chat
    5xx, no connection   send again after a while that doubles; a warning goes on for ever, every
                         few seconds, the rest ends after a number of attempts

Each attempt waits for its turn (`outbox.py`), and whoever calls sends one part of a chat after
the other.
"""

from __future__ import annotations

import asyncio
import contextlib
import html
import logging
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, replace

from telegram import InlineKeyboardButton, InlineKeyboardMarkup
from telegram.constants import ChatAction, ParseMode
from telegram.error import (
    BadRequest,
    ChatMigrated,
    Forbidden,
    NetworkError,
    RetryAfter,
    TelegramError,
    TimedOut,
)

from backbot.bot.api import SEND_TIMEOUT_S, Api, wait_of
from backbot.bot.metrics import Metrics
from backbot.bot.outbox import Outbox
from backbot.bot.parts import Part, Priority

logger = logging.getLogger(__name__)

# An error that is not the library's says that our own code or the answer is odd: the message may
# well have been accepted, and sending it for ever would be worse than not knowing.
_MAX_UNEXPECTED = {Priority.ESCALATION: 6, Priority.ANSWER: 2, Priority.OTHER: 2}
# How often a part that was refused in its plainest form is tried again: an error that nobody knows
# may pass, and what is never sent again is lost.
_REFUSED_AGAIN = {Priority.ESCALATION: 6, Priority.ANSWER: 2, Priority.OTHER: 0}
# How long the server may take to answer, in seconds: it has the message meanwhile, and what is
# sent again stands there twice. A warning had better stand there twice than come late.
_PATIENCE_S = {Priority.ESCALATION: SEND_TIMEOUT_S, Priority.ANSWER: 25.0, Priority.OTHER: 25.0}
# A server that takes longer than we wait has the message, and gets it again: so we wait longer.
_LONGEST_TIMEOUT_S = 120.0
# What Telegram says with 400 where it means that nothing can be sent there.
_CLOSED = (
    "chat not found",
    "user not found",
    "peer_id_invalid",
    "user is deactivated",
    "bot was kicked",
    "bot is not a member",
    "group chat was deactivated",
    "chat_write_forbidden",
    "no rights to send",
    "not enough rights to send",
    "need administrator rights",
)
# No longer than that between two attempts where the server fails: it may be back.
_LONGEST_WAIT_S = {Priority.ESCALATION: 5.0, Priority.ANSWER: math.inf, Priority.OTHER: math.inf}
_FILE_ATTEMPTS = 4
"""A file can be asked for again, and who waits for one wants to know that it does not come."""
_NOTICE_ATTEMPTS = 3
_NOTICE_WAIT_S = 2.0


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
    """A part, how much of its dress is left, and how often it was refused without any."""

    part: Part
    html: bool = True
    bare: bool = False
    again: int = 0
    read_timeout_s: float = SEND_TIMEOUT_S


class Sender:
    """Sends parts.

    Args:
        api: The client.
        backoff: How long to wait between attempts.
        attempts: How often a part that is no escalation is tried; waits that the server itself
            asks for are no attempts.
        outbox: Whose turn it is; by default one with Telegram's limits.
        metrics: Where it is counted.
        moved: Told where a send shows that a group has a new id: the old one, the new one.
    """

    def __init__(
        self,
        api: Api,
        backoff: Backoff,
        attempts: int,
        outbox: Outbox | None = None,
        metrics: Metrics | None = None,
        *,
        moved: Callable[[int, int], None] | None = None,
    ) -> None:
        self._api = api
        self._backoff = backoff
        self._attempts = attempts
        self._outbox = outbox or Outbox()
        self._metrics = metrics or Metrics()
        self._moved = moved

    async def send(self, part: Part) -> int | None:
        """Send a part until it is accepted; where its file is not, the text says so.

        Returns:
            The message's id, 0 where the server did not tell it; None where it was given up.

        Raises:
            ChatClosedError: The chat takes no more messages.
            UndeliveredError: The server or the way to it failed at every attempt.
        """
        if part.file is None:
            return await self._sent(part)
        with contextlib.suppress(UndeliveredError):
            if (message_id := await self._sent(part)) is not None:
                return message_id
        said = part.file.otherwise
        text, plain = f"{part.text}\n\n{html.escape(said)}", f"{part.plain}\n\n{said}"
        return await self._sent(replace(part, file=None, text=text, plain=plain))

    async def _sent(self, part: Part) -> int | None:
        """As `send`, whatever the part is."""
        form = _Form(part, read_timeout_s=_PATIENCE_S[part.priority])
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
                if _is_closed(error):
                    self._failed("forbidden")
                    raise ChatClosedError from error
                self._failed("refused")
                other = self._otherwise(form, error)
                if other is None:
                    _given_up(part, error)
                    return None
                form = other
                await asyncio.sleep(self._backoff.wait_s(error, form.again) if form.again else 0)
                logger.warning("chat %s: a message was refused, sent otherwise", part.chat_id)
            except Exception as error:
                failures += 1
                unexpected += not isinstance(error, TelegramError)
                self._failed("no_connection" if isinstance(error, NetworkError) else "other")
                if unexpected >= _MAX_UNEXPECTED[part.priority]:
                    _given_up(part, error)
                    return None
                if not self._goes_on(part, failures):
                    _given_up(part, error)
                    raise UndeliveredError from error
                form = _patient(form, error)
                wait_s = min(self._backoff.wait_s(error, failures), _LONGEST_WAIT_S[part.priority])
                logger.warning(
                    "chat %s: attempt %d failed (%s), next in %.1f s",
                    part.chat_id,
                    failures,
                    type(error).__name__,
                    wait_s,
                )
                await asyncio.sleep(wait_s)

    def _otherwise(self, form: _Form, error: TelegramError) -> _Form | None:
        if isinstance(error, ChatMigrated) and self._moved is not None:
            self._moved(form.part.chat_id, error.new_chat_id)
        other = _other_form(form, error)
        if other is None and form.again < _REFUSED_AGAIN[form.part.priority]:
            return replace(form, again=form.again + 1)
        return other

    async def typing(self, chat_id: int, thread_id: int | None = None) -> None:
        """Show that an answer is coming. Never raises: it is a courtesy."""
        where = {"chat_id": chat_id, "message_thread_id": thread_id}
        try:
            await self._api.call("sendChatAction", {**where, "action": ChatAction.TYPING})
        except Exception as error:  # noqa: BLE001 a courtesy
            logger.debug("chat %s: no typing mark: %s", chat_id, type(error).__name__)

    async def noticed(self, callback_id: str) -> None:
        """Tell Telegram that a button's press has arrived, so that the button stops turning.

        Never raises: what the button brings does not hang on it.
        """
        for attempt in range(1, _NOTICE_ATTEMPTS + 1):
            try:
                await self._api.call("answerCallbackQuery", {"callback_query_id": callback_id})
            except BadRequest:
                return  # too old, or answered already
            except Exception as error:  # noqa: BLE001 a courtesy
                logger.debug("a button's press was not confirmed: %s", type(error).__name__)
                await asyncio.sleep(min(self._backoff.wait_s(error, attempt), _NOTICE_WAIT_S))
            else:
                return

    def _failed(self, how: str) -> None:
        self._metrics.count("backbot_send_failures_total", "how", how)

    def _goes_on(self, part: Part, failures: int) -> bool:
        attempts = self._attempts if part.file is None else min(_FILE_ATTEMPTS, self._attempts)
        return part.priority is Priority.ESCALATION or failures < attempts

    async def _once(self, form: _Form) -> int:
        part = form.part
        text = part.text if form.html else part.plain
        parse_mode = ParseMode.HTML if form.html else None
        if part.file is not None:
            sent = await self._api.send_document(
                part.chat_id,
                part.file.data,
                filename=part.file.name,
                caption=text or None,
                parse_mode=parse_mode,
                reply_markup=None if form.bare or not part.buttons else _markup(part),
                message_thread_id=None if form.bare else part.thread_id,
                read_timeout=form.read_timeout_s,
            )
            return sent.message_id
        data: dict[str, object] = {
            "chat_id": part.chat_id,
            "text": text,
            "parse_mode": parse_mode,
            "link_preview_options": {"is_disabled": True},
        }
        if part.buttons and not form.bare:
            data["reply_markup"] = _keyboard(part)
        timeout_s = form.read_timeout_s
        if part.edit_of is not None:
            data["message_id"] = part.edit_of
            try:
                await self._api.call("editMessageText", data, read_timeout_s=timeout_s)
            except BadRequest as error:
                if "not modified" not in str(error).lower():
                    raise
            return part.edit_of
        if not form.bare:
            data["message_thread_id"] = part.thread_id
            if part.reply_to is not None:
                to = {"message_id": part.reply_to, "allow_sending_without_reply": True}
                data["reply_parameters"] = to
        message = await self._api.call("sendMessage", data, read_timeout_s=timeout_s)
        message_id = message.get("message_id")
        return message_id if isinstance(message_id, int) else 0


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


def _patient(form: _Form, error: Exception) -> _Form:
    """With more time for the server, where it did not answer in time."""
    if not isinstance(error, TimedOut):
        return form
    return replace(form, read_timeout_s=min(2 * form.read_timeout_s, _LONGEST_TIMEOUT_S))


def _is_closed(error: TelegramError) -> bool:
    said = str(error).lower()
    return any(words in said for words in _CLOSED)


def _keyboard(part: Part) -> dict[str, object]:
    rows = [[{"text": b.text, "callback_data": b.data} for b in row] for row in part.buttons]
    return {"inline_keyboard": rows}


def _markup(part: Part) -> InlineKeyboardMarkup:
    return InlineKeyboardMarkup(
        [
            [InlineKeyboardButton(button.text, callback_data=button.data) for button in row]
            for row in part.buttons
        ]
    )
