# From a bare clone: `make lab` or `make test`. All it needs is make and Python 3.11 to 3.13.
# To choose the interpreter: make lab PYTHON=/path/to/python3.12

# The oldest first: it is the one that the pinned packages are tested on.
PYTHONS := $(if $(PYTHON),"$(PYTHON)",python3.11 python3.12 python3.13 python3 python)
VENV    := .venv
PY      := $(VENV)/bin/python
READY   := $(VENV)/.ready
SITE    := .venv-site

# An environment whose Python is gone, after an update say, is made again.
ifneq ($(shell $(PY) -c 'print(1)' 2>/dev/null),1)
.PHONY: $(READY)
endif

# One notebook for each source: a learner's own copies are not among them. Of the solved ones
# those whose later cells use the answers; the others' answers are tested one by one.
LABS      := $(patsubst notebooks/source/%.py,notebooks/%.ipynb,$(wildcard notebooks/source/*.py))
SOLUTIONS := $(wildcard notebooks/solutions/0[67]-*.ipynb)

# The labs' arrays are small: a second thread would bring little, and where others use the
# machine as well, threads that wait for one another make everything many times slower.
export OMP_NUM_THREADS ?= 1

# JupyterLab asks for this where only root is at home, as in most containers.
AS_ROOT = $(if $(filter 0,$(shell id -u 2>/dev/null)),--allow-root)

.DEFAULT_GOAL := help
.PHONY: help lab test lint run notebooks drawings html handout test-browser bench mutants fuzz faults check-env reset grade nbgrader

help:  ## print this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

lab: $(READY)  ## open JupyterLab on the notebooks
	JUPYTER_CONFIG_PATH="$(CURDIR)/scripts/jupyter" $(PY) -m jupyterlab --notebook-dir=notebooks $(AS_ROOT)

test: lint  ## lint, unit tests, then every notebook on the bundled sample, without network
	$(PY) -m pytest -n 2 --dist loadfile
	MOVIELENS_DATASET=sample LABS_STRICT=1 PYTHONPATH="$(CURDIR)/tests/offline" $(PY) -m pytest -p notebook_run \
	    -n 2 --dist loadscope --nbval-lax --nbval-current-env --nbval-cell-timeout=120 $(LABS) $(SOLUTIONS)

lint: $(READY)  ## check the style of all Python, the notebooks' sources included
	$(PY) -m ruff check .

run: $(READY)  ## run all labs without a browser: time and memory against budget, HTML in build/
	$(PY) scripts/tools/run_labs.py

notebooks: $(READY)  ## build the notebooks and their solutions from notebooks/source, on ML-100K
	$(PY) scripts/tools/build_notebooks.py

drawings: $(READY)  ## draw notebooks/images again, from scripts/drawings
	$(PY) scripts/tools/make_drawings.py

html: $(SITE)/.ready  ## the solved labs as a site that needs no network, in build/site/
	$(SITE)/bin/python scripts/tools/make_site.py

handout: $(SITE)/.ready  ## a lab on paper, without answers, in build/handouts: make handout NB=03
	$(PY) scripts/tools/make_handout.py "$(or $(NB),$(error which lab? For example: make handout NB=03))"

test-browser: html $(VENV)/.browser  ## the site and JupyterLab in a real browser, Debian's chromium
	MOVIELENS_DATASET=sample $(PY) -m pytest tests/browser

bench: $(READY)  ## accuracy and speed of all models on ML-100K, as a table and as JSON
	$(PY) scripts/tools/benchmark.py

mutants: $(READY)  ## break one line at a time: does a test notice? Or of a part: make mutants MODULE=models/
	$(PY) scripts/tools/mutants.py $(if $(MODULE),--module "$(MODULE)")

fuzz: $(READY)  ## ten thousand malformed archives, tables, caches and checkpoints: what comes of them?
	$(PY) -m pytest -q -n 2 tests/fuzz --hypothesis-profile=many

faults: $(READY)  ## kills, bad servers and crowds of processes: what comes of them?
	$(PY) -m pytest -q -s tests/faults

check-env: $(READY)  ## are the packages, the device, the data set and the paths as they should be?
	$(PY) scripts/tools/check_env.py

reset: $(READY)  ## put one notebook back and keep your copy: make reset NB=06
	$(PY) scripts/tools/reset_notebook.py "$(or $(NB),$(error which notebook? For example: make reset NB=06))"

grade: $(READY)  ## grade a folder of notebooks: make grade SUBMISSIONS=dir LAB=06
	$(PY) scripts/tools/grade.py --lab "$(or $(LAB),06)" \
	    "$(or $(SUBMISSIONS),$(error which folder? For example: make grade SUBMISSIONS=submissions))"

nbgrader: $(READY)  ## write labs 06 and 07 as assignments for nbgrader, in build/nbgrader
	$(PY) scripts/tools/make_nbgrader.py

# Made again when requirements.txt changes, and only then.
$(READY): requirements.txt
	@for python in $(PYTHONS); do \
	    if "$$python" -c 'import ensurepip, sys, venv; sys.exit(not (3, 11) <= sys.version_info[:2] <= (3, 13))' 2>/dev/null; \
	    then found=$$python; break; fi; \
	done; \
	if [ -z "$$found" ]; then \
	    echo "The labs need Python 3.11, 3.12 or 3.13 with its venv module, and none of these is one:" $(PYTHONS); \
	    echo "Install one from python.org or your system's packages, or name it: make lab PYTHON=/path/to/python3.12"; \
	    exit 1; \
	fi; \
	"$$found" scripts/tools/install.py $(VENV)
	@touch $@

# Sphinx has an environment of its own: who does the labs need not install it.
$(SITE)/.ready: requirements-site.txt | $(READY)
	$(PY) -m venv $(SITE)
	$(SITE)/bin/python -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@

$(VENV)/.browser: requirements-browser.txt | $(READY)
	$(PY) -m pip install --quiet --disable-pip-version-check -r $<
	@touch $@
