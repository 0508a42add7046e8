"""Find sentences of the sources that stand in our own articles.

    python scripts/check_copying.py SOURCES_DIR [CORPUS_DIR] [--max-words 5] [--allow FILE]

The articles state the facts of pages that belong to their publishers, so the words must be our
own. This script reports every run of more than five words of an article that also stands in a
source, words lower-cased and punctuation dropped. Two kinds of run are no copying and pass: runs
of names, figures and function words ("the Clinical Archives of Bone and Joint Diseases, 2017"),
and runs inside a phrase of the `--allow` file (one phrase a line, `#` for a comment).

The `sources:` block of the front matter is not compared: it names the pages by their titles.
Exit status: 0 nothing found, 1 something copied, 2 wrong usage.
"""

from __future__ import annotations

import argparse
import re
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

# Hyphens part words, so that "fight-or-flight" equals "fight or flight"; decimals stay whole.
WORD = re.compile(r"\d+(?:[.,]\d+)*|[^\W\d_]+(?:['’][^\W\d_]+)*")
SOURCES_BLOCK = re.compile(r"^sources:.*\n(?:[ \t-].*\n|\n)*", re.MULTILINE)
FUNCTION_WORDS = frozenset(
    {"a", "an", "and", "as", "at", "by", "for", "from", "in", "is", "of", "on", "or", "the", "to"}
    | {"was", "with"}
)
SOURCE_SUFFIXES = frozenset({".txt", ".md", ".html"})


@dataclass(frozen=True, slots=True)
class Word:
    """One word of a file: `key` is what is compared, `text` is as written."""

    key: str
    text: str
    line: int

    @property
    def is_name_or_figure(self) -> bool:
        """Whether the word begins with a capital letter or a digit."""
        return self.text[0].isupper() or self.text[0].isdigit()


@dataclass(frozen=True, slots=True)
class Run:
    """Words of an article that a source has too, in the same order.

    Attributes:
        words: As the article writes them.
        source_words: As the source writes them, equally many.
        source: Name of the source file.
    """

    words: tuple[Word, ...]
    source_words: tuple[Word, ...]
    source: str

    @property
    def text(self) -> str:
        """The words as the article writes them, joined by spaces."""
        return " ".join(word.text for word in self.words)

    def only_names(self) -> bool:
        """Whether there is nothing in it but names, figures and function words."""
        pairs = list(zip(self.words, self.source_words, strict=True))
        named = [mine.is_name_or_figure and theirs.is_name_or_figure for mine, theirs in pairs]
        plain = [mine.key in FUNCTION_WORDS for mine, _ in pairs]
        content = [is_name for is_name, is_plain in zip(named, plain, strict=True) if not is_plain]
        return bool(content) and all(content)


Position: TypeAlias = tuple[str, int]


class Sources:
    """All source texts, with every run of `size` words indexed by where it stands."""

    def __init__(self, texts: dict[str, str], size: int) -> None:
        self.size = size
        self.words = {name: words_of(text) for name, text in texts.items()}
        self._starts: dict[tuple[str, ...], list[Position]] = {}
        for name, words in self.words.items():
            keys = [word.key for word in words]
            for start in range(len(keys) - size + 1):
                gram = tuple(keys[start : start + size])
                self._starts.setdefault(gram, []).append((name, start))

    def longest_run(self, words: Sequence[Word], start: int) -> Run | None:
        """The longest run of any source that begins at `words[start]`, of `size` words or more."""
        gram = tuple(word.key for word in words[start : start + self.size])
        runs = (self._run_from(words, start, place) for place in self._starts.get(gram, []))
        return max(runs, key=lambda run: len(run.words), default=None)

    def _run_from(self, words: Sequence[Word], start: int, place: Position) -> Run:
        name, source_start = place
        theirs = self.words[name]
        length = self.size
        while (
            start + length < len(words)
            and source_start + length < len(theirs)
            and words[start + length].key == theirs[source_start + length].key
        ):
            length += 1
        return Run(
            tuple(words[start : start + length]),
            tuple(theirs[source_start : source_start + length]),
            name,
        )


def words_of(text: str) -> list[Word]:
    """The words of a text in order, with the line each stands on (from 1)."""
    words: list[Word] = []
    for number, line in enumerate(text.splitlines(), start=1):
        for match in WORD.finditer(line):
            key = match.group().casefold().replace("'", "").replace("’", "")
            words.append(Word(key, match.group(), number))
    return words


def without_sources_block(text: str) -> str:
    """The article with its `sources:` block blanked, so that line numbers stay right."""
    head, mark, body = text.partition("\n---\n")
    blanked = SOURCES_BLOCK.sub(lambda match: "\n" * match.group().count("\n"), head + "\n")
    return blanked.removesuffix("\n") + mark + body


def copied_runs(text: str, sources: Sources, allowed: Sequence[str] = ()) -> Iterator[Run]:
    """Every run of an article that stands in a source too, names and figures aside.

    Args:
        text: The article file's text.
        sources: What it must not repeat.
        allowed: Phrases that may be repeated; a run inside one of them passes.

    Yields:
        The longest runs, in reading order; none lies wholly inside another.
    """
    words = words_of(without_sources_block(text))
    permitted = [f" {' '.join(word.key for word in words_of(phrase))} " for phrase in allowed]
    reached = 0
    for start in range(len(words)):
        run = sources.longest_run(words, start)
        if run is None or start + len(run.words) <= reached:
            continue
        reached = start + len(run.words)
        keys = f" {' '.join(word.key for word in run.words)} "
        if not run.only_names() and not any(keys in phrase for phrase in permitted):
            yield run


def article_files(corpus: Path) -> list[Path]:
    """The articles of a corpus folder, in order of name; its README is none."""
    return sorted(path for path in corpus.glob("*.md") if path.name != "README.md")


def read_sources(folder: Path) -> dict[str, str]:
    """The texts of a folder of source pages, by path below it."""
    return {
        str(path.relative_to(folder)): path.read_text(encoding="utf-8", errors="replace")
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.suffix.lower() in SOURCE_SUFFIXES
    }


def read_allowed(path: Path | None) -> list[str]:
    """The phrases of an allow file; none without a file."""
    if path is None:
        return []
    lines = (line.partition("#")[0].strip() for line in path.read_text("utf-8").splitlines())
    return [line for line in lines if line]


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the check and return the exit status."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("sources", type=Path, help="folder of source pages (txt, md, html)")
    parser.add_argument("corpus", type=Path, nargs="?", default=Path("corpus"))
    parser.add_argument("--max-words", type=int, default=5, help="longest run that is fine")
    parser.add_argument("--allow", type=Path, help="file of phrases that may be repeated")
    options = parser.parse_args(arguments)
    if options.max_words < 1:
        parser.error("--max-words must be 1 or more")

    texts = read_sources(options.sources)
    articles = article_files(options.corpus)
    for found, folder in ((texts, options.sources), (articles, options.corpus)):
        if not found:
            # An empty folder would pass every check, so it is an error.
            parser.error(f"{folder} holds nothing to compare; name another folder")

    sources = Sources(texts, options.max_words + 1)
    allowed = read_allowed(options.allow)
    count = 0
    for path in articles:
        for run in copied_runs(path.read_text(encoding="utf-8"), sources, allowed):
            count += 1
            length = len(run.words)
            print(f'{path}:{run.words[0].line}: {length} words of {run.source}: "{run.text}"')
    print(
        f"{len(articles)} articles against {len(texts)} sources: {count} runs copied",
        file=sys.stderr,
    )
    return 1 if count else 0


if __name__ == "__main__":
    raise SystemExit(main())
