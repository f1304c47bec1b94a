#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Make a fresh virtual environment: .ci/venv.sh DIRECTORY "PYTHON VERSIONS, BEST FIRST" PIP-INSTALL-ARGUMENTS...
# Exit status 3: none of these Pythons is here.
set -eu

directory=$1
versions=$2
shift 2

if [ -L "$directory" ]; then
    echo "$directory is a link: what it leads to is somebody else's, and would be emptied. Remove the link." >&2
    exit 1
fi

# A python3.x on the PATH may be a shim of pyenv's that only says that it is not active, and Debian's python3 may come
# without ensurepip: so each candidate is run, not just looked up.
without_venv=
for version in $versions; do
    for python in "python$version" "${PYENV_ROOT:-${HOME-}/.pyenv}/versions/$version".*/bin/python python3; do
        found=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])' 2>/dev/null) || continue
        [ "$found" = "$version" ] || continue
        if "$python" -c 'import ensurepip, venv' 2>/dev/null; then
            echo "Setting up $directory with Python $version"
            "$python" -m venv --clear "$directory"
            exec "$directory/bin/python" -m pip install -qq --disable-pip-version-check "$@"
        fi
        without_venv=$version
    done
done

if [ -n "$without_venv" ]; then
    echo "Python $without_venv is here but can not make virtual environments: on Debian, apt-get install python$without_venv-venv" >&2
    exit 1
fi
echo "None of these Pythons is here: $versions. Install one, with its venv module, and try again." >&2
exit 3
