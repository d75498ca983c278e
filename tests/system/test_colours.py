"""Blue-green for consumers: a shadow reads what blue reads and writes beside it, both are compared, and the switch loses and repeats nothing.
Also what else an operator does to a running service: settings that change, and traces that are followed from hop to hop."""
import json
import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fault_runs import Feed, differences, fresh_lab, pipeline, records
from services_lab import Service, wait_until

TOKEN = "a-token-of-the-tests"
NORMALIZED = "normalized.market.ticks.v1"


@pytest.fixture(scope="module")
def lab():
    with fresh_lab() as lab:
        yield lab


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


def compare_tables(lab, first: str, second: str):
    return pipeline(lab, "compare", "--tables", first, second, "--clickhouse", lab.peers["DPCTL_PEERS_CLICKHOUSE"], "--user",
                    lab.peers["DPCTL_PEERS_CLICKHOUSE_USER"], "--password", lab.peers["DPCTL_PEERS_CLICKHOUSE_PASSWORD"], check=False)


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
    wait_until(lambda: blue.state() == "drained", 30, "blue has drained")
    assert blue.get("/health/ready")[0] == 503 and blue.get("/health/live")[0] == 200
    green = Service(lab, "normalization", 22010, tmp_path / "green", settings(lab, DATA_PROC_KAFKA_GROUP_INSTANCE_ID="normalization-green"))
    green.log.parent.mkdir()
    green.start()
    wait_until(green.ready, 40, "green is ready")
    wait_until(lambda: '"partitions assigned"' in green.log.read_text(), 40, "green has the partitions")
    # And back again while the feed goes on: the way back is the same.
    assert order(green, "drain") == 202
    wait_until(lambda: green.state() == "drained", 30, "green has drained")
    assert order(blue, "resume") == 202
    wait_until(lambda: blue.state() == "running", 30, "blue runs again")
    assert feeder.wait(60) == 0
    wait_until(lambda: not differences(lab, feed), 60, "the results equal the embedded run")
    assert blue.end() == 0 and green.end() == 0

    shadow.start()  # the shadow reads to the end, and its outputs are compared with the live ones
    wait_until(lambda: shadow.metric("data_proc_consumer_lag_messages") == 0 and shadow.metric("data_proc_messages_consumed_total") > 0, 40, "no lag")
    compared = pipeline(lab, "compare", NORMALIZED, NORMALIZED + ".green", check=False)
    assert compared.returncode == 0, compared.stdout
    assert shadow.end() == 0
    compared = compare_tables(lab, "silver_ticks", "silver_ticks_green")
    assert compared.returncode == 0 and compared.stdout.endswith(": 0 different\n"), compared.stdout
    assert int(compared.stdout.split()[1]) > 0
    lab.clickhouse("INSERT INTO data_processing.silver_ticks_green SELECT * REPLACE (price + 1 AS price, version + 1 AS version) FROM "
                   "data_processing.silver_ticks_green FINAL LIMIT 1")
    compared = compare_tables(lab, "silver_ticks", "silver_ticks_green")
    assert compared.returncode == 1 and compared.stdout.endswith(": 2 different\n"), "the row of one and the row of the other"
    assert '"in_first":1,"in_second":0' in compared.stdout and '"in_first":0,"in_second":1' in compared.stdout


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


def test_a_drained_replica_gives_its_partitions_to_the_other_before_its_session_is_over(lab, tmp_path):
    patient = {"DATA_PROC_KAFKA_SESSION_TIMEOUT_MS": "300000", "DATA_PROC_GROUP_SUFFIX": "-patient"}
    replicas = []
    for i in range(2):
        (tmp_path / f"{i}").mkdir()
        replicas.append(Service(lab, "enrichment", 22070 + 10 * i, tmp_path / f"{i}", settings(
            lab, **patient, DATA_PROC_KAFKA_GROUP_INSTANCE_ID=f"patient-{i}", DATA_PROC_OUTPUT_SUFFIX=".green")))
    counts = lambda service: re.findall(r'"message":"partitions assigned".*?"count":"(\d+)"', service.log.read_text())  # noqa: E731
    for service in replicas:
        service.start()
        wait_until(service.ready, 40, "ready")
        wait_until(lambda: counts(service), 40, "it has partitions")
    wait_until(lambda: counts(replicas[0])[-1:] == counts(replicas[1])[-1:] == ["2"], 40, "they share the four partitions")
    assert order(replicas[0], "drain") == 202
    wait_until(lambda: counts(replicas[1])[-1] == "4", 60, "the other has all four, minutes before the session of the first would end")
    for service in replicas:
        assert service.end() == 0


def test_signals_drain_resume_and_reload(lab, tmp_path):
    file = tmp_path / "settings"
    file.write_text("DATA_PROC_COMMIT_INTERVAL_MS=30\n")
    written = file.stat().st_mtime
    service = Service(lab, "normalization", 22060, tmp_path, settings(lab, DATA_PROC_SETTINGS_FILE=str(file), DATA_PROC_GROUP_SUFFIX="-signals"))
    service.start()
    wait_until(service.ready, 40, "ready")
    service.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: service.state() == "drained", 30, "SIGUSR1 has drained it")
    assert service.get("/health/live")[0] == 200 and service.get("/health/ready")[0] == 503
    service.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: service.state() == "running" and service.ready(), 30, "SIGUSR2 has resumed it")
    # With the time it had before, the file alone gives no reason to read it again.
    file.write_text("DATA_PROC_COMMIT_INTERVAL_MS=never\n")
    os.utime(file, (written, written))
    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: 'DATA_PROC_COMMIT_INTERVAL_MS is \\"never\\"' in service.log.read_text(), 10, "SIGHUP reads the file again")
    file.write_text("DATA_PROC_COMMIT_INTERVAL_MS=40\n")
    os.utime(file, (written, written))
    service.process.send_signal(signal.SIGHUP)
    wait_until(lambda: "settings reloaded" in service.log.read_text(), 10, "and takes what is right")
    assert service.end() == 0


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
