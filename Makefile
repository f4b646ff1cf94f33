# Two commands matter: `make run` and `make test`. Both set up what they need.
PYTHON ?= python3
VENV   := .venv
READY  := $(VENV)/.ready
BIN    := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup run stop demo test check format lock docs clean

help: ## print these commands
	@awk -F ':.*## ' '/^[a-z]+:.*## / {printf "  make %-8s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(READY) ## make the environment (.venv) from the hashed lock

$(READY): requirements.txt pyproject.toml
	@command -v $(PYTHON) >/dev/null 2>&1 || { echo "demarche: $(PYTHON) is not installed; Python 3.11 or newer is needed"; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "demarche: $$($(PYTHON) --version) is too old; name a newer one with PYTHON=python3.11"; exit 1; }
	@$(PYTHON) -c 'import venv, ensurepip' 2>/dev/null || { echo "demarche: $(PYTHON) has no venv module; on Debian: apt-get install python3-venv"; exit 1; }
	@echo "demarche: setting up $(VENV) (about a minute, once)"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/pip install --disable-pip-version-check --quiet --require-hashes -r requirements.txt >$(VENV)/install.log 2>&1 \
		|| { echo "demarche: the packages could not be installed; is the network there? see $(VENV)/install.log"; exit 1; }
	@$(BIN)/pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e . >>$(VENV)/install.log 2>&1 \
		|| { echo "demarche: the project could not be installed, see $(VENV)/install.log"; exit 1; }
	@touch $(READY)

run: $(READY) ## start Airflow with everything on 127.0.0.1, and the first collection
	@set -a; [ ! -f .env ] || . ./.env; set +a; exec $(BIN)/python -m demarche.standalone run

stop: $(READY) ## end what `make run` started
	@set -a; [ ! -f .env ] || . ./.env; set +a; $(BIN)/python -m demarche.standalone stop

demo: $(READY) ## two days of an invented newsroom in under a minute, no Airflow, no internet
	@$(BIN)/demarche demo

test: $(READY) ## run all tests
	@$(BIN)/python -m pytest -n 2 --dist loadfile

check: $(READY) ## lint, format, types and the words of the rules
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/python -m demarche.lexicon_check tests/golden/relevance.jsonl tests/golden/coding.jsonl

format: $(READY) ## put the code into its form
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

docs: $(READY) ## write the generated pages of docs/ anew
	@$(BIN)/demarche tables >docs/tables.md
	@$(BIN)/demarche feeds table >docs/feeds.md

lock: ## compile requirements.in into requirements.txt (needs uv)
	uv pip compile --python-version 3.11 --universal --no-emit-index-url --generate-hashes --no-header requirements.in -o requirements.txt

clean: ## remove the environment and the caches; data stays
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis
