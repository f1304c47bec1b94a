# SPDX-License-Identifier: GPL-3.0-or-later
# Every target sets up what it needs: .venv from requirements-dev.txt, and everything else in .build.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DELETE_ON_ERROR:
.DEFAULT_GOAL := help

# What the collection consists of for its users: the tarball must hold nothing else.
SHIPPED := CHANGELOG.md LICENSE README.md changelogs docs extensions meta playbooks plugins requirements.txt roles

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
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "%-10s %s\n", $$1, $$2 }' Makefile

.PHONY: demo
demo: setup ## Upgrade a simulated VCF, and leave the reports in .build/demo
	$(PYTHON) -m tests.demo

.PHONY: simulator
simulator: setup ## Serve the simulated VCF of the demo, to play with
	$(PYTHON) -m tests.simulator --scenario tests/scenarios/demo.yml

.PHONY: test
test: setup ## Run all tests
	$(PYTHON) -m pytest -n 2 --dist worksteal

.PHONY: molecule
molecule: setup ## Run the scenarios of the roles, or only that of SCENARIO
	.ci/molecule.sh $(CURDIR)/.build/molecule test $(if $(SCENARIO),--scenario-name $(SCENARIO),--all)

.PHONY: coverage
coverage: setup ## Run all tests, and show which lines their own processes miss
	@# Ansible ends its workers before they can save what they have seen: plays do not count.
	$(PYTHON) -m coverage run -m pytest
	$(PYTHON) -m coverage report

.PHONY: bench
bench: setup ## Measure the speed, of all subjects or of SUBJECT
	$(PYTHON) -m tests.bench $(SUBJECT)

.PHONY: faults
faults: setup ## Show what comes of each fault that the simulator knows, and what has to
	PYTHONPATH=.build/collections $(PYTHON) -m tests.faults

# The quick ones first: the first failure ends it.
.PHONY: lint
lint: lint-ruff lint-yaml lint-changelog lint-types lint-docs lint-ansible lint-sanity ## Run all linters

.PHONY: lint-ruff
lint-ruff: setup
	$(PYTHON) -m ruff check
	$(PYTHON) -m ruff format --check

.PHONY: lint-yaml
lint-yaml: setup
	$(PYTHON) -m yamllint --strict .

.PHONY: lint-changelog
lint-changelog: setup
	.venv/bin/antsibull-changelog lint

.PHONY: lint-types
lint-types: setup
	$(PYTHON) -m mypy

.PHONY: lint-docs
lint-docs: setup
	@# In another home, because it leaves a log there; git goes on with the settings of this one.
	GIT_CONFIG_GLOBAL="$$HOME/.gitconfig" HOME="$(CURDIR)/.build" \
	    .venv/bin/antsibull-docs lint-collection-docs --plugin-docs --validate-collection-refs self .

.PHONY: lint-ansible
lint-ansible: setup
	.venv/bin/ansible-lint --offline --strict

.PHONY: lint-sanity
lint-sanity: build
	$(PYTHON) .ci/sanity.py $(TARBALL) .build/sanity

.PHONY: build
build: setup ## Build the tarball for Galaxy, below .build
	rm -rf .build/source
	mkdir -p .build/source
	git ls-files -z --cached --others --exclude-standard | grep -zvxFf <(git ls-files --deleted) \
	    | xargs -0 cp --parents --no-dereference -t .build/source
	.venv/bin/ansible-galaxy collection build --force --output-path .build .build/source >/dev/null
	@extra=$$(tar -tzf $(TARBALL) | cut -d/ -f1 | sort -u | grep -vxF -e MANIFEST.json -e FILES.json $(SHIPPED:%=-e %) || true); \
	if [ -n "$$extra" ]; then echo "These do not belong into $(TARBALL) (build_ignore in galaxy.yml):" $$extra >&2; exit 1; fi

# The collection with other versions of ansible-core. The oldest has the lower bounds of requirements.txt too, and test
# tools without pins, because the pinned ones no longer run on its Python.
.PHONY: matrix matrix-oldest matrix-newest
matrix: matrix-oldest matrix-newest ## Run tests and sanity with the oldest and the newest ansible-core

tests_section = $$(sed -n '/^\# The tests/,/^$$/{/==/p}' requirements-dev.txt)

matrix-oldest: CORE = 2.16.19
matrix-oldest: PYTHONS = 3.10
matrix-oldest: PACKAGES = $$(sed -n 's/>=/==/p' requirements.txt) $$(echo "$(tests_section)" | sed 's/==.*//')
matrix-newest: CORE = 2.21.5
matrix-newest: PYTHONS = 3.13 3.12
matrix-newest: PACKAGES = $$(sed -n '/>=/p' requirements.txt) $(tests_section)
matrix-oldest matrix-newest: build
	@venv=.build/venv-$(CORE); \
	PATH='$(HOST_PATH)' .ci/venv.sh $$venv "$(PYTHONS)" ansible-core==$(CORE) $(PACKAGES) || \
	    if [ $$? = 3 ]; then echo "Skipped: ansible-core $(CORE)"; exit 0; else exit 1; fi; \
	export PATH="$(CURDIR)/$$venv/bin:$$PATH"; \
	python -m pytest -n 2 --dist worksteal -o cache_dir=.build/pytest-$(CORE); \
	python .ci/sanity.py $(TARBALL) .build/sanity-$(CORE)

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
