"""The charts of templates/: real Helm takes them, dpctl renders the same bytes, the API server takes the objects, and the
infrastructure chart survives the loss of its master.
"""

import time
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
import yaml

TEMPLATES = Path(__file__).resolve().parents[2] / "templates"
RELEASES = {"pipeline": "data-processing-pipeline", "infra": "data-processing-infra"}
VALUES = [(chart, values) for chart in RELEASES
          for values in ("values.yaml", "values-local.yaml", "values-production.yaml")]
SERVICES = ("aggregation", "enrichment", "normalization", "projection")

# The guide's step 5.
GUIDE = ["-f", TEMPLATES / "pipeline" / "values-production.yaml", "--set", "global.environment=production"]
for _service in SERVICES:
    GUIDE += ["--set", f"services.{_service}.autoscaling.enabled=true"]

LAB_INFRA = ["-f", TEMPLATES / "infra" / "values-local.yaml",
             "--set", "global.image.registry=10.99.0.1:5000/lab",
             "--set-string", "redis.image.tag=1",
             "--set-string", "pgbouncer.image.tag=1",
             "--set", "pgbouncer.image.repository=pgbouncer",
             "--set", "pgbouncer.upstream.host=10.99.0.1"]


def words(options):
    return [str(option) for option in options]


def objects(text):
    """(kind, name): object, of a rendered chart."""
    return {(o["kind"], o["metadata"]["name"]): o for o in yaml.safe_load_all(text) if o}


def eventually(condition, timeout):
    """The first true value of `condition`, polled; the last value when time is up."""
    deadline = time.monotonic() + timeout
    while not (value := condition()) and time.monotonic() < deadline:
        time.sleep(0.2)
    return value


@pytest.mark.parametrize(("chart", "values"), VALUES)
def test_helm_finds_nothing_wrong(helm, chart, values):
    helm("lint", "--strict", str(TEMPLATES / chart), "-f", str(TEMPLATES / chart / values))


@pytest.mark.parametrize(("chart", "values"), VALUES)
def test_dpctl_renders_what_helm_renders(helm, dpctl, chart, values):
    options = [RELEASES[chart], str(TEMPLATES / chart), "-n", "data-processing", "-f", str(TEMPLATES / chart / values)]
    theirs = helm("template", *options).stdout
    ours = dpctl("chart", "template", *options, check=True).stdout
    assert ours == theirs


@pytest.mark.parametrize(("chart", "extra"), [
    ("pipeline", GUIDE),
    ("pipeline", ["--set", "services.normalization.image.tag=v1.2.4,services.projection.enabled=false",
                  "--set", "redis.sentinels={a:26379,b:26379}", "--set", "mesh.inject=enabled",
                  "--set", "networkPolicies.enabled=true", "--set-string", "settings.MAX_BATCH=1048576",
                  "--set", "services.enrichment.env[0].name=X,services.enrichment.env[0].value=y"]),
    ("infra", LAB_INFRA),
    ("infra", ["--set", "redis.enabled=false", "--set", "pgbouncer.settings.server_idle_timeout=600"]),
])
def test_dpctl_renders_what_helm_renders_with_single_values(helm, dpctl, chart, extra):
    options = [RELEASES[chart], str(TEMPLATES / chart), "-n", "data-processing", *words(extra)]
    theirs = helm("template", *options).stdout
    ours = dpctl("chart", "template", *options, check=True).stdout
    assert ours == theirs


@pytest.mark.parametrize(("chart", "values"), VALUES)
def test_the_server_takes_every_object(helm, kubectl, ns, chart, values):
    text = helm("template", RELEASES[chart], str(TEMPLATES / chart), "-n", ns, "-f", str(TEMPLATES / chart / values)).stdout
    said = kubectl("apply", "--server-side", "--dry-run=server", "-n", ns, "-f", "-", input=text).stdout
    assert said.count("serverside-applied") == len(objects(text))


def test_the_guides_command_gives_the_guides_names_and_numbers(helm):
    rendered = objects(helm("template", "data-processing-pipeline", str(TEMPLATES / "pipeline"), "-n", "data-processing",
                            *words(GUIDE)).stdout)
    for service in SERVICES:
        name = f"{service}-service"
        deployment = rendered["Deployment", name]["spec"]
        container = deployment["template"]["spec"]["containers"][0]
        assert container["name"] == name  # kubectl set image deployment/NAME NAME=IMAGE
        assert "replicas" not in deployment  # the autoscaler's number
        assert container["resources"] == {"requests": {"cpu": "500m", "memory": "512Mi"},
                                          "limits": {"cpu": "2000m", "memory": "2Gi"}}
        scaler = rendered["HorizontalPodAutoscaler", name]["spec"]
        assert (scaler["minReplicas"], scaler["maxReplicas"]) == (2, 10)
        assert {m["resource"]["name"]: m["resource"]["target"]["averageUtilization"] for m in scaler["metrics"]} == {
            "cpu": 70, "memory": 80}
        assert rendered["PodDisruptionBudget", name]["spec"]["minAvailable"] == 1
    settings = rendered["ConfigMap", "data-processing-pipeline-settings"]["data"]
    assert settings["DATA_PROC_ENV"] == "production"
    assert settings["DATA_PROC_KAFKA_FETCH_MIN_BYTES"] == "102400"
    assert settings["DATA_PROC_CLICKHOUSE_POOL_MAX"] == "20"


@pytest.mark.parametrize(("chart", "values"), VALUES)
def test_no_pod_runs_with_more_rights_than_it_needs(helm, chart, values):
    text = helm("template", RELEASES[chart], str(TEMPLATES / chart), "-f", str(TEMPLATES / chart / values)).stdout
    pods = [o["spec"]["template"]["spec"] for o in yaml.safe_load_all(text) if o and "template" in o.get("spec", {})]
    assert pods
    for pod in pods:
        assert pod["automountServiceAccountToken"] is False
        assert pod["securityContext"]["runAsNonRoot"] is True
        assert pod["securityContext"]["seccompProfile"] == {"type": "RuntimeDefault"}
        for container in pod["containers"] + pod.get("initContainers", []):
            assert container["securityContext"] == {"allowPrivilegeEscalation": False, "capabilities": {"drop": ["ALL"]},
                                                    "readOnlyRootFilesystem": True}
            assert set(container["resources"]) == {"requests", "limits"}


def test_a_new_setting_starts_new_pods_and_an_unchanged_one_does_not(helm):
    def checksum(*options):
        rendered = objects(helm("template", "x", str(TEMPLATES / "pipeline"), *options).stdout)
        return rendered["Deployment", "enrichment-service"]["spec"]["template"]["metadata"]["annotations"]["checksum/settings"]
    assert checksum() == checksum("--set", "services.enrichment.replicas=3")
    assert checksum() != checksum("--set", "kafka.bootstrap=other:9092")


def test_a_service_that_does_not_exist_is_refused_by_the_schema(helm):
    done = helm("template", "x", str(TEMPLATES / "pipeline"), "--set", "services.normalisation.enabled=true", check=False)
    assert done.returncode != 0
    assert "normalisation" in done.stderr


def test_the_infrastructure_starts_and_survives_the_loss_of_its_master(peers, helm, kubectl, ns):
    dsn = urlsplit(peers.endpoints["DPCTL_PEERS_POSTGRES"])
    kubectl("create", "secret", "generic", "pgbouncer-userlist", "-n", ns,
            f'--from-literal=userlist.txt="{unquote(dsn.username)}" "{unquote(dsn.password)}"')
    kubectl("create", "secret", "generic", "pipeline-secrets", "-n", ns, "--from-literal=redis-password=with a blank")
    helm("upgrade", "--install", "data-processing-infra", str(TEMPLATES / "infra"), "-n", ns, *words(LAB_INFRA),
         "--wait", "--timeout", "150s", timeout=180)

    def redis(pod, *command):
        return kubectl("exec", "-n", ns, pod, "--", "redis-cli", "--raw", *command, check=False).stdout.strip()

    def master():
        said = kubectl("exec", "-n", ns, "redis-sentinel-1", "-c", "sentinel", "--", "redis-cli", "-p", "26379", "--raw",
                       "sentinel", "get-master-addr-by-name", "mymaster", check=False).stdout
        return said.partition(".")[0]

    first = master()
    assert first == "redis-0"
    assert eventually(lambda: "connected_slaves:2" in redis(first, "info", "replication"), 60)
    assert redis(first, "set", "price", "42") == "OK"
    assert redis(first, "wait", "2", "10000") == "2"

    kubectl("delete", "pod", first, "-n", ns, "--grace-period=0", "--force")
    second = eventually(lambda: name if (name := master()) not in ("", first) else None, 90)
    assert second in ("redis-1", "redis-2")
    assert eventually(lambda: redis(second, "set", "price", "43") == "OK", 30)
    assert eventually(lambda: "connected_slaves:2" in redis(second, "info", "replication"), 90), "the lost pod does not follow"
    assert eventually(lambda: redis(first, "get", "price") == "43", 30)

    address = kubectl("get", "service", "pgbouncer", "-n", ns, "-o", "jsonpath={.spec.clusterIP}").stdout
    through = dsn._replace(netloc=f"{dsn.username}:{dsn.password}@{address}:6432").geturl()
    assert peers.run("psql", through, "-Atc", "select 40 + 2", check=True).stdout.strip() == "42"
