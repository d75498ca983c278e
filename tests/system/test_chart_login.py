"""Logins of registries: kept where Helm keeps them, used by both. The lab's registry asks nobody, so a door with a password
stands before it."""

import base64
import http.client
import io
import json
import tarfile
import threading
import uuid
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest

USER, PASSWORD = "me", "a:b c"
EXPECTED = "Basic " + base64.b64encode(f"{USER}:{PASSWORD}".encode()).decode()


@pytest.fixture
def door(peers):
    """host:port of a registry that takes one user only."""
    behind = peers.endpoints["DPCTL_PEERS_REGISTRY"]

    class Door(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def forward(self):
            body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
            if self.headers.get("Authorization") != EXPECTED:
                self.answer(401, {"WWW-Authenticate": 'Basic realm="lab"'}, b"")
                return
            onward = http.client.HTTPConnection(behind, timeout=30)
            headers = {name: value for name, value in self.headers.items() if name.lower() != "authorization"}
            onward.request(self.command, self.path, body, headers)
            reply = onward.getresponse()
            skipped = ("transfer-encoding", "content-length", "connection")
            kept = {name: value for name, value in reply.getheaders() if name.lower() not in skipped}
            self.answer(reply.status, kept, reply.read(), reply.getheader("Content-Length"))
            onward.close()

        def answer(self, status, headers, body, length=None):
            self.send_response(status)
            for name, value in headers.items():
                self.send_header(name, value)
            self.send_header("Content-Length", length if self.command == "HEAD" and length else str(len(body)))
            self.end_headers()
            if self.command != "HEAD":
                self.wfile.write(body)

        do_GET = do_HEAD = do_POST = do_PUT = do_PATCH = forward

        def log_message(self, *_):
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Door)
    thread = threading.Thread(target=server.serve_forever)
    thread.start()
    yield f"127.0.0.1:{server.server_port}"
    server.shutdown()
    thread.join()
    server.server_close()


@pytest.fixture
def chart(tmp_path):
    path = tmp_path / "web-1.0.0.tgz"
    with tarfile.open(path, "w:gz") as tar:
        for name, text in (("web/Chart.yaml", "apiVersion: v2\nname: web\nversion: 1.0.0\n"), ("web/templates/a.yaml", "a: 1\n")):
            entry = tarfile.TarInfo(name)
            entry.size = len(text)
            tar.addfile(entry, io.BytesIO(text.encode()))
    return path


def test_one_login_serves_both_programs(helm, dpctl, door, chart, tmp_path):
    logins = tmp_path / "registry" / "config.json"
    env = {"HELM_REGISTRY_CONFIG": str(logins)}
    place = f"oci://{door}/login-{uuid.uuid4().hex[:8]}"
    refused = dpctl("chart", "push", str(chart), place, "--plain-http", env=env)
    assert refused.returncode == 4, refused.stderr
    done = dpctl("chart", "registry", "login", door, "--username", USER, "--password-stdin", "--plain-http", env=env,
                 input=PASSWORD + "\n", check=True)
    assert done.stdout == "Login Succeeded\n"
    assert logins.stat().st_mode & 0o777 == 0o600
    dpctl("chart", "push", str(chart), place, "--plain-http", env=env, check=True)
    words = ("template", "r", f"{place}/web", "--plain-http")
    assert helm(*words, env=env).stdout == dpctl("chart", *words, env=env, check=True).stdout
    dpctl("chart", "registry", "logout", door, env=env, check=True)
    assert helm(*words, env=env, check=False).returncode != 0
    assert dpctl("chart", *words, env=env).returncode == 4


def test_we_use_the_login_that_helm_keeps(helm, dpctl, door, chart, tmp_path):
    env = {"HELM_REGISTRY_CONFIG": str(tmp_path / "config.json")}
    helm("registry", "login", door, "--username", USER, "--password", PASSWORD, "--plain-http", env=env)
    place = f"oci://{door}/login-{uuid.uuid4().hex[:8]}"
    dpctl("chart", "push", str(chart), place, "--plain-http", env=env, check=True)
    docker = tmp_path / "docker"
    docker.mkdir()
    (docker / "config.json").write_text((tmp_path / "config.json").read_text())
    env = {"HELM_REGISTRY_CONFIG": str(tmp_path / "none.json"), "DOCKER_CONFIG": str(docker)}
    dpctl("chart", "template", "r", f"{place}/web", "--plain-http", env=env, check=True)


def test_a_wrong_password_is_not_kept(dpctl, door, tmp_path):
    logins = tmp_path / "config.json"
    logins.write_text(json.dumps({"auths": {}}))
    done = dpctl("chart", "registry", "login", door, "--username", USER, "--password", "wrong", "--plain-http",
                 env={"HELM_REGISTRY_CONFIG": str(logins)})
    assert done.returncode == 4
    assert json.loads(logins.read_text()) == {"auths": {}}


def test_logging_out_where_nobody_logged_in_is_said(dpctl, tmp_path):
    done = dpctl("chart", "registry", "logout", "nowhere.example.org", env={"HELM_REGISTRY_CONFIG": str(tmp_path / "x.json")})
    assert done.returncode == 5 and "not logged in to nowhere.example.org" in done.stderr
