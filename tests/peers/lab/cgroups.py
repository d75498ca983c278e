"""The lab's control groups: servers in one, the kubelet's pods in another, both below one root per state
folder.

Membership outlives a crash of everything that could remember it, so the root also tells `down` which
processes are the lab's.
"""

import contextlib
import os
import time
from pathlib import Path

from .settings import State


def mounts() -> list[tuple[str, Path, set[str]]]:
    """The mounted hierarchies as (type, mount point, controllers or options)."""
    found = []
    for line in Path("/proc/self/mounts").read_text().splitlines():
        _, point, kind, options = line.split()[:4]
        if kind in ("cgroup", "cgroup2"):
            found.append((kind, Path(point), set(options.split(","))))
    return found


def is_v2() -> bool:
    return any(kind == "cgroup2" and point == Path("/sys/fs/cgroup") for kind, point, _ in mounts())


def roots(state: State) -> list[Path]:
    return [point / state.name for _, point, _ in mounts()]


def create(state: State) -> None:
    """Makes the root in every hierarchy; the kubelet refuses to start when one is missing."""
    for kind, point, options in mounts():
        if kind == "cgroup2" and not is_v2():
            continue
        root = point / state.name
        root.mkdir(exist_ok=True)
        if "cpuset" in options:
            # A v1 cpuset starts empty and takes no process until both lists are filled in.
            for name in ("cpuset.cpus", "cpuset.mems"):
                (root / name).write_text((point / name).read_text())
        if kind == "cgroup2":
            for controller in (point / "cgroup.controllers").read_text().split():
                for folder in (point, root):
                    # The parent may keep a controller for itself; the kubelet names it if it needs it.
                    with contextlib.suppress(OSError):
                        (folder / "cgroup.subtree_control").write_text(f"+{controller}")
    servers_file(state).parent.mkdir(exist_ok=True)


def servers_file(state: State) -> Path:
    """Where a server writes its process id to become the lab's own."""
    if is_v2():
        return Path("/sys/fs/cgroup") / state.name / "servers" / "cgroup.procs"
    points = {option: point for kind, point, options in mounts() if kind == "cgroup" for option in options}
    base = points.get("pids") or points.get("name=systemd") or points["memory"]
    return base / state.name / "servers" / "cgroup.procs"


def members(state: State) -> set[int]:
    """Every process in any group of the lab."""
    found: set[int] = set()
    for root in roots(state):
        for folder, _, files in os.walk(root):
            if "cgroup.procs" in files:
                try:
                    found.update(int(line) for line in Path(folder, "cgroup.procs").read_text().split())
                except OSError:
                    continue  # removed while we walked
    found.discard(0)
    return found


def remove(state: State, patience: float = 5.0) -> list[Path]:
    """Removes the groups from the leaves up; returns the roots that are still there when patience ends."""
    deadline = time.monotonic() + patience
    while True:
        left = [root for root in roots(state) if not _remove_tree(root)]
        if not left or time.monotonic() > deadline:
            return left
        time.sleep(0.05)


def _remove_tree(root: Path) -> bool:
    for folder, _, _ in os.walk(root, topdown=False):
        with contextlib.suppress(OSError):  # a process is still leaving
            os.rmdir(folder)
    return not root.exists()
