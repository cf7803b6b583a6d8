"""A plan's folder: what stands in each file, byte for byte."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import pytest
from hand_made_plan import hand_made_case, hand_made_pairs, hand_made_plan, places, texts, whole

from allocator.plan import Substituted
from data.csv_text import plain_numbers, quoted, rounded_12
from data.plan_files import NotInPlan, why, write_plan


def _text(folder: Path, name: str) -> str:
    return (folder / name).read_bytes().decode("utf-8")


def test_every_table_is_written_as_the_case_format_fixes_it(tmp_path: Path) -> None:
    write_plan(hand_made_plan(), hand_made_case(), tmp_path, xlsx=False)

    assert _text(tmp_path, "lines.csv") == (
        "depot,site,item,packs,units,kg\n"
        "D1,S1,mask,2,20,0.6\n"
        "D1,S1,thermo,4,4,0.4\n"
        "D1,S2,mask,2,20,0.6\n"
        "D1,S3,mask,1,10,0.3\n"
    )
    assert _text(tmp_path, "pairs.csv") == (
        "site,item,tier,daily_units,on_hand,in_transit,fair_units,units,cover_before,cover_after,rung,fill,reason\n"
        "S1,mask,frontline,20,2,0,25.6,20,0.1,1.1,2,0.38,R1\n"
        "S1,thermo,frontline,4,0,0,4,4,0,1,0,1,R2\n"
        "S2,mask,frontline,12.5,0,5,16.6666666667,20,0.4,2,2,0.733333333333,R1\n"
        "S3,mask,recovery,30,0,0,7.73333333333,10,0,0.333333333333,2,0.386666666667,R3\n"
    )
    assert _text(tmp_path, "stops.csv") == (
        "depot,site,kg,m3\n"
        "D1,S1,1,\n"
        "D1,S2,0.6,0.002\n"
        "D1,S3,0.3,0.001\n"
    )  # fmt: skip
    assert _text(tmp_path, "lots.csv") == (
        "depot,site,item,lot,units\n"
        "D1,S1,mask,L1,20\n"
        "D1,S1,thermo,,4\n"
        "D1,S2,mask,L2,20\n"
        "D1,S3,mask,L2,10\n"
    )  # fmt: skip
    english = [line.split(",", 2)[2] for line in _text(tmp_path, "reasons.csv").splitlines()]
    assert english[0] == "en,zh"
    assert english[1].startswith('"mask from D1, D2 is all sent.",')
    assert not (tmp_path / "substitutes.csv").exists()


def test_a_proof_has_one_step_to_a_line_so_that_plans_can_be_compared(tmp_path: Path) -> None:
    write_plan(hand_made_plan(), hand_made_case(), tmp_path, xlsx=False)

    assert _text(tmp_path, "proof.json") == (
        '{"flow":[\n'
        '[["D1"],"mask","frontline","D1","42.266666"]\n'
        "],\n"
        '"steps":[\n'
        '{"rung":2,"fill":"0.38","freezes":3,"supply":[["D1","mask","0.02"]],"gap":"0"}\n'
        "]}\n"
    )
    assert json.loads(_text(tmp_path, "proof.json")) == hand_made_plan().proof.as_json()
    assert json.loads(_text(tmp_path, "summary.json"))["engine"] == "by hand"
    timings = json.loads(_text(tmp_path, "timings.json"))
    assert timings["engine_seconds"] == 0
    assert 10 < timings["peak_mb"]["before writing"] <= timings["peak_mb"]["after writing"]


def test_a_second_run_writes_the_same_bytes(tmp_path: Path) -> None:
    for run in ("first", "second"):
        write_plan(hand_made_plan(), hand_made_case(), tmp_path / run)

    files = sorted(path.name for path in (tmp_path / "first").iterdir())
    assert "plan.xlsx" in files
    for name in files:
        if name != "timings.json":
            assert (tmp_path / "first" / name).read_bytes() == (tmp_path / "second" / name).read_bytes(), name


def test_files_that_a_plan_does_not_have_do_not_stay_from_the_one_before(tmp_path: Path) -> None:
    sent = Substituted(depot=places(0), site=places(3), item=places(1), by=places(0), packs=whole(1), units=whole(10))
    write_plan(hand_made_plan(substituted=sent), hand_made_case(), tmp_path)
    assert _text(tmp_path, "substitutes.csv") == "depot,site,item,by,packs,units\nD1,S3,thermo,mask,1,10\n"
    assert (tmp_path / "lots.csv").exists()

    write_plan(hand_made_plan(), hand_made_case(lots=("", "", "")), tmp_path, xlsx=False)
    assert not {"substitutes.csv", "lots.csv", "plan.xlsx"} & {path.name for path in tmp_path.iterdir()}


def test_codes_with_commas_and_quotes_stay_one_field(tmp_path: Path) -> None:
    case = hand_made_case()
    sites = dataclasses.replace(case.sites, code=texts("D1", "S1", 'S2,"old"', "S3"))
    case = dataclasses.replace(case, sites=sites)
    write_plan(hand_made_plan(), case, tmp_path, xlsx=False)

    assert 'D1,"S2,""old""",mask,2,20,0.6\n' in _text(tmp_path, "lines.csv")
    assert why(tmp_path, 'S2,"old"', "mask").row["cover_after"] == "2"


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (20.0, "20"),
        (0.1 + 0.2, "0.3"),
        (1 / 3, "0.333333333333"),
        (123456.7890123456, "123456.789012"),
        (12345678901.25, "12345678901.2"),
        (1e12, "1000000000000"),
        (1e-7, "0.0000001"),
        (2 / 3 * 1e-9, "0.000000000666666666667"),
        (-0.0, "0"),
        (float("nan"), ""),
    ],
)
def test_a_number_has_one_spelling(number: float, text: str) -> None:
    """Rounded to 12 significant digits, whole ones without a point, none with an exponent."""
    assert plain_numbers(rounded_12(np.array([number]))).to_pylist() == [text]
    # Long columns take a shorter way for numbers that repeat; it must spell them alike.
    assert set(plain_numbers(rounded_12(np.full(10_000, number))).to_pylist()) == {text}


def test_rounding_to_12_digits_is_the_rounding_that_python_prints() -> None:
    numbers = np.random.default_rng(7).lognormal(0, 5, 2_000)
    assert rounded_12(numbers).tolist() == [float(f"{number:.12g}") for number in numbers]


def test_only_fields_that_need_quotes_get_them() -> None:
    assert quoted(["S1", "a b", "a,b", 'a"b', "a\nb", "", "-"]).to_pylist() == [
        "S1", "a b", '"a,b"', '"a""b"', '"a\nb"', "", "-",
    ]  # fmt: skip


def test_an_empty_plan_is_headers_only(tmp_path: Path) -> None:
    nobody = hand_made_pairs().take(slice(0, 0))
    write_plan(hand_made_plan(pairs=nobody), hand_made_case(), tmp_path, xlsx=False)
    assert _text(tmp_path, "pairs.csv").count("\n") == 1


def test_why_finds_a_pair_and_its_sentence(tmp_path: Path) -> None:
    write_plan(hand_made_plan(), hand_made_case(), tmp_path, xlsx=False)

    answer = why(tmp_path, "S1", "mask")
    assert (answer.code, answer.sentence) == ("supply", "mask from D1, D2 is all sent.")
    assert answer.row["units"] == "20"
    assert str(answer).endswith("mask from D1, D2 is all sent.")
    assert why(tmp_path, "S3", "mask", "zh").row["reason"] == "R3"


@pytest.mark.parametrize(
    ("site", "item", "hint"),
    [
        ("S4", "mask", "nearest code is S"),
        ("", "mask", "no needs of a site"),
        ("S1", "masks", "nearest code S1 needs is mask"),
        ("S3", "thermo", "S3 has no need of thermo in this plan"),
    ],
)
def test_why_names_the_nearest_code(tmp_path: Path, site: str, item: str, hint: str) -> None:
    write_plan(hand_made_plan(), hand_made_case(), tmp_path, xlsx=False)
    with pytest.raises(NotInPlan, match=hint):
        why(tmp_path, site, item)


def test_why_finds_every_row_of_a_long_file(tmp_path: Path) -> None:
    """Ten rows or ten million: every pair that was written is found, first and last included."""
    (tmp_path / "reasons.csv").write_text("reason,code,en,zh\nR1,c,yes,是\n", encoding="utf-8")
    header = (
        "site,item,tier,daily_units,on_hand,in_transit,fair_units,units,cover_before,cover_after,rung,fill,reason\n"
    )
    codes = [f"{'点' * (n % 3)}S{n:03d}" for n in range(200)]
    rows = [f"{code},i{k},t,1,0,0,{k},0,0,0,1,0,R1\n" for code in sorted(codes) for k in range(3)]
    (tmp_path / "pairs.csv").write_text(header + "".join(rows), encoding="utf-8")

    for code in codes:
        for k in range(3):
            assert why(tmp_path, code, f"i{k}").row["fair_units"] == str(k)


def test_why_says_where_there_is_no_plan(tmp_path: Path) -> None:
    with pytest.raises(NotInPlan, match="holds no plan"):
        why(tmp_path, "S1", "mask")
