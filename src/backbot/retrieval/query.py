"""Question → Query: a follow-up is searched for together with what it follows up."""

from __future__ import annotations

from collections.abc import Sequence

from backbot.frozen import dataclass
from backbot.kept import compiled
from backbot.retrieval.terms import stem, vocabulary, words_of

_POINTS_BACK = compiled(
    r"it|its|that|them|they|those|these|this|ones?|he|she|him|second|first|other|latter|former|"
    r"same|each"
)
# "This morning" points at nothing said before, "it" in "is it ok to sit all day" at what follows.
_POINTS_NOWHERE = compiled(
    r"\b(?:this|that) (?:morning|afternoon|evening|week|weekend|month|year|time)\b"
    r"|\b(?:is|isnt|isn't|was|would|will|could|can|it's|its) it (?:be |really |still )?"
    r"(?:ok|okay|safe|normal|fine|good|bad|best|better|true|worth|possible|harmful|dangerous|wrong)"
    r"(?= (?:to|that|if|for|when|after|in|with)\b)"
)
# Opens what can only go on from something.
_GOES_ON = compiled(
    r"^(?:and|so|but|or|also|ok(?:ay)?|then|more|how so|how come|what about|how about|what if|"
    r"what else|any(?:thing)? (?:more|else)|like what|such as)\b"
)
# Opens a question that goes on from something only where it is short of a topic of its own.
_MAY_GO_ON = compiled(
    r"^(?:why|where|when|which|how long|how often|how hard|how many|how much|for how long|"
    r"is there|are there|should i|can i|any|(?:just )?(?:tell|give|show) me)\b"
)
# Tells something and asks nothing: "I think I pulled a muscle in my back".
_TELLS = compiled(
    r"^(?:(?:hi|hello|hey|help|please|well|so|ok|okay) )*"
    r"(?:i|im|i'm|ive|i've|we|my|our|he|hes|she|shes|his|her"
    r"|(?:(?:lower|upper|mid) )?(?:back|neck|shoulders?) (?:hurts?|aches|is|has|feels|keeps)"
    r"|(?:(?:bad|sore|stiff|achy|aching) )?(?:(?:lower|low|upper|mid) )?(?:back|neck|shoulders?)"
    r"(?: (?:pain|aches?|spasms?|hurts?))? (?:since|again|today|this morning"
    # what the articles speak of is asked about: "back pain after exercise"
    r"|after (?!(?:an? |my |the )?(?:exerc|work|train|sport|gym|sit|massag|stretch|stress)))"
    r"|(?:just |think i )?(?:pulled|hurt|strained|tore|twisted|tweaked|woke|been|got|did|have|had"
    r"|lifted))\b"
)
_ASKS = compiled(
    r"^(?:why|where|when|which|wh?at|how|hw|is|are|am|do|does|did|can|could|should|shall|will"
    r"|would|any|for how)\b"
)
_ASKS_INSIDE = compiled(
    # "hurts when I bend, is heat ok"
    r"\b(?:is|are|does|do|can|could|will|would) "
    r"(?!(?:so|really|very|too|pretty|quite|still|getting|just|not|all|a|always|much) )"
    r"(?:[\w'-]+ ){1,3}?"
    r"(?:ok(?:ay)?|good|bad|safe|helps?|better|fine|worth|worse)\b|"
    r"\b(?:(?:should|can|could|do|did|will|would|must|am) i"
    r"|(?:is|are|was) (?:it|that|this|there|they)|(?:can|could|does|will|would) (?:it|that|this)"
    r"|wh?at|whats|why|how|hw|which|who|when(?:ll)?|or not|any (?:idea|tips?|advice|way))\b"
    # "Facet joint pain symptoms", "back pain treatment"
    r"|\b(?:s[iy]mptoms?|signs|causes?|treatments?|exercises?|stretches|remed(?:y|ies)|recovery"
    r"|prevention|diagnosis|surgery)$"
)
# "It hurts when I bend over" asks nothing.
_HURTS_WHEN = compiled(
    r"\b(?:hurts?|hurting|pain|painful|ache?s?|aching|sore|stiff|tight|worse|bad|twinges?|catches"
    r"|spasms?|seizes(?: up)?|killing me|agony|went|goes|gone)(?: \w+){0,2}? "
    r"(?:when(?:ever)?|every time) (?=(?:i|im|i'm|we)\b)"
    r"|\bwhen (?=i (?:was|\w+ed|bent|got|stood|sat|went|did|came|woke|ran|threw|fell)\b)"
)
# What a question is about by itself, whatever was told before it.
_OWN_TOPIC = compiled(
    r"(?:back|spin[ae]|neck|shoulder|hamstring|hip|glute|core|abs?\b|leg|thigh|dis[ck]|nerve|sciat"
    r"|muscle|knot|trigger|spasm|cramp|postur|pelvi|trapez|fascia|myofasc)"
)
_COMPLAINS = compiled(
    r"\b(?:pain|painful|hurt(?:s|ing)?|ach(?:es?|ing|y)|sore|stiff|tight|pulled|strain(?:ed)?|tweaked"
    r"|twisted|spasms?|seized|knots?|cramp(?:s|ing)?|kill(?:s|ing)|wreck(?:s|ing)|agony)\b"
    r"|\b(?:back|neck) (?:has |have |just |only )*(?:gone|went)\b"
    r"|\b(?:bad|dodgy) (?:lower |low |upper )?(?:back|neck)\b"
    r"|\b(?:back|neck) (?:is |has |been |feels |really |so )+(?:bad|terrible|awful|playing up)\b"
)
# "Left lower back pain", "backache": all of it says where it hurts and how.
_ONLY_WHERE = compiled(
    r"(?:(?:my|the|a|one|love|mate|back's|backs|is|it|has|been|for|since|every|everyday|all|day|days"
    r"|week|weeks|month|months|year|years|monday|yesterday|constantly|always|argh|aargh|hurty|bad"
    r"|sore|stiff|tight|achy|aching|painful|constant|terrible|awful|severe|mild|low"
    r"|lower|upper|mid|middle|left|right|side|sided|both|sides|on|in|of|back|neck|pain|pains|ache"
    r"|aches|backache|spasms?|stiffness|hurts?|hurting|now|today|again|ouch|ow|really|very|so|just"
    r"|please|help|oh|hi|hello|only|lumbago)(?: |$))+"
)
_WHERE_AND_PAIN = compiled(
    r"^(?:oh )?(?:ouch|ow|argh|aargh)\b.* back\b|\b(?:back's|backs|back is) (?:really |so )?bad\b"
    r"|\b(?:backache|lumbago"
    r"|(?:back|neck) (?:\w+ ){0,2}?(?:pain|pains|ache|aches|hurts?|hurting|stiffness)"
    r"|(?:bad|sore|stiff|tight|achy|aching|painful) (?:(?:lower|low|upper|mid|left|right) )*"
    r"(?:back|neck)|(?:pain|pains|ache|aches|stiffness) (?:\w+ ){0,4}?(?:back|neck))\b"
)
# "Something popped" is said of the back, and so is "I did my back in".
_INJURED = compiled(
    r"\bsomething(?: has| just| really| in (?:my|the) (?:lower |upper )?back)* "
    r"(?:popped|went|pinged|snapped|clicked|cracked|tore|gave|pulled|tweaked|twinged)\b"
    r"|\b(?:pulled|strained|tore|torn|tweaked|ripped|wrenched|twisted|popped)"
    r" (?:something|(?:an? |my )(?:(?:lower|upper|low|back|neck) )*(?:back|muscle))\b"
    r"|\bfelt (?:a|an|it|something) (?:\w+ )?(?:ping|pop|snap|twang|tear|rip|pull|crack|go|give)\b"
    r"|\b(?:did|done|put) (?:my )?back (?:in|out)\b"
    r"|\bback (?:has |just |only )*(?:went|gone)\b"
    r"(?! (?:stiff|tight|numb|weak|dead|cold|in|red)\b)"
    r"|\b(?:lifted|lifting|pick(?:ed|ing)? up|bent|bending|moved|moving|carried|shovell?ed)\b"
    r".{1,60}\b(?:back|it) (?:\w+ ){0,2}?"
    r"(?:hurts?|went|gone|popped|aches|pain|seized|locked|killing)"
)
# "Something popped in my knee" is said of no back.
_ELSEWHERE = compiled(
    r"\bmy (?:left |right |big )?(?:knee|ankle|foot|heel|shin|calf|groin|wrist|elbow|hand|finger"
    r"|thumb|toe|jaw|ear|tooth|head|eye|chest|ribs?|tummy|stomach|belly|arm|bicep|achilles)s?\b"
)
_OVER = compiled(r"\b(?:pain|ache|it) (?:is |has |have |all )*(?:gone|better|over)\b")
# A child's back is another matter, unless it is one's own that hurts from carrying it.
_A_CHILDS = compiled(
    r"^(?!.*\bmy (?:lower |upper )?(?:back|neck|shoulders?)\b)"
    r".*\b(?:bab(?:y|ies)|toddler|child|kid|son"
    r"|daughter|grand(?:son|daughter|child)|(?:1[0-7]|\d) ?(?:yo|year|yr|month))(?:'?s|ren)?\b"
)
# Says that the back hurts, whatever else is told: "hairdresser, on my feet all day, back aches".
_PART_HURTS = compiled(
    r"\b(?:(?:(?:lower|upper) )?back|neck|shoulders?)"
    r" (?:(?:is|are|has|have|been|feels?|just|still|really|so|all|always|keeps?|constantly) )*"
    r"(?:hurts?|hurting|aches?|aching|sore|stiff|kill(?:s|ing)|agony|went|gone|spasms?|spasming)\b"
    r"|\b(?:hurts?|kill(?:s|ing)|wrecks?|wrecking|did) my (?:(?:(?:lower|upper) )?back|neck"
    r"|shoulders?)\b"
)
# What somebody who only says where it hurts wants to know.
_WHAT_HELPS = "what can I do when it hurts"
_STAYS = "the pain stays in spite of home care, when should I stop and see a professional"
_WHAT_HELPS_WITH = (
    (
        # Of a pain that comes again
        compiled(
            r"\b(?:keeps? (?:on )?|always |it )?(?:coming|comes|came) back\b|\bagain and again\b"
            r"|\b(?:2nd|3rd|4th|second|third|fourth) time\b"
        ),
        "how can I keep back pain and spasms from coming back",
    ),
    (
        # Told of a pain that stays
        compiled(
            r"\bstill (?:not|hurts?|hurting|sore|aches?|aching|bad|in pain|stiff|painful|there)\b"
            r"|\b(?:wont|won't|not|isnt|isn't|never|doesnt|doesn't) "
            r"(?:go(?:es|ing)? away|shift(?:ing)?|get(?:ting)? better|heal(?:ing)?)\b"
        ),
        _STAYS,
    ),
    (_INJURED, "what treatment helps a pulled back muscle"),
    (
        compiled(r"\bback\b.{0,20}\b(?:spasm\w*|seiz\w+|lock(?:s|ed))\b|\bback spasms?\b"),
        "how can I ease a back spasm",
    ),
)
_OF_ONESELF = compiled(
    r"^(?:(?:hi|hello|hey|well|so|ok|but|and) )*(?:i|im|i'm|ive|i've|we|we're|weve|we've)\b"
)
# Whoever feels or wants something is told whether there is anything on it.
_FEELS_OR_WANTS = compiled(
    r"\b(?:want|need|like|wish|wonder\w*|heard|read|looking|interested|know|ask|hope|please|help)\b"
    rf"|{_COMPLAINS.pattern}|\b(?:feel|feels|feeling|burn\w*|numb\w*|weak\w*|swollen|swelling|dizzy"
    r"|sick|ill|tired|sad|cant|can't|cannot|injur\w*|fell|fall|have|got|having|had)\b"
)
# Asks what to do, and of nothing that was said: of a back that hurts, then.
_WHAT_TO_DO = compiled(
    r"(?:so |ok |please )*(?:what helps|what (?:can|should|do|could) (?:i|he|she|they|we) do"
    r"|what to do"
    r"|what do you (?:suggest|recommend)|any (?:tips|advice|ideas)|what (?:now|then)"
    r"|(?:now|then) what)"
    r"(?: (?:for|about|to help) (?:him|her|them|it|this|that))?(?: first| now| please| then)?"
)
# "My mum's back hurts, what should she do" tells as much as without that.
_AND_WHAT_TO_DO = compiled(rf" {_WHAT_TO_DO.pattern}$")
# Goes on telling: "now I can't stand up straight", "lower", "on the left", "since monday".
_TELLS_ON = compiled(
    r"^(?:(?:and|but|now|also|its|it's|only|just|mostly|then|today|yesterday|ok|well|yes|no) )*"
    r"(?:(?:i|i'm|im|ive|i've|we)\b(?! (?:\w+ )?(?:want|need|like|wonder\w*|heard|read|know|ask"
    r"|mean|meant|take|took|taking|am on)\b)"
    r"|(?:(?:the|my|on|in|at|both|all|over|lower|low|upper|mid|middle|left|right|side|sides|part"
    r"|down|up|across|around|round|area|mainly|mostly|more|bit|worse|worst|mornings?|evenings?"
    r"|nights?|afternoons?|weekends?|first|thing)(?: |$))+$"
    r"|(?:worse|hurts|aches|gets|comes and goes) (?:\w+ ){0,2}?"
    r"(?:in|at|when|after|on|with|during)\b"
    r"|(?:since|for (?:a |about |\w+ )?(?:day|week|month|year)s?|after|when|started|began"
    r"|came on)\b)"
)
# How long, and nothing else: what is told goes on behind it.
_HOW_LONG_NOW = compiled(
    r"(?:(?:about|around|maybe|like|nearly|over|almost|just|only|the|last|past) )*"
    r"(?:\d+|an?|one|two|three|four|five|six|seven|eight|ten|few|a few|(?:a )?couple(?: of)?) "
    r"(?:hour|day|night|week|month|year)s?(?: ago| now| or so| already)*"
)
# Asks for a part of what was said, and for nothing by itself.
_ASKS_A_PART = compiled(
    r"^(?:(?:ok|okay|so|and|but|then|well) )*"
    r"(?:(?:what|whats|what's|which|whichs) (?:is |are )?the (?:\w+ )?"
    r"(?:differences?|causes?|treatments?|symptoms?|signs?|cure|risks?|benefits?|point"
    r"|best(?: one)?)"
    r"|how (?:do|can|would) (?:i|you) get rid(?: of)?"
    r"|what (?:else )?(?:should|shall|must|can|could|do) i (?:avoid|drink|use|try|change|stop"
    r"|start|not do|do|wear)(?: first| then| now| instead| about it)?"
    r"|how (?:do|can|should) i (?:prevent|treat|avoid|fix|cure|do|start|relax|loosen|ease|stretch)"
    r"|step by step|in steps|show me how|how exactly|for example|an example)"
    r"(?: please| pls| though)?$"
)
# "And for heat" asks of heat what was asked before it.
_AND_FOR = compiled(
    r"^(?:and|or|what about|how about|and what about|and how about)(?: for| with)? "
    r"(?!(?:get|stop|make|how|why|wh?at|when|where|who|is|are|do|does|can|should)\b)"
)
_MORE = compiled(
    r"(?:(?:ok|okay|so|and|then|well|but|is|are|do you have|have you got|got|give me|tell me) )*"
    r"(?:there )?(?:(?:what|anything|something|any|some|a bit|a little|whats|what's) )*"
    r"(?:else|more|other (?:tips?|ideas?|advice|options?|ways?|things?|suggestions?))"
    r"(?: (?:please|pls|then|info|information|tips?|ideas?|advice|options?|to try"
    r"|(?:can|could|should) i (?:do|try)|i (?:can|could|should) (?:do|try)|helps?|works?|is there"
    r"|about it|about that|on that|have you got))*"
)
# What was asked before is asked on: "how many when my back is bad", "and for my neck".
_ASKED_ON = compiled(
    r"\bhow (?:many|much|often|long)\b|\b(?:take|taking|dose|mg|tablets?|pills?|one|more)\b"
    r"|^(?:(?:and|or|but|ok|so|what about|how about|what) )*"
    r"(?:is|are|will|would|does|do|can|could)? ?(?:for|with|in|on|at|when|if)\b"
    r"|\b(?:good|help|work|ok|okay|safe)s? (?:for|with|against)\b"
)
# "What if it hurts more": what was said before it would only be said again.
_WORSE = compiled(
    r"\b(?:if|but) (?:it|that|this|they|the pain)(?: still| just| only)* "
    r"(?:hurts?|gets? worse|makes? it worse|(?:does|do|did)(?:nt|n't| not) (?:help|work|stop)"
    r"|(?:wont|won't) (?:help|work|stop|go))\b"
    r"|^(?:(?:ok|okay|but|and|well|no|nope|sorry) )*"
    r"(?:(?:it|that|this|they|both|none of (?:it|that))(?: just| only| really)* )?"
    r"(?:still hurts?|hurts? (?:more|worse)|makes? it worse"
    r"|(?:(?:does|do|did|is|are|was)(?:nt|n't| not)|(?:it|that)'?s not)(?: really| even| do any)? "
    r"(?:help(?:ed|ing)?|work(?:ed|ing)?|good))\b"
    # "It hurts when I do it", of what was told to be done
    r"|^(?:(?:but|and|what if) )*(?:it|that|this)(?: just| only| really)* hurts?(?: me| my back)? "
    r"(?:when|if|whenever|while) (?:i )?(?:do|doing|try|trying|did|tried)"
    r"(?: it| that| this| them)?$"
)
_SEES_SOMEBODY = compiled(
    r"\b(?:should|must|do|when should|when do) i (?:need to |have to )?"
    r"(?:see|go to|go and see|call|ring|ask|get) (?:some(?:one|body)|any(?:one|body)"
    r"|(?:a |the |my )?(?:doctor|doc|gp|physician|professional|physio))\b"
)
_WHEN_TO_ASK = "when should I see a professional about back pain"
_WHOM = compiled(
    r"(?:(?:ok|okay|so|and|but|then) )*who (?:do|should|can|could|must|shall|would) i "
    r"(?:see|go to|go and see|ask|call|ring|talk to|speak to|contact)"
    r"(?: (?:then|now|about it|about this|about that|for that|for this))?"
)
_WHOM_TO_ASK = "which professionals help with tight back muscles"
_OF_A_NERVE = compiled(r"numb|tingl|pins and needles|weak|sho+ting|sciati|nerve|electric")
_WHOM_WITH_SIGNS = "who should check signs of nerve involvement"
_STAYS_DESPITE = (
    (compiled(r"stretch"), "pain continues in spite of stretching, when should I not stretch"),
    (compiled(r"exercis|plank|bridge"), "when should I stop an exercise and ask a doctor"),
)
# "Can stress be doing this", after "how long ice": asks of the pain, not of the ice.
_BLAMES = compiled(
    r"\b(?:can|could|would|might|may|does|is|will) (?!(?:i|you|we|it|that|this|they|he|she)\b)"
    r"(?:[\w'-]+ ){1,4}?(?:do|doing|cause|causing|behind|to blame for) (?:all )?(?:this|that|it)$"
)
_LEAST_TOLD = 4  # words of a turn that tells something
_FEW_WORDS = 3
_SHORT = 5
_MOST_TURNS = 2


@dataclass(frozen=True, slots=True)
class Query:
    """What to search for.

    Attributes:
        text: Goes to retrieval.
        latest: The person's last text alone: the decision to answer looks at that.
        asks: What the last text asks in full where it only hints at it; "" where it says so.
        plainly: What a complaint comes down to without its story: to be searched for where the
            whole of it leads nowhere. "" for all else.
    """

    text: str
    latest: str
    asks: str = ""
    plainly: str = ""

    @property
    def follows_up(self) -> bool:
        """Whether earlier turns are part of it."""
        return not self.text.startswith(self.latest)

    @property
    def told(self) -> str:
        """What stands before the last text: the turns that it follows up."""
        return self.text.partition(self.latest)[0]


def resolve(text: str, turns: Sequence[str], *, unanswered: bool = False) -> Query:
    """The query for a text, with the turns before it where it cannot be understood alone.

    A turn before that itself leans brings the one before it along, and no further. Whoever only
    says what hurts is taken to ask what helps.

    Args:
        text: The person's last text.
        turns: Earlier texts, oldest first.
        unanswered: Whether the last of them got no answer from the articles: a text with a topic
            of its own does not go on from that.
    """
    unanswered = unanswered and bool(turns)
    if unanswered and _turns_to_back_pain(text):
        turns = ()
    earlier = [turn for turn in turns if _topic_words(turn) or _complains(turn)]
    if in_full := _put_in_full(text, turns, earlier, unanswered=unanswered):
        return in_full
    parts = [*_leant_on(text, earlier), text]
    if len(parts) == 1 and earlier and earlier[-1] is turns[-1] and _is_on(text, earlier[-1]):
        parts.insert(0, earlier[-1])
    if len(parts) == 1 and (_complains(text) or (unanswered and _hurts(text))):
        parts.append(_what_helps(text))
    return Query(" ".join(parts), text, plainly=_plainly(text))


def _plainly(text: str) -> str:
    """A complaint of the back without its story: "bus driver, 50, my back hurts"; or ""."""
    whole = " ".join(words_of(text))
    said = _AND_WHAT_TO_DO.sub("", whole)
    found = _PART_HURTS.search(said) or (said != whole and _WHERE_AND_PAIN.search(said))
    if not found or not _hurts(said) or _A_CHILDS.search(said):
        return ""
    part = next((p for p in ("neck", "shoulder") if p in found[0]), "back")
    return f"my {part} hurts, {_what_helps(said)}"


def _put_in_full(
    text: str, turns: Sequence[str], earlier: Sequence[str], *, unanswered: bool
) -> Query | None:
    """The query for a text that only hints at what it asks; None for one that says it.

    Args:
        text: The person's last text.
        turns: Earlier texts, oldest first.
        earlier: Those of them that have a topic.
        unanswered: Whether the last of them got no answer from the articles.
    """
    said = " ".join(words_of(text))
    if _WHOM.fullmatch(said):
        of_a_nerve = any(_OF_A_NERVE.search(turn.casefold()) for turn in turns)
        whom = _WHOM_WITH_SIGNS if of_a_nerve else _WHOM_TO_ASK
        return Query(f"{text} {whom}", text, whom)
    if earlier and (asked := _asks_for_somebody(text, earlier[-1])):
        return Query(f"{text} {asked}", text)
    else_asked = unanswered and earlier and "else" in said and _MORE.fullmatch(said)
    if else_asked or (not earlier and _WHAT_TO_DO.fullmatch(said)):
        return Query(f"{text} {_WHAT_HELPS}", text, _WHAT_HELPS)
    told = _told_so_far(turns)
    if unanswered and not told and _WHAT_TO_DO.fullmatch(said):
        # "What then", after "is it my mattress": of what was complained of before that.
        told = next((turn for turn in reversed(turns) if _hurts_somewhere(turn)), "")
    if told and (_WHAT_TO_DO.fullmatch(said) or _tells_on(text)):
        helps = _what_helps(f"{told} {text}")
        return Query(f"{told} {text} {helps}", text, helps)
    if turns and _asks_it_of(text, turns[-1]):
        return Query(f"{turns[-1]} {text}", text, turns[-1])
    return None


def _told_so_far(turns: Sequence[str]) -> str:
    """The complaint that the last turns make, the first of them and those that go on telling."""
    told: list[str] = []
    for turn in reversed(turns):
        told.insert(0, turn)
        if _complains(turn):
            return " ".join(told)
        if not (_tells_on(turn) or _HOW_LONG_NOW.fullmatch(" ".join(words_of(turn)))):
            break
    return ""


def _leant_on(text: str, earlier: Sequence[str]) -> list[str]:
    """The turns that a text leans on, oldest first, at most two."""
    if earlier and _blames_for_pain(text, earlier[-1]):
        return []
    earlier, parts = list(earlier), [text]
    while (earlier and len(parts) <= _MOST_TURNS) and (
        _leans(parts[0]) or (len(parts) > 1 and _complains(earlier[-1]) and _tells_on(parts[0]))
    ):
        parts.insert(0, earlier.pop())
    if len(parts) > _MOST_TURNS and _leans(parts[0]):
        # What all of them lean on was named further back.
        named = next((turn for turn in reversed(earlier) if not _leans(turn)), "")
        return [named] if named else parts[:-1]
    return parts[:-1]


def _what_helps(told: str) -> str:
    """What somebody who only tells that wants to know."""
    said = " ".join(words_of(told))
    return next((helps for of, helps in _WHAT_HELPS_WITH if of.search(said)), _WHAT_HELPS)


def _turns_to_back_pain(text: str) -> bool:
    """Whether a text leaves what could not be answered for a topic of the articles."""
    words = words_of(text)
    said = " ".join(words)
    if _points_back(words) or _ASKED_ON.search(said):
        return False
    return _hurts(text) or any(_OWN_TOPIC.match(word) for word in words)


def _hurts(text: str) -> bool:
    """Whether a text says that something hurts, of whatever, and asks nothing."""
    said = " ".join(words_of(text))
    return (
        "?" not in text
        and bool(_COMPLAINS.search(said))
        and not _OVER.search(said)
        and not _ASKS.match(said)
        and not _ASKS_INSIDE.search(_HURTS_WHEN.sub(" ", said))
    )


def _hurts_somewhere(text: str) -> bool:
    """Whether a text says that the back or the neck hurts, and asks nothing."""
    return _complains(text) or (
        _hurts(text) and bool(_WHERE_AND_PAIN.search(" ".join(words_of(text))))
    )


def _tells_on(text: str) -> bool:
    """Whether a text goes on telling of a complaint, and makes none of its own."""
    words = words_of(text)
    said = " ".join(words)
    return (
        "?" not in text
        and bool(_TELLS_ON.match(said))
        and not _ASKS.match(said)
        and not _ASKS_INSIDE.search(said)
        and not _OVER.search(said)
        and not _complains(text)
    )


def _asks_it_of(text: str, asked: str) -> bool:
    """Whether a text asks something of another thing, and only the turn before it says what."""
    said, before = " ".join(words_of(text)), " ".join(words_of(asked))
    return (
        bool(_AND_FOR.match(said) or _ONLY_WHERE.fullmatch(said))
        and 0 < len(_topic_words(text)) < _FEW_WORDS
        and not _topic_words(asked)
        and bool(_ASKS.match(before))
    )


def asks_for_more(text: str) -> bool:
    """Whether a text asks for more of the same and nothing of its own: "anything else?".

    Args:
        text: The person's last text.
    """
    return bool(_MORE.fullmatch(" ".join(words_of(text))))


def only_tells(text: str) -> bool:
    """Whether a text tells of somebody and asks nothing: "I was gardening all day".

    Args:
        text: The person's last text.
    """
    said = " ".join(words_of(text))
    return (
        "?" not in text
        and bool(_OF_ONESELF.match(said))
        and not _FEELS_OR_WANTS.search(said)
        and not _ASKS_INSIDE.search(said)
    )


def _blames_for_pain(text: str, before: str) -> bool:
    """Whether a text asks if something is to blame, and nothing was told before but a question."""
    said = " ".join(words_of(before))
    return bool(_BLAMES.search(" ".join(words_of(text)))) and not (
        _TELLS.match(said) or _COMPLAINS.search(said)
    )


def _asks_for_somebody(text: str, told: str) -> str:
    """What a follow-up asks in full that is about getting worse, or about whom to see; or ""."""
    words = words_of(text)
    said = " ".join(words)
    if any(_OWN_TOPIC.match(word) for word in words):
        return ""
    if _SEES_SOMEBODY.search(said):
        return _WHEN_TO_ASK
    if not _WORSE.search(said):
        return ""
    told = told.casefold()
    return next((asked for of, asked in _STAYS_DESPITE if of.search(told)), _STAYS)


def _topic_words(text: str) -> list[str]:
    lists = vocabulary()
    return [
        w for w in words_of(text) if w not in lists.stop_words and stem(w) not in lists.general
    ]


def _leans(text: str) -> bool:
    """Whether a text points back: a pronoun, an opening word, or hardly a topic of its own."""
    words = words_of(text)
    own = len(_topic_words(text))
    if own == 0:
        return True
    plain = _POINTS_NOWHERE.sub(" ", " ".join(words))
    return (
        (own <= _FEW_WORDS and _points_back(plain.split()))
        or (own < _FEW_WORDS and bool(_GOES_ON.match(plain)))
        or (own == 1 and len(words) <= _SHORT and bool(_MAY_GO_ON.match(plain)))
        or bool(_ASKS_A_PART.match(plain))
    )


def _is_on(question: str, told: str) -> bool:
    """Whether a question without a topic of its own is put on what was told just before it.

    "How many weeks until I can train again", after "I think I pulled a muscle in my back".
    """
    asked, said = " ".join(words_of(question)), " ".join(words_of(told))
    return (
        bool(_ASKS.match(asked))
        and len(_topic_words(question)) <= _FEW_WORDS
        and not any(_OWN_TOPIC.match(word) for word in asked.split())
        and len(said.split()) >= _LEAST_TOLD
        and "?" not in told
        and bool(_TELLS.match(said))
        and not _ASKS_INSIDE.search(said)
    )


def _complains(text: str) -> bool:
    """Whether a text says that something hurts and asks nothing."""
    said = " ".join(words_of(text))
    if "?" in text or _OVER.search(said) or _A_CHILDS.search(said):
        return False
    if _ONLY_WHERE.fullmatch(said) and _WHERE_AND_PAIN.search(said):
        return True
    asks = _ASKS_INSIDE.search(_HURTS_WHEN.sub(" ", said))
    if _INJURED.search(said) and not _ELSEWHERE.search(said):
        return not asks and (said.startswith("did my") or not _ASKS.match(said))
    return (
        bool(_TELLS.match(said))
        and bool(_COMPLAINS.search(said))
        and not asks
        and any(_OWN_TOPIC.match(word) for word in said.split())
    )


def _points_back(words: Sequence[str]) -> bool:
    """Whether a word stands for something said before."""
    stop = vocabulary().stop_words
    last = len(words) - 1
    return any(
        # "stretches that help": this "that" stands for the stretches.
        not (word == "that" and 0 < k < last and words[k - 1] not in stop)
        for k, word in enumerate(words)
        if _POINTS_BACK.fullmatch(word)
    )
