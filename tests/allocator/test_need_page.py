"""docs/need.md shows what the code does: its worked answer is run, and its policy is one that may be put in force."""

from __future__ import annotations

import doctest
import re
from pathlib import Path

from data.policy_kept import policy_to_keep
from data.policy_places import PolicyPlaces
from data.problems import Place, ProblemList

PAGE = Path(__file__).parents[2] / "docs" / "need.md"


def test_the_worked_answer_is_what_the_code_gives():
    failures, tried = doctest.testfile(str(PAGE), module_relative=False, encoding="utf-8")

    assert tried > 40
    assert failures == 0


def test_the_policy_on_the_page_is_sound(tmp_path):
    import tomllib
    from decimal import Decimal

    (toml,) = re.findall(r"```toml\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    ladder = '[tiers]\nfrontline = ["clinic"]\n[[ladder]]\ntiers = ["frontline"]\ncover_days = 1\n'
    path = tmp_path / "policy.toml"
    path.write_text(toml + ladder, encoding="utf-8")
    values = tomllib.loads(toml + ladder, parse_float=Decimal)
    problems = ProblemList()

    kept = policy_to_keep(values, PolicyPlaces(Place(file="policy.toml")), path, ["MASK", "DISINF"], problems)

    assert kept == toml + ladder
    assert not problems
