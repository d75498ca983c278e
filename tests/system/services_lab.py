"""A lab of stores for the tests of the services and of the migrations: Kafka, ClickHouse, PostgreSQL and Redis in a network namespace of
their own, apart from the one in which the cluster runs, because topics and groups have fixed names."""
import contextlib
import json
import os
import signal
import subprocess
import time
import urllib.parse
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PEERS = ROOT / "tests" / "peers" / "peers"
STATE = os.environ.get("DPCTL_SERVICES_LAB", "/var/tmp/dpctl-services-lab")
SERVICES = ("normalization", "enrichment", "aggregation", "projection")


def build_dir() -> Path:
    """Where the programs under test are: $DPCTL_BUILD_DIR, else the newest of build/*."""
    if os.environ.get("DPCTL_BUILD_DIR"):
        return Path(os.environ["DPCTL_BUILD_DIR"])
    built = [d for d in (ROOT / "build").glob("*") if (d / "pipeline-services" / "pipeline").exists()]
    if not built:
        raise RuntimeError("nothing is built; run cmake --preset release && cmake --build --preset release")
    return max(built, key=lambda d: (d / "pipeline-services" / "pipeline").stat().st_mtime)


def wait_until(condition, timeout: float, what: str):
    """Polls `condition` until it returns something true; that is the result."""
    end = time.monotonic() + timeout
    last = None
    while time.monotonic() < end:
        try:
            value = condition()
            if value:
                return value
        except (subprocess.CalledProcessError, ValueError) as error:
            last = error
        time.sleep(0.2)
    raise AssertionError(f"not within {timeout:.0f} s: {what}" + (f" ({last})" if last else ""))


class Lab:
    def __init__(self, state=STATE, servers=("kafka", "clickhouse", "postgres", "redis")):
        self.environment = dict(os.environ, DPCTL_PEERS_STATE=state)
        try:
            self.up(*servers)
        except subprocess.CalledProcessError:
            self.down()  # the next module starts from nothing, not from what broke this one
            raise
        text = subprocess.run([PEERS, "env"], env=self.environment, check=True, capture_output=True, text=True).stdout
        self.peers = dict(line.split("=", 1) for line in text.splitlines())

    def up(self, *servers: str):
        """Starts those that do not run, with the data that they had."""
        subprocess.run([PEERS, "up", *servers], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def down(self):
        subprocess.run([PEERS, "down"], env=self.environment, check=True, stdout=subprocess.DEVNULL)

    def peers_tool(self) -> Path:
        return PEERS

    def signal_peer(self, name: str, number: int) -> int:
        """Sends a signal to a server of this lab; its process id."""
        pid = json.loads((Path(self.environment["DPCTL_PEERS_STATE"]) / "run" / f"{name}.json").read_text())["pid"]
        os.kill(pid, number)
        return pid

    def pause_peer(self, name: str, seconds: float):
        """It answers nobody for so long, and goes on where it was, unless somebody kills it meanwhile."""
        self.signal_peer(name, signal.SIGSTOP)
        try:
            time.sleep(seconds)
        finally:
            with contextlib.suppress(ProcessLookupError):
                self.signal_peer(name, signal.SIGCONT)

    def kill_peer(self, name: str):
        """SIGKILL to a server of this lab; up() starts it again."""
        pid = self.signal_peer(name, signal.SIGKILL)
        wait_until(lambda: not Path(f"/proc/{pid}/stat").exists()
                   or Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2][0] in "ZX", 10, f"{name} is dead")

    def run(self, *command, check=True, input=None, env=None, timeout=120):
        """Runs a command inside the namespace."""
        try:
            return subprocess.run([PEERS, "shell", "--", *map(str, command)], env={**self.environment, **(env or {})}, check=check,
                                  capture_output=True, input=input, timeout=timeout, text=not isinstance(input, bytes))
        except subprocess.CalledProcessError as error:
            error.add_note(str(error.stderr))
            raise

    def clickhouse(self, sql: str) -> str:
        answer = self.run("curl", "-sS", "--fail-with-body", "-u",
                          f"{self.peers['DPCTL_PEERS_CLICKHOUSE_USER']}:{self.peers['DPCTL_PEERS_CLICKHOUSE_PASSWORD']}",
                          "--data-binary", "@-", self.peers["DPCTL_PEERS_CLICKHOUSE"] + "/?wait_end_of_query=1", input=sql)
        return answer.stdout

    def rows(self, sql: str) -> list:
        return [json.loads(line) for line in self.clickhouse(sql + " FORMAT JSONCompactEachRow").splitlines()]

    def dsn(self, database: str) -> str:
        url = urllib.parse.urlsplit(self.peers["DPCTL_PEERS_POSTGRES"])
        return urllib.parse.urlunsplit(url._replace(path="/" + database))

    def psql(self, sql: str, database: str = "dpctl") -> str:
        return self.run("psql", "-q", "-X", "-A", "-t", "-v", "ON_ERROR_STOP=1", self.dsn(database), "-c", sql).stdout.strip()

    def empty(self):
        """The stores become those of a new environment: migrated, without data. Topics keep what they hold."""
        self.clickhouse("DROP DATABASE IF EXISTS data_processing")
        self.psql("DROP DATABASE IF EXISTS pipeline WITH (FORCE)")
        self.psql("CREATE DATABASE pipeline")
        self.redis("FLUSHALL")
        self.migrate("clickhouse", "apply")
        self.migrate("postgres", "apply", database="pipeline")

    def redis(self, *words: str) -> str:
        host, port = self.peers["DPCTL_PEERS_REDIS"].split(":")
        return self.run("redis-cli", "-h", host, "-p", port, *words).stdout.strip()

    def migrate(self, engine: str, verb: str, folder="builtin", database: str = "data_processing", check=True):
        driver = next(build_dir().glob("**/migrate_driver"))
        if engine == "postgres":
            target = [self.dsn(database)]
        else:
            target = [f"{self.peers['DPCTL_PEERS_CLICKHOUSE']},{self.peers['DPCTL_PEERS_CLICKHOUSE_USER']},{database}",
                      self.peers["DPCTL_PEERS_CLICKHOUSE_PASSWORD"]]
        return self.run(driver, engine, verb, folder, *target, check=check)


class Service:
    """One service as a process inside the lab. It keeps its identity over a restart, as a container does in its pod."""

    def __init__(self, lab: Lab, name: str, port: int, folder: Path, settings: dict):
        self.lab, self.name, self.port = lab, name, port
        self.log = folder / f"{name}.log"
        self.environment = {
            **lab.environment,
            "DATA_PROC_KAFKA_BOOTSTRAP": lab.peers["DPCTL_PEERS_KAFKA"],
            "DATA_PROC_CLICKHOUSE_URL": lab.peers["DPCTL_PEERS_CLICKHOUSE"],
            "DATA_PROC_CLICKHOUSE_USER": lab.peers["DPCTL_PEERS_CLICKHOUSE_USER"],
            "DATA_PROC_CLICKHOUSE_PASSWORD": lab.peers["DPCTL_PEERS_CLICKHOUSE_PASSWORD"],
            "DATA_PROC_REDIS_URL": f"redis://{lab.peers['DPCTL_PEERS_REDIS']}/0",
            "DATA_PROC_HEALTH_PORT": str(port), "DATA_PROC_METRICS_PORT": str(port + 1), "DATA_PROC_INTERNAL_API_PORT": str(port + 2),
            "DATA_PROC_KAFKA_GROUP_INSTANCE_ID": f"{name}-0",
            "DATA_PROC_KAFKA_SESSION_TIMEOUT_MS": "10000",
            "DATA_PROC_NORMALIZATION_FLUSH_INTERVAL": "0.5",
            "DATA_PROC_AGGREGATION_IDLE_TIMEOUT_MS": "3000",
            **settings,
        }
        self.process = None
        self.begins = 0  # where in the log the process begins

    def start(self):
        with self.log.open("ab") as log:
            self.begins = log.tell()
            self.process = subprocess.Popen([PEERS, "shell", "--", build_dir() / "pipeline-services" / f"{self.name}-service"],
                                            env=self.environment, stderr=log, stdout=log, stdin=subprocess.DEVNULL)

    def end(self, how=signal.SIGTERM, timeout=40) -> int:
        self.process.send_signal(how)
        return self.process.wait(timeout)

    def words(self) -> str:
        """What this process has logged."""
        return self.log.read_bytes()[self.begins:].decode(errors="replace")

    def restart(self):
        self.end(signal.SIGKILL)
        self.start()

    def get(self, path: str, *headers: str, port: int = 0):
        """Status and body."""
        arguments = [part for header in headers for part in ("-H", header)]
        answer = self.lab.run("curl", "-s", "-w", "\n%{http_code}", *arguments, f"http://127.0.0.1:{port or self.port}{path}", check=False)
        body, _, status = answer.stdout.rpartition("\n")
        return int(status or 0), body

    def state(self) -> str:
        """running, draining or drained."""
        return json.loads(self.get("/drain")[1])["state"]

    def ready(self) -> bool:
        return self.get("/health/ready")[0] == 200

    def metric(self, name: str, labels: str = "") -> float:
        """The sum over all label sets, or over those that contain this text."""
        lines = self.get("/metrics")[1].splitlines()
        return sum(float(line.rsplit(" ", 1)[1]) for line in lines if line.split("{")[0].split(" ")[0] == name and labels in line)
