"""Where a service begins: where its group is, unless the coordinator says something else than what was committed (runtime/README.md)."""
import collections
import json
import signal
import sys
from pathlib import Path

import pytest

from fault_runs import Feed, expected_ticks, fresh_lab, ticks_of
from services_lab import Service, wait_until

GROUP = "normalization-local"
BACK = 7  # records


@pytest.fixture(scope="module")
def lab():
    with fresh_lab() as lab:
        yield lab


@pytest.fixture(scope="module")
def service(lab, tmp_path_factory):
    running = Service(lab, "normalization", 22700, tmp_path_factory.mktemp("positions"), {"DATA_PROC_KAFKA_SESSION_TIMEOUT_MS": "6000"})
    running.start()
    wait_until(running.ready, 60, "the service is ready")
    yield running
    running.end()


def group_offsets(lab, wanted=None) -> list:
    answer = lab.run(sys.executable, Path(__file__).with_name("group_offsets.py"), lab.peers["DPCTL_PEERS_KAFKA"], GROUP,
                     input=json.dumps(wanted) if wanted is not None else "")
    return json.loads(answer.stdout or "[]")


def while_drained(service, do):
    service.process.send_signal(signal.SIGUSR1)
    wait_until(lambda: service.state() == "drained", 30, "the service is drained")
    done = do()
    begins = service.log.stat().st_size
    service.process.send_signal(signal.SIGUSR2)
    wait_until(lambda: "partitions assigned" in service.log.read_bytes()[begins:].decode(), 30, "the service has its partitions again")
    return done, begins


def normalized(lab, feed) -> collections.Counter:
    return ticks_of(lab, "normalized.market.ticks.v1", feed)


def expected(feed) -> collections.Counter:
    return expected_ticks(feed, "normalized.jsonl")


def fed(lab, folder, name, seed) -> Feed:
    feed = Feed(folder, name, seed, 600)
    output, _ = (feeding := feed.start(lab, 300)).communicate(timeout=60)
    assert feeding.returncode == 0, output
    wait_until(lambda: normalized(lab, feed) == expected(feed), 30, "all is normalised")
    return feed


def test_old_offsets_of_a_coordinator_that_has_not_read_its_log_repeat_nothing(lab, service, tmp_path):
    first = fed(lab, tmp_path, "BEFORE", 1)

    def forget():
        committed = group_offsets(lab)
        assert any(offset > BACK for _, _, offset, _ in committed)
        assert all(metadata == "noted" for _, _, _, metadata in committed), committed
        group_offsets(lab, [[topic, partition, max(0, offset - BACK), metadata] for topic, partition, offset, metadata in committed])
        return committed

    committed, begins = while_drained(service, forget)
    second = fed(lab, tmp_path, "AFTER", 2)
    assert normalized(lab, first) == expected(first), "nothing is there twice"
    assert normalized(lab, second) == expected(second)
    words = service.log.read_bytes()[begins:].decode()
    wrong = sum(offset > 0 for _, _, offset, _ in committed)
    assert f'"partitions":"{wrong}"' in words and "the noted ones count" in words, words


def test_an_operator_who_sets_the_offsets_back_is_obeyed(lab, service, tmp_path):
    feed = fed(lab, tmp_path, "AGAIN", 3)
    consumed = service.metric("data_proc_messages_consumed_total")

    def set_back():
        committed = group_offsets(lab)
        group_offsets(lab, [[topic, partition, max(0, offset - BACK), ""] for topic, partition, offset, _ in committed])
        return sum(min(offset, BACK) for _, _, offset, _ in committed)

    again, begins = while_drained(service, set_back)
    wait_until(lambda: service.metric("data_proc_messages_consumed_total") == consumed + again, 30, "records are read again")
    assert "the noted ones count" not in service.log.read_bytes()[begins:].decode()
    wait_until(lambda: all(metadata == "noted" for _, _, _, metadata in group_offsets(lab)), 30, "new positions are committed")
    assert sum((normalized(lab, feed) - expected(feed)).values()) > 0, "they came out again"
