"""Too much to do: a few are worked on, some wait a while, the rest is told to come again and leaves no trace."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import httpx

from web.guard import Guard
from web.observed import Asked, Observed
from web.turns import Turns


def test_turns_are_given_in_the_order_in_which_they_were_asked_for():
    """Two at once and two waiting: the fifth is refused at once."""

    async def many() -> tuple[list[str], list[bool]]:
        turns, order = Turns(at_once=2, waiting=2, seconds=5), list[str]()

        async def one(name: str) -> bool:
            if not await turns.take():
                return False
            order.append(name)
            await asyncio.sleep(0.01)
            turns.give_back()
            return True

        return order, await asyncio.gather(*(one(name) for name in "abcde"))

    assert asyncio.run(many()) == (["a", "b", "c", "d"], [True, True, True, True, False])


def test_who_waited_too_long_or_gave_up_takes_nobodys_turn():
    async def some() -> list[bool]:
        turns = Turns(at_once=1, waiting=9, seconds=0.02)
        first = await turns.take()
        waited = await turns.take()
        gone = asyncio.create_task(turns.take())
        await asyncio.sleep(0)
        gone.cancel()
        await asyncio.gather(gone, return_exceptions=True)
        turns.give_back()
        return [first, waited, await turns.take(), await turns.take()]

    assert asyncio.run(some()) == [True, False, True, False]


def crowd(work: Callable[[httpx.AsyncClient], object], done: list[str], told: list[Asked], **turns: object) -> object:
    """Ask an application that takes 50 ms for what it is sent, and notes it as done."""

    async def slow(scope, receive, send) -> None:
        body, more = b"", True
        while more:
            message = await receive()
            if message["type"] == "http.disconnect":
                return
            body, more = body + message.get("body", b""), message.get("more_body", False)
        await asyncio.sleep(0.05)
        done.append(body.decode())
        await send({"type": "http.response.start", "status": 200, "headers": []})
        await send({"type": "http.response.body", "body": b"done"})

    async def ask() -> object:
        app = Observed(Guard(slow, hosts=("127.0.0.1",), secure=False), told.append, **turns)
        transport = httpx.ASGITransport(app)
        async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client:
            return await work(client)

    return asyncio.run(ask())


def test_what_is_refused_is_told_in_the_readers_language_and_was_never_begun():
    done, told = list[str](), list[Asked]()

    async def work(client: httpx.AsyncClient) -> list[httpx.Response]:
        pages = (client.post("/reports/use", content=f"{n}", headers={"accept-language": "zh"}) for n in range(3))
        calls = (client.post("/api/v1/documents", content=f"{n}") for n in range(3, 6))
        return await asyncio.gather(*pages, *calls)

    answers = crowd(work, done, told, writes=(1, 1, 5.0))

    assert [each.status_code for each in answers] == [200, 200, 503, 503, 503, 503]
    assert done == ["0", "1"]
    assert "几秒" in answers[2].text
    assert answers[3].json()["status"] == 503
    assert all(1 < int(each.headers["retry-after"]) < 6 for each in answers[2:])
    assert [each.crowded for each in told].count(True) == 4


def test_reading_goes_on_while_those_who_write_wait():
    done, told = list[str](), list[Asked]()

    async def work(client: httpx.AsyncClient) -> list[httpx.Response]:
        writes = (client.post("/reports/use", content="w") for _ in range(4))
        return await asyncio.gather(*writes, client.get("/stock"))

    answers = crowd(work, done, told, writes=(1, 0, 5.0))

    assert [each.status_code for each in answers] == [200, 503, 503, 503, 200]


def test_who_sends_slowly_holds_up_nobody():
    """One turn in all: the first sends half of its body and stops, the second is answered meanwhile."""
    done, told = list[str](), list[Asked]()

    async def work(client: httpx.AsyncClient) -> list[int]:
        rest = asyncio.Event()

        async def halves():
            yield b"first"
            await rest.wait()
            yield b" rest"

        slow = asyncio.create_task(client.post("/reports/use", content=halves()))
        await asyncio.sleep(0.02)
        quick = await client.post("/reports/use", content="quick")
        rest.set()
        return [quick.status_code, (await slow).status_code]

    assert crowd(work, done, told, writes=(1, 0, 5.0)) == [200, 200]
    assert done == ["quick", "first rest"]
