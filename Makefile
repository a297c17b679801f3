# Needs Python 3.11+ and make. Everything else is laid in .venv and .cache, and nothing is installed twice.
#
#   make demo                 a seeded city, one matching round, served on http://127.0.0.1:8000
#   make test                 the tests on the embedded engine
#   make help                 the rest

.DEFAULT_GOAL := help
.PHONY: setup demo test check lint types arch neo4j test-neo4j bench bench-city bench-import bench-joint bench-instances bench-identity train-linkage soak-ledger soak-giving scan-identities peers wuhan held-cases import-table fuzz cross-check docs fmt sweep clean help

RUN := .venv/bin
ARGS ?=
# A process a core; ARGS=-n0 runs all in one, as a debugger needs it. One arena: glibc keeps what the threads of
# thousands of opened and closed stores gave back in as many as there were threads, gigabytes in the end.
PYTEST := env MALLOC_ARENA_MAX=1 $(RUN)/pytest -n auto --maxprocesses 4
NEO4J_SERVER := $(RUN)/python deploy/neo4j/server.py
# pyright is bundled in its wheel and node in its own: neither looks elsewhere.
export PYRIGHT_PYTHON_GLOBAL_NODE := 0
export PYRIGHT_PYTHON_IGNORE_WARNINGS := 1

setup: ## lay the environment in .venv
	@deploy/setup.sh

demo: setup ## build a city, run a round, serve the result (ARGS="--size M --seed 7")
	$(RUN)/zhulian demo $(ARGS)

test: setup ## all tests on the embedded engine; Neo4j's skip and are counted
	$(PYTEST) -m "not slow" $(ARGS)

sweep: setup ## the tests that take minutes
	$(PYTEST) -m slow $(ARGS)

check: lint types arch ## lint, types, and the rules of the house

lint: setup
	$(RUN)/ruff check
	$(RUN)/ruff format --check

types: setup
	$(RUN)/pyright

# import contracts, packages, sizes, dead code, texts in both languages, generated pages
arch: setup
	$(RUN)/lint-imports
	$(RUN)/pytest -q tests/architecture

docs: setup ## write the generated pages: CLI, graph picture, settings, codes
	$(RUN)/python docs/generate.py

fmt: setup ## format and mend what ruff can
	$(RUN)/ruff check --fix
	$(RUN)/ruff format

test-neo4j: setup ## the tests of both engines on a real Neo4j, fetched on first use (NEO4J_URI: one of your own)
ifdef NEO4J_URI
	$(PYTEST) -m "neo4j and not slow" $(ARGS)
else
	$(NEO4J_SERVER) run -- $(PYTEST) -m "neo4j and not slow" $(ARGS)
endif

neo4j: setup ## serve a Neo4j on loopback until Ctrl-C
	$(NEO4J_SERVER) serve

# Other people's solvers live in an environment of their own, Timefold's jars come from Maven Central (JDK 17, mvn).
PEERS := .cache/peers
BENCH_SECONDS ?= 30
bench: setup peers ## all peers and our matcher side by side, then cities from end to end (ARGS="--size pure-10k --write")
	$(RUN)/python -m benchmarks.peers_run --seconds $(BENCH_SECONDS) $(ARGS)
	$(RUN)/python benchmarks/run.py

bench-city: setup ## cities from end to end: sizes S and M (ARGS="--size L")
	$(RUN)/python benchmarks/run.py $(ARGS)

bench-import: setup ## a city of 17 departments imported, linked, sent again, sent a month later (ARGS="--size XL --write")
	$(RUN)/python -m benchmarks.city_import $(ARGS)

bench-joint: setup ## first come, first served by one fund at a time beside the joint plan (ARGS="--size M --write")
	$(RUN)/python -m benchmarks.joint $(ARGS)

bench-instances: setup ## published instances: value, bound and gap (ARGS="FILE ... --write")
	$(RUN)/python -m benchmarks.acceptance $(ARGS)

bench-identity: setup ## linkage, private linkage and verification in figures (ARGS="--part scale --write")
	$(RUN)/python -m benchmarks.identity --shared $(SHARED) $(ARGS)

train-linkage: setup ## count the model's shipped parameters on seeded registers
	$(RUN)/python -m benchmarks.train_linkage

OPERATIONS ?= 1000000
KILLS ?= 100
soak-ledger: setup ## the books of funds under 64 clients and kill -9 on both engines (OPERATIONS=20000 KILLS=5)
	$(RUN)/python -m benchmarks.ledger --operations $(OPERATIONS) --kills $(KILLS) $(ARGS)
	$(NEO4J_SERVER) run -- $(RUN)/python -m benchmarks.ledger --engine neo4j --servers 2 --operations $(OPERATIONS) --kills $(KILLS) $(ARGS)

soak-giving: OPERATIONS := 20000
soak-giving: KILLS := 20
soak-giving: setup ## the use cases of giving under 64 clients and kill -9 on both engines (OPERATIONS=2000 KILLS=5)
	$(RUN)/python -m benchmarks.giving_soak --operations $(OPERATIONS) --kills $(KILLS) $(ARGS)
	$(NEO4J_SERVER) run -- $(RUN)/python -m benchmarks.giving_soak --engine neo4j --servers 2 --operations $(OPERATIONS) --kills $(KILLS) $(ARGS)

scan-identities: setup ## no identity number in a dump or a log, as it is or behind a hash (ARGS="--size M --write")
	$(RUN)/python -m benchmarks.identity_dump $(ARGS)

peers: setup
	UV_PROJECT_ENVIRONMENT=$(CURDIR)/$(PEERS) $(or $(firstword $(wildcard .cache/uv-*/bin/uv)),uv) sync -q --frozen --project benchmarks/peers
	@command -v mvn >/dev/null || echo "mvn is not here: Timefold is left out" >&2
	@if command -v mvn >/dev/null; then mvn -q -B -f benchmarks/peers/timefold/pom.xml compile dependency:copy-dependencies; fi

# The collections are not shipped; SHARED names where they are.
SHARED ?= ../shared/data
WUHAN := var/wuhan

wuhan: setup ## Wuhan 2020: what was handed out beside what a plan gives (needs the published files)
	rm -rf $(WUHAN)
	$(RUN)/zhulian import --data-dir $(WUHAN) $(SHARED)/cn-divisions/nbs_provinces.csv \
	    $(SHARED)/cn-divisions/nbs_cities.csv $(SHARED)/cn-divisions/nbs_areas.csv \
	    $(SHARED)/wuhan2020-needs/*.csv $(SHARED)/wuhan2020-needs/json/*.json \
	    $(SHARED)/redcross-2020/*.csv $(SHARED)/redcross-2020/*.xls $(SHARED)/redcross-2020/*.xlsx
	$(RUN)/python -m benchmarks.wuhan $(WUHAN)

HELD := var/held-cases

held-cases: setup ## grants and equipment of 2020: what people decided beside plans (needs the published files; ARGS=--write)
ifeq ($(and $(wildcard $(SHARED)/360giving),$(wildcard $(SHARED)/getusppe)),)
	@echo "$(SHARED)/360giving and $(SHARED)/getusppe are not here: nothing to compare with (SHARED=folder names another place)"
else
	rm -rf $(HELD)
	$(RUN)/zhulian import --data-dir $(HELD) $(SHARED)/360giving/*.json $(SHARED)/360giving/*.csv \
	    $(SHARED)/getusppe/offers_2020.csv $(SHARED)/getusppe/matches_2020.csv $(SHARED)/getusppe/ppe_match_*.csv
	$(RUN)/python -m benchmarks.held_cases $(HELD) $(SHARED) $(ARGS)
endif

import-table: setup ## every published table accounted for, and how well the mapping assistant proposes (SHARED)
	$(RUN)/python -m benchmarks.import_table --shared $(SHARED) --write $(ARGS)

FUZZ_SECONDS ?= 600
fuzz: setup ## broken files for the readers: no crash, no hang, memory bounded (FUZZ_SECONDS=60)
	$(RUN)/python -m benchmarks.import_fuzz --shared $(SHARED) --seconds $(FUZZ_SECONDS) $(ARGS)

# npm of the machine; the packages are pinned by the lock beside them.
CROSS := tests/identity/sd_jwt_js
cross-check: setup ## our credentials against another implementation, both ways (Node 20+, npm)
	npm ci --prefix $(CROSS) --no-audit --no-fund --ignore-scripts
	$(PYTEST) tests/identity/credentials/test_cross_check.py $(ARGS)

clean: ## drop the environment and caches; data in var/ stays
	rm -rf .venv .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist *.egg-info

help: ## this list
	@echo 'make TARGET, where TARGET is one of'
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "  %-12s %s\n", $$1, $$2 }' Makefile
