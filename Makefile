# make demo: from a fresh clone to the map. make test: all tests and checks.
PYTHON ?= python3
benchmarks := $(filter-out __init__,$(basename $(notdir $(wildcard bench/*.py))))
inputs := pyproject.toml setup/installer.lock setup/environment.sh
compile = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"

.PHONY: demo test lint bench lock system browser qgis
.DELETE_ON_ERROR:

demo: system .venv/runtime-installed  ## Install what is missing, and show targets on a map.
	.venv/bin/harmspot demo

test: lint browser qgis  ## Run every test, one file to a process.
	.venv/bin/pytest --numprocesses auto --maxprocesses 4 --dist loadfile

lint: system .venv/dev-installed  ## Check style and types.
	.venv/bin/ruff check .
	.venv/bin/ruff format --check .
	.venv/bin/mypy

bench: system .venv/dev-installed  ## Compare speed with peers.
	for benchmark in $(benchmarks); do .venv/bin/python -m bench.$$benchmark || exit 1; done

lock: system  ## Bring the lock files up to pyproject.toml; UPGRADE=--upgrade takes later versions.
	test -x .venv/bin/uv || setup/environment.sh requirements.lock "$(PYTHON)"
	$(compile) $(UPGRADE) pyproject.toml -o requirements.lock
	$(compile) $(UPGRADE) pyproject.toml --all-extras -c requirements.lock -o requirements-dev.lock
	$(compile) $(UPGRADE) setup/installer.in -c requirements-dev.lock -o setup/installer.lock

system:
	@setup/system-packages.sh "$(PYTHON)"

browser: system
	@setup/browser.sh

qgis: system
	@setup/qgis.sh

.venv/runtime-installed: requirements.lock $(inputs) | system
	@setup/environment.sh requirements.lock "$(PYTHON)"
	@touch $@

.venv/dev-installed: requirements-dev.lock $(inputs) | system
	@setup/environment.sh requirements-dev.lock "$(PYTHON)"
	@touch $@
