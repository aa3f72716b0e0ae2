#!/bin/sh
# Everything that must hold before a change is committed; `make test` and CI run this.
set -e
cd "$(dirname "$0")/.."
ruff format --check .
ruff check .
mypy
python docs/generate.py --check
python -m pytest --numprocesses auto --dist worksteal
