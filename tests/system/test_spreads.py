"""Spreads in the running aggregation service: legs that lie in different partitions and come by different replicas, some of which are killed
or join in the middle, give the values of `pipeline run --spreads` over the same files, each once."""
import collections
import json
import subprocess

import pytest

from fault_runs import fresh_lab, number, pipeline, records
from services_lab import ROOT, Service, build_dir, wait_until

NYISO = ROOT / "examples" / "markets" / "nyiso"
SPREADS = """# the gas leg of the spark spread is another zone's day, for want of gas prices among the files
west-city  location USD/MWh 1h 0s NYISO.DAM.ZONE.WEST NYISO.DAM.ZONE.N.Y.C.
west-dart  dart     USD/MWh 1h 0s NYISO.DAM.ZONE.WEST NYISO.RTH.ZONE.WEST
city-dart  dart     USD/MWh 1h 0s NYISO.DAM.ZONE.N.Y.C. NYISO.RTH.ZONE.N.Y.C.
pjm-spark  spark    USD/MWh 1h 3d NYISO.RTH.ZONE.PJM NYISO.DAM.ZONE.PJM:-0.5@1d
rt-basis   basis    USD/MWh 5m 1h NYISO.RT5M.ZONE.WEST NYISO.RT5M.ZONE.CAPITL:0.5 NYISO.RT5M.ZONE.H_Q:-1.5
next-hour  calendar USD/MWh 1h 1h NYISO.DAM.ZONE.PJM NYISO.RTH.ZONE.PJM
"""
KINDS = ("location", "dart", "spark", "basis", "calendar")


@pytest.fixture(scope="module")
def lab():
    with fresh_lab() as lab:
        yield lab


@pytest.fixture
def spreads_file(tmp_path):
    file = tmp_path / "spreads.txt"
    file.write_text(SPREADS)
    return file


def newest(values) -> dict:
    """Of each window the value with the greatest revision."""
    found = {}
    for value in values:
        key = (value["type"], value["name"], value["interval_start_us"])
        if key not in found or found[key]["revision"] <= value["revision"]:
            found[key] = value
    return {key: (number(value["value"]), value["leg_ages_s"]) for key, value in found.items()}


def embedded(file, out) -> dict:
    subprocess.run([build_dir() / "pipeline-services" / "pipeline", "run", "--input", NYISO, "--spreads", file, "--output", out], check=True,
                   capture_output=True)
    values = [json.loads(line)["payload"] for line in (out / "derived.jsonl").read_text().splitlines()]
    return newest(value for value in values if value["type"] in KINDS)


def stored(lab) -> dict:
    rows = lab.rows("SELECT kind, name, toUnixTimestamp64Micro(interval_start), toString(value), leg_ages FROM data_processing.derived_values FINAL "
                    f"WHERE kind IN {KINDS}")
    return {(kind, name, int(start)): (number(value), [int(age) for age in ages.split(",")]) for kind, name, start, value, ages in rows}


def test_spreads_of_services_that_are_killed_and_moved_equal_the_embedded_run(lab, spreads_file, tmp_path):
    expected = embedded(spreads_file, tmp_path / "out")
    assert {kind for kind, _, _ in expected} == set(KINDS) and len(expected) > 300
    common = {"DATA_PROC_POSTGRES_DSN": lab.dsn("pipeline"), "DATA_PROC_AGGREGATION_SPREADS": str(spreads_file),
              "DATA_PROC_KAFKA_SESSION_TIMEOUT_MS": "6000", "DATA_PROC_AGGREGATION_IDLE_TIMEOUT_MS": "1500"}
    first, second = (Service(lab, "aggregation", 24020 + 10 * i, tmp_path / f"{i}", {**common, "DATA_PROC_KAFKA_GROUP_INSTANCE_ID": f"aggregation-{i}"})
                     for i in range(2))
    services = [Service(lab, "normalization", 24000, tmp_path, common), Service(lab, "enrichment", 24010, tmp_path, common), first]
    for service in (first, second):
        service.log.parent.mkdir()
    try:
        for service in services:
            service.start()
        for service in services:
            wait_until(service.ready, 60, f"{service.name} is ready")
        feeder = subprocess.Popen(list(map(str, (lab.peers_tool(), "shell", "--", build_dir() / "pipeline-services" / "pipeline", "feed", "--input", NYISO,
                                                 "--rate", 100, "--bootstrap", lab.peers["DPCTL_PEERS_KAFKA"]))), env=lab.environment)
        wait_until(lambda: stored(lab), 60, "the first spreads")
        first.environment["DATA_PROC_TEST_CRASH_AT"] = "between_offsets_and_end:20"
        first.restart()
        services.append(second)
        second.start()
        wait_until(lambda: first.process.poll() is not None, 60, "the first replica has died with a transaction open")
        del first.environment["DATA_PROC_TEST_CRASH_AT"]
        first.start()
        assert feeder.wait(120) == 0
        wait_until(lambda: stored(lab) == expected, 90, "the values equal the embedded run's")
        sent = [json.loads(record["value"])["payload"] for record in records(lab, "aggregation.derived.v1")]
        sent = [value for value in sent if value["type"] in KINDS]
        assert newest(sent) == expected
        versions = collections.Counter((value["name"], value["interval_start_us"], value["revision"]) for value in sent)
        assert [version for version, count in versions.items() if count > 1] == []
        legs = {(record["partition"], record["key"]) for record in records(lab, "aggregation.legs.v1")}
        assert {key for _, key in legs} == {f"default|{line.split()[0]}" for line in SPREADS.splitlines()[1:]}
        assert len(legs) == 6, "all legs of a spread lie in one partition"
    finally:
        for service in services:
            service.end()


@pytest.mark.parametrize("line, said", [
    ("a location USD/MWh 1h 0s A", "two legs"),
    ("a location USD/MWh 15m 0s A B", "intervals that are in AGGREGATION_INTERVALS; A of a is not"),
])
def test_a_wrong_spread_ends_the_service_at_its_start_with_the_reason(tmp_path, line, said):
    file = tmp_path / "spreads.txt"
    file.write_text(line + "\n")
    ended = subprocess.run([build_dir() / "pipeline-services" / "aggregation-service", "--check-config"],
                           env={"DATA_PROC_AGGREGATION_SPREADS": str(file)}, capture_output=True, text=True)
    assert ended.returncode == 2
    assert "DATA_PROC_AGGREGATION_SPREADS" in ended.stderr and said in ended.stderr
