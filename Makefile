# Every target sets up what it needs, in .venv, and does nothing twice. Needs Python 3.11-3.15 and make.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
# PyTorch and the other peers never come near the students' environment.
BENCH := build/bench-venv
JOBS ?= 2
# Many tests wait, for a limit to be reached or for a server: twice the processors keep these busy.
TEST_JOBS ?= 4

# With it set, Python compiles nbgrader and what it imports anew at every start.
unexport PYTHONDONTWRITEBYTECODE

.PHONY: help setup dev demo check test postgres sweep portability hard-class term claims lab release build lock clean browser bench bench-haswell book test-book

help:
	@echo "make demo     grade a sample class and show the marks"
	@echo "make lab      open the course in JupyterLab, in a copy of your own"
	@echo "make check    lint, types, and the tests of what changed; make check NB=04: of one notebook"
	@echo "make test     everything that CI runs"
	@echo "make book     the course as a site that opens from disk, in build/book (2 minutes)"
	@echo "              make book EDITION=instructor: with the answers, in build/book-instructor"
	@echo "make test-book  every page of the book in a browser (10 minutes; not part of make test)"
	@echo "make sweep    that no mark depends on luck: every version of every exercise on 100 seeds (an hour)"
	@echo "make release  make course/ and the instructor's guide from solutions/"
	@echo "make build    annotate and execute the masters in solutions/"
	@echo "make bench    time the reference and the grader against others (45 minutes, an idle machine)"
	@echo "make bench-haswell  the training again, with OpenBLAS's kernel for processors without AVX-512"
	@echo "make portability  the notebooks under every kernel and Python that is here (half an hour)"
	@echo "make claims   measure what the sources claim: labs that have no result yet (all: ARGS=--again, 3 minutes)"
	@echo "make hard-class  grade a class in which everything happens to somebody, three times (4 minutes)"
	@echo "make term     play a term with a class of forty: collect, grade, mark, mend, export (2 minutes)"
	@echo "make setup    what the others do first: the course's packages in .venv"
	@echo "make dev      the same, and what authors need: ruff, mypy, pytest, nbval, jupytext"
	@echo "make lock     resolve the pinned packages again"
	@echo "make clean    remove .venv and build/"

setup: $(VENV)/course

dev: $(VENV)/dev

demo: $(VENV)/course
	$(BIN)/autograder demo

lab: $(VENV)/course
	$(BIN)/autograder start $(ARGS)

release: $(VENV)/course
	$(BIN)/autograder release
	$(BIN)/autograder guide

build: $(VENV)/course
	$(BIN)/autograder build

LINT = $(BIN)/ruff format --check . && $(BIN)/ruff check . && $(BIN)/mypy
# A notebook is one kernel, so its cells stay together; the long notebooks, which come last, begin.
NBVAL = $(BIN)/pytest --nbval --nbval-current-env -n $(JOBS) --dist loadfile --no-loadscope-reorder \
	$(shell ls -r solutions/*/*.ipynb)

# One thread each: JOBS processes have JOBS processors already, and a second thread of OpenBLAS's waits for
# its turn by spinning (a test of small networks takes 43 s of processor time with two, 9 with one). No
# result depends on it. Which kernel OpenBLAS takes is left as it is found; nbval alone runs once
# more with another one, so that no output rests on a single processor's rounding.
check test sweep portability: export OPENBLAS_NUM_THREADS = 1

check: $(VENV)/dev
	$(LINT)
	$(BIN)/python tests/changed.py $(NB)

test: $(VENV)/dev browser postgres
	@echo "▸ Format, lint and types, and beside them: is what is generated up to date?"; \
	($(LINT)) & lint=$$!; $(BIN)/autograder release --check && $(BIN)/autograder guide --check; \
	drift=$$?; wait $$lint && exit $$drift
	$(NBVAL)
	@kernel=$$($(BIN)/python tests/portability.py other-kernel) || exit 1; \
	if [ -z "$$kernel" ]; then echo "There is no other OpenBLAS kernel on this processor."; else \
	echo "The same with OpenBLAS's kernel $$kernel:"; OPENBLAS_CORETYPE=$$kernel $(NBVAL); fi
	$(BIN)/pytest -n $(TEST_JOBS) --dist worksteal tests

book: $(VENV)/book
	$(BIN)/python -m book --edition $(or $(EDITION),student) $(ARGS)

test-book: $(VENV)/dev $(VENV)/book browser
	$(BIN)/pytest tests/browser/book_site $(ARGS)

sweep: $(VENV)/dev
	$(BIN)/pytest -q -n $(JOBS) --dist worksteal tests/autograder/exercises --seeds 100

hard-class: $(VENV)/dev
	$(BIN)/python tests/autograder/grading/class_of_sixty.py

term: $(VENV)/dev
	$(BIN)/python tests/autograder/desk/term.py $(ARGS)

claims: $(VENV)/course
	$(BIN)/python -m reference_impl.experiments.claims --jobs $(JOBS) --page docs/claims.md $(ARGS)

portability: $(VENV)/dev
	$(BIN)/python tests/portability.py --jobs $(JOBS) $(ARGS)

browser: $(VENV)/dev
	$(BIN)/python tests/find_browser.py --install

postgres: $(VENV)/dev
	$(BIN)/python tests/postgres_server.py --install

lock: $(VENV)/dev
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url \
		--no-annotate --custom-compile-command "make lock" -q -c requirements/constraints.txt \
		pyproject.toml -o requirements/course.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url \
		--no-annotate --custom-compile-command "make lock" -q --extra dev -c requirements/course.txt \
		pyproject.toml -o requirements/dev.txt
	$(BIN)/uv pip compile --universal --python-version 3.11 --generate-hashes --no-strip-extras --no-emit-index-url \
		--no-annotate --custom-compile-command "make lock" -q --extra book -c requirements/dev.txt \
		pyproject.toml -o requirements/book.txt

# What the environment asks of OpenBLAS must not decide a comparison: it picks its own kernel and threads.
QUIET = env -u OPENBLAS_CORETYPE -u OPENBLAS_NUM_THREADS -u OPENBLAS_L2_SIZE -u OMP_NUM_THREADS

bench: $(BENCH)/peers
	$(QUIET) $(BENCH)/bin/python -m benchmarks $(ARGS)

bench-haswell: $(BENCH)/peers
	$(QUIET) $(BENCH)/bin/python -m benchmarks --kernel Haswell $(ARGS)

clean:
	rm -rf $(VENV) build

$(BIN)/python $(BENCH)/bin/python:
	@$(PYTHON) -c 'import sys; v = sys.version_info; sys.exit(not (3, 11) <= v[:2] <= (3, 15) and \
		f"The course needs CPython 3.11 to 3.15; $(PYTHON) is {v[0]}.{v[1]}. Try: make PYTHON=python3.12 ...")'
	@echo "▸ Making $(@:/bin/python=), which keeps all packages apart from your other ones: 10 seconds"
	@$(PYTHON) -m venv $(@:/bin/python=)

# In a terminal pip shows what it is at; a log gets our lines alone.
PIP = $$(test -t 1 || echo --quiet)

# The stamps: a target runs again only when the pinned packages or the project's metadata change.
$(VENV)/course: requirements/course.txt pyproject.toml | $(BIN)/python
	@echo "▸ Installing $$(grep -c == requirements/course.txt) packages, once: 1 to 4 minutes"
	@$(BIN)/pip install $(PIP) --require-hashes -r requirements/course.txt
	@echo "▸ Installing the course itself: 10 seconds"
	@$(BIN)/pip install $(PIP) --no-deps --no-build-isolation --editable .
	@touch $@

$(VENV)/dev: requirements/dev.txt $(VENV)/course
	@echo "▸ Installing what authors need besides: 1 to 2 minutes"
	@$(BIN)/pip install $(PIP) --require-hashes -r requirements/dev.txt
	@touch $@

$(VENV)/book: requirements/book.txt $(VENV)/course
	@echo "▸ Installing what builds the book: 1 minute"
	@$(BIN)/pip install $(PIP) --require-hashes -r requirements/book.txt
	@touch $@

$(BENCH)/peers: benchmarks/requirements.txt requirements/course.txt | $(BENCH)/bin/python
	$(BENCH)/bin/pip install --quiet --require-hashes -r requirements/course.txt
	$(BENCH)/bin/pip install --quiet -r $<
	@touch $@
