"""What staff and admins can have done: the sockets that `wiring` fills. None is not wired."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from backbot.editorial import Editor
from backbot.model import ArticleMeta
from backbot.ports import Embeddings, Records
from backbot.rebuild import AnswerChange
from backbot.state.reports import DatabaseReports

Progress = Callable[[str, int, int], None]
"""Called with a stage's name, how much of it is done, and how much there is."""


@dataclass(frozen=True, slots=True)
class Built:
    """What a build came to, for people.

    Attributes:
        text: What changed, in words.
        generation: Its id.
        staged: Whether it waits to be published.
        objections: Whether something speaks against publishing it.
        answers: Sample questions that get another answer.
    """

    text: str
    generation: str = ""
    staged: bool = False
    objections: bool = False
    answers: tuple[AnswerChange, ...] = ()


@dataclass(frozen=True, slots=True)
class Served:
    """What the bot answers from.

    Attributes:
        generation: Its id.
        summary: How much it holds, and which sample questions fail, in words.
    """

    generation: str
    summary: str


@dataclass(frozen=True, slots=True)
class Operations:
    """What can be had done from the chat. All but `notices` may raise `BackbotError`.

    Who does something is a Telegram user id as text.

    Attributes:
        build: Builds the index for somebody; publishes it where that is true and nothing speaks
            against it, else keeps it aside. Says how it goes.
        publish: Puts a generation that was kept aside into service, for somebody.
        rollback: Goes back to the generation before, for somebody; says what was done.
        status: Says how things stand.
        notices: What admins must be told when the bot starts, a sentence each.
        editor: The drafts.
        records: Who did what; what was not answered; counters.
        articles: The articles as they are in the corpus folder.
        hidden: Slugs of the articles that nobody is shown now. Must not raise.
        encode: Texts to vectors, for telling what asks the same.
        overdue: The articles whose review is overdue, a line each.
        served: What is in service now.
        reports: Where it is kept who waits for a report, so that a restart tells them.
    """

    build: Callable[[str, bool, Progress], Built] | None = None
    publish: Callable[[str, str], str] | None = None
    rollback: Callable[[str], str] | None = None
    status: Callable[[], str] | None = None
    notices: Callable[[], tuple[str, ...]] | None = None
    editor: Editor | None = None
    records: Records | None = None
    articles: Callable[[], tuple[ArticleMeta, ...]] | None = None
    hidden: Callable[[], frozenset[str]] = frozenset
    encode: Callable[[Sequence[str]], Embeddings] | None = None
    overdue: Callable[[], tuple[str, ...]] | None = None
    served: Callable[[], Served] | None = None
    reports: DatabaseReports | None = None
