"""Text → mentions: every sign that the rules find, how it is spoken of, and what stands beside it.

Two ways of finding: patterns (`emergency.toml`, …) and composition (`compose.toml`): a quality
such as "numb" is linked to the body part it belongs to. `context` then decides whether a sign is
present.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from typing import NamedTuple

from backbot.model import FindingStatus, Tier
from backbot.triage.context.cues import Cues, longest
from backbot.triage.context.judge import judge
from backbot.triage.context.mention import RED_CONCEPTS, Mention
from backbot.triage.context.negation import CLINICAL_SCOPE, TELLING, Negation
from backbot.triage.context.times import RECENT_DAYS, YEAR_DAYS, Moment, moments
from backbot.triage.context.utterance import Utterance
from backbot.triage.lexicon import Line, Marks, find
from backbot.triage.pieces import second_side
from backbot.triage.rules import NEGATIVE_WORDS, PARTS, Rule, RuleSet
from backbot.triage.senses import crosses, is_felt_there, is_likened, other_senses, united
from backbot.triage.text import (
    HARD,
    SOFT,
    Token,
    doubtful_part,
    in_doubt,
    tokenise,
    words_of,
)

__all__ = ["RED_CONCEPTS", "Mention", "Reader", "Reading"]

_NEAR = 8  # tokens between a symptom and its body part (specification, section 1)
_BESIDE = 10  # tokens between a sign and its modifier
_UNLESS = 5  # tokens between a sign and what says it is none
_LONGEST_UNLESS = 20
# A question that begins without a comma parts too: "legs not responding how do i stretch".
_PARTING = words_of("and but now n then how which what whats should could can best any")
_CHAINED = 5  # tokens between two parts of one list
_LIMB_REACH = 4
_SIDE_REACH = 3
_CHAIN = words_of(
    "and n or the my his her their both all to down into in of through plus inner left right also "
    "around upto till from with lower upper outer side on a towards as well"
)
_MODIFIERS = ("recent", "sudden", "worse", "severe", "stable", "new", "positional", "brief_fine")
_MODIFIER_NAMES = {"worse": "worsening"}
_LINKED_QUALITIES = ("numb", "tingle", "weak", "electric", "burn", "weak_noun", "odd_feel")
# "tired legs", "heavy arm": a weakness only beside a limb.
_VAGUE_WEAK = words_of(
    "heavy jelly wobbly limp week collapse collapsed shaky gives fails packing lazy slow weak "
    "tremble trembles trembling trembly shake shakes "
    "fold folds cave crumble failing tired spaghetti noodle noodles"
)
# Of these, what no exertion explains: power that is gone, not legs that are tired (C24).
_LOST_POWER = words_of(
    "weak week collapse collapsed gives fails fold folds cave crumble failing limp"
)
_LIMBS = frozenset({"leg", "arm", "leg_both", "saddle", "buttock", "face", "half_body"})
# "all week, legs fine": a time; "weak quads, how to train them": a muscle to be trained.
_BEFORE_A_WEEK = words_of("all this last next every each per one a the whole")
_TRAINED = words_of(
    "quads quad calves hamstrings ankles wrists knees shoulders hips glutes core abs triceps"
    " biceps"
)
_OF_ITS = words_of("in of my the your lower upper")  # "weakness in my lower back"
_FAMILY = {
    "limb_numbness": "numbness", "numbness": "numbness", "tingling": "tingling",
    "limb_weakness": "weakness", "muscle_weakness": "weakness",
    "electric_burning_pain": "electric", "radiating_leg_pain": "radiating",
    "radiating_arm_pain": "radiating", "sciatica_named": "radiating",
}  # fmt: skip
# Signs whose own words may say that they get worse: "losing feeling", "getting weaker"; in others
# they do not ("pain spreads to my elbow", "losing my balance").
_TELLS_CHANGE = frozenset(
    {"limb_numbness", "numbness", "tingling", "limb_weakness", "muscle_weakness", "foot_drop"}
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


_HAS = words_of("has have had is are was were all")
_MESSAGE_MODIFIERS: Mapping[str, tuple[str, ...]] = {
    "m_other_too": ("other_too",), "m_inject": ("inject",), "m_immune": ("immune",),
    "m_procedure": ("procedure",), "m_unwell": ("very_unwell",), "m_thinner": ("thinner",),
    "m_fall": ("minor_fall", "trauma"), "m_strain": ("strain",), "m_spine": ("back",),
    "m_older": ("m_older",), "m_age70": ("m_age70",), "m_child": ("m_child",),
    "m_severe": ("m_severe",), "m_badly": ("m_badly",), "m_sudden": ("m_sudden",),
    "m_worse": ("m_worse",),
    "m_new": ("m_new",), "m_direct_blow": ("direct_blow",), "m_stable": ("m_stable",),
    "m_height": ("m_height",), "m_faint": ("faint",), "m_lasting": ("m_lasting",),
    "m_limb": ("leg", "arm"),
    "m_stiff_neck": ("stiff_neck",), "m_meningeal": ("meningeal",),
    "m_pregnant": ("m_pregnant",), "m_pregnancy_alarm": ("pregnancy_alarm",),
    "m_bladder": ("bladder_word", "toilet"),
    "m_private": ("private_act",),
    "m_surgery": ("surgery_told",), "m_wound": ("wound_told",),
    "m_upper_back": ("upper_back",), "m_sweats": ("sweats_told",),
    "m_sweat_explained": ("sweat_explained",),
}  # fmt: skip


_MODIFYING = {cls: name for name, classes in _MESSAGE_MODIFIERS.items() for cls in classes}

# "havent got up for a pee all day": named is enough.
_EVEN_DENIED = frozenset({"m_bladder", "m_limb"})


_GUARDS = ("guard_fixed", "guard")


def _judged(said: Utterance, m: Mention, loss: set[int]) -> Mention:
    """The mention with its status, given which tokens tell of a loss."""
    return judge(said, m, loss.intersection(range(m.start, m.stop)))


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
    yes: bool = False


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
        cues = self._without(self._masked(raw), list(_answered(tokens)))
        reading = Reading(tokens, cues.marks)
        negation = Negation(raw)
        parts = _contrasted(list(_part_spans(cues)), cues)
        # what the dentist numbed, guarded or not
        dental = {raw.sentence[start] for start, _ in raw.spans("dental")}
        links = self._links(cues, parts, previous_parts, dental)
        mentions = _grouped([*self._patterns(cues), *links])
        reading.parts = tuple(p for p in PARTS if p != "trunk" and any(p == n for *_, n in parts))
        reading.third_person = bool(raw.spans("third_person"))
        reading.gone = bool(raw.spans("gone"))
        reading.seen = any(not negation.is_over(start) for start, _ in raw.spans("seen"))
        reading.cleared = any(not negation.is_over(start) for start, _ in raw.spans("cleared"))
        reading.yes = _is_yes(raw)
        times = list(moments(tokens))
        told = [m for m, _ in mentions if not negation.is_over(m.start)]
        reading.modifiers = _message_modifiers(cues, negation, times, told)
        if second_side(text, tokens):
            reading.modifiers |= {"m_other_too"}
        if not mentions:
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
            reading.mentions.extend(_with_keys(m, cues, times) for m in found)
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
        tokens = tokenise(sentence, self._rules.speller)
        places = [k for k, t in enumerate(tokens) if t.start < end and t.end > start]
        if not places:
            return False
        cues = Cues(self._numbers, self._rules.lexicon.mark(tokens))
        negation = Negation(cues, CLINICAL_SCOPE)
        first, stop = places[0], places[-1] + 1
        ended = any(
            cues.words(stop, start) <= _HAS and "longer" not in cues.words(start, past)
            for start, past in cues.near("resolved", stop, stop + 2)
        )
        return bool(negation.over(first, (first, stop)) or negation.after(stop) or ended)

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
        signs = [(sign.start, sign.stop) for sign in self._patterns(cues)]
        parts = _contrasted(list(_part_spans(cues)), cues)
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
                    for felt in cues.near(quality, start - _NEAR, stop + _NEAR)
                ],
                [limb for limb in limbs if start - _NEAR <= limb[0] < stop + _NEAR],
                (start, stop),
            )
        ]
        return self._without(raw, [*fixed, *other]) if other else cues

    def _without(self, cues: Cues, places: Sequence[tuple[int, int]]) -> Cues:
        """The cues again, as if the places held no words."""
        if not places:
            return cues
        hidden = {k for start, stop in places for k in range(start, stop)}
        return Cues(self._numbers, self._rules.lexicon.without(cues.marks, hidden))

    # ------------------------------------------------------------------ finding

    def _patterns(self, cues: Cues) -> Iterator[Mention]:
        seen: set[tuple[str, int, int]] = set()
        dropping: dict[str, list[_Exception]] = {}
        for rule, negative, place in sorted(self._found(cues.marks), key=_in_order):
            key = (rule.rule_id, *place)
            if key in seen:
                continue
            seen.add(key)
            if rule.rule_id not in dropping:
                dropping[rule.rule_id] = _dropping(rule, cues)
            strict = rule.tier >= Tier.URGENT
            explained = strict and rule.concept not in _OF_EXERTION
            reach = _UNLESS
            if rule.tier is Tier.EMERGENCY or rule.concept in _NO_CAUSE:
                reach = -1
            elif strict:
                reach = 1
            beside = [e[:2] for e in dropping[rule.rule_id] if e.tells_of(place, reach)]
            if _is_dropped(place, beside, cues, strict=strict, explained=explained):
                continue
            if rule.concept == "trauma_major" and _is_only_a_sport(cues, place):
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
        linker = _Linker(cues, parts, _clauses(cues) if qualities else [])
        for quality in qualities:
            for start, stop in longest(cues.spans(quality)):
                if _is_no_sign(cues, quality, start, stop):
                    continue
                linked = list(linker.parts_of(start, stop))
                if cues.words(start, stop) <= _OF_THINGS_TOO:
                    linked = [place for place in linked if linker.is_beside(place, start, stop)]
                if _needs_limb(cues, start, stop) and not any(
                    p in _LIMBS or quality == "tingle" for *_, p in linked
                ):
                    continue
                if not linked and previous and quality not in {"burn", "odd_feel"}:
                    linked = [(start, stop, part) for part in previous]
                if not linked and not _stands_alone(cues, quality, start, stop):
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
            if part == "buttock" and quality == "numb" and _one_sided(cues, first, names):
                compose = self._rules.composes["tingle", "buttock"]
            yield Mention(
                compose.rule_id, compose.concept, compose.tier, compose.template, "",
                min(start, first), max(stop, last), start,
                negative=bool(cues.words(start, stop) & NEGATIVE_WORDS), effective=compose.tier,
            )  # fmt: skip


# ---------------------------------------------------------------------- patterns


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


class _Exception(NamedTuple):
    """Where the text says that a sign is none, and the words that deny it."""

    start: int
    stop: int
    denied: tuple[int, ...] = ()

    def tells_of(self, sign: tuple[int, int], reach: int) -> bool:
        """Whether it shares a word with a sign, or no more than some words part them.

        "chest pain lying on the mattress", "fever after yoga": what stands beside a sign says
        where or when it came, and does not make an emergency harmless. Nor does a cause that is
        denied, "it tore, not a muscle", but by the sign's own word: "no control of ...".

        Args:
            sign: Its place.
            reach: Words that may part them; -1 where they have to share one.
        """
        start, stop = sign
        own = {*range(start, start + _OWN_DENIAL), *range(start, min(self.start, stop - 1))}
        touches = start - reach <= self.stop and self.start <= stop + reach
        return touches and all(k in own for k in self.denied)


def _dropping(rule: Rule, cues: Cues) -> list[_Exception]:
    """Where the text says that the rule's sign is none, unless that is itself denied."""
    marks = cues.marks
    present = marks.places.present
    strict = rule.tier >= Tier.URGENT
    return sorted(
        _Exception(*place, _denials(pattern.text, place, cues) if strict else ())
        for pattern in rule.unless
        for sequence in pattern.sequences
        if sequence.rarest in present and sequence.other in present
        for place in find(sequence, marks.places, marks.sentence)
        if not (pattern.text.endswith(_ALL_CLEAR) and _is_denied(cues, *place))
        and not _has_ended(place, cues)
    )


def _denials(pattern: str, place: tuple[int, int], cues: Cues) -> tuple[int, ...]:
    """Words that deny a harmless reason or only compare with it.

    "it tore, not a muscle", "not the menopause"; "like a rock on my chest".

    Args:
        pattern: The reason's; one that itself says "no" is not asked.
        place: Where it stands.
        cues: The marked text.
    """
    start, stop = place
    if pattern.endswith("_fine"):
        return ()
    words: set[str] = set()
    if "like" not in pattern:
        words.add("like")
    if not _SAYS_NO.search(pattern):
        words |= _NO_REASON
    opens = [b for a, b in cues.near("cant", start, stop) if a == start]
    from_here = max(opens, default=max(0, start - _DENIED_BEFORE))
    return tuple(k for k in range(from_here, stop) if cues.tokens[k].word in words)


def _has_ended(place: tuple[int, int], cues: Cues) -> bool:
    """Whether all was well only once: "peeing fine till yesterday", "never any trouble before"."""
    after = cues.words(place[1], place[1] + 2)
    return bool(_ENDING & after) or (
        "before" in after and cues.tokens[place[0]].word in _DENIED_ONCE
    )


_DENIED_BEFORE = 3  # "not from getting up too fast"
_OWN_DENIAL = 2  # words at a sign's head that may be its own "no"
_SAYS_NO = re.compile(r"\b(not|no|isnt|arent|aint|never|without|dont|nothing|nobody|none)\b")
_NO_REASON = words_of("not no isnt wasnt arent werent aint never without nor thought")
_DENIED_ONCE = words_of("no not never havent hadnt hasnt didnt dont")


def _is_denied(cues: Cues, start: int, stop: int) -> bool:
    """Whether an all-clear is none: "urine not passing normally", "not peeing fine"."""
    if cues.tokens[start].word in NEGATIVE_WORDS:
        return False
    if any(cues.near("asks_if_well", start, stop)):
        return True  # "cant hold my bowels is that normal"
    if cues.words(start + 1, stop) & _PEOPLE_WELL:
        return True  # "apart from not being able to wee im fine"
    return bool(cues.words(start - 1, stop) & _DENYING)


_TOLD = TELLING - words_of("i she he they since has have had is are was were hardly barely need")
_PEOPLE_WELL = words_of("im hes shes theyre")
_ENDING = words_of("till until til")  # "peeing fine till yesterday"
_OF_EXERTION = frozenset({"infection_signs"})  # everybody sweats after a run
# Nothing that stands beside these explains them: nobody has a fever from yoga.
_NO_CAUSE = _OF_EXERTION | {"fragility_risk"}
_ALL_CLEAR = ("_fine", "_ok")  # end the names of the classes that say that all is well
_DENYING = words_of(
    "not never isnt arent wasnt dont doesnt didnt wont cant cannot couldnt hardly barely stopped"
)


def _is_dropped(
    place: tuple[int, int],
    dropping: Sequence[tuple[int, int]],
    cues: Cues,
    *,
    strict: bool,
    explained: bool,
) -> bool:
    """Whether something beside the sign says that it is none.

    Args:
        place: Of the sign.
        dropping: Where the text says that the rule's sign is none.
        cues: The marked text.
        strict: Whether it has to say so in the same clause.
        explained: Whether what the sign came after says nothing of it.
    """
    start, stop = place
    low = bisect_left(dropping, (start - _LONGEST_UNLESS, 0))
    for first, last in dropping[low:]:
        if first > stop + _UNLESS:
            return False
        if last < start - _UNLESS or cues.sentence[first] != cues.sentence[start]:
            continue
        parted = first < stop and any(token.brk for token in cues.tokens[stop:last])
        turned = strict and first < stop and _begins_anew(cues.words(stop, last))
        if turned or (strict and parted and cues.tokens[first].word not in NEGATIVE_WORDS):
            continue  # "short of breath, what exercise can i do": two clauses, and no list
        if _is_denied_pain(first, last, cues) or _is_unchanged(place, last, cues):
            continue
        if cues.words(last, stop) & _GOES_ON:
            continue  # "stopped to pee and couldnt"
        if _is_of_the_clause_before(place, first, cues, strict=strict):
            continue
        if explained and not start <= first < stop and _is_attribution(cues, first, last):
            continue  # "wet myself after swimming"
        if not strict or _are_one_clause(cues, min(last, stop), max(first, start) + 1):
            return True
    return False


def _is_denied_pain(first: int, last: int, cues: Cues) -> bool:
    """Whether what would explain it is a pain that is not there: "numb down there no pain"."""
    if last - first < _BESIDE_PAIN or cues.tokens[first].word in NEGATIVE_WORDS:
        return False
    denied = cues.tokens[last - 2].word in {"no", "without"}
    return denied and bool(cues.near("pain", last - 1, last))


def _is_unchanged(place: tuple[int, int], last: int, cues: Cues) -> bool:
    """Whether a loss stays as it is: "cannot feel myself peeing no change" is no all-clear."""
    if cues.tokens[last - 1].word not in _UNCHANGED or last <= place[0]:
        return False
    return not NEGATIVE_WORDS.isdisjoint(cues.words(*place))


_BESIDE_PAIN = 3


def _is_of_the_clause_before(
    place: tuple[int, int], first: int, cues: Cues, *, strict: bool
) -> bool:
    """Whether the words that would say that a sign is none begin in a clause before it.

    "no change, cannot hold my pee", "ok apart from my bladder playing up": what is denied or fine
    there is something else. A list goes on over its commas: "no numbness, bladder trouble".
    """
    start, stop = place
    if first >= start:
        return False
    opens = cues.tokens[first].word in _WELL and cues.tokens[first + 1].word == "so"
    if opens or cues.words(first + 1, start) & _TURNING:
        return True  # "ok so my bowels let go", "ok apart from my bladder"
    breaks = [k for k in range(first + 1, start + 1) if cues.tokens[k].brk]
    if not strict or not breaks:
        # "no trouble pooing cant pee": what is denied is another thing than what cannot be done
        denied = cues.tokens[first].word in _DENIED_ONCE
        return strict and denied and cues.tokens[start].word in _CANNOT
    if cues.tokens[first].word in NEGATIVE_WORDS:
        ended = any(cues.tokens[k - 1].word in _UNCHANGED for k in breaks)
        told = cues.words(breaks[-1], stop) & _TOLD
        return ended or bool(told) or not NEGATIVE_WORDS.isdisjoint(cues.words(start, stop))
    if cues.tokens[first].word in _WELL or cues.words(first + 1, breaks[-1]) & _LONG_SINCE:
        return True  # "it was fine, bladder gone", "had a baby 3 months ago, hit by a car"
    # over a comma a cause counts, "pool was freezing, teeth chattering", but no pain of its own
    return any(cues.near(name, first, first + 1) for name in ("back", "pain"))


def _begins_anew(words: set[str]) -> bool:
    """Whether words behind a sign begin a clause: "fell down the stairs i cant sleep"."""
    own = "i" in words and bool(words & (NEGATIVE_WORDS | {"feel"}))
    return own or bool(words & _QUESTIONS)


_QUESTIONS = words_of("how which what whats should could best any can")
_WELL = words_of("fine ok okay normal good well")
_LONG_SINCE = words_of("ago year years month months")
_CANNOT = words_of("cant cannot couldnt unable")
_UNCHANGED = words_of("change changes better luck improvement")
_TURNING = words_of("but however although though except apart")
# What a sign says behind words that would explain it: "burnt myself with hot water on purpose".
_GOES_ON = _TURNING | words_of(
    "cant cannot couldnt nothing purpose purposely deliberately intentionally"
)


def _is_attribution(cues: Cues, start: int, stop: int) -> bool:
    """Whether words are no more than what a sign came after: "wet myself after swimming".

    People explain signs away; what they put them down to lowers nothing (specification, 2).
    """
    return any(a < start and stop <= b for a, b in cues.near("attributed", start - _BESIDE, start))


def _is_only_a_sport(cues: Cues, place: tuple[int, int]) -> bool:
    """Whether it is skydiving or high speed, and nobody speaks of a body that was hurt."""
    start, stop = place
    if not any(a <= start and stop <= b for a, b in cues.near("vague_trauma", start, stop)):
        return False
    return not any(cues.spans(name) for name in ("back", "pain", "leg", "arm", "chest"))


def _are_one_clause(cues: Cues, start: int, stop: int) -> bool:
    """Whether nothing parts what stands before a place from what stands behind it.

    "after the gym, crushing chest pain and i feel sick": a harmless word in another clause says
    nothing of a sign.
    """
    if any(token.brk for token in cues.tokens[start:stop]):
        return False
    return not cues.words(start, stop) & _PARTING


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


# ---------------------------------------------------------------------- composition


_PARTS = ("half_body", "saddle", "leg_both", "buttock", "face", "leg", "arm", "trunk")


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


def _part_spans(cues: Cues) -> Iterator[tuple[int, int, str]]:
    """Body parts in text order; the more specific one where they overlap."""
    taken: set[int] = set()
    found: list[tuple[int, int, str]] = []
    single = {k for a, b in (*cues.spans("not_both"), *_one_leg(cues)) for k in range(a, b)}
    taken.update(k for a, b in cues.spans("not_part") for k in range(a, b))
    for part in cues.here(_PARTS):
        for start, stop in longest(cues.spans(part)):
            place = range(start, stop)
            if not taken.isdisjoint(place):
                continue
            taken.update(place)
            name = "leg" if part == "leg_both" and not single.isdisjoint(place) else part
            found.append((start, stop, name))
    yield from sorted(found)


def _one_leg(cues: Cues) -> Sequence[tuple[int, int]]:
    """Where one leg is told from end to end: "left leg from waist to toes"."""
    spans = cues.spans("one_leg")
    if not spans or not _OTHER_TOO.isdisjoint(words := {token.word for token in cues.tokens}):
        return ()
    return () if {"left", "right"} <= words else spans


_OTHER_TOO = frozenset({"both", "other", "second", "bilateral", "each", "either"})


def _contrasted(parts: list[tuple[int, int, str]], cues: Cues) -> list[tuple[int, int, str]]:
    """The parts without those that are denied for another: "numb, not my leg, my privates"."""
    denied = [
        part
        for part in parts
        if "not" in cues.words(part[0] - _DENIED_REACH, part[0])
        and _is_denied_place(part[0], cues)
    ]
    others = [part for part in parts if part not in denied and part[2] != "trunk"]
    kept = [
        part
        for part in denied
        if not any(cues.sentence[part[0]] == cues.sentence[other[0]] for other in others)
    ]
    return sorted([*(part for part in parts if part not in denied), *kept])


_DENIED_REACH = 3
_TO_THE_PLACE = words_of("my the his her in on of from down it its is at")


def _is_denied_place(start: int, cues: Cues) -> bool:
    """Whether only small words stand between a "not" and a part: "not in my leg"."""
    k = start - 1
    while k >= 0 and cues.tokens[k].word in _TO_THE_PLACE and not cues.tokens[k + 1].brk:
        k -= 1
    return k >= 0 and cues.tokens[k].word == "not" and not cues.tokens[k + 1].brk


def _clauses(cues: Cues) -> list[int]:
    """The clause number of each token."""
    starts = {start for start, _ in cues.spans("terminators")}
    subjects = {start for start, _ in cues.spans("subjects")}
    numbers: list[int] = []
    number = 0
    for k, token in enumerate(cues.tokens):
        new = k and (
            token.brk == HARD
            or k in starts
            or (token.brk == SOFT and k in subjects)
            or (token.word in {"and", "n"} and k + 1 in subjects)
        )
        number += bool(new)
        numbers.append(number)
    return numbers


class _Linker:
    """Finds the body parts that a quality belongs to."""

    def __init__(
        self, cues: Cues, parts: Sequence[tuple[int, int, str]], clauses: Sequence[int]
    ) -> None:
        self._cues = cues
        self._parts = parts
        self._clauses = clauses
        self._starts = [start for start, *_ in parts]
        self._sentence = cues.sentence

    def parts_of(self, start: int, stop: int) -> Iterator[tuple[int, int, str]]:
        """The body parts of the quality [start, stop).

        Inside its clause the nearest one, and what is joined to that by "and", "to", "down";
        without any there, the nearest in the sentence; else in the sentence before, then after.
        """
        near = self._near(start, stop) or self._in_neighbour(start)
        if not near:
            return

        def rank(index: int) -> tuple[int, int]:
            first, last, _ = self._parts[index]
            gap = max(first - stop, start - last, 0)
            # "tingling in my toes": a part that follows wins over an equally near one before
            return (gap - (1 if first >= stop else 0), first)

        chosen = [self._parts[k] for k in self._joined(min(near, key=rank))]
        yield from [p for p in chosen if p[2] != "trunk"] or chosen

    def is_beside(self, part: tuple[int, int, str], start: int, stop: int) -> bool:
        """Whether a part is of the quality's clause and near, or of another sentence.

        "My leg. It is dead" is a leg's; "the lift is dead, so 9 floors twice, calves sore" is not.
        """
        first, last, _ = part
        if self._sentence[first] != self._sentence[start]:
            return True
        if first - stop > _BESIDE_A_PART or start - last > _BESIDE_A_PART:
            return False
        low, high = min(last, stop), max(first, start)
        between = self._cues.words(low, high)
        if between & _HAD:
            between -= _WHO_HAS_IT  # "the crawling feeling i have in my shin"
        if between & _OTHER_SUBJECT and not between & _STANDS_FOR_IT:
            return False  # "touched my thigh and its dead" speaks of the thigh
        parted = any(token.brk for token in self._cues.tokens[low : high + 1])
        return not (parted and self._cues.words(last, last + 2) & _OWN_COMPLAINT)

    def _near(self, start: int, stop: int) -> list[int]:
        low = bisect_left(self._starts, start - _NEAR - _CHAINED)
        high = bisect_left(self._starts, stop + _NEAR + 1)
        here = [
            k
            for k in range(low, high)
            if self._sentence[self._parts[k][0]] == self._sentence[start]
            and start - self._parts[k][1] <= _NEAR
        ]
        limbs = [k for k in here if self._parts[k][2] != "trunk"]
        clause = self._clauses[start]
        return [k for k in limbs if self._clauses[self._parts[k][0]] == clause] or limbs or here

    def _in_neighbour(self, start: int) -> list[int]:
        """Parts of the sentence before, else of the one after, if the quality's has none."""
        number = self._sentence[start]
        if self._of_sentence(number):
            return []
        first, stop = self._cues.bounds(number + 1)
        after = number + 1 if stop - first > 1 else number + 2  # "numb. where? between my legs"
        for other in (number - 1, number + 1, after):
            if found := [k for k in self._of_sentence(other) if self._parts[k][2] != "trunk"]:
                return found
        return []

    def _of_sentence(self, number: int) -> range:
        first, stop = self._cues.bounds(number)
        return range(bisect_left(self._starts, first), bisect_left(self._starts, stop))

    def _joined(self, index: int) -> Iterator[int]:
        """The part and those joined to it."""
        yield index
        for step in (1, -1):
            at = index
            while 0 <= at + step < len(self._parts) and self._are_joined(at, at + step):
                at += step
                yield at

    def _are_joined(self, one: int, other: int) -> bool:
        left, right = sorted((self._parts[one], self._parts[other]))
        if self._sentence[left[0]] != self._sentence[right[0]] or right[0] - left[1] > _CHAINED:
            return False
        return self._cues.words(left[1], right[0]) <= _CHAIN


def _is_no_sign(cues: Cues, quality: str, start: int, stop: int) -> bool:
    """Whether the words of a quality mean something else here."""
    if quality == "numb":
        if cues.words(start, stop) == {"dead"} and _is_after_exercise(cues, start, stop):
            return True  # "dead legs after a marathon"
        weight = stop < len(cues.tokens) and cues.tokens[stop].word == "weight"
        return weight or _is_mood(cues, start, stop)
    if quality in {"weak", "weak_noun"}:
        return _is_a_limp(cues, start, stop) or _weak_is_fine(cues, start, stop)
    if quality == "burn" and cues.near("down", stop, stop + _SIDE_REACH):
        return False  # "burning all down my leg after gardening": no muscle's burn runs
    if quality in {"odd_feel", "burn"}:
        private = quality == "odd_feel" and cues.near("saddle", start - _NEAR, stop + _NEAR)
        return not private and _is_after_exercise(cues, start, stop)
    # "zaps in my legs when I look down" is a sign of the neck, with a rule of its own
    return quality == "electric" and any(
        cues.sentence[k] == cues.sentence[start]
        for k, _ in cues.near("neck_bend", start - 2 * _BESIDE, stop + 2 * _BESIDE)
    )


def _is_after_exercise(cues: Cues, start: int, stop: int) -> bool:
    """Whether the sentence tells of exercise beside it."""
    tired = cues.near("after_exercise", start - 2 * _BESIDE, stop + 2 * _BESIDE)
    return any(cues.sentence[k] == cues.sentence[start] for k, _ in tired)


_LIMPING = words_of("i he she we to a the with slight small bit")


def _is_a_limp(cues: Cues, start: int, stop: int) -> bool:
    """Whether "limp" is a way of walking: "i limp a bit"; a limp arm has no power."""
    return cues.words(start, stop) == {"limp"} and bool(cues.words(start - 1, start) & _LIMPING)


_OF_A_PART = words_of(
    "asleep sleep sleeping dead frozen anaesthetic anesthetic sleepy slept foreign alien detached "
    "disconnected switched turned buzzing crawling fuzzy ants vibrating static"
)


_OF_THINGS_TOO = words_of(
    "dead frozen broke broken off gone died buzzing crawling fuzzy ants static vibrating "
    "unplugged disconnected been not connected isnt arent"
)
# "buzzing after the gig, feet sore": the feet have a complaint of their own.
_OWN_COMPLAINT = words_of(
    "sore stiff tight ache aches aching achy hurt hurts hurting tired fine ok good killing creaky"
)
_OTHER_SUBJECT = words_of("and but so then n i we he she they after")
_STANDS_FOR_IT = words_of("it its")
_WHO_HAS_IT = words_of("i he she")
_HAD = words_of("have has had get gets got feel feels felt")
_BESIDE_A_PART = 7  # tokens from such a word to its part


def _needs_limb(cues: Cues, start: int, stop: int) -> bool:
    """Whether only a part can be asleep or dead so, not a person or a phone."""
    return bool(cues.words(start, stop) & _OF_A_PART)


# Of what is felt, these say it without a body part; "like wood", "someone elses", "fizzy" and
# "electric" are said of other things too.
_SAID_ALONE = {
    "numb": words_of(
        "numb numbness numbed numbish numby nummb numm num deadness hypoaesthesia hypoesthesia "
        "anaesthesia feeling feelings sensation sensations feel feels felt sunn deadened"
    ),
    "tingle": words_of(
        "tingle tingles tingled tingling tinglings tingly tingler tingliness pins needles "
        "paraesthesia "
        "paraesthesias paresthesia paresthesias parasthesia prickling prickles jhunjhuni fizzing "
        "buzzing"
    ),
    "electric": words_of("shock shocks zap zaps zapping jolt jolts zinger zingers"),
}
_PAINFUL = words_of(
    "pain pains shock shocks feeling feelings sensation sensations jolt jolts stab stabs zap zaps "
    "spark sparks twinge twinges"
)
# What follows where "dont feel" is a loss: "dont feel pressured" is a mood.
_MAY_BE_FELT = words_of(
    "anything nothing much it them a any my his her the your when in on at down below under "
    "properly touch things thing as because cos coz since and but or from after now anymore there "
    "here where if well right inside that this with for during"
)


def _stands_alone(cues: Cues, quality: str, start: int, stop: int) -> bool:
    """Whether a quality is a sign without any body part: "numb", "pins and needles"."""
    alone = _SAID_ALONE.get(quality)
    if alone is None:
        return True
    words = cues.words(start, stop)
    if quality == "electric":
        return bool((words | cues.words(stop, stop + 1)) & _PAINFUL)
    if not words & alone:
        return False
    if cues.tokens[stop - 1].word in _FEELS and stop < len(cues.tokens):
        follow = cues.tokens[stop]
        return bool(follow.brk) or follow.word in _MAY_BE_FELT
    return True


_FEELS = words_of("feel feels")


def _one_sided(cues: Cues, part: int, names: set[str]) -> bool:
    """Whether a buttock is one side's, with a leg beside it (decision D2)."""
    near = cues.words(part - 2, part) | cues.words(part + 2, part + 2 + _LIMB_REACH)
    return bool(near & {"left", "right", "one"}) and "leg" in names


def _is_mood(cues: Cues, start: int, stop: int) -> bool:
    """Whether "don't feel" goes on with something that is no loss of feeling."""
    if not {"feel", "sense"} & cues.words(start, stop):
        return False
    return bool(cues.near("notfeel_ok", stop - 1, stop + 1))


def _weak_is_fine(cues: Cues, start: int, stop: int) -> bool:
    """Whether the weak thing is the core, the glutes or the wifi, and no limb is near."""
    sentence = cues.sentence[start]

    def limb_within(reach: int) -> bool:
        return any(
            cues.sentence[first] == sentence and first - stop <= reach and start - last <= reach
            for part in ("leg", "arm", "leg_both")
            for first, last in cues.near(part, start - reach - 2, stop + reach + 1)
        )

    words = cues.words(start, stop)
    if cues.tokens[start].word == "week" and cues.words(start - 1, start) & _BEFORE_A_WEEK:
        return True
    beside = cues.words(stop, stop + 1) | cues.words(start - 1, start)
    if words == {"weak"} and beside & _TRAINED and cues.inside("train", sentence):
        return True
    if words & _VAGUE_WEAK:
        if _is_tired(cues, words, start, stop):
            return True
        if "weak" not in words:
            return not limb_within(_NEAR)
    for first, last in _of_this_clause("weak_ok", start, stop, cues):
        if first > stop and not cues.words(stop, first) <= _OF_ITS:
            continue
        if cues.sentence[first] == sentence and start - last <= _SIDE_REACH:
            return not limb_within(_LIMB_REACH)
    return False


def _of_this_clause(name: str, start: int, stop: int, cues: Cues) -> Iterator[tuple[int, int]]:
    """Places beside a weakness that no comma parts from it: "sore back, i have weakness"."""
    for first, last in cues.near(name, start - _LIMB_REACH - 1, stop + _LIMB_REACH):
        if not any(token.brk for token in cues.tokens[last : start + 1]):
            yield first, last


def _is_tired(cues: Cues, words: set[str], start: int, stop: int) -> bool:
    """Whether a weakness is that of training, or of legs tired by it (C24)."""
    sentence = cues.sentence[start]
    if cues.inside("weak_trained", sentence):
        return True
    tired = cues.near("after_exercise", start - 2 * _BESIDE, stop + 2 * _BESIDE)
    return not words & _LOST_POWER and any(cues.sentence[k] == sentence for k, _ in tired)


# ---------------------------------------------------------------------- beside it


def _with_keys(mention: Mention, cues: Cues, times: Sequence[Moment]) -> Mention:
    """The mention with all that combinations may ask for."""
    beside = _modifiers_beside(mention, cues) | _age_beside(mention, cues, times)
    if mention.tier is Tier.EMERGENCY and any(
        cues.sentence[start] == cues.sentence[mention.anchor] or not _is_of_a_back(cues, start)
        for start, _ in cues.spans("m_stable")
    ):
        beside.add("stable")
    if {"positional", "brief_fine"} <= beside:
        beside -= {"sudden", "new", "recent"}  # asleep for a minute and awake again (C22)
    if "stable" in beside and _is_news(mention, cues, times):
        beside.remove("stable")
    for start, _ in cues.near("both", mention.start - 2, mention.stop + _SIDE_REACH):
        if cues.tokens[start].word not in _ONE_OF_TWO:
            beside.add("both_sides")
    single = _one_leg(cues)
    for start, stop in cues.near("leg_both", mention.start - 2, mention.stop + _SIDE_REACH):
        of_one = any(a <= start and stop <= b for a, b in single)
        if start < mention.stop and not of_one:
            beside.add("both")
    keys = {mention.concept, *_limbs_of(mention, cues)}
    keys.update(f"{mention.concept}+{name}" for name in beside)
    if _is_of_no_part(mention, cues):
        keys.add("numbness+no_part")
    return mention._replace(keys=frozenset(keys))


_ONE_OF_TWO = frozenset({"2", "two", "either", "each"})


def _is_of_no_part(mention: Mention, cues: Cues) -> bool:
    """Whether a numbness is said of nothing, rather than of the back, a limb and the like.

    A limb that only the message before has named is none of this one's.
    """
    if mention.concept == "limb_numbness":
        return not any(cues.spans(name) for name in _NUMB_PARTS)
    if mention.concept != "numbness":
        return False
    first, last = cues.bounds(cues.sentence[mention.anchor])
    low, high = max(first, mention.start - _PART_BEFORE), min(last, mention.stop + _PART_AFTER)
    return not any(cues.near(name, low, high) for name in _NUMB_PARTS)


_NUMB_PARTS = ("trunk", "leg", "arm", "leg_both", "face")
_PART_BEFORE, _PART_AFTER = 4, 2


def _is_news(mention: Mention, cues: Cues, times: Sequence[Moment]) -> bool:
    """Whether something else is old and the sign is not: "a bad disc for years but now …"."""
    low, _ = cues.bounds(cues.sentence[mention.anchor])
    before = cues.words(max(low, mention.start - _BESIDE), mention.start)
    if before & {"but", "however", "suddenly", "today", "yesterday", "recently"}:
        return True
    if "except" in cues.words(max(low, mention.start - _BESIDE), mention.stop):
        return True  # "nothing new except i cant pee"
    if _is_the_backs(mention, cues, times):
        return True
    spans = cues.inside("m_stable", cues.sentence[mention.anchor])
    # "since the birth 5 days ago"
    if any(m.days <= RECENT_DAYS and b <= m.token <= b + 1 for m in times for _, b in spans):
        return True
    # "dry for years, now soaked", "back pain for years and now i cant pee"
    turns = {b for _, b in spans if b < len(cues.tokens) and cues.tokens[b].brk}
    low = max(low, mention.start - _TOLD_BEFORE)
    old = [b for _, b in spans] + [t.token for t in times if t.days >= YEAR_DAYS]
    turns |= {
        k
        for k in range(max(min(old, default=mention.start), low) + 1, mention.start)
        if cues.tokens[k - 1].word in _AND_THEN
    }
    return any(
        cues.tokens[b].word == "now"
        and not cues.words(b, b + 4) & _AS_EVER
        and "not" not in cues.words(b + 1, b + 2)
        for b in turns
    )


def _is_of_a_back(cues: Cues, start: int) -> bool:
    """Whether a clause says of a back or its pain how long: "cant pee. back bad for years"."""
    low, high = cues.bounds(cues.sentence[start])
    breaks = [k for k in range(low, high) if cues.tokens[k].brk]
    low = max((k for k in breaks if k <= start), default=low)
    high = min((k for k in breaks if k > start), default=high)
    return bool(cues.words(low, high) & _ILLS) or any(
        cues.near(name, low, high) for name in ("back", "pain")
    )


def _is_only_a_back(cues: Cues, start: int, told: Sequence[Mention]) -> bool:
    """Whether a sentence that tells of no sign says of a back how long: "the same for years"."""
    number = cues.sentence[start]
    return _is_of_a_back(cues, start) and all(cues.sentence[m.anchor] != number for m in told)


_ILLS = words_of(
    "sciatica disc disk discs arthritis stenosis neck hip hips knee knees shoulder shoulders "
    "scoliosis spondylosis fibromyalgia spasm spasms"
)
_AND_THEN = words_of("and n then so")


def _is_the_backs(mention: Mention, cues: Cues, times: Sequence[Moment]) -> bool:
    """Whether what is old is a back told of before: "bad back since 2010, wet myself"."""
    first, _ = cues.bounds(cues.sentence[mention.anchor])
    low = max(first, mention.start - _TOLD_BEFORE)
    old = [b for _, b in cues.near("m_stable", low, mention.start)]
    old += [t.token + 1 for t in times if low <= t.token < mention.start and t.days >= YEAR_DAYS]
    ends = [k for k in range(low + 1, mention.start + 1) if cues.tokens[k].brk]
    return bool(ends and old) and all(
        any(end >= b for end in ends)
        and any(cues.near(name, low, max(ends)) for name in ("back", "pain"))
        for b in old
    )


_TOLD_BEFORE = 24  # tokens, so that a long text takes no longer by the square of its length
_AS_EVER = words_of("no same unchanged still nothing")


def _age_beside(mention: Mention, cues: Cues, times: Sequence[Moment]) -> set[str]:
    """What the times in its sentence say of a sign's age."""
    number = cues.sentence[mention.anchor]
    # once for each sentence, so that a long one takes no longer by the square of its length
    told = cues.ages.get(number)
    if told is None:
        told = cues.ages[number] = _ages_told(number, cues, times)
    beside = set(told)
    if "lasts" in beside:
        beside.remove("lasts")
        if cues.near("total_loss", mention.start, mention.stop):
            beside.add("lasting_total")
    return beside


def _ages_told(number: int, cues: Cues, times: Sequence[Moment]) -> frozenset[str]:
    """What the times in a sentence say; "lasts" where one of them says for how long."""
    told: set[str] = set()
    low, high = cues.bounds(number)
    for moment in times:
        if not low <= moment.token < high:
            continue
        if moment.days <= RECENT_DAYS:
            told.update(("new", "recent"))
        elif not moment.ago:
            told.update(("lasts", "stable" if moment.days >= YEAR_DAYS else "lasting"))
        elif moment.days >= YEAR_DAYS and "since" in cues.words(
            max(low, moment.token - _BESIDE), moment.token
        ):
            told.add("stable")  # "since my second child fifteen years ago"
    return frozenset(told)


def _limbs_of(mention: Mention, cues: Cues) -> Iterator[str]:
    """Which limb a sign is in, and on which side: "leg_numbness", "leg_on_left"."""
    family = _FAMILY.get(mention.concept, mention.concept)
    if mention.concept == "sciatica_named":
        yield from (f"leg_on_{side}" for side in _sides(cues, mention.start, mention.stop))
    for part in ("leg", "arm", "leg_both"):
        for start, stop in cues.near(part, mention.start - _SIDE_REACH, mention.stop):
            if stop > mention.start:
                yield f"{'leg' if part == 'leg_both' else part}_{family}"
                if part == "leg" and mention.concept in _FAMILY:
                    yield from (f"leg_on_{side}" for side in _sides(cues, start, stop))


def _modifiers_beside(mention: Mention, cues: Cues) -> set[str]:
    sentence = cues.sentence[mention.anchor]
    low, high = mention.start - _BESIDE - _LIMB_REACH, mention.stop + _BESIDE + 1
    beside: set[str] = set()
    for name in _MODIFIERS:
        for start, stop in cues.near(f"m_{name}", low, high):
            if cues.sentence[start] != sentence or mention.start - stop > _BESIDE:
                continue
            inside = mention.start <= start < mention.stop
            if inside and name == "worse" and mention.concept not in _TELLS_CHANGE:
                continue
            beside.add(_MODIFIER_NAMES.get(name, name))
    return beside


def _sides(cues: Cues, start: int, stop: int) -> Iterator[str]:
    """Which side's a body part is: "left lower leg", "the leg on the right"."""
    for k in range(max(0, start - _SIDE_REACH), min(len(cues.tokens), stop + _SIDE_REACH + 1)):
        word = cues.tokens[k].word
        if word not in {"left", "right"} or cues.sentence[k] != cues.sentence[start]:
            continue
        follow = cues.tokens[k + 1].word if k + 1 < len(cues.tokens) else ""
        if word == "right" and follow in _ADVERB_AFTER_RIGHT:
            continue
        if k < stop or cues.words(stop, k) & {"on", "the"}:
            yield word


_ADVERB_AFTER_RIGHT = words_of(
    "down to into through up across now away from after before at in over"
)


_AFTER_A_PROCEDURE_DAYS = 92  # by then a new sign is none of what was done
# What is said of the person or of the sign, and happened at no time.
_NO_EVENTS = frozenset(
    {
        "m_spine", "m_limb", "m_older", "m_age70", "m_child", "m_lasting", "m_stable", "m_new",
        "m_worse", "m_bladder", "m_pregnant", "m_other_too", "m_thinner", "m_immune", "m_badly",
        "m_unwell",
    }
)  # fmt: skip
_EVENTS = frozenset(cls for cls, name in _MODIFYING.items() if name not in _NO_EVENTS)
_NEXT_CLAUSE = words_of("and but now then so")
_WHEN = words_of(
    "it that this was happened about around over nearly almost roughly in on at back the like "
    "years year months month weeks week ago yrs some maybe when i my a few couple of all"
)


def _told_of_time(cues: Cues, times: Sequence[Moment], told: Sequence[Mention]) -> set[str]:
    """What the times in a message say of all of it."""
    found: set[str] = set()
    for name, days in (("m_old", RECENT_DAYS), ("m_long_ago", _AFTER_A_PROCEDURE_DAYS)):
        if _was_long_ago(cues, [m.token for m in times if m.ago and m.days > days], told):
            found.add(name)
    if any(not moment.ago and moment.days > RECENT_DAYS for moment in times):
        found.add("m_lasting")
    if any(t.word == "since" for t in cues.tokens):
        found.add("m_since")
    return found


def _was_long_ago(cues: Cues, old: Sequence[int], told: Sequence[Mention]) -> bool:
    """Whether what a message tells of was at one of the old times in it.

    A time dates what stands in its own clause ("fell in 2015, numb since"), or in the one before
    where it stands alone ("i fell. it was 5 years ago"): a scan or another illness of years ago
    makes nothing else old. What a sentence without a time tells of is not old either.

    Args:
        cues: Of the text.
        old: Tokens of its old times.
        told: Its signs.
    """
    if not old:
        return False
    events = {m.anchor for m in told}
    for cls in cues.here(_EVENTS):
        events.update(start for start, _ in cues.spans(cls))
    clause, number, alone = [], 0, {0: True}
    for k, token in enumerate(cues.tokens):
        if k and (token.brk or token.word in _NEXT_CLAUSE):
            number += 1
        clause.append(number)
        timed = token.word in _WHEN or token.word in _NEXT_CLAUSE or token.word[0].isdigit()
        alone[number] = alone.get(number, True) and timed
    dated = {clause[k] for k in old}
    dated |= {number - 1 for number in dated if alone[number]}
    sentences = {cues.sentence[k] for k, number in enumerate(clause) if number in dated}
    return any(clause[k] in dated for k in events) and all(
        cues.sentence[k] in sentences for k in events
    )


def _message_modifiers(
    cues: Cues, negation: Negation, times: Sequence[Moment], told: Sequence[Mention]
) -> frozenset[str]:
    """What the message as a whole says of age, injury, risk and time; where it told of signs."""
    found: set[str] = set()
    for cls in cues.here(_MODIFYING):  # a few of the many, and of most messages none
        name = _MODIFYING[cls]
        if (
            name not in found
            and not (name == "m_child" and _is_a_parents(cues))
            and any(
                (name in _EVEN_DENIED or not negation.is_over(start))
                and not _falls_asleep(cues, stop)
                and not (name == "m_child" and _is_no_age(cues, stop))
                and not (name == "m_other_too" and _is_well(cues, stop))
                and not (name == "m_stable" and _is_only_a_back(cues, start, told))
                for start, stop in cues.spans(cls)
            )
        ):
            found.add(name)
    if "m_other_too" in found and not any(
        _is_another(cues, start, stop, told) for start, stop in cues.spans("other_too")
    ):
        found = found - {"m_other_too"} | {"m_next_side"}  # another if one was told before
    found |= _told_of_time(cues, times, told)
    if cues.spans("leg_both") and cues.spans("arm"):
        found.add("m_both_hint")
    found |= _bare_age(cues.tokens)
    if _fell(cues.tokens):
        found.add("m_fall")
    if _has_leg_pain(cues, negation):
        found.add("m_leg_pain")
    return frozenset(found)


def _is_a_parents(cues: Cues) -> bool:
    """Whether a parent speaks of their own body: "my son is 6 and i carry him, my back is bad"."""
    own = cues.spans("own_body")
    if not own or cues.spans("childs_body"):
        return False
    return not any(cues.words(start, stop) & _OF_ONESELF for start, stop in cues.spans("m_child"))


_OF_ONESELF = words_of("i im am")


def _bare_age(tokens: Sequence[Token]) -> set[str]:
    """What a number that stands alone says of age: "76, felt a crunch", "slipped, 86"."""
    for k, token in enumerate(tokens):
        alone = (not k or token.brk) and (k + 1 == len(tokens) or tokens[k + 1].brk)
        if alone and token.word in _OLDER:
            return {"m_older"} if token.word < _AGED else {"m_older", "m_age70"}
    return set()


_OLDER, _AGED = frozenset(map(str, range(65, 100))), "70"


def _fell(tokens: Sequence[Token]) -> bool:
    """Whether a clause says no more than that somebody fell: "my back hurts, fell yesterday"."""
    return any(
        token.word in _FALLING
        and (not k or bool(token.brk) or tokens[k - 1].word in _BEFORE_A_FALL)
        and (k + 1 == len(tokens) or bool(tokens[k + 1].brk) or tokens[k + 1].word in _FALL_AND)
        for k, token in enumerate(tokens)
    )


_FALLING = words_of("fell slipped tripped")
_BEFORE_A_FALL = words_of("just then and but cos because after")
_FALL_AND = words_of("yesterday today tonight earlier monday tuesday wednesday thursday friday")


def _has_leg_pain(cues: Cues, negation: Negation) -> bool:
    return any(
        not negation.is_over(min(start, first))
        and cues.sentence[start] == cues.sentence[first]
        and -_SIDE_REACH < first - stop <= _SIDE_REACH
        for start, stop in cues.spans("pain")
        for first, _ in cues.near("leg", start - _LIMB_REACH, stop + _LIMB_REACH)
    )


def _is_no_age(cues: Cues, stop: int) -> bool:
    """Whether a number is no child's age: "child fifteen years ago", "im 7 months pregnant"."""
    follow = [t.word for t in cues.tokens[stop - 1 : stop + 3]]
    if "old" in follow:
        return False
    return "ago" in follow or bool(set(follow[1:2]) & _NO_AGE)


_NO_AGE = words_of(
    "month months week weeks day days hour hours minute minutes mins foot feet ft stone st kg cm "
    "of out times weeks in miles km steps reps sets per percent pounds lbs"
)


def _is_well(cues: Cues, stop: int) -> bool:
    """Whether the other side is named as the good one: "the right one is ok"."""
    behind = cues.words(stop - 1, stop + 2)
    return bool(behind & _ALL_WELL) and not behind & NEGATIVE_WORDS


_ALL_WELL = words_of("ok okay fine normal alright")


def _is_another(cues: Cues, start: int, stop: int, told: Sequence[Mention]) -> bool:
    """Whether there was a first one: "now in my left foot" is no second leg beside a back.

    Nor is it one where all that was told before is of the same side: "left leg hurts, now my left
    foot is numb". What names no side, or both, says itself that there are two.
    """
    words = cues.words(start, stop + 1)
    named = words & _SIDES
    if len(named) != 1 or words & _OF_TWO:
        return True
    if cues.words(0, start) & _SIDES == named:
        return False
    limbs = (*cues.spans("leg"), *cues.spans("leg_both"), *cues.spans("arm"))
    before = [limb for limb, _ in limbs if limb < start]
    before += [k for k in range(start) if cues.tokens[k].word in _SIDES]
    return any(
        before and (mention.stop <= start or any(mention.start <= k for k in before))
        for mention in told
        if mention.concept in _FAMILY
    )


_SIDES = words_of("left right")
_OF_TWO = words_of(
    "other both second 2nd opposite same next matching one ones un uns yin yins wan wans "
    "join joins joined joining caught copied copying follows following followed does doing"
)


def _falls_asleep(cues: Cues, stop: int) -> bool:
    """Whether a fall is one into sleep."""
    return stop < len(cues.tokens) and cues.tokens[stop].word == "asleep"


def _is_yes(cues: Cues) -> bool:
    """Whether the message is no more than a yes."""
    count = len(cues.tokens)
    if count > 1 and cues.tokens[0].word == "both":
        return False  # "both legs" names a part
    return bool(count) and any(
        start == 0 and stop >= count - 1 for start, stop in cues.near("yes", 0, 1)
    )
