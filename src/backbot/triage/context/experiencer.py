"""Experiencer: whether a sign is somebody else's than a person's who may need help.

An animal's, a small child's that is not dry yet, a relative's long ago, a dead person's, or
people's in general. A sign of another living person counts as one's own (docs/safety.md, H12).
"""

from __future__ import annotations

from backbot.model import FindingStatus
from backbot.triage.context.mention import (
    CONTINENCE,
    CORE,
    CRISES,
    HISTORY_COUNTS,
    Judgement,
    Mention,
)
from backbot.triage.context.utterance import Utterance
from backbot.triage.context.vocabulary import (
    LEADING,
    LONGEST_CUE,
    PERSON_WORDS,
    STILL_TOLD,
    THEIRS,
    WINDOW,
)
from backbot.triage.text import words_of

_PET_REACH = 25
_KIN_REACH, _GENERAL_REACH, _SINCE_REACH = 1, 4, 4
_GROWN_UP = words_of(
    "i im ive id me mine myself mum mom dad nan gran grandad husband wife partner"
)
_THE_WRITER = PERSON_WORDS - {"my"}  # whose "my" may be a relative's
_ITS_OWN = words_of("he she his her its hes shes him it they their")


_CHILD_REACH = 4
_ONE_CLAUSE = words_of("and but now so then n")


def in_training(said: Utterance, m: Mention) -> Judgement | None:
    """A small child that is not dry yet, told by who bends over it all day."""
    if m.concept not in CONTINENCE or said.spans("child_hurt"):
        return None
    if not (said.spans("potty") or said.spans("carers_work")):
        return None
    near = said.words(m.start - _CHILD_REACH, m.stop)
    if near & _GROWN_UP or "my" in said.words(m.start, m.stop):
        return None
    if not any(
        _ONE_CLAUSE.isdisjoint(said.words(end, m.start)) and not said.is_parted(end, m.start)
        for _, end in said.near("small_child", m.start - _CHILD_REACH, m.stop)
    ):
        return None
    told = said.near("in_training", *said.beside(m))
    return said.judged(FindingStatus.NEGATED, *told[0]) if told else None


_BY_ANIMALS = frozenset({"trauma_major", "saddle_numbness", "ces_named_self"})
# A horse throws people and has a saddle; these do neither.
_HOUSE_PETS = words_of(
    "dog dogs doggo puppy puppies pup cat cats kitten kittens kitty rabbit bunny hamster gerbil"
)
_OVER_PETS = words_of("over tripped tripping trip chasing chased after avoiding avoid on by with")
_KNOCKED_DOWN = _GROWN_UP | {"him", "them", "us"}
_VETS = words_of("vet vets veterinary")
_WITH_PETS = words_of(
    "walking walked walk feeding fed riding rode ride carrying lifting lifted bathing washing "
    "grooming chasing holding"
)


def of_an_animal(said: Utterance, m: Mention) -> Judgement | None:
    """An animal's sign."""
    low = max(said.sentence_of(m)[0], m.start - _PET_REACH)
    for start, stop in said.near("pet", low, m.stop):
        if said.words(start - 2, start) & {"like", "as"}:
            continue  # "panting like a dog"
        if _WITH_PETS & said.words(start - 3, start) and not (_ITS_OWN & said.words(stop, m.stop)):
            continue  # "walking the dog and my leg went numb": "and he drags his" is the dog's
        if _is_beside_a_pet(said, start, stop, m):
            continue
        # A horse that kicks is an accident, not a patient.
        throws = m.concept in _BY_ANIMALS and not (
            _HOUSE_PETS & said.words(start, stop) or _is_fallen_stock(said, start, stop, m)
        )
        if m.concept == "trauma_major" and (
            _OVER_PETS & said.words(start - 3, start) or _KNOCKED_DOWN & said.words(stop, m.stop)
        ):
            continue  # "tripped over the cat and fell down the stairs", "dog knocked dad down"
        asks_vet = bool(_VETS & said.words(low, len(said.tokens)))
        # "took the cat to the vet and wet myself": the sign itself is a person's
        near = (max(stop, m.start - 1), m.start + LEADING)
        own = PERSON_WORDS & said.words(*(near if asks_vet else (stop, m.stop)))
        if not throws and (not own or _is_on_my_bed(said, start, stop, m)):
            return said.judged(FindingStatus.NOT_A_PERSON, start, stop)
    return None


# Nobody rides these, nor do they throw anybody.
_SMALL_STOCK = words_of("goat chicken hen parrot budgie ferret tortoise goldfish")


def _is_fallen_stock(said: Utterance, start: int, stop: int, m: Mention) -> bool:
    """Whether an animal that nobody rides fell itself: "goat fell off the shed roof"."""
    subject = 0 <= m.start - stop <= 1 and not said.is_parted(stop, m.start)
    return subject and bool(_SMALL_STOCK & said.words(start, stop))


_HAS_HAD = words_of("has had have an a another just")
_BEDDING = words_of("bed sofa couch carpet rug duvet pillow blanket sheets mat chair settee")


def _is_on_my_bed(said: Utterance, start: int, stop: int, m: Mention) -> bool:
    """Whether a person only owns the bed: "cat had an accident on my bed"."""
    first, _ = said.sentence_of(m)
    if m.concept not in CONTINENCE or start - first > 1 or said.is_parted(stop, m.start):
        return False
    if not said.words(stop, m.start) <= _HAS_HAD:
        return False
    if PERSON_WORDS & said.words(stop, m.stop) != {"my"}:
        return False
    owned = [k for k in range(stop, m.stop) if said.tokens[k].word == "my"]
    return all(_BEDDING & said.words(k + 1, k + 2) for k in owned)


_OWNED_BY = words_of("the my his her our a")
_OF_PETS = words_of("walking walker walkers walk lead food bed groomer sitting sitter owner")
_FELT = words_of("numb numbness tingling tingly pins feeling")


def _is_beside_a_pet(said: Utterance, start: int, stop: int, m: Mention) -> bool:
    """Whether an animal is only near: "dog walking and my legs …", "lifted the cat, bum numb".

    Numbness is felt, so that bare words of it behind a comma are not told of an animal.
    """
    words = said.words(stop, m.stop)
    follow = said.tokens[stop].word if stop < m.start else ""
    if follow in _OF_PETS and said.word(start - 1) not in _OWNED_BY:
        return True
    if any(a >= m.stop for a, _ in said.spans("me_too")):
        return True
    felt = _FELT & said.words(m.start, m.stop)
    return bool(felt) and said.is_parted(stop, m.start) and not _ITS_OWN & words


def of_kin_long_ago(said: Utterance, m: Mention) -> Judgement | None:
    """What somebody else had once: "grandad used to wet himself, whats a good pillow"."""
    number = said.sentence[m.anchor]
    if m.concept in CRISES or not said.inside("third_person", number):
        return None
    first, end = said.bounds(number)
    first, end = max(first, m.start - _PET_REACH), min(end, m.stop + _PET_REACH)
    if STILL_TOLD & said.words(first, end):
        return None
    if said.inside("still_there", number) or _THE_WRITER & said.words(first, m.stop):
        return None
    for start, stop in said.near("of_old", first, end):
        if m.start - _KIN_REACH <= stop <= m.start or m.stop <= start <= m.stop + _KIN_REACH:
            return said.judged(FindingStatus.HISTORICAL, start, stop)
    return None


_KIN = words_of(
    "mum mom mummy mother dad daddy father sister brother gran granny nan grandma grandmother "
    "grandad granddad grandfather aunt auntie uncle cousin"
)
_KINS = frozenset(f"{kin}s" for kin in _KIN)  # "dads back"
_HAD_IT = words_of("had has died of from with got survived beat lost")
_OF_KIN_REACH, _OWN_REACH = 6, 3
_MINE_TOO = words_of("too also me mine same")


def cancer_of_kin(said: Utterance, m: Mention) -> Judgement | None:
    """A relative's cancer, told by who has a bad back: "my back hurts. my dad had cancer"."""
    low = max(said.sentence_of(m)[0], m.start - _OF_KIN_REACH)
    kin = [k for k in range(low, m.start) if said.tokens[k].word in _KIN]
    if m.concept != "cancer_history" or not kin or said.is_parted(kin[-1], m.start):
        return None
    if not said.words(kin[-1] + 1, m.start) & _HAD_IT or said.words(kin[-1], m.start) & _JOINS:
        return None
    told = said.words(0, len(said.tokens))
    if told & (_ITS_OWN | _KINS) or said.words(m.stop, len(said.tokens)) & _MINE_TOO:
        return None
    own = any(
        not said.words(start - _OWN_REACH, start) & _KIN
        and (
            "my" in said.words(start - _OWN_REACH, start)
            or said.sentence[start] != said.sentence[m.anchor]
        )
        for start, _ in said.spans("back")
    )
    return said.judged(FindingStatus.INFORMATIONAL, kin[-1], kin[-1] + 1) if own else None


_JOINS = words_of("and i im ive")
_PEOPLE = words_of("patients clients residents people")
# Long ago they count as much as now, and a crisis is never somebody else's alone.
_NEVER_OF_OTHERS = CRISES | HISTORY_COUNTS


def of_people(said: Utterance, m: Mention) -> Judgement | None:
    """A sign of people in general: "patients with numb legs", "paralysed residents"."""
    if m.concept in _NEVER_OF_OTHERS or said.claimed:
        return None
    for start, stop in said.near("people_with", m.start - LONGEST_CUE, m.start):
        if stop == m.start and not said.tokens[m.start].brk:
            return said.judged(FindingStatus.INFORMATIONAL, start, stop)
    if _is_hearsay(said, m):
        return Judgement(FindingStatus.INFORMATIONAL, said.word(m.start - 1))
    follow = said.next_word(m.stop)
    if follow in _PEOPLE and said.word(m.start - 1) not in PERSON_WORDS:
        return Judgement(FindingStatus.INFORMATIONAL, follow)
    return None


_SAYS = words_of("says said reckons claims thinks that say")
_SOOTHES = words_of("normal common nothing never always just")


def _is_hearsay(said: Utterance, m: Mention) -> bool:
    """Whether somebody said so of it in general: "he says numb legs come from sitting"."""
    if said.word(m.start - 1) not in _SAYS or m.negative:
        return False
    if m.concept in CORE and _SOOTHES & said.words(m.stop, m.stop + _GENERAL_REACH):
        # "my mate reckons wetting yourself is common": whoever was soothed has it
        return False
    # "my friend says numb bum is normal, mine has been so for days"
    if PERSON_WORDS & said.words(m.start, m.stop + _PET_REACH):
        return False
    return any(start == m.stop for start, _ in said.near("in_general", m.stop, m.stop + 1))


def of_the_dead(said: Utterance, m: Mention) -> Judgement | None:
    """A sign of somebody who has died: "nan lost the use of her legs before she passed"."""
    died = said.inside("deceased", said.sentence[m.anchor])
    if not died or m.concept in CRISES or said.claimed or _is_ones_own(said, m):
        return None
    if _THE_WRITER & said.words(m.start - 2, m.stop):
        return None
    since = "since" in said.words(died[0][0] - _SINCE_REACH, died[0][0])
    if _is_parted_from_a_death(said, died[0], m):
        return None
    if since or "now" in said.words(max(died[0][1], m.start - WINDOW), m.stop):
        return None  # "since my wife died": a time; "he passed last night, now cant move"
    return said.judged(FindingStatus.HISTORICAL, *died[0])


def _is_parted_from_a_death(said: Utterance, died: tuple[int, int], m: Mention) -> bool:
    """Whether a comma parts a death from bare words that nobody else is named for.

    "bum is numb, dad died of this": not "nan cant move her legs, she died of it in june".
    """
    start, stop = died
    low, high = (stop, m.start) if stop <= m.start else (m.stop, start)
    if not said.is_parted(low, high):
        return False
    if stop <= m.start:
        return not THEIRS & said.words(max(stop, m.start - WINDOW), m.stop)
    before = [place for place in said.around("third_person", m) if place[0] < m.stop]
    begins = said.breaks_within(low, high)[-1]
    whose = {said.tokens[b - 1].word for _, b in said.near("third_person", begins, stop)}
    told = {said.tokens[b - 1].word for _, b in before}
    # "hubby cant pee, dad died of this"
    return bool(whose - _ITS_OWN) and whose.isdisjoint(told)


def _is_ones_own(said: Utterance, m: Mention) -> bool:
    """Whether a "my" beside the sign is the writer's own: "my legs", not "my nan's legs"."""
    kin = {start for start, _ in said.around("third_person", m)}
    return any(
        said.tokens[k].word == "my" and k not in kin and said.word(k + 1) != "late"
        for k in range(max(0, m.start - 1), m.stop)
    )
