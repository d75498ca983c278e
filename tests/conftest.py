"""Fixtures of every Python test: the lab of tests/peers, and commands that run against it.

The lab is shared by the whole run. The `peers` fixture starts what is not running and moves the test
process itself into the lab's network namespace, so that a test's own sockets and every command it starts
see what a machine in the lab sees. It stops the lab at the end only when it was down before.
"""

import json
import os
import subprocess
import sys
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

TESTS = Path(__file__).resolve().parent
ROOT = TESTS.parent
sys.path.insert(0, str(TESTS / "peers"))

from lab import builds, netns, settings  # noqa: E402
from lab.api import Api  # noqa: E402

PEERS_TOOL = TESTS / "peers" / "peers"


class Peers:
    """The running lab, seen from inside."""

    def __init__(self, state: settings.State):
        self.state = state
        self.endpoints = settings.endpoints(state)
        self.api = Api(state)
        self.env = dict(os.environ, **self.endpoints)
        self.env["PATH"] = f"{state.path('bin')}:{self.env.get('PATH', '/usr/bin:/bin')}"

    def run(
        self,
        *command: str | Path,
        check: bool = False,
        timeout: float = 120,
        input: str | None = None,  # noqa: A002
        cwd: Path | None = None,
        env: dict[str, str] | None = None,
    ) -> subprocess.CompletedProcess[str]:
        """Runs a command with the lab's endpoints in its environment; with `check`, a failure shows what the
        command said.
        """
        done = subprocess.run(
            [str(word) for word in command],
            capture_output=True,
            text=True,
            timeout=timeout,
            input=input,
            cwd=cwd,
            env=dict(self.env, **(env or {})),
        )
        if check and done.returncode != 0:
            pytest.fail(
                f"{' '.join(map(str, command))}: exit {done.returncode}\n{done.stdout}{done.stderr}",
                pytrace=False,
            )
        return done

    def tool(
        self, *arguments: str, check: bool = True, timeout: float = 300
    ) -> subprocess.CompletedProcess[str]:
        """Runs tests/peers/peers."""
        return self.run(PEERS_TOOL, *arguments, check=check, timeout=timeout)

    def audit_mark(self) -> int:
        """A place in the audit log; what is written later comes after it."""
        return self.state.audit_log.stat().st_size

    def audited(self, since: int, user: str = "admin") -> list[dict]:
        """The API requests of one user since a mark, in the order in which they ended."""
        with open(self.state.audit_log, "rb") as log:
            log.seek(since)
            lines = log.read().splitlines()
        events = [json.loads(line) for line in lines if line.endswith(b"}")]
        return [event for event in events if event["user"].get("username") == user]

    def writes(self, since: int, user: str = "admin") -> list[dict]:
        """The requests that changed, or tried to change, something; a dry run is none."""
        verbs = {"create", "update", "patch", "delete", "deletecollection"}
        return [
            event
            for event in self.audited(since, user)
            if event["verb"] in verbs
            and "dryRun=" not in event["requestURI"]
            and not event["requestURI"].startswith("/apis/authorization.k8s.io/")
        ]


def pytest_configure(config: pytest.Config) -> None:
    config.addinivalue_line("markers", "node: uses the lab's Kubernetes node; set by itself, so that -m can choose")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if "peers" in item.fixturenames or TESTS / "peers" in item.path.parents:
            item.add_marker("node")


@pytest.fixture(scope="session")
def peers() -> Iterator[Peers]:
    state = settings.State()
    was_up = netns.exists(state)
    done = subprocess.run([PEERS_TOOL, "up"], capture_output=True, text=True)
    if done.returncode != 0:
        pytest.fail(f"the lab did not come up:\n{done.stdout}{done.stderr}", pytrace=False)
    netns.enter(state)
    yield Peers(state)
    if not was_up:
        subprocess.run([PEERS_TOOL, "down"], check=True)


@pytest.fixture(scope="session")
def kubectl(peers: Peers) -> Callable[..., subprocess.CompletedProcess[str]]:
    """kubectl("get", "pods", ...): fails the test when the command fails, unless check=False."""
    program = builds.tool("kubectl")

    def run(*arguments: str, check: bool = True, **options) -> subprocess.CompletedProcess[str]:
        return peers.run(program, *arguments, check=check, **options)

    return run


@pytest.fixture(scope="session")
def helm(
    peers: Peers, tmp_path_factory: pytest.TempPathFactory
) -> Callable[..., subprocess.CompletedProcess[str]]:
    """helm(...) with folders of its own; fails the test when the command fails, unless check=False."""
    program = builds.tool("helm")
    home = tmp_path_factory.mktemp("helm")
    folders = {
        "HELM_CACHE_HOME": str(home / "cache"),
        "HELM_CONFIG_HOME": str(home / "config"),
        "HELM_DATA_HOME": str(home / "data"),
    }

    def run(
        *arguments: str, check: bool = True, env: dict[str, str] | None = None, **options
    ) -> subprocess.CompletedProcess[str]:
        return peers.run(program, *arguments, check=check, env={**folders, **(env or {})}, **options)

    return run


@pytest.fixture
def ns(kubectl: Callable[..., subprocess.CompletedProcess[str]]) -> Iterator[str]:
    """A fresh namespace; it goes away after the test, which does not wait for that."""
    name = f"t-{uuid.uuid4().hex[:10]}"
    kubectl("create", "namespace", name)
    yield name
    kubectl("delete", "namespace", name, "--wait=false")


@pytest.fixture(scope="session")
def dpctl_path() -> Path:
    """The program under test: $DPCTL, or the release build."""
    path = Path(os.environ.get("DPCTL") or ROOT / "build" / "release" / "cli" / "dpctl")
    if not os.access(path, os.X_OK):
        pytest.fail(
            f"no program at {path}: run 'cmake --build --preset release', or set DPCTL", pytrace=False
        )
    return path


@pytest.fixture
def dpctl(peers: Peers, dpctl_path: Path, tmp_path: Path) -> Callable[..., subprocess.CompletedProcess[str]]:
    """dpctl("plan", ...) inside the lab, with folders of the test's own; its exit code is not checked."""
    folders = {
        "XDG_CACHE_HOME": str(tmp_path / "cache"),
        "XDG_CONFIG_HOME": str(tmp_path / "config"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "NO_COLOR": "1",
    }

    def run(
        *arguments: str | Path, env: dict[str, str] | None = None, check: bool = False, **options
    ) -> subprocess.CompletedProcess[str]:
        return peers.run(dpctl_path, *arguments, check=check, env={**folders, **(env or {})}, **options)

    return run
