"""The command line of `peers`."""

import argparse
import contextlib
import json
import os
import subprocess
import sys
import threading
import time
from collections.abc import Collection
from pathlib import Path

from . import builds, cache, netns, relay, stand
from .settings import PeerError, State, built_dir, endpoints

_EPILOG = """\
names: node registry coredns metrics-server kafka clickhouse postgres redis
       `build` also knows oracles: helm, helm3, kubectl, kapp

examples:
  peers build                       build whatever is missing (the first time about 15 minutes on two cores)
  peers up                          start everything; a second run starts what is not running
  peers up node registry            a cluster and a registry, nothing else
  peers shell                       a shell in the lab's namespace: KUBECONFIG set, kubectl and helm on PATH
  peers shell -- kubectl get pods   one command there
  peers logs kube-apiserver -f      follow a server's log; `peers logs` lists them
  peers down                        end every process; remove every mount, namespace and control group

environment:
  DPCTL_PEERS_STATE   state folder, default /var/tmp/dpctl-peers; two folders are two labs that do not meet
  DPCTL_CACHE         folder of built programs, default ~/.cache/dpctl
  DPCTL_PEERS_REDIS_PASSWORD   at the first `up`: the password that Redis asks for
  DPCTL_PEERS_KAFKA_JIT=full   start Kafka with the full compiler, for throughput figures
"""


def main(arguments: list[str]) -> int:
    options = _parser().parse_args(arguments)
    try:
        return options.run(options, State())
    except PeerError as error:
        print(f"peers: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("peers: interrupted; what was started goes on, 'peers down' ends it", file=sys.stderr)
        return 130
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="peers",
        description="Runs the real peers of the tests in one network namespace.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    verbs = parser.add_subparsers(metavar="VERB", required=True)

    def verb(name: str, run, text: str) -> argparse.ArgumentParser:
        added = verbs.add_parser(name, help=text, description=text)
        added.set_defaults(run=run)
        return added

    build = verb("build", _build, "build what is missing")
    build.add_argument(
        "names", nargs="*", metavar="NAME", help=f"of {', '.join(builds.TARGETS)}; default all"
    )
    up = verb("up", _up, "start peers and wait until they are ready")
    up.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(stand.PEERS)}; default all")
    verb("down", _down, "end everything that was started")
    status = verb("status", _status, "what runs, what is built, how large the cache is")
    status.add_argument("-o", "--output", choices=["table", "json"], default="table")
    shell = verb("shell", _shell, "run a command, or a shell, inside the lab's namespace")
    shell.add_argument("command", nargs=argparse.REMAINDER, metavar="-- CMD")
    logs = verb("logs", _logs, "print a server's log; without a name, list them")
    logs.add_argument("name", nargs="?")
    logs.add_argument("-f", "--follow", action="store_true")
    verb("env", _env, "print the endpoints as KEY=VALUE lines")
    which = verb("which", _which, "print where a tool is: helm, helm3, kubectl, kapp, go, python, pytest")
    which.add_argument("tool")
    distance = verb(
        "relay", _relay, "relay TCP inside the namespace with a delay each way, handshake included"
    )
    distance.add_argument(
        "--delay-ms", type=float, default=25.0, help="one way, in milliseconds (default %(default)s)"
    )
    distance.add_argument("listen", help="HOST:PORT to listen on")
    distance.add_argument("target", help="HOST:PORT to connect to")
    return parser


def _names(given: list[str], known: Collection[str]) -> list[str]:
    unknown = [name for name in given if name not in known]
    if unknown:
        raise PeerError(f"unknown peer '{unknown[0]}'; known are {', '.join(known)}")
    return given or list(known)


def _need_root() -> None:
    if os.geteuid() != 0:
        raise PeerError("network namespaces and containers take root: run it as root")


def _build(options: argparse.Namespace, _: State) -> int:
    _build_missing(_names(options.names, builds.TARGETS))
    return 0


def _build_missing(targets: list[str]) -> None:
    lock = threading.Lock()

    def report(name: str, seconds: float) -> None:
        with lock:
            print(f"built {name:<16} {seconds:6.1f} s", flush=True)

    builds.build(targets, report)


def _up(options: argparse.Namespace, state: State) -> int:
    _need_root()
    names = _names(options.names, stand.PEERS)
    _build_missing(stand.with_needs(names))
    lock = threading.Lock()

    def report(name: str, seconds: float, error: Exception | None) -> None:
        with lock:
            if error is None:
                print(f"{name:<16} ready  {seconds:6.1f} s", flush=True)
            else:
                print(f"{name:<16} failed {seconds:6.1f} s\n{error}", file=sys.stderr, flush=True)

    return 0 if stand.up(state, names, report) else 1


def _down(_: argparse.Namespace, state: State) -> int:
    _need_root()
    left = stand.down(state)
    for thing in left:
        print(f"peers: could not remove {thing}", file=sys.stderr)
    if not left:
        print(f"nothing of the lab is left but {state.path('logs')}")
    return 1 if left else 0


def _status(options: argparse.Namespace, state: State) -> int:
    rows = stand.status(state)
    folders = {"built": built_dir()}
    with contextlib.suppress(PeerError):  # without Go there is no Go cache to measure
        places = subprocess.run(
            [builds.go(), "env", "GOCACHE", "GOMODCACHE"], capture_output=True, text=True
        ).stdout.split()
        folders.update(zip(("goBuild", "goModules"), map(Path, places), strict=True))
    sizes = cache.sizes(folders)
    if options.output == "json":
        print(
            json.dumps(
                {
                    "state": str(state.root),
                    "namespace": state.name,
                    "up": netns.exists(state),
                    "peers": rows,
                    "cacheBytes": sizes,
                },
                indent=2,
            )
        )
        return 0
    print(f"{'NAME':<16} {'STATE':<8} {'BUILT':<6} {'MEMORY':>9}  PROCESSES")
    for row in rows:
        pids = " ".join(f"{name}={pid}" for name, pid in row["processes"].items())
        memory = f"{row['rssBytes'] / 1e6:.0f} MB" if row["rssBytes"] else "-"
        print(f"{row['name']:<16} {row['state']:<8} {'yes' if row['built'] else 'no':<6} {memory:>9}  {pids}")
    print(f"\nstate {state.root}, namespace {state.name} ({'up' if netns.exists(state) else 'down'})")
    print(
        "cache "
        + ", ".join(f"{name} {size / 1e9:.1f} GB" for name, size in sizes.items())
        + f" ({built_dir()})"
    )
    return 0


def _shell(options: argparse.Namespace, state: State) -> int:
    _need_root()
    netns.enter(state)
    command = options.command[1:] if options.command[:1] == ["--"] else options.command
    if not command:
        command = [os.environ.get("SHELL") or "/bin/sh"]
    environment = dict(os.environ, **endpoints(state))
    environment["PATH"] = f"{state.path('bin')}:{environment.get('PATH', '/usr/bin:/bin')}"
    # A proxy of the outside world is out of reach in here.
    for name in ("http_proxy", "https_proxy", "all_proxy"):
        environment.pop(name, None)
        environment.pop(name.upper(), None)
    try:
        os.execvpe(command[0], command, environment)
    except OSError as error:
        raise PeerError(f"cannot run {command[0]}: {error.strerror}") from error


def _logs(options: argparse.Namespace, state: State) -> int:
    folder = state.path("logs")
    known = sorted(file.stem for file in folder.glob("*.log"))
    if not options.name:
        print("\n".join(known))
        return 0
    file = folder / f"{options.name}.log"
    if not file.exists():
        raise PeerError(f"no log named '{options.name}'; there are {', '.join(known) or 'none'}")
    with open(file, "rb") as log:
        while True:
            piece = log.read(65536)
            if piece:
                sys.stdout.buffer.write(piece)
                sys.stdout.buffer.flush()
            elif options.follow:
                time.sleep(0.2)
            else:
                return 0


def _env(_: argparse.Namespace, state: State) -> int:
    for name, value in endpoints(state).items():
        print(f"{name}={value}")
    return 0


def _which(options: argparse.Namespace, _: State) -> int:
    print(builds.tool(options.tool))
    return 0


def _relay(options: argparse.Namespace, state: State) -> int:
    if netns.exists(state):
        netns.enter(state)
    try:
        relay.run(options.listen, options.target, options.delay_ms)
    except (ValueError, OSError) as error:
        raise PeerError(f"relay: {error}") from error
    return 0
