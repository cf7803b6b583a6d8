"""The files of docs/deploy are such as run: their options exist, their limits are the server's, their roles suffice."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
from pathlib import Path

import click
import pytest
from desk import Clerk
from servers import a_postgres_database, postgres_server

from cli import root
from models.database import open_database
from web.guard import BODY_BYTES_MAX

ROOT = Path(__file__).resolve().parents[2]
DEPLOY = ROOT / "docs" / "deploy"
UNITS = sorted(DEPLOY.glob("*.service"))
NAMING = [*UNITS, DEPLOY / "Containerfile", ROOT / "docs" / "deploying.md"]
PROGRAM = "/opt/allocator/bin/allocator"


def commands_in(text: str) -> list[list[str]]:
    """Return the commands of the program that a file starts or types, their lines joined, without what is commented."""
    joined = text.replace("\\\n", " ")
    found = re.findall(rf"(?:ExecStart=|sudo -u \S+ |^){PROGRAM} (.*)$", joined, re.MULTILINE)
    exec_form = re.findall(r'^CMD \[("serve".*)\]$', joined, re.MULTILINE)
    return [*(shlex.split(each) for each in found), *(re.findall(r'"([^"]*)"', each) for each in exec_form)]


def unknown_in(words: list[str]) -> list[str]:
    """Return the options of a command line that its command does not have."""
    known, command = {"--db", "--lang"}, root
    for word in words:
        inner = command.get_command(click.Context(command), word) if isinstance(command, click.Group) else None
        command = inner or command
    known |= {option for each in command.params for option in (*each.opts, *each.secondary_opts)}
    return [word for word in words if word.startswith("--") and word.partition("=")[0] not in known]


@pytest.mark.parametrize("path", NAMING, ids=lambda path: path.name)
def test_every_command_and_option_that_is_named_exists(path):
    commands = commands_in(path.read_text(encoding="utf-8"))

    assert commands
    assert {" ".join(words): unknown_in(words) for words in commands if unknown_in(words)} == {}
    assert {words[0] for words in commands} <= set(root.entries)


@pytest.mark.parametrize("path", UNITS, ids=lambda path: path.name)
def test_a_unit_runs_as_nobody_special_and_shut_in(path):
    said = set(path.read_text(encoding="utf-8").splitlines())

    assert said >= {
        *("User=allocator", "NoNewPrivileges=yes", "ProtectSystem=strict", "ProtectHome=yes", "PrivateTmp=yes"),
        *("CapabilityBoundingSet=", "RestrictAddressFamilies=AF_UNIX AF_INET AF_INET6", "UMask=0077"),
    }


@pytest.mark.skipif(shutil.which("systemd-analyze") is None, reason="systemd is not here")
def test_systemd_reads_the_units(tmp_path):
    for unit in UNITS:
        text = unit.read_text(encoding="utf-8").replace(PROGRAM, "/bin/true")
        (tmp_path / unit.name).write_text(text, encoding="utf-8")
    for timer in DEPLOY.glob("*.timer"):
        shutil.copy(timer, tmp_path)
    command = ["systemd-analyze", "verify", "--man=no", *map(str, tmp_path.iterdir())]
    verified = subprocess.run(command, capture_output=True, text=True, check=False)

    # What it says of other units of this machine is not about ours.
    assert [line for line in verified.stderr.splitlines() if "allocator" in line] == []


def test_nginx_lets_in_as_much_as_the_server_and_reaches_the_processes_that_are_started():
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8")

    assert f"client_max_body_size {BODY_BYTES_MAX >> 20}m;" in text
    ports = set(re.findall(r"server 127\.0\.0\.1:(\d+);", text))
    assert ports == set(re.findall(r"--port (\d+)", (DEPLOY / "allocator-serve.service").read_text()))


@pytest.mark.skipif(shutil.which("nginx") is None, reason="nginx is not here")
def test_nginx_reads_its_file(tmp_path):
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "rsa:2048", "-nodes", "-subj", "/CN=stock.county.example",
         "-keyout", tmp_path / "key.pem", "-out", tmp_path / "cert.pem"], check=True, capture_output=True,
    )  # fmt: skip
    text = (DEPLOY / "nginx.conf").read_text(encoding="utf-8").replace("/etc/allocator", str(tmp_path))
    (tmp_path / "nginx.conf").write_text(f"events {{}}\nhttp {{\n{text}\n}}\n", encoding="utf-8")
    told = subprocess.run(
        ["nginx", "-t", "-p", tmp_path, "-c", tmp_path / "nginx.conf"], capture_output=True, text=True, check=False
    )

    assert told.returncode == 0, told.stderr


def test_the_image_is_no_root_s_and_takes_locked_packages_alone():
    lines = (DEPLOY / "Containerfile").read_text(encoding="utf-8").splitlines()

    assert [line for line in lines if line.startswith("USER ")] == ["USER 10001"]
    assert all("--require-hashes" in line or "--no-deps" in line for line in lines if "pip install" in line)


def test_the_roles_of_postgresql_suffice_and_reach_no_guard(tmp_path, monkeypatch):
    """`init` as the owner; then rows are written and sealed as `allocator`, which can drop or silence nothing."""
    name = a_postgres_database().partition("?")[0].rpartition("/")[2]
    script = (DEPLOY / "postgresql.sql").read_text(encoding="utf-8")
    for word in ("allocator_owner", "allocator"):
        script = re.sub(rf"\b{word}\b(?! signs)", word.replace("allocator", f"{name}_own"), script)
    server = postgres_server()
    server.psql(script)
    base = server.get_uri().replace("/postgres?", f"/{name}_own?")
    owner, user = (re.sub(r"//\w+(:\w*)?@", f"//{who}@", base) for who in (f"{name}_own_owner", f"{name}_own"))

    monkeypatch.chdir(tmp_path)
    clerk = Clerk(tmp_path)
    monkeypatch.setenv("ALLOCATOR_DB", owner)
    assert clerk("init").exit_code == 0
    monkeypatch.setenv("ALLOCATOR_DB", user)
    for words in (
        ("receive", "D1", "MASK", "500", "--partner", "S1"),
        ("issue", "D1", "MASK", "5"),
        ("audit", "check"),
    ):
        clerk.begin() if words[0] == "receive" else None
        done = clerk(*words)
        assert done.exit_code == 0, done.output

    engine = open_database(user, connections=1)
    for forbidden in ("ALTER TABLE document DISABLE TRIGGER ALL", "DROP TABLE document", "CREATE TABLE own (id int)",
                      "UPDATE document SET actor = 'x'", "DELETE FROM document"):  # fmt: skip
        with (
            pytest.raises(Exception, match=r"permission|owner|written once"),
            engine.begin() as connection,
        ):
            connection.exec_driver_sql(forbidden)
    engine.dispose()
