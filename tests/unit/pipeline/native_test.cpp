#include <doctest/doctest.h>

#include <stdexcept>

#include "lib/base/encoding.hpp"
#include "pipeline-services/io/clickhouse_native.hpp"

using namespace dpctl;

TEST_CASE("a block is the counts, then name, type and values of each column") {
  io::RowBlock block;
  for (const std::uint32_t value : {1U, 0x01020304U}) {
    io::RowWriter row(block);
    row.u32("n", value);
    row.text("s", value == 1 ? "" : "ab");
    row.end();
  }
  std::string out;
  block.encode(out);
  CHECK(to_hex(out) ==
        to_hex(std::string("\x02\x02\x01n\x06UInt32\x01\0\0\0\x04\x03\x02\x01\x01s\x06String\0\x02"
                           "ab",
                           32)));
  CHECK(block.rows() == 2);
  CHECK(block.column_list() == "`n`, `s`");
}

TEST_CASE("a dictionary column writes each text once and small indexes") {
  io::RowBlock block;
  for (const auto* market : {"PJM", "PJM", "", "MISO", "PJM"}) {
    io::RowWriter row(block);
    row.label("m", market);
    row.end();
  }
  std::string out;
  block.encode(out);
  CHECK(out.find("PJM") == out.rfind("PJM"));
  CHECK(to_hex(out.substr(out.size() - 5)) == "0101000201");
}

TEST_CASE("an empty block is nothing, and a cleared one keeps its columns") {
  io::RowBlock block;
  std::string out;
  block.encode(out);
  CHECK(out.empty());
  io::RowWriter row(block);
  row.flag("f", true);
  row.end();
  block.clear();
  CHECK(block.rows() == 0);
  CHECK(block.bytes() == 0);
  CHECK(block.column_list() == "`f`");
}

TEST_CASE("a row that does not match its block ends the program instead of shifting columns") {
  io::RowBlock block;
  io::RowWriter first(block);
  first.u8("a", 1);
  first.u8("b", 2);
  first.end();
  io::RowWriter other(block);
  CHECK_THROWS_AS(other.u8("b", 1), std::logic_error);
  io::RowWriter short_row(block);
  short_row.u8("a", 1);
  CHECK_THROWS_AS(short_row.end(), std::logic_error);
}
