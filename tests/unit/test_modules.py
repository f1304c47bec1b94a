# SPDX-License-Identifier: GPL-3.0-or-later
"""The files of the modules themselves, run in this process the way Ansible runs them in one of their own."""

from __future__ import annotations

import importlib
import json
import socket
from pathlib import Path
from typing import Any

import pytest
from ansible.module_utils import basic

FILES = (Path(__file__).parents[2] / "plugins/modules").glob("[!_]*.py")
MODULES = sorted({path.stem for path in FILES} - {"rehearse"})


def run(name: str, options: dict[str, Any], monkeypatch: pytest.MonkeyPatch, capsys: Any) -> dict[str, Any]:
    monkeypatch.setattr(basic, "_ANSIBLE_ARGS", json.dumps({"ANSIBLE_MODULE_ARGS": options}).encode())
    # Since ansible-core 2.19: how the options are written.
    monkeypatch.setattr(basic, "_ANSIBLE_PROFILE", "legacy", raising=False)
    with pytest.raises(SystemExit):
        importlib.import_module(f"ansible_collections.vcf.lifecycle.plugins.modules.{name}").main()
    result: dict[str, Any] = json.loads(capsys.readouterr().out)
    return result


@pytest.mark.parametrize("name", MODULES)
def test_without_options(name: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    result = run(name, {}, monkeypatch, capsys)
    assert result["failed"]
    assert result["failure"]["kind"] == "options"


@pytest.mark.parametrize("name", [name for name in MODULES if name.endswith("_info")])
def test_where_nobody_answers(name: str, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    options = {"hostname": "127.0.0.1", "token": "s3cret-token", "max_outage": 0}
    if name == "task_info":
        options["service"] = "fleet_lcm"
    with socket.create_server(("127.0.0.1", 0)) as server:
        options["port"] = server.getsockname()[1]
    result = run(name, options, monkeypatch, capsys)
    assert result["failed"]
    assert result["failure"]["kind"] == "unreachable"
    assert "s3cret-token" not in result["msg"]
