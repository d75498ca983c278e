"""lib/migrate against real ClickHouse and PostgreSQL."""
import uuid
from concurrent.futures import ThreadPoolExecutor

import pytest

from services_lab import Lab


@pytest.fixture(scope="module")
def lab():
    lab = Lab()
    yield lab
    lab.down()


@pytest.fixture(params=["clickhouse", "postgres"])
def engine(request):
    return request.param


@pytest.fixture
def database(lab, engine):
    """An empty database of the engine; ClickHouse's is made by the migration itself."""
    name = "m_" + uuid.uuid4().hex[:12]
    if engine == "postgres":
        lab.psql(f"CREATE DATABASE {name}")
    yield name
    if engine == "postgres":
        lab.psql(f"DROP DATABASE {name} WITH (FORCE)")
    else:
        lab.clickhouse(f"DROP DATABASE IF EXISTS {name}")


def table(engine, database, name, column="x"):
    if engine == "clickhouse":
        return f"CREATE TABLE IF NOT EXISTS {database}.{name} ({column} Int32) ENGINE = MergeTree ORDER BY {column};\n"
    return f"CREATE TABLE {name} ({column} integer);\n"


def test_the_own_migrations_apply_and_a_second_run_does_nothing(lab, engine):
    name = "own_" + uuid.uuid4().hex[:8]
    if engine == "postgres":
        lab.psql(f"CREATE DATABASE {name}")
    else:
        name = "data_processing"
    first = lab.migrate(engine, "apply", database=name)
    assert "unchanged" in first.stdout
    second = lab.migrate(engine, "apply", database=name).stdout.splitlines()
    assert second[-1].startswith("applied 0 migrations 0 statements")
    assert lab.migrate(engine, "verify", database=name).returncode == 0
    if engine == "postgres":
        assert lab.psql("SELECT count(*) FROM taxonomy_region_rules", name) == "6"
    else:
        tables = {row[0] for row in lab.rows("SELECT name FROM system.tables WHERE database = 'data_processing'")}
        assert {"silver_ticks", "enriched_ticks", "bars_5m", "bars_1h", "bars_1d", "served_latest"} <= tables


def test_a_changed_file_is_refused_and_nothing_runs(lab, engine, database, tmp_path):
    (tmp_path / "001_a.sql").write_text(table(engine, database, "a"))
    lab.migrate(engine, "apply", tmp_path, database)
    (tmp_path / "001_a.sql").write_text(table(engine, database, "a", "y"))
    (tmp_path / "002_b.sql").write_text(table(engine, database, "b"))
    refused = lab.migrate(engine, "apply", tmp_path, database, check=False)
    assert refused.returncode == 6
    assert "001_a.sql was applied" in refused.stdout and "has changed since" in refused.stdout
    assert "002 b pending" in lab.migrate(engine, "status", tmp_path, database).stdout


def test_a_syntax_error_is_reported_with_its_place_and_the_corrected_file_goes_on(lab, engine, database, tmp_path):
    file = tmp_path / "001_a.sql"
    file.write_text("-- a comment\n" + table(engine, database, "a") + "\n  SELECT 1\n    FRUM a;\n" + table(engine, database, "b"))
    failed = lab.migrate(engine, "apply", tmp_path, database, check=False)
    assert failed.returncode == 1
    last = failed.stdout.splitlines()[-1] if engine == "postgres" else failed.stdout
    assert f"{file}:5:" in last, failed.stdout
    assert "statement 2 of" in last
    before = lab.migrate(engine, "status", tmp_path, database).stdout
    # PostgreSQL rolled the file back; ClickHouse keeps the first statement and says so.
    assert f"001 a partial {0 if engine == 'postgres' else 1}/3" in before
    file.write_text("-- a comment\n" + table(engine, database, "a") + "\n  SELECT 1;\n" + table(engine, database, "b"))
    again = lab.migrate(engine, "apply", tmp_path, database)
    assert f"applied 1 migrations {3 if engine == 'postgres' else 2} statements" in again.stdout
    assert "001 a applied" in lab.migrate(engine, "status", tmp_path, database).stdout


def test_what_is_done_of_a_half_applied_file_may_not_change(lab, database, tmp_path, engine):
    if engine == "postgres":
        # Only a file that cannot be one transaction stays half applied.
        (tmp_path / "001_a.sql").write_text("CREATE TABLE a (x integer); CREATE INDEX CONCURRENTLY i ON a (x); CREATE TABLE broken (x nothing);")
    else:
        (tmp_path / "001_a.sql").write_text(table(engine, database, "a") + "CREATE TABLE broken;")
    assert lab.migrate(engine, "apply", tmp_path, database, check=False).returncode == 1
    (tmp_path / "001_a.sql").write_text(table(engine, database, "other"))
    assert lab.migrate(engine, "apply", tmp_path, database, check=False).returncode == 6


def test_two_at_once_apply_each_statement_once(lab, engine, database, tmp_path):
    for number in range(1, 5):
        name = f"t{number}"
        insert = f"INSERT INTO {database + '.' if engine == 'clickhouse' else ''}{name} VALUES ({number});\n"
        (tmp_path / f"{number:03}_{name}.sql").write_text(table(engine, database, name) + insert)
    with ThreadPoolExecutor(3) as pool:
        results = list(pool.map(lambda _: lab.migrate(engine, "apply", tmp_path, database), range(3)))
    assert all(result.returncode == 0 for result in results)
    for number in range(1, 5):
        count = (lab.psql(f"SELECT count(*) FROM t{number}", database) if engine == "postgres"
                 else lab.clickhouse(f"SELECT count() FROM {database}.t{number}").strip())
        assert count == "1"


def test_a_string_that_is_not_closed_is_found_before_anything_runs(lab, engine, database, tmp_path):
    (tmp_path / "001_a.sql").write_text(table(engine, database, "a") + "SELECT 'open;\n")
    failed = lab.migrate(engine, "apply", tmp_path, database, check=False)
    assert f"{tmp_path}/001_a.sql:2:8" in failed.stdout and "is not closed" in failed.stdout


def test_a_server_that_is_not_there_is_named(lab, engine, tmp_path):
    (tmp_path / "001_a.sql").write_text("SELECT 1;")
    driver_target = "postgresql://nobody@127.0.0.1:1/x" if engine == "postgres" else "http://127.0.0.1:1,default,x"
    from services_lab import build_dir
    driver = next(build_dir().glob("**/migrate_driver"))
    failed = lab.run(driver, engine, "status", tmp_path, driver_target, check=False)
    assert failed.returncode == 1
    assert "127.0.0.1" in failed.stdout
