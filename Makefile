# Each target sets up what it needs; nothing has to be done before it but having Python 3.11 or later.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
QUICK := tests/test_style.py tests/unit tests/properties tests/scenarios

.PHONY: setup setup-dev demo check test lint bench soak
setup: $(VENV)/.ready
setup-dev: $(VENV)/.ready-dev

define install
@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Touchline needs Python 3.11 or later; say which with: make PYTHON=python3.11 $(MAKECMDGOALS)"; exit 1; }
@echo "Setting up .venv (once) …"
@$(PYTHON) deploy/local/install.py $(VENV) $<
endef

$(VENV)/.ready: requirements.lock requirements-uv.lock requirements-kafka.lock pyproject.toml
	$(install)
	@touch $@

$(VENV)/.ready-dev: requirements-dev.lock requirements-uv.lock requirements-kafka.lock pyproject.toml
	$(install)
	@touch $(VENV)/.ready $@

demo: setup
	@$(BIN)/touchline demo $(DEMO)

# What needs neither Kafka nor a browser: linter, types, layers, units, properties, scenarios. Some minutes.
check: setup-dev
	@$(BIN)/python -m pytest -n auto $(QUICK) $(ARGS)

# Everything: the check, then the oracle's worlds, and what runs on a real Kafka and in a real browser.
test: check
	@$(BIN)/python -m tests.browser.find
	@$(BIN)/python -m pytest $(QUICK:%=--ignore=%) $(ARGS)

lint: setup-dev
	@$(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy && $(BIN)/lint-imports

bench: setup-dev
	@$(BIN)/python -m tests.bench $(ARGS)

soak: setup-dev
	@$(BIN)/python -m tests.oracle.soak $(ARGS)
	@$(BIN)/python -m pytest tests/properties --hypothesis-profile=soak --timeout=0
