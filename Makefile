# Everything a person does with mmse. A fresh machine needs Python 3.11 or newer and pip; the rest comes into .venv.
#   make PYTHON=python3.12 run      another interpreter
#   make PIP="uv pip" test          another installer (it is told the environment by VIRTUAL_ENV)
#   make test TESTS=tests.wire      a part of the tests

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP ?= $(BIN)/python -m pip
PIP_FLAGS ?= --quiet --disable-pip-version-check
TESTS ?= tests
FUZZ_SECONDS ?= 60
FUZZ_SEED ?= 1
SOAK_KILLS ?= 1000
TRIAL_FLAGS ?=
TRIAL = $(BIN)/trial --temp-directory=_trial_temp/$@ $(TRIAL_FLAGS)
# Folders of single scripts, where they hold some.
SCRIPTS := $(patsubst %/,%,$(sort $(dir $(wildcard benchmarks/*.py examples/*.py))))
CODE := mmse twisted tests docs $(SCRIPTS)

export VIRTUAL_ENV := $(abspath $(VENV))

.DEFAULT_GOAL := help
.PHONY: help run demo test check layers planted style types news docs interop crash browser soak bench
.PHONY: venv venv-test venv-dev format clean

help: ## say what there is
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: venv ## a complete lab MMSE on loopback (Ctrl-C ends it)
	@$(BIN)/twistd -n mmse

demo: venv ## a photograph from one phone to another through a real twistd, with the ladder of PDUs
	@$(BIN)/mmse demo

test: venv-test ## the tests that want Python only
	$(TRIAL) $(TESTS)

check: layers planted style types news docs ## all of the next six (make -k check: to the end whatever fails)

layers: venv-dev ## the contracts of the layers
	$(BIN)/lint-imports --no-logo setup.cfg

planted: venv-dev ## planted violations of the layers, each of which must be refused
	$(BIN)/python -m tests.house.planted

style: venv-dev ## ruff, both of it
	$(BIN)/ruff check $(CODE)
	$(BIN)/ruff format --check $(CODE)

types: venv-dev ## mypy
	$(BIN)/mypy mmse tests docs twisted/plugins $(SCRIPTS)

news: venv-dev ## the fragments of the news make a page
	$(BIN)/towncrier build --draft --version 0 >/dev/null

interop: venv-test ## against real peers (.ci/peers); those not installed are skipped by name
	MMSE_PARTS=interop $(TRIAL) tests.interop

crash: venv-test ## the real process killed under load, and the books compared
	MMSE_PARTS=crash $(TRIAL) tests.crash

fuzz: venv-test ## every wire decoder against mutated input, 60 seconds in all (FUZZ_SECONDS=... FUZZ_SEED=...)
	$(BIN)/python -m tests.fuzz.fuzz_wire --seconds $(FUZZ_SECONDS) --seed $(FUZZ_SEED)

browser: venv-test ## the console in a real browser
	MMSE_PARTS=browser $(TRIAL) tests.browser

soak: venv-test ## the long run: everything at length, until it fails or the time is up
	MMSE_PARTS=soak,interop,crash MMSE_CRASH_KILLS=$(SOAK_KILLS) $(TRIAL) $(TESTS)

bench: venv-test ## every benchmark, one after the other
	@set -e; for file in benchmarks/bench_*.py; do echo "== $$file"; $(BIN)/python $$file; done

docs: venv-dev ## the documentation, warnings as errors, into docs/_build
	$(BIN)/python -m docs.generate
	$(BIN)/sphinx-build -q -W --keep-going -b html docs docs/_build/html
	@$(BIN)/pydoctor --config=docs/pydoctor.ini -q -q --html-output=docs/_build/html/api || { $(BIN)/pydoctor --config=docs/pydoctor.ini --html-output=docs/_build/html/api | grep -i "bad docstring"; exit 1; }

format: venv-dev ## put the style right
	$(BIN)/ruff check --fix $(CODE)
	$(BIN)/ruff format $(CODE)

clean: ## remove what was built (not var/, which holds messages)
	rm -rf $(VENV) build dist *.egg-info docs/_build docs/generated _trial_temp* .mypy_cache .ruff_cache .import_linter_cache .hypothesis

# The environment: made once, filled again only when the metadata changes.
venv: $(VENV)/.run
venv-test: $(VENV)/.test
venv-dev: $(VENV)/.dev

$(BIN)/python:
	@command -v $(PYTHON) >/dev/null || { echo "mmse needs Python 3.11 or newer, and there is no '$(PYTHON)'; say make PYTHON=..." >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("mmse needs Python 3.11 or newer; $(PYTHON) is %d.%d: say make PYTHON=python3.11 (or newer)" % sys.version_info[:2])'
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "'$(PYTHON)' cannot make a virtual environment; on Debian: apt-get install python3-venv" >&2; exit 1; }
	@echo "Making the virtual environment $(VENV) ..."
	@$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python setup.cfg pyproject.toml
	@echo "Installing mmse and its libraries ..."
	@$(PIP) install $(PIP_FLAGS) -e .
	@touch $@

$(VENV)/.test: $(VENV)/.run
	@echo "Installing what the tests want ..."
	@$(PIP) install $(PIP_FLAGS) -e '.[test]'
	@touch $@

$(VENV)/.dev: $(VENV)/.test
	@echo "Installing the tools ..."
	@$(PIP) install $(PIP_FLAGS) -e '.[dev]'
	@touch $@
