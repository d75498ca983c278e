"""What is drawn by lot stays as it was: `dpctl deploy`, and `chart upgrade --stable`."""
import json

import pytest

from releases import revisions, write_chart

DRAWN = """{{- $ca := genCA "probe" 365 }}
apiVersion: v1
kind: Secret
metadata:
  name: drawn
  annotations:
    made: {{ now | date "2006-01-02T15:04:05.000000000" | quote }}
data:
  password: {{ randAlphaNum 24 | b64enc }}
  ca: {{ $ca.Cert | b64enc }}
  key: {{ $ca.Key | b64enc }}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: settings
data:
  color: {{ .Values.color | quote }}
"""


@pytest.fixture
def chart(tmp_path):
    return write_chart(tmp_path / "chart", {"drawn.yaml": DRAWN})


@pytest.fixture
def drawn(kubectl, ns):
    def get():
        secret = json.loads(kubectl("get", "secret", "drawn", "-n", ns, "-o", "json").stdout)
        return secret["data"], secret["metadata"]["annotations"]["made"]

    return get


@pytest.fixture
def act(dpctl, ns):
    return lambda verb, *words, check=True: dpctl("chart", verb, *words, "-n", ns, check=check)


def written(peers, mark, ns):
    return [(event["verb"], event["requestURI"]) for event in peers.writes(mark) if f"/namespaces/{ns}/" in event["requestURI"]]


def test_a_second_deploy_of_a_chart_with_random_values_writes_nothing(dpctl, chart, ns, drawn, peers, kubectl):
    words = ["deploy", "--chart", chart, "--release", "web", "-n", ns]
    dpctl(*words, check=True)
    first = drawn()
    mark = peers.audit_mark()
    dpctl(*words, check=True)
    assert written(peers, mark, ns) == []
    assert drawn() == first and revisions(kubectl, ns, "web") == {1: "deployed"}


def test_a_stable_upgrade_without_changes_writes_nothing(act, chart, ns, drawn, peers, kubectl):
    act("install", "web", chart)
    first = drawn()
    mark = peers.audit_mark()
    done = act("upgrade", "web", chart, "--stable")
    assert "REVISION: 1" in done.stdout and "has been upgraded" not in done.stdout
    assert written(peers, mark, ns) == []
    assert drawn() == first and revisions(kubectl, ns, "web") == {1: "deployed"}


def test_a_stable_upgrade_changes_what_was_asked_for_and_nothing_else(act, chart, ns, drawn, kubectl, helm):
    helm("install", "web", chart, "-n", ns)  # what Helm drew is kept too
    first = drawn()
    act("upgrade", "web", chart, "--stable", "--set", "color=blue")
    assert drawn() == first and revisions(kubectl, ns, "web") == {1: "superseded", 2: "deployed"}
    assert json.loads(kubectl("get", "configmap", "settings", "-n", ns, "-o", "json").stdout)["data"] == {"color": "blue"}


def test_without_the_flag_an_upgrade_draws_anew_as_helms_does(act, chart, ns, drawn, kubectl):
    act("install", "web", chart)
    first = drawn()
    act("upgrade", "web", chart)
    assert all(drawn()[0][key] != first[0][key] for key in ("password", "ca", "key")) and drawn()[1] != first[1]
    assert revisions(kubectl, ns, "web") == {1: "superseded", 2: "deployed"}
