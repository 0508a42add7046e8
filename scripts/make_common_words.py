"""Make src/backbot/triage/rules/common_words.txt from a list of correct English words.

    python scripts/make_common_words.py WORDS_FILE

WORDS_FILE holds one word a line (a tokeniser's vocab.txt serves). Kept are the words that the
engine would otherwise "correct" to a sign, or cut in two: they are spelled right and mean
something else. Run it again when lexicon.toml has changed.
"""

from __future__ import annotations

import sys
from pathlib import Path

from backbot.triage.rules import load_rules
from backbot.triage.text import Speller

TARGET = Path(__file__).parents[1] / "src/backbot/triage/rules/common_words.txt"


def main() -> None:
    """Write the list; print how many words it holds."""
    TARGET.write_text("", "utf-8")
    load_rules.cache_clear()
    speller: Speller = load_rules().speller
    kept = sorted(
        {
            word
            for word in Path(sys.argv[1]).read_text("utf-8").split()
            if word.isascii() and word.isalpha() and len(word) >= 4
            if speller.resolve(word) != (word,)
        }
    )
    TARGET.write_text("\n".join(kept) + "\n", "utf-8")
    print(len(kept), "words")


if __name__ == "__main__":
    main()
