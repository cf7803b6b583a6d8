"""What is counted at sites and known of places, as people call it in each language."""

from __future__ import annotations

from allocator.sentence import Named

__all__ = ["DRIVER_WORDS", "FACT_WORDS", "driver_named", "fact_named"]

DRIVER_WORDS = {
    "staff": "在岗人数",
    "inpatient_staff": "住院护理人数",
    "ward_entries": "进病区人次",
    "patients": "住院患者",
    "vehicles": "检查车辆",
    "persons": "检查人次",
    "households": "居家隔离户数",
    "pupils": "到校学生",
    "employees": "到岗员工",
    "classes": "开课班级",
    "gates": "出入口",
    "area_m2": "消毒面积",
    "shifts": "每日班次",
    "hours": "每班小时",
    "passes": "每日消毒遍数",
}
"""What each driver is called in Chinese; a table may write it so."""

FACT_WORDS = {
    "confirmed_cases": "确诊病例",
    "suspected_cases": "疑似病例",
    "close_contacts": "密切接触者",
    "cluster": "聚集性疫情",
}
"""What each local fact is called in Chinese; a table may write it so."""


def driver_named(driver: str) -> Named:
    """Return a driver or modifier by its name in each language.

    >>> driver_named("ward_entries").worded("zh"), str(driver_named("area_m2"))
    ('进病区人次', 'area_m2')
    """
    return Named(driver, driver, DRIVER_WORDS.get(driver, ""))


def fact_named(fact: str) -> Named:
    """Return a local fact by its name in each language.

    >>> fact_named("confirmed_cases").worded("zh"), str(fact_named("confirmed_cases"))
    ('确诊病例', 'confirmed cases')
    """
    return Named(fact, fact.replace("_", " "), FACT_WORDS.get(fact, ""))
