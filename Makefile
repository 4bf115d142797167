# Everything starts here: `make demo` to see it work, `make test` to see that it is right.
# Each target first makes .venv from the lock files if that is needed; nothing else is set up.

SHELL := /bin/sh
BIN := .venv/bin
RUNTIME := .venv/runtime.stamp
DEV := .venv/dev.stamp
JOBS ?= 2
PYTEST := $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.NOTPARALLEL:
.PHONY: help demo app test quick check bench bench-quick fuzz attacks accuracy interop lock FORCE

help: ## what there is
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/make \1|\2/' | column -t -s '|' 2>/dev/null \
		|| grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST)

# A folder that was moved or copied with its .venv needs a new one.
ifeq ($(shell head -n 3 $(BIN)/pip 2>/dev/null | grep -cF '$(CURDIR)/$(BIN)/'),0)
$(RUNTIME): FORCE
endif
FORCE:

$(RUNTIME): pyproject.toml requirements/build.lock requirements/runtime.lock
	@PYTHON='$(PYTHON)' sh scripts/setup.sh runtime

$(DEV): $(RUNTIME) requirements/dev.lock
	@PYTHON='$(PYTHON)' sh scripts/setup.sh dev

demo: $(RUNTIME) ## a platform and a brand: seal, grant, match, ask, report, verify; files in demo-out
	rm -rf demo-out
	$(BIN)/cleanroom demo --out demo-out

app: $(RUNTIME) ## the window
	@echo 'The window is not built yet. All that it will do is in the command line:' >&2
	@echo '    $(BIN)/cleanroom --help' >&2
	@exit 1

# Other people's programs are slow to start and not everywhere: `make interop` runs them.
test: $(DEV) ## all tests
	$(PYTEST) -n $(JOBS) --ignore tests/interop

quick: $(DEV) ## the fast tests, under a minute
	HYPOTHESIS_PROFILE=quick $(PYTEST) -n $(JOBS) -m 'not slow' --ignore tests/interop

check: $(DEV) ## style, types and the direction of imports
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

bench: $(RUNTIME) ## the whole path on 10 M + 1 M rows, against plain scripts
	$(BIN)/python bench/run.py

bench-quick: $(RUNTIME) ## the same on 1 M + 0.1 M rows; last line is JSON
	$(BIN)/python bench/run.py --quick

fuzz: tests/fuzz $(DEV) ## whatever reads input from others, a minute each; FUZZ_SECONDS for longer
	HYPOTHESIS_PROFILE=fuzz $(PYTEST) -n $(JOBS) --dist worksteal --timeout 1800 \
		tests/fuzz tests/sandbox/inside/test_one_person.py

attacks: $(DEV) ## attacks on the disclosure gate, with and without each defence; 20 minutes
	$(BIN)/python tests/attacks/disclosure/attack_table.py

accuracy: $(DEV) ## how exact released numbers are, and how much is withheld; a minute
	$(BIN)/python tests/attacks/disclosure/accuracy_table.py

interop: tests/interop $(DEV) ## our formats against other people's programs
	$(PYTEST) tests/interop

# Folders of tests that may not be there yet: a target without tests says so and fails.
tests/fuzz tests/interop: FORCE
	@find $@ -name 'test_*.py' 2>/dev/null | grep -q . || { \
		echo 'There are no tests in $@ yet, so there is nothing to run.' >&2; exit 1; }

# Versions move only here. Pins already in a lock file stay where they still fit; delete the file
# to take the newest. A test holds the locks to the same versions.
COMPILE := uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header
lock: ## compile the lock files anew
	@command -v uv >/dev/null || { \
		echo 'make lock needs uv: pip install uv (or pipx install uv)' >&2; exit 1; }
	$(COMPILE) pyproject.toml -o requirements/runtime.lock
	$(COMPILE) pyproject.toml --extra dev -o requirements/dev.lock
	grep -o 'setuptools>=[0-9]*' pyproject.toml | head -n 1 | \
		$(COMPILE) - -c requirements/dev.lock -o requirements/build.lock
