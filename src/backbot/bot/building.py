"""Builds from the chat: one message that is edited as it goes, then what would change.

    /rebuild            build, publish where nothing speaks against it, else "Publish anyway"
    after an approval   build and keep aside; staff see the answers that change, admins publish

The build runs in a thread of its own. The part's iterator looks at it every three seconds, so
that a message is not edited more often than Telegram likes.

Who waits for a report is written down before the work begins and crossed out once Telegram has
accepted the report; what an earlier run has left is told by `owed`.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime

from backbot.bot import render, staff_wording
from backbot.bot.operations import Built, Operations, Progress
from backbot.bot.parts import Button, Part, Priority, Slot, Work
from backbot.bot.render import Rich
from backbot.bot.speech import Rows, chat_of, cut, said, turns
from backbot.bot.updates import Incoming
from backbot.errors import BackbotError
from backbot.state.reports import OwedReport

logger = logging.getLogger(__name__)

EDIT_EVERY_S = 3.0
_KEPT = 8
_MAX_ANSWER = 1500
_STAGES = {
    "reading": "reading the articles",
    "cutting": "cutting them into passages",
    "embedding": "embedding",
    "writing": "writing",
    "testing": "testing the sample questions",
    "publishing": "publishing",
    "keeping": "putting it aside",
}


_OWED = frozenset({"publish", "rollback"})
"""Short operations that change what patients read."""


class _StoppedError(BackbotError):
    """The bot is leaving."""


@dataclass(frozen=True, slots=True)
class Owed:
    """What an earlier run did not tell any more.

    Attributes:
        parts: What there is to tell.
        told: To be called once Telegram has accepted it, or nobody is there to be told.
    """

    parts: tuple[Part, ...]
    told: Callable[[], None]


class Building:
    """Builds, publishes and goes back.

    Args:
        operations: What can be run.
        admins: Who may publish.
        edit_every_s: The least time between two edits of a message, in seconds.
        clock: POSIX time in seconds.
    """

    def __init__(
        self,
        operations: Operations,
        admins: frozenset[int],
        edit_every_s: float = EDIT_EVERY_S,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._operations = operations
        self._admins = admins
        self._edit_every_s = edit_every_s
        self._clock = clock
        self._began = clock()
        self._busy = threading.Lock()
        self._built: OrderedDict[str, Built] = OrderedDict()

    # ------------------------------------------------------------------ building

    def rebuild(self, incoming: Incoming) -> Work:
        """`/rebuild`: build, and publish where nothing speaks against it."""
        if self._operations.build is None:
            return Work(said(chat_of(incoming), staff_wording.not_available("rebuild")))
        return Work((), self._rebuild(incoming), background=True)

    def _rebuild(self, incoming: Incoming) -> Iterator[Part]:
        chat = chat_of(incoming)
        if not self._busy.acquire(blocking=False):
            yield from said(chat, staff_wording.REBUILD_RUNNING)
            return
        slot = Slot()
        logger.info("rebuild started by user %s", incoming.user_id)
        owed = self._owe(chat, "rebuild")
        built = yield from self._watched(incoming, slot, publish=True)
        buttons = self._buttons(built, incoming) if built.staged else ()
        yield from said(
            chat, render.literal(built.text), buttons=buttons, priority=Priority.ANSWER, slot=slot
        )
        self._told(owed)  # whoever asks for the next part has sent the last

    def after_approval(self, incoming: Incoming, title: str) -> Iterator[Part]:
        """Build what would be served and keep it aside; tell staff, and the admins who publish."""
        if self._operations.build is None:
            yield from self._tried(incoming, title)
            return
        owed = self._owe(chat_of(incoming), "approval")
        yield from self._tried(incoming, title)
        self._told(owed)

    def _tried(self, incoming: Incoming, title: str) -> Iterator[Part]:
        chat, slot = chat_of(incoming), Slot()
        if self._operations.build is None:
            yield from said(chat, staff_wording.NO_BUILD)
            return
        if not self._busy.acquire(timeout=staff_wording.WAIT_S):
            yield from said(chat, staff_wording.BUILD_LATER)
            return
        built = yield from self._watched(incoming, slot, publish=False)
        text = render.literal(built.text)
        if built.staged and incoming.user_id not in self._admins:
            text = render.joined((text, render.marked(staff_wording.ADMINS_PUBLISH)))
        buttons = self._buttons(built, incoming) if built.staged else ()
        yield from said(chat, text, buttons=buttons, priority=Priority.ANSWER, slot=slot)
        if not built.staged:
            return
        news = render.joined(
            (
                render.literal(staff_wording.APPROVED_NEWS.format(title=title)),
                render.literal(built.text),
            )
        )
        for admin in sorted(self._admins - {incoming.user_id or 0}):
            yield from said(admin, news, buttons=self._rows(built, admin=True))

    def _watched(
        self, incoming: Incoming, slot: Slot, *, publish: bool
    ) -> Generator[Part, None, Built]:
        """Run a build, saying where it is; the lock is held and is let go of at its end."""
        chat = chat_of(incoming)
        done, stopped = threading.Event(), threading.Event()
        where = ["starting"]
        ended: list[Built] = []

        def progress(stage: str, at: int, total: int) -> None:
            if stopped.is_set():
                raise _StoppedError("The bot is stopping.")
            where[0] = _stage(stage, at, total)

        def run() -> None:
            try:
                ended.append(self._build(str(incoming.user_id), progress, publish=publish))
            finally:
                self._busy.release()
                done.set()

        started = False
        try:
            shown, edited_at = where[0], 0.0
            yield from said(chat, staff_wording.REBUILDING.format(where=shown), slot=slot)
            threading.Thread(target=run, name="build").start()
            started = True
            while not done.wait(self._edit_every_s):
                if where[0] != shown:
                    shown, edited_at = where[0], time.monotonic()
                    text = staff_wording.REBUILDING.format(where=shown)
                    yield from said(chat, text, slot=slot)
            if edited_at and (left_s := edited_at + self._edit_every_s - time.monotonic()) > 0:
                time.sleep(left_s)
        finally:
            stopped.set()
            if not started:
                self._busy.release()
        built = ended[0] if ended else Built(staff_wording.crashed("rebuild"))
        if built.generation:
            self._built[built.generation] = built
            while len(self._built) > _KEPT:
                self._built.popitem(last=False)
        return built

    def _build(self, who: str, progress: Progress, *, publish: bool) -> Built:
        """Build; what there is to say about it, or about its failure."""
        build = self._operations.build
        assert build is not None  # noqa: S101 callers have looked
        try:
            return build(who, publish, progress)
        except BackbotError as error:
            logger.warning("rebuild failed: %s", error)
            return Built(staff_wording.failed("rebuild", error))
        except Exception as error:
            logger.exception("rebuild failed: %s", type(error).__name__)
            return Built(staff_wording.crashed("rebuild"))

    # ------------------------------------------------------------------ what would change

    def _buttons(self, built: Built, incoming: Incoming) -> Rows:
        return self._rows(built, admin=incoming.user_id in self._admins)

    def _rows(self, built: Built, *, admin: bool, shown: bool = False) -> Rows:
        row: list[Button] = []
        if built.answers and not shown:
            text = f"Answers that change ({len(built.answers)})"
            row.append(Button(text, f"s:b:a:{built.generation}:0"))
        if admin:
            verb, text = ("any", "Publish anyway") if built.objections else ("pub", "Publish")
            row.append(Button(text, f"s:b:{verb}:{built.generation}"))
        return (tuple(row),) if row else ()

    def press(self, incoming: Incoming, verb: str, argument: str) -> Work | None:
        """What a button under a build comes to; None where there is no such button.

        Args:
            incoming: The update; who pressed is staff, and an admin where the verb asks for it.
            verb: Which button.
            argument: A generation's id, and for answers a number.
        """
        chat = chat_of(incoming)
        generation, _, number = argument.partition(":")
        if verb in {"a", "p"}:
            return Work(self._answer(incoming, generation, number, edit=verb == "p"))
        known = self._built.get(generation)
        if verb == "any" or (verb == "pub" and known is not None and known.objections):
            yes = Button("Yes, publish all the same", f"s:b:yes:{generation}")
            no = Button("No", "s:b:no:")
            return Work(said(chat, staff_wording.SURE_TO_PUBLISH, buttons=((yes, no),)))
        if verb == "no":
            return Work(said(chat, staff_wording.NOT_PUBLISHED, edit_of=incoming.message_id))
        if verb in {"pub", "yes"}:
            return self._publish(incoming, generation)
        return None

    def _publish(self, incoming: Incoming, generation: str) -> Work:
        publish, who = self._operations.publish, str(incoming.user_id)
        if publish is None:
            return Work(said(chat_of(incoming), staff_wording.not_available("publish")))
        return self.operation(incoming, "publish", lambda: publish(generation, who))

    def _answer(
        self, incoming: Incoming, generation: str, number: str, *, edit: bool
    ) -> tuple[Part, ...]:
        """One sample question with the answer now and the answer then."""
        chat, built = chat_of(incoming), self._built.get(generation)
        at = int(number[:4]) if number.isdecimal() else 0
        if built is None or at >= len(built.answers):
            served = bool(generation) and generation == self._served()[0]
            return said(
                chat, staff_wording.ANSWERS_SERVED if served else staff_wording.ANSWERS_GONE
            )
        change = built.answers[at]
        of = f"Answer {at + 1} of {len(built.answers)} that changes ({change.article})"
        text = render.joined(
            (
                render.literal(of),
                render.wrapped(change.question, "b"),
                _side("Now", change.old or "(nothing is known of it)"),
                _side("Then", change.new),
            )
        )
        last = len(built.answers) - 1
        buttons = (
            *turns(f"s:b:p:{generation}", at, last),
            *self._rows(built, admin=incoming.user_id in self._admins, shown=True),
        )
        return said(
            chat,
            text,
            buttons=buttons,
            priority=Priority.ANSWER,
            edit_of=incoming.message_id if edit else None,
        )

    # ------------------------------------------------------------------ what a restart cuts off

    def _owe(self, chat: int, what: str) -> int | None:
        """Note that somebody waits for a report; None where it cannot be noted."""
        reports = self._operations.reports
        if reports is None:
            return None
        try:
            return reports.owe(chat, what, self._served()[0])
        except BackbotError as error:
            logger.warning("a restart would lose the report of this %s: %s", what, error)
            return None

    def _told(self, report: int | None) -> None:
        """The report has been accepted by Telegram."""
        reports = self._operations.reports
        if report is None or reports is None:
            return
        try:
            reports.told(report)
        except BackbotError as error:
            logger.warning("a report will be told again after a restart: %s", error)

    def _served(self) -> tuple[str, str]:
        """Id and summary of the generation in service, "" for none."""
        if self._operations.served is None:
            return "", ""
        try:
            served = self._operations.served()
        except BackbotError:
            return "", ""
        return served.generation, served.summary

    def owed(self) -> Iterator[Owed]:
        """What earlier runs have begun and not told, oldest first.

        Raises:
            StateError: The database cannot be read.
        """
        reports = self._operations.reports
        for report in reports.owed() if reports is not None else ():
            if report.at < self._began:  # else it is under way here
                yield self._cut_short(report)

    def _cut_short(self, report: OwedReport) -> Owed:
        now, summary = self._served()
        at = datetime.fromtimestamp(report.at, UTC)
        today = at.date() == datetime.fromtimestamp(self._clock(), UTC).date()
        served = staff_wording.STILL_SERVED if now else staff_wording.NONE_SERVED
        values = {
            "what": report.what,
            "at": f"{at:%H:%M} UTC" if today else f"{at:%Y-%m-%d %H:%M} UTC",
            "served": served.format(now=now),
        }
        chats = {report.chat}
        if report.what == "approval":
            text = staff_wording.APPROVAL_CUT_SHORT.format(**values)
            chats |= self._admins  # who would have been asked to publish
        elif now and now != report.before:
            before = report.before or "none"
            text = staff_wording.DONE_BEFORE_RESTART.format(
                **values, now=now, before=before, summary=summary
            )
        else:
            text = staff_wording.OWED.get(report.what, staff_wording.CUT_SHORT).format(**values)
        parts = (said(chat, render.literal(text)) for chat in sorted(chats))
        return Owed(
            tuple(part for each in parts for part in each),
            lambda: self._told(report.report_id),
        )

    # ------------------------------------------------------------------ one thing at a time

    def operation(self, incoming: Incoming, name: str, call: Callable[[], str] | None) -> Work:
        """Run something short beside the chat and say what came of it."""
        chat = chat_of(incoming)
        if call is None:
            return Work(said(chat, staff_wording.not_available(name)))
        logger.info("%s started by user %s", name, incoming.user_id)

        def run() -> Iterator[Part]:
            owed = self._owe(chat, name) if name in _OWED else None
            try:
                text = call()
            except BackbotError as error:
                logger.warning("%s failed: %s", name, error)
                text = staff_wording.failed(name, error)
            except Exception as error:
                logger.exception("%s failed: %s", name, type(error).__name__)
                text = staff_wording.crashed(name)
            yield from said(chat, render.literal(text))
            self._told(owed)

        return Work((), run(), background=True)


def _stage(stage: str, at: int, total: int) -> str:
    words = _STAGES.get(stage, stage)
    return f"{words}, {at} of {total}" if total > 1 else words


def _side(name: str, answer: str) -> Rich:
    # **bold** is an article's own mark, as in the answer itself
    return render.joined(
        (render.wrapped(name, "b"), render.marked(cut(answer, _MAX_ANSWER))), "\n"
    )
