"""Who may take in what: each kind of table takes one right, and what is of one site only that site."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import sqlalchemy as sa

from allocator.sentence import say
from models.catalogue_rows import Columns
from models.entry import Refusal
from models.papers import Paper
from models.rights import reach_of_actor, refuse_without
from models.within_reach import refuse_beyond, sites_of

__all__ = ["RIGHT_OF_KIND", "refuse_taking"]

_CATALOGUE = ("areas", "items", "sites", "depots", "lanes", "substitutes", "partners", "measures", "gtins")
_REPORTED = ("needs", "drivers", "facts", "fleets", "reports", "history", "issues", "counts", "receipts")
_BOUGHT = ("suppliers", "offers", "budgets", "orders")
_STOCK = ("opening", "stock", "in_transit")

RIGHT_OF_KIND = {
    **dict.fromkeys(_CATALOGUE, "change-catalogue"),
    **dict.fromkeys(_REPORTED, "report"),
    **dict.fromkeys(_BOUGHT, "order"),
    **dict.fromkeys(_STOCK, "post-stock"),
    "policy": "change-policy",
}
"""The right that each kind of table takes."""


def refuse_taking(
    connection: sa.Connection, actor: str, catalogue: Mapping[str, Columns], papers: Sequence[Paper], *, policy: bool
) -> None:
    """Refuse a file that its bringer may not bring, whole. `policy`: it changes the policy.

    Raises:
        Refusal: a kind of table without its right; one of every area from somebody with a role in some areas only;
            a site out of reach.

    """
    kinds = {*catalogue, *(paper.kind for paper in papers), *(["policy"] if policy else [])}
    for right in sorted({_right_of(kind) for kind in kinds}):
        refuse_without(connection, actor, right)
        reach = reach_of_actor(connection, actor, right)
        if reach.everywhere:
            continue
        of_all = sorted(
            kind
            for kind in kinds
            if _right_of(kind) == right and kind in (*catalogue, "policy") and "site" not in catalogue.get(kind, ())
        )
        if of_all:
            raise Refusal(
                say(
                    "{kinds} are of every area, and {actor} has the role in some areas only. Have somebody import them "
                    "who has it everywhere.",
                    kinds=of_all,
                    actor=actor,
                )
            )
        mine = [kind for kind in catalogue if _right_of(kind) == right]
        refuse_beyond(reach, {str(site) for kind in mine for site in catalogue[kind]["site"]})
        drafts = [paper.draft.entry for paper in papers if _right_of(paper.kind) == right]
        refuse_beyond(reach, {site for entry in drafts for site in sites_of(entry)})


def _right_of(kind: str) -> str:
    # Documents of other types than the tables' are made by programs (the demonstration's days): they move stock.
    return RIGHT_OF_KIND.get(kind, "post-stock")
