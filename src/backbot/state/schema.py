"""The tables. Each column says what it is for, how long it is kept and who reads it.

`comment` is the purpose, `info` has `period` and `reader`; docs/privacy.md is made from them and
a test fails where one is missing. Types are those that SQLite and PostgreSQL share. A change here
needs a new step in `migrations/versions` and its number at the end of `REVISIONS`.
"""

from __future__ import annotations

from datetime import date
from typing import Any

from sqlalchemy import (
    BigInteger,
    Boolean,
    Date,
    Float,
    Integer,
    LargeBinary,
    MetaData,
    SmallInteger,
    String,
    Text,
)
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column

REVISIONS = ("0001", "0002", "0003")
"""Every version that a database can have, oldest first."""

FEEDBACK_DAYS = 400
CONSENTED_DAYS = 180
REMEMBERED_HOURS = 48
"""Telegram delivers an update again for 24 hours at the most."""

_WARNING = (
    "BACKBOT_RETENTION_HOURS after the last message; while a warning is open or a country was "
    "chosen 168 hours, or the clinic's longest window if that is longer"
)
_WORDS = "BACKBOT_RETENTION_HOURS after the last message"
_QUESTION = f"BACKBOT_RETENTION_HOURS; with the person's consent {CONSENTED_DAYS} days"
_YEAR = f"{FEEDBACK_DAYS} days: a year and the month before"
_ALWAYS = "as long as the database: it shows who changed what patients read"
_WITHDRAWN = "until the article is restored"
_UPDATE = "until its reply was accepted by Telegram"
_UPDATE_ID = f"{REMEMBERED_HOURS} hours after its reply was accepted"
_OWED = "until the report was accepted by Telegram, after a restart if need be"

_BOT = "the bot"
_STAFF = "staff (/unanswered)"
_STATS = "staff (/stats)"
_ADMINS = "admins"

_ID = BigInteger().with_variant(Integer, "sqlite")  # SQLite counts up only what is INTEGER


class Base(DeclarativeBase):
    """Names every constraint, so that a migration can name it too."""

    metadata = MetaData(
        naming_convention={
            "ix": "ix_%(table_name)s_%(column_0_name)s",
            "uq": "uq_%(table_name)s_%(column_0_name)s",
            "fk": "fk_%(table_name)s_%(column_0_name)s",
            "pk": "pk_%(table_name)s",
        }
    )


def _column(
    kind: Any,  # noqa: ANN401 - any of SQLAlchemy's types
    purpose: str,
    period: str,
    reader: str,
    **more: Any,  # noqa: ANN401 - as mapped_column has it
) -> Mapped[Any]:
    info = {"period": period, "reader": reader}
    return mapped_column(kind, comment=purpose, info=info, **more)


class ConversationRow(Base):
    """What is remembered of one person's conversation, so that a restart forgets no warning."""

    __tablename__ = "conversations"

    key: Mapped[str] = _column(
        String(64),
        "Telegram chat id, in groups with the user id",
        _WARNING,
        _BOT,
        primary_key=True,
    )
    open_tier: Mapped[int] = _column(
        SmallInteger,
        "Highest open warning: 0 none, 1 nerve, 2 urgent, 3 emergency; readable without the key",
        _WARNING,
        _BOT,
    )
    opened_at: Mapped[float] = _column(
        Float, "When the last sign of it was told, POSIX time", _WARNING, _BOT
    )
    updated_at: Mapped[float] = _column(
        Float,
        "When the person last wrote, POSIX time: what periods count from",
        _WARNING,
        _BOT,
        index=True,
    )
    lasting: Mapped[bool] = _column(
        Boolean,
        "Whether it outlives the words: a warning is open, or a country was chosen",
        _WARNING,
        _BOT,
    )
    state: Mapped[bytes] = _column(
        LargeBinary,
        "Signs told with their times, last warning sent, language, country; encrypted where a "
        "key is set",
        _WARNING,
        _BOT,
    )
    words: Mapped[bytes | None] = _column(
        LargeBinary,
        "The last messages, for follow-up questions, and what the last answer cited; always "
        "encrypted, empty without a key",
        _WORDS,
        _BOT,
        nullable=True,
    )


class UnansweredRow(Base):
    """Questions that found nothing or were not helped by their answer, for staff."""

    __tablename__ = "unanswered"

    id: Mapped[str] = _column(
        String(16), "Names the question in the consent button", _QUESTION, _BOT, primary_key=True
    )
    key: Mapped[str] = _column(
        String(64),
        "Telegram chat id, in groups with the user id: for /mydata and /forget, and so that only "
        "this person can consent",
        _QUESTION,
        _BOT,
        index=True,
    )
    at: Mapped[float] = _column(
        Float, "When it was asked, POSIX time", _QUESTION, _STAFF, index=True
    )
    content: Mapped[bytes] = _column(
        LargeBinary,
        "The question without telephone numbers, addresses, @names and long numbers, why it was "
        "declined, which articles were cited; always encrypted",
        _QUESTION,
        _STAFF,
    )
    consented_at: Mapped[float | None] = _column(
        Float,
        "When the person agreed that it is kept for staff, POSIX time",
        _QUESTION,
        _BOT,
        nullable=True,
    )


class FeedbackRow(Base):
    """Buttons that were pressed; of whom is not kept."""

    __tablename__ = "feedback"

    id: Mapped[int] = _column(
        _ID, "Counts up", _YEAR, "nobody", primary_key=True, autoincrement=True
    )
    day: Mapped[date] = _column(Date, "Day, UTC; no time of day", _YEAR, _STATS, index=True)
    kind: Mapped[str] = _column(
        String(16), "Which button: helpful, not_helpful, misread", _YEAR, _STATS
    )
    articles: Mapped[str] = _column(
        Text, "Articles that the answer cited, a JSON list", _YEAR, _STATS
    )
    rules: Mapped[str] = _column(
        Text, "Rules behind a warning that was called misread, a JSON list", _YEAR, _STATS
    )


class CounterRow(Base):
    """How often something happened on a day."""

    __tablename__ = "counters"

    day: Mapped[date] = _column(Date, "Day, UTC", _YEAR, _STATS, primary_key=True)
    name: Mapped[str] = _column(
        String(64), "What is counted: answers, declines, tiers", _YEAR, _STATS, primary_key=True
    )
    value: Mapped[int] = _column(_ID, "How often", _YEAR, _STATS)


class AuditRow(Base):
    """What staff did. A trigger refuses to change or delete a line."""

    __tablename__ = "audit"
    __table_args__ = {"sqlite_autoincrement": True}  # noqa: RUF012 - SQLAlchemy's own name

    id: Mapped[int] = _column(
        _ID,
        "Counts up, without gaps being filled",
        _ALWAYS,
        _ADMINS,
        primary_key=True,
        autoincrement=True,
    )
    at: Mapped[float] = _column(Float, "When, POSIX time", _ALWAYS, _ADMINS)
    who: Mapped[str] = _column(
        String(200),
        "Telegram user id of the member of staff, or the name they gave",
        _ALWAYS,
        _ADMINS,
    )
    action: Mapped[str] = _column(String(64), "What was done", _ALWAYS, _ADMINS)
    subject: Mapped[str] = _column(
        String(200), "To which article or index generation", _ALWAYS, _ADMINS
    )
    detail: Mapped[str] = _column(Text, "What else is worth knowing", _ALWAYS, _ADMINS)


class WithdrawnRow(Base):
    """Articles that are in no answer."""

    __tablename__ = "withdrawn"

    slug: Mapped[str] = _column(
        String(200), "The article", _WITHDRAWN, f"{_BOT}, {_ADMINS}", primary_key=True
    )
    withdrawn_by: Mapped[str] = _column(
        String(200),
        "Telegram user id of the member of staff, or the name they gave",
        _WITHDRAWN,
        _ADMINS,
    )
    at: Mapped[float] = _column(Float, "When, POSIX time", _WITHDRAWN, _ADMINS)


class ApprovalRow(Base):
    """Drafts that became articles."""

    __tablename__ = "approvals"

    id: Mapped[int] = _column(
        _ID, "Counts up", _ALWAYS, "nobody", primary_key=True, autoincrement=True
    )
    slug: Mapped[str] = _column(String(200), "The article", _ALWAYS, _ADMINS, index=True)
    approved_by: Mapped[str] = _column(
        String(200),
        "Telegram user id of the member of staff, or the name they gave",
        _ALWAYS,
        _ADMINS,
    )
    reviewer: Mapped[str] = _column(
        String(200), "The clinician who reviewed the content, empty for nobody", _ALWAYS, _ADMINS
    )
    at: Mapped[float] = _column(Float, "When, POSIX time", _ALWAYS, _ADMINS)


class InboxRow(Base):
    """Updates that were taken from Telegram: what is not answered yet, and what must not be again.

    With a key the update is encrypted. Without one it is written all the same, because a message
    that is lost may be an emergency: see docs/decisions/0007-durable-inbox.md.
    """

    __tablename__ = "inbox"

    update_id: Mapped[int] = _column(
        BigInteger,
        "Telegram's number, so that an update delivered twice is answered once",
        _UPDATE_ID,
        _BOT,
        primary_key=True,
        autoincrement=False,
    )
    at: Mapped[float] = _column(
        Float, "When it was taken, POSIX time", _UPDATE_ID, f"{_BOT}, {_ADMINS} (doctor)"
    )
    chat: Mapped[int | None] = _column(
        BigInteger,
        "Telegram chat id, so that there is somebody to apologise to where the key is lost; "
        "empty once answered",
        _UPDATE,
        _BOT,
        nullable=True,
    )
    content: Mapped[bytes | None] = _column(
        LargeBinary,
        "The update as it came, with the person's words; encrypted where a key is set; empty "
        "once answered",
        _UPDATE,
        _BOT,
        nullable=True,
    )
    warnings: Mapped[int] = _column(
        SmallInteger,
        "How many messages of a warning were accepted, so that a restart does not repeat them",
        _UPDATE_ID,
        _BOT,
    )
    replies: Mapped[int] = _column(
        SmallInteger,
        "How many other messages were accepted, so that a restart does not repeat them",
        _UPDATE_ID,
        _BOT,
    )
    done_at: Mapped[float | None] = _column(
        Float,
        "When its last reply was accepted or given up, POSIX time; empty before",
        _UPDATE_ID,
        f"{_BOT}, {_ADMINS} (doctor)",
        nullable=True,
        index=True,
    )


class ReportRow(Base):
    """Rebuilds and the like that staff wait for: whoever asked is told, whatever restarts."""

    __tablename__ = "reports"

    id: Mapped[int] = _column(_ID, "Counts up", _OWED, _BOT, primary_key=True, autoincrement=True)
    chat: Mapped[int] = _column(
        BigInteger, "Telegram chat id of the member of staff who asked", _OWED, _BOT
    )
    what: Mapped[str] = _column(
        String(16), "What was begun: rebuild, approval, publish, rollback", _OWED, _BOT
    )
    before: Mapped[str] = _column(
        String(200),
        "The index generation in service then, so that it can be told whether it has changed",
        _OWED,
        _BOT,
    )
    at: Mapped[float] = _column(Float, "When it was asked for, POSIX time", _OWED, _BOT)


CONVERSATIONS = Base.metadata.tables["conversations"]
UNANSWERED = Base.metadata.tables["unanswered"]
FEEDBACK = Base.metadata.tables["feedback"]
COUNTERS = Base.metadata.tables["counters"]
AUDIT = Base.metadata.tables["audit"]
WITHDRAWN = Base.metadata.tables["withdrawn"]
APPROVALS = Base.metadata.tables["approvals"]
INBOX = Base.metadata.tables["inbox"]
REPORTS = Base.metadata.tables["reports"]
