"""Conversations that outlive the process: served from memory, written through to the database.

An answer never waits long for a disk and never fails for one (specification, 2a.21 and rule 10):

| what happens | what we do |
|---|---|
| the person is in memory | the database is not asked |
| the person is not, and the database answers | what it has, or a new conversation |
| the database does not answer within `wait_s` | the person is treated as having a `nerve` warning open; nothing is asked of the database for `retry_s` |
| a turn opens or changes a warning, or the country | it waits until that is on the disk, at most `wait_s` |
| any other turn | written with all others of the last half second, nobody waits |
| a conversation cannot be written | it stays in memory, marked; written again after `retry_s` |
| the database answers again | what was learned meanwhile is merged with what it has; the assumed warning is dropped, told signs are not |
| a row cannot be decoded: wrong key, damaged, a newer version | at least `nerve` open; the tier itself stands in a column of its own, so an emergency stays one |

Words are written only when they can be encrypted; without a key they stay in memory.
One process at a time serves a bot, so what is in memory is the newest there is.
"""  # noqa: E501 - a table's row is one line

from __future__ import annotations

import contextlib
import logging
import threading
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from itertools import islice
from typing import TYPE_CHECKING, Any

from sqlalchemy import bindparam, delete, or_, select, update

from backbot.errors import StateError
from backbot.model import Conversation, Tier, TriageState
from backbot.state import codec, merge
from backbot.state.cipher import Cipher, UnreadableError
from backbot.state.database import Database
from backbot.state.memory import LONGEST_WINDOW_S, aged
from backbot.state.schema import CONVERSATIONS, UNANSWERED

if TYPE_CHECKING:
    from sqlalchemy.ext.asyncio import AsyncConnection

logger = logging.getLogger(__name__)

_LOOKED_AT = 500  # newest rows that are tried with the key for a notice
_SWEEP_S = 60.0
BEHIND_S = 0.5
_AT_ONCE = 500  # SQLite takes a limited number of values in one statement

# Made once: making a statement takes as long as running it.
_STORED = select(CONVERSATIONS).where(CONVERSATIONS.c.key.in_(bindparam("keys", expanding=True)))


@dataclass(slots=True)
class _Kept:
    """One person in memory.

    Attributes:
        conversation: As last saved or loaded.
        unforgotten: Their rows are still to be deleted.
        presumed_at: Since when a warning is only assumed; None where the state is known.
    """

    conversation: Conversation
    unforgotten: bool = False
    presumed_at: float | None = None


@dataclass(frozen=True, slots=True)
class _Put:
    """What a transaction made of one person: memory before and after it, whether forgotten."""

    key: str
    kept: _Kept
    before: Conversation
    after: Conversation
    forgotten: bool


class DatabaseConversationStore:
    """A `ConversationStore` over a database.

    Args:
        database: Shared with the records.
        cipher: Encrypts; without a key words stay in memory.
        retention_s: Seconds that words are kept after the last turn, above 0.
        window_s: How long an open warning is kept after the last turn, in seconds.
        max_conversations: How many are held in memory at most.
        wait_s: How long a turn waits for the database.
        retry_s: How long the database is left alone after a failure.
        on_forget: What else forgets a person, by key; may raise `StateError`.
        on_move: What else goes with a group that has another id, the old one and the new one;
            may raise `StateError`. Without it the members' questions kept for staff are dropped.
        clock: POSIX time in seconds.
    """

    def __init__(
        self,
        database: Database,
        cipher: Cipher,
        retention_s: float,
        *,
        on_forget: Callable[[str], None] | None = None,
        on_move: Callable[[int, int], None] | None = None,
        window_s: float = LONGEST_WINDOW_S,
        max_conversations: int = 50_000,
        wait_s: float = 1.0,
        retry_s: float = 5.0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        if retention_s <= 0:
            raise ValueError("retention_s must be above 0")
        self._database = database
        row = database.upsert(CONVERSATIONS)
        self._upsert = row.on_conflict_do_update(
            index_elements=["key"],
            set_={column.name: row.excluded[column.name] for column in CONVERSATIONS.c},
        )
        self._cipher = cipher
        self._retention_s = retention_s
        self._window_s = max(window_s, retention_s)
        self._max = max_conversations
        self._wait_s = wait_s
        self._retry_s = retry_s
        self._on_forget = on_forget
        self._on_move = on_move
        self._clock = clock
        self._lock = threading.Lock()
        self._kept: OrderedDict[str, _Kept] = OrderedDict()
        self._unwritten: dict[str, _Kept] = {}
        self._left_alone_until = 0.0
        self._failing, self._fault = False, ""

    def __len__(self) -> int:
        return len(self._kept)

    # ------------------------------------------------------------------ the port

    def load(self, key: str, now: float) -> Conversation:
        """The conversation under that key; a new one when there is none or it has expired."""
        with self._lock:
            kept = self._kept.get(key)
            unsure = kept is not None and kept.presumed_at is not None
        if kept is None:
            kept = self._fetched(key, now)
        elif unsure and self._due():
            self._write()  # reads what is there, too
        with self._lock:
            conversation = self._aged(kept.conversation, now) or Conversation()
            kept.conversation = conversation
            return conversation

    def expect(self, keys: Iterable[str], now: float) -> None:
        """Read conversations that are about to be needed in one go. Never raises.

        Where they cannot be read nothing happens: each is asked for again when it is needed.
        """
        with self._lock:
            missing = [key for key in dict.fromkeys(keys) if key not in self._kept]
        if not missing or not self._due():
            return

        async def work(connection: AsyncConnection) -> dict[str, Conversation | None]:
            found: dict[str, Conversation | None] = dict.fromkeys(missing)
            for at in range(0, len(missing), _AT_ONCE):
                some = {"keys": missing[at : at + _AT_ONCE]}
                for row in await connection.execute(_STORED, some):
                    found[row.key] = self._aged(self._decoded(row, now)[0], now)
            return found

        try:
            found = self._database.read(work, wait_s=self._wait_s)
        except StateError as error:
            self._failed(error)
            return
        with self._lock:
            for key, conversation in found.items():
                self._kept.setdefault(key, _Kept(conversation or Conversation()))
            self._make_room()

    def save(self, key: str, conversation: Conversation) -> None:
        """Keep it under that key; a warning that it opens is on the disk, or `wait_s` is over."""
        if not conversation.updated_at:
            conversation = replace(conversation, updated_at=self._clock())
        with self._lock:
            kept = self._kept.setdefault(key, _Kept(Conversation()))
            matters = _lasting(kept.conversation) != _lasting(conversation)
            kept.conversation = conversation
            self._unwritten[key] = kept
            self._kept.move_to_end(key)
            self._make_room()
        if matters and self._due():
            self._write(key)

    def forget(self, key: str) -> None:
        """Drop it, and the person's questions kept for staff. No error when there is none."""
        with self._lock:
            kept = _Kept(Conversation(), unforgotten=True)
            self._kept[key] = self._unwritten[key] = kept
        if self._on_forget is not None:
            with contextlib.suppress(StateError):  # the rows go with ours, now or later
                self._on_forget(key)
        # asked for by a person, so it is tried even where the database just failed
        if self._write():
            self._database.checkpoint()

    def move(self, chat: int, to: int) -> None:
        """A group has another id now: its members' conversations go with it.

        Raises:
            StateError: The database cannot be read or written; may be tried again.
        """
        if self._on_move is not None:
            self._on_move(chat, to)  # first: the old names are forgotten below
        prefix, now = f"{chat}:", self._clock()
        stored = self._database.read(self._keys(prefix), wait_s=self._wait_s)
        with self._lock:
            known = {key for key in self._kept if key.startswith(prefix)}
        for key in sorted(stored | known):
            old = self.load(key, now)
            with self._lock:
                if self._kept[key].presumed_at is not None:
                    raise StateError("The database stopped to answer. It is tried again.")
            if old.updated_at:  # else it has moved already
                new = f"{to}:{key.removeprefix(prefix)}"
                self.save(new, merge.joined(self.load(new, now), old))
                self.forget(key)

    # ------------------------------------------------------------------ upkeep

    def start(self) -> None:
        """Let the database's thread write what could not be written, and drop what is over."""
        self._database.every(BEHIND_S, self._catch_up)
        self._database.every(_SWEEP_S, self._sweep)

    def flush(self) -> int:
        """Write what has not been written; how many conversations are still unwritten."""
        if self._unwritten:
            self._write()
        return len(self._unwritten)

    def purge(self) -> int:
        """Delete from the database what is past its period; how many rows were touched.

        Raises:
            StateError: The database cannot be written.
        """
        now = self._clock()
        words_until, warnings_until = now - self._retention_s, now - self._window_s
        over = or_(
            CONVERSATIONS.c.updated_at <= warnings_until,
            CONVERSATIONS.c.lasting.is_(False) & (CONVERSATIONS.c.updated_at <= words_until),
        )
        wordless = (CONVERSATIONS.c.updated_at <= words_until) & CONVERSATIONS.c.words.is_not(None)

        async def work(connection: AsyncConnection) -> int:
            gone = await connection.execute(delete(CONVERSATIONS).where(over))
            emptied = await connection.execute(
                update(CONVERSATIONS).where(wordless).values(words=None)
            )
            return gone.rowcount + emptied.rowcount

        return self._database.write(work)

    @property
    def encrypts(self) -> bool:
        """Whether there is a key; without one, what waits for its answer stands readable."""
        return self._cipher.has_key

    def notices(self) -> tuple[str, ...]:
        """What admins must know about what is stored, a sentence each."""
        query = select(CONVERSATIONS).order_by(CONVERSATIONS.c.updated_at.desc()).limit(_LOOKED_AT)

        async def work(connection: AsyncConnection) -> tuple[int, int]:
            rows = (await connection.execute(query)).all()
            return sum(self._decoded(row, 0.0)[1] for row in rows), len(rows)

        try:
            unreadable, seen = self._database.read(work)
        except StateError as error:
            told = (
                f"{error} Until then conversations are kept in memory, and everybody whose "
                "conversation is not there is treated as having an open nerve warning."
            )
            return (told,)
        fault = f"The database can be read, but not written to. {self._fault}"
        full = (fault,) if self._failing else ()
        if not unreadable:
            return full
        why, what = "because BACKBOT_ENCRYPTION_KEY is not set", "Set the key that was set before."
        if self._cipher.has_key:
            why = "with BACKBOT_ENCRYPTION_KEY"
            what = (
                "If the key was changed, put the old one behind the new one, separated by a comma."
            )
        told = (
            f"{unreadable} of the last {seen} stored conversations cannot be decrypted {why}. "
            f"These people are treated as having at least a nerve warning open. {what}"
        )
        return (told, *full)

    # ------------------------------------------------------------------ memory

    def _aged(self, conversation: Conversation, now: float) -> Conversation | None:
        return aged(conversation, now, retention_s=self._retention_s, window_s=self._window_s)

    @staticmethod
    def _keys(prefix: str) -> Callable[[AsyncConnection], Awaitable[set[str]]]:
        async def work(connection: AsyncConnection) -> set[str]:
            named = select(CONVERSATIONS.c.key).where(CONVERSATIONS.c.key.startswith(prefix))
            return set((await connection.execute(named)).scalars())

        return work

    def _make_room(self) -> None:
        """Drop the one untouched for longest, of those that are also in the database."""
        while len(self._kept) > self._max:
            oldest = islice(self._kept.items(), 100)
            written = (key for key, _ in oldest if key not in self._unwritten)
            key = next(written, next(iter(self._kept)))
            del self._kept[key]
            self._unwritten.pop(key, None)

    async def _sweep(self) -> None:
        """Drop from memory what is past its period, of people who never come back too."""
        now = self._clock()
        with self._lock:
            for key, kept in list(self._kept.items()):
                conversation = self._aged(kept.conversation, now)
                if conversation is not None:
                    kept.conversation = conversation
                elif not kept.unforgotten:
                    del self._kept[key]
                    self._unwritten.pop(key, None)

    # ------------------------------------------------------------------ the database

    def _due(self) -> bool:
        return time.monotonic() >= self._left_alone_until

    def _failed(self, error: StateError) -> None:
        if not self._failing:
            logger.error("conversations are kept in memory for now: %s", error)
        self._failing, self._fault = True, str(error)
        self._left_alone_until = time.monotonic() + self._retry_s

    def _fetched(self, key: str, now: float) -> _Kept:
        """What the database has, put into memory; the assumption where it does not answer."""

        async def work(connection: AsyncConnection) -> Conversation | None:
            return await self._stored(connection, key, now)

        kept = _Kept(merge.presumed(now), presumed_at=now)
        if self._due():
            try:
                kept = _Kept(self._database.read(work, wait_s=self._wait_s) or Conversation())
            except StateError as error:
                self._failed(error)
        with self._lock:
            kept = self._kept.setdefault(key, kept)
            if kept.presumed_at is not None:
                self._unwritten[key] = kept
            self._make_room()
        return kept

    def _write(self, *keys: str) -> bool:
        """Write these, or all that is unwritten; whether that succeeded in time."""

        async def work(connection: AsyncConnection) -> list[_Put]:
            return await self._put(connection, keys)

        try:
            self._database.write(work, wait_s=self._wait_s, committed=self._written)
        except StateError as error:
            self._failed(error)
            return False
        return True

    async def _catch_up(self) -> None:
        """Write what nobody waited for, or what could not be written."""
        if not (self._unwritten and self._due()):
            return
        try:
            await self._database.writing(self._put, self._written)
        except StateError as error:
            self._failed(error)

    async def _put(self, connection: AsyncConnection, keys: Iterable[str] = ()) -> list[_Put]:
        """Write all that is unwritten, merged with what is stored where that was never read.

        Where some are named, what else waits stays for the next time, when it may have changed
        again. Nothing else of this process writes meanwhile, so the last to look is the last to
        write.
        """
        with self._lock:
            seen = [
                (key, kept, kept.conversation, kept.unforgotten, kept.presumed_at)
                for key in tuple(keys) or tuple(self._unwritten)
                if (kept := self._unwritten.get(key)) is not None
            ]
        puts = []
        for key, kept, before, forgotten, presumed_at in seen:
            after = before
            if presumed_at is not None:
                stored = await self._stored(connection, key, self._clock())
                after = merge.merged(before, stored, presumed_at)
            puts.append(_Put(key, kept, before, after, forgotten))
        if forgotten_keys := [put.key for put in puts if put.forgotten]:
            for table in (CONVERSATIONS, UNANSWERED):
                await connection.execute(delete(table).where(table.c.key.in_(forgotten_keys)))
        rows = [self._encoded(put.key, put.after) for put in puts if put.after.updated_at]
        if rows:
            await connection.execute(self._upsert, rows)
        return puts

    def _written(self, puts: list[_Put]) -> None:
        """The transaction has ended well: what was put is on the disk."""
        if self._failing:
            logger.warning("conversations are kept in the database again")
        self._failing = False
        with self._lock:
            for put in puts:
                kept = put.kept
                kept.unforgotten = kept.unforgotten and not put.forgotten
                if kept.conversation is not put.before:
                    continue  # saved again meanwhile
                kept.conversation, kept.presumed_at = put.after, None
                if self._unwritten.get(put.key) is kept:
                    del self._unwritten[put.key]

    async def _stored(
        self, connection: AsyncConnection, key: str, now: float
    ) -> Conversation | None:
        row = (await connection.execute(_STORED, {"keys": [key]})).one_or_none()
        return None if row is None else self._aged(self._decoded(row, now)[0], now)

    # ------------------------------------------------------------------ rows

    def _encoded(self, key: str, conversation: Conversation) -> dict[str, Any]:
        triage = conversation.triage
        words = None
        if self._cipher.has_key and (conversation.turns or triage.recent):
            words = self._cipher.seal(codec.encode_words(conversation))
        return {
            "key": key,
            "open_tier": int(triage.open_tier),
            "opened_at": triage.opened_at,
            "updated_at": conversation.updated_at,
            "lasting": bool(triage.open_tier or conversation.country),
            "state": self._cipher.seal(codec.encode_state(conversation)),
            "words": words,
        }

    def _decoded(self, row: Any, now: float) -> tuple[Conversation, bool]:  # noqa: ANN401 - a row
        """The conversation of a row, and whether it could not be read."""
        try:
            state = self._cipher.open(row.state)
            words = None if row.words is None else self._cipher.open(row.words)
            return codec.decode(state, words, row.updated_at), False
        except (UnreadableError, codec.DamagedError):
            tier = Tier(min(max(int(row.open_tier), Tier.NERVE), Tier.EMERGENCY))
            opened_at = row.opened_at if row.open_tier else row.updated_at
            triage = TriageState(open_tier=tier, opened_at=opened_at, full_sent_at=now)
            return Conversation(triage=triage, updated_at=row.updated_at), True


def _lasting(conversation: Conversation) -> tuple[TriageState, str]:
    """What a restart must not lose: the warning and the country, not the thread of the talk."""
    triage = replace(
        conversation.triage,
        asked=False,
        listed="",
        previous="",
        language="",
        recent="",
        recent_at=0.0,
        recent_signs=False,
    )
    return triage, conversation.country
