# Everything runs in .venv, made from the hash-locked requirements.txt. `make help` lists targets.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# The stamp is named after what it was made from: a changed lock file makes a new environment.
STAMP := $(VENV)/made-from-$(shell cksum < requirements.txt | cut -d ' ' -f 1)

.DEFAULT_GOAL := help
.PHONY: help demo quick test test-long check installed generators audit sbom format bench faults docs plans readme lock clean

help: ## this list
	@grep -E '^[a-z-]+:.*## ' Makefile | sed -E 's/^([a-z-]+):.*## /  make \1\t/' | expand -t 18

$(STAMP):
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2> /dev/null || { \
		echo "Lodestone needs Python 3.11 or later; '$(PYTHON)' is not. Say make PYTHON=python3.11" >&2; \
		exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes -r requirements.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation -e .
	@# Where PYTHONDONTWRITEBYTECODE is set, nothing else would compile what is imported all the time.
	$(BIN)/python -m compileall -q -j 0 $(VENV)/lib > /dev/null || true
	@rm -f $(VENV)/made-from-*
	@touch $@

demo: $(STAMP) ## solve the bundled rare-earths instance, print and save the plan
	$(BIN)/lodestone solve instances/rare-earths --gap 0.005 --out out/rare-earths

# Much of what the tests do is waiting, so there are three processes for two cores; who has nothing left
# to do takes over from the others.
PYTEST := $(BIN)/python -m pytest -n 3 --dist worksteal
# Something of every wing that starts few processes: layers and register, formats, validation, the rules
# by hand, checker, report, commands; store and routes of the service.
QUICK := $(addprefix tests/,$(foreach subject,register criteria shares policies finance operation guarantees \
	selection contract_operation stockpiles host_terms,model/test_$(subject).py) checker \
	instance/test_formats.py instance/test_formats_folders.py instance/test_validation*.py \
	presentation/test_report.py system/test_cli.py service/test_turns.py \
	$(foreach subject,store_jobs store_keys http_jobs http_plans http_organisations,service/test_$(subject).py))

quick: $(STAMP) ## the tests to run after each edit: something of every wing, within a minute
	$(PYTEST) -n 2 -m "not long" -k "not postgresql" $(QUICK)

test: $(STAMP) ## all tests but the longer forms
	$(PYTEST) -m "not long"

test-long: $(STAMP) ## the longer forms: what only passes through the database, on PostgreSQL; closer proofs
	$(PYTEST) -m long

check: $(STAMP) ## format, lint, types, and whether the generated documents are up to date
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m optimizer.instance.formats.reference --check
	$(BIN)/python -m optimizer.catalogue.reference --check
	$(BIN)/python -m api.cli.reference --check

installed: $(STAMP) ## try a plain install: the wheel outside the repository, oldest and newest Python
	$(BIN)/python .ci/installed

generators: $(STAMP) ## try the OpenAPI document on generators of clients, and the clients on the service
	$(BIN)/python .ci/generators

audit: $(STAMP) ## known vulnerabilities of the pinned dependencies, where an advisory source answers
	@PATH="$(CURDIR)/$(BIN):$$PATH" $(BIN)/python .ci/audit

sbom: $(STAMP) ## software bill of materials of what runs, in out/sbom.json (CycloneDX)
	@mkdir -p out
	$(BIN)/cyclonedx-py requirements --pyproject pyproject.toml --mc-type application \
		--output-reproducible --output-file out/sbom.json docs/deployment/requirements.txt

format: $(STAMP) ## put the code into its standard form
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

bench: $(STAMP) ## measure the solver on generated instances
	$(BIN)/python -m benchmarks

faults: $(STAMP) ## kill the service at 100 seeded moments, and drill restores, on each database; half an hour
	LODESTONE_ROUNDS=100 $(BIN)/python -m pytest -n 2 -k 'seeded or drill' \
		tests/service/test_faults.py tests/service/test_drill.py

docs: $(STAMP) ## write the generated documents anew
	$(BIN)/python -m optimizer.instance.formats.reference
	$(BIN)/python -m optimizer.catalogue.reference
	$(BIN)/python -m api.cli.reference
	$(BIN)/python docs/mechanisms.py
	$(BIN)/python docs/rules.py
	$(BIN)/python docs/modules.py

plans: $(STAMP) ## solve the bundled instances anew, and draw their plans; needs the browser chromium
	$(BIN)/python docs/plans.py

readme: $(STAMP) ## write the output shown in the README anew, from a run
	$(BIN)/python docs/refresh.py

lock: ## pin every dependency with its hashes; needs uv, which no other target does
	uv pip compile --quiet --universal --python-version 3.11 --all-extras --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links --output-file requirements.txt pyproject.toml
	uv pip compile --quiet --universal --python-version 3.11 --constraint requirements.txt --generate-hashes \
		--no-header --no-emit-index-url --no-emit-find-links --no-annotate \
		--output-file docs/deployment/requirements.txt pyproject.toml

clean: ## remove caches and outputs; the environment stays
	rm -rf out build .pytest_cache .mypy_cache .ruff_cache .hypothesis *.egg-info
	find . -name __pycache__ -not -path './$(VENV)/*' -prune -exec rm -rf {} +
