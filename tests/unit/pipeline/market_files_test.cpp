// Layouts for which the project may carry no published file: written here as the ISO writes them.
#include <doctest/doctest.h>
#include <zlib.h>

#include "pipeline-services/core/markets/workbook.hpp"
#include "tests/unit/pipeline/support.hpp"

using namespace dpctl;
using namespace dpctl::pipeline;
using namespace dpctl::pipeline::test;

namespace {

void put(std::string& out, std::uint64_t number, unsigned bytes) {
  for (unsigned i = 0; i < bytes; ++i) out += static_cast<char>((number >> (8 * i)) & 0xFFU);
}

std::string deflated(const std::string& text) {
  z_stream stream{};
  REQUIRE(deflateInit2(&stream, 6, Z_DEFLATED, -MAX_WBITS, 8, Z_DEFAULT_STRATEGY) == Z_OK);
  std::string out(text.size() + 256, '\0');
  std::string input = text;
  stream.next_in = reinterpret_cast<Bytef*>(input.data());
  stream.avail_in = static_cast<uInt>(input.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  REQUIRE(deflate(&stream, Z_FINISH) == Z_STREAM_END);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  return out;
}

/// A ZIP archive; `told` replaces the unpacked size in the directory.
std::string zip(const std::vector<std::pair<std::string, std::string>>& parts, std::uint64_t told = 0) {
  std::string out;
  std::string directory;
  for (const auto& [name, text] : parts) {
    const auto packed = deflated(text);
    const auto at = out.size();
    std::string common;  // from the flags on, the same in both records
    put(common, 0, 2), put(common, 8, 2), put(common, 0, 4), put(common, 0, 4), put(common, packed.size(), 4);
    put(common, told == 0 ? text.size() : told, 4), put(common, name.size(), 2), put(common, 0, 2);
    out += "PK\3\4";
    put(out, 20, 2);
    out += common + name + packed;
    directory += "PK\1\2";
    put(directory, 20, 2), put(directory, 20, 2);
    directory += common;
    put(directory, 0, 2), put(directory, 0, 2), put(directory, 0, 2), put(directory, 0, 4),
        put(directory, at, 4);
    directory += name;
  }
  const auto at = out.size();
  out += directory + "PK\5\6";
  put(out, 0, 2), put(out, 0, 2), put(out, parts.size(), 2), put(out, parts.size(), 2);
  put(out, directory.size(), 4), put(out, at, 4), put(out, 0, 2);
  return out;
}

const std::string kStrings =
    "<sst><si><t>Delivery Date</t></si><si><t>Hour Ending</t></si><si><t>Repeated Hour Flag</t></si>"
    "<si><t>Settlement Point</t></si><si><t>Settlement Point Price</t></si><si><t>11/02/2025</t></si>"
    "<si><r><t>02</t></r><r><t>:00</t></r></si><si><t>N</t></si><si><t>Y</t></si><si><t>HB_HUBAVG</t></si></"
    "sst>";
const std::string kSheet =
    "<worksheet><sheetData><row r=\"1\"><c r=\"A1\" t=\"s\"><v>0</v></c><c r=\"B1\" t=\"s\"><v>1</v></c>"
    "<c r=\"C1\" t=\"s\"><v>2</v></c><c r=\"D1\" t=\"s\"><v>3</v></c><c r=\"E1\" t=\"s\"><v>4</v></c></row>"
    "<row r=\"2\"><c r=\"A2\" t=\"s\"><v>5</v></c><c r=\"B2\" t=\"s\"><v>6</v></c><c r=\"C2\" "
    "t=\"s\"><v>7</v></c>"
    "<c r=\"D2\" t=\"s\"><v>9</v></c><c r=\"E2\"><v>46.44</v></c></row>"
    "<row r=\"3\"><c r=\"A3\" t=\"s\"><v>5</v></c><c r=\"B3\" t=\"s\"><v>6</v></c><c r=\"C3\" "
    "t=\"s\"><v>8</v></c>"
    "<c r=\"D3\" t=\"s\"><v>9</v></c><c r=\"E3\"><v>48.25</v></c></row></sheetData></worksheet>";

}  // namespace

TEST_CASE("ERCOT's year workbook: both of the repeated hours, told apart by the flag") {
  const auto values =
      messages_of_file("rpt.00013060.DAMLZHBSPP_2025.xlsx",
                       zip({{"xl/sharedStrings.xml", kStrings}, {"xl/worksheets/Sheet1.xml", kSheet}}));
  NormalizeOutput out;
  normalize(values, out);
  REQUIRE(out.dead.size() == 0);
  REQUIRE(out.batch.ticks.size() == 2);
  CHECK(iso(out.batch.ticks[0].interval_start) == "2025-11-02T06:00:00Z");
  CHECK(iso(out.batch.ticks[1].interval_start) == "2025-11-02T07:00:00Z");
  CHECK(to_string(out.batch.ticks[1].price) == "48.25");
  CHECK(out.batch.ticks[0].instrument_id == "ERCOT.DAM.HU.HB_HUBAVG");
}

TEST_CASE("a workbook that is damaged, lies about its sizes or is no price table is one error") {
  const auto whole = zip({{"xl/sharedStrings.xml", kStrings}, {"xl/worksheets/sheet1.xml", kSheet}});
  for (std::size_t size = 4; size < whole.size(); size += 7)
    CHECK_FALSE(read_market_file("a.xlsx", std::string_view(whole).substr(0, size)).has_value());
  CHECK_FALSE(
      read_market_file("a.xlsx", zip({{"xl/worksheets/sheet1.xml", kSheet}}, 1ULL << 31U)).has_value());
  CHECK_FALSE(read_market_file("a.xlsx", zip({{"xl/worksheets/sheet1.xml", kSheet}}, 10)).has_value());
  CHECK_FALSE(read_market_file("a.xlsx", zip({{"xl/worksheets/sheet1.xml", kSheet}})).has_value());
  CHECK_FALSE(read_market_file("a.xlsx", zip({{"other.txt", "x"}})).has_value());
}

TEST_CASE("ERCOT's CSV reports read as the API does") {
  const auto values =
      messages_of_file("cdr.00012301.SPPHLZNP6905_20251102_0215.csv",
                       "DeliveryDate,DeliveryHour,DeliveryInterval,SettlementPointName,SettlementPointType,"
                       "SettlementPointPrice,DSTFlag\n"
                       "11/02/2025,2,1,LZ_HOUSTON,LZ,23.72,N\n11/02/2025,2,1,LZ_HOUSTON,LZ,24.5,Y\n");
  NormalizeOutput out;
  normalize(values, out);
  REQUIRE(out.batch.ticks.size() == 2);
  CHECK(out.batch.ticks[0].product == "RTM15");
  CHECK(out.batch.ticks[1].interval_start - out.batch.ticks[0].interval_start == kHour);
}

TEST_CASE("SPP's day-ahead file: 25 hours on the autumn day, told apart by the instant of the end") {
  const std::string header = "Interval,GMTIntervalEnd,Settlement Location,Pnode,LMP,MLC,MCC,MEC\n";
  const auto values = messages_of_file(
      "DA-LMP-SL-202511020100.csv",
      header +
          "11/02/2025 02:00:00,11/02/2025 07:00:00,SPPNORTH_HUB,SPPNORTH_H,26.3047,-0.2918,4.7398,21.8567\n"
          "11/02/2025 02:00:00,11/02/2025 08:00:00,SPPNORTH_HUB,SPPNORTH_H,27.3118,-0.2889,5.9609,21.6398\n");
  NormalizeOutput out;
  normalize(values, out);
  REQUIRE(out.batch.ticks.size() == 2);
  CHECK(iso(out.batch.ticks[0].interval_start) == "2025-11-02T06:00:00Z");
  CHECK(out.batch.ticks[1].repeated_hour);
  CHECK(out.batch.ticks[0].quality == quality::kValid);
  const auto nameless = read_market_file("prices.csv", header);
  CHECK_FALSE(nameless.has_value());
}
