"""The lab's network namespace: no uplink, so nothing in it can reach past this machine."""

import ctypes
import os
import subprocess
from pathlib import Path

from .settings import NODE_IP, PeerError, State

CLONE_NEWNET = 0x40000000
_libc = ctypes.CDLL(None, use_errno=True)


def exists(state: State) -> bool:
    """True when the name stands for a namespace; after a reboot or a torn `ip netns del` it can be an empty
    file.
    """
    try:
        return os.stat(state.netns_file).st_dev != os.stat("/run").st_dev
    except FileNotFoundError:
        return False


def create(state: State) -> None:
    if not exists(state):
        state.netns_file.unlink(missing_ok=True)
        _run("ip", "netns", "add", state.name)
    # `ip -n` remounts the root, which a chroot has not.
    inside = ["nsenter", f"--net={state.netns_file}", "ip"]
    _run(*inside, "link", "set", "lo", "up")
    if subprocess.run([*inside, "link", "show", "node0"], capture_output=True).returncode != 0:
        # Some kernels have no `dummy` links; a bridge without ports holds an address as well.
        _run(*inside, "link", "add", "node0", "type", "bridge")
    _run(*inside, "addr", "replace", f"{NODE_IP}/24", "dev", "node0")
    _run(*inside, "link", "set", "node0", "up")
    # kube-proxy rewrites a Service's address after the route is chosen, so there must be one; it leads
    # nowhere.
    _run(*inside, "route", "replace", "default", "via", NODE_IP, "dev", "node0")


def enter(state: State) -> None:
    """Moves this thread, and every process and thread it starts from now on, into the namespace."""
    if not exists(state):
        raise PeerError("the lab is not up: run 'peers up' first")
    descriptor = os.open(state.netns_file, os.O_RDONLY | os.O_CLOEXEC)
    try:
        if _libc.setns(descriptor, CLONE_NEWNET) != 0:
            error = ctypes.get_errno()
            raise PeerError(
                f"cannot enter network namespace {state.name}: {os.strerror(error)}; it takes root"
            )
    finally:
        os.close(descriptor)


def configure_inside() -> None:
    """Kernel switches of the namespace this process is in."""
    Path("/proc/sys/net/ipv4/ip_forward").write_text("1")


def delete(state: State) -> None:
    if exists(state):
        _run("ip", "netns", "del", state.name)
    state.netns_file.unlink(missing_ok=True)


def inode(state: State) -> int | None:
    return os.stat(state.netns_file).st_ino if exists(state) else None


def _run(*command: str) -> None:
    done = subprocess.run(command, capture_output=True, text=True)
    if done.returncode != 0:
        raise PeerError(f"'{' '.join(command)}' failed: {done.stderr.strip() or done.returncode}")
