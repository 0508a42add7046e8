"""What staff and admins can have done from the chat. Who they are is settled before."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass

from backbot.bot import wording
from backbot.bot.parts import Part, Work
from backbot.bot.updates import Incoming
from backbot.errors import BackbotError

logger = logging.getLogger(__name__)

STAFF_COMMANDS = frozenset({"corpus", "unanswered", "stats", "try"})
ADMIN_COMMANDS = frozenset({"withdraw", "rebuild", "rollback", "status"})


@dataclass(frozen=True, slots=True)
class Operations:
    """What admins can have done from the chat; None where it is not wired.

    Attributes:
        rebuild: Builds and publishes the index, saying how it goes; returns a summary.
        rollback: Goes back to the generation before; returns a summary.
        status: Says how things stand.
        notices: What admins must be told when the bot starts, a sentence each.
    """

    rebuild: Callable[[Callable[[str], None]], str] | None = None
    rollback: Callable[[], str] | None = None
    status: Callable[[], str] | None = None
    notices: Callable[[], tuple[str, ...]] | None = None


class Desk:
    """Runs operations beside the chat, one rebuild at a time.

    Args:
        operations: What can be run.
        told: A text to the messages that say it in the chat of an update.
    """

    def __init__(
        self, operations: Operations, told: Callable[[Incoming, str], tuple[Part, ...]]
    ) -> None:
        self._operations = operations
        self._told = told
        self._rebuilding = threading.Lock()

    def take(self, incoming: Incoming, name: str) -> Work:
        """What a command of someone who may give it comes to."""
        match name:
            case "rebuild":
                return self._rebuild(incoming)
            case "rollback":
                return self._operation(incoming, name, self._operations.rollback)
            case "status":
                return self._operation(incoming, name, self._operations.status)
        return Work(self._told(incoming, wording.STAFF_LATER.format(command=name)))

    def _rebuild(self, incoming: Incoming) -> Work:
        rebuild = self._operations.rebuild
        if rebuild is None:
            return self._operation(incoming, "rebuild", None)
        if not self._rebuilding.acquire(blocking=False):
            return Work(self._told(incoming, wording.REBUILD_RUNNING))
        logger.info("rebuild started by user %s", incoming.user_id)

        def run() -> Iterator[Part]:
            try:
                text = _run("rebuild", lambda: rebuild(_log_progress))
            finally:
                self._rebuilding.release()
            yield from self._told(incoming, text)

        return Work(self._told(incoming, wording.REBUILD_STARTED), run(), background=True)

    def _operation(
        self, incoming: Incoming, name: str, operation: Callable[[], str] | None
    ) -> Work:
        if operation is None:
            return Work(self._told(incoming, wording.NOT_AVAILABLE.format(command=name)))
        logger.info("%s started by user %s", name, incoming.user_id)

        def run() -> Iterator[Part]:
            yield from self._told(incoming, _run(name, operation))

        return Work((), run(), background=True)


def _run(name: str, operation: Callable[[], str]) -> str:
    """Run it; its summary, or what there is to say about its failure."""
    try:
        summary = operation()
    except BackbotError as error:
        logger.warning("%s failed: %s", name, error)
        return wording.OPERATION_FAILED.format(command=name, reason=error)
    except Exception as error:
        logger.exception("%s failed: %s", name, type(error).__name__)
        return wording.OPERATION_CRASHED.format(command=name)
    logger.info("%s ended", name)
    return summary


def _log_progress(line: str) -> None:
    logger.info("rebuild: %s", line)
