"""The desk: what staff and admins can have done from the chat, and who may have what.

| room | does |
|---|---|
| `documents` | files in, previews, approvals |
| `building` | /rebuild, publishing, what would change |
| `shelf` | /corpus, /withdraw, /restore, /unanswered, /stats, /try |
"""

from __future__ import annotations

import difflib
import logging
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta

from backbot.bot import render, staff_wording
from backbot.bot.building import EDIT_EVERY_S, Building, Owed
from backbot.bot.documents import Documents
from backbot.bot.operations import Built, Operations
from backbot.bot.parts import Part, Work
from backbot.bot.shelf import DryRun, Shelf
from backbot.bot.speech import chat_of, said
from backbot.bot.updates import Command, Incoming
from backbot.errors import BackbotError

__all__ = ["ADMIN_COMMANDS", "STAFF_COMMANDS", "Built", "Desk", "Operations"]

logger = logging.getLogger(__name__)

STAFF_COMMANDS = frozenset({"corpus", "unanswered", "stats", "try"})
ADMIN_COMMANDS = frozenset({"withdraw", "restore", "rebuild", "rollback", "status"})
_ADMIN_BUTTONS = frozenset({"pub", "any", "yes", "no"})
_ALIKE = 0.7  # of the letters: "rebiuld", "withdrawn", and not "back"
_OVERDUE_TOLD = "overdue_told"
_OVERDUE_EVERY_DAYS = 7


class Desk:
    """Sends each command, button and file of staff to its room; refuses everybody else.

    Args:
        operations: What can be run.
        assistant: For dry runs.
        admins: User ids.
        staff: User ids, admins among them.
        clock: POSIX time in seconds.
        edit_every_s: The least time between two edits of a message, in seconds.
    """

    def __init__(
        self,
        operations: Operations,
        assistant: DryRun,
        *,
        admins: frozenset[int],
        staff: frozenset[int],
        clock: Callable[[], float] = time.time,
        edit_every_s: float = EDIT_EVERY_S,
    ) -> None:
        self._operations = operations
        self._admins = admins
        self._staff = staff
        self._clock = clock
        self._building = Building(operations, admins, edit_every_s, clock)
        self._shelf = Shelf(operations, assistant, clock)
        self.documents = Documents(operations.editor, self._building, clock)

    def knows(self, incoming: Incoming) -> bool:
        """Whether an update is from staff or an admin."""
        return incoming.user_id in self._staff

    def may(self, incoming: Incoming, command: str) -> bool:
        """Whether whoever sent it may give that command."""
        allowed = self._admins if command in ADMIN_COMMANDS else self._staff
        return incoming.user_id in allowed

    def meant(self, incoming: Incoming, name: str) -> str:
        """The command that staff have probably mistyped so; "" for none that they may give."""
        may = [known for known in STAFF_COMMANDS | ADMIN_COMMANDS if self.may(incoming, known)]
        return next(iter(difflib.get_close_matches(name, may, 1, _ALIKE)), "")

    def help(self, incoming: Incoming) -> str:
        """What staff and admins can send, "" for everybody else."""
        for_staff = staff_wording.HELP if incoming.user_id in self._staff else ""
        for_admins = staff_wording.HELP_ADMINS if incoming.user_id in self._admins else ""
        return "\n\n".join(filter(None, (for_staff, for_admins)))

    def menus(self) -> Iterator[tuple[int, tuple[tuple[str, str], ...]]]:
        """The commands beside everybody's, by the private chat they are shown in."""
        for user in sorted(self._staff):
            more = staff_wording.ADMIN_COMMANDS if user in self._admins else ()
            yield user, (*staff_wording.STAFF_COMMANDS, *more)

    def take(self, incoming: Incoming, command: Command) -> Work:
        """What a command of someone who may give it comes to."""
        shelf, building, argument = self._shelf, self._building, command.argument
        rollback, who = self._operations.rollback, str(incoming.user_id)
        go_back = None if rollback is None else lambda: rollback(who)
        takes: dict[str, Callable[[], Work]] = {
            "rebuild": lambda: building.rebuild(incoming),
            "rollback": lambda: building.operation(incoming, "rollback", go_back),
            "status": lambda: building.operation(incoming, "status", self._operations.status),
            "corpus": lambda: shelf.corpus(incoming),
            "withdraw": lambda: shelf.withdraw(incoming, argument),
            "restore": lambda: shelf.restore(incoming, argument),
            "unanswered": lambda: shelf.unanswered(incoming),
            "stats": lambda: shelf.stats(incoming),
            "try": lambda: shelf.dry_run(incoming, argument),
        }
        return takes[command.name]()

    def press(self, incoming: Incoming, data: str) -> Work:
        """What a button of the desk comes to, whoever has pressed it.

        Args:
            incoming: The update.
            data: Of the button, without the desk's own mark; perhaps stale, perhaps forged.
        """
        chat = chat_of(incoming)
        room, _, rest = data.partition(":")
        verb, _, argument = rest.partition(":")
        for_admins = room == "b" and verb in _ADMIN_BUTTONS
        if incoming.user_id not in (self._admins if for_admins else self._staff):
            logger.warning(
                "update %s: refused a button to user %s", incoming.update_id, incoming.user_id
            )
            return Work(said(chat, staff_wording.REFUSED_BUTTON))
        work: Work | None = None
        if room == "d":
            work = self.documents.press(incoming, verb, argument)
        elif room == "b":
            work = self._building.press(incoming, verb, argument)
        elif room in {"c", "u"} and verb.isdecimal():
            show = self._shelf.corpus if room == "c" else self._shelf.unanswered
            work = show(incoming, int(verb[:4]), edit=True)
        elif room == "x" and argument.isdecimal():
            work = self._shelf.drop(incoming, verb, int(argument[:4]))
        if work is None:
            logger.info("update %s: button data is stale or forged", incoming.update_id)
            return Work(said(chat, staff_wording.STALE))
        return work

    def owed(self) -> Iterator[Owed]:
        """What earlier runs have begun and not told; may raise `StateError`."""
        return self._building.owed()

    # ------------------------------------------------------------------ once a week

    def reminders(self) -> Iterator[Part]:
        """What admins are to be told of overdue articles, once a week; call `reminded` after."""
        overdue, records = self._operations.overdue, self._operations.records
        if overdue is None or records is None:
            return
        today = datetime.fromtimestamp(self._clock(), UTC).date()
        try:
            since = today - timedelta(days=_OVERDUE_EVERY_DAYS - 1)
            if records.counts(since).get(_OVERDUE_TOLD):
                return
            lines = overdue()
        except BackbotError as error:
            logger.warning("overdue articles were not looked for: %s", error)
            return
        if not lines:
            return
        head, *listed = lines
        text = render.joined(
            (
                render.marked(staff_wording.OVERDUE.format(what=head)),
                render.literal("\n".join(f"• {line}" for line in listed)),
            )
        )
        for admin in sorted(self._admins):
            yield from said(admin, text)

    def reminded(self) -> None:
        """An admin has been told: not again this week, whatever restarts."""
        records = self._operations.records
        if records is None:
            return
        records.count(_OVERDUE_TOLD)
        try:
            records.counts(datetime.fromtimestamp(self._clock(), UTC).date())  # writes it now
        except BackbotError as error:
            logger.warning("that overdue articles were told is not kept yet: %s", error)
