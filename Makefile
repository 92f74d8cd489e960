# One command here is one command in CI. Nothing is assumed but python3 (3.11 or newer, with
# venv) and make; packages come from wherever pip is configured to find them.

PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
CASES  := $(wildcard examples/*.json)

.DEFAULT_GOAL := help
.PHONY: help setup demo test check fix oracle conformance mutate prove fuzz hostile silence durability bench clean

help:  ## list the commands
	@awk -F ':.*## ' '/^[a-z]+:.*## /{printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY)  ## make .venv with every pinned package

$(READY): requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(None if sys.version_info >= (3, 11) else "python3 3.11 or newer is needed")'
	$(PYTHON) -m venv --clear $(VENV)
	$(BIN)/python -m pip install --quiet --requirement requirements.lock
	$(BIN)/python -m pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

demo: setup  ## determine the cases of examples/, in text here and in HTML under reports/
	@mkdir -p reports
	@for case in $(CASES); do \
	    name=$$(basename $$case .json); \
	    printf '\n== %s\n' "$$case"; \
	    $(BIN)/ionm determine $$case --format text || exit 1; \
	    $(BIN)/ionm determine $$case --format html > reports/$$name.html || exit 1; \
	done
	@printf '\nThe same answers as pages: %s\n' "$$(ls reports/*.html | tr '\n' ' ')"

test: setup  ## run the tests
	$(BIN)/python -m pytest --numprocesses auto $(ARGS)

check: setup  ## look over style, types, layers, packages and knowledge
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-cache
	$(BIN)/python -m tests.supply
	$(BIN)/python -m tests.turtle_style
	$(BIN)/ionm check

fix: setup  ## write Python and Turtle in their one form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .
	$(BIN)/python -m tests.turtle_style --write

oracle: setup  ## compare with the reference engines on every case (slow)
	IONM_ORACLE=all $(BIN)/python -m pytest --numprocesses auto tests/oracle tests/laws/test_closure_equals_owlrl.py $(ARGS)

conformance: setup  ## run the outside suites on this engine and on others, and print what passes (slow)
	$(BIN)/python -m tests.conformance $(ARGS)

mutate: setup  ## plant faults in knowledge and engine; the tests must find each (slow)
	$(BIN)/python -m tests.mutation $(ARGS)

prove: setup  ## check thousands of proofs and forgeries with the independent checker (slow)
	$(BIN)/python -m tests.prove $(ARGS)

fuzz: setup  ## send hostile bodies and requests, a million and a hundred thousand (slow)
	$(BIN)/python -m tests.fuzz $(ARGS)

hostile: setup  ## send what would kill, stall or fill a server, beside normal load (slow)
	$(BIN)/python -m tests.hostile $(ARGS)

silence: setup  ## try every way in with what makes software connect or read files (slow)
	$(BIN)/python -m tests.silence $(ARGS)

durability: setup  ## kill the service under load, fill and damage its disk, and look what is left (slow)
	$(BIN)/python -m tests.durability $(ARGS)

bench: setup  ## measure beside other engines; ARGS=--quick for a trial (slow)
	$(BIN)/python -m benchmarks $(ARGS)

clean:  ## remove what was made here
	rm -rf $(VENV) .cache build dist reports .hypothesis .mypy_cache .pytest_cache .ruff_cache *.egg-info
	find kg_engine api tests benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +
