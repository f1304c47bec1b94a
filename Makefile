# SPDX-License-Identifier: GPL-3.0-or-later
# Every target sets up what it needs: .venv from requirements-dev.txt, and everything else in .build.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# What the collection consists of for its users; .ci/manifest.py looks at it more closely.
SHIPPED := CHANGELOG.md LICENSE README.md bindep.txt changelogs docs execution-environment.yml extensions meta \
    playbooks plugins requirements.txt requirements-simulator.txt roles

# The oldest ansible-core that the collection runs with, and the newest that there is. The one for everything else is in
# requirements-dev.txt, because it runs on all Pythons that these two need.
OLDEST := 2.16.19
NEWEST := 2.21.5
NEWEST_PYTHONS := 3.13 3.12

PYTHON := .venv/bin/python
# The name changes when the pins do, or when the checkout moves: either asks for a new environment.
VENV := .venv/made-for-$(shell { pwd; cat requirements-dev.txt; } | sha256sum | cut -c1-16)
COLLECTION := .build/collections/ansible_collections/vcf/lifecycle
AWX := .build/collections/ansible_collections/awx/awx
TARBALL := .build/vcf-lifecycle-$(shell sed -n 's/^version: *//p' galaxy.yml).tar.gz

# The tools find each other on the PATH, and Ansible finds this checkout and leaves the user's ~/.ansible alone.
HOST_PATH := $(PATH)
export PATH := $(CURDIR)/.venv/bin:$(PATH)
export ANSIBLE_COLLECTIONS_PATH := $(CURDIR)/.build/collections
export ANSIBLE_HOME := $(CURDIR)/.build/ansible

.PHONY: help
help: ## Show this
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-18s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: setup ## Upgrade a simulated VCF, and leave the reports in .build/demo
	$(PYTHON) -m tests.demo

.PHONY: rehearse
rehearse: setup ## Capture a simulated fleet and rehearse its upgrade, and leave the report in .build/rehearsal
	$(PYTHON) -m tests.demo.rehearsal

.PHONY: simulator
simulator: setup ## Serve the simulated VCF of the demo, to play with
	PYTHONPATH=.build/collections $(PYTHON) -m ansible_collections.vcf.lifecycle.extensions.simulator \
	    --scenario tests/scenarios/demo.yml

.PHONY: test
test: setup ## Run all tests
	$(PYTHON) -m pytest -n 2 --dist worksteal

.PHONY: molecule
molecule: setup ## Run the scenarios of the roles, or only that of SCENARIO
	.ci/molecule.sh $(CURDIR)/.build/molecule test $(if $(SCENARIO),--scenario-name $(SCENARIO),--all)

.PHONY: bench
bench: setup ## Measure the speed, of all subjects or of SUBJECT
	$(PYTHON) -m tests.bench $(SUBJECT)

.PHONY: faults
faults: setup ## Show what comes of each fault that the simulator knows, and what has to
	PYTHONPATH=.build/collections $(PYTHON) -m tests.faults

.PHONY: chaos
chaos: setup ## Break the upgrade playbooks by chance, with 200 seeds as in make test, or CHAOS times as many
	$(PYTHON) -m pytest -n 2 --dist worksteal tests/integration/test_chaos.py

.PHONY: coverage
coverage: setup ## Run the unit tests, and fail if they miss more than a tenth of the lines of plugins/
	@# The unit tests alone: what they do not reach in their own processes does not count as tested.
	$(PYTHON) -m coverage erase
	$(PYTHON) -m coverage run -m pytest -q -n 2 --dist worksteal -o cache_dir=.build/pytest-coverage tests/unit
	$(PYTHON) -m coverage combine --quiet
	$(PYTHON) -m coverage report

.PHONY: integration
integration: setup ## Run the targets of the modules with ansible-test integration
	$(PYTHON) -m pytest -n 2 --dist worksteal tests/integration/test_targets.py

.PHONY: units
units: build ## Run the unit tests with ansible-test units
	.ci/units.sh .build/source .build/units

LINTERS := lint-sanity-oldest lint-sanity-newest lint-sanity units lint-ansible coverage lint-importer docs \
    lint-docs lint-types lint-ruff lint-yaml lint-reuse lint-changelog
.PHONY: lint $(LINTERS)
# Three at a time, because they wait for the network and the disk as well; the output of each in one piece, and once
# more at the end which of them failed or could not be.
lint: ## Run all linters, and what else certification asks for
	@mkdir -p .build
	+@failed=; \
	$(MAKE) --no-print-directory $(if $(filter -j%,$(MAKEFLAGS)),,--jobs=3) --output-sync=target $(LINTERS) 2>&1 \
	    | tee .build/lint.log || failed=1; \
	grep -E '^(make.*\*\*\* \[|NOT CHECKED)' .build/lint.log >&2 || true; \
	[ -z "$$failed" ]

lint-ruff: setup ## Lint the Python code, and its format
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check

lint-yaml: setup ## Lint the YAML files
	$(PYTHON) -m yamllint --strict .

lint-reuse: setup ## Every file says whose it is, and under which licence
	.venv/bin/reuse lint

lint-changelog: setup ## Lint the fragments of the changelog
	.venv/bin/antsibull-changelog lint

lint-types: setup ## Check the types with mypy
	$(PYTHON) -m mypy

lint-docs: setup ## Lint the documentation of the modules
	@# In another home, because it leaves a log there; git goes on with the settings of this one.
	GIT_CONFIG_GLOBAL="$$HOME/.gitconfig" HOME="$(CURDIR)/.build" \
	    .venv/bin/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .

docs: setup ## Build the documentation site, in .build/docsite
	.ci/docsite.sh .build/docsite

lint-ansible: setup ## Lint roles and playbooks with ansible-lint, profile production
	.venv/bin/ansible-lint --offline --strict

lint-importer: build ## Let galaxy-importer look at the tarball
	.ci/importer.sh $(TARBALL) .build/importer

lint-sanity: build ## Run ansible-test sanity on the tarball
	$(PYTHON) .ci/sanity.py $(TARBALL) .build/sanity

lint-sanity-oldest: PYTHONS = 3.10 3.11 3.12
lint-sanity-oldest: CORE = $(OLDEST)
lint-sanity-oldest: build ## The same with the oldest ansible-core
lint-sanity-newest: PYTHONS = $(NEWEST_PYTHONS)
lint-sanity-newest: CORE = $(NEWEST)
lint-sanity-newest: build ## The same with the newest ansible-core
lint-sanity-oldest lint-sanity-newest:
	@venv=.build/venv-sanity-$(CORE); \
	if [ ! -e $$venv/made ]; then \
	    PATH='$(HOST_PATH)' .ci/venv.sh $$venv "$(PYTHONS)" ansible-core==$(CORE) || { \
	        [ $$? = 3 ] || exit 1; \
	        echo "NOT CHECKED: sanity with ansible-core $(CORE), which wants one of these Pythons: $(PYTHONS)" >&2; \
	        exit 0; \
	    }; \
	    touch $$venv/made; \
	fi; \
	$$venv/bin/python .ci/sanity.py $(TARBALL) .build/sanity-$(CORE)

.PHONY: test-version test-group
test-version: setup ## The version is one, wherever it is written
	$(PYTHON) -m pytest tests/unit/test_version.py

test-group: setup ## The action group is the modules, and all say so
	$(PYTHON) -m pytest tests/unit/test_action_group.py

.PHONY: build
build: setup ## Build the tarball for Galaxy, below .build
	rm -rf .build/source
	mkdir -p .build/source
	git ls-files -z --cached --others --exclude-standard | grep -zvxFf <(git ls-files --deleted) \
	    | xargs -0 cp --parents --no-dereference -t .build/source
	.venv/bin/ansible-galaxy collection build --force --output-path .build .build/source >/dev/null
	$(PYTHON) .ci/manifest.py $(TARBALL)

# The collection with other versions of ansible-core. The oldest has the lower bounds of what is required too, and test
# tools without pins, because the pinned ones no longer run on its Python.
.PHONY: matrix matrix-oldest matrix-newest
matrix: matrix-oldest matrix-newest ## Run the tests with the oldest and the newest ansible-core

tests_section = $$(sed -n '/^\# The tests/,/^$$/{/==/p}' requirements-dev.txt)

matrix-oldest: CORE = $(OLDEST)
matrix-oldest: PYTHONS = 3.10
matrix-oldest: PACKAGES = $$(sed -n 's/>=/==/p' requirements.txt requirements-simulator.txt) $$(echo "$(tests_section)" | sed 's/==.*//')
matrix-newest: CORE = $(NEWEST)
matrix-newest: PYTHONS = $(NEWEST_PYTHONS)
matrix-newest: PACKAGES = $$(sed -n '/>=/p' requirements.txt requirements-simulator.txt) $(tests_section)
matrix-oldest matrix-newest: setup
	@venv=.build/venv-$(CORE); \
	PATH='$(HOST_PATH)' .ci/venv.sh $$venv "$(PYTHONS)" ansible-core==$(CORE) $(PACKAGES) || \
	    if [ $$? = 3 ]; then echo "Skipped: ansible-core $(CORE)"; exit 0; else exit 1; fi; \
	export PATH="$(CURDIR)/$$venv/bin:$$PATH"; \
	python -m pytest -n 2 --dist worksteal -o cache_dir=.build/pytest-$(CORE)

.PHONY: changelog
changelog: setup ## Turn the fragments into a release of the version in galaxy.yml
	.venv/bin/antsibull-changelog release

.PHONY: clean
clean: ## Remove everything that make made
	rm -rf .venv .build .ansible .hypothesis

.PHONY: setup
setup: $(VENV) $(AWX)/MANIFEST.json
	@mkdir -p $(COLLECTION)
	@for name in galaxy.yml $(SHIPPED); do \
	    if [ -e "$$name" ] && [ ! -L "$(COLLECTION)/$$name" ]; then ln -s "../../../../../$$name" $(COLLECTION)/; fi; \
	done

# The modules that the playbook awx_setup is tried with, as they are in the package that the pins name.
$(AWX)/MANIFEST.json: $(VENV)
	@$(PYTHON) .ci/unpack.py requirements-dev.txt awx.awx .build/collections
	@touch $@

$(VENV):
	@PATH='$(HOST_PATH)' .ci/venv.sh .venv "3.11 3.12 3.13" --requirement requirements-dev.txt
	@touch $@
