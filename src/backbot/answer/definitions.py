"""Questions for a definition ("what is a trigger point?"), and the sentences that give one."""

from __future__ import annotations

from backbot.kept import compiled

_MOST_WORDS = 4  # of a term; "what is the best way to sit at a desk" asks for no definition
_MOST_NAMED = 3  # of a text that asks nothing and names one thing
# What may stand between a term and its verb: "myofascial pain *syndrome* is", "hip flexor
# *muscles* are"; but "trigger point injections are" says nothing of trigger points.
_BETWEEN = frozenset(("syndrome", "muscle", "muscles", "pain", "condition"))
# What may stand before a term: "a back muscle *spasm* is", "a myofascial *trigger point* is".
_BEFORE = frozenset(("back", "muscle", "myofascial"))
_STEM = 6  # letters that show two words to be one in another form

_LONGEST_ASKED = 400  # characters; a story asks for no definition
_WORD = compiled(r"[^\W_]+(?:-[^\W_]+)*")
_ASKS = compiled(
    r"\b(?:wh?at(?: ?(?:is|are|r|s)|['’]s|['’]re)|define|(?:meaning|definition) of"
    r"|wh?at do(?:es)?(?= .* means?\b))\s+"
    r"(?:the term\s+)?(?:an?\s+|the\s+)?(?P<term>[^?.!,;:]+)",
)
# "Trigger points explained", "explain myofascial pain", or nothing but the term: "microtears??".
_NAMES = compiled(
    r"^(?!(?:do(?:es)?|did|is|are|am|can|could|should|will|would|ha[sv]e?|wh\w+|how|any|tell)\b)"
    r"(?:pl(?:ease|s) )?(?:explain (?:what )?)?(?:an? |the )?(?P<term>[^?.!,;:]+?)"
    r"(?:,? explain(?:ed)?(?: (?:simply|please|pls))?)?[?.! ]*$"
)
# What may follow a term, or stand before it, without being of it.
_FILLER = compiled(
    r"exactly|anyway|then|please|pl[sz]|actually|even|mean[ts]?|called|like|really|again|things?"
    r"|these|those|so"
)
# A term with one of these is none: "what is it", "what is good for", "what are signs of".
_NO_TERM = compiled(
    r"it|this|that|they|he|she|you|i|me|my|mine|your|his|her|their|our|wrong|happening|going|there"
    r"|best|good|better|worst|difference|for|to|of|in|on|with|from|by|at|when|if|about|between|how"
    r"|why|caus(?:ing|es?)|up|next|normal|ok|and|or|do(?:ing|ne)|some|first"
)
_IS = frozenset(("is", "are", "means", "mean", "describes", "refers", "sit", "lie"))
_PLAIN_IS = frozenset(("is", "are"))
_ADVERB = compiled(r"often|usually|commonly|also|sometimes|mostly|mainly|generally")
# "Tight hips are common", "is caused by": is said of it, not what it is.
_SAID_OF_IT = compiled(
    r"not|common|due|part|good|bad|important|more|less|very|at|in|on|to|likely|able|known|safe"
    r"|useful|helpful|harmful|easy|hard|weak|tight|stiff|strong|worse|better|rare|so|too|for|with"
    r"|there|prone|key|\w{2,}(?:ed|en|ing)"
)
# "A major cause", "one of the commonest": where it stands, not what it is.
_PLACED = compiled(
    r"(?:an? |the |one of the )?(?:\w+ )?"
    r"(?:among|one|option|cause|result|sign|symptom|side|way|reason|form|factor|part)s?\b"
)


def term_of(question: str) -> tuple[str, ...]:
    """Beginnings of the words whose meaning a question asks for; empty where it asks for none.

    Args:
        question: As typed, or with its spelling put right.
    """
    text = " ".join(question.casefold().split())
    if len(text) > _LONGEST_ASKED:
        return ()
    found = _ASKS.search(text)
    named = None if found else _NAMES.match(text)
    if named and len(_WORD.findall(named["term"])) > _MOST_NAMED:
        named = None
    found = found or named
    if not found:
        return ()
    words = _WORD.findall(found["term"])
    while words and _FILLER.fullmatch(words[-1]):
        words.pop()
    while words and _FILLER.fullmatch(words[0]):
        words = words[1:]
    if not 0 < len(words) <= _MOST_WORDS or any(_NO_TERM.fullmatch(word) for word in words):
        return ()
    return tuple(_stem(word) for word in words)


def defines(text: str, term: tuple[str, ...]) -> bool:
    """Whether a sentence of an article begins by saying what the term is.

    Args:
        text: The sentence.
        term: As `term_of` gives it.
    """
    words = _WORD.findall(text.casefold())
    if words and words[0] in ("a", "an", "the"):
        words = words[1:]
    while words and words[0] in _BEFORE and _stem(words[0]) != term[0]:
        words = words[1:]
    if tuple(_stem(word) for word in words[: len(term)]) != term:
        return False
    rest = words[len(term) :]
    if len(term) > 1 and rest and rest[0] in _BETWEEN:
        rest = rest[1:]
    said = [word for word in rest[1:] if not _ADVERB.fullmatch(word)]
    if not said or rest[0] not in _IS:
        return False
    if rest[0] not in _PLAIN_IS:
        return True
    return not _SAID_OF_IT.fullmatch(said[0]) and not _PLACED.match(" ".join(said))


def _stem(word: str) -> str:
    """A word without its plural ending, as far as it tells."""
    return word.removesuffix("s")[:_STEM]
