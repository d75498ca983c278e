"""CoreDNS and metrics-server, as pods from the lab's registry."""

import socket
import struct
import time
from collections.abc import Callable

from . import images
from .api import Api
from .settings import DNS_IP, PEERS, PeerError, State

_PLURALS = {
    "ServiceAccount": "serviceaccounts",
    "ClusterRole": "clusterroles",
    "ClusterRoleBinding": "clusterrolebindings",
    "RoleBinding": "rolebindings",
    "ConfigMap": "configmaps",
    "Deployment": "deployments",
    "Service": "services",
    "APIService": "apiservices",
}


def coredns(state: State) -> None:
    _deploy(state, "coredns", lambda api: _available(api, "coredns") and _resolves())


def metrics_server(state: State) -> None:
    def serves(api: Api) -> bool:
        return bool(api.get("/apis/metrics.k8s.io/v1beta1/nodes")["items"])

    _deploy(state, "metrics-server", serves)


def _deploy(state: State, name: str, ready: Callable[[Api], bool]) -> None:
    images.publish([name])
    api = Api(state)
    text = (PEERS / "manifests" / f"{name}.yaml").read_text().replace("IMAGE", images.reference(name))
    for document in text.split("\n---\n"):
        api.apply(_path_of(document), document)
    deadline = time.monotonic() + 180
    while True:
        try:
            if ready(api):
                return
            reason = "not available yet"
        except OSError as error:
            reason = str(error)
        if time.monotonic() > deadline:
            raise PeerError(f"{name} was not ready after 180 s: {reason}\n{_why(api, name)}")
        time.sleep(0.2)


def _available(api: Api, name: str) -> bool:
    status = api.get(f"/apis/apps/v1/namespaces/kube-system/deployments/{name}").get("status", {})
    return status.get("availableReplicas", 0) >= 1


def _resolves() -> bool:
    """Asks the DNS Service for the API server's name (RFC 1035: one question, type A), through kube-proxy."""
    name = b"".join(bytes([len(part)]) + part for part in b"kubernetes.default.svc.cluster.local".split(b"."))
    query = struct.pack(">6H", 7, 0x0100, 1, 0, 0, 0) + name + struct.pack(">xHH", 1, 1)
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as connection:
        connection.settimeout(1.0)
        connection.connect((DNS_IP, 53))
        connection.send(query)
        identity, flags, _, answers = struct.unpack_from(">4H", connection.recv(512))
    return identity == 7 and flags & 0x000F == 0 and answers == 1


def _why(api: Api, name: str) -> str:
    lines = []
    for pod in api.get(f"/api/v1/namespaces/kube-system/pods?labelSelector=lab%2Fpeer%3D{name}")["items"]:
        for status in pod["status"].get("containerStatuses", []):
            lines.append(f"  pod {pod['metadata']['name']}: {status['state']}")
        lines += [
            f"  pod {pod['metadata']['name']}: {c.get('message')}"
            for c in pod["status"].get("conditions", [])
            if c.get("message")
        ]
    return "\n".join(lines) or "  no pod exists"


def _path_of(document: str) -> str:
    """The API path of a manifest. The lab's own manifests keep these four fields on lines of their own."""
    fields = {}
    for line in document.splitlines():
        key, _, value = line.partition(": ")
        if key in ("apiVersion", "kind", "  name", "  namespace") and key.strip() not in fields:
            fields[key.strip()] = value.strip()
    version, plural = fields["apiVersion"], _PLURALS[fields["kind"]]
    prefix = f"/apis/{version}" if "/" in version else f"/api/{version}"
    scope = f"/namespaces/{fields['namespace']}" if "namespace" in fields else ""
    return f"{prefix}{scope}/{plural}/{fields['name']}"
