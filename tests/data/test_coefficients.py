"""Users' own coefficient tables: everything wrong at once, each with its row and remedy."""

import pytest

from data.coefficients import COLUMNS, CoefficientsUnreadable, read_coefficients
from data.texts import translator


def table(tmp_path, *rows: str, header: str = ",".join(COLUMNS)):
    path = tmp_path / "own.csv"
    path.write_text("\n".join([header, *rows]) + "\n", encoding="utf-8-sig")
    return path


def said(path) -> list[str]:
    with pytest.raises(CoefficientsUnreadable) as wrong:
        read_coefficients(path)
    return [translator("en")(sentence) for sentence in wrong.value.sentences]


def test_everything_wrong_is_said_at_once(tmp_path):
    path = table(
        tmp_path,
        "MASK,staf,,standard,-1,,,,,,,,,A,norm",
        ",staff,,panic,2,3,4,,,,,,,Z,",
        "MASK,staff,,standard,1,,,,,,,,,A,norm",
        "MASK,staff,,standard,2,,,,,,,,,A,norm",
        "DISINF,area_m2,,standard,,,,,,250,,50000,500,A,norm",
    )

    assert said(path) == [
        (
            'own.csv, row 2, driver: "staf" is not one of: staff, inpatient_staff, ward_entries, patients, vehicles, '
            "persons, households, pupils, employees, classes, gates, area_m2."
        ),
        'own.csv, row 2, value: "-1" is not a number above 0.',
        'own.csv, row 3, posture: "panic" is not one of: standard, contingency, crisis.',
        'own.csv, row 3, confidence: "Z" is not one of: A, B, C.',
        "own.csv, row 3, item: nothing is there. Fill it in.",
        "own.csv, row 3, source: nothing is there. Fill it in.",
        "own.csv, row 3: the value lies outside low and high. Correct one of them.",
        'own.csv, row 6, target_mg_l: "" is not a number above 0.',
        "own.csv, row 5: says again what row 4 says. Keep one of them.",
    ]


def test_an_empty_table_and_one_in_another_encoding_are_refused(tmp_path):
    binary = tmp_path / "binary.csv"
    binary.write_bytes(b"item,driver\n\xff\xfe")

    assert said(table(tmp_path)) == ["own.csv has no rows."]
    assert said(binary)[0].startswith("binary.csv is no CSV table in UTF-8")


def test_the_shipped_table_has_a_source_and_a_confidence_on_every_row():
    shipped = read_coefficients()

    assert all(shipped.source)
    assert set(shipped.confidence) == {"A", "B", "C"}
