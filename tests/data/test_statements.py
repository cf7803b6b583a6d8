"""Free text: every number to the right item and magnitude; what has none needs a person.

The invented statements were written with their answers before they were read. An answer is
"ITEM meaning number", "low~high" for a range, "?" where a person is needed, "nd" for days.
"""

from __future__ import annotations

import datetime as dt
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from data.statement_tokens import chinese_number, read_lexicon
from data.statements import CHARACTERS_MAX, Said, read_statement, said_date

INVENTED = """
防护服500套 | SUIT need 500
急需医用外科口罩2000只、护目镜30副 | SURGICAL_MASK need 2000; GOGGLES need 30
N95口罩还剩45个，需要500-1000个 | RESPIRATOR have 45; RESPIRATOR need 500~1000
口罩已用完，急需3千只 | MASK_ANY have 0; MASK_ANY need 3000
84消毒液库存12桶，还需要50桶 | DISINFECTANT have 12; DISINFECTANT need 50
缺：体温枪5把，手套两千双 | IR_THERMOMETER need 5; GLOVES need 2000
现有防护服 20 套，最多支撑两天 | SUIT have 20; SUIT lasts 2d
库存仅够维持3天 | lasts 3d
隔离衣一百二十件 | GOWN need 120
需要１０００个Ｎ９５ | RESPIRATOR need 1000
外科口罩1.5万只，防护服八百套，面屏二百个 | SURGICAL_MASK need 15000; SUIT need 800; FACE_SHIELD need 200
医用手套、鞋套各500双 | GLOVES need 500; SHOE_COVER need 500
酒精20桶 消毒液30桶 喷雾器2台 | ALCOHOL need 20; DISINFECTANT need 30; SPRAYER need 2
收到捐赠口罩3000只，防护服50套 | MASK_ANY got 3000; SUIT got 50
防护服、护目镜多多益善 | SUIT need ?; GOGGLES need ?
护目镜没有了，面罩只剩10个 | GOGGLES have 0; FACE_SHIELD have 10
500只口罩，20套防护服 | MASK_ANY need 500; SUIT need 20
需求：N95口罩约300只 | RESPIRATOR need 300
需口罩10000，手套5000，酒精（75%）100瓶 | MASK_ANY need 10000; GLOVES need 5000; ALCOHOL need 100
医护200人，N95口罩400个 | RESPIRATOR need 400
防护服（GB19082-2009）300件 | SUIT need 300
一次性医用口罩（YY/T 0969-2013）一万只 | MEDICAL_MASK need 10000
2月3日报：外科口罩剩余800只，缺口5000只 | SURGICAL_MASK have 800; SURGICAL_MASK need 5000
联系电话13800001234，护目镜缺60个 | GOGGLES need 60
床位120张，体温计需120支 | THERMOMETER need 120
一次性手术衣 若干 | SURGICAL_GOWN need ?
医用帽5百个；鞋套5百双。 | CAP need 500; SHOE_COVER need 500
目前N95还有50个，能用2天 | RESPIRATOR have 50; RESPIRATOR lasts 2d
目前防护服紧缺 | SUIT need ?
口罩1-2万只 | MASK_ANY need 10000~20000
口罩至少1万只，防护服1千套以上 | MASK_ANY need 10000; SUIT need 1000
急缺：1.防护服200套 2.护目镜100副 3.N95口罩1000个 | SUIT need 200; GOGGLES need 100; RESPIRATOR need 1000
防护服200套（库存10套） | SUIT need 200; SUIT have 10
需要防护服：200套，护目镜：100副 | SUIT need 200; GOGGLES need 100
防护服*200，护目镜*100 | SUIT need 200; GOGGLES need 100
防护服×200、面罩×50 | SUIT need 200; FACE_SHIELD need 50
口罩 3万5千 只 | MASK_ANY need 35000
十套防护服 | SUIT need 10
两副护目镜 | GOGGLES need 2
一台喷雾器 | SPRAYER need 1
消毒液每天用10桶 | DISINFECTANT daily 10
测温仪坏了3台 | IR_THERMOMETER need ?
We need 500 surgical masks and 20 coveralls | SURGICAL_MASK need 500; SUIT need 20
N95 masks: 45 left, need 500 to 1,000 | RESPIRATOR have 45; RESPIRATOR need 500~1000
surgical masks as many as possible | SURGICAL_MASK need ?
Goggles 200, face shields 50, gloves 3k | GOGGLES need 200; FACE_SHIELD need 50; GLOVES need 3000
We have 30 gowns; need about 300 gowns | GOWN have 30; GOWN need 300
out of thermometers | THERMOMETER have 0
Stock: alcohol 12, disinfectant 4. Need: disinfectant 60 | ALCOHOL have 12; DISINFECTANT have 4; DISINFECTANT need 60
received 400 masks yesterday | MASK_ANY got 400
need 2 infrared thermometers, 1 sprayer | IR_THERMOMETER need 2; SPRAYER need 1
disinfectant lasts 3 days | DISINFECTANT lasts 3d
Please send gloves | GLOVES need ?
our 12 staff share 3 suits, need 40 coveralls | SUIT need 40
防护口罩2千，外科口罩2万。库存：防护口罩500 | RESPIRATOR need 2000; SURGICAL_MASK need 20000; RESPIRATOR have 500
仍缺防护服，数量不限 | SUIT need ?
免洗手消毒液60瓶，75%酒精60瓶，84消毒液60瓶 | HAND_RUB need 60; ALCOHOL need 60; DISINFECTANT need 60
红外测温仪 3 | IR_THERMOMETER need 3
村口卡点6个，每个卡点需口罩20只 | MASK_ANY need ?
口罩、手套、消毒液均告急 | MASK_ANY need ?; GLOVES need ?; DISINFECTANT need ?
胶鞋40双（大码），靴套80双 | BOOTS need 40; BOOT_COVER need 80
泡腾片10瓶、双氧水5瓶 | CHLORINE_TABLET need 10; PEROXIDE need 5
今天8点盘点：N95 120个，外科口罩3000个 | RESPIRATOR have 120; SURGICAL_MASK have 3000
下午送来 护目镜 二十副 | GOGGLES need 20
大家加油 |
"""

CASES = [tuple(part.strip() for part in line.split("|")) for line in INVENTED.strip().splitlines()]


def shown(said: Said) -> str:
    """Return a row as the answers above are written."""
    name = f"{said.item} {said.meaning}" if said.item else said.meaning
    if said.person:
        return f"{name} ?"
    if said.days is not None:
        return f"{name} {said.days:g}d"
    return f"{name} {said.low}" if said.low == said.high else f"{name} {said.low}~{said.high}"


def read(text: str) -> str:
    return "; ".join(shown(said) for said in read_statement(text))


@pytest.mark.parametrize(("text", "answer"), CASES, ids=[text for text, _ in CASES])
def test_it_is_read_as_a_person_would(text, answer):
    assert read(text) == answer


def test_there_are_sixty_invented_statements_with_answers():
    assert len(CASES) >= 60


FURTHER = [
    tuple(part.strip() for part in line.split(" | "))
    for line in Path(__file__).with_name("statements.txt").read_text(encoding="utf-8").splitlines()
    if not line.startswith("#")
]
"""Statements that were written, with their answers, before the rules had read them."""


def numbers_of(answer: str) -> list[str]:
    """Return the parts of an answer in which a number stands."""
    return [part.strip() for part in answer.split(";") if part.strip() and not part.strip().endswith("?")]


def test_of_further_statements_at_least_95_in_100_numbers_are_read_right():
    assert len(FURTHER) >= 60
    due = [(text, part) for text, answer in FURTHER for part in numbers_of(answer)]
    missed = [(text, part) for text, part in due if part not in read(text).split("; ")]

    assert len(due) > 200
    assert len(missed) <= 0.05 * len(due), missed


@pytest.mark.parametrize(("text", "answer"), [*CASES, *FURTHER], ids=[text for text, _ in [*CASES, *FURTHER]])
def test_what_is_marked_sure_is_never_wrong(text, answer):
    for asked_for in ("", "need"):
        sure = [said for said in read_statement(text, asked_for=asked_for) if said.confidence == "high"]
        assert [shown(said) for said in sure if shown(said) not in numbers_of(answer)] == []


def test_many_are_marked_sure():
    """A reader who is never sure is never wrong, and of no use."""
    found = [
        said for text, _ in FURTHER for said in read_statement(text) if not said.person and said.item != "MASK_ANY"
    ]

    assert sum(said.confidence == "high" for said in found) > 0.4 * len(found)


def test_without_a_word_that_says_so_a_number_is_no_sure_need():
    (vague,) = read_statement("防护服300套")
    (asked,) = read_statement("防护服300套", asked_for="need")
    lines = read_statement("需要：\n防护服200套\n护目镜100副\n\n面屏50个")

    assert (vague.confidence, asked.confidence) == ("medium", "high")
    assert [said.confidence for said in lines] == ["high", "high", "medium"]


def test_dates_are_told_and_their_digits_count_nothing():
    (said,) = read_statement("防护服100套（最后更新：25日13:34）", today=dt.date(2020, 1, 26))

    assert (said.low, said.on) == (100, dt.date(2020, 1, 25))
    assert said_date("2020年2月3日", None) == dt.date(2020, 2, 3)
    assert said_date("2月30日", dt.date(2020, 2, 1)) is None


def test_the_words_a_row_was_read_from_go_with_it():
    assert [said.words for said in read_statement("急需 防护服500套，护目镜30副")] == ["防护服500套", "护目镜30副"]


def test_a_vague_number_is_not_marked_sure():
    sure = {said.item: said.confidence for said in read_statement("急需防护服约500套，护目镜30副，口罩5000只")}

    assert sure == {"SUIT": "medium", "GOGGLES": "high", "MASK_ANY": "medium"}


def test_users_add_words_of_their_own():
    lexicon = read_lexicon().with_words({"大白": "SUIT", "护目镜": "I7"})

    assert [said.item for said in read_statement("大白20套，护目镜30副", lexicon=lexicon)] == ["SUIT", "I7"]


def test_a_lexicon_with_an_empty_cell_names_its_row(tmp_path):
    path = tmp_path / "own.csv"
    path.write_text("item,word\nSUIT,大白\nSUIT,\n", encoding="utf-8")

    with pytest.raises(ValueError, match=r"own.csv, row 3"):
        read_lexicon(path)


def test_a_book_is_no_statement():
    with pytest.raises(ValueError, match=str(CHARACTERS_MAX)):
        read_statement("x" * (CHARACTERS_MAX + 1))


@pytest.mark.parametrize("written", ["9" * 400, "5" + "亿" * 60, "1" * 20 + "-" + "2" * 400])
def test_more_than_anybody_could_have_needs_a_person(written):
    said = list(read_statement(f"防护服{written}套"))

    assert [each.person for each in said if each.item == "SUIT"] in ([True], [])


@given(st.text(alphabet="口罩防护服需要缺少库存无各0123456789一二千万,，。:：（）个套 N95\n-~天日月", max_size=80))
def test_whatever_is_written_no_item_without_a_number_gets_one(text):
    for said in read_statement(text):
        assert said.person == (said.low is None and said.days is None)
        if said.low:
            digits = any(char.isdigit() for char in said.words) or any(char in "一二千万" for char in said.words)
            assert digits, said


@given(st.integers(1, 99_999))
def test_chinese_numerals_are_read_back(number):
    digits = "零一二三四五六七八九"

    def below_ten_thousand(part: int) -> str:
        text, skipped = "", False
        for power, name in ((1000, "千"), (100, "百"), (10, "十"), (1, "")):
            digit = part // power % 10
            if digit:
                text += ("零" if skipped and text else "") + digits[digit] + name
            skipped = not digit
        return text

    high, low = divmod(number, 10_000)
    written = (below_ten_thousand(high) + "万" if high else "") + (
        ("零" if high and low < 1000 and low else "") + below_ten_thousand(low)
    )
    assert chinese_number(written) == number
