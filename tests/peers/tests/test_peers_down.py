"""`peers down` leaves nothing of a lab behind, whatever died before.

Each test has a lab of its own beside the shared one.
"""

import json
import os
import shutil
import signal
import subprocess
import tempfile
import time
from pathlib import Path

import pytest
from lab import cgroups, images, netns, process, stand
from lab.settings import State

PEERS_TOOL = Path(__file__).resolve().parent.parent / "peers"


class Lab:
    """A lab in a state folder of its own, driven only through the tool."""

    def __init__(self, root):
        self.state = State(str(root))
        self.env = dict(os.environ, DPCTL_PEERS_STATE=str(root))
        self.netns_inode = None

    def tool(self, *arguments, check=True):
        done = subprocess.run(
            [PEERS_TOOL, *arguments], env=self.env, capture_output=True, text=True, timeout=300
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    def pid(self, name):
        found = process.remembered(self.state, name)
        assert found, f"{name} is not running"
        return found.pid

    def kill(self, name):
        os.kill(self.pid(name), signal.SIGKILL)

    def with_pods(self):
        self.tool("up", "node", "registry")
        self.tool(
            "shell",
            "--",
            "kubectl",
            "create",
            "deployment",
            "web",
            "--replicas=2",
            f"--image={images.reference('busybox')}",
            "--",
            "sleep",
            "1000",
        )
        self.tool("shell", "--", "kubectl", "rollout", "status", "deployment/web", "--timeout=120s")
        return self

    def leftovers(self):
        """Everything on the machine that still belongs to the lab, as text; the evidence is taken afresh from
        the kernel.
        """
        root, name = str(self.state.root), self.state.name
        found = [f"mount {point}" for point in stand.mounts_below(self.state.root)]
        found += [f"namespace {entry}" for entry in os.listdir("/run/netns") if entry == name]
        found += [f"control group {group}" for group in cgroups.roots(self.state) if group.exists()]
        for entry in filter(str.isdigit, os.listdir("/proc")):
            try:
                words = Path("/proc", entry, "cmdline").read_bytes()
                inside = os.stat(f"/proc/{entry}/ns/net").st_ino == self.netns_inode
                grouped = name in Path("/proc", entry, "cgroup").read_text()
            except OSError:
                continue
            if root.encode() in words or inside or grouped:
                found.append(
                    f"process {entry} {words.replace(bytes(1), b' ')[:200].decode(errors='replace')}"
                )
        for folder in ("/var/lib/cni/results", "/var/log/containers"):
            for entry in Path(folder).glob("*") if Path(folder).is_dir() else []:
                if name in entry.name or entry.is_symlink() and os.readlink(entry).startswith(root):
                    found.append(str(entry))
        return found


@pytest.fixture
def lab():
    # Not below pytest's own folder, which lets nobody but root through: PostgreSQL runs as another user.
    root = Path(tempfile.mkdtemp(prefix="dpctl-lab-", dir="/var/tmp"))
    root.chmod(0o755)
    made = Lab(root)
    yield made
    made.tool("down", check=False)
    shutil.rmtree(root)


def down_leaves_nothing(lab):
    lab.netns_inode = netns.inode(lab.state)
    shims = [found for found in process.marked(lab.state)]
    assert len(lab.leftovers()) > 10  # the evidence is able to see a lab
    lab.tool("down")
    assert lab.leftovers() == []
    assert not any(found.alive() for found in shims)
    assert sorted(os.listdir(lab.state.root)) == ["lock", "logs"]


def test_down_removes_a_node_with_running_pods(lab):
    lab.with_pods()
    down_leaves_nothing(lab)


def test_down_after_containerd_was_killed(lab):
    lab.with_pods()
    lab.kill("containerd")
    down_leaves_nothing(lab)


def test_down_after_kubelet_and_api_server_were_killed(lab):
    lab.with_pods()
    lab.kill("kubelet")
    lab.kill("kube-apiserver")
    down_leaves_nothing(lab)


def test_down_after_containerd_was_frozen(lab):
    lab.with_pods()
    os.kill(lab.pid("containerd"), signal.SIGSTOP)
    down_leaves_nothing(lab)


def test_down_after_the_tool_was_killed_in_the_middle_of_up(lab):
    starting = subprocess.Popen([PEERS_TOOL, "up"], env=lab.env, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 60
    while not process.remembered(lab.state, "kube-apiserver") and time.monotonic() < deadline:
        time.sleep(0.02)
    starting.kill()
    starting.wait()
    down_leaves_nothing(lab)


def test_down_finds_a_server_whose_record_was_lost(lab):
    lab.tool("up", "redis", "postgres")
    for record in lab.state.path("run").glob("*.json"):
        record.unlink()
    lab.netns_inode = netns.inode(lab.state)
    lab.tool("down")
    assert lab.leftovers() == []


def test_down_spares_a_process_that_got_a_recycled_id(lab):
    lab.tool("up", "redis")
    stranger = subprocess.Popen(["sleep", "600"])
    try:
        record = lab.state.path("run", "redis.json")
        told = json.loads(record.read_text())
        lab.kill("redis")
        told["pid"] = stranger.pid  # as if the kernel had given the dead server's id to somebody else
        record.write_text(json.dumps(told))
        lab.tool("down")
        assert stranger.poll() is None
    finally:
        stranger.kill()
        stranger.wait()


def test_up_starts_again_only_what_died(lab):
    lab.tool("up", "node", "registry")
    before = {name: lab.pid(name) for name in ("etcd", "kube-apiserver", "registry")}
    lab.kill("kubelet")
    lab.kill("containerd")
    lab.tool("up", "node", "registry")
    assert {name: lab.pid(name) for name in before} == before
    assert lab.pid("kubelet") and lab.pid("containerd")


def test_down_twice_and_down_of_nothing_are_fine(lab):
    lab.tool("down")
    lab.tool("down")
    assert not netns.exists(lab.state)


def test_a_peer_that_cannot_start_is_named_with_the_end_of_its_log(lab):
    lab.tool("up", "redis")
    lab.kill("redis")
    listen = (
        "import socket; s = socket.create_server(('10.99.0.1', 6379)); print('taken', flush=True); input()"
    )
    thief = subprocess.Popen(
        [PEERS_TOOL, "shell", "--", "/usr/bin/python3", "-c", listen],
        env=lab.env,
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    try:
        assert thief.stdout.readline() == b"taken\n"
        done = lab.tool("up", "redis", check=False)
    finally:
        thief.communicate(b"\n")
    assert done.returncode == 1
    assert "redis            failed" in done.stderr and "Address already in use" in done.stderr
