"""Redis of Debian. Open by default; DPCTL_PEERS_REDIS_PASSWORD at the first `up` gives it that password."""

import os
import shutil
import socket

from . import process
from .settings import NODE_IP, REDIS_PORT, PeerError, State, write


def up(state: State) -> None:
    program = shutil.which("redis-server")
    if program is None:
        raise PeerError("redis-server is not installed (Debian package redis-server): run scripts/setup.sh")
    folder = state.make("redis")
    kept = state.make("secrets", mode=0o700) / "redis"
    if os.environ.get("DPCTL_PEERS_REDIS_PASSWORD"):
        kept.touch(mode=0o600)
        kept.write_text(os.environ["DPCTL_PEERS_REDIS_PASSWORD"])
    configuration = write(
        folder / "redis.conf",
        f'bind {NODE_IP}\nport {REDIS_PORT}\nprotected-mode no\ndir {folder}\nsave ""\nappendonly no\n'
        + (f"requirepass {kept.read_text()}\n" if kept.exists() else ""),
        mode=0o600,
    )
    process.start(state, "redis", [program, str(configuration)], cwd=folder)
    process.wait_ready(state, "redis", lambda: call(state, "PING") == b"+PONG\r\n")


def call(state: State, *words: str) -> bytes:
    """Sends one command and returns the first piece of the raw answer."""
    with socket.create_connection((NODE_IP, REDIS_PORT), 5) as connection:
        kept = state.path("secrets", "redis")
        if kept.exists():
            connection.sendall(_encode("AUTH", kept.read_text()))
            connection.recv(4096)
        connection.sendall(_encode(*words))
        return connection.recv(65536)


def _encode(*words: str) -> bytes:
    parts = [f"*{len(words)}\r\n".encode()]
    for word in words:
        data = word.encode()
        parts.append(f"${len(data)}\r\n".encode() + data + b"\r\n")
    return b"".join(parts)


def stop(state: State) -> None:
    process.stop(state, ["redis"], patience=2.0)
