#!/bin/sh
# SPDX-License-Identifier: GPL-3.0-or-later
# Run molecule in the root of the checkout: .ci/molecule.sh DIRECTORY MOLECULE-ARGUMENTS...
# All that it writes is in DIRECTORY, which it makes anew; the simulators end with it, however it ends.
set -eu

directory=$1
shift

rm -rf "$directory"
mkdir -p "$directory"
export MOLECULE_EPHEMERAL_DIRECTORY="$directory"
export ANSIBLE_HOME="$directory/home"
export MOLECULE_PID=$$
# Its borders cut long lines.
export MOLECULE_COMMAND_BORDERS=false
exec molecule "$@"
