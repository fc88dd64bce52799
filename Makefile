# The two commands of a newcomer are `make demo` and `make test`; each does all the set-up it needs.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test test-long check format docs bench eval clean
ARGS ?=
PYTEST ?= .venv/bin/python -m pytest

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:  ## .venv and the system packages that Honk needs at run time
	@scripts/setup runtime

setup-dev:  ## the same, and what the tests and checks need
	@scripts/setup dev

demo: setup  ## the whole story on a sample project, no key needed; ARGS="--list" for more stories
	@.venv/bin/honk demo $(ARGS)

# The tests wait more than they compute: three processes keep two cores busy.
test: setup-dev  ## the tests (ARGS go to pytest)
	@$(PYTEST) -n 3 --dist worksteal $(ARGS)

test-long: setup-dev  ## the tests that take longer
	@$(PYTEST) -n 2 --dist worksteal -m long $(ARGS)

check: setup-dev  ## format, lint, types, import layers, unused code
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports
	@.venv/bin/vulture
	@! .venv/bin/vulture honk simulators scripts/[agp]* tests bench examples | grep -E '^(simulators|scripts)/'

format: setup-dev  ## format the code
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

docs: setup-dev  ## the generated pages: glossary and architecture picture
	@.venv/bin/python scripts/glossary
	@.venv/bin/python scripts/architecture

bench: setup-dev  ## speed and memory as ratios, into bench/results.json
	@.venv/bin/python -m bench $(ARGS)

eval: setup-dev  ## how often green is right, into eval/results.json, at most 40 minutes; ARGS="--guard-only" takes two
	@.venv/bin/honk eval --minutes 40 --results eval/results.json $(ARGS)

clean:  ## remove what the set-up made
	rm -rf .venv reports honk.egg-info simulators/*.egg-info .mypy_cache .ruff_cache .pytest_cache
