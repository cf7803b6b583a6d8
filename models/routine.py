"""PostgreSQL's routine that posts a document in one round trip, where no count and no recall is involved.

It keeps the order of `models/posting.py`: the key, the accounts in ascending order, what is refused,
only then the document's id. It writes or it answers; it never words a refusal. SECURITY DEFINER, so
that who posts needs no right to write the tables; it looks nothing up by an unqualified name.
"""

from __future__ import annotations

from models.book import NEVER
from models.tables import UNITS_MAX

__all__ = ["CALL", "ROUTINE", "routine_statements"]

_PARAMETERS = {
    "p_key": "text",
    "p_request_hash": "bytea",
    "p_type": "text",
    "p_site": "bigint",
    "p_actor": "text",
    "p_approver": "text",
    "p_occurred_at": "bigint",
    "p_recorded_at": "bigint",
    "p_reason": "text",
    "p_refers_to": "bigint",
    "p_allocation": "text",
    "p_shipment": "text",
    "p_body": "text",
    "p_body_hash": "bytea",
    "p_leaves": "boolean",  # nothing recalled may go with it
    "p_makes": "boolean",  # some accounts may not be there yet
    # The accounts, in ascending order, and by how much the document changes each.
    "a_location": "bigint[]",
    "a_lot": "bigint[]",
    "a_item": "bigint[]",
    "a_sign": "bigint[]",
    "a_change": "bigint[]",
    # The lines: their accounts by place in that order, and by how much these have changed after each line.
    "l_from": "int[]",
    "l_to": "int[]",
    "l_units": "bigint[]",
    "l_from_change": "bigint[]",
    "l_to_change": "bigint[]",
}

_SIGNATURE = f"public.post_document({', '.join(_PARAMETERS.values())})"

CALL = f"SELECT outcome, number, held FROM public.post_document({', '.join(['%s'] * len(_PARAMETERS))})"  # noqa: S608
"""Call it. `outcome`: "posted" or "again" with the document's number; "other", the key is another document's;
"short" or "full" with what each account holds; "careful", it is not for this routine. Only "posted" writes."""

ROUTINE = f"""
CREATE FUNCTION public.post_document(
    {", ".join(f"{name} {kind}" for name, kind in _PARAMETERS.items())},
    OUT outcome text, OUT number bigint, OUT held bigint[]
) LANGUAGE plpgsql SECURITY DEFINER SET search_path = pg_catalog, pg_temp AS $$
DECLARE
    accounts CONSTANT int := cardinality(a_location);
    found_hash bytea;
    units_ bigint;
    last_ bigint;
    high bigint;
    is_late boolean := false;
BEGIN
    outcome := 'posted';
    -- Whoever posts with the same key at this moment is waited for.
    PERFORM pg_advisory_xact_lock(hashtextextended(p_key, 0));
    SELECT document.id, document.request_hash INTO number, found_hash
    FROM public.document WHERE document.idem_key = p_key;
    IF FOUND THEN
        outcome := CASE WHEN found_hash = p_request_hash THEN 'again' ELSE 'other' END;
        RETURN;
    END IF;

    -- Missing accounts are made before any is locked; both in ascending order.
    IF p_makes THEN
        INSERT INTO public.balance (location, lot, sign, units, last_at)
        SELECT new.location, new.lot, new.sign, 0, {NEVER}
        FROM unnest(a_location, a_lot, a_sign) AS new (location, lot, sign)
        WHERE NOT EXISTS (SELECT FROM public.balance AS b WHERE b.location = new.location AND b.lot = new.lot)
        ORDER BY new.location, new.lot
        ON CONFLICT (location, lot) DO NOTHING;
    END IF;
    FOR i IN 1..accounts LOOP
        SELECT b.units, b.last_at INTO units_, last_
        FROM public.balance AS b WHERE b.location = a_location[i] AND b.lot = a_lot[i] FOR UPDATE;
        IF NOT FOUND THEN
            outcome := 'careful';
            EXIT;
        END IF;
        held[i] := units_;
        IF last_ > p_occurred_at OR last_ = {NEVER} THEN
            -- A later count keeps what it found: that takes counter-lines.
            IF EXISTS (
                SELECT FROM public.counted AS c
                WHERE c.location = a_location[i] AND c.item = a_item[i] AND c.at > p_occurred_at
            ) THEN
                outcome := 'careful';
                EXIT;
            END IF;
        END IF;
        IF last_ > p_occurred_at THEN
            is_late := true;
            IF a_change[i] * a_sign[i] < 0 THEN
                -- The most by which the account stands higher now than at the end of an instant from then on.
                SELECT max(later) INTO high FROM (
                    SELECT sum(own.units * a_sign[i]) OVER (ORDER BY own.at DESC) AS later FROM (
                        SELECT m.at, m.units FROM public.move AS m
                        WHERE m.lot = a_lot[i] AND m.to_location = a_location[i] AND m.at > p_occurred_at
                        UNION ALL
                        SELECT m.at, -m.units FROM public.move AS m
                        WHERE m.lot = a_lot[i] AND m.from_location = a_location[i] AND m.at > p_occurred_at
                    ) AS own
                ) AS sums;
                IF (units_ + a_change[i]) * a_sign[i] < greatest(high, 0) THEN
                    outcome := 'careful';
                    EXIT;
                END IF;
            END IF;
        END IF;
        IF (units_ + a_change[i]) * a_sign[i] < 0 THEN
            outcome := 'short';
        ELSIF (units_ + a_change[i]) * a_sign[i] > {UNITS_MAX} AND outcome = 'posted' THEN
            outcome := 'full';
        END IF;
    END LOOP;
    IF outcome <> 'careful' AND p_leaves AND EXISTS (SELECT FROM public.lot_mark AS k WHERE k.lot = ANY (a_lot)) THEN
        outcome := 'careful';
    END IF;
    -- The earliest day that falls short says more than the balance of today.
    IF outcome <> 'posted' AND is_late THEN
        outcome := 'careful';
    END IF;
    IF outcome <> 'posted' THEN
        -- Locks alone were written, and nobody need wait until the disk has them.
        PERFORM set_config('synchronous_commit', 'off', true);
        IF p_makes THEN
            DELETE FROM public.balance AS b USING unnest(a_location, a_lot) AS own (location, lot)
            WHERE b.location = own.location AND b.lot = own.lot AND b.units = 0 AND b.last_at = {NEVER};
        END IF;
        RETURN;
    END IF;

    INSERT INTO public.document AS d (
        idem_key, type, site, actor, approver, occurred_at, recorded_at, reason, refers_to,
        allocation, shipment, request_hash, body, body_hash
    ) VALUES (
        p_key, p_type, p_site, p_actor, p_approver, p_occurred_at,
        -- The clock may be set back; the order of documents may not.
        greatest(p_recorded_at, (SELECT l.recorded_at FROM public.document AS l ORDER BY l.id DESC LIMIT 1)),
        p_reason, p_refers_to, p_allocation, p_shipment, p_request_hash, p_body, p_body_hash
    ) RETURNING d.id INTO number;
    FOR i IN 1..accounts LOOP
        UPDATE public.balance AS b
        SET units = b.units + a_change[i], last_at = greatest(b.last_at, p_occurred_at)
        WHERE b.location = a_location[i] AND b.lot = a_lot[i];
    END LOOP;
    INSERT INTO public.move (document, line, from_location, to_location, lot, units, at, from_after, to_after)
    SELECT
        number, line.n - 1, a_location[line.f], a_location[line.t], a_lot[line.f], line.units, p_occurred_at,
        held[line.f] + line.from_change, held[line.t] + line.to_change
    FROM unnest(l_from, l_to, l_units, l_from_change, l_to_change)
        WITH ORDINALITY AS line (f, t, units, from_change, to_change, n);
    INSERT INTO public.pending_seal (kind, ref) VALUES ('document', number);
    held := NULL;
END $$
"""  # noqa: S608 - numbers and names of our own


def routine_statements() -> list[str]:
    """Return the statements that make the routine; nobody may call it but its owner until it is granted."""
    return [ROUTINE.strip(), f"REVOKE ALL ON FUNCTION {_SIGNATURE} FROM PUBLIC"]
