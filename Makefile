# Two-line wrappers over `python -m venv` and `pip`; the README says the same without make.
PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin

.PHONY: demo test docs clean

demo: $(VENV)/.demo
	$(BIN)/rowspace demo

test: $(VENV)/.dev
	PATH="$(abspath $(BIN)):$$PATH" sh tests/check.sh

docs: $(VENV)/.dev
	$(BIN)/python docs/generate.py

$(VENV)/.demo: pyproject.toml
	$(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet --editable . && touch $@

$(VENV)/.dev: pyproject.toml
	$(PYTHON) -m venv $(VENV) && $(BIN)/python -m pip install --quiet --editable '.[dev]' && touch $@

clean:
	rm -rf $(VENV) build dist .mypy_cache .pytest_cache .ruff_cache .hypothesis
