"""Text → mentions: every sign that the rules find, how it is spoken of, and what stands beside it.

Two ways of finding (docs/decisions/0005): patterns (`emergency.toml`, …), without what `unless`
says is none, and composition (`compose.toml`): one of the `qualities`, such as "numb", is linked
to the one of the `parts` it belongs to. `context` then decides whether a sign is present, `beside`
and `modifiers` what combinations may ask for.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field

from backbot.model import FindingStatus, Tier
from backbot.triage.beside import course_alone, with_keys
from backbot.triage.context.cues import Cues, longest
from backbot.triage.context.judge import judge
from backbot.triage.context.mention import RED_CONCEPTS, Mention
from backbot.triage.context.negation import CLINICAL_SCOPE, Negation
from backbot.triage.context.times import moments
from backbot.triage.context.utterance import Utterance
from backbot.triage.lexicon import Line, Marks, find
from backbot.triage.modifiers import message_modifiers
from backbot.triage.parts import NEAR, Linker, clauses, contrasted, part_spans
from backbot.triage.pieces import second_side
from backbot.triage.qualities import (
    OF_THINGS_TOO,
    is_asked_about,
    is_no_sign,
    needs_limb,
    one_sided,
    stands_alone,
)
from backbot.triage.rules import NEGATIVE_WORDS, PARTS, Rule, RuleSet
from backbot.triage.senses import crosses, is_felt_there, is_likened, other_senses, united
from backbot.triage.text import (
    Token,
    doubtful_part,
    in_doubt,
    split_words,
    tokenise,
    words_of,
)
from backbot.triage.unless import Unless, exceptions_of, says_none
from backbot.triage.well import well_clauses

__all__ = ["RED_CONCEPTS", "Mention", "Reader", "Reading"]

_LINKED_QUALITIES = ("numb", "tingle", "weak", "electric", "burn", "weak_noun", "odd_feel")
_LIMBS = frozenset({"leg", "arm", "leg_both", "saddle", "buttock", "face", "half_body"})
_SIGNS_FOR_WORDS = (("(-)", "no "), ("-ve", "nil"))  # as notes write them
_PARTS = re.compile(r"[:;(]|\s[-–—]+\s|—")
_UNTIL_REACH = 4
_UNTIL = words_of("until till before")
_TERM = 7  # letters
_CAUSES = words_of("cause causes reason source origin aetiology etiology")  # "… not identified"
_ONSET = words_of("i he she we they last yesterday this the my today now")
_HAS = words_of("has have had is are was were all")
_GUARDS = ("guard_fixed", "guard")
HESITATIONS = ("cannot_go", "waits", "goes")
"""Cues of somebody who has been told to get help at once; of two, the first counts."""


@dataclass(slots=True)
class Reading:
    """One text, read: tokens, classes and everything found in it."""

    tokens: Sequence[Token]
    marks: Marks
    mentions: list[Mention] = field(default_factory=list)
    modifiers: frozenset[str] = frozenset()
    parts: tuple[str, ...] = ()
    third_person: bool = False
    pet: bool = False
    gone: bool = False
    seen: bool = False
    cleared: bool = False
    hesitation: str = ""
    """What it says of a warning to get help at once: one of `HESITATIONS`; "" for nothing."""
    yes: bool = False
    course: frozenset[str] = frozenset()
    """What a text that tells no more says of a sign's course: "worsening", "sudden", "new"."""


class Reader:
    """Reads texts with one rule set. Stateless: one instance serves every thread."""

    def __init__(self, rules: RuleSet) -> None:
        self._rules = rules
        # A context cue and a word class may share a name: the cue is the one asked for.
        names = sorted(rules.lexicon.classes, key=lambda name: name.startswith("ctx_"))
        self._numbers = {name.removeprefix("ctx_"): rules.lexicon.id_of(name) for name in names}
        self._by_class = _indexed(rules)

    # ------------------------------------------------------------------ the whole

    def read(
        self,
        text: str,
        previous_parts: Sequence[str] = (),
        spared: AbstractSet[str] = frozenset(),
        *,
        doubting: bool = False,
        tokens: Sequence[Token] | None = None,
    ) -> Reading:
        """Everything found in one text.

        Args:
            text: As typed.
            previous_parts: Body parts of the person's last message, for "it's gone numb".
            spared: Words of another language, which are no misspelled English ones.
            doubting: Whether to read each word as all that it may mean (`Token.also`).
            tokens: Those of the text, where it has been read before.

        Returns:
            Mentions in text order, present or not, and the modifiers of the message.
        """
        if tokens is None:
            tokens = tokenise(text, self._rules.speller, spared)
        if doubting:
            tokens = in_doubt(tokens)
        raw = Cues(self._numbers, self._rules.lexicon.mark(tokens, in_doubt=doubting))
        cues = self._without(self._masked(raw), [*_answered(tokens), *well_clauses(raw)])
        reading = Reading(tokens, cues.marks)
        negation = Negation(raw)
        parts = contrasted(list(part_spans(cues)), cues)
        # what the dentist numbed, guarded or not
        dental = {raw.sentence[start] for start, _ in raw.spans("dental")}
        links = self._links(cues, parts, previous_parts, dental)
        mentions = _grouped([*self._patterns(cues, raw), *links])
        reading.parts = tuple(p for p in PARTS if p != "trunk" and any(p == n for *_, n in parts))
        reading.third_person = bool(raw.spans("third_person"))
        reading.gone = bool(raw.spans("gone"))
        reading.seen = any(not negation.is_over(start) for start, _ in raw.spans("seen"))
        reading.cleared = any(not negation.is_over(start) for start, _ in raw.spans("cleared"))
        reading.hesitation = next((name for name in HESITATIONS if raw.spans(name)), "")
        reading.yes = _is_yes(raw)
        times = list(moments(tokens))
        told = [m for m, _ in mentions if not negation.is_over(m.start)]
        reading.modifiers = message_modifiers(cues, negation, times, told)
        if second_side(text, tokens):
            reading.modifiers |= {"m_other_too"}
        if not mentions:
            reading.course = course_alone(cues, negation, times)
            return reading
        said = Utterance(text, raw, times, negation)
        loss = {k for a, b in cues.spans("loss") for k in range(a, b)}
        for widest, inside in mentions:
            judged = _judged(said, widest, loss)
            found = [judged]
            if judged.status is not FindingStatus.PRESENT:
                # "no trouble pooing but cant pee": the shorter reading may stand
                within = (_judged(said, m, loss) for m in inside)
                found += [m for m in within if m.status is FindingStatus.PRESENT]
            if judged.status is FindingStatus.NOT_A_PERSON:
                reading.pet = reading.pet or bool(raw.spans("pet"))
            reading.mentions.extend(with_keys(m, cues, times) for m in found)
        reading.mentions.sort(key=lambda m: (m.start, m.stop, m.rule_id))
        if _is_only_told(reading.mentions):
            # "imagine somebody fell off a roof": no fall that a combination may count
            reading.modifiers -= {"m_fall", "m_height"}
        return reading

    def doubtful_part(self, text: str, reading: Reading) -> str:
        """What of a text, read before, can be read otherwise: to be read again, `doubting`."""
        return doubtful_part(text, reading.tokens, self._rules.speller)

    def negated(self, sentence: str, start: int, end: int) -> bool:
        """Whether any words of a sentence are negated, signs or not.

        Args:
            sentence: As written.
            start: First character of the words asked about.
            end: One past the last.
        """
        for sign, word in _SIGNS_FOR_WORDS:  # of the same length, so that places stay
            sentence = sentence.replace(sign, word)
        # What is long is a term of medicine, and no slip: "instability" is no "in stability".
        terms = frozenset(t.word for t in split_words(sentence) if len(t.word) >= _TERM)
        tokens = tokenise(sentence, self._rules.speller, terms)
        places = [k for k, t in enumerate(tokens) if t.start < end and t.end > start]
        if not places:
            return False
        cues = Cues(self._numbers, self._rules.lexicon.mark(tokens))
        parted = {
            k
            for k in range(1, len(tokens))
            if _PARTS.search(sentence[tokens[k - 1].end : tokens[k].start])
        }
        negation = Negation(cues, CLINICAL_SCOPE, parted)
        first, stop = places[0], places[-1] + 1
        while first < stop - 1 and negation.is_cue(first):
            first += 1  # "no new nodules", of "new nodules"
        if any(
            tokens[k].word in _UNTIL and cues.words(k + 1, k + 2) & _ONSET
            for k in range(stop, min(stop + _UNTIL_REACH, len(tokens)))
        ):
            return False  # "no pain at all until I picked up the shopping"
        after = None if cues.words(first - 3, first) & _CAUSES else negation.after(stop)
        ended = any(
            cues.words(stop, start) <= _HAS and "longer" not in cues.words(start, past)
            for start, past in cues.near("resolved", stop, stop + 2)
        )
        return bool(negation.over(first, (first, stop)) or after or ended)

    def _masked(self, raw: Cues) -> Cues:
        """The marks again, with the words of guarded phrases blanked."""
        if not raw.here(_GUARDS):
            return raw
        fixed = other_senses("guard_fixed", raw)
        cues = self._without(raw, fixed)
        loose = [
            place for place in united(other_senses("guard", raw)) if not is_likened(raw, place)
        ]
        if not loose:
            return cues
        signs = [(sign.start, sign.stop) for sign in self._patterns(cues, raw)]
        parts = contrasted(list(part_spans(cues)), cues)
        limbs = [(start, stop) for start, stop, part in parts if part != "trunk"]
        other = [
            (start, stop)
            for start, stop in loose
            if not any(crosses(cues, (start, stop), sign) for sign in signs)
            and not is_felt_there(
                cues,
                [
                    felt
                    for quality in _LINKED_QUALITIES
                    for felt in cues.near(quality, start - NEAR, stop + NEAR)
                ],
                [limb for limb in limbs if start - NEAR <= limb[0] < stop + NEAR],
                (start, stop),
            )
        ]
        return self._without(raw, [*fixed, *other]) if other else cues

    def _without(self, cues: Cues, places: Sequence[tuple[int, int]]) -> Cues:
        """The cues again, as if the places held no words."""
        if not places:
            return cues
        hidden = {k for start, stop in places for k in range(start, stop)} | cues.hidden
        return Cues(self._numbers, self._rules.lexicon.without(cues.marks, hidden), hidden)

    # ------------------------------------------------------------------ finding

    def _patterns(self, cues: Cues, raw: Cues) -> Iterator[Mention]:
        """What the rules find in the cues, without what is said to be none.

        "no urge to go to the gym": guarded words still say that an emergency is none, for they
        have to share a word with it.
        """
        seen: set[tuple[str, int, int]] = set()
        unless: dict[str, list[Unless]] = {}
        for rule, negative, place in sorted(self._found(cues.marks), key=_in_order):
            key = (rule.rule_id, *place)
            if key in seen:
                continue
            seen.add(key)
            if rule.rule_id not in unless:
                told_by = raw if rule.tier is Tier.EMERGENCY else cues
                unless[rule.rule_id] = exceptions_of(rule, told_by)
            if says_none(rule, place, unless[rule.rule_id], cues):
                continue
            yield Mention(
                rule.rule_id, rule.concept, rule.tier, rule.template, rule.note,
                *place, place[0], negative, rule.named, effective=rule.tier,
            )  # fmt: skip

    def _found(self, marks: Marks) -> Iterator[tuple[Rule, bool, tuple[int, int]]]:
        """Where the rules' patterns stand. Those whose two rarest classes are here are tried."""
        places = marks.places
        present = places.present
        for number in self._by_class.keys() & places.rarest:
            by_other = self._by_class[number]
            for other in by_other.keys() & present:
                for sequence, rule, negative in by_other[other]:
                    for place in find(sequence, places, marks.sentence):
                        yield rule, negative, place

    def _links(
        self,
        cues: Cues,
        parts: Sequence[tuple[int, int, str]],
        previous: Sequence[str],
        dental: AbstractSet[int],
    ) -> Iterator[Mention]:
        qualities = cues.here(_LINKED_QUALITIES)
        linker = Linker(cues, parts, clauses(cues) if qualities else [])
        for quality in qualities:
            for start, stop in longest(cues.spans(quality)):
                if is_asked_about(cues, start, stop) or is_no_sign(cues, quality, start, stop):
                    continue
                linked = list(linker.parts_of(start, stop))
                if cues.words(start, stop) <= OF_THINGS_TOO:
                    linked = [place for place in linked if linker.is_beside(place, start, stop)]
                if needs_limb(cues, start, stop) and not any(
                    p in _LIMBS or quality == "tingle" for *_, p in linked
                ):
                    continue
                if not linked and previous and quality not in {"burn", "odd_feel"}:
                    linked = [(start, stop, part) for part in previous]
                if not linked and not stands_alone(cues, quality, start, stop):
                    continue
                if not linked:
                    linked = [(start, stop, "none")]
                if cues.sentence[start] in dental:
                    linked = [place for place in linked if place[2] != "face"]
                yield from self._composed(quality, (start, stop), linked, cues)

    def _composed(
        self,
        quality: str,
        place: tuple[int, int],
        linked: Sequence[tuple[int, int, str]],
        cues: Cues,
    ) -> Iterator[Mention]:
        start, stop = place
        names = {part for *_, part in linked}
        for first, last, part in linked:
            compose = self._rules.composes.get((quality, part))
            if compose is None:
                continue
            if part == "buttock" and quality == "numb" and one_sided(cues, first, names):
                compose = self._rules.composes["tingle", "buttock"]
            yield Mention(
                compose.rule_id, compose.concept, compose.tier, compose.template, "",
                min(start, first), max(stop, last), start,
                negative=bool(cues.words(start, stop) & NEGATIVE_WORDS), effective=compose.tier,
            )  # fmt: skip


_Entry = tuple[Line, Rule, bool]


def _indexed(rules: RuleSet) -> dict[int, dict[int, list[_Entry]]]:
    """Every pattern of every rule, by the class of its that stands in the fewest messages.

    Then by the next rarest of its classes, which decides nearly always.
    """
    entries = [
        (sequence, rule, pattern.negative)
        for rule in rules.rules
        for pattern in rule.patterns
        for sequence in pattern.sequences
    ]
    found: dict[int, dict[int, list[_Entry]]] = {}
    for entry in entries:
        line = entry[0]
        found.setdefault(line.rarest, {}).setdefault(line.other, []).append(entry)
    return found


def _in_order(found: tuple[Rule, bool, tuple[int, int]]) -> tuple[str, int, int, bool]:
    rule, negative, (start, stop) = found
    return rule.rule_id, start, stop, not negative


def _grouped(mentions: Sequence[Mention]) -> list[tuple[Mention, list[Mention]]]:
    """Per concept and place the widest mention, with those that stand inside it."""
    kept: list[tuple[Mention, list[Mention]]] = []
    for mention in sorted(mentions, key=lambda m: (m.concept, m.start, m.start - m.stop)):
        if kept:
            widest, inside = kept[-1]
            if widest.concept == mention.concept and mention.stop <= widest.stop:
                inside.append(mention)
                continue
        kept.append((mention, []))
    return kept


def _answered(tokens: Sequence[Token]) -> Iterator[tuple[int, int]]:
    """A "no" that answers and denies nothing behind it: "no i can feel my legs"."""
    for k, token in enumerate(tokens[:-3]):
        if token.word not in _NO_ANSWER or (k and not token.brk):
            continue
        able = tokens[k + 2].word in _ABLE and tokens[k + 1].word in _WHO_CAN
        if able and tokens[k + 3].word not in _NOT_ABLE:
            yield k, k + 1


_NO_ANSWER = words_of("no nope nah")
_WHO_CAN = words_of("i he she they we")
_ABLE = words_of("can could")
_NOT_ABLE = words_of("not no hardly barely scarcely never t only")


def _is_yes(cues: Cues) -> bool:
    """Whether the message is no more than a yes."""
    count = len(cues.tokens)
    if count > 1 and cues.tokens[0].word == "both":
        return False  # "both legs" names a part
    return bool(count) and any(
        start == 0 and stop >= count - 1 for start, stop in cues.near("yes", 0, 1)
    )


_NOT_REAL = frozenset(
    {FindingStatus.CONDITIONAL, FindingStatus.INFORMATIONAL, FindingStatus.NOT_A_PERSON}
)


def _is_only_told(mentions: Sequence[Mention]) -> bool:
    """Whether the only accident of a text is one that is asked about, feared or made up."""
    accidents = [m for m in mentions if m.concept == "trauma_major"]
    return bool(accidents) and all(
        m.status in _NOT_REAL or (m.status is FindingStatus.HISTORICAL and not m.effective)
        for m in accidents
    )


def _judged(said: Utterance, m: Mention, loss: set[int]) -> Mention:
    """The mention with its status, given which tokens tell of a loss."""
    return judge(said, m, loss.intersection(range(m.start, m.stop)))
