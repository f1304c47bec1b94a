#!/bin/bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Build the documentation site: .ci/docsite.sh DIRECTORY
#
# The collection is the one that Ansible finds: ANSIBLE_COLLECTIONS_PATH says where. Every warning is an error, and so is
# every reference that leads nowhere.
set -euo pipefail

directory=$1
settings=$(dirname "${BASH_SOURCE[0]}")/docsite

# Sphinx warns only of the pages that it builds anew.
rm -rf "$directory"
mkdir -p "$directory/rst"
# antsibull-docs asks for that.
chmod go-w "$directory/rst"
# In another home, because it leaves a log there.
HOME=$directory antsibull-docs collection --use-current --squash-hierarchy --fail-on-error --cleanup everything \
    --dest-dir "$directory/rst" vcf.lifecycle
sphinx-build -W --keep-going -q -j auto -c "$settings" "$directory/rst" "$directory/html"
echo "The documentation is in $directory/html/index.html"
