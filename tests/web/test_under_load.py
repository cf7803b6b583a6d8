"""A small share of `make load`: documents by the hundred through HTTP are all there, and a crowd is refused in time.

Beside each check stands a server without the precaution, which it must find out.
"""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest
from browser import served_app

from benchmarks.careless_server import careless
from benchmarks.load_asking import Sent, sent_of
from benchmarks.load_checks import Trend, crowd_faults, laws_faults, lost_faults, recovered_after, trend_of
from benchmarks.load_ground import Ground, laid
from benchmarks.load_scenes import send
from data.serve_settings import ServeSettings
from web.app import make_app


@pytest.fixture(scope="module")
def ground(tmp_path_factory) -> Iterator[Ground]:
    """Thirty sites with a reporter each."""
    return laid(f"sqlite:///{tmp_path_factory.mktemp('load') / 'ledger.sqlite'}", 30)


def test_two_hundred_documents_at_once_are_all_recorded_once_and_the_laws_hold(ground):
    """Use, counts and receipts of two to six lines, sent within a second, again where they are told to come again."""
    with served_app(make_app(ServeSettings(db=ground.url))) as origin:
        sent = sent_of(send(ground, [origin], [(200, 1.0)], seed=3, again=True, mark="small"))

    assert len(sent) > 150
    assert {each.status for each in sent} == {201}
    assert (lost_faults(ground.url, sent), laws_faults(ground.url)) == ([], [])


def test_a_server_that_drops_one_document_in_fifty_is_found_out(ground):
    with served_app(careless(ServeSettings(db=ground.url), "drops")) as origin:
        sent = sent_of(send(ground, [origin], [(100, 1.0)], seed=4, again=True, mark="drops"))

    assert [fault.partition(":")[0] for fault in lost_faults(ground.url, sent)] == ["lost"] * (len(sent) // 50)


def test_a_crowd_is_refused_and_none_of_what_was_refused_is_recorded(ground):
    """One at a time, and one may wait: most are told to come again, which /metrics counts."""
    app = make_app(ServeSettings(db=ground.url)).like(writes=(1, 1, 0.5))
    phases = [(5.0, 0.5), (150.0, 1.0), (5.0, 0.5)]
    with served_app(app) as origin:
        sent = sent_of(send(ground, [origin], phases, seed=5, mark="crowd"))
        told = httpx.get(f"{origin}/metrics").text

    refused = [each for each in sent if each.status == 503]
    assert f'allocator_refused_for_load_total{{method="POST"}} {float(len(refused))}' in told
    assert [each for each in crowd_faults(sent, phases) if "recover" not in each and "itself" not in each] == []
    assert lost_faults(ground.url, sent) == []


def test_a_server_that_lets_everybody_wait_is_found_out(ground):
    phases = [(5.0, 0.2), (100.0, 0.5), (5.0, 0.2)]
    with served_app(careless(ServeSettings(db=ground.url), "unbounded")) as origin:
        sent = sent_of(send(ground, [origin], phases, seed=6, mark="unbounded"))

    assert "nobody was refused" in crowd_faults(sent, phases)


def answered(at: float, seconds: float, status: int = 201) -> Sent:
    return Sent(at, seconds, f"k{at}", status, 1, 2 if status == 503 else None, 1)


def test_a_server_is_itself_again_once_it_refuses_nobody_and_is_quick_for_five_seconds():
    """Refused until second 3 and slow until second 6 after the crowd: itself again from the seventh on."""
    sent = [answered(n / 10, 0.1, 503 if n < 30 else 201) for n in range(200)]
    slow = [answered(n / 10 + 0.05, 0.9) for n in range(30, 60)]

    assert recovered_after([*sent, *slow], 0.0) == 6.0
    assert recovered_after([answered(n / 10, 0.9) for n in range(200)], 0.0) is None


def test_a_crowd_that_waits_is_a_fault_and_so_is_a_refusal_without_a_time():
    sent = [answered(1, 0.1), answered(6, 7.0), Sent(7, 0.1, "k", 503, None, None, 1)]

    assert crowd_faults(sent, [(10, 5.0), (20, 5.0), (10, 5.0)]) == [
        "1 were refused without being told when to come again",
        "somebody waited 7.0 s",
        "it was not itself again within 30 s",
    ]


def test_what_grows_is_told_from_what_only_wavers():
    hour = [n * 60.0 for n in range(61)]

    assert trend_of(hour, [100 + n for n in range(61)]) == Trend(each_hour=60.0, error=0.0)
    assert trend_of(hour, [100 + n % 2 for n in range(61)]).is_flat
    assert not trend_of(hour, [100 + n / 10 + n % 2 for n in range(61)]).is_flat
