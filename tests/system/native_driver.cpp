// Writes one block with every kind of column and its odd values in ClickHouse's Native form to stdout, and
// the same rows as JSONEachRow to stderr: test_native.py inserts both into real tables and compares them.
#include <cstdio>
#include <limits>

#include "lib/base/strings.hpp"
#include "pipeline-services/core/fixed.hpp"
#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/io/clickhouse_native.hpp"

using namespace dpctl;

namespace {

std::string decimal_text(pipeline::Int128 units) {
  const bool negative = units < 0;
  if (negative) units = -units;
  std::string digits;
  while (units > 0 || digits.size() < 9) {
    digits.insert(digits.begin(), static_cast<char>('0' + static_cast<int>(units % 10)));
    units /= 10;
  }
  digits.insert(digits.size() - 8, ".");
  return (negative ? "-" : "") + digits;
}

std::string whole_text(pipeline::Int128 value) {
  auto text = decimal_text(value * 100'000'000);
  return text.substr(0, text.find('.'));
}

void both(io::RowBlock& block, std::string& json, int i) {
  const bool odd = i % 2 == 1;
  const std::int64_t big = odd ? std::numeric_limits<std::int64_t>::max() - i : -i * 1'000'000'007LL;
  const std::string text = odd ? std::string("quote\" \\ tab\t ünïcode ") + std::to_string(i) : std::string();
  const std::string label = "L" + std::to_string(i % 400);
  const auto units = static_cast<std::int64_t>(i) * (odd ? -123'456'789LL : 999'999'999'999'999LL / 400);
  const pipeline::Int128 wide = static_cast<pipeline::Int128>(big) * 1'000'000 + i;
  const std::optional<std::int64_t> maybe = odd ? std::optional<std::int64_t>(units) : std::nullopt;
  const std::int32_t day = odd ? 20'240'229 : 0;
  const std::int64_t micros = odd ? 1'767'225'599'999'999 : i;
  const std::vector<std::string_view> list(static_cast<std::size_t>(i % 3), text);
  std::vector<std::pair<std::string_view, std::string_view>> pairs;
  if (odd) pairs = {{"k", text}, {"other", ""}};

  io::RowWriter row(block);
  row.i32("i", i);
  row.text("s", text);
  row.text("ns", odd ? std::optional<std::string_view>(text) : std::nullopt);
  row.label("lc", label);
  row.fixed_text("fs", label, 6);
  row.uuid("u", "00112233-4455-6677-8899-aabbccddeeff");
  row.flag("b", odd);
  row.u8("u8", static_cast<std::uint8_t>(i));
  row.u32("u32", static_cast<std::uint32_t>(i) * 4'000'000U);
  row.i64("i64", big);
  row.i64("ni64", maybe);
  row.u64("u64", static_cast<std::uint64_t>(big) | 1U << 31U);
  row.f64("f64", i / 8.0);
  row.f64("nf64", odd ? std::optional<double>(i / 4.0) : std::nullopt);
  row.i128("i128", wide);
  row.micros("t", micros);
  row.micros("nt", odd ? std::optional<std::int64_t>(micros) : std::nullopt);
  row.date("d", day);
  row.decimal("p", units);
  row.decimal("np", maybe);
  row.decimal128("p128", wide);
  row.texts("a", list);
  row.map("m", pairs);
  row.end();

  pipeline::JsonObject object(json);
  object.number("i", i);
  object.text("s", text);
  if (odd) object.text("ns", text);
  object.text("lc", label);
  object.text("fs", label);
  object.text("u", "00112233-4455-6677-8899-aabbccddeeff");
  object.boolean("b", odd);
  object.number("u8", static_cast<std::uint8_t>(i));
  object.number("u32", static_cast<std::uint32_t>(i) * 4'000'000U);
  object.number("i64", big);
  if (maybe) object.number("ni64", *maybe);
  object.raw("u64") += std::to_string(static_cast<std::uint64_t>(big) | 1U << 31U);
  object.raw("f64") += fmt::format("{}", i / 8.0);
  if (odd) object.raw("nf64") += fmt::format("{}", i / 4.0);
  object.raw("i128") += whole_text(wide);
  object.time("t", micros);
  if (odd) object.time("nt", micros);
  if (odd) object.text("d", "2024-02-29");
  object.text("p", decimal_text(units));
  if (maybe) object.text("np", decimal_text(*maybe));
  object.text("p128", decimal_text(wide));
  auto& array = object.raw("a");
  array += '[';
  for (std::size_t k = 0; k < list.size(); ++k) {
    std::string item;
    pipeline::JsonObject wrapper(item);
    wrapper.text("x", list[k]);
    wrapper.end();
    array += (k > 0 ? "," : "") + item.substr(5, item.size() - 6);
  }
  array += ']';
  pipeline::JsonObject map(object.raw("m"));
  for (const auto& [key, value] : pairs) map.text(key, value);
  map.end();
  object.end();
  json += '\n';
}

}  // namespace

int main() {
  io::RowBlock block;
  std::string json, native;
  for (int i = 0; i < 1000; ++i) both(block, json, i);
  block.encode(native);
  std::fwrite(native.data(), 1, native.size(), stdout);
  std::fwrite(json.data(), 1, json.size(), stderr);
  return 0;
}
