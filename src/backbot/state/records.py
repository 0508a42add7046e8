"""What staff did, what people pressed, what was not answered: `ports.Records` on a database.

What happens beside an answer is only noted; the database's thread writes all of it once a second,
in one transaction. A killed process loses a second of counters and presses, and nothing that
staff did.
"""

from __future__ import annotations

import json
import logging
import re
import secrets
import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from typing import TYPE_CHECKING, Any

from sqlalchemy import Delete, Insert, Select, Update, delete, func, insert, select, update

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
    APPROVALS,
    AUDIT,
    CONSENTED_DAYS,
    COUNTERS,
    FEEDBACK,
    FEEDBACK_DAYS,
    UNANSWERED,
    WITHDRAWN,
)
from backbot.state.scrub import scrub
from backbot.state.withdrawn import WithdrawnFile

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

logger = logging.getLogger(__name__)


FLUSH_S = 1.0
LOOK_S = 2.0
_COUNTED = re.compile(r"[a-z0-9_.:-]{1,64}")
_DAY_S = 86400.0
_COUNTING = {"preserve_rowcount": True}  # of an INSERT nobody counts rows unless told
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
        self._noted: list[tuple[str, Insert]] = []
        self._counted: Counter[tuple[date, str]] = Counter()
        self._asked: OrderedDict[str, _Question] = OrderedDict()

    # ------------------------------------------------------------------ what staff did

    def audit(self, who: str, action: str, subject: str = "", detail: str = "") -> None:
        """Add a line to the audit log, for good."""
        self._do(self._audited(who, action, subject, detail))

    def audit_log(self, limit: int = 50) -> tuple[AuditEntry, ...]:
        """The newest lines of the audit log, newest first."""
        rows = self._rows(select(AUDIT).order_by(AUDIT.c.id.desc()).limit(limit))
        return tuple(
            AuditEntry(row.at, row.who, row.action, row.subject, row.detail) for row in rows
        )

    def withdraw(self, slug: str, by: str) -> bool:
        """Take an article out of every answer, audited; false where it was out already."""
        row = {"slug": slug, "withdrawn_by": _cut(by), "at": self._clock()}
        out = self._database.upsert(WITHDRAWN).values(**row)
        changed = self._do(out.on_conflict_do_nothing(), then=self._audited(by, "withdraw", slug))
        self._know(self._slugs | {slug})
        return changed > 0

    def restore(self, slug: str, by: str) -> bool:
        """Let an article be quoted again, audited; false where it was not withdrawn."""
        changed = self._do(
            delete(WITHDRAWN).where(WITHDRAWN.c.slug == slug),
            then=self._audited(by, "restore", slug),
        )
        self._know(self._slugs - {slug})
        return changed > 0

    def withdrawn(self) -> frozenset[str]:
        """Slugs of the articles that no answer may use; other processes' within 5 seconds."""
        with self._lock:
            first, self._looking = not self._looking, True
        if first:
            self._every(LOOK_S, self._look)
        return self._slugs

    def withdrawals(self) -> tuple[Withdrawal, ...]:
        """The withdrawn articles with who and when, by slug."""
        rows = self._rows(select(WITHDRAWN).order_by(WITHDRAWN.c.slug))
        self._know(frozenset(row.slug for row in rows))
        return tuple(Withdrawal(row.slug, row.withdrawn_by, row.at) for row in rows)

    def approve(self, slug: str, by: str, reviewer: str = "") -> None:
        """Note that a draft became an article, audited."""
        row = {"slug": slug, "approved_by": _cut(by), "reviewer": _cut(reviewer)}
        self._do(
            insert(APPROVALS).values(at=self._clock(), **row),
            then=self._audited(by, "approve", slug, f"reviewed by {reviewer or 'nobody'}"),
        )

    def approvals(self, slug: str = "") -> tuple[Approval, ...]:
        """Approvals of one article or of all, newest first."""
        query = select(APPROVALS).order_by(APPROVALS.c.id.desc())
        rows = self._rows(query.where(APPROVALS.c.slug == slug) if slug else query)
        return tuple(Approval(row.slug, row.approved_by, row.reviewer, row.at) for row in rows)

    # ------------------------------------------------------------------ what people pressed

    def add_feedback(
        self, kind: FeedbackKind, *, articles: Sequence[str] = (), rules: Sequence[str] = ()
    ) -> None:
        """Note a button that was pressed; of whom is not kept."""
        lists = {"articles": _listed(articles), "rules": _listed(rules)}
        self._note(insert(FEEDBACK).values(day=self._today(), kind=kind, **lists))

    def feedback(self, since: date) -> tuple[Feedback, ...]:
        """What was pressed on that day (UTC) or later, oldest first."""
        self.flush()
        query = select(FEEDBACK).where(FEEDBACK.c.day >= since).order_by(FEEDBACK.c.id)
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
        total = func.sum(COUNTERS.c.value)
        query = select(COUNTERS.c.name, total.label("total")).where(COUNTERS.c.day >= since)
        rows = self._rows(query.group_by(COUNTERS.c.name).order_by(COUNTERS.c.name))
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
            self._note(insert(UNANSWERED).values(content=self._sealed(question), **row), key)
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
        theirs = (UNANSWERED.c.id == question_id) & (UNANSWERED.c.key == key)
        return self._do(update(UNANSWERED).where(theirs).values(consented_at=self._clock())) > 0

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
        gone = self._do(delete(UNANSWERED).where(UNANSWERED.c.id.in_(ids)))
        with self._lock:
            return gone + sum(self._asked.pop(each, None) is not None for each in ids)

    def forget(self, key: str) -> None:
        """Delete what is kept of one person's questions."""
        with self._lock:
            for question_id in [i for i, (whose, _) in self._asked.items() if whose == key]:
                del self._asked[question_id]
            self._noted = [(whose, row) for whose, row in self._noted if whose != key]
        self.flush()
        self._do(delete(UNANSWERED).where(UNANSWERED.c.key == key))
        self._database.checkpoint()

    def move(self, chat: int, to: int) -> None:
        """A group has another id now: its members' questions go with it.

        Args:
            chat: Its old id; their keys begin with it and a colon.
            to: Its new id.

        Raises:
            StateError: The database cannot be written; may be tried again.
        """
        before, after = f"{chat}:", f"{to}:"
        with self._lock:
            for question_id, (key, question) in list(self._asked.items()):
                if key.startswith(before):
                    self._asked[question_id] = f"{after}{key.removeprefix(before)}", question
        self.flush()
        renamed = after + func.substr(UNANSWERED.c.key, len(before) + 1)
        theirs = UNANSWERED.c.key.startswith(before)
        self._do(update(UNANSWERED).where(theirs).values(key=renamed))

    # ------------------------------------------------------------------ upkeep

    def purge(self) -> int:
        """Delete what is past its period; how many rows went."""
        now, today = self._clock(), self._today()
        self._age_memory(now)
        consented = UNANSWERED.c.consented_at
        too_old = today - timedelta(days=FEEDBACK_DAYS)
        gone = self._do(
            delete(UNANSWERED).where(
                consented.is_(None) & (UNANSWERED.c.at <= now - self._retention_s)
            ),
            delete(UNANSWERED).where(consented <= now - CONSENTED_DAYS * _DAY_S),
            delete(FEEDBACK).where(FEEDBACK.c.day < too_old),
            delete(COUNTERS).where(COUNTERS.c.day < too_old),
        )
        self._database.checkpoint()
        return gone

    def flush(self) -> None:
        """Write now what was noted beside answers.

        Raises:
            StateError: It could not be written; it is kept, and tried again.
        """
        batch = self._take()
        if not (batch or self._flushing):
            return
        try:
            # with nothing to write too: what the thread is just writing is then done
            self._database.write(batch.write)
        except StateError:
            self._give_back(batch)
            raise

    async def _flush(self) -> None:
        batch = self._take()
        if not batch:
            return
        try:
            await self._database.writing(batch.write)
        except StateError:
            self._give_back(batch)
            raise

    async def _look(self) -> None:
        """See which articles another process has withdrawn or restored."""

        async def work(connection: AsyncConnection) -> frozenset[str]:
            return frozenset(await connection.scalars(select(WITHDRAWN.c.slug)))

        self._know(await self._database.reading(work))

    # ------------------------------------------------------------------ small things

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock(), UTC).date()

    def _audited(self, who: str, action: str, subject: str, detail: str = "") -> Insert:
        return insert(AUDIT).values(
            at=self._clock(),
            who=_cut(who),
            action=action[:_MAX_ACTION],
            subject=_cut(subject),
            detail=_storable(detail)[:_MAX_DETAIL],
        )

    def _do(self, *statements: _Statement, then: Insert | None = None) -> int:
        """Run them in one transaction, and `then` if they changed anything; rows changed."""

        async def work(connection: AsyncConnection) -> int:
            changed = 0
            for statement in statements:
                done = await connection.execute(statement, execution_options=_COUNTING)
                changed += done.rowcount
            if changed and then is not None:
                await connection.execute(then)
            return changed

        return self._database.write(work)

    def _rows(self, query: Select[Any]) -> Sequence[Any]:
        async def work(connection: AsyncConnection) -> Sequence[Any]:
            rows: Sequence[Any] = (await connection.execute(query)).all()
            return rows

        return self._database.read(work)

    def _know(self, slugs: frozenset[str]) -> None:
        self._slugs = slugs
        self._file.write(slugs)

    def _questions(self, key: str | None) -> tuple[UnansweredQuestion, ...]:
        self.flush()
        now = self._clock()
        self._age_memory(now)
        query = select(UNANSWERED)
        rows = self._rows(query if key is None else query.where(UNANSWERED.c.key == key))
        stored = [question for row in rows if (question := self._opened(row)) is not None]
        with self._lock:
            asked = [question for whose, question in self._asked.values() if key in {None, whose}]
        kept = [question for question in (*stored, *asked) if self._is_kept(question, now)]
        return tuple(sorted(kept, key=lambda question: question.at, reverse=True))

    def _is_kept(self, question: UnansweredQuestion, now: float) -> bool:
        kept_s = CONSENTED_DAYS * _DAY_S if question.consented else self._retention_s
        return now - question.at < kept_s

    def _age_memory(self, now: float) -> None:
        with self._lock:
            for question_id, (_, question) in list(self._asked.items()):
                if not self._is_kept(question, now):
                    del self._asked[question_id]

    def _sealed(self, question: UnansweredQuestion) -> bytes:
        content = {
            "text": question.text,
            "reason": question.reason,
            "articles": question.articles,
        }
        return self._cipher.seal(json.dumps(content).encode("ascii"))

    def _opened(self, row: Any) -> UnansweredQuestion | None:  # noqa: ANN401 - a row
        """The question of a row; None where it cannot be decrypted."""
        try:
            content = json.loads(self._cipher.open(row.content))
            return UnansweredQuestion(
                question_id=row.id,
                text=str(content["text"]),
                at=row.at,
                reason=str(content["reason"]),
                articles=tuple(map(str, content["articles"])),
                consented=row.consented_at is not None,
            )
        except (UnreadableError, ValueError, KeyError, TypeError):
            return None

    def _note(self, statement: Insert, key: str = "") -> None:
        with self._lock:
            self._noted = [*self._noted[-_MOST_NOTED:], (key, statement)]
        self._keep_flushing()

    def _take(self) -> _Batch:
        with self._lock:
            batch = _Batch(self._noted, self._counted, self._database)
            self._noted, self._counted = [], Counter()
            return batch

    def _give_back(self, batch: _Batch) -> None:
        with self._lock:
            self._noted = [*batch.rows, *self._noted][-_MOST_NOTED:]
            self._counted.update(batch.counted)

    def _keep_flushing(self) -> None:
        with self._lock:
            first, self._flushing = not self._flushing, True
        if first:
            self._every(FLUSH_S, self._flush)

    def _every(self, seconds: float, job: Callable[[], Awaitable[None]]) -> None:
        try:
            self._database.every(seconds, job)
        except StateError as error:  # closed: the program is ending
            logger.warning("%s", error)


@dataclass(frozen=True, slots=True)
class _Batch:
    """What was noted beside answers: rows with the key of the person, and counters."""

    rows: list[tuple[str, Insert]]
    counted: Counter[tuple[date, str]]
    database: Database

    def __bool__(self) -> bool:
        return bool(self.rows or self.counted)

    async def write(self, connection: AsyncConnection) -> None:
        for _, statement in self.rows:
            await connection.execute(statement)
        for (day, name), n in self.counted.items():
            more = self.database.upsert(COUNTERS).values(day=day, name=name, value=n)
            await connection.execute(
                more.on_conflict_do_update(
                    index_elements=["day", "name"], set_={"value": COUNTERS.c.value + n}
                )
            )


def _cut(text: str) -> str:
    return " ".join(_storable(text).split())[:_MAX_NAME]


def _storable(text: str) -> str:
    """What each kind of database takes: no half a surrogate pair, no NUL."""
    return text.encode(errors="replace").decode().replace("\0", "")


def _listed(names: Sequence[str]) -> str:
    return json.dumps([_cut(name) for name in names[:_MAX_LIST]])


def _unlisted(text: str) -> tuple[str, ...]:
    return tuple(json.loads(text))
