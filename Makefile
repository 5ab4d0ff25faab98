# The two commands that set up everything on a fresh machine: `make demo` and `make test`.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt
DATA   ?= $(wildcard ../shared/data)

.PHONY: demo test check fast slow nightly format clean

# The environment grows: `demo` needs the core and the boosting libraries, `test` everything.
$(VENV)/.core: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(PIP) -e ".[boosting]"
	@touch $@

$(VENV)/.all: $(VENV)/.core papers/pyproject.toml
	$(PIP) -e ".[all,dev]" -e papers
	@touch $@

demo: $(VENV)/.core  ## compare treatments on an embedded data set, without a network
	$(BIN)/rarebit compare digits_8 --preset quick --out demo

test: check fast slow  ## all checks and tests

check: $(VENV)/.all  ## formatting, lint, types, floors
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports

fast: $(VENV)/.all
	RAREBIT_DATA="$(abspath $(DATA))" $(BIN)/pytest -n 2 -m "not slow and not nightly"

slow: $(VENV)/.all
	RAREBIT_DATA="$(abspath $(DATA))" $(BIN)/pytest -n 2 -m "slow and not nightly"

nightly: $(VENV)/.all  ## long measurements
	RAREBIT_DATA="$(abspath $(DATA))" $(BIN)/pytest -m nightly --timeout 7200

format: $(VENV)/.all
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

clean:
	rm -rf $(VENV) demo build dist
