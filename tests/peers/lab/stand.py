"""All peers together: what starts before what, what is ready, and how nothing is left behind."""

import concurrent.futures
import contextlib
import fcntl
import os
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from . import (
    addons,
    builds,
    cgroups,
    clickhouse,
    kafka,
    netns,
    node,
    postgres,
    process,
    redis,
    registry,
)
from .api import Api
from .settings import OWNER_VARIABLE, PeerError, State


@dataclass(frozen=True)
class Peer:
    up: Callable[[State], None]
    stop: Callable[[State], None] | None  # None: it ends with the node that runs it
    processes: tuple[str, ...]
    needs: tuple[str, ...] = ()


PEERS: dict[str, Peer] = {
    "node": Peer(node.up, node.stop, tuple(node.PARTS)),
    "registry": Peer(registry.up, registry.stop, ("registry",)),
    "coredns": Peer(addons.coredns, None, (), ("node", "registry")),
    "metrics-server": Peer(addons.metrics_server, None, (), ("node", "registry")),
    "kafka": Peer(kafka.up, kafka.stop, ("kafka",)),
    "clickhouse": Peer(clickhouse.up, clickhouse.stop, ("clickhouse",)),
    "postgres": Peer(postgres.up, postgres.stop, ("postgres",)),
    "redis": Peer(redis.up, redis.stop, ("redis",)),
}


def with_needs(names: list[str]) -> list[str]:
    """The names and everything they stand on, in the order of the table."""
    wanted = set(names)
    for name in names:
        wanted.update(PEERS[name].needs)
    return [name for name in PEERS if name in wanted]


@contextlib.contextmanager
def _locked(state: State) -> Iterator[None]:
    """One `up` or `down` at a time; the second one waits and then finds the work done."""
    state.make()
    with open(state.path("lock"), "w", encoding="utf-8") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


def up(state: State, names: list[str], report: Callable[[str, float, Exception | None], None]) -> bool:
    """Starts the peers and waits until each is ready. The calling thread is in the namespace afterwards."""
    with _locked(state):
        if not netns.exists(state) or not process.all_records(state):
            _clean(state)
            shutil.rmtree(state.path("logs"), ignore_errors=True)
        # Commands that prepare a server (initdb, ctr, openssl) carry the mark as well, should this run be
        # killed beside them.
        os.environ[OWNER_VARIABLE] = state.name
        cgroups.create(state)
        netns.create(state)
        netns.enter(state)
        netns.configure_inside()
        _link_tools(state)
        return _start_all(state, with_needs(names), report)


def _start_all(
    state: State, names: list[str], report: Callable[[str, float, Exception | None], None]
) -> bool:
    failed: set[str] = set()

    def one(name: str, needed: list[concurrent.futures.Future]) -> None:
        for future in needed:
            future.result()
        began = time.monotonic()
        try:
            broken = [need for need in PEERS[name].needs if need in failed]
            if broken:
                raise PeerError(f"not started: it needs {' and '.join(broken)}")
            PEERS[name].up(state)
            report(name, time.monotonic() - began, None)
        except (PeerError, OSError, subprocess.SubprocessError) as error:
            failed.add(name)
            report(name, time.monotonic() - began, error)

    futures: dict[str, concurrent.futures.Future] = {}
    with concurrent.futures.ThreadPoolExecutor(max_workers=len(PEERS)) as pool:
        for name in names:  # what a peer needs stands before it in the table
            futures[name] = pool.submit(one, name, [futures[need] for need in PEERS[name].needs])
    for future in futures.values():
        future.result()  # a mistake of the lab's own is no failed peer: let it be seen
    return not failed


def _link_tools(state: State) -> None:
    """A folder for PATH with the tools that are built, under the names that people type."""
    folder = state.make("bin")
    for name, recipe in (("kubectl", "tools"), ("helm", "tools"), ("helm3", "tools"), ("kapp", "kapp")):
        link = folder / name
        if not builds.missing([recipe]):
            fresh = folder / f".{name}"
            fresh.unlink(missing_ok=True)
            fresh.symlink_to(builds.tool(name))
            fresh.rename(link)


def down(state: State) -> list[str]:
    """Ends everything that belongs to the lab; returns what would not go, which is nothing unless the kernel
    is stuck.
    """
    with _locked(state):
        return _clean(state)


def _clean(state: State) -> list[str]:
    with concurrent.futures.ThreadPoolExecutor() as pool:
        list(pool.map(lambda peer: peer.stop(state), [peer for peer in PEERS.values() if peer.stop]))
    # What no record names any more: a server whose record was not written in time, a shim of a containerd
    # that was killed.
    strays = {found.pid: found for found in process.marked(state)}
    strays.update(
        {
            pid: found
            for pid in cgroups.members(state)
            if pid != os.getpid() and (found := process.identify(pid))
        }
    )
    process.end(list(strays.values()), patience=0.5)
    mounts = [f"mount {point}" for point in _unmount_below(state.root)]
    netns.delete(state)
    groups = [f"control group {root}" for root in cgroups.remove(state)]
    # Never through a mount; but what an earlier life left must not be taken for a server's data by the next.
    if not mounts:
        _empty(state)
    return mounts + groups


def mounts_below(root: Path) -> list[str]:
    """Mount points below `root`, deepest last."""
    found = []
    for line in Path("/proc/self/mountinfo").read_text().splitlines():
        point = line.split()[4].encode().decode("unicode_escape")  # spaces are written \\040
        if point.startswith(f"{root}/"):
            found.append(point)
    return found


def _unmount_below(root: Path) -> list[str]:
    for point in reversed(mounts_below(root)):
        subprocess.run(["umount", "--lazy", point], capture_output=True)
    return mounts_below(root)


def _empty(state: State) -> None:
    """Removes all state but the logs, which a person may still want to read."""
    for entry in state.root.iterdir():
        if entry.name in ("logs", "lock"):
            continue
        if entry.is_dir() and not entry.is_symlink():
            shutil.rmtree(entry, ignore_errors=True)
        else:
            entry.unlink(missing_ok=True)


def status(state: State) -> list[dict]:
    """One row per peer: running, partial or stopped, with its processes. Enters the namespace if there is
    one.
    """
    inside = netns.exists(state)
    if inside:
        netns.enter(state)
    rows = []
    for name, peer in PEERS.items():
        pids = {part: found.pid for part in peer.processes if (found := process.remembered(state, part))}
        if peer.processes:
            word = "running" if len(pids) == len(peer.processes) else "partial" if pids else "stopped"
        else:
            word = _addon_state(state, name) if inside else "stopped"
        rows.append(
            {
                "name": name,
                "state": word,
                "processes": pids,
                "rssBytes": sum(_rss(pid) for pid in pids.values()),
                "built": not builds.missing(builds.TARGETS[name]),
            }
        )
    return rows


def _addon_state(state: State, name: str) -> str:
    try:
        deployment = Api(state).get(f"/apis/apps/v1/namespaces/kube-system/deployments/{name}")
    except OSError:
        return "stopped"
    return "running" if deployment.get("status", {}).get("availableReplicas") else "partial"


def _rss(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text().split()[1]) * os.sysconf("SC_PAGE_SIZE")
    except (OSError, IndexError):
        return 0
