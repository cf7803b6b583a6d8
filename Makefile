# Needs only Python >= 3.11 and make (3.81 will do). Say PYTHON=/path/to/python to choose one.

PYTHONS = python3 python3.13 python3.12 python3.11 python
FITS = import sys; sys.exit(sys.version_info < (3, 11))
PYTHON ?= $(shell for p in $(PYTHONS); do "$$p" -c '$(FITS)' >/dev/null 2>&1 && { echo $$p; break; }; done)

VENV ?= .venv
BENCH ?= --out docs/benchmarks.md
LAWS ?= 2000
API_CASES ?= 40
HOSTILE ?= 25000
RUN = $(VENV)/bin/python
PIP = $(RUN) -m pip --disable-pip-version-check install --quiet
LOCK = $(VENV)/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--no-emit-index-url --no-emit-find-links --no-header --no-annotate pyproject.toml --group build

.PHONY: help demo test check lint laws faults bench bench-ledger bench-round bench-forecast bench-shortfall bench-stress bench-nation bench-procure bench-findings lock docs clean

help:
	@echo "make demo    plan an invented county and say where the result is"
	@echo "make serve   serve the pages of your ledger on this machine"
	@echo "make test    run every test"
	@echo "make check   lint, types, import contracts, then make test"
	@echo "make e2e     everybody's daily round in Chromium, in both languages (some minutes)"
	@echo "make laws    the laws of the plan and of the ledger on thousands of drawn cases (half an hour)"
	@echo "make faults  kill writers and commands, cut power and PostgreSQL, fill disks, spoil files, set clocks, count faults (hours)"
	@echo "make corruptions  one byte changed in ledgers, exports and heads, ten thousand times (a quarter of an hour)"
	@echo "make tampering  five thousand attempts at ledgers, and as much honest work, told apart (half an hour)"
	@echo "make hostile  files, requests, bytes and commands that attack, fifty thousand (half an hour and more)"
	@echo "make fuzz    five thousand spoilt workbooks and CSV files taken in (a quarter of an hour)"
	@echo "make fuzz-api  the API asked all that its description allows, and what not (a quarter of an hour)"
	@echo "make bench   the table of sizes and ratios (takes minutes)"
	@echo "make bench-ledger  recording, sealing and reading, beside the bare driver (half an hour)"
	@echo "make bench-round  a county's daily round on both databases (some minutes)"
	@echo "make bench-shortfall  how long the shortfall report takes, and what it sees coming (some minutes)"
	@echo "make bench-stress  many what-ifs in one process, on two, on a cluster (a quarter of an hour)"
	@echo "make bench-forecast  how well and how fast demand is forecast (some minutes)"
	@echo "make bench-nation  2,978 counties planned level by level (ten minutes)"
	@echo "make bench-procure  what to order, beside the bound and other rules (a quarter of an hour)"
	@echo "make bench-findings  how much planted wrongdoing is found, and what is true of it (some minutes)"
	@echo "make bench-pages  the pages and the API: bytes, seconds, 50 people at once (some four minutes)"
	@echo "make load    reports by the hundred, twice as many, kills, a county at once, half an hour (two hours and more)"
	@echo "make bench-backup  a large ledger backed up, restored and proved, on both databases (some twenty minutes)"
	@echo "make lock    choose dependencies anew and write their hashes"
	@echo "make wheelhouse  what it takes to install offline, for x86_64 and aarch64 with glibc 2.28 (needs a registry)"
	@echo "make docs    write anew what is generated: the command line, notices, README output"
	@echo "make screenshots  take the pictures of pages that the README shows (needs Chromium; some minutes)"
	@echo "make clean   remove the virtual environment and everything made"

demo: $(VENV)/.ready
	@$(RUN) -m allocator demo

.PHONY: serve
serve: $(VENV)/.ready
	@$(RUN) -m allocator serve

# Databases of the tests wait for the disk a quarter of the time: they lie in memory where there is room (8 GB) and
# programs may be started from there (a test installs the wheel).
SCRATCH = $(shell test "$$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 { print $$4 }')" -gt 8000000 2>/dev/null && \
	! grep -q ' /dev/shm .*noexec' /proc/mounts && echo /dev/shm || echo $${TMPDIR:-/tmp})

# What was compiled is kept whatever this machine says: each worker, and each program that a test starts, compiles it anew
# else, tests themselves at three times the cost.
# One more than there are cores: a third of the time a test waits, for a browser, a server or a process of its own.
WORKERS ?= $(shell cores=$$(getconf _NPROCESSORS_ONLN 2>/dev/null) && expr $$cores + 1 || echo auto)

test: $(VENV)/.ready-to-develop
	@scratch=$$(mktemp -d "$(SCRATCH)/allocator-tests-XXXXXX") && chmod 755 "$$scratch" && trap 'rm -rf "$$scratch"' EXIT INT TERM && \
	unset PYTHONDONTWRITEBYTECODE && TMPDIR="$$scratch" $(RUN) -m pytest --numprocesses=$(WORKERS) --dist=worksteal $(TESTS)

# Everybody's daily round in Debian's Chromium, in both languages; `make test` goes the main path of each.
.PHONY: e2e
e2e: $(VENV)/.ready-to-develop
	$(RUN) -m pytest -m "e2e or not e2e" tests/web/test_daily_rounds.py tests/web/test_in_chromium.py

check: lint
	$(MAKE) test

lint: $(VENV)/.ready-to-develop
	$(VENV)/bin/ruff check .
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/mypy
	$(VENV)/bin/lint-imports --no-cache

# The laws of the plan and of the ledger on thousands of drawn cases; docs/laws.md says which, and what came out.
laws: $(VENV)/.ready-to-develop
	ORACLE_CASES=$(LAWS) LAW_CASES=300 PACK_CASES=400 ALLOCATOR_CASES=150 LEDGER_CASES=1000 \
	$(RUN) -m pytest --numprocesses=auto --dist=worksteal --quiet tests/allocator/test_fair_against_oracle.py \
	tests/allocator/test_fast_laws.py tests/allocator/test_packs_brute_force.py tests/allocator/test_verify_corrupted.py \
	tests/allocator/test_verify_overrides.py tests/allocator/test_shelf_life.py tests/allocator/test_memory.py \
	tests/allocator/test_expiry.py tests/models/test_against_plain_ledger.py tests/models/test_catalogue_laws.py

faults: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.ledger_kills
	$(RUN) -m benchmarks.ledger_seal_kills
	$(RUN) -m benchmarks.ledger_power_cuts
	$(RUN) -m benchmarks.database_cuts
	$(RUN) -m benchmarks.command_kills
	$(RUN) -m benchmarks.ledger_rush
	$(RUN) -m benchmarks.disk_full
	$(RUN) -m benchmarks.disk_full_served
	$(RUN) -m benchmarks.broken_files
	$(RUN) -m benchmarks.clocks
	$(RUN) -m benchmarks.two_servers
	$(RUN) -m benchmarks.solver_limits

# One byte changed anywhere in what is sealed, ten thousand times: each must be found and named; docs/faults.md says what came out.
.PHONY: corruptions
corruptions: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.corruptions

# Who owns the database, has the key, restores an old backup or swaps logs, against heads kept elsewhere; docs/tampering.md.
.PHONY: tampering
tampering: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.tampering

# Files, requests, bytes and commands that attack; docs/hostile-input.md says what came out.
.PHONY: hostile
hostile: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.hostile_pages --inputs $(HOSTILE) --wire $(HOSTILE) --seconds 3600
	$(RUN) -m benchmarks.hostile_files
	$(RUN) -m benchmarks.hostile_commands --inputs 3000

# Spoilt workbooks and CSV files by the thousand; and what sound ones take.
.PHONY: fuzz bench-import
fuzz: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.fuzzing_imports --out docs/benchmarks-fuzzing.md

# Whatever the description of the API allows, and what it does not, asked of a server two hundred times a call.
.PHONY: fuzz-api
fuzz-api: $(VENV)/.ready-to-develop
	API_CASES=$(API_CASES) $(RUN) -m pytest --quiet tests/web/test_api_as_described.py

bench-import: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.importing_workbooks --out docs/benchmarks-import.md

bench: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks $(BENCH)

bench-ledger: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.ledger_writing --out docs/benchmarks-ledger-writing.md
	$(RUN) -m benchmarks.sealing --out docs/benchmarks-ledger-sealing.md
	$(RUN) -m benchmarks.ledger_reading --out docs/benchmarks-ledger-reading.md
	$(RUN) -m benchmarks.tracing --out docs/benchmarks-trace.md

bench-round: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.daily_round --out docs/benchmarks-daily-round.md

bench-shortfall: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.shortfall --out docs/benchmarks-shortfall.md

bench-stress: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.stressing --out docs/benchmarks-stress.md

bench-forecast: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.forecasting --out docs/benchmarks-forecast.md

bench-nation: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.nation --out docs/benchmarks-nation.md
bench-procure: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.procuring --out docs/benchmarks-procurement.md

bench-findings: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.findings --told 1 --seeds 11 12 13 --out docs/benchmarks-findings.md

.PHONY: bench-pages
bench-pages: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.pages --out docs/benchmarks-pages.md

# What the pages and the API bear: each scene with its control; those whose figure is a time want a quiet machine.
.PHONY: load
load: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.load --out docs/benchmarks-load.md

.PHONY: bench-backup
bench-backup: $(VENV)/.ready-to-develop
	$(RUN) -m benchmarks.backups --out docs/benchmarks-backup.md

lock: $(VENV)/.ready-to-develop
	$(LOCK) --output-file requirements.txt
	$(LOCK) --group dev --constraint requirements.txt --output-file requirements-dev.txt

# Every locked package and the program as wheels for machines that reach no registry, by the hashes of the lock.
.PHONY: wheelhouse
wheelhouse: $(VENV)/.ready
	$(RUN) docs/deploy/make_wheelhouse.py --out dist

.PHONY: screenshots
screenshots: $(VENV)/.ready-to-develop
	$(RUN) docs/write_screenshots.py

docs: $(VENV)/.ready-to-develop
	$(RUN) docs/write_cli.py
	$(RUN) docs/write_third_party.py
	$(RUN) docs/write_readme.py

clean:
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache build dist demo
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer found. Install one, or say: make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -c '$(FITS)' || { echo "$(PYTHON) is no Python 3.11 or newer. Say: make PYTHON=/path/to/python" >&2; exit 1; }
	@"$(PYTHON)" -m venv $(VENV) || { rm -rf $(VENV); \
	echo "This Python cannot make a virtual environment. On Debian and Ubuntu this mends it: sudo apt install python3-venv" >&2; exit 1; }

# The stamps are newer than the lock files they were installed from, so each is installed once.
$(VENV)/.ready: $(VENV)/bin/python requirements.txt pyproject.toml
	@echo "Installing the dependencies (once) ..." >&2
	@$(PIP) --require-hashes --requirement requirements.txt
	@$(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/.ready-to-develop: $(VENV)/.ready requirements-dev.txt
	@echo "Installing what tests and checks need (once) ..." >&2
	@$(PIP) --require-hashes --requirement requirements-dev.txt
	@touch $@
