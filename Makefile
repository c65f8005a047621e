# Every command anyone types. `make` alone lists them.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
SAM := $(BIN)/uvx --quiet --from aws-sam-cli==1.170.0 sam
AWS := $(BIN)/uvx --quiet --from awscli==1.46.3 aws
PACKAGES := functions training_code local_cloud operations scripts benchmarks tests

# Options of `make run` and `make cloud`; an empty one is left to its default.
IMAGES ?=
ARCHITECTURE ?=
EPOCHS ?=
PATIENCE ?=
BATCH_SIZE ?=
LEARNING_RATE ?=
IMAGE_SIZE ?=
VALIDATION_SHARE ?=
MINIMUM_IMAGES_PER_CLASS ?=
OUT ?=

option = $(if $($(1)),--$(2) "$($(1))")
LOCAL_OPTIONS = $(call option,ARCHITECTURE,architecture) $(call option,EPOCHS,epochs) \
	$(call option,PATIENCE,patience) $(call option,BATCH_SIZE,batch-size) \
	$(call option,LEARNING_RATE,learning-rate) $(call option,IMAGE_SIZE,image-size) \
	$(call option,VALIDATION_SHARE,validation-share) \
	$(call option,MINIMUM_IMAGES_PER_CLASS,minimum-images-per-class) $(call option,OUT,out)

# Options of `make cloud`, beside those of `make run`.
PORT ?=
EMPTY ?=

# Options of `make deploy`, `delete`, `status` and `logs`, and of `make build`.
STACK ?=
REGION ?=
PARAMETERS ?=
RUN ?=
BUCKET ?=
WITH_BUCKET ?=
YES ?=
IMPORTS ?=
KEY ?=
KEEP ?=

# What deletes is taken from make's own arguments, never from a variable that is merely exported.
typed = $(if $(filter command,$(origin $(1))),$($(1)))
flag = $(if $(filter-out 0,$(call typed,$(1))),--$(2))
STACK_OPTIONS = $(call option,STACK,stack) $(call option,REGION,region)
# The commands at the desk start this SAM CLI.
DESK = SAM="$(SAM)" $(BIN)/python -m operations

.DEFAULT_GOAL := help
.PHONY: help run cloud test test-long test-unit browser pictures lint scan format validate build \
	deploy status logs forget delete verify-aws costs benchmark-copy benchmark-plan benchmark-input \
	benchmark-rendering benchmark-accuracy benchmark-accuracy-generated lock clean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-12s %s\n", $$1, $$2}' $(MAKEFILE_LIST)
	@echo
	@echo "  make run IMAGES=./phones EPOCHS=10   one folder per class; also ARCHITECTURE, PATIENCE, BATCH_SIZE,"
	@echo "                                       LEARNING_RATE, IMAGE_SIZE, VALIDATION_SHARE,"
	@echo "                                       MINIMUM_IMAGES_PER_CLASS, OUT"
	@echo "  make cloud EMPTY=1                   with nothing deployed, for 'make deploy'; also PORT,"
	@echo "                                       EPOCHS and the others of 'make run'"
	@echo "  make deploy STACK=demo REGION=eu-central-1 PARAMETERS=\"Epochs=60 UseSpot=true\""
	@echo "                                       STACK and REGION also for status, logs and delete;"
	@echo "                                       YES=1 asks nothing"
	@echo "  make logs RUN=...                    another run than the newest"
	@echo "  make delete WITH_BUCKET=1            the images, too; BUCKET=... a bucket that stayed"

run: $(VENV)/run.installed ## train on this machine: the whole chain, no account, no Docker
	@$(BIN)/python -E -m local_cloud run $(call option,IMAGES,images) $(LOCAL_OPTIONS)

cloud: $(VENV)/run.installed ## keep the local cloud up for the AWS CLI and the SAM CLI
	@$(BIN)/python -E -m local_cloud stand $(call option,PORT,port) \
		$(if $(filter-out 0,$(EMPTY)),--empty) $(LOCAL_OPTIONS)

# More workers than cores: many tests wait for another process.
test: $(VENV)/test.installed $(VENV)/browser.sought ## all tests, about five minutes on two cores
	$(BIN)/python -m pytest -n 3 --dist loadfile --no-loadscope-reorder

# The CLIs run in other folders too, so their paths are whole. The table is committed; with
# ONLY=two_stacks (as pytest's -k) just the rows of these tests are written anew.
test-long: $(VENV)/test.installed ## kill points, bursts, a soak, the real CLIs: an hour
	SAM="$(abspath $(BIN))/$(notdir $(SAM))" AWS="$(abspath $(BIN))/$(notdir $(AWS))" \
		$(BIN)/python -m pytest -m long tests/long --table docs/test-long.md \
		$(if $(ONLY),-k "$(ONLY)" --merge)

test-unit: $(VENV)/test.installed ## the tests that take seconds
	$(BIN)/python -m pytest tests/unit

browser: $(VENV)/test.installed ## find or install the browser of the tests
	@$(BIN)/python -m scripts.browser

pictures: browser ## write the pictures of docs/ from the newest run, or RUN=...
	@$(BIN)/python -m scripts.pictures $(if $(RUN),"$(RUN)")

lint: $(VENV)/test.installed ## style, types, template
	$(BIN)/ruff check $(PACKAGES)
	$(BIN)/ruff format --check $(PACKAGES)
	$(BIN)/mypy functions
	$(BIN)/mypy training_code
	$(BIN)/mypy local_cloud operations scripts benchmarks
	$(BIN)/cfn-lint template.yaml
	$(MAKE) --no-print-directory validate

scan: $(VENV)/scan.installed ## look for insecure code and settings (bandit, checkov, cdk-nag)
	@$(BIN)/python -m scripts.scan $(filter-out tests,$(PACKAGES))

format: $(VENV)/test.installed ## put the code into one style
	$(BIN)/ruff check --fix $(PACKAGES)
	$(BIN)/ruff format $(PACKAGES)

validate: $(VENV)/test.installed ## let the SAM CLI check the template
	SAM_CLI_TELEMETRY=0 $(SAM) validate --lint --template template.yaml

build: $(VENV)/test.installed ## build for Lambda without Docker; sizes and import times
	@$(DESK) build $(call option,IMPORTS,imports)

deploy: $(VENV)/test.installed ## deploy or update the stack; asks the first time
	@$(DESK) deploy $(STACK_OPTIONS) $(call option,PARAMETERS,parameters) $(call flag,YES,yes)

status: $(VENV)/test.installed ## say where the drop and the runs of the stack stand
	@$(DESK) status $(STACK_OPTIONS)

logs: $(VENV)/test.installed ## follow a training job's log to its end
	@$(DESK) logs $(STACK_OPTIONS) $(if $(RUN),"$(RUN)")

forget: $(VENV)/test.installed ## delete an image for good: KEY=raw/oil/7.jpg
	@$(DESK) forget $(STACK_OPTIONS) "$(call typed,KEY)" $(call flag,YES,yes)

delete: $(VENV)/test.installed ## delete the stack; say what stays and how to remove it
	@$(DESK) delete $(STACK_OPTIONS) $(if $(call typed,BUCKET),--bucket "$(BUCKET)") \
		$(call flag,WITH_BUCKET,with-bucket) $(call flag,YES,yes)

verify-aws: $(VENV)/test.installed ## prove on a throw-away stack that all of it works in your account
	@$(DESK) verify $(call option,REGION,region) $(call option,PARAMETERS,parameters) \
		$(call flag,KEEP,keep) $(call flag,YES,yes)

costs: $(VENV)/test.installed ## say what it costs on AWS, with the arithmetic
	@$(BIN)/python -m scripts.costs

# PYTHONPATH: the functions are not installed.
benchmark-copy: $(VENV)/test.installed ## how fast the split copies and lists; ten minutes, the network
	@PYTHONPATH=functions $(BIN)/python -m benchmarks.copy --write

benchmark-plan: $(VENV)/test.installed ## what planning 1,000 to 1,000,000 images costs
	@PYTHONPATH=functions $(BIN)/python -m benchmarks.plan --write

benchmark-input: $(VENV)/test.installed ## how fast training reads its images; ten minutes
	@PYTHONPATH=training_code $(BIN)/python -m benchmarks.input_pipeline --write

benchmark-rendering: $(VENV)/test.installed ## what plots and report of a run take: time, memory, size
	@PYTHONPATH=functions $(BIN)/python -m benchmarks.rendering --write

benchmark-accuracy: $(VENV)/test.installed ## accuracy beside the tutorial net; IMAGES=..., an hour
	@$(BIN)/python -m benchmarks.accuracy $(call option,IMAGES,images) --write

benchmark-accuracy-generated: $(VENV)/test.installed ## the same on drawn sets; twenty minutes
	@$(BIN)/python -m benchmarks.accuracy --generated --write

lock: $(VENV)/test.installed ## resolve the requirements anew
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		requirements/test.in --output-file requirements.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		requirements/run.in --constraint requirements.txt --output-file requirements/run.txt
	$(BIN)/uv pip compile --quiet --universal --python-version 3.11 \
		requirements/scan.in --output-file requirements/scan.txt
	for layer in BaseLayer SplitLayer PlotLayer; do \
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

# What is locked needs no resolving: --no-deps installs the list as it is.
$(VENV)/run.installed: requirements/run.txt | $(VENV)/created
	@echo "Installing what 'make run' needs (about 2 GB, most of it TensorFlow) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --requirement $<
	@touch $@

$(VENV)/test.installed: requirements.txt | $(VENV)/created
	@echo "Installing what the tests need (about 3 GB) ..."
	@$(BIN)/python -m pip install --disable-pip-version-check --no-deps --requirement $<
	@touch $@ $(VENV)/run.installed

# Sought once: without a browser its tests are skipped. `make browser` seeks again, and insists.
$(VENV)/browser.sought: $(VENV)/test.installed
	@$(BIN)/python -m scripts.browser || echo "The tests in a browser will be skipped."
	@touch $@

# The scanners' pins clash with those of the tests.
$(VENV)/scan.installed: requirements/scan.txt $(VENV)/test.installed
	@echo "Installing the scanners (about 700 MB) into an environment of their own ..."
	@$(BIN)/uv venv --quiet --clear --python $(BIN)/python $(VENV)/scan
	@$(BIN)/uv pip install --quiet --no-deps --python $(VENV)/scan --requirement $<
	@touch $@
