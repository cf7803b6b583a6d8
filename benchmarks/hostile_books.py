"""Workbooks and archives that attack whoever opens them: bombs, lying sizes, entities, formulas, broken old forms."""

from __future__ import annotations

import io
import random
import struct
import zipfile
import zlib
from collections.abc import Mapping

from benchmarks.hostile_values import FORMULAS, hostile

__all__ = ["BOOKS", "book_of"]

_TYPES = (
    '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/>'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/><Override PartName="/xl/workbook.xml" '
    'ContentType="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/></Types>'
)
_RELS = (
    '<?xml version="1.0"?><Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships"><Relationship Id="r1" '
    'Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/{kind}" Target="{target}"/>{more}</Relationships>'
)
_BOOK = (
    '<?xml version="1.0"?><workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main" '
    'xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets><sheet name="{name}" sheetId="1" r:id="r1"/></sheets></workbook>'
)
_SHEET = '<?xml version="1.0"?>{dtd}<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main">{before}<sheetData>{rows}</sheetData>{after}</worksheet>'
_HEADERS = ("number", "date", "from", "site", "item", "units")
_LAUGHS = (
    '<!DOCTYPE x [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + n)} "{f"&{chr(97 + n)};" * 10}">' for n in range(9))
    + "]>"
)
_OUTSIDE = '<!DOCTYPE x [<!ENTITY e SYSTEM "file:///etc/passwd">]>'


def _cell(at: str, text: str) -> str:
    return f'<c r="{at}" t="inlineStr"><is><t>{text}</t></is></c>'


def _rows(cells: str = "") -> str:
    head = "".join(_cell(f"{chr(65 + n)}1", name) for n, name in enumerate(_HEADERS))
    row = "".join(
        _cell(f"{chr(65 + n)}2", each) for n, each in enumerate(("F1", "2020-02-10", "S1", "D1", "MASK", "5"))
    )
    return f'<row r="1">{head}</row><row r="2">{row}{cells}</row>'


def book_of(rows: str, *, dtd: str = "", before: str = "", after: str = "", more: Mapping[str, bytes] | None = None,
            name: str = "receipts", links: str = "", level: int = 6) -> bytes:  # fmt: skip
    """Return a workbook of one sheet from the XML of its rows."""
    parts: dict[str, bytes | str] = {
        "[Content_Types].xml": _TYPES,
        "_rels/.rels": _RELS.format(kind="officeDocument", target="xl/workbook.xml", more=""),
        "xl/workbook.xml": _BOOK.format(name=name),
        "xl/_rels/workbook.xml.rels": _RELS.format(kind="worksheet", target="worksheets/sheet1.xml", more=links),
        "xl/worksheets/sheet1.xml": _SHEET.format(dtd=dtd, before=before, rows=rows, after=after),
        **(more or {}),
    }
    return _zip(parts, level)


def _zip(parts: Mapping[str, bytes | str], level: int = 6) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=level) as archive:
        for name, part in parts.items():
            archive.writestr(name, part)
    return out.getvalue()


def _dense(rng: random.Random) -> bytes:
    """As many cells as there may be, each of a few bytes: small as a file, large once it is read."""
    columns = rng.choice((20, 100, 200))
    count = rng.choice((6_000, 20_000, 50_000, 100_000)) * 20 // columns
    row = "".join(
        f'<c r="{chr(65 + n) if n < 26 else chr(64 + n // 26) + chr(65 + n % 26)}{{r}}"><v>{n}</v></c>'
        for n in range(columns)
    )
    return book_of(_rows() + "".join(f'<row r="{r}">{row.replace("{r}", str(r))}</row>' for r in range(3, count)))


def _shared(rng: random.Random) -> bytes:
    """One long text that every cell names."""
    count = rng.choice((1_000, 20_000, 60_000))
    strings = f'<sst count="{count}" uniqueCount="1"><si><t>{"x" * rng.choice((500, 32_000, 1_000_000))}</t></si></sst>'
    link = '<Relationship Id="r2" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/sharedStrings" Target="sharedStrings.xml"/>'
    rows = "".join(f'<row r="{n}"><c r="B{n}" t="s"><v>0</v></c></row>' for n in range(3, count))
    return book_of(_rows() + rows, more={"xl/sharedStrings.xml": strings.encode()}, links=link)


def _far(rng: random.Random) -> bytes:
    at = rng.choice(("XFD1048576", "A1048577", "ZZZZZZ9", "A99999999999999999999", "A0", "1A", "Á1", "GS5", "B900000"))
    return book_of(
        _rows() + f'<row r="9">{_cell(at, "x")}</row>',
        before=f'<dimension ref="{rng.choice(("A1:XFD1048576", "A1", "", "x"))}"/>',
    )


def _entities(rng: random.Random) -> bytes:
    dtd = rng.choice((_LAUGHS, _OUTSIDE, '<!DOCTYPE x SYSTEM "http://127.0.0.1:1/x.dtd">', "<!DOCTYPE x>"))
    return book_of(
        _rows(_cell("G2", rng.choice(("&j;", "&e;", "&#0;", "&#x110000;", "&undefined;")))),
        dtd=dtd if rng.random() < 0.8 else "",
    )


def _nested(rng: random.Random) -> bytes:
    deep = rng.choice((1_000, 100_000, 1_000_000))
    return book_of(_rows("<is>" * deep) if rng.random() < 0.5 else "<row>" * deep + _rows())


def _formulas(rng: random.Random) -> bytes:
    text = rng.choice(FORMULAS).replace("&", "&amp;").replace("<", "&lt;").replace("\n", "&#10;").replace("\r", "&#13;")
    kind = rng.choice(("G2", "F2", "E2"))
    return book_of(
        _rows(
            rng.choice(
                (
                    _cell("G2", text),
                    f'<c r="{kind}"><f>{text.lstrip("=")}</f><v>5</v></c>',
                    f'<c r="{kind}"><f>{text}</f></c>',
                )
            )
        )
    )


def _extras(rng: random.Random) -> bytes:
    """Macros, links to other workbooks, embedded objects, parts without end, names that lead elsewhere."""
    more = {
        rng.choice(
            (
                "xl/vbaProject.bin",
                "xl/externalLinks/externalLink1.xml",
                "../../../../tmp/pwned",
                "/etc/x",
                "xl/embeddings/o.bin",
                "a" * 60_000,
                "xl\\x.xml",
            )
        ): rng.randbytes(200)
    }
    if rng.random() < 0.4:
        more |= {f"x/{n}.xml": b"" for n in range(rng.choice((1_990, 2_100, 30_000)))}
    return book_of(
        _rows(),
        more=more,
        name=hostile(rng)[:40].encode("utf-8", "ignore").decode().translate({ord(c): "_" for c in '<>&"\x00'}) or "x",
    )


def _bomb(rng: random.Random) -> bytes:
    """Zeros without end in some part, some of them in an archive within."""
    inner = b"\0" * rng.choice((30_000_000, 150_000_000))
    part = rng.choice((inner, _zip({"a": inner}, 9)))
    return book_of(
        _rows(), more={rng.choice(("xl/media/x.bin", "xl/sharedStrings.xml", "docProps/app.xml")): part}, level=9
    )


def _lying(rng: random.Random) -> bytes:
    """Sizes, checksums, offsets and flags that are not so, or a part that lies upon another."""
    sound = bytearray(book_of(_rows()))
    central = sound.find(b"PK\x01\x02")
    for _ in range(rng.choice((1, 2, 5))):
        at = (
            central + rng.choice((6, 8, 10, 16, 20, 24, 28, 30, 32, 42))
            if rng.random() < 0.7
            else rng.randrange(len(sound))
        )
        struct.pack_into(
            "<H", sound, min(at, len(sound) - 2), rng.choice((0, 1, 8, 12, 99, 0xFFFF, rng.randrange(65_536)))
        )
    if rng.random() < 0.3:
        sound += sound[central:]
    return bytes(sound[: rng.randrange(1, len(sound))] if rng.random() < 0.2 else sound)


def _spoilt(rng: random.Random) -> bytes:
    """Bytes of the sheet's XML changed, within an archive that is sound."""
    rows = bytearray(_rows().encode())
    for _ in range(rng.choice((1, 3, 20))):
        rows[rng.randrange(len(rows))] = rng.randrange(256)
    return book_of(rows.decode("latin-1"))


def _ole(rng: random.Random) -> bytes:
    """The form before: chains of sectors that lead round, records that are cut, a password, noise."""
    head = bytearray(
        bytes.fromhex("d0cf11e0a1b11ae1") + bytes(16) + struct.pack("<HHHHH", 0x3E, 3, 0xFFFE, 9, 6) + bytes(6)
    )
    head += struct.pack(
        "<IIIIIIIII",
        rng.choice((0, 1, 2**31)),
        1,
        rng.randrange(5),
        0,
        4096,
        rng.choice((0, 1, 0xFFFFFFFE)),
        0,
        0xFFFFFFFE,
        0,
    )
    head += struct.pack("<109I", *[rng.choice((0, 1, 2, 0xFFFFFFFF)) for _ in range(109)])
    sectors = [struct.pack("<128I", *[rng.choice((0, 1, 2, 3, 0xFFFFFFFE, 0xFFFFFFFF)) for _ in range(128)])]
    name = rng.choice(("Workbook", "Book", "EncryptedPackage")).encode("utf-16-le").ljust(64, b"\0")
    entry = name + struct.pack(
        "<HBBIIIIIIIQQII", 18, rng.choice((2, 5)), 1, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, rng.choice((100, 2**31 - 1, 4_096))
    )
    sectors += [(entry * 4)[:512].ljust(512, b"\0"), rng.randbytes(512), b"\x09\x08\x10\x00" + rng.randbytes(508)]
    return bytes(head[:512].ljust(512, b"\0")) + b"".join(sectors)


def _polyglot(rng: random.Random) -> bytes:
    sound = book_of(_rows())
    return rng.choice((b"%PDF-1.4\n" + sound, b"<html><script>1</script>" + sound, sound + b"\n" + rng.randbytes(400), b"MZ" + sound, zlib.compress(sound), b"\x1f\x8b\x08" + rng.randbytes(99),
                       b"PAR1" + rng.randbytes(50) + b"PAR1", b"SQLite format 3\0" + rng.randbytes(900)))  # fmt: skip


BOOKS = {
    "dense": _dense, "shared": _shared, "far": _far, "entities": _entities, "nested": _nested, "formulas": _formulas, "extras": _extras, "bomb": _bomb,
    "lying": _lying, "spoilt": _spoilt, "ole": _ole, "polyglot": _polyglot,
}  # fmt: skip
"""What makes a workbook of each sort."""
