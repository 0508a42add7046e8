"""What staff look up and take away: /corpus, /withdraw, /restore, /unanswered, /stats, /try."""

from __future__ import annotations

import difflib
import logging
import time
from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, date, datetime, timedelta
from typing import Any, Protocol

from backbot.bot import render, staff_wording
from backbot.bot.beside import LATENCIES
from backbot.bot.operations import Operations
from backbot.bot.parts import Button, Part, Priority, Work
from backbot.bot.speech import chat_of, counted, cut, pages, said, turns
from backbot.bot.updates import Incoming
from backbot.editorial import Cluster, cluster
from backbot.errors import BackbotError
from backbot.model import ArticleMeta, Conversation, Feedback, Reply
from backbot.ports import Records

logger = logging.getLogger(__name__)

_ARTICLES = 15
_QUESTIONS = 8
_DRAFTS = 10
_MOST_CLUSTERED = 500
_MAX_QUESTION = 200
_TOP = 3


class DryRun(Protocol):
    """What /try needs of the assistant."""

    def begin(self, text: str, conversation: Conversation, now: float) -> Any:  # noqa: ANN401
        """The escalation engine alone."""
        ...

    def finish(self, turn: Any) -> tuple[Reply, Conversation]:  # noqa: ANN401 its own Turn
        """Retrieval and answer."""
        ...


class Shelf:
    """The room with the lists.

    Args:
        operations: Articles, records, drafts.
        assistant: For dry runs.
        clock: POSIX time in seconds.
    """

    def __init__(
        self,
        operations: Operations,
        assistant: DryRun,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._operations = operations
        self._assistant = assistant
        self._clock = clock

    # ------------------------------------------------------------------ /corpus

    def corpus(self, incoming: Incoming, page: int = 0, *, edit: bool = False) -> Work:
        """The articles with their review state, and the drafts that wait."""
        articles = self._operations.articles
        if articles is None:
            return Work(said(chat_of(incoming), staff_wording.not_available("corpus")))

        def parts() -> Iterator[Part]:
            metas, editor = articles(), self._operations.editor
            drafts = editor.waiting() if editor else ()
            unread = ", ".join(editor.unread()) if editor else ""
            withdrawn = self._withdrawn()
            last = pages(len(metas), _ARTICLES) - 1
            at = min(page, last)
            shown = metas[at * _ARTICLES : (at + 1) * _ARTICLES]
            head = f"{counted(len(metas), 'article')}, {counted(len(drafts), 'draft')} waiting"
            lines = [self._line(meta, withdrawn) for meta in shown]
            of = f"Page {at + 1} of {last + 1}" if last else ""
            text = render.joined(
                (
                    render.wrapped(head, "b"),
                    render.literal("\n".join(lines)),
                    render.literal(staff_wording.NO_DRAFTS.format(names=unread) if unread else ""),
                    render.literal(of),
                )
            )
            buttons = tuple(
                (Button(render.button_text(f"Draft: {name}"), f"s:d:show:{draft_id}"),)
                for draft_id, name in drafts[:_DRAFTS]
            )
            yield from said(
                chat_of(incoming),
                text,
                buttons=(*turns("s:c", at, last), *buttons),
                priority=Priority.ANSWER,
                edit_of=incoming.message_id if edit else None,
            )

        return self._slowly(incoming, parts)

    def _line(self, meta: ArticleMeta, withdrawn: frozenset[str]) -> str:
        out = "WITHDRAWN, " if meta.slug in withdrawn else ""
        due = f", due {meta.review_due.isoformat()}" if meta.review_due else ""
        return f"• {meta.slug}: {meta.title} ({out}{meta.review_state(self._today())}{due})"

    # ------------------------------------------------------------------ /withdraw, /restore

    def withdraw(self, incoming: Incoming, slug: str) -> Work:
        """Take an article out of every answer, without a rebuild."""
        return self._moved(incoming, slug, restore=False)

    def restore(self, incoming: Incoming, slug: str) -> Work:
        """Let an article be quoted again."""
        return self._moved(incoming, slug, restore=True)

    def _moved(self, incoming: Incoming, slug: str, *, restore: bool) -> Work:
        chat, records = chat_of(incoming), self._operations.records
        name = "restore" if restore else "withdraw"
        if records is None:
            return Work(said(chat, staff_wording.not_available(name)))

        def parts() -> Iterator[Part]:
            out = _withdrawn_now(records)
            wanted = slug.strip().casefold()
            if not wanted:
                how = staff_wording.RESTORE_HOW if restore else staff_wording.WITHDRAW_HOW
                listed = f"\nWithdrawn now: {', '.join(out)}" if out else ""
                yield from said(chat, render.literal(how + listed))
                return
            articles = self._articles()
            wanted = _slug_of_title(wanted, articles) or wanted
            if wanted not in {*out, *(meta.slug for meta in articles)}:
                near = _nearest(wanted, out, articles)
                hint = f" Did you mean “{near}”?" if near else ""
                text = staff_wording.NO_ARTICLE.format(slug=cut(wanted, 60), near=hint)
                yield from said(chat, render.literal(text))
                return
            change = records.restore if restore else records.withdraw
            try:
                changed = change(wanted, str(incoming.user_id))
            except BackbotError as error:
                logger.warning("user %s: /%s %s failed", incoming.user_id, name, wanted)
                still = staff_wording.STILL_OUT if restore else staff_wording.STILL_IN
                text = f"{staff_wording.failed(name, error)}\n{still.format(slug=wanted)}"
                yield from said(chat, render.literal(text))
                return
            logger.info("user %s: /%s %s: %s", incoming.user_id, name, wanted, changed)
            done, already = (
                (staff_wording.RESTORED, staff_wording.NOT_WITHDRAWN)
                if restore
                else (staff_wording.WITHDRAWN, staff_wording.WITHDRAWN_ALREADY)
            )
            text = (done if changed else already).format(slug=wanted)
            yield from said(chat, render.literal(text))

        return self._slowly(incoming, parts, background=False)

    def _articles(self) -> tuple[ArticleMeta, ...]:
        """The articles; none where the folder cannot be read: withdrawing must work then too."""
        try:
            return self._operations.articles() if self._operations.articles else ()
        except BackbotError:
            return ()

    # ------------------------------------------------------------------ /unanswered

    def unanswered(self, incoming: Incoming, page: int = 0, *, edit: bool = False) -> Work:
        """Questions that found nothing or were not helped, the most frequent first."""
        chat, records = chat_of(incoming), self._operations.records
        if records is None:
            return Work(said(chat, staff_wording.not_available("unanswered")))

        def parts() -> Iterator[Part]:
            clusters = self._clusters(records)
            edit_of = incoming.message_id if edit else None
            if not clusters:
                yield from said(
                    chat,
                    staff_wording.NO_UNANSWERED,
                    priority=Priority.ANSWER,
                    edit_of=edit_of,
                )
                return
            last = pages(len(clusters), _QUESTIONS) - 1
            at = min(page, last)
            first = at * _QUESTIONS
            shown = list(enumerate(clusters[first : first + _QUESTIONS], first + 1))
            text = render.joined(
                (
                    render.literal(staff_wording.UNANSWERED_HEAD),
                    render.literal("\n".join(_asked(n, group) for n, group in shown)),
                    render.literal(f"Page {at + 1} of {last + 1}" if last else ""),
                )
            )
            done = tuple(Button(f"Done: {n}", f"s:x:{group.ids[0]}:{at}") for n, group in shown)
            rows = tuple(done[k : k + 4] for k in range(0, len(done), 4))
            yield from said(
                chat,
                text,
                buttons=(*turns("s:u", at, last), *rows),
                priority=Priority.ANSWER,
                edit_of=edit_of,
            )

        return self._slowly(incoming, parts)

    def drop(self, incoming: Incoming, question_id: str, page: int) -> Work:
        """Take a question and those like it off the list, and show the list again."""
        records = self._operations.records
        if records is None:
            return Work(said(chat_of(incoming), staff_wording.not_available("unanswered")))

        def parts() -> Iterator[Part]:
            for group in self._clusters(records):
                if question_id in group.ids:
                    gone = records.drop_unanswered(group.ids)
                    records.audit(str(incoming.user_id), "drop_unanswered", detail=str(gone))
                    break
            yield from self.unanswered(incoming, page, edit=True).rest or ()

        return self._slowly(incoming, parts)

    def _clusters(self, records: Records) -> tuple[Cluster, ...]:
        questions = records.unanswered()[:_MOST_CLUSTERED]
        try:
            return cluster(questions, self._operations.encode)
        except BackbotError as error:
            logger.warning("questions are grouped by their words alone: %s", error)
            return cluster(questions)

    # ------------------------------------------------------------------ /stats

    def stats(self, incoming: Incoming) -> Work:
        """Counts of the last week and the last 30 days."""
        chat, records = chat_of(incoming), self._operations.records
        if records is None:
            return Work(said(chat, staff_wording.not_available("stats")))

        def parts() -> Iterator[Part]:
            today = datetime.fromtimestamp(self._clock(), UTC).date()
            texts = []
            for name, days in (("Last 7 days", 7), ("Last 30 days", 30)):
                since = today - timedelta(days=days - 1)
                lines = stats_lines(records.counts(since), records.feedback(since))
                texts += [
                    render.joined(
                        (render.wrapped(name, "b"), render.literal("\n".join(lines))), "\n"
                    )
                ]
            yield from said(chat, render.joined(texts))

        return self._slowly(incoming, parts)

    # ------------------------------------------------------------------ /try

    def dry_run(self, incoming: Incoming, text: str) -> Work:
        """What a patient would get; stores nothing, opens nothing, counts nothing."""
        chat = chat_of(incoming)
        if not text:
            return Work(said(chat, staff_wording.TRY_HOW))

        def parts() -> Iterator[Part]:
            turn = self._assistant.begin(text, Conversation(), self._clock())
            reply, _ = self._assistant.finish(turn)
            yield from said(
                chat,
                render.joined(
                    (
                        render.literal(staff_wording.TRY_HEAD),
                        render.literal("\n".join(_why(reply))),
                        render.marked(reply.escalation.text if reply.escalation else ""),
                        render.answer(reply),
                    )
                ),
            )

        return self._slowly(incoming, parts)

    # ------------------------------------------------------------------ small things

    def _slowly(
        self, incoming: Incoming, parts: Callable[[], Iterator[Part]], *, background: bool = True
    ) -> Work:
        def run() -> Iterator[Part]:
            try:
                yield from parts()
            except BackbotError as error:
                yield from said(chat_of(incoming), render.literal(str(error)))

        return Work((), run(), background=background)

    def _withdrawn(self) -> frozenset[str]:
        return self._operations.records.withdrawn() if self._operations.records else frozenset()

    def _today(self) -> date:
        return datetime.fromtimestamp(self._clock()).astimezone().date()


def _withdrawn_now(records: Records) -> list[str]:
    """What is withdrawn; where the database cannot be read, as this process knows it."""
    try:
        return sorted(withdrawal.slug for withdrawal in records.withdrawals())
    except BackbotError:
        return sorted(records.withdrawn())


def _slug_of_title(wanted: str, articles: tuple[ArticleMeta, ...]) -> str:
    """The one article whose title that is; "" for none, or several."""
    found = [meta.slug for meta in articles if meta.title.casefold() == wanted]
    return found[0] if len(found) == 1 else ""


def _nearest(wanted: str, out: list[str], articles: tuple[ArticleMeta, ...]) -> str:
    """The article that was probably meant, by its name or its title; "" for none."""
    names = {slug: slug for slug in out} | {meta.slug: meta.slug for meta in articles}
    titles = {meta.title.casefold(): meta.slug for meta in articles}
    # what is whole in it says more than letters that are alike
    for known in (names, titles):
        if parts := [name for name in known if wanted in name]:
            return known[parts[0]]
    either = titles | names
    close = difflib.get_close_matches(wanted, either, 1, 0.5)
    return either[close[0]] if close else ""


def _asked(number: int, group: Cluster) -> str:
    first = group.questions[0]
    often = f"{len(group.questions)}× " if group.questions[1:] else ""
    why = f" ({first.reason})" if first.reason else ""
    return f"{number}. {often}{cut(group.text, _MAX_QUESTION)}{why}"


def stats_lines(counts: Mapping[str, int], feedback: tuple[Feedback, ...]) -> list[str]:
    """Counts in words, a line each.

    Args:
        counts: By name, as `beside` counts them.
        feedback: What people pressed.
    """
    asked = counts.get("asked", 0)
    if not asked:
        return ["Nobody has asked anything."]
    lines = [f"Questions: {asked}"]
    kinds = ("answer", "answered"), ("declined", "declined"), ("escalation", "warning alone")
    shares = [
        f"{words} {n} ({n / asked:.0%})"
        for kind, words in kinds
        if (n := counts.get(f"kind:{kind}", 0))
    ]
    lines += [f"Of these: {', '.join(shares)}"] if shares else []
    for prefix, head in (("declined:", "Declined because"), ("tier:", "Warning signs")):
        found = {name.removeprefix(prefix): n for name, n in counts.items() if n}
        found = {k: n for k, n in found.items() if f"{prefix}{k}" in counts}
        told = ", ".join(f"{k.replace('_', ' ')} {n}" for k, n in _most(found))
        lines += [f"{head}: {told}"] if told else []
    took = [(name, counts.get(f"latency:{name}", 0)) for name, _ in LATENCIES]
    if total := sum(n for _, n in took):
        told = ", ".join(f"{name.replace('_', ' ')} {n / total:.0%}" for name, n in took if n)
        lines.append(f"Answer after: {told}")
    pressed = {
        kind: sum(f.kind == kind for f in feedback)
        for kind in ("helpful", "not_helpful", "misread")
    }
    told = ", ".join(f"{kind.replace('_', ' ')} {n}" for kind, n in pressed.items() if n)
    lines += [f"Pressed: {told}"] if told else []
    for kind, head in (("not_helpful", "Least helpful articles"), ("misread", "Misread rules")):
        names: dict[str, int] = {}
        for each in feedback:
            for name in (each.rules if kind == "misread" else each.articles) * (each.kind == kind):
                names[name] = names.get(name, 0) + 1
        told = ", ".join(f"{name} {n}" for name, n in _most(names)[:_TOP])
        lines += [f"{head}: {told}"] if told else []
    return lines


def _most(counts: Mapping[str, int]) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda item: (-item[1], item[0]))


def _why(reply: Reply) -> Iterator[str]:
    """Tier, rules, and what was found, for staff."""
    assessment = reply.assessment
    yield f"Tier: {assessment.tier.label if assessment else 'the engine failed'}"
    for finding in assessment.findings if assessment else ():
        yield (f"• {finding.rule_id} {finding.concept}: “{finding.span}” ({finding.status.value})")
    for rule in assessment.combinations if assessment else ():
        yield f"• {rule}, a combination"
    yield f"Reply: {reply.kind}" + (f", {reply.answer.reason}" if reply.answer.reason else "")
    for hit in reply.answer.hits[:_TOP]:
        section = f" > {hit.passage.section}" if hit.passage.section else ""
        yield f"{hit.rank}. {hit.passage.article}{section} ({hit.score:.2f})"
