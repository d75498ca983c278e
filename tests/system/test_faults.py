"""Nothing is lost and nothing is seen twice, whatever ends or stops a service, a store or a connection (runtime/README.md).

Every test feeds the four services, does harm meanwhile, and compares what is left in Kafka, ClickHouse and the dead letters with the
embedded mode's run over the same messages. Faults are real: SIGKILL at a named boundary of the code, SIGSTOP, a relay that cuts
connections, a killed broker, a clock that steps. `DPCTL_FAULT_RUNS=200` makes it 200 crashes instead of 20, and 200 pairs of faults instead of
one; `DPCTL_FAULT_SEED` chooses which.
"""
import os
import random
import re
import signal
import statistics
import subprocess
import sys
import time
from pathlib import Path

import pytest

from fault_runs import Feed, differences, fresh_lab
from harms import SESSION, Background, Harms, Supervisor
from services_lab import SERVICES, Service, wait_until

RUNS = int(os.environ.get("DPCTL_FAULT_RUNS", "20"))
PAIRS = RUNS if "DPCTL_FAULT_RUNS" in os.environ else 1
SEED = int(os.environ.get("DPCTL_FAULT_SEED", "1"))
RELAY_PORT = 20990
CLOCK = "/tmp/dpctl-clock-of-the-fault-tests"  # seconds by which the services' clock is wrong
# Between polling, changing state, sending, ClickHouse's answer, Redis, the end of the transaction: see fault_point() in the code.
BOUNDARIES = ("after_poll", "after_process", "after_stage_flush", "before_insert", "after_insert", "before_commit",
              "between_offsets_and_end", "after_commit", "between_sinks_and_commit")
BOUNDARIES_AT_LEAST_ONCE = ("after_poll", "after_process", "after_insert", "before_commit", "between_messages_and_offsets", "after_commit",
                            "between_sinks_and_commit")


def settings(lab) -> dict:
    return {"DATA_PROC_TEST_CLOCK_FILE": CLOCK, "DATA_PROC_POSTGRES_DSN": lab.dsn("pipeline"), "DATA_PROC_CLICKHOUSE_URL": f"http://127.0.0.1:{RELAY_PORT}",
            "DATA_PROC_KAFKA_SESSION_TIMEOUT_MS": str(round(SESSION * 1000)), "DATA_PROC_TRANSACTION_TIMEOUT_MS": "5000",
            "DATA_PROC_AGGREGATION_IDLE_TIMEOUT_MS": "2000"}


@pytest.fixture(scope="module")
def lab():
    Path(CLOCK).write_text("0")
    with fresh_lab() as lab:
        yield lab
    Path(CLOCK).unlink()


@pytest.fixture(scope="module")
def relay(lab, tmp_path_factory):
    control = tmp_path_factory.mktemp("relay") / "control"
    control.write_text("pass 0")
    host, port = lab.peers["DPCTL_PEERS_CLICKHOUSE"].removeprefix("http://").split(":")
    process = subprocess.Popen(list(map(str, (lab.peers_tool(), "shell", "--", sys.executable, Path(__file__).with_name("faulty_relay.py"), RELAY_PORT,
                                             host, port, control))), env=lab.environment)
    wait_until(lambda: lab.run("curl", "-sf", f"http://127.0.0.1:{RELAY_PORT}/ping", check=False).stdout.startswith("Ok"), 10, "the relay answers")
    yield control
    process.kill()


@pytest.fixture(scope="module")
def services(lab, relay, tmp_path_factory):
    folder = tmp_path_factory.mktemp("services")
    running = {name: Service(lab, name, 21000 + 10 * i, folder, settings(lab)) for i, name in enumerate(SERVICES)}
    for service in running.values():
        service.start()
    for service in running.values():
        wait_until(service.ready, 60, f"{service.name} is ready")
    yield running
    for service in running.values():
        if service.process.poll() is None:
            service.end()


def finish(lab, feeder, feed, services, within=60, meanwhile=lambda: None, **allowed):
    output, _ = feeder.communicate(timeout=within)
    assert feeder.returncode == 0, output

    def equal():
        meanwhile()
        return not differences(lab, feed, **allowed)

    try:
        wait_until(equal, within, "the services' results equal the embedded run")
    except AssertionError:
        logs = "\n".join(f"{s.name}: {s.log.read_text()[-1500:]}" for s in services.values())
        raise AssertionError("; ".join(differences(lab, feed, **allowed)) + "\n" + logs) from None
    assert differences(lab, feed, **allowed) == []


def assigned(service) -> int:
    return len(re.findall(r'"message":"partitions assigned"', service.log.read_text()))


def crash_often(feeder, services, boundaries, runs):
    """Kills services at named boundaries while the feed goes on; returns the places and the seconds until the next process had its partitions."""
    chance = random.Random(SEED)
    plan = {name: [] for name in SERVICES}
    for run in range(runs):
        plan[SERVICES[run % 4]].append((chance.choice(boundaries), chance.randrange(1, 30)))
    crashes, recoveries, waiting = [], [], {}

    def launch(service):
        boundary = plan[service.name].pop(0) if plan[service.name] else None
        service.environment.pop("DATA_PROC_TEST_CRASH_AT", None)
        if boundary:
            service.environment["DATA_PROC_TEST_CRASH_AT"] = f"{boundary[0]}:{boundary[1]}"
        waiting[service.name] = (time.monotonic(), assigned(service))
        service.start()
        service.planned = boundary

    for service in services.values():
        launch(service)
    end = time.monotonic() + 5 * runs
    while any(service.planned for service in services.values()) and time.monotonic() < end:
        for service in services.values():
            if service.name in waiting and assigned(service) > waiting[service.name][1]:
                recoveries.append(time.monotonic() - waiting.pop(service.name)[0])
            if service.process.poll() is not None:
                assert service.process.returncode == -signal.SIGKILL, service.log.read_text()[-2000:]
                crashes.append(service.planned)
                launch(service)
            elif feeder.poll() is not None and service.planned and time.monotonic() - waiting.get(service.name, (0, 0))[0] > 4:
                service.end(signal.SIGKILL)  # its boundary was not reached while there was work: it is killed where it stands
                crashes.append(("anywhere", 1))
                launch(service)
        time.sleep(0.05)
    assert len(crashes) >= runs
    return crashes, recoveries


def test_a_crash_at_any_boundary_loses_and_repeats_nothing(lab, services, tmp_path):
    feed = Feed(tmp_path, f"CRASH{SEED}", SEED, 300 * RUNS)
    for service in services.values():
        service.end(signal.SIGKILL)
    feeder = feed.start(lab, 250)
    crashes, recoveries = crash_often(feeder, services, BOUNDARIES, RUNS)
    finish(lab, feeder, feed, services, 60 + RUNS)
    twice = lab.rows("SELECT count() - uniqExact(tick_id, version) FROM data_processing.silver_ticks")[0][0]
    print(f"\n{len(crashes)} crashes at {len(set(crashes))} places; {feed.messages} messages: 0 lost, 0 twice; process start to partitions: "
          f"median {statistics.median(recoveries):.1f} s, longest {max(recoveries):.1f} s; rows stored twice and collapsed: {twice}")


def test_at_least_once_a_crash_loses_nothing_and_what_comes_again_is_the_same(lab, services, tmp_path):
    runs = max(8, RUNS // 2)
    feed = Feed(tmp_path, f"AGAIN{SEED}", SEED + 1, 300 * runs)
    for service in services.values():
        service.end(signal.SIGKILL)
        service.environment["DATA_PROC_DELIVERY"] = "at-least-once"
    feeder = feed.start(lab, 250)
    crashes, _ = crash_often(feeder, services, BOUNDARIES_AT_LEAST_ONCE, runs)
    finish(lab, feeder, feed, services, 60 + runs, repeats=True)
    print(f"\n{len(crashes)} crashes at {len(set(crashes))} places, at least once: 0 of {feed.messages} messages lost, nothing foreign")
    for service in services.values():
        assert service.end() == 0
        del service.environment["DATA_PROC_DELIVERY"]
        service.start()
    for service in services.values():
        wait_until(service.ready, 60, f"{service.name} is ready again")


def test_what_the_clock_closed_is_closed_once_when_the_process_dies_before_it_remembers(lab, services, tmp_path):
    """The bars are visible and their rows stored, but no snapshot says so: the next process repeats the decision."""
    feed, aggregation = Feed(tmp_path, "CLOSED", 8, 300), services["aggregation"]
    aggregation.end(signal.SIGKILL)
    before = services["enrichment"].metric("data_proc_messages_produced_total")
    feeder = feed.start(lab, 300)
    wait_until(lambda: services["enrichment"].metric("data_proc_messages_produced_total") - before >= 0.9 * feed.messages and
               feeder.poll() is not None, 40, "the ticks are enriched")
    aggregation.environment["DATA_PROC_TEST_CRASH_AT"] = "between_sinks_and_commit:2"  # first what the records made, then what the clock did
    aggregation.start()
    wait_until(lambda: aggregation.process.poll() is not None, 40, "the process is dead")
    del aggregation.environment["DATA_PROC_TEST_CRASH_AT"]
    aggregation.start()
    finish(lab, feeder, feed, services)
    decisions = re.findall(r'"message":"state restored".*?"decisions":"(\d+)"', aggregation.words())
    assert decisions and int(decisions[0]) > 0, aggregation.words()[-2000:]


def test_a_clock_that_steps_an_hour_forth_and_back_changes_nothing(lab, services, tmp_path):
    feed = Feed(tmp_path, "CLOCK", 7, 2000)
    consumed = lambda: services["aggregation"].metric("data_proc_messages_consumed_total")  # noqa: E731
    begin = consumed()
    feeder = feed.start(lab, 200)
    for part, step in enumerate(("3600", "-3600", "7200", "0")):
        wait_until(lambda: consumed() - begin > 400 * (part + 1), 60, f"part {part} has come")
        Path(CLOCK).write_text(step)
    finish(lab, feeder, feed, services)


def test_a_process_that_slept_through_its_session_writes_nothing_when_it_wakes(lab, services, tmp_path):
    feed = Feed(tmp_path, "ZOMBIE", 2, 2000)
    zombie = services["enrichment"]
    successor = Service(lab, "enrichment", 21100, tmp_path, {**settings(lab), "DATA_PROC_KAFKA_GROUP_INSTANCE_ID": "enrichment-1"})
    feeder = feed.start(lab, 200)
    time.sleep(2)
    zombie.process.send_signal(signal.SIGSTOP)
    successor.start()
    wait_until(lambda: successor.metric("data_proc_messages_consumed_total") > 0, 40, "the successor has the partitions")
    zombie.process.send_signal(signal.SIGCONT)
    time.sleep(2)
    finish(lab, feeder, feed, services, 90)
    if zombie.process.poll() is not None:  # fenced, and its pod would be restarted
        said = zombie.log.read_text()
        # librdkafka 2.0.2 may end the process by an assertion of its own when its partitions went while it slept.
        assert '"message":"ended"' in said or "rd_kafka_assignment_partition_stopped" in said
        zombie.start()
    assert successor.end() == 0
    wait_until(zombie.ready, 40, "the first replica serves again")


def test_a_second_process_of_one_name_ends_the_first_with_a_clear_word(lab, services, tmp_path):
    feed = Feed(tmp_path, "FENCED", 3, 2000)
    first = services["normalization"]
    feeder = feed.start(lab, 200)
    second = Service(lab, "normalization", 21110, tmp_path, settings(lab))
    second.start()
    assert wait_until(lambda: first.process.poll() is not None and first.process.poll() == 1, 40, "the first has ended")
    assert "fenced" in first.log.read_text().lower()
    finish(lab, feeder, feed, services)
    assert second.end() == 0
    first.start()
    wait_until(first.ready, 40, "the first serves again")


def test_partitions_that_move_while_rows_are_written_lose_nothing(lab, services, tmp_path):
    feed = Feed(tmp_path, "MOVE", 4, 2000)
    feeder = feed.start(lab, 300)
    extra = [Service(lab, name, 21200 + 10 * i, tmp_path, {**settings(lab), "DATA_PROC_KAFKA_GROUP_INSTANCE_ID": f"{name}-1"})
             for i, name in enumerate(SERVICES[:3])]
    for service in extra:
        service.start()
    for service in extra:
        wait_until(service.ready, 40, f"the second {service.name} is ready")
    for service in extra:
        assert service.end() == 0
    finish(lab, feeder, feed, services)


def test_a_sink_that_comes_back_while_partitions_move_leaves_none_of_them_paused(lab, services, tmp_path):
    """Redis answers again while what is revoked is being flushed, when nothing is assigned any more."""
    feed, first = Feed(tmp_path, "PAUSED", 9, 1200), services["projection"]
    sleeper, third = (Service(lab, "projection", 21120 + 10 * i, tmp_path, {**settings(lab), "DATA_PROC_KAFKA_GROUP_INSTANCE_ID": f"projection-{i}"})
                      for i in (1, 2))
    sleeper.start()
    wait_until(lambda: "partitions assigned" in sleeper.words(), 40, "the second replica has partitions")
    times = lambda word: first.words().count(word)  # noqa: E731
    refusing = lambda: times("does not take") > times("sinks work again")  # noqa: E731
    revoked = times("partitions revoked")
    feeder = feed.start(lab, 150)
    lab.signal_peer("redis", signal.SIGSTOP)
    try:
        wait_until(refusing, 60, "the sink refuses")
        again = times("sinks work again")
        time.sleep(3)
        assert times("sinks work again") == again, "what was on its way to ClickHouse before says nothing of Redis"
        sleeper.process.send_signal(signal.SIGSTOP)
        third.start()
        wait_until(lambda: times("partitions revoked") > revoked, 30, "the partitions are taken away")
    finally:
        lab.signal_peer("redis", signal.SIGCONT)
    wait_until(lambda: not refusing(), 30, "the sink takes again")
    sleeper.end(signal.SIGKILL)
    finish(lab, feeder, feed, services, 90)
    assert third.end() == 0


def test_inserts_whose_answer_is_lost_and_bodies_that_are_cut_are_stored_once(lab, services, relay, tmp_path):
    feed = Feed(tmp_path, "CUT", 5, 2000)
    before = lab.rows("SELECT count() FROM data_processing.silver_ticks")[0][0]
    feeder = feed.start(lab, 400)
    for mode in ("drop_answer", "cut_body", "drop_answer", "cut_body"):
        relay.write_text(f"{mode} 3")
        wait_until(lambda: relay.read_text().endswith(" 0"), 30, f"three inserts went through {mode}")
    finish(lab, feeder, feed, services)
    rows, unique = lab.rows("SELECT count(), uniqExact(tick_id, version) FROM data_processing.silver_ticks WHERE startsWith(instrument_id, 'CUT.')")[0]
    assert rows == unique, "a repeated insert was stored twice although its token was the same"
    assert before >= 0


def test_a_broker_that_sleeps_until_messages_and_transactions_run_out_loses_nothing(lab, services, tmp_path):
    feed = Feed(tmp_path, "ASLEEP", 7, 1000)
    feeder = feed.start(lab, 200)
    time.sleep(2)
    lab.pause_peer("kafka", 8)
    finish(lab, feeder, feed, services, 120, meanwhile=Supervisor(services).look)


def test_a_broker_that_is_killed_and_comes_back_loses_nothing(lab, services, tmp_path):
    feed = Feed(tmp_path, "BROKER", 6, 2000)
    feeder = feed.start(lab, 200)
    time.sleep(3)
    lab.kill_peer("kafka")
    killed = time.monotonic()
    lab.up("kafka")
    up = time.monotonic()
    finish(lab, feeder, feed, services, 120, meanwhile=Supervisor(services).look)
    print(f"\nbroker back after {up - killed:.1f} s")


@pytest.mark.parametrize("seed", range(SEED, SEED + PAIRS))
def test_two_faults_at_a_time_lose_and_repeat_nothing(lab, services, relay, tmp_path, seed):
    """Of the same kinds as above, and stores that stop or come back empty; which, when and for how long is the seed's word."""
    feed = Feed(tmp_path, f"PAIR{seed}", seed, 1500)
    chance, supervisor = random.Random(seed), Supervisor(services)

    def replica(name):
        return Service(lab, name, 21300, tmp_path, {**settings(lab), "DATA_PROC_KAFKA_GROUP_INSTANCE_ID": f"{name}-1"})

    for service in services.values():
        if service.process.poll() is not None:  # another test left it so
            service.start()
        wait_until(service.ready, 60, f"{service.name} is ready")
    harms = Harms(lab, services, supervisor, relay, Path(CLOCK), replica, chance).two(BOUNDARIES)
    print("; ".join(name for name, _ in harms))
    feeder = feed.start(lab, 150)
    under_way = [Background(do, chance.uniform(1, 6)) for _, do in harms]
    while any(harm.running() for harm in under_way):
        supervisor.look()
        time.sleep(0.05)
    over = time.monotonic()
    for harm in under_way:
        harm.join()
    redis_was_lost = any(name == "kill redis" for name, _ in harms)
    finish(lab, feeder, feed, services, 120, meanwhile=supervisor.look, redis_was_lost=redis_was_lost)
    relay.write_text("pass 0")
    supervisor.disarm()
    print(f"complete {time.monotonic() - over:.1f} s after the last harm; started again: {supervisor.restarts}")
