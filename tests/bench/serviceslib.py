"""What the benchmarks of the services share: a lab of stores, services as processes in it, and what they cost."""

import os
import pathlib
import subprocess
import sys
import tempfile

import benchlib

sys.path.insert(0, str(benchlib.ROOT / "tests/system"))
os.environ.setdefault("DPCTL_SERVICES_LAB", "/var/tmp/dpctl-bench-lab")
os.environ.setdefault("DPCTL_PEERS_KAFKA_JIT", "full")  # the fast start of the tests halves the broker's throughput

from fault_runs import pipeline  # noqa: E402
from services_lab import SERVICES, Lab, Service, build_dir, wait_until  # noqa: E402, F401

TICKS = 1.0 / os.sysconf("SC_CLK_TCK")


def fresh_lab() -> Lab:
    lab = Lab()
    lab.clickhouse("DROP DATABASE IF EXISTS data_processing")
    lab.psql("DROP DATABASE IF EXISTS pipeline WITH (FORCE)")
    lab.psql("CREATE DATABASE pipeline")
    lab.redis("FLUSHALL")
    lab.migrate("clickhouse", "apply")
    lab.migrate("postgres", "apply", database="pipeline")
    pipeline(lab, "topics", "apply")
    return lab


def feed(lab: Lab, messages: int, rate: int = 0, seed: int = 7) -> subprocess.Popen:
    """Generated ticks (pipeline tickgen) into one raw topic; they have one key, so they lie in one partition."""
    program = build_dir() / "pipeline-services" / "pipeline"
    folder = pathlib.Path(tempfile.mkdtemp(prefix="bench-feed-"))
    subprocess.run([program, "tickgen", "--seed", str(seed), "--count", str(messages), "--out", folder / "pjm.raw.jsonl"], check=True,
                   stderr=subprocess.DEVNULL)
    command = [lab.peers_tool(), "shell", "--", program, "feed", "--input", folder, "--rate", rate, "--bootstrap", lab.peers["DPCTL_PEERS_KAFKA"]]
    return subprocess.Popen(list(map(str, command)), env=lab.environment, stdout=subprocess.DEVNULL)


def cpu_seconds(service: Service) -> float:
    """User and system time of the service's process so far."""
    fields = pathlib.Path(f"/proc/{service.process.pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICKS


def histogram(service: Service, name: str) -> list[tuple[float, float]]:
    """(upper bound, cumulative count), all labels together."""
    buckets: dict[float, float] = {}
    for line in service.get("/metrics")[1].splitlines():
        if line.startswith(name + "_bucket{"):
            bound = float(line.split('le="')[1].split('"')[0].replace("+Inf", "inf"))
            buckets[bound] = buckets.get(bound, 0) + float(line.rsplit(" ", 1)[1])
    return sorted(buckets.items())


def quantile(buckets: list[tuple[float, float]], share: float) -> float:
    """The upper bound of the bucket in which it lies: no better is known."""
    total = buckets[-1][1] if buckets else 0
    for bound, count in buckets:
        if total and count >= share * total:
            return bound
    return float("nan")
