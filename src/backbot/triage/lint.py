r"""The never-say list: what no answer, article or fixed text may tell a patient.

Patterns are a small part of regular expressions, chosen so that none can backtrack without
bound: letters, `.`, character classes, `\b`, groups, `|`, `?` and counted repeats `{m,n}` of a
single character. There is no `*`, no `+` and no repeat of a group. How many ways a pattern can
be tried from one place is therefore a fixed number, which the loader limits (`ways`), and the
work grows with the length of the text alone.
"""

from __future__ import annotations

import re
from functools import cache

from backbot.frozen import dataclass
from backbot.kept import pattern_of, plain_pattern
from backbot.triage import stored
from backbot.triage.tables import PROVENANCE_KEYS, RULES_DIR, Provenance, Row, read_table

MOST_WAYS = 2000
_FILE, _KEPT, _FLAGS = "lint.toml", "lint.bin", re.IGNORECASE
_LONGEST_REPEAT = 60
_LONGEST_BEFORE = _LONGEST_BEHIND = 160  # characters of an exception beside the hit in it
_YOU = re.compile(r"\byou(?:rs?|'\w{1,3})?\b", re.IGNORECASE)
_FEWEST_EXAMPLES = 3

_RULE_KEYS = PROVENANCE_KEYS | {
    *("why", "words", "patterns", "unless", "examples_yes", "examples_no"),
}
_STRAIGHT = str.maketrans({"’": "'", "‘": "'", "“": '"', "”": '"', "–": "-", "—": "-", "\n": " "})
_STRAIGHT.update({ord(c): " " for c in "\t\r\f\v\u00a0\u2009\u202f"})
_NAME = re.compile(r"<(\w{1,30})>")
_LETTERS = re.compile(r"[\w '&-]{0,99}")
_PIECE = re.compile(
    r"(?P<open>\(\?:|\(\?<!|\(\?!|\()"
    r"|(?P<close>\))"
    r"|(?P<bar>\|)"
    r"|(?P<single>\\b|\\[^A-Za-z0-9]|\\[dws]|\[\^?\]?[^\]]*\]|[^\\()\[\]|?*+{}^$])"
    r"|(?P<repeat>\?|\{(?P<low>\d{1,2}),(?P<high>\d{1,2})\})"
)


@dataclass(frozen=True, slots=True)
class LintRule:
    """One thing that is never said.

    Attributes:
        provenance: Version, sources and review.
        why: In words for a clinician.
        patterns: Compiled, each within the limits above.
        unless: What such words may stand in; a hit that begins within one of these is none.
        examples_yes: Must be blocked.
        examples_no: Must pass.
    """

    provenance: Provenance
    why: str
    patterns: tuple[re.Pattern[str], ...]
    unless: tuple[re.Pattern[str], ...]
    examples_yes: tuple[str, ...]
    examples_no: tuple[str, ...]


_Check = tuple[str, str, tuple[re.Pattern[str], ...], tuple[re.Pattern[str], ...]]


@dataclass(frozen=True, slots=True)
class LintHit:
    """Something in a text that is never said.

    Attributes:
        rule_id: The rule that found it.
        why: What is wrong with it.
        text: The words, `text[start:end]`.
        start: First character in the text.
        end: One past the last.
    """

    rule_id: str
    why: str
    text: str
    start: int
    end: int


def lint(text: str) -> tuple[LintHit, ...]:
    """What in the text must never be said to a patient; empty when all is well.

    Linear in the length of the text. English only: other languages have no list yet.

    Args:
        text: An answer, an article or a fixed text, `**bold**` marks allowed.

    Returns:
        Hits in text order, at most one per rule and place.

    Raises:
        RuleError: The packaged list cannot be read.
    """
    plain, origin = _plain(text)
    hits: dict[tuple[str, int], LintHit] = {}
    for rule_id, why, patterns, unless in _checks():
        for pattern in patterns:
            for match in pattern.finditer(plain):
                if unless and _stands_in(match, unless, plain):
                    continue
                start, end = origin[match.start()], origin[match.end() - 1] + 1
                hit = LintHit(rule_id, why, text[start:end], start, end)
                hits.setdefault((rule_id, start), hit)
    return tuple(sorted(hits.values(), key=lambda hit: (hit.start, hit.rule_id)))


def _stands_in(match: re.Match[str], unless: tuple[re.Pattern[str], ...], plain: str) -> bool:
    """Whether a hit begins within what it may stand in; seldom asked, as hits are seldom."""
    start = max(0, match.start() - _LONGEST_BEFORE)
    stop = match.end() + _LONGEST_BEHIND
    for pattern in unless:
        for found in pattern.finditer(plain, start, stop):
            own = ". " in found[0] and _YOU.search(found[0])
            if found.start() <= match.start() < found.end() and not own:
                return True
    return False


def _plain(text: str) -> tuple[str, list[int]]:
    """Straight quotes, single spaces, no `*` marks; and where each character came from."""
    out: list[str] = []
    origin: list[int] = []
    for index, char in enumerate(text.translate(_STRAIGHT)):
        if char == "*" or (char == " " and out and out[-1] == " "):
            continue
        out.append(char)
        origin.append(index)
    return "".join(out), origin


@cache
def _checks() -> tuple[_Check, ...]:
    """Id, reason, patterns, exceptions of each rule; read and counted (`ways`) for many starts."""
    try:
        key = stored.key_of((RULES_DIR / _FILE).read_bytes())
    except OSError:
        key = b""  # reading it in earnest says what is wrong
    kept = stored.read(_KEPT, key)
    if kept is None:
        kept = [
            (
                rule.provenance.id,
                rule.why,
                [plain_pattern(p.pattern, _FLAGS) for p in rule.patterns],
                [plain_pattern(p.pattern, _FLAGS) for p in rule.unless],
            )
            for rule in load_lint()
        ]
        stored.write(_KEPT, key, kept)
    return tuple(
        (rule_id, why, tuple(map(pattern_of, patterns)), tuple(map(pattern_of, unless)))
        for rule_id, why, patterns, unless in kept
    )


@cache
def load_lint() -> tuple[LintRule, ...]:
    """The packaged list, read once.

    Raises:
        RuleError: The file cannot be read or a rule is malformed.
    """
    table = read_table(RULES_DIR / _FILE)
    table.expect_only(frozenset({"words", "rule"}))
    words = _word_lists(table)
    rules: dict[str, LintRule] = {}
    for row in table.rows("rule", at_least=1):
        rule = _rule(row, words)
        if rule.provenance.id in rules:
            raise row.error("stands twice")
        rules[rule.provenance.id] = rule
    return tuple(rules.values())


def _word_lists(table: Row) -> dict[str, str]:
    data = table.data.get("words", {})
    if not isinstance(data, dict):
        raise table.error("'words' must be a table")
    row = Row(table.file, "words", data)
    # Longest first: an alternation takes the first that fits.
    return {
        name: "(?:" + "|".join(sorted(row.texts(name), key=len, reverse=True)) + ")"
        for name in data
    }


def _rule(row: Row, words: dict[str, str]) -> LintRule:
    row.expect_only(_RULE_KEYS - {"words"})
    return LintRule(
        provenance=row.provenance(),
        why=row.text("why"),
        patterns=_compiled(row, "patterns", words),
        unless=_compiled(row, "unless", words) if "unless" in row.data else (),
        examples_yes=row.texts("examples_yes", at_least=_FEWEST_EXAMPLES),
        examples_no=row.texts("examples_no", at_least=_FEWEST_EXAMPLES),
    )


def _compiled(row: Row, name: str, words: dict[str, str]) -> tuple[re.Pattern[str], ...]:
    patterns = []
    for source in row.texts(name):
        unknown = [name for name in _NAME.findall(source) if name not in words]
        if unknown:
            raise row.error(f"unknown word list <{unknown[0]}>")
        full = _NAME.sub(lambda match: words[match[1]], source)
        try:
            count = ways(full)
            patterns.append(re.compile(full, _FLAGS))
        except (ValueError, re.error) as error:
            raise row.error(f"pattern {source!r}: {error}") from error
        if count > MOST_WAYS:
            raise row.error(f"pattern {source!r} can be tried in {count} ways; simplify it")
    return tuple(patterns)


def ways(pattern: str) -> int:
    """The most ways in which a pattern can be tried from one place: its bound on backtracking.

    Args:
        pattern: In the notation above.

    Returns:
        A number that does not depend on any text.

    Raises:
        ValueError: The pattern uses something that is not allowed.
    """
    count, stop = _ways(pattern, 0)
    if stop != len(pattern):
        raise ValueError("a bracket is closed that was not opened")
    return count


def _ways(pattern: str, at: int) -> tuple[int, int]:
    """Ways of the alternation that starts at `at`, and the place where it ends."""
    branches: list[tuple[int, str]] = []
    total, start = 1, at
    while at < len(pattern):
        piece = _PIECE.match(pattern, at)
        if piece is None:
            raise ValueError(f"{pattern[at]!r} at {at} is not allowed")
        if piece["close"]:
            break
        at = piece.end()
        if piece["bar"]:
            branches.append((total, _first_letters(pattern[start : piece.start()])))
            total, start = 1, at
        elif piece["open"]:
            inner, at = _group(pattern, at)
            total *= inner
        elif piece["repeat"]:
            raise ValueError(f"{piece[0]!r} repeats nothing or a repeat")
        elif (repeat := _PIECE.match(pattern, at)) and repeat["repeat"]:
            total, at = total * _repeats(repeat), repeat.end()
    branches.append((total, _first_letters(pattern[start:at])))
    return _alternation(branches), at


def _group(pattern: str, at: int) -> tuple[int, int]:
    """Ways of the group whose inside starts at `at`, and the place behind it."""
    count, at = _ways(pattern, at)
    if pattern[at : at + 1] != ")":
        raise ValueError("a bracket is not closed")
    behind = pattern[at + 1 : at + 2]
    if behind == "{":
        raise ValueError("a group must not be repeated")
    return (count + 1, at + 2) if behind == "?" else (count, at + 1)


def _repeats(piece: re.Match[str]) -> int:
    low, high = (0, 1) if piece[0] == "?" else (int(piece["low"]), int(piece["high"]))
    if high > _LONGEST_REPEAT or low > high:
        raise ValueError(f"{piece[0]!r} must count up to {_LONGEST_REPEAT} at the most")
    return high - low + 1


def _first_letters(branch: str) -> str:
    """The letters that a text must begin with for the branch to fit."""
    letters = _LETTERS.match(branch)
    found = letters[0] if letters else ""
    optional = branch[len(found) : len(found) + 1] in {"?", "{"}
    return (found[:-1] if optional else found).lower()


def _alternation(branches: list[tuple[int, str]]) -> int:
    """Branches that fit at one place begin alike: each one's letters begin the longest one's."""
    return max(
        sum(count for count, other in branches if mine.startswith(other)) for _, mine in branches
    )
