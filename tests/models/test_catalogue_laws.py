"""Laws of master data: what is kept is what was said last, and areas lie in one another whatever the order."""

from __future__ import annotations

import json
import os

import sqlalchemy as sa
from hypothesis import given, settings
from hypothesis import strategies as st

from models.catalogue import save_items
from models.catalogue_areas import save_areas
from models.catalogue_rows import Saved
from models.database import writing
from models.ledger import create
from models.tables import area, item, version
from models.versions import Stamp

CASES = int(os.environ.get("LEDGER_CASES", "32"))
VALUES = {
    "name": st.sampled_from(["", "mask", "口罩"]),
    "unit": st.sampled_from(["piece", "box"]),
    "pack_units": st.integers(1, 3),
    "pack_kg_micro": st.none() | st.integers(0, 2),
    "use": st.sampled_from(["consumable", "durable"]),
}
DEFAULTS = {"name": "", "unit": "", "pack_units": 1, "pack_kg_micro": None, "use": "consumable"}
# Any columns of them, for any of three items.
uploads = st.lists(
    st.sets(st.sampled_from(sorted(VALUES))).flatmap(
        lambda columns: st.dictionaries(
            st.sampled_from(["I1", "I2", "I3"]), st.fixed_dictionaries({name: VALUES[name] for name in columns})
        )
    ),
    max_size=6,
)


@settings(max_examples=CASES, deadline=None)
@given(uploads)
def test_an_item_is_what_was_said_of_it_last_and_each_real_change_is_told_once(sayings):
    plain: dict[str, dict] = {}
    told: list[tuple[str, dict]] = []
    ledger = create("sqlite://", name="test")
    with writing(ledger.engine) as connection:
        for number, rows in enumerate(sayings):
            if not rows:
                continue
            names = next(iter(rows.values())).keys()
            before = {code: dict(row) for code, row in plain.items()}
            for code, said in rows.items():
                plain[code] = {**plain.get(code, DEFAULTS), **said}
            changed = [(code, plain[code]) for code in rows if before.get(code) != plain[code]]
            told += changed

            columns = {"code": list(rows), **{name: [row[name] for row in rows.values()] for name in names}}
            saved = save_items(connection, columns, Stamp("A", number))

            new = sum(code not in before for code in rows)
            assert saved == Saved(new=new, changed=len(changed) - new, same=len(rows) - len(changed))
        held = {
            row.code: {name: getattr(row, name) for name in DEFAULTS} for row in connection.execute(sa.select(item))
        }
        bodies = [json.loads(body)["row"] for body in connection.execute(sa.select(version.c.body)).scalars()]
    ledger.engine.dispose()
    assert held == plain
    assert [(row["code"], {name: row[name] for name in DEFAULTS}) for row in bodies] == told


codes = st.lists(
    st.text("0123", min_size=1, max_size=6)
    | st.sampled_from(["420000", "421100", "421127", "421127101000", "x", "x-1"]),
    unique=True,
    min_size=1,
    max_size=8,
)


@settings(max_examples=CASES, deadline=None)
@given(codes, st.randoms(use_true_random=False))
def test_areas_lie_in_one_another_whatever_order_they_come_in(all_codes, random):
    shuffled = random.sample(all_codes, len(all_codes))
    cut = random.randint(0, len(all_codes))

    assert parents_of([shuffled[:cut], shuffled[cut:]]) == parents_of([all_codes])


def parents_of(batches: list[list[str]]) -> dict[str, str | None]:
    ledger = create("sqlite://", name="test")
    with writing(ledger.engine) as connection:
        for batch in batches:
            save_areas(connection, {"code": batch}, Stamp("A", 0))
        parents = dict(connection.execute(sa.select(area.c.code, area.c.parent)).all())
    ledger.engine.dispose()
    return parents
