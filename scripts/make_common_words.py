"""Make src/backbot/triage/rules/common_words.txt from a list of correct English words.

    python scripts/make_common_words.py WORDS_FILE

WORDS_FILE holds one word a line (a tokeniser's vocab.txt serves). Kept are the words that the
engine would otherwise "correct" to a sign, or cut in two: they are spelled right and mean
something else. Run it again when lexicon.toml has changed.
"""

from __future__ import annotations

import argparse
from pathlib import Path

from backbot.triage.rules import load_rules
from backbot.triage.text import Speller

TARGET = Path(__file__).parents[1] / "src/backbot/triage/rules/common_words.txt"


def main() -> None:
    """Write the list; print how many words it holds."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("words_file", type=Path)
    words = set(parser.parse_args().words_file.read_text("utf-8").split())
    listed = TARGET.read_text("utf-8")
    try:
        TARGET.write_text("", "utf-8")  # with the old list in force, none of it would be kept
        load_rules.cache_clear()
        speller: Speller = load_rules().speller
        plain = (word for word in words if word.isascii() and word.isalpha() and len(word) >= 4)
        kept = sorted(word for word in plain if speller.resolve(word) != (word,))
        listed = "\n".join(kept) + "\n"
    finally:
        TARGET.write_text(listed, "utf-8")  # without a list, ordinary words are read as signs
    print(len(kept), "words")


if __name__ == "__main__":
    main()
