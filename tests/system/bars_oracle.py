#!/usr/bin/env python3
"""Computes bars from published market files with DuckDB, and compares them row by row with a bars.csv.

Independent of the C++ code on purpose: Python only turns files into one table (its csv, json, xml and zoneinfo modules), SQL does
the rest: which version of a price holds, windows, open/high/low/close, time-weighted average, counts.

    bars_oracle.py --input DIR_OR_FILE... --bars OUT/bars.csv [--interval 1m,5m,15m,1h,1d,on_peak,off_peak]

Prints one line per difference (at most 20) and exits 1, or prints the number of equal rows and exits 0.
"""
import argparse
import csv
import functools
import io
import json
import re
import sys
import uuid
import xml.etree.ElementTree as xml
import zipfile
from datetime import date, datetime, timedelta, timezone
from decimal import Decimal
from pathlib import Path
from zoneinfo import ZoneInfo

import duckdb

UTC = timezone.utc
EASTERN, CENTRAL, PACIFIC = (ZoneInfo(f"America/{city}") for city in ("New_York", "Chicago", "Los_Angeles"))
EST = timezone(timedelta(hours=-5))
DAY_ZONE = {"NYISO": EASTERN, "PJM": EASTERN, "ISONE": EASTERN, "MISO": EST, "CAISO": PACIFIC, "ERCOT": CENTRAL,
            "SPP": CENTRAL}
# On-peak blocks: first hour, hour after the last, Saturdays too.
PEAK = {"NYISO": (7, 23, False), "PJM": (7, 23, False), "ISONE": (7, 23, False), "MISO": (6, 22, False), "ERCOT": (6, 22, False),
        "CAISO": (6, 22, True), "SPP": (6, 22, False)}
INTERVALS = ("1m", "5m", "15m", "1h", "1d", "on_peak", "off_peak")
BARS_NAMESPACE = uuid.uuid5(uuid.NAMESPACE_URL, "https://data-processing/namespaces/aggregation/bar")


@functools.lru_cache(maxsize=None)
def is_nerc_holiday(day):
    """The list of each year, made the long way round: all days of the year are looked through."""
    days = [date(day.year, 1, 1) + timedelta(days=n) for n in range(366) if (date(day.year, 1, 1) + timedelta(days=n)).year == day.year]
    nth = lambda month, weekday, n: [d for d in days if d.month == month and d.weekday() == weekday][n]
    kept = {nth(5, 0, -1), nth(9, 0, 0), nth(11, 3, 3)}
    for month, number in ((1, 1), (7, 4), (12, 25)):
        fixed = date(day.year, month, number)
        kept.add(fixed + timedelta(days=1) if fixed.weekday() == 6 else fixed)
    return day in kept


@functools.lru_cache(maxsize=None)
def day_of(market, local_date):
    """Start and end of the local day and of its on-peak block, in microseconds; the block is empty when there is none."""
    zone = DAY_ZONE[market]
    at = lambda day, hour: micros(datetime(day.year, day.month, day.day, hour, tzinfo=zone))
    start, end = at(local_date, 0), at(local_date + timedelta(days=1), 0)
    first, after, saturday = PEAK[market]
    working = local_date.weekday() <= (5 if saturday else 4) and not is_nerc_holiday(local_date)
    return (start, end, at(local_date, first), at(local_date, after)) if working else (start, end, end, end)


def micros(at):
    return int((at.astimezone(UTC) - datetime(1970, 1, 1, tzinfo=UTC)) / timedelta(microseconds=1))


class Tick:
    def __init__(self, market, product, kind, location, start, length, price, revision=0, superseded=False):
        self.market, self.product, self.kind, self.location = market, product, kind, location.strip()
        self.start, self.length, self.price = start.astimezone(UTC), length, Decimal(price)
        self.revision, self.superseded = revision, superseded

    def row(self, order):
        safe = lambda text: re.sub(r"[^A-Z0-9._-]", "_", text.upper())
        instrument = ".".join(safe(part) for part in (self.market, self.product, self.kind, self.location))
        day = day_of(self.market, self.start.astimezone(DAY_ZONE[self.market]).date())
        units = int((self.price * 100_000_000).to_integral_exact())
        return (order, instrument, self.market, micros(self.start), self.length, units, self.revision, self.superseded, *day)


def occurs_twice(local, zone):
    return (local.replace(tzinfo=zone, fold=0).utcoffset() != local.replace(tzinfo=zone, fold=1).utcoffset()
            and local.replace(tzinfo=zone, fold=0).astimezone(UTC).astimezone(zone).replace(tzinfo=None) == local)


def nyiso(name, text):
    rows = list(csv.DictReader(io.StringIO(text)))
    if "Eastern Date Hour" in rows[0]:
        for row in rows:
            local = datetime.strptime(row["Eastern Date Hour"], "%m/%d/%y %H:%M")
            fold = 1 if row["Eastern Date Hour Time Zone"] == "EST" and occurs_twice(local, EASTERN) else 0
            yield Tick("NYISO", "DAM", "ZONE", row["Zone Name"], local.replace(tzinfo=EASTERN, fold=fold), 3600, row["DAM Zonal LBMP"],
                       int(row["DAM Zonal Price Version"]))
        return
    product = next(p for part, p in (("damlbmp", "DAM"), ("rtlbmp", "RTH"), ("realtime", "RT5M")) if part in name)
    last, second = {}, {}
    for row in rows:
        stamp = row["Time Stamp"]
        local = datetime.strptime(stamp, "%m/%d/%Y %H:%M:%S" if stamp.count(":") == 2 else "%m/%d/%Y %H:%M")
        fold = 0
        if occurs_twice(local, EASTERN):
            if row["Name"] in last and local <= last[row["Name"]]:
                second[row["Name"]] = True
            last[row["Name"]] = local
            fold = 1 if second.get(row["Name"]) else 0
        start = local.replace(tzinfo=EASTERN, fold=fold).astimezone(UTC)
        length = 3600
        if product == "RT5M":
            start, length = start - timedelta(minutes=5), 300
        yield Tick("NYISO", product, "ZONE", row["Name"], start, length, row["LBMP ($/MWHr)"])


def caiso_tick(node, run, start, end, price):
    kind = ("HUB" if node.startswith("TH_") else "LAP" if node.startswith("DLAP_") else
            "APNODE" if node.endswith(("-APND", "_APND")) else "PNODE")
    start, end = (datetime.fromisoformat(t.replace("-00:00", "+00:00")) for t in (start, end))
    return Tick("CAISO", "RTD" if run == "RTM" else run, kind, node, start, int((end - start).total_seconds()), price)


def caiso(name, text):
    if text.lstrip().startswith("<"):
        root = xml.fromstring(text)
        space = {"o": root.tag[1:].split("}")[0]}
        run = root.find(".//o:MKT_TYPE", space).text
        for item in root.iterfind(".//o:REPORT_DATA", space):
            value = lambda tag: item.find(f"o:{tag}", space).text
            if value("DATA_ITEM") == "LMP_PRC":
                yield caiso_tick(value("RESOURCE_NAME"), run, value("INTERVAL_START_GMT"), value("INTERVAL_END_GMT"), value("VALUE"))
        return
    for row in csv.DictReader(io.StringIO(text)):
        if row["LMP_TYPE"] == "LMP":
            price = row.get("MW") or row.get("PRC") or row.get("VALUE")
            yield caiso_tick(row["NODE"], row["MARKET_RUN_ID"], row["INTERVALSTARTTIME_GMT"], row["INTERVALENDTIME_GMT"], price)


def ercot_rows(rows):
    """Rows of a workbook: Delivery Date, Hour Ending, Repeated Hour Flag, Settlement Point, Settlement Point Price."""
    for date, hour, flag, point, price in rows:
        day = datetime.strptime(date, "%m/%d/%Y")
        local = day + timedelta(hours=int(hour.split(":")[0]) - 1)
        fold = 1 if flag == "Y" and occurs_twice(local, CENTRAL) else 0
        kind = "HU" if point.startswith("HB_") else "LZ" if point.startswith("LZ_") else "RN"
        yield Tick("ERCOT", "DAM", kind, point, local.replace(tzinfo=CENTRAL, fold=fold), 3600, price)


def ercot_workbook(path):
    space = {"m": "http://schemas.openxmlformats.org/spreadsheetml/2006/main"}
    with zipfile.ZipFile(path) as book:
        names = {name.lower(): name for name in book.namelist()}
        texts = ["".join(run.text for run in item.iterfind(".//m:t", space))
                 for item in xml.fromstring(book.read(names["xl/sharedstrings.xml"])).iterfind("m:si", space)]
        sheet = 1
        while f"xl/worksheets/sheet{sheet}.xml" in names:
            rows = []
            for row in xml.fromstring(book.read(names[f"xl/worksheets/sheet{sheet}.xml"])).iterfind(".//m:row", space):
                cells = [(cell.get("t"), cell.find("m:v", space).text) for cell in row.iterfind("m:c", space)]
                rows.append([texts[int(value)] if kind == "s" else value for kind, value in cells])
            yield from ercot_rows(rows[1:])
            sheet += 1


def spp(name, text):
    product, length = ("RT5M", 300) if "RTBM" in name else ("DAM", 3600)
    for row in csv.DictReader(io.StringIO(text)):
        end = datetime.strptime(row["GMTIntervalEnd"], "%m/%d/%Y %H:%M:%S").replace(tzinfo=UTC)
        location = row["Settlement Location"]
        yield Tick("SPP", product, "HUB" if location.endswith("_HUB") else "SL", location, end - timedelta(seconds=length), length,
                   row["LMP"])


def ercot(name, text):
    table = json.loads(text, parse_float=Decimal)
    names = [field["name"] for field in table["fields"]]
    for cells in table["data"]:
        row = dict(zip(names, cells))
        point = row["settlementPoint"]
        kind = row.get("settlementPointType") or ("HU" if point.startswith("HB_") else "LZ" if point.startswith("LZ_") else "RN")
        day = datetime.fromisoformat(row["deliveryDate"])
        if "deliveryInterval" in row:
            product, length = "RTM15", 900
            local = day + timedelta(hours=row["deliveryHour"] - 1, minutes=15 * (row["deliveryInterval"] - 1))
        else:
            product, length = "DAM", 3600
            local = day + timedelta(hours=int(row["hourEnding"].split(":")[0]) - 1)
        fold = 1 if row["DSTFlag"] and occurs_twice(local, CENTRAL) else 0
        yield Tick("ERCOT", product, kind, point, local.replace(tzinfo=CENTRAL, fold=fold), length, row["settlementPointPrice"])


def isone(name, text):
    product = "DAM" if "DALMP" in name or "_da_" in name else "RTH_PRELIM" if "prelim" in name else "RTH_FINAL"
    if text.startswith("{"):
        for row in json.loads(text, parse_float=Decimal)["HourlyLmps"]["HourlyLmp"]:
            yield Tick("ISONE", product, row["Location"]["@LocType"], row["Location"]["$"], datetime.fromisoformat(row["BeginDate"]), 3600,
                       row["LmpTotal"])
        return
    header = None
    for cells in csv.reader(io.StringIO(text)):
        if cells[0] == "H" and header is None:
            header = cells
        if cells[0] == "D":
            row = dict(zip(header, cells))
            hour = row["Hour Ending"]
            local = datetime.strptime(row["Date"], "%m/%d/%Y") + timedelta(hours=int(hour.rstrip("X")) - 1)
            yield Tick("ISONE", product, row["Location Type"], row["Location Name"],
                       local.replace(tzinfo=EASTERN, fold=1 if hour.endswith("X") else 0), 3600, row["Locational Marginal Price"])


def miso(name, text):
    if text.startswith("{"):
        table = json.loads(text)
        for cells in table["data"]:
            row = dict(zip(table["headers"], cells))
            yield Tick("MISO", "RT5M", "CPNODE", row["CPNODE"], datetime.fromisoformat(row["INTERVAL"]).replace(tzinfo=EST), 300, row["LMP"])
        return
    lines = text.splitlines()
    if lines[0].startswith("Day Ahead"):
        product = "DAM_EXANTE" if "ExAnte" in lines[0] else "DAM_EXPOST"
    else:
        product = "RTH_PRELIM" if "prelim" in name else "RTH_FINAL"
    day = datetime.strptime(lines[1].strip(), "%m/%d/%Y").replace(tzinfo=EST)
    begin = next(i for i, line in enumerate(lines) if line.startswith("Node,"))
    for cells in csv.reader(lines[begin + 1:]):
        if len(cells) == 27 and cells[2] == "LMP":
            for hour, price in enumerate(cells[3:]):
                if price:
                    yield Tick("MISO", product, cells[1], cells[0], day + timedelta(hours=hour), 3600, price)


def pjm(name, text):
    for row in csv.DictReader(io.StringIO(text)):
        product = "DAM" if "total_lmp_da" in row else "RT5M" if "fivemin" in name else "RTH"
        unique = row["type"] in ("ZONE", "HUB", "INTERFACE")
        start = datetime.strptime(row["datetime_beginning_utc"], "%m/%d/%Y %I:%M:%S %p").replace(tzinfo=UTC)
        yield Tick("PJM", product, row["type"], row["pnode_name"] if unique else f'{row["pnode_name"]}_{row["pnode_id"]}', start,
                   300 if product == "RT5M" else 3600, row["total_lmp_da"] if product == "DAM" else row["total_lmp_rt"],
                   int(row["version_nbr"]), row["row_is_current"].lower() != "true")


def reader_of(text):
    head = text[:4096]
    if "LBMP" in head[:512]:
        return nyiso
    if "INTERVALSTARTTIME_GMT" in head or "<OASISReport" in head:
        return caiso
    if "datetime_beginning_utc" in head:
        return pjm
    if "GMTIntervalEnd" in head:
        return spp
    if '"reportEMIL"' in head:
        return ercot
    if head.startswith('"C",') or '"HourlyLmp' in head:
        return isone
    if head.startswith(("Day Ahead Market Ex", "Realtime Market")) or '"CPNODE"' in text:
        return miso
    return None


def files_of(inputs):
    for given in map(Path, inputs):
        if given.is_dir():
            yield from sorted(p for p in given.rglob("*") if p.suffix in (".csv", ".json", ".xml", ".xlsx") and p.is_file())
        else:
            yield given


def load(connection, inputs):
    connection.execute("""CREATE TABLE ticks (ord BIGINT, instrument VARCHAR, market VARCHAR, start BIGINT, len BIGINT, price BIGINT,
                                              revision BIGINT, superseded BOOLEAN, day_start BIGINT, day_end BIGINT,
                                              peak_start BIGINT, peak_end BIGINT)""")
    rows = []
    for path in files_of(inputs):
        if path.suffix == ".xlsx":
            for tick in ercot_workbook(path):
                rows.append(tick.row(len(rows)))
            continue
        text = path.read_bytes().decode("utf-8-sig")
        reader = reader_of(text)
        if reader is not None:
            for tick in reader(path.name, text.replace("\r\n", "\n")):
                rows.append(tick.row(len(rows)))
    # By way of a file: DuckDB takes single rows slowly.
    import tempfile
    with tempfile.NamedTemporaryFile("w", suffix=".csv", newline="") as file:
        csv.writer(file).writerows(rows)
        file.flush()
        if rows:
            connection.execute(f"COPY ticks FROM '{file.name}' (HEADER false)")
    return len(rows)


EXPECTED = """
CREATE TABLE expected AS
WITH newest AS (   -- of one series and interval the highest version holds, among equal ones the last that came
  SELECT * FROM ticks
  QUALIFY row_number() OVER (PARTITION BY instrument, start, len ORDER BY revision DESC, ord DESC) = 1
), judged AS (
  SELECT *, NOT superseded AND price BETWEEN -2000::BIGINT * 100000000 AND 10000::BIGINT * 100000000 AS counts FROM newest
), windows AS (
  SELECT j.*, i.name AS interval_name,
         CASE i.name WHEN '1d' THEN day_start WHEN 'off_peak' THEN day_start WHEN 'on_peak' THEN peak_start
                     ELSE start - start % (i.seconds * 1000000) END AS window_start,
         CASE i.name WHEN '1d' THEN day_end WHEN 'off_peak' THEN day_end WHEN 'on_peak' THEN peak_end
                     ELSE start - start % (i.seconds * 1000000) + i.seconds * 1000000 END AS window_end
  FROM judged j JOIN (VALUES ('1m', 60::BIGINT), ('5m', 300), ('15m', 900), ('1h', 3600), ('1d', 86400), ('on_peak', 3600),
                             ('off_peak', 3600)) AS i(name, seconds) ON j.len <= i.seconds
  WHERE CASE i.name WHEN 'on_peak' THEN start >= peak_start AND start < peak_end
                    WHEN 'off_peak' THEN NOT (start >= peak_start AND start < peak_end) ELSE true END
), sums AS (
  SELECT instrument, interval_name, window_start, any_value(window_end) AS window_end,
         arg_min(price, start) FILTER (counts) AS open, max(price) FILTER (counts) AS high, min(price) FILTER (counts) AS low,
         arg_max(price, start) FILTER (counts) AS close,
         sum(price::HUGEINT * len) FILTER (counts) AS weighted, sum(len::HUGEINT) FILTER (counts) AS weights,
         count(*) FILTER (counts) AS tick_count, count(*) FILTER (NOT counts) AS excluded_count,
         min(start) FILTER (counts) AS first_time, max(start) FILTER (counts) AS last_time,
         bool_or(price < 0) FILTER (counts) AS negative
  FROM windows GROUP BY instrument, interval_name, window_start
)
SELECT instrument, interval_name, window_start, window_end, open, high, low, close,
       -- half away from zero, in integers
       (sign(weighted)::HUGEINT * ((abs(weighted) + weights // 2) // weights))::BIGINT AS twap,
       tick_count, excluded_count, first_time, last_time, negative
FROM sums WHERE tick_count > 0
"""

ACTUAL = """
CREATE TABLE actual AS
SELECT instrument_id AS instrument, "interval" AS interval_name, epoch_us(interval_start::TIMESTAMP) AS window_start,
       epoch_us(interval_end::TIMESTAMP) AS window_end,
       (open::DECIMAL(30,8) * 100000000)::BIGINT AS open, (high::DECIMAL(30,8) * 100000000)::BIGINT AS high,
       (low::DECIMAL(30,8) * 100000000)::BIGINT AS low, (close::DECIMAL(30,8) * 100000000)::BIGINT AS close,
       (twap::DECIMAL(30,8) * 100000000)::BIGINT AS twap, tick_count::BIGINT AS tick_count, excluded_count::BIGINT AS excluded_count,
       epoch_us(first_time::TIMESTAMP) AS first_time, epoch_us(last_time::TIMESTAMP) AS last_time,
       (quality_mask::BIGINT & 1) = 1 AS negative, aggregation_id, tenant, interval_start
FROM read_csv(?, header = true, all_varchar = true)
"""

COLUMNS = ("instrument, interval_name, window_start, window_end, open, high, low, close, twap, tick_count, excluded_count, first_time, "
           "last_time, negative")


def compare(inputs, bars, intervals=("5m", "1h", "1d")):
    """Differences as text lines (empty when all rows are equal), the number of ticks read and of bars expected."""
    connection = duckdb.connect()
    ticks = load(connection, inputs)
    connection.execute(EXPECTED)
    connection.execute("DELETE FROM expected WHERE interval_name NOT IN (SELECT unnest(?))", [list(intervals)])
    connection.execute(ACTUAL, [str(bars)])
    differences = []
    for label, first, second in (("missing or different in bars.csv", "expected", "actual"), ("not expected", "actual", "expected")):
        rows = connection.execute(
            f"SELECT {COLUMNS} FROM {first} EXCEPT ALL SELECT {COLUMNS} FROM {second} ORDER BY ALL LIMIT 20").fetchall()
        differences += [f"{label}: {row}" for row in rows]
    for instrument, tenant, interval, start, given in connection.execute(
            "SELECT instrument, tenant, interval_name, interval_start, aggregation_id FROM actual").fetchall():
        if str(uuid.uuid5(BARS_NAMESPACE, f"{instrument}::{tenant}::{interval}::{start}")) != given:
            differences.append(f"aggregation_id {given} of {instrument} {interval} {start} is not the UUIDv5 of its name")
    expected = connection.execute("SELECT count(*) FROM expected").fetchone()[0]
    by_market = connection.execute("""SELECT split_part(instrument, '.', 1) AS market, interval_name, count(*) FROM expected
                                      GROUP BY ALL ORDER BY ALL""").fetchall()
    return differences, ticks, expected, by_market


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--input", nargs="+", required=True)
    parser.add_argument("--bars", required=True)
    parser.add_argument("--interval", default="5m,1h,1d")
    options = parser.parse_args()
    differences, ticks, expected, by_market = compare(options.input, options.bars, options.interval.split(","))
    for line in differences[:20]:
        print(line)
    for market, interval, count in by_market:
        print(f"{market:6} {interval} {count:8}")
    print(f"{ticks} prices read, {expected} bars expected, {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
