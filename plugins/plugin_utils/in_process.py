# SPDX-License-Identifier: GPL-3.0-or-later
"""Running a verb inside the controller, where that gives the same result sooner and can show progress.

PRIVATE to the collection vcf.lifecycle: names in here may change in any release.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from contextlib import suppress
from typing import Any, ClassVar

from ansible import constants
from ansible.errors import AnsibleError
from ansible.module_utils.common.arg_spec import ArgumentSpecValidator
from ansible.module_utils.common.parameters import remove_values
from ansible.plugins.action import ActionBase
from ansible.plugins.loader import filter_loader
from ansible.utils.display import Display

from ansible_collections.vcf.lifecycle.plugins.module_utils.libraries import MISSING
from ansible_collections.vcf.lifecycle.plugins.module_utils.operations.context import Context
from ansible_collections.vcf.lifecycle.plugins.module_utils.options import ArgumentSpec
from ansible_collections.vcf.lifecycle.plugins.module_utils.runner import (
    Operation,
    complaint,
    options_failure,
    outcome,
)
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.plain import plain
from ansible_collections.vcf.lifecycle.plugins.plugin_utils.progress import Progress

# Ansible loads this file in the process that it forks all workers from, and a filter only in the worker that needs one:
# for each task anew, and all of a collection at once. Asking for one here loads them once in a run.
with suppress(KeyError):  # where no collection can be asked for, because it is not Ansible that runs
    filter_loader.get("vcf.lifecycle.duration")


class InProcessAction(ActionBase):
    """The action plugin of a verb: runs it here, or ships the module where a process of its own is asked for."""

    _supports_check_mode = True
    _supports_async = True

    module: ClassVar[str]
    """The module's name, without the collection's."""
    argument_spec: ClassVar[ArgumentSpec]
    operation: ClassVar[Operation]

    def run(self, tmp: str | None = None, task_vars: dict[str, Any] | None = None) -> dict[str, Any]:
        """Run the verb and return its result."""
        result: dict[str, Any] = super().run(tmp, task_vars)
        if self._must_ship():
            return {**result, **self._ship(task_vars)}
        return {**result, **self._run_here(task_vars or {})}

    def _must_ship(self) -> bool:
        """Tell whether the module needs a process, or a place, of its own."""
        return bool(
            MISSING
            or self._connection.transport not in ("local", "ansible.builtin.local")
            or self._task.become
            or self._task.async_val
            or self._has_environment()
        )

    def _has_environment(self) -> bool:
        environment = self._task.environment or []
        return any(environment if isinstance(environment, list) else [environment])

    def _ship(self, task_vars: dict[str, Any] | None) -> dict[str, Any]:
        wrap_async = bool(self._task.async_val and not self._connection.has_native_async)
        result: dict[str, Any] = self._execute_module(
            module_name=f"vcf.lifecycle.{self.module}",
            module_args=packed(self._task.args, self.argument_spec),
            task_vars=task_vars,
            wrap_async=wrap_async,
        )
        if not wrap_async:
            self._remove_tmp_path(self._connection._shell.tmpdir)
        return result

    def _run_here(self, task_vars: Mapping[str, Any]) -> dict[str, Any]:
        """Do what AnsibleModule does around a module's own work: check options, take secrets out of the result."""
        validation = ArgumentSpecValidator(self.argument_spec).validate(
            plain(packed(self._task.args, self.argument_spec))
        )
        params, secrets = validation.validated_parameters, validation._no_log_values
        context = Context(check_mode=bool(self._task.check_mode), diff=bool(self._task.diff))
        for doubled in validation._warnings:
            context.warn("Both option {option} and its alias {alias} are set.".format(**doubled))
        if validation.error_messages:
            message = complaint(validation, f"vcf.lifecycle.{self.module}")
            result: dict[str, Any] = {"msg": message, "failure": options_failure(message, params)}
        else:
            if params.get("progress") and not self._task.no_log:
                context.observer = Progress(Display(), self._host(task_vars), secrets)
            result = outcome(type(self).operation, params, context)
        if "failure" in result:
            result["failed"] = True
        if shows_invocation(task_vars):
            result["invocation"] = {"module_args": params}
        if context.warnings:
            result["warnings"] = context.warnings
        # As AnsibleModule does: a secret such as "true" must not take the flags with it.
        flags = {name: value for name, value in result.items() if value is None or isinstance(value, bool)}
        return {**remove_values(result, secrets), **flags}

    def _host(self, task_vars: Mapping[str, Any]) -> str:
        return str(task_vars.get("inventory_hostname", "localhost"))


def packed(arguments: Mapping[str, Any], spec: ArgumentSpec) -> dict[str, Any]:
    """Return a task's arguments with structures as the JSON that some options are.

    Ansible would do so too, but not before it has taken each word and number in a secret structure for a secret of its
    own, and a number is in every id and time of a result.
    """
    return {
        name: json.dumps(plain(value))
        if spec.get(name, {}).get("type") == "json" and isinstance(value, (dict, list))
        else value
        for name, value in arguments.items()
    }


def shows_invocation(task_vars: Mapping[str, Any]) -> bool:
    """Tell whether results hold the options they were made with: a setting since ansible-core 2.21, always before."""
    try:
        return bool(constants.config.get_config_value("INJECT_INVOCATION", variables=task_vars))
    except AnsibleError:
        return True
