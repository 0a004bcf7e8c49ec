#!/bin/sh
# Installs the QGIS that the tests of exports and of the OGC API drive, where the system has
# packages for it. QGIS belongs to the system's own Python, not to .venv.
# Usage: setup/qgis.sh
set -eu
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo
packages="python3-qgis qgis-providers fonts-dejavu-core"

if /usr/bin/python3 -I -c 'import qgis.core' 2>/dev/null; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "The system's Python has no QGIS: its tests will skip. Install it to run them." >&2
    exit 0
fi

install() {
    # shellcheck disable=SC2086 # a list of names
    ${sudo:+"$sudo"} env DEBIAN_FRONTEND=noninteractive apt-get install --yes -q \
        --no-install-recommends -o DPkg::Lock::Timeout=300 $packages
}

echo "Installing from the system's packages: $packages"
install || {
    ${sudo:+"$sudo"} apt-get update -q
    install
}
