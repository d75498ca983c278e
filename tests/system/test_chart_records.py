"""Records of releases that are not one sound Secret: in parts, in ConfigMaps, damaged."""
import base64
import gzip
import json
import secrets
import signal
import subprocess

import pytest

from releases import config_map, far_kubeconfig, wait_until, write_chart

NOISE = """{{- range $i, $line := .Files.Lines "files/noise" }}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: noise-{{ $i }}}
data: {noise: {{ $line | quote }}, color: {{ $.Values.color }}}
{{- end }}
"""


def noise(lines: int) -> str:
    """Text that does not compress below 120 kB a line."""
    return "\n".join(base64.b64encode(secrets.token_bytes(120_000)).decode() for _ in range(lines))


@pytest.fixture
def large(tmp_path):
    """Rendered it is 1.4 MB, whatever is done to compress it."""
    chart = write_chart(tmp_path / "large", {"noise.yaml": NOISE})
    (chart / "files").mkdir()
    (chart / "files/noise").write_text(noise(12))
    return chart


@pytest.fixture
def heavy(tmp_path):
    """The chart is large, what it renders is not."""
    chart = write_chart(tmp_path / "heavy", {"config.yaml": config_map("settings")})
    (chart / "files").mkdir()
    (chart / "files/noise").write_text(noise(12))
    return chart


@pytest.fixture
def act(dpctl, ns):
    return lambda verb, *words, check=True, **more: dpctl("chart", *verb.split(), *words, "-n", ns, check=check, **more)


@pytest.fixture
def parts(kubectl, ns):
    return lambda: kubectl("get", "secrets", "-n", ns, "-l", "dpctl/record-part-of=web", "-o", "name").stdout.split()


def listed(act, ns):
    return json.loads(act("list", "-o", "json").stdout)["items"]


def test_a_release_too_large_for_helm_lives_in_parts(act, helm, large, ns, parts, kubectl):
    act("install", "web", large)
    assert len(parts()) >= 2
    row = listed(act, ns)[0]
    assert row["parts"] == len(parts()) and row["helm_reads"] is False and row["status"] == "deployed"
    assert "Helm cannot read it" in act("list").stderr
    assert json.loads(helm("list", "-n", ns, "-o", "json").stdout) == []  # and it does not fail
    manifest = act("get manifest", "web").stdout
    assert len(manifest) > 1_900_000 and manifest.count("kind: ConfigMap") == 12
    act("upgrade", "web", large, "--set", "color=green")
    act("upgrade", "web", large, "--set", "color=blue", "--history-max", "2")
    history = json.loads(act("history", "web", "-o", "json").stdout)["items"]
    assert [(row["revision"], row["status"]) for row in history] == [(2, "superseded"), (3, "deployed")]
    act("rollback", "web", "2")
    color = kubectl("get", "configmap", "noise-0", "-n", ns, "-o", "jsonpath={.data.color}").stdout
    assert color == "green"
    act("uninstall", "web")
    assert parts() == [] and kubectl("get", "configmaps", "-n", ns, "-o", "name").stdout.count("noise") == 0


def test_helm_refuses_what_dpctl_keeps(helm, large, ns):
    refused = helm("install", "web", large, "-n", ns, check=False, timeout=300)
    assert refused.returncode != 0 and "Too long" in refused.stderr


def test_helm_reads_and_rolls_back_a_release_whose_chart_alone_is_too_large(act, helm, heavy, ns, parts, kubectl):
    act("install", "web", heavy)
    act("upgrade", "web", heavy, "--set", "color=green")
    assert "Helm reads it" in act("list").stderr
    theirs = json.loads(helm("history", "web", "-n", ns, "-o", "json").stdout)
    assert [row["status"] for row in theirs] == ["superseded", "deployed"]
    assert helm("get", "manifest", "web", "-n", ns).stdout == act("get manifest", "web").stdout
    helm("rollback", "web", "1", "-n", ns)
    assert kubectl("get", "configmap", "settings", "-n", ns, "-o", "jsonpath={.data.color}").stdout == "red"
    act("upgrade", "web", heavy, "--set", "color=blue")
    helm("uninstall", "web", "-n", ns)  # the server collects the parts with their heads
    wait_until(lambda: parts() == [], 30, "parts of a release that Helm removed are gone")


def test_a_run_killed_between_parts_and_head_is_continued(act, dpctl_path, peers, large, ns, parts, tmp_path, kubectl):
    act("install", "web", large)
    before = set(parts())
    with far_kubeconfig(peers, tmp_path, 150) as config:
        watch = subprocess.Popen(
            ["kubectl", "get", "secrets", "-n", ns, "-l", "dpctl/record-part-of=web", "--watch-only", "-o", "name"],
            stdout=subprocess.PIPE, text=True, env=peers.env)
        run = subprocess.Popen([dpctl_path, "chart", "upgrade", "web", large, "-n", ns, "--set", "color=green", "--kubeconfig", config],
                               env=peers.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        watch.stdout.readline()
        run.send_signal(signal.SIGKILL)
        run.wait()
        watch.terminate()
    left = set(parts()) - before
    assert left and listed(act, ns)[0]["revision"] == "1"  # parts without a head are no revision
    assert act("get manifest", "web").stdout.count("color: red") == 12
    act("upgrade", "web", large, "--set", "color=blue", timeout=120)
    row = listed(act, ns)[0]
    assert (row["revision"], row["status"]) == ("2", "deployed")
    assert not left & set(parts())
    assert act("get manifest", "web").stdout.count("color: blue") == 12


def test_config_maps_are_shared_with_helm(act, helm, tmp_path, ns, kubectl):
    chart = write_chart(tmp_path / "chart", {"config.yaml": config_map("settings")})
    driver = {"env": {"HELM_DRIVER": "configmap"}}
    color = lambda: kubectl("get", "configmap", "settings", "-n", ns, "-o", "jsonpath={.data.color}").stdout  # noqa: E731
    act("install", "web", chart, **driver)
    helm("upgrade", "web", chart, "-n", ns, "--set", "color=green", **driver)
    act("upgrade", "web", chart, "--set", "color=blue", **driver)
    helm("rollback", "web", "2", "-n", ns, **driver)
    assert color() == "green"
    act("rollback", "web", "3", **driver)
    assert color() == "blue"
    theirs = json.loads(helm("list", "-n", ns, "-o", "json", **driver).stdout)
    assert json.loads(act("list", "-o", "json", **driver).stdout)["items"] == theirs and theirs[0]["revision"] == "5"
    assert json.loads(act("list", "-o", "json").stdout)["items"] == []  # nothing in Secrets
    assert kubectl("get", "secrets", "-n", ns, "-o", "name").stdout == ""
    act("uninstall", "web", **driver)
    assert json.loads(helm("list", "-n", ns, "-o", "json", **driver).stdout) == []


def test_a_driver_that_is_not_there_is_named(act):
    refused = act("list", check=False, env={"HELM_DRIVER": "sql"})
    assert refused.returncode == 2 and "HELM_DRIVER=sql" in refused.stderr


def packed(text: str) -> str:
    return base64.b64encode(gzip.compress(text.encode(), 9)).decode()


DAMAGED = {
    "no base64": lambda: "not base64 !",
    "cut short": lambda: packed('{"name":"web","info":{"status":"deployed"')[:-12],
    "half JSON": lambda: packed('{"name":'),
    "no object": lambda: packed("[1,2]"),
    "empty": lambda: packed("{}"),
    "bomb": lambda: packed('{"name":"' + "a" * (400 << 20)),
    "nothing": lambda: "",
}


@pytest.mark.parametrize("damage", DAMAGED)
def test_a_damaged_record_is_one_clear_error_and_hides_no_other(act, tmp_path, ns, kubectl, damage, peers, dpctl_path):
    chart = write_chart(tmp_path / "chart", {"config.yaml": config_map("settings")})
    act("install", "web", chart)
    act("install", "other", write_chart(tmp_path / "other", {"config.yaml": config_map("more")}))
    name = "sh.helm.release.v1.web.v1"
    patch = json.dumps({"data": {"release": base64.b64encode(DAMAGED[damage]().encode()).decode()}})
    kubectl("patch", "secret", name, "-n", ns, "--type=merge", "--patch-file", "/dev/stdin", input=patch)
    shown = act("list", "--short")  # by labels alone
    assert shown.stdout == "other\nweb\n"
    shown = act("list")
    assert "other" in shown.stdout and name in shown.stderr and shown.stderr.count("warning") == 1
    refused = peers.run("/usr/bin/time", "-f", "%M", dpctl_path, "chart", "upgrade", "web", chart, "-n", ns)
    assert refused.returncode == 1 and name in refused.stderr and "delete it" in refused.stderr
    assert int(refused.stderr.split()[-1]) < 700_000  # kB: the bound of what a record unpacks to, twice


def test_a_part_that_is_missing_is_named(act, large, ns, parts, kubectl):
    act("install", "web", large)
    victim = sorted(parts())[1]
    kubectl("delete", victim, "-n", ns)
    assert listed(act, ns)[0]["status"] == "deployed"
    for verb in ("get manifest", "status", "uninstall"):
        refused = act(verb, "web", check=False)
        assert refused.returncode == 1 and victim.split("/")[1] in refused.stderr and "missing" in refused.stderr
