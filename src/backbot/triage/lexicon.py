"""Word classes and token-sequence patterns: compiled once, matched in linear time.

A pattern is a line of text that a clinician can read:

    no ..2 (feeling|sensation) ~6 @saddle

`word` is that word, `@name` any phrase of that class, `(a|b c|@d)` any of these, a trailing `?`
makes a part optional, `..3` allows up to three other words in between, `~6` joins two sides in
either order with up to six words between. Nothing crosses the end of a sentence, and nothing
backtracks: a pattern is joined from the places where its parts stand.
"""

from __future__ import annotations

import itertools
import marshal
import re
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from dataclasses import field
from heapq import heappop, heappush
from typing import Any

from backbot.errors import RuleError
from backbot.frozen import dataclass
from backbot.triage.text import HARD, Token, split_words, together, words_of

Spans = list[tuple[int, int]]
_PART = re.compile(r"\(|\)\??|\||\.\.\d+|~\d+|@[\w]+\??|[^\s()|]+")
_PLAIN = re.compile(r"[a-z0-9]+(?: [a-z0-9]+)*")
_MOST_SEQUENCES = 256
_MANY_HITS = 64  # from so many phrases on, all classes' places are put together at once
_SELDOM = 0.01
# Words by how often they stand in a message to the bot, counted over 2,000 of them.
_OFTEN = words_of(
    "my the back i a and is in to on it of pain since me for like leg now with no up that all "
    "numb down at this from cant left one when neck right"
)
_COMMON = words_of(
    "do foot just not was its what had im has sore have can how been or day out only spine after "
    "bad n but legs get there are last disc an every gone feel off ache arm about went you side "
    "week so two ive his both does got if morning lower too ago her any by today ok nerve wont "
    "feeling bit be days as fine weak 2 nothing hand night dont same long would go he before "
    "time then chest am never good more 3 over she way feels which yesterday walk"
)


class Line:
    """Atoms in order; `gaps[k]` words at the most may stand before atom k (gaps[0] is 0).

    There are thousands: a frozen class takes too long to make at every start, a tuple too long to
    read in every message.

    Args:
        atoms: Class numbers.
        gaps: As many.
        rarest: The one of the atoms that stands in the fewest messages.
        other: The next, which together with that decides nearly always whether the line can
            stand; the same where there is no other.
    """

    __slots__ = ("atoms", "gaps", "other", "rarest")

    def __init__(
        self, atoms: tuple[int, ...], gaps: tuple[int, ...], rarest: int, other: int
    ) -> None:
        self.atoms = atoms
        self.gaps = gaps
        self.rarest = rarest
        self.other = other

    def plain(self) -> tuple[tuple[int, ...], tuple[int, ...], int, int]:
        """All of it as plain data: what a line is made of."""
        return self.atoms, self.gaps, self.rarest, self.other

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Line) and (self.atoms, self.gaps) == (other.atoms, other.gaps)

    def __hash__(self) -> int:
        return hash((self.atoms, self.gaps))


class Places:
    """Where classes stand in one text: token ranges [i, j), sorted.

    A word stands in up to two hundred classes, of which few are ever asked for: their places are
    put together when they are.

    Args:
        hits: Class numbers, and the places of a phrase that all of them have.
        present: Which of the classes that are looked for first stand anywhere.
        first: All the classes that are looked for first: of these, `present` knows.
        rarest: Of those that are present, the ones by which lines are tried.
    """

    def __init__(
        self,
        hits: Sequence[tuple[frozenset[int], Spans]],
        present: set[int],
        first: AbstractSet[int],
        rarest: set[int],
    ) -> None:
        self.present = present
        self.rarest = rarest
        self._first = first
        self._hits = hits
        self._by_number = _by_number(hits) if len(hits) > _MANY_HITS else None
        self._known: dict[int, Spans] = {}

    def of(self, number: int) -> Spans:
        """Those of a class; none where it is absent."""
        known = self._known.get(number)
        if known is None:
            if number in self._first and number not in self.present:
                return []
            if self._by_number is not None:
                found = self._by_number.get(number, [])
            else:
                found = [places for numbers, places in self._hits if number in numbers]
            known = found[0] if len(found) == 1 else sorted(itertools.chain(*found))
            self._known[number] = known
        return known

    def add(self, number: int, spans: Spans) -> None:
        """Further places of a class, or the first."""
        # most have none yet, and are given one
        if (before := self.of(number)) or len(spans) > 1:
            spans = sorted({*before, *spans})
        self._known[number] = spans
        self.present.add(number)
        self.rarest.add(number)


def _by_number(hits: Sequence[tuple[frozenset[int], Spans]]) -> dict[int, list[Spans]]:
    """The places of each class, for long texts: to look through all for each is quadratic."""
    found: defaultdict[int, list[Spans]] = defaultdict(list)
    for numbers, places in hits:
        for number in numbers:
            found[number].append(places)
    return found


@dataclass(frozen=True, slots=True)
class Marks:
    """Where each class stands in one text.

    Attributes:
        tokens: The text.
        sentence: Sentence number of each token.
        places: Where each class stands.
        in_doubt: Whether a word was read as all that it may mean.
    """

    tokens: Sequence[Token]
    sentence: Sequence[int]
    places: Places
    in_doubt: bool = False


class _Phrases(Mapping[str, Sequence[str]]):
    """Phrases by the name of their class; read when the first of them is asked for.

    Args:
        names: Of the classes.
        packed: The phrases, as `marshal` writes them.
    """

    def __init__(self, names: Sequence[str], packed: bytes) -> None:
        self._names = names
        self._packed = packed
        self._by_name: dict[str, Sequence[str]] = {}

    def __getitem__(self, name: str) -> Sequence[str]:
        if not self._by_name:
            self._by_name = marshal.loads(self._packed)  # noqa: S302 - of our own file, summed
        return self._by_name[name]

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)


@dataclass(slots=True)
class Lexicon:
    """Classes by name, compiled.

    Args:
        classes: Name → phrases and patterns.

    Raises:
        RuleError: A pattern cannot be read, names an unknown class, or classes form a circle.
    """

    classes: Mapping[str, Sequence[str]]
    _ids: dict[str, int] = field(default_factory=dict, compare=False)
    _trie: dict[str, Any] = field(default_factory=dict)
    _by_key: dict[int, list[tuple[int, Line]]] = field(default_factory=dict)
    _weights: dict[int, float] = field(default_factory=dict, compare=False)
    _first: set[int] = field(default_factory=set)
    _rarest: set[int] = field(default_factory=set)
    _composed: set[int] = field(default_factory=set)
    _pending: dict[str, Sequence[str]] = field(default_factory=dict, compare=False)
    _open: set[str] = field(default_factory=set)
    _simple: dict[int, list[list[str]]] = field(default_factory=dict, compare=False)
    _sets: dict[int, tuple[frozenset[int], ...]] = field(default_factory=dict, compare=False)
    _compiling: bytes = field(default=b"", compare=False)
    vocabulary: set[str] = field(default_factory=set)

    def __post_init__(self) -> None:
        """Compile every class, those it refers to first; what was kept is compiled already."""
        if self._compiling:
            return
        self._pending = dict(self.classes)
        for name in self.classes:
            self._compile_class(name)
            self._first.add(self._ids[name])

    def kept(self) -> dict[str, Any]:
        """All of it as plain data, for `stored`."""
        keys = {
            atom: [(number, line.plain()) for number, line in lines]
            for atom, lines in self._by_key.items()
        }
        names = list(self.classes)
        ids = {name: self._ids[name] for name in names}
        # Most starts compile nothing and show no phrases: these are read when they are asked for.
        compiling = {"ids": self._ids, "weights": self._weights}
        return {
            "names": names,
            "phrases": marshal.dumps({name: list(self.classes[name]) for name in names}),
            "ids": ids,
            "compiling": marshal.dumps(compiling),
            "trie": self._trie,
            "by_key": keys,
            "first": self._first,
            "rarest": self._rarest,
            "composed": self._composed,
            "vocabulary": self.vocabulary,
        }

    @classmethod
    def of_kept(cls, data: Mapping[str, Any]) -> Lexicon:
        """What `kept` gave, without compiling anything."""
        keys = {
            atom: [(number, Line(*plain)) for number, plain in lines]
            for atom, lines in data["by_key"].items()
        }
        return cls(
            _Phrases(data["names"], data["phrases"]),
            data["ids"],
            data["trie"],
            keys,
            _first=data["first"],
            _rarest=data["rarest"],
            _composed=data["composed"],
            _compiling=data["compiling"],
            vocabulary=data["vocabulary"],
        )

    def id_of(self, name: str) -> int:
        """The number of a class; RuleError where there is none."""
        if name not in self._ids:
            raise RuleError(f"unknown word class @{name}. Define it in lexicon.toml.")
        return self._ids[name]

    def compile(self, pattern: str) -> list[Line]:
        """The pattern as plain sequences of class numbers."""
        if self._compiling:
            known = marshal.loads(self._compiling)  # noqa: S302 - of our own file, summed
            self._compiling = b""
            self._ids, self._weights = known["ids"], known["weights"]
        parts = _PART.findall(pattern)
        if "".join(parts) != re.sub(r"\s+", "", pattern):
            raise RuleError(f"pattern {pattern!r} cannot be read.")
        sides: list[list[tuple[int, int, bool]]] = [[]]
        distances: list[int] = []
        gap = 0
        index = 0
        while index < len(parts):
            part = parts[index]
            if part.startswith(".."):
                gap = int(part[2:])
            elif part.startswith("~"):
                distances.append(int(part[1:]))
                sides.append([])
                gap = 0
            else:
                atom, optional, index = self._atom(parts, index, pattern)
                sides[-1].append((gap, atom, optional))
                gap = 0
            index += 1
        if any(not side for side in sides):
            raise RuleError(f"pattern {pattern!r} has an empty side.")
        lines = self._sequences(sides, distances, pattern)
        for line in lines:
            self._first.update((line.rarest, line.other))
            self._rarest.add(line.rarest)
        self._sets.clear()  # which holds what is among the first
        return lines

    def _sequences(
        self, sides: list[list[tuple[int, int, bool]]], distances: list[int], pattern: str
    ) -> list[Line]:
        found: list[Line] = []
        choices = [list(_optionals(side)) for side in sides]
        for order in itertools.permutations(range(len(sides))):
            for chosen in itertools.product(*(choices[k] for k in order)):
                atoms: list[int] = []
                gaps: list[int] = []
                for place, side in enumerate(chosen):
                    for number, (gap, atom) in enumerate(side):
                        join = max(distances) if place and not number else 0
                        atoms.append(atom)
                        gaps.append(max(gap, join) if atoms[:-1] else 0)
                if atoms:
                    found.append(Line(tuple(atoms), tuple(gaps), *_two(atoms, self._weights)))
        if len(found) > _MOST_SEQUENCES:
            raise RuleError(f"pattern {pattern!r} stands for too many sequences: make it simpler.")
        return found

    def _atom(self, parts: Sequence[str], index: int, pattern: str) -> tuple[int, bool, int]:
        part = parts[index]
        if part == "(":
            depth, stop = 1, index + 1
            while stop < len(parts) and depth:
                depth += (parts[stop] == "(") - parts[stop].startswith(")")
                stop += 1
            if depth:
                raise RuleError(f"pattern {pattern!r}: a bracket is not closed.")
            inner = parts[index + 1 : stop - 1]
            options = [" ".join(group) for group in _split(inner, "|")]
            return self._group(options), parts[stop - 1].endswith("?"), stop - 1
        optional = part.endswith("?")
        name = part.rstrip("?")
        if name.startswith("@"):
            self._compile_class(name[1:])
            return self.id_of(name[1:]), optional, index
        return self._group([name]), optional, index

    def _group(self, options: Sequence[str]) -> int:
        key = "(" + "|".join(options) + ")"
        if key not in self._ids:
            self._define(key, options)
        return self._ids[key]

    def _compile_class(self, name: str) -> None:
        if name in self._ids:
            return
        if name not in self._pending:
            raise RuleError(f"unknown word class @{name}. Define it in lexicon.toml.")
        if name in self._open:
            raise RuleError(f"word class @{name} refers to itself.")
        self._open.add(name)
        self._define(name, self._pending[name])
        self._open.discard(name)

    def _define(self, key: str, phrases: Iterable[str]) -> None:
        composed: list[Line] = []
        plain: list[list[str]] = []
        for phrase in phrases:
            if _PLAIN.fullmatch(phrase):
                plain.append(phrase.split())
            elif any(c in phrase for c in "@(~?") or ".." in phrase:
                composed.extend(self.compile(phrase))
            else:
                plain.append([token.word for token in split_words(phrase)])
        number = self._ids[key] = len(self._ids)
        # "@leg", one of the names of a class: its phrases are this one's too, where it has no more
        named = [
            line for line in composed if line.atoms[0] in self._simple and len(line.atoms) == 1
        ]
        composed = [line for line in composed if line not in named]
        plain += [words for line in named for words in self._simple[line.atoms[0]]]
        if not composed:
            self._simple[number] = plain
        for words in plain:
            if not words:
                raise RuleError(f"word class {key} has an empty phrase.")
            self.vocabulary.update(words)
            node = self._trie
            for word in words:
                node = node.setdefault(word, {})
            numbers = node.setdefault("", [])
            if number not in numbers:
                numbers.append(number)
        for line in composed:
            self._first.add(number)
            self._composed.add(number)
            self._by_key.setdefault(line.rarest, []).append((number, line))
        self._weights[number] = sum(_weight(words) for words in plain) + sum(
            min(self._weights[atom] for atom in line.atoms) for line in composed
        )

    def mark(self, tokens: Sequence[Token], *, in_doubt: bool = False) -> Marks:
        """Find every class in the text.

        Args:
            tokens: The text.
            in_doubt: Whether to read each word as all that it may mean.
        """
        read = self._plain_in_doubt if in_doubt else self._plain
        return self._with_composed(tokens, _sentences(tokens), read(tokens), in_doubt=in_doubt)

    def without(self, marks: Marks, hidden: AbstractSet[int]) -> Marks:
        """The marks again, as if the hidden tokens held no words."""
        read = self._plain_in_doubt if marks.in_doubt else self._plain
        plain = read(marks.tokens, hidden)
        return self._with_composed(marks.tokens, marks.sentence, plain, in_doubt=marks.in_doubt)

    def _plain(
        self,
        tokens: Sequence[Token],
        hidden: AbstractSet[int] = frozenset(),
    ) -> Places:
        """Where the phrases of the classes stand."""
        trie = self._trie
        count = len(tokens)
        words = [t.word for t in tokens]
        hard = [t.brk == HARD for t in tokens]
        hits: dict[int, tuple[list[int], Spans]] = {}
        for start in range(count):
            node = None if start in hidden else trie.get(words[start])
            stop = start + 1
            while node is not None:
                if (numbers := node.get("")) is not None:
                    hits.setdefault(id(numbers), (numbers, []))[1].append((start, stop))
                if stop >= count or hard[stop] or stop in hidden:
                    break
                node = node.get(words[stop])
                stop += 1
        return self._places(hits.values())

    def _plain_in_doubt(
        self,
        tokens: Sequence[Token],
        hidden: AbstractSet[int] = frozenset(),
    ) -> Places:
        """As `_plain`, with each word read as all that it may mean, and two as one."""
        count = len(tokens)
        steps = [[(word, k + 1) for word in (t.word, *t.also)] for k, t in enumerate(tokens)]
        for k, (first, second) in enumerate(itertools.pairwise(tokens)):
            if whole := together(first, second):
                steps[k].append((whole, k + 2))
        hits: dict[int, tuple[list[int], Spans]] = {}
        for start in range(count):
            reached = [(self._trie, start)]
            while reached:
                onward: list[tuple[dict[str, Any], int]] = []
                for node, at in reached:
                    if at >= count or at in hidden or (at > start and tokens[at].brk == HARD):
                        continue
                    onward += [(node[word], stop) for word, stop in steps[at] if word in node]
                for node, stop in onward:
                    if (numbers := node.get("")) is not None:
                        hits.setdefault(id(numbers), (numbers, []))[1].append((start, stop))
                reached = onward
        return self._places(hits.values())

    def _places(self, hits: Iterable[tuple[list[int], Spans]]) -> Places:
        """The places of phrases, given by the ends of the trie at which they were met.

        A message holds phrases of a thousand classes, of which a tenth is looked for first: only
        these are put together for each message, for that takes longer than all the patterns.
        """
        known = self._sets
        found: list[tuple[frozenset[int], Spans]] = []
        present: set[int] = set()
        rarest: set[int] = set()
        for numbers, places in hits:
            sets = known.get(id(numbers))
            if sets is None:
                numbered = frozenset(numbers)
                sets = (numbered, numbered & self._first, numbered & self._rarest)
                known[id(numbers)] = sets
            found.append((sets[0], places))
            present |= sets[1]
            rarest |= sets[2]
        return Places(found, present, self._first, rarest)

    def _with_composed(
        self,
        tokens: Sequence[Token],
        sentence: Sequence[int],
        places: Places,
        *,
        in_doubt: bool,
    ) -> Marks:
        """The marks with the classes that are patterns of others added."""
        present, composed = places.present, self._composed
        waiting: dict[int, list[Line]] = {}
        order: list[int] = []

        def wake(atom: int) -> None:
            """Put the lines whose rarest class this is in the queue of their own."""
            for number, line in self._by_key.get(atom, ()):
                if line.other in present or line.other in composed:  # is here, or may come to be
                    if number not in waiting:
                        waiting[number] = []
                        heappush(order, number)
                    waiting[number].append(line)

        for number in self._by_key.keys() & places.rarest:
            wake(number)
        # a class only refers to classes of lower numbers, so each is complete when it is asked for
        while order:
            number = heappop(order)
            found_here = [
                place
                for line in waiting[number]
                if line.other in present
                for place in find(line, places, sentence)
            ]
            if found_here:
                if number not in present:
                    wake(number)
                places.add(number, found_here)
        return Marks(tokens, sentence, places, in_doubt)


def _two(atoms: Sequence[int], weights: Mapping[int, float]) -> tuple[int, int]:
    """The rarest of some classes and the next; the one twice where there is no other."""
    rarest, *others = sorted(set(atoms), key=lambda number: (weights[number], number))
    return rarest, others[0] if others else rarest


def _weight(words: Sequence[str]) -> float:
    """About how often a phrase stands in a message: a line is looked at by its rarest part."""
    rarest = min(1.0 if w in _OFTEN else 0.25 if w in _COMMON else _SELDOM for w in words)
    return rarest / len(words)


def _sentences(tokens: Sequence[Token]) -> list[int]:
    """The sentence number of each token."""
    sentence: list[int] = []
    number = 0
    for index, token in enumerate(tokens):
        number += bool(index and token.brk == HARD)
        sentence.append(number)
    return sentence


def _optionals(
    side: Sequence[tuple[int, int, bool]],
) -> Iterator[list[tuple[int, int]]]:
    """Every choice of the optional atoms; a gap before one that is absent goes to the next."""
    flags = [(True, False) if optional else (True,) for _, _, optional in side]
    for keep in itertools.product(*flags):
        chosen: list[tuple[int, int]] = []
        before = 0
        for (gap, atom, _), kept in zip(side, keep, strict=True):
            before += gap
            if kept:
                chosen.append((before, atom))
                before = 0
        yield chosen


def _split(parts: Sequence[str], mark: str) -> Iterator[list[str]]:
    group: list[str] = []
    depth = 0
    for part in parts:
        depth += (part == "(") - part.startswith(")")
        if part == mark and not depth:
            yield group
            group = []
        else:
            group.append(part)
    yield group


def find(sequence: Line, places: Places, sentence: Sequence[int]) -> Spans:
    """Token ranges where the sequence stands, the shortest for each start."""
    first = places.of(sequence.atoms[0])
    if len(sequence.atoms) == 1 or not first:
        return first
    second, reach = places.of(sequence.atoms[1]), sequence.gaps[1]
    found: Spans = []
    if not second:
        return found
    steps: list[tuple[Spans, int]] = []
    for start, stop in first:
        # Most places have nothing near enough behind them, and that is seen at once.
        near = bisect_left(second, (stop, 0))
        if near == len(second) or second[near][0] > stop + reach:
            continue
        number = sentence[start]
        steps = steps or [
            (second, reach),
            *zip(map(places.of, sequence.atoms[2:]), sequence.gaps[2:], strict=True),
        ]
        # The set of places a prefix can end at stays as small as the gaps: no backtracking.
        ends = {stop}
        for options, gap in steps:
            ends = _next(options, ends, gap, number, sentence)
            if not ends:
                break
        if ends and (not found or found[-1] != (start, min(ends))):
            found.append((start, min(ends)))
    return found


def _next(
    options: Spans, ends: AbstractSet[int], gap: int, number: int, sentence: Sequence[int]
) -> set[int]:
    """Where the options end that begin within the gap behind one of the ends."""
    found: set[int] = set()
    for reached in ends:
        for index in range(bisect_left(options, (reached, 0)), len(options)):
            start, end = options[index]
            if start > reached + gap or sentence[start] != number:
                break
            found.add(end)
    return found
