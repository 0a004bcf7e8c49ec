#!/bin/sh
# Makes .venv and installs Harmspot there from a lock file, in place of its sources' versions.
# Usage: setup/environment.sh LOCK [PYTHON]
set -eu
cd "$(dirname "$0")/.."
lock=$1
python=${2:-python3}

in_venv() {
    program=$1
    shift
    ".venv/bin/$program" "$@"
}

# An interrupted set-up leaves a .venv without pip: begin it anew.
if ! in_venv python -m pip --version >/dev/null 2>&1; then
    echo "Making the Python environment .venv"
    "$python" -m venv --clear .venv
fi

echo "Installing the Python packages of $lock"
export PIP_DISABLE_PIP_VERSION_CHECK=1 UV_SYSTEM_CERTS=1
in_venv pip install --quiet --require-hashes -r setup/installer.lock
# uv takes a quarter of pip's time. It does not read pip's configuration, which an organisation
# with a package index of its own has: there, pip does the same.
# Compiled once here, the packages need not be compiled anew by every process that starts.
in_venv uv pip install --quiet --compile-bytecode --python .venv/bin/python \
    --require-hashes -r "$lock" ||
    in_venv pip install --quiet --require-hashes -r "$lock"
in_venv pip install --quiet --no-deps --no-build-isolation --editable .
