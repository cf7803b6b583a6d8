"""The words by which a statement tells what its numbers mean, and the digits that count nothing.

What is needed, there, come, used a day; what is none, enough, spoilt or unsure. Numbers that measure,
name or date something are hidden, so that no rule mistakes them for a quantity.
"""

from __future__ import annotations

import re

__all__ = ["CUE", "NOT_COUNTED", "UNIT", "UNITS"]

UNITS = "只个副套件瓶桶箱盒斤包台把双支枚顶卷罐提打片张袋条付幅升吨"
"""Signs that count things; a number before one is a quantity."""

UNIT = (
    rf"(?:公斤|千克|kg|[{UNITS}]|(?:pairs?|pieces?|pcs|sets?|boxes|box|bottles?|barrels?|bags?|packs?|cartons?|rolls?"
    r"|litres?|liters?|tons?|units?)(?![a-z])(?:\ of(?![a-z]))?)"
)
"""A unit as it may stand behind a number, in either language."""

_PEOPLE_AND_PLACES = (
    "人|名|位|户|家|村|床|楼|号楼|栋|室|岁|年|小时|分钟|公里|米|元|块|种|类|次|批|班|组|辆|码|寸|"
    "卡口|卡点|点位|路口|单位|社区|小区|乡镇|科室|病区|医院|学校|月|度"
)
_COUNTED_PEOPLE = (
    "staff|people|persons?|doctors?|nurses?|patients?|beds?|villages?|checkpoints?|hospitals?|sites?|clinics?|"
    "shifts?|hours?|vehicles?|cars?|km|yuan|rmb|years?|months?|ml|mg|cm|mm|g|kinds?|sizes?"
)

NOT_COUNTED = re.compile(
    rf"""
      (?:gb|yy|ws|en|astm|iso)\s*(?:/\s*t)?\s*[\d.]+(?:\s*[-—－]\s*\d{{4,8}}|\s+(?:19|20)\d\d(?!\d))?   # standards
    | 3m(?![a-z])(?:\s*\d+(?:\s*/\s*\d+)*)?                                               # models
    | \b\d{{4}}(?:\s*/\s*\d{{4}})+
    | (?:19|20)\d\d\s*[-/.年]\s*\d{{1,2}}\s*[-/.月]\s*\d{{1,2}}\s*[日号]?          # days
    | \d{{1,2}}\s*月\s*\d{{1,2}}\s*[日号]? | \d{{1,2}}\s*日(?!用)
    | \d{{1,2}}\s*月份? | \d{{1,2}}\s*号(?=\s|[,，:：前到至])
    | \d{{1,2}}[:：]\d{{2}}(?:[:：]\d{{2}})?(?!\d)                        # times
    | \d{{1,2}}\s*点(?!位)(?:\d{{1,2}}分?|半)?
    | (?<!\d)1\d{{10}}(?!\d) | (?<!\d)0\d{{2,3}}-?\d{{7,8}}(?!\d) | \d{{3,4}}-\d{{7,8}}  # telephones
    | \d+(?:\.\d+)?\s*[%°度]                                                 # strengths
    | \d+(?:\.\d+)?\s*(?:毫升|ml|l|升|kg|公斤|斤|克|g)\s*(?:[/每]\s*\w|装)            # what one bottle holds
    | [(（]?每[{UNITS}]\s*\d+\s*[{UNITS}]?                                      # what one box holds
    | \d+(?:\.\d+)?\s*(?:毫升|ml|克)
    | 第?\d+\s*(?:个|座|所)?(?:{_PEOPLE_AND_PLACES})
    | [零一二两三四五六七八九十]+\s*(?:个)?(?:人|名|班|组|种|类|批|卡口|卡点|点位|村)
    | \d+\s*(?:{_COUNTED_PEOPLE})(?![a-z])
    | [十百千万\d]*[几数][十百千万]*\s*[{UNITS}]? | 上[百千万]\s*[{UNITS}]?                  # some tens
    | [a-z]+-?\d+[a-z]*                                                      # models and codes
    """,
    re.VERBOSE,
)

# In each list the longest that fits is taken, and of the lists the first that has one.
_CUES = {
    "enough": (
        "不需要", "暂不需要", "不缺", "暂不缺", "不要", "不再需要", "充足", "足够", "充裕", "够用了", "不用",
        "no need for", "no need of", "do not need", "don't need",
    ),
    "daily": (
        "每天需要", "每日需要", "每天需", "每日需", "每天消耗", "每日消耗", "每天使用", "每日使用", "每天用", "每日用",
        "每天", "每日", "日用量", "日消耗量", "日消耗", "日耗", "日均", "used per day", "used a day",
        "一天用", "一天要用", "一天要", "per day", "a day", "each day",
        "every day", "daily use", "daily",
    ),
    "none": (
        "没有了", "没有", "没了", "用完", "用光", "用尽", "耗尽", "告罄", "断货", "断供", "零库存",
        "为零", "为0", "是零",
        "no more", "none", "out of", "run out",
    ),
    "need": (
        "仍然需要", "仍需要", "还需要", "急需", "需要", "需求", "缺少", "紧缺", "急缺", "短缺", "缺", "求助", "急求",
        "请支援", "支援", "申请", "申领", "还差", "请求", "求", "需",
        "still need", "needs", "needed", "need", "required", "require", "requests", "request", "short of", "lack",
        "missing", "please send", "send us", "send", "want",
    ),
    "have": (
        "库存", "现有", "现存", "还有", "尚有", "还剩下", "还剩", "剩余", "仅剩", "只剩", "剩下", "剩", "已有", "存货",
        "结余", "只有", "仅有", "盘点", "on hand", "in stock", "remaining", "we have", "have", "stock", "counted",
    ),
    "got": (
        "已收到", "收到", "已领", "领到", "领取", "到货", "已到", "送到", "received", "arrived", "got",
    ),
    "lasts": (
        "最多支撑", "只能支撑", "可支撑", "支撑", "维持", "够用", "可用", "能用", "只够", "仅够", "能撑", "撑", "够",
        "lasts", "last", "enough for",
    ),
    "open": (
        "越多越好", "尽可能的多", "尽可能多", "多多益善", "数量不限", "不限量", "大量", "若干",
        "数量不确定", "数量暂不确定", "as many as possible", "as much as possible", "any number", "lots of",
    ),
    "each": ("各", "均", "都", "each"),
    "left": ("left", "available"),
    # Numbers behind these count what is gone, spoilt or a share of something, never a need or a stock.
    "other": (
        "已使用", "用了", "用掉", "发放", "发出", "已发", "下发", "调出", "发往", "发到", "发给", "送往", "拨给",
        "其中", "原有", "报损", "报废", "坏了", "坏", "损坏",
        "每个", "每人", "每户", "每村", "每班", "每点", "人均", "用不了", "不到",
        "per person", "for each", "broken", "damaged", "used", "issued", "sent out", "gave",
    ),
    # What is told of another time or of others' intentions is no state of this site.
    "unsure": (
        "捐赠", "捐", "计划", "预计", "拟", "可能", "如果", "如有", "假如", "争取", "上次", "上周", "去年", "昨天",
        "前天", "明天", "原来", "承诺", "答应", "据说",
        "donated", "donation", "planned", "expected", "may", "might", "if", "promised", "last week", "tomorrow",
    ),
}  # fmt: skip


def _alone(word: str) -> str:
    return rf"(?<![a-z]){re.escape(word)}(?![a-z])" if word.isascii() else re.escape(word)


# Words that are part of others, or mean it only before something that is counted.
_SPECIAL = {
    "enough": (r"(?<![a-z])enough(?![a-z]|\s+for)",),
    "daily": (
        r"日用(?!品)",
        r"/\s*[天日](?!常)",
    ),
    "none": (
        r"[一半](?:个|件|只|套|副|双|瓶|桶)[都也](?:没有|没|无)了?",
        r"(?<![a-z])no(?=\s+[a-z])(?!\s+(?:need|one|later|news|less|fewer))",
        r"(?:is|are|=|[:：])\s*0(?![\d.,])",
    ),
    "need": (r"缺口(?!罩)", r"(?<![误温相偏])差(?![不异额])", r"(?<![主需重只不必次])要(?![求是么])"),
    "other": ("已用(?![完光尽])",),
    "have": (
        r"存(?=\s*\d)",
        r"(?<![没所含只仅尚还已现拥如])有(?=[^,，。;；、\d]{0,8}\d)",
    ),
}


def _words_of(meaning: str, words: tuple[str, ...]) -> str:
    plain = (_alone(word) for word in sorted(words, key=len, reverse=True))
    return f"(?P<{meaning}>{'|'.join([*_SPECIAL.get(meaning, ()), *plain])})"


CUE = re.compile("|".join(_words_of(meaning, words) for meaning, words in _CUES.items()))
"""Matches a cue; the name of its group is what it means."""
