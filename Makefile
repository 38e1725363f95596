# Every target sets up .venv by itself; PYTHON chooses the interpreter, 3.11 or newer.
PYTHON = python3
REQUIRED = import sys; sys.exit(None if sys.version_info >= (3, 11) else \
	"Sentinel needs Python 3.11 or newer: say which one with `make PYTHON=/path/to/python3`.")
READY = .venv/.ready
TREE = src tests examples

# Daemons, commands and test workers are started by the hundred: none shall compile again what another one has.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: demo test check schemas crash replicas separated clients browser pictures gallery attacks histories fuzz bench durations recording format

demo: $(READY)
	.venv/bin/sentinel demo

test: $(READY)
	.venv/bin/pytest -n 6 --dist worksteal --ignore=tests/crash --ignore=tests/bench --ignore=tests/separated --ignore=tests/clients --ignore=tests/browser -m "not demo"

check: $(READY)
	.venv/bin/ruff check $(TREE)
	.venv/bin/ruff format --check $(TREE)
	.venv/bin/mypy
	.venv/bin/lint-imports --no-logo
	.venv/bin/deptry src --known-first-party sentinel --per-rule-ignores 'DEP002=aiosqlite|sniffio|tree-sitter|tree-sitter-bash,DEP003=mcp_types|pydantic_core'
	.venv/bin/pytest tests/repository tests/ledger tests/front/mcp/test_snapshots.py

schemas: $(READY)
	.venv/bin/python -m tests.front.mcp.snapshots tool_schemas
	.venv/bin/python -m tests.repository.diagram
	.venv/bin/python -m tests.ledger.attacks page

crash: $(READY)
	.venv/bin/pytest -n 4 --dist worksteal --ignore=tests/crash/test_replicas.py tests/crash

replicas: $(READY)
	.venv/bin/pytest -n logical --dist worksteal tests/crash/test_replicas.py

# Real users of this machine, which they remove again: as root.
separated: $(READY)
	.venv/bin/pytest -rs -n logical --dist worksteal tests/separated

# AI clients from npm, which are kept in a folder of the user's cache or in SENTINEL_CLIENTS.
clients: $(READY)
	.venv/bin/pytest -rs -s tests/clients

# Real Chromium, from Debian's `chromium` or the file that CHROMIUM names.
browser: $(READY)
	.venv/bin/pytest -rs -n 2 --dist worksteal tests/browser

# The main pages of the console in docs/pictures/, and a release as it is followed and approved there: all real.
pictures: $(READY)
	.venv/bin/python -m tests.browser.pictures docs/pictures
	.venv/bin/python -m tests.browser.recording docs/pictures/console.webp

# Every page in every state, light, dark and on a phone, to look at when the console changes: `make gallery TO=FOLDER`.
gallery: $(READY)
	.venv/bin/python -m tests.browser.gallery $(TO)

attacks: $(READY)
	.venv/bin/pytest -rs -n 4 --dist worksteal $$(.venv/bin/python -m tests.ledger.attacks)

# How many, or which one is shown: `make histories N=10000`, `make histories SEED=1234`; `make fuzz` likewise.
N = 200
histories: $(READY)
	.venv/bin/python -m tests.histories $(if $(SEED),seed $(SEED),many $(N) $(FIRST))

fuzz: $(READY)
	.venv/bin/python -m tests.fuzz $(if $(SEED),seed $(SEED),many $(N) $(FIRST))

# Some parts of it: `make bench ONLY="console growth"`.
bench: $(READY)
	.venv/bin/python -m tests.bench $(ONLY)

# Where the time of the tests goes, in processor seconds: `make durations`, or `make durations PATHS=tests/core`.
PATHS = tests --ignore=tests/crash --ignore=tests/bench --ignore=tests/separated --ignore=tests/clients --ignore=tests/browser -m "not demo"
durations: $(READY)
	.venv/bin/python -m tests.durations $(PATHS)

# The picture of the README, from a real run.
recording: $(READY)
	.venv/bin/python -m tests.demo.recording docs/pictures/demo.svg

format: $(READY)
	.venv/bin/ruff check --fix-only --exit-zero $(TREE)
	.venv/bin/ruff format $(TREE)

$(READY): pyproject.toml constraints.txt
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON): say where Python is with make PYTHON=/path/to/python3." >&2; exit 1; }
	@$(PYTHON) -c '$(REQUIRED)'
	$(PYTHON) -m venv .venv
	.venv/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt "pip>=25.1"
	.venv/bin/python -m pip install -q --disable-pip-version-check -c constraints.txt -e . --group dev
	@touch $@
