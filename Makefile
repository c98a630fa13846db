# make demo   a city's day on this machine, in the browser     make test   every test that this machine can run
# make check  style, types, imports, pages                     make bench  ratios against peers, printed with versions
# Each sets up what it needs first; ARGS="..." goes to the command, as in: make demo ARGS="--vans 10 --seed 7"

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.ONESHELL:
.DEFAULT_GOAL := help
.PHONY: help setup demo test test-long check check-python check-pages bench lock schemas clean

# Fourteen programs start in a demo, hundreds in the tests: their bytecode is kept, whatever the shell around us wants.
unexport PYTHONDONTWRITEBYTECODE

BIN := .venv/bin
WEB := server/web
PAGES := $(shell find $(WEB)/src $(WEB)/*.html $(WEB)/*.ts $(WEB)/package-lock.json -type f 2>/dev/null)
ARGS ?=
# One more than cores: much of a test is waiting for a server to start.
WORKERS ?= $(shell n=$$(($$(nproc 2>/dev/null || echo 2) + 1)); echo $$((n < 5 ? n : 5)))

help:
	@sed -n 's/^# \?//p' Makefile | head -3

setup: .make/python .make/pages

.make/python: requirements.lock pyproject.toml .ci/python
	@mkdir -p .make
	bash .ci/python
	touch $@

.make/pages: .make/python $(PAGES) .ci/pages
	@bash .ci/pages
	touch $@

demo: setup
	@$(BIN)/milepost demo $(ARGS)

test: setup
	@$(BIN)/pytest -m "not long" -n $(WORKERS) --dist loadgroup --no-loadscope-reorder $(ARGS)

test-long: setup
	@MILEPOST_TEST_PROFILE=long $(BIN)/pytest -m "long or not long" $(ARGS)

check: check-python check-pages

check-python: .make/python
	@echo "ruff"; $(BIN)/ruff check -q . ; $(BIN)/ruff format -q --check .
	echo "mypy"; $(BIN)/mypy
	echo "imports"; $(BIN)/lint-imports > .make/imports.log || { cat .make/imports.log; exit 1; }

check-pages: .make/pages
	@bash .ci/pages check

bench: setup
	@for program in wire nmea gateway ble ingest telemetry fleet engine fences motion custody; do
	  echo; echo "== $$program"; $(BIN)/python -m benchmarks.$$program $(ARGS)
	done

lock:
	@$(BIN)/uv pip compile --quiet --universal --python-version 3.12 --all-extras --no-header --no-annotate pyproject.toml -o requirements.lock

schemas: .make/python
	@$(BIN)/python -m docs.generate

clean:
	@rm -rf .venv .make $(WEB)/dist $(WEB)/node_modules
