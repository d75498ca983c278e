"""A disk that is full: ClickHouse can store nothing and the services cannot even write their logs. They say so, stop reading, and when there is
room again nothing is missing and nothing is there twice."""
import errno
import shutil
import subprocess
from pathlib import Path

import pytest

from fault_runs import Feed, differences, pipeline
from services_lab import SERVICES, STATE, Lab, Service, wait_until

SMALL = STATE + "-small"
MEGABYTES = 400


@pytest.fixture
def lab():
    """ClickHouse's data lie on a disk of their own, which is mounted when the lab's folder is there and no server of it runs yet."""
    lab = Lab(SMALL, ("kafka", "postgres", "redis"))
    disk = disk_of(lab)
    disk.mkdir()
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={MEGABYTES}m", "tmpfs", disk], check=True)
    lab = Lab(SMALL, ("clickhouse",))
    lab.psql("CREATE DATABASE pipeline")
    lab.migrate("clickhouse", "apply")
    lab.migrate("postgres", "apply", database="pipeline")
    pipeline(lab, "topics", "apply")
    yield lab
    lab.down()  # which takes down what is mounted below its folder
    shutil.rmtree(SMALL)


def disk_of(lab) -> Path:
    return Path(lab.environment["DPCTL_PEERS_STATE"]) / "clickhouse"


def fill(disk: Path) -> Path:
    """Writes until there is no room for one byte more."""
    assert disk.is_mount(), "never the machine's own disk"
    with (disk / "filler").open("wb", buffering=0) as file:
        size = 1 << 20
        while size:
            try:
                file.write(b"x" * size)
            except OSError as error:
                assert error.errno == errno.ENOSPC
                size //= 2
    return disk / "filler"


def test_a_full_disk_stops_the_services_and_loses_nothing(lab, tmp_path):
    disk = disk_of(lab)
    logs = disk / "logs"
    logs.mkdir()
    settings = {"DATA_PROC_POSTGRES_DSN": lab.dsn("pipeline"), "DATA_PROC_AGGREGATION_IDLE_TIMEOUT_MS": "1500"}
    services = [Service(lab, name, 24200 + 10 * i, logs, settings) for i, name in enumerate(SERVICES)]
    try:
        for service in services:
            service.start()
        for service in services:
            wait_until(service.ready, 90, f"{service.name} is ready")
        feed = Feed(tmp_path, "FULL", 8, 3000)
        feeder = feed.start(lab, 150)
        wait_until(lambda: services[0].metric("data_proc_messages_consumed_total") > 300, 60, "the feed flows")
        filler = fill(disk)
        for service in services[:2]:
            wait_until(lambda: service.metric("data_proc_sink_errors_total", 'sink="clickhouse"') > 0, 60, f"{service.name} is refused")
            assert service.process.poll() is None
        filler.unlink()
        assert feeder.wait(120) == 0
        wait_until(lambda: not differences(lab, feed), 120, "the results equal the embedded run")
    finally:
        for service in services:
            service.end()
