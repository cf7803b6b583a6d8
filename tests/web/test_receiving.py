"""A receiver's day on pages: a shipment confirmed with a shortage, explained by logistics, a document taken back."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

import httpx
import pytest
from browser import Browser, browsers_at, is_sealed, served_at
from day_round import begun, sent
from desk import Clerk

ZH = {"accept-language": "zh"}
Form = dict[str, list[str]]
GTINS = "gtin,item,units\n6901234567892,MASK,10\n"


@pytest.fixture(scope="module")
def clerk(tmp_path_factory) -> Iterator[Clerk]:
    for clerk in begun(tmp_path_factory.mktemp("receiving")):
        assert clerk.take("gtins.csv", GTINS, "--actor", "bo").exit_code == 0
        assert clerk("user", "add", "ap", "--role", "approver", "--actor", "bo").exit_code == 0
        clerk.typing("five masks and a thermometer", "user", "password", "ap", "--actor", "bo")
        yield clerk


@pytest.fixture(scope="module")
def browser(clerk) -> Iterator[Callable[[str], Browser]]:
    with served_at(clerk.url) as origin:
        yield browsers_at(origin)


def form_of(page: str, action: str, *, last: bool = False) -> Form:
    """Return what a browser without scripts would send of the form with an action: the first, or the last."""
    found = re.findall(rf'<form method="post" action="[^"]*/{action}"[^>]*>(.*?)</form>', page, re.DOTALL)
    assert found, f"there is no form {action}"
    fields: Form = {}
    text = found[-1 if last else 0]
    for tag in re.findall(r"<input[^>]*>|<select.*?</select>|<textarea.*?</textarea>", text, re.DOTALL):
        name = re.search(r' name="([^"]+)"', tag)
        value = re.search(
            r'<option value="([^"]*)" selected' if tag.startswith("<select") else r' value="([^"]*)"', tag
        )
        assert name is not None
        fields.setdefault(name[1], []).append(value[1] if value and not tag.startswith("<textarea") else "")
    return fields


def confirming(browser: Browser, number: str, **typed: str) -> Form:
    """Return the form of a shipment as it is offered, with what is typed in its first line and of the whole."""
    form = form_of(browser.get(f"/shipments/{number}").text, "confirm", last=True)
    for name, value in typed.items():
        form[name] = [value, *form.get(name, [""])[1:]]
    return form


def send(
    browser: Browser, number: str, form: dict[str, list[str]], do: str = "record", **headers: str
) -> httpx.Response:
    return browser.post(f"/shipments/{number}/confirm", {**form, "do": [do]}, **headers)


def kinds(browser: Browser) -> list[str]:
    return [each["type"] for each in browser.get("/api/v1/documents").json()["documents"]]


def test_all_of_it_is_confirmed_with_one_press_and_sealed(browser, clerk):
    note, ann = sent(clerk, "P1", 50), browser("ann")
    form = form_of(ann.get(f"/shipments/{note}").text, "confirm")

    done = send(ann, note, form, do="all")

    assert "Recorded as document" in done.text
    assert "settled" in done.text
    assert is_sealed(clerk.url)


def test_a_shortage_is_told_first_then_recorded_then_explained_by_logistics(browser, clerk):
    note, ann, lo = sent(clerk, "P1", 40), browser("ann"), browser("lo")
    before = len(kinds(lo))

    told = send(ann, note, confirming(ann, note, sound="30", damaged="4", reason="wet"))
    assert "6 of MASK mask (lot A1) are missing: they stay open" in told.text
    assert "4 of MASK mask (lot A1) arrived damaged" in told.text
    assert len(kinds(lo)) == before, "nothing is recorded yet"

    done = send(ann, note, form_of(told.text, "confirm", last=True))
    assert "confirmed with a difference" in done.text
    assert "What became of the rest?" in lo.get(f"/shipments/{note}").text

    lost = send(lo, note, confirming(lo, note, lost="6", reason="lost-on-the-way"))
    settled = send(lo, note, form_of(lost.text, "confirm", last=True))
    assert "settled" in settled.text
    assert clerk.held("P1")["A1"] >= 30


def test_what_is_changed_after_it_was_told_is_told_again(browser, clerk):
    note, ann = sent(clerk, "P2", 10), browser("ann")
    told = send(ann, note, confirming(ann, note, sound="8"))
    changed = form_of(told.text, "confirm", last=True)
    changed["sound"][0] = "7"

    assert "3 of MASK mask (lot A1) are missing" in send(ann, note, changed).text


@pytest.mark.parametrize(
    ("typed", "fault"),
    [
        ({"sound": "ten"}, "is not a whole number of units"),
        ({"sound": "12"}, "This makes 12, and 10 are under way"),
        ({"sound": "8", "missing": "1"}, "With the missing ones this makes 9"),
        ({"sound": "8", "damaged": "2"}, "Say why it differs"),
        ({"sound": ""}, "Say what arrived"),
        ({"sound": "8", "over": "1", "reason": "wrong-loaded"}, "while 2 of it are missing"),
        ({"sound": "8", "damaged": "2", "reason": "other"}, "Say in the note what the reason is"),
        ({"when": "2099-01-01T08:00"}, "is yet to come"),
        ({"when": "soon"}, "is not a time"),
    ],
)
def test_what_cannot_be_is_said_beside_its_field_and_what_was_typed_stays(browser, clerk, typed, fault):
    note, ann = sent(clerk, "P2", 10), browser("ann")
    answer = send(ann, note, confirming(ann, note, **typed))

    assert answer.status_code == 422
    assert fault in answer.text
    shown = form_of(answer.text, "confirm", last=True)
    assert {name: shown[name][0] for name in typed} == typed


def test_a_form_that_is_sent_twice_is_recorded_once(browser, clerk):
    note, ann, lo = sent(clerk, "P1", 20), browser("ann"), browser("lo")
    form = form_of(ann.get(f"/shipments/{note}").text, "confirm")
    before = len(kinds(lo))

    answers = [send(ann, note, form, do="all") for _ in range(2)]

    assert [answer.status_code for answer in answers] == [200, 200]
    assert answers[0].url == answers[1].url
    assert len(kinds(lo)) == before + 1


def test_a_receipt_with_a_shortage_is_recorded_once_too_and_another_under_its_key_is_refused(browser, clerk):
    note, ann, lo = sent(clerk, "P1", 20), browser("ann"), browser("lo")
    form = form_of(send(ann, note, confirming(ann, note, sound="15")).text, "confirm", last=True)
    before = len(kinds(lo))

    answers = [send(ann, note, form) for _ in range(2)]
    form["sound"][0] = "16"
    other = send(ann, note, form)

    assert answers[0].url == answers[1].url
    assert (other.status_code, "said something else then" in other.text) == (422, True)
    assert len(kinds(lo)) == before + 1


def test_boxes_are_scanned_and_what_was_not_is_missing(browser, clerk):
    note, ann = sent(clerk, "P1", 40), browser("ann")
    form = confirming(ann, note)
    code = "(01)06901234567892(10)A1"
    form["scans"] = [f"http://127.0.0.1:8000/notes/{note}\n{code}\n2*{code}\n(01)06901234567892(10)Z9"]

    scanned = form_of(send(ann, note, form, do="scan").text, "confirm", last=True)
    assert scanned["sound"][:2] == ["30", "10"], "three boxes of the note, one of another lot"
    assert scanned["lot"][:2] == ["A1", "Z9"]
    form["scans"] = ["no code"]
    assert "no code that can be read" in send(ann, note, form, do="scan").text


def test_what_came_beyond_the_note_is_explained_on_its_page(browser, clerk):
    note, lo = sent(clerk, "P2", 10), browser("lo")
    told = send(lo, note, confirming(lo, note, over="5", reason="miscounted-loading"))
    send(lo, note, form_of(told.text, "confirm", last=True))
    page = lo.get(f"/shipments/{note}").text
    form = form_of(page, "settle") | {"reason": ["other-shipment"]}

    refused = lo.post(f"/shipments/{note}/settle", form)
    assert refused.status_code == 422
    assert "Say in which shipment it is missing." in refused.text
    form["reason"] = ["loaded-too-many"]
    done = lo.post(f"/shipments/{note}/settle", form)

    assert "Recorded as document" in done.text
    assert "came beyond the note, since" not in done.text
    assert "/settle" not in browser("ann").get(f"/shipments/{note}").text


def test_a_document_is_taken_back_once_by_who_posts_stock(browser, clerk):
    note, lo = sent(clerk, "P1", 10), browser("lo")
    number = lo.get("/api/v1/documents").json()["documents"][0]["number"]
    page = f"/audit/documents/{number}"
    form = form_of(lo.get(page).text, "reverse")

    assert "Choose a reason." in lo.post(f"{page}/reverse", form).text
    form["reason"] = ["entered-twice"]
    first, again = (lo.post(f"{page}/reverse", form) for _ in range(2))

    assert first.url == again.url
    assert "/reverse" not in lo.get(page).text
    assert "never left" in lo.get(f"/shipments/{note}").text
    assert "/reverse" not in browser("au").get("/audit/documents/1").text
    assert browser("au").post("/audit/documents/1/reverse", form).status_code == 404


def test_a_document_whose_stock_went_on_is_not_taken_back_and_says_why(browser, clerk):
    note, lo = sent(clerk, "P1", 10), browser("lo")
    send(lo, note, form_of(lo.get(f"/shipments/{note}").text, "confirm"), do="all")
    number = next(each["number"] for each in lo.get("/api/v1/documents?type=transfer").json()["documents"])
    form = form_of(lo.get(f"/audit/documents/{number}").text, "reverse") | {"reason": ["never-happened"]}

    refused = lo.post(f"/audit/documents/{number}/reverse", form)

    assert refused.status_code == 422
    assert "Nothing was recorded." in refused.text
    assert 'value="never-happened" selected' in refused.text


def test_an_emergency_issue_is_countersigned_by_another_person(browser, clerk):
    urgent = clerk("emergency-issue", "D1", "P2", "MASK", "5", "--reason", "new-cases", "--actor", "lo", "--json")
    note = re.search(r'"shipment": "([^"]+)"', urgent.stdout)
    assert note is not None
    address, ap = f"/shipments/{note[1]}", browser("ap")

    assert "/countersign" not in browser("lo").get(address).text
    done = ap.post(f"{address}/countersign", form_of(ap.get(address).text, "countersign"))

    assert done.status_code == 200
    assert "/countersign" not in done.text


def test_another_area_and_another_sites_form_change_nothing(browser, clerk):
    note, cy, ann = sent(clerk, "P1", 10), browser("cy"), browser("ann")
    form = confirming(ann, note)

    assert send(cy, note, {**form, "form": [cy.form_token()]}).status_code == 404
    assert send(ann, note, {**form, "form": ["0"]}).status_code == 403
    assert send(ann, note, {**form, "key": ["mine"]}).status_code == 422
    assert "under way" in ann.get(f"/shipments/{note}").text


def test_the_forms_speak_chinese(browser, clerk):
    note, ann = sent(clerk, "P1", 10), browser("ann")
    told = send(ann, note, confirming(ann, note, sound="8"), **ZH)

    assert "（批号 A1） 缺少 2：在说明去向之前一直列为未结清" in told.text
    assert "照此登记" in told.text
