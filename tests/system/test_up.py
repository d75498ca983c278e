"""The main job on a real cluster: images, `dpctl up` from nothing, market files through the pipeline while its pods are killed, `dpctl down`.

Topics and consumer groups have fixed names, so this file owns the lab's pipeline while it runs. Its tests build on each other, in order."""
import base64
import json
import re
import signal
import subprocess
import time
import urllib.parse
import urllib.request
from pathlib import Path

import pytest

import bars_oracle
from lab import kafka_wire
from releases import wait_until

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "markets"
NS = "data-processing"
SERVICES = [f"{name}-service" for name in ("normalization", "enrichment", "aggregation", "projection")]
POSTGRES_DATABASE = "up_test"

BARS = """SELECT tenant_id AS tenant, instrument_id, '{interval}' AS interval,
  formatDateTime(interval_start, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS interval_start, formatDateTime(interval_end, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS interval_end,
  open, high, low, close, twap, tick_count, excluded_count,
  formatDateTime(first_time, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS first_time, formatDateTime(last_time, '%Y-%m-%dT%H:%i:%SZ', 'UTC') AS last_time,
  quality AS quality_mask, aggregation_id FROM data_processing.bars_{interval} FINAL FORMAT {format}"""


def fetch(url, headers=None, data=None):
    request = urllib.request.Request(url, headers=headers or {}, data=data)
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        return answer.read().decode()


class Pipeline:
    """One environment of the test's own in the lab, and what is in its stores."""

    def __init__(self, peers, program: Path, folder: Path):
        self.peers, self.program, self.folder = peers, program, folder
        self.tools = program.parents[1] / "pipeline-services" if "build" in program.parts else ROOT / "build" / "release" / "pipeline-services"
        self.ends = peers.endpoints
        dsn = urllib.parse.urlsplit(self.ends["DPCTL_PEERS_POSTGRES"])
        self.server_dsn = dsn.geturl()
        self.env = {**peers.env, "DPCTL_CLICKHOUSE_PASSWORD": self.ends["DPCTL_PEERS_CLICKHOUSE_PASSWORD"],
                    "DPCTL_POSTGRES_DSN": dsn._replace(path="/" + POSTGRES_DATABASE).geturl(),
                    "DATA_PROC_CLICKHOUSE_PASSWORD": self.ends["DPCTL_PEERS_CLICKHOUSE_PASSWORD"],
                    "XDG_CACHE_HOME": str(folder / "cache"), "NO_COLOR": "1"}
        tag = f"up-{int(time.time())}"
        self.file = folder / "dpctl.yaml"
        self.file.write_text((ROOT / "examples" / "dpctl.local.yaml").read_text().replace("tag: dev", f"tag: {tag}"))
        self.tag = tag

    def dpctl(self, *words, check=True, timeout=400):
        return self.peers.run(self.program, *words, check=check, timeout=timeout, env=self.env)

    def clickhouse(self, sql):
        user = f"{self.ends['DPCTL_PEERS_CLICKHOUSE_USER']}:{self.ends['DPCTL_PEERS_CLICKHOUSE_PASSWORD']}"
        headers = {"Authorization": "Basic " + base64.b64encode(user.encode()).decode()}
        return fetch(self.ends["DPCTL_PEERS_CLICKHOUSE"], headers, sql.encode())

    def psql(self, sql):
        return self.peers.run("psql", "-q", "-X", "-v", "ON_ERROR_STOP=1", self.server_dsn, "-c", sql, check=True)

    def bars_file(self):
        """All stored bars in the columns that the oracle reads."""
        parts = [self.clickhouse(BARS.format(interval=interval, format="CSVWithNames" if interval == "5m" else "CSV")) for interval in ("5m", "1h", "1d")]
        path = self.folder / "bars.csv"
        path.write_text("".join(parts))
        return path

    def clear(self):
        if self.peers.run("kubectl", "get", "namespace", NS).returncode == 0:
            self.dpctl("down", "-f", self.file, f"--confirm={NS}")
        # The services know from their topics what they have seen, so the topics go with the tables.
        listed = self.peers.run(self.tools / "pipeline", "topics", "list", "--bootstrap", self.ends["DPCTL_PEERS_KAFKA"], check=True).stdout
        host, _, port = self.ends["DPCTL_PEERS_KAFKA"].partition(":")
        with kafka_wire.Connection(host, int(port)) as kafka:
            kafka.delete_topics(re.findall(r"^[a-z][a-z.]+\.v1\b", listed, re.M))
        self.clickhouse("DROP DATABASE IF EXISTS data_processing SYNC")
        self.psql(f"DROP DATABASE IF EXISTS {POSTGRES_DATABASE} WITH (FORCE)")


@pytest.fixture(scope="module")
def pipeline(peers, dpctl_path, tmp_path_factory):
    pipeline = Pipeline(peers, dpctl_path, tmp_path_factory.mktemp("up"))
    pipeline.clear()
    pipeline.psql(f"CREATE DATABASE {POSTGRES_DATABASE}")
    programs = [pipeline.tools / name for name in (*SERVICES, "pipeline")]
    pipeline.dpctl("image", "push", "--plain-http", "--registry", pipeline.ends["DPCTL_PEERS_REGISTRY"] + "/dpctl", "--tag", pipeline.tag, *programs)
    yield pipeline
    pipeline.clear()


@pytest.fixture(scope="module")
def up(pipeline, kubectl):
    """Killed in the middle of the deployment, and run again."""
    first = subprocess.Popen([pipeline.program, "up", "-f", pipeline.file], env=pipeline.env, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    made = lambda: kubectl("get", "deployment", SERVICES[0], "-n", NS, check=False).returncode == 0
    wait_until(lambda: made() or first.poll() is not None, 200, "the services are being deployed")
    first.send_signal(signal.SIGKILL)
    assert first.wait() == -signal.SIGKILL, "dpctl up was over before it could be killed"
    return pipeline.dpctl("up", "-f", pipeline.file)


def test_up_that_was_killed_is_finished_by_the_next(up, pipeline):
    assert up.returncode == 0
    status = pipeline.dpctl("status", "-f", pipeline.file, "-o", "json")
    document = json.loads(status.stdout)
    assert document["healthy"] is True
    assert {f"deployment.apps/{name}" for name in SERVICES} <= {workload["workload"] for workload in document["workloads"]}
    verified = pipeline.dpctl("verify", "-f", pipeline.file)
    assert "failed" not in verified.stdout


def test_up_once_more_writes_nothing(up, pipeline, peers):
    mark = peers.audit_mark()
    again = pipeline.dpctl("up", "-f", pipeline.file)
    assert [event["requestURI"] for event in peers.writes(mark) if NS in event["requestURI"]] == []
    assert "\n0 changed" in again.stdout


@pytest.fixture(scope="module")
def fed(up, pipeline, kubectl, peers):
    """The examples have gone through, and one pod of each service was killed on the way."""
    feeder = subprocess.Popen([pipeline.tools / "pipeline", "feed", "--input", EXAMPLES, "--bootstrap", pipeline.ends["DPCTL_PEERS_KAFKA"], "--rate", "400"],
                              env=pipeline.env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    for name in SERVICES:
        kubectl("delete", "pod", "-n", NS, "-l", f"app.kubernetes.io/name={name}", "--grace-period=0", "--force")
    output, _ = feeder.communicate(timeout=120)
    assert feeder.returncode == 0, output
    report = peers.run(pipeline.tools / "pipeline", "report", "--bootstrap", pipeline.ends["DPCTL_PEERS_KAFKA"], "--clickhouse",
                       pipeline.ends["DPCTL_PEERS_CLICKHOUSE"], "--user", pipeline.ends["DPCTL_PEERS_CLICKHOUSE_USER"], "--environment", "local",
                       "--wait", "150", check=True, timeout=200, env=pipeline.env)
    print(report.stdout + report.stderr)
    return pipeline


def test_the_bars_equal_an_independent_computation_although_pods_were_killed(fed):
    differences, ticks, expected, by_market = bars_oracle.compare([EXAMPLES], fed.bars_file())
    assert differences == []
    assert ticks > 3000 and expected > 2000
    assert {market for market, _, _ in by_market} == {"NYISO", "CAISO", "ERCOT", "ISONE", "MISO", "PJM", "SPP"}


def test_the_latest_price_over_http_is_the_close_of_the_last_bar(fed, kubectl):
    secret = json.loads(kubectl("get", "secret", "pipeline-secrets", "-n", NS, "-o", "json").stdout)
    key = base64.b64decode(secret["data"]["api-bootstrap-key"]).decode()
    address = kubectl("get", "service", "projection-service", "-n", NS, "-o", "jsonpath={.spec.clusterIP}").stdout
    rows = fed.clickhouse("SELECT instrument_id, toString(argMax(close, interval_start)) FROM data_processing.bars_5m FINAL "
                          "WHERE market = 'NYISO' GROUP BY instrument_id ORDER BY instrument_id FORMAT JSONCompactEachRow")
    closes = dict(json.loads(row) for row in rows.splitlines())
    assert closes
    for instrument, close in closes.items():
        query = urllib.parse.urlencode({"instrument_id": instrument})
        answer = json.loads(fetch(f"http://{address}:8085/projections/latest_price?{query}", {"X-API-Key": key}))
        assert float(answer["data"]["price"]) == float(close), instrument


def test_down_wants_a_confirmation_and_then_leaves_nothing(fed, kubectl):
    refused = fed.dpctl("down", "-f", fed.file, check=False)
    assert refused.returncode == 2 and f"--confirm={NS}" in refused.stderr
    fed.dpctl("down", "-f", fed.file, f"--confirm={NS}")
    assert kubectl("get", "namespace", NS, check=False).returncode != 0
    for kind in ("clusterroles", "clusterrolebindings", "customresourcedefinitions", "persistentvolumes"):
        named = kubectl("get", kind, "-o", "name").stdout
        assert NS not in named
    gone = fed.dpctl("status", "-f", fed.file, check=False)
    assert gone.returncode == 5
    assert fed.clickhouse("SELECT count() > 0 FROM data_processing.bars_1h").strip() == "1"  # the data stays
