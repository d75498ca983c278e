"""What the benchmark `kafka` runs beside the normalization service: Quix Streams taking the fields out of raw messages and writing them on.

usage: quix_normalize.py BOOTSTRAP GROUP MESSAGES GUARANTEE COMMIT_SECONDS TOPIC…

Less than the service does (no identities, duplicates, corrections, zones, rules, rows for ClickHouse), with orjson, the fastest JSON reader
that there is for it. Prints one JSON object: messages, CPU seconds and seconds, from the first message to the last.
"""
import decimal
import json
import resource
import sys
import time

import orjson
from quixstreams import Application

BOOTSTRAP, GROUP, MESSAGES, GUARANTEE, COMMIT_SECONDS = sys.argv[1:6]
OUTPUT = "bench.quix.normalized"


class Counter:
    """Ends the application when all messages were seen; knows what the first ones cost to reach."""

    def __init__(self, app: Application, wanted: int):
        self.app, self.wanted, self.seen = app, wanted, 0
        self.began = self.used = 0.0

    def count(self) -> None:
        if self.seen == 0:
            self.began, self.used = time.monotonic(), cpu_seconds()
        self.seen += 1
        if self.seen == self.wanted:
            self.app.stop()


def cpu_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def normalized(value: bytes) -> dict | None:
    """The fields of a tick; None for what cannot be read."""
    try:
        message = orjson.loads(value)
        envelope, payload = message["envelope"], message["payload"]
        data = payload["raw_data"]
        return {"event_id": envelope["event_id"], "tenant_id": envelope["tenant_id"], "source": envelope["source"], "market": payload["market"],
                "instrument_id": payload["instrument_id"], "node": data["node"], "zone": data["zone"], "event_time": data["timestamp"],
                "price": str(decimal.Decimal(str(data["price"]))), "volume": data["volume"], "bid": data["bid"], "ask": data["ask"]}
    except (KeyError, TypeError, ValueError, decimal.InvalidOperation):
        return None


def main() -> None:
    app = Application(broker_address=BOOTSTRAP, consumer_group=GROUP, auto_offset_reset="earliest", processing_guarantee=GUARANTEE,
                      commit_interval=float(COMMIT_SECONDS), loglevel="WARNING", use_changelog_topics=False,
                      producer_extra_config={"compression.type": "lz4", "linger.ms": 5})
    counter = Counter(app, int(MESSAGES))
    output = app.topic(OUTPUT, value_serializer="json", key_serializer="bytes")

    def step(value: bytes) -> dict | None:
        counter.count()
        return normalized(value)

    for name in sys.argv[6:]:
        raw = app.topic(name, value_deserializer="bytes", key_deserializer="bytes")
        app.dataframe(raw).apply(step).filter(lambda tick: tick is not None).to_topic(output)
    app.run()
    print(json.dumps({"messages": counter.seen, "cpu_seconds": cpu_seconds() - counter.used, "seconds": time.monotonic() - counter.began}))


main()
