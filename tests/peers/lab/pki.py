"""Keys, certificates and kubeconfigs of the node; made once per state folder, private to it."""

import base64
import json
import subprocess
from pathlib import Path

from .settings import NODE_IP, NODE_NAME, PeerError, State

_SERVER_NAMES = (
    f"subjectAltName=IP:{NODE_IP},IP:127.0.0.1,IP:10.98.0.1,DNS:kubernetes,DNS:kubernetes.default,"
    "DNS:kubernetes.default.svc,DNS:kubernetes.default.svc.cluster.local,DNS:localhost"
)

# name: (subject, extensions). Each part of the control plane has its own name, so that the audit log
# tells a test's writes (user admin) from the controllers'.
_LEAVES = {
    "server": ("/CN=kube-apiserver", _SERVER_NAMES),
    "admin": ("/O=system:masters/CN=admin", "extendedKeyUsage=clientAuth"),
    "peers": ("/O=system:masters/CN=peers", "extendedKeyUsage=clientAuth"),
    "apiserver-kubelet": ("/O=system:masters/CN=apiserver-kubelet", "extendedKeyUsage=clientAuth"),
    "kcm": ("/CN=system:kube-controller-manager", "extendedKeyUsage=clientAuth"),
    "scheduler": ("/CN=system:kube-scheduler", "extendedKeyUsage=clientAuth"),
    "proxy": ("/CN=system:kube-proxy", "extendedKeyUsage=clientAuth"),
    "kubelet": (
        f"/O=system:nodes/CN=system:node:{NODE_NAME}",
        f"subjectAltName=IP:{NODE_IP},DNS:{NODE_NAME}\nextendedKeyUsage=clientAuth,serverAuth",
    ),
    "front": ("/CN=front-proxy", "extendedKeyUsage=clientAuth"),
}
KUBECONFIGS = ("admin", "peers", "kcm", "scheduler", "proxy", "kubelet")


def make(state: State) -> None:
    folder = state.make("pki", mode=0o700)
    if not (folder / "complete").exists():
        _openssl(folder, "ecparam", "-genkey", "-noout", "-name", "prime256v1", "-out", "ca.key")
        _openssl(
            folder,
            "req",
            "-x509",
            "-new",
            "-key",
            "ca.key",
            "-subj",
            "/CN=lab-ca",
            "-days",
            "365",
            "-out",
            "ca.crt",
        )
        for name, (subject, extensions) in _LEAVES.items():
            _leaf(folder, name, subject, extensions)
        _openssl(folder, "genrsa", "-out", "sa.key", "2048")
        _openssl(folder, "rsa", "-in", "sa.key", "-pubout", "-out", "sa.pub")
        (folder / "complete").touch()
    for name in KUBECONFIGS:
        file = state.path(f"{name}.kubeconfig")
        if not file.exists():
            fresh = file.with_suffix(".new")
            fresh.touch(mode=0o600)
            fresh.write_text(_kubeconfig(folder, name))
            fresh.rename(file)


def _leaf(folder: Path, name: str, subject: str, extensions: str) -> None:
    (folder / f"{name}.ext").write_text(extensions + "\n")
    _openssl(folder, "ecparam", "-genkey", "-noout", "-name", "prime256v1", "-out", f"{name}.key")
    _openssl(folder, "req", "-new", "-key", f"{name}.key", "-subj", subject, "-out", f"{name}.csr")
    _openssl(
        folder,
        "x509",
        "-req",
        "-in",
        f"{name}.csr",
        "-CA",
        "ca.crt",
        "-CAkey",
        "ca.key",
        "-CAcreateserial",
        "-days",
        "365",
        "-extfile",
        f"{name}.ext",
        "-out",
        f"{name}.crt",
    )


def _kubeconfig(folder: Path, name: str) -> str:
    """A kubeconfig (JSON is YAML) that carries its certificates, so that a copy works anywhere in the
    namespace.
    """

    def data(file: str) -> str:
        return base64.b64encode((folder / file).read_bytes()).decode()

    return (
        json.dumps(
            {
                "apiVersion": "v1",
                "kind": "Config",
                "clusters": [
                    {
                        "name": "lab",
                        "cluster": {
                            "server": f"https://{NODE_IP}:6443",
                            "certificate-authority-data": data("ca.crt"),
                        },
                    }
                ],
                "users": [
                    {
                        "name": name,
                        "user": {
                            "client-certificate-data": data(f"{name}.crt"),
                            "client-key-data": data(f"{name}.key"),
                        },
                    }
                ],
                "contexts": [{"name": "lab", "context": {"cluster": "lab", "user": name}}],
                "current-context": "lab",
            },
            indent=2,
        )
        + "\n"
    )


def _openssl(folder: Path, *arguments: str) -> None:
    done = subprocess.run(["openssl", *arguments], cwd=folder, capture_output=True, text=True)
    if done.returncode != 0:
        raise PeerError(f"'openssl {' '.join(arguments)}' failed: {done.stderr.strip()}")
