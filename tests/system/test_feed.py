"""`pipeline feed --generate` and `pipeline backfill` on a real broker and, for backfill, through the services to the store."""
import csv
import json
import subprocess
from datetime import datetime, timezone

import pytest

from fault_runs import fresh_lab, number, pipeline, records
from services_lab import ROOT, Service, build_dir, wait_until

NYISO = ROOT / "examples" / "markets" / "nyiso"
MARKETS = ("miso", "caiso", "ercot", "pjm", "nyiso", "isone", "spp")
LATER = "2025-11-02T15:00:00Z"  # within the files of 2025; the file of 2022 lies before it


@pytest.fixture(scope="module")
def lab():
    with fresh_lab() as lab:
        yield lab


def raw(lab) -> list:
    return [record for market in MARKETS for record in records(lab, f"ingestion.{market}.raw.v1")]


def stored_bars(lab) -> dict:
    return {(interval, row[0], str(row[1])): tuple(number(value) for value in row[2:]) for interval in ("5m", "1h", "1d") for row in lab.rows(
        "SELECT instrument_id, toUnixTimestamp64Micro(interval_start), toString(open), toString(high), toString(low), toString(close), tick_count "
        f"FROM data_processing.bars_{interval} FINAL WHERE instrument_id LIKE 'NYISO.%.ZONE.%'")}


def embedded_bars(folder) -> dict:
    subprocess.run([build_dir() / "pipeline-services" / "pipeline", "run", "--input", NYISO, "--output", folder], check=True, capture_output=True)
    micros = lambda text: str(int(datetime.fromisoformat(text.replace("Z", "+00:00")).timestamp()) * 1_000_000)  # noqa: E731
    with (folder / "bars.csv").open() as file:
        return {(row["interval"], row["instrument_id"], micros(row["interval_start"])):
                tuple(number(row[name]) for name in ("open", "high", "low", "close", "tick_count")) for row in csv.DictReader(file)}


def test_generated_ticks_are_those_of_the_seed_and_spread_over_the_time_that_the_rate_takes(lab):
    told = pipeline(lab, "feed", "--generate", "600", "--seed", "7", "--rate", "300").stdout.splitlines()
    assert told[-1] == "600 messages of seed 7 acknowledged"
    assert sum(int(line.split()[1]) for line in told[:-1]) == 600
    sent = raw(lab)
    made = lab.run(build_dir() / "pipeline-services" / "pipeline", "tickgen", "--seed", "7", "--count", "600").stdout.splitlines()
    times = sorted(record["timestamp_ms"] for record in sent)
    assert len(sent) == len(made) == 600 and times[-1] - times[0] >= 1900
    # The step of event time is that of the rate, so only what does not hang on it is compared.
    instruments = lambda values: sorted(json.loads(value)["payload"]["instrument_id"] for value in values if is_json(value))  # noqa: E731
    assert instruments(record["value"] for record in sent) == instruments(made)


def is_json(text: str) -> bool:
    try:
        return "instrument_id" in json.loads(text)["payload"]
    except (ValueError, TypeError, KeyError):
        return False


def test_files_or_generated_ticks_but_not_both_and_not_neither(lab):
    for arguments in ((), ("--input", NYISO, "--generate", "5")):
        refused = pipeline(lab, "feed", *arguments, check=False)
        assert refused.returncode == 2 and "either files or a number of ticks" in refused.stderr


def test_a_dry_backfill_counts_and_sends_nothing(lab):
    before = len(raw(lab))
    counted = [int(pipeline(lab, "backfill", "--input", NYISO, "--dry-run", *part).stdout.split()[0])
               for part in ((), ("--to", LATER), ("--from", LATER), ("--instrument", "NYISO.DAM.ZONE.WEST"))]
    assert counted[0] == counted[1] + counted[2] and min(counted) > 20
    assert len(raw(lab)) == before


def test_a_backfill_of_years_ago_makes_the_bars_and_one_more_changes_none(lab, tmp_path):
    expected = embedded_bars(tmp_path / "out")
    settings = {"DATA_PROC_POSTGRES_DSN": lab.dsn("pipeline"), "DATA_PROC_AGGREGATION_MAX_LATE_MS": "60000", "DATA_PROC_AGGREGATION_IDLE_TIMEOUT_MS": "1500"}
    services = [Service(lab, name, 24100 + 10 * i, tmp_path, settings) for i, name in enumerate(("normalization", "enrichment", "aggregation"))]
    try:
        for service in services:
            service.start()
        # The later half first: what is older is behind the watermark then, and taken all the same.
        sent = [int(pipeline(lab, "backfill", "--input", NYISO, *part).stdout.split()[0]) for part in (("--from", LATER), ("--to", LATER))]
        marked = [record for record in records(lab, "ingestion.nyiso.raw.v1") if ".ZONE." in record["key"]]
        assert len(marked) == sum(sent) > 1000 and all('"backfill":true' in record["value"] for record in marked)
        try:
            wait_until(lambda: stored_bars(lab) == expected, 60, "the bars equal the embedded run's")
        except AssertionError:
            stored = stored_bars(lab)
            wrong = [(key, stored.get(key), expected.get(key)) for key in sorted({*stored, *expected}) if stored.get(key) != expected.get(key)]
            raise AssertionError(f"{len(wrong)} of {len(expected)} bars differ, the first: {wrong[:5]}") from None
        pipeline(lab, "backfill", "--input", NYISO)
        wait_until(lambda: all(service.metric("data_proc_consumer_lag_messages") == 0 for service in services), 60, "no lag")
        assert stored_bars(lab) == expected
    finally:
        for service in services:
            service.end()
    assert datetime.fromtimestamp(min(int(start) for _, _, start in expected) / 1e6, timezone.utc).year == 2022
