#!/usr/bin/env bash
# SPDX-License-Identifier: GPL-3.0-or-later
# Run the unit tests with `ansible-test units`: .ci/units.sh SOURCE DIRECTORY
# SOURCE is copied below DIRECTORY, which is made anew: ansible-test asks for such a path, and writes to it and to HOME.
set -euo pipefail

source=$1
rm -rf "$2"
mkdir -p "$2/home"
directory=$(cd "$2" && pwd)

tree=$directory/ansible_collections/vcf/lifecycle
mkdir -p "$tree/.build"
cp -R "$source/." "$tree"
ln -s "$directory" "$tree/.build/collections"
cd "$tree"
# ansible-test asks the next git repository above for the files, and the one of the checkout ignores this folder.
git init --quiet

# By a path without blanks, which the scripts that ansible-test writes can not have in their first lines.
link=$(mktemp -d)
trap 'rm -rf "$link"' EXIT
ln -s "$(python -c 'import sys; print(sys.prefix)')" "$link/venv"

version=$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')
export HOME="$directory/home" ANSIBLE_HOME="$directory/home/.ansible"
"$link/venv/bin/python" "$link/venv/bin/ansible-test" units --local --python "$version" --num-workers 2 --color no
