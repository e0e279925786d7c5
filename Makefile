# Everything needs only Python 3.11 or newer, make and pip. `make help` says what there is.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
READY  := $(VENV)/.ready
ABROAD := tests/strangers
PEERS  := benchmarks/peers

.DEFAULT_GOAL := help
.PHONY: help setup demo serve test coverage check bench chaos soak pictures format clean

help:  ## what one can do here
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*## /\t/' | expand -t 12

setup: $(READY)  ## the virtual environment, with the versions that were tested

$(READY): pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
	  { echo "Langganan needs Python 3.11 or newer; $(PYTHON) is older. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@echo "Setting up in $(VENV) (about a minute, once) ..."
	@$(BIN)/python -m pip install -qq --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $(READY)

demo: $(READY)  ## the whole job on an invented shop, no account needed
	@$(BIN)/langganan demo

serve: $(READY)  ## bot, web, scheduler and dispatcher
	@$(BIN)/langganan serve

test: $(READY)  ## every test, in parallel
	@$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal

coverage: $(READY)  ## every test, and which lines none of them passes (a third slower)
	@$(BIN)/python -m pytest --numprocesses=auto --dist=worksteal --cov --cov-report=term-missing:skip-covered

strangers: $(ABROAD)/.venv/.ready  ## other people's servers, so that `make test` tries us on those too
	@if command -v node >/dev/null && command -v npm >/dev/null; then $(MAKE) --no-print-directory $(ABROAD)/node_modules/.ready; \
	  else echo "Without node and npm: the tests against Twilio's OpenAPI and signer, and of accessibility, will be skipped."; fi

$(ABROAD)/.venv/.ready: $(ABROAD)/requirements.txt
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@echo "Setting up the Bot API of Telemelya in $(@D) ..."
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check --no-deps --requirement $<
	@touch $@

$(ABROAD)/node_modules/.ready: $(ABROAD)/package.json $(ABROAD)/package-lock.json
	@echo "Setting up Twilio's OpenAPI and signer, and axe-core, in $(@D) ..."
	@cd $(ABROAD) && npm ci --loglevel=error
	@touch $@

check: $(READY)  ## lint, types, and who may import whom
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports

peers: $(PEERS)/.venv/.ready  ## other broadcasters and engines, for `make bench` to measure against

$(PEERS)/.venv/.ready: $(PEERS)/requirements.txt
	@test -x $(@D)/bin/python || $(PYTHON) -m venv $(@D)
	@echo "Setting up other broadcasters and engines in $(@D) ..."
	@$(@D)/bin/python -m pip install -qq --disable-pip-version-check --requirement $<
	@touch $@

bench: $(READY) $(PEERS)/.venv/.ready  ## every figure with a budget, beside the peer it is measured against
	@for file in benchmarks/bench_*.py benchmarks/*/bench_*.py; do echo "== $$file"; $(BIN)/python $$file || exit 1; done

chaos: $(READY)  ## hundreds of kills in the middle of campaigns, on both databases, and the outbox's laws (20 minutes)
	@$(BIN)/python -m tests.chaos

soak: $(READY)  ## a shop under load for half an hour: neither memory nor descriptors nor waits may grow
	@$(BIN)/python benchmarks/soak.py

format: $(READY)  ## put the code into its form
	@$(BIN)/ruff check --fix --quiet . ; $(BIN)/ruff format .

pictures: $(READY)  ## the pictures in docs/pictures, taken anew from the running product (needs Chromium)
	@$(BIN)/python -m tests.browser.pictures

clean:  ## remove what was made here, but never a shop's data
	@rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .coverage .coverage.* htmlcov $(ABROAD)/.venv $(ABROAD)/node_modules $(PEERS)/.venv
