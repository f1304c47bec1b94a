# SPDX-License-Identifier: GPL-3.0-or-later
"""Settings of Sphinx for the documentation site, which .ci/docsite.sh builds without any network."""

from __future__ import annotations

from typing import Any

from docutils import nodes

project = "vcf.lifecycle"
copyright = "contributors to vcf.lifecycle"  # noqa: A001
title = html_short_title = "vcf.lifecycle"

extensions = ["sphinx_antsibull_ext"]

pygments_style = "ansible"
highlight_language = "YAML+Jinja"
html_theme = "sphinx_ansible_theme"
html_show_sphinx = False
html_copy_source = False
html_use_index = False
default_role = "any"
nitpicky = True

ANSIBLE = "https://docs.ansible.com/ansible/latest"
ELSEWHERE = {
    "action_plugins": "plugins/action.html",
    "ansible_collections.ansible.builtin.debug_module": "collections/ansible/builtin/debug_module.html",
    "ansible_collections.ansible.builtin.set_stats_module": "collections/ansible/builtin/set_stats_module.html",
    "ansible_configuration_settings": "reference_appendices/config.html",
    "common_return_values": "reference_appendices/common_return_values.html",
}
"""The labels of Ansible's own documentation that our pages refer to. Any other label has to be one of ours."""


def setup(app: Any) -> None:
    """Have Sphinx ask us for what it does not know.

    Its own way, an inventory of the other site, needs a network; and to suppress its warnings would hide references of
    ours that lead nowhere.
    """
    app.connect("missing-reference", elsewhere)


def elsewhere(_app: Any, _environment: Any, node: Any, content: Any) -> nodes.reference | None:
    """Return a link to Ansible's documentation, where that is what is referred to."""
    page = ELSEWHERE.get(node["reftarget"])
    if page is None:
        return None
    link = nodes.reference("", "", internal=False, refuri=f"{ANSIBLE}/{page}")
    link.append(content)
    return link
