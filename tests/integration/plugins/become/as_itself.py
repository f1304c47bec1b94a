# SPDX-License-Identifier: GPL-3.0-or-later
"""Becomes nobody else: what C(become) changes besides the user, on machines without sudo."""

from __future__ import annotations

from ansible.plugins.become import BecomeBase

DOCUMENTATION = r"""
name: as_itself
short_description: Become nobody else
description:
  - Runs commands as they are.
options: {}
"""


class BecomeModule(BecomeBase):
    """Leaves the command alone."""

    name = "as_itself"

    def build_become_command(self, cmd: str, shell: object) -> str:
        return cmd
