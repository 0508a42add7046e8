"""Question → Reply: the read path, readable on one page.

    text ─▶ begin: triage ─▶ Turn (the message to send first)
            finish: small talk, or retrieval ─▶ decision ─▶ excerpts ─▶ Reply

`begin` needs no index, no encoder and no network, so a warning goes out when all else is broken.
`finish` never raises: what fails is logged without the person's words, and the reply says so.
"""

from __future__ import annotations

import logging
import re
import time
from collections.abc import Callable, Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import replace
from datetime import date, datetime
from functools import lru_cache, partial
from itertools import islice, pairwise
from typing import Protocol

from backbot.answer import compose, conflicts, extract, requests, scope, wording
from backbot.answer.amounts import (
    asked_for,
    families_in,
    is_about_what_lasts,
    is_lacking,
    measure_asked_for,
)
from backbot.answer.definitions import term_of
from backbot.answer.smalltalk import small_talk
from backbot.answer.suppress import is_suppressed, speaks_of
from backbot.errors import BackbotError, NoGenerationError
from backbot.frozen import dataclass
from backbot.index.generation import Generation
from backbot.kept import compiled, key_of
from backbot.kept import get as kept_or_made
from backbot.model import (
    Answer,
    ArticleMeta,
    Assessment,
    ContentTest,
    Conversation,
    Escalation,
    Hit,
    Passage,
    Reply,
    Retrieval,
    Tier,
)
from backbot.retrieval.intent import kinds_of_question, led_by_what_is_asked, reordered
from backbot.retrieval.query import Query, asks_for_more, only_tells, resolve
from backbot.retrieval.retriever import holds
from backbot.retrieval.terms import terms_of, words_of
from backbot.triage import engine
from backbot.triage.clinic import windows_of
from backbot.triage.languages import guess_language
from backbot.triage.lint import lint
from backbot.triage.match import RED_CONCEPTS
from backbot.triage.messages import (
    FALLBACK,
    MessageValues,
    Wording,
    emergency_number,
    find_country,
    only_english,
    render_message,
)

logger = logging.getLogger(__name__)

KEPT_TURNS = 4
FOUND_WITHIN = 3
_SUGGESTIONS = 3
_FAILSAFE = "failsafe"
_WARMING_S = 1.0
_SENTENCES_REMEMBERED = 16384
_MOSTLY_UNKNOWN = 0.5  # share of covered words under which a foreign text is not English at all
_ALIKE = 0.6
_TOLD_OF = frozenset({"", "activity"})  # topics of which something is told, with nothing asked
# Topics whose fixed sentence says nothing of what the articles cover.
_SAID_WHATEVER_THERE_IS = frozenset({"medicine", "service"})
# Who asks about one of these for the back is told what there is for the back.
_FOR_A_BACK = "what helps when the back hurts"
_BESIDE_THE_BACK = frozenset({"activity", "sleep", "product", "supplement", "other"})
_A_NUMBER_TO_CALL = compiled(r"\d{3}[.!?]*")
_NERVE_SIGNS = frozenset(
    {
        "limb_numbness",
        "numbness",
        "tingling",
        "limb_weakness",
        "radiating_leg_pain",
        "radiating_arm_pain",
        "electric_burning_pain",
        "sciatica_named",
        "pinched_nerve_named",
        "foot_drop",
        "walking_difficulty",
    }
    | RED_CONCEPTS
)
_SENTENCE_END = compiled(r"(?<=[.!?])\s+")
_SENDS_TO_SOMEBODY = compiled(
    r"\b(?:specialist|physician|doctor|clinician|professional|emergency|checked)\b", re.IGNORECASE
)


class Finder(Protocol):
    """What the assistant needs of retrieval."""

    @property
    def any_language(self) -> bool:
        """Whether questions in other languages than English are understood."""
        ...

    def retrieve(
        self, query: str, generation: Generation, *, without: frozenset[str]
    ) -> Retrieval:
        """The passages that best match, but for those of the given articles."""
        ...

    def mend(self, text: str, generation: Generation) -> str:
        """The text with its spelling put right, as it is looked up."""
        ...

    def warm(self, generation: Generation) -> None:
        """Prepare a generation."""
        ...


@dataclass(frozen=True, slots=True)
class Turn:
    """A text that has been through the escalation engine and waits for its answer.

    Attributes:
        text: As typed.
        escalation: The message to send first, or None.
        note: A soft note for under the answer, "" for none.
        assessment: How the engine decided; None only where it failed.
        conversation: With the engine's state after this text: to be kept even if `finish` fails.
        before: As it was before this text.
        now: POSIX time.
        started: Monotonic seconds.
    """

    text: str
    escalation: Escalation | None
    note: str
    assessment: Assessment | None
    conversation: Conversation
    before: Conversation
    now: float
    started: float


class Assistant:
    """Answers texts. Holds no conversation: that is passed in and out.

    Args:
        generation: Gives the index generation to answer from; may raise `BackbotError`.
        finder: Retrieval; None where there is no encoder.
        values: Gives what fills the messages' placeholders now.
        second_look: Where the rules found nothing at all, the key of the message that asks about
            warning signs, or "" for none; it may add that one question and nothing else.
        clinic_wording: Gives the clinic's own wording and windows; None for the packaged.
        clinic_rules: Gives the rules with the clinic's own; None for the packaged.
        ready: Whether patients may use it; until then people are told that it is a test version.
        withdrawn: Gives the slugs of articles that nobody is to be shown. Must not raise.
        withhold_overdue: Whether articles whose review is overdue are left out as well.
        retention_hours: How long conversations are kept, for telling people.
        today: Gives the date, for review states.
    """

    def __init__(
        self,
        generation: Callable[[], Generation],
        finder: Finder | None,
        values: Callable[[], MessageValues],
        *,
        second_look: Callable[[str, Assessment], str] | None = None,
        clinic_wording: Callable[[], Wording | None] = lambda: None,
        clinic_rules: Callable[[], engine.InForce | None] = lambda: None,
        ready: Callable[[], bool] = lambda: False,
        withdrawn: Callable[[], frozenset[str]] = frozenset,
        withhold_overdue: bool = False,
        retention_hours: float = 24,
        today: Callable[[], date] | None = None,
    ) -> None:
        self._generation = generation
        self._finder = finder
        self._values = values
        self._second_look = second_look
        self._wording = clinic_wording
        self._rules = clinic_rules
        self._ready = ready
        self._withdrawn = withdrawn
        self._withhold_overdue = withhold_overdue
        self._retention_hours = retention_hours
        self._today = today or (lambda: datetime.now().astimezone().date())

    def warm(self, generation: Generation, seconds: float = _WARMING_S) -> None:
        """Look at articles' sentences before the first questions do, as far as the time goes.

        What is found is remembered by the sentence; what was not reached costs the first answer
        that quotes it some milliseconds.

        Args:
            generation: Whose sentences.
            seconds: Of processor time, at most, but for the last sentence.
        """
        until = time.thread_time() + seconds
        for passage in generation.passages:
            for unit in passage.units:
                if time.thread_time() >= until:
                    return
                extract.read(unit.text)
                conflicts.claims_of(unit.text, passage.section)
                if _lints_clean(unit.text):
                    _speaks_of_signs(f"- {unit.text}" if unit.kind == "item" else unit.text)

    # ------------------------------------------------------------------ a turn

    def reply(
        self, text: str, conversation: Conversation, now: float
    ) -> tuple[Reply, Conversation]:
        """Triage and answer in one go."""
        return self.finish(self.begin(text, conversation, now))

    def begin(self, text: str, conversation: Conversation, now: float) -> Turn:
        """The escalation engine alone. Never raises.

        Where the engine itself fails, the person gets the failsafe text with the safety net.
        """
        started = time.perf_counter()
        country = conversation.country
        try:
            assessment = engine.assess(
                text, conversation.triage, now, self._windows(), self._rules()
            )
        except Exception:
            logger.exception("the escalation engine failed")
            failsafe = Escalation(self._say(_FAILSAFE, country), ())
            kept = replace(conversation, updated_at=now)
            return Turn(text, failsafe, "", None, kept, conversation, now, started)
        escalation = self._escalation(assessment, country)
        note = self._say(assessment.note, country, assessment) if assessment.note else ""
        after = replace(
            conversation,
            triage=assessment.state,
            turns=(*conversation.turns, text)[-KEPT_TURNS:],
            updated_at=now,
        )
        return Turn(text, escalation, note, assessment, after, conversation, now, started)

    def finish(self, turn: Turn) -> tuple[Reply, Conversation]:
        """Retrieval and answer, and the conversation after it. Never raises."""
        assessment = turn.assessment
        if assessment is None:
            # Unassessed: advice could do harm, so the failsafe text stands alone.
            failed = Answer("declined", "", reason="the escalation engine failed; see the log")
            return self._reply(turn, failed, ""), turn.conversation
        if assessment.replaces_answer:
            return self._reply(turn, Answer("declined", ""), ""), turn.conversation
        generation_id = ""
        try:
            generation = self._generation()
            generation_id = generation.id
            answer = self._answer(turn, generation)
        except BackbotError as error:
            logger.warning("no answer: %s", error)
            generation_id = ""  # nothing could be looked up in it
            answer = self._without_index(turn, error)
        except Exception:
            logger.exception("the answer failed")
            generation_id = ""
            answer = self._without_answer(turn)
        after = turn.conversation
        if question := self._question(turn, answer):
            turn = replace(turn, note=self._say(question, turn.before.country))
            of_crisis = question == engine.ASK_CRISIS
            after = replace(
                after, triage=replace(after.triage, asked=True, asked_crisis=of_crisis)
            )
        elif self._lists_signs(turn, answer):
            turn = replace(turn, note=self._say(engine.NERVE_INFO, turn.before.country))
            after = replace(after, triage=replace(after.triage, listed=engine.NERVE_INFO))
        reply = self._reply(turn, answer, generation_id)
        cited = {(c.article, c.section) for c in answer.citations}
        passages = tuple(
            hit.passage.passage_id
            for hit in answer.hits
            if (hit.passage.article, hit.passage.section) in cited
        )
        return reply, replace(after, cited=passages)

    def _question(self, turn: Turn, answer: Answer) -> str:
        """What the second pair of eyes wants to ask, a message's key or "".

        Never raises, and is never needed.
        """
        if self._second_look is None or turn.assessment is None or answer.kind == "chitchat":
            return ""
        if turn.escalation is not None or turn.note:
            return ""
        try:
            return self._second_look(self._as_looked_up(turn), turn.assessment)
        except Exception:
            logger.exception("the second look failed")
            return ""

    def _lists_signs(self, turn: Turn, answer: Answer) -> bool:
        """Whether the articles speak of nerve signs: whoever has them should know what to do."""
        return (
            not turn.note
            and not turn.escalation
            and answer.kind == "answer"
            and _mentions_signs(answer, self._rules())
        )

    def _as_looked_up(self, turn: Turn) -> str:
        """The text as retrieval has read it: the encoder need not run once more for it."""
        if self._finder is None:
            return turn.text
        try:
            return self._finder.mend(turn.text, self._generation())
        except Exception:  # noqa: BLE001 - the encoder may be there all the same; told already
            return turn.text

    def _reply(self, turn: Turn, answer: Answer, generation_id: str) -> Reply:
        assessment = turn.assessment
        emptied = assessment is not None and assessment.replaces_answer
        note = "\n\n".join(filter(None, (answer.remark, turn.note)))
        return Reply(
            question=turn.text,
            kind="escalation" if emptied else answer.kind,
            tier=assessment.open_tier if assessment else turn.before.triage.open_tier,
            escalation=turn.escalation,
            note=note,
            answer=answer,
            generation=generation_id,
            elapsed_ms=(time.perf_counter() - turn.started) * 1000,
            assessment=assessment,
        )

    # ------------------------------------------------------------------ the answer

    def _answer(self, turn: Turn, generation: Generation) -> Answer:
        query = resolve(turn.text, turn.before.turns, unanswered=not turn.before.cited)
        found = self._found(query, generation)
        if fixed := self._fixed_answer(turn):
            return replace(fixed, hits=found.hits)
        suppress = turn.assessment.suppress if turn.assessment else frozenset()
        shown = frozenset(turn.before.cited if asks_for_more(turn.text) else ())
        return self._decide(query, found, generation, suppress, shown)

    def _found(self, query: Query, generation: Generation) -> Retrieval:
        """The passages for a query, in the order that what is asked gives them."""
        if self._finder is None:
            raise NoGenerationError("There is no encoder to look things up with.")
        found = self._finder.retrieve(query.text, generation, without=self.left_out(generation))
        return reordered(found, _asked_last(query, found))

    def _fixed_answer(self, turn: Turn) -> Answer | None:
        """The answer to what needs no looking up: small talk, or no words at all."""
        talk = small_talk(turn.text)
        if not any(c.isalpha() for c in turn.text):
            if not _A_NUMBER_TO_CALL.fullmatch(turn.text.strip()):
                return Answer("declined", wording.EMPTY, reason="no words")
            talk = wording.NEED_HELP  # "112", "999": typed here instead of dialled
        if not talk:
            return None
        if talk == wording.BETTER and turn.conversation.triage.open_tier:
            talk = wording.BETTER_BUT_WARNED
        if "{emergency_number}" in talk:
            number = self._number_to_call(turn.before.country)
            talk = talk.replace("{emergency_number}", number)
        return Answer("chitchat", self._naming_clinic(talk))

    def _decide(
        self,
        query: Query,
        found: Retrieval,
        generation: Generation,
        suppress: frozenset[str],
        shown: frozenset[str] = frozenset(),
    ) -> Answer:
        """Answer from what was found, or say why not; `shown` passages are not quoted again."""
        language = "en"
        if found.signals.coverage < _MOSTLY_UNKNOWN:
            language = guess_language(query.latest)
        foreign = language != "en"
        if foreign and not (self._finder and self._finder.any_language):
            return self._foreign(language, found, generation, suppress)
        # A follow-up to a question about a medicine is about that medicine too.
        about = _about(generation, self.left_out(generation))
        verdict = scope.decide(
            found.query,
            found.signals,
            partial(holds, found),
            model=scope.FOREIGN if foreign else None,
            told=query.told,
            spoken=about.words,
            beside=partial(_holds_beside, found),
        )
        best = [hit.passage.text for hit in found.hits[:FOUND_WITHIN] if verdict.answers]
        if request := requests.request_in(query.latest, about.requests, best):
            return self._request_declined(request, found, generation, verdict, suppress)
        if verdict.answers and _lacks_measure(query.latest, found):
            verdict = replace(
                verdict,
                probability=min(verdict.probability, scope.FITTED.closest),
                outcome="closest",
                why=f"{verdict.why}; but no such measure is given",
            )
        if not verdict.answers:
            return self._declined(query, found, generation, verdict, suppress)
        kept = [
            hit
            for hit in found.hits
            if hit.passage.passage_id not in shown
            and not is_suppressed(hit.passage, generation.articles[hit.passage.article], suppress)
        ]

        named = _named_before(kept)

        def allowed(text: str) -> bool:
            return (text in named or _lints_clean(text)) and not speaks_of(text, suppress)

        figures = wanted = asked_for(query.latest) or asked_for(found.query)
        if is_about := is_about_what_lasts(found.query, figures):
            kept = [hit for hit in kept if is_about(_told_by(hit.passage, generation))]
            if is_lacking(found.query, figures, _sentences_in(kept)):
                figures = frozenset()  # no figure of something else goes first
        # "How do I avoid them" asks something of its own, after whatever question.
        own = query.follows_up and bool(kinds_of_question(query.latest))
        term = term_of(query.latest if own else found.query)
        excerpts = extract.choose(
            led_by_what_is_asked(kept, _asked_last(query, found)),
            allowed=allowed,
            figures=figures,
            term=term,
            follows_up=query.follows_up,
        )
        if not excerpts:
            left_out = bool(suppress) and bool(extract.choose(found.hits, allowed=_lints_clean))
            text = wording.SUPPRESSED if left_out else wording.DECLINED
            reason = "everything that answers is left out" if left_out else "nothing to quote"
            return Answer("declined", text, hits=found.hits, reason=reason)
        lacking = is_lacking(found.query, wanted, _sentences_of(excerpts))
        room = extract.MOST_WORDS - len(wording.DIFFERENT_FIGURES.split())
        differing = not lacking and conflicts.conflicting(
            excerpts, kept, allowed=allowed, most_words=room
        )
        excerpts = differing or excerpts
        cited = {e.hit.passage.article for e in excerpts}
        answer = compose.compose_answer(
            excerpts,
            found.hits,
            articles=generation.articles,
            today=self._today(),
            preface=wording.DIFFERENT_FIGURES if differing else "",
            suggestions=_related(found.hits, generation, query.latest, cited, suppress),
        )
        return replace(
            answer,
            remark=wording.NO_FIGURE if lacking else "",
            reason=verdict.why,
            probability=verdict.probability,
        )

    def _declined(
        self,
        query: Query,
        found: Retrieval,
        generation: Generation,
        verdict: scope.Verdict,
        suppress: frozenset[str],
    ) -> Answer:
        """Why there is no answer; with the closest topics where they may be what was meant.

        A complaint that leads nowhere with its story is answered without it.
        """
        if query.plainly and not verdict.topic:
            plain = Query(query.plainly, query.plainly)
            return self._decide(plain, self._found(plain, generation), generation, suppress)
        # No article on beds, and one on scans: of procedures there is something after all.
        about = _about(generation, self.left_out(generation)).topics - _SAID_WHATEVER_THERE_IS
        topic = "" if verdict.topic in about else verdict.topic
        declined = Answer(
            "declined",
            self._naming_clinic(wording.DECLINED_BY_TOPIC.get(topic, wording.DECLINED)),
            hits=found.hits,
            reason=f"{verdict.outcome}: {verdict.why}",
            probability=verdict.probability,
        )
        first, asked = wording.CLOSEST, found.query
        if verdict.outcome != "closest":
            # "I was gardening all day" asks nothing that could be declined.
            if verdict.topic in _TOLD_OF and only_tells(query.latest):
                return replace(declined, text=wording.TOLD)
            of_the_back = verdict.topic == "sleep" or scope.names_back(found.query)
            if verdict.topic not in _BESIDE_THE_BACK or not of_the_back:
                return declined
            # What is nearest is near to the word that the articles do not go into.
            found = self._found(Query(_FOR_A_BACK, _FOR_A_BACK), generation)
            first = f"{declined.text} {wording.FOR_A_BACK}"
        return replace(
            declined,
            text=_with_topics(first, found, generation),
            suggestions=_related(found.hits, generation, asked, set(), suppress),
        )

    def _request_declined(
        self,
        request: str,
        found: Retrieval,
        generation: Generation,
        verdict: scope.Verdict,
        suppress: frozenset[str],
    ) -> Answer:
        """The fixed words for what no article can answer; with the topic of a diagnosis."""
        text = self._naming_clinic(wording.DECLINED_REQUESTS[request])
        suggestions: tuple[str, ...] = ()
        if request == "diagnosis" and verdict.answers:
            text = f"{text}\n\n{_with_topics(wording.ON_THE_TOPIC, found, generation)}"
            suggestions = _related(found.hits, generation, found.query, set(), suppress)
        reason = f"asks for {request}"
        return Answer("declined", text, hits=found.hits, suggestions=suggestions, reason=reason)

    def _naming_clinic(self, text: str) -> str:
        """A fixed text with the clinic in it: its name, phone and page, and when it opens."""
        if "{clinic}" not in text:
            return text
        values = self._values()
        ways = [way for way in (values.clinic_phone, values.clinic_url) if way]
        name = values.clinic_name or wording.THE_CLINIC
        text = text.replace("{clinic}", f"{name} ({', '.join(ways)})" if ways else name)
        if values.clinic_open is False and values.opens:
            text += f" {wording.OPENS.format(when=values.opens)}"
        return text

    def left_out(self, generation: Generation) -> frozenset[str]:
        """Slugs of the articles that nobody is shown: withdrawn, or overdue where so set."""
        if not self._withhold_overdue:
            return self._withdrawn()
        today = self._today()
        overdue = (
            slug
            for slug, meta in generation.articles.items()
            if meta.review_due is not None and meta.review_due < today
        )
        return self._withdrawn().union(overdue)

    def _shown(self, generation: Generation) -> tuple[ArticleMeta, ...]:
        left_out = self.left_out(generation)
        return tuple(m for slug, m in generation.articles.items() if slug not in left_out)

    def _foreign(
        self,
        language: str,
        found: Retrieval,
        generation: Generation,
        suppress: frozenset[str],
    ) -> Answer:
        sentence = only_english(language) or wording.ONLY_ENGLISH
        titles = [meta.title for meta in self._shown(generation)]
        listed = "\n".join(f"- {title}" for title in titles)
        return Answer(
            "declined",
            f"{sentence}\n{listed}",
            hits=found.hits,
            suggestions=_related(found.hits, generation, found.query, set(), suppress),
            reason=f"language {language}",
        )

    def _without_index(self, turn: Turn, error: BackbotError) -> Answer:
        unanswered = Answer("declined", wording.NO_INDEX, reason=str(error))
        return self._fixed_answer(turn) or unanswered

    def _without_answer(self, turn: Turn) -> Answer:
        text = self._say(_FAILSAFE, turn.before.country)
        failed = Answer("declined", text, reason="an error; see the log")
        return self._fixed_answer(turn) or failed

    # ------------------------------------------------------------------ fixed texts

    def _number_to_call(self, country: str) -> str:
        return emergency_number(self._values_in(country).country, wording=self._wording())

    def message(self, key: str, country: str = "") -> str:
        """A fixed text with the clinic's numbers filled in.

        Args:
            key: One of the chat's own texts, or of the escalation messages.
            country: Where the person is, an ISO code; "" means as the clinic has set.
        """
        values = self._values_in(country)
        fixed = {
            "start": wording.START.format(
                emergency_number=self._number_to_call(country),
                test_version="" if self._ready() else wording.TEST_VERSION,
            ),
            "help": wording.HELP,
            "privacy": wording.PRIVACY.format(hours=f"{self._retention_hours:g}"),
            "forgotten": f"{wording.FORGOTTEN}\n{self._render('safety_net', values)}",
            "not_allowed": wording.NOT_ALLOWED,
            "nothing_yet": wording.NOTHING_YET,
            "topics_intro": wording.TOPICS_INTRO,
            "flood": wording.FLOOD,
        }
        return fixed[key] if key in fixed else self._render(key, values)

    def _render(self, key: str, values: MessageValues) -> str:
        return render_message(key, values, wording=self._wording())

    def _windows(self) -> engine.Windows | None:
        """How long tiers stay open, where the clinic has said."""
        clinic = self._wording()
        return windows_of(clinic) if clinic else None

    def topics(self) -> tuple[tuple[str, str], ...]:
        """What can be asked about: (title, sample question); empty without an index."""
        try:
            articles = self._shown(self._generation())
        except BackbotError:
            return ()
        return tuple((m.title, m.questions[0]) for m in articles if m.questions)

    def sources(self) -> str:
        """Where the articles come from, and whether a clinician has reviewed them."""
        try:
            articles = self._shown(self._generation())
        except BackbotError:
            return wording.NO_INDEX
        today = self._today()
        lines = []
        for meta in articles:
            from_where = "; ".join(source.label() for source in meta.sources) or "not stated"
            lines.append(f"**{meta.title}** ({meta.review_state(today)})\n{from_where}")
        return "\n".join(lines)

    def country(self, text: str) -> tuple[str, str, str] | None:
        """ISO code, name and emergency number of a country a person named, or None."""
        found = find_country(text, wording=self._wording())
        return (found[0], found[1].name, found[1].number) if found else None

    def _values_in(self, country: str) -> MessageValues:
        values = self._values()
        return replace(values, country=country) if country else values

    def _escalation(self, assessment: Assessment, country: str) -> Escalation | None:
        if assessment.template is None:
            return None
        keys = assessment.template.split("+")
        text = "\n\n".join(self._say(key, country, assessment) for key in keys)
        return Escalation(text, assessment.findings)

    def _say(self, key: str, country: str, assessment: Assessment | None = None) -> str:
        """An escalation message. Never raises: the packaged wording, then the built-in copy."""
        language = assessment.language if assessment else "en"
        third_person = assessment.third_person if assessment else False
        try:
            return render_message(
                key,
                self._values_in(country),
                language=language,
                third_person=third_person,
                wording=self._wording(),
            )
        except Exception:
            logger.exception("message %s could not be filled in", key)
        try:
            return render_message(key, MessageValues(country=country), third_person=third_person)
        except Exception:
            logger.exception("message %s could not be rendered", key)
            return FALLBACK["emergency" if key.startswith("emergency") else "failsafe"]

    # ------------------------------------------------------------------ content tests

    def test_questions(
        self, generation: Generation, questions: Sequence[tuple[str, str]] | None = None
    ) -> tuple[ContentTest, ...]:
        """Whether each sample question finds its article, with the answer it gets.

        Args:
            generation: The index to ask.
            questions: Slug and text of each; by default the generation's own.
        """
        if self._finder is None:
            raise NoGenerationError("There is no encoder to test the sample questions with.")
        tests = []
        for slug, question in generation.question_keys if questions is None else questions:
            found = self._finder.retrieve(question, generation, without=frozenset())
            found = reordered(found, found.query)
            ranked = list(dict.fromkeys(hit.passage.article for hit in found.hits))
            rank = ranked.index(slug) + 1 if slug in ranked else None
            answer = self._decide(Query(question, question), found, generation, frozenset())
            ok = rank is not None and rank <= FOUND_WITHIN and answer.kind == "answer"
            tests.append(ContentTest(slug, question, ok, rank, answer.text))
        return tuple(tests)


@dataclass(frozen=True, slots=True)
class _About:
    """What the lists of `scope.toml` hold and the articles that are shown are about after all.

    Attributes:
        words: Of the off-corpus lists.
        topics: Ids of theirs.
        requests: Numbers of requests.
    """

    words: frozenset[str]
    topics: frozenset[str]
    requests: frozenset[int]


@lru_cache(maxsize=8)
def _about(generation: Generation, without: frozenset[str]) -> _About:
    titles = sorted({m.title for slug, m in generation.articles.items() if slug not in without})
    headings = sorted({p.section for p in generation.passages if p.article not in without})
    key = key_of(
        [*scope.MADE_BY, *requests.MADE_BY],
        "\n".join(titles).encode(),
        "\n".join(headings).encode(),
    )
    words, told = kept_or_made(
        "about.bin",
        key,
        lambda: ([*scope.spoken_of(titles, headings)], [*requests.told_of(titles, headings)]),
    )
    return _About(frozenset(words), scope.topics_of(words), frozenset(told))


def _holds_beside(found: Retrieval, words: str) -> bool:
    """Whether words stand side by side in what was found of the three best passages' articles."""
    best = {hit.passage.article for hit in found.hits[:FOUND_WITHIN]}
    texts = (hit.passage.text for hit in found.hits if hit.passage.article in best)
    wanted = f" {_plain(words)} "
    return any(wanted in f" {_plain(text)} " for text in texts)


@lru_cache(maxsize=4096)
def _plain(text: str) -> str:
    """Folded words of an article's text, or of the lists, without an "s" at the end."""
    return " ".join(word.removesuffix("'s").removesuffix("s") for word in words_of(text))


# Texts of articles, never of people: the same few are looked at for one question after the other.
@lru_cache(maxsize=_SENTENCES_REMEMBERED)
def _lints_clean(text: str) -> bool:
    return not lint(text)


def _named_before(hits: Sequence[Hit]) -> frozenset[str]:
    """Sentences such as "This is a fracture." that name what the one before tells of anybody.

    They lean on it, so no answer shows them without it. Alone such words would be a diagnosis.
    """
    pairs = (pair for hit in hits for pair in pairwise(hit.passage.units))
    return frozenset(
        unit.text
        for above, unit in pairs
        if unit.text.startswith("This is ")  # few do, so little is looked at
        and above.block == unit.block
        and not _lints_clean(unit.text)
        and _lints_clean(f"{above.text} {unit.text}")
    )


@lru_cache(maxsize=8192)
def _terms_of_sample(question: str) -> frozenset[str]:
    return frozenset(terms_of(question))


def _asked_last(query: Query, found: Retrieval) -> str:
    """What says what kind of thing is asked for: of a follow-up the last turn."""
    return query.asks or (query.latest if query.follows_up else found.query)


def _sentences_of(excerpts: Sequence[extract.Excerpt]) -> Iterator[tuple[str, str]]:
    """Section and text of each sentence that is shown."""
    return ((e.hit.passage.section, unit.text) for e in excerpts for unit in e.units)


def _told_by(passage: Passage, generation: Generation) -> str:
    """What a passage says, under its heading and its article's title."""
    title = generation.articles[passage.article].title
    return "\n".join((title, passage.section, *(unit.text for unit in passage.units)))


def _sentences_in(hits: Sequence[Hit]) -> Iterator[tuple[str, str]]:
    """Section and text of each sentence of these passages."""
    return ((hit.passage.section, unit.text) for hit in hits for unit in hit.passage.units)


def _lacks_measure(text: str, found: Retrieval) -> bool:
    """Whether a question asks for a temperature, a weight or the like that nothing near gives."""
    wanted = measure_asked_for(text)
    if not wanted or found.signals.question >= scope.ASKED:
        return False
    near = (unit for hit in found.hits[:FOUND_WITHIN] for unit in hit.passage.units)
    return not any(wanted & families_in(unit.text) for unit in near)


def _with_topics(first: str, found: Retrieval, generation: Generation) -> str:
    """A fixed sentence, and the titles of the nearest articles under it."""
    slugs = dict.fromkeys(hit.passage.article for hit in found.hits)
    titles = [generation.articles[slug].title for slug in slugs][:_SUGGESTIONS]
    return "\n".join((first, *(f"- {title}" for title in titles)))


def _related(
    hits: Sequence[Hit],
    generation: Generation,
    asked: str,
    cited: set[str],
    suppress: frozenset[str],
) -> tuple[str, ...]:
    """Sample questions of the best articles, the cited ones' and the well put ones first.

    Left out are those that were nearly asked just now, and those about what must be left out.
    """
    slugs = list(dict.fromkeys(hit.passage.article for hit in hits))
    slugs.sort(key=lambda slug: slug not in cited)
    words = set(terms_of(asked))
    offered = [
        (
            question
            for question in _well_put_first(tuple(generation.articles[slug].questions))
            if not speaks_of(question, suppress) and not _alike(words, _terms_of_sample(question))
        )
        for slug in slugs
    ]
    # Their first ones, then their second ones, as far as there are any; looked at as needed.
    rounds = (q for _ in range(_SUGGESTIONS) for of_one in offered for q in islice(of_one, 1))
    found: dict[str, None] = {}
    for question in rounds:
        found[question] = None
        if len(found) == _SUGGESTIONS:
            break
    return tuple(found)


@lru_cache(maxsize=4096)
def _well_put_first(questions: tuple[str, ...]) -> tuple[str, ...]:
    """Sample questions, those to be read on a button before those worded only to be found."""
    return tuple(sorted(questions, key=lambda q: not (q[:1].isupper() and q.endswith("?"))))


def _alike(one: AbstractSet[str], other: AbstractSet[str]) -> bool:
    """Whether two questions ask nearly the same words."""
    return bool(one) and len(one & other) >= _ALIKE * len(one | other)


@lru_cache(maxsize=_SENTENCES_REMEMBERED)
def _tells_of_nerves(sentence: str) -> bool:
    """Whether the packaged rules find a nerve sign in a sentence of an answer.

    Answers are made of the articles' sentences, so the same ones come again and again, and
    reading each anew was half of what a reply cost beside the encoder.
    """
    return any(
        mention.tier >= Tier.NERVE and mention.concept in _NERVE_SIGNS
        for mention in engine.default_reader().read(sentence).mentions
    )


def _speaks_of_signs(line: str, rules: engine.InForce | None = None) -> bool:
    """Whether a sentence of a line speaks of a nerve sign without sending to somebody with it."""
    if rules is None:
        return _packaged_signs(line)
    return any(
        rules.own_signs(sentence) or _tells_of_nerves(sentence) for sentence in _unsent(line)
    )


@lru_cache(maxsize=_SENTENCES_REMEMBERED)
def _packaged_signs(line: str) -> bool:
    return any(map(_tells_of_nerves, _unsent(line)))


def _unsent(line: str) -> list[str]:
    """A line's sentences that send nobody to somebody."""
    return [
        sentence
        for sentence in _SENTENCE_END.split(line)
        if sentence and not _SENDS_TO_SOMEBODY.search(sentence)
    ]


def _mentions_signs(answer: Answer, rules: engine.InForce | None) -> bool:
    """Whether what is about to be sent speaks of nerve signs without saying what to do.

    A sentence that itself sends people with the sign to somebody needs no note. Signs of the
    clinic's own rules count too.
    """
    try:
        return any(_speaks_of_signs(line, rules) for line in answer.text.splitlines())
    except Exception:
        logger.exception("the escalation engine failed on an answer")
        return True


__all__ = ["Assistant", "Finder", "Turn"]
