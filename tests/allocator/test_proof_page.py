"""docs/proof.md says nothing that the checker does not do."""

from __future__ import annotations

import json
import re
from pathlib import Path

from three_posts import PLAN, three_posts, verdict, written

PAGE = Path(__file__).parents[2] / "docs" / "proof.md"


def the_step() -> dict[str, object]:
    text = PAGE.read_text(encoding="utf-8")
    block = re.search(r"```json\n(.*?)```", text, re.DOTALL)
    assert block is not None
    proof: dict[str, object] = json.loads(block.group(1))
    return proof


def test_the_proof_on_the_page_is_the_proof_of_the_plan(tmp_path: Path) -> None:
    """The page's JSON proves the plan of three posts."""
    assert the_step() == json.loads(PLAN["proof.json"])
    assert verdict(written(tmp_path)) == ""


def test_the_numbers_on_the_page_are_the_sums() -> None:
    """θ = 50 / 80, and price × requirement = price × limit = 0.625."""
    needs = three_posts().needs.daily_units
    fill = 50 / needs.sum()
    price = 1 / needs.sum()
    shares = [f"{fill * u:g}" for u in sorted(needs)]

    assert (fill, price * fill * needs.sum(), price * 50) == (0.625, 0.625, 0.625)
    text = " ".join(PAGE.read_text(encoding="utf-8").split())
    assert f"{shares[0]}, {shares[1]} and {shares[2]}" in text
    assert f"1/80 = {price:g}" in text


def test_every_module_on_the_page_exists() -> None:
    """The table names the modules that check."""
    folder = PAGE.parents[1] / "allocator"
    named = set(re.findall(r"`(verify_\w+)`", PAGE.read_text(encoding="utf-8")))
    assert named
    assert all((folder / f"{name}.py").is_file() for name in named)
