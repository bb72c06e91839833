# `make help` lists the targets. Each works on a fresh clone with Python 3.13.
.DEFAULT_GOAL := help
SHELL := /bin/bash

PYTHON ?= python3.13
VENV := .venv
BIN := $(VENV)/bin
INSTALLED := $(VENV)/.installed
IS_313 := -c 'import sys; sys.exit(sys.version_info[:2] != (3, 13))'
PIP := -m pip --quiet --disable-pip-version-check
LOCKER := uv==0.13.9

# Prints the first of these that is Python 3.13. A name may be a shim without a Python behind it, so each is run.
FIND_PYTHON := for candidate in "$(PYTHON)" python3; do \
	if "$$candidate" $(IS_313) 2>/dev/null; then echo "$$candidate"; exit; fi; done; \
	echo "dd-aws needs Python 3.13: neither '$(PYTHON)' nor 'python3' is Python 3.13." \
		"Install it, or name it: make PYTHON=/path/to/python3.13" >&2; exit 1

.PHONY: help demo test lint types e2e bench venv lock clean

help: ## List the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

demo: $(INSTALLED) ## Watch dd-aws find and close three violations in a local AWS account
	@$(BIN)/python -m sandbox.demo

test: $(INSTALLED) ## Run the fast tests, on all cores
	@$(BIN)/pytest -n auto -m "not e2e"

lint: $(INSTALLED) ## Check style, formatting and the CloudFormation template
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/cfn-lint infrastructure/foundation.yaml

types: $(INSTALLED) ## Check types with mypy --strict
	@$(BIN)/mypy

e2e: $(INSTALLED) ## Run the tests against a real deployment in the sandbox
	@$(BIN)/pytest -n 3 --dist loadscope -m e2e

bench: $(INSTALLED) ## Measure AWS calls, package size, import time and costs
	@$(BIN)/python -m bench

venv: $(INSTALLED) ## Create .venv with the tools and the command ddaws

lock: ## Pin the dependencies in requirements.in and requirements-dev.in again, with hashes
	@set -e; python=$$($(FIND_PYTHON)); scratch=$$(mktemp -d); trap 'rm -rf "$$scratch"' EXIT; \
	"$$python" -m venv "$$scratch/venv"; \
	"$$scratch/venv/bin/python" $(PIP) install $(LOCKER); \
	for name in requirements requirements-dev; do \
		{ echo "# Written by 'make lock' from $$name.in, with the hash of every file that pip may install."; \
		  "$$scratch/venv/bin/uv" pip compile --quiet --upgrade --universal --python-version 3.13 \
			--generate-hashes --no-header --no-annotate "$$name.in"; } >"$$scratch/$$name.txt"; \
	done; \
	for name in requirements requirements-dev; do cp "$$scratch/$$name.txt" .; echo "wrote $$name.txt"; done

clean: ## Remove the environment, the caches and Chalice's packages (not its records of deployments)
	@rm -rf $(VENV) *.egg-info .chalice/deployments .mypy_cache .pytest_cache .ruff_cache .hypothesis
	@find . -name __pycache__ -prune -exec rm -rf {} +

# Created again if it is not Python 3.13, or if the pinned versions changed. `ddaws` runs the code in this folder.
$(INSTALLED): requirements-dev.txt pyproject.toml
	@set -e; python=$$($(FIND_PYTHON)); \
	$(BIN)/python $(IS_313) 2>/dev/null || "$$python" -m venv --clear $(VENV); \
	echo "installing the pinned tools into $(VENV): about a minute"; \
	$(BIN)/python $(PIP) install --require-hashes -r requirements-dev.txt; \
	$(BIN)/python $(PIP) install --no-index --no-deps --no-build-isolation --editable .; \
	touch $@
