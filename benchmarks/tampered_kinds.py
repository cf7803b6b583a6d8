"""Kinds of tampering with master data, roles, approvals, and with the proof itself; those with documents beside them.

A kind does one thing past the guards, so that rows and text agree; hashes and signatures are another's business.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa

from benchmarks.tampered_documents import DOCUMENT_KINDS
from benchmarks.tampered_scene import Kind, Scene
from models.countersign_tables import countersignature
from models.leaves import DOCUMENT, VERSION
from models.plan_tables import plan_event
from models.tables import (
    cosignature,
    counted,
    document,
    grant,
    leaf,
    lot_mark,
    metadata,
    move,
    policy,
    purchase_receipt,
    tree_head,
    version,
)

__all__ = ["PROOF_KINDS", "TRUTH_KINDS"]


def _bodies(scene: Scene, *subjects: str) -> list[Any]:
    own = version.c.id.in_(scene.refs(VERSION))
    where = (own, version.c.subject.in_(subjects)) if subjects else (own,)
    return list(scene.connection.execute(sa.select(version).where(*where).order_by(version.c.id)).all())


_KEPT = (
    "need",
    "offer",
    "budget",
    "lane",
    "depot",
    "item",
    "partner",
    "fleet",
    "measure",
    "stock_report",
    "substitute",
)


def master_data(scene: Scene) -> str | None:
    """Another need, price, budget, road: in its row and in what was recorded of it."""
    rows = _bodies(scene, *_KEPT)
    row = scene.rng.choice(rows)
    body = json.loads(row.body)
    table = metadata.tables[row.subject]
    names = [
        name
        for name, value in body["row"].items()
        if isinstance(value, int) and name in table.c and not table.c[name].foreign_keys and not table.c[name].unique
    ]
    if not names:
        return None
    name = scene.rng.choice(names)
    before = body["row"][name]
    own = table.c[name] == before
    if scene.connection.execute(sa.select(sa.func.count()).select_from(table).where(own)).scalar() != 1:
        return None
    body["row"][name] = before + 1
    scene.put(version, row.id, body)
    scene.connection.execute(table.update().where(own).values({name: before + 1}))
    return f"change {row.id}: {row.subject} {row.key}: {name} is one more"


def roles(scene: Scene) -> str | None:
    """A role that nobody gave, in the row and in what was recorded of the person."""
    rows = _bodies(scene, "person")
    if not rows:
        return None
    row = scene.rng.choice(rows)
    body = json.loads(row.body)
    role = scene.rng.choice(("auditor", "procurement"))
    body["row"]["roles"] = [*body["row"]["roles"], {"area": "", "role": role}]
    body["row"]["roles"].sort(key=lambda each: (each["role"], each["area"]))
    scene.put(version, row.id, body)
    held = sa.select(grant).where(grant.c.person == row.key, grant.c.role == role, grant.c.area == "")
    if scene.connection.execute(held).first() is None:
        scene.connection.execute(grant.insert(), {"person": row.key, "role": role, "area": ""})
    return f"change {row.id}: {row.key} is {role}"


def approval(scene: Scene) -> str | None:
    """Another person who approved a plan."""
    rows = _bodies(scene, "plan_event")
    if not rows:
        return None
    row = scene.rng.choice(rows)
    body = json.loads(row.body)
    body["row"]["actor"] = body["actor"] = "zhou"
    scene.put(version, row.id, body, actor="zhou")
    scene.connection.execute(plan_event.update().where(plan_event.c.id == int(row.key)).values(actor="zhou"))
    return f"change {row.id}: a plan's step {row.key} by zhou"


def countersigned(scene: Scene) -> str | None:
    """Another person who countersigned an emergency issue."""
    rows = _bodies(scene, "countersignature")
    if not rows:
        return None
    row = rows[0]
    body = json.loads(row.body)
    body["row"]["actor"] = body["actor"] = "zhou"
    scene.put(version, row.id, body, actor="zhou")
    scene.connection.execute(countersignature.update().values(actor="zhou"))
    return f"change {row.id}: countersigned by zhou"


def policy_text(scene: Scene) -> str | None:
    """Another reserve than the policy said."""
    (row,) = _bodies(scene, "policy")[:1]
    body = json.loads(row.body)
    text = body["row"]["toml"].replace("reserve_share = 0.10", f"reserve_share = 0.{scene.rng.randint(11, 99)}")
    body["row"]["toml"] = text
    scene.put(version, row.id, body)
    scene.connection.execute(policy.update().where(policy.c.id == 1).values(toml=text))
    return f"change {row.id}: another policy"


def forget_change(scene: Scene) -> str | None:
    """A change of master data taken away with its leaf."""
    rows = [row for row in _bodies(scene) if row.subject != "signing_key"]
    row = scene.rng.choice(rows)
    scene.delete(version, version.c.id == row.id)
    scene.take_leaf(VERSION, row.id)
    return f"change {row.id} ({row.subject} {row.key}) is gone"


def when_changed(scene: Scene) -> str | None:
    """A change of master data said to have been made earlier."""
    row = scene.rng.choice(_bodies(scene))
    body = json.loads(row.body)
    body["recorded_at"] = row.recorded_at - 86_400_000_000
    scene.put(version, row.id, body, recorded_at=body["recorded_at"])
    return f"change {row.id}: a day earlier"


# --- The proof itself, which only who does not rebuild it leaves as it is --------------------------


def leaves(scene: Scene) -> str | None:
    """Two leaves exchange what they say."""
    first, second = sorted(scene.rng.sample(range(scene.covered), 2))
    query = sa.select(leaf.c.hash).where(leaf.c.position.in_((first, second))).order_by(leaf.c.position)
    before, after = scene.connection.execute(query).scalars()
    for place, hash_ in ((first, after), (second, before)):
        scene.connection.execute(leaf.update().where(leaf.c.position == place).values(hash=hash_))
    return f"leaves {first} and {second} exchanged"


def heads(scene: Scene) -> str | None:
    """A head is signed as another was."""
    rows = scene.connection.execute(sa.select(tree_head).order_by(tree_head.c.size)).all()
    target, source = scene.rng.sample(rows, 2)
    own = tree_head.c.size == target.size
    scene.connection.execute(tree_head.update().where(own).values(checkpoint=source.checkpoint))
    return f"the head over {target.size} is that over {source.size}"


def cut(scene: Scene) -> str | None:
    """The last documents, changes, leaves and heads cut off."""
    left = scene.rng.randrange(1, scene.covered)
    gone = scene.connection.execute(sa.select(leaf.c.kind, leaf.c.ref).where(leaf.c.position >= left)).all()
    for kind, table in ((DOCUMENT, document), (VERSION, version)):
        refs = [row.ref for row in gone if row.kind == kind]
        scene.delete(table, table.c.id.in_(refs))
        if kind == DOCUMENT:
            for part in (move, counted, lot_mark, purchase_receipt, countersignature):
                scene.delete(part, part.c.document.in_(refs))
    scene.delete(leaf, leaf.c.position >= left)
    scene.delete(tree_head, tree_head.c.size > left)
    scene.delete(cosignature, cosignature.c.size > left)
    return f"all after leaf {left} is gone"


def signatures_of_witnesses(scene: Scene) -> str | None:
    """A witness's signature taken away."""
    newest = scene.connection.execute(sa.select(sa.func.max(tree_head.c.size))).scalar()
    row = scene.pick(cosignature, cosignature.c.size < newest)
    if row is None:
        return None
    scene.delete(cosignature, cosignature.c.size == row.size, cosignature.c.witness == row.witness)
    return f"the signature of {row.witness} over {row.size} is gone"


def signature_moved(scene: Scene) -> str | None:
    """A witness's signature put under another head."""
    row = scene.pick(cosignature)
    if row is None:
        return None
    there = sa.select(cosignature.c.size).where(cosignature.c.witness == row.witness)
    other = scene.pick(tree_head, tree_head.c.size.not_in(there))
    if other is None:
        return None
    own = sa.and_(cosignature.c.size == row.size, cosignature.c.witness == row.witness)
    scene.connection.execute(cosignature.update().where(own).values(size=other.size))
    return f"the signature of {row.witness} over {row.size} is said to be over {other.size}"


TRUTH_KINDS: Mapping[str, Kind] = {
    **DOCUMENT_KINDS,
    "master data": master_data,
    "a role nobody gave": roles,
    "a plan's approval": approval,
    "a countersignature": countersigned,
    "the policy": policy_text,
    "a change of master data deleted": forget_change,
    "when master data was changed": when_changed,
    "the end cut off": cut,
}
"""What was recorded, by kind of tampering."""

PROOF_KINDS: Mapping[str, Kind] = {
    "leaves exchanged": leaves,
    "a head signed as another": heads,
    "a witness's signature deleted": signatures_of_witnesses,
    "a witness's signature moved": signature_moved,
}
"""The proof itself, by kind of tampering."""
