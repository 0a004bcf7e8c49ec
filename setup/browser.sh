#!/bin/sh
# Installs the browser that the tests of the map drive, where the system has packages for it.
# Usage: setup/browser.sh
set -eu
sudo=
[ "$(id -u)" -eq 0 ] || sudo=sudo

if command -v chromium >/dev/null; then
    exit 0
fi
if ! command -v apt-get >/dev/null; then
    echo "There is no chromium: the browser tests will skip. Install it to run them." >&2
    exit 0
fi

install() {
    ${sudo:+"$sudo"} env DEBIAN_FRONTEND=noninteractive apt-get install --yes -q \
        --no-install-recommends -o DPkg::Lock::Timeout=300 chromium fonts-dejavu-core
}

echo "Installing from the system's packages: chromium fonts-dejavu-core"
install || {
    ${sudo:+"$sudo"} apt-get update -q
    install
}
