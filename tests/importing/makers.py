"""Small PDF and Word files, made in the test: real ones, written without another library."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Container, Sequence
from pathlib import Path

import docx
import pypdf
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls

from backbot.importing.draft import Draft
from backbot.importing.importer import prepare

Line = tuple[str, float, float, float]
TEXT = (
    "Sitting for a whole morning makes many lower backs stiff, and a short walk helps.",
    "Get up every 30 to 40 minutes, even if only for 60 seconds, and walk to the window.",
)


def draft_of(folder: Path, name: str, data: bytes) -> Draft:
    """The draft that a file of these bytes becomes."""
    path = folder / name
    path.write_bytes(data)
    return prepare(path)


def page(body: str) -> bytes:
    """An HTML page of a heading, two paragraphs and `body`."""
    text = "".join(f"<p>{line}</p>" for line in TEXT)
    return f"<html><body><h1>Sitting and the back</h1>{text}{body}</body></html>".encode()


def pdf(
    pages: list[list[Line]],
    *,
    title: str = "",
    password: str = "",
    bold: Container[str] = (),
    dots: Sequence[tuple[float, float]] = (),
    paint: str = "f",
) -> bytes:
    """A PDF of text lines: (text, size, x, y) in points from the lower left corner.

    Args:
        pages: Their lines.
        title: For its properties.
        password: Without one anybody may open it.
        bold: The texts in bold type.
        dots: The lower left corners of squares of 3 points, on every page.
        paint: How they are painted; f fills them.
    """
    objects: list[bytes] = [
        b"",
        b"",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica /Encoding /WinAnsiEncoding >>",
        b"<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica-Bold /Encoding /WinAnsiEncoding >>",
    ]
    kids = []
    for page in pages:
        drawn = "".join(
            f"BT /F{1 + (text in bold)} {size} Tf 1 0 0 1 {x} {y} Tm ({_escaped(text)}) Tj ET\n"
            for text, size, x, y in page
        ).encode("cp1252")
        drawn += "".join(f"{x} {y} 3 3 re {paint}\n" for x, y in dots).encode()
        objects.append(b"<< /Length %d >>\nstream\n%s\nendstream" % (len(drawn), drawn))
        kids.append(len(objects) + 1)
        objects.append(
            b"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents %d 0 R "
            b"/Resources << /Font << /F1 3 0 R /F2 4 0 R >> >> >>" % len(objects)
        )
    objects[0] = b"<< /Type /Catalog /Pages 2 0 R >>"
    listed = b" ".join(b"%d 0 R" % kid for kid in kids)
    objects[1] = b"<< /Type /Pages /Kids [%s] /Count %d >>" % (listed, len(kids))
    out = io.BytesIO(b"")
    out.write(b"%PDF-1.4\n")
    offsets = []
    for number, body in enumerate(objects, 1):
        offsets.append(out.tell())
        out.write(b"%d 0 obj\n%s\nendobj\n" % (number, body))
    start = out.tell()
    out.write(b"xref\n0 %d\n0000000000 65535 f \n" % (len(objects) + 1))
    out.writelines(b"%010d 00000 n \n" % offset for offset in offsets)
    out.write(
        b"trailer << /Size %d /Root 1 0 R >>\nstartxref\n%d\n%%%%EOF\n" % (len(objects) + 1, start)
    )
    if not (title or password):
        return out.getvalue()
    writer = pypdf.PdfWriter(clone_from=io.BytesIO(out.getvalue()))
    if title:
        writer.add_metadata({"/Title": title})
    if password:
        writer.encrypt(password, algorithm="RC4-128")
    result = io.BytesIO()
    writer.write(result)
    return result.getvalue()


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def column(lines: list[str], *, size: float = 11, top: float = 700, x: float = 60) -> list[Line]:
    """Lines under each other; "" leaves the room of a paragraph's end."""
    return [(text, size, x, top - 1.3 * size * n) for n, text in enumerate(lines) if text]


def word(parts: list[tuple[str, str]], *, title: str = "", author: str = "") -> bytes:
    """A Word file of (style, text) paragraphs."""
    document = docx.Document()
    for style, text in parts:
        document.add_paragraph(text, style=style)
    document.core_properties.title = title
    document.core_properties.author = author
    out = io.BytesIO()
    document.save(out)
    return out.getvalue()


def zip_bomb() -> bytes:
    """A Word file whose text part would unpack to 300 MB of blanks."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w") as part,
    ):
        for _ in range(300):
            part.write(b" " * 2**20)
    return out.getvalue()


def pdf_of_stream(stream: bytes) -> bytes:
    """A PDF of one page with this packed stream of drawing."""
    plain = pdf([[("x", 11, 60, 700)]])
    start, end = plain.index(b"5 0 obj"), plain.index(b"6 0 obj")
    packed = b"5 0 obj\n<< /Length %d /Filter /FlateDecode >>\nstream\n%s\nendstream\nendobj\n"
    # the table of places is wrong now; readers find the objects all the same
    return plain[:start] + packed % (len(stream), stream) + plain[end:]


_XML = '<?xml version="1.0"?>'
_NAMESPACE = "http://schemas.openxmlformats.org/wordprocessingml/2006/main"
_ENTITIES = "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
LAUGHS = (
    f'{_XML}<!DOCTYPE w [<!ENTITY a "haha">{_ENTITIES}]><w:document xmlns:w="{_NAMESPACE}">'
    "<w:body><w:p><w:r><w:t>&j;</w:t></w:r></w:p></w:body></w:document>"
)
OUTSIDE_ENTITY = (
    f'{_XML}<!DOCTYPE w [<!ENTITY a SYSTEM "file:///etc/passwd">]><w:document '
    f'xmlns:w="{_NAMESPACE}"><w:body><w:p><w:r><w:t>&a;</w:t></w:r></w:p></w:body></w:document>'
)


def word_of_xml(part: str) -> bytes:
    """A Word file with this in place of its text, or in front of it where it is no document."""
    plain = word([("Normal", "Some words.")])
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        document = archive.read("word/document.xml").decode()
    whole = part if part.startswith(_XML) else document.replace("<w:body>", f"<w:body>{part}")
    return word_with(plain, "word/document.xml", whole.encode())


def word_with(plain: bytes, name: str, data: bytes) -> bytes:
    """A Word file with a part put in or exchanged."""
    out = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(plain)) as archive,
        zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as changed,
    ):
        for member in archive.namelist():
            if member != name:
                changed.writestr(member, archive.read(member))
        changed.writestr(name, data)
    return out.getvalue()


def word_changed(plain: bytes, name: str, old: str, new: str) -> bytes:
    """A Word file with some words of a part exchanged."""
    with zipfile.ZipFile(io.BytesIO(plain)) as archive:
        part = archive.read(name).decode()
    return word_with(plain, name, part.replace(old, new).encode())


def odd_word() -> bytes:
    """A Word file with what python-docx passes over: changes, text boxes, controls, notes."""
    document = docx.Document()
    space = nsdecls("w")
    paragraph = document.add_paragraph("Neck pain is common and mostly goes within weeks. ")
    for inner in (
        '<w:ins {} w:id="1" w:author="A"><w:r><w:t>Keep your neck moving gently. </w:t></w:r></w:ins>',
        '<w:del {} w:id="2" w:author="A"><w:r><w:delText>Wear a collar. </w:delText></w:r></w:del>',
        '<w:moveFrom {} w:id="7" w:author="A"><w:r><w:t>A collar helps.</w:t></w:r></w:moveFrom>',
        "<w:hyperlink {}><w:r><w:t>Read about pillows here.</w:t></w:r></w:hyperlink>",
    ):
        paragraph._p.append(parse_xml(inner.replace("{}", space)))
    box = (
        "<w:txbxContent><w:p><w:r><w:t>Call 999 if your legs are weak as well.</w:t></w:r></w:p>"
        "</w:txbxContent>"
    )
    body = document.element.body
    for block in (
        (
            f'<w:p {space} xmlns:mc="{_MC}" xmlns:wps="{_WPS}" xmlns:v="urn:schemas-microsoft-com:vml">'
            f'<w:r><mc:AlternateContent><mc:Choice Requires="wps"><w:drawing><wps:txbx>{box}</wps:txbx>'
            f"</w:drawing></mc:Choice><mc:Fallback><w:pict><v:textbox>{box}</v:textbox></w:pict>"
            "</mc:Fallback></mc:AlternateContent></w:r></w:p>"
        ),
        (
            f"<w:sdt {space}><w:sdtContent><w:p><w:r><w:t>A paragraph within a content control, as "
            "templates have them.</w:t></w:r></w:p></w:sdtContent></w:sdt>"
        ),
    ):
        body.insert(len(body) - 1, parse_xml(block))
    table = document.add_table(1, 2)
    table.cell(0, 0).text, table.cell(0, 1).text = "Chin tuck", "ten"
    out = io.BytesIO()
    document.save(out)
    note = (
        f"<w:footnotes {space}><w:footnote w:id='2'><w:p><w:r><w:t>Stop if your arm tingles during "
        "the exercise.</w:t></w:r></w:p></w:footnote></w:footnotes>"
    )
    data = word_with(out.getvalue(), "word/footnotes.xml", note.encode())
    for name, end, more in (
        ("[Content_Types].xml", b"</Types>", _NOTES_TYPE),
        ("word/_rels/document.xml.rels", b"</Relationships>", _NOTES_LINK),
    ):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            part = archive.read(name).replace(end, more + end)
        data = word_with(data, name, part)
    return data


_MC = "http://schemas.openxmlformats.org/markup-compatibility/2006"
_WPS = "http://schemas.microsoft.com/office/word/2010/wordprocessingShape"
_NOTES_TYPE = (
    b'<Override PartName="/word/footnotes.xml" ContentType="application/vnd.openxmlformats-'
    b'officedocument.wordprocessingml.footnotes+xml"/>'
)
_NOTES_LINK = (
    b'<Relationship Id="rId99" Type="http://schemas.openxmlformats.org/officeDocument/2006/'
    b'relationships/footnotes" Target="footnotes.xml"/>'
)
