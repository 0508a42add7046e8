"""The error tree. Each message says what is wrong, where, and what to do next.

BackbotError              exit status 1: the operation ran and failed
├── SettingsError         exit status 2: wrong configuration
├── UsageError            exit status 2: wrong use of a command
├── CorpusError           an article cannot be read, or the corpus is empty
├── ImportRefusedError    a raw file cannot become a draft
├── RuleError             an escalation rule file is malformed
├── EmbedderError         the encoder is missing, damaged or not what it should be
├── StateError            the database cannot be read or written
└── IndexStoreError
    ├── NoGenerationError         nothing has been published yet
    ├── CorruptGenerationError    a file is missing or its checksum differs
    ├── ModelMismatchError        built by another encoder
    └── BuildInProgressError      another build holds the lock
"""

from __future__ import annotations


class BackbotError(Exception):
    """Base of every error that a user is shown as a sentence."""

    exit_status = 1


class SettingsError(BackbotError):
    """A setting is wrong, unknown or missing."""

    exit_status = 2


class UsageError(BackbotError):
    """A command was called in a way that cannot work."""

    exit_status = 2


class CorpusError(BackbotError):
    """An article cannot be read, or there is none."""


class ImportRefusedError(BackbotError):
    """A raw file cannot become a draft; nothing was written."""


class RuleError(BackbotError):
    """An escalation rule file is malformed."""


class EmbedderError(BackbotError):
    """The encoder is missing, damaged or not what it should be."""


class StateError(BackbotError):
    """The database cannot be opened, read or written."""


class IndexStoreError(BackbotError):
    """Something is wrong with the index folder."""


class NoGenerationError(IndexStoreError):
    """Nothing has been published in this index folder yet."""


class CorruptGenerationError(IndexStoreError):
    """A file of a generation is missing or differs from its checksum."""


class ModelMismatchError(IndexStoreError):
    """The generation was built by another encoder."""


class BuildInProgressError(IndexStoreError):
    """Another build holds the lock."""
