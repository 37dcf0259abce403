# `make run` opens the search page, `make test` runs every test, `make bench` measures; all set up what they need in .venv first.
# On Windows, see the pip commands in README.md.

PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
PORT ?= 8501
PYTEST ?= -n auto
INSTALL = $(VENV)/bin/python -m pip install --quiet --disable-pip-version-check --constraint constraints.txt
PACKAGING = pyproject.toml constraints.txt hatch_build.py dictionary/derive.py dictionary/terms.txt \
	search/names.py search/analyze.py search/normalize.py search/store.py

.PHONY: run test lint check bench clean

run: $(VENV)/installed
	$(VENV)/bin/wenlu page --port $(PORT)

test: $(VENV)/installed-dev
	$(VENV)/bin/python -m pytest $(PYTEST)

lint: $(VENV)/installed-dev
	$(VENV)/bin/ruff format --check .
	$(VENV)/bin/ruff check .
	$(VENV)/bin/mypy

check: lint test

bench: $(VENV)/installed-bench
	$(VENV)/bin/python benchmarks/bench.py $(BENCH)

$(VENV)/bin/python:
	@test -n "$(PYTHON)" || { echo "Wenlu needs Python 3.11 or later; install it, or say where it is: make PYTHON=..." >&2; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: $(VENV)/bin/python $(PACKAGING)
	@echo "Installing into $(VENV) (a few minutes the first time)"
	$(INSTALL) --editable .
	@touch $@

$(VENV)/installed-dev: $(VENV)/bin/python $(PACKAGING)
	@echo "Installing into $(VENV), with what the tests need (a few minutes the first time)"
	$(INSTALL) --editable '.[dev]'
	@touch $@ $(VENV)/installed

$(VENV)/installed-bench: $(VENV)/bin/python $(PACKAGING)
	@echo "Installing into $(VENV), with what is measured beside (a few minutes the first time)"
	$(INSTALL) --editable '.[bench]'
	@touch $@ $(VENV)/installed

clean:
	rm -rf $(VENV) build dist search/data .mypy_cache .pytest_cache .ruff_cache .hypothesis
