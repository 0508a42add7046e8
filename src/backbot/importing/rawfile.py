"""Raw files: what kind they are and what text they hold. Reads the disk.

Everything that cannot be an article is refused here, before a parser sees it: folders, devices,
files over the limit (their size is asked for before they are read), empty and binary ones.
"""

from __future__ import annotations

import codecs
import re
import stat
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from backbot.errors import ImportRefusedError

FileKind = Literal["text", "page", "markdown", "pdf", "word"]

MAX_MEGABYTES = 50
_KINDS: dict[str, FileKind] = {
    ".txt": "text",
    ".text": "text",
    "": "text",
    ".htm": "page",
    ".html": "page",
    ".xhtml": "page",
    ".md": "markdown",
    ".markdown": "markdown",
    ".pdf": "pdf",
    ".docx": "word",
}
_BOMS = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
_CHARSET = re.compile(
    rb"<meta[^>]{0,200}charset\s*=\s*[\"']?\s*([A-Za-z0-9_-]{3,20})", re.IGNORECASE
)
_NARROW = frozenset(("iso-8859-1", "iso8859-1", "latin-1", "latin1", "us-ascii", "ascii"))
_MARKUP = re.compile(
    r"\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b",
    re.IGNORECASE | re.DOTALL,
)
_PDF_HEADER_WITHIN = 1024
_MAX_FOREIGN_SHARE = 0.3  # read as Windows-1252, an alphabet of another kind is all accents
_MAX_CONTROL_SHARE = 0.002


@dataclass(frozen=True, slots=True)
class RawFile:
    """A file's bytes and what they are."""

    name: str
    kind: FileKind
    data: bytes


def read_raw(path: Path) -> RawFile:
    """Read a file after looking at what it is.

    Raises:
        ImportRefusedError: It cannot be read or cannot be an article.
    """
    try:
        status = path.stat()
    except (OSError, ValueError) as error:
        raise ImportRefusedError(
            "there is no such file here, or it may not be read; look at its name and folder"
        ) from error
    if stat.S_ISDIR(status.st_mode):
        raise ImportRefusedError("it is a folder; name the files in it")
    if not stat.S_ISREG(status.st_mode):
        raise ImportRefusedError("it is no ordinary file; copy it and import the copy")
    kind = _KINDS.get(path.suffix.lower())
    if kind is None:
        raise ImportRefusedError(
            f"files ending in {path.suffix} cannot be imported; "
            "save it as txt, html, md, pdf or docx"
        )
    if status.st_size > MAX_MEGABYTES * 2**20:
        raise ImportRefusedError(
            f"it has {status.st_size / 2**20:.0f} MB, the limit is {MAX_MEGABYTES} MB; "
            "split it or take the pictures out"
        )
    try:
        with path.open("rb") as file:
            data = file.read(MAX_MEGABYTES * 2**20 + 1)
    except OSError as error:
        raise ImportRefusedError(
            f"it cannot be read ({error.strerror}); give this user the right to read it"
        ) from error
    if not data.strip():
        raise ImportRefusedError("it is empty; open it and save the text in it")
    return RawFile(path.name, _kind_of(kind, data), data)


def _kind_of(kind: FileKind, data: bytes) -> FileKind:
    """The kind by content; the name's ending decides only where content says nothing."""
    if b"%PDF-" in data[:_PDF_HEADER_WITHIN]:
        return "pdf"
    if data.startswith(b"PK\x03\x04"):
        return "word"
    if data.lstrip()[:5] == b"{\\rtf":
        raise ImportRefusedError("it is an RTF file; open it in Word and save it as docx")
    if data.startswith(b"\xd0\xcf\x11\xe0"):
        raise ImportRefusedError(
            "it is an old Word file (doc) or one with a password; "
            "save it as docx without a password"
        )
    if kind == "pdf":
        raise ImportRefusedError(
            "it is damaged: it does not begin as a PDF does; open it in its own program and save "
            "it anew"
        )
    if kind == "word":
        raise ImportRefusedError(
            "it is damaged: it does not begin as a docx file does; open it in its own program and "
            "save it anew"
        )
    return kind


def decode(raw: RawFile) -> tuple[str, FileKind, tuple[str, ...]]:
    """The text of a txt, md or html file: text, kind (a txt may hold a page), warnings.

    UTF-8 and UTF-16 are recognised, with and without a byte order mark; a page's own statement
    is believed where it fits; else Windows-1252, which any old text file is most likely to be.

    Raises:
        ImportRefusedError: It is not text.
    """
    text, warnings = _decode(raw.data)
    control = sum(1 for char in text if char < " " and char not in "\t\n\r\f\v\x1a")
    if "\x00" in text or control > _MAX_CONTROL_SHARE * len(text):
        raise ImportRefusedError(
            "it is not text but binary data; open it in its own program and save it as docx, pdf "
            "or txt"
        )
    letters = sum(char.isalpha() for char in text)
    foreign = sum(char.isalpha() and char > "\x7f" for char in text)
    if warnings and foreign > _MAX_FOREIGN_SHARE * letters:
        raise ImportRefusedError(
            "its characters cannot be told from each other; save it as UTF-8 text"
        )
    kind = "page" if raw.kind == "text" and _MARKUP.match(text[:2000]) else raw.kind
    return text, kind, warnings


def _decode(data: bytes) -> tuple[str, tuple[str, ...]]:
    for mark, encoding in _BOMS:
        if data.startswith(mark):
            try:
                return data.decode(encoding), ()
            except UnicodeDecodeError as error:
                raise ImportRefusedError(f"it says it is {encoding} text but it is not") from error
    wide = _wide(data)
    if wide:
        return wide, ()
    try:
        return data.decode("utf-8"), ()
    except UnicodeDecodeError:
        pass
    loose = data.decode("utf-8", "replace")
    lost = loose.count("\ufffd")
    fine = sum(1 for char in loose if char > "\x7f") - lost
    if fine > 10 * lost:
        return loose, (f"{lost} characters could not be read and are marked in the text",)
    stated = _CHARSET.search(data[:4096])
    name = stated[1].decode("ascii").lower() if stated else ""
    # What calls itself Latin-1 or ASCII is Windows-1252 on the web.
    for encoding in ("" if name in _NARROW else name, "cp1252"):
        try:
            return data.decode(encoding), (
                "read as Windows-1252; check quotation marks and dashes",
            )
        except (LookupError, UnicodeDecodeError):
            continue
    return data.decode("latin-1"), ("the encoding is a guess; check quotation marks and dashes",)


def _wide(data: bytes) -> str:
    """UTF-16 without a mark: every second byte of English text is zero."""
    head = data[:2000]
    if head.count(0) < 0.3 * len(head):
        return ""
    encoding = "utf-16-le" if head[1::2].count(0) > head[0::2].count(0) else "utf-16-be"
    try:
        text = data.decode(encoding)
    except UnicodeDecodeError:
        return ""
    return text if sum(char.isascii() for char in text[:1000]) > 0.8 * len(text[:1000]) else ""
