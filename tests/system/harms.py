"""What the fault tests do to a running pipeline: each harm takes a few seconds, ends by itself, and may happen beside another one. Nobody
but the supervisor starts a service again, as a kubelet does, and it accepts only endings that a harm accounts for."""
import random
import re
import signal
import threading
import time
from pathlib import Path

from services_lab import SERVICES, Lab, Service

SESSION = 6.0  # seconds, DATA_PROC_KAFKA_SESSION_TIMEOUT_MS of the fault tests
# A broker that was away knows a member by another join than the member itself, or has ended its transaction meanwhile: only a new process mends
# that. librdkafka 2.0.2 may end a process by an assertion of its own when its partitions went while it slept.
SHUT_OUT = re.compile("FENCED|INVALID_TXN_STATE|rd_kafka_assignment_partition_stopped")


class Supervisor:
    """Starts services that ended. Those that no harm kills must say that the broker shut them out."""

    def __init__(self, services: dict[str, Service]):
        self.services = services
        self.may_be_killed: set[str] = set()  # by name: a harm kills these
        self.crash_next: dict[str, str] = {}  # where in the code the next process of this name kills itself
        self.restarts: list[str] = []

    def disarm(self):
        """Processes that would still kill themselves give way to others."""
        self.crash_next.clear()
        for service in self.services.values():
            if service.environment.pop("DATA_PROC_TEST_CRASH_AT", None) and service.process.poll() is None:
                service.restart()

    def look(self):
        for service in self.services.values():
            code = service.process.poll()
            if code is None:
                continue
            words = service.words()[-2000:]
            expected = SHUT_OUT.search(words) or (code == -signal.SIGKILL and service.name in self.may_be_killed)
            assert expected, f"{service.name} ended with {code}: {words}"
            self.restarts.append(service.name)
            service.environment.pop("DATA_PROC_TEST_CRASH_AT", None)
            if at := self.crash_next.pop(service.name, None):
                service.environment["DATA_PROC_TEST_CRASH_AT"] = at
            service.start()


class Harms:
    def __init__(self, lab: Lab, services: dict[str, Service], supervisor: Supervisor, relay: Path, clock: Path, make_replica, chance: random.Random):
        self.lab, self.services, self.supervisor = lab, services, supervisor
        self.relay, self.clock, self.make_replica, self.chance = relay, clock, make_replica, chance

    def any_service(self) -> Service:
        return self.services[self.chance.choice(SERVICES)]

    def kill_a_service(self, boundaries):
        """At once, and its next process at a boundary of the code."""
        service, at = self.any_service(), f"{self.chance.choice(boundaries)}:{self.chance.randrange(1, 30)}"

        def do():
            self.supervisor.may_be_killed.add(service.name)
            self.supervisor.crash_next[service.name] = at
            service.process.send_signal(signal.SIGKILL)
        return f"kill {service.name}, then at {at}", do

    def stop_a_service(self):
        """For longer than its session lasts: it wakes as somebody who was given up."""
        service, seconds = self.any_service(), SESSION + self.chance.uniform(0.5, 3)

        def do():
            service.process.send_signal(signal.SIGSTOP)
            time.sleep(seconds)
            service.process.send_signal(signal.SIGCONT)
        return f"stop {service.name} for {seconds:.1f} s", do

    def move_partitions(self):
        name, seconds = self.chance.choice(SERVICES[:3]), self.chance.uniform(2, 5)

        def do():
            second = self.make_replica(name)
            second.start()
            time.sleep(seconds)
            second.process.send_signal(signal.SIGTERM)
            code = second.process.wait(60)
            assert code == 0 or SHUT_OUT.search(second.words()), f"the second {name} ended with {code}: {second.words()[-2000:]}"
        return f"a second {name} for {seconds:.1f} s", do

    def stop_a_store(self, name: str, most: float):
        seconds = self.chance.uniform(1, most)
        return f"stop {name} for {seconds:.1f} s", lambda: self.lab.pause_peer(name, seconds)

    def kill_a_store(self, name: str):
        """It comes back with what it had on disk; Redis here keeps nothing there."""
        def do():
            self.lab.kill_peer(name)
            self.lab.up(name)
        return f"kill {name}", do

    def break_inserts(self, mode: str):
        """`drop_answer` or `cut_body` for the next inserts of all services."""
        count = self.chance.randrange(1, 6)

        def do():
            self.relay.write_text(f"{mode} {count}")
        return f"{mode} of {count} inserts", do

    def step_the_clock(self):
        seconds, hold = self.chance.choice((-3600, 3600)), self.chance.uniform(1, 6)

        def do():
            self.clock.write_text(str(seconds))
            time.sleep(hold)
            self.clock.write_text("0")
        return f"the clock is {seconds} s off for {hold:.1f} s", do

    def two(self, boundaries):
        """Two different ones, with their names."""
        kinds = {"kill a service": lambda: self.kill_a_service(boundaries), "stop a service": self.stop_a_service,
                 "move partitions": self.move_partitions, "stop kafka": lambda: self.stop_a_store("kafka", 8),
                 "kill kafka": lambda: self.kill_a_store("kafka"), "stop clickhouse": lambda: self.stop_a_store("clickhouse", 8),
                 "stop redis": lambda: self.stop_a_store("redis", 4), "kill redis": lambda: self.kill_a_store("redis"),
                 "lose answers": lambda: self.break_inserts("drop_answer"), "cut inserts": lambda: self.break_inserts("cut_body"),
                 "step the clock": self.step_the_clock}
        return [kinds[name]() for name in self.chance.sample(sorted(kinds), 2)]


class Background:
    """A harm in a thread of its own, after some seconds; what goes wrong in it is raised by join()."""

    def __init__(self, do, after: float):
        self.error = None
        self.thread = threading.Thread(target=self._run, args=(do, after))
        self.thread.start()

    def _run(self, do, after):
        time.sleep(after)
        try:
            do()
        except BaseException as error:  # noqa: BLE001 — told by join()
            self.error = error

    def running(self) -> bool:
        return self.thread.is_alive()

    def join(self):
        self.thread.join()
        if self.error is not None:
            raise self.error
