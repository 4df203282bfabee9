# Each target is one line: what it does lives in scripts/ and deploy/local/.
# Variables given to make (AIRFLOW_PORT=8081, ARGS="-k name") reach the scripts through the environment.
PYTHON ?= python3

.DEFAULT_GOAL := help
.PHONY: api-key bench-api help start stop status logs reset env test test-long lint bench bench-metrics bench-pages screenshots lock secrets contracts contract-diff rebuild-logs docs profile rejects outbox

help: ## This list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 16

start: ## Bring everything up, load the sample organisation, run every pipeline once
	@$(PYTHON) -m scripts.start

stop: ## End what make start started
	@$(PYTHON) -m scripts.stop

status: ## Services, ports, database, inbox, messages that wait, last runs
	@$(PYTHON) -m scripts.status

logs: ## Follow the services' logs (FOLLOW=0: only the last lines)
	@$(PYTHON) -m scripts.logs

reset: ## Stop, and delete all state but the Python environment (YES=1: without asking)
	@$(PYTHON) -m scripts.reset

env: ## Export lines for scripts and notebooks: eval "$(make env)"
	@$(PYTHON) -m scripts.env

api-key: ## A key of the API: NAME=… SCOPES=expenses:write,… (DAYS=365, WEBHOOK=https://…), or REVOKE=prefix
	@$(PYTHON) -m scripts.api_key

test: ## Set up what is missing and run every test but the long ones (ARGS="-k name")
	@$(PYTHON) -m scripts.test

test-long: ## The long tests: fault injection, backfills with the real scheduler
	@$(PYTHON) -m scripts.test long

lint: ## ruff, mypy, import-linter, sqlfluff
	@$(PYTHON) -m scripts.lint

bench: ## How fast files come home, beside the usual ways (ROUNDS=1 SMALL=20000 … for a taste)
	@$(PYTHON) -m scripts.run_bench

bench-api: ## How fast the API takes rows in, and how much memory that takes (SECONDS=30 MB=500 …)
	@$(PYTHON) -m scripts.run_bench_api

bench-metrics: ## How long the metrics of a million expenses take, whole and one month (ROWS=100000 for a taste)
	@$(PYTHON) -m scripts.run_bench metrics

bench-pages: ## How fast the pages answer with a million expenses and 20 readers (after make start)
	@$(PYTHON) -m scripts.run_bench pages

screenshots: ## The README's pictures anew, from what runs here (after make start)
	@$(PYTHON) -m scripts.run_screenshots

lock: ## Pin every package with its hashes anew (needs uv)
	@$(PYTHON) -m scripts.lock

secrets: ## Random secrets for docker-compose.yaml, in .gauss/compose.env
	@$(PYTHON) -m scripts.secrets

contracts: ## Pydantic contracts from a Prisma schema (SCHEMA=file or folder, OUT=folder)
	@$(PYTHON) -m scripts.contracts

contract-diff: ## What a changed schema breaks, since REV
	@$(PYTHON) -m scripts.contracts diff

docs: ## The generated references: pipelines (docs/dags.md), source profiles (docs/sources.md), METRICS.md
	@$(PYTHON) -m scripts.describe_dags
	@$(PYTHON) -m scripts.describe_profiles
	@$(PYTHON) -m scripts.describe_metrics

profile: ## Look at FILE, propose its source profile, show how it would load (WRITE=1, SOURCE=, KIND=)
	@$(PYTHON) -m scripts.propose_profile

rejects: ## Rejected rows of SOURCE as files to mend and drop into the inbox
	@$(PYTHON) -m scripts.export_rejects

outbox: ## Send Slack what waits, and once more what was given up
	@$(PYTHON) -m scripts.outbox

rebuild-logs: ## The CSV logs anew, from the database
	@$(PYTHON) -m scripts.rebuild_logs
