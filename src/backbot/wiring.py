"""The one place where adapters are put into ports: settings → a running program."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from datetime import UTC, date, datetime
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from backbot.errors import BackbotError, EmbedderError, IndexStoreError
from backbot.model import Conversation, Reply
from backbot.settings import Folders, Settings, folders
from backbot.triage.hours import opening
from backbot.triage.messages import MessageValues

if TYPE_CHECKING:
    from backbot.adapters.onnx_embedder import OnnxEmbedder
    from backbot.assistant import Assistant
    from backbot.bot.handlers import Handler
    from backbot.index.live import LiveIndex
    from backbot.index.store import IndexStore
    from backbot.rebuild import RebuildReport

logger = logging.getLogger(__name__)

Progress = Callable[[str, int, int], None]
BUILD_THREADS = 2


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

    # ------------------------------------------------------------------ parts

    @cached_property
    def store(self) -> IndexStore:
        """The index folder."""
        from backbot.index.store import IndexStore

        return IndexStore(self.folders.index)

    @cached_property
    def embedder(self) -> OnnxEmbedder:
        """The encoder that questions are embedded with."""
        return self._embedder(threads=1)

    @cached_property
    def live(self) -> LiveIndex:
        """The generation in service, followed as it changes."""
        from backbot.adapters.faiss_index import FaissFormat
        from backbot.index.live import LiveIndex

        return LiveIndex(self.store, FaissFormat(), self.embedder.identity)

    @cached_property
    def assistant(self) -> Assistant:
        """Answers from the live index; without an encoder it still triages."""
        from backbot.assistant import Assistant
        from backbot.retrieval.retriever import Retriever

        try:
            finder: Retriever | None = Retriever(self.embedder)
            generation = self.live.current
        except EmbedderError as error:
            logger.warning("answers are off: %s", error)
            finder, generation = None, _raising(error)
        return Assistant(
            generation,
            finder,
            self.values,
            retention_hours=self.settings.retention_hours,
        )

    def _embedder(self, *, threads: int) -> OnnxEmbedder:
        from backbot.adapters.onnx_embedder import load_embedder

        return load_embedder(self.settings.model, threads=threads, cache_dir=self.folders.cache)

    def values(self) -> MessageValues:
        """What fills the messages' placeholders now."""
        settings = self.settings
        is_open: bool | None = None
        opens = ""
        if settings.clinic_hours:
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

    def rebuild(self, *, full: bool = False, progress: Progress = no_progress) -> RebuildReport:
        """Build a generation from the corpus and publish it."""
        from backbot.adapters.faiss_index import FaissFormat
        from backbot.assistant import Assistant
        from backbot.rebuild import rebuild
        from backbot.retrieval import lexical
        from backbot.retrieval.retriever import Retriever

        embedder = self._embedder(threads=BUILD_THREADS)
        tester = Assistant(
            _raising(IndexStoreError("the index is being built")),
            Retriever(embedder),
            self.values,
        )
        return rebuild(
            self.folders.corpus,
            self.store,
            embedder,
            FaissFormat(),
            today=date.today(),  # noqa: DTZ011 - review dates are the clinic's local days
            full=full,
            progress=progress,
            test_questions=tester.test_questions,
            extras=lexical.build,
        )

    def handler(self) -> Handler:
        """What Telegram's updates go through."""
        from backbot.bot.admin import Operations
        from backbot.bot.handlers import Handler
        from backbot.state.memory import MemoryConversationStore

        settings = self.settings
        return Handler(
            self.assistant,
            MemoryConversationStore(settings.retention_hours * 3600),
            admin_ids=settings.admin_ids,
            staff_ids=settings.staff_ids,
            operations=Operations(
                rebuild=self._rebuild_for_chat,
                rollback=self._rollback_for_chat,
                status=self._status_for_chat,
            ),
            retention_hours=settings.retention_hours,
        )

    def _rebuild_for_chat(self, say: Callable[[str], None]) -> str:
        def progress(stage: str, done: int, total: int) -> None:
            if done in {0, total}:
                say(f"{stage} {done} of {total}")

        return describe_rebuild(self.rebuild(progress=progress))

    def _rollback_for_chat(self) -> str:
        return f"Back to generation {self.store.rollback()}; it is in service within seconds."

    def _status_for_chat(self) -> str:
        try:
            generation = self.live.current()
        except BackbotError as error:
            return f"No index is being served: {error}"
        counts = generation.manifest.counts
        state = (
            f"Serving generation {generation.id}: {counts.articles} articles, "
            f"{counts.passages} passages, made {generation.manifest.created}."
        )
        if self.live.last_error:
            state += f" A newer one cannot be served: {self.live.last_error}"
        return state


def _raising(error: BackbotError) -> Callable[[], Any]:
    def raise_it() -> Any:  # noqa: ANN401 - stands in for any getter
        raise type(error)(str(error))

    return raise_it


def describe_rebuild(report: RebuildReport) -> str:
    """A rebuild in a few lines: what changed, and which sample questions fail."""
    if not report.published:
        return f"Nothing has changed; generation {report.generation} stays in service."
    counts = report.counts
    first = (
        f"Published generation {report.generation}: {counts.articles} articles, "
        f"{counts.passages} passages. {report.embedded} texts embedded, {report.reused} reused, "
        f"{report.seconds:.1f} s."
    )
    lines = [first]
    for name, slugs in (
        ("New", report.added),
        ("Changed", report.changed),
        ("Gone", report.removed),
        ("Review overdue", report.overdue),
    ):
        if slugs:
            lines.append(f"{name}: {', '.join(slugs)}.")
    passed = len(report.tests) - len(report.failing)
    lines.append(f"{passed} of {len(report.tests)} sample questions find their article.")
    if report.newly_failing:
        lines.append("Newly failing:")
        lines.extend(f"- {test.article}: {test.question}" for test in report.newly_failing)
    return "\n".join(lines)


def reply_as_json(reply: Reply) -> dict[str, Any]:
    """A reply in the shape of `ask --json`."""
    escalation: Mapping[str, Any] | None = None
    text = reply.escalation.text if reply.escalation else reply.note
    if text:
        findings = reply.assessment.findings if reply.assessment else ()
        escalation = {
            "text": text,
            "findings": [
                {
                    "concept": f.concept,
                    "span": f.span,
                    "start": f.start,
                    "end": f.end,
                    "status": str(f.status),
                }
                for f in findings
            ],
        }
    answer = reply.answer
    return {
        "question": reply.question,
        "answered": reply.kind == "answer",
        "kind": reply.kind,
        "tier": reply.tier.label,
        "escalation": escalation,
        "answer": answer.text,
        "citations": [
            {
                "n": c.n,
                "article": c.article,
                "title": c.title,
                "section": c.section,
                "quote": c.quote,
                "sources": list(c.sources),
                "review": c.review,
            }
            for c in answer.citations
        ],
        "passages": [
            {
                "text": hit.passage.text,
                "article": hit.passage.article,
                "section": hit.passage.section,
                "score": round(hit.score, 4),
            }
            for hit in answer.hits
        ],
        "generation": reply.generation,
        "elapsed_ms": round(reply.elapsed_ms, 2),
    }


def converse(assistant: Assistant, turns: list[str], now: float) -> Reply:
    """The reply to the last of several turns, a minute apart."""
    conversation = Conversation()
    reply: Reply | None = None
    for k, text in enumerate(turns):
        reply, conversation = assistant.reply(text, conversation, now + 60.0 * k)
    if reply is None:
        raise ValueError("a conversation needs at least one turn")
    return reply


def library_assistant(corpus: Path, index: Path) -> Assistant:
    """An assistant over a folder of articles, for programs: builds the index where needed.

    Args:
        corpus: Folder of Markdown articles.
        index: Folder for the index.
    """
    settings = Settings(corpus_dir=corpus, index_dir=index)
    program = Program(settings)
    program.rebuild()
    return program.assistant
