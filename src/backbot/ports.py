"""The sockets: what a foreign library must offer to be plugged in."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import date
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from backbot.model import (
    Approval,
    AuditEntry,
    Conversation,
    EncoderIdentity,
    Feedback,
    FeedbackKind,
    UnansweredQuestion,
    Withdrawal,
)

Embeddings = NDArray[np.float32]
Rows = NDArray[np.int64]
Scores = NDArray[np.float32]


class Embedder(Protocol):
    """Texts to unit-length vectors."""

    @property
    def identity(self) -> EncoderIdentity:
        """What makes its vectors comparable with others."""
        ...

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Unit-length rows, shape (len(texts), d). A row never depends on the other texts."""
        ...

    def count_tokens(self, text: str) -> int:
        """Tokens of the text, special ones included, before truncation."""
        ...


class Reranker(Protocol):
    """Reads a question together with each text: slower than comparing vectors, and finer.

    Off by default: no program here plugs one in, since no weights of one come with the project.
    """

    def scores(self, query: str, texts: Sequence[str]) -> Scores:
        """How well each text answers, each in [0, 1], shape (len(texts),)."""
        ...


class VectorIndex(Protocol):
    """Nearest rows by inner product."""

    def search(self, query: Embeddings, k: int) -> tuple[Rows, Scores]:
        """The `k` best rows for one query of shape (d,): rows and scores, best first."""
        ...


class VectorIndexFormat(Protocol):
    """How a vector index is made and kept in a file."""

    def write(self, vectors: Embeddings, path: Path) -> None:
        """Index rows of shape (n, d) and write them to `path`."""
        ...

    def read(self, path: Path) -> VectorIndex:
        """Open what `write` wrote."""
        ...


class ConversationStore(Protocol):
    """Where conversations are kept between turns: memory, or a database."""

    def load(self, key: str, now: float) -> Conversation:
        """The conversation under that key; a new one when there is none or it has expired."""
        ...

    def expect(self, keys: Iterable[str], now: float) -> None:
        """These will be loaded soon: read them in one go, where that is quicker. Never raises."""
        ...

    def save(self, key: str, conversation: Conversation) -> None:
        """Keep it under that key."""
        ...

    def forget(self, key: str) -> None:
        """Drop it. No error when there is none."""
        ...

    def move(self, chat: int, to: int) -> None:
        """A group has another id now: its members' conversations go with it.

        Args:
            chat: Its old id; their keys begin with it and a colon.
            to: Its new id.

        Raises:
            StateError: Not known whose they are; may be tried again.
        """
        ...


class Records(Protocol):
    """What staff did, what people pressed, what was not answered. Safe from several threads.

    What happens beside an answer (`count`, `add_feedback`, `add_unanswered`, `withdrawn`) never
    raises and never waits for a disk. Everything else raises `StateError` where the database
    cannot be read or written, and then nothing was done.

    Who did something is a Telegram user id as text, or a name given on the command line.
    """

    def audit(self, who: str, action: str, subject: str = "", detail: str = "") -> None:
        """Add a line to the audit log, for good."""
        ...

    def audit_log(self, limit: int = 50) -> tuple[AuditEntry, ...]:
        """The newest lines of the audit log, newest first."""
        ...

    def withdraw(self, slug: str, by: str) -> bool:
        """Take an article out of every answer, audited; false where it was out already."""
        ...

    def restore(self, slug: str, by: str) -> bool:
        """Let an article be quoted again, audited; false where it was not withdrawn."""
        ...

    def withdrawn(self) -> frozenset[str]:
        """Slugs of the articles that no answer may use; other processes' within 5 seconds."""
        ...

    def withdrawals(self) -> tuple[Withdrawal, ...]:
        """The withdrawn articles with who and when, by slug."""
        ...

    def approve(self, slug: str, by: str, reviewer: str = "") -> None:
        """Note that a draft became an article, audited."""
        ...

    def approvals(self, slug: str = "") -> tuple[Approval, ...]:
        """Approvals of one article or of all, newest first."""
        ...

    def add_feedback(
        self, kind: FeedbackKind, *, articles: Sequence[str] = (), rules: Sequence[str] = ()
    ) -> None:
        """Note a button that was pressed; of whom is not kept."""
        ...

    def feedback(self, since: date) -> tuple[Feedback, ...]:
        """What was pressed on that day (UTC) or later, oldest first."""
        ...

    def add_unanswered(
        self, key: str, text: str, *, reason: str = "", articles: Sequence[str] = ()
    ) -> str:
        """Keep a question for staff, personal details taken out; its id, for `consent`.

        Args:
            key: Of the conversation, so that the person can have it forgotten.
            text: As typed.
            reason: For staff.
            articles: Slugs that the answer cited.
        """
        ...

    def consent(self, key: str, question_id: str) -> bool:
        """Let staff see a question beyond the retention period; false where it is not theirs."""
        ...

    def unanswered(self) -> tuple[UnansweredQuestion, ...]:
        """The questions kept for staff, newest first."""
        ...

    def drop_unanswered(self, question_ids: Iterable[str]) -> int:
        """Delete questions that staff have dealt with; how many there were."""
        ...

    def of_person(self, key: str) -> tuple[UnansweredQuestion, ...]:
        """What is kept of one person's questions, newest first."""
        ...

    def forget(self, key: str) -> None:
        """Delete what is kept of one person's questions."""
        ...

    def count(self, name: str, n: int = 1) -> None:
        """Add to today's (UTC) counter of that name, such as "tier:nerve"; no personal data."""
        ...

    def counts(self, since: date) -> Mapping[str, int]:
        """Sums of the counters from that day (UTC) on, by name."""
        ...

    def purge(self) -> int:
        """Delete what is past its period; how many rows went."""
        ...
