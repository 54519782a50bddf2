# Steering GANs. `make` alone lists what can be done.
# Everything goes into .venv and _build inside this folder; `make clean` and deleting .venv undo it all.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:

# ---- what you may set: make train CHAPTER=latent_captions PROFILE=paper MINUTES=60
CHAPTER ?= latent_captions
PROFILE ?= quick
MINUTES ?=
TESTS ?=
WORKERS ?= 2
ARGS ?=
TORCH_ARGS ?=
PYTHON ?= $(shell for p in python3.11 python3.12 python3.13 python3 python; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$p; break; }; done)
UV ?= $(shell command -v uv 2>/dev/null)

BIN := .venv/bin
TORCH := $(shell sed -n 's/^torch==//p' constraints.txt)
# uv does not read pip's settings: hand it the folder of wheels that pip was told of.
FIND_LINKS = $(or $(UV_FIND_LINKS),$(PIP_FIND_LINKS),$(shell $(PYTHON) -m pip config list 2>/dev/null \
	| sed -n "s/^\(global\|install\)\.find-links='\(.*\)'/\2/p" | sed 's/\\n/,/g'))
# Any text as one word of the shell.
quoted = '$(subst ','\'',$(1))'
# Where other work wants its packages put is not where these go.
# This undoes pip's files of settings, too: there the environment counts less than options, and nothing can be taken back, only set otherwise.
export PIP_USER := 0
export PIP_CONSTRAINT := /dev/null
export PIP_REQUIREMENT := /dev/null
unexport PIP_TARGET PIP_PREFIX PIP_ROOT PYTHONHOME PYTHONSTARTUP PYTHONUSERBASE
unexport JUPYTER_PATH JUPYTER_CONFIG_PATH JUPYTER_PREFER_ENV_PATH JUPYTER_PLATFORM_DIRS JUPYTERLAB_DIR JUPYTERLAB_SETTINGS_DIR JUPYTERLAB_WORKSPACES_DIR
unexport UV_CONSTRAINT UV_OVERRIDE UV_SYSTEM_PYTHON UV_EXCLUDE_NEWER UV_PYTHON
ifneq ($(UV),)
    PIP = UV_FIND_LINKS=$(call quoted,$(FIND_LINKS)) $(call quoted,$(UV)) pip install --python $(BIN)/python
else
    PIP = $(BIN)/python -m pip install --disable-pip-version-check --no-input --target= --root=/ --prefix="$$PWD/.venv"
endif

.PHONY: help book lab test check train lint mutants install system lock clean

help: ## this list
	@echo 'Steering GANs: what you can do here'
	@echo
	@sed -n 's/^\([a-z]*\):[^#]*## \(.*\)/  make \1|\2/p' Makefile | awk -F'|' '{printf "%-14s %s\n", $$1, $$2}'
	@echo
	@echo 'Settings (NAME=value behind the command):'
	@echo '  CHAPTER=latent_captions   which chapter to train'
	@echo '  PROFILE=quick             smoke: seconds, tiny nets; quick: a laptop; paper: the sizes of the paper, wants a GPU'
	@echo '  MINUTES=20                stop training cleanly after that time; the same command goes on from there'
	@echo '  TESTS=tests/setup         only these tests'
	@echo '  WORKERS=2                 how many tests at once; 0: in one process'
	@echo '  ARGS="--seed 1"           handed on to the ganbook or jupyter command as it is'
	@echo '  TORCH_ARGS=...            where pip finds another build of PyTorch (book/setup.md says when)'
	@echo
	@echo 'For example:  make train CHAPTER=latent_captions PROFILE=quick MINUTES=5'

book: install ## run the chapters, build the book, say where it lies
	@$(BIN)/ganbook build --profile $(PROFILE) $(ARGS)

lab: install ## read and run the chapters in JupyterLab; they open as notebooks
	@JUPYTER_CONFIG_DIR="$$PWD/.venv/jupyter" JUPYTER_DATA_DIR="$$PWD/.venv/share/jupyter" JUPYTER_RUNTIME_DIR="$$PWD/.venv/share/jupyter/runtime" \
		IPYTHONDIR="$$PWD/.venv/ipython" \
		$(BIN)/jupyter lab --ServerApp.root_dir="$$PWD" --FileContentsManager.preferred_dir="$$PWD/book" $(ARGS)

test: install system ## run every test
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --durations 40 --durations-min 15 $(TESTS) $(ARGS)

check: install ## run the chapters and compare their numbers with the recorded bands
	$(BIN)/ganbook check --profile $(PROFILE) $(ARGS)

train: install ## train a chapter's models yourself; stop and go on whenever you like
	$(BIN)/ganbook train $(CHAPTER) --profile $(PROFILE) $(if $(MINUTES),--minutes $(MINUTES)) $(ARGS)

lint: install ## look at the style of the code
	$(BIN)/ruff format --check lib tests
	$(BIN)/ruff check lib tests

mutants: install ## drop each term of each game and ignore each setting, one by one: every mutant must break a test (slow)
	$(BIN)/python tests/mutants.py $(ARGS)

install: .venv/.made-packages .venv/.made-torch .venv/.made-ganbook .venv/.made-lab ## only install, into .venv

lock: install ## for maintainers: choose package versions anew (ARGS="--upgrade-package sphinx")
	@echo 'torch==$(TORCH)+cpu' | UV_FIND_LINKS=$(call quoted,$(FIND_LINKS)) $(BIN)/uv pip compile pyproject.toml - --extra dev --universal --python-version 3.11 \
		--generate-hashes --no-emit-package torch --no-emit-find-links $(if $(FIND_LINKS),,--torch-backend=cpu) --custom-compile-command 'make lock' --quiet --output-file requirements.lock $(ARGS)
	@{ echo '# Exact versions of everything, written by `make lock`. Only the line of torch is chosen by hand.'; echo 'torch==$(TORCH)'; \
		sed -n 's/^\([a-z0-9].*[^ \\]\) *\\$$/\1/p' requirements.lock; } > constraints.new
	@mv constraints.new constraints.txt

clean: ## delete what was generated (not .venv, not checkpoints, not runs)
	rm -rf _build

# ---- how the installation is made; each stamp is redone only when its file changed

.venv/.made-venv:
	@test -n $(call quoted,$(PYTHON)) || { echo 'No Python 3.11 or newer found. Install one, or name it: make $(MAKECMDGOALS) PYTHON=/path/to/python3' >&2; exit 1; }
	@echo "Making .venv with $(PYTHON) and $(if $(UV),uv,pip)."
	@$(if $(UV),$(call quoted,$(UV)) venv --quiet --allow-existing --seed --python $(call quoted,$(PYTHON)) .venv,$(PYTHON) -m venv .venv) || \
		{ echo 'Python cannot make a virtual environment. On Debian and Ubuntu: apt-get install python3-venv' >&2; exit 1; }
	@touch $@

.venv/.made-packages: requirements.lock | .venv/.made-venv
	@echo 'Installing the packages of requirements.lock into .venv (the first time some minutes with pip, less with uv).'
	@$(PIP) --quiet --require-hashes --no-deps -r requirements.lock
	@touch $@

# After the locked packages, so that only torch itself (and, for a GPU, its CUDA packages) comes without a recorded hash.
# uv's --torch-backend=auto asks the driver for the GPU and takes the build that fits, from PyTorch's own package index.
TORCH_AUTO = $(BIN)/uv pip install --python $(BIN)/python -c constraints.txt torch==$(TORCH) --torch-backend=auto
TORCH_AS_TOLD = $(PIP) -c constraints.txt torch==$(TORCH) $(TORCH_ARGS)
NO_INDEX = echo "PyTorch's own package index cannot be reached: taking the build of the Python package index." \
	"On Linux that one brings CUDA: some GB, and it runs without a GPU too. To choose: TORCH_ARGS, see book/setup.md."

.venv/.made-torch: constraints.txt | .venv/.made-packages
	@echo 'Installing PyTorch.'
	@$(if $(strip $(TORCH_ARGS) $(FIND_LINKS)),$(TORCH_AS_TOLD),$(TORCH_AUTO) || { $(NO_INDEX); $(TORCH_AS_TOLD); })
	@$(BIN)/python -c 'import torch; print("PyTorch", torch.__version__, "with" if torch.cuda.is_available() else "without", "a GPU")'
	@touch $@

.venv/.made-ganbook: pyproject.toml | .venv/.made-packages
	@$(PIP) --quiet --no-deps --no-build-isolation --editable .
	@touch $@

.venv/.made-lab: book/jupyterlab/overrides.json | .venv/.made-packages
	@mkdir -p .venv/share/jupyter/lab/settings
	@cp $< .venv/share/jupyter/lab/settings/overrides.json
	@touch $@

# What tests need of the system: a browser, and bubblewrap for the box in which students' notebooks run.
CHROMIUM := /usr/bin/chromium
MISSING = $(if $(wildcard $(CHROMIUM)),,chromium) $(if $(shell command -v bwrap),,bubblewrap)
system:
ifneq ($(strip $(MISSING)),)
	@if command -v apt-get >/dev/null && [ "$$(id -u)" = 0 ]; then \
		apt-get -q update && DEBIAN_FRONTEND=noninteractive apt-get -q install -y --no-install-recommends $(MISSING); \
	else echo 'Not installed: $(strip $(MISSING)). The tests that need them will say so. On Debian: apt-get install $(strip $(MISSING))' >&2; fi
endif
