# Every target sets up what it needs, in .venv, and does nothing twice. Needs Python 3.11-3.13 and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# PyTorch and the other peers never come near the students' environment.
BENCH := build/bench-venv
JOBS ?= 2

# With it set, Python compiles nbgrader and what it imports anew at every start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup demo test lab release build lock clean browser bench

help:
	@echo "make demo     grade a sample class and show the marks"
	@echo "make lab      open the course in JupyterLab"
	@echo "make test     everything that CI runs"
	@echo "make release  make course/ and the instructor's guide from solutions/"
	@echo "make build    annotate and execute the masters in solutions/"
	@echo "make bench    time the reference and the grader against others (40 minutes, an idle machine)"
	@echo "make setup    what the others do first: the course's packages in .venv"
	@echo "make lock     resolve the pinned packages again"
	@echo "make clean    remove .venv and build/"

setup: $(VENV)/course

demo: $(VENV)/course
	$(BIN)/autograder demo

lab: $(VENV)/course
	$(BIN)/jupyter lab --notebook-dir=course

release: $(VENV)/course
	$(BIN)/autograder release
	$(BIN)/autograder guide

build: $(VENV)/course
	$(BIN)/autograder build

# The tests run side by side already: threads of the matrix products would only get in their way.
test: export OPENBLAS_NUM_THREADS = 1
test: $(VENV)/dev browser
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/autograder release --check
	$(BIN)/autograder guide --check
	$(BIN)/pytest --nbval --nbval-current-env -n $(JOBS) --dist loadfile solutions
	$(BIN)/pytest -n $(JOBS) --dist loadfile --no-loadscope-reorder tests

browser: $(VENV)/dev
	$(BIN)/python tests/browser/find_browser.py --install

lock: $(VENV)/dev
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command "make lock" -q pyproject.toml -o requirements.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-emit-index-url \
		--no-annotate --custom-compile-command "make lock" -q --extra dev -c requirements.txt \
		pyproject.toml -o requirements-dev.txt

bench: $(BENCH)/peers
	$(BENCH)/bin/python -m benchmarks $(ARGS)

clean:
	rm -rf $(VENV) build

$(BIN)/python $(BENCH)/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v[:2] <= (3, 13) and \
		f"The course needs CPython 3.11 to 3.13; $(PYTHON) is {v[0]}.{v[1]}. Try: make PYTHON=python3.12 ...")'
	$(PYTHON) -m venv $(@:/bin/python=)

# The stamps: a target runs again only when the pinned packages or the project's metadata change.
$(VENV)/course: requirements.txt pyproject.toml | $(BIN)/python
	$(BIN)/pip install --quiet --require-hashes -r requirements.txt
	$(BIN)/pip install --quiet --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: requirements-dev.txt $(VENV)/course
	$(BIN)/pip install --quiet --require-hashes -r requirements-dev.txt
	@touch $@

$(BENCH)/peers: benchmarks/requirements.txt requirements.txt | $(BENCH)/bin/python
	$(BENCH)/bin/pip install --quiet --require-hashes -r requirements.txt
	$(BENCH)/bin/pip install --quiet -r $<
	@touch $@
