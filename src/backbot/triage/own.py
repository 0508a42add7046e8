"""A clinic's own rules, and the tiers of packaged ones that it has changed.

    [class.club_foot]                    # its own words, beside the packaged @classes
    phrases = ["club foot", "clubfoot"]

    [[rule]]                             # fields as in the packaged files
    [[lowered]]                          # or [[raised]]: rule, to, by, on, reason

A rule can only add: its text is read beside the packaged rules, and the highest tier wins. No
rule takes a packaged one's id or word class. Lowering takes a table of its own, goes one tier at
the most, and never touches what speaks of suicide or poisoning. A file with any fault is refused
as a whole, examples that do not behave included.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from functools import cache
from pathlib import Path

from backbot.errors import RuleError
from backbot.model import FindingStatus, Tier, TriageState
from backbot.triage.engine import InForce, assess
from backbot.triage.lexicon import Lexicon
from backbot.triage.match import Reader
from backbot.triage.rulebook import packaged_book
from backbot.triage.rules import (
    SOURCES,
    Pattern,
    Rule,
    RuleSet,
    TierChange,
    class_names,
    compile_pattern,
    load_rules,
    rules_beside,
    with_tiers,
)
from backbot.triage.tables import CONFIDENCES, Row, read_table

TABLES = frozenset({"rule", "class", "lowered", "raised"})
"""Tables of the clinic's file that are read here."""

FEWEST_YES, FEWEST_NO = 3, 2
NEVER_LOWERED = frozenset({"suicidal_thoughts", "overdose"})
"""Signs whose rules cannot be lowered at all."""

_RULE_KEYS = frozenset(
    {"id", "version", "concept", "tier", "patterns", "unless", "template", "note", "named"}
    | {"source", "confidence", "rationale", "examples_yes", "examples_no"}
)
_CLASS_KEYS = frozenset({"phrases", "fuzzy"})
_CHANGE_KEYS = frozenset({"rule", "to", "by", "on", "reason"})
_TEMPLATES = frozenset({"emergency", "emergency_call", "emergency_trauma"})
_NOTES = frozenset({"nerve_info", "emergency_info", "routine_review"})
_TIERS = frozenset(tier.label for tier in Tier)
_ID = re.compile(r"[A-Z][A-Z0-9]*(?:-[A-Z0-9]+)+")
_NAME = re.compile(r"[a-z][a-z0-9_]{1,40}")
_CLASS = re.compile(r"@(\w+)")
_REACH = re.compile(r"(?:\.\.|~)(\d+)")
_MOST_BETWEEN = 12
_FOUND = frozenset(FindingStatus) - {FindingStatus.NEGATED, FindingStatus.NOT_A_PERSON}


def load_own(path: Path, *, trusted: bool = False) -> InForce | None:
    """The packaged rules with what a clinic's file adds and changes; None where it does neither.

    Args:
        path: The clinic's file (BACKBOT_RULES_FILE); its other tables are left to their reader.
        trusted: The file was in force before and the packaged rules may have changed since:
            examples are not run, and a change of a rule that is gone is left out.

    Raises:
        RuleError: The file cannot be read, or a table is malformed; the message names it.
    """
    table = read_table(path)
    if not TABLES & set(table.data):
        return None
    changes = tuple(_changes(table, trusted=trusted))
    rules = with_tiers(load_rules(), changes)
    own = _own_rules(table)
    in_force = InForce(
        rules, Reader(rules), Reader(own) if own else None, own.rules if own else (), changes
    )
    if not trusted:
        for rule in in_force.own_rules:
            _check_examples(_named(table, "rule", rule.rule_id), rule, in_force)
    return in_force


def _named(table: Row, kind: str, name: str, data: Mapping[str, object] | None = None) -> Row:
    return Row(table.file, f"[[{kind}]] {name}", data or {})


def _rows(table: Row, kind: str, id_key: str) -> Iterator[Row]:
    for row in table.rows(kind, id_key):
        yield _named(table, kind, row.name, row.data)


# ------------------------------------------------------------------ tiers that are changed


def _changes(table: Row, *, trusted: bool) -> Iterator[TierChange]:
    packaged = load_rules()
    tiers = {rule.rule_id: rule.tier for rule in packaged.all_rules()}
    tiers |= {c.rule_id: c.then for c in packaged.combinations}
    fixed = {r.rule_id for r in packaged.all_rules() if r.concept in NEVER_LOWERED}
    seen: set[str] = set()
    for kind in ("lowered", "raised"):
        for row in _rows(table, kind, "rule"):
            row.expect_only(_CHANGE_KEYS)
            name = row.text("rule")
            if name in seen:
                raise row.error("the rule's tier is changed twice; keep one of the tables")
            seen.add(name)
            if name not in tiers:
                if trusted:
                    continue
                raise row.error(
                    "there is no packaged rule of that id; `backbot triage --sheet md` lists them"
                )
            change = TierChange(
                rule_id=name,
                before=tiers[name],
                after=Tier.parse(row.one_of("to", _TIERS)),
                by=row.text("by"),
                on=row.calendar_day("on"),
                reason=row.text("reason"),
            )
            _check_change(row, kind, change, is_fixed=name in fixed)
            yield change


def _check_change(row: Row, kind: str, change: TierChange, *, is_fixed: bool) -> None:
    if change.after == change.before:
        raise row.error(f"it gives {change.before.label} already; take the table out")
    lowers = change.after < change.before
    if lowers != (kind == "lowered"):
        right = "[[lowered]]" if lowers else "[[raised]]"
        raise row.error(
            f"from {change.before.label} to {change.after.label} is not {kind}; write {right}"
        )
    if lowers and is_fixed:
        raise row.error("a rule about suicide or poisoning cannot be lowered; take the table out")
    if change.before - change.after > 1:
        least = Tier(change.before - 1).label
        raise row.error(f"a rule can be lowered by one tier at the most; write to = {least!r}")


# ------------------------------------------------------------------ rules that are added


def _own_rules(table: Row) -> RuleSet | None:
    """The rules and word classes of the file, compiled; None where it has neither."""
    classes, fuzzy = _classes(table)
    rows = tuple(_rows(table, "rule", "id"))
    if not rows and not classes:
        return None
    ids = Counter(row.text("id") for row in rows)
    taken = _packaged_ids()
    for row in rows:
        row.expect_only(_RULE_KEYS)
        _check_id(row, row.text("id"), ids, taken)
    known = class_names() | set(classes)
    for name, phrases in classes.items():
        _check_patterns(Row(table.file, f"[class.{name}]", {}), phrases, known)
    try:
        return rules_beside(
            classes, fuzzy, lambda lexicon: [_rule(row, lexicon, known) for row in rows]
        )
    except RuleError as error:
        told = str(error).rstrip(".")
        raise error if told.startswith(table.file) else table.error(told) from error


@cache
def _packaged_ids() -> frozenset[str]:
    """Ids of every packaged rule, text and decision."""
    return frozenset(packaged_book().entries)


def _check_id(row: Row, name: str, ids: Mapping[str, int], taken: frozenset[str]) -> None:
    if name in taken:
        raise row.error(
            "that id is a packaged rule's, which a rule of your own cannot replace; give yours "
            "another id, such as CLINIC-01, and change a packaged tier with [[lowered]] or "
            "[[raised]]"
        )
    if ids[name] > 1:
        raise row.error("the id stands twice; give one of the two another")
    if not _ID.fullmatch(name):
        raise row.error("an id is capital letters, digits and hyphens, such as CLINIC-01")


def _classes(table: Row) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    data = table.data.get("class", {})
    if not isinstance(data, dict):
        raise table.error("'class' must be tables like [class.club_foot]")
    classes: dict[str, tuple[str, ...]] = {}
    fuzzy: list[str] = []
    taken = class_names() if data else frozenset()
    for name, fields in data.items():
        row = Row(table.file, f"[class.{name}]", fields if isinstance(fields, dict) else {})
        row.expect_only(_CLASS_KEYS)
        if name in taken or name.startswith("ctx_"):
            raise row.error("a packaged word class has that name; give yours another")
        if not _NAME.fullmatch(name):
            raise row.error("a name is small letters, digits and underscores, such as club_foot")
        classes[name] = row.texts("phrases")
        if "fuzzy" in row.data and _flag(row, "fuzzy"):
            fuzzy.append(name)
    return classes, fuzzy


def _flag(row: Row, key: str) -> bool:
    value = row.data[key]
    if not isinstance(value, bool):
        raise row.error(f"{key!r} must be true or false")
    return value


def _rule(row: Row, lexicon: Lexicon, known: frozenset[str]) -> Rule:
    tier = Tier.parse(row.one_of("tier", _TIERS))
    concept = row.text("concept")
    if not _NAME.fullmatch(concept) or concept.startswith("m_"):
        raise row.error("'concept' is small letters, digits and underscores, not beginning 'm_'")
    source = row.texts("source")
    if unknown := sorted(set(source) - SOURCES):
        raise row.error(
            f"unknown source {unknown[0]!r}; write a key of docs/clinical-sources.md, "
            '"A" for the clinic\'s own papers or "U" for general knowledge'
        )
    template = row.one_of("template", _TEMPLATES) if "template" in row.data else ""
    if template and tier is not Tier.EMERGENCY:
        raise row.error("only an emergency rule can have a 'template'; take it out")
    note = row.one_of("note", _NOTES) if "note" in row.data else ""
    if bool(note) != (tier is Tier.NONE):
        raise row.error("a rule of tier none needs a 'note', and no other can have one")
    return Rule(
        rule_id=row.text("id"),
        version=row.whole("version", 1, 10_000),
        concept=concept,
        tier=tier,
        template=template,
        note=note,
        patterns=_patterns(row, "patterns", lexicon, known),
        unless=_patterns(row, "unless", lexicon, known, at_least=0),
        named="named" in row.data and _flag(row, "named"),
        source=source,
        confidence=row.one_of("confidence", CONFIDENCES),
        rationale=row.text("rationale"),
        examples_yes=row.texts("examples_yes", at_least=FEWEST_YES),
        examples_no=row.texts("examples_no", at_least=FEWEST_NO),
    )


def _patterns(
    row: Row, key: str, lexicon: Lexicon, known: frozenset[str], *, at_least: int = 1
) -> tuple[Pattern, ...]:
    texts = row.texts(key, at_least=at_least) if at_least or key in row.data else ()
    _check_patterns(row, texts, known)
    try:
        return tuple(compile_pattern(lexicon, text, "") for text in texts)
    except RuleError as error:
        raise row.error(str(error).removeprefix(": ").rstrip(".")) from error


def _check_patterns(row: Row, texts: Sequence[str], known: frozenset[str]) -> None:
    """What can be told before compiling, in words for the clinic."""
    for text in texts:
        if unknown := [name for name in _CLASS.findall(text) if name not in known]:
            raise row.error(
                f"{text!r} names the word class @{unknown[0]}, which does not exist; add "
                f"[class.{unknown[0]}] to this file, or write a packaged one, such as @leg"
            )
        if any(int(reach) > _MOST_BETWEEN for reach in _REACH.findall(text)):
            raise row.error(
                f"{text!r} reaches too far; at most {_MOST_BETWEEN} words may stand between"
            )


def _check_examples(row: Row, rule: Rule, in_force: InForce) -> None:
    for text in rule.examples_yes:
        done = assess(text, TriageState(), 0.0, rules=in_force)
        found = any(f.rule_id == rule.rule_id and f.status in _FOUND for f in done.findings)
        if not found:
            raise row.error(
                f"its example {text!r} is not found; change the patterns or the example"
            )
        if done.tier < rule.tier:
            raise row.error(
                f"its example {text!r} gives {done.tier.label}, not {rule.tier.label}; "
                "write it so that it tells of something present"
            )
    for text in rule.examples_no:
        done = assess(text, TriageState(), 0.0, rules=in_force)
        for finding in done.findings:
            if finding.rule_id == rule.rule_id and finding.status is FindingStatus.PRESENT:
                raise row.error(
                    f"its counterexample {text!r} is found by {finding.span!r}; narrow the "
                    "patterns, or add to 'unless'"
                )
