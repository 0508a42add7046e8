"""What waits in one chat, and in which order it is answered.

One update after the other, as they came. Two things go out of turn: the warning of one that
waits behind many, and the answers of whoever writes too fast, which come last.
"""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import deque
from dataclasses import dataclass, field

from backbot.bot.parts import Part, Priority, Work
from backbot.bot.updates import Incoming

_SETTLING = frozenset({"country", "forget"})
"""Commands that change what a warning says, or whether it stays open: none overtakes them."""


@dataclass(slots=True, eq=False)
class Job:
    """An update on its way through.

    Attributes:
        incoming: The update, read.
        warnings: Messages of a warning that were accepted before a restart.
        replies: Other messages that were.
        left: Whether an earlier run left it.
        sent: How many messages of a warning, and how many others, are accepted by now.
        work: What it comes to, where its warning had to go before what still waits.
        overtaken: Whether an emergency that the same person wrote later went out before it.
        apart: Whether its answer comes after something else, and so shows what it replies to.
        bits: Those before it without which it is no warning, where it was told bit by bit.
    """

    update_id: int
    update: object = field(repr=False)
    incoming: Incoming = field(repr=False)
    warnings: int = 0
    replies: int = 0
    began: float = field(default_factory=time.monotonic)
    late_s: float = 0.0
    told_late: bool = False
    warned: bool = False
    left: bool = False
    sent: list[int] = field(default_factory=lambda: [0, 0])
    work: Work | None = field(default=None, repr=False)
    overtaken: bool = False
    apart: bool = False
    bits: list[Job] = field(default_factory=list, repr=False)

    @property
    def asks(self) -> bool:
        """Whether it is words: no command, no file, no button."""
        incoming = self.incoming
        is_message = incoming.kind == "message" and incoming.document is None
        return is_message and incoming.text is not None and incoming.command() is None

    def went(self, part: Part) -> None:
        """A message was accepted, now or before a restart."""
        self.sent[part.priority is not Priority.ESCALATION] += 1

    def skips(self, part: Part) -> bool:
        """Whether an earlier run has sent that message already."""
        if part.priority is Priority.ESCALATION:
            self.warnings -= 1
            return self.warnings >= 0
        self.replies -= 1
        return self.replies >= 0


@dataclass(slots=True)
class Later:
    """An answer that waits, because its chat writes too fast."""

    job: Job
    work: Work


@dataclass(slots=True)
class Line:
    """What waits in one chat.

    Attributes:
        pressing: Those of `jobs` whose warning is to go first.
        stuck: Whether what is on its way takes long.
    """

    jobs: deque[Job] = field(default_factory=deque)
    later: deque[Later] = field(default_factory=deque)
    arrived: asyncio.Event = field(default_factory=asyncio.Event)
    pressing: deque[Job] = field(default_factory=deque)
    pressed: asyncio.Event = field(default_factory=asyncio.Event)
    next_at: float = 0.0
    refused: bool = False
    stuck: bool = False

    def add(self, job: Job) -> None:
        """Put a job behind what waits, but before newer ones that have overtaken it on the way.

        What an earlier run left stays as it was put: there, warnings go first.
        """
        at = len(self.jobs)
        while at and not job.left and not self.jobs[at - 1].left:
            if self.jobs[at - 1].update_id < job.update_id:
                break
            at -= 1
        self.jobs.insert(at, job)
        self.arrived.set()

    def questions_before(self, job: Job) -> list[Job]:
        """The same person's questions that wait before a job."""
        if job not in self.jobs:
            return []
        ahead = itertools.takewhile(lambda each: each is not job, self.jobs)
        key = job.incoming.key
        return [each for each in ahead if each.asks and each.incoming.key == key]

    def press(self, job: Job) -> None:
        """Let a waiting update's warning go first, unless it hangs on a command before it."""
        ahead = list(itertools.takewhile(lambda each: each is not job, self.jobs))
        waits = len(ahead) < len(self.jobs)
        commands = (each.incoming.command() for each in ahead)
        if waits and not any(each is not None and each.name in _SETTLING for each in commands):
            self.pressing.append(job)
            self.pressed.set()
