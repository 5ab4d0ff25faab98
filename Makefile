# The two commands that set up everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
LOWEST ?= .venv-lowest
BIN    := $(VENV)/bin
INSTALL := -m pip install --quiet --disable-pip-version-check
DATA   ?= $(wildcard ../shared/data)
PYTEST := RAREBIT_DATA="$(abspath $(DATA))" $(BIN)/python -m pytest
COVER  := --cov --cov-append --cov-report=

# Packages that need no extra; single tests of theirs do, and are skipped without it.
CORE_TESTS := $(addprefix tests/,_common metrics decision statistics quantum datasets persistence \
	over_sampling zoo running evaluation reporting cli)

.PHONY: demo picture test check fast slow covered lowest nightly lock-lowest format clean

# The environment grows: `demo` needs the core and the boosting libraries, `test` everything.
$(VENV)/.core: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python $(INSTALL) -c constraints.txt -e ".[boosting]"
	@touch $@

$(VENV)/.all: $(VENV)/.core papers/pyproject.toml
	$(BIN)/python $(INSTALL) -c constraints.txt -e ".[all,dev]" -e papers
	@touch $@

# The core alone, with the oldest versions that pyproject.toml allows; test tools are not old.
TEST_TOOLS := $(shell grep -E '^(pytest|pytest-xdist|pytest-timeout|hypothesis|beartype|jaxtyping)==' constraints.txt)

$(LOWEST)/.core: pyproject.toml papers/pyproject.toml constraints.txt constraints-lowest.txt
	$(PYTHON) -m venv $(LOWEST)
	$(LOWEST)/bin/python $(INSTALL) -c constraints-lowest.txt -e . -e papers $(TEST_TOOLS)
	@touch $@

demo: $(VENV)/.core  ## compare treatments on an embedded data set, without a network
	$(BIN)/rarebit compare digits_8 --preset quick --out demo

picture: demo  ## the picture of the report in the README
	chromium --headless --no-sandbox --hide-scrollbars --window-size=1100,1400 --screenshot=docs/images/report.png demo/report.html

test: check covered lowest  ## all checks and tests

check: $(VENV)/.all  ## formatting, lint, types, layers
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fast: $(VENV)/.all
	$(PYTEST) -n 2 -m "not slow and not nightly"

slow: $(VENV)/.all
	$(PYTEST) -n 2 -m "slow and not nightly"

covered: $(VENV)/.all  ## fast and slow tests, then the lines that no test runs
	rm -f .coverage .coverage.*
	$(PYTEST) -n 2 -m "not slow and not nightly" $(COVER)
	$(PYTEST) -n 2 -m "slow and not nightly" $(COVER)
	$(BIN)/coverage report

lowest: $(LOWEST)/.core  ## the core's tests with the oldest versions allowed
	$(LOWEST)/bin/python -m pytest -n 2 -m "not nightly and not browser" $(CORE_TESTS)

nightly: $(VENV)/.all  ## long measurements
	$(PYTEST) -m nightly --timeout 7200

lock-lowest: $(VENV)/.all  ## write constraints-lowest.txt anew
	$(BIN)/uv pip compile --resolution lowest-direct --upgrade --no-header --no-annotate --python-version 3.11 pyproject.toml --output-file constraints-lowest.txt

format: $(VENV)/.all
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) $(LOWEST) demo build dist
