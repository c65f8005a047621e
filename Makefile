# Every command anyone types. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAM := $(BIN)/uvx --quiet --from aws-sam-cli==1.170.0 sam
PACKAGES := functions training_code local_cloud scripts tests

# Options of `make run`; an empty one is left to its default.
IMAGES ?=
EPOCHS ?=
BATCH_SIZE ?=
LEARNING_RATE ?=
IMAGE_SIZE ?=
VALIDATION_SHARE ?=
MINIMUM_IMAGES_PER_CLASS ?=
OUT ?=

option = $(if $($(1)),--$(2) "$($(1))")
RUN_OPTIONS = $(call option,IMAGES,images) $(call option,EPOCHS,epochs) \
	$(call option,BATCH_SIZE,batch-size) $(call option,LEARNING_RATE,learning-rate) \
	$(call option,IMAGE_SIZE,image-size) $(call option,VALIDATION_SHARE,validation-share) \
	$(call option,MINIMUM_IMAGES_PER_CLASS,minimum-images-per-class) $(call option,OUT,out)

.DEFAULT_GOAL := help
.PHONY: help run test test-unit lint scan format validate build lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make run IMAGES=./phones EPOCHS=10   one folder per class; also BATCH_SIZE, LEARNING_RATE,"
	@echo "                                       IMAGE_SIZE, VALIDATION_SHARE, MINIMUM_IMAGES_PER_CLASS, OUT"

run: $(VENV)/run.installed ## train on this machine: the whole chain, no account, no Docker
	@$(BIN)/python -m local_cloud run $(RUN_OPTIONS)

test: $(VENV)/test.installed ## all tests, in under five minutes
	$(BIN)/python -m pytest -n 2 --dist loadfile

test-unit: $(VENV)/test.installed ## the tests that take seconds
	$(BIN)/python -m pytest tests/unit

lint: $(VENV)/test.installed ## style, types, template
	$(BIN)/ruff check $(PACKAGES)
	$(BIN)/ruff format --check $(PACKAGES)
	$(BIN)/mypy functions
	$(BIN)/mypy training_code
	$(BIN)/mypy local_cloud scripts
	$(BIN)/cfn-lint template.yaml
	$(MAKE) --no-print-directory validate

scan: $(VENV)/scan.installed ## look for insecure code and settings (bandit, checkov, cdk-nag)
	@$(BIN)/python -m scripts.scan $(filter-out tests,$(PACKAGES))

format: $(VENV)/test.installed ## put the code into one style
	$(BIN)/ruff check --fix $(PACKAGES)
	$(BIN)/ruff format $(PACKAGES)

validate: $(VENV)/test.installed ## let the SAM CLI check the template
	SAM_CLI_TELEMETRY=0 $(SAM) validate --lint --template template.yaml

build: $(VENV)/test.installed ## build for Lambda, without Docker
	PATH="$(abspath $(BIN)):$$PATH" SAM_CLI_TELEMETRY=0 $(SAM) build

lock: $(VENV)/test.installed ## resolve the requirements anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		requirements/test.in --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		requirements/run.in --constraint requirements.txt --output-file requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		requirements/scan.in --output-file requirements/scan.txt

clean: ## remove the virtual environment and what was built; out/ stays
	rm -rf $(VENV) .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/created:
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info < (3, 14); \
		sys.exit(0 if ok else "droptrain needs Python 3.11 to 3.13, this is %d.%d: make PYTHON=python3.12 ..." % sys.version_info[:2])'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# What is locked needs no resolving: --no-deps installs the list as it is.
$(VENV)/run.installed: requirements/run.txt | $(VENV)/created
	@echo "Installing what 'make run' needs (about 2 GB, most of it TensorFlow) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --requirement $<
	@touch $@

$(VENV)/test.installed: requirements.txt | $(VENV)/created
	@echo "Installing what the tests need (about 3 GB) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --requirement $<
	@touch $@ $(VENV)/run.installed

# The scanners' pins clash with those of the tests.
$(VENV)/scan.installed: requirements/scan.txt $(VENV)/test.installed
	@echo "Installing the scanners (about 700 MB) into an environment of their own ..."
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/scan
	@$(BIN)/uv pip install --quiet --no-deps --python $(VENV)/scan --requirement $<
	@touch $@
