# Commands of fastgd; each works alone on a fresh machine: it sets up what it needs in $(VENV).
# Wanted: Python 3.11 or later with its venv module, make and a C compiler.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SOURCES := pyproject.toml setup.py src/fastgd/_kernels.pyx $(wildcard src/fastgd/kernels/*)
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help train test build lint site bench chunks kills ci clean

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "make %-6s  %s\n", $$1, $$2 }' Makefile

train: $(VENV)/.built  ## set up, and train the network on the digits that come with fastgd
	@$(BIN)/fastgd train --save digits.safetensors

test: $(VENV)/.test  ## set up, and run the tests
	@$(BIN)/python -m pytest

build: $(VENV)/.built  ## set up alone: compile fastgd into $(VENV), its Python files used in place

lint: $(VENV)/.lint  ## formatting and types (the tests check the stubs)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PATH=$(abspath $(BIN)):$$PATH cython-lint src
	$(BIN)/mypy

site: $(VENV)/.docs  ## build the site of docs/ into build/site; what it warns of is an error
	rm -rf docs/api/generated
	$(BIN)/python -m sphinx -q -W -n --keep-going -j auto docs build/site

bench: $(VENV)/.bench  ## time fastgd beside every peer installed; writes benches/results/
	$(BIN)/python -m benches

chunks: $(VENV)/.bench  ## walk over 20 GB in 1 GB of memory; docs/performance.md keeps what it said last
	@$(BIN)/python -m benches.chunks

kills: $(VENV)/.test  ## kill checkpointed descents 1,000 times; docs/callbacks.md keeps what it said last
	@$(BIN)/python -m tests.callbacks.kills 1000

ci:  ## what continuous integration runs
	bash .ci/run

clean:  ## forget all that was built
	rm -rf $(VENV) build dist src/fastgd/_built/*.so src/fastgd/_built/*.pyi

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fastgd needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)

# A stamp a purpose, so that what is there is not asked for again.
$(VENV)/.built: $(BIN)/python $(SOURCES)
	@echo "Compiling fastgd: a minute, once"
	$(PIP) --editable '.[cli,files,images,plots]'
	@touch $@

# fastgd is installed by now: pip adds what the extra asks for.
$(VENV)/.test $(VENV)/.lint $(VENV)/.docs $(VENV)/.bench: $(VENV)/.%: $(VENV)/.built
	$(PIP) 'fastgd[$*]'
	@touch $@
