"""Releases that were left in the middle of a change: seen, told with the next step, and brought on by one command."""
import contextlib
import json
import signal
import subprocess
import time
from concurrent.futures import ThreadPoolExecutor

import pytest

from releases import config_map, far_kubeconfig, hook, revisions, wait_until, write_chart

SLEEP = hook("slow", "pre-install,pre-upgrade", policy="before-hook-creation", command="sleep 600")


@pytest.fixture
def act(dpctl, ns):
    return lambda verb, *words, check=True, **more: dpctl("chart", verb, *words, "-n", ns, check=check, **more)


@pytest.fixture
def slow(tmp_path):
    """A chart whose hook lasts long enough to be killed in."""
    return write_chart(tmp_path / "slow", {"config.yaml": config_map("settings"), "hook.yaml": SLEEP})


@pytest.fixture
def quick(tmp_path):
    return write_chart(tmp_path / "quick", {"config.yaml": config_map("settings")})


@pytest.fixture
def killed(peers, kubectl, ns):
    """Starts a command and ends it with SIGKILL once a revision is pending."""

    def run(*command, status: str):
        process = subprocess.Popen([str(word) for word in command], env=peers.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            wait_until(lambda: status in revisions(kubectl, ns, "web").values(), 30, f"a revision is {status}")
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()

    return run


@contextlib.contextmanager
def refused_updates(kubectl, ns: str, status: str):
    """The API server refuses that a release record of the namespace gets this status."""
    name = f"no-{status}-{ns}"
    policy = {
        "apiVersion": "admissionregistration.k8s.io/v1",
        "kind": "ValidatingAdmissionPolicy",
        "metadata": {"name": name},
        "spec": {
            "failurePolicy": "Fail",
            "matchConstraints": {
                "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": ns}},
                "resourceRules": [{"apiGroups": [""], "apiVersions": ["v1"], "operations": ["UPDATE"], "resources": ["secrets"]}],
            },
            "validations": [{"expression": f"object.metadata.?labels.?status.orValue('') != '{status}'"}],
        },
    }
    binding = {
        "apiVersion": policy["apiVersion"],
        "kind": "ValidatingAdmissionPolicyBinding",
        "metadata": {"name": name},
        "spec": {"policyName": name, "validationActions": ["Deny"]},
    }
    probe = ("label", "secret", "probe", "-n", ns, f"status={status}", "--overwrite", "--dry-run=server")
    kubectl("create", "secret", "generic", "probe", "-n", ns)
    try:
        kubectl("create", "-f", "-", input=json.dumps({"apiVersion": "v1", "kind": "List", "items": [policy, binding]}))
        wait_until(lambda: kubectl(*probe, check=False).returncode != 0, 30, "the policy is in force")
        yield
    finally:
        kubectl("delete", "validatingadmissionpolicy,validatingadmissionpolicybinding", name)
    wait_until(lambda: kubectl(*probe, check=False).returncode == 0, 30, "the policy is gone")


def states(act):
    return [row["status"] for row in json.loads(act("history", "web", "-o", "json").stdout)["items"]]


def test_helm_killed_in_mid_install_is_told_and_taken_over(act, killed, peers, slow, quick, ns):
    killed("helm", "install", "web", slow, "-n", ns, status="pending-install")
    told = act("list")
    assert "pending-install" in told.stdout
    assert "by a tool that holds no lock" in told.stderr and "dpctl chart uninstall web" in told.stderr and "--take-over" in told.stderr
    assert "dpctl chart install web" in act("status", "web").stderr
    refused = act("install", "web", quick, check=False)
    assert refused.returncode == 6 and "--take-over" in refused.stderr
    act("install", "web", quick, "--take-over")
    assert states(act) == ["failed", "deployed"]
    assert "holds no lock" not in act("list").stderr


def test_helm_killed_in_mid_upgrade_is_rolled_back_by_one_command(act, helm, killed, slow, quick, ns, kubectl):
    helm("install", "web", quick, "-n", ns)
    killed("helm", "upgrade", "web", slow, "-n", ns, "--set", "color=green", status="pending-upgrade")
    assert "another operation" in helm("upgrade", "web", quick, "-n", ns, check=False).stderr  # Helm itself is stuck
    assert "dpctl chart rollback web" in act("status", "web").stderr
    act("rollback", "web", "--take-over")
    assert states(act) == ["superseded", "failed", "deployed"]
    assert helm("upgrade", "web", quick, "-n", ns).returncode == 0


def test_helm_killed_in_mid_install_can_be_removed(act, killed, slow, ns, kubectl):
    killed("helm", "install", "web", slow, "-n", ns, status="pending-install")
    act("uninstall", "web", "--take-over")
    assert revisions(kubectl, ns, "web") == {}


def test_dpctl_killed_in_mid_upgrade_is_continued_once_its_lock_has_run_out(act, killed, dpctl_path, slow, quick, ns):
    act("install", "web", quick)
    killed(dpctl_path, "chart", "upgrade", "web", slow, "-n", ns, status="pending-upgrade")
    assert "is at work on it" in act("status", "web").stderr  # nobody can know yet that it is dead
    wait_until(lambda: "died at work, its lock ran out" in act("list").stderr, 25, "the lock has run out")
    begun = time.monotonic()
    act("upgrade", "web", quick, "--set", "color=green", timeout=60)
    assert time.monotonic() - begun < 20  # without a flag, and without asking
    assert states(act) == ["superseded", "failed", "deployed"]


def test_dpctl_killed_in_mid_upgrade_is_rolled_back_by_one_command(act, killed, dpctl_path, slow, quick, ns, kubectl):
    act("install", "web", quick)
    killed(dpctl_path, "chart", "upgrade", "web", slow, "-n", ns, "--set", "color=green", status="pending-upgrade")
    act("rollback", "web", timeout=60)
    assert states(act) == ["superseded", "failed", "deployed"]
    color = kubectl("get", "configmap", "settings", "-n", ns, "-o", "jsonpath={.data.color}").stdout
    assert color == "red"


def test_what_a_run_left_pending_whose_last_write_was_refused_is_continued_without_a_flag(act, quick, ns, kubectl):
    act("install", "web", quick)
    with refused_updates(kubectl, ns, "deployed"):
        ended = act("upgrade", "web", quick, "--set", "color=green", check=False)
    assert ended.returncode == 1 and "what was to be applied is applied" in ended.stderr
    assert "the run that began it has ended" in act("status", "web").stderr
    assert states(act)[-1] == "pending-upgrade"
    act("upgrade", "web", quick, "--set", "color=blue")
    assert states(act) == ["superseded", "failed", "deployed"]


def test_an_upgrade_killed_at_any_moment_is_recoverable(act, dpctl_path, peers, tmp_path, ns, kubectl):
    """One release for each moment, all at once: most of the time goes by until a dead run's lock has run out."""
    chart = write_chart(tmp_path / "chart", {"config.yaml": config_map("{{ .Release.Name }}")})
    moments = [0.4 + 0.15 * i for i in range(10)]  # at 150 ms round trip an upgrade takes about 1.3 s
    names = [f"web-{i}" for i in range(len(moments))]
    with far_kubeconfig(peers, tmp_path, 75) as config, ThreadPoolExecutor(len(names)) as pool:

        def kill(name: str, after: float) -> None:
            words = [dpctl_path, "chart", "upgrade", name, chart, "-n", ns, "--set", "color=green", "--kubeconfig", config]
            run = subprocess.Popen(words, env=peers.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
            time.sleep(after)
            run.send_signal(signal.SIGKILL)
            run.wait()

        list(pool.map(lambda name: act("install", name, chart), names))
        for name, after in zip(names, moments, strict=True):
            kill(name, after)
        left = {row["name"]: row["status"] for row in json.loads(act("list", "-o", "json").stdout)["items"]}
        list(pool.map(lambda name: act("upgrade", name, chart, "--set", "color=blue", timeout=90), names))
    assert "pending-upgrade" in left.values()  # else the moments were badly chosen
    for name in names:
        history = [row["status"] for row in json.loads(act("history", name, "-o", "json").stdout)["items"]]
        assert history[-1] == "deployed" and history.count("deployed") == 1
        assert kubectl("get", "configmap", name, "-n", ns, "-o", "jsonpath={.data.color}").stdout == "blue"
