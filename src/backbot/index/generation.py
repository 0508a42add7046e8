"""One generation's files ↔ all that serving needs, as one frozen value.

| file | holds |
|---|---|
| `manifest.json` | what it was made from, and the checksum of every other file; written last |
| `articles.json` | front matter and digest of each article |
| `passages.jsonl` | one passage a line; units as [start, end, kind, block, lead_in] |
| `passage_vectors.npy` | float32 (n, d): passages with their title and section |
| `unit_vectors.npy` | float32 (u, d): what an answer may quote, passage after passage |
| `question_vectors.npy` | float32 (q, d): sample questions, article after article |
| `row_digests.npy` | uint8 (n + u + q, 16): of the texts behind these rows, to reuse them |
| `dense.faiss` | the passages' vectors as the vector index keeps them |
| `tests.json` | whether each sample question finds its article |
| `extra/…` | whatever else ranking needs |
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, field, fields, replace
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from backbot.errors import CorruptGenerationError, IndexStoreError
from backbot.frozen import dataclass
from backbot.index.manifest import Counts, FileRecord, Manifest
from backbot.model import ArticleMeta, ContentTest, Passage, Source, Unit
from backbot.ports import Embeddings, VectorIndex, VectorIndexFormat

MANIFEST = "manifest.json"
_ARTICLES = "articles.json"
_PASSAGES = "passages.jsonl"
_PASSAGE_VECTORS = "passage_vectors.npy"
_UNIT_VECTORS = "unit_vectors.npy"
_QUESTION_VECTORS = "question_vectors.npy"
_ROW_DIGESTS = "row_digests.npy"
_DENSE = "dense.faiss"
_TESTS = "tests.json"
_EXTRA = "extra/"

_BLOCK_BYTES = 1 << 20

QuestionKey = tuple[str, str]


@dataclass(frozen=True, slots=True, eq=False)
class Parts:
    """What a build puts into a generation.

    Attributes:
        articles: Front matter by slug, in order of slug.
        digests: Each article's digest, by slug.
        passages: Article after article, in reading order.
        passage_vectors: Shape (n, d), unit length.
        unit_vectors: Shape (u, d), the passages' units one after the other.
        question_vectors: Shape (q, d), the articles' sample questions one after the other.
        row_digests: Shape (n + u + q, 16).
        extra: Further files by name.
    """

    articles: Mapping[str, ArticleMeta]
    digests: Mapping[str, str]
    passages: tuple[Passage, ...]
    passage_vectors: Embeddings
    unit_vectors: Embeddings
    question_vectors: Embeddings
    row_digests: NDArray[np.uint8]
    extra: Mapping[str, bytes] = field(default_factory=dict)

    def counts(self) -> Counts:
        """How much there is of each."""
        return Counts(
            articles=len(self.articles),
            passages=len(self.passages),
            units=sum(len(passage.units) for passage in self.passages),
            questions=len(question_keys(self.articles)),
        )


@dataclass(frozen=True, slots=True, eq=False)
class Generation:
    """One complete immutable index. Vectors are read-only, and may be mapped from their files.

    Attributes:
        manifest: What it was made from.
        articles: Front matter by slug.
        digests: Each article's digest, by slug.
        passages: In the order of the rows of `passage_vectors`.
        passage_vectors: Shape (n, d), unit length; of passages with title and section.
        unit_vectors: Shape (u, d); those of passage i are rows
            `unit_offsets[i]:unit_offsets[i + 1]`.
        unit_offsets: Shape (n + 1,).
        question_vectors: Shape (q, d).
        question_keys: Slug and question of each row of `question_vectors`.
        tests_json: `tests` as they were written; reading them takes a third of all of opening.
        dense: Finds rows of `passage_vectors`.
        row_digests: Of the texts behind the rows: passages, units, questions.
        extra: Further files by name.
    """

    manifest: Manifest
    articles: Mapping[str, ArticleMeta]
    digests: Mapping[str, str]
    passages: tuple[Passage, ...]
    passage_vectors: Embeddings
    unit_vectors: Embeddings
    unit_offsets: NDArray[np.int64]
    question_vectors: Embeddings
    question_keys: tuple[QuestionKey, ...]
    tests_json: bytes
    dense: VectorIndex
    row_digests: NDArray[np.uint8]
    extra: Mapping[str, bytes]

    @property
    def id(self) -> str:
        """The generation's id."""
        return self.manifest.id

    @property
    def tests(self) -> tuple[ContentTest, ...]:
        """Whether each sample question found its article when this was built.

        Raises:
            CorruptGenerationError: They cannot be read.
        """
        try:
            return tuple(ContentTest(**test) for test in json.loads(self.tests_json))
        except (ValueError, TypeError) as error:
            raise _corrupt(self.id, f"{_TESTS} cannot be read ({error})") from error

    def vectors_of_units(self, row: int) -> Embeddings:
        """The vectors of one passage's units, shape (units, d)."""
        return self.unit_vectors[self.unit_offsets[row] : self.unit_offsets[row + 1]]


@dataclass(frozen=True, slots=True, eq=False)
class Record:
    """What a generation was made of and what it answered, whoever can open it.

    Attributes:
        digests: Of each article, by slug.
        tests: Its content tests.
    """

    digests: Mapping[str, str]
    tests: tuple[ContentTest, ...]


def read_record(folder: Path) -> Record:
    """Read what a generation tells that another version of this program may have built.

    Raises:
        CorruptGenerationError: It does not tell it.
    """
    names = {each.name for each in fields(ContentTest)}
    try:
        articles = json.loads((folder / _ARTICLES).read_text(encoding="utf-8"))
        tests = json.loads((folder / _TESTS).read_text(encoding="utf-8"))
        return Record(
            {entry["slug"]: entry["digest"] for entry in articles},
            tuple(
                ContentTest(**{name: test[name] for name in names & test.keys()}) for test in tests
            ),
        )
    except (OSError, ValueError, TypeError, KeyError, AttributeError) as error:
        raise _corrupt(folder.name, f"what it answered cannot be read ({error})") from error


def question_keys(articles: Mapping[str, ArticleMeta]) -> tuple[QuestionKey, ...]:
    """Slug and text of every sample question, article after article."""
    return tuple((slug, text) for slug, meta in articles.items() for text in meta.questions)


def write_generation(
    folder: Path, parts: Parts, manifest: Manifest, vector_format: VectorIndexFormat
) -> Manifest:
    """Write a generation's files into an empty folder, without content tests.

    Args:
        folder: Exists and is empty; nobody reads it yet.
        parts: What goes in.
        manifest: Without files and counts, which are filled in.
        vector_format: Writes the vector index.

    Returns:
        The manifest as written.

    Raises:
        IndexStoreError: A file cannot be written.
        ValueError: Vectors, passages and questions do not fit together.
    """
    _require_shapes(parts, manifest.encoder.dimensions)
    try:
        _write_text(folder / _ARTICLES, _dump_articles(parts))
        _write_text(folder / _PASSAGES, "".join(map(_dump_passage, parts.passages)))
        np.save(folder / _PASSAGE_VECTORS, parts.passage_vectors)
        np.save(folder / _UNIT_VECTORS, parts.unit_vectors)
        np.save(folder / _QUESTION_VECTORS, parts.question_vectors)
        np.save(folder / _ROW_DIGESTS, parts.row_digests)
        vector_format.write(parts.passage_vectors, folder / _DENSE)
        for name, content in parts.extra.items():
            _write_extra(folder, name, content)
        _write_text(folder / _TESTS, "[]\n")
        manifest = replace(manifest, counts=parts.counts(), files=_records(folder))
        _write_text(folder / MANIFEST, manifest.to_json())
    except OSError as error:
        raise _not_written(folder, error) from error
    return manifest


def write_tests(folder: Path, manifest: Manifest, tests: Iterable[ContentTest]) -> Manifest:
    """Add the outcome of the content tests to a generation that nobody reads yet.

    Raises:
        IndexStoreError: A file cannot be written.
    """
    try:
        text = json.dumps([asdict(test) for test in tests], indent=1, ensure_ascii=False)
        _write_text(folder / _TESTS, text + "\n")
        files = {**manifest.files, _TESTS: _record(folder / _TESTS)}
        manifest = replace(manifest, files=files)
        _write_text(folder / MANIFEST, manifest.to_json())
    except OSError as error:
        raise _not_written(folder, error) from error
    return manifest


def read_manifest(folder: Path) -> Manifest:
    """Read a generation's manifest.

    Raises:
        CorruptGenerationError: It is missing, not readable, or another generation's.
    """
    try:
        text = (folder / MANIFEST).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise _corrupt(folder.name, f"its {MANIFEST} cannot be read") from error
    return Manifest.from_json(text, folder.name)


def check_files(folder: Path, manifest: Manifest, *, checksums: bool) -> None:
    """Compare the files with their manifest.

    Args:
        folder: The generation's.
        manifest: Its manifest.
        checksums: Read every file; otherwise only sizes are compared, which is quick.

    Raises:
        CorruptGenerationError: A file is missing or differs.
    """
    for name, record in manifest.files.items():
        path = folder / name
        if ".." in Path(name).parts or not path.is_relative_to(folder):
            raise _corrupt(manifest.id, f"its manifest names a file outside it, {name}")
        try:
            size_bytes = path.stat().st_size
            sha256 = _sha256(path) if checksums else record.sha256
        except OSError as error:
            raise _corrupt(manifest.id, f"{name} cannot be read ({error.strerror})") from error
        if size_bytes != record.size_bytes:
            raise _corrupt(manifest.id, f"{name} has {size_bytes} bytes, not {record.size_bytes}")
        if sha256 != record.sha256:
            raise _corrupt(manifest.id, f"{name} does not have its checksum")


def read_generation(
    folder: Path, vector_format: VectorIndexFormat, *, whole: bool = False
) -> Generation:
    """Open a generation. Sizes are compared, checksums only where it is read whole.

    Args:
        folder: A generation that `write_generation` wrote.
        vector_format: Reads the vector index.
        whole: Read all of it now, and check every checksum. Otherwise vectors are mapped from
            their files, which is quick; but a file that is cut short later ends the program.

    Raises:
        CorruptGenerationError: A file is missing, has another size or cannot be read.
    """
    manifest = read_manifest(folder)
    check_files(folder, manifest, checksums=whole)
    load = _load_whole if whole else _load_mapped
    try:
        articles, digests = _load_articles((folder / _ARTICLES).read_text(encoding="utf-8"))
        lines = (folder / _PASSAGES).read_text(encoding="utf-8").split("\n")
        passages = tuple(_load_passage(line) for line in lines if line)
        generation = Generation(
            manifest=manifest,
            articles=articles,
            digests=digests,
            passages=passages,
            passage_vectors=load(folder / _PASSAGE_VECTORS),
            unit_vectors=load(folder / _UNIT_VECTORS),
            unit_offsets=np.cumsum([0, *(len(p.units) for p in passages)], dtype=np.int64),
            question_vectors=load(folder / _QUESTION_VECTORS),
            question_keys=question_keys(articles),
            tests_json=(folder / _TESTS).read_bytes(),
            dense=vector_format.read(folder / _DENSE),
            row_digests=load(folder / _ROW_DIGESTS),
            extra={
                name.removeprefix(_EXTRA): (folder / name).read_bytes()
                for name in manifest.files
                if name.startswith(_EXTRA)
            },
        )
        _require_shapes(generation, manifest.encoder.dimensions)
    except (OSError, EOFError, ValueError, TypeError, KeyError, IndexError) as error:
        raise _corrupt(manifest.id, f"a file of it cannot be read ({error})") from error
    return generation


def _require_shapes(parts: Parts | Generation, dimensions: int) -> None:
    """ValueError where vectors, passages and questions do not fit together."""
    passages = len(parts.passages)
    units = sum(len(passage.units) for passage in parts.passages)
    questions = len(question_keys(parts.articles))
    for name, array, wanted in (
        ("passage vectors", parts.passage_vectors, (passages, dimensions)),
        ("unit vectors", parts.unit_vectors, (units, dimensions)),
        ("question vectors", parts.question_vectors, (questions, dimensions)),
        ("row digests", parts.row_digests, (passages + units + questions, 16)),
    ):
        if array.shape != wanted:
            raise ValueError(f"{name} have the shape {array.shape}, not {wanted}")


def _load_whole(path: Path) -> NDArray[Any]:
    array: NDArray[Any] = np.load(path, allow_pickle=False)
    array.flags.writeable = False
    return array


def _load_mapped(path: Path) -> NDArray[Any]:
    # Mapped, but seen as a plain array: slices of a memmap take ten times as long to make, and
    # every question makes hundreds.
    return np.asarray(np.load(path, mmap_mode="r", allow_pickle=False))


def _dump_articles(parts: Parts) -> str:
    entries = [
        {"digest": parts.digests[slug], **asdict(meta)} for slug, meta in parts.articles.items()
    ]
    return json.dumps(entries, indent=1, ensure_ascii=False, default=date.isoformat) + "\n"


def _load_articles(text: str) -> tuple[dict[str, ArticleMeta], dict[str, str]]:
    articles: dict[str, ArticleMeta] = {}
    digests: dict[str, str] = {}
    for entry in json.loads(text):
        slug = entry["slug"]
        digests[slug] = entry.pop("digest")
        for name in ("tags", "questions"):
            entry[name] = tuple(entry[name])
        for name in ("reviewed_on", "review_due"):
            entry[name] = date.fromisoformat(entry[name]) if entry[name] else None
        entry["sources"] = tuple(Source(**source) for source in entry["sources"])
        articles[slug] = ArticleMeta(**entry)
    return articles, digests


def _dump_passage(passage: Passage) -> str:
    values = {
        "passage_id": passage.passage_id,
        "article": passage.article,
        "section": passage.section,
        "text": passage.text,
        "start": passage.start,
        "end": passage.end,
        # Their texts are slices of the passage's, so they are not written twice.
        "units": [[u.start, u.end, u.kind, u.block, u.lead_in] for u in passage.units],
    }
    return json.dumps(values, ensure_ascii=False) + "\n"


def _load_passage(line: str) -> Passage:
    values = json.loads(line)
    text, offset = values["text"], values["start"]
    values["units"] = tuple(
        Unit(text[start - offset : end - offset], start, end, kind, block, lead_in)
        for start, end, kind, block, lead_in in values["units"]
    )
    return Passage(**values)


def _write_text(path: Path, text: str) -> None:
    path.write_bytes(text.encode())


def _write_extra(folder: Path, name: str, content: bytes) -> None:
    if Path(name).name != name:
        raise ValueError(f"{name!r} is no plain file name")
    (folder / _EXTRA).mkdir(exist_ok=True)
    (folder / _EXTRA / name).write_bytes(content)


def _records(folder: Path) -> dict[str, FileRecord]:
    paths = sorted(path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix(): _record(path) for path in paths}


def _record(path: Path) -> FileRecord:
    return FileRecord(_sha256(path), path.stat().st_size)


def _sha256(path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(_BLOCK_BYTES):
            digest.update(block)
    return digest.hexdigest()


def _corrupt(generation_id: str, what: str) -> CorruptGenerationError:
    return CorruptGenerationError(
        f"Index generation {generation_id} is damaged: {what}. "
        "Go back with `backbot index rollback` or build again with `backbot index build --full`."
    )


def _not_written(folder: Path, error: OSError) -> IndexStoreError:
    return IndexStoreError(
        f"The index cannot be written to {folder} ({error.strerror or error}). "
        "Check the free space and that this user may write there; the old index stays in service."
    )
