"""`dpctl deploy --chart` on a real cluster, and Helm itself (4.1.4 and 3.17.2) on the releases that it leaves."""
import json
import signal
import subprocess

import pytest

from lab import builds
from releases import DEPLOYMENT, VALUES, config_map, hook, revisions, wait_until, write_chart

EVERYTHING = {"config.yaml": config_map("settings"), "web.yaml": DEPLOYMENT}


@pytest.fixture
def chart(tmp_path):
    return write_chart(tmp_path / "chart", EVERYTHING)


@pytest.fixture
def deploy(dpctl, ns, chart):
    """Deploys the chart as release `web` into the test's namespace; fails the test when that fails, unless check=False."""

    def run(*arguments, check=True, **options):
        return dpctl("deploy", "--chart", chart, "--release", "web", "-n", ns, *arguments, check=check, **options)

    return run


@pytest.fixture
def get(kubectl, ns):
    """An object of the test's namespace as a tree; None when there is none."""

    def run(*what):
        done = kubectl("get", *what, "-n", ns, "-o", "json", "--ignore-not-found")
        return json.loads(done.stdout) if done.stdout else None

    return run


@pytest.fixture
def written(peers, ns):
    """The writes into the test's namespace since a mark; other tests may be at work elsewhere."""
    return lambda mark: [event["requestURI"] for event in peers.writes(mark) if f"/namespaces/{ns}" in event["requestURI"]]


@pytest.fixture(params=["helm", "helm3"])
def any_helm(request, helm, peers, tmp_path):
    if request.param == "helm":
        return helm
    return lambda *words, **options: peers.run(builds.tool("helm3"), *words, check=True, env={"HOME": str(tmp_path)}, **options)


def replicas(get):
    return get("deployment", "web")["spec"]["replicas"]


def test_the_first_run_creates_the_objects_and_waits_until_they_are_ready(deploy, get):
    done = deploy()
    assert get("configmap", "settings")["data"] == {"color": "red"}
    web = get("deployment", "web")
    assert web["status"]["readyReplicas"] == 1
    assert web["metadata"]["labels"]["app.kubernetes.io/managed-by"] == "Helm"
    assert "+ deployment.apps/web" in done.stdout
    assert "3 changed, 0 unchanged" in done.stdout


def test_helm_reads_the_record(deploy, ns, any_helm):
    deploy()
    (listed,) = json.loads(any_helm("list", "-n", ns, "-o", "json").stdout)
    assert (listed["name"], listed["revision"], listed["status"], listed["chart"]) == ("web", "1", "deployed", "probe-0.1.0")
    (revision,) = json.loads(any_helm("history", "web", "-n", ns, "-o", "json").stdout)
    assert (revision["revision"], revision["status"], revision["description"]) == (1, "deployed", "Install complete")
    manifest = any_helm("get", "manifest", "web", "-n", ns).stdout
    assert "# Source: probe/templates/web.yaml" in manifest and 'color: "red"' in manifest
    assert json.loads(any_helm("get", "values", "web", "-n", ns, "-o", "json", "--all").stdout)["replicas"] == 1
    assert json.loads(any_helm("status", "web", "-n", ns, "-o", "json").stdout)["info"]["status"] == "deployed"


def test_a_second_run_writes_nothing(deploy, peers, written):
    deploy()
    mark = peers.audit_mark()
    again = deploy()
    assert written(mark) == []
    assert "0 changed" in again.stdout


def test_a_dry_run_writes_nothing_and_says_what_would_change(deploy, peers, written, get):
    mark = peers.audit_mark()
    planned = deploy("--dry-run")
    assert written(mark) == []
    assert "+ configmap/settings" in planned.stdout and "to change" in planned.stdout
    assert get("configmap", "settings") is None


def test_a_changed_value_makes_revision_2_and_supersedes_revision_1(deploy, kubectl, ns, get, tmp_path):
    deploy()
    (tmp_path / "blue.yaml").write_text("color: blue\n")
    done = deploy("--values", tmp_path / "blue.yaml")
    assert revisions(kubectl, ns, "web") == {1: "superseded", 2: "deployed"}
    assert get("configmap", "settings")["data"] == {"color": "blue"}
    assert 'data.color: "red" -> "blue"' in done.stdout


def test_an_object_that_left_the_chart_is_removed_unless_it_is_to_be_kept(deploy, chart, get):
    kept = config_map("kept").replace("name: kept", "name: kept\n  annotations: {helm.sh/resource-policy: keep}")
    write_chart(chart, {**EVERYTHING, "extra.yaml": config_map("extra"), "kept.yaml": kept})
    deploy()
    assert get("configmap", "extra") and get("configmap", "kept")
    write_chart(chart, EVERYTHING)
    done = deploy()
    assert get("configmap", "extra") is None
    assert get("configmap", "kept") is not None
    assert "- configmap/extra" in done.stdout


def test_hooks_run_by_weight_and_go_as_their_policies_say(deploy, chart, get, kubectl, ns):
    write_chart(chart, {"config.yaml": config_map("settings"),
                        "late.yaml": hook("late", "pre-install", weight=5),
                        "early.yaml": hook("early", "pre-install,pre-upgrade", weight=-5, policy="before-hook-creation,hook-succeeded"),
                        "after.yaml": hook("after", "post-install")})
    deploy()
    assert get("job", "early") is None  # hook-succeeded
    late, after = get("job", "late"), get("job", "after")
    assert late["status"]["succeeded"] == 1 and after["status"]["succeeded"] == 1
    made = get("configmap", "settings")["metadata"]["creationTimestamp"]
    assert late["status"]["completionTime"] <= made <= after["metadata"]["creationTimestamp"]
    events = json.loads(kubectl("get", "events", "-n", ns, "-o", "json", "--field-selector", "reason=SuccessfulCreate").stdout)["items"]
    order = [event["involvedObject"]["name"] for event in sorted(events, key=lambda event: int(event["metadata"]["resourceVersion"]))]
    assert order == ["early", "late", "after"]


def test_a_failing_hook_ends_the_run_with_the_words_of_the_hook(deploy, chart, get, kubectl, ns):
    write_chart(chart, {"config.yaml": config_map("settings"),
                        "bad.yaml": hook("bad", "pre-install", command="echo no such tenant; exit 3")})
    failed = deploy(check=False)
    assert failed.returncode == 7
    assert "pre-install hook probe/templates/bad.yaml failed" in failed.stderr
    assert "no such tenant" in failed.stderr
    assert get("configmap", "settings") is None
    assert revisions(kubectl, ns, "web") == {1: "failed"}
    write_chart(chart, {"config.yaml": config_map("settings"), "bad.yaml": hook("bad", "pre-install")})
    deploy()
    assert revisions(kubectl, ns, "web") == {1: "failed", 2: "deployed"}


def test_helm_upgrades_and_rolls_back_what_dpctl_deployed(deploy, chart, ns, get, any_helm):
    deploy()
    any_helm("upgrade", "web", chart, "-n", ns, "--set", "color=green", "--wait", "--timeout", "60s")
    assert get("configmap", "settings")["data"] == {"color": "green"}
    any_helm("rollback", "web", "1", "-n", ns, "--wait", "--timeout", "60s")
    assert get("configmap", "settings")["data"] == {"color": "red"}
    history = json.loads(any_helm("history", "web", "-n", ns, "-o", "json").stdout)
    assert [(row["revision"], row["status"]) for row in history] == [(1, "superseded"), (2, "superseded"), (3, "deployed")]
    deploy()
    assert get("deployment", "web")["status"]["readyReplicas"] == 1


def test_dpctl_takes_over_what_helm_installed(deploy, chart, ns, get, any_helm, kubectl, tmp_path):
    any_helm("install", "web", chart, "-n", ns, "--wait", "--timeout", "60s")
    (tmp_path / "blue.yaml").write_text("color: blue\nreplicas: 2\n")
    deploy("--values", tmp_path / "blue.yaml")
    assert get("configmap", "settings")["data"] == {"color": "blue"}
    assert replicas(get) == 2
    assert revisions(kubectl, ns, "web") == {1: "superseded", 2: "deployed"}
    any_helm("rollback", "web", "1", "-n", ns, "--wait", "--timeout", "60s")
    assert get("configmap", "settings")["data"] == {"color": "red"}


def test_a_field_that_left_the_chart_leaves_the_object_that_helm_upgraded(deploy, chart, ns, get, any_helm):
    write_chart(chart, {"config.yaml": config_map("settings") + "  more: than enough\n"})
    any_helm("install", "web", chart, "-n", ns)
    write_chart(chart, {"config.yaml": config_map("settings")})
    deploy()
    assert get("configmap", "settings")["data"] == {"color": "red"}


def test_a_run_that_was_killed_is_finished_by_the_next(deploy, dpctl_path, peers, written, chart, ns, get, kubectl, tmp_path):
    many = {f"config-{i}.yaml": config_map(f"settings-{i}") for i in range(60)}
    slow = VALUES.replace('command: [sleep, "3600"]', 'command: [sh, -c, "sleep 4; touch /tmp/ready; sleep 3600"]')
    ready = DEPLOYMENT + "          readinessProbe: {exec: {command: [cat, /tmp/ready]}, periodSeconds: 1, timeoutSeconds: 10}\n"
    write_chart(chart, {**many, "web.yaml": ready}, slow)
    running = subprocess.Popen([dpctl_path, "deploy", "--chart", chart, "--release", "web", "-n", ns],
                               env={**peers.env, "XDG_CACHE_HOME": str(tmp_path / "cache")}, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    wait_until(lambda: get("deployment", "web"), 20, "the Deployment is created")
    running.send_signal(signal.SIGKILL)
    running.wait()
    assert revisions(kubectl, ns, "web") == {1: "pending-install"}
    deploy()
    assert get("deployment", "web")["status"]["readyReplicas"] == 1
    assert len(get("configmap")["items"]) == 61  # and the cluster's own kube-root-ca.crt
    assert revisions(kubectl, ns, "web")[2] == "deployed"
    mark = peers.audit_mark()
    deploy()
    assert written(mark) == []


def test_another_owner_of_a_field_is_named_and_nothing_is_taken_from_it(deploy, kubectl, ns, get, tmp_path):
    deploy()
    kubectl("set", "env", "deployment/web", "-n", ns, "COLOR=pink", "--field-manager=somebody")
    (tmp_path / "blue.yaml").write_text("color: blue\n")
    refused = deploy("--values", tmp_path / "blue.yaml", check=False)
    assert refused.returncode == 6
    assert "somebody" in refused.stderr and "COLOR" in refused.stderr and "deployment.apps/web" in refused.stderr
    assert "--force-conflicts" in refused.stderr
    assert refused.stdout == ""
    assert get("configmap", "settings")["data"] == {"color": "red"}  # planned as a whole, so nothing was done
    assert revisions(kubectl, ns, "web") == {1: "deployed"}
    deploy("--values", tmp_path / "blue.yaml", "--force-conflicts")
    (container,) = get("deployment", "web")["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "COLOR", "value": "blue"}]


def test_replicas_set_by_kubectl_scale_stay(deploy, kubectl, ns, get, tmp_path):
    deploy()
    kubectl("scale", "deployment/web", "-n", ns, "--replicas=2")
    (tmp_path / "blue.yaml").write_text("color: blue\n")
    deploy("--values", tmp_path / "blue.yaml")
    assert replicas(get) == 2
    assert get("configmap", "settings")["data"] == {"color": "blue"}


def test_replicas_set_by_an_autoscaler_stay(deploy, chart, get, peers, written, tmp_path):
    scaler = """apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: web}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: web}
  minReplicas: 2
  maxReplicas: 3
  metrics: [{type: Resource, resource: {name: cpu, target: {type: Utilization, averageUtilization: 70}}}]
"""
    limited = DEPLOYMENT + "          resources: {requests: {cpu: 5m}}\n"
    write_chart(chart, {"config.yaml": config_map("settings"), "web.yaml": limited, "scaler.yaml": scaler})
    deploy()
    wait_until(lambda: replicas(get) == 2, 60, "the autoscaler has set its minimum")
    (tmp_path / "blue.yaml").write_text("color: blue\n")
    deploy("--values", tmp_path / "blue.yaml")
    assert replicas(get) == 2
    mark = peers.audit_mark()
    deploy("--values", tmp_path / "blue.yaml")
    assert written(mark) == []


def test_an_object_that_somebody_deleted_comes_back(deploy, kubectl, ns, get):
    deploy()
    kubectl("delete", "configmap", "settings", "-n", ns)
    done = deploy()
    assert get("configmap", "settings")["data"] == {"color": "red"}
    assert "+ configmap/settings" in done.stdout


def test_the_result_is_one_json_document_and_progress_goes_elsewhere(deploy):
    done = deploy("-o", "json", "--progress", "json")
    plan = json.loads(done.stdout)
    assert plan["kind"] == "Plan" and plan["done"] is True
    assert {change["object"] for change in plan["steps"][0]["changes"]} == {"configmap/settings", "deployment.apps/web", "release/web"}
    lines = [json.loads(line) for line in done.stderr.splitlines()]
    assert lines[0] == {"type": "version", "format": "dpctl/events/v1", "command": "deploy"}
    assert lines[-1]["type"] == "done" and lines[-1]["id"] == "deploy"


def test_the_newest_ten_revisions_are_kept(deploy, chart, kubectl, ns):
    for i in range(12):
        write_chart(chart, {"config.yaml": config_map("settings")}, f"color: c{i}\n")
        deploy()
    kept = revisions(kubectl, ns, "web")
    assert sorted(kept) == list(range(3, 13))
    assert kept[12] == "deployed"
