# Commands of fastgd; each works alone on a fresh machine: it sets up what it needs in $(VENV).
# Wanted: Python 3.11 or later with its venv module, make and a C compiler.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SOURCES := pyproject.toml setup.py src/fastgd/_kernels.pyx $(wildcard src/fastgd/kernels/*)
RELEASE := build/release
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help train test build lint site bench kills wheel sdist emulated abi3-speed pins ci clean

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-10s  %s\n", $$1, $$2 }' Makefile

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

kills: $(VENV)/.test  ## kill checkpointed descents 1,000 times; docs/callbacks.md keeps what it said last
	@$(BIN)/python -m tests.callbacks.kills 1000

wheel: $(RELEASE)/.tools  ## build this machine's wheels, audit them, install and test them on every Python found (WHOLE=1: the whole suite)
	$(RELEASE)/bin/python -m release.wheel
	$(RELEASE)/bin/python -m release.clean $(if $(WHOLE),--whole)

sdist: $(RELEASE)/.tools  ## build that sdist as others will: no network, no OpenMP, clang, hostile flags
	$(RELEASE)/bin/python -m release.sources

emulated: $(RELEASE)/.tools  ## run that wheel on older processors, and a cross build on aarch64, under qemu-user
	$(RELEASE)/bin/python -m release.emulated

abi3-speed: $(RELEASE)/.tools  ## time that wheel beside a build for one Python, in turns
	$(RELEASE)/bin/python -m release.speed

pins: $(RELEASE)/.tools  ## the newest versions of the release's tools, with their hashes
	for set in build tools; do $(RELEASE)/bin/uv pip compile --quiet --universal --python-version 3.11 --upgrade --generate-hashes \
		--no-emit-index-url --no-annotate --custom-compile-command 'make pins' --output-file release/$$set.txt release/$$set.in; done

ci:  ## what continuous integration runs
	bash .ci/run

clean:  ## forget all that was built
	rm -rf $(VENV) build dist src/fastgd/_built/*.so src/fastgd/_built/*.pyi

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fastgd needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)

# Pinned and hashed: what makes a release is apart from what tests it.
$(RELEASE)/.tools: release/tools.txt
	$(PYTHON) -m venv --clear $(RELEASE)
	$(RELEASE)/bin/python -m pip install --quiet --disable-pip-version-check --require-hashes -r release/tools.txt
	@touch $@

# A stamp a purpose, so that what is there is not asked for again.
$(VENV)/.built: $(BIN)/python $(SOURCES)
	@echo "Compiling fastgd: a minute, once"
	$(PIP) --editable '.[cli,files,images,plots]'
	@touch $@

# fastgd is installed by now: pip adds what the extra asks for.
$(VENV)/.test $(VENV)/.lint $(VENV)/.docs $(VENV)/.bench: $(VENV)/.%: $(VENV)/.built
	$(PIP) 'fastgd[$*]'
	@touch $@
