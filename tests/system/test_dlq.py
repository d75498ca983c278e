"""Dead letters on a real broker: counted, shown, narrowed, and sent once more with the original key and bytes."""
import json
from pathlib import Path

import pytest

from services_lab import ROOT, Lab, Service, build_dir, wait_until

POISON = ROOT / "examples" / "markets" / "poison"


@pytest.fixture(scope="module")
def lab():
    lab = Lab()
    yield lab
    lab.down()


def pipeline(lab, *arguments, **options):
    return lab.run(build_dir() / "pipeline-services" / "pipeline", *arguments,
                   env={"DATA_PROC_KAFKA_BOOTSTRAP": lab.peers["DPCTL_PEERS_KAFKA"], "DATA_PROC_KAFKA_PARTITIONS": "2"}, **options)


def letters(lab, *filters) -> list:
    shown = pipeline(lab, "dlq", "show", "--stage", "normalization", "--limit", "1000", *filters).stdout
    return [json.loads(line)["payload"] for line in shown.splitlines()]


@pytest.fixture(scope="module")
def poisoned(lab, tmp_path_factory):
    """A normalization service that met the poison, and the lines that were fed."""
    lab.clickhouse("DROP DATABASE IF EXISTS data_processing")
    lab.migrate("clickhouse", "apply")
    pipeline(lab, "topics", "apply")
    service = Service(lab, "normalization", 20100, tmp_path_factory.mktemp("dlq"), {})
    service.start()
    pipeline(lab, "feed", "--input", POISON)
    fed = [line for path in sorted(POISON.glob("*.raw.jsonl")) for line in path.read_text().splitlines() if line.strip()]
    wait_until(lambda: len(letters(lab)) == len(fed), 90, "a dead letter for each line")
    yield fed
    service.end()


def test_list_counts_by_stage_topic_code_and_issue(lab, poisoned):
    lines = pipeline(lab, "dlq", "list").stdout.splitlines()
    assert lines[0].split() == ["STAGE", "TOPIC", "CODE", "ISSUE", "LETTERS", "NEWEST"]
    assert sum(int(line.split()[4]) for line in lines[1:]) == len(poisoned)
    assert {line.split()[3] for line in lines[1:]} >= {"invalid_json", "nonexistent_local_time", "ambiguous_local_time"}


def test_show_gives_the_original_bytes_and_filters_narrow(lab, poisoned):
    assert sorted(letter["raw_event"] for letter in letters(lab)) == sorted(poisoned)
    one = letters(lab, "--issue", "nonexistent_local_time")
    assert one and all(letter["metadata"]["issues"] == "nonexistent_local_time" for letter in one)
    assert letters(lab, "--issue", "no_such_issue") == []
    assert letters(lab, "--until", "2020-01-01T00:00:00Z") == []
    assert {letter["failed_topic"] for letter in letters(lab, "--topic", "ingestion.ercot.raw.v1")} == {"ingestion.ercot.raw.v1"}


def test_headers_travel_with_the_letter_and_each_replay_counts(lab, poisoned, tmp_path):
    line = '{"headers": of a broken message'
    (tmp_path / "nyiso.raw.jsonl").write_text(line + "\n")
    pipeline(lab, "feed", "--input", tmp_path, "--header", "correlation_id=abc", "--header", "origin=a=b")
    mine = lambda: [letter for letter in letters(lab) if letter["raw_event"] == line]  # noqa: E731
    headers = lambda letter: [(h["name"], h["value"]) for h in letter["raw_headers"]]  # noqa: E731
    for tries in range(3):
        wait_until(lambda: len(mine()) == tries + 1, 60, "a letter for each try")
        letter = mine()[-1]
        assert int(letter["retry_count"]) == tries
        assert headers(letter)[:2] == [("correlation_id", "abc"), ("origin", "a=b")]
        assert headers(letter)[2:] == ([("retry_count", str(tries))] if tries else [])
        pipeline(lab, "dlq", "replay", "--key", letter["raw_key"], "--offset", str(newest_offset(lab)))


def newest_offset(lab) -> int:
    return max(json.loads(line)["offset"] for line in pipeline(lab, "read", "processing.deadletter.normalization.v1").stdout.splitlines())


def test_replay_needs_a_filter_or_all(lab, poisoned):
    refused = pipeline(lab, "dlq", "replay", check=False)
    assert refused.returncode == 2 and "--all" in refused.stderr


def test_a_dry_run_sends_nothing(lab, poisoned):
    before = len(letters(lab))
    told = pipeline(lab, "dlq", "replay", "--all", "--dry-run").stdout
    assert f"{before} letters would be sent again" in told
    assert len(letters(lab)) == before


def test_replay_sends_the_original_key_and_bytes_to_the_original_topic(lab, poisoned):
    before = letters(lab)
    wanted = [letter for letter in before if letter["failed_topic"] == "ingestion.ercot.raw.v1"]
    sent = pipeline(lab, "dlq", "replay", "--topic", "ingestion.ercot.raw.v1").stdout
    assert f"{len(wanted)} letters sent again and acknowledged" in sent
    # The cause is not mended, so each comes back as a letter of its own.
    after = wait_until(lambda: len(now := letters(lab)) == len(before) + len(wanted) and now, 60, "the replayed letters")
    fresh = after[len(before):]
    what = lambda group: sorted((l["failed_topic"], l["raw_key"], l["raw_event"], l["metadata"]["issues"]) for l in group)  # noqa: E731
    assert what(fresh) == what(wanted)
    assert not {l["failed_event_id"] for l in fresh} & {l["failed_event_id"] for l in before}
