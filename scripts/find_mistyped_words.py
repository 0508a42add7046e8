"""Rare right words that a slip of the keyboard makes of frequent ones: mistyped_words.txt.

    python scripts/find_mistyped_words.py

A word that the rules' spelling takes for right is listed where it is rare in English, no plural,
no word of a sign, a body part or an article, and one slip away from a word of the patterns that is
many times as frequent ("hed", "stooped"). The engine then reads a message a second time with that
other word. How often words are written is from pyspellchecker's list (film subtitles).
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import re
from collections import defaultdict
from pathlib import Path

from rapidfuzz import process
from rapidfuzz.distance import OSA

from backbot.triage.rules import load_rules
from backbot.triage.tables import RULES_DIR
from backbot.triage.text import slip_cost

CORPUS = Path(__file__).parent.parent / "corpus"
RARE, TIMES, LEAST = 3000, 50, 20  # occurrences in that list; how many times as frequent
SHORTEST, UNLIKELIER, UNLIKELIEST = 3, 0.3, 1.0
# A sign's word one slip away from how many shorten "can't": "cnt sleep, my hand is numb".
NOT_MEANT = frozenset({"cunt"})


def frequencies() -> dict[str, int]:
    """Occurrences by word."""
    spec = importlib.util.find_spec("spellchecker")
    if spec is None or spec.origin is None:
        raise SystemExit("pyspellchecker is not installed: `pip install pyspellchecker`.")
    with gzip.open(Path(spec.origin).parent / "resources" / "en.json.gz") as file:
        counted: dict[str, int] = json.load(file)
    return counted


def of_articles() -> frozenset[str]:
    """The articles' words: whoever types one of these means it."""
    articles = (path.read_text("utf-8").lower() for path in CORPUS.glob("*.md"))
    return frozenset(word for text in articles for word in re.findall(r"[a-z]+", text))


def listed() -> dict[str, list[str]]:
    """Each such word, and what it is likeliest to be typed for."""
    often, meant_as_they_are = frequencies(), of_articles()
    speller = load_rules().speller
    by_length: defaultdict[int, list[str]] = defaultdict(list)
    for word in sorted(speller.vocabulary):
        letters = word.isascii() and word.isalpha() and word not in NOT_MEANT
        if letters and len(word) >= SHORTEST and often.get(word):
            by_length[len(word)].append(word)
    found: dict[str, list[str]] = {}
    for word in sorted(speller.vocabulary | speller.common):
        count = often.get(word, 0)
        plain = word.isascii() and word.isalpha() and len(word) >= SHORTEST
        meant = word in speller.key | meant_as_they_are or speller.is_many(word)
        if not plain or count > RARE or meant:
            continue
        shortest = len(word) + (len(word) == SHORTEST) - (len(word) > SHORTEST)
        costs = {
            meant: slip_cost(word, meant)
            for length in range(shortest, len(word) + 2)
            for meant, *_ in process.extract(
                word, by_length[length], scorer=OSA.distance, score_cutoff=1, limit=None
            )
            if meant != word and meant[0] in word[:2] and often[meant] >= TIMES * max(count, LEAST)
        }
        least = min(costs.values(), default=UNLIKELIEST + 1)
        if least <= UNLIKELIEST:
            found[word] = sorted(m for m, cost in costs.items() if cost <= least + UNLIKELIER)
    return found


if __name__ == "__main__":
    lines = [f"{word} {' '.join(meant)}\n" for word, meant in listed().items()]
    (RULES_DIR / "mistyped_words.txt").write_text("".join(lines), "utf-8")
    print(f"{len(lines)} words")
