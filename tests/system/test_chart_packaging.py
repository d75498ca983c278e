"""chart package, show, lint and dependency beside real Helm: the same charts, the same words."""

import shutil

import pytest
import yaml

CHART = """apiVersion: v2
name: web
version: 0.1.0
icon: https://example.org/web.png
"""
MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {}\n"


def write(folder, files):
    for name, text in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return folder


@pytest.fixture
def web(tmp_path):
    return write(tmp_path / "web", {"Chart.yaml": CHART, "values.yaml": "a: 1\n", "README.md": "# web",
                                    "crds/x.yaml": "a: 1\n", "templates/a.yaml": MAP.format("a")})


@pytest.mark.parametrize("what", ["all", "chart", "values", "readme", "crds"])
def test_show_prints_what_helm_prints(helm, dpctl, web, what):
    assert dpctl("chart", "show", what, str(web), check=True).stdout == helm("show", what, str(web)).stdout


V1 = CHART.replace("v2", "v1") + "description: |\n  two\n  lines\n"
REQUIREMENTS = "dependencies: [{name: k, version: 1.0.0, repository: https://example.org}]\n"
SHOWN = {
    "no values": {"values.yaml": None},
    "empty values": {"values.yaml": ""},
    "requirements": {"Chart.yaml": V1, "requirements.yaml": REQUIREMENTS},
}


@pytest.mark.parametrize("what", ["all", "chart", "values"])
@pytest.mark.parametrize("case", SHOWN)
def test_show_prints_what_helm_prints_of_odd_charts(helm, dpctl, web, case, what):
    files = SHOWN[case]
    for name in [name for name, text in files.items() if text is None]:
        (web / name).unlink()
    write(web, {name: text for name, text in files.items() if text is not None})
    assert dpctl("chart", "show", what, str(web), check=True).stdout == helm("show", what, str(web)).stdout


def test_a_package_is_the_same_twice_and_helm_renders_it(helm, dpctl, web, tmp_path):
    for out in ("one", "two"):
        dpctl("chart", "package", str(web), "-d", str(tmp_path / out), "--version", "1.2.3", check=True)
    one, two = (tmp_path / out / "web-1.2.3.tgz" for out in ("one", "two"))
    assert one.read_bytes() == two.read_bytes()
    assert helm("template", "r", str(one)).stdout == helm("template", "r", str(web)).stdout
    assert yaml.safe_load(helm("show", "chart", str(one)).stdout)["version"] == "1.2.3"


LINT = {
    "fine": {},
    "no name": {"Chart.yaml": CHART.replace("name: web\n", "")},
    "number as version": {"Chart.yaml": CHART.replace("0.1.0", "1.2")},
    "bad version": {"Chart.yaml": CHART.replace("0.1.0", "x.y")},
    "unknown api": {"Chart.yaml": CHART.replace("v2", "v3")},
    "bad icon": {"Chart.yaml": CHART.replace("https://example.org/web.png", "web")},
    "unknown field": {"Chart.yaml": CHART + "foo: 1\n"},
    "no selector": {"templates/b.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: b}\n"},
    "bad name": {"templates/b.yaml": MAP.format("A_b")},
    "old api": {"templates/b.yaml": "apiVersion: policy/v1beta1\nkind: PodDisruptionBudget\nmetadata: {name: b}\n"},
    "indent": {"templates/b.yaml": "\n   a: 1\n"},
    "extension": {"templates/b.foo": "a: 1\n"},
    "execution": {"templates/b.yaml": "{{ .Values.x.y }}"},
    "schema": {"values.schema.json": '{"properties": {"a": {"type": "string"}}}'},
    "version in two parts": {"Chart.yaml": CHART.replace("0.1.0", "'1.2'").replace("icon", "home")},
    "no yaml beside definitions": {"crds/_helpers.tpl": "{{- define }}"},
    "missing dependency": {"Chart.yaml": CHART + "dependencies: [{name: k, version: 1.0.0, repository: file://x}]\n"},
}


@pytest.mark.parametrize("case", LINT)
def test_lint_finds_what_helm_finds(helm, dpctl, tmp_path, case):
    write(tmp_path / "web", {"Chart.yaml": CHART, "values.yaml": "a: 1\n", "templates/a.yaml": MAP.format("a"),
                             **LINT[case]})
    theirs = helm("lint", str(tmp_path / "web"), check=False)
    ours = dpctl("chart", "lint", str(tmp_path / "web"))
    assert ours.stdout == theirs.stdout
    assert (ours.returncode == 0) == (theirs.returncode == 0)


@pytest.fixture
def umbrella(tmp_path, web):
    rows = [{"name": "web", "version": ">=0.1.0", "repository": "file://../web", "tags": ["a"]}]
    chart = CHART.replace("name: web", "name: umbrella") + yaml.safe_dump({"dependencies": rows})
    return write(tmp_path / "umbrella", {"Chart.yaml": chart})


def test_helm_builds_from_our_lock_and_we_from_helms(helm, dpctl, umbrella):
    dpctl("chart", "dependency", "update", str(umbrella), check=True)
    ours = yaml.safe_load((umbrella / "Chart.lock").read_text())
    helm("dependency", "build", str(umbrella))
    (umbrella / "Chart.lock").unlink()
    helm("dependency", "update", str(umbrella))
    assert yaml.safe_load((umbrella / "Chart.lock").read_text())["digest"] == ours["digest"]
    shutil.rmtree(umbrella / "charts")
    dpctl("chart", "dependency", "build", str(umbrella), check=True)
    assert (umbrella / "charts" / "web-0.1.0.tgz").exists()
    assert "ok" in helm("dependency", "list", str(umbrella)).stdout


def test_a_lock_that_does_not_belong_is_refused(dpctl, umbrella):
    dpctl("chart", "dependency", "update", str(umbrella), check=True)
    text = (umbrella / "Chart.yaml").read_text()
    (umbrella / "Chart.yaml").write_text(text.replace(">=0.1.0", ">=0.0.9"))
    refused = dpctl("chart", "dependency", "build", str(umbrella))
    assert refused.returncode != 0
    assert "out of sync" in refused.stderr


def test_a_chart_that_lacks_dependencies_is_rendered_after_an_update(helm, dpctl, umbrella, tmp_path):
    refused = dpctl("chart", "template", "rel", str(umbrella))
    assert refused.returncode != 0 and "dependency build" in refused.stderr
    theirs = shutil.copytree(umbrella, tmp_path / "theirs" / "umbrella")
    shutil.copytree(tmp_path / "web", tmp_path / "theirs" / "web")
    done = dpctl("chart", "template", "rel", str(umbrella), "--dependency-update", check=True)
    assert done.stdout and done.stdout in helm("template", "rel", str(theirs), "--dependency-update").stdout
    dpctl("chart", "package", str(umbrella), "-u", "-d", str(tmp_path / "out"), check=True)
    assert (tmp_path / "out").iterdir()


def test_a_template_sees_the_cluster_when_it_is_asked_to(helm, dpctl, web, kubectl, ns):
    kubectl("create", "configmap", "there", "-n", ns, "--from-literal=a=1")
    write(web, {"templates/look.yaml": """apiVersion: v1
kind: ConfigMap
metadata: {name: look}
data:
  found: {{ (lookup "v1" "ConfigMap" .Release.Namespace "there").data | toJson | quote }}
  version: {{ .Capabilities.KubeVersion | quote }}
"""})
    words = ("template", "rel", str(web), "-n", ns)
    assert dpctl("chart", *words, "--dry-run=server", check=True).stdout == helm(*words, "--dry-run=server").stdout
    assert 'found: "null"' in dpctl("chart", *words, check=True).stdout
