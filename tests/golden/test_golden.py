"""What a user sees: each case is a command line with the exact standard output, standard error and exit status.

A case is a text file under cases/:

    args: config explain mesh
    env: NO_COLOR=1            (optional, repeatable)
    exit: 0
    --- stdout
    ...
    --- stderr
    ...

Paths in `args` are relative to tests/golden/files. DPCTL_ACCEPT=1 writes what the program says now into the case and fails the test,
so that a rewritten file is read by a person before it counts.
"""
import os
import pathlib
import shlex
import subprocess

import pytest

HERE = pathlib.Path(__file__).parent
ROOT = HERE.parent.parent
CASES = sorted((HERE / "cases").glob("*.txt"))


def binary():
    return pathlib.Path(os.environ.get("DPCTL", ROOT / "build" / "release" / "cli" / "dpctl"))


def read_case(path):
    head, _, rest = path.read_text().partition("--- stdout\n")
    stdout, _, stderr = rest.partition("--- stderr\n")
    case = {"args": "", "env": {}, "exit": 0, "stdout": stdout, "stderr": stderr}
    for line in head.splitlines():
        key, _, value = line.partition(": ")
        if key == "args":
            case["args"] = value
        elif key == "env":
            name, _, text = value.partition("=")
            case["env"][name] = text
        elif key == "exit":
            case["exit"] = int(value)
    return case


def write_case(path, case, result):
    head = f"args: {case['args']}\n" + "".join(f"env: {k}={v}\n" for k, v in case["env"].items())
    path.write_text(f"{head}exit: {result.returncode}\n--- stdout\n{result.stdout}--- stderr\n{result.stderr}")


@pytest.mark.parametrize("path", CASES, ids=lambda p: p.stem)
def test_the_program_says_exactly_this(path, tmp_path):
    case = read_case(path)
    env = {"PATH": os.environ["PATH"], "HOME": str(tmp_path), "TERM": "dumb", **case["env"]}
    result = subprocess.run(
        [binary(), *shlex.split(case["args"])], cwd=HERE / "files", env=env, capture_output=True, text=True, timeout=30
    )
    if os.environ.get("DPCTL_ACCEPT") == "1":
        write_case(path, case, result)
        pytest.fail(f"{path.name} was rewritten; read it, then run without DPCTL_ACCEPT")
    assert result.stdout == case["stdout"]
    assert result.stderr == case["stderr"]
    assert result.returncode == case["exit"]


def test_the_reference_of_all_commands_is_up_to_date():
    printed = subprocess.run([binary(), "help", "--markdown"], capture_output=True, text=True, check=True, timeout=30)
    assert printed.stdout == (ROOT / "docs" / "commands.md").read_text()
