"""The nouns: frozen values that pass between rooms. No I/O, no libraries.

Offsets are Unicode code points and half open, [start, end). Texts are as typed or as they
stand in the article file; a span always slices back to its own text.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import field
from datetime import date
from pathlib import Path
from typing import Any, Literal

from backbot.frozen import dataclass

# --------------------------------------------------------------------------- corpus


@dataclass(frozen=True, slots=True)
class Source:
    """Where an article's facts come from, as far as the page told."""

    title: str = ""
    publisher: str = ""
    author: str = ""
    url: str = ""
    file: str = ""

    def label(self) -> str:
        """One line that names the source: "Title, publisher (author)"."""
        name = ", ".join(part for part in (self.title, self.publisher) if part)
        return f"{name} ({self.author})" if self.author else name or self.url or self.file


@dataclass(frozen=True, slots=True)
class ArticleMeta:
    """An article's front matter: everything about it but its text."""

    slug: str
    title: str
    language: str = "en"
    summary: str = ""
    sources: tuple[Source, ...] = ()
    tags: tuple[str, ...] = ()
    reviewed_by: str = ""
    reviewed_on: date | None = None
    review_due: date | None = None
    questions: tuple[str, ...] = ()

    def review_state(self, today: date) -> str:
        """What a reader sees beside a citation: who reviewed the article, or that nobody has."""
        if not self.reviewed_by or self.reviewed_on is None:
            return "not yet reviewed by a clinician"
        if self.review_due is not None and self.review_due < today:
            return f"review overdue since {self.review_due.isoformat()}"
        return f"reviewed by {self.reviewed_by} on {self.reviewed_on.isoformat()}"


@dataclass(frozen=True, slots=True)
class Article:
    """One Markdown file of the corpus: front matter and body.

    Attributes:
        meta: The parsed front matter.
        body: The text after the front matter, unchanged; spans point into it.
        path: The file it was read from.
    """

    meta: ArticleMeta
    body: str
    path: Path


UnitKind = Literal["sentence", "item", "step"]


@dataclass(frozen=True, slots=True)
class Unit:
    """The smallest thing an answer may quote: a sentence, a list item or a numbered step.

    Attributes:
        text: Exactly `body[start:end]`; list marks are outside.
        start: First character in the article's body.
        end: One past the last character.
        kind: What it is; items and steps keep their mark when shown.
        block: Paragraph or list number within the passage; units of one list share it.
        lead_in: Whether this sentence introduces the list that follows (ends with a colon).
    """

    text: str
    start: int
    end: int
    kind: UnitKind
    block: int
    lead_in: bool = False


@dataclass(frozen=True, slots=True)
class Passage:
    """The unit we retrieve: consecutive blocks under one heading.

    Attributes:
        passage_id: `slug#ordinal`, ordinal from 0 in reading order.
        article: Slug of the article.
        section: Heading path below the title, joined by " > "; "" before the first heading.
        text: Exactly `body[start:end]`.
        start: First character in the article's body.
        end: One past the last character.
        units: What an answer may quote, in reading order.
    """

    passage_id: str
    article: str
    section: str
    text: str
    start: int
    end: int
    units: tuple[Unit, ...]


# --------------------------------------------------------------------------- index


@dataclass(frozen=True, slots=True)
class EncoderIdentity:
    """What makes two encoders' vectors comparable. How the encoder is run is no part of it.

    Attributes:
        name: For people; not compared.
        sha256: Of the weights file.
        dimensions: Length of a vector.
        pooling: How token vectors become one: "mean" or "cls".
        max_tokens: Longer texts are truncated.
        precision: Of the weights: "fp32".
    """

    name: str
    sha256: str
    dimensions: int
    pooling: str
    max_tokens: int
    precision: str = "fp32"

    def same_vectors(self, other: EncoderIdentity) -> bool:
        """Whether both give the same vector for the same text."""
        mine = (self.sha256, self.dimensions, self.pooling, self.max_tokens, self.precision)
        return mine == (
            other.sha256,
            other.dimensions,
            other.pooling,
            other.max_tokens,
            other.precision,
        )


@dataclass(frozen=True, slots=True)
class ContentTest:
    """Whether a sample question finds the article that says it answers it."""

    article: str
    question: str
    found: bool
    rank: int | None
    answer: str = ""


# --------------------------------------------------------------------------- escalation


class Tier(enum.IntEnum):
    """How far to escalate; ordered, so that `max()` decides."""

    NONE = 0
    NERVE = 1
    URGENT = 2
    EMERGENCY = 3

    @property
    def label(self) -> str:
        """The lower-case name used in JSON and in rule files."""
        return self.name.lower()

    @classmethod
    def parse(cls, label: str) -> Tier:
        """The tier of that label; ValueError where there is none."""
        try:
            return cls[label.upper()]
        except KeyError as error:
            raise ValueError(f"{label!r} is no tier") from error


class FindingStatus(enum.StrEnum):
    """How a sign is spoken of (after ConText). In doubt, PRESENT."""

    PRESENT = "present"
    NEGATED = "negated"
    INFORMATIONAL = "informational"
    CONDITIONAL = "conditional"
    HISTORICAL = "historical"
    NOT_A_PERSON = "not_a_person"


@dataclass(frozen=True, slots=True)
class Finding:
    """One sign found in one text.

    Attributes:
        rule_id: The rule that found it.
        concept: The clinical sign, a key of the rules.
        span: The words as typed, `text[start:end]`.
        start: First character in the text as typed.
        end: One past the last character.
        status: How it is spoken of.
        cue: The words that gave it that status, "" for present.
        tier: What this sign alone would give, were it present.
    """

    rule_id: str
    concept: str
    span: str
    start: int
    end: int
    status: FindingStatus = FindingStatus.PRESENT
    cue: str = ""
    tier: Tier = Tier.NONE


@dataclass(frozen=True, slots=True)
class OpenConcept:
    """A sign that was present within the window: when, and how often it was said."""

    concept: str
    at: float


@dataclass(frozen=True, slots=True)
class TriageState:
    """What the engine remembers of a conversation; serialisable, passed in and out.

    Attributes:
        open_tier: The highest tier whose window has not ended.
        opened_at: POSIX time of the last trigger, 0 when nothing is open.
        concepts: Signs present within the window.
        template: Which full message was last sent, "" if none.
        full_sent_at: POSIX time of the last full message, 0 if none.
        seen: The person said that a clinician has seen them.
        asked: The bot's last message asked about signs.
        previous: Tail of the person's last message, for linking ("my leg." / "it's numb").
        language: Of the last matched phrase.
        cleared: While seen, the person said that a clinician allowed exercise.
        asked_change: While this tier was open, the bot asked whether an old sign is new or worse.
        asked_crisis: What it asked last was whether somebody thinks of ending their life.
        listed: Key of the note in the bot's last message that listed signs without asking, or "".
        recent: The last short messages, which the next may continue. The person's own words: to
            be kept no longer and no less safely than the conversation's texts.
        recent_at: POSIX time of the last message.
        recent_signs: Whether they held a sign.
    """

    open_tier: Tier = Tier.NONE
    opened_at: float = 0.0
    concepts: tuple[OpenConcept, ...] = ()
    template: str = ""
    full_sent_at: float = 0.0
    seen: bool = False
    asked: bool = False
    previous: str = ""
    language: str = "en"
    cleared: bool = False
    asked_change: bool = False
    asked_crisis: bool = False
    listed: str = ""
    recent: str = ""
    recent_at: float = 0.0
    recent_signs: bool = False


@dataclass(frozen=True, slots=True)
class Assessment:
    """What the engine makes of one text within its conversation.

    Attributes:
        tier: Of this text alone.
        open_tier: What is open after this text.
        template: Key of the message to send first, None for none.
        note: Key of a soft note that goes after an answer, None for none.
        findings: Every sign found, whatever its status, in text order.
        combinations: Ids of the combination rules that fired.
        suppress: Topics that the answer must leave out.
        replaces_answer: Whether the message stands alone.
        language: Of the message, an ISO code.
        third_person: Whether it is about somebody else.
        state: To be passed in with the next text.
    """

    tier: Tier
    open_tier: Tier
    template: str | None
    note: str | None
    findings: tuple[Finding, ...]
    combinations: tuple[str, ...]
    suppress: frozenset[str]
    replaces_answer: bool
    language: str
    third_person: bool
    state: TriageState


# --------------------------------------------------------------------------- answers


@dataclass(frozen=True, slots=True)
class Hit:
    """A passage found for a query.

    Attributes:
        passage: The passage.
        rank: From 1.
        score: The fused score, in [0, 1] or thereabouts; larger is better.
        parts: The single views' scores, by name, for explanations.
        unit_scores: How well each of the passage's units answers, in unit order.
        unit_vectors: What each unit means: an array of shape (units, d), float32, rows of unit
            length; None where not known.
    """

    passage: Passage
    rank: int
    score: float
    parts: Mapping[str, float] = field(default_factory=dict)
    unit_scores: tuple[float, ...] = ()
    unit_vectors: Any = field(default=None, repr=False, compare=False)


@dataclass(frozen=True, slots=True)
class Signals:
    """What tells whether the corpus holds an answer at all; each in [0, 1] or a cosine.

    Attributes:
        unit: Cosine of the question with the nearest sentence of the corpus.
        question: Cosine with the nearest sample question.
        top_coverage: Share of the question's telling words that the best passage holds.
        coverage: The same for the three best passages together.
        unknown: Share of the telling words that the corpus never uses.
        words: Number of content words.
        held: How many of its words that are not everyday ones the three best passages hold.
        score: The best passage's fused score.
        outside: Cosine with the nearest question that such articles do not answer; None where
            there is no list of them for this encoder.
        sampled: How many sample questions there are for each passage, at most 1.
    """

    unit: float
    question: float
    top_coverage: float
    coverage: float
    unknown: float
    words: int
    held: int = 0
    score: float = 0.0
    outside: float | None = None
    sampled: float = 0.0


@dataclass(frozen=True, slots=True)
class Retrieval:
    """What was found for one question.

    Attributes:
        query: What was searched for: the question, or the question with what it follows up,
            with its spelling put right.
        hits: Best first.
        signals: For the decision to answer.
        held: Words of the three best passages, folded and without an "s" at the end.
    """

    query: str
    hits: tuple[Hit, ...]
    signals: Signals
    held: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Citation:
    """Where quoted sentences stand.

    Attributes:
        n: The number in the answer's `[n]` marks, from 1.
        article: Slug.
        title: Of the article.
        section: Heading path, "" for the introduction.
        quote: Verbatim from the corpus.
        sources: One line per source.
        review: The review state in words.
    """

    n: int
    article: str
    title: str
    section: str
    quote: str
    sources: tuple[str, ...]
    review: str


AnswerKind = Literal["answer", "declined", "chitchat"]


@dataclass(frozen=True, slots=True)
class Answer:
    """Verbatim sentences with citations, or an honest "I have nothing on that".

    Attributes:
        kind: Which of the three.
        text: What a person reads: sentences of articles, `[n]` marks, fixed lead-ins.
        citations: In the order of their numbers; empty unless `kind` is "answer".
        hits: The ranking it was chosen from, best first.
        suggestions: Sample questions offered as buttons.
        reason: For staff: why it was declined, or "".
        probability: That the articles answer the question, as the decision put it; None where
            nothing was decided.
        remark: A fixed sentence to put under it, before any other note, or "".
    """

    kind: AnswerKind
    text: str
    citations: tuple[Citation, ...] = ()
    hits: tuple[Hit, ...] = ()
    suggestions: tuple[str, ...] = ()
    reason: str = ""
    probability: float | None = None
    remark: str = ""


ReplyKind = Literal["answer", "escalation", "declined", "chitchat"]


@dataclass(frozen=True, slots=True)
class Escalation:
    """The escalation part of a reply, ready to be read: plain text with `**bold**` marks."""

    text: str
    findings: tuple[Finding, ...]


@dataclass(frozen=True, slots=True)
class Reply:
    """What goes back to the person, before any chat has formatted it.

    Attributes:
        question: As typed.
        kind: `escalation` only where the tier emptied the answer.
        tier: Open after the turn.
        escalation: The message to send first, or None.
        note: What to put under the answer: its remark, a soft note; "" for none.
        answer: The answer part; empty text where an emergency replaced it.
        generation: Id of the index generation that was read, "" without one.
        elapsed_ms: Wall time from text to reply.
        assessment: How the engine decided; None only where it failed.
    """

    question: str
    kind: ReplyKind
    tier: Tier
    escalation: Escalation | None
    note: str
    answer: Answer
    generation: str
    elapsed_ms: float
    assessment: Assessment | None = None


@dataclass(frozen=True, slots=True)
class Conversation:
    """What is kept between two turns of one person; serialisable.

    Attributes:
        triage: The escalation engine's state.
        turns: The person's last texts, oldest first, for follow-up questions.
        cited: Passage ids of the last answer.
        updated_at: POSIX time of the last turn.
        country: Where the person in pain is, an ISO code; "" means as the clinic has set.
    """

    triage: TriageState = field(default_factory=TriageState)
    turns: tuple[str, ...] = ()
    cited: tuple[str, ...] = ()
    updated_at: float = 0.0
    country: str = ""


# --------------------------------------------------------------------------- records


@dataclass(frozen=True, slots=True)
class AuditEntry:
    """One line of the audit log, which is only ever added to.

    Attributes:
        at: POSIX time.
        who: Telegram user id of who did it, or the name given on the command line.
        action: What was done: "approve", "withdraw", "rebuild", ….
        subject: To what: an article's slug, a generation's id.
        detail: Anything else worth knowing, one line.
    """

    at: float
    who: str
    action: str
    subject: str = ""
    detail: str = ""


@dataclass(frozen=True, slots=True)
class Withdrawal:
    """An article that is in no answer until it is restored: which, who withdrew it, when."""

    slug: str
    by: str
    at: float


@dataclass(frozen=True, slots=True)
class Approval:
    """A draft that became an article.

    Attributes:
        slug: Of the article.
        by: Telegram user id of who approved it, or the name given on the command line.
        reviewer: The clinician who reviewed the content, "" for nobody.
        at: POSIX time.
    """

    slug: str
    by: str
    reviewer: str
    at: float


FeedbackKind = Literal["helpful", "not_helpful", "misread"]


@dataclass(frozen=True, slots=True)
class Feedback:
    """A button somebody pressed: no person, no text, and the day only.

    Attributes:
        kind: Which button.
        day: UTC.
        articles: Slugs that the answer cited.
        rules: Ids of the rules behind a warning that was called misread.
    """

    kind: FeedbackKind
    day: date
    articles: tuple[str, ...] = ()
    rules: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class UnansweredQuestion:
    """A question that found nothing, or whose answer was not helpful.

    Attributes:
        question_id: Short and not to be guessed; fits into a button.
        text: Without telephone numbers, addresses, @names and long numbers.
        at: POSIX time.
        reason: For staff: why it was declined, or "not helpful".
        articles: Slugs that the answer cited, if there was one.
        consented: Whether the person agreed that staff see it beyond the retention period.
    """

    question_id: str
    text: str
    at: float
    reason: str = ""
    articles: tuple[str, ...] = ()
    consented: bool = False
