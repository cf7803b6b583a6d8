"""Paper: a template of typst and what goes into it become a PDF.

Every text goes in as data, so a site's name cannot become markup; the font travels with the program, so
Chinese never prints as boxes; no date is written into the file, so the same content is the same bytes.
"""

from __future__ import annotations

import io
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

__all__ = ["pdf_of", "qr_of"]


def pdf_of(template: Path, given: Mapping[str, Any]) -> bytes:
    """Return the PDF that a template makes of plain JSON values."""
    import typst
    from noto_cjk_sans_otc import FONT_PATH

    pdf = typst.compile(
        str(template),
        root=str(template.parent),
        font_paths=[str(Path(FONT_PATH).parent)],
        ignore_system_fonts=True,
        sys_inputs={"data": json.dumps(given, ensure_ascii=False)},
    )
    if not isinstance(pdf, bytes):
        raise TypeError("typst made more than one file")
    return pdf


def qr_of(text: str) -> str:
    """Return a QR code as SVG, "" of no text; medium error correction: a creased sheet still reads."""
    if not text:
        return ""
    import segno

    out = io.BytesIO()
    segno.make(text, error="m", micro=False).save(out, kind="svg", border=0, xmldecl=False)
    return out.getvalue().decode()
