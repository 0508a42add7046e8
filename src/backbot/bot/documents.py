"""Files from staff: a preview of the draft, then approve or discard. Nothing goes live here.

    document ─▶ fetched ─▶ Editor.take_in ─▶ preview ─▶ Approve ─▶ who has reviewed it? ─▶ article
                                                   └─▶ Discard · As .docx · What was left out

A button names the draft and its very text, so that nobody approves what they have not seen; it
works after a restart, and tells who was quicker.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath

from backbot.bot import render, staff_wording
from backbot.bot.building import Building
from backbot.bot.parts import Button, Fetch, File, Part, Work
from backbot.bot.render import Rich
from backbot.bot.speech import Rows, chat_of, counted, cut, said
from backbot.bot.updates import Document, Incoming
from backbot.editorial import Editor, Preview
from backbot.errors import BackbotError

logger = logging.getLogger(__name__)

MAX_BYTES = 20 * 2**20
"""What a bot can fetch from Telegram."""
SUFFIXES = frozenset(
    {"", ".txt", ".text", ".htm", ".html", ".xhtml", ".md", ".markdown", ".pdf", ".docx"}
)
NAME_WAITS_S = 600.0
_MAX_NAME = 80
_SHOWN = 5
_MOST_QUESTIONS = 12
_MEND_QUESTIONS = (
    "✗ finds another article or none. Say the answer more plainly in the text, or the question as "
    "people ask it."
)
_MAX_SECTION = 50
_MAX_TITLE = 200
_MAX_LINE = 200
_PARTICLES = frozenset({"van", "de", "der", "den", "von", "da", "di", "la", "le", "el", "bin"})
_NAME_WORD = re.compile(r"[^\W\d_][\w'’.-]*")
_NAME_WORDS = range(2, 7)


@dataclass(frozen=True, slots=True)
class _Naming:
    """Somebody has pressed Approve and is asked for the reviewer's name."""

    until: float
    mode: str
    draft_id: str


class Documents:
    """The room where drafts are looked at.

    Args:
        editor: Keeps the drafts; None where there is none.
        building: Tries an approved article.
        clock: POSIX time in seconds.
    """

    def __init__(
        self, editor: Editor | None, building: Building, clock: Callable[[], float] = time.time
    ) -> None:
        self._editor = editor
        self._building = building
        self._clock = clock
        self._naming: dict[int, _Naming] = {}

    # ------------------------------------------------------------------ a file comes in

    def take(self, incoming: Incoming, document: Document) -> Work:
        """What a file of somebody who may send files comes to."""
        chat, editor = chat_of(incoming), self._editor
        if editor is None:
            return Work(said(chat, staff_wording.not_available("corpus")))
        name = safe_name(document.name)
        suffix = PurePosixPath(name).suffix.lower()
        too_big = _named(chat, staff_wording.TOO_BIG, name)
        if suffix not in SUFFIXES:
            return Work(_named(chat, staff_wording.WRONG_KIND, name))
        if (document.size_bytes or 0) > MAX_BYTES:
            return Work(too_big)
        logger.info("update %s: a document of user %s", incoming.update_id, incoming.user_id)

        def then(path: Path) -> Iterator[Part]:
            try:
                preview = editor.take_in(path, name, str(incoming.user_id))
            except BackbotError as error:
                logger.warning("update %s: a document was refused", incoming.update_id)
                yield from said(chat, render.literal(str(error)))
                return
            yield from self._shown(chat, preview)

        fetch = Fetch(
            document.file_id,
            suffix,
            MAX_BYTES,
            then,
            too_big,
            _named(chat, staff_wording.NOT_FETCHED, name),
        )
        return Work(_named(chat, staff_wording.READING, name), fetch=fetch)

    def _shown(self, chat: int, preview: Preview) -> tuple[Part, ...]:
        return said(chat, preview_text(preview), buttons=_buttons(preview))

    # ------------------------------------------------------------------ buttons

    def press(self, incoming: Incoming, verb: str, draft_id: str) -> Work | None:
        """What a button under a draft comes to; None where there is no such button."""
        presses: dict[str, Callable[[Incoming, Editor, str], Iterator[Part]]] = {
            "show": self._show,
            "ok": lambda i, e, d: self._ask_reviewer(i, e, d, "o"),
            "re": lambda i, e, d: self._ask_reviewer(i, e, d, "r"),
            "nw": lambda i, e, d: self._ask_reviewer(i, e, d, "k"),
            "no": self._discard,
            "wd": self._as_word,
            "lo": self._left_out,
            "is": self._issues,
            "no1": lambda i, e, d: self._approved(i, e, d, "o", ""),
            "nr1": lambda i, e, d: self._approved(i, e, d, "r", ""),
            "nk1": lambda i, e, d: self._approved(i, e, d, "k", ""),
        }
        press = presses.get(verb)
        if press is None or self._editor is None:
            return None
        parts = press(incoming, self._editor, draft_id)
        return Work((), self._tried(incoming, parts), background=True)

    def _tried(self, incoming: Incoming, parts: Iterator[Part]) -> Iterator[Part]:
        """The parts, or what there is to say of the error that came instead."""
        try:
            yield from parts
        except BackbotError as error:
            yield from said(chat_of(incoming), render.literal(str(error)))

    def _show(self, incoming: Incoming, editor: Editor, draft_id: str) -> Iterator[Part]:
        yield from self._shown(chat_of(incoming), editor.preview(draft_id, ask=True))

    def _discard(self, incoming: Incoming, editor: Editor, draft_id: str) -> Iterator[Part]:
        slug = editor.discard(draft_id, str(incoming.user_id))
        text = staff_wording.DISCARDED.format(slug=slug)
        yield from said(chat_of(incoming), render.literal(text))

    def _as_word(self, incoming: Incoming, editor: Editor, draft_id: str) -> Iterator[Part]:
        name, data = editor.as_word(draft_id)
        yield from said(chat_of(incoming), staff_wording.WORD_CAPTION, file=File(name, data))

    def _left_out(self, incoming: Incoming, editor: Editor, draft_id: str) -> Iterator[Part]:
        preview, chat = editor.preview(draft_id), chat_of(incoming)
        if not preview.dropped:
            yield from said(chat, staff_wording.NO_LEFT_OUT)
            return
        lines = "\n".join(f"{d.line}\t{d.reason}\t{d.text}" for d in preview.dropped)
        file = File(f"{preview.meta.slug}-left-out.txt", f"line\twhy\ttext\n{lines}\n".encode())
        yield from said(chat, staff_wording.LEFT_OUT_CAPTION, file=file)

    def _issues(self, incoming: Incoming, editor: Editor, draft_id: str) -> Iterator[Part]:
        preview, chat = editor.preview(draft_id), chat_of(incoming)
        text = "\n".join(f"• {line}" for line in _to_mend(preview)) or staff_wording.NO_ISSUES
        yield from said(chat, render.literal(text))

    # ------------------------------------------------------------------ approving

    def _ask_reviewer(
        self, incoming: Incoming, editor: Editor, draft_id: str, mode: str
    ) -> Iterator[Part]:
        preview = editor.preview(draft_id)
        if incoming.user_id is not None:
            until = self._clock() + NAME_WAITS_S
            self._naming[incoming.user_id] = _Naming(until, mode, draft_id)
        # the title is another's words: it must not become mark-up
        before, _, after = staff_wording.WHO_REVIEWED.partition("{title}")
        title = preview.meta.title.replace("**", "* *")
        buttons = (
            (
                Button("Nobody yet", f"s:d:n{mode}1:{draft_id}"),
                Button("Back", f"s:d:show:{draft_id}"),
            ),
        )
        yield from said(chat_of(incoming), f"{before}{title}{after}", buttons=buttons)

    def awaits_name(self, incoming: Incoming) -> bool:
        """Whether this user was asked for a reviewer's name a short while ago."""
        naming = self._naming.get(incoming.user_id or 0)
        return naming is not None and naming.until >= self._clock()

    def named(self, incoming: Incoming, text: str) -> Work | None:
        """The answer to who has reviewed it; None where the text does not look like a name.

        The text has been through the escalation engine and holds no warning sign.
        """
        naming = self._naming.get(incoming.user_id or 0)
        if naming is None or self._editor is None or not looks_like_a_name(text):
            return None
        reviewer = " ".join(text.split())
        parts = self._approved(incoming, self._editor, naming.draft_id, naming.mode, reviewer)
        return Work((), self._tried(incoming, parts), background=True)

    def _approved(
        self, incoming: Incoming, editor: Editor, draft_id: str, mode: str, reviewer: str
    ) -> Iterator[Part]:
        preview = editor.preview(draft_id)
        twin = preview.twin
        done = editor.approve(
            draft_id,
            str(incoming.user_id),
            reviewer=reviewer,
            instead_of=twin.slug if mode == "r" and twin is not None else "",
            new=mode == "k",
        )
        self._naming.pop(incoming.user_id or 0, None)
        logger.info("user %s approved %s", incoming.user_id, done.meta.slug)
        review = staff_wording.REVIEWED_BY_NOBODY
        if reviewer:
            review = staff_wording.REVIEWED_BY.format(name=reviewer, due=done.meta.review_due)
        text = staff_wording.APPROVED.replace("**", "").format(
            title=done.meta.title, slug=done.meta.slug, review=review
        )
        kept = staff_wording.OLD_KEPT if done.kept else ""
        yield from said(chat_of(incoming), render.literal(f"{text} {kept}".rstrip()))
        yield from self._building.after_approval(incoming, done.meta.title)


# --------------------------------------------------------------------------- how it looks


def preview_text(preview: Preview) -> Rich:
    """A draft as staff see it; every word of it is taken literally."""
    meta, review = preview.meta, f"{preview.review_due:%d %B %Y}".lstrip("0")
    facts = [
        f"Draft {meta.slug}, {counted(preview.words, 'word')}"
        + (f", reading age {preview.reading.age}" if preview.reading else ""),
        f"{counted(len(preview.sections), 'section')}: {_listed(preview.sections)}"
        if preview.sections
        else "No sections",
        f"Left out: {_reasons(preview)}",
        f"Review: nobody has reviewed it. Proposed next review, once somebody has: {review}",
    ]
    parts = [render.wrapped(cut(meta.title, _MAX_TITLE), "b"), render.literal("\n".join(facts))]
    if preview.twin is not None:
        how = "It has its name" if preview.twin.same_name else "The text is nearly the same"
        if preview.twin.same_text:
            how = "The text is the same, word for word"
        parts.append(
            render.literal(
                f"A new version of “{preview.twin.title}” ({preview.twin.slug})? {how}. Replace "
                "it, or keep both? Replacing keeps its sample questions and tags."
            )
        )
    if preview.others:
        slugs = ", ".join(preview.others[:_SHOWN])
        parts.append(render.literal(staff_wording.SAME_TITLE.format(slugs=slugs)))
    parts.append(_questions(preview))
    parts.append(_bullets("Pictures that may show steps; write those in words:", preview.pictures))
    parts.append(_bullets("To mend, or to know:", _to_mend(preview)))
    parts.append(render.literal(staff_wording.NOT_THE_REVIEW))
    return render.joined(parts)


def _questions(preview: Preview) -> Rich:
    """The sample questions, each with whether it finds this article."""
    asked = preview.meta.questions
    if preview.tests is None or not asked:
        why = f" They could not be tried: {preview.untested}" if preview.untested else ""
        head = f"Sample questions (each must find this article).{why}"
        return _bullets(head, asked, _MOST_QUESTIONS)
    failing = {test.question for test in preview.failing}
    found = len(asked) - len(failing)
    if failing:
        head = f"Sample questions: {found} of {len(asked)} find this article."
    elif found == 1:
        head = "Sample questions: the only one finds this article."
    else:
        head = f"Sample questions: all {found} find this article."
    # those that fail come first: a long list is cut at its end
    ordered = sorted(asked, key=lambda question: question not in failing)
    lines = [f"{'✗' if q in failing else '✓'} {q}" for q in ordered]
    parts = [_bullets(head, lines, _MOST_QUESTIONS)]
    if failing:
        parts.append(render.literal(_MEND_QUESTIONS))
    return render.joined(parts, "\n")


def _to_mend(preview: Preview) -> list[str]:
    """What the import and the checks had to say; all of it is about this one file."""
    own = f"{preview.meta.slug}.md, "
    issues = (f"{i.severity}, {i.message.removeprefix(own)}" for i in preview.issues)
    return [*preview.warnings, *issues]


def _bullets(head: str, lines: tuple[str, ...] | list[str], most: int = _SHOWN) -> Rich:
    if not lines:
        return render.literal("")
    shown = [f"• {cut(' '.join(line.split()), _MAX_LINE)}" for line in lines[:most]]
    if len(lines) > most:
        shown.append(f"• and {len(lines) - most} more")
    return render.joined((render.wrapped(head, "b"), render.literal("\n".join(shown))), "\n")


def _listed(sections: tuple[str, ...]) -> str:
    shown = "; ".join(cut(section, _MAX_SECTION) for section in sections[:12])
    return shown if len(sections) <= 12 else f"{shown}; and {len(sections) - 12} more"  # noqa: PLR2004


def _reasons(preview: Preview) -> str:
    if not preview.dropped:
        return "nothing"
    most = ", ".join(f"{reason} {n}" for reason, n in preview.reasons.most_common(_SHOWN))
    return f"{counted(len(preview.dropped), 'line')} ({most})"


def _buttons(preview: Preview) -> Rows:
    i = preview.draft_id
    if preview.twin is not None:
        replace = render.button_text(f"Replace “{preview.twin.title}”")
        first: Rows = (
            (Button(replace, f"s:d:re:{i}"),),
            (Button("Keep both", f"s:d:nw:{i}"), Button("Discard", f"s:d:no:{i}")),
        )
    else:
        first = ((Button("Approve", f"s:d:ok:{i}"), Button("Discard", f"s:d:no:{i}")),)
    more = [Button("As .docx", f"s:d:wd:{i}")]
    if preview.dropped:
        more.append(Button(f"What was left out ({len(preview.dropped)})", f"s:d:lo:{i}"))
    mend = _to_mend(preview)
    if len(mend) > _SHOWN or any(len(" ".join(line.split())) > _MAX_LINE for line in mend):
        more.append(Button(f"All to mend ({len(mend)})", f"s:d:is:{i}"))
    return (*first, *((button,) for button in more))


def _named(chat: int, text: str, name: str) -> tuple[Part, ...]:
    return said(chat, render.literal(text.format(name=name)))


def safe_name(name: str) -> str:
    """A sender's file name as one line that is safe to show; never used as a path."""
    last = PurePosixPath(render.clean(name).replace("\\", "/")).name
    line = " ".join("".join(c for c in last if c.isprintable()).split())
    if len(line) <= _MAX_NAME:
        return line or "document"
    suffix = PurePosixPath(line).suffix[: _MAX_NAME // 4]
    return f"{line[: _MAX_NAME - len(suffix) - 1].rstrip()}…{suffix}"


def looks_like_a_name(text: str) -> bool:
    """Whether a text is a person's name, perhaps with what they are after a comma.

    A question that is taken for a name would be shown to patients as who reviewed an article,
    so each word must begin with a capital, and one word alone is none.
    """
    line = " ".join(text.split())
    name, _, what = line.partition(",")
    words = name.split()
    return (
        len(line) <= _MAX_NAME
        and "?" not in line
        and len(words) in _NAME_WORDS
        and words[0][0].isupper()
        and all(_NAME_WORD.fullmatch(word) for word in words)
        and all(word[0].isupper() or word in _PARTICLES for word in words)
        and not any(character.isdigit() for character in what)
    )
