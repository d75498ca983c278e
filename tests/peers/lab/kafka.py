"""Kafka 4.4 in KRaft mode: one process that is broker and controller."""

import os
import subprocess
from pathlib import Path

from . import builds, kafka_wire, process
from .settings import NODE_IP, PeerError, State, write

CLUSTER_ID = "MkU3OEVBNTcwNTJENDM2Qg"
# C1 only halves the start and is right for functional tests; DPCTL_PEERS_KAFKA_JIT=full gives throughput
# figures their due.
JVM_FLAGS = ["-Xms512m", "-Xmx512m", "-XX:+UseSerialGC", "-Dlog4j2.configurationFile=log4j2.properties"]
PROBE_TOPIC = "lab-probe"  # never a data topic: a probe's record in one reads as a duplicate


def write_configuration(folder: Path, address: str) -> None:
    write(
        folder / "server.properties",
        f"""process.roles=broker,controller
node.id=1
controller.quorum.voters=1@127.0.0.1:9093
listeners=PLAINTEXT://{address}:9092,CONTROLLER://127.0.0.1:9093
advertised.listeners=PLAINTEXT://{address}:9092
controller.listener.names=CONTROLLER
listener.security.protocol.map=PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT
log.dirs={folder / "data"}
num.partitions=12
offsets.topic.num.partitions=4
offsets.topic.replication.factor=1
transaction.state.log.num.partitions=4
transaction.state.log.replication.factor=1
transaction.state.log.min.isr=1
group.initial.rebalance.delay.ms=0
auto.create.topics.enable=false
broker.session.timeout.ms=1000
broker.heartbeat.interval.ms=200
""",
    )


def up(state: State) -> None:
    programs = builds.output("kafka")
    folder = state.make("kafka")
    write_configuration(folder, NODE_IP)
    flags = [*JVM_FLAGS]
    if os.environ.get("DPCTL_PEERS_KAFKA_JIT") != "full":
        flags.append("-XX:TieredStopAtLevel=1")
    archive = programs / "kafka.jsa"
    if archive.exists():
        flags += [f"-XX:SharedArchiveFile={archive}", "-Xlog:cds=off", "-Xlog:cds+dynamic=off"]
    java = ["java", *flags, "-cp", builds.kafka_classpath(programs)]
    properties = str(folder / "server.properties")
    if not (folder / "data" / "meta.properties").exists():
        done = subprocess.run(
            [*java, "kafka.tools.StorageTool", "format", "-t", CLUSTER_ID, "-c", properties],
            cwd=programs,
            capture_output=True,
            text=True,
        )
        if done.returncode != 0:
            raise PeerError(f"Kafka's storage could not be formatted: {(done.stdout + done.stderr)[-2000:]}")
    process.start(state, "kafka", [*java, "kafka.Kafka", properties], cwd=programs)
    process.wait_ready(state, "kafka", _acknowledges)


def _acknowledges() -> bool:
    """An open port is no sign of readiness: only a record that the broker has taken is."""
    with kafka_wire.Connection(NODE_IP, 9092) as broker:
        broker.create_topic(PROBE_TOPIC, partitions=1)
        broker.produce(PROBE_TOPIC, 0, [(b"", b"up")])
    return True


def stop(state: State) -> None:
    process.stop(state, ["kafka"], patience=5.0)
