#!/usr/bin/env python3
"""Writes the GENERATED market files: MISO, PJM and SPP in the layouts that these ISOs publish, with invented prices.

The seed is fixed, so a second run writes the same bytes. Prices follow a daily shape with noise; components add up to the price
as they do in real files. Days are chosen for their rules: the fall clock change, and a price that PJM restated.
"""
import random
from datetime import datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

HERE = Path(__file__).resolve().parent / "generated"
EASTERN = ZoneInfo("America/New_York")
CENTRAL = ZoneInfo("America/Chicago")
UTC = ZoneInfo("UTC")
SHAPE = [22, 20, 19, 18, 19, 22, 28, 34, 33, 30, 28, 27, 26, 26, 27, 30, 36, 44, 48, 43, 37, 32, 28, 24]


def cents(value):
    return f"{value:.2f}"


def price_parts(rng, hour, congested):
    """(energy, congestion, loss) in whole cents, so that their sum is exact."""
    energy = SHAPE[hour] * 100 + rng.randint(-300, 300)
    congestion = rng.randint(-2500, 900) if congested else rng.randint(-60, 60)
    return energy, congestion, rng.randint(-120, 160)


def miso_report(path, title, day, nodes, seed, blank_third_line):
    rng = random.Random(seed)
    lines = [title, day.strftime("%m/%d/%Y")]
    if blank_third_line:
        lines.append("")
    lines.append(",,,All Hours-Ending are Eastern Standard Time (EST)")
    lines.append("Node,Type,Value," + ",".join(f"HE {h}" for h in range(1, 25)))
    energies = [price_parts(rng, h, False)[0] for h in range(24)]
    for node, kind, congested in nodes:
        rows = {"LMP": [], "MCC": [], "MLC": []}
        for hour in range(24):
            _, congestion, loss = price_parts(rng, hour, congested)
            rows["MCC"].append(cents(congestion / 100))
            rows["MLC"].append(cents(loss / 100))
            rows["LMP"].append(cents((energies[hour] + congestion + loss) / 100))
        for value, numbers in rows.items():
            lines.append(f"{node},{kind},{value}," + ",".join(numbers))
    path.write_text("\n".join(lines) + "\n")


def miso_five_minutes(path, start, intervals, nodes, seed):
    rng = random.Random(seed)
    rows = []
    for step in range(intervals):
        at = start + timedelta(minutes=5 * step)
        energy = price_parts(rng, at.hour, False)[0]
        order = nodes[:]
        rng.shuffle(order)  # the API's rows come in no order
        for node, congested in order:
            _, congestion, loss = price_parts(rng, at.hour, congested)
            lmp = energy + congestion + loss
            rows.append(f'["{at:%Y-%m-%dT%H:%M:%S}","{node}","{cents(lmp / 100)}","{cents(loss / 100)}","{cents(congestion / 100)}"]')
    path.write_text('{"data":[' + ",".join(rows) + '],"headers":["INTERVAL","CPNODE","LMP","MLC","MCC"]}')


def pjm_time(at):
    hour = at.hour % 12 or 12
    return f"{at.month}/{at.day}/{at.year} {hour}:{at:%M:%S} {'AM' if at.hour < 12 else 'PM'}"


def pjm_hours(path, product, day, days, nodes, seed, restated_hours):
    """Data Miner 2's columns; hours in `restated_hours` (UTC indices) appear twice, version 1 superseded by version 2."""
    rng = random.Random(seed)
    begin = datetime(day.year, day.month, day.day, tzinfo=EASTERN).astimezone(UTC)
    last = day + timedelta(days=days)
    end = datetime(last.year, last.month, last.day, tzinfo=EASTERN).astimezone(UTC)
    lines = [
        "datetime_beginning_utc,datetime_beginning_ept,pnode_id,pnode_name,voltage,equipment,type,zone,"
        f"system_energy_price_{product},total_lmp_{product},congestion_price_{product},marginal_loss_price_{product},"
        "row_is_current,version_nbr"
    ]
    at, index = begin, 0
    while at < end:
        local = at.astimezone(EASTERN)
        energy = price_parts(rng, local.hour, False)[0]
        for node_id, name, voltage, equipment, kind, zone, congested in nodes:
            versions = [("False", 1, 250), ("True", 2, 0)] if index in restated_hours else [("True", 1, 0)]
            _, congestion, loss = price_parts(rng, local.hour, congested)
            for current, version, shift in versions:
                total = energy + congestion + shift + loss
                lines.append(
                    f"{pjm_time(at)},{pjm_time(local)},{node_id},{name},{voltage},{equipment},{kind},{zone},"
                    f"{energy / 100:.6f},{total / 100:.6f},{(congestion + shift) / 100:.6f},{loss / 100:.6f},{current},{version}"
                )
        at += timedelta(hours=1)
        index += 1
    path.write_text("\r\n".join(lines) + "\r\n", newline="")


def spp_day_ahead(path, day, locations, seed):
    """Local hour endings beside the instant of the end in GMT, which alone tells the repeated hour apart."""
    rng = random.Random(seed)
    begin = datetime(day.year, day.month, day.day, tzinfo=CENTRAL).astimezone(UTC)
    next_day = day + timedelta(days=1)
    end = datetime(next_day.year, next_day.month, next_day.day, tzinfo=CENTRAL).astimezone(UTC)
    lines = ["Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,MLC,MCC,MEC"]
    at = begin
    while at < end:
        after = at + timedelta(hours=1)
        hour = at.astimezone(CENTRAL).hour
        energy = price_parts(rng, hour, False)[0]
        for location, node, congested in locations:
            _, congestion, loss = price_parts(rng, hour, congested)
            total = energy + congestion + loss
            lines.append(f"{after.astimezone(CENTRAL):%m/%d/%Y %H:%M:%S},{after:%m/%d/%Y %H:%M:%S},{location},{node},"
                         f"{total / 100:.4f},{loss / 100:.4f},{congestion / 100:.4f},{energy / 100:.4f}")
        at = after
    path.write_text("\n".join(lines) + "\n")


def main():
    (HERE / "miso").mkdir(parents=True, exist_ok=True)
    (HERE / "pjm").mkdir(parents=True, exist_ok=True)
    (HERE / "spp").mkdir(parents=True, exist_ok=True)
    fall = datetime(2025, 11, 2)
    nodes = [("ARKANSAS.HUB", "Hub", False), ("ILLINOIS.HUB", "Hub", True), ("INDIANA.HUB", "Hub", False), ("ALTE.ALTE", "Loadzone", False),
             ("AECI", "Interface", False)]
    miso_report(HERE / "miso" / "GENERATED_20251102_da_expost_lmp.csv", "Day Ahead Market ExPost LMPs", fall, nodes, 11, True)
    miso_report(HERE / "miso" / "GENERATED_20251102_rt_lmp_final.csv", "Realtime Market LMPs", fall, nodes, 12, True)
    miso_five_minutes(HERE / "miso" / "GENERATED_GetRealTimeFiveMinExPost_Rolling_20251102.json", datetime(2025, 11, 2, 0, 0), 72,
                      [("ARKANSAS.HUB", False), ("ILLINOIS.HUB", True), ("INDIANA.HUB", False), ("MINN.HUB", True)], 13)
    hubs = [(51217, "EASTERN HUB", "", "", "HUB", "", False), (51288, "WESTERN HUB", "", "", "HUB", "", False),
            (1, "PJM-RTO", "", "", "ZONE", "", False), (48592, "ALDENE", "230 KV", "T-10", "LOAD", "PSEG", True)]
    pjm_hours(HERE / "pjm" / "GENERATED_da_hrl_lmps_20251101-20251104.csv", "da", datetime(2025, 11, 1), 3, hubs, 21, set())
    pjm_hours(HERE / "pjm" / "GENERATED_rt_hrl_lmps_20251101-20251104.csv", "rt", datetime(2025, 11, 1), 3, hubs, 22, {29, 30, 31, 50})
    spp_day_ahead(HERE / "spp" / "GENERATED_DA-LMP-SL-202511020100.csv", fall,
                  [("SPPNORTH_HUB", "SPPNORTH_H", False), ("SPPSOUTH_HUB", "SPPSOUTH_H", True), ("AEC", "SOUC", False)], 31)


if __name__ == "__main__":
    main()
