#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Let galaxy-importer judge the tarball, as Galaxy and Automation Hub do: .ci/importer.sh TARBALL DIRECTORY
# What it finds is in DIRECTORY, which is made anew. Its exit status says nothing of its warnings: here, they fail it.
set -euo pipefail

tarball=$(realpath "$1")
rm -rf "$2"
mkdir -p "$2/home"
cd "$2"

export HOME="$PWD/home" ANSIBLE_HOME="$PWD/home/.ansible"
# `make lint-ansible` runs it, with a stricter profile.
export GALAXY_IMPORTER_RUN_ANSIBLE_LINT=false
python -m galaxy_importer.main "$tarball" >log 2>&1 || { cat log >&2; exit 1; }
if grep -E '^(WARNING|ERROR|CRITICAL)' log >&2; then
    exit 1
fi
tail -n 1 log
