"""What staff did, what people pressed, what was not answered: `ports.Records` on a database.

What happens beside an answer is only noted; the database's thread writes all of it once a second,
in one transaction. A killed process loses a second of counters and presses, nothing that staff did.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

from sqlalchemy import Delete, Insert, Update, delete, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.ext.asyncio import AsyncConnection

from backbot.errors import StateError
from backbot.model import (
    Approval,
    AuditEntry,
    Feedback,
    FeedbackKind,
    UnansweredQuestion,
    Withdrawal,
)
from backbot.state.cipher import Cipher, UnreadableError
from backbot.state.database import Database
from backbot.state.schema import (
    CONSENTED_DAYS,
    FEEDBACK_DAYS,
    ApprovalRow,
    AuditRow,
    CounterRow,
    FeedbackRow,
    UnansweredRow,
    WithdrawnRow,
)
from backbot.state.scrub import scrub
from backbot.state.withdrawn import WithdrawnFile

logger = logging.getLogger(__name__)

_AUDIT = AuditRow.__table__
_APPROVALS = ApprovalRow.__table__
_COUNTERS = CounterRow.__table__
_FEEDBACK = FeedbackRow.__table__
_UNANSWERED = UnansweredRow.__table__
_WITHDRAWN = WithdrawnRow.__table__

FLUSH_S = 1.0
LOOK_S = 2.0
_COUNTED = re.compile(r"[a-z0-9_.:-]{1,64}")
_DAY_S = 86400.0
_MOST_NOTED = 10_000
_MOST_IN_MEMORY = 2_000
_MAX_NAME = 200
_MAX_ACTION = 64
_MAX_DETAIL = 2000
_MAX_LIST = 20

_Statement = Insert | Update | Delete
_Question = tuple[str, UnansweredQuestion]


class DatabaseRecords:
    """`ports.Records` on a database.

    Args:
        database: Shared with the conversations.
        cipher: Encrypts questions; without a key they are kept in memory only.
        withdrawn_file: The last known withdrawn slugs, for when the database cannot be read.
        retention_s: Seconds that a question is kept without consent.
        clock: POSIX time in seconds.
    """

    def __init__(
        self,
        database: Database,
        cipher: Cipher,
        withdrawn_file: WithdrawnFile,
        retention_s: float,
        *,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._database = database
        self._cipher = cipher
        self._file = withdrawn_file
        self._retention_s = retention_s
        self._clock = clock
        self._lock = threading.Lock()
        self._looking = False
        self._flushing = False
        self._slugs = withdrawn_file.read()
        self._noted: list[_Statement] = []
        self._counted: Counter[tuple[date, str]] = Counter()
        self._asked: OrderedDict[str, _Question] = OrderedDict()

    # ------------------------------------------------------------------ what staff did

    def audit(self, who: str, action: str, subject: str = "", detail: str = "") -> None:
        """Add a line to the audit log, for good."""
        self._do(self._audited(who, action, subject, detail))

    def audit_log(self, limit: int = 50) -> tuple[AuditEntry, ...]:
        """The newest lines of the audit log, newest first."""
        rows = self._rows(select(_AUDIT).order_by(_AUDIT.c.id.desc()).limit(limit))
        return tuple(
            AuditEntry(row.at, row.who, row.action, row.subject, row.detail) for row in rows
        )

    def withdraw(self, slug: str, by: str) -> bool:
        """Take an article out of every answer, audited; false where it was out already."""
        out = upsert(_WITHDRAWN).values(slug=slug, withdrawn_by=_cut(by), at=self._clock())
        changed = self._do(
            out.on_conflict_do_nothing(), then=self._audited(by, "withdraw", slug)
        )
        return self._changed_withdrawn(changed)

    def restore(self, slug: str, by: str) -> bool:
        """Let an article be quoted again, audited; false where it was not withdrawn."""
        changed = self._do(
            delete(_WITHDRAWN).where(_WITHDRAWN.c.slug == slug),
            then=self._audited(by, "restore", slug),
        )
        return self._changed_withdrawn(changed)

    def withdrawn(self) -> frozenset[str]:
        """Slugs of the articles that no answer may use; other processes' within 5 seconds."""
        with self._lock:
            first, self._looking = not self._looking, True
        if first:
            self._every(LOOK_S, self._look)
        return self._slugs

    def withdrawals(self) -> tuple[Withdrawal, ...]:
        """The withdrawn articles with who and when, by slug."""
        rows = self._rows(select(_WITHDRAWN).order_by(_WITHDRAWN.c.slug))
        self._know(frozenset(row.slug for row in rows))
        return tuple(Withdrawal(row.slug, row.withdrawn_by, row.at) for row in rows)

    def approve(self, slug: str, by: str, reviewer: str = "") -> None:
        """Note that a draft became an article, audited."""
        row = {"slug": slug, "approved_by": _cut(by), "reviewer": _cut(reviewer)}
        self._do(
            insert(_APPROVALS).values(at=self._clock(), **row),
            then=self._audited(by, "approve", slug, f"reviewed by {reviewer or 'nobody'}"),
        )

    def approvals(self, slug: str = "") -> tuple[Approval, ...]:
        """Approvals of one article or of all, newest first."""
        query = select(_APPROVALS).order_by(_APPROVALS.c.id.desc())
        rows = self._rows(query.where(_APPROVALS.c.slug == slug) if slug else query)
        return tuple(Approval(row.slug, row.approved_by, row.reviewer, row.at) for row in rows)

    # ------------------------------------------------------------------ what people pressed

    def add_feedback(
        self, kind: FeedbackKind, *, articles: Sequence[str] = (), rules: Sequence[str] = ()
    ) -> None:
        """Note a button that was pressed; of whom is not kept."""
        lists = {"articles": _listed(articles), "rules": _listed(rules)}
        self._note(insert(_FEEDBACK).values(day=self._today(), kind=kind, **lists))

    def feedback(self, since: date) -> tuple[Feedback, ...]:
        """What was pressed on that day (UTC) or later, oldest first."""
        self.flush()
        query = select(_FEEDBACK).where(_FEEDBACK.c.day >= since).order_by(_FEEDBACK.c.id)
        return tuple(
            Feedback(row.kind, row.day, _unlisted(row.articles), _unlisted(row.rules))
            for row in self._rows(query)
        )

    def count(self, name: str, n: int = 1) -> None:
        """Add to today's (UTC) counter of that name; a name of another shape is "other"."""
        with self._lock:
            self._counted[self._today(), name if _COUNTED.fullmatch(name) else "other"] += n
        self._keep_flushing()

    def counts(self, since: date) -> Mapping[str, int]:
        """Sums of the counters from that day (UTC) on, by name."""
        self.flush()
        total = func.sum(_COUNTERS.c.value)
        query = select(_COUNTERS.c.name, total.label("total")).where(_COUNTERS.c.day >= since)
        rows = self._rows(query.group_by(_COUNTERS.c.name).order_by(_COUNTERS.c.name))
        return {row.name: int(row.total) for row in rows}

    # ------------------------------------------------------------------ what was not answered

    def add_unanswered(
        self, key: str, text: str, *, reason: str = "", articles: Sequence[str] = ()
    ) -> str:
        """Keep a question for staff, personal details taken out; its id, for `consent`."""
        question = UnansweredQuestion(
            question_id=secrets.token_hex(8),
            text=scrub(text)[:_MAX_DETAIL],
            at=self._clock(),
            reason=scrub(reason)[:_MAX_NAME],
            articles=tuple(articles)[:_MAX_LIST],
        )
        if self._cipher.has_key:
            row = {"id": question.question_id, "key": key, "at": question.at}
            self._note(insert(_UNANSWERED).values(content=self._sealed(question), **row))
        else:
            with self._lock:
                self._asked[question.question_id] = key, question
                while len(self._asked) > _MOST_IN_MEMORY:
                    self._asked.popitem(last=False)
        return question.question_id

    def consent(self, key: str, question_id: str) -> bool:
        """Let staff see a question beyond the retention period; false where it is not theirs."""
        with self._lock:
            whose, question = self._asked.get(question_id, ("", None))
            if question is not None and whose == key:
                self._asked[question_id] = key, replace(question, consented=True)
                return True
        self.flush()
        theirs = (_UNANSWERED.c.id == question_id) & (_UNANSWERED.c.key == key)
        return self._do(update(_UNANSWERED).where(theirs).values(consented_at=self._clock())) > 0

    def unanswered(self) -> tuple[UnansweredQuestion, ...]:
        """The questions kept for staff, newest first."""
        return self._questions(None)

    def of_person(self, key: str) -> tuple[UnansweredQuestion, ...]:
        """What is kept of one person's questions, newest first."""
        return self._questions(key)

    def drop_unanswered(self, question_ids: Iterable[str]) -> int:
        """Delete questions that staff have dealt with; how many there were."""
        ids = set(question_ids)
        self.flush()
        gone = self._do(delete(_UNANSWERED).where(_UNANSWERED.c.id.in_(ids)))
        with self._lock:
            return gone + sum(self._asked.pop(each, None) is not None for each in ids)

    def forget(self, key: str) -> None:
        """Delete what is kept of one person's questions."""
        with self._lock:
            for question_id in [i for i, (whose, _) in self._asked.items() if whose == key]:
                del self._asked[question_id]
        self.flush()
        self._do(delete(_UNANSWERED).where(_UNANSWERED.c.key == key))
        self._database.checkpoint()

    # ------------------------------------------------------------------ upkeep

    def purge(self) -> int:
        """Delete what is past its period; how many rows went."""
        now, today = self._clock(), self._today()
        self._age_memory(now)
        consented = _UNANSWERED.c.consented_at
        too_old = today - timedelta(days=FEEDBACK_DAYS)
        gone = self._do(
            delete(_UNANSWERED).where(
                consented.is_(None) & (_UNANSWERED.c.at <= now - self._retention_s)
            ),
            delete(_UNANSWERED).where(consented <= now - CONSENTED_DAYS * _DAY_S),
            delete(_FEEDBACK).where(_FEEDBACK.c.day < too_old),
            delete(_COUNTERS).where(_COUNTERS.c.day < too_old),
        )
        self._database.checkpoint()
        return gone

    def flush(self) -> None:
        """Write now what was noted beside answers.

        Raises:
            StateError: It could not be written; it is kept, and tried again.
        """
        noted = self._take()
        if not noted:
            return
        try:
            self._database.write(lambda connection: _all(connection, noted))
        except StateError:
            self._give_back(noted)
            raise
    ...
