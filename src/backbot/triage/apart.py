"""Where a message may begin anew without a full stop: at a line's end, beside a question.

"Is swimming good for bad backs" / "fell off a scaffold": on a phone a line's end may be a comma or
a full stop, a question's comma may end it, and many type neither: "is there a cream for it my bum
is numb". What is asked, denied or told of a dog before such a place says nothing of what stands
behind it. So such a message is read a second time, with full stops there, and the graver reading
counts (docs/safety.md). Where the one part needs the other to be understood ("which is the worse
sign" / "numbness or pain"), it is not read apart.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence

from backbot.triage.context.vocabulary import DENIALS, MEDICAL, OPENERS, OR, PERSON_WORDS, TERMS
from backbot.triage.text import HARD, SOFT, Token, words_of

# Words that a line cannot end with, and words that go on where it ended.
_UNFINISHED = words_of(
    "and or nor like with for of to in on at from than as the a an my your if when which that "
    "what plus"
)
_GOES_ON = words_of("and or nor like with for of to at from than as that plus he she his her its")
# What asks for signs, or what they are called: those named behind it belong to it.
_ASKS_FOR_SIGNS = words_of(
    "symptom symptoms sign signs flag flags difference between people person someone somebody "
    "patients means mean meaning cause causes called like if when"
)
# A question that points at what was told: "my book says foot drop is from L5" / "is that right".
_POINTS = words_of("it its this that thats these them those they")
# What ends an old sign, or answers: "numb leg in 2015" / "fixed, fine since".
_ENDS = words_of(
    "no none gone fixed cured healed fine ok okay since never sorted better ago cleared "
    "resolved all said told returned"
)
# What may be gone on with over a line: a list of denials, what somebody asked about.
_LISTS = words_of(
    "asked checked check asks says said no not dont never none without dentist dental"
)

# Typed without any stop. Words that no question ends with: what follows is what it asks about.
_NOT_YET_WHOLE = _UNFINISHED | words_of(
    "is are was were be been being do does did can could will would should may might has have "
    "had having get gets getting got give gives giving gave make makes making made leave "
    "leaves feel feels feeling cause causes caused mean means stop stops prevent prevents "
    "help helps helping fix fixes cure cures treat treats treating ease eases relieve "
    "relieves reduce reduces avoid avoids improve improves create creates trigger triggers "
    "explain affect affects include includes involve involves show shows bring brings become "
    "becomes called about into by without during while because until till before after where "
    "whether how why who your our his her their any some many very so too not no think know "
    "say said believe sure hope explains describe treating fixing stopping causing normal "
    "sudden chronic acute lower upper you u ur ever tell tells distinguish test check "
    "diagnose spot recognise find trap traps pinch press presses hit damage lose"
)
# A sign that begins with such a word may be the verb of "can a disc …".
_VERBS = words_of(
    "trap traps pinch pinches press presses squash squashes paralyse paralyze paralyses "
    "paralyzes make makes lose loses damage damages cripple numb leak stop stops kill give go "
    "turn hit crush weaken burst wet fall pass come radiate shoot spread travel move feel"
)
_YOU = words_of("you your yours u ur youre people peoples someone someones somebody one ones")
# What a sign's clause may begin with before its own words.
_BEGINS = words_of(
    "i im ive id my mine he hes she shes his her we they their both all the a an some it its "
    "theres there been now also just still since suddenly cos anyway btw"
)
_WHO_HAS = words_of("been i ive im hes shes he she keep keeps")  # "been having a fever"
_HAS = words_of("having getting feeling had have got get feel has")
# Verbs whose subject stands before them: "hands are clumsy", "roof leaks".
_LINKS_TO_A_PART = words_of("is are was feels feel have has gone went keeps keep")
_SAID_OF_A_NOUN = words_of("leaks falls comes runs drips pours drops gives goes hurts")
_I = words_of("i im ive")
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
    "know knows knew wonder wondering wondered ask asks asked asking tell tells told "
    "understand see sees find idea sure about on of to for matter no thats that remember "
    "forget forgot explain explains learn learnt read and or but is was me him her us not"
)
# Behind a denial without a stop: what shows that a clause of its own tells the sign.
_TOLD_BY = words_of(
    "i im ive he hes she shes they theyre its is are was were has cant cannot couldnt wont "
    "keeps keep gives went goes gone feels felt fell took taken swallowed lost wet peed pooed "
    "pissed soiled weed shat messed leaked woke crashed hit thrown knocked dropped tripped "
    "slipped collapsed stopped started want wants drags dragged drooped fallen hurts falls "
    "comes runs drips pours leaks buckles folds drops hangs slaps trips wobbles"
)
# "no fever and wet myself"; "didnt fall and hit my head" is denied as a whole.
_DENIES_A_THING = words_of("no without zero nil nothing none")
# Whole by themselves, and no sign: "i dont smoke", "dont have a gp", "painkillers dont work".
_WHOLE = words_of(
    "hurt work working smoke drink help pregnant diabetic sleep slept eat eaten well old "
    "drive exercise know understand gp doctor dr job car insurance money tablets tablet "
    "medicine meds medication gym anyone anybody anything phone appointment accident injury "
    "trauma fall falls heavy history today yesterday else before yet though tho allergies "
    "allergic alcohol drugs exercises sport sports surgery operation scan xray mri happened "
    "wrong"
)
# "never noticed my legs are numb", "no sign my bum is numb": what is denied stands behind.
_DENIES_WHAT_FOLLOWS = words_of(
    "notice noticed noticing experience experienced experiencing seen see saw let found find "
    "heard remember report reported mention mentioned says saying way chance sign signs "
    "evidence indication suggestion doubt point times time day once even either yet longer "
    "where who person type sort kind mean meant pretend imagine recall admit complain "
    "complained deny denies"
)
_BESIDE_A_QUESTION = 2  # words of what is told beside a question, without any stop
_QUESTION_WITHOUT_STOP = 4

_QUESTION = 3  # words of a whole question, at least
_QUESTION_BEFORE_COMMA = 4
_TOLD = 3  # and of what is told beside it
_LINE = 4  # of each of two lines neither of which asks
_LINE_OF_ITS_OWN = 7  # and of one that speaks of an end: shorter ones may end what stands before
_NO_ITEM = 5  # words that are more than the next item of a list
_LONGEST = 400  # words: to read more than that twice takes long


def told_apart(
    text: str,
    tokens: Sequence[Token],
    asked_about: Collection[tuple[int, int]] = (),
    denied: Collection[tuple[int, int]] = (),
) -> list[Token] | None:
    """The tokens with full stops where the message may begin anew; None where it does so nowhere.

    Args:
        text: As typed.
        tokens: Its, as `tokenise` gives them.
        asked_about: The places of signs, [start, stop), that were read as only asked about.
        denied: And as denied.
    """
    soft = [k for k, token in enumerate(tokens) if k and token.brk == SOFT]
    if not (soft or asked_about or denied) or len(tokens) > _LONGEST:
        return None
    lines = {k for k in soft if "\n" in text[tokens[k - 1].end : tokens[k].start]}
    stops = [k for k, token in enumerate(tokens) if k and token.brk == HARD]
    begins = [0, *sorted({*lines, *stops})]
    anew: list[int] = []
    for number, begin in enumerate(begins):
        end = begins[number + 1] if number + 1 < len(begins) else len(tokens)
        if begin in lines and _parts_lines(tokens[begins[number - 1] : begin], tokens[begin:end]):
            anew.append(begin)
        comma = next((k for k in soft if begin < k < end), None)
        if (
            comma is not None
            and asked_about
            and not any(begin <= k < comma for k, _ in asked_about)
            and _ends_a_question(tokens[begin:comma], tokens[comma:end])
        ):
            anew.append(comma)
    anew += _beside_a_question(tokens, asked_about)
    anew += _behind_a_denial(tokens, denied)
    if not anew:
        return None
    apart = list(tokens)
    for k in anew:
        apart[k] = tokens[k]._replace(brk=HARD)
    return apart


def _parts_lines(before: Sequence[Token], behind: Sequence[Token]) -> bool:
    """Whether a line's end may be a full stop."""
    if before[-1].word in _UNFINISHED or behind[0].word in _GOES_ON:
        return False
    first, second = _words(before), _words(behind)
    if before[0].word in OPENERS:
        whole = len(before) >= _QUESTION and not first & _ASKS_FOR_SIGNS
        return whole and len(behind) >= _TOLD
    if behind[0].word in OPENERS and not second & (_ASKS_FOR_SIGNS | _POINTS):
        return len(before) > 1 and len(behind) >= _TOLD
    if first & _LISTS and (len(behind) < _NO_ITEM or second & OR):
        return False
    own = _LINE_OF_ITS_OWN if second & _ENDS else _LINE
    return len(before) >= _LINE and len(behind) >= own


def _ends_a_question(question: Sequence[Token], behind: Sequence[Token]) -> bool:
    """Whether a comma may end a question: what stands behind it is no list that it asks about."""
    told = next((k for k, token in enumerate(behind) if k and token.brk), len(behind))
    return (
        question[0].word in OPENERS
        and len(question) >= _QUESTION_BEFORE_COMMA
        and told >= _TOLD
        and question[-1].word not in _UNFINISHED
        and behind[0].word not in OPENERS | _GOES_ON | TERMS  # "how do i avoid cramps, numbness"
        and not _words(question) & _ASKS_FOR_SIGNS
        and not _words(behind) & OR
    )


def _beside_a_question(
    tokens: Sequence[Token], asked_about: Collection[tuple[int, int]]
) -> list[int]:
    """Where, without any stop, a sign follows a whole question or a question follows a sign."""
    anew = []
    for start, stop in asked_about:
        if _words(tokens[start:stop]) <= MEDICAL:
            continue  # "saddle anaesthesia how common": a leaflet's word
        low = next((k for k in range(start, 0, -1) if tokens[k].brk), 0)
        high = next((k for k in range(stop, len(tokens)) if tokens[k].brk), len(tokens))
        begin = _clause(tokens, low, start)
        asks = next((k for k in range(begin - 1, low - 1, -1) if _asks_at(tokens, k)), None)
        of_anybody = _words(tokens[start:stop]) & _YOU
        verb = begin == start and tokens[start].word in _VERBS
        if (
            asks is not None
            and not (of_anybody or verb)
            and _is_whole_before(tokens[asks:begin], tokens[begin:high])
        ):
            anew.append(begin)
        asks = next((k for k in range(stop, high) if _asks_at(tokens, k)), None)
        if asks is not None and _is_told_before(tokens[low:asks], tokens[asks:high]):
            anew.append(asks)
    return anew


def _behind_a_denial(tokens: Sequence[Token], denied: Collection[tuple[int, int]]) -> list[int]:
    """Where, without any stop, a sign is told behind what is denied: "no fever my bum is numb"."""
    anew = []
    for start, stop in denied:
        low = next((k for k in range(start, 0, -1) if tokens[k].brk), 0)
        high = next((k for k in range(stop, len(tokens)) if tokens[k].brk), len(tokens))
        # "no bladder trouble i can walk": the clause begins within what was found
        own = (k for k in range(start, stop) if tokens[k].word in _I)
        begin = _clause(tokens, low, next(own, start))
        joined = begin > low and tokens[begin - 1].word == "and"
        ends = begin - joined  # one past what is denied
        cue = next((k for k in range(ends - 2, low - 1, -1) if tokens[k].word in DENIALS), None)
        if cue is None or _words(tokens[start:high]) & OR:
            continue
        last = tokens[ends - 1].word
        told = _words(tokens[begin:stop]) & _TOLD_BY
        own_clause = told and last not in _NOT_YET_WHOLE | _DENIES_WHAT_FOLLOWS
        if joined:
            own_clause = own_clause and tokens[cue].word in _DENIES_A_THING
        if own_clause or last in _WHOLE:
            anew.append(ends)
    return anew


def _clause(tokens: Sequence[Token], low: int, start: int) -> int:
    """Where a sign's clause begins: "i" of "i cant pee", "hands" of "hands are clumsy"."""
    begin = start
    if begin > low and tokens[begin].word in _SAID_OF_A_NOUN:
        begin -= 1
    elif begin - 2 >= low and tokens[begin - 1].word in _LINKS_TO_A_PART:
        begin -= 2
    while begin > low:
        has = tokens[begin - 1].word in _HAS and begin - 2 >= low
        if not (tokens[begin - 1].word in _BEGINS or (has and tokens[begin - 2].word in _WHO_HAS)):
            break
        begin -= 1
    return begin


def _asks_at(tokens: Sequence[Token], k: int) -> bool:
    """Whether a question may begin there: it opens a sentence, or cannot be a statement's verb."""
    word = tokens[k].word
    if word not in OPENERS and word not in _ASKS:
        return False
    if k == 0 or tokens[k].brk:
        return True
    if tokens[k - 1].word in _EMBEDS:
        return False
    follow = tokens[k + 1].word if k + 1 < len(tokens) else ""
    return word in _ASKS or follow in _ASKS_WITH.get(word, ())


def _is_whole_before(question: Sequence[Token], behind: Sequence[Token]) -> bool:
    """Whether a question ends there, and what stands behind it is none of what it asks about."""
    asked, told = _words(question), _words(behind)
    return (
        len(question) >= _QUESTION_WITHOUT_STOP
        and len(behind) >= _BESIDE_A_QUESTION
        and question[-1].word not in _NOT_YET_WHOLE
        and not asked & _ASKS_FOR_SIGNS
        and not told & OR
        and behind[-1].word not in _OF_ALL_OF_IT
    )


def _is_told_before(told: Sequence[Token], question: Sequence[Token]) -> bool:
    """Whether what stands before a question is told, and not what the question is about."""
    asked = _words(question)
    return (
        len(told) >= _BESIDE_A_QUESTION
        and len(question) >= _QUESTION
        and not asked & (_ASKS_FOR_SIGNS | _POINTS)
        and not (told[0].word in OPENERS and not _words(told) & PERSON_WORDS)
    )


def _words(tokens: Sequence[Token]) -> set[str]:
    return {token.word for token in tokens}
