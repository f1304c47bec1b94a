# SPDX-License-Identifier: GPL-3.0-or-later
"""A connection that Ansible does not know to be local."""

from __future__ import annotations

from ansible.plugins.connection.local import Connection as LocalConnection

DOCUMENTATION = r"""
name: elsewhere
short_description: A connection that Ansible does not know to be local
description:
  - Works like the local one, under another name.
options: {}
extends_documentation_fragment:
  - connection_pipelining
"""


class Connection(LocalConnection):
    """The local connection in disguise."""

    transport = "elsewhere"
