"""Where a message without any stop may begin anew: beside a question, behind a denial.

"is there a cream for it my bum is numb", "slipped off the roof how do i loosen a tight back", "i
dont smoke both my legs are numb": many type neither a full stop nor a question mark. A question
ends where its words are whole and a clause of its own tells a sign; a denial denies its object and
no clause behind it. What is asked about ("can a disc make you numb"), listed ("no fever chills
numbness") or only thought ("i dont think my bum is numb") stays where it is. `apart` reads the
message again with full stops at these places, and the graver reading counts.
"""

from __future__ import annotations

import itertools
from collections.abc import Collection, Sequence

from backbot.triage.context.vocabulary import DENIALS, MEDICAL, OPENERS, OR, PERSON_WORDS
from backbot.triage.text import Token, words_of

# Words that a line cannot end with, and words that go on where it ended.
UNFINISHED = words_of(
    "and or nor like with for of to in on at from than as the a an my your if when which that "
    "what plus"
)
# What asks for signs, or what they are called: those named behind it belong to it.
ASKS_FOR_SIGNS = words_of(
    "symptom symptoms sign signs flag flags difference between people person someone somebody "
    "patients means mean meaning cause causes called like if when"
)
# A question that points at what was told: "my book says foot drop is from L5" / "is that right".
POINTS = words_of("it its this that thats these them those they")
QUESTION = 3  # words of a whole question, at least

# Typed without any stop. Words that no question ends with: what follows is what it asks about.
_NOT_YET_WHOLE = UNFINISHED | words_of(
    "is are was were be been being do does did can could will would should may might has have had "
    "having get gets getting got give gives giving gave make makes making made leave leaves feel "
    "feels feeling cause causes caused mean means stop stops prevent prevents help helps helping "
    "fix fixes cure cures treat treats treating ease eases relieve relieves reduce reduces avoid "
    "avoids improve improves create creates trigger triggers explain affect affects include "
    "includes involve involves show shows bring brings become becomes called about into by "
    "without during while because until till before after where whether how why who your our his "
    "her their any some many very so too not no think know say said believe sure hope explains "
    "describe fixing stopping causing normal sudden chronic acute lower upper you u ur ever tell "
    "tells distinguish test check diagnose spot recognise find sign signs symptom symptoms trap "
    "traps pinch press presses hit damage lose call name named reckon suspect suppose expect "
    "guess agree go goes going turn turns turning stay stays remain remains end ends wake wakes "
    "waking really actually always usually sometimes normally completely totally fully partly "
    "permanently temporarily gone bit somewhat slightly quite rather cover covers covering repair "
    "repairs strengthen strengthens heal heals restore restores reverse reverses undo handle "
    "handles discuss mention mentions list lists describes manage manages support supports accept "
    "require requires produce produces predict predicts indicate indicates suggest suggests imply "
    "implies precede precedes follow follows link links relate connection relation relationship "
    "detect detects measure mimic mimics want wants need needs nearly almost resemble resembles"
)
_STORIES = words_of(
    "film films movie book novel series show programme documentary drama game "
    "advert podcast article episode character actor actress player players athlete"
)
# "waking up paralysed", "end up numb": so does no question that ends with such a verb and "up".
_WAKES = words_of("wake wakes waking woke end ends ending ended")
# "makes people numb", "leaves the skin numb": whom or what stands between such a verb and a sign
# that has no subject of its own.
_CAUSES = words_of(
    "make makes making made leave leaves leaving let lets letting cause causes causing turn turns "
    "turning render renders send sends sending"
)
_ALONE = words_of(
    "cant cannot couldnt wont havent peed pooed pissed soiled shat messed swallowed took fell "
    "woke crashed want going gonna no not still"
)
_OBJECT = 3  # words between the two, at most
_BY = words_of("by during due")  # "bladders crushed by a disc"
# "is swimming good": three words are a question.
_GOOD = words_of(
    "good ok okay bad safe best better fine useful worth worthwhile right wise sensible allowed "
    "healthy advisable recommended harmful effective free open closed available enough needed "
    "necessary painful"
)
# "will massage help" / "legs are dead": a verb of the question, or of what stands behind.
_HELPS = words_of("help helps fix fixes ease eases treat treats improve improves cure cures")
_FINITE = words_of("is are was were have has wont cant cannot couldnt dont keep keeps")
# "doctor is bed rest good": who is spoken to.
_CALLED = words_of(
    "doctor dr doc sir madam maam mam hi hey hello hiya please pls thanks thank ok okay so well "
    "anyway also and but or just quick question morning evening afternoon good nurse mate love "
    "dear sorry um btw q yes no yeah right now then"
)
_LIKE = frozenset({"like"})
# "can a saddle" / "numb the groin": with such a word a sign may be the question's verb.
_WITH_A_VERB = words_of("can could do does did will would may might should doesnt cant wont dont")
_CLAUSES = words_of("when if")
_NAMES = words_of("means mean meaning cause causes called")
_PEOPLE = words_of("people person someone somebody patients")
_SIGNS = words_of("symptom symptoms sign signs flag flags")
_IN_A_CLAUSE = 5  # words of "if you ignore" and the like, before a sign that is its object
_NAMED = 4  # words from one of the names to the sign, at most
_LISTED = 7  # words of a list until its "or"
_BEFORE_PRONOUNS = words_of("to for with of from at on about by")
_PRONOUNS = words_of("you u me us him her them")
_REQUESTS = words_of("explain define")
_STRANDED = words_of("do mean for like say")
_WHAT = words_of("what whats")
_LIKE_IT_TO = words_of("to when for with having being losing if")  # "what is it like to"
# A sign that begins with such a word may be the verb of "can a disc …".
_VERBS = words_of(
    "trap traps pinch pinches press presses squash squashes paralyse paralyze paralyses paralyzes "
    "make makes lose loses damage damages cripple numb leak stop stops kill give go dribble wee "
    "pee poo soil shake drop drag buckle collapse turn hit hurt crush weaken burst wet fall pass "
    "come radiate shoot spread travel move feel"
)
_YOU = words_of("you your yours u ur youre people peoples someone someones somebody one ones")
# What a sign's clause may begin with before its own words.
_BEGINS = words_of(
    "i im ive id my mine he hes she shes his her we they their both all the a an some it its "
    "theres there been now also just still since suddenly cos anyway btw left right one two whole "
    "entire sudden onset complete total severe acute increasing worsening progressive oh ps"
)
_ANEW = words_of("anyway anyways btw oh ps")  # "i never got the leaflet anyway bum is numb"
_NO_GETTING = words_of(
    "i you we they he she it who which what people anyone anybody someone somebody everyone have "
    "has had ive youve hes shes theyve never not just also havent hasnt"
)
# What is said of a part named before it: "legs paralysed" is told, "numb legs" the item of a list.
_SAID_OF_A_PART = words_of(
    "numb dead weak paralysed paralyzed limp gone tingling tingly useless floppy lifeless leaking "
    "dribbling slurred drooping drooped collapsed failing dragging blocked burning asleep shaking "
    "weaker worse crushed"
)
_PLACES = words_of(
    "in on at around round between below from down under underneath behind of across and all by "
    "to inside after since with for when while during yourself myself themselves people the a my "
    "your his her their"
)
_ARTICLES = words_of("a an the any some no")
_ANY = words_of("any no have had got having other")
_ANYTHING = words_of("anything anyone anybody nothing")  # "havent noticed anything" / "numb"
_TROUBLES = words_of("problem problems issue issues trouble symptom symptoms such complaint any")
_NOTHING_TO_HOPE = words_of("hope help")
_WITH = words_of("woke wake up now left ended here sat am is still me")  # "woke with numb hands"
_ALL = words_of("everything all anything bits numb dead nothing")
_SAYS_OF_IT = words_of("is was has hurts feels felt went keeps just all")  # "it feels numb"
_WHO_HAS = words_of("been i ive im hes shes he she keep keeps")  # "been having a fever"
_HAS = words_of("having getting feeling had have got get feel has")
# Verbs whose subject stands before them: "hands are clumsy", "roof leaks".
_LINKS_TO_A_PART = words_of("is are was feels feel have has gone went keeps keep")
_SAID_OF_A_NOUN = words_of("leaks falls comes runs drips pours drops gives goes hurts")
_I = words_of("i im ive")
_ME = words_of("me my myself")
# "are both legs numb and back pain linked"
_OF_ALL_OF_IT = words_of(
    "normal dangerous serious common related linked connected bad ok okay possible true usual "
    "same rare treatable permanent curable"
)
# What asks wherever it stands; others do with the word behind: "is there", not "leg is numb".
_ASKS = words_of("what whats how hows which does")
_ASKS_WITH = {
    "is": words_of("there it this that"),
    "are": words_of("there these those"),
    "do": words_of("you i people we"),
    "can": words_of("i you we anyone someone"),
    "could": words_of("you anyone someone"),
    "should": words_of("i we my"),
    "would": words_of("you it a"),
    "will": words_of("you it a my the"),
    "when": words_of("is are should can do does will"),
    "where": words_of("is are should can do does"),
    "why": words_of("is are do does would"),
}
# "dont know what", "asked how", "that is how": no question of its own.
_EMBEDS = words_of(
    "know knows knew wonder wondering wondered ask asks asked asking tell tells told understand "
    "see sees find idea sure about on of to for matter no thats that remember forget forgot "
    "explain explains learn learnt read and or but is was me him her us not you please"
)
# Behind a denial without a stop: what shows that a clause of its own tells the sign.
_TOLD_BY = words_of(
    "i im ive he hes she shes they theyre its is are was were has cant cannot couldnt wont keeps "
    "keep gives went goes gone feels felt fell took taken swallowed lost wet peed pooed pissed "
    "soiled weed shat messed leaked woke crashed hit thrown knocked dropped tripped slipped being "
    "collapsed stopped started want wants drags dragged drooped fallen hurts falls comes runs "
    "drips pours leaks buckles folds drops hangs slaps trips wobbles"
)
# "no fever and wet myself"; "didnt fall and hit my head" is denied as a whole.
_DENIES_A_THING = words_of("no without zero nil nothing none")
# Whole by themselves, and no sign: "i dont smoke", "dont have a gp", "painkillers dont work".
_WHOLE = words_of(
    "hurt work working smoke smoked drink drank help sleeping eating exercising stretching "
    "walking pregnant diabetic sleep slept eat eaten well old drive exercise know understand gp "
    "doctor dr job car insurance money tablets tablet medicine meds medication gym anyone anybody "
    "anything phone appointment accident injury trauma fall falls heavy history today yesterday "
    "else before yet though tho allergies allergic alcohol drugs exercises sport sports surgery "
    "operation scan xray mri happened wrong fine ok okay enough affected involved "
    "question email message reply letter referral link number leaflet site website"
)
# "never noticed my legs are numb", "no sign my bum is numb": what is denied stands behind.
_DENIES_WHAT_FOLLOWS = words_of(
    "notice noticed noticing experience experienced experiencing seen see saw let found find "
    "heard remember report reported mention mentioned says saying way chance sign signs "
    "evidence indication suggestion doubt point times time day once even either yet longer "
    "where who person type sort kind mean meant pretend imagine recall admit complain "
    "complained deny denies reckon suspect suppose expect guess agree fancy accept fear"
)
_OVERLAP = 2  # words
_BESIDE_A_QUESTION = 2  # words of what is told beside a question, without any stop
_QUESTION_WITHOUT_STOP = 4
_LONG_QUESTION = 5
_MINE = words_of("i im ive my cant cannot couldnt wont")


def beside_a_question(
    tokens: Sequence[Token], asked_about: Collection[tuple[int, int]]
) -> list[int]:
    """Where, without any stop, a sign follows a whole question or a question follows a sign."""
    anew = []
    for start, stop in asked_about:
        if words_in(tokens[start:stop]) <= MEDICAL:
            continue  # "saddle anaesthesia how common": a leaflet's word
        low = next((k for k in range(start, 0, -1) if tokens[k].brk), 0)
        high = next((k for k in range(stop, len(tokens)) if tokens[k].brk), len(tokens))
        begin = _clause(tokens, low, _first_of(tokens, start, asked_about, low))
        asks = next((k for k in range(begin - 1, low - 1, -1) if _asks_at(tokens, k, low)), None)
        while asks and asks > low and tokens[asks - 1].word in OPENERS | _ASKS:
            asks -= 1  # "what do you charge"
        if _turns_to(tokens, low, begin, start) or (
            asks is not None
            and not words_in(tokens[start:stop]) & _YOU
            and _is_whole_before(
                tokens[asks:begin], tokens[begin:high], own=_is_own(tokens, begin, start, stop)
            )
        ):
            anew.append(begin)
        asks = next((k for k in range(stop, high) if _asks_at(tokens, k, low)), None)
        if asks is not None and _is_told_before(tokens[low:asks], tokens[asks:high]):
            anew.append(asks)
    return anew


def _first_of(
    tokens: Sequence[Token], start: int, places: Collection[tuple[int, int]], low: int
) -> int:
    """Where a sign begins together with those it overlaps, or that are listed before it.

    "numb bum" of "bum from wooden"; "weak legs" of "weak legs numb bum".
    """
    first = start
    for begin, end in sorted(places, reverse=True):
        near = low <= begin < first and first - _OVERLAP <= begin and first < end
        listed = begin >= low and end == first
        if near or (listed and not words_in(tokens[begin:end]).isdisjoint(_SAID_OF_A_PART)):
            first = begin
    return first


def behind_a_denial(tokens: Sequence[Token], denied: Collection[tuple[int, int]]) -> list[int]:
    """Where, without any stop, a sign is told behind what is denied: "no fever my bum is numb"."""
    anew = []
    for start, stop in denied:
        low = next((k for k in range(start, 0, -1) if tokens[k].brk), 0)
        high = next((k for k in range(stop, len(tokens)) if tokens[k].brk), len(tokens))
        # "no bladder trouble i can walk": the clause begins within what was found
        person = (k for k in range(start, stop) if tokens[k].word in _I)
        begin = _clause(tokens, low, next(person, start))
        joined = begin > low and tokens[begin - 1].word == "and"
        ends = begin - joined  # one past what is denied
        last = tokens[ends - 1].word
        if last == "no" and ends > 1 and tokens[ends - 2].word in OR:
            anew.append(ends)  # "is heat good yes or no" / "my bum is numb"
            continue
        cue = next((k for k in range(ends - 2, low - 1, -1) if tokens[k].word in DENIALS), None)
        listed = words_in(tokens[start : min(high, start + _LISTED)])
        if cue is None or listed & OR or (stop < high and tokens[stop].word in _DENIES_A_THING):
            continue
        own = _is_own(tokens, begin, start, stop)
        # "changing" / "soiled sheets"; "as a child" / "i wet the bed"
        goes_on = (last.endswith("ing") and last not in _WHOLE) or (
            [token.word for token in tokens[ends - 3 : ends - 1]] == ["as", "a"]
        )
        if goes_on or last in DENIALS or _is_caused(tokens[low:ends], own=own):
            continue
        # "no breathing problems" / "groin numb"; "no problem leg numb"
        said_of = last in _TROUBLES - _ANY and tokens[ends - 2].word not in DENIALS | _ANY
        hopeless = last in _NOTHING_TO_HOPE and tokens[ends - 2].word in _DENIES_A_THING
        own_clause = (
            hopeless
            or _turns_to(tokens, low, begin, start)
            or (
                last not in _NOT_YET_WHOLE | _DENIES_WHAT_FOLLOWS
                and (
                    not words_in(tokens[begin:stop]).isdisjoint(_TOLD_BY)
                    or (_is_said_of_a_part(tokens[start:stop]) and last not in _TROUBLES)
                )
            )
        )
        if joined:
            own_clause = own_clause and tokens[cue].word in _DENIES_A_THING
        if own_clause or said_of or (last in _WHOLE and (own or last not in _ANYTHING)):
            anew.append(ends)
    return anew


def _clause(tokens: Sequence[Token], low: int, start: int) -> int:
    """Where a sign's clause begins: "i" of "i cant pee", "hands" of "hands are clumsy"."""
    begin = start
    before, second = (tokens[k].word if k >= low else "" for k in (begin - 1, begin - 2))
    if (before == "with" and second in _WITH) or (before == "from" and second in _ALL):
        begin -= 2
    elif begin > low and tokens[begin].word in _SAID_OF_A_NOUN:
        begin -= 1
    elif begin - 2 >= low and tokens[begin - 1].word in _LINKS_TO_A_PART:
        begin -= 2
    while begin > low:
        has = tokens[begin - 1].word in _HAS and begin - 2 >= low
        if not (tokens[begin - 1].word in _BEGINS or (has and tokens[begin - 2].word in _WHO_HAS)):
            break
        begin -= 1
    if begin < start and begin > low and tokens[begin].word == "all":
        begin += tokens[begin - 1].word == "at"  # "would yoga help at all" / "cant feel my bum"
    if begin - 1 > low and tokens[begin - 1].word == "got" and begin == start:
        begin -= tokens[begin - 2].word not in _NO_GETTING  # "which pillow is best got numb hands"
    if begin < start and tokens[begin].word == "it" and tokens[begin + 1].word not in _SAYS_OF_IT:
        begin += 1  # "will insurance cover it" / "numb bum"
    return begin


def _turns_to(tokens: Sequence[Token], low: int, begin: int, start: int) -> bool:
    """Whether a sign's clause begins with a word that turns to something else."""
    return begin > low and not words_in(tokens[begin:start]).isdisjoint(_ANEW)


def _is_said_of_a_part(sign: Sequence[Token]) -> bool:
    """Whether a sign is a part and what is said of it: "legs paralysed"."""
    return (
        len(sign) > 1
        and sign[-1].word in _SAID_OF_A_PART
        and words_in(sign[:-1]).isdisjoint(_SAID_OF_A_PART | _ARTICLES)
    )


def _asks_at(tokens: Sequence[Token], k: int, low: int) -> bool:
    """Whether a question may begin there: it opens a sentence, or cannot be a statement's verb."""
    word = tokens[k].word
    if word not in OPENERS and word not in _ASKS and word not in _REQUESTS:
        return False
    if k == 0 or tokens[k].brk or words_in(tokens[low:k]) <= _CALLED:
        return True
    if tokens[k - 1].word in _EMBEDS:
        return False
    follow = tokens[k + 1].word if k + 1 < len(tokens) else ""
    return word in _ASKS or word in _REQUESTS or follow in _ASKS_WITH.get(word, ())


def _is_whole_before(question: Sequence[Token], behind: Sequence[Token], *, own: bool) -> bool:
    """Whether a question ends there, and what stands behind it is none of what it asks about.

    Args:
        question: From its opener on.
        behind: Up to the next stop.
        own: Whether the sign has words of its own before it: "my", "i have".
    """
    asked = words_in(question)
    last = question[-1].word
    told = _is_told(behind)
    verb = (
        behind[0].word in _VERBS
        and not asked.isdisjoint(_WITH_A_VERB)
        # "do you take cards" / "wet myself"
        and (behind[1:2] == [] or behind[1].word not in _ME or not asked.isdisjoint(_I))
    )
    helps = last in _HELPS and (
        behind[0].word in _ALONE or not words_in(behind[1:_OBJECT]).isdisjoint(_FINITE)
    )
    return (
        (len(question) >= _QUESTION_WITHOUT_STOP or (len(question) == QUESTION and last in _GOOD))
        and (told or question[0].word not in _REQUESTS)
        and len(behind) >= _BESIDE_A_QUESTION
        and (own or not verb)
        and (helps or last not in _NOT_YET_WHOLE or _ends_with_a_pronoun(question, own=told))
        and not (last == "up" and question[-2].word in _WAKES)
        and not _is_caused(question, own=own)
        and (own or (behind[1].word not in _BY and asked.isdisjoint(_STORIES)))
        and not _asks_for_a_sign(question, behind, own=own)
        and words_in(behind[:_LISTED]).isdisjoint(OR)
        and behind[-1].word not in _OF_ALL_OF_IT
    )


def _ends_with_a_pronoun(question: Sequence[Token], *, own: bool) -> bool:
    """Whether it ends as "is it bad for you" does, and "which nerve gives you" does not."""
    last, before = question[-1].word, question[-2].word
    if own and last in _STRANDED and question[0].word in _WHAT:
        return True  # "what does a cold pack do" / "i cant pee"
    return before in _BEFORE_PRONOUNS and (last in _PRONOUNS or (own and last in POINTS))


def _is_told(behind: Sequence[Token]) -> bool:
    """Whether what stands there begins as somebody's own sentence: "i cant", "legs numb"."""
    return (
        not words_in(behind[:_OBJECT]).isdisjoint(PERSON_WORDS)
        or behind[0].word in _ALONE
        or _is_said_of_a_part(behind[:2])
    )


def _asks_for_a_sign(question: Sequence[Token], behind: Sequence[Token], *, own: bool) -> bool:
    """Whether what a question asks for, or about whom, may be the sign behind it."""
    words = [token.word for token in question]
    asked = set(words)
    mine = not words_in(behind[:_OBJECT]).isdisjoint(PERSON_WORDS)
    told = _is_told(behind)
    compares = "difference" in asked and "and" not in asked
    part = own or _is_said_of_a_part(behind[:2])
    return (
        compares
        or not _CLAUSES.isdisjoint(words[-2:] if told else words[-_IN_A_CLAUSE:])
        or not (part or _NAMES.isdisjoint(words[-_NAMED:]))
        or not (mine or (_PEOPLE | _SIGNS).isdisjoint(asked))
        or _asks_what_it_is_like(question)
    )


def _is_own(tokens: Sequence[Token], begin: int, start: int, stop: int) -> bool:
    """Whether a sign has a subject, a verb that stands without one, or its part: "numb bum"."""
    first, behind = tokens[start].word, tokens[start + 1 : stop]
    of_a_part = first in _SAID_OF_A_PART and bool(behind) and behind[0].word not in _PLACES
    return begin < start or first in _ALONE or of_a_part


def _is_caused(before: Sequence[Token], *, own: bool) -> bool:
    """Whether a sign without words of its own is what someone is made: "makes people" / "numb"."""
    return not own and not words_in(before[-_OBJECT:]).isdisjoint(_CAUSES)


def _asks_what_it_is_like(question: Sequence[Token]) -> bool:
    """Whether it asks what a sign is like; "what is the parking like" does not."""
    return any(
        token.word in _LIKE and follow.word in _LIKE_IT_TO
        for token, follow in itertools.pairwise(question)
    )


def _is_told_before(told: Sequence[Token], question: Sequence[Token]) -> bool:
    """Whether what stands before a question is told, and not what the question is about."""
    asked = words_in(question)
    mine = not words_in(told).isdisjoint(_MINE)
    return (
        len(told) >= _BESIDE_A_QUESTION
        and len(question) >= QUESTION
        and asked.isdisjoint(POINTS | _NAMES)
        and (mine or asked.isdisjoint(_SIGNS))
        and (mine or len(question) >= _LONG_QUESTION or asked.isdisjoint(ASKS_FOR_SIGNS))
        and not (told[0].word in OPENERS and not words_in(told) & PERSON_WORDS)
    )


def words_in(tokens: Sequence[Token]) -> set[str]:
    """The words of a run of tokens."""
    return {token.word for token in tokens}
