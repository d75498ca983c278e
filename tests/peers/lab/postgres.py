"""PostgreSQL of Debian, as the system user postgres (it refuses root), with passwords over TCP."""

import os
import shutil
import subprocess
from pathlib import Path

from . import process
from .settings import NODE_IP, POSTGRES_PORT, USER, PeerError, State

_AS_POSTGRES = ["setpriv", "--reuid=postgres", "--regid=postgres", "--clear-groups"]


def programs() -> Path:
    versions = sorted(Path("/usr/lib/postgresql").glob("*/bin/postgres"), key=lambda path: int(path.parts[4]))
    if not versions:
        raise PeerError("PostgreSQL is not installed (Debian package postgresql): run scripts/setup.sh")
    return versions[-1].parent


def up(state: State) -> None:
    binaries = programs()
    folder = state.make("postgres")
    shutil.chown(folder, "postgres", "postgres")
    if subprocess.run([*_AS_POSTGRES, "test", "-w", str(folder)]).returncode != 0:
        raise PeerError(
            f"the system user postgres cannot reach {folder}: "
            "set DPCTL_PEERS_STATE to a folder whose parents everybody may enter"
        )
    data = folder / "data"
    if not data.exists():
        _initialise(state, binaries, folder, data)
    process.start(
        state,
        "postgres",
        [
            *_AS_POSTGRES,
            str(binaries / "postgres"),
            "-D",
            str(data),
            "-h",
            NODE_IP,
            "-p",
            str(POSTGRES_PORT),
            "-k",
            str(folder),
            "-c",
            "fsync=off",
            "-c",
            "max_connections=200",
            "-c",
            "log_min_messages=warning",
            "-c",
            "shared_buffers=64MB",
        ],
        cwd=folder,
    )

    def accepts() -> bool:
        return (
            subprocess.run(
                [str(binaries / "pg_isready"), "-q", "-h", NODE_IP, "-p", str(POSTGRES_PORT)]
            ).returncode
            == 0
        )

    process.wait_ready(state, "postgres", accepts)
    if psql(state, "SELECT 1 FROM pg_database WHERE datname = 'dpctl'", "postgres").strip() != "1":
        psql(state, f"CREATE DATABASE {USER} OWNER {USER}", "postgres")


def _initialise(state: State, binaries: Path, folder: Path, data: Path) -> None:
    """Makes the cluster beside its place and moves it there when it is complete: a run that ends in between
    leaves nothing that a later one takes for a cluster.
    """
    fresh = folder / "data.new"
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(state.password("postgres") + "\n")
    shutil.chown(password, "postgres", "postgres")
    shutil.rmtree(fresh, ignore_errors=True)
    done = subprocess.run(
        [
            *_AS_POSTGRES,
            str(binaries / "initdb"),
            "-D",
            str(fresh),
            "-U",
            USER,
            "--no-sync",
            "--auth=scram-sha-256",
            f"--pwfile={password}",
            "--encoding=UTF8",
            "--locale=C.UTF-8",
        ],
        cwd=folder,
        capture_output=True,
        text=True,
    )
    password.unlink()
    if done.returncode != 0:
        raise PeerError(f"initdb failed: {(done.stdout + done.stderr)[-2000:]}")
    with open(fresh / "pg_hba.conf", "a", encoding="utf-8") as file:
        file.write("host all all 10.0.0.0/8 scram-sha-256\n")
    fresh.rename(data)


def psql(state: State, sql: str, database: str = USER) -> str:
    """Runs SQL as the lab's user over TCP; returns the rows, unaligned."""
    environment = dict(os.environ, PGPASSWORD=state.password("postgres"))
    done = subprocess.run(
        [
            "psql",
            "-X",
            "-A",
            "-t",
            "-v",
            "ON_ERROR_STOP=1",
            "-h",
            NODE_IP,
            "-p",
            str(POSTGRES_PORT),
            "-U",
            USER,
            "-d",
            database,
            "-c",
            sql,
        ],
        env=environment,
        capture_output=True,
        text=True,
    )
    if done.returncode != 0:
        raise PeerError(f"psql: {done.stderr.strip()}")
    return done.stdout


def stop(state: State) -> None:
    # SIGTERM waits for the clients to leave; their connections are cut when patience ends.
    process.stop(state, ["postgres"], patience=2.0)
