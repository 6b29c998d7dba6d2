# Two commands to start with: `make demo` and `make test`.
.DEFAULT_GOAL := help
.PHONY: help demo test fuzz bench lint format screens lock clean
# More workers than cores: many tests wait for servers and browsers.
PYTEST_ARGS ?= -n 3

help:  ## Show this list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

demo:  ## Start the provider, two applications and a mailbox; DEMO_ARGS=--check walks the journey by itself
	@deploy/tools/bootstrap
	@exec .venv/bin/python -m demo $(DEMO_ARGS)

test:  ## Everything: checks, unit, both databases, real clients, browser; PYTEST_ARGS narrows it
	@deploy/tools/bootstrap dev
	@deploy/tools/test-programs
	@.venv/bin/python -m pytest $(PYTEST_ARGS)

fuzz:  ## Send 10,000 odd requests to each protocol endpoint (FUZZ_CASES=n); FUZZ_ARGS="-k [par]" narrows it
	@deploy/tools/bootstrap dev
	@FUZZ_CASES=$(or $(FUZZ_CASES),10000) .venv/bin/python -m pytest tests/fuzz -q -n 0 -p no:logging -p no:cacheprovider $(FUZZ_ARGS)

bench:  ## Measure; PEERS=1 runs npm oidc-provider beside us; BENCH_ARGS are passed on
	@deploy/tools/bootstrap dev
	@PEERS=$(PEERS) .venv/bin/python -m bench $(BENCH_ARGS)

lint:  ## ruff, mypy --strict, the floors
	@deploy/tools/bootstrap dev
	@.venv/bin/python -m ruff check .
	@.venv/bin/python -m mypy
	@.venv/bin/lint-imports

format:  ## Rewrite the code in the house's layout
	@deploy/tools/bootstrap dev
	@.venv/bin/python -m ruff check --fix --quiet . ; .venv/bin/python -m ruff format .

screens:  ## Pictures of every page into docs/screens; JOURNEYS=1 walks a real server into var/screens instead
	@deploy/tools/bootstrap dev
	@deploy/tools/test-programs
	@if [ -n "$(JOURNEYS)" ]; then .venv/bin/python -m pytest -q -n 0 tests/journeys -m screens --screens var/screens; \
	else .venv/bin/python -m tests.web.screens; fi

lock:  ## Renew the hashed lock (no address in it)
	@deploy/tools/bootstrap dev
	@deploy/tools/lock

clean:  ## Remove the environment, demo data and caches
	rm -rf .venv var .pytest_cache .mypy_cache .ruff_cache .hypothesis .import_linter_cache
