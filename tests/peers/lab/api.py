"""A small client of the node's API server, for readiness and for what the lab itself puts on the cluster."""

import json
import ssl
import urllib.error
import urllib.request

from .settings import NODE_IP, State


class Api:
    """Speaks as user `peers`; the calling thread must be in the lab's namespace."""

    def __init__(self, state: State):
        pki = state.path("pki")
        self._context = ssl.create_default_context(cafile=str(pki / "ca.crt"))
        self._context.load_cert_chain(pki / "peers.crt", pki / "peers.key")
        self._opener = urllib.request.build_opener(
            urllib.request.ProxyHandler({}), urllib.request.HTTPSHandler(context=self._context)
        )

    def call(
        self,
        method: str,
        path: str,
        body: bytes | None = None,
        content_type: str = "application/json",
        timeout: float = 10.0,
    ) -> tuple[int, bytes]:
        request = urllib.request.Request(f"https://{NODE_IP}:6443{path}", data=body, method=method)
        if body is not None:
            request.add_header("Content-Type", content_type)
        try:
            with self._opener.open(request, timeout=timeout) as answer:
                return answer.status, answer.read()
        except urllib.error.HTTPError as error:
            return error.code, error.read()

    def get(self, path: str) -> dict:
        """The object at `path`; OSError when there is none or the server does not answer."""
        status, body = self.call("GET", path)
        if status != 200:
            raise OSError(f"GET {path}: {status} {body[:200].decode(errors='replace')}")
        return json.loads(body)

    def ok(self, path: str) -> bool:
        return self.call("GET", path, timeout=3.0)[0] == 200

    def apply(self, path: str, manifest: str) -> None:
        """Server-side apply of one YAML or JSON document."""
        status, body = self.call(
            "PATCH",
            f"{path}?fieldManager=peers&force=true",
            manifest.encode(),
            "application/apply-patch+yaml",
            timeout=30.0,
        )
        if status not in (200, 201):
            raise OSError(f"apply {path}: {status} {body[:400].decode(errors='replace')}")
