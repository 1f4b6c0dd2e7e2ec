# congich: `make demo` shows it at work, `make test` proves it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet
LOCK := $(BIN)/uv pip compile --quiet --universal --generate-hashes --python-version 3.11 --no-header --no-annotate --no-emit-index-url --extra build

.PHONY: demo install test city chaos bench lint style audit dependencies lock clean

demo: install
	$(BIN)/congich demo

install: $(VENV)/.installed

$(VENV)/.installed: requirements.txt pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "congich needs Python 3.11 or newer; say which with: make PYTHON=python3.11 …")'
	@echo "Installing congich into $(VENV) (a minute or two the first time) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	@$(PIP) install --require-hashes -r requirements.txt
	@$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.installed-test: requirements-test.txt $(VENV)/.installed
	@echo "Installing what the tests need ..."
	@$(PIP) install --require-hashes -r requirements-test.txt
	@touch $@

# What tests write (0.8 GB) lies in memory where that has room, and waits for no disk: none of it has to outlive the
# machine. Types are checked beside the tests, which wait for processes now and then; three of them share two cores well.
test: $(VENV)/.installed-test style
	@room=$$(df -Pk /dev/shm 2>/dev/null | awk 'NR == 2 {print $$4}'); \
	test "$${room:-0}" -gt 4000000 && export TMPDIR=/dev/shm; \
	export TMPDIR=$$(mktemp -d); trap 'rm -rf "$$TMPDIR"' EXIT; trap 'exit 1' INT TERM; \
	$(BIN)/mypy >$(VENV)/types.log 2>&1 & types=$$!; \
	$(BIN)/pytest -q -n 3 --dist worksteal; failed=$$?; \
	wait $$types || { cat $(VENV)/types.log; failed=1; }; \
	exit $$failed

# The scripted city of the tests with as many tickets as a large group has in a year; a few minutes.
city: $(VENV)/.installed-test
	CONGICH_CITY_TICKETS=$(or $(TICKETS),500) $(BIN)/pytest -q -p no:xdist --durations=1 tests/acceptance/test_city.py

# The bars of reliability in full, and the sample week through each door; SEED=7 plays another day. Some three hours.
chaos: $(VENV)/.installed-test
	CONGICH_CHAOS=full CONGICH_CHAOS_SEED=$(or $(SEED),1) $(BIN)/pytest -q -s -p no:xdist tests/chaos tests/conversations tests/week tests/machines tests/bench tests/handlers tests/acceptance/test_kill.py tests/acceptance/test_zalo_oa.py tests/bot

# How fast it is: the figures of docs/performance.md, also in build/bench.json. Over an hour at first, when a city
# with a million tickets is written under build/ (4 GB, once for each database); one figure: python -m tests.bench NAME.
bench: $(VENV)/.installed-test
	$(BIN)/python -m tests.bench

lint: style
	$(BIN)/mypy

style: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/bandit -q -c pyproject.toml -r bot handlers storage

# What is known against our dependencies: asks PyPI, so it needs a network; whatever can't be asked about fails it.
# What of it needs none is in tests/test_audit.py.
audit: $(VENV)/.installed-test
	$(BIN)/pip-audit --strict --require-hashes --disable-pip --no-deps -r requirements.txt -r requirements-test.txt
	@! $(BIN)/pip install --dry-run --ignore-installed --no-deps --require-hashes -r requirements-test.txt 2>&1 | grep -i yanked

# The page that lists them with their licences; after `make lock`.
dependencies: $(VENV)/.installed-test
	$(BIN)/python -m tests.dependencies >docs/dependencies.md

# Only for those who change dependencies; needs uv from the package index.
lock:
	@test -x $(BIN)/uv || $(PIP) install uv
	$(LOCK) pyproject.toml -o requirements.txt
	$(LOCK) --extra test pyproject.toml -o requirements-test.txt

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
