"""What is kept of releases: dpctl reads what Helm wrote as Helm reads it, and the other way round."""

import json
import os
import re

import pytest
import yaml

from releases import config_map, write_chart

FILES = {
    "Chart.yaml": "apiVersion: v2\nname: web\nversion: 1.0.0\nappVersion: '7'\n",
    "values.yaml": "a: 1\nb: {c: 2}\n",
    "templates/a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: web}\ndata: {a: '{{ .Values.a }}'}\n",
    "templates/NOTES.txt": "hello {{ .Values.a }}\n",
    "templates/hook.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: hook, annotations: {helm.sh/hook: post-install}}\n",
}


@pytest.fixture
def chart(tmp_path):
    for name, text in FILES.items():
        path = tmp_path / "web" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return str(tmp_path / "web")


@pytest.fixture(params=["helm", "dpctl"])
def kept(request, helm, dpctl, ns, chart):
    """A release of two revisions, made by either."""
    if request.param == "helm":
        helm("install", "web", chart, "-n", ns, "--set", "b.d=5")
        helm("upgrade", "web", chart, "-n", ns, "--set", "a=3")
    else:
        dpctl("chart", "install", "web", chart, "-n", ns, "--set", "b.d=5", check=True)
        dpctl("chart", "upgrade", "web", chart, "-n", ns, "--set", "a=3", check=True)
    return ns


@pytest.mark.parametrize("words", [
    "values web", "values web --all", "values web -o json", "values web --revision 1 -o yaml", "manifest web",
    "manifest web --revision 1", "notes web", "hooks web",
])
def test_get_prints_what_helm_prints(kept, helm, dpctl, words):
    ours = dpctl("chart", "get", *words.split(), "-n", kept, check=True).stdout
    theirs = helm("get", *words.split(), "-n", kept).stdout
    assert (json.loads(ours) == json.loads(theirs)) if "json" in words else ours.strip() == theirs.strip()


def test_the_lists_hold_what_helms_hold(kept, helm, dpctl):
    ours = json.loads(dpctl("chart", "list", "-n", kept, "-o", "json", check=True).stdout)["items"]
    assert ours == json.loads(helm("list", "-n", kept, "-o", "json").stdout)
    ours = json.loads(dpctl("chart", "history", "web", "-n", kept, "-o", "json", check=True).stdout)["items"]
    assert ours == json.loads(helm("history", "web", "-n", kept, "-o", "json").stdout)
    assert dpctl("chart", "list", "-n", kept, "--short", check=True).stdout == "web\n"
    everywhere = json.loads(dpctl("chart", "list", "-A", "-m", "0", "-o", "json", check=True).stdout)["items"]
    assert kept in [row["namespace"] for row in everywhere]


@pytest.fixture(scope="module")
def crowd(peers, helm, kubectl, tmp_path_factory):
    """Releases of several states, names, labels and times in one namespace."""
    folder = tmp_path_factory.mktemp("crowd")
    good = write_chart(folder / "good", {"a.yaml": config_map("'{{ .Release.Name }}'")})
    bad = write_chart(folder / "bad", {"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: BAD_NAME}\n"})
    ns = f"t-crowd-{os.getpid()}"
    kubectl("create", "namespace", ns)
    helm("install", "zeta", good, "-n", ns, "--labels", "team=a,stage=test")
    helm("install", "alpha", good, "-n", ns, "--labels", "team=b")
    helm("upgrade", "alpha", good, "-n", ns, "--labels", "team=a")
    helm("install", "broken", bad, "-n", ns, check=False)
    helm("install", "gone", good, "-n", ns)
    helm("uninstall", "gone", "-n", ns, "--keep-history")
    helm("install", "mid", good, "-n", ns)
    yield ns
    kubectl("delete", "namespace", ns, "--wait=false")


@pytest.mark.parametrize("words", [
    "", "-d", "-r", "-d -r", "--deployed", "--failed", "--failed --deployed", "--uninstalled", "--superseded", "--pending", "--uninstalling",
    "-f ^[am]", "--filter a$ -r", "-m 2", "-m 2 --offset 1", "--offset 9", "-l team=a", "-l team!=a", "-l stage", "-l team=b",
    "--time-format 2006-01-02T15:04Z07:00", "-m 1 -d",
])
def test_list_chooses_sorts_and_cuts_as_helm_does(crowd, helm, dpctl, words):
    ours = json.loads(dpctl("chart", "list", "-n", crowd, "-o", "json", *words.split(), check=True).stdout)["items"]
    assert ours == json.loads(helm("list", "-n", crowd, "-o", "json", *words.split()).stdout)
    short = dpctl("chart", "list", "-n", crowd, "-q", *words.split(), check=True).stdout
    assert short == helm("list", "-n", crowd, "-q", *words.split()).stdout


def test_the_tables_hold_helms_columns(crowd, helm, dpctl):
    cells = lambda text: [re.split(r"\s*\t\s*|\s{2,}", line.strip()) for line in text.splitlines()]  # noqa: E731
    for words in (["list"], ["list", "--no-headers"], ["history", "alpha"], ["history", "alpha", "--max", "1"]):
        ours, theirs = (tool(*head, *words, "-n", crowd).stdout for tool, head in ((dpctl, ["chart"]), (helm, [])))
        plain = [[cell.replace("APP-VERSION", "APP VERSION") for cell in row] for row in cells(ours)]
        assert plain == cells(theirs)


@pytest.mark.parametrize("form", ["table", "json", "yaml"])
@pytest.mark.parametrize("words", ["get metadata alpha", "get metadata alpha --revision 1", "status alpha", "get values alpha"])
def test_what_is_shown_of_a_release_has_helms_fields(crowd, helm, dpctl, words, form):
    ours = dpctl("chart", *words.split(), "-n", crowd, "-o", form, "--show-secrets" if words == "status alpha" else "--quiet", check=True).stdout
    theirs = helm(*words.split(), "-n", crowd, "-o", form).stdout
    if form == "table":
        assert sorted(without_ages(ours)) == sorted(without_ages(theirs))  # Helm prints kinds in any order
        return
    read = json.loads if form == "json" else yaml.safe_load
    ours, theirs = read(ours), read(theirs)
    if words != "get values alpha":
        assert ours.pop("apiVersion") == "dpctl/v1" and ours.pop("kind")
    assert ours == theirs


def without_ages(text: str) -> list[list[str]]:
    return [[re.sub(r"^\d+[smhd]\S*$", "AGE", word) for word in line.split()] for line in text.splitlines() if line.strip()]


def test_a_filter_and_a_state_choose_among_releases(kept, dpctl):
    names = lambda *words: dpctl("chart", "list", "-n", kept, "--short", *words, check=True).stdout  # noqa: E731
    assert names("--filter", "^w.b$") == names("--deployed") == "web\n"
    assert names("--filter", "^b") == names("--failed") == names("--offset", "1") == ""


def test_status_and_all_show_state_values_and_notes(kept, dpctl):
    status = dpctl("chart", "status", "web", "-n", kept, check=True).stdout
    assert "STATUS: deployed" in status and "REVISION: 2" in status and "NOTES:\nhello 3" in status
    everything = dpctl("chart", "get", "all", "web", "-n", kept, check=True).stdout
    for part in ("USER-SUPPLIED VALUES:\na: 3", "COMPUTED VALUES:\na: 3\nb:\n  c: 2", "HOOKS:\n---", "MANIFEST:\n---", "NOTES:\nhello 3"):
        assert part in everything


def test_a_release_or_revision_that_is_not_there_is_named(kept, dpctl):
    for words in (["history", "nope"], ["get", "notes", "nope"], ["status", "nope"], ["get", "values", "web", "--revision", "9"]):
        refused = dpctl("chart", *words, "-n", kept)
        assert refused.returncode == 5 and refused.stdout == "" and ("nope" in refused.stderr or "9" in refused.stderr)


def test_diff_shows_what_an_upgrade_would_change_and_changes_nothing(kept, dpctl, chart, kubectl):
    diff = lambda *words: dpctl("chart", "diff", "web", *words, "-n", kept, "--detailed-exitcode")  # noqa: E731
    same = diff(chart, "--set", "a=3")
    assert (same.returncode, same.stdout) == (0, "")
    changed = diff(chart, "--set", "a=4")
    assert changed.returncode == 2
    assert "-data: {a: '3'}\n+data: {a: '4'}\n" in changed.stdout and "configmap/web" in changed.stdout
    last = diff()
    assert last.returncode == 2 and "-data: {a: '1'}\n+data: {a: '3'}\n" in last.stdout
    assert diff("--from", "1", "--to", "1").returncode == 0
    history = json.loads(dpctl("chart", "history", "web", "-n", kept, "-o", "json", check=True).stdout)["items"]
    assert len(history) == 2


def test_diff_shows_that_a_secret_changes_but_not_to_what(kept, dpctl, chart, tmp_path):
    (tmp_path / "web/templates/secret.yaml").write_text(
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: '{{ .Values.a }}-hunter2'}\n")
    shown = dpctl("chart", "diff", "web", chart, "-n", kept, check=True).stdout
    assert "secret/s" in shown and "sha256" in shown and "hunter2" not in shown
    assert "hunter2" in dpctl("chart", "diff", "web", chart, "-n", kept, "--show-secrets", check=True).stdout
