"""A primary with two replicas and three Sentinels, the primary killed under a writer: the writes go on, and no reader is sent to a server
that is no primary."""
import signal
import subprocess
import time
from pathlib import Path

import pytest

from serving_stand import STATE
from services_lab import PEERS, Lab, build_dir, wait_until

PRIMARY, SERVERS, SENTINELS = 16379, (16379, 16380, 16381), (26379, 26380, 26381)


class Cluster:
    def __init__(self, lab: Lab, folder: Path):
        self.lab, self.folder, self.processes = lab, folder, {}
        for port in SERVERS:
            replica = [] if port == PRIMARY else ["--replicaof", "127.0.0.1", str(PRIMARY)]
            self.start(port, "--port", port, "--bind", "127.0.0.1", "--save", "", "--repl-diskless-sync-delay", "0", *replica)
        for port in SENTINELS:
            file = folder / f"sentinel-{port}.conf"
            file.write_text(f"port {port}\nbind 127.0.0.1\ndir {folder}\nsentinel monitor mymaster 127.0.0.1 {PRIMARY} 2\n"
                            "sentinel down-after-milliseconds mymaster 1000\nsentinel failover-timeout mymaster 4000\n")
            self.start(port, file, "--sentinel")
        for port in SERVERS[1:]:
            wait_until(lambda p=port: "master_link_status:up" in self.ask(p, "INFO", "replication"), 30, f"{port} follows")
        for port in SENTINELS:
            wait_until(lambda p=port: "slaves=2,sentinels=3" in self.ask(p, "INFO", "sentinel"), 30, f"sentinel {port} knows all")

    def start(self, port, *arguments):
        log = (self.folder / f"{port}.log").open("ab")
        self.processes[port] = subprocess.Popen([PEERS, "shell", "--", "redis-server", *map(str, arguments)], env=self.lab.environment,
                                                stdout=log, stderr=log, cwd=self.folder)

    def ask(self, port, *words) -> str:
        return self.lab.run("redis-cli", "-p", port, *words, check=False).stdout

    def primary(self) -> int:
        for port in SENTINELS:
            lines = self.ask(port, "SENTINEL", "get-master-addr-by-name", "mymaster").split()
            if len(lines) == 2:
                return int(lines[1])
        return 0

    def down(self):
        for process in self.processes.values():
            if process.poll() is None:
                process.kill()
            process.wait(10)


@pytest.fixture
def cluster(tmp_path):
    lab = Lab(STATE, ("redis",))
    cluster = Cluster(lab, tmp_path)
    yield cluster
    cluster.down()
    lab.down()


def test_writes_go_on_after_the_primary_is_killed(cluster):
    sentinels = ",".join(f"127.0.0.1:{port}" for port in SENTINELS)
    driver = next(build_dir().glob("**/redis_driver"))
    writer = subprocess.Popen([PEERS, "shell", "--", driver, sentinels, "mymaster", "counter"], env=cluster.lab.environment,
                              stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        for _ in range(10):
            assert writer.stdout.readline().startswith("ok ")
        cluster.processes[PRIMARY].send_signal(signal.SIGKILL)
        killed = time.monotonic()
        failed = 0
        while not (line := writer.stdout.readline()).startswith("error "):
            pass
        while line.startswith("error ") and time.monotonic() - killed < 40:
            failed += 1
            line = writer.stdout.readline()
        assert line.startswith("ok "), line
        print(f"writes failed {failed} times and went on {time.monotonic() - killed:.1f} s after the kill")
        new = cluster.primary()
        assert new in SERVERS[1:]
        # The old primary comes back empty and believes that it is one, until the Sentinels tell it otherwise: nothing is written to it.
        for _ in range(20):
            assert writer.stdout.readline().startswith("ok ")
        cluster.start(PRIMARY, "--port", PRIMARY, "--bind", "127.0.0.1", "--save", "")
        lines = [writer.stdout.readline() for _ in range(60)]
        assert all(line.startswith("ok ") for line in lines)
        last = int(lines[-1].split()[1])
        assert int(cluster.ask(new, "GET", "counter").split("\n")[1]) >= last
    finally:
        writer.communicate("end\n", timeout=10)
