"""The one place where adapters are put into ports: settings → a running program."""

from __future__ import annotations

import contextlib
import gc
import logging
import os
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from functools import cached_property, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backbot.errors import (
    BackbotError,
    CorpusError,
    EmbedderError,
    IndexStoreError,
    RuleError,
    StateError,
    UsageError,
)
from backbot.model import (
    Article,
    ArticleMeta,
    Assessment,
    ContentTest,
    Conversation,
    FindingStatus,
    Reply,
    Tier,
    TriageState,
)
from backbot.places import Folders, database_url, folders
from backbot.triage import languages
from backbot.triage.clinic import ClinicFile
from backbot.triage.messages import MessageValues

if TYPE_CHECKING:
    from backbot.adapters.onnx_embedder import OnnxEmbedder
    from backbot.assistant import Assistant
    from backbot.bot.handlers import Handler
    from backbot.bot.operations import Built, Served
    from backbot.editorial import Editor
    from backbot.index.generation import Generation
    from backbot.index.live import LiveIndex
    from backbot.index.store import IndexStore
    from backbot.ports import Embedder, Embeddings
    from backbot.rebuild import QuestionTester, RebuildReport
    from backbot.retrieval.retriever import Retriever
    from backbot.settings import Settings
    from backbot.state.cipher import Cipher
    from backbot.state.conversations import DatabaseConversationStore
    from backbot.state.database import Database
    from backbot.state.inbox import DatabaseInbox
    from backbot.state.records import DatabaseRecords
    from backbot.state.reports import DatabaseReports
    from backbot.state.withdrawn import WithdrawnFile
    from backbot.triage.rulebook import RuleBook

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
BUILD_THREADS = 2
SERVING_CORES = min(2, os.cpu_count() or 1)  # that share a question; docs/decisions/0002
PURGE_EVERY_S = 3600.0


def no_progress(_stage: str, _done: int, _total: int) -> None:
    """Say nothing."""


class Program:
    """Everything a command may need, made when it is first needed.

    Args:
        settings: Read once.
    """

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.folders: Folders = folders(settings)
        self._early: Embedder | None = None
        self._resealed = False
        self.ready: Callable[[], bool] = lambda: False
        """Whether patients may use it; whoever serves them sets it to what `doctor` finds."""
        self.lasts = False
        """Whether it runs for long, beside whatever is done to its files; `serve` sets it."""

    # ------------------------------------------------------------------ parts

    @cached_property
    def store(self) -> IndexStore:
        """The index folder."""
        from backbot.index.store import IndexStore

        return IndexStore(self.folders.index)

    @cached_property
    def embedder(self) -> Embedder:
        """The encoder that questions are embedded with."""
        from backbot.adapters.remembering import RememberingEmbedder

        early, self._early = self._early, None
        return RememberingEmbedder(early or self._embedder(cores=SERVING_CORES))

    def load_early(self) -> None:
        """Begin to load the encoder, for one question, beside what the caller does next.

        Where it fails, whoever asks for the encoder is told.
        """
        from backbot.adapters.late_embedder import LateEmbedder
        from backbot.adapters.onnx_embedder import identity_of

        with contextlib.suppress(EmbedderError):  # raised again where it is needed
            identity = identity_of(self.settings.model, cache_dir=self.folders.cache)
            self._early = LateEmbedder(
                identity, partial(self._embedder, cores=SERVING_CORES, for_one=True)
            )

    @cached_property
    def live(self) -> LiveIndex:
        """The generation in service, followed as it changes."""
        from backbot.adapters.faiss_index import FaissFormat
        from backbot.index.live import LiveIndex

        return LiveIndex(
            self.store, FaissFormat(whole=self.lasts), self.embedder.identity, whole=self.lasts
        )

    @cached_property
    def assistant(self) -> Assistant:
        """Answers from the live index; without an encoder it still triages."""
        from backbot.assistant import Assistant

        finder: Retriever | None = None
        try:
            finder = self._finder
            generation = self.live.current
        except EmbedderError as error:
            logger.warning("answers are off: %s", error)
            generation = _raising(error)
        return Assistant(
            generation,
            finder,
            self.values,
            second_look=self._second_look,
            clinic_wording=self.clinic_file.wording,
            clinic_rules=self.clinic_file.rules,
            ready=self._is_ready,
            withdrawn=self.withdrawn,
            withhold_overdue=self.settings.overdue == "withhold",
            retention_hours=self.settings.retention_hours,
        )

    def _is_ready(self) -> bool:
        return self.ready()  # looked up each time: it is set after the assistant is made

    def warm(self) -> Generation:
        """Load what the first question needs, so that it is answered as quickly as the others.

        Raises:
            EmbedderError: There is no encoder to embed questions with.
            IndexStoreError: There is no index, or it cannot be served.
        """
        # reads the rules, and has made what strange words need: no vowels, no spaces
        self.assistant.begin("helo wtf mybackhurts", Conversation(), 0.0)
        with contextlib.suppress(BackbotError):  # what is wrong with them is told where it counts
            languages.warm()
            self.assistant.message("safety_net")  # reads the messages
        finder = self._finder
        generation = self.live.current()
        finder.warm(generation)
        self.assistant.warm(generation)
        # What is loaded by now stays, and is no garbage: to look through all of it now and then
        # took 60 ms of somebody's question.
        gc.collect()
        gc.freeze()
        return generation

    @cached_property
    def _second_look(self) -> Callable[[str, Assessment], str] | None:
        """What may ask a question where the rules found nothing; None where it is not there."""
        from backbot.adapters.net import Net, may_ask, without_idioms

        try:
            net = Net.load(self.embedder.identity)
        except EmbedderError:
            return None  # said already: answers are off
        if net is None:
            return None
        from backbot.retrieval.phrasing import put_plainly

        # The vector that retrieval has asked for is remembered. Of 183 harmless messages with a
        # phrase in them it changes the answer for one, of nine with a sign for none.
        def question(text: str, assessment: Assessment) -> str:
            if not may_ask(text, assessment):
                return ""
            text = without_idioms(text)
            try:
                plain = self._finder.plainly(text, self.live.current())
            except BackbotError:
                plain = put_plainly(text)  # nothing is in service, so nothing was looked up
            return net.question(text, self.embedder.encode([plain])[0])

        return question

    @cached_property
    def _finder(self) -> Retriever:
        from backbot.answer.scope import listed_words
        from backbot.retrieval.retriever import Retriever

        return Retriever(self.embedder, names=listed_words())

    def without_effect(self) -> tuple[str, ...]:
        """Settings that are set but have no effect beside the others, a sentence for each."""
        settings = self.settings
        if settings.webhook_secret is None or settings.webhook_url:
            return ()
        idle = "BACKBOT_WEBHOOK_SECRET is set, but has no effect without BACKBOT_WEBHOOK_URL."
        return (idle,)

    # ------------------------------------------------------------------ state

    @cached_property
    def database(self) -> Database:
        """Where state is kept; opened when it is first needed."""
        from backbot.state.database import Database

        return Database(database_url(self.settings, self.folders.var))

    def carry_over(self, url: str) -> int:
        """Copy all state from another database into the one that is set, which must be empty.

        Args:
            url: The other one, such as sqlite:///var/backbot.db.

        Returns:
            How many rows there were.

        Raises:
            BackbotError: One of them cannot be used, there is nothing at that address, it is the
                same one, or there is something in ours already.
        """
        from backbot.errors import SettingsError
        from backbot.state.carry import carry_over
        from backbot.state.database import Database

        source = Database(url)
        if source.name == self.database.name:
            raise SettingsError(
                f"{source.name} is the database in BACKBOT_DATABASE_URL itself. Set the new one "
                "there, and name the old one here."
            )
        if url.startswith("sqlite:") and not Path(source.name).is_file():
            raise SettingsError(f"There is no database {source.name}.")
        try:
            return carry_over(source, self.database)
        finally:
            source.close()

    @cached_property
    def records(self) -> DatabaseRecords:
        """Audit, withdrawals, approvals, feedback, unanswered questions, counters."""
        from backbot.state.records import DatabaseRecords

        return DatabaseRecords(
            self.database, self._cipher, self._withdrawn_file, self._retention_s
        )

    @cached_property
    def inbox(self) -> DatabaseInbox:
        """Updates that were taken and are not answered yet."""
        from backbot.state.inbox import DatabaseInbox

        return DatabaseInbox(self.database, self._cipher)

    @cached_property
    def reports(self) -> DatabaseReports:
        """Reports that staff are owed, whatever restarts."""
        from backbot.state.reports import DatabaseReports

        return DatabaseReports(self.database)

    @property
    def alive_file(self) -> Path:
        """Where the running bot notes that it runs."""
        return self.folders.var / "alive.json"

    @cached_property
    def conversations(self) -> DatabaseConversationStore:
        """Conversations between turns, which a restart does not forget."""
        from backbot.state.conversations import DatabaseConversationStore
        from backbot.state.memory import LONGEST_WINDOW_S

        windows_s = [LONGEST_WINDOW_S]
        if (wording := self.clinic_file.wording()) is not None:
            own = wording.windows
            hours = (own.emergency_hours, own.urgent_hours, own.nerve_hours)
            windows_s += [3600.0 * each for each in hours]
        return DatabaseConversationStore(
            self.database,
            self._cipher,
            self._retention_s,
            window_s=max(windows_s),
            on_forget=self.records.forget,
            on_move=self.records.move,
        )

    @cached_property
    def _cipher(self) -> Cipher:
        from backbot.state.cipher import Cipher

        key = self.settings.encryption_key
        return Cipher.of("" if key is None else key.get_secret_value())

    @cached_property
    def _withdrawn_file(self) -> WithdrawnFile:
        from backbot.state.withdrawn import WithdrawnFile

        return WithdrawnFile(self.folders.var / "withdrawn.json")

    @property
    def _retention_s(self) -> float:
        return self.settings.retention_hours * 3600

    def withdrawn(self) -> frozenset[str]:
        """Slugs of the articles that no answer may use. Opens no database; never raises."""
        if "records" in vars(self):
            return self.records.withdrawn()
        return self._withdrawn_file.read()

    def purge(self) -> int:
        """Delete what is past its period; how many rows were touched.

        Raises:
            StateError: The database cannot be written.
        """
        return self.conversations.purge() + self.records.purge() + self.inbox.purge()

    def reseal(self) -> int:
        """Encrypt with the newest key what is not yet, once in a run; how many rows were changed.

        Raises:
            StateError: The database cannot be written.
        """
        from backbot.state.reseal import reseal

        if self._resealed:
            return 0
        changed = reseal(self.database, self._cipher)
        self._resealed = True
        return changed

    def close(self) -> None:
        """Write what is still in memory only, and close the database."""
        if "database" not in vars(self):
            return
        with contextlib.suppress(StateError):  # told in the log while it failed
            if "conversations" in vars(self):
                self.conversations.flush()
            if "records" in vars(self):
                self.records.flush()
        self.database.close()

    # ------------------------------------------------------------------ the encoder

    def _embedder(
        self, *, threads: int = 1, cores: int = 1, for_one: bool = False
    ) -> OnnxEmbedder:
        from backbot.adapters.onnx_embedder import load_embedder

        return load_embedder(
            self.settings.model,
            threads=threads,
            cores=cores,
            for_one=for_one,
            cache_dir=self.folders.cache,
        )

    @cached_property
    def clinic_file(self) -> ClinicFile:
        """The clinic's own messages, numbers, windows and rules. A bad file disarms nothing."""
        path = self.settings.rules_file
        # named after the file: trying another one does not replace what the bot falls back on
        name = f"last-good-{path.stem if path else 'rules'}.toml"
        return ClinicFile(path, self.folders.var / name)

    @property
    def rule_book(self) -> RuleBook:
        """The rules in force, with their digests.

        Raises:
            RuleError: A packaged file cannot be read.
        """
        from backbot.triage.rulebook import packaged_book

        return packaged_book(self.clinic_file.source())

    def reviewed(self) -> Mapping[str, str]:
        """Rule id → who reviewed it when, and when to look again."""
        from backbot.triage.signoff import default_path, review_states

        path = default_path(self.folders.corpus)
        return review_states(path, self.rule_book, _today()) if path.exists() else {}

    def review_faults(self) -> tuple[str, ...]:
        """Reviews of rules that are overdue or dated wrongly, in sentences. Never raises."""
        from backbot.triage.signoff import default_path, review_faults

        path = default_path(self.folders.corpus)
        if not path.exists():
            return ()
        try:
            return review_faults(path, self.rule_book, _today())
        except RuleError as error:
            return (str(error),)

    def values(self) -> MessageValues:
        """What fills the messages' placeholders now."""
        settings = self.settings
        is_open: bool | None = None
        opens = ""
        if settings.clinic_hours:
            from backbot.triage.hours import opening

            is_open, opens = opening(
                settings.clinic_hours, str(settings.timezone), datetime.now(UTC)
            )
        return MessageValues(
            clinic_name=settings.clinic_name,
            clinic_phone=settings.clinic_phone,
            clinic_url=settings.clinic_url,
            urgent_line=settings.urgent_line,
            country=settings.country,
            clinic_open=is_open,
            opens=opens,
        )

    # ------------------------------------------------------------------ operations

    def rebuild(
        self,
        *,
        full: bool = False,
        strict: bool = False,
        publish: bool = True,
        by: str = "",
        progress: Progress = no_progress,
    ) -> RebuildReport:
        """Build a generation from the corpus and publish it.

        Args:
            full: Embed everything again.
            strict: Keep it aside instead where an article has lost more than half of its
                sentences, a sample question that found its article no longer does, or the
                escalation rules fail their examples.
            publish: False keeps it aside in any case, for `publish_staged`.
            by: On whose behalf, such as "Telegram user 42".
            progress: Is told how far each stage is.
        """
        from backbot.adapters.faiss_index import FaissFormat
        from backbot.rebuild import rebuild
        from backbot.retrieval import lexical

        embedder = self._embedder(threads=BUILD_THREADS)
        return rebuild(
            self.folders.corpus,
            self.store,
            embedder,
            FaissFormat(),
            today=_today(),
            full=full,
            strict=strict,
            publish=publish,
            by=by,
            progress=progress,
            test_questions=self._question_tester(embedder),
            test_escalation=escalation_faults,
            extras=lexical.build,
        )

    def try_draft(self, draft: Article, instead_of: str = "") -> tuple[ContentTest, ...]:
        """Ask a draft its sample questions, as if it were an article; nothing is published.

        Args:
            draft: As read from its file.
            instead_of: Slug of the article whose place it would take, "" for none.

        Raises:
            BackbotError: An article is wrong, or the encoder or the index cannot be used.
        """
        from backbot.adapters.faiss_index import FaissFormat
        from backbot.rebuild import try_draft
        from backbot.retrieval import lexical

        embedder = self._embedder()  # patients are asking beside it
        return try_draft(
            draft,
            self.folders.corpus,
            self.store,
            embedder,
            FaissFormat(),
            today=_today(),
            test_questions=self._question_tester(embedder),
            instead_of=instead_of,
            extras=lexical.build,
        )

    def _question_tester(self, embedder: Embedder) -> QuestionTester:
        """Asks a generation its sample questions, whose vectors it has."""
        from backbot.answer.scope import listed_words
        from backbot.assistant import Assistant
        from backbot.index.reuse import SampleQuestions
        from backbot.retrieval.retriever import Retriever

        known = SampleQuestions(embedder)
        tester = Assistant(
            _raising(IndexStoreError("the index is being built")),
            Retriever(known, names=listed_words()),
            self.values,
        )

        def test_questions(
            generation: Generation, questions: Sequence[tuple[str, str]]
        ) -> tuple[ContentTest, ...]:
            known.learn(generation)
            return tester.test_questions(generation, questions)

        return test_questions

    def publish_staged(self, generation_id: str, *, by: str = "") -> str:
        """Put a generation into service that `rebuild` has kept aside.

        Raises:
            BackbotError: The articles or what is in service are no longer those it was
                compared with, or it is not kept any more.
        """
        from backbot.rebuild import publish_staged

        return publish_staged(self.folders.corpus, self.store, generation_id, by=by)

    def handler(self) -> Handler:
        """What Telegram's updates go through."""
        import asyncio  # for the bot only: a single question starts without it

        from backbot.bot.admin import Operations
        from backbot.bot.handlers import Handler

        async def upkeep() -> None:
            await asyncio.to_thread(self.purge)
            await asyncio.to_thread(self.reseal)

        self.conversations.start()
        self.database.every(PURGE_EVERY_S, upkeep)
        with contextlib.suppress(StateError):  # told in the log; then the file's word counts
            self.records.withdrawals()  # what was withdrawn is out of the very first answer
        settings = self.settings
        return Handler(
            self.assistant,
            self.conversations,
            admin_ids=settings.admin_ids,
            staff_ids=settings.staff_ids,
            operations=Operations(
                build=self.build_for,
                publish=self.publish_for,
                rollback=self.roll_back,
                status=self.status,
                notices=self.notices,
                editor=self.editor,
                records=self.records,
                articles=self.articles,
                hidden=self.hidden,
                encode=self._encode,
                overdue=self.overdue,
                served=self.served,
                reports=self.reports,
            ),
            retention_hours=settings.retention_hours,
            country=settings.country,
            groups=settings.groups,
        )

    # ------------------------------------------------------------------ from the chat

    @cached_property
    def editor(self) -> Editor:
        """Drafts, and how they become articles."""
        from backbot.editorial import Editor
        from backbot.triage.lint import lint

        return Editor(
            self.own_corpus,
            self.folders.drafts,
            self.records,
            today=_today,
            lint=lint,
            ask=self.try_draft,
        )

    def own_corpus(self) -> Path:
        """The corpus folder, unless it is the one that came with the package.

        Raises:
            UsageError: It is, and its articles are not to be changed.
        """
        from backbot import packaged

        folder = self.folders.corpus
        here = Path("corpus").is_dir()
        if self.settings.corpus_dir is None and not here and folder == packaged.corpus_folder():
            raise UsageError(
                "There is no folder `corpus` here, and the articles that came with backbot are "
                "not to be changed. Make your own with `backbot init DIR`, or set "
                "BACKBOT_CORPUS_DIR."
            )
        return folder

    def articles(self) -> tuple[ArticleMeta, ...]:
        """The articles' front matter as it is in the corpus folder, by slug.

        Raises:
            CorpusError: One cannot be read, or there is none.
        """
        from backbot.corpus.reader import read_corpus

        return tuple(article.meta for article in read_corpus(self.folders.corpus))

    def hidden(self) -> frozenset[str]:
        """Slugs of the articles that nobody is shown now. Never raises."""
        try:
            return self.assistant.left_out(self.live.current())
        except BackbotError:
            return self.withdrawn()

    def overdue(self) -> tuple[str, ...]:
        """What is done about overdue articles, then a line for each; nothing where none is.

        Raises:
            CorpusError: The articles cannot be read.
        """
        today = _today()
        late = [
            f"{meta.title} ({meta.slug}): since {meta.review_due}"
            for meta in self.articles()
            if meta.review_due is not None and meta.review_due < today
        ]
        withheld = self.settings.overdue == "withhold"
        what = (
            "They are left out of every answer until then."
            if withheld
            else "Answers from them say so."
        )
        return (what, *late) if late else ()

    def _encode(self, texts: Sequence[str]) -> Embeddings:
        return self.embedder.encode(texts)

    def build_for(self, who: str, publish: bool, progress: Progress) -> Built:  # noqa: FBT001 a port
        """A strict rebuild for somebody in the chat, noted in the audit log.

        Args:
            who: Telegram user id as text.
            publish: Whether to publish where nothing speaks against it.
            progress: Is told how far each stage is.
        """
        from backbot.bot.operations import Built

        report = self.rebuild(
            strict=True, publish=publish, by=f"Telegram user {who}", progress=progress
        )
        if report.published:
            self.live.look_again()
        done = "published" if report.published else "kept aside" if report.staged else "unchanged"
        noted = self._noted(who, "rebuild", report.generation, done)
        return Built(
            describe_rebuild(report, "the button below", unread=self.unread()) + noted,
            report.generation,
            staged=report.staged,
            objections=bool(report.objections),
            answers=report.answers,
        )

    def publish_for(self, generation_id: str, who: str) -> str:
        """Publish what was kept aside, for somebody in the chat; what was done, in words."""
        before = self.store.current_id()
        done = self.publish_staged(generation_id, by=f"Telegram user {who}")
        self.live.look_again()
        if done == before:
            return f"Generation {done} is in service already."
        noted = self._noted(who, "publish", done)
        return f"Published generation {done}; it is in service within seconds.{noted}"

    def roll_back(self, who: str) -> str:
        """Go back to the generation before, for somebody in the chat; what was done, in words."""
        done = self.store.rollback()
        self.live.look_again()
        noted = self._noted(who, "rollback", done)
        return (
            f"Back to generation {done}; it is in service within seconds. The articles in the "
            "corpus folder are as they were: the next build puts them into service again."
            f"{noted}"
        )

    def _noted(self, who: str, action: str, subject: str, detail: str = "") -> str:
        """Note what has been done; what there is to add where that failed."""
        try:
            self.records.audit(who, action, subject, detail)
        except StateError as error:
            logger.error("%s of %s by %s is not in the audit log", action, subject, who)  # noqa: TRY400 the reason follows
            return f"\nThis is not in the audit log, only in the server's log: {error}"
        return ""

    def unread(self) -> tuple[str, ...]:
        """Files in the articles' folder that somebody may take for articles."""
        from backbot.corpus.reader import not_articles

        try:
            return not_articles(self.folders.corpus)
        except CorpusError:
            return ()

    def status(self) -> str:
        """What is being served, and what waits, in words."""
        faults = self.conversations.notices()
        lines = [self._served(), *self._waiting(faults), *self.clinic_notices(), *faults]
        return "\n".join(lines)

    def _waiting(self, faults: Sequence[str]) -> Iterator[str]:
        """Drafts, a staged generation, withdrawn articles, the database, whose faults follow."""
        try:
            if staged := self.store.staged_id():
                yield f"Waiting to be published: generation {staged}."
        except BackbotError as error:
            yield str(error)
        yield f"Drafts waiting: {self.editor.count()}."
        yield f"Withdrawn: {', '.join(sorted(self.withdrawn())) or 'nothing'}."
        try:
            last = self.records.audit_log(1)
        except StateError as error:
            yield "Database: see below." if faults else f"Database: {error}"
            return
        said = "Database: see below" if faults else "Database: in order"
        if last:
            at = datetime.fromtimestamp(last[0].at, UTC)
            said += f"; last entry {at:%Y-%m-%d %H:%M} UTC, {last[0].action} {last[0].subject}"
            said = f"{said.rstrip()} by {last[0].who}"
        yield f"{said}."

    def serving(self) -> Generation:
        """The generation in service.

        Raises:
            EmbedderError: There is no encoder.
            IndexStoreError: There is none in service.
        """
        return self.live.current()

    def served(self) -> Served:
        """What is in service now.

        Raises:
            IndexStoreError: Nothing is.
        """
        from backbot.bot.operations import Served

        generation = self.live.current()
        counts, tests = generation.manifest.counts, generation.tests
        failing = [f"- {test.article}: {test.question}" for test in tests if not test.found]
        found = f"{len(tests) - len(failing)} of {len(tests)} sample questions find their article."
        lines = [f"{counts.articles} articles, {counts.passages} passages. {found}", *failing]
        return Served(generation.id, "\n".join(lines))

    def _served(self) -> str:
        try:
            generation = self.live.current()
        except BackbotError as error:
            return f"No index is being served: {error}"
        counts = generation.manifest.counts
        state = (
            f"Serving generation {generation.id}: {counts.articles} articles, "
            f"{counts.passages} passages, made {generation.manifest.created:%Y-%m-%d %H:%M} UTC."
        )
        if self.live.last_error:
            state += f" A newer one cannot be served: {self.live.last_error}"
        return state

    def notices(self) -> tuple[str, ...]:
        """What admins must be told when the bot starts, a sentence each."""
        return (*self.troubles(), *self.conversations.notices())

    def troubles(self) -> tuple[str, ...]:
        """What is wrong with the clinic's own file, its reviews, the index and the database."""
        notices = list(self.clinic_notices())
        if self.database.is_elsewhere():
            notices.append(
                f"The database {self.database.name} was moved, deleted or replaced while the bot "
                "runs: it still writes into the old file, which nothing will read again. Put that "
                "file back, or stop the bot, put the right one there and start it again."
            )
        try:
            self.serving()
        except BackbotError as error:
            notices.append(f"No answers yet, only warning signs: {error}")
        else:
            if fault := self.live.last_error:
                notices.append(f"The newest index cannot be served, but the one before: {fault}")
        return tuple(notices)

    def clinic_notices(self) -> tuple[str, ...]:
        """What is wrong with the clinic's own file and its reviews, a sentence each."""
        source = self.clinic_file.source()
        notices = []
        if self.clinic_file.error:
            what = "the last ones that could be read" if source else "the packaged ones"
            notices.append(
                "The clinic's own messages and rules (BACKBOT_RULES_FILE) are not in force, but "
                f"{what}. {self.clinic_file.error} Mend the file, or correct the setting."
            )
        return (*notices, *self.review_faults())


def _today() -> date:
    return date.today()  # noqa: DTZ011 - review dates are the clinic's local days


def _raising(error: BackbotError) -> Callable[[], Any]:
    def raise_it() -> Any:  # noqa: ANN401 - stands in for any getter
        raise type(error)(str(error))

    return raise_it


def escalation_faults() -> tuple[str, ...]:
    """Tries the packaged escalation rules on their own examples; a sentence for each fault."""
    from backbot.triage.engine import assess
    from backbot.triage.rules import load_rules

    rules, present = load_rules(), FindingStatus.PRESENT
    asked = {FindingStatus.INFORMATIONAL, FindingStatus.CONDITIONAL}
    faults = []
    for rule in rules.all_rules():
        # A rule without a tier only brings a note, to a question too.
        counted = {present} if rule.tier > Tier.NONE else {present} | asked
        for text in rule.examples_yes:
            told = assess(text, TriageState(), 0.0)
            found = {f.concept for f in told.findings if f.status in counted}
            if rule.concept not in found or told.tier < rule.tier:
                faults.append(f"The escalation rule {rule.rule_id} misses its example “{text}”.")
        for text in rule.examples_no:
            findings = assess(text, TriageState(), 0.0).findings
            if rule.concept in {f.concept for f in findings if f.status is present}:
                faults.append(f"The escalation rule {rule.rule_id} fires on “{text}”.")
    for combination in rules.combinations:
        for text in combination.examples_yes:
            told = assess(text, TriageState(), 0.0)
            if combination.rule_id not in told.combinations or told.tier < combination.then:
                faults.append(
                    f"The escalation rule {combination.rule_id} misses its example “{text}”."
                )
    return tuple(faults)


def describe_rebuild(
    report: RebuildReport,
    anyway: str = "`backbot index build --no-strict`",
    *,
    unread: Sequence[str] = (),
) -> str:
    """A rebuild in a few lines: what changed, and which sample questions fail.

    Args:
        report: Of the rebuild.
        anyway: How to publish all the same, where a strict one has not.
        unread: Files beside the articles that were not read: see `reader.not_articles`.
    """
    if not report.published and not report.staged:
        same = f"Nothing has changed; generation {report.generation} stays in service."
        return "\n".join((same, *_not_read(unread)))
    counts = report.counts
    done = "Published" if report.published else "Built, but not published:"
    first = (
        f"{done} generation {report.generation}: {counts.articles} articles, "
        f"{counts.passages} passages. {report.embedded} texts embedded, {report.reused} reused, "
        f"{report.seconds:.1f} s."
    )
    lines = [first]
    for name, slugs in (
        ("New", report.added),
        ("Changed", [_how_changed(slug, report) for slug in report.changed]),
        ("Gone", report.removed),
        ("Review overdue", report.overdue),
    ):
        if slugs:
            lines.append(f"{name}: {', '.join(slugs)}.")
    lines.extend((*_not_compared(report), *_not_read(unread)))
    passed = len(report.tests) - len(report.failing)
    lines.append(f"{passed} of {len(report.tests)} sample questions find their article.")
    if failing := newly_failing(report):
        lines.append("Newly failing:")
    elif failing := report.failing if _is_first(report) else ():
        lines.append("Failing:")
    lines.extend(f"- {test.article}: {test.question}" for test in failing)
    if report.newly_passing:
        lines.append("Newly passing:")
        lines.extend(f"- {test.article}: {test.question}" for test in report.newly_passing)
    if report.escalation_faults:
        lines.append(
            f"Examples of the escalation rules that fail: {len(report.escalation_faults)}."
        )
    if report.answers:
        lines.append(f"Sample questions that get another answer: {len(report.answers)}.")
    if report.objections:
        lines.append("Not published, because:")
        lines.extend(f"- {objection}" for objection in report.objections)
        lines.append(
            "What was in service stays there. Mend what is named and build again, or publish "
            f"this all the same with {anyway}: it is kept aside, so that takes seconds."
        )
    return "\n".join(lines)


def _how_changed(slug: str, report: RebuildReport) -> str:
    """A changed article, and how many of its sentences are gone."""
    text = next((text for text in report.texts if text.article == slug), None)
    if text is None:
        return slug
    return f"{slug} ({text.before - text.kept} of {text.before} sentences gone, {text.now} now)"


def _not_compared(report: RebuildReport) -> Iterator[str]:
    if report.unknown:
        yield (
            f"Which answers change is not known: generation {report.unknown}, which was in "
            "service, cannot be read. It is damaged, or another version of backbot has built it. "
            "Try some questions with /try or `backbot ask`."
        )


def _not_read(names: Sequence[str]) -> Iterator[str]:
    if names:
        yield (
            f"Not read, for they are no articles: {', '.join(names)}. Make drafts of them: send "
            "them to the bot, or use `backbot corpus import`."
        )


def newly_failing(report: RebuildReport) -> tuple[ContentTest, ...]:
    """Sample questions that this build broke; none where there was nothing before."""
    return () if _is_first(report) else report.newly_failing


def _is_first(report: RebuildReport) -> bool:
    """Whether nothing was there to compare with: every article is new and none is gone."""
    return len(report.added) == report.counts.articles and not report.removed


def converse(assistant: Assistant, turns: list[str], now: float) -> Reply:
    """The reply to the last of several turns, a minute apart."""
    conversation = Conversation()
    reply: Reply | None = None
    for k, text in enumerate(turns):
        reply, conversation = assistant.reply(text, conversation, now + 60.0 * k)
    if reply is None:
        raise ValueError("a conversation needs at least one turn")
    return reply


class Chat:
    """One person's conversation with an assistant, for programs.

    Args:
        assistant: Answers.
        clock: POSIX time in seconds.
    """

    def __init__(self, assistant: Assistant, clock: Callable[[], float] = time.time) -> None:
        self.assistant = assistant
        self.conversation = Conversation()
        self._clock = clock

    def ask(self, text: str) -> Reply:
        """The reply to the next message; an open warning and the last turns are remembered."""
        reply, self.conversation = self.assistant.reply(text, self.conversation, self._clock())
        return reply


def open_chat(corpus: Path | str = "corpus", index: Path | str = "index") -> Chat:
    """A conversation over a folder of articles; builds the index where articles have changed.

    Args:
        corpus: Folder of Markdown articles.
        index: Folder for the index; made when missing.

    Raises:
        BackbotError: The articles cannot be read, or the encoder is missing.
    """
    from backbot.settings import load_settings

    settings = load_settings(Path(os.devnull))  # a library reads no .env of the current folder
    own = {"corpus_dir": Path(corpus), "index_dir": Path(index)}
    program = Program(settings.model_copy(update=own))
    program.rebuild()
    return Chat(program.assistant)
