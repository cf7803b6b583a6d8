"""Sentences in the reader's language, by gettext: English is the source, Chinese is complete.

`python -m data.texts` extracts every `say("...")` into the catalogue and compiles it;
`python -m data.texts --check` only says what is missing.
"""

from __future__ import annotations

import gettext
import sys
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from allocator.plurals import formatted
from allocator.sentence import Named, Sentence

__all__ = ["DOMAIN", "LANGUAGES", "LOCALE_FOLDER", "translator"]

DOMAIN = "allocator"
LOCALE_FOLDER = Path(__file__).parent / "locale"
LANGUAGES = {"en": "", "zh": "zh_CN"}
"""Languages a reader may ask for, and the folder of their catalogue (the source has none)."""

_LIST_JOINTS = {"en": ", ", "zh": "、"}


@cache
def _catalogue(lang: str) -> gettext.NullTranslations:
    folder = LANGUAGES[lang]
    if not folder:
        return gettext.NullTranslations()
    return gettext.translation(DOMAIN, LOCALE_FOLDER, languages=[folder])


def translator(lang: str) -> Callable[[Sentence], str]:
    """Return the function that words a sentence in a language: "en" or "zh" (also "zh_CN", "zh-Hans").

    Values that are sentences or names are worded too, and lists are joined; anything else stays as
    it is. Raises ValueError for a language that is not there.

    >>> from allocator.sentence import say
    >>> translator("en")(say("{depot} holds {packs} packs.", depot="D1", packs=3))
    'D1 holds 3 packs.'
    """
    short = lang.replace("-", "_").split("_")[0].lower()
    if short not in LANGUAGES:
        raise ValueError(f'no language "{lang}"; there is: {", ".join(LANGUAGES)}')
    catalogue = _catalogue(short)

    def worded(value: Any) -> Any:
        if isinstance(value, Sentence):
            return translate(value)
        if isinstance(value, Named):
            return value.worded(short)
        if isinstance(value, (list, tuple)):
            return _LIST_JOINTS[short].join(str(worded(part)) for part in value)
        return value

    def translate(sentence: Sentence) -> str:
        # gettext answers "" with the catalogue's header, which nobody wants to read.
        message = catalogue.gettext(sentence.message) if sentence.message else ""
        values = {name: worded(value) for name, value in sentence.values.items()}
        return (formatted(message, values) if short == "en" else message.format(**values)).strip()

    return translate


def _main(arguments: list[str]) -> int:
    from data import catalogue  # Babel is only needed to make the catalogue

    return catalogue.main(arguments)


if __name__ == "__main__":
    sys.exit(_main(sys.argv[1:]))
