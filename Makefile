# The two commands of a newcomer are `make demo` and `make test`; each does all the set-up it needs.
.DEFAULT_GOAL := help
.PHONY: help setup setup-dev demo test test-long check format bench clean
ARGS ?=

help:  ## what there is to make
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 14

setup:  ## .venv and the system packages that Honk needs at run time
	@scripts/setup runtime

setup-dev:  ## the same, and what the tests and checks need
	@scripts/setup dev

demo: setup  ## the whole story on a sample project, no key needed; ARGS="--list" for more stories
	@.venv/bin/honk demo $(ARGS)

# they wait more than they work: three at a time keep two cores busy
test: setup-dev  ## the tests (ARGS go to pytest)
	@.venv/bin/python -m pytest -n 3 --dist worksteal $(ARGS)

test-long: setup-dev  ## the stories that take longer
	@.venv/bin/python -m pytest -n 2 --dist worksteal -m long $(ARGS)

check: setup-dev  ## format, lint, types and the import ladder
	@.venv/bin/ruff format --check .
	@.venv/bin/ruff check .
	@.venv/bin/mypy
	@.venv/bin/lint-imports

format: setup-dev  ## put the code into its form
	@.venv/bin/ruff format .
	@.venv/bin/ruff check --fix .

bench: setup-dev  ## speed and memory as ratios, into bench/results.json
	@.venv/bin/python -m bench $(ARGS)

clean:  ## remove what the set-up made
	rm -rf .venv honk.egg-info .mypy_cache .ruff_cache .pytest_cache
