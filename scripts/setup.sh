#!/bin/sh
# Makes .venv from the hashed lock files: `setup.sh runtime` for what the program needs to run,
# `setup.sh dev` for what its checks and tests need too. The Makefile calls it when a lock changed.
set -eu
cd "$(dirname "$0")/.."
here=$(pwd -P)

# The first of these that runs and is new enough; PYTHON=... on the command line of make wins.
# 3.11 comes first because the lock files are resolved and tested for it.
find_python() {
    for python in ${PYTHON:-python3.11 python3.12 python3.13 python3.14 python3 python}; do
        if "$python" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; then
            echo "$python"
            return
        fi
    done
    echo "No Python 3.11 or newer found${PYTHON:+ at $PYTHON}." >&2
    echo "On Debian or Ubuntu: sudo apt-get install python3 python3-venv" >&2
    echo "If it has another name: make PYTHON=/path/to/python" >&2
    exit 1
}

# Scripts in .venv/bin name their folder, so an environment that was moved or copied is of no use.
usable() {
    head -n 3 .venv/bin/pip 2>/dev/null | grep -qF "$here/.venv/bin/" &&
        .venv/bin/python -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null
}

pip() {
    .venv/bin/python -m pip --disable-pip-version-check "$@"
}

python=.venv/bin/python
usable || python=$(find_python)
[ "${1:-}" = dev ] || "$python" scripts/system_packages.py
if [ "$python" != .venv/bin/python ]; then
    echo "making .venv with $("$python" --version)"
    rm -rf .venv
    "$python" -m venv .venv
fi

case "${1:-}" in
runtime)
    pip install -q --require-hashes --no-deps -r requirements/build.lock -r requirements/runtime.lock
    # The project itself, in place; its build uses the locked setuptools just installed.
    pip install -q --no-deps --no-build-isolation -e .
    ;;
dev)
    pip install -q --require-hashes --no-deps -r requirements/dev.lock
    ;;
*)
    echo "usage: scripts/setup.sh runtime|dev" >&2
    exit 2
    ;;
esac
touch ".venv/$1.stamp"
