# Commands of fastgd; each works alone on a fresh machine: it sets up what it needs in $(VENV).
# Wanted: Python 3.11 or later with its venv module, make and a C compiler.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --quiet --disable-pip-version-check
SOURCES := pyproject.toml setup.py src/fastgd/_kernels.pyx $(wildcard src/fastgd/kernels/*)
MAKEFLAGS += --no-print-directory

.DEFAULT_GOAL := help
.PHONY: help train test build lint site bench chunks fits scaling slow-networks bits repeats kills interrupts crowded promises \
	coverage flakes mutants parallel sanitize races bounds allocations leaks fuzz ci clean

help:  ## say what there is
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

train: $(VENV)/.built  ## set up, and train the network on the digits that come with fastgd
	@$(BIN)/fastgd train --save digits.safetensors

test: $(VENV)/.test  ## set up, and run the tests, side by side
	@$(BIN)/python -m pytest @tests/side_by_side

build: $(VENV)/.built  ## set up alone: compile fastgd into $(VENV), its Python files used in place

lint: $(VENV)/.lint  ## formatting and types (the tests check the stubs)
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	PATH=$(abspath $(BIN)):$$PATH cython-lint src
	$(BIN)/mypy
	$(BIN)/zizmor --offline --no-progress --quiet .github

site: $(VENV)/.docs  ## build the site of docs/ into build/site; what it warns of is an error
	rm -rf docs/api/generated
	$(BIN)/python -m sphinx -q -W -n --keep-going -j auto docs build/site

bench: $(VENV)/.bench  ## time fastgd beside every peer installed; writes benches/results/
	$(BIN)/python -m benches

fits: $(VENV)/.bench  ## fit twelve small regressions with every solver; writes benches/results/fits.md
	$(BIN)/python -m benches.fits

scaling: $(VENV)/.bench  ## measure steps of many processes, and project them; writes docs/scaling.md; a quiet machine
	$(BIN)/python -m benches.scaling

slow-networks: $(VENV)/.bench  ## walk shards apart, and see what it costs; writes docs/slow-networks.md; ten minutes
	$(BIN)/python -m benches.slow_networks

bits: $(VENV)/.test  ## FASTGD_DETERMINISTIC=everywhere by every compiler and emulator here; docs/reliability/everywhere.json
	$(BIN)/python -m tests.everywhere.builds

repeats: $(VENV)/.test  ## descents on 1 to 16 threads, 300 times each, on a busy machine: the same bits
	$(BIN)/python -m tests.everywhere.repeats 300

chunks: $(VENV)/.bench  ## walk over 20 GB in 1 GB of memory, beside merely reading it
	@$(BIN)/python -m benches.chunks

kills: $(VENV)/.test  ## kill checkpointed descents 1,000 times, saves 200; docs/callbacks.md keeps what it said last
	@$(BIN)/python -m tests.callbacks.kills 1000

interrupts: $(VENV)/.test  ## Ctrl-C at random moments of long calls and of the command; ten minutes, on a quiet machine
	@$(BIN)/python -m tests.robustness.interrupts 50

crowded: $(VENV)/.test  ## time the default number of threads in containers and crowds; four minutes, on a quiet machine
	@$(BIN)/python -m tests.robustness.crowded

promises: $(VENV)/.test  ## run the tests that try what docs/reliability.md promises, and write its page
	$(BIN)/python -m pytest -q -p tests.promises -m promise tests
	$(BIN)/python docs/make_reliability.py

sanitize: $(VENV)/.test  ## the kernels' tests under AddressSanitizer and UndefinedBehaviorSanitizer
	@$(BIN)/python -m tests.memory.builds sanitize

races: $(VENV)/.test  ## tests of what threads share under ThreadSanitizer (clang, libomp with Archer)
	@$(BIN)/python -m tests.memory.builds races

bounds: $(VENV)/.test  ## the kernels' tests with every check that Cython can make
	@$(BIN)/python -m tests.memory.builds bounds

allocations: $(VENV)/.test  ## fail each allocation of each call, one after the other
	@$(BIN)/python -m tests.memory.allocations

leaks: $(VENV)/.test  ## memory after 2,000 fits, beside what it was
	@$(BIN)/python -m tests.memory.leaks 2000

fuzz: $(VENV)/.test  ## read 350,000 damaged files
	@$(BIN)/python -m tests.fuzz 25000

coverage: $(VENV)/.quality  ## see which lines of Python and Cython no test runs; half an hour
	@$(BIN)/python -m tests.covered

RUNS ?= 20
flakes: $(VENV)/.quality  ## run the tests 20 times in random order and side by side; hours. RUNS=1 for one
	@$(BIN)/python -m tests.flakes $(RUNS)

mutants: $(VENV)/.quality  ## change the code, one thing at a time, and see which change no test notices; hours. PART=cost for a module
	@$(BIN)/python -m tests.mutants $(PART)

parallel: $(VENV)/.quality  ## run tests of kernels from 8 Python threads each; PYTHON=python3.14t has no lock
	$(BIN)/python -m pytest -q --parallel-threads=8 tests/kernels tests/test_cost.py tests/test_gradient.py \
		tests/test_products.py tests/test_network.py tests/robustness/test_threads.py

ci:  ## what continuous integration runs
	bash .ci/run

clean:  ## forget all that was built
	rm -rf $(VENV) build dist src/fastgd/_built/*.so src/fastgd/_built/*.pyi

include release/targets.mk

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "fastgd needs Python 3.11 or later")'
	$(PYTHON) -m venv $(VENV)

# A stamp a purpose, so that what is there is not asked for again.
$(VENV)/.built: $(BIN)/python $(SOURCES)
	@echo "Compiling fastgd: a minute, once"
	$(PIP) --editable '.[cli,files,images,plots]'
	@touch $@

# fastgd is installed by now: pip adds what the extra asks for.
$(VENV)/.test $(VENV)/.lint $(VENV)/.docs $(VENV)/.bench $(VENV)/.quality: $(VENV)/.%: $(VENV)/.built
	$(PIP) 'fastgd[$*]'
	@touch $@
