"""Raw files → drafts: find the article in what staff have, and say what was left out and why."""

from backbot.importing.blocks import Block
from backbot.importing.draft import Draft
from backbot.importing.importer import (
    ImportedFile,
    ImportReport,
    clean_text,
    import_files,
    prepare,
    prepare_apart,
)
from backbot.importing.report import render_report

__all__ = [
    "Block",
    "Draft",
    "ImportReport",
    "ImportedFile",
    "clean_text",
    "import_files",
    "prepare",
    "prepare_apart",
    "render_report",
]
