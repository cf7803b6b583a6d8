"""What a sentence about supplies is made of: items, quantities, cues, breaks; everything that is no quantity is hidden.

Years, times, standards (GB 19083-2010), models (9132/1860), telephone numbers, percentages and list
numbers hold digits that count nothing; they are recognised first, so that no rule mistakes them.
"""

from __future__ import annotations

import csv
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache, cached_property
from pathlib import Path

from data.statement_cues import CUE, NOT_COUNTED, UNIT, UNITS

__all__ = ["SHIPPED_LEXICON", "Lexicon", "Quantity", "Token", "chinese_number", "read_lexicon", "tokens_of"]

SHIPPED_LEXICON = Path(__file__).with_name("lexicon.csv")

NOTHING = "-"
"""The item of words that name none: 含鞋套 says that a suit has shoe covers."""

_DIGITS = {c: n for n, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
_POWERS = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}
_WHOLE = 1e-6  # 1.2 × 10,000 is not quite 12,000 in binary
_LATIN_POWERS = {"k": 1_000, "w": 10_000}


@dataclass(frozen=True)
class Token:
    """A piece of the text. `kind`: item, quantity, cue, break or days; `value`: what it says.

    A quantity's value is a `Quantity`, a cue's its meaning, an item's its code, days' the number.
    """

    kind: str
    value: object
    begin: int
    end: int


@dataclass(frozen=True)
class Quantity:
    """So many of something: `low` = `high` unless a range was written. `about`: the writer was not sure."""

    low: int
    high: int
    about: bool = False
    unit: str = ""


@dataclass(frozen=True)
class Lexicon:
    """Words for items: word (normalised, lower case) → item."""

    words: Mapping[str, str]

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        """Match the longest word at each place."""
        return _word_pattern(tuple(sorted(self.words, key=lambda word: (-len(word), word))))

    def with_words(self, words: Mapping[str, str]) -> Lexicon:
        """Return a lexicon that knows further words; they win over those it has."""
        return Lexicon(dict(self.words) | {normalised(word).strip(): item for word, item in words.items()})


@cache
def _word_pattern(words: Sequence[str]) -> re.Pattern[str]:
    def escaped(word: str) -> str:
        # A Latin word must stand alone: "mask" is not in "unmasked".
        left = r"(?<![a-z])" if word[0].isascii() and word[0].isalpha() else ""
        right = r"(?![a-z])" if word[-1].isascii() and word[-1].isalpha() else ""
        # "84" alone would be any eighty-four; it means the disinfectant only where nothing is counted.
        if word.isdigit():
            left, right = r"(?<![\d.])", r"(?![\d.万千百kw" + UNITS + "])"
        return left + re.escape(word) + right

    return re.compile("|".join(escaped(word) for word in words))


def normalised(text: str) -> str:
    """Return a text in half-width, lower-case letters and digits, of the same length.

    >>> normalised("Ｎ95 ５００個")
    'n95 500個'
    """
    return "".join(_narrow(char) for char in text)


def _narrow(char: str) -> str:
    narrow = unicodedata.normalize("NFKC", char).lower()
    return narrow if len(narrow) == 1 else char


@cache
def read_lexicon(path: Path = SHIPPED_LEXICON) -> Lexicon:
    """Return the lexicon of a CSV file with columns item and word.

    Raises:
        ValueError: a column is missing or a cell is empty, with its row.

    """
    with path.open(encoding="utf-8-sig", newline="") as file:
        rows = csv.DictReader(file)
        if not {"item", "word"} <= set(rows.fieldnames or ()):
            raise ValueError(f"{path.name}: the columns item and word are needed")
        words: dict[str, str] = {}
        for number, row in enumerate(rows, start=2):
            word, item = normalised(row["word"] or "").strip(), (row["item"] or "").strip()
            if not word or not item:
                raise ValueError(f"{path.name}, row {number}: item and word must both be filled in")
            words[word] = item
    return Lexicon(words)


def chinese_number(text: str) -> int | None:
    """Return the number that Chinese numerals write, None where they write none.

    >>> [chinese_number(text) for text in ("五千", "一万二千", "两百五十", "十二", "一千零五", "万", "口")]
    [5000, 12000, 250, 12, 1005, None, None]
    """
    total = section = digit = 0
    if not text or text[0] in "百千万亿":
        return None
    for char in text:
        if char in _DIGITS:
            if digit:
                return None  # 三五十 is thirty to fifty
            digit = _DIGITS[char]
        elif char in "十百千":
            section += (digit or 1) * _POWERS[char]
            digit = 0
        elif char in "万亿":
            total = (total + section + digit) * _POWERS[char]
            section = digit = 0
        else:
            return None
    return total + section + digit


_NUMERAL = "[零〇一二两三四五六七八九十百千万亿]"
_GAP = r"[ \t\u3000]*"  # never a line's end
_AMOUNT = (
    rf"(?:\d{{1,3}}(?:,\d{{3}})+|\d+)(?:\.\d+)?{_GAP}(?:[十百千万亿]+|[kw](?![a-z]))?(?:{_GAP}\d+[百千])?"
    rf"|{_NUMERAL}+"
)
_QUANTITY = re.compile(
    rf"(?:(?P<about>约|大约|大概|近|超|超过|至少|最少|起码|不少于|about|around|at least|some|over){_GAP})?"
    rf"(?P<low>{_AMOUNT}){_GAP}(?P<more>余|多|来|\+)?{_GAP}(?P<unit_low>{UNIT})?"
    rf"(?:{_GAP}(?:-|—|–|~|～|至|到|to){_GAP}(?P<high>{_AMOUNT}))?{_GAP}(?P<unit>{UNIT})?{_GAP}(?P<after>左右|上下|以上)?"
)

_DAYS = re.compile(
    rf"(?P<number>半|\d+(?:\.\d+)?|{_NUMERAL}+)\s*(?:-\s*(?P<high>\d+))?\s*(?P<unit>天|日|周|星期|个星期|个月|days?|weeks?)(?![a-z])"
)
_DAYS_OF = {"天": 1, "日": 1, "周": 7, "星期": 7, "个星期": 7, "个月": 30, "day": 1, "days": 1, "week": 7, "weeks": 7}

_LIST_NUMBER = re.compile(r"(?<![\d.])(\d)\s*[.．](?!\d)")
# A lone 无 says that nothing is there; 无阀门 says that there is no valve.
_NOTHING = re.compile(r"无(?=\s|[,，。;；、)）]|$)")
_BREAK = re.compile(r"[。;；\n!！?？]|[,，、/()（）\[\]:：]|\.(?=\s|$)")


def tokens_of(text: str, lexicon: Lexicon) -> list[Token]:
    """Return the tokens of a text in their order; what is none of them is passed over."""
    plain = normalised(text)
    tokens: list[Token] = []
    place = 0
    words = lexicon.pattern
    while place < len(plain):
        token = _token_at(plain, place, words, lexicon)
        if token is None:
            place += 1
            continue
        if token.kind == "list number":
            token = _list_number(plain, token, tokens)
        if token.kind != "":
            tokens.append(token)
        place = token.end
    return tokens


def _list_number(plain: str, token: Token, before: Sequence[Token]) -> Token:
    """Return nothing for "2.防护服", but the quantity for "gloves 4. Need": an item waits and the sentence ends."""
    ends = plain[token.end : token.end + 1].strip() == ""
    if before and before[-1].kind == "item" and ends:
        number = int(str(token.value))
        return Token("quantity", Quantity(number, number), token.begin, token.end - 1)
    return Token("", None, token.begin, token.end)


def _token_at(plain: str, place: int, words: re.Pattern[str], lexicon: Lexicon) -> Token | None:
    if found := words.match(plain, place):
        item = lexicon.words[found[0]]
        return Token("" if item == NOTHING else "item", item, place, found.end())
    days = _DAYS.match(plain, place)
    if days and not _date_before(plain, days):
        number = _days(days)
        # Two or three days are no number of days.
        return Token("", None, place, days.end()) if number is None else Token("days", number, place, days.end())
    for kind, pattern in (("", NOT_COUNTED), ("list number", _LIST_NUMBER), ("none", _NOTHING), ("cue", CUE)):
        if found := pattern.match(plain, place):
            return _plain_token(kind, found)
    quantity = _QUANTITY.match(plain, place)
    token = _quantity(quantity, plain, place) if quantity else None
    broken = _BREAK.match(plain, place)
    return token or (Token("break", broken[0], place, broken.end()) if broken else None)


def _plain_token(kind: str, found: re.Match[str]) -> Token:
    if kind == "none":
        return Token("cue", "none", found.start(), found.end())
    value = {"cue": found.lastgroup, "list number": found[1] if found.lastindex else None}.get(kind)
    return Token(kind, value, found.start(), found.end())


def _date_before(plain: str, days: re.Match[str]) -> bool:
    """Say whether "25日" is a date rather than a length of time."""
    return days["unit"] == "日" and (plain[days.start()].isdigit() or plain[: days.start()].endswith("月"))


def _days(found: re.Match[str]) -> float | None:
    text = found["number"]
    number = 0.5 if text == "半" else _amount(text)
    return None if number is None else float(number * _DAYS_OF[found["unit"]])


def _quantity(found: re.Match[str], plain: str, place: int) -> Token | None:
    low = _amount(found["low"])
    high = _amount(found["high"]) if found["high"] else low
    unit = (found["unit"] or found["unit_low"] or "").removesuffix("of").strip()
    if not _counts(found["low"], unit, plain, found.end("low")):
        return None
    if low is None or high is None:
        return Token("", None, place, found.end())  # about so many, and no number
    about = bool(found["about"] or found["more"] or found["after"])
    # "1-2万" is ten to twenty thousand: the power belongs to both.
    if high > low and found["high"] and found["low"].strip().isdigit():
        power = _power_of(found["high"])
        low = low * power if low * power <= high else low
    return Token("quantity", Quantity(low, max(low, high), about, unit), place, found.end())


def _counts(written: str, unit: str, plain: str, end: int) -> bool:
    """Say whether numerals count: a lone 一 is a quantity only before a unit, and 一次性 is none at all."""
    if written[0].isdigit():
        return not (plain[end : end + 1] in ("人", "名", "位") or plain[end : end + 2] in ("医护", "床位"))
    if plain.startswith(("次性", "般", "线", "批", "些", "直", "旦", "定"), end):
        return False
    return bool(unit) or (len(written) > 1 and any(power in written for power in "百千万亿"))


def _power_of(written: str) -> int:
    power = 1
    for char in written:
        power *= _POWERS.get(char, _LATIN_POWERS.get(char, 1))
    return power


_DIGITS_MOST, _POWERS_MOST = 15, 4


def _amount(written: str) -> int | None:
    """Return a whole number as it is written: "1.2万", "1万5千", "2,000", "五千", "5k"; None where it is not whole."""
    written = written.replace(",", "").replace(" ", "")
    if not written[0].isdigit():
        return chinese_number(written)
    parts = re.findall(r"(\d+(?:\.\d+)?)([kw]|[十百千万亿]*)", written)
    if any(len(number) > _DIGITS_MOST or len(power) > _POWERS_MOST for number, power in parts):
        return None  # nobody has so many, and a double could not hold it
    total = 0.0
    for number, power in parts:
        total += float(number) * _power_of(power)
    rounded = round(total)
    return rounded if abs(total - rounded) < _WHOLE else None
