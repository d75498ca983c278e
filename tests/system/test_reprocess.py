"""`pipeline verify`, `pipeline reprocess` and the aggregation's corrections from the store, against Kafka and ClickHouse.

Ticks are put into the store as enrichment would have; `reprocess` sends them through the aggregation, whose bars `verify` compares with
what it computes from the store. Then the past is corrected."""
import json
import re
import signal
import subprocess
from datetime import datetime, timezone
from pathlib import Path

import pytest

from services_lab import Lab, Service, build_dir, wait_until

EXAMPLES = Path(__file__).resolve().parents[2] / "examples" / "markets"
RANGE = ("--from", "2000-01-01", "--to", "2050-01-01")
INTERVALS = "5m,1h,1d,on_peak,off_peak"


@pytest.fixture(scope="module")
def lab():
    lab = Lab()
    yield lab
    lab.down()


def pipeline(lab, *arguments, check=True):
    environment = {"DATA_PROC_KAFKA_BOOTSTRAP": lab.peers["DPCTL_PEERS_KAFKA"], "DATA_PROC_KAFKA_PARTITIONS": "4",
                   "DATA_PROC_CLICKHOUSE_URL": lab.peers["DPCTL_PEERS_CLICKHOUSE"],
                   "DATA_PROC_CLICKHOUSE_USER": lab.peers["DPCTL_PEERS_CLICKHOUSE_USER"],
                   "DATA_PROC_CLICKHOUSE_PASSWORD": lab.peers["DPCTL_PEERS_CLICKHOUSE_PASSWORD"]}
    return lab.run(build_dir() / "pipeline-services" / "pipeline", *arguments, env=environment, check=check)


def row_of(payload: dict, version: int) -> dict:
    """A row of enriched_ticks from a message of the enriched topic."""
    same = ("tenant_id", "market", "product", "location_type", "location", "instrument_id", "symbol", "source_system", "tick_id", "currency",
            "unit", "price", "volume", "bid", "ask", "revision", "sequence", "superseded", "hour_ending")
    row = {name: payload[name] for name in same if name in payload}
    row |= {name: payload["taxonomy"].get(name, "") for name in ("commodity", "region", "product_tier", "rules_version")}
    row |= {"event_time": payload["event_time_us"], "interval_start": payload["interval_start_us"], "interval_seconds": payload["interval_len_s"],
            "normalized_at": payload["normalized_at"], "quality": payload["quality_mask"], "confidence": payload["taxonomy"]["confidence"],
            "classification": payload["taxonomy"]["method"], "version": version}
    return row


def store(lab, rows):
    at = lambda us: datetime.fromtimestamp(us // 1_000_000, timezone.utc).strftime("%Y-%m-%d %H:%M:%S") + f".{us % 1_000_000:06}"
    text = "\n".join(json.dumps(row | {name: at(row[name]) for name in ("event_time", "interval_start")}) for row in rows)
    lab.clickhouse("INSERT INTO data_processing.enriched_ticks SETTINGS date_time_input_format = 'best_effort' FORMAT JSONEachRow\n" + text)


@pytest.fixture(scope="module")
def ticks(lab, tmp_path_factory):
    """The examples of two markets as enriched ticks in the store."""
    out = tmp_path_factory.mktemp("embedded")
    subprocess.run([build_dir() / "pipeline-services" / "pipeline", "run", "--input", EXAMPLES / "nyiso", "--input", EXAMPLES / "isone",
                    "--output", out, "--as-of", "2026-11-24T00:00:00Z"], check=True, capture_output=True)
    payloads = [json.loads(line)["payload"] for line in (out / "enriched.jsonl").read_text().splitlines()]
    lab.clickhouse("DROP DATABASE IF EXISTS data_processing")
    lab.migrate("clickhouse", "apply")
    rows = [row_of(payload, number) for number, payload in enumerate(payloads)]
    store(lab, rows)
    return rows


@pytest.fixture(scope="module")
def service(lab, ticks, tmp_path_factory):
    pipeline(lab, "topics", "apply")
    service = Service(lab, "aggregation", 20300, tmp_path_factory.mktemp("service"), {
        "DATA_PROC_AGGREGATION_INTERVALS": INTERVALS, "DATA_PROC_AGGREGATION_MAX_LATE_MS": "60000"})
    service.start()
    yield service
    if service.process.poll() is None:
        service.end()


def verify(lab, *arguments):
    done = pipeline(lab, "verify", *RANGE, "--interval", INTERVALS, "-o", "json", *arguments, check=False)
    assert done.returncode in (0, 7), done.stderr
    return done.returncode, json.loads(done.stdout)


def wait_for_equal_bars(lab):
    return wait_until(lambda: (lambda r: r[1] if r[0] == 0 and r[1]["bars"] else None)(verify(lab)), 120, "stored bars equal the computed ones")


def test_reprocessed_ticks_become_the_bars_that_verify_computes(lab, ticks, service):
    code, report = verify(lab)
    assert code == 7 and report["missing"] > 0 and report["bars"] == 0
    counted = pipeline(lab, "reprocess", *RANGE, "--dry-run").stdout
    assert counted == f"{len(ticks)} ticks in the range\n"
    sent = pipeline(lab, "reprocess", *RANGE).stdout
    assert int(sent.split()[0]) == lab.rows("SELECT count() FROM data_processing.enriched_ticks FINAL")[0][0]
    report = wait_for_equal_bars(lab)
    assert report["equal"] == report["bars"] > 1000


def test_verify_names_a_bar_that_was_changed_and_one_that_is_gone(lab, service):
    wait_for_equal_bars(lab)
    bar = lab.rows("SELECT instrument_id, toString(close) FROM data_processing.bars_1h FINAL ORDER BY instrument_id, interval_start LIMIT 1")[0]
    lab.clickhouse("INSERT INTO data_processing.bars_1h SELECT * REPLACE (close + 1 AS close, version + 1 AS version) FROM "
                   f"data_processing.bars_1h FINAL WHERE instrument_id = '{bar[0]}' ORDER BY interval_start LIMIT 1")
    code, report = verify(lab, "--instrument", bar[0])
    assert code == 7 and report["different"] == 1
    assert report["differences"][0]["interval"] == "1h" and f"computed {float(bar[1]):g}" in report["differences"][0]["what"]
    # Sent through the aggregation again, the bar is made from the store with a higher revision.
    pipeline(lab, "reprocess", *RANGE, "--instrument", bar[0])
    wait_for_equal_bars(lab)


def test_a_correction_of_the_distant_past_reissues_its_bars(lab, ticks, service):
    wait_for_equal_bars(lab)
    oldest = min(ticks, key=lambda row: row["event_time"])
    before = lab.rows(f"SELECT revision FROM data_processing.bars_1d FINAL WHERE instrument_id = '{oldest['instrument_id']}' ORDER BY interval_start LIMIT 1")[0][0]
    store(lab, [oldest | {"price": 7777.5, "revision": oldest["revision"] + 1, "version": (oldest["revision"] + 1) << 40}])
    code, report = verify(lab)
    assert code == 7 and report["different"] > 0
    pipeline(lab, "reprocess", *RANGE, "--instrument", oldest["instrument_id"])
    wait_for_equal_bars(lab)
    high, after = lab.rows(f"SELECT toString(high), revision FROM data_processing.bars_1d FINAL WHERE instrument_id = "
                           f"'{oldest['instrument_id']}' ORDER BY interval_start LIMIT 1")[0]
    assert float(high) == 7777.5 and after > before


def test_a_day_that_was_made_anew_is_made_once_when_the_process_dies_before_it_remembers(lab, ticks, service):
    """The next process repeats what the store said then, and does not ask it again."""
    wait_for_equal_bars(lab)
    oldest = min(ticks, key=lambda row: row["event_time"])

    def days_made():
        bars = [json.loads(json.loads(line)["value"])["payload"] for line in pipeline(lab, "read", "aggregation.bars.v1").stdout.splitlines()]
        return [bar for bar in bars if (bar["instrument_id"], bar["interval"], bar["high"]) == (oldest["instrument_id"], "1d", 8888.5)]

    service.end(signal.SIGKILL)
    service.start()  # its first snapshots are seconds away
    wait_until(service.ready, 40, "the service is ready")
    store(lab, [oldest | {"price": 8888.5, "revision": oldest["revision"] + 5, "version": (oldest["revision"] + 5) << 40}])
    pipeline(lab, "reprocess", *RANGE, "--instrument", oldest["instrument_id"])
    wait_until(days_made, 40, "the day is made anew")
    service.end(signal.SIGKILL)
    service.start()
    wait_until(lambda: "state restored" in service.words() and service.ready(), 40, "the service is ready again")
    assert service.end() == 0  # everything is stored
    wait_for_equal_bars(lab)
    assert len(days_made()) == 1
    decisions = re.search(r'"message":"state restored".*"decisions":"(\d+)"', service.words())
    assert int(decisions[1]) > 0 and "made anew" not in service.words(), service.words()
    state = [json.loads(line) for line in pipeline(lab, "read", "aggregation.state.v1").stdout.splitlines()]
    newest = {record["key"]: record["value"] for record in state if record["key"].startswith("decision-")}
    assert newest and not any(newest.values()), "the snapshots of the end have all decisions, so these take no room any more"
    service.start()
    wait_until(service.ready, 40, "the service is ready for others")


def test_rolling_statistics_are_stored(lab, service):
    rows = lab.rows("SELECT count(), countIf(std IS NOT NULL), min(min <= mean AND mean <= max) FROM data_processing.derived_values FINAL "
                    "WHERE kind = 'rolling'")
    assert rows[0][0] > 100 and rows[0][1] > 100 and rows[0][2] == 1


def test_curves_are_published_and_stored(lab, ticks, tmp_path):
    pipeline(lab, "topics", "apply")
    quotes = tmp_path / "quotes.csv"
    quotes.write_text("curve,shape,delivery_start,delivery_end,price,quoted_at,market\nWH,base,2027-01-01,2027-03-31,50,2026-11-23,PJM\n"
                      "WH,base,2027-01-01,2027-01-31,60,2026-11-23,PJM\n")
    for _ in range(2):
        pipeline(lab, "curves", "--input", quotes, "--as-of", "2026-12-31", "--publish")
    rows = lab.rows("SELECT tenor, toString(price), source, hours FROM data_processing.curve_points FINAL ORDER BY delivery_start")
    assert rows == [["M1", "60", "quoted", 744], ["M2", "44.74204947", "derived", 672], ["M3", "44.74204947", "derived", 743]]


@pytest.mark.parametrize("arguments, word", [
    (("verify", "--from", "never", "--to", "2050-01-01"), "--from is no time"),
    (("verify", "--from", "2050-01-01", "--to", "2000-01-01"), "the range is empty"),
    (("reprocess", *RANGE, "--bootstrap", ""), "--bootstrap is missing"),
])
def test_a_range_that_cannot_be_is_wrong_usage(lab, ticks, arguments, word):
    done = pipeline(lab, *arguments, check=False) if "--bootstrap" not in arguments else lab.run(
        build_dir() / "pipeline-services" / "pipeline", "reprocess", *RANGE, "--clickhouse", lab.peers["DPCTL_PEERS_CLICKHOUSE"], "--user",
        lab.peers["DPCTL_PEERS_CLICKHOUSE_USER"], "--password", lab.peers["DPCTL_PEERS_CLICKHOUSE_PASSWORD"], check=False)
    assert done.returncode == 2 and word in done.stderr
