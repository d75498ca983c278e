"""What the benchmarks of the services share: a lab of stores, services as processes in it, and what they cost."""

import atexit
import contextlib
import json
import os
import pathlib
import signal
import subprocess
import sys

import benchlib

sys.path.insert(0, str(benchlib.ROOT / "tests/system"))
os.environ.setdefault("DPCTL_SERVICES_LAB", "/var/tmp/dpctl-bench-lab")
os.environ.setdefault("DPCTL_PEERS_KAFKA_JIT", "full")  # the fast start of the tests halves the broker's throughput

import fault_runs  # noqa: E402
from services_lab import SERVICES, Lab, Service, build_dir, wait_until  # noqa: E402, F401

TICKS = 1.0 / os.sysconf("SC_CLK_TCK")


at_exit = contextlib.ExitStack()  # what ends with the program, however it ends
atexit.register(at_exit.close)


def fresh_lab() -> Lab:
    """Empty stores with the topics; gone with the program."""
    return at_exit.enter_context(fault_runs.fresh_lab())


def feed(lab: Lab, messages: int, rate: int = 0, seed: int = 7) -> subprocess.Popen:
    """Generated ticks (pipeline tickgen) of five markets and 10,000 instruments, about now; at most `rate` a second."""
    command = [lab.peers_tool(), "shell", "--", build_dir() / "pipeline-services" / "pipeline", "feed", "--generate", messages, "--rate", rate,
               "--seed", seed, "--live", "--bootstrap", lab.peers["DPCTL_PEERS_KAFKA"]]
    return subprocess.Popen(list(map(str, command)), env=lab.environment, stdout=subprocess.DEVNULL)


def ended_at_exit(service: Service) -> Service:
    """The same service: it does not outlive the program."""
    at_exit.callback(lambda: service.process and service.process.poll() is None and service.end(signal.SIGKILL))
    return service


def cpu_seconds(service: Service) -> float:
    """User and system time of the service's process so far."""
    return process_cpu_seconds(service.process.pid)


def process_cpu_seconds(pid: int) -> float:
    fields = pathlib.Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
    return (int(fields[11]) + int(fields[12])) * TICKS


def peer_cpu_seconds(lab: Lab, name: str) -> float:
    """The same of a server of the lab."""
    record = json.loads((pathlib.Path(lab.environment["DPCTL_PEERS_STATE"]) / "run" / f"{name}.json").read_text())
    return process_cpu_seconds(record["pid"])


def start_all(lab: Lab, folder: pathlib.Path, port: int, settings: dict | None = None) -> list[Service]:
    """The four services, ready."""
    # The defaults of production, where the tests' lab has shorter times.
    defaults = {"DATA_PROC_NORMALIZATION_FLUSH_INTERVAL": "5", "DATA_PROC_AGGREGATION_IDLE_TIMEOUT_MS": "60000"}
    services = [ended_at_exit(Service(lab, name, port + 10 * i, folder, {"DATA_PROC_POSTGRES_DSN": lab.dsn("pipeline"), **defaults, **(settings or {})}))
                for i, name in enumerate(SERVICES)]
    for service in services:
        service.start()
    for service in services:
        wait_until(service.ready, 120, f"{service.name} is ready")
    # Ready means that the stores answer; that it has its partitions shows when records come through.
    assert feed(lab, 2000, 1000, seed=1).wait() == 0
    for service in services[:3]:
        wait_until(lambda: service.metric("data_proc_messages_consumed_total") > 1900 and service.metric("data_proc_consumer_lag_messages") == 0,
                   120, f"{service.name} works")
    return services


def probe(program: pathlib.Path, lab: Lab, rate: int, seconds: int, name: str = "PROBE") -> dict[str, dict]:
    """Latency by hop, in milliseconds from the moment a probe was due. `program`: bench_latency. A name can be used once in a lab."""
    done = lab.run(program, lab.peers["DPCTL_PEERS_KAFKA"], rate, seconds, name, timeout=seconds + 120, check=False)
    lines = [json.loads(line) for line in done.stdout.splitlines()]
    if done.returncode != 0:
        benchlib.say(done.stderr.strip() + ": " + ", ".join(f"{line['probes']} of {rate * seconds} in {line['topic']}" for line in lines))
    return {line["topic"]: line for line in lines}


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
