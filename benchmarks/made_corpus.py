"""A made-up corpus of any size, the same every time, for measuring how builds grow.

The words are real enough to be tokenised like prose, the sentences say nothing. Every sentence,
and so every passage, is another one. Only the standard library is needed: other projects'
programs read the same files.
"""

from __future__ import annotations

import random
from pathlib import Path

ADDED = "A benchmark has added this sentence to one article."
SENTENCES = 5  # in a section, each of some 18 words: a passage is a section
QUESTIONS = 2  # in each of the first articles, as long as there are any to give away

_WORDS = """
    back muscle spine pelvis hamstring stretch tension posture chair walking rest heat cold pain
    strain joint ligament nerve disc hip knee shoulder neck core balance breath movement habit
    morning evening week minute support pressure weight strength range tissue blood signal
    therapist exercise routine bed pillow desk screen floor wall towel step pace cushion
""".split()  # noqa: SIM905 - words read better than quotation marks, here and below
_VERBS = "eases loads moves holds warms limits supports follows bends lifts".split()  # noqa: SIM905
_JOINTS = "while because and so that when although until after before".split()  # noqa: SIM905
_ADJECTIVES = "stiff slow gentle tight lower upper daily short sore deep".split()  # noqa: SIM905


def make_corpus(folder: Path, articles: int, sections: int, questions: int, seed: int = 1) -> None:
    """Write the articles.

    Args:
        folder: Must exist and be empty.
        articles: How many files.
        sections: How many sections each has; every one becomes one passage.
        questions: How many sample questions there are in all.
        seed: Another one gives another corpus.
    """
    chance = random.Random(seed)
    for number in range(articles):
        body = "\n".join(_section(chance, number, k) for k in range(sections))
        asked = range(min(QUESTIONS, max(0, questions - number * QUESTIONS)))
        listed = "".join(f"  - {_question(chance, number, k)}\n" for k in asked)
        (folder / f"article-{number:05}.md").write_text(
            f"---\ntitle: {_topic(chance).title()} {number}\nslug: article-{number:05}\n"
            + (f"questions:\n{listed}" if listed else "")
            + f"---\n\n{body}",
            encoding="utf-8",
        )


def change_one(folder: Path) -> Path:
    """Add one sentence to the end of one article in the middle of the corpus.

    Returns:
        The article's file.
    """
    paths = sorted(folder.glob("*.md"))
    path = paths[len(paths) // 2]
    text = path.read_text(encoding="utf-8").rstrip("\n")
    path.write_text(f"{text} {ADDED}\n", encoding="utf-8")
    return path


def _section(chance: random.Random, number: int, k: int) -> str:
    sentences = " ".join(_sentence(chance, f"{number}.{k}.{n}") for n in range(SENTENCES))
    return f"## {_topic(chance).capitalize()} {k}\n\n{sentences}\n"


def _sentence(chance: random.Random, name: str) -> str:
    halves = [f"the {_topic(chance)} {chance.choice(_VERBS)} the {_topic(chance)}" for _ in "12"]
    first, second = halves
    text = f"{first} {chance.choice(_JOINTS)} {second} near point {name.replace('.', ' ')}."
    return text[0].upper() + text[1:]


def _topic(chance: random.Random) -> str:
    return f"{chance.choice(_ADJECTIVES)} {chance.choice(_WORDS)}"


def _question(chance: random.Random, number: int, k: int) -> str:
    return f"How does the {_topic(chance)} of article {number} help my {_topic(chance)} {k}?"
