"""The rules as pages that clinicians can read and sign. Patterns are left out.

Every message on the sheet is run through the engine while the sheet is made. One that does not
behave as its rule says is left out, and the sheet refuses to be made: nobody signs a page that
is not true.
"""

from __future__ import annotations

import re
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache, partial
from typing import Any

from backbot.errors import RuleError, UsageError
from backbot.model import Assessment, FindingStatus, Tier, TriageState
from backbot.triage.engine import InForce, assess, packaged_rules
from backbot.triage.languages import Language, find_phrases, load_languages
from backbot.triage.messages import KEYS, MessageValues, Wording, packaged, render_message
from backbot.triage.pages import (
    Block,
    FixedReply,
    Items,
    Paragraph,
    Section,
    Ticks,
    to_html,
    to_markdown,
)
from backbot.triage.rulebook import RuleBook, packaged_book
from backbot.triage.rules import (
    Combination,
    Compose,
    Rule,
    RuleSet,
    TierChange,
    load_rules,
)
from backbot.triage.signoff import signature_form, signature_page
from backbot.triage.since import changes_page, read_since
from backbot.triage.tables import RULES_DIR

FORMATS = ("md", "html", "toml")
_SHOWN_YES, _SHOWN_NO, _SHOWN_WORDS = 5, 3, 60
_TURN_S = 60.0
_TURNS = " / "
_REFERENCE = re.compile(r" \((?:2a\.\d+|C\d+[a-z]?)(?:, (?:2a\.\d+|C\d+))*\)")
_FINDS = frozenset(FindingStatus) - {FindingStatus.NEGATED, FindingStatus.NOT_A_PERSON}
_OWN_GROUP = "Other signs"
_TIER_TEXTS: Mapping[Tier, tuple[str, ...]] = {
    Tier.EMERGENCY: (
        "emergency", "emergency_call", "emergency_trauma", "crisis", "emergency_short",
        "emergency_cannot_go", "emergency_waits", "emergency_goes", "crisis_short",
        "gone_emergency", "emergency_info",
    ),
    Tier.URGENT: ("urgent", "urgent_short"),
    Tier.NERVE: ("nerve", "nerve_short", "nerve_info"),
    Tier.NONE: (),
}  # fmt: skip


@dataclass(slots=True)
class _Sheet:
    """What the parts of one sheet share.

    Attributes:
        rules: The packaged ones, as they are packaged.
        in_force: With what the clinic's own file adds and changes.
        reviewed: Id → who reviewed it when.
        failures: Messages that do not behave as written, a sentence each.
    """

    rules: RuleSet
    in_force: InForce
    book: RuleBook
    values: MessageValues
    wording: Wording
    names: Mapping[str, Any]
    reviewed: Mapping[str, str]
    failures: list[str] = field(default_factory=list)

    def run(
        self, text: str, behaves: Callable[[Assessment], bool]
    ) -> tuple[Assessment, bool, str]:
        """What a message gives, whether that is as written, and a remark.

        Where the clinic's own file makes the difference, that is no fault: the remark says what
        the packaged rules alone would give.
        """
        done = _run(text, self.in_force)
        good = behaves(done)
        if self.in_force is packaged_rules():
            return done, good, ""
        alone = _run(text, packaged_rules())
        before, now = _outcome(alone), _outcome(done)
        remark = f" (packaged: {before.replace('_', ' ')})" if before != now else ""
        return done, good or behaves(alone), remark


def render_sheet(
    form: str,
    *,
    since: str | None = None,
    values: MessageValues | None = None,
    wording: Wording | None = None,
    book: RuleBook | None = None,
    in_force: InForce | None = None,
    reviewed: Mapping[str, str] | None = None,
    strict: bool = True,
) -> str:
    """The sheet: replies, signs, combinations, decisions, signature block.

    With a clinic's own rules it begins with these, and with the packaged tiers it has changed.

    Args:
        form: "md", "html", or "toml": the signature file to fill in.
        since: Show only what changed since a git revision, a folder of rule files, or a
            signature file.
        values: The clinic's own; without them the texts have their fall-back sentences.
        wording: The clinic's own texts and numbers.
        book: The entries with their digests; default the packaged rules.
        in_force: The rules with the clinic's own; default the packaged rules.
        reviewed: Id → who reviewed it when, for those that are signed.
        strict: Whether a message that does not behave as its rule says stops the sheet. Without
            it the faults stand on the first page.

    Raises:
        UsageError: An unknown form, or nothing is found under `since`.
        RuleError: A rule file is malformed, or messages do not behave as the rules say.
    """
    if form not in FORMATS:
        raise UsageError(f"--sheet takes {', '.join(FORMATS)}, not {form!r}.")
    book = book or packaged_book()
    if since is not None:
        if form == "toml":
            raise UsageError("--since goes with --sheet md or html.")
        page = changes_page(read_since(since), book, since, _words())
    elif form == "toml":
        return signature_form(book)
    else:
        sheet = _Sheet(
            rules=load_rules(),
            in_force=in_force or packaged_rules(),
            book=book,
            values=values or MessageValues(),
            wording=wording or packaged(),
            names=_words(),
            reviewed=reviewed or {},
        )
        page = _page(sheet)
        if sheet.failures and strict:
            raise RuleError(_fault(sheet.failures))
        if sheet.failures:
            warning = Paragraph(f"NOT FIT TO SIGN. {_fault(sheet.failures)}", "warning")
            page = replace(page, blocks=(warning, *page.blocks))
    return to_markdown(page) if form == "md" else to_html(page)


def _fault(failures: Sequence[str]) -> str:
    return (
        f"{len(failures)} messages do not behave as the rules say, so there is no sheet to sign: "
        f"{'; '.join(failures)}. Mend the rules or their examples first."
    )


@cache
def _words() -> Mapping[str, Any]:
    """Plain names and groups (`sheet.toml`)."""
    data: Mapping[str, Any] = tomllib.loads((RULES_DIR / "sheet.toml").read_text("utf-8"))
    return data


# ------------------------------------------------------------------ the whole


def _page(sheet: _Sheet) -> Section:
    blocks: list[Block] = [*_opening(sheet)]
    if sheet.in_force is not packaged_rules():
        blocks.append(_clinics_own(sheet))
    blocks.extend(_tier(sheet, tier) for tier in sorted(Tier, reverse=True))
    blocks.append(_other_texts(sheet))
    blocks.append(_readings(sheet))
    blocks.append(_decisions(sheet))
    blocks.append(_languages(sheet))
    blocks.append(_sources(sheet))
    blocks.append(signature_page(sheet.book))
    return Section("Escalation rules for review", tuple(blocks))


def _opening(sheet: _Sheet) -> Iterator[Block]:
    yield Paragraph(
        "What the bot says first when a message tells of a warning sign, and which messages do. "
        "It gives education and fixed safety messages; it diagnoses nothing."
    )
    yield Paragraph(
        f"Sheet {sheet.book.digest[:12]}, rule set {sheet.rules.digest[:12]}, "
        f"{len(sheet.book.entries)} rules and texts. Every message below was run through the "
        "program when this sheet was made and did what is written beside it."
    )
    yield Paragraph(
        "Please tick each box or write what should change. A rule that sends a person to hospital "
        "or to a clinician today needs two clinicians, the others one. What is ticked on a screen "
        "is kept nowhere: print the page, or save it as PDF."
    )
    signed = sum(name in sheet.reviewed for name in sheet.book.entries)
    yield Paragraph(
        f"Signed until now: {signed} of {len(sheet.book.entries)}."
        if signed
        else "Nobody has signed any of it yet."
    )


# ------------------------------------------------------------------ the clinic's own file


def _clinics_own(sheet: _Sheet) -> Section:
    """What the clinic's file adds and changes: own rules, then packaged tiers."""
    blocks: list[Block] = [
        Paragraph(
            "These come from the clinic's own file (BACKBOT_RULES_FILE). Its rules can only add: "
            "they are read beside the packaged ones, and the highest tier wins."
        )
    ]
    own = tuple(_rule(sheet, rule) for rule in sheet.in_force.own_rules)
    if own:
        blocks.append(Section("The clinic's own rules", own))
    changed = tuple(_change(sheet, change) for change in sheet.in_force.changes)
    if changed:
        blocks.append(Section("Packaged rules with another tier", changed))
    return Section("The clinic's own file", tuple(blocks), new_page=True)


def _change(sheet: _Sheet, change: TierChange) -> Section:
    named = {rule.rule_id: rule for rule in (*sheet.rules.all_rules(), *sheet.rules.combinations)}
    rule = named[change.rule_id]
    about = rule.why if isinstance(rule, Combination) else _plain(sheet, rule.concept)
    kind = "LOWERED" if change in sheet.in_force.lowered else "RAISED"
    examples = []
    for text in rule.examples_yes[:_SHOWN_YES]:
        done, _, remark = sheet.run(text, lambda _: True)
        examples.append(f"{text} → {_said(done)}{remark}")
    blocks: list[Block] = [
        Paragraph(str(change), "warning" if kind == "LOWERED" else ""),
        Paragraph("Messages that it finds, as they are answered now:"),
        Items(tuple(examples)),
        Paragraph(_stamp(sheet, f"{kind}-{change.rule_id}"), "small"),
        Ticks(),
    ]
    return Section(f"{change.rule_id}: {_reason(about)}", tuple(blocks), keep=True)


def _tier(sheet: _Sheet, tier: Tier) -> Section:
    title = f"{tier.label.capitalize()}" if tier else "Signs without a message of their own"
    blocks: list[Block] = [Paragraph(sheet.names["tiers"][tier.label])]
    if tier:
        blocks.append(
            Paragraph(f"Stays open for {_hours(sheet, tier)} hours after the last sign.")
        )
    blocks.extend(_text(sheet, key) for key in _TIER_TEXTS[tier])
    for title_of_group, rules in _grouped(sheet, tier):
        signs = tuple(_rule(sheet, rule) for rule in rules)
        title_here = f"{_label(tier)}: {title_of_group}"
        blocks.append(Section(title_here, signs, new_page=bool(tier)))
    combined = [c for c in sheet.rules.combinations if c.then is tier]
    if combined:
        together = tuple(_combination(sheet, c) for c in combined)
        blocks.append(Section(f"{_label(tier)}: signs together", together, new_page=True))
    return Section(title, tuple(blocks), new_page=True)


def _label(tier: Tier) -> str:
    return tier.label.capitalize() if tier else "Not alone"


def _hours(sheet: _Sheet, tier: Tier) -> int:
    windows = sheet.wording.windows
    hours = {
        Tier.EMERGENCY: windows.emergency_hours,
        Tier.URGENT: windows.urgent_hours,
        Tier.NERVE: windows.nerve_hours,
    }
    return hours[tier]


def _grouped(sheet: _Sheet, tier: Tier) -> Iterator[tuple[str, list[Rule | Compose]]]:
    """The rules of a tier under the titles of `sheet.toml`, in its order."""
    rules = [rule for rule in sheet.rules.all_rules() if rule.tier is tier]
    placed: set[str] = set()
    for group in sheet.names["group"]:
        order = group["signs"]
        found = [rule for rule in rules if rule.concept in order]
        placed.update(rule.rule_id for rule in found)
        if found:
            yield group["title"], sorted(found, key=lambda rule: order.index(rule.concept))
    if others := [rule for rule in rules if rule.rule_id not in placed]:
        yield _OWN_GROUP, others


# ------------------------------------------------------------------ texts


def _text(sheet: _Sheet, key: str) -> Section:
    """One fixed text, its variants, and boxes to tick."""
    blocks: list[Block] = [Paragraph(sheet.names["texts"].get(key, ""))]
    for variant in (key, f"{key}_other"):
        if variant in KEYS:
            if variant != key:
                blocks.append(Paragraph("About somebody else:"))
            blocks.extend(_variants(sheet, variant))
            blocks.append(_text_meta(sheet, variant))
    blocks.append(Ticks())
    return Section(f"Text: {key.replace('_', ' ')}", tuple(blocks), keep=True)


def _variants(sheet: _Sheet, key: str) -> Iterator[Block]:
    open_now = render_message(key, sheet.values, wording=sheet.wording)
    yield FixedReply(open_now)
    opens = sheet.values.opens or "on Monday at 08:00"
    closed_values = replace(sheet.values, clinic_open=False, opens=opens)
    closed = render_message(key, closed_values, wording=sheet.wording)
    if closed != open_now:
        yield Paragraph("While the clinic is closed:")
        yield FixedReply(closed)


def _text_meta(sheet: _Sheet, key: str) -> Paragraph:
    provenance = sheet.wording.messages[key].provenance
    sources = _from(sheet, provenance.source, provenance.confidence)
    return Paragraph(f"{_stamp(sheet, provenance.id)} {sources}", "small")


def _stamp(sheet: _Sheet, name: str) -> str:
    entry = sheet.book.entries.get(name)
    if entry is None:
        return f"{name}."
    version = f" v{entry.version}" if entry.version else ""
    needed = "two clinicians" if entry.signatures_needed > 1 else "one clinician"
    review = f" {_capital(sheet.reviewed[name])}." if name in sheet.reviewed else ""
    return f"{name}{version}, {entry.digest}, {needed}.{review}"


def _from(sheet: _Sheet, source: Iterable[str], confidence: str) -> str:
    return f"Sources {', '.join(source)}: {sheet.names['confidence'].get(confidence, confidence)}."


def _other_texts(sheet: _Sheet) -> Section:
    shown = {key for keys in _TIER_TEXTS.values() for key in keys}
    rest = sorted({key.removesuffix("_other") if key != "gone_other" else key for key in KEYS})
    texts = tuple(_text(sheet, key) for key in rest if key not in shown)
    return Section("Other fixed texts", texts, new_page=True)


# ------------------------------------------------------------------ signs


def _rule(sheet: _Sheet, rule: Rule | Compose) -> Section:
    blocks: list[Block] = [Paragraph(_reason(rule.rationale))]
    if change := _changed(sheet, rule.rule_id):
        blocks.append(change)
    if rule.template:
        blocks.append(Paragraph(f"Its reply: the text “{rule.template.replace('_', ' ')}”."))
    note = rule.note if isinstance(rule, Rule) else ""
    if note:
        blocks.append(Paragraph(f"Its note: the text “{note.replace('_', ' ')}”."))
    blocks.append(Paragraph("These messages trigger it:"))
    blocks.append(Items(tuple(_triggering(sheet, rule))))
    blocks.append(Paragraph("These do not:"))
    blocks.append(Items(tuple(_harmless(sheet, rule))))
    meta = f"{_stamp(sheet, rule.rule_id)} {_from(sheet, rule.source, rule.confidence)}"
    blocks.append(Paragraph(meta, "small"))
    blocks.append(Ticks())
    own = sheet.names["rule_names"].get(rule.rule_id)
    return Section(own or _capital(_plain(sheet, rule.concept)), tuple(blocks), keep=True)


def _changed(sheet: _Sheet, rule_id: str) -> Paragraph | None:
    """Says that the clinic gives this packaged rule another tier."""
    changes = [str(c) for c in sheet.in_force.changes if c.rule_id == rule_id]
    return Paragraph(f"Changed by the clinic. {changes[0]}", "warning") if changes else None


def _triggering(sheet: _Sheet, rule: Rule | Compose) -> Iterator[str]:
    """The first examples that trigger the rule; every one that does not is a failure."""
    shown = 0
    for text in rule.examples_yes:
        done, good, remark = sheet.run(text, lambda done: _triggers(done, rule))
        if not good:
            sheet.failures.append(f"{rule.rule_id}: “{text}” gives {_outcome(done)}")
        elif shown < _SHOWN_YES:
            shown += 1
            yield f"{text} → {_said(done)}{remark}"


def _triggers(done: Assessment, rule: Rule | Compose) -> bool:
    found = any(f.concept == rule.concept and f.status in _FINDS for f in done.findings)
    if rule.tier:
        return found and done.tier >= rule.tier
    note = rule.note if isinstance(rule, Rule) else ""
    return found and (not note or bool(done.note or done.tier))


def _harmless(sheet: _Sheet, rule: Rule | Compose) -> Iterator[str]:
    shown = 0
    own = rule in sheet.in_force.own_rules
    for text in rule.examples_no:
        done, good, remark = sheet.run(text, lambda done: not _is_present(done, rule, own=own))
        if not good:
            sheet.failures.append(f"{rule.rule_id}: “{text}” triggers it and should not")
        elif shown < _SHOWN_NO:
            shown += 1
            other = "" if not done.tier else f" → {done.tier.label}, by another sign{remark}"
            yield f"{text}{other}"


def _is_present(done: Assessment, rule: Rule | Compose, *, own: bool) -> bool:
    """Whether its sign is there; of a clinic's own rule, whether that rule itself finds it."""
    present = [f for f in done.findings if f.status is FindingStatus.PRESENT]
    if own:
        return any(f.rule_id == rule.rule_id for f in present)
    return any(f.concept == rule.concept for f in present)


def _run(text: str, rules: InForce) -> Assessment:
    """The assessment after the last turn of a conversation that begins with nothing open."""
    state, done = TriageState(), None
    for number, turn in enumerate(text.split(_TURNS)):
        done = assess(turn, state, _TURN_S * number, rules=rules)
        state = done.state
    if done is None:  # pragma: no cover - split gives at least one turn
        raise RuleError("an example without text.")
    return done


def _outcome(done: Assessment) -> str:
    return done.open_tier.label if done.open_tier else (done.note or "none")


def _said(done: Assessment) -> str:
    outcome = _outcome(done)
    return "no message alone" if outcome == "none" else outcome.replace("_", " ")


def _plain(sheet: _Sheet, key: str) -> str:
    """A sign, circumstance or group in plain words: "tingling, getting worse"."""
    names = sheet.names["names"]
    return ", ".join(names.get(part, part.replace("_", " ")) for part in key.split("+"))


def _reason(text: str) -> str:
    """A reason without its references into the specification."""
    return _REFERENCE.sub("", text)


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# ------------------------------------------------------------------ combinations


def _combination(sheet: _Sheet, rule: Combination) -> Section:
    blocks: list[Block] = [Items(tuple(_condition(sheet, rule)))]
    if change := _changed(sheet, rule.rule_id):
        blocks.append(change)
    if rule.template:
        blocks.append(Paragraph(f"Its reply: the text “{rule.template.replace('_', ' ')}”."))
    examples = []
    for text in rule.examples_yes:
        done, good, remark = sheet.run(
            text, lambda done: rule.rule_id in done.combinations and done.open_tier >= rule.then
        )
        if good:
            examples.append(f"{text} → {_outcome(done)}{remark}")
        else:
            sheet.failures.append(f"{rule.rule_id}: “{text}” gives {_outcome(done)}")
    blocks += [Paragraph("These messages trigger it:"), Items(tuple(examples[:_SHOWN_YES]))]
    meta = f"{_stamp(sheet, rule.rule_id)} Sources {', '.join(rule.source)}."
    blocks += [Paragraph(meta, "small"), Ticks()]
    return Section(f"{rule.rule_id}: {_reason(rule.why)}", tuple(blocks), keep=True)


def _condition(sheet: _Sheet, rule: Combination) -> Iterator[str]:
    """When it fires, in plain words."""
    entry = sheet.book.entries.get(rule.rule_id)
    fields: Mapping[str, Any] = entry.fields if entry else {}
    for key, lead in (("all", "All of: "), ("any", "At least one of: "), ("none", "Not with: ")):
        if names := fields.get(key):
            yield f"{lead}{'; '.join(_plain(sheet, name) for name in names)}"


# ------------------------------------------------------------------ reading, decisions


def _readings(sheet: _Sheet) -> Section:
    blocks: list[Block] = [
        Paragraph(
            "A sign counts unless something in the message says otherwise. In doubt it counts."
        )
    ]
    stamped: set[str] = set()
    for row in sheet.names["reading"]:
        inner: list[Block] = [Paragraph(row["text"]), Items(tuple(_examples(sheet, row)))]
        if row["id"] == "R-WORDS":
            inner.append(Items(tuple(_circumstances(sheet))))
        if row["id"] == "R-WINDOWS":
            inner.append(
                Paragraph(
                    "; ".join(
                        f"{tier.label}: {_hours(sheet, tier)} hours" for tier in Tier if tier
                    )
                )
            )
        first = row["id"] not in stamped
        stamped.add(row["id"])
        inner.append(Paragraph(_stamp(sheet, row["id"]) if first else row["id"], "small"))
        inner.append(Ticks())
        blocks.append(Section(row["title"], tuple(inner), keep=True))
    groups = _group_items(sheet)
    blocks.append(Section("Groups of signs that the combinations name", (Items(groups),)))
    return Section("How a message is read", tuple(blocks), new_page=True)


def _examples(sheet: _Sheet, row: Mapping[str, Any]) -> Iterator[str]:
    for example in row["examples"]:
        expected = partial(_comes_to, outcome=example["expect"])
        done, good, remark = sheet.run(example["text"], expected)
        outcome = _outcome(done)
        if good:
            turns = " — then: ".join(f"“{turn}”" for turn in example["text"].split(_TURNS))
            yield f"{turns} → {outcome.replace('_', ' ')}{remark}"
        else:
            sheet.failures.append(
                f"{row['id']}: “{example['text']}” gives {outcome}, not {example['expect']}"
            )


def _comes_to(done: Assessment, outcome: str) -> bool:
    return _outcome(done) == outcome


def _circumstances(sheet: _Sheet) -> Iterator[str]:
    for name, label in sheet.names["circumstances"].items():
        phrases = [p for p in sheet.rules.lexicon.classes.get(name, ()) if _is_phrase(p)]
        shown = ", ".join(phrases[:_SHOWN_WORDS])
        rest = len(phrases) - _SHOWN_WORDS
        yield f"{_capital(label)}: {shown}{f' and {rest} more' if rest > 0 else ''}"


def _is_phrase(phrase: str) -> bool:
    return not any(mark in phrase for mark in "@(~?|") and ".." not in phrase


def _group_items(sheet: _Sheet) -> tuple[str, ...]:
    groups: dict[str, tuple[str, ...]] = {}
    for entry in sheet.book.entries.values():
        for name, members in entry.words.items():
            if name.startswith("group "):
                groups[name.removeprefix("group ")] = members
    return tuple(
        f"{_capital(_plain(sheet, name))}: {'; '.join(_plain(sheet, m) for m in members)}"
        for name, members in groups.items()
    )


def _decisions(sheet: _Sheet) -> Section:
    blocks = []
    for entry in sheet.book.entries.values():
        if entry.kind != "decision":
            continue
        row = entry.fields
        inner: list[Block] = [
            Paragraph(row["question"]),
            Paragraph(f"As shipped: {row['default']}"),
            Items(tuple(_examples(sheet, row))),
            Paragraph(f"To change it: {row['change']}"),
            Paragraph(f"{_stamp(sheet, entry.id)} Sources {', '.join(row['source'])}.", "small"),
            Ticks(),
        ]
        blocks.append(Section(f"{entry.id}: {row['title']}", tuple(inner), keep=True))
    return Section("Decisions for the clinic", tuple(blocks), new_page=True)


# ------------------------------------------------------------------ other languages


def _languages(sheet: _Sheet) -> Section:
    intro = Paragraph(
        "On every message, what a language calls the body parts, what it can do and cannot do is "
        "put together as in English; the English text follows the one here. "
        "Each needs a clinician who reads the language. None has been reviewed."
    )
    pages = tuple(_language(sheet, language) for language in load_languages().values())
    # The first language shares its page with the heading.
    first = tuple(replace(page, new_page=number > 0) for number, page in enumerate(pages))
    return Section("Other languages", (intro, *first), new_page=True)


def _language(sheet: _Sheet, language: Language) -> Section:
    blocks: list[Block] = []
    for key in ("emergency", "emergency_trauma", "crisis", "urgent", "nerve"):
        own = render_message(key, sheet.values, language=language.code, wording=sheet.wording)
        english = render_message(key, sheet.values, wording=sheet.wording)
        foreign = own.removesuffix(english).strip()
        blocks += [Paragraph(f"Text: {_plain(sheet, key)}"), FixedReply(foreign, language.code)]
        if translation := sheet.wording.translations.get((key, language.code)):
            blocks.append(Paragraph(_stamp(sheet, translation.provenance.id), "small"))
    blocks.append(Paragraph("Phrases that trigger it:"))
    blocks.append(Items(tuple(_phrases(sheet, language))))
    blocks.append(Paragraph("Sentences that do not:"))
    blocks.append(Items(tuple(_neutral(sheet, language))))
    blocks += [Paragraph(_stamp(sheet, language.provenance.id), "small"), Ticks()]
    return Section(f"{language.name} ({language.own_name})", tuple(blocks), new_page=True)


def _phrases(sheet: _Sheet, language: Language) -> Iterator[str]:
    by_concept: dict[str, list[str]] = {}
    for sign in language.signs:
        plain = [phrase for phrase in sign.phrases if _is_phrase(phrase)]
        for phrase in plain:
            if any(hit.concept == sign.concept for hit in find_phrases(phrase)):
                by_concept.setdefault(sign.concept, []).append(phrase)
            else:
                sheet.failures.append(f"{language.provenance.id}: “{phrase}” is not found")
    for concept, phrases in by_concept.items():
        yield f"{_capital(_plain(sheet, concept))}: {'; '.join(phrases)}"


def _neutral(sheet: _Sheet, language: Language) -> Iterator[str]:
    for text in language.neutral[:_SHOWN_NO]:
        done, good, _ = sheet.run(text, lambda done: not done.open_tier)
        if not good:
            sheet.failures.append(f"{language.provenance.id}: “{text}” gives {_outcome(done)}")
        else:
            yield text


# ------------------------------------------------------------------ sources


def _sources(sheet: _Sheet) -> Section:
    items = tuple(f"{key}: {title}" for key, title in sheet.names["sources"].items())
    lead = Paragraph("docs/clinical-sources.md tells how each was checked.")
    return Section("Sources", (lead, Items(items)), new_page=True)
