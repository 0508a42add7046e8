"""Which blocks of a page are its article, and what the others are. Pure.

A page is a list of blocks. Each is judged by what it says (`cues`, `people`), then boxes and ends
of articles take what stands below them, then the stretch with the most running text for its
clutter is chosen: running text counts up, short lines and clutter count down, and the best
contiguous sum is the article. A page with its own markup adds what the markup knows.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from backbot.importing.blocks import RawBlock, Shape, says, shape_of, squeeze, stems
from backbot.importing.cues import Cue, cue_of
from backbot.importing.people import NAME_LINE, Bio, advert_signs, bio_of

_LINKS_ONLY = 0.6
_CARD_LINKS = 0.9
_ELLIPSIS = re.compile(r"(?:\.\.\.|…|\[…\]|\[\.\.\.\])\W*$")
_MORE = re.compile(r"(?:read|continue|learn|find out|discover|see|view|full)\b", re.IGNORECASE)
_MIN_ARTICLE_WORDS = 40  # of running text above an end, or it is only a link at the top
_OFTEN = 3
_MIN_QUOTE_CHARS = 20
_SOLID_WORDS = 15
_FULL_WEIGHT_WORDS = 60
_CAPITALS = 0.85
_BARE_BUTTON_WORDS = 5
_BOX_WORDS = 22
_END_NOTE_SHARE = 0.35
# Such a line is missed most: no box swallows it, and where it is left out people are told.
_SIGN = re.compile(
    r"\b(?:numb|weak(?:ness)?|bladder|bowels?|urine|fever|fall|chest|pain|legs?)\b",
    re.IGNORECASE,
)
_HELP = re.compile(
    r"\b(?:(?:call|ring|tell|see) (?:us|a|your)|get help|"
    r"999|911|112|111|emergency|ambulance|a&e|doctor|gp|hospital|at once|straight away|"
    r"immediately)(?!\w)",
    re.IGNORECASE,
)
_SMALL_BOXES = ("newsletter box", "contact box")
_OF_FORMS = ("newsletter box", "form field", "form", "button or form field")
_LONG_WORDS = 45
_CONTENTS = "table of contents"
_SECTION_WORDS = 30
_SHARED_STEMS = 2

# What somebody said, with the name behind it.
_SAID_BY = re.compile(r"\".{10,260}\"\s*[–—-]+\s*[A-Z][\w.' -]{1,30}(?:,.{1,40})?$")
# A line that breaks off so goes on in the list below it, with or without a colon.
_LEADS_ON = re.compile(
    r"\b(?:(?:if|when|because|that) (?:you|they|it|the pain)|includ(?:e|es|ing)|such as)$"
)


@dataclass(slots=True)
class Judged:
    """A block on its way through the steps; the first step that knows a reason fills it in."""

    raw: RawBlock
    shape: Shape
    cue: Cue | None
    bio: Bio
    reason: str = ""
    cut: bool = False

    @property
    def heading(self) -> bool:
        """Whether the file's own markup calls it a heading."""
        return self.raw.kind in ("heading", "title")

    @property
    def item(self) -> bool:
        """Whether it is a list item by markup or by its mark."""
        return self.raw.kind in ("item", "step") or bool(self.raw.mark)

    @property
    def prose(self) -> bool:
        """Whether it is running text that is no list item and no heading."""
        return not self.item and not self.heading and self.shape.prose and not self.headline

    @property
    def headline(self) -> bool:
        """Whether it is written as titles are, with capitals all through, full stop or not."""
        shape = self.shape
        return shape.title_case >= _CAPITALS and 5 < shape.count <= 16  # noqa: PLR2004

    @property
    def label(self) -> bool:
        """Whether it is a short line: heading, menu entry, button, unmarked list item."""
        if _SAID_BY.match(self.raw.text) and not self.heading:
            return False
        if self.item or self.leads or self.raw.kind in ("table", "code", "paragraph"):
            return self.raw.kind == "paragraph" and not self.shape.sentence and not self.leads
        return self.heading or not self.shape.sentence or self.question or self.headline

    @property
    def leads(self) -> bool:
        """Whether it introduces a list: words with a colon behind them, not a mere heading."""
        shape = self.shape
        text = self.raw.text.rstrip()
        colon = (text.endswith(":") or bool(_LEADS_ON.search(text))) and not self.heading
        said = shape.function_share > 0 or shape.sentences > 0 or says(text)
        return colon and shape.count >= 3 and said  # noqa: PLR2004

    @property
    def question(self) -> bool:
        """Whether it is one short question: a heading more often than a sentence."""
        text = self.raw.text.rstrip()
        return text.endswith("?") and self.shape.sentences <= 1 and self.shape.count <= 18  # noqa: PLR2004

    @property
    def words(self) -> int:
        """Words of running text that it gives to an article."""
        counts = not self.reason and (self.prose or (self.item and self.shape.count > 3))  # noqa: PLR2004
        return self.shape.count if counts else 0

    @property
    def live_prose(self) -> bool:
        """Whether it is running text that nothing speaks against so far."""
        return self.prose and not self.reason


_WARNS = re.compile(
    r"\b(?:call|contact|phone|ring|tell|see) (?:us|our|the)\b(?=.*\b(?:numb|weak|fever|bladder|"
    r"bowels?|urine|pee|chest|fell|fall|cannot feel|can't feel)).*\b(?:if|when|at once|"
    r"straight away|immediately|right away)\b",
    re.IGNORECASE,
)


def tells_when_to_seek_help(text: str) -> bool:
    """Whether a line names a sign of danger and where to go with it."""
    return bool(_SIGN.search(text) and _HELP.search(text))


@dataclass(slots=True)
class Page:
    """All judged blocks of one input, and where the article stands in them.

    Attributes:
        blocks: In reading order.
        start: First block of the article.
        end: One past its last block; equal to `start` where there is no article.
    """

    blocks: list[Judged] = field(default_factory=list)
    start: int = 0
    end: int = 0

    def live(self) -> Iterator[tuple[int, Judged]]:
        """The blocks of the article that no step has dropped."""
        for at in range(self.start, self.end):
            if not self.blocks[at].reason:
                yield at, self.blocks[at]


def find_article(raw: Sequence[RawBlock], *, whole: bool = False) -> Page:
    """Judge all blocks and find the article among them.

    Args:
        raw: The blocks of one input.
        whole: The input is a document (PDF, Word, Markdown), not a web page: nothing is taken
            off its two ends but what bears a sign of its own.
    """
    page = Page([_judge(block) for block in raw])
    _keep_asking(page.blocks)
    _keep_linked_items(page.blocks)
    _drop_people(page.blocks)
    _drop_repeats(page.blocks)
    _drop_teasers(page.blocks)
    _drop_wares(page.blocks)
    _drop_boxes(page.blocks)
    if whole:
        page.end = len(page.blocks)
        return page
    page.start, page.end = _best_stretch(page.blocks)
    _fit_ends(page)
    return page


def _judge(raw: RawBlock) -> Judged:
    shape = shape_of(raw.text)
    cue = cue_of(raw.text, shape)
    if cue is not None and cue.reason == "advert" and _WARNS.search(raw.text):
        cue = None  # "Call us at once if your legs go numb" sells nothing
    judged = Judged(raw, shape, cue, bio_of(raw.text))
    if raw.outside:
        judged.reason = raw.outside
    elif cue is not None and cue.reach == "aside":
        judged.reason = cue.reason
    elif _links_only(judged):
        judged.reason = "links only"
    elif not shape.words and not any(char.isalnum() for char in raw.text):
        judged.reason = "no words"
    elif _sells(judged):
        judged.reason = "advert"
    return judged


_ASKED = re.compile(r"(?:faqs?|common questions|q ?& ?a)\W*$", re.IGNORECASE)


def _keep_asking(blocks: list[Judged]) -> None:
    """The line FAQ right above a question with its answer is a heading, no entry of a menu."""
    for at, block in enumerate(blocks[:-2]):
        answered = blocks[at + 1].question and blocks[at + 2].shape.sentence
        if answered and not block.raw.outside and _ASKED.match(block.raw.text):
            block.reason, block.cue = "", None


_POINTS_AWAY = re.compile(
    r"\b(?:read|see|more|information|info|articles?|posts?|related|visit|learn|click|resources|"
    r"links?|sites?|websites?|pages?|check out|like|enjoy|latest|recent|section|browse|explore|"
    r"next)\b",
    re.IGNORECASE,
)


def _keep_linked_items(blocks: list[Judged]) -> None:
    """Items that are links belong to their list: among others, or below "causes are:"."""
    at = 0
    while at < len(blocks):
        stop = at
        while stop < len(blocks) and blocks[stop].item:
            stop += 1
        run = blocks[at:stop]
        linked = [block for block in run if block.reason == "links only"]
        above = blocks[at - 1] if at else None
        led = above is not None and above.leads and not above.reason
        led = led and above is not None and not _POINTS_AWAY.search(above.raw.text)
        if linked and (led or 2 * len(linked) <= len(run)):
            for block in linked:
                block.reason = ""
        at = max(stop, at + 1)


def _links_only(judged: Judged) -> bool:
    """Menus and cards: a whole line that is a link. A title that links to its own page is none."""
    if judged.heading:
        return judged.raw.links > _CARD_LINKS and judged.raw.level > 1
    if judged.raw.links > _CARD_LINKS:
        return True
    return judged.raw.links > _LINKS_ONLY and (judged.label or judged.item)


def _sells(judged: Judged) -> bool:
    if judged.heading or judged.shape.count > 60 or judged.raw.text.startswith('"'):  # noqa: PLR2004
        return False
    strong, weak = advert_signs(judged.raw.text)
    return strong > 1 or (strong > 0 and weak > 1) or (weak > 2 and judged.shape.count <= 25)  # noqa: PLR2004


# --------------------------------------------------------------------------- people

_NOTE = "note on a person"
_PRONOUN = re.compile(r"(?:She|He|I'm|I've|Her|His|With)\b")


def _drop_people(blocks: list[Judged]) -> None:
    """Notes on people: the certain ones, then what stands beside them and goes on about them."""
    common = _common_words(blocks)
    names: set[str] = set()
    for at, block in enumerate(blocks):
        if block.reason or not block.shape.sentence or block.heading:
            continue
        named = _name_above(blocks, at, common)
        own = not block.bio.name or _is_name(block.bio.name, common)
        if (named and block.bio.signs > 0) or (own and block.bio.certain(amid=_amid(blocks, at))):
            block.reason = _NOTE
            names.add((named or re.sub(r"^Dr\.? ", "", block.bio.name)).split(" ")[0])
            _drop_card(blocks, at, common)
    for at, block in enumerate(blocks):
        above = next((b for b in reversed(blocks[max(at - 3, 0) : at]) if b.shape.sentence), None)
        below = next((b for b in blocks[at + 1 : at + 4] if b.shape.sentence), None)
        beside = any(near is not None and near.reason == _NOTE for near in (above, below))
        goes_on = block.bio.starts and (block.bio.signs > 0 or _PRONOUN.match(block.raw.text))
        about = _mentions(block, names) or goes_on or block.bio.signs > 1
        if not block.reason and block.shape.sentence and beside and about and not block.heading:
            block.reason = _NOTE


def _amid(blocks: list[Judged], at: int) -> bool:
    """Whether running text stands right above and right below: the middle of an article."""
    above = blocks[at - 1] if at else None
    below = blocks[at + 1] if at + 1 < len(blocks) else None
    return bool(below and below.live_prose and above and (above.live_prose or above.item))


def _common_words(blocks: list[Judged]) -> set[str]:
    """Words that the page also writes in lower case: they are no names."""
    return {word for block in blocks for word in block.shape.words if word.islower()}


def _is_name(line: str, common: set[str]) -> bool:
    parts = re.findall(r"[A-Z][\w'-]+", re.sub(r"^(?:Dr|Prof|Professor|Mr|Mrs|Ms)\b\.?", "", line))
    own = [part for part in parts if part.lower() not in common]
    return bool(own) and len(own) >= len(parts) / 2


def _name_above(blocks: list[Judged], at: int, common: set[str]) -> str:
    """A name on a line of its own, at most four short lines above, that the text begins with."""
    text = blocks[at].raw.text
    for line in reversed(blocks[max(at - 5, 0) : at]):
        if line.shape.sentence:
            return ""
        found = NAME_LINE.match(line.raw.text)
        if found is None or " " not in found[1] or not _is_name(found[1], common):
            continue
        parts = [part for part in re.findall(r"[\w'-]+", found[1]) if len(part) > 2]  # noqa: PLR2004
        # "Ana Maria V" above "Maria is ...": any of the names may be the one that is used
        used = next((part for part in parts if re.match(rf"{re.escape(part)}\b", text)), "")
        if used or _PRONOUN.match(text):
            return used or parts[0]
    return ""


def _drop_card(blocks: list[Judged], at: int, common: set[str]) -> None:
    """The short lines above a note (name, profession, degree) go with it."""
    top = at
    while top and at - top < 5 and not blocks[top - 1].shape.sentence and not blocks[top - 1].item:  # noqa: PLR2004
        top -= 1
    for start in range(top, at):
        found = NAME_LINE.match(blocks[start].raw.text)
        if found and " " in found[1] and _is_name(found[1], common):
            for line in blocks[start:at]:
                line.reason = line.reason or _NOTE
            return


def _mentions(block: Judged, names: set[str]) -> bool:
    return any(re.search(rf"\b{re.escape(name)}\b", block.raw.text) for name in names if name)


# --------------------------------------------------------------------------- repeats, teasers


def _drop_repeats(blocks: list[Judged]) -> None:
    """The second copy of a paragraph, lines that come again and again, pulled quotes."""
    keys = [squeeze(block.raw.text) for block in blocks]
    times = Counter(keys)
    best = _best_copies(blocks, keys)
    for at, block in enumerate(blocks):
        key = keys[at]
        if block.reason or not key:
            continue
        often = times[key] >= _OFTEN and block.label and not _opens_text(blocks, at)
        often = often and not (block.heading and _last_above_text(blocks, keys, at))
        if often or best.get(key, at) != at:
            block.reason = "repeated"
        elif block.raw.text.startswith('"') and len(key) > _MIN_QUOTE_CHARS:
            near = keys[max(at - 4, 0) : at] + keys[at + 1 : at + 5]
            if any(key in other for other in near):
                block.reason = "pulled quote, said again in the text"


def _best_copies(blocks: list[Judged], keys: list[str]) -> dict[str, int]:
    """For each line that comes twice, the copy with the most running text around it."""
    best: dict[str, int] = {}
    around: dict[str, int] = {}
    for at, block in enumerate(blocks):
        if block.reason or block.heading or block.shape.count < 8:  # noqa: PLR2004
            continue
        near = sum(other.live_prose for other in blocks[max(at - 4, 0) : at + 5])
        if near > around.get(keys[at], 0):
            best[keys[at]], around[keys[at]] = at, near
    return best


def _opens_text(blocks: list[Judged], at: int) -> bool:
    return at + 1 < len(blocks) and (blocks[at + 1].prose or blocks[at + 1].item)


def _last_above_text(blocks: list[Judged], keys: list[str], at: int) -> bool:
    """Whether it is the last copy of a line, with one short line between it and text."""
    return (
        keys[at] not in keys[at + 1 :]
        and not _opens_text(blocks, at)
        and (at + 2 < len(blocks) and blocks[at + 1].label and _opens_text(blocks, at + 1))
    )


def _drop_teasers(blocks: list[Judged]) -> None:
    """Openings of other articles: cut off by an ellipsis, or with "read more" below them."""
    for at, block in enumerate(blocks):
        if not _is_teaser(blocks, at) or block.reason:
            continue
        block.reason = "opening of another article"
        for above in range(at - 1, max(at - 4, -1), -1):
            line = blocks[above]
            if line.shape.sentence and not line.question and not line.reason:
                break
            if line.label and not line.reason and line.cue is None:
                line.reason = "opening of another article"


def _is_teaser(blocks: list[Judged], at: int) -> bool:
    block = blocks[at]
    if block.item or block.label or block.shape.count < 5 or block.shape.count > 70:  # noqa: PLR2004
        return bool(_ELLIPSIS.search(block.raw.text)) and block.shape.count > 5  # noqa: PLR2004
    if _ELLIPSIS.search(block.raw.text):
        return not _amid(blocks, at)
    below = blocks[at + 1] if at + 1 < len(blocks) else None
    button = (
        below is not None
        and bool(_MORE.match(below.raw.text) and below.reason)
        and below.shape.count <= _BARE_BUTTON_WORDS
    )
    return button and block.shape.count <= _LONG_WORDS


def _drop_wares(blocks: list[Judged]) -> None:
    """The short lines above a price or a shop's button: what is for sale."""
    for at in range(len(blocks) - 2, -1, -1):
        block, below = blocks[at], blocks[at + 1]
        if below.reason == "shop" and block.label and not block.reason and not block.question:
            block.reason = "shop"
    for at, block in enumerate(blocks):
        if block.reason in ("advert", "button") and _CALL.match(block.raw.text):
            _drop_call(blocks, at)


_CALL = re.compile(
    r"(?:book|schedule|request|arrange|claim|reserve|check (?:your )?eligibility)\b", re.IGNORECASE
)
_OURS = re.compile(
    r"\b(?:our|us|we|appointments?|team|clinic|available|places|free|offer|members)\b",
    re.IGNORECASE,
)


def _drop_call(blocks: list[Judged], at: int) -> None:
    """The one or two short sentences above "Book now" that speak of us, and their heading."""
    taken = False
    for block in reversed(blocks[max(at - 3, 0) : at]):
        if block.reason or block.item or block.shape.count > _BOX_WORDS:
            return
        if block.label:
            ask = block.question or _OURS.search(block.raw.text) or _CALL.match(block.raw.text)
            if taken and ask:
                block.reason = "advert"
            return
        if not _OURS.search(block.raw.text):
            return
        block.reason, taken = "advert", True


# --------------------------------------------------------------------------- boxes and ends


def _drop_boxes(blocks: list[Judged]) -> None:
    """What stands below "related articles", "comments", "about the author" and their like."""
    total = sum(block.words for block in blocks)
    before = 0
    skip_to = 0
    replies = _first_reply(blocks)
    for at, block in enumerate(blocks):
        before += block.words
        after = total - before
        end = "comments" if at == replies and after <= 1.5 * before else ""
        if end or _ends_with_author(block, before, after):
            _drop_rest(blocks, at, end or "about the author")
            return
        cue = block.cue
        if at < skip_to or cue is None or not _opens_box(block) or _heads_text(blocks, at):
            continue
        block.reason = block.reason or cue.reason
        ends = before >= _MIN_ARTICLE_WORDS and after <= 1.5 * before
        if cue.reach == "tail":
            if ends and not _beside_wares(blocks, at):
                _drop_rest(blocks, at, f'below "{block.raw.text[:40]}"')
                return
            continue
        stop = _end_of_box(blocks, at, cue.reason, head=before < _MIN_ARTICLE_WORDS)
        if stop is None:
            if ends:
                _drop_rest(blocks, at, cue.reason)
                return
            continue
        for inside in range(at + 1, stop):
            blocks[inside].reason = blocks[inside].reason or cue.reason
        skip_to = stop


def _opens_box(block: Judged) -> bool:
    """Whether its cue speaks of what stands below it."""
    plain = not block.shape.prose and not block.item and block.raw.links <= _CARD_LINKS
    aside = block.cue is None or block.cue.reach == "aside"
    known = block.cue is not None and block.raw.outside in ("", block.cue.reason)
    return plain and not aside and known


_TOPIC = re.compile(r"(?:more (?:on|about|in|from)|related) \w", re.IGNORECASE)
_NO_TOPIC = re.compile(
    r"\b(?:articles?|posts?|stor(?:y|ies)|reading|news|blogs?|videos?|links|content|topics?|pages?|"
    r"guides?|this|these|us|our|author)\b",
    re.IGNORECASE,
)


def _heads_text(blocks: list[Judged], at: int) -> bool:
    """Whether a section stands right below: "more on timing" may be a heading of the article."""
    below = blocks[at + 1] if at + 1 < len(blocks) else None
    if below is None or below.reason or below.cue is not None or below.raw.links > 0:
        return False
    if not _TOPIC.match(blocks[at].raw.text) or _NO_TOPIC.search(blocks[at].raw.text):
        return False
    return below.leads or (below.shape.sentence and not below.label)


def _beside_wares(blocks: list[Judged], at: int) -> bool:
    """Whether "412 reviews" stands beside a price: those of something for sale."""
    return any(block.reason == "shop" for block in blocks[max(at - 2, 0) : at + 3])


def _end_of_box(blocks: list[Judged], at: int, reason: str, *, head: bool) -> int | None:
    """Where the article goes on below the box that begins there, None where it does not."""
    if reason == _CONTENTS:
        return _after_contents(blocks, at)
    stop = _resumes(blocks, at, head=head)
    if reason in _SMALL_BOXES:
        stop = _after_small_box(blocks, at, stop)
    section = _next_section(blocks, at)
    return stop if section is None else min(section, len(blocks) if stop is None else stop)


def _next_section(blocks: list[Judged], at: int) -> int | None:
    """Where a heading above the box's own level begins a new section, with text below it."""
    level = blocks[at].raw.level if blocks[at].heading else 0
    ours = [b.raw.level for b in blocks[:at] if b.heading and b.raw.level > 1 and not b.reason]
    said = frozenset(stem for b in blocks[:at] if b.live_prose for stem in stems(b.shape))
    for place in range(at + 1, len(blocks) - 1):
        block, below = blocks[place], blocks[place + 1]
        if block.cut or (block.cue is not None and block.cue.reach != "aside"):
            return None
        if not block.heading or block.reason or block.raw.level < 2:  # noqa: PLR2004
            continue
        higher = block.raw.level < level
        if higher and not below.reason and (below.prose or below.item):
            return place
        # A heading as high as the article's own, over more than the opening of another one.
        if ours and block.raw.level <= min(ours) and _is_section(blocks, place, said):
            return place
    return None


def _is_section(blocks: list[Judged], at: int, said: frozenset[str]) -> bool:
    """Whether several blocks of text without links stand below a heading, about what is `said`."""
    words = texts = 0
    shared: set[str] = set()
    for block in blocks[at + 1 :]:
        if block.heading or block.reason or block.raw.links > 0 or block.cue is not None:
            break
        if block.prose or block.item or block.leads or block.shape.sentence:
            words += block.shape.count
            texts += 1
            shared |= stems(block.shape) & said
    return texts > 1 and words >= _SECTION_WORDS and len(shared) >= _SHARED_STEMS


def _ends_with_author(block: Judged, before: int, after: int) -> bool:
    """Whether it names the author, as the line below an article does."""
    named = block.reason == "by-line" and _WRITTEN_BY.match(block.raw.text)
    last = before >= 3 * _MIN_ARTICLE_WORDS and after <= _END_NOTE_SHARE * before
    return bool(named) and last


_WRITTEN_BY = re.compile(r"(?:(?i:written|posted|authored) )(?i:by):? [A-Z]")
_READ_MORE = re.compile(r"(?:read (?:more|next|also)|related|see also)\W*$", re.IGNORECASE)


def _first_reply(blocks: list[Judged]) -> int | None:
    """Where answers to a text begin that no heading announces: at the first of several marks."""
    marks: list[int] = []
    words = 0
    for at, block in enumerate(blocks):
        words += block.words
        reply = block.reason == "button" and re.search(r"\breply\b", block.raw.text, re.IGNORECASE)
        if (reply or block.reason == "comment") and words >= _MIN_ARTICLE_WORDS:
            marks.append(at)
    # One may be a date above a text; several with text between them are a conversation.
    between = [any(b.live_prose for b in blocks[a:z]) for a, z in itertools.pairwise(marks)]
    if sum(between) < 1 or len(marks) < 3:  # noqa: PLR2004
        return None
    for at in range(max(marks[0] - 6, 0), marks[0]):
        if blocks[at].reason == "comment":
            return at
    return marks[0]


def _drop_rest(blocks: list[Judged], at: int, reason: str) -> None:
    for block in blocks[at:]:
        block.cut = True
        block.reason = block.reason or reason


def _resumes(blocks: list[Judged], at: int, *, head: bool) -> int | None:
    """Where the article goes on below a box, None where it does not.

    `head`: the box stands above the article; then its first paragraph ends the box.
    """
    for place in range(at + 1, len(blocks)):
        block = blocks[place]
        if block.cut or (block.cue and block.cue.reach == "tail"):
            return None
        if _is_advice(block):
            return _with_label(blocks, at, place)
        if block.reason or not block.prose or block.shape.count < _SOLID_WORDS:
            continue
        if head or _goes_on(blocks, place) or _one_teaser(blocks, at, place):
            above = place - 1
            free = above > at and blocks[above].label and not blocks[above].reason
            label = blocks[above]
            asks = label.heading or _about(label, block) or _stands_apart(blocks, at, above)
            asks = asks or _opens_part(blocks, place)
            return above if free and asks else place
    return None


def _stands_apart(blocks: list[Judged], at: int, place: int) -> bool:
    """Whether a line is none of the entries of the box above it.

    They have list marks and it has none, or blank lines stand around it and none between them.
    """
    entries = blocks[at + 1 : place]
    if entries and all(block.item or block.raw.links > 0 for block in entries):
        return not blocks[place].item and not blocks[place].raw.links
    together = len(entries) > 1 and not any(block.raw.gap for block in entries[1:])
    return together and blocks[place].raw.gap and blocks[place + 1].raw.gap


def _is_advice(block: Judged) -> bool:
    """Whether it is a sentence that tells when to seek help, with nothing against it."""
    text = block.shape.sentence and not block.label and block.cue is None and not block.reason
    return text and tells_when_to_seek_help(block.raw.text)


def _with_label(blocks: list[Judged], at: int, place: int) -> int:
    """The place of the free heading right above a text below a box, else of the text."""
    above = place - 1
    free = above > at and blocks[above].label and not blocks[above].reason
    return above if free and blocks[above].cue is None else place


def _after_small_box(blocks: list[Judged], at: int, stop: int | None) -> int | None:
    """Where text goes on below a box that holds no articles: sooner than below teasers.

    There, a sentence with a word of the text above is the text, unless a form field follows.
    """
    said = frozenset(stem for b in blocks[:at] if b.live_prose for stem in stems(b.shape))
    for place in range(at + 1, len(blocks) if stop is None else stop):
        block = blocks[place]
        if block.cut or (block.cue is not None and block.cue.reach == "tail"):
            break
        if _is_advice(block):
            return _with_label(blocks, at, place)
        about = not block.reason and block.cue is None and block.prose
        if not about or not stems(block.shape) & said:
            continue
        if any(below.reason in _OF_FORMS for below in blocks[place + 1 : place + 4]):
            continue
        above = place - 1
        return above if above > at and blocks[above].label and not blocks[above].reason else place
    return stop


def _one_teaser(blocks: list[Judged], at: int, place: int) -> bool:
    """Whether "Read more" and one title stand between two paragraphs, as newspapers do it."""
    between = blocks[at + 1 : place]
    alone = sum(not block.reason for block in between) <= 1 and len(between) <= 2  # noqa: PLR2004
    above = next((block for block in reversed(blocks[:at]) if not block.reason), None)
    goes_on = bool(_READ_MORE.match(blocks[at].raw.text)) and above is not None and above.prose
    below = blocks[place + 1] if place + 1 < len(blocks) else None
    ends = below is None or bool(below.reason) or below.cue is not None or not below.label
    return alone and goes_on and ends


def _about(label: Judged, text: Judged) -> bool:
    """Whether a short line shares a word that carries meaning with a paragraph."""
    return bool(stems(label.shape) & stems(text.shape))


def _goes_on(blocks: list[Judged], place: int) -> bool:
    """Whether the paragraph belongs to the article, not to a row of teasers."""
    if blocks[place].shape.count >= _LONG_WORDS:
        return True
    if blocks[place].raw.text.endswith(":") or blocks[place - 1].cue is not None:
        return True
    following = next((block for block in blocks[place + 1 :] if not block.raw.outside), None)
    if following is None or following.reason:
        return False
    return following.prose or following.item or following.leads or _opens_part(blocks, place)


def _opens_part(blocks: list[Judged], place: int) -> bool:
    """Whether a short text opens a part: headings around it, a long text below, about the same."""
    text = blocks[place]
    around = blocks[place - 1 : place] + blocks[place + 1 : place + 3]
    if len(around) < 3 or text.shape.sentences < 2 or any(block.reason for block in around):  # noqa: PLR2004
        return False
    above, below, next_text = around
    if not (above.label and below.label and next_text.prose):
        return False
    said = frozenset(stem for b in blocks[:place] if b.live_prose for stem in stems(b.shape))
    shared = stems(text.shape) & said
    return next_text.shape.count >= _LONG_WORDS and len(shared) > _SHARED_STEMS


def _after_contents(blocks: list[Judged], at: int) -> int:
    """Entries of a table of contents come again as headings, or are links."""
    keys = [squeeze(block.raw.text) for block in blocks]
    for first in range(at + 1, min(at + 3, len(blocks))):
        # Where the first entry comes again, the article begins: some entries name their part in
        # other words than its heading.
        for place in range(first + 1, len(blocks)):
            if blocks[place].prose:
                break
            if keys[place] == keys[first]:
                return place
    place = at + 1
    while place < len(blocks):
        first_time = keys[place] not in keys[at + 1 : place]
        again = first_time and keys[place] in keys[place + 1 :]
        if not (again or blocks[place].reason) or blocks[place].prose:
            break
        place += 1
    return place


# --------------------------------------------------------------------------- the stretch


def _best_stretch(blocks: list[Judged]) -> tuple[int, int]:
    """The contiguous stretch with the largest sum of weights: [start, end)."""
    best, best_start, best_end = 0.0, 0, 0
    total, start, row = 0.0, 0, 0
    for at, block in enumerate(blocks):
        row = row + 1 if (block.label or block.reason) and not block.raw.outside else 0
        total += _weight(block, row)
        if total <= 0 or block.cut:
            total, start = 0.0, at + 1
        elif total > best:
            best, best_start, best_end = total, start, at + 1
    return best_start, best_end


def _weight(block: Judged, row: int) -> float:
    """What a block adds to the stretch. `row`: how many short or dropped lines in a row."""
    if block.raw.outside:
        return -0.5
    if block.reason == _CONTENTS:
        return -0.5  # it lists the article's own headings: what stands above it is no other one
    if block.reason:
        return -25.0 if block.reason == _NOTE else -4.0 - min(row, 12) / 4
    return block.raw.prior + _own_weight(block, row)


def _own_weight(block: Judged, row: int) -> float:
    """The part of a live block's weight that its own text gives."""
    words = min(block.shape.count, _FULL_WEIGHT_WORDS)
    if block.item:
        short = 1.5 if words > 3 else -1.0  # noqa: PLR2004
        return words * 0.8 if block.shape.prose else short
    if block.prose:
        return float(words)
    if block.raw.kind in ("table", "code"):
        return 2.0
    if block.shape.sentence and not block.question:
        return min(words, 12) / 2
    return -1.0 if block.heading else -2.0 - min(row, 12) / 4


def _fit_ends(page: Page) -> None:
    """Begin at the first running text; end behind the last, with the lists that belong to it."""
    blocks = page.blocks
    texts = [at for at, block in page.live() if _carries(block)]
    if not texts:
        return
    page.start = texts[0]
    at = texts[-1] + 1
    while at < len(blocks) and not blocks[at].cut:
        block = blocks[at]
        if block.reason:
            if not _heads_list(blocks, at + 1):
                break
        elif not (
            _closes(block)
            or _heads_list(blocks, at)
            or _listed(blocks, at)
            or _is_answered(blocks, at)
            or (block.label and _is_answered(blocks, at + 1))
            or _heads_short_text(page, at)
        ):
            break
        at += 1
    page.end = at
    _add_terse_end(page)
    _add_up_to_sources(page)
    _add_advice(page)


_PASSING = ("advert", "photo credit", "picture caption", "share bar", "no words")
_TERSE_END = 3
_NEAR_SOURCES = 6


def _add_terse_end(page: Page) -> None:
    """What follows in short sentences, items and rows belongs to it, up to the next clutter.

    Not where it speaks of us, or says nothing of what the text speaks of.
    """
    said = {stem for _, block in page.live() if not block.label for stem in stems(block.shape)}
    text: list[int] = []
    labels = 0
    for at in range(page.end, len(page.blocks)):
        block = page.blocks[at]
        beyond = block.cut or block.raw.outside or block.raw.prior < 0 or block.raw.links > 0
        boxed = block.cue is not None and block.cue.reach != "aside"
        if beyond or boxed or (block.reason and block.reason not in _PASSING):
            break
        plain = not block.label and not block.reason
        labels += block.label and not block.reason and not block.question
        if plain and (block.item or block.leads or block.shape.sentence or block.raw.kind):
            text.append(at)
    about = sum(bool(stems(page.blocks[at].shape) & said) for at in text)
    ours = sum(bool(_OURS.search(page.blocks[at].raw.text)) for at in text)
    spoken = sum(not page.blocks[at].item and not page.blocks[at].raw.kind for at in text)
    enough = len(text) >= max(_TERSE_END, labels) and spoken > 1
    if enough and about > 1 and about >= len(text) / 4 and 2 * ours <= len(text):
        page.end = text[-1] + 1


def _add_up_to_sources(page: Page) -> None:
    """The few lines between the text and its sources belong to it: sources end an article."""
    near = range(page.end, min(page.end + _NEAR_SOURCES, len(page.blocks)))
    stop = next((at for at in near if page.blocks[at].cut), page.end)
    cue = page.blocks[stop].cue if stop > page.end else None
    if cue is None or cue.reason != "list of references":
        return
    between = page.blocks[page.end : stop]
    free = not any(
        one.reason or one.cue or one.raw.outside or one.raw.links or one.raw.prior < 0
        for one in between
    )
    if free and any(one.shape.sentence for one in between):
        page.end = stop


def _add_advice(page: Page) -> None:
    """Sentences behind the end that tell when to seek help belong to it, with their headings."""
    blocks = page.blocks
    stop = next((at for at, block in enumerate(blocks) if block.cut), len(blocks))
    advice = [at for at in range(page.end, stop) if _is_advice(blocks[at])]
    if not advice:
        return
    taken = {_with_label(blocks, page.end - 1, at) for at in advice} | set(advice)
    for at in range(page.end, advice[-1]):
        if at not in taken:
            blocks[at].reason = blocks[at].reason or "after the article"
    page.end = advice[-1] + 1


def _closes(block: Judged) -> bool:
    """Whether it may stand right below the last paragraph: a list, or a short last sentence."""
    short = block.shape.sentence and not block.question and block.shape.count > 2  # noqa: PLR2004
    table = block.raw.kind == "table"
    return table or block.item or block.leads or (short and not block.heading)


def _carries(block: Judged) -> bool:
    """Whether it is text enough to begin or end an article."""
    sentence = block.shape.sentence and block.shape.count >= 8 and not block.question  # noqa: PLR2004
    text = sentence or block.shape.prose
    return not block.heading and ((text and block.raw.prior >= 0) or block.raw.prior > 0)


def _heads_list(blocks: list[Judged], at: int) -> bool:
    """Whether a heading stands there with list items below it, or with words that lead to some."""
    if at + 1 >= len(blocks) or blocks[at].reason or not blocks[at].label:
        return False
    below = blocks[at + 1]
    led = below.leads and at + 2 < len(blocks) and blocks[at + 2].item
    return (below.item or led) and not below.reason


def _heads_short_text(page: Page, at: int) -> bool:
    """Whether a heading of the article's stands there, above a plain sentence.

    By its level, or in a text without levels by a word that the sentence repeats.
    """
    if at + 1 >= len(page.blocks):
        return False
    block, below = page.blocks[at], page.blocks[at + 1]
    levels = {b.raw.level for _, b in page.live() if b.heading and b.raw.level > 1}
    own = block.heading and block.raw.level in levels
    if block.raw.kind is None and block.raw.gap and block.label:
        own = own or _about(block, below) or _is_shouted_too(page, block)
    for one in (block, below):
        beyond = one.cut or one.raw.outside or one.raw.prior < 0 or one.raw.links > 0
        if one.reason or one.cue is not None or beyond or _OURS.search(one.raw.text):
            return False
    return own and below.shape.sentence and not below.label


def _is_shouted_too(page: Page, block: Judged) -> bool:
    """Whether it is written in capitals, as several headings of the article are."""
    loud = sum(not b.shape.sentence and b.raw.text.isupper() for _, b in page.live())
    return block.raw.text.isupper() and loud > 1


def _is_answered(blocks: list[Judged], at: int) -> bool:
    """Whether a question stands there with a short answer below it."""
    if at + 1 >= len(blocks) or not blocks[at].question or blocks[at].cue is not None:
        return False
    below = blocks[at + 1]
    return below.cue is None and not below.reason and not below.cut and _closes(below)


def _listed(blocks: list[Judged], at: int) -> bool:
    """Whether a short line goes on with a list that a colon opened."""
    while at and blocks[at].label and not blocks[at].reason and not blocks[at].heading:
        at -= 1
    return blocks[at].raw.text.rstrip().endswith(":")
