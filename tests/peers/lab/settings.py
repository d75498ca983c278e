"""Where things are: folders, addresses, and the names that are derived from the state folder."""

import hashlib
import os
import secrets
from pathlib import Path

PEERS = Path(__file__).resolve().parent.parent

NODE_IP = "10.99.0.1"
NODE_NAME = "node0"
POD_CIDR = "10.97.0.0/16"
SERVICE_CIDR = "10.98.0.0/16"
DNS_IP = "10.98.0.10"
KUBERNETES_VERSION = "v1.34.4"

REGISTRY = f"{NODE_IP}:5000"
KAFKA = f"{NODE_IP}:9092"
CLICKHOUSE = f"http://{NODE_IP}:8123"
POSTGRES_PORT = 5432
REDIS_PORT = 6379
USER = "dpctl"

# Every process of the lab carries this variable with the name of its namespace, so that a later `down`
# knows its own.
OWNER_VARIABLE = "DPCTL_PEERS_OWNER"


class PeerError(Exception):
    """A peer could not be built, started or stopped; the text is for a person."""


def cache_dir() -> Path:
    base = os.environ.get("DPCTL_CACHE")
    if not base:
        base = os.path.join(os.environ.get("XDG_CACHE_HOME") or os.path.expanduser("~/.cache"), "dpctl")
    return Path(base)


def built_dir() -> Path:
    return cache_dir() / "peers"


class State:
    """The folder that holds everything one running lab writes; two folders make two labs that do not meet."""

    def __init__(self, root: str | None = None):
        self.root = Path(root or os.environ.get("DPCTL_PEERS_STATE") or "/var/tmp/dpctl-peers").resolve()
        digest = hashlib.sha256(str(self.root).encode()).hexdigest()[:8]
        self.name = f"dpctl-peers-{digest}"

    def path(self, *parts: str) -> Path:
        return self.root.joinpath(*parts)

    def make(self, *parts: str, mode: int = 0o755) -> Path:
        """The folder `parts` below the root, made if missing."""
        folder = self.path(*parts)
        folder.mkdir(parents=True, exist_ok=True)
        folder.chmod(mode)
        return folder

    @property
    def netns_file(self) -> Path:
        return Path("/run/netns") / self.name

    @property
    def kubeconfig(self) -> Path:
        return self.path("admin.kubeconfig")

    @property
    def audit_log(self) -> Path:
        return self.path("logs", "audit.log")

    def password(self, name: str) -> str:
        """The generated password of a store; it exists nowhere but in the state folder."""
        folder = self.make("secrets", mode=0o700)
        file = folder / name
        if not file.exists():
            fresh = folder / f".{name}.{os.getpid()}"
            fresh.write_text(secrets.token_hex(16))
            fresh.chmod(0o600)
            fresh.rename(file)
        return file.read_text()


def write(file: Path, text: str, mode: int = 0o644) -> Path:
    """Writes a configuration file unless it says so already: kube-proxy ends itself when its file is merely
    touched.
    """
    if not file.exists() or file.read_text() != text:
        fresh = file.with_name(f".{file.name}.new")
        fresh.touch(mode=mode)
        fresh.write_text(text)
        fresh.rename(file)
    return file


def endpoints(state: State) -> dict[str, str]:
    """What a client in the namespace needs to know, as environment variables."""
    values = {
        "KUBECONFIG": str(state.kubeconfig),
        "DPCTL_PEERS_STATE": str(state.root),
        "DPCTL_PEERS_NETNS": state.name,
        "DPCTL_PEERS_AUDIT_LOG": str(state.audit_log),
        "DPCTL_PEERS_KAFKA": KAFKA,
        "DPCTL_PEERS_CLICKHOUSE": CLICKHOUSE,
        "DPCTL_PEERS_CLICKHOUSE_USER": USER,
        "DPCTL_PEERS_CLICKHOUSE_PASSWORD": state.password("clickhouse"),
        "DPCTL_PEERS_POSTGRES": f"postgresql://{USER}:{state.password('postgres')}@{NODE_IP}:{POSTGRES_PORT}/{USER}",
        "DPCTL_PEERS_REDIS": f"{NODE_IP}:{REDIS_PORT}",
        "DPCTL_PEERS_REGISTRY": REGISTRY,
    }
    redis_password = state.path("secrets", "redis")
    if redis_password.exists():
        values["DPCTL_PEERS_REDIS_PASSWORD"] = redis_password.read_text()
    return values
