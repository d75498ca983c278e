"""Images made from files: deterministic OCI layers from programs of this machine, pushed over the registry's
plain HTTP.

An image is a program, the closure of its shared libraries, and a few files of /etc. The same files give the
same digest.
"""

import hashlib
import io
import json
import os
import subprocess
import tarfile
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path

from . import builds
from .settings import PEERS, REGISTRY, PeerError

_MANIFEST = "application/vnd.oci.image.manifest.v1+json"
_CONFIG = "application/vnd.oci.image.config.v1+json"
_LAYER = "application/vnd.oci.image.layer.v1.tar"
_PATH = "PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
_NOBODY = 65532


def _digest(data: bytes) -> str:
    return "sha256:" + hashlib.sha256(data).hexdigest()


@dataclass
class Image:
    entrypoint: list[str]
    user: str = ""
    files: dict[str, tuple[bytes, int]] = field(default_factory=dict)  # path: (content, mode)
    links: dict[str, str] = field(default_factory=dict)

    def add(self, path: str, content: bytes, mode: int = 0o644) -> None:
        self.files[path.strip("/")] = (content, mode)

    def program(self, source: Path, path: str) -> None:
        """Adds a program at `path`, and its shared libraries where its loader looks for them."""
        self.add(path, source.read_bytes(), 0o755)
        for library in shared_libraries(source):
            self.add(library, Path(library).read_bytes(), 0o755)

    def accounts(self) -> None:
        self.add(
            "etc/passwd",
            f"root:x:0:0:root:/:/bin/sh\nnonroot:x:{_NOBODY}:{_NOBODY}:nonroot:/tmp:/bin/sh\n".encode(),
        )
        self.add("etc/group", f"root:x:0:\nnonroot:x:{_NOBODY}:\n".encode())
        self.add("etc/nsswitch.conf", b"passwd: files\ngroup: files\nhosts: files dns\n")

    def shell(self) -> None:
        """busybox and a link for each of its applets."""
        busybox = builds.output("busybox") / "busybox"
        self.program(busybox, "bin/busybox")
        for applet in subprocess.run(
            [busybox, "--list"], capture_output=True, text=True, check=True
        ).stdout.split():
            if applet != "busybox":
                self.links[f"bin/{applet}"] = "busybox"

    def _layer(self) -> bytes:
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as archive:
            folders = {"dev", "etc", "proc", "run", "sys", "tmp", "var", "data"}
            for path in [*self.files, *self.links]:
                folders.update(str(parent) for parent in Path(path).parents if str(parent) != ".")
            for folder in sorted(folders):
                entry = tarfile.TarInfo(folder)
                entry.type, entry.mode = tarfile.DIRTYPE, 0o1777 if folder in ("tmp", "data") else 0o755
                archive.addfile(entry)
            for path, (content, mode) in sorted(self.files.items()):
                entry = tarfile.TarInfo(path)
                entry.size, entry.mode = len(content), mode
                archive.addfile(entry, io.BytesIO(content))
            for path, destination in sorted(self.links.items()):
                entry = tarfile.TarInfo(path)
                entry.type, entry.linkname = tarfile.SYMTYPE, destination
                archive.addfile(entry)
        return buffer.getvalue()

    def blobs(self) -> tuple[bytes, bytes, bytes]:
        """(manifest, configuration, layer)."""
        layer = self._layer()
        config = json.dumps(
            {
                "architecture": "amd64",
                "os": "linux",
                "config": {
                    "Entrypoint": self.entrypoint,
                    "Env": [_PATH],
                    "User": self.user,
                    "WorkingDir": "/",
                },
                "rootfs": {"type": "layers", "diff_ids": [_digest(layer)]},
                "history": [{"created_by": "peers"}],
            },
            sort_keys=True,
        ).encode()
        manifest = json.dumps(
            {
                "schemaVersion": 2,
                "mediaType": _MANIFEST,
                "config": {"mediaType": _CONFIG, "digest": _digest(config), "size": len(config)},
                "layers": [{"mediaType": _LAYER, "digest": _digest(layer), "size": len(layer)}],
            },
            sort_keys=True,
        ).encode()
        return manifest, config, layer

    def write_archive(self, target: Path, reference: str) -> None:
        """An OCI archive as `ctr images import` takes it."""
        manifest, config, layer = self.blobs()
        index = json.dumps(
            {
                "schemaVersion": 2,
                "manifests": [
                    {
                        "mediaType": _MANIFEST,
                        "digest": _digest(manifest),
                        "size": len(manifest),
                        "annotations": {
                            "io.containerd.image.name": reference,
                            "org.opencontainers.image.ref.name": reference.rpartition(":")[2],
                        },
                    }
                ],
            }
        ).encode()
        entries = {"oci-layout": b'{"imageLayoutVersion":"1.0.0"}', "index.json": index}
        entries.update({f"blobs/sha256/{_digest(blob)[7:]}": blob for blob in (config, manifest, layer)})
        with tarfile.open(target, "w") as archive:
            for name, content in entries.items():
                entry = tarfile.TarInfo(name)
                entry.size = len(content)
                archive.addfile(entry, io.BytesIO(content))

    def push(self, name: str, tag: str, registry: str = REGISTRY) -> str:
        """Uploads what the registry lacks, from inside the namespace; returns the reference with digest."""
        manifest, config, layer = self.blobs()
        base = f"http://{registry}/v2/{name}"
        for blob in (config, layer):
            if _http("HEAD", f"{base}/blobs/{_digest(blob)}")[0] == 200:
                continue
            status, headers = _http("POST", f"{base}/blobs/uploads/", b"")
            if status != 202:
                raise PeerError(f"the registry refused an upload to {name}: HTTP {status}")
            place = headers["Location"]
            place += ("&" if "?" in place else "?") + f"digest={_digest(blob)}"
            status, _ = _http("PUT", place, blob, "application/octet-stream")
            if status != 201:
                raise PeerError(f"the registry refused a blob of {name}: HTTP {status}")
        status, _ = _http("PUT", f"{base}/manifests/{tag}", manifest, _MANIFEST)
        if status != 201:
            raise PeerError(f"the registry refused the manifest of {name}:{tag}: HTTP {status}")
        return f"{registry}/{name}@{_digest(manifest)}"


def _http(
    method: str,
    url: str,
    body: bytes | None = None,
    content_type: str | None = None,
    accept: str | None = None,
) -> tuple[int, dict]:
    request = urllib.request.Request(url, data=body, method=method)
    if accept:
        request.add_header("Accept", accept)
    if content_type:
        request.add_header("Content-Type", content_type)
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=60) as answer:
            return answer.status, dict(answer.headers)
    except urllib.error.HTTPError as error:
        return error.code, dict(error.headers)


def shared_libraries(program: Path) -> list[str]:
    """What the loader would map for this program; empty for a static one."""
    done = subprocess.run(["ldd", str(program)], capture_output=True, text=True)
    found = []
    for line in done.stdout.splitlines():
        path = next((word for word in line.split() if word.startswith("/")), None)
        if path:
            found.append(path)
        elif "not found" in line:
            raise PeerError(f"{program} lacks a shared library: {line.strip()}")
    return found


def pause() -> Image:
    source = PEERS / "images" / "pause.c"
    from . import cache

    def make(target: Path) -> None:
        builds.run("cc", "-Os", "-static", "-s", "-o", str(target / "pause"), str(source), cwd=target)

    program = cache.build("pause", cache.key_of([source], "cc 1"), make) / "pause"
    image = Image(["/pause"])
    image.program(program, "pause")
    return image


def busybox() -> Image:
    image = Image(["/bin/sh"])
    image.accounts()
    image.shell()
    return image


def redis() -> Image:
    """redis-server, redis-sentinel, redis-cli and a shell; runs as non-root, its data folder is /data."""
    image = Image(["/usr/bin/redis-server"], user=f"{_NOBODY}:{_NOBODY}")
    image.accounts()
    image.shell()
    for name in ("redis-server", "redis-cli"):
        image.program(_debian(name, "redis-server"), f"usr/bin/{name}")
    for name in ("redis-sentinel", "redis-check-aof", "redis-check-rdb"):
        image.links[f"usr/bin/{name}"] = "redis-server"
    return image


def pgbouncer() -> Image:
    image = Image(["/usr/sbin/pgbouncer"], user=f"{_NOBODY}:{_NOBODY}")
    image.accounts()
    image.shell()
    image.program(_debian("pgbouncer", "pgbouncer"), "usr/sbin/pgbouncer")
    return image


def coredns() -> Image:
    image = Image(["/coredns"])
    image.program(builds.output("coredns") / "coredns", "coredns")
    return image


def metrics_server() -> Image:
    image = Image(["/metrics-server"], user=f"{_NOBODY}:{_NOBODY}")
    image.accounts()
    image.program(builds.output("metrics-server") / "metrics-server", "metrics-server")
    return image


def _debian(program: str, package: str) -> Path:
    for folder in ("/usr/bin", "/usr/sbin"):
        path = Path(folder, program)
        if path.exists():
            return Path(os.path.realpath(path))
    raise PeerError(f"{program} is not installed (Debian package {package}): run scripts/setup.sh")


# name: (maker, tag). The tag `1` is what charts and tests name; the lab is thrown away with its registry.
CATALOGUE = {
    "pause": (pause, "1"),
    "busybox": (busybox, "1"),
    "redis": (redis, "1"),
    "pgbouncer": (pgbouncer, "1"),
    "coredns": (coredns, "1.15.0"),
    "metrics-server": (metrics_server, "0.9.0"),
}


def reference(name: str) -> str:
    return f"{REGISTRY}/lab/{name}:{CATALOGUE[name][1]}"


def publish(names: list[str]) -> None:
    """Pushes images of the catalogue to the lab's registry; one that is there already costs one request."""
    for name in names:
        maker, tag = CATALOGUE[name]
        if _http("HEAD", f"http://{REGISTRY}/v2/lab/{name}/manifests/{tag}", accept=_MANIFEST)[0] != 200:
            maker().push(f"lab/{name}", tag)
