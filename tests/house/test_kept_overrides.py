"""`verify PLAN` of plans with overrides: what was decided, the whole, the rest; and whoever seals a wrong one."""

from __future__ import annotations

import csv
import io
import json
import shutil
from pathlib import Path

import pytest
from case_ledger import ledger_of
from case_tables import case_of_tables
from click.testing import CliRunner, Result

from cli import root
from data.kept_plan import kept_plan
from data.overriding import Wanted, keep_override, try_override
from data.samples import make_sample
from models.database import reading, writing
from models.days import now_micros
from models.entry import Refusal
from models.ledger import open_ledger
from models.plan_overrides import standing
from models.plans import FINAL, keep_final, plan_files
from models.versions import Stamp

DAY, PLAN = "2020-02-10", "P2020-02-10-1"


def allocator(*words: str) -> Result:
    return CliRunner().invoke(root, ["--lang", "en", *words], prog_name="allocator")


def done(*words: str) -> str:
    result = allocator(*words)
    assert result.exit_code == 0, result.output
    return result.stdout


@pytest.fixture(scope="module")
def begun(tmp_path_factory) -> Path:
    folder = tmp_path_factory.mktemp("overridden")
    with pytest.MonkeyPatch.context() as patch:
        patch.chdir(folder)
        patch.setenv("ALLOCATOR_DB", f"sqlite:///{folder / 'ledger.sqlite'}")
        _overridden(f"sqlite:///{folder / 'ledger.sqlite'}")
    return folder


@pytest.fixture
def ledger(begun, tmp_path, monkeypatch):
    """A county of 40 sites with a plan in which two lines were overridden: one to a pack less, one to nothing."""
    shutil.copytree(begun, tmp_path, dirs_exist_ok=True)
    monkeypatch.chdir(tmp_path)
    url = f"sqlite:///{tmp_path / 'ledger.sqlite'}"
    monkeypatch.setenv("ALLOCATOR_DB", url)
    return open_ledger(url)


def _overridden(url: str) -> None:
    ledger = ledger_of(make_sample("county", sites=40, items=4), url)
    done("allocate", "--date", DAY, "--no-workbook")
    most, second = sorted(table(ledger, "lines.csv"), key=lambda row: -int(row["packs"]))[:2]
    less = int(most["units"]) // int(most["packs"]) * (int(most["packs"]) - 1)
    done("override", PLAN, most["site"], most["item"], str(less), "--reason", "holds-more")
    done("override", PLAN, second["site"], second["item"], "0", "--reason", "cannot-receive")
    ledger.engine.dispose()


def table(ledger, name: str) -> list[dict[str, str]]:
    with reading(ledger.engine) as connection:
        content = plan_files(connection, PLAN, [name])[name].decode()
    return list(csv.DictReader(io.StringIO(content)))


def written(rows: list[dict[str, str]]) -> bytes:
    text = io.StringIO()
    writer = csv.DictWriter(text, rows[0].keys(), lineterminator="\n")
    writer.writeheader()
    writer.writerows(rows)
    return text.getvalue().encode()


def test_a_plan_with_overrides_holds_in_the_ledger_and_in_its_folder(ledger):
    done("verify", PLAN)
    done("show", PLAN, "--out", "final")
    done("snapshot", "--out", "case", "--date", DAY)
    done("verify", "case", "final")

    assert len(table(ledger, f"{FINAL}overrides.csv")) == 2


def an_override_forgotten(files, rows) -> None:
    files[f"{FINAL}overrides.csv"] = written(rows(f"{FINAL}overrides.csv")[1:])


def an_override_nobody_gave(files, rows) -> None:
    there = rows(f"{FINAL}overrides.csv")
    line = next(row for row in rows(f"{FINAL}lines.csv") if row["site"] not in {each["site"] for each in there})
    added = {"site": line["site"], "item": line["item"], "units": line["units"]}
    files[f"{FINAL}overrides.csv"] = written(sorted([*there, added], key=lambda row: (row["site"], row["item"])))


def an_override_said_not_to_fit(files, rows) -> None:
    first, *others = rows(f"{FINAL}overrides.csv")
    files[f"{FINAL}overrides.csv"] = written(others)
    files[f"{FINAL}conflicts.json"] = json.dumps(
        [{**first, "units": int(first["units"]), "en": "-", "zh": "-"}]
    ).encode()


def a_share_of_whom_people_decided_on(files, rows) -> None:
    own = {(row["site"], row["item"]) for row in rows(f"{FINAL}overrides.csv")}
    pairs = rows(f"{FINAL}pairs.csv")
    pair = next(row for row in pairs if (row["site"], row["item"]) in own)
    pair["fair_units"] = str(float(pair["fair_units"]) + 1)
    files[f"{FINAL}pairs.csv"] = written(pairs)


def a_pack_of_the_rest(files, rows) -> None:
    own = {(row["site"], row["item"]) for row in rows(f"{FINAL}overrides.csv")}
    lines = rows(f"{FINAL}lines.csv")
    line = next(row for row in lines if (row["site"], row["item"]) not in own and int(row["packs"]) > 1)
    for column in ("units", "packs"):
        line[column] = str(int(line[column]) - int(line[column]) // int(line["packs"]))
    files[f"{FINAL}lines.csv"] = written(lines)


def a_step_of_the_proof(files, rows) -> None:
    proof = json.loads(files[f"{FINAL}proof.json"])
    proof["steps"][0]["fill"] = str(float(proof["steps"][0]["fill"]) / 2)
    files[f"{FINAL}proof.json"] = json.dumps(proof).encode()


def the_plan_of_another_snapshot(files, rows) -> None:
    summary = json.loads(files[f"{FINAL}summary.json"])
    summary["case_digest"] = "0" * 64
    files[f"{FINAL}summary.json"] = json.dumps(summary).encode()


@pytest.mark.parametrize(
    ("forge", "said"),
    [
        (an_override_forgotten, "the plan with overrides tells nothing."),
        (an_override_nobody_gave, "people decided nothing, the plan with overrides tells"),
        (an_override_said_not_to_fit, "proof.json, step"),
        (a_share_of_whom_people_decided_on, "before the override."),
        (a_pack_of_the_rest, "lines.csv"),
        (a_step_of_the_proof, "the prices do not balance"),
        (the_plan_of_another_snapshot, "case"),
    ],
)
def test_who_seals_a_wrong_plan_with_overrides_is_found_out(ledger, forge, said):
    """Its digests are sealed as of any plan, so only what it says can be wrong; untouched, it holds."""
    done("verify", PLAN)
    with reading(ledger.engine) as connection:
        files = plan_files(connection, PLAN)
    final = {name: content for name, content in files.items() if name.startswith(FINAL)}
    forge(final, lambda name: list(csv.DictReader(io.StringIO(files[name].decode()))))
    with writing(ledger.engine) as connection:
        keep_final(connection, PLAN, final, Stamp("local", now_micros()))
    found, audited = allocator("verify", PLAN), allocator("audit", "check")

    assert found.exit_code == 4, found.output
    assert said in found.stdout
    assert audited.exit_code == 4
    assert audited.stdout == f"Does not hold: Plan {PLAN} does not hold: {found.stdout}"


def test_the_audit_proves_the_latest_plans_and_says_how_many(ledger):
    done("allocate", "--date", DAY, "--no-workbook")

    assert "Every plan (2) is right for the ledger as it was known then." in done("audit", "check")
    one = done("audit", "check", "--plans", "1")
    assert "The latest 1 of 2 plans are right for the ledger as it was known then; --plans all" in one
    told = json.loads(done("audit", "check", "--plans", "1", "--json"))
    assert (told["numbers"]["plans"], told["plans_proven"]) == (2, 1)
    assert allocator("audit", "check", "--plans", "some").exit_code == 2


def test_two_who_override_at_once_do_not_both_keep_it(ledger):
    """Each tried while the other had not kept it yet: who pays would not be who was shown."""
    site, item = table(ledger, "lines.csv")[0]["site"], table(ledger, "lines.csv")[0]["item"]
    wanted = Wanted(site=site, item=item, units=0, reason="holds-more")
    with kept_plan(ledger.engine, PLAN) as kept:
        one, other = (
            try_override(ledger, kept, wanted, Stamp(actor, now_micros()), lang="en") for actor in ("ann", "ben")
        )
        keep_override(ledger, kept, one)
        with pytest.raises(Refusal, match="overridden by somebody else at this moment"):
            keep_override(ledger, kept, other)

    with reading(ledger.engine) as connection:
        assert [each.actor for each in standing(connection, PLAN) if (each.site, each.item) == (site, item)] == ["ann"]


def test_an_override_beside_which_an_earlier_one_could_not_stand_is_refused(tmp_path, monkeypatch):
    """Of 50 masks 40 go to Post by an override, so that 40 for Gate would take them away again."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    case = case_of_tables(needs="site item daily\nGate mask 10\nPost mask 10", stock="site item units\nDepot mask 50")
    ledger = ledger_of(case, f"sqlite:///{tmp_path / 'ledger.sqlite'}")
    done("allocate", "--date", DAY, "--no-workbook")
    done("override", PLAN, "Post", "mask", "40", "--reason", "ordered")

    for much in ("Gate", "Post"):
        refused = allocator("override", PLAN, much, "mask", "40" if much == "Gate" else "60", "--reason", "ordered")
        assert refused.exit_code == 1, refused.output
        assert ("The override of Post and mask to 40 units could not stand" in refused.stderr) == (much == "Gate")
    with reading(ledger.engine) as connection:
        assert [(each.site, each.units) for each in standing(connection, PLAN)] == [("Post", 40)]
