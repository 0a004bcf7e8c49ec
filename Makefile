# make demo: from a fresh clone to the map. make test: all tests and checks.
PYTHON ?= python3
benchmarks := $(filter-out __init__,$(basename $(notdir $(wildcard bench/*.py))))
inputs := pyproject.toml setup/installer.lock setup/environment.sh
pages := $(shell find web -path web/node_modules -prune -o -type f -print)
compile = .venv/bin/uv pip compile --quiet --universal --python-version 3.11 --generate-hashes \
	--custom-compile-command "make lock"

.PHONY: demo test web-test prove lint bench lock words types web system browser qgis
.DELETE_ON_ERROR:

demo: system .venv/runtime-installed web  ## Install what is missing, and show targets on a map.
	.venv/bin/harmspot demo

test: .venv/dev-installed browser qgis  ## Run every test, one file to a process.
	@$(MAKE) --no-print-directory --jobs 2 --output-sync lint web-test
	.venv/bin/pytest --numprocesses 3 --dist loadfile --no-loadscope-reorder --durations 25

web-test: web
	@setup/web.sh test "$(PYTHON)"

prove: system .venv/dev-installed  ## Run the long proofs, and keep what they find in docs/proofs.md.
	.venv/bin/pytest -m prove tests/prove --write-proofs docs/proofs.md --durations 25

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
	$(compile) $(UPGRADE) setup/node.in -o setup/node.lock

words: system .venv/dev-installed  ## Gather the words of the code in the catalogue's template.
	.venv/bin/python setup/words.py

types: system .venv/dev-installed  ## Write the web's types from the declarations of the service.
	.venv/bin/python setup/web_types.py

web: system service/http/pages/static/web/index.html  ## Build the map's pages.

service/http/pages/static/web/index.html: $(pages) setup/web.sh setup/node.lock
	@setup/web.sh build "$(PYTHON)"
	@touch $@

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
