"""Blue-green for consumers: a shadow reads what blue reads and writes beside it, both are compared, and the switch loses and repeats nothing.
Also what else an operator does to a running service: settings that change, and traces that are followed from hop to hop."""
import json
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fault_runs import Feed, differences, pipeline, records
from services_lab import Lab, Service, wait_until

TOKEN = "a-token-of-the-tests"
NORMALIZED = "normalized.market.ticks.v1"


@pytest.fixture(scope="module")
def lab():
    lab = Lab()
    lab.clickhouse("DROP DATABASE IF EXISTS data_processing")
    lab.psql("DROP DATABASE IF EXISTS pipeline WITH (FORCE)")
    lab.psql("CREATE DATABASE pipeline")
    lab.redis("FLUSHALL")
    lab.migrate("clickhouse", "apply")
    lab.migrate("postgres", "apply", database="pipeline")
    pipeline(lab, "topics", "apply")
    yield lab
    lab.down()


def settings(lab, **more) -> dict:
    return {"DATA_PROC_POSTGRES_DSN": lab.dsn("pipeline"), "DATA_PROC_ADMIN_TOKEN": TOKEN, "DATA_PROC_AGGREGATION_IDLE_TIMEOUT_MS": "1500",
            "DATA_PROC_KAFKA_SESSION_TIMEOUT_MS": "6000", **more}


@pytest.fixture(scope="module")
def downstream(lab, tmp_path_factory):
    folder = tmp_path_factory.mktemp("downstream")
    running = [Service(lab, name, 22100 + 10 * i, folder, settings(lab)) for i, name in enumerate(("enrichment", "aggregation", "projection"))]
    for service in running:
        service.start()
    yield running
    for service in running:
        service.end()


def order(service, verb: str, token: str = TOKEN) -> int:
    return int(service.lab.run("curl", "-s", "-o", "/dev/null", "-w", "%{http_code}", "-X", "POST", "-H", f"Authorization: Bearer {token}",
                               f"http://127.0.0.1:{service.port}/{verb}").stdout)


def state(service) -> str:
    return json.loads(service.get("/drain")[1])["state"]


def test_a_shadow_is_compared_and_the_switch_loses_and_repeats_nothing(lab, downstream, tmp_path):
    lab.clickhouse("CREATE TABLE IF NOT EXISTS data_processing.silver_ticks_green AS data_processing.silver_ticks")
    pipeline(lab, "topics", "apply", "--suffix", ".green")
    blue = Service(lab, "normalization", 22000, tmp_path, settings(lab))
    shadow = Service(lab, "normalization", 22010, tmp_path / "shadow", settings(
        lab, DATA_PROC_GROUP_SUFFIX="-green", DATA_PROC_OUTPUT_SUFFIX=".green", DATA_PROC_KAFKA_GROUP_INSTANCE_ID="normalization-green"))
    shadow.log.parent.mkdir()
    feed = Feed(tmp_path, "COLOUR", 11, 3000)
    feeder = feed.start(lab, 120)
    blue.start()
    shadow.start()
    for service in (blue, shadow):
        wait_until(service.ready, 40, "both colours are ready")
    time.sleep(2)
    assert order(blue, "drain", "a wrong token") == 401
    assert shadow.end() == 0  # as a shadow; it comes back as the live colour
    assert order(blue, "drain") == 202
    wait_until(lambda: state(blue) == "drained", 30, "blue has drained")
    assert blue.get("/health/ready")[0] == 503 and blue.get("/health/live")[0] == 200
    green = Service(lab, "normalization", 22010, tmp_path / "green", settings(lab, DATA_PROC_KAFKA_GROUP_INSTANCE_ID="normalization-green"))
    green.log.parent.mkdir()
    green.start()
    # A static member keeps its place until its session is over: so long the partitions wait for green.
    wait_until(green.ready, 40, "green is ready")
    wait_until(lambda: '"partitions assigned"' in green.log.read_text(), 40, "green has the partitions")
    # And back again while the feed goes on: the way back is the same.
    assert order(green, "drain") == 202
    wait_until(lambda: state(green) == "drained", 30, "green has drained")
    assert order(blue, "resume") == 202
    wait_until(lambda: state(blue) == "running", 30, "blue runs again")
    assert feeder.wait(60) == 0
    wait_until(lambda: not differences(lab, feed), 60, "the results equal the embedded run")
    assert blue.end() == 0 and green.end() == 0

    shadow.start()  # the shadow reads to the end, and its outputs are compared with the live ones
    wait_until(lambda: shadow.metric("data_proc_consumer_lag_messages") == 0 and shadow.metric("data_proc_messages_consumed_total") > 0, 40, "no lag")
    compared = pipeline(lab, "compare", NORMALIZED, NORMALIZED + ".green", check=False)
    assert compared.returncode == 0, compared.stdout
    assert shadow.end() == 0
    count = lambda table: lab.rows(f"SELECT count() FROM data_processing.{table} FINAL")[0][0]
    assert count("silver_ticks") == count("silver_ticks_green") > 0


def test_compare_names_a_record_that_only_one_colour_has(lab):
    shown = pipeline(lab, "compare", NORMALIZED, "enriched.market.ticks.v1.green", check=False)
    assert shown.returncode == 1
    assert "0 in enriched.market.ticks.v1.green" in shown.stdout


def test_a_trace_goes_through_the_headers_from_hop_to_hop_and_to_the_collector(lab, tmp_path):
    spans_file = tmp_path / "spans"
    spans_file.touch()
    collector = subprocess.Popen(list(map(str, (lab.peers_tool(), "shell", "--", sys.executable, Path(__file__).with_name("span_collector.py"), 22990,
                                               spans_file))), env=lab.environment)
    traced = settings(lab, DATA_PROC_OTLP_ENDPOINT="http://127.0.0.1:22990", DATA_PROC_OUTPUT_SUFFIX=".green", DATA_PROC_GROUP_SUFFIX="-traced")
    lab.clickhouse("CREATE TABLE IF NOT EXISTS data_processing.enriched_ticks_green AS data_processing.enriched_ticks")
    services = [Service(lab, "normalization", 22030, tmp_path, {**traced, "DATA_PROC_TRACE_SAMPLE": "20"}),
                Service(lab, "enrichment", 22040, tmp_path, {**traced, "DATA_PROC_INPUT_SUFFIX": ".green"})]
    try:
        for service in services:
            service.start()

        def hops():
            spans = [json.loads(line) for line in spans_file.read_text().splitlines()]
            first = {(span["traceId"], span["spanId"]) for span in spans if span["service"] == "normalization-service"}
            return [span for span in spans if span["service"] == "enrichment-service" and (span["traceId"], span.get("parentSpanId")) in first]
        wait_until(lambda: len(hops()) > 10, 40, "spans of the second hop are children of the first's")
        assert all(int(span["endTimeUnixNano"]) >= int(span["startTimeUnixNano"]) for span in hops())
        carried = [r["traceparent"] for r in records(lab, "enriched.market.ticks.v1.green") if "traceparent" in r]
        assert {header.split("-")[1] for header in carried} & {span["traceId"] for span in hops()}
    finally:
        for service in services:
            service.end()
        collector.kill()


def test_settings_change_in_a_running_service_and_a_wrong_one_changes_nothing(lab, tmp_path):
    file = tmp_path / "settings"
    file.write_text("# nothing yet\n")
    service = Service(lab, "normalization", 22020, tmp_path, settings(lab, DATA_PROC_SETTINGS_FILE=str(file)))
    service.start()
    wait_until(service.ready, 40, "ready")
    file.write_text("DATA_PROC_LOG_LEVEL=warn\nDATA_PROC_COMMIT_INTERVAL_MS=50\n")
    wait_until(lambda: "settings reloaded" in service.log.read_text() or "drain" in service.log.read_text(), 10, "the file is read again")
    file.write_text("DATA_PROC_COMMIT_INTERVAL_MS=soon\n")
    wait_until(lambda: 'DATA_PROC_COMMIT_INTERVAL_MS is \\"soon\\"' in service.log.read_text(), 10, "the wrong value is named")
    assert service.ready()
    assert service.end() == 0
    assert '"message":"draining"' not in service.log.read_text(), "the log level is warn by now"
