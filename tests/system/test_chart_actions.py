"""`dpctl chart install|upgrade|rollback|uninstall` on a real cluster, taking turns with Helm 4.1.4."""
import json

import pytest

from releases import config_map, revisions, write_chart


@pytest.fixture
def chart(tmp_path):
    return write_chart(tmp_path / "chart", {"config.yaml": config_map("settings")})


@pytest.fixture
def act(dpctl, ns):
    return lambda verb, *words, check=True: dpctl("chart", verb, *words, "-n", ns, check=check)


@pytest.fixture
def color(kubectl, ns):
    return lambda: json.loads(kubectl("get", "configmap", "settings", "-n", ns, "-o", "json").stdout)["data"]["color"]


def history(helm, ns):
    return [(row["revision"], row["status"]) for row in json.loads(helm("history", "web", "-n", ns, "-o", "json").stdout)]


def test_dpctl_installs_helm_upgrades_dpctl_rolls_back(act, helm, chart, ns, color):
    done = act("install", "web", chart)
    assert "STATUS: deployed" in done.stdout and "REVISION: 1" in done.stdout
    helm("upgrade", "web", chart, "-n", ns, "--set", "color=green")
    assert color() == "green"
    act("rollback", "web")
    assert color() == "red"
    assert history(helm, ns) == [(1, "superseded"), (2, "superseded"), (3, "deployed")]


def test_helm_installs_dpctl_upgrades_helm_rolls_back_dpctl_uninstalls(act, helm, chart, ns, color, kubectl):
    helm("install", "web", chart, "-n", ns, "--set", "color=green")
    act("upgrade", "web", chart)
    assert color() == "green"  # without new values the old ones
    act("upgrade", "web", chart, "--set", "color=blue")
    helm("rollback", "web", "1", "-n", ns)
    assert color() == "green"
    assert history(helm, ns)[-1] == (4, "deployed")
    assert 'release "web" uninstalled' in act("uninstall", "web", "--wait").stdout
    assert revisions(kubectl, ns, "web") == {}


def test_a_name_in_use_and_a_name_that_is_not(act, chart):
    act("install", "web", chart)
    assert "exists already" in act("install", "web", chart, check=False).stderr
    assert "not installed" in act("upgrade", "other", chart, check=False).stderr
    assert "not installed" in act("uninstall", "other", check=False).stderr
    assert act("uninstall", "other", "--ignore-not-found").returncode == 0


def test_an_object_of_nobody_is_named_and_taken_only_on_request(act, chart, kubectl, ns, color):
    kubectl("create", "configmap", "settings", "-n", ns, "--from-literal=color=pink")
    refused = act("install", "web", chart, check=False)
    assert refused.returncode == 6
    assert "configmap/settings" in refused.stderr and "--take-ownership" in refused.stderr
    assert color() == "pink" and revisions(kubectl, ns, "web") == {}
    act("install", "web", chart, "--take-ownership", "--force-conflicts")
    assert color() == "red"


def test_a_dry_run_leaves_nothing(act, chart, kubectl, ns):
    assert "MANIFEST:" in act("install", "web", chart, "--dry-run=server").stdout
    assert revisions(kubectl, ns, "web") == {}


def test_what_the_server_refuses_leaves_no_revision(act, helm, chart, kubectl, ns, color):
    act("install", "web", chart)
    (chart / "templates" / "bad.yaml").write_text(config_map("Not_A_Name"))
    refused = act("upgrade", "web", chart, "--set", "color=green", check=False)
    assert refused.returncode != 0 and "Not_A_Name" in refused.stderr
    assert color() == "red" and history(helm, ns) == [(1, "deployed")]
    (chart / "templates" / "bad.yaml").unlink()
    act("upgrade", "web", chart, "--set", "color=green")  # at once: the lock was given back
    assert color() == "green" and history(helm, ns) == [(1, "superseded"), (2, "deployed")]


def test_kept_history_and_kept_objects(act, chart, kubectl, ns, color):
    kept = config_map("settings").replace("name: settings", "name: settings\n  annotations: {helm.sh/resource-policy: keep}")
    write_chart(chart, {"config.yaml": kept})
    act("install", "web", chart)
    assert "configmap/settings" in act("uninstall", "web", "--keep-history").stdout
    assert color() == "red" and revisions(kubectl, ns, "web") == {1: "uninstalled"}
    act("install", "web", chart, "--replace")
