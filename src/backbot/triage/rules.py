"""Rule files → RuleSet. Strict: an unknown key, class or source, or a missing field is an error.

Loading compiles every pattern once, and keeps what came out for the next start (`stored.py`);
`examples_yes` and `examples_no` are run by the tests and by `check_examples`, not at every start.
"""

from __future__ import annotations

import hashlib
import re
import tomllib
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import date
from functools import lru_cache
from typing import Any, NamedTuple

from backbot.errors import RuleError
from backbot.frozen import dataclass
from backbot.model import Tier
from backbot.triage import stored
from backbot.triage.branches import Branches, packed
from backbot.triage.lexicon import Lexicon, Line
from backbot.triage.tables import RULES_DIR
from backbot.triage.text import Speller, words_of

SOURCES = frozenset(
    {"A", "U", *(f"S{n}" for n in (1, *range(3, 33)))}
)  # explained in docs/clinical-sources.md
_LETTERS = re.compile(r"[a-z]+")
_SHORTEST_KEY = 3
PARTS = ("leg_both", "saddle", "buttock", "half_body", "face", "leg", "arm", "trunk")
QUALITIES = ("numb", "tingle", "weak", "electric", "burn", "weak_noun", "odd_feel")
# A pattern that holds its own negation ("cannot feel", "no control") is not undone by it.
_NEGATIVES = (
    "@cant", "@not", "@no_feel", "@lost", "@stopped", "@lost_control", "@footdrop", "@clumsy",
    "@weight_loss", "@constant", "@gait", "@abnormal",
    "@neg_any", "@wont",
)  # fmt: skip
NEGATIVE_WORDS = words_of(
    "no not without dont doesnt didnt wont never nothing cant cannot hardly barely scarcely "
    "havent hasnt isnt arent none unable stopped gone lost losing loss lack zero aint didn "
    "doesn don less couldnt"
)
_FILES = (
    "lexicon.toml",
    "guards.toml",
    "context.toml",
    "emergency.toml",
    "urgent.toml",
    "nerve.toml",
    "compose.toml",
    "combinations.toml",
)
_COMMON, _MISTYPED, _KEPT = "common_words.txt", "mistyped_words.txt", "rules.bin"
_COMMON_FIELDS = {"id", "version", "tier", "concept", "source", "confidence", "rationale"}
_EXAMPLES = {"examples_yes", "examples_no"}


class Pattern(NamedTuple):
    """One line of a rule, compiled."""

    text: str
    sequences: tuple[Line, ...]
    negative: bool


@dataclass(frozen=True, slots=True)
class Rule:
    """A sign and the ways people tell it.

    Attributes:
        rule_id: Never reused.
        version: Raised with every change.
        concept: The sign.
        tier: What it gives when present and alone.
        template: Its own message, "" for the tier's.
        note: The soft note it brings although its tier is none.
        patterns: Any of them finds it.
        unless: Any of them at the sign drops it: of an emergency rule one that shares a word with
            the sign, of an urgent one at most a word away, of others at most five.
        named: A diagnosis, not a symptom: a question about its causes is informational.
        source: Keys of docs/clinical-sources.md.
        confidence: V verified, M reported by others, U unverified.
        rationale: Why it matters, for the clinician who signs.
        examples_yes: Messages it must find.
        examples_no: Messages it must leave alone.
    """

    rule_id: str
    version: int
    concept: str
    tier: Tier
    template: str
    note: str
    patterns: tuple[Pattern, ...]
    unless: tuple[Pattern, ...]
    named: bool
    source: tuple[str, ...]
    confidence: str
    rationale: str
    examples_yes: tuple[str, ...]
    examples_no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Compose:
    """A quality on a body part."""

    rule_id: str
    version: int
    qualities: tuple[str, ...]
    parts: tuple[str, ...]
    concept: str
    tier: Tier
    template: str
    source: tuple[str, ...]
    confidence: str
    rationale: str
    examples_yes: tuple[str, ...]
    examples_no: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Combination:
    """What several signs mean together."""

    rule_id: str
    version: int
    all_of: tuple[frozenset[str], ...]
    any_of: frozenset[str]
    none_of: frozenset[str]
    then: Tier
    template: str
    source: tuple[str, ...]
    why: str
    examples_yes: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class RuleSet:
    """Everything the engine reads, compiled.

    Attributes:
        lexicon: Word classes; the context cues are among them as `ctx_…`, the guards as `guard…`.
        speller: Brings words to the lexicon's spelling.
        rules: Signs told by patterns.
        composes: Signs told as quality × part, by (quality, part).
        combinations: In file order.
        digest: SHA-256 over the rule files, for traces and signatures.
    """

    lexicon: Lexicon
    speller: Speller
    rules: tuple[Rule, ...]
    composes: Mapping[tuple[str, str], Compose]
    combinations: tuple[Combination, ...]
    digest: str

    def all_rules(self) -> tuple[Rule | Compose, ...]:
        """Every rule and composition, in the order of the files."""
        return (*self.rules, *dict.fromkeys(self.composes.values()))


@dataclass(frozen=True, slots=True)
class TierChange:
    """A packaged rule whose tier a clinic has changed.

    Attributes:
        rule_id: Of the rule or combination.
        before: The packaged tier.
        after: What it gives instead.
        by: Who decided.
        on: When.
        reason: Why.
    """

    rule_id: str
    before: Tier
    after: Tier
    by: str
    on: date
    reason: str

    def __str__(self) -> str:
        """One sentence for logs, doctor, the sheet and explanations."""
        way = "lowered" if self.after < self.before else "raised"
        return (
            f"{self.rule_id} is {way} from {self.before.label} to {self.after.label} by {self.by} "
            f"on {self.on}: {self.reason.rstrip('.')}."
        )


def _bytes(name: str) -> bytes:
    return (RULES_DIR / name).read_bytes()


def _parsed(name: str, data: bytes) -> dict[str, Any]:
    try:
        return tomllib.loads(data.decode("utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise RuleError(f"{name} is not valid TOML: {error}") from error


def _check_fields(
    row: Mapping[str, Any], where: str, required: set[str], optional: set[str]
) -> None:
    name = f"{where}: rule {row.get('id', '?')}"
    if missing := required - set(row):
        raise RuleError(f"{name} lacks {', '.join(sorted(missing))}.")
    if unknown := set(row) - required - optional:
        raise RuleError(f"{name} has unknown keys: {', '.join(sorted(unknown))}.")
    if unknown_sources := set(row["source"]) - SOURCES:
        raise RuleError(f"{name} names unknown sources: {', '.join(sorted(unknown_sources))}.")
    if not row["source"]:
        raise RuleError(f"{name} names no source.")


def compile_pattern(lexicon: Lexicon, text: str, where: str) -> Pattern:
    """One line of a rule, compiled; `where` names the rule in a RuleError."""
    try:
        sequences = tuple(lexicon.compile(text))
    except RuleError as error:
        raise RuleError(f"{where}: {error}") from error
    words = set(text.replace("(", " ").replace(")", " ").replace("|", " ").split())
    negative = any(n in text for n in _NEGATIVES) or bool(words & NEGATIVE_WORDS)
    return Pattern(text, sequences, negative)


def _rules(name: str, rows: Iterable[Mapping[str, Any]], lexicon: Lexicon) -> list[Rule]:
    found = []
    for row in rows:
        _check_fields(
            row,
            name,
            _COMMON_FIELDS | _EXAMPLES | {"patterns", "unless"},
            {"template", "note", "named"},
        )
        where = f"{name}: rule {row['id']}"
        found.append(
            Rule(
                rule_id=row["id"],
                version=row["version"],
                concept=row["concept"],
                tier=Tier.parse(row["tier"]),
                template=row.get("template", ""),
                note=row.get("note", ""),
                patterns=tuple(compile_pattern(lexicon, p, where) for p in row["patterns"]),
                unless=tuple(compile_pattern(lexicon, p, where) for p in row["unless"]),
                named=row.get("named", False),
                source=tuple(row["source"]),
                confidence=row["confidence"],
                rationale=row["rationale"],
                examples_yes=tuple(row["examples_yes"]),
                examples_no=tuple(row["examples_no"]),
            )
        )
    return found


def _composes(rows: Iterable[Mapping[str, Any]]) -> dict[tuple[str, str], Compose]:
    table: dict[tuple[str, str], Compose] = {}
    for row in rows:
        _check_fields(
            row, "compose.toml", _COMMON_FIELDS | _EXAMPLES | {"quality", "parts"}, {"template"}
        )
        for value, known in ((row["quality"], QUALITIES), (row["parts"], (*PARTS, "none"))):
            if unknown := set(value) - set(known):
                raise RuleError(f"compose.toml: rule {row['id']}: unknown {sorted(unknown)}.")
        compose = Compose(
            rule_id=row["id"],
            version=row["version"],
            qualities=tuple(row["quality"]),
            parts=tuple(row["parts"]),
            concept=row["concept"],
            tier=Tier.parse(row["tier"]),
            template=row.get("template", ""),
            source=tuple(row["source"]),
            confidence=row["confidence"],
            rationale=row["rationale"],
            examples_yes=tuple(row["examples_yes"]),
            examples_no=tuple(row["examples_no"]),
        )
        for quality in compose.qualities:
            for part in compose.parts:
                if (quality, part) in table:
                    raise RuleError(f"compose.toml: {quality} on {part} stands twice.")
                table[quality, part] = compose
    return table


def _combinations(data: Mapping[str, Any]) -> list[Combination]:
    groups: Mapping[str, Sequence[str]] = data["group"]

    def expand(names: Iterable[str]) -> frozenset[str]:
        out: set[str] = set()
        for name in names:
            out.update(groups.get(name, (name,)))
        return frozenset(out)

    found = []
    for row in data["combination"]:
        _check_fields(
            row,
            "combinations.toml",
            {"id", "version", "then", "source", "why", "examples_yes"},
            {"all", "any", "none", "template", "concept"},
        )
        found.append(
            Combination(
                rule_id=row["id"],
                version=row["version"],
                all_of=tuple(expand([name]) for name in row.get("all", ())),
                any_of=expand(row.get("any", ())),
                none_of=expand(row.get("none", ())),
                then=Tier.parse(row["then"]),
                template=row.get("template", ""),
                source=tuple(row["source"]),
                why=row["why"],
                examples_yes=tuple(row["examples_yes"]),
            )
        )
    return found


@lru_cache(maxsize=1)
def load_rules() -> RuleSet:
    """The packaged rules.

    Raises:
        RuleError: A file is malformed; the message names file, rule and key.
    """
    data = {name: _bytes(name) for name in (*_FILES, _COMMON, _MISTYPED)}
    key = stored.key_of(*data.values())
    if (kept := stored.read(_KEPT, key)) is not None:
        return _of_kept(kept)
    rules = _compiled(data)
    stored.write(_KEPT, key, _kept(rules))
    return rules


def _compiled(data: Mapping[str, bytes]) -> RuleSet:
    """The rule set of the files' bytes."""
    files = {name: _parsed(name, data[name]) for name in _FILES}
    digest = hashlib.sha256(b"".join(data[name] for name in _FILES))
    lexicon = _lexicon(files)
    rules: list[Rule] = []
    for name in ("emergency.toml", "urgent.toml", "nerve.toml"):
        rules.extend(_rules(name, files[name]["rule"], lexicon))
    composes = _composes(files["compose.toml"]["compose"])
    combinations = _combinations(files["combinations.toml"])
    ids = [r.rule_id for r in rules] + [c.rule_id for c in combinations]
    ids += [c.rule_id for c in dict.fromkeys(composes.values())]
    if twice := {i for i in ids if ids.count(i) > 1}:
        raise RuleError(f"rule ids used twice: {', '.join(sorted(twice))}.")
    return RuleSet(
        lexicon,
        _speller(lexicon, files["lexicon.toml"], data[_COMMON], data[_MISTYPED]),
        tuple(rules),
        composes,
        tuple(combinations),
        digest.hexdigest(),
    )


def _kept(rules: RuleSet) -> dict[str, Any]:
    """The rule set as plain data."""

    def patterns(many: Iterable[Pattern]) -> list[tuple[Any, ...]]:
        return [(p.text, [line.plain() for line in p.sequences], p.negative) for p in many]

    def fields(row: Rule | Compose | Combination) -> dict[str, Any]:
        plain: dict[str, Any] = {}
        for name in row.__slots__:
            value = getattr(row, name)
            if isinstance(value, Tier):
                value = int(value)
            elif name in {"patterns", "unless"}:
                value = patterns(value)
            plain[name] = value
        return plain

    lexicon = rules.lexicon.kept()
    return {
        "lexicon": {**lexicon, "trie": packed(lexicon["trie"])},
        "speller": rules.speller.kept(),
        "rules": [fields(rule) for rule in rules.rules],
        "composes": [fields(compose) for compose in dict.fromkeys(rules.composes.values())],
        "combinations": [fields(combination) for combination in rules.combinations],
        "digest": rules.digest,
    }


def _of_kept(data: Mapping[str, Any]) -> RuleSet:
    """What `_kept` gave, compiled as it was."""

    def patterns(many: Iterable[Any]) -> tuple[Pattern, ...]:
        return tuple(
            Pattern(text, tuple([Line(*line) for line in lines]), negative)
            for text, lines, negative in many
        )

    rules = tuple(
        Rule(
            **{
                **row,
                "tier": Tier(row["tier"]),
                "patterns": patterns(row["patterns"]),
                "unless": patterns(row["unless"]),
            }
        )
        for row in data["rules"]
    )
    composes = [Compose(**{**row, "tier": Tier(row["tier"])}) for row in data["composes"]]
    return RuleSet(
        Lexicon.of_kept({**data["lexicon"], "trie": Branches(data["lexicon"]["trie"])}),
        Speller.of_kept(data["speller"]),
        rules,
        {(quality, part): c for c in composes for quality in c.qualities for part in c.parts},
        tuple(Combination(**{**row, "then": Tier(row["then"])}) for row in data["combinations"]),
        data["digest"],
    )


def with_tiers(rules: RuleSet, changes: Iterable[TierChange]) -> RuleSet:
    """The rules with some tiers changed; everything else is shared with the original.

    A rule whose tier was changed gives the text of its new tier.
    """
    after = {change.rule_id: change.after for change in changes}

    return replace(
        rules,
        rules=tuple(
            replace(rule, tier=after[rule.rule_id], template="") if rule.rule_id in after else rule
            for rule in rules.rules
        ),
        composes={
            key: replace(c, tier=after[c.rule_id], template="") if c.rule_id in after else c
            for key, c in rules.composes.items()
        },
        combinations=tuple(
            replace(c, then=after[c.rule_id], template="") if c.rule_id in after else c
            for c in rules.combinations
        ),
    )


def rules_beside(
    classes: Mapping[str, Sequence[str]],
    key_classes: Iterable[str],
    make: Callable[[Lexicon], Sequence[Rule]],
) -> RuleSet:
    """Rules of a clinic, compiled apart from the packaged ones, which they cannot disturb.

    Args:
        classes: Word classes of its own, beside the packaged ones.
        key_classes: Those of them to whose words misspellings are corrected.
        make: Compiles the rules with all word classes.

    Returns:
        A rule set without compositions and combinations.

    Raises:
        RuleError: A class or pattern cannot be compiled.
    """
    names = ("lexicon.toml", "guards.toml", "context.toml")
    files = {name: _parsed(name, _bytes(name)) for name in names}
    lexicon = _lexicon(files, classes)
    rules = tuple(make(lexicon))
    packaged = load_rules()
    # Words that the packaged rules know are spelled right here too.
    lexicon.vocabulary.update(packaged.lexicon.vocabulary)
    data = files["lexicon.toml"]
    own = {name: {"phrases": classes[name], "fuzzy": True} for name in key_classes}
    typos = {
        word: " ".join(typo for typo in typos.split() if typo not in lexicon.vocabulary)
        for word, typos in data["typos"].items()
    }
    table = {**data, "class": {**data["class"], **own}, "typos": typos}
    speller = _speller(lexicon, table, _bytes(_COMMON), _bytes(_MISTYPED))
    return RuleSet(lexicon, speller, rules, {}, (), packaged.digest)


def class_names() -> frozenset[str]:
    """Names that word classes and context cues have already."""
    names = load_rules().lexicon.classes
    return frozenset(names) | {name.removeprefix("ctx_") for name in names}


def _lexicon(
    files: Mapping[str, Mapping[str, Any]], more: Mapping[str, Sequence[str]] | None = None
) -> Lexicon:
    """The word classes of lexicon, guards and context, and more."""
    classes: dict[str, Sequence[str]] = {}
    for name, row in files["lexicon.toml"]["class"].items():
        if unknown := set(row) - {"phrases", "fuzzy"}:
            raise RuleError(f"lexicon.toml: class {name} has unknown keys {sorted(unknown)}.")
        classes[name] = row["phrases"]
    for cue, phrases in files["context.toml"].items():
        classes[f"ctx_{cue}"] = phrases
    guards = files["guards.toml"]
    classes["guard"] = guards["phrases"]
    classes["guard_fixed"] = guards["fixed"]
    classes["guard_unless"] = guards["unless"]
    return Lexicon({**classes, **(more or {})})


def _speller(lexicon: Lexicon, data: Mapping[str, Any], common: bytes, mistyped: bytes) -> Speller:
    """The speller; made when all patterns are compiled, so that it knows their words."""
    key: set[str] = set()
    for row in data["class"].values():
        if row.get("fuzzy"):
            words = " ".join(row["phrases"])
            key.update(w for w in _LETTERS.findall(words) if len(w) >= _SHORTEST_KEY)
    typos: dict[str, str] = {}
    for word, misspellings in data["typos"].items():
        if word not in lexicon.vocabulary:
            raise RuleError(f"lexicon.toml: typos of {word!r}, which no pattern holds.")
        for misspelling in misspellings.split():
            if misspelling in lexicon.vocabulary or typos.setdefault(misspelling, word) != word:
                raise RuleError(f"lexicon.toml: the typo {misspelling!r} means two words.")
    chat = {short: words for words, shorts in data["chat"].items() for short in shorts.split()}
    listed = _mistyped(lexicon, data["mistyped"], mistyped)
    return Speller(
        lexicon.vocabulary, key, common.decode("utf-8").split(), typos, chat, mistyped=listed
    )


def _mistyped(
    lexicon: Lexicon, table: Mapping[str, str], lines: bytes
) -> dict[str, tuple[str, ...]]:
    """Right words → what they are easily typed for, from the table and the longer list."""
    found: dict[str, set[str]] = {}
    for meant, words in table.items():
        if not lexicon.vocabulary.issuperset(meant.split()):
            raise RuleError(f"lexicon.toml: mistyped {meant!r} is in no pattern.")
        for word in words.split():
            found.setdefault(word, set()).add(meant)
    for line in filter(None, map(str.split, lines.decode("utf-8").splitlines())):
        # a word that no pattern asks for any more need not be read
        if known := lexicon.vocabulary.intersection(line[1:]):
            found.setdefault(line[0], set()).update(known)
    return {word: tuple(sorted(meant)) for word, meant in found.items()}
