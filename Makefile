# What contributors type. `make` alone lists it; the product's own commands are `droptrain --help`.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAM := $(BIN)/uvx --quiet --from $(shell sed -n 's/^SAM_CLI = "\(.*\)".*/\1/p' operations/sam.py) sam
AWS := $(BIN)/uvx --quiet --from awscli==1.46.3 aws
PACKAGES := droptrain local_cloud operations functions training_code scripts benchmarks tests
# The command, from this folder wherever the environment is.
DROPTRAIN := $(BIN)/python -m droptrain
BENCHMARKS := copy plan input step rendering accuracy labels predict

option = $(if $($(1)),--$(2) "$($(1))")

.DEFAULT_GOAL := help
.PHONY: help run test test-unit test-long browser lint scan format build deploy benchmark docs lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make run IMAGES=./phones EPOCHS=10      your images, one folder per class; also ARCHITECTURE"
	@echo "  make run ARGS=\"--patience 5\"            any option of the command; also for build, deploy"
	@echo "                                          and benchmark"
	@echo
	@echo "All other commands: 'source $(BIN)/activate', then 'droptrain --help'."

run: $(VENV)/run.installed ## train on this machine, without an account or Docker
	@$(DROPTRAIN) run $(call option,IMAGES,images) $(call option,EPOCHS,epochs) \
		$(call option,ARCHITECTURE,architecture) $(ARGS)

# More workers than cores: many tests wait for another process.
test: $(VENV)/test.installed $(VENV)/browser.sought ## all tests, ten minutes on two cores
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

test-unit: $(VENV)/test.installed ## the tests that take seconds
	$(BIN)/python -m pytest tests/unit

# The CLIs run in other folders too, so their paths are absolute. The table is committed; with
# ONLY=two_stacks (as pytest's -k) only the rows of these tests are rewritten.
test-long: $(VENV)/test.installed ## kill points, bursts, a soak, the real CLIs: an hour
	SAM="$(abspath $(BIN))/$(notdir $(SAM))" AWS="$(abspath $(BIN))/$(notdir $(AWS))" \
		$(BIN)/python -m pytest -m long tests/long --table docs/test-long.md \
		$(if $(ONLY),-k "$(ONLY)" --merge)

browser: $(VENV)/test.installed ## find or install the browser of the tests
	@$(BIN)/python -m scripts.browser

lint: $(VENV)/test.installed ## style, types, template
	$(BIN)/ruff check $(PACKAGES)
	$(BIN)/ruff format --check $(PACKAGES)
	$(BIN)/mypy functions
	$(BIN)/mypy training_code
	$(BIN)/mypy droptrain local_cloud operations scripts benchmarks
	$(BIN)/cfn-lint template.yaml
	SAM_CLI_TELEMETRY=0 $(SAM) validate --lint --template template.yaml

scan: $(VENV)/scan.installed ## look for insecure settings in the template
	@$(BIN)/python -m scripts.scan

format: $(VENV)/test.installed ## format the code
	$(BIN)/ruff check --fix $(PACKAGES)
	$(BIN)/ruff format $(PACKAGES)

build: $(VENV)/test.installed ## build for Lambda without Docker, and print the sizes
	@$(DROPTRAIN) build $(ARGS)

deploy: $(VENV)/test.installed ## deploy or update the stack; asks the first time
	@$(DROPTRAIN) deploy $(ARGS)

# PYTHONPATH: these folders are not installed.
benchmark: $(VENV)/test.installed ## run a benchmark: NAME=copy, plan, input, step, rendering, accuracy, labels, predict
	$(if $(filter $(NAME),$(BENCHMARKS)),,$(error NAME is one of: $(BENCHMARKS)))
	@PYTHONPATH=functions:training_code $(BIN)/python -m benchmarks.$(NAME) --write $(ARGS)

docs: $(VENV)/test.installed ## rewrite the generated parts of docs/ and template.yaml
	@$(BIN)/python -m scripts.docs

lock: $(VENV)/test.installed ## resolve the requirements again
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		requirements/test.in --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		requirements/run.in --constraint requirements.txt --output-file requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		requirements/scan.in --output-file requirements/scan.txt
	for layer in BaseLayer SplitLayer PlotLayer PredictLayer; do \
		$(BIN)/uv pip compile --quiet --python-version 3.13 --python-platform aarch64-manylinux_2_28 \
			--only-binary :all: layers/$$layer.in --constraint requirements.txt \
			--output-file layers/$$layer.txt || exit 1; done

clean: ## remove the virtual environment and what was built; out/ stays
	rm -rf $(VENV) .aws-sam .pytest_cache .mypy_cache .ruff_cache .hypothesis

$(VENV)/created:
	@$(PYTHON) -c 'import sys; ok = (3, 11) <= sys.version_info < (3, 14); \
		sys.exit(0 if ok else "droptrain needs Python 3.11 to 3.13, this is %d.%d: make PYTHON=python3.12 ..." % sys.version_info[:2])'
	@$(PYTHON) -m venv $(VENV)
	@touch $@

# The lists are complete, so nothing is resolved: --no-deps installs them as they are.
define install
@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --requirement $<
@$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation --editable .
endef

$(VENV)/run.installed: requirements/run.txt | $(VENV)/created
	@echo "Installing what 'make run' needs (about 2 GB, most of it TensorFlow) ..."
	$(install)
	@touch $@

$(VENV)/test.installed: requirements.txt | $(VENV)/created
	@echo "Installing what the tests need (about 3 GB) ..."
	$(install)
	@touch $@ $(VENV)/run.installed

# Searched once: without a browser its tests are skipped. `make browser` searches again and insists.
$(VENV)/browser.sought: $(VENV)/test.installed
	@$(BIN)/python -m scripts.browser || echo "The tests in a browser will be skipped."
	@touch $@

# The scanners' pins clash with those of the tests.
$(VENV)/scan.installed: requirements/scan.txt $(VENV)/test.installed
	@echo "Installing the scanners (about 700 MB) into an environment of their own ..."
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/scan
	@$(BIN)/uv pip install --quiet --no-deps --python $(VENV)/scan --requirement $<
	@touch $@
