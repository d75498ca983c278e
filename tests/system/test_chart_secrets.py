"""Secrets that a release is given stay out of its record, and out of what is shown."""
import base64
import gzip
import json

import pytest

from releases import write_chart

FILES = {
    "secret.yaml": """apiVersion: v1
kind: Secret
metadata: {name: db}
data:
  password: {{ .Values.db.password | b64enc }}
  dsn: {{ printf "postgres://app:%s@db/app" .Values.db.password | b64enc }}
""",
    "config.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: settings, annotations: {checksum: {{ .Values.db.password | sha256sum }}}}
data: {color: {{ .Values.color | quote }}}
""",
    "NOTES.txt": "the password is {{ .Values.db.password }}\n",
}
PASSWORD = {"env": {"DB_PASSWORD": "hunter2-of-the-day"}}


@pytest.fixture
def chart(tmp_path):
    return write_chart(tmp_path / "chart", FILES, values="color: red\ndb: {password: ''}\n")


@pytest.fixture
def act(dpctl, ns):
    return lambda verb, *words, check=True, **more: dpctl("chart", *verb.split(), *words, "-n", ns, check=check, **more)


@pytest.fixture
def live(kubectl, ns):
    def get(key: str) -> str:
        data = json.loads(kubectl("get", "secret", "db", "-n", ns, "-o", "json").stdout)["data"]
        return base64.b64decode(data[key]).decode()

    return get


def records(kubectl, ns) -> str:
    """All that is recorded, unpacked."""
    listed = json.loads(kubectl("get", "secrets", "-n", ns, "-l", "owner=helm", "-o", "json").stdout)["items"]
    return "".join(gzip.decompress(base64.b64decode(base64.b64decode(item["data"]["release"]))).decode() for item in listed)


def test_a_marked_secret_reaches_the_object_and_not_the_record(act, chart, live, kubectl, ns):
    done = act("install", "web", chart, "--set-secret", "db.password=env:DB_PASSWORD", **PASSWORD)
    assert live("password") == "hunter2-of-the-day" and live("dsn") == "postgres://app:hunter2-of-the-day@db/app"
    kept = records(kubectl, ns)
    for form in ("hunter2", base64.b64encode(b"hunter2-of-the-day").decode(), base64.b64encode(b"postgres://app:hunter2-of-the-day@db/app").decode()):
        assert form not in kept
    assert "hunter2" not in done.stdout + done.stderr  # also not in the notes
    shown = act("get manifest", "web", "--show-secrets").stdout + act("get values", "web", "--all").stdout + act("get all", "web").stdout
    assert "hunter2" not in shown and "env:DB_PASSWORD" in shown


def test_an_upgrade_asks_for_the_secret_again_and_says_what_it_needs(act, chart, live):
    act("install", "web", chart, "--set-secret", "db.password=env:DB_PASSWORD", **PASSWORD)
    refused = act("upgrade", "web", chart, "--reuse-values", "--set", "color=green", check=False)
    assert refused.returncode == 2 and "db.password" in refused.stderr and "env:DB_PASSWORD" in refused.stderr and "--set-secret" in refused.stderr
    act("upgrade", "web", chart, "--reuse-values", "--set", "color=green", **PASSWORD)
    assert live("password") == "hunter2-of-the-day"
    unchanged = act("upgrade", "web", chart, "--reuse-values", "--stable", **PASSWORD)
    assert "as the chart and the values say" in unchanged.stdout
    assert act("diff", "web", chart, "--reuse-values", "--detailed-exitcode", **PASSWORD).returncode == 0


def test_a_rollback_puts_todays_secret_in_place_of_the_mark(act, chart, live):
    act("install", "web", chart, "--set-secret", "db.password=env:DB_PASSWORD", **PASSWORD)
    act("upgrade", "web", chart, "--set", "db.password=an ordinary value")
    assert live("password") == "an ordinary value"
    refused = act("rollback", "web", "1", check=False)
    assert refused.returncode == 2 and "db.password" in refused.stderr
    act("rollback", "web", "1", env={"DB_PASSWORD": "rotated-since"})
    assert live("password") == "rotated-since" and live("dsn") == "postgres://app:rotated-since@db/app"


def test_secrets_come_from_files_and_from_secrets_too(act, chart, live, tmp_path, kubectl, ns):
    (tmp_path / "password").write_text("from-a-file\n")
    act("install", "web", chart, "--set-secret", f"db.password=file:{tmp_path}/password")
    assert live("password") == "from-a-file"
    kubectl("create", "secret", "generic", "vault", "-n", ns, "--from-literal=db=from-a-secret")
    values = tmp_path / "values.yaml"
    values.write_text("db: {password: {$secret: secretRef:vault/db}}\n")
    act("upgrade", "web", chart, "-f", values)
    assert live("password") == "from-a-secret"
    act("upgrade", "web", chart, "--reuse-values", "--set", "color=blue")  # the cluster has it: nothing to be given again
    assert live("password") == "from-a-secret"


def test_helm_never_writes_a_mark_into_a_secret(act, helm, chart, live, ns):
    act("install", "web", chart, "--set-secret", "db.password=env:DB_PASSWORD", **PASSWORD)
    act("upgrade", "web", chart, "--set", "db.password=an ordinary value")
    refused = helm("rollback", "web", "1", "-n", ns, check=False)
    assert refused.returncode != 0 and live("password") == "an ordinary value"


def test_what_secrets_hold_is_masked_unless_it_is_asked_for(act, chart):
    act("install", "web", chart, "--set", "db.password=not-marked-as-one")
    packed = base64.b64encode(b"not-marked-as-one").decode()
    for words in (["get manifest", "web"], ["get all", "web"], ["status", "web", "-o", "json"], ["diff", "web", chart, "--set", "db.password=another"]):
        assert packed not in act(*words).stdout
    assert "'***'" in act("get manifest", "web").stdout
    assert packed in act("get manifest", "web", "--show-secrets").stdout


def test_a_secret_too_short_to_be_kept_out_is_refused(act, chart):
    refused = act("install", "web", chart, "--set-secret", "db.password=env:DB_PASSWORD", check=False, env={"DB_PASSWORD": "abc"})
    assert refused.returncode == 2 and "3 characters" in refused.stderr
