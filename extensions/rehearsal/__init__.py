# SPDX-License-Identifier: GPL-3.0-or-later
"""Rehearsals: a playbook is run against simulated services in place of the real ones, and what it took is forecast.

It is a process of its own (`__main__`), which ends with whoever has started it. Nothing is imported here, so that it
can say what is missing before anything is.
"""
