"""The Native encoder against ClickHouse itself: what it sends is read back equal to the same rows sent as JSON text."""
import subprocess

import pytest

from services_lab import Lab, build_dir

COLUMNS = """i Int32, s String, ns Nullable(String), lc LowCardinality(String), fs FixedString(6), u UUID, b Bool, u8 UInt8, u32 UInt32, i64 Int64,
 ni64 Nullable(Int64), u64 UInt64, f64 Float64, nf64 Nullable(Float64), i128 Int128, t DateTime64(6, 'UTC'), nt Nullable(DateTime64(6, 'UTC')),
 d Nullable(Date), p Decimal(18, 8), np Nullable(Decimal(18, 8)), p128 Decimal(38, 8), a Array(String), m Map(String, String)"""


@pytest.fixture(scope="module")
def lab():
    lab = Lab()
    lab.clickhouse("DROP DATABASE IF EXISTS native_test")
    lab.clickhouse("CREATE DATABASE native_test ENGINE = Atomic")
    yield lab
    lab.clickhouse("DROP DATABASE native_test")
    lab.down()


def insert(lab, table: str, form: str, body: bytes):
    user, password = lab.peers["DPCTL_PEERS_CLICKHOUSE_USER"], lab.peers["DPCTL_PEERS_CLICKHOUSE_PASSWORD"]
    query = f"INSERT INTO native_test.{table} FORMAT {form}".replace(" ", "%20")
    lab.run("curl", "-sS", "--fail-with-body", "-u", f"{user}:{password}", "--data-binary", "@-",
            f"{lab.peers['DPCTL_PEERS_CLICKHOUSE']}/?wait_end_of_query=1&date_time_input_format=best_effort&query={query}", input=body)


def test_every_column_type_is_read_back_equal_to_the_same_rows_sent_as_text(lab):
    driver = next(build_dir().glob("**/native_driver"))
    made = subprocess.run([driver], check=True, capture_output=True)
    for table in ("native", "text"):
        lab.clickhouse(f"CREATE TABLE native_test.{table} ({COLUMNS}) ENGINE = MergeTree ORDER BY i")
    insert(lab, "native", "Native", made.stdout)
    insert(lab, "text", "JSONEachRow", made.stderr)
    native, text = (lab.rows(f"SELECT * FROM native_test.{table} ORDER BY i") for table in ("native", "text"))
    assert len(native) == 1000
    assert native == text
    assert native[1][1].startswith('quote" \\ tab\t ünïcode') and native[1][17] == "2024-02-29" and native[0][2] is None
    assert native[399][3] == "L399", "more texts than one byte can number"
