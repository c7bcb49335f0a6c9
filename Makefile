# `make run` and `make test` need Python 3.11+ and nothing else; see README.md.
SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
ARGS ?=

.PHONY: help run test check check-python check-node bench client lock clean

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | sort

$(VENV)/.run: requirements.lock pyproject.toml scripts/environment
	@scripts/environment $(PYTHON) $(VENV) requirements.lock
	@touch $@

$(VENV)/.test: requirements-dev.lock pyproject.toml scripts/environment
	@scripts/environment $(PYTHON) $(VENV) requirements-dev.lock
	@touch $@ $(VENV)/.run

node_modules/.package-lock.json: package-lock.json .npmrc
	@scripts/node-packages

run: $(VENV)/.run ## start the whole demo on this machine (make run ARGS="--data DIR --port N --desk-port M")
	@$(BIN)/wasl demo $(ARGS)

test: $(VENV)/.test ## install what the tests need, run every test (ARGS go to pytest)
	@scripts/test-tools
	@scripts/run-tests $(ARGS)

check: ## ruff, mypy, import-linter, tsc, eslint
	@$(MAKE) --no-print-directory --jobs=2 --output-sync check-python check-node

check-python: $(VENV)/.test
	@scripts/check

check-node: node_modules/.package-lock.json
	@npm run --silent check

bench: $(VENV)/.test ## measure the server, as ratios taken in one run
	@$(BIN)/python -m bench $(ARGS)

client: node_modules/.package-lock.json ## rebuild the committed browser bundle (needs Node)
	@npm run --silent build

lock: ## renew the hash-pinned lock files (needs uv)
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --extra desk --group build --group dev -o requirements-dev.lock --upgrade -q
	uv pip compile pyproject.toml --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	  --extra desk --group build -c requirements-dev.lock -o requirements.lock -q

clean: ## remove the environment and everything generated
	rm -rf $(VENV) node_modules test-results .mypy_cache .ruff_cache .pytest_cache .import_linter_cache
