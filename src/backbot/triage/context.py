"""How a sign is spoken of: present, or negated, asked about, feared, past, or an animal's.

After ConText (Harkema et al. 2009), for the words people type into a chat. Without a cue a sign
is present; in doubt too. Every test looks at a window around the sign, so that reading stays
linear in the length of the text.
"""

from __future__ import annotations

import itertools
import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import NamedTuple

from backbot.frozen import dataclass
from backbot.model import FindingStatus, Tier
from backbot.triage.lexicon import Marks, Spans
from backbot.triage.text import HARD, SOFT, Token, words_of

OLD_DAYS, RECENT_DAYS, YEAR_DAYS = 90, 14, 365
_SCOPE = 6  # tokens a negation reaches in lay text (specification, section 3)
CLINICAL_SCOPE = 12  # and in a clinician's sentence, which lists more and ends with a full stop
_CONDITION_REACH = 10  # tokens from "if I ever get" to the sign
_LONGEST_CUE = 6  # tokens of a cue such as "if I were to get"
_AVOID_REACH = 3  # from "avoid", "prevent"
_PET_REACH = 25
_DAY_REACH = 25
_THESE_DAYS = words_of("yesterday today tonight")
_LAST_NIGHT = frozenset({("last", "night"), ("this", "morning"), ("last", "week")})
_BY_ANIMALS = frozenset({"trauma_major", "saddle_numbness", "ces_named_self"})
# A horse throws people and has a saddle; these do neither.
_HOUSE_PETS = words_of(
    "dog dogs doggo puppy puppies pup cat cats kitten kittens kitty rabbit bunny hamster gerbil"
)
# Nor does anybody ride these.
_SMALL_STOCK = words_of("goat chicken hen parrot budgie ferret tortoise goldfish")
_OVER_PETS = words_of("over tripped tripping trip chasing chased after avoiding avoid on by with")
_HAS_HAD = words_of("has had have an a another just")
_BEDDING = words_of("bed sofa couch carpet rug duvet pillow blanket sheets mat chair settee")
# Somebody's death is past; the wish to die of whoever writes of it is not.
_CRISES = frozenset({"suicidal_thoughts", "overdose"})
# What small children have to learn.
_CONTINENCE = frozenset(
    {
        "urinary_incontinence", "bowel_incontinence", "mild_bladder_change", "urinary_retention",
    }
)  # fmt: skip
_CHILD_REACH, _CHILDHOOD_REACH = 4, 8
_GROWN_UP = words_of(
    "i im ive id me mine myself mum mom dad nan gran grandad husband wife partner"
)
_ONE_CLAUSE = words_of("and but now so then n")
_ABLE = words_of("can could able feel felt know tell cant couldnt")
_PARTS_FROM_THEN = words_of("but now today lately since again")
_SAID_OR_WROTE = words_of(
    "said says say saying wrote written writes mentioned mentions mention asked asks called card "
    "leaflet letter report list lists word words term phrase note notes sheet form booklet"
)
_OF_A_WORD = words_of("that this it they those these he she mean means meant")
_HEARD_REACH = 6
_AFTER_A_TERM = words_of("exactly actually anyway again please pls then mean means like about")
_BEFORE_A_TERM = words_of("a an the exactly actually is this that word term")
_VETS = words_of("vet vets veterinary")
_RECOVERY_BEFORE, _RECOVERY_AFTER, _RECOVERY_NEXT = 4, 10, 8
_PAST_REACH = 7
_LONG_AGO = 400.0
_YEAR_DIGITS = 4

RED_CONCEPTS = frozenset(
    {
        "saddle_numbness", "urinary_retention", "urinary_incontinence", "bladder_sensation_loss",
        "bowel_incontinence", "bilateral_leg_symptoms", "progressive_weakness", "paralysis",
    }
)  # fmt: skip
# What nobody asks about from idle interest: bladder, bowel and saddle.
_CORE = RED_CONCEPTS - {"bilateral_leg_symptoms", "progressive_weakness", "paralysis"}
# Never a general question: whoever writes it is asked, not informed.
_NEVER_ASKED = frozenset({"suicidal_thoughts", "overdose"})
_CRISIS_TERM = 2  # words of a bare term: "self harm", "an overdose"
# Long ago counts as much as now.
_HISTORY_COUNTS = frozenset(
    {"cancer_history", "fragility_risk", "weight_loss", "overdose", "aneurysm_named"}
)
# What could be done before: it has ended, and "not any more" says so.
_ENDED = frozenset({"could_before", "limb_could_before"})
# A sign that begins with one of these is a thing one can have none of ("no loss of control").
_NOUN_LOSS = words_of(
    "loss lack lost losing loosing less difficulty difficulties trouble problem problems issue "
    "issues control incontinence retention feeling sensation bladder bowel urinary numb numbness "
    "bother accident accidents pads"
)
_DENIALS = words_of(
    "no not without dont doesnt didnt wont never nothing cant cannot hardly barely scarcely "
    "havent hasnt isnt arent wasnt werent none unable zero aint couldnt"
)
# What a "no" may deny before a comma, whatever sign its words would make with those behind it.
_DENIED_NOUNS = words_of(
    "leak leaks leaking leakage accident accidents weakness numbness tingling needles pain pains "
    "fever temperature incontinence retention sciatica spasm spasms swelling trauma falls fall "
    "burning problems trouble issues symptoms changes bother dribble dribbles dribbling wetting"
)
_LOSSES = words_of(
    "gone lost loss losing stopped stuck blocked numb dead weak tingling tingly wet soaked out "
    "hard difficult odd weird strange different wrong less slow slower only just"
)
_HAVE = words_of("had have has having been got any a an")
_NEVER = words_of("never havent hasnt hadnt didnt")
_UP_TO = words_of("before till until til")
_A_TIME = words_of(
    "last this yesterday today tonight now monday tuesday wednesday thursday friday saturday "
    "sunday then recently my the i lately two three four five a"
)
_DAYS = words_of(
    "yesterday monday tuesday wednesday thursday friday saturday sunday this last mon tue tues "
    "wed thurs fri sat sun"
)
_UP_TO_REACH = 4
_MEANWHILE = words_of("watching reading during while whilst")
_SAYS = words_of("says said reckons claims thinks that say")
_USED_TO = 1  # tokens between "used to" and the sign
_STILL_TOLD = words_of("now today again still yesterday but since lately tonight started")
_PEOPLE = words_of("patients clients residents people")
_ALL_OF_IT = words_of("all both everything they whole lot")
_WITH_PETS = words_of(
    "walking walked walk feeding fed riding rode ride carrying lifting lifted bathing washing "
    "grooming chasing holding"
)
_ITS_OWN = words_of("he she his her its hes shes him it they their")
_TURNS = words_of("but now however")
_WONDERS = words_of("i im was just wondering wonder curious asking")
_TERMS = words_of(
    "incontinence numbness tingling weakness retention paralysis anaesthesia paraesthesia "
    "neuropathy footdrop foot drop"
)
# "what does saddle numbness mean": words of leaflets, not of whoever has it.
_MEDICAL = _TERMS | words_of(
    "saddle urinary faecal fecal bowel bladder the area loss of control problems dysfunction in "
    "and or is are a being incontinent have has"
)
# Questions whose comma may go on to the sign that is asked about.
_ASKS_FOR_SIGNS = words_of(
    "symptom symptoms sign signs difference between people person someone somebody patients means "
    "mean meaning cause causes called like for of if when with from about"
)
_DISOWNS = words_of(
    "dont havent not curiosity curious interest interested asking wondering nosy general "
    "generally want exam course essay studies homework project class presentation dissertation"
)
# What makes a question that points ask after all: "is it normal to get …", "can you help with …".
_GOES_ON = words_of(
    "to for of with when if in after about a an having getting being called and or like "
    "when during while from on at by as than"
)
_ABOUT_THE_SIGN = words_of("cause causes caused causing mean means meaning is it that this they")
_CUE_AND_OBJECT = 4
_ABSENT = words_of("im am was were ill be")  # "once im gone"
_PERSON_WORDS = words_of("i im ive id me my mine myself")
_NUMBER_WORDS = {
    "a": 1, "an": 1, "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "seven": 7,
    "eight": 8, "nine": 9, "ten": 10, "couple": 2, "few": 3, "several": 4, "many": 10, "some": 3,
    "twelve": 12, "fifteen": 15, "twenty": 20, "thirty": 30,
}  # fmt: skip
_UNIT_DAYS = {
    "hour": 0, "hours": 0, "hrs": 0, "hr": 0, "minute": 0, "minutes": 0, "mins": 0, "min": 0,
    "day": 1, "days": 1, "night": 1, "nights": 1, "week": 7, "weeks": 7, "wk": 7, "wks": 7,
    "fortnight": 14, "month": 30, "months": 30, "mths": 30, "year": 365, "years": 365, "yr": 365,
    "yrs": 365, "decade": 3650, "decades": 3650,
}  # fmt: skip
_BEFORE_YEAR = words_of("in since from back my of around during until till after before")
_DISTANT = words_of("childhood teenager uni university")
_DISTANT_DAYS = 3650.0
_BARE_GONE = words_of("gone went has passed ended")
_LOSS_AFTER_GONE = words_of(
    "numb dead weak tingly floppy clumsy funny weird from wrong down on limp asleep to under off "
    "into all completely totally out up midnight noon"
)
# What may be gone for good: a sign or what stands for it, never a back, a disc or a feeling.
_MAY_BE_GONE = words_of(
    "it its that thats this they theyre numbness tingling weakness pain pains symptoms symptom "
    "sciatica needles which everything fever"
)
_LOST_NOT_CURED = words_of(
    "feeling sensation control power strength urge balance movement function use grip"
)
# What one should have: none of it is the sign.
_FUNCTIONS = words_of("control sensation strength power")
_ORGANS = words_of("bladder bowel urinary")
_BESIDE_GONE = words_of("all completely fully totally now has have is just mostly")
# Beside words of recovery, none of them its subject.
_BESIDE_RECOVERY = _BESIDE_GONE | words_of(
    "year years month months week weeks day days hour hours ago time last this "
    "been was were am im ive had then so but and finally eventually later luckily thankfully "
    "gradually slowly soon also since ever always again not never hasnt havent a an the in with "
    "after for of bit much no i he she we they its it got getting feeling feels felt"
)
_OBJECTS = words_of("it that this them everything me him her")
_MAY_BE_OVER = _MAY_BE_GONE - {"pain", "pains", "fever"} | words_of(
    "both legs leg foot feet arm hand hands one thing problem problems issue issues trouble "
    "operation op surgery physio treatment birth delivery injection age born until till by "
    "himself herself myself he she now"
)
# Word classes of what may recover with a sign: where it was, and what it was.
_MAY_RECOVER = (
    "leg", "arm", "leg_both", "saddle", "buttock", "bladder_word", "numb", "tingle", "weak",
    "weak_noun",
)  # fmt: skip
_BARE_LENGTH, _SINCE_REACH = 2, 4
_BEFORE_SIGN = words_of("recovered healed cured longer over")
_QUESTION_OPENERS = words_of("can could does do did will would may might is are was should")
_ANYBODY = words_of("you people someone somebody")
_LEAVES = words_of("make makes leave leaves give gives get gets making leaving")
_WAS = words_of("was were")
_BEING = words_of("is are")
_AFTER_I_WAS = words_of(
    "sat told diagnosed fine ok in at on out just so asleep only always never up off with rushed "
    "lying trying able unable stuck left woken carried hit thrown knocked about late busy rear "
    "shunted attacked mugged assaulted kicked punched pushed crushed pinned trampled run found "
    "admitted taken given t"
)
_WH_OPENERS = words_of("how what why when which who where")
_OPENERS = _QUESTION_OPENERS | _WH_OPENERS
# "can not pee", "does not walk": a statement, whatever it begins with.
_NOT_AFTER_OPENER = words_of(
    "be just not hardly barely no scarcely unable only never t i my he she walk pee wee poo move "
    "stand sit sleep eat manage hold feel still"
)
# "is this cauda equina" asks about oneself; "is it normal", "is it true that" do not.
_POINTING = frozenset({"it", "this", "that", "these", "its"})
_GENERAL = words_of(
    "true normal common possible usual typical dangerous serious rare harmful a an"
)
_YOUNG = words_of(
    "child kid teenager boy girl little young younger lad school teens was toddler baby youngster"
)
_OPENING_TIME = 3  # tokens of "a year ago" at the head of a sentence
_JOINS = words_of("and n but")
_OF_THE_TIME = words_of("ago back earlier")
_GOING_ON = words_of("had used was were got suffered")
_LASTING = words_of("have ive has is still now")
_NOT_FEARED = words_of("rid relief over help now since with and because but ive")
# Adjectives do not continue "no fever, …": a new clause begins.
_ADJECTIVES = words_of(
    "numb tingly weak dead paralysed floppy unsteady severe mild marked persistent worsening new "
    "increased reduced altered still also legs leg foot feet arm"
)
_SAID_OF_A_PART = words_of(
    "numb dead weak tingly stuck blocked gone wet floppy leaking useless asleep paralysed limp"
)
_BEHIND_A_QUALITY = words_of("and since now but for today again all though still this when")
_PART_AND_QUALITY = 4
_CLAUSE_REACH, _LONGEST_ITEM = 8, 5
TELLING = words_of(
    "met dumped forgot put let lets laugh cough sneeze sneezed thinking hurting staggering "
    "stagger passes wraps wet soiled pooed peed pissed weed shat messed leaked hit thrown fell "
    "fallen crashed came went "
    "gone woke wakes lost losing cant cannot couldnt wont wouldnt doesnt didnt isnt is are was "
    "were keeps stopped started feels felt gets goes took taken swallowed drank eaten struggling "
    "struggle need needing have has had unable hardly barely dropped tripped collapsed passed "
    "knocked kicked slipped landed broke myself herself himself i she he they since twice again "
    "yesterday today tonight now every last keep drags dragging dragged drooping drooped slurred "
    "slurring wants want end cut hurt tearing ripped ripping"
)
"""Words that no item of a list of denials holds: it is a clause that tells something."""
_VERB_CUES = words_of("not isnt arent wasnt werent dont doesnt didnt havent hasnt aint")
# Word classes of what a list of denials is made of: "no fever, chills"; "not urgent, pads are wet"
# denies no sign, so its comma ends it.
_DENIED_SIGNS = (
    "numb", "tingle", "weak", "weak_noun", "electric", "burn", "pain", "back", "leg", "arm",
    "saddle", "leg_both", "buttock", "trunk", "bladder_word", "pee", "poo", "fever", "trauma",
    "minor_fall", "cancer", "weight_loss", "gait", "chest", "loss", "lost_control", "toilet",
    "soaked", "leak", "chest_feel", "belly", "urge", "erection", "sharp", "odd", "odd_feel",
    "steroids", "lump", "stopped", "droop", "speaking", "after_exercise", "night", "thinner",
    "immune", "procedure",
)  # fmt: skip
_SIGNS_IN_LISTS = (*_DENIED_SIGNS, "diagnosis")
_NOUN_CUES = frozenset({"no", "without", "zero", "nil", "any"})
# "not my leg, my privates", "not in the foot, numb bum": another place, and no list.
_OF_A_PLACE = words_of("my the his her in on from down")
_CONTRASTS = words_of("its theyre")
# "i dont think its numb", "its not that its weak": what follows is still denied.
_OPINIONS = words_of(
    "think believe feel reckon say said know sure mean that if whether because cos coz as like "
    "guess suppose imagine thought where when since"
)
_CONCESSIONS = words_of("although though despite while whilst whereas")
_DETERMINERS = words_of("the my his her")
# What may stand between a noun and the next determiner within one noun phrase.
_LINKS = words_of(
    "of in to from with on at for down around round over under along into inside or and nor near "
    "between behind across through up about either both all any feel feeling is are was were had "
    "having touching when if like than as"
)
_LIST_REACH = 5
# A sign told in many words ("couldnt walk to the loo without having to sit and pant") is not
# undone by a negation somewhere among them.
_TOLD_AT_LENGTH = 6
_SHORT_QUESTION = 5
_LEADING = 3  # tokens before a sign that a message begins with
_ENDS_IN = words_of("meaning definition explained what")

# What shows that a sign is told in a clause of its own, behind what was denied.
_FINITE = words_of(
    "is are has have feels feel goes going gone went wont cant keeps keep got gets stopped "
    "wetting leaking peeing pooing pissing soiling dribbling losing wets leaks"
)
_QUALITIES = words_of("numb tingly dead weak wet floppy leaking wetting peeing pooing losing")
_NOT_ENDED = (_LINKS | _OPINIONS) - words_of("around round down about up over under")
_NOT_ENDED |= words_of("a an any really very so too at all new been be or nor and n no not")
_OWNERS = words_of("my his her the our both")
_SUBJECTS = words_of("i im ive he hes she shes they theyre it its")
_CONTINUES = words_of(
    "and or that if when where whether than until till before n what like which who how why think "
    "feel feeling felt so while notice notices noticed see find realise say says said told point "
    "stage case as after once"
)
_WOULD = words_of("would wouldnt could couldnt should shouldnt might will wont ill id may")
_AS_IT_IS = words_of("as because cos coz cause since")
_ANYTHING = words_of("anything something any things symptoms problems say eg ie")
_SUPPOSED = words_of("suppose assume assuming imagine pretend dread")
_HYPOTHETICAL = words_of("hypothetically hypothetical theory theoretically pretend")
_SOME_DAY = words_of("if will ill might may could would scared worried afraid fear what should")
_HAD_ALREADY = words_of("again already still since")
_TO_LOOK_FOR = words_of("watch look warning red flag flags ever what")
_CLAIMED_AFTER = words_of(
    "and but well because cos coz cause as so asking think which that plus since yes now"
)
_NOT_CLAIMED = words_of(
    "if whether do did does should could would might may when what how can not never dont"
)
_ALL_WELL = words_of(
    "fine ok okay good normal not only just a an never better stiff ache aches less isnt arent"
)
_TEACHES = words_of("teach teaching teacher teachers work working job")
_THEIRS = words_of(
    "he she they him her them his their someone somebody people person man woman guy bloke girl "
    "who patient patients character hero heroine"
)
_STATED = words_of("is are has feels gone went wont cant couldnt stopped")
_CURIOUS = words_of(
    "question wondering just only curious curiosity out of interest general generally asking im hi"
)
_OF_PETS = words_of("walking walker walkers walk lead food bed groomer sitting sitter owner")
_FELT = words_of("numb numbness tingling tingly pins feeling")
_ASKED_OF_IT = words_of(
    "serious normal come should dangerous bad worry need matter ok safe urgent"
)
_NO_WHAT = words_of(
    "scan scans mri need appointment appointments tests test reason tablets problem rush beds "
    "idea wonder way further point"
)
# Of a list that was asked for, what is there already; behind its answer, what is after all.
_HAD_OF_IT = words_of("my this that his her our how why when since i im ive")
_TAKEN_BACK = words_of(
    "yes except apart actually besides but bar lied well until though now today tonight since "
    "yesterday then both still again only woke wake started start starting starts came comes "
    "coming began begun happened happening have has got get feel felt going gone lost cant "
    "morning evening last later next after before was new is lie lies lying truth wrong"
)
_OF_THE_SIGN = words_of("that it this which its thats all everything and but")
_TOLD_VERBS = words_of(
    "had was were did went hurt broke injured slipped saw got been started felt"
)
_PAST_VERBS = words_of("had was were used")
_ENDED_VERBS = words_of("had was were went got felt lost wet peed couldnt did didnt pooed")
_WINDOW = 40  # tokens around a sign beyond which nothing says how it is spoken of
_QUOTES = 4  # before a sign, as many are looked at
_BRIEF = 3  # "Can't talk. Elephant documentary."
_ENDED_BY = words_of("today anymore currently yesterday lately recently tonight yet")
_READS = words_of("read reading saw seen watched googled heard learnt learned")
_WHOLE_CUES = words_of("happens safe prepared reference")
_BARE_CLAIMS = words_of("i he she it they got has have both what is its")
_SOOTHES = words_of("normal common nothing never always just")
_FALLS = ("trauma", "minor_fall")
_NOW = words_of("now today tonight yesterday again suddenly currently")

Judgement = tuple[FindingStatus, str, Tier]


class Mention(NamedTuple):
    """One sign at one place.

    Attributes:
        rule_id: What found it.
        concept: The sign.
        tier: Alone and present.
        template: Its own message, "" for the tier's.
        note: Its own note, "".
        start: First token.
        stop: One past the last token.
        anchor: The token whose negation negates the sign, and whose sentence is the sign's.
        negative: It holds its own negation ("cannot feel"), which does not undo it.
        named: A diagnosis rather than a symptom.
        status: How it is spoken of.
        cue: The words that say so.
        effective: What it gives as it is spoken of.
        keys: What combinations may ask for: the concept and what stands beside it.
    """

    rule_id: str
    concept: str
    tier: Tier
    template: str
    note: str
    start: int
    stop: int
    anchor: int
    negative: bool = False
    named: bool = False
    status: FindingStatus = FindingStatus.PRESENT
    cue: str = ""
    effective: Tier = Tier.NONE
    keys: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Moment:
    """A time expression.

    Attributes:
        token: Where it stands.
        days: How long ago or how long.
        ago: "ago" rather than "for".
    """

    token: int
    days: float
    ago: bool


class Cues:
    """Where word classes and context cues stand in one text, by place.

    Args:
        numbers: Class number by name; context cues without their `ctx_`.
        marks: The marked text.
    """

    def __init__(self, numbers: Mapping[str, int], marks: Marks) -> None:
        self.marks = marks
        self.tokens = marks.tokens
        self.sentence = marks.sentence
        self._numbers = numbers
        self._by_name: dict[str, Spans] = {}
        self._inside: dict[tuple[str, int], Spans] = {}
        self._bounds: dict[int, tuple[int, int]] = {}
        self._words = [token.word for token in marks.tokens]
        self.ages: dict[int, frozenset[str]] = {}
        """By sentence: what its times say of a sign's age, once somebody has asked."""

    def spans(self, name: str) -> Spans:
        """All places of a class, sorted."""
        found = self._by_name.get(name)
        if found is None:
            # most are asked for in vain
            number = self._numbers[name]
            places = self.marks.places
            found = self._by_name[name] = places.of(number) if number in places.present else []
        return found

    def here(self, names: Iterable[str]) -> list[str]:
        """Those of the classes that stand anywhere."""
        numbers, present = self._numbers, self.marks.places.present
        return [name for name in names if numbers[name] in present]

    def near(self, name: str, low: int, high: int) -> Spans:
        """Places that begin in [low, high)."""
        spans = self.spans(name)
        if not spans:
            return spans
        return spans[bisect_left(spans, (low, 0)) : bisect_left(spans, (high, 0))]

    def bounds(self, number: int) -> tuple[int, int]:
        """First token of a sentence and one past its last."""
        known = self._bounds.get(number)
        if known is None:
            first, stop = (
                bisect_left(self.sentence, number),
                bisect_left(self.sentence, number + 1),
            )
            known = self._bounds[number] = (first, stop)
        return known

    def inside(self, name: str, number: int) -> Spans:
        """Places within a sentence."""
        key = (name, number)
        if key not in self._inside:
            self._inside[key] = self.near(name, *self.bounds(number))
        return self._inside[key]

    def words(self, start: int, stop: int) -> set[str]:
        """The words of a token range."""
        return set(self._words[max(0, start) : stop])


def longest(spans: Spans) -> Iterator[tuple[int, int]]:
    """Spans that are not inside another one."""
    if len(spans) < 2:  # noqa: PLR2004 - nothing that one could be inside of
        yield from spans
        return
    best: dict[int, int] = {}
    for start, stop in spans:
        best[start] = max(stop, best.get(start, 0))
    reach = 0
    for start in sorted(best):
        if best[start] > reach:
            reach = best[start]
            yield start, reach


# ---------------------------------------------------------------------- time


def moments(tokens: Sequence[Token]) -> Iterator[Moment]:
    """Time expressions of a text, with their age in days."""
    for k, token in enumerate(tokens):
        word = token.word
        if word in _UNIT_DAYS and k:
            if found := _counted(tokens, k):
                yield found
        elif _is_year(word) and k and (tokens[k - 1].word in _BEFORE_YEAR or _alone(tokens, k)):
            # The year alone is enough: whoever writes it does not mean the last weeks.
            yield Moment(k, _LONG_AGO, tokens[k - 1].word != "since")
        elif word in _DISTANT and k and tokens[k - 1].word in {"a", "at", "in", "my"}:
            yield Moment(k, _DISTANT_DAYS, ago=True)


def _alone(tokens: Sequence[Token], k: int) -> bool:
    """Whether nothing but marks stands beside a word: "after the twins (2010)"."""
    return bool(tokens[k].brk) and (k + 1 == len(tokens) or bool(tokens[k + 1].brk))


def _is_year(word: str) -> bool:
    return len(word) == _YEAR_DIGITS and word.isdigit() and word[:2] in {"19", "20"}


def _counted(tokens: Sequence[Token], k: int) -> Moment | None:
    """The age of "three days", "two weeks ago", "last month"."""
    unit = _UNIT_DAYS[tokens[k].word]
    before = tokens[k - 1].word
    if before == "last" and tokens[k].word in {"year", "month", "week"}:
        since = k > 1 and tokens[k - 2].word == "since"  # "numb since last year" still is
        return Moment(k, float(unit), ago=not since)
    follow = tokens[k + 1].word if k + 1 < len(tokens) else ""
    if follow in {"old", "olds", "of"} and tokens[k].word[:2] in {"ye", "yr"}:
        return None  # "im 38 years old and cant pee": an age says nothing of the sign's
    if _is_an_age(tokens, k, follow):
        return None
    count = _count(before) or (_count(tokens[k - 2].word) if k > 1 else 0.0)
    if not count and follow not in {"ago", "back"}:
        return None
    near = [t.word for t in tokens[k + 1 : k + 3] if t.brk == 0]
    ago = follow in {"ago", "back", "earlier"} or "ago" in near
    return Moment(k, unit * max(count, 1.0), ago)


def _is_an_age(tokens: Sequence[Token], k: int, follow: str) -> bool:
    """Whether years are a person's, without "old": "my mother 66 yrs", "male 45 years"."""
    if tokens[k].word[:2] not in {"ye", "yr"} or follow in {"ago", "back", "now"}:
        return False
    if not _YOUNGEST <= _count(tokens[k - 1].word) <= _OLDEST:
        return False
    first = tokens[k - 2].word if k > 1 else ""
    return first in _AGED_PERSON or (follow in _AGED_BEHIND and first not in _LASTED)


_YOUNGEST, _OLDEST = 16, 110
_AGED_PERSON = words_of(
    "mother father mum mom dad wife husband son daughter gran granny grandma grandpa grandad nan "
    "uncle aunt aunty auntie brother sister patient male female man woman lady gentleman aged age "
    "im mr mrs ms m f mama papa"
)
_AGED_BEHIND = words_of("male female man woman lady gentleman")
_LASTED = words_of("for since past last over about almost nearly")


def _count(word: str) -> float:
    if word.isdigit():
        return float(word)
    return float(_NUMBER_WORDS.get(word, 0))


# ---------------------------------------------------------------------- negation


@dataclass(frozen=True, slots=True)
class Scope:
    """A negation cue [start, stop) and one past the last token it reaches."""

    start: int
    stop: int
    reach: int


class Negation:
    """Negation cues of one text and what they reach.

    Args:
        cues: The marked text.
        scope: How many tokens a cue reaches.
    """

    def __init__(self, cues: Cues, scope: int = _SCOPE) -> None:
        self._cues = cues
        self._tokens = cues.tokens
        self._length = scope
        self._scopes: list[Scope] = []
        self._starts: list[int] = []
        self._after: dict[int, tuple[int, int]] = {}
        if not cues.here(("negation_before", "negation_after")):
            return
        self._subjects = {a for a, _ in cues.spans("subjects")}
        self._stops = {a for a, _ in cues.spans("terminators")}
        undone = {k for a, b in longest(cues.spans("pseudo_negation")) for k in range(a, b)}
        undone |= {k for a, b in cues.spans("double_negation") for k in range(a, b)}
        places = [
            (start, stop)
            for start, stop in longest(cues.spans("negation_before"))
            if start not in undone
            and not self._answers(start, stop)
            and not self._excepts(start, stop)
        ]
        for number, (start, stop) in enumerate(places):
            # A further cue takes over: "no fever, no sweats" is no double negation.
            following = places[number + 1][0] if number + 1 < len(places) else len(self._tokens)
            self._scopes.append(Scope(start, stop, self._reach(start, stop, following)))
        self._starts = [scope.start for scope in self._scopes]
        self._after = {
            start: (start, stop)
            for start, stop in longest(cues.spans("negation_after"))
            if start not in undone
        }

    def _answers(self, start: int, stop: int) -> bool:
        """Whether a "no" answers something: "no, my leg is numb", "no i cant pee"."""
        tokens = self._tokens
        if tokens[start].word != "no" or stop - start > 1:
            return False
        if stop >= len(tokens) or tokens[stop].brk == HARD:
            return True
        said = bool(start) and tokens[start - 1].word in _SAID
        if tokens[stop].brk == SOFT and (stop in self._subjects or tokens[start].asks or said):
            return True
        return tokens[stop].word in _AFTER_ANSWER

    def _excepts(self, start: int, stop: int) -> bool:
        """Whether "anything but" begins a clause: "doubt its anything but my bum is numb"."""
        return self._tokens[stop - 1].word == "but" and stop - start > 1 and stop in self._subjects

    def _reach(self, start: int, stop: int, end: int) -> int:
        """Where a cue's scope ends: a full stop, a terminator, a new clause, or its length.

        Not behind `end`, where the next cue begins.
        """
        tokens = self._tokens
        left = self._length
        noun = tokens[start].word in _NOUN_CUES
        verb = stop - start == 1 and tokens[start].word in _VERB_CUES
        does = tokens[start].word not in {"not", "isnt", "arent", "wasnt", "werent"}
        concedes = self._concedes(start) or (verb and not does and self._contrasts(stop))
        k = min(stop, end)
        while k < end and left:
            token = tokens[k]
            if token.brk == HARD or k in self._stops or (token.brk == SOFT and concedes):
                break
            if k > stop and self._starts_anew(k, noun=noun):
                break
            joined = token.word in {"and", "n"}
            first = k + 1 if joined else k
            if token.brk == SOFT and k > stop and self._minimises(stop, k):
                break  # "not a big deal, pads are soaked"
            if joined or token.brk == SOFT:
                # "no numbness and tingling" goes on, "not working and numb" does not
                if first in self._subjects or (joined and verb):
                    break
                if verb and does and not self._lists(k):
                    break
                if noun and self._begins_a_statement(stop, k, first):
                    break
            if joined or token.brk == SOFT or token.word in {"or", "nor"}:
                left = self._length + 1
            left -= 1
            k += 1
        return k

    def _begins_a_statement(self, stop: int, k: int, first: int) -> bool:
        """Whether what a comma or an "and" joins to a denied noun is said to be there.

        Args:
            stop: One past the cue.
            k: What the comma stands before, or the "and".
            first: Its first word.
        """
        soft = self._tokens[k].brk == SOFT
        adjective = first < len(self._tokens) and self._tokens[first].word in _ADJECTIVES
        if adjective and not (soft and self._is_an_item(stop, k)):
            return True
        return soft and (self._says_of_a_part(k) or self._tells(k))

    def _is_an_item(self, stop: int, k: int) -> bool:
        """Whether a comma's words are one of many nouns: "no falls, leg weakness, fever"."""
        end = self._end_of_item(k)
        words = self._cues.words(k, end)
        if words & TELLING or not 1 < end - k <= _LONGEST_ITEM:
            return False
        before = any(token.brk == SOFT for token in self._tokens[stop + 1 : k])
        if {"or", "nor"} & words:
            return before
        if self._tokens[end - 1].word not in _DENIED_NOUNS:
            return False
        if before:
            return True
        parted = end < len(self._tokens) and self._tokens[end].brk == SOFT
        following = self._end_of_item(end) if parted else end
        own = TELLING & self._cues.words(end, following)
        return parted and 0 < following - end <= _LONGEST_ITEM and not own

    def _end_of_item(self, k: int) -> int:
        """One past the last token before the next comma or full stop behind a token."""
        end = k + 1
        while end < len(self._tokens) and not self._tokens[end].brk and end < k + _CLAUSE_REACH:
            end += 1
        return min(end, len(self._tokens))

    def _tells(self, k: int) -> bool:
        """Whether a comma is followed by a clause, no list: "no pain, wet myself twice"."""
        if self._length != _SCOPE:
            return False
        end = self._end_of_item(k)
        if {"or", "nor"} & {token.word for token in self._tokens[k : end + 1]}:
            return False
        return bool(TELLING & self._cues.words(k, end)) and not self._lists(k)

    def _says_of_a_part(self, k: int) -> bool:
        """Whether bare words behind a comma are a clause: "no pain, bladder numb", "wee stuck"."""
        if self._length != _SCOPE:
            return False
        for j in range(k + 1, min(k + _PART_AND_QUALITY, len(self._tokens))):
            if self._tokens[j].brk:
                return False
            if self._tokens[j].word in _SAID_OF_A_PART:
                ends = j + 1 >= len(self._tokens) or self._tokens[j + 1].brk
                return bool(ends or self._tokens[j + 1].word in _BEHIND_A_QUALITY)
        return False

    def _minimises(self, stop: int, k: int) -> bool:
        """Whether what lay words deny before a comma is no sign, so that no list goes on."""
        if self._length != _SCOPE:
            return False
        return not any(self._cues.near(name, stop, k) for name in _DENIED_SIGNS)

    def _starts_anew(self, k: int, *, noun: bool) -> bool:
        """Whether another phrase begins that is not denied.

        After a "no", the next noun: "without my stick *the weakness* shows". After any negation
        what is there instead: "its not pain *its numbness*".
        """
        word, before = self._tokens[k].word, self._tokens[k - 1].word
        if word in _CONTRASTS and before not in _OPINIONS:
            return True
        return noun and word in _DETERMINERS and before not in _LINKS

    def _concedes(self, start: int) -> bool:
        """Whether the cue's sentence begins with a concession, which its comma ends."""
        first, _ = self._cues.bounds(self._cues.sentence[start])
        return self._tokens[first].word in _CONCESSIONS

    def _contrasts(self, stop: int) -> bool:
        """Whether it denies a place that another one takes: "not my leg, my privates"."""
        begins = stop < len(self._tokens) and self._tokens[stop].word in _OF_A_PLACE
        return begins and not self._lists(stop)

    def _lists(self, k: int) -> bool:
        """Whether a comma is one of a list that ends in "or": "havent been sick, dizzy or hot"."""
        for token in self._tokens[k + 1 : k + _LIST_REACH]:
            if token.brk == HARD:
                return False
            if token.word in {"or", "nor"}:
                return True
        return False

    def over(self, token: int, outside: tuple[int, int]) -> Scope | None:
        """The cue whose scope holds the token and that is not part of `outside`."""
        index = bisect_left(self._starts, token)
        while index:
            index -= 1
            scope = self._scopes[index]
            if outside[0] <= scope.start < outside[1]:
                continue
            # "never had" takes the "had" of "had an accident" for its own
            shared = scope.start < token < scope.stop and all(
                t.word in _HAVE for t in self._tokens[token : scope.stop]
            )
            return scope if shared or scope.stop <= token < scope.reach else None
        return None

    def is_over(self, token: int) -> bool:
        """Whether a cue reaches the token."""
        return self.over(token, (token, token + 1)) is not None

    def within(self, start: int, stop: int, own: set[int]) -> Scope | None:
        """A cue that begins between two tokens and is no part of the sign's own words."""
        index = bisect_left(self._starts, start + 1)
        while index < len(self._scopes) and self._starts[index] < stop:
            scope = self._scopes[index]
            # "numb, not my leg, my privates": another place is denied
            elsewhere = scope.reach < stop and self._contrasts(scope.stop)
            if scope.start not in own and not elsewhere:
                return scope
            index += 1
        return None

    def after(self, token: int) -> tuple[int, int] | None:
        """A negation that follows directly: "numbness? no.", "weakness: none"."""
        tokens = self._tokens
        for start in (token, token + 1):
            found = self._after.get(start)
            if found is None:
                continue
            if start > token and tokens[token].brk and tokens[token].word not in _BEFORE_A_NO:
                continue  # "cant pee. fever none"
            if start > token and tokens[token].word == "and":
                continue  # "admitted with chest pain and ruled out for infarction"
            ends = found[1] >= len(tokens) or tokens[found[1]].brk
            goes_on = not ends and tokens[found[1]].word in _AFTER_NEGATION
            bare = tokens[start].word in {"no", "never"} and not tokens[start].brk
            if ends or (goes_on and not bare):
                return found
        return None


_BEFORE_A_NO = words_of("god gosh er um well definitely absolutely thankfully oh nope luckily")
_SAID = words_of("said say says answered told replied")
_AFTER_ANSWER = words_of("i im ive my its he she they can we")
_AFTER_NEGATION = words_of(
    "and but just on by for at in with from over since given now bilaterally throughout "
    "currently today clinically either"
)


# ---------------------------------------------------------------------- the whole context


class Context:
    """Decides how each mention of one text is spoken of.

    Args:
        text: As typed.
        cues: The marked text, guards not blanked.
        times: Its time expressions.
        negation: Its negations.
    """

    def __init__(self, text: str, cues: Cues, times: Sequence[Moment], negation: Negation) -> None:
        self._text = text
        self._cues = cues
        self._tokens = cues.tokens
        self._times = times
        self._negation = negation
        self._informational: dict[tuple[int, bool], str] = {}
        self._breaks = [k for k, token in enumerate(self._tokens) if token.brk]
        self._disowned: list[tuple[int, int]] | None = None
        self._claimed = bool(cues.spans("claim")) or self._is_claimed()

    def _is_parted(self, low: int, high: int) -> bool:
        """Whether a comma or full stop stands before one of the tokens from low to high."""
        index = bisect_left(self._breaks, low)
        return index < len(self._breaks) and self._breaks[index] <= high

    def _around(self, name: str, m: Mention) -> Spans:
        """Places of a class in the sign's sentence, not far from it."""
        low, high = self._cues.bounds(self._cues.sentence[m.anchor])
        return self._cues.near(name, max(low, m.start - _WINDOW), min(high, m.stop + _WINDOW))

    def _is_claimed(self) -> bool:
        """Whether what is asked about, quoted or feared is said to be there.

        "can sciatica cause a numb bum? mine is", "they said ring if you cant pee and i cant".
        """
        for start, stop in self._cues.spans("claimed"):
            after = self._cues.words(stop, stop + 2)
            if "it" in after:
                after -= {"isnt"}  # "thats what this is isnt it"
            if not (self._negation.is_over(start) or _ALL_WELL & after):
                return True
        for start, stop in self._cues.spans("claimed_at_the_end"):
            ends = stop >= len(self._tokens) or self._tokens[stop].brk
            before = self._tokens[start - 1].word if start else ""
            opens = not start or self._tokens[start].brk or before in _CLAIMED_AFTER
            whole = self._tokens[start].word not in _BARE_CLAIMS
            free = before not in _NOT_CLAIMED and not self._negation.is_over(start)
            if ends and (opens or whole) and free:
                return True
        return False

    def _has_lasted(self, m: Mention) -> bool:
        """Whether it says behind a sign how long it has been so: "numb bum? its been two days"."""
        if m.named or m.concept == "ces_named_self":
            return False  # how long the back has hurt
        _, end = self._cues.bounds(self._cues.sentence[m.anchor] + 1)
        return any(
            not self._negation.is_over(start)
            for start, _ in self._cues.near("lasted", m.start, end)
        )

    def judge(self, mention: Mention, own: set[int]) -> Mention:
        """The mention with its status.

        Args:
            mention: As found.
            own: Tokens of the sign's own words within it; a negation there is part of the sign.
        """
        found = None if mention.concept in _ENDED else self._negated(mention, own)
        claimed = self._claimed or self._has_lasted(mention)
        tests = [
            self._quoted, self._answered_no, self._in_training, self._other, self._of_people,
            self._of_kin_long_ago,
            self._of_the_dead, self._asked_what, self._without_signs,
        ]  # fmt: skip
        if not claimed:
            # "read about cauda equina and every bit of it is me": asked about, and had
            tests += [self._told, self._conditional, self._info]
            if mention.concept not in _HISTORY_COUNTS | _ENDED:
                tests += [self._as_a_child, self._historical]
        for test in tests:
            if found is None:
                found = test(mention)
        if found is None:
            return mention
        status, cue, effective = found
        return mention._replace(status=status, cue=cue, effective=effective)

    def _words(self, start: int, stop: int) -> str:
        return self._text[self._tokens[start].start : self._tokens[stop - 1].end]

    def _negated(self, m: Mention, own: set[int]) -> Judgement | None:
        apart = self._denies_apart(m)
        if apart is not None:
            return FindingStatus.NEGATED, self._words(apart, apart + 1), Tier.NONE
        cue = self._cue_over(m, own)
        if cue is None:
            return self._negated_behind(m)
        if self._is_undone(cue, m):
            return None
        words = self._words(cue.start, cue.stop)
        if words.lower().endswith("longer"):
            return FindingStatus.HISTORICAL, words, _lowered(m)
        return FindingStatus.NEGATED, words, Tier.NONE

    def _cue_over(self, m: Mention, own: set[int]) -> Scope | None:
        """The cue whose scope holds the sign, or that stands within it."""
        if m.negative:
            # "cannot feel" stays; "loss of control" can be denied
            denied = not _DENIALS & self._cues.words(m.start, m.stop)
            if denied or self._tokens[m.anchor].word in _NOUN_LOSS:
                return self._negation.over(m.anchor, (m.start, m.stop))
            return None
        cue = self._negation.over(m.anchor, (m.anchor, m.anchor + 1))
        if cue is None or cue.start in own:
            # before the quality only its scope counts: "half hasnt come back, numb there"
            brief = m.stop - m.anchor <= _TOLD_AT_LENGTH
            cue = self._negation.within(m.anchor, m.stop, own) if brief else None
        return cue

    def _is_undone(self, cue: Scope, m: Mention) -> bool:
        """Whether a cue denies no sign after all, for what stands around it."""
        if m.concept in _CRISES and self._is_parted(cue.stop + 1, m.start):
            return True  # "no pain, thinking of ending it all"
        return (
            self._is_of_the_time_before(cue, m) or self._is_spent(cue, m) or self._is_retracted(m)
        )

    def _negated_behind(self, m: Mention) -> Judgement | None:
        """The sign denied by what follows it: "numbness? no"."""
        beside = self._cues.words(m.start - _LEADING, m.stop)
        lost = (_NOUN_LOSS - _FUNCTIONS - _ORGANS | _DENIALS) & beside
        if _FUNCTIONS & self._cues.words(m.start, m.stop) and not lost:
            return None  # "bladder control? none"
        after = self._negation.after(m.stop)
        if after and not self._text[self._tokens[after[1] - 1].end :].lstrip().startswith("?"):
            return FindingStatus.NEGATED, self._words(*after), Tier.NONE
        return None

    def _denies_apart(self, m: Mention) -> int | None:
        """The "no" of a sign that denies another one, which a comma parts from the rest.

        "no leaks, normal wee" tells of no wee that fails, nor does "no weakness, bladder works";
        "yes i can feel my bits, no my legs are fine" answers twice.
        """
        for k in range(m.start, m.stop):
            if self._tokens[k].word not in _NOUN_CUES | {"not"}:
                continue
            last = k + 1 == m.stop
            if last and m.stop < len(self._tokens) and self._tokens[k].brk and k > m.start:
                follow = self._tokens[m.stop]
                if not follow.brk and follow.word in _OWNERS:
                    return k
            end = next((j for j in range(k + 2, m.stop) if self._tokens[j].brk), None)
            if end is None or self._tokens[end - 1].word not in _DENIED_NOUNS:
                continue
            rest = self._cues.words(m.start, k) | self._cues.words(end, m.stop)
            if not rest & (_DENIALS | _LOSSES):
                return k
        return None

    def _is_of_the_time_before(self, cue: Scope, m: Mention) -> bool:
        """Whether a sign was denied up to a time: "i never wet myself before last week".

        Or since a day on which it was there: "havent wet myself since tuesday".
        """
        words = [token.word for token in self._tokens[m.stop : m.stop + 2]]
        if m.concept in _CONTINENCE and words[:1] == ["since"] and words[1:] and words[1] in _DAYS:
            return True
        if not _NEVER & self._cues.words(cue.start, cue.stop):
            return False
        high = min(m.stop + _UP_TO_REACH, len(self._tokens) - 1)
        for k in range(m.stop, high):
            if self._tokens[k].brk:
                return False
            if self._tokens[k].word in _UP_TO and not self._tokens[k + 1].brk:
                return self._tokens[k + 1].word in _A_TIME
        return False

    def _is_spent(self, cue: Scope, m: Mention) -> bool:
        """Whether what a cue denies was said before the sign: "no back pain today bum is numb".

        The sign is a clause of its own then, behind a noun that the cue denies; a list that ends
        in "or" goes on.
        """
        denied = not m.negative and {"no", "not", "nor"} & self._cues.words(m.start + 1, m.stop)
        if m.start <= cue.stop or denied:
            return False
        before = m.start - 1
        while before > cue.stop and self._tokens[before].word in _OWNERS:
            before -= 1
        parted = any(token.brk for token in self._tokens[cue.stop + 1 : m.start + 1])
        if self._tokens[before].word in _NOT_ENDED and not self._tokens[m.start].brk:
            return False
        if self._is_within_a_list(cue, m):
            return False
        if not any(self._cues.near(name, cue.stop, m.start) for name in _DENIED_SIGNS):
            return False
        told = bool(_FINITE & self._cues.words(m.start, m.stop))
        ended = _ENDED_BY & self._cues.words(cue.stop, m.start)
        begins = ended or self._tokens[m.start].word in _QUALITIES
        return told or (not parted and bool(begins))

    def _is_within_a_list(self, cue: Scope, m: Mention) -> bool:
        """Whether an "or" joins a sign to what is denied: "no pain, wetting or soiling".

        "no back pain or leg pain, bladder leaking": its list had ended.
        """
        for k in range(cue.stop, min(m.stop + _LIST_REACH, len(self._tokens))):
            if k >= m.stop and self._tokens[k].brk == HARD:
                break
            if self._tokens[k].word not in {"or", "nor"}:
                continue
            if k >= m.start:
                follow = self._tokens[k + 1].word if k + 1 < len(self._tokens) else ""
                if follow not in {"so", "more", "anything", "something", "maybe"}:
                    return True
            elif not any(token.brk for token in self._tokens[k : m.start + 1]):
                return True
        return False

    def _is_retracted(self, m: Mention) -> bool:
        """Whether a denial is taken back behind it: "i said no but i do", "and did last night"."""
        number = self._cues.sentence[m.anchor]
        end = self._cues.bounds(number + 1)[1]
        return any(
            not self._negation.is_over(start)
            for start, _ in self._cues.near("retracted", m.stop, end)
        ) or any(
            stop >= len(self._tokens) or self._tokens[stop].brk
            for _, stop in self._cues.near("retracted_at_the_end", m.stop, end)
        )

    def _quoted(self, m: Mention) -> Judgement | None:
        """The bot's own list, pasted or told: "you said 'weakness in both legs'"."""
        if self._claimed:
            return None
        quoted = self._cues.inside("quoted", self._cues.sentence[m.anchor])
        last = bisect_left(quoted, (m.start, 0))
        for start, stop in quoted[max(0, last - _QUOTES) : last]:
            if stop > m.start:
                continue
            between = self._text[self._tokens[stop - 1].end : self._tokens[m.start].start]
            if _is_open(between):
                return FindingStatus.NEGATED, self._words(start, stop), Tier.NONE
        return None

    def _answered_no(self, m: Mention) -> Judgement | None:
        """What somebody asked and the answer was no: "he asked if i leak, i said no"."""
        for start, stop in self._around("answered_no", m):
            if not start < m.start < stop:
                continue
            # "asked if i can feel it, i said no": the answer is the sign
            able = _ABLE & self._cues.words(start, m.stop)
            retracted = "but" in self._cues.words(stop, stop + 2)
            asked_of_it = _ASKED_OF_IT & self._cues.words(start, m.start)
            if self._is_retracted(m) or self._claimed or asked_of_it or self._goes_on(stop):
                break
            if not able and not retracted:
                return FindingStatus.NEGATED, self._words(start, stop), Tier.NONE
        for start, stop in self._around("answered_no_first", m):
            able = _ABLE & self._cues.words(start, m.stop)
            if self._is_retracted(m) or self._claimed:
                break
            if 0 <= m.start - stop <= _CONDITION_REACH and not able:
                return FindingStatus.NEGATED, self._words(start, stop), Tier.NONE
        return self._answered_next(m)

    def _answered_next(self, m: Mention) -> Judgement | None:
        """A list asked for, its answer in the next sentence: "GP asked about fevers. all no"."""
        if self._claimed or self._is_retracted(m):
            return None
        first, end = self._cues.bounds(self._cues.sentence[m.anchor] + 1)
        for start, stop in self._cues.near("all_no", first, min(end, first + _LONGEST_CUE)):
            if start != first or (stop < len(self._tokens) and not self._tokens[stop].brk):
                continue
            if _TAKEN_BACK & self._cues.words(stop, stop + _CONDITION_REACH):
                continue  # "all no. except the fever"
            for _, high in self._around("asked_through", m):
                # "asked about my cancer", "about the leaking": what is there already
                asked = self._cues.words(high, m.stop)
                named = "the" in asked and "family" not in asked
                if high <= m.start and not (named or _HAD_OF_IT & asked):
                    return FindingStatus.NEGATED, self._words(start, stop), Tier.NONE
        return None

    def _goes_on(self, stop: int) -> bool:
        """Whether a "no" is no answer: "asked about the leaking, he said no scan needed"."""
        if self._tokens[stop - 1].word != "no" or stop >= len(self._tokens):
            return False
        follow = self._tokens[stop]
        return not follow.brk and follow.word in _NO_WHAT

    def _in_training(self, m: Mention) -> Judgement | None:
        """A small child that is not dry yet, told by who bends over it all day."""
        if m.concept not in _CONTINENCE or self._cues.spans("child_hurt"):
            return None
        if not (self._cues.spans("potty") or self._cues.spans("carers_work")):
            return None
        near = self._cues.words(m.start - _CHILD_REACH, m.stop)
        if near & _GROWN_UP or "my" in self._cues.words(m.start, m.stop):
            return None
        if not any(
            _ONE_CLAUSE.isdisjoint(self._cues.words(end, m.start))
            and not any(token.brk for token in self._tokens[end : m.start + 1])
            for _, end in self._cues.near("small_child", m.start - _CHILD_REACH, m.stop)
        ):
            return None
        number = self._cues.sentence[m.anchor]
        low, high = self._cues.bounds(number - 1)[0], self._cues.bounds(number + 1)[1]
        told = self._cues.near("in_training", low, high)
        return (FindingStatus.NEGATED, self._words(*told[0]), Tier.NONE) if told else None

    def _without_signs(self, m: Mention) -> Judgement | None:
        """A condition that is feared by somebody who has none of its signs."""
        if m.concept != "ces_named_self":
            return None
        number = self._cues.sentence[m.anchor]
        low, high = self._cues.bounds(number - 1)[0], self._cues.bounds(number + 1)[1]
        for start, stop in self._cues.near("no_signs", max(low, m.start - _WINDOW), high):
            if not self._is_retracted(m) and start < m.stop + _WINDOW:
                return FindingStatus.INFORMATIONAL, self._words(start, stop), Tier.NONE
        return None

    def _asked_what(self, m: Mention) -> Judgement | None:
        """What a word means: "gran had it in the 60s, what is foot drop exactly"."""
        if _PERSON_WORDS & self._cues.words(m.start, m.stop):
            return None
        if m.concept in _NEVER_ASKED and m.stop - m.start > _CRISIS_TERM:
            return None  # "what is the easiest way to die" asks for no word
        if self._is_a_word_heard(m):
            return FindingStatus.INFORMATIONAL, self._words(m.start, m.stop), Tier.NONE
        end = m.stop
        while end < len(self._tokens) and self._tokens[end].word in _AFTER_A_TERM:
            end += 1
        if end < len(self._tokens) and self._tokens[end].brk != HARD:
            return None
        for start, stop in self._cues.near("asks_what", m.start - _LONGEST_CUE, m.start):
            same = self._cues.sentence[start] == self._cues.sentence[m.start]
            if same and self._cues.words(stop, m.start) <= _BEFORE_A_TERM and stop <= m.start:
                return FindingStatus.INFORMATIONAL, self._words(start, stop), Tier.NONE
        return None

    def _is_a_word_heard(self, m: Mention) -> bool:
        """Whether it is asked what somebody meant: "the nurse said saddle numbness, what is that".

        Only words of leaflets: whoever says "numb bum" is asked, not informed.
        """
        if self._claimed or not self._cues.words(m.start, m.stop) <= _MEDICAL:
            return False
        if not _SAID_OR_WROTE & self._cues.words(m.start - _HEARD_REACH, m.start):
            return False
        for k in range(m.stop, min(m.stop + _HEARD_REACH, len(self._tokens) - 1)):
            follow = self._cues.words(k + 1, k + 3)
            if self._tokens[k].word in {"what", "whats"} and follow & _OF_A_WORD:
                return True
        return False

    def _other(self, m: Mention) -> Judgement | None:
        """An animal's sign."""
        low = max(self._cues.bounds(self._cues.sentence[m.anchor])[0], m.start - _PET_REACH)
        for start, stop in self._cues.near("pet", low, m.stop):
            if self._cues.words(start - 2, start) & {"like", "as"}:
                continue  # "panting like a dog"
            if _WITH_PETS & self._cues.words(start - 3, start) and not (
                _ITS_OWN & self._cues.words(stop, m.stop)
            ):
                continue  # "walking the dog and my leg went numb": "and he drags his" is the dog's
            if self._is_beside_a_pet(start, stop, m):
                continue
            # A horse that kicks is an accident, not a patient.
            throws = m.concept in _BY_ANIMALS and not (
                _HOUSE_PETS & self._cues.words(start, stop)
                or self._is_fallen_stock(start, stop, m)
            )
            if m.concept == "trauma_major" and (
                _OVER_PETS & self._cues.words(start - 3, start)
                or (_GROWN_UP | {"him", "them", "us"}) & self._cues.words(stop, m.stop)
            ):
                continue  # "tripped over the cat and fell down the stairs", "dog knocked dad down"
            asks_vet = bool(_VETS & self._cues.words(low, len(self._tokens)))
            # "took the cat to the vet and wet myself": the sign itself is a person's
            near = (max(stop, m.start - _USED_TO), m.start + _LEADING)
            own = _PERSON_WORDS & self._cues.words(*(near if asks_vet else (stop, m.stop)))
            if not throws and (not own or self._is_on_my_bed(start, stop, m)):
                return FindingStatus.NOT_A_PERSON, self._words(start, stop), Tier.NONE
        return None

    def _is_at_the_sign(self, stop: int, m: Mention) -> bool:
        """Whether an animal stands directly before the sign, as its subject."""
        return 0 <= m.start - stop <= 1 and not self._is_parted(stop, m.start)

    def _is_fallen_stock(self, start: int, stop: int, m: Mention) -> bool:
        """Whether an animal that nobody rides fell itself: "goat fell off the shed roof"."""
        return bool(_SMALL_STOCK & self._cues.words(start, stop)) and self._is_at_the_sign(stop, m)

    def _is_on_my_bed(self, start: int, stop: int, m: Mention) -> bool:
        """Whether a person only owns the bed: "cat had an accident on my bed"."""
        first, _ = self._cues.bounds(self._cues.sentence[m.anchor])
        if m.concept not in _CONTINENCE or start - first > 1 or self._is_parted(stop, m.start):
            return False
        if not self._cues.words(stop, m.start) <= _HAS_HAD:
            return False
        if _PERSON_WORDS & self._cues.words(stop, m.stop) != {"my"}:
            return False
        owned = [k for k in range(stop, m.stop) if self._tokens[k].word == "my"]
        return all(_BEDDING & self._cues.words(k + 1, k + 2) for k in owned)

    def _is_beside_a_pet(self, start: int, stop: int, m: Mention) -> bool:
        """Whether an animal is only near: "dog walking and my legs …", "lifted the cat, bum numb".

        Numbness is felt, so that bare words of it behind a comma are not told of an animal.
        """
        words = self._cues.words(stop, m.stop)
        before = self._tokens[start - 1].word if start else ""
        follow = self._tokens[stop].word if stop < m.start else ""
        if follow in _OF_PETS and before not in _DETERMINERS | {"our", "a"}:
            return True
        if any(a >= m.stop for a, _ in self._cues.spans("me_too")):
            return True
        parted = any(token.brk for token in self._tokens[stop : m.start + 1])
        felt = _FELT & self._cues.words(m.start, m.stop)
        return bool(felt) and parted and not _ITS_OWN & words

    def _told(self, m: Mention) -> Judgement | None:
        """A sign in a story, a film or a book."""
        told = [
            place
            for place in self._around("fiction", m)
            if place[0] < m.stop or not self._is_behind(m, place[0])
        ]
        told = [place for place in told if not self._is_beside_a_story(place[1], m)]
        if m.concept in _CRISES:  # "he posted on facebook that he cant go on"
            told = [(start, stop) for start, stop in told if start < m.start or stop > m.stop]
        if told and not _PERSON_WORDS & self._cues.words(m.start - 3, m.stop):
            return FindingStatus.INFORMATIONAL, self._words(*told[0]), Tier.NONE
        return None

    def _is_behind(self, m: Mention, story: int) -> bool:
        """Whether a story is told of behind the sign only, which is not in it.

        "my legs went numb while watching a film", "numb bum for 2 days, read about it online".
        """
        if (_MEANWHILE | {"like"}) & self._cues.words(story - 3, story):
            return True
        of_it = {"from", "after"} & self._cues.words(story - 3, story)
        if of_it and self._around("still_there", m):
            return True  # "numb bum from the film, and its still numb"
        parted = self._is_parted(m.stop, story)
        brief = m.stop - m.start < _BRIEF and m.concept not in RED_CONCEPTS
        return parted and not brief and not m.named and m.concept != "ces_named_self"

    def _is_beside_a_story(self, stop: int, m: Mention) -> bool:
        """Whether a sign stands bare behind a comma: "read about it online, numb bum"."""
        parted = self._is_parted(stop, m.start)
        if m.named or m.concept == "ces_named_self" or stop > m.start or not parted:
            return False
        of_them = _THEIRS & self._cues.words(stop, m.stop)
        asked = self._around("informational", m)
        return not of_them and all(_READS & self._cues.words(*place) for place in asked)

    def _is_hearsay(self, m: Mention) -> bool:
        """Whether somebody said so of it in general: "he says numb legs come from sitting"."""
        if not m.start or self._tokens[m.start - 1].word not in _SAYS or m.negative:
            return False
        follow = self._cues.words(m.stop, m.stop + _UP_TO_REACH)
        if m.concept in _CORE and follow & _SOOTHES:
            return (
                False  # "my mate reckons wetting yourself is common": whoever was soothed has it
            )
        # "my friend says numb bum is normal, mine has been so for days"
        if _PERSON_WORDS & self._cues.words(m.start, m.stop + _PET_REACH):
            return False
        return any(
            start == m.stop for start, _ in self._cues.near("in_general", m.stop, m.stop + 1)
        )

    def _of_kin_long_ago(self, m: Mention) -> Judgement | None:
        """What somebody else had once: "grandad used to wet himself, whats a good pillow"."""
        number = self._cues.sentence[m.anchor]
        if m.concept in _CRISES or not self._cues.inside("third_person", number):
            return None
        first, end = self._cues.bounds(number)
        first, end = max(first, m.start - _PET_REACH), min(end, m.stop + _PET_REACH)
        if _STILL_TOLD & self._cues.words(first, end):
            return None
        own = _PERSON_WORDS - {"my"}
        if self._cues.inside("still_there", number) or own & self._cues.words(first, m.stop):
            return None
        for start, stop in self._cues.near("of_old", first, end):
            if m.start - _USED_TO <= stop <= m.start or m.stop <= start <= m.stop + _USED_TO:
                return FindingStatus.HISTORICAL, self._words(start, stop), Tier.NONE
        return None

    def _of_people(self, m: Mention) -> Judgement | None:
        """A sign of people in general: "patients with numb legs", "paralysed residents"."""
        if m.concept in _CRISES or m.concept in _HISTORY_COUNTS or self._claimed:
            return None
        for start, stop in self._cues.near("people_with", m.start - _LONGEST_CUE, m.start):
            if stop == m.start and not self._tokens[m.start].brk:
                return FindingStatus.INFORMATIONAL, self._words(start, stop), Tier.NONE
        if self._is_hearsay(m):
            return FindingStatus.INFORMATIONAL, self._tokens[m.start - 1].word, Tier.NONE
        if m.stop < len(self._tokens) and not self._tokens[m.stop].brk:
            follow = self._tokens[m.stop].word
            told_of = self._tokens[m.start - 1].word if m.start else ""
            if follow in _PEOPLE and told_of not in _PERSON_WORDS:
                return FindingStatus.INFORMATIONAL, follow, Tier.NONE
        return None

    def _of_the_dead(self, m: Mention) -> Judgement | None:
        """A sign of somebody who has died: "nan lost the use of her legs before she passed"."""
        died = self._cues.inside("deceased", self._cues.sentence[m.anchor])
        if not died or m.concept in _CRISES or self._claimed or self._is_ones_own(m):
            return None
        if (_PERSON_WORDS - {"my"}) & self._cues.words(m.start - 2, m.stop):
            return None
        since = "since" in self._cues.words(died[0][0] - _SINCE_REACH, died[0][0])
        if self._is_parted_from_a_death(died[0], m):
            return None
        if since or "now" in self._cues.words(max(died[0][1], m.start - _WINDOW), m.stop):
            return None  # "since my wife died": a time; "he passed last night, now cant move"
        return FindingStatus.HISTORICAL, self._words(*died[0]), Tier.NONE

    def _is_parted_from_a_death(self, died: tuple[int, int], m: Mention) -> bool:
        """Whether a comma parts a death from bare words that nobody else is named for.

        "bum is numb, dad died of this": not "nan cant move her legs, she died of it in june".
        """
        start, stop = died
        low, high = (stop, m.start) if stop <= m.start else (m.stop, start)
        if not self._is_parted(low, high):
            return False
        if stop <= m.start:
            return not _THEIRS & self._cues.words(max(stop, m.start - _WINDOW), m.stop)
        before = [place for place in self._around("third_person", m) if place[0] < m.stop]
        begins = self._breaks[bisect_left(self._breaks, high + 1) - 1]
        whose = {
            self._tokens[b - 1].word for _, b in self._cues.near("third_person", begins, stop)
        }
        told = {self._tokens[b - 1].word for _, b in before}
        # "hubby cant pee, dad died of this"
        return bool(whose - _ITS_OWN) and whose.isdisjoint(told)

    def _is_ones_own(self, m: Mention) -> bool:
        """Whether a "my" beside the sign is the writer's own: "my legs", not "my nan's legs"."""
        kin = {start for start, _ in self._around("third_person", m)}
        return any(
            self._tokens[k].word == "my"
            and k not in kin
            and (k + 1 >= len(self._tokens) or self._tokens[k + 1].word != "late")
            for k in range(max(0, m.start - 1), m.stop)
        )

    def _conditional(self, m: Mention) -> Judgement | None:
        if m.concept == "suicidal_thoughts":
            return None  # "scared i will do something stupid"
        low = max(
            self._cues.bounds(self._cues.sentence[m.anchor])[0],
            m.start - _CONDITION_REACH - _LONGEST_CUE,
        )
        blocked = {a for a, _ in self._cues.near("conditional_not", low, m.start + 1)}
        for start, stop in self._cues.near("conditional", low, m.start + 1):
            cue = self._cues.words(start, stop)
            likened = start and self._tokens[start - 1].word == "as"
            if likened or any(token.brk for token in self._tokens[start + 1 : stop]):
                continue  # "as if someone cut it"; "never had this before, i get numb toes"
            if start in blocked and "ever" not in cue:
                continue  # "if my leg goes numb again"; "if my leg ever goes numb" is feared
            avoids = cue & {"avoid", "avoiding", "prevent", "preventing"}
            reach = _AVOID_REACH if avoids else _CONDITION_REACH
            if self._is_of_something_else(start, stop, m.start, avoids=bool(avoids)):
                continue
            if "again" in self._cues.words(stop, m.start) and "ever" not in cue:
                continue  # "what if i get an accident again, wet myself at work"
            if self._is_had(m, cue) or self._is_told_anew(stop, m, cue):
                continue
            if self._is_no_supposition(start, stop, m, cue):
                continue
            if m.start - stop > reach or _NOT_FEARED & self._cues.words(stop, m.start):
                continue
            return FindingStatus.CONDITIONAL, self._words(start, stop), Tier.NONE
        return None

    def _is_had(self, m: Mention, cue: set[str]) -> bool:
        """Whether words of fear or care speak of what is there already.

        "in case i wet myself again"; "unless i push i cant pee", at the head of a sentence.
        """
        if cue == {"unless"}:
            first, _ = self._cues.bounds(self._cues.sentence[m.anchor])
            return self._tokens[self._after_greeting(first, m.start)].word == "unless"
        if m.concept not in RED_CONCEPTS or "ever" in cue:
            return False
        again = self._cues.words(m.stop, m.stop + 1) & {"again", "anymore"}
        if again or {"pads", "nappies"} & self._cues.words(m.start, m.stop):
            return True
        if cue & {"avoid", "avoiding", "prevent", "preventing"} and m.concept in _CONTINENCE:
            return "i" in self._cues.words(m.stop, m.stop + 1)  # "to avoid wetting myself i go …"
        return not cue & _TO_LOOK_FOR and self._is_of_now(m)

    def _is_of_now(self, m: Mention) -> bool:
        """Whether words behind a sign say that it is there: "for 3 days", "one more time"."""
        _, end = self._cues.bounds(self._cues.sentence[m.anchor])
        end = min(end, m.stop + _UP_TO_REACH)
        words = self._cues.words(m.stop, end)
        if words & _HAD_ALREADY or {"one", "more"} <= words:
            return True
        return "for" in words and any(
            m.stop < t.token < end and not t.ago and t.days <= YEAR_DAYS for t in self._times
        )

    def _is_told_anew(self, stop: int, m: Mention, cue: set[str]) -> bool:
        """Whether a clause of its own begins between the cue and the sign, or within it.

        "if i get an urge i dont make it", "afraid of being alone as my legs give way". What would
        follow ("i wouldnt walk") is still supposed.
        """
        # "before it happens i get no warning": such a cue is whole without a clause
        first = stop if cue & _WHOLE_CUES else stop + 1
        for k in range(first, m.stop):
            word, before = self._tokens[k].word, self._tokens[k - 1].word
            if word in _SUBJECTS | {"my"} and before in _AS_IT_IS:
                return True
            certain = "would" in cue and before in {"that", "why"}
            if word not in _SUBJECTS or (before in _CONTINUES | _OPENERS and not certain):
                continue
            if "so" in self._cues.words(k - 3, k) or _WOULD & self._cues.words(k, m.stop):
                continue
            inside = m.start <= k
            if inside and (word in {"it", "its"} or not self._denies(k, m.stop)):
                continue
            return True
        return False

    def _denies(self, low: int, high: int) -> bool:
        """Whether something is denied between two tokens, more than in "i havent,"."""
        return any(
            self._tokens[k].word in _DENIALS
            and (self._tokens[k].word in _ABLE or (k + 1 < high and not self._tokens[k + 1].brk))
            for k in range(low, high)
        )

    def _is_no_supposition(self, start: int, stop: int, m: Mention, cue: set[str]) -> bool:
        """Whether what looks like a supposition is none: "i suppose my bum is numb"."""
        if cue == {"one", "day"}:
            first, _ = self._cues.bounds(self._cues.sentence[start])
            return not _SOME_DAY & self._cues.words(first, m.start)
        if cue & _SUPPOSED and start and self._tokens[start - 1].word in {"i", "id"}:
            return True
        # "hypothetically my bum is numb": no words switch a person's own sign off
        own = _PERSON_WORDS & self._cues.words(stop, m.stop)
        if cue & _SUPPOSED and "my" in own and {"is", "are"} & self._cues.words(stop, m.stop):
            return True
        return bool(cue & _HYPOTHETICAL and own and "if" not in self._cues.words(stop, m.start))

    def _is_of_something_else(self, start: int, stop: int, sign: int, *, avoids: bool) -> bool:
        """Whether what is feared or avoided was said before the sign begins.

        "just in case, my foot drags", "i avoid sitting, my bum is numb": a list of what is feared
        goes on over its commas, but it is a list of signs.
        """
        if stop > sign:
            return False
        breaks = [k for k in range(stop, sign + 1) if self._tokens[k].brk]
        if breaks and breaks[0] == stop:
            clause = self._cues.words(stop, sign + _LEADING)
            whole = self._cues.words(start, stop) & (_WHOLE_CUES | _HYPOTHETICAL | _SUPPOSED)
            own = "my" in clause and clause & _STATED
            whole = whole if not _THEIRS & clause else set()
            if self._tokens[start].word == "in" or whole or own:
                return True
        if breaks and breaks[0] > stop and self._is_another_fear(start, stop, breaks[0], sign):
            return True
        if not avoids or stop == sign:
            return False
        if {"this", "it", "that", "i", "im", "ive"} & self._cues.words(stop, sign):
            return True  # "to avoid surgery i rest, and i cant feel my bum"
        return bool(breaks) and not any(
            self._cues.near(name, stop, breaks[0]) for name in _SIGNS_IN_LISTS
        )

    def _is_another_fear(self, start: int, stop: int, end: int, sign: int) -> bool:
        """Whether what is feared ended at a comma, and was no sign: "scared of a wheelchair, …".

        "if i ever get worse, numb legs say" goes on.
        """
        cue, feared = self._cues.words(start, stop), self._cues.words(stop, end)
        if {"now", "today", "already"} & self._cues.words(sign, sign + _PAST_REACH):
            return True
        if {"ever", "what"} & (cue | feared) or _ANYTHING & feared:
            return False
        signs = (name for name in _SIGNS_IN_LISTS if name not in _FALLS)
        return not any(self._cues.near(name, stop, end) for name in signs)

    # ------------------------------------------------------------------ asked about

    def _info(self, m: Mention) -> Judgement | None:
        if m.concept in _NEVER_ASKED and m.tier is Tier.EMERGENCY:
            return None
        number = self._cues.sentence[m.anchor]
        if self._asks_of_oneself(m, number) or self._is_stated(m, number):
            return None
        # "sciatica, what causes it" asks what a word means, "numb foot, what causes it" tells
        term = self._is_a_term(m)
        if (number, term) not in self._informational:
            self._informational[number, term] = self._info_cue(number, points=not term)
        cue = self._informational[number, term] or self._of_anybody(m, number)
        if cue and (self._is_told_first(m, number) or self._is_told_after(m, number)):
            return None
        return (FindingStatus.INFORMATIONAL, cue, Tier.NONE) if cue else None

    def _asks_of_oneself(self, m: Mention, number: int) -> bool:
        """Whether a question can hardly be idle: "is it normal to not feel when you wipe"."""
        if not self._is_plain(m):
            return False
        return (
            any(start <= m.start for start, _ in self._cues.inside("asks_of_oneself", number))
            and not self._disclaimers()
        )

    def _is_stated(self, m: Mention, number: int) -> bool:
        """Whether it is a plain statement, whatever else the message says: "my bum is numb".

        Bare words about bladder, bowel or saddle with nothing but "just curious" beside them too.
        """
        first, end = self._cues.bounds(number)
        named = m.named or m.concept == "ces_named_self"
        if named or self._tokens[self._after_greeting(first, m.start)].word in _OPENERS:
            return False
        first, end = max(first, m.start - _WINDOW), min(end, m.stop + _WINDOW)
        words = self._cues.words(m.start, m.stop)
        asked = self._around("informational", m)
        wondering = [place for place in asked if not self._is_read_later(place, m)]
        if asked and not wondering:
            return True  # "chest pressure, read about it online"
        if any(not self._cues.words(*place) <= _CURIOUS for place in wondering):
            # "please explain what to do, cant pee"
            before = all(stop <= m.start for _, stop in wondering)
            asks = (_ASKS_FOR_SIGNS - {"when", "for"}) & self._cues.words(first, m.start)
            return bool(self._tokens[m.start].brk and words & _STATED and before and not asks)
        if words & _STATED:
            return True
        if m.tier is not Tier.EMERGENCY or words <= _MEDICAL or "?" in self._text:
            others = self._cues.words(first, m.start) | self._cues.words(m.stop, end)
            return self._is_plain(m) and others <= _CURIOUS
        disclaimed = self._disclaimers()
        return all(self._cues.words(*place) <= _CURIOUS for place in disclaimed)

    def _is_read_later(self, place: tuple[int, int], m: Mention) -> bool:
        """Whether somebody says behind a sign and a comma where they have read of it."""
        return (
            place[0] >= m.stop
            and bool(_READS & self._cues.words(*place))
            and self._is_parted(m.stop, place[0])
        )

    def _is_a_term(self, m: Mention) -> bool:
        """Whether it is the name of a thing: a diagnosis, "incontinence", "foot drop"."""
        first, _ = self._cues.bounds(self._cues.sentence[m.start])
        opens = m.start <= self._after_greeting(first, m.start + 1)
        alone = opens and self._cues.words(m.start, m.stop) <= _TERMS
        return m.named or m.concept == "ces_named_self" or alone

    def _is_told_first(self, m: Mention, number: int) -> bool:
        """Whether a sign is told before the question: "numb bum, how serious is that".

        Such words are somebody's own without an "I". A diagnosis that is named, or a sign whose
        meaning or cause is asked, stays a general question.
        """
        low, high = self._cues.bounds(number)
        first = self._after_greeting(low, high)
        if m.start - first > _LEADING or self._disclaimers():
            return False
        asked = self._cues.inside("informational", number)
        remedies = {start for start, _ in self._cues.inside("remedy_asked", number)}
        if asked and all(start >= m.stop and start in remedies for start, _ in asked):
            return self._tokens[first].word not in _OPENERS  # "numb toes, which stretches help"
        if self._is_a_term(m):
            return False
        if self._is_plain(m) and self._are_apart(asked, m.stop):
            return self._tokens[first].word not in _OPENERS  # "numb bum, is there a tablet for it"
        return self._is_told_before(m, number, first, asked)

    def _are_apart(self, asked: Spans, stop: int) -> bool:
        """Whether a question begins behind a sign, with a comma or a question word."""
        if not asked or any(start < stop for start, _ in asked):
            return False
        opens = self._tokens[asked[0][0]]
        return bool(opens.brk) or opens.word in _OPENERS

    def _is_plain(self, m: Mention) -> bool:
        """Whether it is a sign of bladder, bowel or saddle in lay words."""
        return m.concept in _CORE and not self._cues.words(m.start, m.stop) <= _MEDICAL

    def _is_told_before(self, m: Mention, number: int, first: int, asked: Spans) -> bool:
        """Whether bare words at the head of a sentence are somebody's own, given what is asked."""
        if any(start < m.start for start, _ in self._cues.inside("fiction", number)):
            return False  # "my book says foot drop is from L5, is that right"
        if asked and asked[0][0] >= m.stop and self._tokens[asked[0][0]].brk:
            start = asked[0][0]
            if not _ABOUT_THE_SIGN & self._cues.words(start, start + _CUE_AND_OBJECT):
                # "numb toes, whats the best chair": bare words are somebody's own
                return self._tokens[first].word not in _OPENERS
        judged = {start for start, _ in self._cues.inside("judging", number)}
        return (
            self._tokens[first].word not in _OPENERS
            and bool(asked)
            and all(start >= m.stop and start in judged for start, _ in asked)
        )

    def _is_told_after(self, m: Mention, number: int) -> bool:
        """Whether a sign follows a whole question: "would heat help, foot wont lift".

        The question asks for no symptoms and names none, and no second one follows it.
        """
        if self._is_a_term(m) or self._disclaimers():
            return False
        first, _ = self._cues.bounds(number)
        first = self._after_greeting(first, m.start)
        parted = any(token.brk for token in self._tokens[max(0, m.start - 2) : m.start + 1])
        breaks = [k for k in range(first + 1, m.start + 1) if parted and self._tokens[k].brk]
        if not breaks or breaks[-1] < m.start - _LEADING:
            return False
        asked = self._cues.inside("informational", number)
        again = self._tokens[breaks[-1]].word in _OPENERS
        if again or any(start >= breaks[0] for start, _ in asked):
            return False
        if {token.word for token in self._tokens[first : first + 3]} & _READS:
            # "read about it online, numb bum, cant pee"
            return not _THEIRS & self._cues.words(max(breaks[0], m.start - _WINDOW), m.stop)
        asks = self._tokens[first].word in _OPENERS
        if not asks or _ASKS_FOR_SIGNS & self._cues.words(first, breaks[0]):
            return False
        return not any(self._cues.near(name, first, breaks[-1]) for name in _SIGNS_IN_LISTS)

    def _pointing(self, number: int) -> list[tuple[int, int]]:
        """Questions that point at what is told beside them, whole by themselves."""
        _, end = self._cues.bounds(number)
        return [
            (start, stop)
            for start, stop in longest(self._cues.inside("pointing", number))
            if stop >= end or self._tokens[stop].brk or self._tokens[stop].word not in _GOES_ON
        ]

    def _info_cue(self, number: int, *, points: bool) -> str:
        """The words that make a sentence a question about the sign in general, or "".

        Args:
            number: Of the sentence.
            points: Whether a question may point at the sign ("what causes it").
        """
        first, stop = self._cues.bounds(number)
        asides = self._pointing(number)
        pointing = asides if points else []
        first = self._after_greeting(first, stop, pointing)
        if first >= stop:
            return ""
        opener = self._tokens[first].word
        causal = opener in _OPENERS and any(
            not any(low <= start < high for low, high in asides)
            for start, _ in self._cues.inside("causal_verb", number)
        )
        asks, shows = self._question(first, stop)
        cues = [
            (a, b)
            for a, b in self._cues.inside("informational", number)
            if self._opens(a, first)
            and not self._only_wonders(a, b, stop)
            and not any(low <= a < high for low, high in pointing)
            and "but" not in self._cues.words(a, b)  # "your article helped but my grip is weak"
        ]
        disclaimed = self._disclaimers()
        if not (cues or asks or disclaimed or self._asks_at_the_end(first, stop)):
            return ""
        if shows and not (asks or causal):
            return ""
        if self._is_personal(number, first, stop, causal=causal):
            return ""
        return self._words(*cues[0]) if cues else self._words(first, first + 1)

    def _disclaimers(self) -> list[tuple[int, int]]:
        """Where somebody says that it is not about them.

        A message that begins with "just wondering" is no less told, and what a comma parts is no
        such phrase: "nobody listens, hands have gone clumsy". Nor is "touch wood", "so far so
        good", "im healthy": whoever says so may tell of a sign in the same breath.
        """
        if self._disowned is not None:
            return self._disowned
        self._disowned = [
            (start, stop)
            for start, stop in self._cues.spans("disclaimer")
            if _DISOWNS & self._cues.words(start, stop)
            and not (start < _LEADING and self._cues.words(start, stop) <= _WONDERS)
            and not any(token.brk for token in self._tokens[start + 1 : stop])
            and not self._has_an_object(stop)
        ]
        return self._disowned

    def _has_an_object(self, stop: int) -> bool:
        """Whether "i dont have any" goes on: "i dont have any pain"."""
        if self._tokens[stop - 1].word != "any" or stop >= len(self._tokens):
            return False
        follow = self._tokens[stop]
        return not follow.brk and follow.word not in {"of", "at", "myself", "thankfully"}

    def _only_wonders(self, start: int, stop: int, end: int) -> bool:
        """Whether a cue is no more than a polite beginning: "just wondering, numb toes"."""
        parted = stop < end and bool(self._tokens[stop].brk)
        return parted and self._cues.words(start, stop) <= _WONDERS

    def _of_anybody(self, m: Mention, number: int) -> str:
        """The "you" of "can a disc paralyse you, my back is fine but i wonder", or ""."""
        first, stop = self._cues.bounds(number)
        first = self._after_greeting(first, stop)
        if first >= m.anchor or self._tokens[first].word not in _QUESTION_OPENERS:
            return ""
        if _PERSON_WORDS & self._cues.words(m.start - _CONDITION_REACH, m.stop):
            return ""
        leaves = self._tokens[m.anchor - 1].word in _ANYBODY and bool(
            _LEAVES & self._cues.words(m.anchor - 3, m.anchor)
        )
        after = m.stop < stop and self._tokens[m.stop].word in _ANYBODY
        inside = m.stop - m.start > 1 and self._tokens[m.stop - 1].word in _ANYBODY
        return self._tokens[first].word if leaves or after or inside else ""

    def _asks_at_the_end(self, first: int, stop: int) -> bool:
        """Whether a few words end in the question: "foot drop meaning", "foot drop is what"."""
        return stop - first <= _SHORT_QUESTION and self._tokens[stop - 1].word in _ENDS_IN

    def _question(self, first: int, stop: int) -> tuple[bool, bool]:
        """Whether it begins as a question, and whether that points at something of one's own.

        "is numbness …" and "is it normal …" ask, "is this …" points, "can not pee" does neither.
        """
        opener, follow, after = (
            self._tokens[k].word if k < stop else "" for k in range(first, first + 3)
        )
        if opener not in _QUESTION_OPENERS:
            return False, False
        if opener in _WAS and (follow.endswith("ing") or follow in _AFTER_I_WAS):
            return False, False  # "was driving home and …": the "I" is left out
        if opener in _BEING and stop - first <= _BARE_LENGTH and "?" not in self._text:
            return False, False  # "my leg" / "is tingling"
        points = follow in _POINTING
        asks = follow not in _NOT_AFTER_OPENER and (not points or after in _GENERAL)
        return asks, points

    def _opens(self, start: int, first: int) -> bool:
        """Whether a cue stands where it is a question: "is a …" only where a sentence begins."""
        if self._tokens[start].word not in _QUESTION_OPENERS or start <= first:
            return True
        return bool(self._tokens[start].brk) or self._tokens[start - 1].word in {"and", "or", "so"}

    def _is_personal(self, number: int, first: int, stop: int, *, causal: bool) -> bool:
        """Whether somebody speaks of a person they know, not of people in general."""
        hidden = {
            k
            for name in ("impersonal", "disclaimer")
            for a, b in self._cues.inside(name, number)
            for k in range(a, b)
        }
        if causal:
            hidden |= {
                k for k in range(first, stop) if self._tokens[k].word in {"me", "i", "you", "us"}
            }
        name = "personal_strong" if causal else "personal"
        return any(
            hidden.isdisjoint(range(start, end)) for start, end in self._cues.inside(name, number)
        )

    def _after_greeting(
        self, first: int, stop: int, pointing: Sequence[tuple[int, int]] = ()
    ) -> int:
        """The first token that says something: "hi, is sciatica …", "quick question are …"."""
        for start, end in self._cues.near("greeting", first, min(first + 4, stop)):
            if start == first:
                first = end
        for start, end in pointing:
            if start == first:
                first = end
        return first

    # ------------------------------------------------------------------ past

    def _historical(self, m: Mention) -> Judgement | None:
        number = self._cues.sentence[m.anchor]
        ages = [
            t
            for t in self._times
            if t.ago
            and m.start - _WINDOW < t.token < m.stop + _WINDOW
            and self._cues.sentence[t.token] == number
        ]
        ages = [t for t in ages if not self._is_of_another_clause(t.token, m)]
        past = [
            place
            for place in self._around("past_only", m)
            if (not place[0] or self._tokens[place[0] - 1].word != "since")
            and not self._is_of_another_clause(place[0], m)
        ]
        if m.concept == "trauma_major":
            # "bad back in 2015 and now hit by a car": the year is of something else
            ages = [
                t
                for t in ages
                if not self._ends_its_clause(t.token, m.start) and not self._is_now(t.token, m)
            ]
            if old := self._of_an_old_accident(m, ages, past):
                return FindingStatus.HISTORICAL, self._words(*old), Tier.NONE
        days = max((t.days for t in ages), default=None)
        return self._past_sign(m, ages, past, days)

    def _of_an_old_accident(
        self, m: Mention, ages: Sequence[Moment], past: Spans
    ) -> tuple[int, int] | None:
        """The words that put an accident long ago: a time, or "when i was eight" behind it."""
        _, end = self._cues.bounds(self._cues.sentence[m.anchor])
        if "again" in self._cues.words(m.stop, end):
            return None
        if ages and max(t.days for t in ages) >= OLD_DAYS:
            return ages[0].token, ages[0].token + 1
        for start, stop in past:
            if stop > m.start and _YOUNG & self._cues.words(start, stop):
                return start, stop
        return None

    def _past_sign(
        self, m: Mention, ages: Sequence[Moment], past: Spans, days: float | None
    ) -> Judgement | None:
        """A sign that has gone, or that is told as past."""
        number = self._cues.sentence[m.anchor]
        recovered = self._recovered(m, number)
        if (
            recovered
            and m.concept in _CRISES
            and _ABSENT & self._cues.words(recovered[0] - 1, recovered[0])
        ):
            recovered = None  # "they would be happier if i am gone"
        if recovered:
            if m.concept == "stroke_signs" and days is None and not past:
                return None  # a face that drooped for five minutes is a warning of the next
            return self._after_recovery(m, recovered, _LONG_AGO if days is None and past else days)
        if self._cues.inside("still_there", number):
            return None
        if m.concept in RED_CONCEPTS:
            return self._once_long_ago(m, ages)
        if (past or (days or 0) >= OLD_DAYS) and self._is_told_as_past(m):
            place = past[0] if past else (ages[0].token, ages[0].token + 1)
            # "after my op last year i was fine but numb toes": only what comes first is past
            parted = _TURNS & self._cues.words(place[1], m.start) or self._is_now(place[1], m)
            if not parted and not self._ends_its_clause(place[1] - 1, m.start):
                return FindingStatus.HISTORICAL, self._words(*place), Tier.NONE
        return None

    def _once_long_ago(self, m: Mention, ages: Sequence[Moment]) -> Judgement | None:
        """A sign that came once, years ago: "my legs went numb once in 2004"."""
        old = [t for t in ages if t.days >= YEAR_DAYS]
        beside = self._cues.words(m.start - _USED_TO, m.stop + _USED_TO)
        if not old or "once" not in beside or not self._cues.words(m.start, m.stop) & _ENDED_VERBS:
            return None
        _, end = self._cues.bounds(self._cues.sentence[m.anchor])
        if _STILL_TOLD & self._cues.words(m.stop, min(end, m.stop + _WINDOW)):
            return None
        return FindingStatus.HISTORICAL, self._words(old[0].token, old[0].token + 1), Tier.NONE

    def _is_of_another_clause(self, time: int, m: Mention) -> bool:
        """Whether a time tells of something else: "chest pain, was fine last year".

        Or "last year it was just pain, ..." before an emergency. "that was last year" is the
        sign's.
        """
        first, end = self._cues.bounds(self._cues.sentence[m.anchor])
        index = bisect_left(self._breaks, time + 1)  # of the first comma behind the time
        low = max(self._breaks[index - 1] if index else 0, first)
        close = min(self._breaks[index] if index < len(self._breaks) else end, end)
        if m.stop <= time:
            if low < m.stop or self._tokens[low].word in _OF_THE_SIGN:
                return False
        else:
            own = self._cues.words(max(close, m.start - _WINDOW), m.stop)
            if m.tier is not Tier.EMERGENCY or m.start < close or _PAST_VERBS & own:
                return False
        told = {
            k
            for k in range(max(low, time - _WINDOW), min(close, time + _WINDOW))
            if self._tokens[k].word in _TOLD_VERBS
        }
        return bool(told - {time - 1})  # "fell off a ladder, was last year"

    def _is_now(self, time: int, m: Mention) -> bool:
        """Whether the sign behind a time is of today: "a stroke in 2010, face droops today"."""
        if time >= m.start:
            return False
        follow = self._tokens[m.stop] if m.stop < len(self._tokens) else None
        beside = follow is not None and not follow.brk and follow.word in _NOW - {"now"}
        return beside or bool(_NOW & self._cues.words(max(time, m.start - _WINDOW), m.stop))

    def _ends_its_clause(self, time: int, sign: int) -> bool:
        """Whether a time belongs to what was told before the sign: "had an op last year and …".

        A time that opens the sentence, or a past tense behind it, goes for the sign too.
        """
        after = time + 1
        while after < sign and self._tokens[after].word in _OF_THE_TIME:
            after += 1
        if after > sign:
            return False
        between = self._cues.words(after, sign)
        if "now" in between:
            return True
        first, _ = self._cues.bounds(self._cues.sentence[time])
        follow = self._tokens[after]
        opens = time - first < _OPENING_TIME
        parted = bool(follow.brk) or follow.word in _JOINS
        return not opens and parted and not between & _GOING_ON

    def _as_a_child(self, m: Mention) -> Judgement | None:
        """A wet bed in childhood: "i wet the bed as a kid, now i only have a stiff back"."""
        number = self._cues.sentence[m.anchor]
        if m.concept not in _CONTINENCE or self._cues.inside("still_there", number):
            return None
        low, high = m.start - _CHILDHOOD_REACH, m.stop + _CHILDHOOD_REACH
        places = self._cues.near("childhood", low, high)
        if not places or _TEACHES & self._cues.words(*self._cues.bounds(number)):
            return None  # "at the primary school i teach at"
        for start, stop in places:
            between = self._cues.words(stop, m.start) | self._cues.words(m.stop, start)
            if self._cues.sentence[start] == number and not between & _PARTS_FROM_THEN:
                return FindingStatus.HISTORICAL, self._words(start, stop), Tier.NONE
        return None

    def _after_recovery(
        self, m: Mention, place: tuple[int, int], days: float | None
    ) -> Judgement | None:
        if days is not None and days <= RECENT_DAYS:
            return None
        if days is None and m.concept in RED_CONCEPTS and self._is_of_these_days(m):
            return None  # "couldnt pee last night, fine now": specification, section 3
        if days is not None and days >= OLD_DAYS:
            return FindingStatus.HISTORICAL, self._words(*place), Tier.NONE
        return FindingStatus.HISTORICAL, self._words(*place), _lowered(m)

    def _is_of_these_days(self, m: Mention) -> bool:
        """Whether its sentence names yesterday, last night or today near by."""
        first, end = self._cues.bounds(self._cues.sentence[m.anchor])
        low, high = max(first, m.start - _DAY_REACH), min(end, m.stop + _DAY_REACH)
        words = [token.word for token in self._tokens[low:high]]
        return not _THESE_DAYS.isdisjoint(words) or any(
            pair in _LAST_NIGHT for pair in itertools.pairwise(words)
        )

    def _is_told_as_past(self, m: Mention) -> bool:
        low = max(self._cues.bounds(self._cues.sentence[m.anchor])[0], m.start - _PAST_REACH)
        words = self._cues.words(low, m.stop)
        return bool(words & _GOING_ON) and not words & _LASTING

    def _has_returned(self, number: int, since: int) -> bool:
        """Whether what went came back: "went away for two years and has returned"."""
        _, end = self._cues.bounds(number)
        return any(
            not self._negation.is_over(start) and "not" not in self._cues.words(start - 2, start)
            for start, _ in self._cues.near("came_back", since, end)
        )

    def _recovered(self, m: Mention, number: int) -> tuple[int, int] | None:
        """The words that say it has gone, if they are about this sign."""
        low, high = self._cues.bounds(number)
        low, high = max(low, m.start - _RECOVERY_BEFORE), min(high, m.stop + _RECOVERY_AFTER)
        for start, stop in longest(self._cues.near("resolved", low, high)):
            if self._is_recovery(m, start, stop) and not self._has_returned(number, stop):
                return start, stop
        low, high = self._cues.bounds(number + 1)
        for start, stop in longest(
            self._cues.near("resolved", low, min(high, m.stop + _RECOVERY_NEXT))
        ):
            of_it = not self._is_of_another(low, start, low)
            if stop - start > 1 and of_it and not self._negation.is_over(start):
                return start, stop
        return None

    def _is_recovery(self, m: Mention, start: int, stop: int) -> bool:
        if m.start <= start < m.stop or self._negation.is_over(start):
            return False
        if m.concept == "urinary_retention" and "nothing" in self._cues.words(start, stop):
            return False  # "nothing would come, still nothing now"
        if start < m.start:
            parted = any(token.brk for token in self._tokens[stop : m.start + 1])
            turned = (_TURNS | {"still", "yet"}) & self._cues.words(stop, m.start)
            # "the pain healed but my bum is numb"
            return not (parted or turned) and bool(self._cues.words(start, stop) & _BEFORE_SIGN)
        if self._is_of_a_pain(m, start) or self._is_of_something_else_gone(m, start, stop):
            return False
        bare = self._tokens[start].word in _BARE_GONE and stop - start <= _BARE_LENGTH
        return not bare or self._has_gone(m, start, stop)

    def _is_of_something_else_gone(self, m: Mention, start: int, stop: int) -> bool:
        """Whether something else has gone or is fine: "numb but my back is fine now"."""
        cured = self._cues.words(stop, stop + 1) & _OBJECTS  # "antibiotics sorted it"
        clause = self._begins_a_clause(m.stop, start)
        own = self._cues.words(m.start, m.stop)
        if clause and not cured and self._is_of_another(clause, start, m.stop, own):
            return True
        turned = self._cues.near("terminators", m.stop, start)
        return bool(turned) and self._names_other(m.stop, start)

    def _begins_a_clause(self, low: int, high: int) -> int:
        """Where the last clause before `high` begins, 0 if none does from `low` on."""
        for k in range(high, low - 1, -1):
            if self._tokens[k].brk or (k < high and self._tokens[k].word in {"and", "but"}):
                return k
        return 0

    def _is_of_another(
        self, low: int, start: int, end: int, own: AbstractSet[str] = frozenset()
    ) -> bool:
        """Whether what has gone is named, and is not the sign: "my bum is numb, headache gone".

        Args:
            low: Where the clause begins.
            start: The words that say that it has gone.
            end: Of the sign.
            own: The sign's own words.
        """
        k = start - 1
        while k >= low and (
            self._tokens[k].word in _BESIDE_RECOVERY or self._tokens[k].word.isdigit()
        ):
            k -= 1
        if k < max(low, end) or self._tokens[k].word in own | _MAY_BE_OVER:
            return False
        return not any(self._cues.near(name, k, k + 1) for name in _MAY_RECOVER)

    def _is_of_a_pain(self, m: Mention, start: int) -> bool:
        """Whether a pain has gone, told after the sign: "numb and the pain has gone"."""
        pains = self._cues.near("pain", m.stop, start)
        if not pains:
            return False
        joined = "and" in self._cues.words(m.stop, pains[0][0])
        if not joined and not any(t.brk for t in self._tokens[m.stop : pains[0][0] + 1]):
            return False
        last = pains[-1][1]
        parted = any(token.brk for token in self._tokens[last : start + 1])
        own_clause = not joined or bool(_FINITE & self._cues.words(m.start, m.stop))
        return not parted and not _ALL_OF_IT & self._cues.words(last, start + (not own_clause))

    def _has_gone(self, m: Mention, start: int, stop: int) -> bool:
        """Whether "gone" says that the sign has ended: not "gone numb", nor "the disc went"."""
        ends = stop >= len(self._tokens) or bool(self._tokens[stop].brk)
        follow = "" if ends else self._tokens[stop].word
        # "numb down there, went swimming"
        goes_on = follow in _LOSS_AFTER_GONE or follow.isdigit() or follow.endswith("ing")
        if goes_on or m.concept == "trauma_major":
            return False  # "the scaffold went and i went with it"
        k = start - 1
        if self._tokens[k].word == "but" and (ends or follow == "now"):
            return True  # "sciatica since last year but gone now"
        if self._tokens[k].word in _LOST_NOT_CURED:
            return False
        while k >= m.stop and self._tokens[k].word in _BESIDE_GONE:
            k -= 1
        if "since" in self._cues.words(start - _SINCE_REACH, start):
            return False
        return k < m.stop or self._tokens[k].word in _MAY_BE_GONE

    def _names_other(self, start: int, stop: int) -> bool:
        return bool(self._cues.near("back", start, stop) or self._cues.near("pain", start, stop))


def _is_open(text: str) -> bool:
    """Whether a quotation is open at the end of some text: `said "numb` is, `said "numb" and` not.

    A mark within a word is an apostrophe.
    """
    opened = 0
    for mark in _QUOTE_MARKS.finditer(text):
        opens = mark.end() == len(text) or (
            text[mark.end()].isalnum() and mark.group() not in "’”"
        )
        opened = opened + 1 if opens else max(0, opened - 1)
    return opened > 0


_QUOTE_MARKS = re.compile(r"(?<!\w)['\"‘’“”«»]|['\"‘’“”«»](?!\w)")


def _lowered(m: Mention) -> Tier:
    """One tier lower; never below urgent for bladder, bowel, saddle, both legs (2a.17)."""
    lower = Tier(max(0, m.tier - 1))
    return max(lower, Tier.URGENT) if m.concept in RED_CONCEPTS else lower
