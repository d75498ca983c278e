"""The four services on real Kafka, ClickHouse, PostgreSQL and Redis: the same tables as the embedded mode makes from the same files, also
when every service is killed in the middle."""
import csv
import json
import os
import random
import subprocess
import time
from pathlib import Path

import pytest

from services_lab import ROOT, SERVICES, Lab, Service, build_dir, wait_until

EXAMPLES = ROOT / "examples" / "markets"
PEPPER, BOOTSTRAP_KEY = "test-pepper", "test-bootstrap-key"
TENANT_HEADER = f"X-API-Key: {BOOTSTRAP_KEY}"


@pytest.fixture(scope="module")
def lab():
    lab = Lab()
    yield lab
    lab.down()


def pipeline(lab, *arguments, **options):
    return lab.run(build_dir() / "pipeline-services" / "pipeline", *arguments,
                   env={"DATA_PROC_KAFKA_BOOTSTRAP": lab.peers["DPCTL_PEERS_KAFKA"], "DATA_PROC_KAFKA_PARTITIONS": "4"}, **options)


def poison_line() -> str:
    return '{"event_type":"ingestion.market.raw.v1","payload":{"market":"nyiso" "broken":\u00e9'


@pytest.fixture(scope="module")
def feed(tmp_path_factory):
    """The examples, and one message that is no JSON."""
    folder = tmp_path_factory.mktemp("feed")
    (folder / "nyiso.raw.jsonl").write_text(poison_line() + "\n")
    return [EXAMPLES, folder]


@pytest.fixture(scope="module")
def embedded(feed, tmp_path_factory):
    """What the four cores make in one process."""
    out = tmp_path_factory.mktemp("embedded")
    inputs = [part for path in feed for part in ("--input", str(path))]
    subprocess.run([build_dir() / "pipeline-services" / "pipeline", "run", *inputs, "--output", out], check=True, capture_output=True)
    return out


@pytest.fixture(scope="module")
def services(lab, tmp_path_factory):
    lab.empty()
    first, second = (pipeline(lab, "topics", "apply").stdout for _ in range(2))
    assert first.count("created") == second.count("unchanged") == len(first.splitlines()) > 10
    settings = {"DATA_PROC_POSTGRES_DSN": lab.dsn("pipeline"), "DATA_PROC_API_KEY_PEPPER": PEPPER,
                "DATA_PROC_API_BOOTSTRAP_KEY": BOOTSTRAP_KEY}
    folder = tmp_path_factory.mktemp("services")
    running = {name: Service(lab, name, 20000 + 10 * i, folder, settings) for i, name in enumerate(SERVICES)}
    for service in running.values():
        service.start()
    yield running
    for service in running.values():
        if service.process.poll() is None:
            service.end()


def number(text):
    return None if text in (None, "", "\\N") else round(float(text), 8)


def expected_bars(embedded: Path) -> dict:
    with (embedded / "bars.csv").open() as file:
        return {(row["instrument_id"], row["interval"], row["interval_start"]):
                (*(number(row[c]) for c in ("open", "high", "low", "close", "twap", "vwap", "volume")), int(row["tick_count"]),
                 int(row["excluded_count"]), int(row["quality_mask"])) for row in csv.DictReader(file)}


def stored_bars(lab) -> dict:
    bars = {}
    for interval in ("5m", "1h", "1d"):
        for row in lab.rows("SELECT instrument_id, formatDateTime(interval_start, '%Y-%m-%dT%H:%i:%SZ', 'UTC'), toString(open), toString(high), "
                            "toString(low), toString(close), toString(twap), toString(vwap), toString(volume), tick_count, excluded_count, "
                            f"quality FROM data_processing.bars_{interval} FINAL"):
            bars[(row[0], interval, row[1])] = (*(number(value) for value in row[2:9]), *row[9:])
    return bars


def ticks(path: Path) -> dict:
    """The price of each tick as it is in the end: a later line of the same identity corrects an earlier one, unless its revision is older."""
    found = {}
    with path.open() as file:
        for line in file:
            payload = json.loads(line)["payload"]
            revision = int(payload.get("revision", 0))
            if payload["tick_id"] not in found or found[payload["tick_id"]][0] <= revision:
                found[payload["tick_id"]] = (revision, number(payload["price"]))
    return {tick_id: price for tick_id, (_, price) in found.items()}


@pytest.fixture(scope="module")
def done(lab, services, feed, embedded):
    """The feed has gone through, and every service was killed twice on its way."""
    for service in services.values():
        wait_until(service.ready, 60, f"{service.name} is ready")
    inputs = [part for path in feed for part in ("--input", str(path))]
    feeder = subprocess.Popen([*map(str, (ROOT / "tests/peers/peers", "shell", "--", build_dir() / "pipeline-services" / "pipeline")), "feed",
                               *inputs, "--bootstrap", lab.peers["DPCTL_PEERS_KAFKA"], "--rate", "500"],
                              env=lab.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    order = [name for name in SERVICES for _ in range(2)]
    random.Random(7).shuffle(order)
    for name in order:
        time.sleep(1.0)
        services[name].restart()
    output, _ = feeder.communicate(timeout=120)
    assert feeder.returncode == 0, output
    bars = expected_bars(embedded)
    try:
        wait_until(lambda: stored_bars(lab) == bars, 90, "the tables equal the embedded run")
    except AssertionError:
        stored = stored_bars(lab)
        wrong = [(key, stored.get(key), bars.get(key)) for key in sorted(set(stored) | set(bars)) if stored.get(key) != bars.get(key)]
        logs = "\n".join(f"{s.name}: {s.log.read_text()[-1500:]}" for s in services.values())
        raise AssertionError(f"{len(wrong)} of {len(bars)} bars differ, the first: {wrong[:5]}\n{logs}") from None
    return services


def test_the_bars_equal_the_embedded_run_although_every_service_was_killed(done, lab, embedded):
    assert stored_bars(lab) == expected_bars(embedded)
    assert lab.rows("SELECT count() FROM data_processing.bars_5m FINAL")[0][0] > 0


def test_each_tick_is_stored_once(done, lab, embedded):
    expected = ticks(embedded / "normalized.jsonl")
    for table in ("silver_ticks", "enriched_ticks"):
        rows = lab.rows(f"SELECT tick_id, toString(price) FROM data_processing.{table} FINAL")
        assert len(rows) == len(expected)
        assert {row[0]: number(row[1]) for row in rows} == expected


def test_the_latest_prices_are_the_same_in_redis_clickhouse_and_the_embedded_run(done, lab, embedded):
    with (embedded / "latest.csv").open() as file:
        expected = {row["instrument_id"]: number(row["price"]) for row in csv.DictReader(file)}
    def equal():
        return {row[0]: number(row[1]) for row in lab.rows("SELECT instrument_id, toString(price) FROM data_processing.served_latest FINAL")} == expected
    wait_until(equal, 30, "served_latest equals the embedded run")
    for instrument in list(expected)[:10]:
        stored = lab.redis("GET", f"served:latest_price:default:{instrument}")
        assert number(json.loads(stored.split("\n", 1)[1])["price"]) == expected[instrument]


def test_a_malformed_message_is_in_the_dead_letters_with_its_bytes(done, lab):
    shown = pipeline(lab, "dlq", "show", "--stage", "normalization", "--limit", "1000").stdout
    letters = [json.loads(line)["payload"] for line in shown.splitlines()]
    mine = [letter for letter in letters if letter.get("raw_event") == poison_line()]
    assert mine and mine[0]["error_code"] == "INVALID_JSON"


def test_the_price_api_wants_a_key_and_keeps_tenants_apart(done, lab):
    projection = done["projection"]
    port = projection.port + 2
    instrument = lab.rows("SELECT instrument_id FROM data_processing.served_latest FINAL ORDER BY 1 LIMIT 1")[0][0]
    path = f"/projections/latest_price?instrument_id={instrument}"
    assert projection.get(path, port=port)[0] == 401
    assert projection.get(path, "X-API-Key: wrong", port=port)[0] == 401
    status, body = projection.get(path, TENANT_HEADER, port=port)
    assert status == 200 and json.loads(body)["data"]["instrument_id"] == instrument
    assert projection.get(path, f"Authorization: Bearer {BOOTSTRAP_KEY}", port=port)[0] == 200
    assert projection.get(path + "&tenant_id=other", TENANT_HEADER, port=port)[0] == 403
    assert projection.get("/projections/latest_price?instrument_id=NO.SUCH", TENANT_HEADER, port=port)[0] == 404
    assert projection.get("/projections/latest_price", TENANT_HEADER, port=port)[0] == 400
    status, body = projection.get("/prices/latest?limit=5", TENANT_HEADER, port=port)
    assert status == 200 and json.loads(body)["count"] == 5


def test_a_price_that_redis_and_a_new_replica_do_not_know_is_served_from_clickhouse(done, lab):
    projection = done["projection"]
    projection.restart()
    wait_until(projection.ready, 30, "projection is ready again")
    instrument = lab.rows("SELECT instrument_id FROM data_processing.served_latest FINAL ORDER BY 1 LIMIT 1")[0][0]
    lab.redis("DEL", f"served:latest_price:default:{instrument}")
    status, body = projection.get(f"/projections/latest_price?instrument_id={instrument}", TENANT_HEADER, port=projection.port + 2)
    assert status == 200 and json.loads(body)["source"] == "clickhouse"


def test_every_service_exports_its_metrics_and_its_lag_reaches_zero(done):
    for service in done.values():
        wait_until(lambda s=service: s.metric("data_proc_consumer_lag_messages") == 0, 30, f"{service.name} has no lag")
        assert service.metric("data_proc_info") == 1
        assert f'service="{service.name}"' in service.get("/metrics", port=service.port + 1)[1]


def test_health_tells_the_truth_about_a_store_that_is_gone(done, lab, tmp_path):
    settings = {"DATA_PROC_CLICKHOUSE_URL": "http://127.0.0.1:1", "DATA_PROC_ENV": "dev"}
    lone = Service(lab, "normalization", 20100, tmp_path, settings)
    lone.start()
    try:
        status, body = wait_until(lambda: (lambda r: r if "clickhouse" in r[1] and '"unknown"' not in r[1] else None)(lone.get("/health")), 30, "an answer")
        checks = json.loads(body)["checks"]
        assert status == 503
        assert checks["clickhouse"]["status"] == "unhealthy" and "127.0.0.1:1" in checks["clickhouse"]["description"]
        assert checks["kafka"]["status"] == "healthy"
        assert lone.get("/health/ready")[0] == 503
        assert lone.get("/health/live")[0] == 200
    finally:
        lone.end(timeout=60)


def test_a_service_that_is_told_to_stop_drains_and_ends_with_zero(done):
    service = done["enrichment"]
    assert service.end() == 0
    assert '"message":"stopped"' in service.log.read_text()
    service.start()
    wait_until(service.ready, 40, "enrichment is ready again")


@pytest.mark.parametrize("name,value,allowed", [
    ("DATA_PROC_ENV", "moon", "local, dev, staging, prod, production"),
    ("DATA_PROC_HEALTH_PORT", "99999", "a whole number from 1 to 65535"),
    ("DATA_PROC_CLICKHOUSE_URL", "clickhouse:9000", "http://host:8123"),
    ("DATA_PROC_AGGREGATION_INTERVALS", "7m", "5m, 1h, 1d"),
    ("DATA_PROC_REDIS_URL", "localhost", "redis://"),
])
def test_a_wrong_setting_is_one_clear_error(name, value, allowed):
    ended = subprocess.run([build_dir() / "pipeline-services" / "aggregation-service", "--check-config"], env={**os.environ, name: value},
                           capture_output=True, text=True)
    assert ended.returncode == 2
    assert name in ended.stderr and value in ended.stderr and allowed in ended.stderr


def test_check_config_prints_settings_and_no_secret():
    ended = subprocess.run([build_dir() / "pipeline-services" / "projection-service", "--check-config"],
                           env={**os.environ, "DATA_PROC_API_KEY_PEPPER": "verysecret"}, capture_output=True, text=True, check=True)
    assert "DATA_PROC_AGGREGATION_INTERVALS=5m,1h,1d" in ended.stdout
    assert "verysecret" not in ended.stdout
