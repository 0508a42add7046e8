"""What a build may take over from generations that are there already.

Nothing is taken from a generation that fails its checksums: damage must not be handed on. Passages
and whole generations are taken only from one that was made in the same way, vectors from any that
the same encoder has built.
"""

from __future__ import annotations

import contextlib
import logging
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np

from backbot.errors import IndexStoreError
from backbot.index.generation import (
    Generation,
    Record,
    check_files,
    read_generation,
    read_manifest,
)
from backbot.index.store import IndexStore
from backbot.model import EncoderIdentity, Passage
from backbot.ports import Embedder, Embeddings, VectorIndexFormat

logger = logging.getLogger(__name__)

_DIGEST_BYTES = 16


@dataclass(frozen=True, slots=True)
class Making:
    """What decides, beside the articles, how a generation's files come out."""

    encoder: EncoderIdentity
    chunking: Mapping[str, int]
    tool_version: str

    def made(self, generation: Generation) -> bool:
        """Whether the same article would give the same files again."""
        manifest = generation.manifest
        return (
            manifest.encoder.same_vectors(self.encoder)
            and dict(manifest.chunking) == dict(self.chunking)
            and manifest.tool_version == self.tool_version
        )


@dataclass(frozen=True, slots=True, eq=False)
class Start:
    """What is there when a build begins.

    Attributes:
        making: How this build makes its files.
        current_id: Of the generation in service, "" without one.
        staged_id: Of the generation that was kept aside, None without one.
        current: The generation in service, where it can be read.
        recorded: What it was made of and answered: that may be read where the rest cannot, since
            another version of this program has built it.
        sound: Generations whose checksums hold and that may be reused.
    """

    making: Making
    current_id: str
    staged_id: str | None
    current: Generation | None
    recorded: Record | None
    sound: tuple[Generation, ...]

    @classmethod
    def of(
        cls, store: IndexStore, vector_format: VectorIndexFormat, making: Making, *, reuse: bool
    ) -> Start:
        """Look at the index folder. What is damaged is left out, and said in the log.

        Args:
            store: The index folder.
            vector_format: Reads the vector index.
            making: How this build makes its files.
            reuse: Whether anything may be reused.
        """
        current_id, staged_id = _current_id(store), store.staged_id()
        current: Generation | None = None
        sound: list[Generation] = []
        try:
            current = store.open(vector_format) if store.current_id() else None
            if reuse and current is not None:
                store.verify(current.id)
                sound.append(current)
        except IndexStoreError as error:
            if reuse:
                logger.warning("nothing is reused: %s", error)
        if reuse and staged_id is not None:
            try:
                sound.append(_open_staged(store, vector_format, staged_id))
            except IndexStoreError as error:
                logger.warning("what was kept aside is not reused: %s", error)
        recorded: Record | None = None
        with contextlib.suppress(IndexStoreError):  # then there is nothing to compare with
            recorded = store.record() if current_id else None
        return cls(making, current_id, staged_id, current, recorded, tuple(sound))

    def is_overtaken(self, store: IndexStore) -> bool:
        """Whether another build has changed what is there."""
        return (_current_id(store), store.staged_id()) != (self.current_id, self.staged_id)

    def serving(self, corpus_digest: str) -> Generation | None:
        """What is in service, where it was made in this way of these very articles."""
        for generation in self.sound:
            if generation is self.current and self._is_of(generation, corpus_digest):
                return generation
        return None

    def awaiting(self, corpus_digest: str, *, tested: bool) -> Generation | None:
        """What was kept aside, where this build would only make it again.

        Args:
            corpus_digest: Of the articles as they are.
            tested: Whether it must have been asked its sample questions.
        """
        for generation in self.sound:
            manifest = generation.manifest
            if (
                generation.id == self.staged_id
                and manifest.previous == self.current_id
                and self._is_of(generation, corpus_digest)
                and (not tested or len(generation.tests) == manifest.counts.questions)
            ):
                return generation
        return None

    def passages(self) -> dict[str, tuple[Passage, ...]]:
        """The passages of articles that need not be cut again, by the article's digest."""
        known: dict[str, tuple[Passage, ...]] = {}
        for generation in filter(self.making.made, self.sound):
            cut: dict[str, list[Passage]] = {slug: [] for slug in generation.digests}
            for passage in generation.passages:
                cut[passage.article].append(passage)
            known |= {digest: tuple(cut[slug]) for slug, digest in generation.digests.items()}
        return known

    def vectors(self) -> KnownRows:
        """The vectors of texts that need not be embedded again."""
        known = KnownRows((), {})
        for generation in self.sound:
            if generation.manifest.encoder.same_vectors(self.making.encoder):
                known = known.and_those_of(generation)
        return known

    def _is_of(self, generation: Generation, corpus_digest: str) -> bool:
        same = generation.manifest.corpus_digest == corpus_digest
        return same and self.making.made(generation)


def _current_id(store: IndexStore) -> str:
    try:
        return store.current_id() or ""
    except IndexStoreError:
        return ""


def _open_staged(
    store: IndexStore, vector_format: VectorIndexFormat, generation_id: str
) -> Generation:
    folder = store.staged_folder(generation_id)
    check_files(folder, read_manifest(folder), checksums=True)
    return read_generation(folder, vector_format)


@dataclass(frozen=True, slots=True, eq=False)
class KnownRows:
    """Vectors by the digest of their text.

    Attributes:
        matrices: Where the vectors are; they are not copied until they are taken.
        rows: For each digest its row, counted through all matrices.
    """

    matrices: tuple[Embeddings, ...]
    rows: dict[bytes, int]

    def and_those_of(self, generation: Generation) -> KnownRows:
        """These and those of a generation."""
        data = generation.row_digests.tobytes()
        digests = [data[at : at + _DIGEST_BYTES] for at in range(0, len(data), _DIGEST_BYTES)]
        return self.and_these(
            digests,
            generation.passage_vectors,
            generation.unit_vectors,
            generation.question_vectors,
        )

    def and_these(self, digests: Sequence[bytes], *matrices: Embeddings) -> KnownRows:
        """These and more.

        Args:
            digests: One for each row of the matrices, in their order.
            matrices: Vectors, shape (n, d) each.
        """
        first = sum(len(matrix) for matrix in self.matrices)
        rows = dict(zip(digests, range(first, first + len(digests)), strict=True))
        return KnownRows((*self.matrices, *matrices), self.rows | rows)

    def take(self, digests: Sequence[bytes]) -> Embeddings:
        """One row for each digest, shape (n, d); each must be known."""
        wanted = np.array([self.rows[digest] for digest in digests], dtype=np.int64)
        taken = np.empty((len(wanted), self.matrices[0].shape[1]), dtype=np.float32)
        first = 0
        for matrix in self.matrices:
            here = (wanted >= first) & (wanted < first + len(matrix))
            taken[here] = matrix[wanted[here] - first]
            first += len(matrix)
        return taken


class SampleQuestions:
    """An `Embedder` that knows the vectors of a generation's sample questions.

    They were embedded when the generation was built; asking them need not do it again. A
    question keeps its vector bit by bit, so nobody can tell the difference.

    Args:
        embedder: Embeds all other texts.
    """

    def __init__(self, embedder: Embedder) -> None:
        self._embedder = embedder
        self._known: dict[str, Embeddings] = {}
        self._generation = ""

    def learn(self, generation: Generation) -> None:
        """Know the sample questions of this generation, and of no other."""
        if generation.id == self._generation:
            return
        texts = (question for _, question in generation.question_keys)
        self._known = dict(zip(texts, generation.question_vectors, strict=True))
        self._generation = generation.id

    @property
    def identity(self) -> EncoderIdentity:
        """The embedder's."""
        return self._embedder.identity

    def encode(self, texts: Sequence[str]) -> Embeddings:
        """Unit-length rows, shape (len(texts), d)."""
        known = [self._known.get(text) for text in texts]
        if any(row is None for row in known):
            return self._embedder.encode(texts)
        return np.array(known, dtype=np.float32)

    def count_tokens(self, text: str) -> int:
        """As the embedder counts."""
        return self._embedder.count_tokens(text)
