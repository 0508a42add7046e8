"""How a short reply to the bot's own list or question is to be read.

"Is any of this happening to you now?" is answered by "yes", but as well by "both legs", "the first
one", "a bit" or "only when I sit". Whoever answers has read a list of emergencies, so what may be
a yes is one; what is a question of its own, or a no, is none. A list that stood under an answer
was no question: there it takes "I have that" or "all of them", and a mere "yes" is asked about.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from backbot.triage.text import Token, words_of

# More words tell something of their own, which the rules read.
_MOST_WORDS = 8

_YES = words_of(
    "yes yeah yea yep yup ya yh yeh yess yas aye si sim oui ja da oo opo haan ji mhm uhuh correct"
)
_NO = words_of(
    "no nope nah not never none nothing neither nor without isnt hasnt havent wasnt didnt dont "
    "doesnt cant wont arent nahi non nein hindi fine ok okay"
)
# What asks for something else, or thanks: "yes please tell me about ice".
_ASKS = words_of(
    "what which who where how why can could should would will does please tell show thanks thank "
    "thx ta about stretch stretches exercise exercises heat ice massage help helps"
)
_HEDGED = (
    r"(?:maybe|perhaps|possibly|probably|sometimes|slightly|kinda|sorta|somewhat|occasionally"
    r"|(?:a )?(?:bit|little)|(?:sort|kind) of"
    r"|(?:i )?(?:think|guess|suppose|believe)(?: so| it is)?"
    r"|(?:might|could|may) be|(?:now|on) and (?:then|off|again)|off and on|a few times"
    r"|at times|from time to time|only (?:a bit|a little|when|if|at|in)|when i|if i)"
)
_ORDINAL = (
    r"(?:first|second|third|fourth|last|top|bottom|middle|1st|2nd|3rd|4th|number|[1-4]|one|two"
    r"|three|four|half|most|some|all|both|each|every|any)"
)
_POINTS = (
    r"(?:(?:yes|yeah|i|ive|im|have|has|had|got|get|he|she|hes|shes|just|only|mainly|mostly|maybe"
    r"|think|the|number|no|and|or|of|its|it|is|thats|that) ){0,6}?"
    rf"(?:(?:the |number |and |or |one |of ){{0,3}}{_ORDINAL}(?: |$)"
    r"(?:(?:and|or|of|the|one|ones|them|those|these|that|things|signs|on|in|list|me) ?){0,6})+"
)
# What the list speaks of, as people name it in a word or two.
_NAMED = words_of(
    "leg legs foot feet arm arms hand hands toes thighs both genitals genital private privates "
    "groin crotch saddle bum bottom butt buttocks numb numbness weak weakness weaker tingling pee "
    "peeing wee weeing urine urinating bladder bowel bowels poo pooing pooping poop toilet sex "
    "sexual erection erections down there below between bits vagina penis balls"
)
_SMALL = words_of(
    "the my his her mine in it its is are was just only mainly mostly and or yes yeah a bit all "
    "of um er well i have ive got had one ones thing things part parts sign signs trouble problem "
    "problems new going doing to with that thats getting feels feel goes number left right"
)
_HAS_IT = (
    r"(?:yes |yeah |yep |oh |omg |shit |well |but |um |er ){0,2}(?:"
    r"(?:i|ive|he|she|hes|shes|we|they|my \w+)(?: do| did)?"
    r" ?(?:have|has|had|got|get|gets)?(?: got| had)? "
    r"(?:all of |both of |most of |some of |one of |two of |three of |a few of )?"
    r"(?:that|this|these|those|it|them|both|all)(?: one| ones| two| three| too| as well| now)*"
    r"|(?:thats|that is|its|it is|this is) "
    r"(?:me|him|her|us|mine|happening|what i have|what i get|exactly it)\b.{0,20}"
    r"|(?:yes |yeah )?me(?: too)?|all of (?:them|those|these|it|that|the above)|same here"
    r"|both of (?:them|those|these)|(?:it|that|this|they) (?:is|are|has) happening\b.{0,20}"
    r")"
)
# Behind a question in general: "asking because mine stopped", "i dont get that feeling any more".
# What denies ("mine isnt numb"), and whoever asks for another reason, claims nothing.
_OWN_AFTER_ALL = (
    r"(?:(?:just |only )?(?:asking|asked|ask) )?"
    r"(?:because |cos |coz |cause |as |since |well |oh )?"
    r"(?:"
    r"mine (?:(?:has |have |had |just )?(?:stopped|started|went|gone|goes|come|came on)"
    r"|wont|cant|doesnt work|(?:is|are|feels|went) (?:all |completely |totally |also |both )?"
    r"(?:numb|dead|gone|weak|tingly|limp|leaking|like that|the same))\b.*"
    r"|mine (?:is|are|does|do|has|have|did)(?: too| as well| now)?"
    r"|(?:i|he|she) (?:dont|doesnt|cant|no longer|havent|hasnt) (?:get|have|feel|had|felt) "
    r"(?:that|this|the) (?:feeling|urge|sensation|need|signal)\b.*"
    r"(?:any ?more|no more|now|since .*|lately|started .*)"
    r"|(?:i (?:really )?(?:think|guess|reckon|suspect|fear)|im (?:sure|afraid)|pretty sure"
    r"|(?:could|might|may) be)?(?: that)? ?(?:thats|that is|its|it is|this is) (?:exactly )?what "
    r"(?:ive|i have|i|hes|she|shes|he) ?(?:got|has|have|had|get|am having|having)?(?: now| too)*"
    r")"
    r"|(?:just |only )?(?:asking|asked|ask) (?:because|cos|coz|cause|as|since) "
    r"(?:i|he|she) (?:havent|hasnt|cant|cannot|couldnt|dont|doesnt|no longer|barely) "
    r"(?:been able to |managed? (?:to )?)?(?:have |got |a )?"
    r"(?:pee|peed|wee|weed|urinated?|poo|pooed|go|gone|feel (?:it|when|my|her|his|anything|down)"
    r"|hold|control|move|walk|stand|lift|get (?:it|one|hard)|one|managed?)\b.*"
)
_MOST_OWN_WORDS = 14
_CONFUSED = (
    r"(?:sorry |but |um |er )?(?:what|wat|huh|eh|hm+|pardon|sorry|come again|excuse me"
    r"|(?:i )?(?:dont|do not|didnt) (?:understand|get it|get that|know|follow)(?: (?:that|it))?"
    r"|(?:im )?not (?:really )?sure(?: what you mean)?|unsure|no idea|wdym|how do you mean"
    r"|what does (?:that|this) mean|what is that|is what happening|any of what"
    r"|(?:yes |no )?what do you mean|happening to who|hard to say|cant (?:tell|say))"
    r"(?: by (?:that|this))?"
)
_CANNOT_SAY = words_of("know sure unsure idea say tell")
# An overdose is one whatever was meant by it.
_NO_PURPOSE = words_of("accident accidentally accidental mistake purpose error unintentionally")


def _is(pattern: str, said: str) -> bool:
    # `re` compiles it for the first reply and keeps it; a start needs none of them.
    return bool(re.fullmatch(pattern, said))


def says_yes(tokens: Sequence[Token], *, crisis: bool = False) -> bool:
    """Whether a reply to the bot's question about warning signs is a yes, or may be one.

    Args:
        tokens: Of the reply.
        crisis: The question was whether somebody wants to die or has taken too much.
    """
    words = [token.word for token in tokens]
    said = " ".join(words)
    if not words or len(words) > _MOST_WORDS or tokens[-1].asks:
        return False
    if crisis and _NO_PURPOSE & set(words):
        return True  # "no by accident", "not on purpose"
    if _is(_CONFUSED, said):
        return crisis and not _CANNOT_SAY.isdisjoint(words)
    return _points(said) or _is_half_a_yes(words, crisis=crisis)


def _points(said: str) -> bool:
    """Whether it points at lines of a list: "the first one", "1 and 3", "most of those"."""
    plain = re.sub(rf" (?:i think|{_HEDGED})$", "", said)
    return not said.startswith(("no ", "none")) and _is(_POINTS, plain)


def _is_half_a_yes(words: Sequence[str], *, crisis: bool) -> bool:
    """Whether it begins with a yes, hedges, or names what the list speaks of."""
    rest = words[1:] if words[0] in _YES else words
    if (_NO | _ASKS) & set(rest):
        return False
    hedged = re.match(rf"(?:only |just |well )?{_HEDGED}\b", " ".join(words))
    if hedged or len(rest) < len(words):
        return True
    telling = {word for word in words if word not in _SMALL}
    return bool(telling) and not crisis and telling <= _NAMED


def claims(tokens: Sequence[Token]) -> bool:
    """Whether a text says of the list of signs before it that somebody has them: "thats me".

    Args:
        tokens: Of the text.
    """
    words = [token.word for token in tokens]
    if not words or tokens[-1].asks:
        return False
    said = " ".join(words)
    if len(words) <= _MOST_OWN_WORDS and _is(_OWN_AFTER_ALL, said):
        return True
    if len(words) > _MOST_WORDS:
        return False
    if _is(_HAS_IT, said):
        return True
    has = re.match(
        r"(?:yes |yeah )?(?:(?:i|he|she) (?:have|has|had|got|get)|ive|hes|shes|im)\b", said
    )
    telling = set(words) - _SMALL
    return bool(has) and (_points(said) or (bool(telling) and telling <= _NAMED))


def may_claim(tokens: Sequence[Token], *, yes: bool) -> bool:
    """Whether a text behind a list of signs may mean that somebody has them.

    Args:
        tokens: Of the text.
        yes: Whether it is a bare yes in any language.
    """
    return yes or says_yes(tokens)


def is_confused(tokens: Sequence[Token]) -> bool:
    """Whether a reply asks what the question meant, or cannot say.

    Args:
        tokens: Of the reply.
    """
    return _is(_CONFUSED, " ".join(token.word for token in tokens))
