"""The embedded mode's bars equal, row by row, what DuckDB computes from the same published files."""
import gzip
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
import bars_oracle  # noqa: E402

ROOT = Path(__file__).resolve().parents[2]
EXAMPLES = ROOT / "examples" / "markets"
AS_OF = "2026-11-24T00:00:00Z"


def pipeline_binary():
    given = os.environ.get("DPCTL_PIPELINE")
    candidates = [Path(given)] if given else [ROOT / "build" / p / "pipeline-services" / "pipeline" for p in ("release", "dev", "asan", "tsan")]
    found = [path for path in candidates if path.exists()]
    assert found, "build the pipeline first: cmake --preset release && cmake --build --preset release (or set DPCTL_PIPELINE)"
    return found[0]


def run(*arguments):
    return subprocess.run([pipeline_binary(), *map(str, arguments)], capture_output=True, text=True, timeout=300)


def market_data():
    """The larger real files, when they are at hand: $DPCTL_MARKET_DATA, or beside the project."""
    for place in (os.environ.get("DPCTL_MARKET_DATA"), ROOT.parent / "shared" / "data" / "markets"):
        if place and Path(place).is_dir():
            return Path(place)
    return None


def test_bars_of_the_examples_equal_the_oracle_for_all_seven_markets(tmp_path):
    done = run("run", "--input", EXAMPLES, "--output", tmp_path, "--as-of", AS_OF)
    assert done.returncode == 0, done.stderr
    differences, ticks, expected, by_market = bars_oracle.compare([EXAMPLES], tmp_path / "bars.csv")
    assert differences == []
    assert ticks > 3000 and expected > 2000
    assert {market for market, _, _ in by_market} == {"NYISO", "CAISO", "ERCOT", "ISONE", "MISO", "PJM", "SPP"}


def test_bars_of_the_larger_real_files_equal_the_oracle(tmp_path):
    data = market_data()
    inputs = [EXAMPLES]
    if data is not None:
        inputs = []
        for market in ("nyiso", "caiso", "ercot", "isone", "miso", "pjm", "spp"):
            for path in sorted((data / market).iterdir()):
                if path.suffix == ".gz":
                    unpacked = tmp_path / "unpacked" / path.stem
                    unpacked.parent.mkdir(exist_ok=True)
                    with gzip.open(path) as packed, unpacked.open("wb") as out:
                        shutil.copyfileobj(packed, out)
                    inputs.append(unpacked)
                elif path.suffix in (".csv", ".json", ".xml", ".xlsx"):
                    inputs.append(path)
    done = run("run", "--output", tmp_path / "out", "--as-of", AS_OF, "--interval", ",".join(bars_oracle.INTERVALS),
               *(a for path in inputs for a in ("--input", path)))
    assert done.returncode == 0, done.stderr
    differences, _, expected, _ = bars_oracle.compare(inputs, tmp_path / "out" / "bars.csv", bars_oracle.INTERVALS)
    assert differences == []
    assert expected > 2000


def test_the_same_run_twice_writes_the_same_bytes(tmp_path):
    for name in ("a", "b"):
        assert run("run", "--input", EXAMPLES, "--output", tmp_path / name, "--as-of", AS_OF).returncode == 0
    for path in sorted((tmp_path / "a").iterdir()):
        assert path.read_bytes() == (tmp_path / "b" / path.name).read_bytes(), path.name


def test_only_the_intervals_asked_for_are_made(tmp_path):
    done = run("run", "--input", EXAMPLES / "nyiso", "--output", tmp_path, "--interval", "1h", "--as-of", AS_OF)
    assert done.returncode == 0, done.stderr
    differences, _, _, by_market = bars_oracle.compare([EXAMPLES / "nyiso"], tmp_path / "bars.csv", ["1h"])
    assert differences == []
    assert {interval for _, interval, _ in by_market} == {"1h"}


def test_derived_values_and_curves_are_in_the_output(tmp_path):
    import json
    (tmp_path / "spreads.txt").write_text("wn location USD/MWh 1h 0s NYISO.DAM.ZONE.WEST NYISO.DAM.ZONE.N.Y.C.\n")
    (tmp_path / "quotes.csv").write_text("curve,shape,delivery_start,delivery_end,price,quoted_at,market\n"
                                         "A,base,2027-01-01,2027-03-31,50,2026-11-23,NYISO\nA,base,2027-01-01,2027-01-31,60,2026-11-23,NYISO\n")
    done = run("run", "--input", EXAMPLES / "nyiso", "--output", tmp_path / "out", "--as-of", AS_OF, "--rolling", "1h:24",
               "--spreads", tmp_path / "spreads.txt", "--quotes", tmp_path / "quotes.csv")
    assert done.returncode == 0, done.stderr
    values = [json.loads(line)["payload"] for line in (tmp_path / "out" / "derived.jsonl").read_text().splitlines()]
    bars = [json.loads(line)["payload"] for line in (tmp_path / "out" / "bars.jsonl").read_text().splitlines()]
    of = lambda zone: {bar["interval_start_us"]: bar["twap"] for bar in bars
                       if bar["interval"] == "1h" and bar["instrument_id"] == f"NYISO.DAM.ZONE.{zone}"}
    west, city = of("WEST"), of("N.Y.C.")
    spread = {value["interval_start_us"]: value["value"] for value in values if value["type"] == "location"}
    assert spread and set(spread) == set(west) & set(city)
    assert all(abs(value - (west[at] - city[at])) < 1e-9 for at, value in spread.items())
    assert any(value["type"] == "rolling" and value["count"] > 10 and "std" in value for value in values)
    curve = json.loads((tmp_path / "out" / "curves.jsonl").read_text())["payload"]
    quoted = [point["price"] for point in curve["curve_points"] if point["source"] != "extrapolated"]
    assert quoted == [60, 44.74204947, 44.74204947]


def test_curves_say_so_when_a_strip_contradicts_its_months(tmp_path):
    quotes = tmp_path / "quotes.csv"
    months = "".join(f"A,base,2027-0{month}-01,2027-0{month}-{last},50,2026-11-23,PJM\n" for month, last in ((1, 31), (2, 28), (3, 31)))
    quotes.write_text("curve,shape,delivery_start,delivery_end,price,quoted_at,market\n" + months)
    assert run("curves", "--input", quotes, "--as-of", "2026-12-31").returncode == 0
    quotes.write_text(quotes.read_text() + "A,base,2027-01-01,2027-03-31,51,2026-11-23,PJM\n")
    done = run("curves", "--input", quotes, "--as-of", "2026-12-31")
    assert done.returncode == 7 and "its members give 50" in done.stderr
    assert "M3     2027-03-01 2027-03-31" in done.stdout


def test_poison_goes_to_dead_letters_with_its_original_bytes_and_stops_nothing(tmp_path):
    import json
    done = run("run", "--input", EXAMPLES / "poison", EXAMPLES / "nyiso", "--output", tmp_path, "--as-of", AS_OF)
    assert done.returncode == 0, done.stderr
    letters = [json.loads(line)["payload"] for line in (tmp_path / "dead_letters.jsonl").read_text().splitlines()]
    issues = {letter["metadata"]["issues"] for letter in letters}
    assert issues == {"invalid_json", "missing_field", "nonexistent_local_time", "invalid_number", "ambiguous_local_time"}
    fed = [line for path in sorted((EXAMPLES / "poison").glob("*.raw.jsonl")) for line in path.read_text().splitlines() if line.strip()]
    assert sorted(letter["raw_event"] for letter in letters) == sorted(fed)
    differences, _, _, _ = bars_oracle.compare([EXAMPLES / "nyiso"], tmp_path / "bars.csv")
    assert differences == []


@pytest.mark.parametrize("arguments, code", [
    (["--help"], 0), (["run", "--help"], 0), (["feed", "--help"], 0),
    ([], 2), (["walk"], 2), (["run"], 2), (["run", "--input", "x", "--output", "y", "--interval", "7m"], 2),
])
def test_exit_status_tells_usage_from_success(arguments, code):
    assert run(*arguments).returncode == code


def test_a_file_that_was_cut_short_fails_with_its_name_and_line(tmp_path):
    whole = (EXAMPLES / "isone" / "WW_DALMP_ISO_20260604_10locations.csv").read_text()
    cut = tmp_path / "WW_DALMP_ISO_20260604.csv"
    cut.write_text("\n".join(whole.splitlines()[:-1]) + "\n")
    done = run("run", "--input", cut, "--output", tmp_path / "out")
    assert done.returncode == 1
    assert "no trailer" in done.stderr and "WW_DALMP_ISO_20260604.csv" in done.stderr and "try:" in done.stderr


def test_a_file_of_no_known_layout_is_wrong_usage(tmp_path):
    (tmp_path / "prices.csv").write_text("a,b\n1,2\n")
    done = run("run", "--input", tmp_path / "prices.csv", "--output", tmp_path / "out")
    assert done.returncode == 2 and "no known layout" in done.stderr
