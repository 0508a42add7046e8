"""What a generation was made from, and whether it fits an encoder; pure.

Digests say whether two corpora, articles or texts are the same. They depend on content
alone, never on the order, place or time of reading.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict, fields
from datetime import UTC, datetime
from typing import Any

from backbot.errors import CorruptGenerationError, ModelMismatchError
from backbot.frozen import dataclass
from backbot.model import Article, EncoderIdentity

FORMAT = 1
"""Of the files in a generation; a reader refuses any other."""


@dataclass(frozen=True, slots=True)
class FileRecord:
    """One file of a generation.

    Attributes:
        sha256: Of its content, in hexadecimal.
        size_bytes: Its length, compared at every opening.
    """

    sha256: str
    size_bytes: int


@dataclass(frozen=True, slots=True)
class Counts:
    """How much a generation holds."""

    articles: int
    passages: int
    units: int
    questions: int


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a generation was made from.

    Attributes:
        id: Of the generation.
        created: When it was built, UTC.
        tool_version: Of backbot.
        encoder: Whose vectors it holds.
        chunking: The settings passages were cut with.
        corpus_digest: Of all articles.
        counts: How much it holds.
        files: Every other file of the generation.
        previous: What was in service when it was built; "" when nothing was.
    """

    id: str
    created: datetime
    tool_version: str
    encoder: EncoderIdentity
    chunking: Mapping[str, int]
    corpus_digest: str
    counts: Counts
    files: Mapping[str, FileRecord]
    previous: str = ""

    def to_json(self) -> str:
        """The manifest as a JSON object, keys in a fixed order."""
        values = asdict(self)
        values["created"] = self.created.astimezone(UTC).isoformat().replace("+00:00", "Z")
        return json.dumps({"format": FORMAT, **values}, indent=2, ensure_ascii=False) + "\n"

    @classmethod
    def from_json(cls, text: str, generation_id: str) -> Manifest:
        """Read what `to_json` wrote.

        Args:
            text: The file's content.
            generation_id: The name of its folder, for messages.

        Raises:
            CorruptGenerationError: It is not such a manifest.
        """
        try:
            values = json.loads(text)
            version = values.pop("format")
            if version != FORMAT:
                raise CorruptGenerationError(
                    f"Index generation {generation_id} has format {version}; this version of "
                    f"backbot reads format {FORMAT}. Build it again with `backbot index build`."
                )
            return cls(**_typed(values))
        except (ValueError, TypeError, KeyError, AttributeError) as error:
            raise CorruptGenerationError(
                f"The manifest of index generation {generation_id} cannot be read ({error}). "
                "Go back with `backbot index rollback` or build again with `backbot index build`."
            ) from error

    def require_encoder(self, identity: EncoderIdentity) -> None:
        """Refuse vectors that cannot be compared with those of `identity`.

        Raises:
            ModelMismatchError: The generation was built by another encoder.
        """
        if not self.encoder.same_vectors(identity):
            raise ModelMismatchError(
                f"Index generation {self.id} was built with the model {_named(self.encoder)}, "
                f"but the model in use is {_named(identity)}. "
                "Build the index again with `backbot index build`, or set BACKBOT_MODEL back."
            )


def _typed(values: dict[str, Any]) -> dict[str, Any]:
    """JSON values as the manifest's fields; ValueError, TypeError or KeyError if they differ."""
    names = {field.name for field in fields(Manifest)}
    if unknown := set(values) - names:
        raise ValueError(f"unknown field {min(unknown)}")
    created = datetime.fromisoformat(values["created"])
    if created.tzinfo is None:
        raise ValueError("created has no time zone")
    return {
        **values,
        "created": created,
        "encoder": EncoderIdentity(**values["encoder"]),
        "counts": Counts(**values["counts"]),
        "files": {name: FileRecord(**record) for name, record in values["files"].items()},
    }


def _named(identity: EncoderIdentity) -> str:
    """The encoder as a person can tell it from another of the same name."""
    return (
        f"{identity.name} ({identity.dimensions} dimensions, {identity.precision}, "
        f"{identity.pooling} pooling, {identity.max_tokens} tokens, sha256 {identity.sha256[:12]})"
    )


def article_digest(article: Article) -> str:
    """SHA-256 of an article's slug, front matter and body, in hexadecimal."""
    meta = json.dumps(asdict(article.meta), sort_keys=True, default=str)
    return hashlib.sha256(f"{meta}\n{article.body}".encode()).hexdigest()


def corpus_digest(articles: Mapping[str, str]) -> str:
    """SHA-256 over all articles' digests, given by slug; the order does not matter."""
    lines = "".join(f"{slug} {articles[slug]}\n" for slug in sorted(articles))
    return hashlib.sha256(lines.encode()).hexdigest()


def text_digests(texts: Iterable[str]) -> list[bytes]:
    """16 bytes for each text: two rows with the same digest have the same vector."""
    return [hashlib.blake2b(text.encode(), digest_size=16).digest() for text in texts]
