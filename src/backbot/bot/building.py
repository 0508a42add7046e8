"""Builds from the chat: one message that is edited as it goes, then what would change.

    /rebuild            build, publish where nothing speaks against it, else "Publish anyway"
    after an approval   build and keep aside; staff see the answers that change, admins publish

The build runs in a thread of its own. The part's iterator looks at it every three seconds, so
that a message is not edited more often than Telegram likes.
"""

from __future__ import annotations

import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Callable, Generator, Iterator

from backbot.bot import render, staff_wording
from backbot.bot.operations import Built, Operations, Progress
from backbot.bot.parts import Button, Part, Priority, Slot, Work
from backbot.bot.render import Rich
from backbot.bot.speech import Rows, chat_of, cut, said, turns
from backbot.bot.updates import Incoming
from backbot.errors import BackbotError

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


class _StoppedError(BackbotError):
    """The bot is leaving."""


class Building:
    """Builds, publishes and goes back.

    Args:
        operations: What can be run.
        admins: Who may publish.
        edit_every_s: The least time between two edits of a message, in seconds.
    """

    def __init__(
        self,
        operations: Operations,
        admins: frozenset[int],
        edit_every_s: float = EDIT_EVERY_S,
    ) -> None:
        self._operations = operations
        self._admins = admins
        self._edit_every_s = edit_every_s
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
        built = yield from self._watched(incoming, slot, publish=True)
        buttons = self._buttons(built, incoming) if built.staged else ()
        yield from said(
            chat, render.literal(built.text), buttons=buttons, priority=Priority.ANSWER, slot=slot
        )

    def after_approval(self, incoming: Incoming, title: str) -> Iterator[Part]:
        """Build what would be served and keep it aside; tell staff, and the admins who publish."""
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
            yield from said(chat, staff_wording.REBUILDING.format(where=where[0]), slot=slot)
            threading.Thread(target=run, name="build").start()
            started = True
            shown, edited_at = where[0], 0.0
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
            return said(chat, staff_wording.ANSWERS_GONE)
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

    # ------------------------------------------------------------------ one thing at a time

    def operation(self, incoming: Incoming, name: str, call: Callable[[], str] | None) -> Work:
        """Run something short beside the chat and say what came of it."""
        chat = chat_of(incoming)
        if call is None:
            return Work(said(chat, staff_wording.not_available(name)))
        logger.info("%s started by user %s", name, incoming.user_id)

        def run() -> Iterator[Part]:
            try:
                text = call()
            except BackbotError as error:
                logger.warning("%s failed: %s", name, error)
                text = staff_wording.failed(name, error)
            except Exception as error:
                logger.exception("%s failed: %s", name, type(error).__name__)
                text = staff_wording.crashed(name)
            yield from said(chat, render.literal(text))

        return Work((), run(), background=True)


def _stage(stage: str, at: int, total: int) -> str:
    words = _STAGES.get(stage, stage)
    return f"{words}, {at} of {total}" if total > 1 else words


def _side(name: str, answer: str) -> Rich:
    # **bold** is an article's own mark, as in the answer itself
    return render.joined(
        (render.wrapped(name, "b"), render.marked(cut(answer, _MAX_ANSWER))), "\n"
    )
