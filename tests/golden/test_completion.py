"""The completion scripts in the shells themselves: a line is typed with TAB at its end, and the command tells which words it got."""
import shutil

import pexpect
import pytest

SHELLS = {
    "bash": (["--norc", "--noprofile", "-i"], "source <(dpctl completion bash)"),
    "fish": (["--no-config", "-i"], "dpctl completion fish | source"),
    "zsh": (["-f", "-i"], "autoload -Uz compinit; compinit -D; source <(dpctl completion zsh)"),
}

# What is asked for completion goes to dpctl; any other line only shows its words.
COMMAND = """#!/bin/sh
case $1 in __complete | completion) exec {program} "$@" ;; esac
printf 'got'
printf ' <%s>' "$@"
echo ' .'
"""

KUBECONFIG = """apiVersion: v1
kind: Config
clusters: [{name: c, cluster: {server: "https://127.0.0.1:1"}}]
contexts: [{name: "arn:cluster/east", context: {cluster: c}}, {name: west, context: {cluster: c}}]
"""

LINES = {
    "a command": ("dpctl migra", "<migrate>"),
    "a command of a group": ("dpctl migrate stat", "<migrate> <status>"),
    "a flag": ("dpctl up --force-c", "<up> <--force-conflicts>"),
    "the value of a flag": ("dpctl version -o js", "<version> <-o> <json>"),
    "the value of a flag behind an equals sign": ("dpctl version --output=js", "<version> <--output=json>"),
    "an argument": ("dpctl migrate apply click", "<migrate> <apply> <clickhouse>"),
    "a context whose name has a colon": ("dpctl status --context arn:c", "<status> <--context> <arn:cluster/east>"),
    "a file": ("dpctl up -f production.y", "<up> <-f> <production.yaml>"),
}


@pytest.fixture(params=sorted(SHELLS), scope="module")
def shell(request, dpctl_path, tmp_path_factory):
    folder = tmp_path_factory.mktemp(request.param)
    (folder / "production.yaml").touch()
    (folder / "kubeconfig").write_text(KUBECONFIG)
    (folder / "bin").mkdir()
    command = folder / "bin" / "dpctl"
    command.write_text(COMMAND.format(program=dpctl_path))
    command.chmod(0o755)
    arguments, setup = SHELLS[request.param]
    env = {"PATH": f"{command.parent}:/usr/bin:/bin", "HOME": str(folder), "TERM": "dumb", "LANG": "C.UTF-8", "KUBECONFIG": str(folder / "kubeconfig")}
    child = pexpect.spawn(shutil.which(request.param), arguments, env=env, cwd=str(folder), encoding="utf-8", dimensions=(40, 300), timeout=20)
    child.sendline(f"{setup}; dpctl is ready")
    child.expect_exact("got <is> <ready> .")
    yield child
    child.close(force=True)


@pytest.mark.parametrize("what", LINES)
def test_the_shell_completes(shell, what):
    typed, words = LINES[what]
    shell.send(typed + "\t")
    shell.send("\r")
    shell.expect(r"got ([^\r\n]*) \.\r")
    assert shell.match.group(1) == words
