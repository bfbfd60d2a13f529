# The two commands are `make run` and `make test`; `make help` lists the rest.
PYTHON ?= $(shell command -v python3.11 || command -v python3.12 || command -v python3.13 || command -v python3.14 || echo python3)
BIN := .venv/bin
LOCK := --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header

.DEFAULT_GOAL := help
.PHONY: help run test check schema calendar format lock pictures bench mutants clean

help: ## List the targets
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | awk -F ':.*## ' '{printf "  make %-8s %s\n", $$1, $$2}'

run: .venv/run ## Start everything on this machine: database, API, worker, and the bot if Slack's tokens are set
	@$(BIN)/slackoms run

test: .venv/dev ## Run the suite on SQLite, and what touches a database on a real PostgreSQL that it starts
	$(BIN)/python -m pytest -n 3 --database sqlite
	$(BIN)/python -m pytest -n 3 --database postgresql

check: .venv/dev ## Format, lint, types, import rules, schema.graphql and the bot's operations
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/slackoms schema --check schema.graphql
	$(BIN)/python -m slack_client check

schema: .venv/dev ## Rewrite schema.graphql from the code
	$(BIN)/slackoms schema > schema.graphql.new && mv schema.graphql.new schema.graphql

calendar: .venv/dev ## Rewrite the New York Stock Exchange's holidays from exchange_calendars
	$(BIN)/python -m tests.market.xnys > xnys.csv.new && mv xnys.csv.new graphql_api/market/xnys.csv

format: .venv/dev ## Format the code and mend what the linter can mend
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: .venv/dev ## Write requirements*.txt anew: exact versions and hashes of everything installed
	$(BIN)/pip install --quiet uv
	echo 'setuptools>=82' | $(BIN)/uv pip compile $(LOCK) --upgrade pyproject.toml - -o requirements.txt
	$(BIN)/uv pip compile $(LOCK) --extra dev -c requirements.txt pyproject.toml -o requirements-dev.txt

pictures: .venv/dev ## Take the README's pictures of the playground anew, in Chromium
	$(BIN)/python -m tests.browser.pictures

bench: .venv/dev ## Measure trades a second beside pgbench on the same machine
	$(BIN)/python -m bench

mutants: .venv/dev ## Change the core's code in a thousand places and count how many of them its tests notice
	@rm -rf mutants
	$(BIN)/mutmut run
	@$(BIN)/mutmut results
	@$(BIN)/mutmut export-cicd-stats > /dev/null
	@$(BIN)/python -m tests.mutants

clean: ## Remove the virtual environment (the database stays)
	rm -rf .venv

.venv/bin/python:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "SlackOMS needs Python 3.11 or newer. Say where it is: make run PYTHON=/path/to/python3.12"; exit 1; }
	@$(PYTHON) -m venv .venv

.venv/run: pyproject.toml requirements.txt | .venv/bin/python
	@echo "Installing what SlackOMS needs into .venv (about half a minute, this once) ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	@$(BIN)/pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@touch $@

.venv/dev: requirements-dev.txt .venv/run
	@echo "Installing what the tests need into .venv ..."
	@$(BIN)/pip install --quiet --disable-pip-version-check --require-hashes -r requirements-dev.txt
	@touch $@
