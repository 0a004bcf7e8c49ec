#!/bin/sh
# Installs what Harmspot needs of the system: Python's venv, PostgreSQL with PostGIS, and the
# libraries and the font that briefings are printed with.
# Usage: setup/system-packages.sh [PYTHON]
set -eu
cd "$(dirname "$0")/.."
python=${1:-python3}
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo

fail() {
    printf '%s\n' "$*" >&2
    exit 1
}

has_venv() {
    "$python" -c 'import ensurepip, venv' 2>/dev/null
}

has_postgis() {
    "$python" -B -m service.store.cluster.binaries 2>/dev/null
}

has_print_libraries() {
    "$python" -c 'import sys; from ctypes.util import find_library; sys.exit(not all(
        map(find_library, ("pango-1.0", "pangoft2-1.0", "harfbuzz-subset", "fontconfig"))))' \
        2>/dev/null
}

has_print_font() {
    fc-list : family 2>/dev/null | grep -q '^DejaVu Sans$\|^DejaVu Sans,'
}

has_print() {
    has_print_libraries && has_print_font
}

# The PostGIS for a server that is installed, or else for the newest that is on offer.
postgis_package() {
    offered=$(apt-cache search --names-only '^postgresql-[0-9]+-postgis-3$' |
        cut -d ' ' -f 1 | sort -t - -k 2 -n -r)
    for package in $offered; do
        major=${package#postgresql-}
        if [ -x "/usr/lib/postgresql/${major%-postgis-3}/bin/postgres" ]; then
            printf '%s\n' "$package"
            return
        fi
    done
    printf '%s\n' "${offered:-postgresql-postgis}" | head -n 1
}

missing_packages() {
    has_venv || "$python" -c 'import sys; print("python%d.%d-venv" % sys.version_info[:2])'
    has_postgis || postgis_package
    has_print_libraries || printf '%s\n' libpango-1.0-0 libpangoft2-1.0-0 libharfbuzz-subset0
    has_print_font || printf '%s\n' fontconfig fonts-dejavu-core
}

install_missing() {
    missing_packages | xargs ${sudo:+"$sudo"} env DEBIAN_FRONTEND=noninteractive \
        apt-get install --yes -q --no-install-recommends -o DPkg::Lock::Timeout=300
}

command -v "$python" >/dev/null ||
    fail "Harmspot needs Python >= 3.11, and there is no $python: install it."
"$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' || fail \
    "Harmspot needs Python >= 3.11, and $python is $("$python" -V 2>&1): install a later one" \
    "beside it and name it, as in: make demo PYTHON=python3.11"

if has_venv && has_postgis && has_print; then
    exit 0
fi

if ! command -v apt-get >/dev/null; then
    has_venv || printf '%s has no venv and ensurepip: install them.\n' "$python" >&2
    has_postgis || "$python" -B -m service.store.cluster.binaries || true
    has_print || echo "Briefings cannot be printed: install Pango, HarfBuzz and DejaVu Sans." >&2
    if has_venv && has_postgis; then
        exit 0
    fi
    exit 1
fi
if [ -n "$sudo" ] && ! command -v sudo >/dev/null; then
    fail "There is no sudo here. As root, run: apt-get update && apt-get install" \
        "--no-install-recommends $(missing_packages | xargs)"
fi

# Harmspot runs a cluster of its own: keep Debian from making and starting another beside it,
# this time only, so that whoever wants one later gets it.
dropin=/etc/postgresql-common/createcluster.d/harmspot-setup.conf
trap '${sudo:+"$sudo"} rm -f "$dropin"' EXIT
trap 'exit 1' HUP INT TERM
${sudo:+"$sudo"} mkdir -p "${dropin%/*}"
echo 'create_main_cluster = false' | ${sudo:+"$sudo"} tee "$dropin" >/dev/null

printf 'Installing from the system'\''s packages: %s\n' "$(missing_packages | xargs)"
# The lists of a fresh machine are empty, those of an old one name what is no longer there.
if ! missing_packages | xargs apt-cache show >/dev/null 2>&1 || ! install_missing; then
    ${sudo:+"$sudo"} apt-get update -q
    install_missing
fi
has_venv || fail "$python still has no venv and ensurepip: install them."
has_postgis || "$python" -B -m service.store.cluster.binaries
