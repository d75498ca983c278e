"""What a person sees when something is wrong: one error with its place, its cause and a next step, and the exit code of its kind.
Standard output stays empty, or holds one JSON document with `error`."""
import base64
import http.server
import json
import re
import signal
import ssl
import subprocess
import threading
import time
from contextlib import contextmanager
from pathlib import Path

import pytest

from releases import DEPLOYMENT, config_map, revisions, wait_until, write_chart

FILES = Path(__file__).resolve().parents[1] / "golden" / "files"
GOOD = FILES / "good.yaml"


@pytest.fixture
def chart(tmp_path):
    return write_chart(tmp_path / "chart", {"config.yaml": config_map("settings"), "web.yaml": DEPLOYMENT})


@pytest.fixture
def deploy(dpctl, ns, chart):
    return lambda *words, **options: dpctl("deploy", "--chart", chart, "--release", "web", "-n", ns, *words, **options)


@pytest.fixture
def values(tmp_path):
    """Writes a values file."""

    def write(text):
        (tmp_path / "values.yaml").write_text(text)
        return "--values", tmp_path / "values.yaml"

    return write


def the_error(done, exit_code):
    """The text of the one error, after the checks that hold for every error."""
    assert done.returncode == exit_code, done.stderr
    assert done.stdout == ""
    lines = done.stderr.splitlines()
    begins = [i for i, line in enumerate(lines) if line.startswith("error: ")]
    assert len(begins) == 1, done.stderr
    text = lines[begins[0]:]
    hints = [line for line in text if line.startswith("  hint: ")]
    assert 1 <= len(hints) <= 5, done.stderr
    assert "bug in dpctl" not in done.stderr
    assert not re.search(r"terminate called|\.cpp:\d+", done.stderr)
    return "\n".join(text)


def kubeconfig(folder: Path, cluster: dict, user: dict) -> Path:
    path = folder / "kubeconfig.json"
    path.write_text(json.dumps({"apiVersion": "v1", "kind": "Config", "clusters": [{"name": "there", "cluster": cluster}],
                                "users": [{"name": "me", "user": user}],
                                "contexts": [{"name": "here", "context": {"cluster": "there", "user": "me"}}],
                                "current-context": "here"}, indent=1))
    return path


def openssl(folder: Path, *words):
    subprocess.run(["openssl", *map(str, words)], cwd=folder, check=True, capture_output=True)


# ---- before anything is asked ----


def test_a_broken_kubeconfig_is_told_with_its_place(dpctl, tmp_path):
    (tmp_path / "config").write_text("apiVersion: v1\nkind: Config\nclusters:\n- name: [a\nusers: []\n")
    text = the_error(dpctl("status", "-f", GOOD, "--kubeconfig", tmp_path / "config"), 2)
    assert re.search(r"config:\d+:\d+: ", text)
    assert "--kubeconfig" in text


def test_a_missing_kubeconfig_is_named(dpctl):
    text = the_error(dpctl("status", "-f", GOOD, "--kubeconfig", "/nowhere/config"), 2)
    assert "/nowhere/config" in text and "--kubeconfig" in text


def test_an_unknown_key_comes_with_the_nearest_one(dpctl, tmp_path):
    (tmp_path / "dpctl.yaml").write_text("apiVersion: dpctl/v1\nkind: Environment\nnamespase: x\n")
    text = the_error(dpctl("up", "-f", tmp_path / "dpctl.yaml"), 2)
    assert "dpctl.yaml:3:1: unknown key namespase" in text
    assert "did you mean namespace?" in text


def test_a_secret_that_is_nowhere_is_named_before_anything_is_done(dpctl, tmp_path, ns, peers):
    text = FILES.parents[2] / "examples" / "dpctl.local.yaml"
    (tmp_path / "dpctl.yaml").write_text(text.read_text().replace("DPCTL_CLICKHOUSE_PASSWORD", "NO_SUCH_VARIABLE"))
    mark = peers.audit_mark()
    shown = the_error(dpctl("prepare", "-f", tmp_path / "dpctl.yaml", "-n", ns), 2)
    assert "NO_SUCH_VARIABLE" in shown and "ClickHouse" in shown
    assert [event for event in peers.writes(mark) if ns in event["requestURI"]] == []


# ---- the way to the server ----


def test_a_server_that_cannot_be_reached_is_named(dpctl, tmp_path):
    config = kubeconfig(tmp_path, {"server": "https://127.0.0.1:1"}, {"token": "secret-token"})
    text = the_error(dpctl("status", "-f", GOOD, "--kubeconfig", config, "--timeout", "10s"), 1)
    assert "127.0.0.1:1" in text and "connection refused" in text
    assert 'is it the right context ("here")' in text
    assert "secret-token" not in text


def test_an_expired_client_certificate_is_told_with_its_date(dpctl, tmp_path, peers):
    pki = peers.state.path("pki")
    openssl(tmp_path, "ecparam", "-genkey", "-noout", "-name", "prime256v1", "-out", "old.key")
    openssl(tmp_path, "req", "-new", "-key", "old.key", "-subj", "/O=system:masters/CN=admin", "-out", "old.csr")
    openssl(tmp_path, "x509", "-req", "-in", "old.csr", "-CA", pki / "ca.crt", "-CAkey", pki / "ca.key", "-set_serial", "77", "-days", "-1", "-out", "old.crt")
    key = base64.b64encode((tmp_path / "old.key").read_bytes()).decode()
    config = kubeconfig(tmp_path, {"server": "https://10.99.0.1:6443", "certificate-authority": str(pki / "ca.crt")},
                        {"client-certificate-data": base64.b64encode((tmp_path / "old.crt").read_bytes()).decode(), "client-key-data": key})
    text = the_error(dpctl("status", "-f", GOOD, "--kubeconfig", config), 4)
    assert re.search(r'kubeconfig.json:\d+:\d+: the client certificate of user "me" \(CN=admin,O=system:masters\) expired on 20\d\d-', text)
    assert "renew the credentials" in text
    assert key[:40] not in text


@contextmanager
def tls_server(certificate: Path, key: Path):
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate, key)
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), http.server.BaseHTTPRequestHandler)
    server.handle_error = lambda *_: None  # a client that hangs up is what is expected
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield server.server_port
    finally:
        server.shutdown()
        thread.join()


def test_an_expired_server_certificate_is_told_with_its_date(dpctl, tmp_path):
    (tmp_path / "names").write_text("subjectAltName=IP:127.0.0.1\n")
    openssl(tmp_path, "ecparam", "-genkey", "-noout", "-name", "prime256v1", "-out", "s.key")
    openssl(tmp_path, "req", "-new", "-key", "s.key", "-subj", "/CN=old-server", "-out", "s.csr")
    openssl(tmp_path, "x509", "-req", "-in", "s.csr", "-signkey", "s.key", "-days", "-1", "-extfile", "names", "-out", "s.crt")
    with tls_server(tmp_path / "s.crt", tmp_path / "s.key") as port:
        config = kubeconfig(tmp_path, {"server": f"https://127.0.0.1:{port}", "certificate-authority": str(tmp_path / "s.crt")}, {"token": "t"})
        text = the_error(dpctl("status", "-f", GOOD, "--kubeconfig", config, "--timeout", "20s"), 1)
    assert "certificate" in text and "expired" in text
    assert str(port) in text


def test_a_verb_that_is_forbidden_is_named_with_the_user(dpctl, deploy, kubectl, ns, tmp_path, peers):
    kubectl("create", "serviceaccount", "poor", "-n", ns)
    token = kubectl("create", "token", "poor", "-n", ns).stdout.strip()
    config = kubeconfig(tmp_path, {"server": "https://10.99.0.1:6443", "certificate-authority": str(peers.state.path("pki") / "ca.crt")}, {"token": token})
    text = the_error(deploy("--kubeconfig", config), 4)
    assert f"system:serviceaccount:{ns}:poor" in text and "cannot list resource" in text
    assert "Role" in text
    assert token not in text


# ---- the chart and what it starts ----


def test_a_template_error_is_told_with_its_place(deploy, chart, kubectl, ns):
    (chart / "templates" / "bad.yaml").write_text("# a comment\nx: {{ .Values.a.b.c }}\n")
    text = the_error(deploy(), 1)
    assert re.search(r"probe/templates/bad\.yaml:2:\d+", text)
    assert "nil pointer evaluating" in text
    assert "dpctl chart template" in text
    assert kubectl("get", "configmap", "settings", "-n", ns, check=False).returncode != 0


def test_a_template_that_cannot_be_parsed_is_told_with_its_line(deploy, chart):
    (chart / "templates" / "bad.yaml").write_text("x: 1\ny: {{ if }}\n")
    assert "probe/templates/bad.yaml:2" in the_error(deploy(), 1)


def test_a_chart_that_is_not_there_is_named(dpctl, ns):
    done = dpctl("deploy", "--chart", "/nowhere/chart", "--release", "web", "-n", ns)
    assert done.returncode in (1, 2, 5)
    assert "/nowhere/chart" in done.stderr and done.stdout == ""


def test_an_object_that_the_server_refuses_is_named_with_the_field(deploy, chart, kubectl, ns):
    (chart / "templates" / "web.yaml").write_text(DEPLOYMENT.replace("replicas:", "replica:"))
    done = deploy()
    assert done.returncode == 1 and done.stdout == ""
    assert "deployment.apps/web" in done.stderr and "replica" in done.stderr
    assert kubectl("get", "configmap", "settings", "-n", ns, check=False).returncode != 0  # the plan fails as a whole


def test_an_image_that_does_not_exist_ends_the_wait_within_seconds(deploy, values, kubectl, ns):
    begin = time.monotonic()
    text = the_error(deploy(*values("image: 10.99.0.1:5000/lab/nothing:9\n")), 7)
    assert time.monotonic() - begin < 40
    assert "deployment.apps/web cannot become ready" in text
    assert "pod web-" in text and "container main: " in text
    assert "Failed to pull image \"10.99.0.1:5000/lab/nothing:9\"" in text
    assert "is the image's name and tag right" in text
    assert "what was applied stays, and revision 1 of release web is marked failed" in text
    assert revisions(kubectl, ns, "web") == {1: "failed"}


def test_a_pod_that_crashes_is_told_with_its_last_words(deploy, values):
    crashing = values('command: [sh, -c, "echo opening; echo cannot open the ledger; exit 9"]\n')
    text = the_error(deploy(*crashing), 7)
    assert "CrashLoopBackOff" in text and "last exit code 9" in text
    assert "last log lines: opening | cannot open the ledger" in text
    assert "kubectl logs" in text


def test_the_same_as_one_json_document(deploy, values):
    done = deploy(*values("image: 10.99.0.1:5000/lab/nothing:9\n"), "-o", "json")
    assert done.returncode == 7
    error = json.loads(done.stdout)["error"]
    assert error["code"] == "unhealthy" and error["retryable"] is False
    assert any("pod web-" in cause for cause in error["causes"])
    assert error["hints"]




NEVER = DEPLOYMENT + "          readinessProbe: {exec: {command: [cat, /tmp/never]}, periodSeconds: 1}\n"


def test_the_deadline_ends_the_wait_and_says_what_goes_on(deploy, chart, kubectl, ns):
    (chart / "templates" / "web.yaml").write_text(NEVER)
    text = the_error(deploy("--timeout", "12s"), 124)
    assert "timed out waiting for deployment.apps/web to become ready" in text
    assert "the cluster goes on with what was applied" in text
    assert revisions(kubectl, ns, "web") == {1: "failed"}
    (chart / "templates" / "web.yaml").write_text(DEPLOYMENT)
    assert deploy().returncode == 0
    assert revisions(kubectl, ns, "web") == {1: "failed", 2: "deployed"}


def test_ctrl_c_ends_the_wait_and_says_what_goes_on(dpctl_path, peers, chart, kubectl, ns, tmp_path):
    (chart / "templates" / "web.yaml").write_text(NEVER)
    running = subprocess.Popen([dpctl_path, "deploy", "--chart", chart, "--release", "web", "-n", ns],
                               env={**peers.env, "XDG_CACHE_HOME": str(tmp_path / "cache")}, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
    wait_until(lambda: kubectl("get", "deployment", "web", "-n", ns, check=False).returncode == 0, 20, "the Deployment is created")
    running.send_signal(signal.SIGINT)
    out, err = running.communicate(timeout=15)
    assert running.returncode == 130
    assert out == ""
    assert "what was already sent goes on in the cluster" in err
    assert "interrupted while waiting for deployment.apps/web" in err
    assert "the same command" in err
    assert revisions(kubectl, ns, "web") == {1: "failed"}
