"""What the fault tests share: a feed made from a seed, what the embedded mode makes of it, and the comparison with what the services left in
Kafka and ClickHouse."""
import collections
import contextlib
import csv
import datetime
import json
import random
import subprocess
from pathlib import Path

from services_lab import Lab, build_dir

MARKETS = ("miso", "caiso", "ercot", "pjm", "nyiso", "isone")
BEGIN = datetime.datetime(2026, 3, 2, 12, tzinfo=datetime.timezone.utc)


def pipeline(lab: Lab, *arguments, **options):
    return lab.run(build_dir() / "pipeline-services" / "pipeline", *arguments,
                   env={"DATA_PROC_KAFKA_BOOTSTRAP": lab.peers["DPCTL_PEERS_KAFKA"], "DATA_PROC_KAFKA_PARTITIONS": "4"}, **options)


@contextlib.contextmanager
def fresh_lab():
    """A lab whose stores are empty, with the topics; gone at the end."""
    lab = Lab()
    try:
        lab.empty()
        pipeline(lab, "topics", "apply")
        yield lab
    finally:
        lab.down()


class Feed:
    """Raw messages of some series in all six markets: duplicates, corrections, ticks a few minutes late, and a poison message in each
    thousand. `name` begins every instrument's name, so that runs on one lab are told apart."""

    def __init__(self, folder: Path, name: str, seed: int, messages: int):
        self.folder, self.name, self.messages = folder / name, name, messages
        self.folder.mkdir(parents=True)
        chance = random.Random(seed)
        self.poison: list[str] = []
        files = {market: (self.folder / f"{market}.raw.jsonl").open("w") for market in MARKETS}
        series = [f"{name}.{market.upper()}.{i}" for i in range(5) for market in MARKETS]
        clock = {instrument: 0 for instrument in series}
        for number in range(messages):
            instrument = series[number % len(series)]
            market = MARKETS[number % len(MARKETS)]
            if number % 1000 == 500:
                line = f'{{"{name}-{number}": broken'
                self.poison.append(line)
            else:
                kind = chance.random()
                clock[instrument] += 10 if kind > 0.03 else 0
                back = 10 * chance.randrange(1, 20) if kind < 0.01 else 0
                at = BEGIN + datetime.timedelta(seconds=max(0, clock[instrument] - back))
                price = round(chance.uniform(10, 90), 2)
                line = json.dumps({"envelope": {"event_id": f"{name}-{number}", "timestamp": at.isoformat(), "tenant_id": "default",
                                                "source": "fault-test"},
                                   "payload": {"market": market, "instrument_id": instrument,
                                               "raw_data": {"symbol": instrument, "node": "N1", "zone": "Z1", "price": price, "volume": number % 50 + 1,
                                                            "timestamp": at.strftime("%Y-%m-%dT%H:%M:%SZ")}}})
            files[market].write(line + "\n")
        for file in files.values():
            file.close()
        self.expected = self._embedded()

    def _embedded(self) -> Path:
        out = self.folder / "expected"
        subprocess.run([build_dir() / "pipeline-services" / "pipeline", "run", "--input", self.folder, "--output", out], check=True,
                       capture_output=True)
        return out

    def owns(self, record: dict) -> bool:
        return record["key"].startswith(f"default|{self.name}.")

    def start(self, lab: Lab, rate: int) -> subprocess.Popen:
        command = [lab.peers_tool(), "shell", "--", build_dir() / "pipeline-services" / "pipeline", "feed", "--input", self.folder,
                   "--bootstrap", lab.peers["DPCTL_PEERS_KAFKA"], "--rate", rate]
        return subprocess.Popen(list(map(str, command)), env=lab.environment, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)


def number(text):
    return None if text in (None, "", "\\N") else round(float(text), 8)


def records(lab: Lab, topic: str) -> list[dict]:
    return [json.loads(line) for line in pipeline(lab, "read", topic).stdout.splitlines()]


def tick_of(value: str) -> tuple:
    payload = json.loads(value)["payload"]
    return payload["tick_id"], int(payload.get("revision", 0)), number(payload["price"])


def ticks_of(lab: Lab, topic: str, feed: Feed) -> collections.Counter:
    """The feed's ticks that are in the topic."""
    return collections.Counter(tick_of(r["value"]) for r in records(lab, topic) if feed.owns(r))


def expected_ticks(feed: Feed, file: str) -> collections.Counter:
    """What the embedded mode wrote there: normalized.jsonl or enriched.jsonl."""
    return collections.Counter(tick_of(line) for line in (feed.expected / file).open())


def bar_of(row: dict) -> tuple:
    return tuple(number(row[c]) for c in ("open", "high", "low", "close", "volume")) + (int(row["tick_count"]),)


def latest_in_redis(lab: Lab, instruments: list[str]) -> dict:
    """The price by instrument, None where there is none. A value is its version, a line break, and JSON."""
    answer = lab.redis("--json", "MGET", *(f"served:latest_price:default:{instrument}" for instrument in instruments))
    return {instrument: value and number(json.loads(value.split("\n", 1)[1])["price"])
            for instrument, value in zip(instruments, json.loads(answer), strict=True)}


def differences(lab: Lab, feed: Feed, repeats=False, redis_was_lost=False) -> list[str]:
    """What is not as the embedded mode says, in words; empty when everything is there, once. `repeats`: messages may come more than once, but
    each is one of those that should come; a reader of the tables sees no difference even then. `redis_was_lost`: what Redis had may be gone
    (it is read from ClickHouse then), but nothing in it is wrong."""
    wrong = []

    def compare(what: str, got: collections.Counter, expected: collections.Counter, repeats=False):
        missing, extra = expected - got, got - expected
        if repeats:
            extra = collections.Counter(item for item in extra if item not in expected)
        if missing or extra:
            wrong.append(f"{what}: {sum(missing.values())} lost, {sum(extra.values())} twice or foreign; "
                         f"the first {next(iter(missing), None)} {next(iter(extra), None)}")

    expected = {}
    for topic, file in (("normalized.market.ticks.v1", "normalized.jsonl"), ("enriched.market.ticks.v1", "enriched.jsonl")):
        expected[file] = expected_ticks(feed, file)
        compare(topic, ticks_of(lab, topic, feed), expected[file], repeats)
    newest = {}
    for tick_id, revision, price in expected["normalized.jsonl"]:
        newest[tick_id] = max(newest.get(tick_id, (-1, 0)), (revision, price))
    for table in ("silver_ticks", "enriched_ticks"):
        rows = lab.rows(f"SELECT tick_id, revision, toString(price) FROM data_processing.{table} FINAL WHERE startsWith(instrument_id, '{feed.name}.')")
        compare(table, collections.Counter((r[0], int(r[1]), number(r[2])) for r in rows),
                collections.Counter((tick_id, *value) for tick_id, value in newest.items()))
    with (feed.expected / "bars.csv").open() as file:
        bars = {(row["instrument_id"], row["interval"], row["interval_start"]): bar_of(row) for row in csv.DictReader(file)}
    sent = [json.loads(r["value"])["payload"] for r in records(lab, "aggregation.bars.v1") if feed.owns(r)]
    versions = collections.Counter((b["instrument_id"], b["interval"], b["interval_start"], b["revision"]) for b in sent)
    if not repeats and (twice := [key for key, count in versions.items() if count > 1]):
        wrong.append(f"aggregation.bars.v1: {len(twice)} bars of one revision twice, the first {twice[0]}")
    stored = {}
    for interval in ("5m", "1h", "1d"):
        for row in lab.rows("SELECT instrument_id, formatDateTime(interval_start, '%Y-%m-%dT%H:%i:%SZ', 'UTC'), toString(open), toString(high), "
                            f"toString(low), toString(close), toString(volume), tick_count FROM data_processing.bars_{interval} FINAL "
                            f"WHERE startsWith(instrument_id, '{feed.name}.')"):
            stored[(row[0], interval, row[1])] = (*(number(v) for v in row[2:7]), int(row[7]))
    compare("bars", collections.Counter(stored.items()), collections.Counter(bars.items()))
    letters = [json.loads(r["value"])["payload"]["raw_event"] for r in records(lab, "processing.deadletter.normalization.v1")]
    compare("dead letters", collections.Counter(letter for letter in letters if letter.startswith(f'{{"{feed.name}-')),
            collections.Counter(feed.poison), repeats)
    with (feed.expected / "latest.csv").open() as file:
        latest = {row["instrument_id"]: number(row["price"]) for row in csv.DictReader(file)}
    served = dict(lab.rows(f"SELECT instrument_id, toString(price) FROM data_processing.served_latest FINAL WHERE startsWith(instrument_id, '{feed.name}.')"))
    compare("served_latest", collections.Counter((k, number(v)) for k, v in served.items()), collections.Counter(latest.items()))
    cached = {k: v for k, v in latest_in_redis(lab, list(latest)).items() if v is not None or not redis_was_lost}
    compare("redis", collections.Counter(cached.items()), collections.Counter({k: v for k, v in latest.items() if k in cached}.items()))
    return wrong
