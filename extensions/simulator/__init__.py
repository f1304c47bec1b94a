# SPDX-License-Identifier: GPL-3.0-or-later
"""A server that behaves like the services of VMware Cloud Foundation that own tasks, from a YAML scenario.

`simulator` has the server, `scenario` what it plays. Nothing is imported here, so that `libraries` can say what is
missing before anything is.
"""
