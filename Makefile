# The commands of lineabase. Everything runs in .venv, built from requirements.lock.
PYTHON ?= python3
# One more than processors, for tests that wait (for a service, a lock, a browser, a home that another makes). Two more take a sixth more CPU.
PROCESSORS := $(shell getconf _NPROCESSORS_ONLN)
WORKERS ?= $(shell echo $$(($(PROCESSORS) + 1)))
VENV := .venv
BIN := $(VENV)/bin
# In the order of tests/conftest.py: xdist's own would begin the modules of few tests last, and some of those take minutes.
PYTEST = $(BIN)/python -m pytest -n $(WORKERS) --maxprocesses 8 --dist loadscope --no-loadscope-reorder
# Tests that draw examples of a property: few in CI.
DRAWN := $(patsubst %,tests/test_%.py,bounds composition decomposition denominators origin_flows origins quarantine quarantined_cases regional)
export DAGSTER_DISABLE_TELEMETRY := 1
# Where `make tools` has put what optional tests need.
-include $(VENV)/tools.mk
# Compiled files are kept, whatever a machine says: else each worker compiles all tests anew.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: help setup refresh test test-all coverage hard-times tools check lint types ui notebooks bench render docs lock

help:
	@echo "make refresh   ingest every submission, build, gate and release the warehouse"
	@echo "make test      run the checks and the tests, but the slow ones, as CI does"
	@echo "make test-all  run the checks and all tests"
	@echo "make tools     install what optional tests need: a browser, LibreOffice, PostgreSQL, Spark…"
	@echo "make ui        open Dagster at http://localhost:3000"
	@echo "make notebooks  open the notebooks, which read the release"
	@echo "make bench     measure speed; writes .bench/latest.json"

setup: $(VENV)/.ready

$(VENV)/.ready: requirements.lock pyproject.toml
	@echo "Setting up $(VENV) (about a minute, once)…"
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(BIN)/python -c 'import sys; sys.exit(sys.version_info < (3, 11) and "lineabase needs Python 3.11 or later; say which with: make PYTHON=python3.12")'
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements.lock
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@$(BIN)/python -m compileall -q lineabase pipelines assets warehouse schemas tests
	@touch $@

refresh: setup
	@$(BIN)/lineabase refresh $(ARGS)

tools: setup
	@.ci/tools

# Side by side: each of them leaves a processor idle at times.
check: setup
	@$(MAKE) --no-print-directory -j 3 lint types $(VENV)/.sql-checked

lint: setup
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/lint-imports --no-cache
	@$(BIN)/python -m tests.plain_words --quiet

types: setup
	@$(BIN)/mypy

# sqlfluff remembers nothing: it is asked again when SQL or its rules have changed.
$(VENV)/.sql-checked: $(VENV)/.ready .sqlfluff $(shell find warehouse/build/sql -name '*.sql')
	@$(BIN)/sqlfluff lint --disable-progress-bar warehouse/build/sql
	@touch $@

# There are more workers than processors: libraries with threads of their own would only get in each other's way.
test test-all: export OPENBLAS_NUM_THREADS := 1
test test-all: export OMP_NUM_THREADS := 1

test: check
	@$(PYTEST) -m "not slow and not hard" $(ARGS)

# Each instruction counts once, in the code itself (tests/covered.py). The floor holds for all tests, so not for some of them.
test-all: PYTEST := $(subst -m pytest,-m slipcover -m pytest,$(PYTEST))
test-all: check
	@$(PYTEST) $(ARGS)
	@$(if $(ARGS),,$(BIN)/python -m tests.covered)

coverage: setup
	@$(BIN)/python -m tests.covered --lines

# What takes longer than a test may: kills, concurrent receipts, tens of thousands of inputs, faults, years on end.
# Run it before a release; its last line is `lost: 0`.
hard-times: setup
	@$(PYTEST) -m hard $(ARGS)
	@LINEABASE_EXAMPLES=30 $(PYTEST) $(DRAWN)
	@$(BIN)/python -m tests.operator
	@$(BIN)/python -m tests.hostile
	@$(BIN)/python -m tests.network
	@$(BIN)/python -m tests.hard_times

ui: setup
	@$(BIN)/lineabase ui

notebooks: setup
	@$(BIN)/marimo edit --skip-update-check notebooks $(ARGS)

bench: setup
	@$(BIN)/python -m tests.bench $(if $(FULL),--full)

# Maintainers: renders what is rendered (country index, pages of findings, indicators and tables, parts of docs/, lists of sources and of .gitignore); tests fail on drift.
render: setup
	@$(BIN)/python -m schemas.countries.build
	@$(BIN)/python -m schemas.indicators.pages
	@$(BIN)/python -m schemas.tables.pages
	@$(BIN)/python -m schemas.tables.row_types
	@$(BIN)/python -m tests.bad_input.render
	@$(BIN)/python -m tests.document_parts
	@$(BIN)/python -m tests.graph_snapshot
	@$(BIN)/python -m warehouse.publication.source_list
	@$(BIN)/python -c 'from warehouse.publication.shipping import CHECKOUT, render_gitignore; (CHECKOUT / ".gitignore").write_text(render_gitignore(), encoding="utf-8")'

# Maintainers: what shows a release of the shipped submissions, anew: pages of docs/, notebooks, pictures (those need Chromium).
docs: setup
	@$(BIN)/python -m tests.documents $(ARGS)

# Maintainers: after changing pyproject.toml. Needs uv; writes hashes, no index addresses. What few need has a lock of its own.
LOCK := uv pip compile pyproject.toml --quiet --universal --python-version 3.11 --generate-hashes \
	--no-header --no-annotate --no-emit-index-url --no-emit-find-links
lock:
	@all=$$(mktemp) && cp requirements.lock $$all && $(LOCK) --extra pipeline --extra mcp --extra dev --extra services -o $$all \
	&& $(LOCK) --extra pipeline --extra mcp --extra dev -c $$all -o requirements.lock \
	&& $(LOCK) --extra pipeline --extra services -c $$all -o requirements-services.lock; status=$$?; rm -f $$all; exit $$status
	@$(LOCK) --extra pipeline --extra spark -c requirements.lock -o requirements-spark.lock
