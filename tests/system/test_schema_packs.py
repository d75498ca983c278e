"""The schema beyond the core tables on real engines: every file applies twice, what an index or a view promises is shown on rows that came
twice or were corrected, and on the query plan before and after."""
import json
import re
import uuid

import pytest

from serving_stand import STATE
from services_lab import ROOT, Lab

ROWS = 400_000


@pytest.fixture(scope="module")
def lab():
    lab = Lab(STATE, ("clickhouse", "postgres"))
    yield lab
    lab.down()


def statements(name: str):
    for file in sorted((ROOT / "migrations" / "clickhouse").glob(name)):
        text = re.sub(r"^--.*$", "", file.read_text(), flags=re.M)
        yield from (statement.strip().rstrip(";") for statement in re.split(r";\s*\n", text) if statement.strip())


@pytest.fixture(scope="module")
def clickhouse(lab):
    """Every file applied, then applied again."""
    for _ in range(2):
        for statement in statements("*.sql"):
            lab.clickhouse(statement)
    return lab


@pytest.fixture
def postgres(lab):
    name = "packs_" + uuid.uuid4().hex[:8]
    lab.psql(f"CREATE DATABASE {name}")
    assert "applied" in lab.migrate("postgres", "apply", database=name).stdout
    second = lab.migrate("postgres", "apply", database=name).stdout.splitlines()
    assert second[-1].startswith("applied 0 migrations 0 statements")
    yield lambda sql: lab.psql(sql, name)
    lab.psql(f"DROP DATABASE {name} WITH (FORCE)")


def granules(lab, sql: str) -> int:
    """How many granules the query reads, as the plan says."""
    plan = json.loads("\n".join(row[0] for row in lab.rows("EXPLAIN json = 1, indexes = 1 " + sql)))
    found = []

    def walk(node):
        if isinstance(node, dict):
            found.extend(index["Selected Granules"] for index in node.get("Indexes", [])[-1:])
            for value in node.values():
                walk(value)
        elif isinstance(node, list):
            for value in node:
                walk(value)
    walk(plan)
    return sum(found)


def test_the_index_on_instruments_skips_nearly_all_granules(clickhouse):
    table = "data_processing.bars_5m"
    clickhouse.clickhouse(f"TRUNCATE TABLE {table}")
    clickhouse.clickhouse(
        f"INSERT INTO {table} (tenant_id, market, product, instrument_id, interval_start, open) SELECT 'plan', 'M' || toString(i % 6), "
        f"'P' || toString(intDiv(i, 6) % 4), 'I' || toString(i) AS id, toDateTime64(1767225600 + 300 * (number % 288), 6), 1 "
        f"FROM (SELECT number, intDiv(number, 288) AS i FROM numbers({ROWS}))")
    clickhouse.clickhouse(f"OPTIMIZE TABLE {table} FINAL")
    query = f"SELECT * FROM {table} WHERE tenant_id = 'plan' AND instrument_id = 'I333'"
    before = granules(clickhouse, query + " SETTINGS use_skip_indexes = 0")
    after = granules(clickhouse, query)
    print(f"granules read: {before} before, {after} after")
    assert before >= 20 and after * 5 <= before
    clickhouse.clickhouse(f"TRUNCATE TABLE {table}")


def test_the_activity_view_counts_a_tick_once_however_often_it_came(clickhouse):
    clickhouse.clickhouse("ALTER TABLE data_processing.tick_activity_hourly DELETE WHERE tenant_id = 'activity' SETTINGS mutations_sync = 1")
    hour = clickhouse.rows("SELECT toUnixTimestamp(toStartOfHour(now()))")[0][0]
    insert = ("INSERT INTO data_processing.silver_ticks (tenant_id, market, product, instrument_id, tick_id, event_time, normalized_at, price, version) "
              "SELECT 'activity', 'NYISO', 'RT5M', 'I' || toString(number % 10), leftPad(toString(number), 64, '0'), "
              "toDateTime64({hour} + number, 6), toDateTime64({hour}, 6), 1, {version} FROM numbers(100)")
    for version in (1, 1, 2):  # a replay, and a correction
        clickhouse.clickhouse(insert.format(version=version, hour=hour))
    rows = clickhouse.rows("SELECT ticks, instruments, toUnixTimestamp(newest) FROM data_processing.tick_activity WHERE tenant_id = 'activity'")
    assert rows == [[100, 10, hour + 99]]


def test_a_corrected_price_replaces_in_the_daily_average_of_caiso(clickhouse):
    table = "gold_market_caiso.lmp (tenant_id, market_run, node, interval_start, interval_end, trade_date, lmp, revision)"
    for hour, price, revision in ((0, 10, 0), (1, 20, 0), (1, 40, 1)):
        clickhouse.clickhouse(f"INSERT INTO {table} VALUES ('t', 'DAM', 'N1', toDateTime({1767225600 + 3600 * hour}), "
                              f"toDateTime({1767225600 + 3600 * (hour + 1)}), '2026-01-01', {price}, {revision})")
    assert clickhouse.rows("SELECT lmp_average, intervals FROM gold_market_caiso.lmp_daily WHERE tenant_id = 't'") == [[25, 2]]


def test_a_path_is_measured_by_the_rating_of_its_time_and_direction(clickhouse):
    for day, rating in (("2025-01-01", 1000), ("2026-01-10", 2000)):
        clickhouse.clickhouse(f"INSERT INTO markets_wecc.paths VALUES ('t', 66, 'COI', 'NW', 'CA', '{day}', {rating}, 500, 0)")
    for at, flow in (("2026-01-05 00:00:00", 500), ("2026-01-15 00:00:00", 500), ("2026-01-16 00:00:00", -250)):
        clickhouse.clickhouse(f"INSERT INTO markets_wecc.path_flows VALUES ('t', 66, '{at}', {flow}, NULL, 0)")
    assert [row[0] for row in clickhouse.rows("SELECT used FROM markets_wecc.path_use WHERE tenant_id = 't' ORDER BY at")] == [0.5, 0.25, 0.5]


def test_plans_certificates_allowances_and_resources_add_up(clickhouse):
    run = clickhouse.clickhouse
    for technology, mw, revision in (("solar", 100, 0), ("solar", 150, 1), ("wind", 50, 0)):
        run(f"INSERT INTO planning_irp.resources VALUES ('t', 'U', 'S', 2030, '{technology}', {mw}, 0, {mw}, NULL, NULL, {revision})")
    assert clickhouse.rows("SELECT toFloat64(capacity_mw) FROM planning_irp.capacity_by_year WHERE tenant_id = 't'") == [[200]]
    run("INSERT INTO compliance_rps.obligations VALUES ('t', 'CA', 2026, 1000, 0.5, 0)")
    run("INSERT INTO compliance_rps.certificates VALUES ('t', 'WREGIS', 1, 300, 'B', 'F', 'solar', '2026-01-01', 'active', '', 0)")
    run("INSERT INTO compliance_rps.certificates VALUES ('t', 'WREGIS', 1, 300, 'B', 'F', 'solar', '2026-01-01', 'retired', 'CA-2026', 1)")
    assert clickhouse.rows("SELECT required_mwh, retired_mwh, open_mwh FROM compliance_rps.position WHERE tenant_id = 't'") == [[500, 300, 200]]
    run("INSERT INTO compliance_ghg.emissions VALUES ('t', 'CA-QC', 'F', '2026-01-01', 'CO2', 100, false, 0), ('t', 'CA-QC', 'F', '2026-01-01', 'CO2', 120, true, 1)")
    run("INSERT INTO compliance_ghg.allowance_movements VALUES ('t', 'CA-QC', 'm1', '2026-02-01 00:00:00', 2026, 70, 30, 'auction', 0)")
    assert clickhouse.rows("SELECT toFloat64(open_tonnes) FROM compliance_ghg.exposure WHERE tenant_id = 't'") == [[50]]
    run("INSERT INTO assets_der.dispatches VALUES ('t', 'd', 'r', '2026-01-01 00:00:00', '2026-01-01 01:00:00', 10, 'peak', 0)")
    for minute, power in ((0, 8), (30, 10), (90, 100)):
        run(f"INSERT INTO assets_der.telemetry VALUES ('t', 'r', toDateTime64('2026-01-01 00:00:00', 3, 'UTC') + INTERVAL {minute} MINUTE, {power}, NULL, 0)")
    assert clickhouse.rows("SELECT mean_kw FROM assets_der.performance WHERE tenant_id = 't'") == [[9]]


def test_the_taxonomy_is_searched_within_a_tenant(postgres):
    postgres("INSERT INTO taxonomy_instruments (tenant_id, instrument_id, commodity) VALUES ('a', 'NYISO.WEST_1', 'electricity'), "
             "('a', 'NYISO.WESTX1', 'electricity'), ('b', 'NYISO.WEST_1', 'secret')")
    postgres("INSERT INTO instrument_aliases VALUES ('a', 'Zone A', 'NYISO.WEST_1')")
    assert postgres("SELECT instrument_id FROM search_instruments('a', 'st_1')") == "NYISO.WEST_1"  # the underscore is no wildcard
    assert postgres("SELECT commodity FROM get_instrument_metadata('a', 'Zone A')") == "electricity"
    assert postgres("SELECT count(*) FROM get_instrument_metadata('b', 'Zone A')") == "0"
    postgres("INSERT INTO api_keys (key_id, key_hash, tenant_id, name, expires_at) VALUES ('k', repeat('0', 64), 'a', 'n', now() - interval '1 year')")
    assert postgres("SELECT total, active, expired FROM get_api_key_stats('a')") == "1|0|1"
    assert postgres("SELECT cleanup_expired_api_keys()") == "1"


def test_a_changed_row_is_told_once_and_many_as_one_word(lab, postgres):
    database = postgres("SELECT current_database()")
    heard = lab.run("psql", "-q", "-X", "-A", "-t", lab.dsn(database), "-c", "LISTEN taxonomy_changed", "-c",
                    "INSERT INTO taxonomy_instruments (tenant_id, instrument_id) VALUES ('t', 'one')", "-c",
                    "INSERT INTO taxonomy_instruments (tenant_id, instrument_id) SELECT 't', 'i' || i FROM generate_series(1, 500) i", "-c", "SELECT 1").stdout
    payloads = re.findall(r'with payload "([^"]*)"', heard)
    assert payloads == ["t\tone", "instruments"], heard


def test_a_service_never_finds_a_table_that_no_migration_makes(clickhouse):
    """Each table that the services' sources name in ClickHouse is there after the migrations."""
    header = (ROOT / "pipeline-services/core/contract/tables.hpp").read_text()
    named = {name for name in re.findall(r'= "((?:silver|enriched|bars|served)_\w+)"', header)}
    there = {row[0] for row in clickhouse.rows("SELECT name FROM system.tables WHERE database = 'data_processing'")}
    assert named and named <= there
