"""Servers as processes: started in the lab's group, remembered and ended by id and start time."""

import contextlib
import json
import os
import signal
import subprocess
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import cgroups
from .settings import OWNER_VARIABLE, PeerError, State


@dataclass(frozen=True)
class Process:
    """A process that cannot be mistaken for a later one with the same id."""

    pid: int
    start: int  # clock ticks after boot, field 22 of /proc/PID/stat

    def alive(self) -> bool:
        stat = _stat(self.pid)
        return stat is not None and stat == (self.start, True)

    def send(self, number: int) -> None:
        if not self.alive():
            return
        with contextlib.suppress(ProcessLookupError):
            os.kill(self.pid, number)


def _stat(pid: int) -> tuple[int, bool] | None:
    """(start time, still running) of a process, None when there is none."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_bytes().rpartition(b") ")[2].split()
    except OSError:
        return None
    return int(fields[19]), fields[0] not in (b"Z", b"X")


def identify(pid: int) -> Process | None:
    stat = _stat(pid)
    return Process(pid, stat[0]) if stat and stat[1] else None


def remembered(state: State, name: str) -> Process | None:
    """The running process that was started under this name."""
    try:
        record = json.loads(state.path("run", f"{name}.json").read_text())
        process = Process(record["pid"], record["start"])
    except (OSError, ValueError, KeyError):
        return None
    return process if process.alive() else None


def start(
    state: State,
    name: str,
    command: list[str],
    *,
    cwd: Path | None = None,
    environment: dict[str, str] | None = None,
) -> Process:
    """Starts a server, or returns the one that runs already. Its output goes to logs/NAME.log."""
    running = remembered(state, name)
    if running:
        return running
    log = state.make("logs") / f"{name}.log"
    env = {key: value for key, value in os.environ.items() if key not in ("KUBECONFIG", "NOTIFY_SOCKET")}
    env.update(environment or {})
    env[OWNER_VARIABLE] = state.name
    # The shell puts itself into the group and then becomes the server: no moment in which the server is
    # outside.
    joined = ["/bin/sh", "-c", 'echo $$ >"$0" && exec "$@"', str(cgroups.servers_file(state)), *command]
    with open(log, "ab") as output:
        child = subprocess.Popen(
            joined,
            cwd=cwd or state.root,
            env=env,
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )
    process = identify(child.pid)
    if process is None:
        raise PeerError(f"{name} ended at once\n{tail(log)}")
    record = state.make("run") / f"{name}.json"
    fresh = record.with_suffix(".new")
    fresh.write_text(json.dumps({"pid": process.pid, "start": process.start, "command": command[0]}))
    fresh.rename(record)
    _children[process.pid] = child
    return process


# Children of this very run; polling one reaps it, so that a server which died is seen as dead and not as
# a zombie.
_children: dict[int, subprocess.Popen] = {}


def ended(process: Process) -> bool:
    child = _children.get(process.pid)
    if child is not None:
        child.poll()
    return not process.alive()


def wait_ready(state: State, name: str, ready: Callable[[], bool], timeout: float = 180.0) -> None:
    """Polls `ready` until it holds; fails early, with the log's end, when the process named `name` dies."""
    deadline = time.monotonic() + timeout
    pause = 0.02
    reason = ""
    while True:
        try:
            if ready():
                return
        except (OSError, ValueError, subprocess.SubprocessError) as error:
            reason = str(error)
        process = remembered(state, name)
        if process is None or ended(process):
            raise PeerError(f"{name} ended while it was starting\n{tail(state.path('logs', name + '.log'))}")
        if time.monotonic() > deadline:
            detail = f" ({reason})" if reason else ""
            raise PeerError(
                f"{name} was not ready after {timeout:.0f} s{detail}\n"
                f"{tail(state.path('logs', name + '.log'))}"
            )
        time.sleep(pause)
        pause = min(pause * 1.5, 0.25)


def stop(state: State, names: list[str], patience: float = 3.0) -> None:
    """Asks the servers to end, all at once, and after `patience` seconds ends them."""
    processes = [process for name in names if (process := remembered(state, name))]
    end(processes, patience)
    for name in names:
        state.path("run", f"{name}.json").unlink(missing_ok=True)


def end(processes: list[Process], patience: float) -> list[Process]:
    """SIGTERM, then SIGKILL after `patience` seconds; returns those that would not go."""
    if patience > 0:
        for process in processes:
            process.send(signal.SIGTERM)
        _wait(processes, patience)
    for process in processes:
        process.send(signal.SIGKILL)
    _wait(processes, 5.0)
    return [process for process in processes if not ended(process)]


def _wait(processes: list[Process], patience: float) -> None:
    deadline = time.monotonic() + patience
    while time.monotonic() < deadline and not all(ended(process) for process in processes):
        time.sleep(0.02)


def all_records(state: State) -> list[str]:
    return (
        sorted(file.stem for file in state.path("run").glob("*.json")) if state.path("run").is_dir() else []
    )


def marked(state: State) -> list[Process]:
    """Every process that carries the lab's mark in its environment: servers, their helpers, containerd's
    shims.
    """
    wanted = f"{OWNER_VARIABLE}={state.name}".encode()
    found = []
    for entry in os.listdir("/proc"):
        if not entry.isdigit() or int(entry) == os.getpid():
            continue
        try:
            environment = Path("/proc", entry, "environ").read_bytes().split(b"\0")
        except OSError:
            continue
        if wanted in environment and (process := identify(int(entry))):
            found.append(process)
    return found


def tail(log: Path, lines: int = 25) -> str:
    try:
        with open(log, "rb") as file:
            file.seek(max(0, log.stat().st_size - 16384))
            text = file.read().decode(errors="replace").splitlines()[-lines:]
    except OSError:
        return f"(no log at {log})"
    return "\n".join(f"  {line[:400]}" for line in text)
