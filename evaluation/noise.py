"""What bad typing costs: signs still found when the same messages are disfigured.

    python evaluation/noise.py [--draws N] [--worst N]

Takes the messages with a sign of the development set and the tune parts, applies one kind of noise
at a time, and compares with the message as it was. The target is a loss of at most one point a
kind. What the same noise costs on the other side stands beside it: of the messages without a sign,
how many get a full message for it.
"""

# ruff: noqa: T201, INP001, PLR2004

from __future__ import annotations

import argparse
import json
import random
import re
from collections.abc import Callable, Mapping
from pathlib import Path

from backbot.evaluation.metrics import Rate
from backbot.model import Tier, TriageState
from backbot.triage.engine import assess

HERE = Path(__file__).parent
SETS = ("dev", "*_tune")
SEED = 7
LONG = 4  # people's slips are seen, and mended, in short words
NEIGHBOURS = {
    letter: row[max(0, k - 1) : k] + row[k + 1 : k + 2]
    for row in ("qwertyuiop", "asdfghjkl", "zxcvbnm")
    for k, letter in enumerate(row)
}
GLYPHS = str.maketrans("aeopcxyi", "аеорсхуі")  # Latin to Cyrillic
LEET = str.maketrans("aeios", "43105")
ZERO_WIDTH = "\u200b\u200c\u200d\u2060\ufeff"

SHORTHAND = {
    "you": "u", "are": "r", "to": "2", "for": "4", "and": "n", "with": "w", "have": "hv",
    "because": "cuz", "before": "b4", "today": "2day", "my": "me", "the": "da", "about": "abt",
    "can't": "cnt", "cant": "cnt", "don't": "dnt", "dont": "dnt", "going": "goin",
}  # fmt: skip

Noise = Callable[[str, random.Random], str]


def in_one_word(slip: Callable[[str, random.Random], str], times: int = 1) -> Noise:
    """A slip in so many words of four letters or more, chosen at random."""

    def apply(text: str, rng: random.Random) -> str:
        words = text.split(" ")
        long = [k for k, word in enumerate(words) if len(word) >= LONG and word.isalpha()]
        for k in rng.sample(long, min(times, len(long))):
            words[k] = slip(words[k], rng)
        return " ".join(words)

    return apply


def neighbour(word: str, rng: random.Random) -> str:
    """The key beside the right one."""
    at = rng.randrange(1, len(word))
    return word[:at] + rng.choice(NEIGHBOURS.get(word[at].lower(), word[at])) + word[at + 1 :]


def drop(word: str, rng: random.Random) -> str:
    """A letter less."""
    at = rng.randrange(1, len(word))
    return word[:at] + word[at + 1 :]


def swap(word: str, rng: random.Random) -> str:
    """Two letters the wrong way round."""
    at = rng.randrange(1, len(word) - 1)
    return word[:at] + word[at + 1] + word[at] + word[at + 2 :]


def double(word: str, rng: random.Random) -> str:
    """A letter twice."""
    at = rng.randrange(len(word))
    return word[:at] + word[at] + word[at:]


def elongate(word: str, rng: random.Random) -> str:
    """A vowel held down."""
    vowels = [k for k, letter in enumerate(word) if letter in "aeiou"] or [len(word) - 1]
    at = rng.choice(vowels)
    return word[:at] + word[at] * rng.randrange(3, 7) + word[at + 1 :]


def in_two(word: str, rng: random.Random) -> str:
    """A space too many."""
    at = rng.randrange(2, len(word) - 1) if len(word) > LONG else len(word) // 2
    return f"{word[:at]} {word[at:]}"


def without_vowels(word: str, _: random.Random) -> str:
    """As in haste: "tnglng"."""
    return word[0] + re.sub("[aeiou]", "", word[1:])


def missed_space(text: str, rng: random.Random) -> str:
    """Two words as one."""
    words = text.split(" ")
    at = rng.randrange(len(words))
    return " ".join(words[: at + 1]) + " ".join(words[at + 1 :])


def shorthand(text: str, _: random.Random) -> str:
    """As in chats: "goin 2 b", "n", "cnt"."""
    for word, short in SHORTHAND.items():
        text = re.sub(rf"\b{word}\b", short, text, flags=re.IGNORECASE)
    return text


def zero_width(text: str, rng: random.Random) -> str:
    """Invisible characters between letters."""
    return "".join(c + (rng.choice(ZERO_WIDTH) if rng.random() < 0.2 else "") for c in text)


def any_slip(word: str, rng: random.Random) -> str:
    """One of the four slips of the finger."""
    return rng.choice((neighbour, drop, swap, double))(word, rng)


KINDS: Mapping[str, Noise] = {
    "neighbour key": in_one_word(neighbour),
    "dropped letter": in_one_word(drop),
    "swapped letters": in_one_word(swap),
    "doubled letter": in_one_word(double),
    "one slip of these": in_one_word(any_slip),
    "two slips": in_one_word(any_slip, 2),
    "three slips": in_one_word(any_slip, 3),
    "a space too many": in_one_word(in_two),
    "a missed space": missed_space,
    "vowels left out": in_one_word(without_vowels),
    "chat shorthand": shorthand,
    "capitals": lambda text, _: text.upper(),
    "elongation": in_one_word(elongate, 2),
    "zero width": zero_width,
    "homoglyphs": lambda text, _: text.translate(GLYPHS),
    "leet": lambda text, _: " ".join(
        word.translate(LEET) if len(word) >= LONG and word.isalpha() else word
        for word in text.split(" ")
    ),
    "no spaces": lambda text, _: "".join(text.split()),
    # A stop between digits is part of the number: "38.4" without it is another temperature.
    "no punctuation": lambda text, _: re.sub(r"['’]|(?<!\d)[.,;:!?]|[.,;:!?](?!\d)", "", text),
    "double spaces": lambda text, _: text.replace(" ", "  "),
}


def tier_of(text: str) -> Tier:
    """The tier of a message on its own."""
    return assess(text, TriageState(), 0.0).tier


def messages() -> tuple[list[tuple[str, Tier]], list[str]]:
    """English messages with a sign that is found as typed, and that tier; those without either.

    Those that are noisy already are left out, and other languages: their phrases are matched
    word for word, so that slips in them are another question.
    """
    signs: dict[str, Tier] = {}
    ordinary: dict[str, None] = {}
    files = sorted({path for name in SETS for path in (HERE / "escalation").glob(f"{name}.jsonl")})
    for line in (line for path in files for line in path.read_text("utf-8").splitlines()):
        row = json.loads(line)
        if "text" not in row:
            continue  # a conversation
        gold = Tier.parse(row.get("tier") or row.get("level") or "none")
        tests = [*(row.get("symptoms") or ()), *(row.get("features") or ())]
        clean = not any(test == "noise" or test.startswith("lang_") for test in tests)
        if not clean or row.get("confidence") == "low" or not row["text"].isascii():
            continue
        found = tier_of(row["text"])
        if gold and found:
            signs[row["text"]] = found
        elif not gold and not found:
            ordinary[row["text"]] = None
    return list(signs.items()), list(ordinary)


def main() -> None:
    """Print what is kept by kind of noise, and the worst losses."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", 1)[0])
    parser.add_argument("--draws", type=int, default=1, help="how often each message is drawn")
    parser.add_argument("--worst", type=int, default=12, help="examples shown for each kind")
    options = parser.parse_args()
    rows, ordinary = messages()
    print(
        f"{len(rows)} English messages with a sign that is found as typed, "
        f"{len(ordinary)} without either, seed {SEED}"
    )
    heads = ("still escalated", "tier not lower", "emergency kept", "ordinary raised")
    print(f"{'noise':20s} " + " ".join(f"{head:>18s}" for head in heads))
    lost: dict[str, list[str]] = {}
    for kind, noise in KINDS.items():
        rng = random.Random(f"{SEED} {kind}")
        escalated, kept, emergencies = [], [], []
        raised = [tier_of(noise(text, rng)) > Tier.NONE for text in ordinary]
        worst: list[tuple[int, str]] = []
        for text, clean in rows:
            for noisy in dict.fromkeys(noise(text, rng) for _ in range(options.draws)):
                tier = tier_of(noisy)
                escalated.append(tier > Tier.NONE)
                kept.append(tier >= clean)
                if clean is Tier.EMERGENCY:
                    emergencies.append(tier is Tier.EMERGENCY)
                if tier < clean:
                    worst.append((clean - tier, f"{clean.label} -> {tier.label}: {noisy}"))
        print(
            f"{kind:20s} "
            + " ".join(f"{share(flags):>18s}" for flags in (escalated, kept, emergencies, raised))
        )
        lost[kind] = [line for _, line in sorted(worst, key=lambda w: -w[0])]
    for kind, lines in lost.items():
        if lines and options.worst:
            print(f"\n{kind}: {len(lines)} got less")
            print("\n".join(f"- {line}" for line in lines[: options.worst]))


def share(flags: list[bool]) -> str:
    """`97.3 % of 812`."""
    rate = Rate(sum(flags), len(flags))
    return f"{100 * rate.ok / max(1, rate.n):.1f} % of {rate.n}"


if __name__ == "__main__":
    main()
