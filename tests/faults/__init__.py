# SPDX-License-Identifier: GPL-3.0-or-later
"""What the verbs do when something goes wrong: a table of faults, what has to come of each, and what comes of it."""
