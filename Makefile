# What there is to do here; `make` alone lists it.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
MUSIC ?=
export MUSIC

# Rooms whose tests take seconds.
QUICK := tests/test_imports.py tests/test_text.py tests/test_files.py tests/test_encode.py tests/signal tests/metrics \
  tests/model tests/copies/test_same.py tests/cli/test_documentation.py

.PHONY: help demo test check lint bench clean

help:
	@echo "make demo              hear segue on a small library that it composes itself"
	@echo "make demo MUSIC=DIR    the same on a folder of yours, for example MUSIC=~/Music"
	@echo "make test              check the code and run the tests"
	@echo "make check             lint, types and quick tests, before every commit"
	@echo "make lint              check the code and its formatting"
	@echo "make bench             measure speed and memory beside other ways to do the same (installs torch)"
	@echo "make clean             remove $(VENV) and the composed library"

# The shell, not make, reads MUSIC: a path may hold spaces and quotes.
demo: $(VENV)/installed
	@$(BIN)/python demo/tour.py $${MUSIC:+"$$MUSIC"}

test: $(VENV)/installed-test
	$(BIN)/ruff check
	$(BIN)/python -m pytest -n auto --dist loadfile

# What to run before every commit; well below 90 s on two cores.
check: $(VENV)/installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/python -m pytest -q -n auto --dist loadfile $(QUICK)

lint: $(VENV)/installed-test
	$(BIN)/ruff check
	$(BIN)/ruff format --check

bench: $(VENV)/installed-bench
	$(BIN)/python -m benchmarks

clean:
	rm -rf $(VENV) demo-library

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "segue needs Python 3.11 or newer; try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)

$(VENV)/installed: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable .
	@touch $@

$(VENV)/installed-test: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[test]'
	@touch $@ $(VENV)/installed

$(VENV)/installed-bench: pyproject.toml constraints.txt | $(BIN)/python
	$(BIN)/pip install --quiet --constraint constraints.txt --editable '.[bench,train]'
	@touch $@ $(VENV)/installed
