"""Releases that change hands: dpctl and Helm 4.1.4 and 3.17.2 install, upgrade and roll back in turns, and see the same."""
import json

import pytest

from lab import builds
from releases import write_chart

FILES = {
    "config.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: settings, labels: {app: web}}
data: {color: {{ .Values.color | quote }}, revision: "{{ .Release.Revision }}", upgrade: "{{ .Release.IsUpgrade }}"}
""",
    "secret.yaml": """apiVersion: v1
kind: Secret
metadata: {name: token}
stringData: {token: {{ .Values.color | quote }}}
""",
    "service.yaml": """apiVersion: v1
kind: Service
metadata: {name: web}
spec: {selector: {app: web}, ports: [{port: 80}]}
""",
    "account.yaml": """apiVersion: v1
kind: ServiceAccount
metadata: {name: web, annotations: {helm.sh/hook: "pre-install,pre-upgrade"}}
""",
    "NOTES.txt": "{{ .Release.Name }} is {{ .Values.color }} in revision {{ .Release.Revision }}\n",
}


@pytest.fixture
def chart(tmp_path):
    return write_chart(tmp_path / "chart", FILES)


@pytest.fixture(params=["4.1.4", "3.17.2"])
def tool(request, peers, tmp_path, helm):
    """helm of that version."""
    if request.param == "4.1.4":
        return helm
    folders = {f"HELM_{kind}_HOME": str(tmp_path / kind) for kind in ("CACHE", "CONFIG", "DATA")}
    program = builds.tool("helm3")
    return lambda *words, check=True: peers.run(program, *words, check=check, env=folders)


@pytest.fixture(params=["ours first", "theirs first"])
def turns(request, tool, dpctl, ns):
    """(first, second): two tools as functions of a verb and words."""
    ours = lambda verb, *words: dpctl("chart", *verb.split(), *words, "-n", ns, check=True)  # noqa: E731
    theirs = lambda verb, *words: tool(*verb.split(), *words, "-n", ns)  # noqa: E731
    return (ours, theirs) if request.param == "ours first" else (theirs, ours)


@pytest.fixture
def seen(dpctl, tool, ns):
    """What both say must be the same; returned is what they say."""

    def look(*words: str, as_json: bool = False):
        more = ["-o", "json"] if as_json else []
        ours = dpctl("chart", *words, "-n", ns, *more, *(["--show-secrets"] if words[1] in ("manifest", "hooks") else []), check=True).stdout
        theirs = tool(*words, "-n", ns, *more).stdout
        if not as_json:
            assert ours.strip() == theirs.strip()
            return ours
        ours = json.loads(ours)
        ours = ours.get("items", ours)
        assert ours == json.loads(theirs)
        return ours

    return look


def test_a_release_changes_hands_at_each_step(turns, seen, chart, kubectl, ns):
    first, second = turns
    first("install", "web", chart, "--labels", "team=prices")
    second("upgrade", "web", chart, "--set", "color=green", "--description", "the second")
    first("rollback", "web", "1")
    second("upgrade", "web", chart, "--set", "color=blue", "--labels", "team=null,stage=test")
    history = seen("history", "web", as_json=True)
    assert [row["status"] for row in history] == ["superseded"] * 3 + ["deployed"]
    assert history[1]["description"] == "the second" and history[2]["description"] == "Rollback to 1"
    for revision in ("1", "2", "3", "4"):
        for part in ("manifest", "notes", "hooks"):
            seen("get", part, "web", "--revision", revision)
        seen("get", "values", "web", "--revision", revision, as_json=True)
        seen("get", "values", "web", "--all", "--revision", revision, as_json=True)
    assert seen("get", "notes", "web", "--revision", "3").strip().endswith("is red in revision 1")
    assert seen("list", as_json=True)[0]["revision"] == "4"
    assert seen("list", "-l", "stage=test", as_json=True) and not seen("list", "-l", "team=prices", as_json=True)
    live = json.loads(kubectl("get", "configmap", "settings", "-n", ns, "-o", "json").stdout)
    assert live["data"] == {"color": "blue", "revision": "4", "upgrade": "true"}
    first("uninstall", "web")
    assert kubectl("get", "configmaps,secrets,services", "-n", ns, "-l", "app=web", "-o", "name").stdout == ""
    assert json.loads(kubectl("get", "secrets", "-n", ns, "-o", "json").stdout)["items"] == []
