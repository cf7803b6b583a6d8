"""Every text is there in both languages, and the generated pages are what the code says."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

from allocator.sentence import Sentence, say
from data.catalogue import compiled, extracted, read_catalogue, untranslated
from data.texts import LOCALE_FOLDER, translator

ROOT = Path(__file__).resolve().parents[2]
CATALOGUE = LOCALE_FOLDER / "zh_CN" / "LC_MESSAGES" / "allocator.po"


def test_every_text_is_translated():
    assert untranslated() == [], "run: python -m data.texts, and fill in the .po file"


def test_the_catalogue_holds_no_text_that_nobody_says():
    assert set(read_catalogue()) == set(extracted()), "run: python -m data.texts"


def test_the_compiled_catalogue_is_the_written_one():
    assert CATALOGUE.with_suffix(".mo").read_bytes() == compiled(), "run: python -m data.texts"


def test_sentences_within_sentences_and_lists_are_worded_too():
    sentence = say("{place}: {found}", place=say("{where}, row {row}", where="库存.csv", row=3), found=["a", "b"])

    assert translator("en")(sentence) == "库存.csv, row 3: a, b"
    assert translator("zh-Hans")(sentence) == "库存.csv，第 3 行：a、b"


def test_a_text_without_translation_stays_readable_and_an_unknown_language_is_refused():
    assert translator("zh")(Sentence("{n} otters", {"n": 2})) == "2 otters"
    with pytest.raises(ValueError, match='no language "fr"; there is: en, zh'):
        translator("fr")


def test_the_pages_of_the_case_format_and_the_messages_are_what_the_code_says():
    spec = importlib.util.spec_from_file_location("write_case_pages", ROOT / "docs" / "write_case_pages.py")
    pages = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(pages)

    for path, text in pages.pages().items():
        assert path.read_text(encoding="utf-8") == text, "run: python docs/write_case_pages.py"
