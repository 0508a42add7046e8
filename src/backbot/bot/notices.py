"""What is told and shown without being asked for.

Profile and menus in Telegram, what is wrong with the set-up, reminders, and what a restart has
cut off. All of it is a courtesy but the last: a report is owed, and is noted once it was told.
"""

from __future__ import annotations

import asyncio
import logging

from telegram import BotCommandScopeChat

from backbot.bot import menu, tongues, wording
from backbot.bot.building import Owed
from backbot.bot.menu import About
from backbot.bot.options import Around
from backbot.bot.parts import Part
from backbot.bot.presence import describe, register, tell
from backbot.bot.running import Run
from backbot.bot.sender import ChatClosedError
from backbot.bot.updates import Incoming

logger = logging.getLogger(__name__)

LAST_WORD_S = 2.0
"""So long a stop waits for a report that is on its way."""


class Notices:
    """Tells staff and admins, and everybody what the bot is.

    Args:
        run: Handler, client and sender.
        around: What is to stand in Telegram itself.
    """

    def __init__(self, run: Run, around: Around) -> None:
        self._run = run
        self._around = around
        self._menus = dict(run.handler.menus())
        self._shown: set[tuple[int, str | None]] = set()

    # ------------------------------------------------------------------ profile and menus

    async def introduce(self) -> None:
        """Put profile and menus into Telegram."""
        self._run.tasks.courtesy(self._describe())
        for chat_id in self._menus:
            await self._register(chat_id)

    def met(self, incoming: Incoming) -> None:
        """Somebody has written: show staff their commands.

        It is their first message, perhaps, or the first that tells their language.
        """
        if incoming.private and incoming.chat_id in self._menus:
            self._run.tasks.courtesy(self._register(incoming.chat_id, incoming.language))

    async def _describe(self) -> None:
        texts = await self._run.threads.operation(lambda: tuple(self._around.texts()))
        texts = texts or (About(None, "", "", wording.COMMANDS),)
        await describe(self._run.api, texts, groups=self._run.handler.in_groups)

    async def _register(self, chat_id: int, language: str = "") -> None:
        """Show a member of staff their commands; whoever has no chat yet gets them later.

        Of the menus that there are, Telegram shows the first one in this order: the chat's own in
        the person's language, the chat's own, everybody's in that language, everybody's. So the
        chat's own stands there for any language, and once more in theirs where we speak it.
        """
        code = tongues.language_of(language)
        for shown in (None,) if code == "en" else (None, code):
            if (chat_id, shown) in self._shown:
                continue
            self._shown.add((chat_id, shown))
            try:
                all_of_them = (*menu.commands(shown), *self._menus[chat_id])
                scope = BotCommandScopeChat(chat_id)
                await register(self._run.api, all_of_them, shown, scope=scope)
            except Exception as error:  # noqa: BLE001 a menu, no more
                logger.info("no menu for user %s yet: %s", chat_id, type(error).__name__)
                self._shown.discard((chat_id, shown))

    # ------------------------------------------------------------------ messages to staff

    async def tell_admins(self) -> None:
        """Say what is wrong with the set-up. An admin who never wrote to the bot gets nothing."""
        parts = await asyncio.to_thread(lambda: tuple(self._run.handler.for_admins()))
        await tell(self._run.sender.send, parts)

    async def watch(self) -> None:
        """Tell admins what goes wrong with the set-up while the bot runs, once each time.

        What was wrong at the start they have been told.
        """
        known = await self._troubles()
        while True:
            await asyncio.sleep(self._run.options.trouble_every_s)
            found = await self._troubles()
            for text in found:
                if text not in known:
                    await self._run.report(text)
            known = found

    async def _troubles(self) -> tuple[str, ...]:
        try:
            return tuple(await asyncio.to_thread(self._around.troubles))
        except Exception as error:  # noqa: BLE001 the next look may go well
            logger.warning("the set-up was not looked at: %s", type(error).__name__)
            return ()

    async def remind(self) -> None:
        """Tell admins now and then what is overdue; once one has been told, the week begins.

        Before that: what a restart has cut off, as soon as the database can be read.
        """
        while True:
            await self._tell_owed()
            try:
                parts = await self._run.threads.operation(
                    lambda: list(self._run.handler.reminders())
                )
                told = False
                for part in parts:
                    told = await self._reaches(part) or told
                if told:
                    await self._run.threads.operation(self._run.handler.reminded)
            except Exception as error:  # noqa: BLE001 the next hour is another chance
                logger.warning("no reminders: %s", type(error).__name__)
            await asyncio.sleep(self._run.options.remind_every_s)

    async def _tell_owed(self) -> None:
        """Tell staff what became of the work that an earlier run did not see the end of."""
        try:
            for owed in await self._run.threads.operation(lambda: list(self._run.handler.owed())):
                telling = asyncio.ensure_future(self._tell(owed))
                try:
                    await asyncio.shield(telling)
                except asyncio.CancelledError:
                    # Stopped between Telegram's yes and the note of it, it would be told twice.
                    await asyncio.wait({telling}, timeout=LAST_WORD_S)
                    telling.cancel()
                    raise
        except Exception as error:  # noqa: BLE001 tried again with the next reminders
            logger.warning("what a restart cut off is not told: %s", type(error).__name__)

    async def _tell(self, owed: Owed) -> None:
        for part in owed.parts:
            if not await self._reaches(part):
                logger.warning("chat %s: a report was not delivered", part.chat_id)
        await self._run.threads.operation(owed.told)

    async def _reaches(self, part: Part) -> bool:
        try:
            return await self._run.sender.send(part) is not None
        except ChatClosedError:
            return False
