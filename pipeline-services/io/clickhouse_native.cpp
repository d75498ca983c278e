// ClickHouse's Native format: a block is the number of columns and of rows, then each column's name, type and
// values in a row. Numbers are little-endian as they lie in memory; strings have a varint length.
// LowCardinality is written as its own dictionary and indexes into it (SerializationLowCardinality.cpp of
// ClickHouse: version 1, "additional keys" bit), of which entry 0 is the default, the empty string.
#include "pipeline-services/io/clickhouse_native.hpp"

#include <array>
#include <bit>
#include <chrono>
#include <cstring>
#include <stdexcept>

namespace dpctl::io {
namespace {

static_assert(std::endian::native == std::endian::little, "values are written as they lie in memory");

template <class T>
void put(std::string& out, T value) {
  std::array<char, sizeof(T)> bytes{};
  std::memcpy(bytes.data(), &value, sizeof(T));
  out.append(bytes.data(), bytes.size());
}

void put_length(std::string& out, std::uint64_t value) {
  while (value >= 0x80U) {
    out += static_cast<char>((value & 0x7FU) | 0x80U);
    value >>= 7U;
  }
  out += static_cast<char>(value);
}

void put_text(std::string& out, std::string_view text) {
  put_length(out, text.size());
  out += text;
}

template <class T>
void put_indexes(std::string& out, const std::vector<std::uint32_t>& indexes) {
  for (const auto index : indexes) put(out, static_cast<T>(index));
}

void put_dictionary(std::string& out, const std::string& keys, std::size_t count,
                    const std::vector<std::uint32_t>& indexes) {
  constexpr std::uint64_t kSharedDictionariesWithAdditionalKeys = 1;
  constexpr std::uint64_t kHasAdditionalKeys = 1U << 9U;
  const std::uint64_t width = count <= 0x100U ? 0 : count <= 0x10000U ? 1 : 2;  // 1, 2 or 4 bytes an index
  put(out, kSharedDictionariesWithAdditionalKeys);
  put(out, kHasAdditionalKeys | width);
  put(out, static_cast<std::uint64_t>(count));
  out += keys;
  put(out, static_cast<std::uint64_t>(indexes.size()));
  if (width == 0) put_indexes<std::uint8_t>(out, indexes);
  if (width == 1) put_indexes<std::uint16_t>(out, indexes);
  if (width == 2) put_indexes<std::uint32_t>(out, indexes);
}

int digit(char c) {
  if (c >= '0' && c <= '9') return c - '0';
  if (c >= 'a' && c <= 'f') return c - 'a' + 10;
  if (c >= 'A' && c <= 'F') return c - 'A' + 10;
  return -1;
}

std::pair<std::uint64_t, std::uint64_t> uuid_halves(std::string_view text) {
  std::array<std::uint64_t, 2> halves{};
  std::size_t digits = 0;
  for (const char c : text) {
    if (c == '-') continue;
    const int value = digit(c);
    if (value < 0 || digits == 32) return {};
    auto& half = halves[digits++ / 16];
    half = half << 4U | static_cast<unsigned>(value);
  }
  if (digits != 32) return {};
  return {halves[0], halves[1]};
}

}  // namespace

void RowBlock::Column::clear() {
  data.clear();
  aside.clear();
  second.clear();
  items = 0;
  indexes.clear();
  known.clear();
  last.clear();
  last_index = 0;
}

std::string RowBlock::column_list() const {
  std::string list;
  for (const auto& column : columns_) {
    if (!list.empty()) list += ", ";
    list.append("`").append(column.name).append("`");
  }
  return list;
}

void RowBlock::encode_column(const Column& column, std::string& out) {
  put_text(out, column.name);
  put_text(out, column.type);
  switch (column.shape) {
    case Shape::plain: out += column.data; break;
    case Shape::nullable:
    case Shape::array:
    case Shape::map: out.append(column.aside).append(column.data).append(column.second); break;
    case Shape::dictionary: put_dictionary(out, column.data, column.known.size(), column.indexes); break;
  }
}

void RowBlock::encode(std::string& out) const {
  if (rows_ == 0) return;
  out.reserve(out.size() + bytes_ + 1024);
  put_length(out, columns_.size());
  put_length(out, rows_);
  for (const auto& column : columns_) encode_column(column, out);
}

void RowBlock::clear() {
  for (auto& column : columns_) column.clear();
  rows_ = bytes_ = 0;
}

RowWriter::Column& RowWriter::next(std::string_view name, std::string_view type, Shape shape) {
  const auto same = [](std::string_view a, std::string_view b) {
    return a.data() == b.data() && a.size() == b.size();
  };
  if (at_ < block_.columns_.size()) {
    auto& column = block_.columns_[at_];
    if (same(column.last_name, name) && same(column.last_type, type)) return ++at_, column;
  }
  if (at_ == block_.columns_.size() && block_.rows_ == 0)
    block_.columns_.push_back(Column{.name = std::string(name), .type = std::string(type), .shape = shape});
  if (at_ == block_.columns_.size() || block_.columns_[at_].name != name || block_.columns_[at_].type != type)
    throw std::logic_error("row block: field " + std::string(name) + " of type " + std::string(type) +
                           " is not the next column");
  auto& column = block_.columns_[at_++];
  column.last_name = name;
  column.last_type = type;
  return column;
}

void RowWriter::end() {
  if (at_ != block_.columns_.size()) throw std::logic_error("row block: a row ended before its last column");
  ++block_.rows_;
}

template <class T>
void RowWriter::plain(std::string_view name, std::string_view type, T value) {
  put(next(name, type).data, value);
  block_.bytes_ += sizeof(T);
}

template <class T>
void RowWriter::nullable(std::string_view name, std::string_view type, std::optional<T> value) {
  auto& column = next(name, type, Shape::nullable);
  column.aside += value ? '\0' : '\1';
  put(column.data, value.value_or(T{}));
  block_.bytes_ += sizeof(T) + 1;
}

void RowWriter::text(std::string_view name, std::string_view value) {
  put_text(next(name, "String").data, value);
  block_.bytes_ += value.size() + 1;
}
void RowWriter::text(std::string_view name, std::optional<std::string_view> value) {
  auto& column = next(name, "Nullable(String)", Shape::nullable);
  column.aside += value ? '\0' : '\1';
  put_text(column.data, value.value_or(std::string_view{}));
  block_.bytes_ += value.value_or(std::string_view{}).size() + 2;
}

void RowWriter::label(std::string_view name, std::string_view value) {
  auto& column = next(name, "LowCardinality(String)", Shape::dictionary);
  block_.bytes_ += 2;
  if (column.known.empty()) {
    column.known.emplace("", 0U);
    put_text(column.data, "");
  }
  if (value != column.last) {
    auto found = column.known.find(value);
    if (found == column.known.end()) {
      found = column.known.emplace(std::string(value), static_cast<std::uint32_t>(column.known.size())).first;
      put_text(column.data, value);
      block_.bytes_ += value.size();
    }
    column.last.assign(value);
    column.last_index = found->second;
  }
  column.indexes.push_back(column.last_index);
}

void RowWriter::fixed_text(std::string_view name, std::string_view value, std::size_t size) {
  // The type's text depends on the size: it is made for the first row only.
  const bool first = at_ == block_.columns_.size();
  auto& column =
      first ? next(name, "FixedString(" + std::to_string(size) + ")") : next(name, block_.columns_[at_].type);
  column.data.append(value.substr(0, size));
  column.data.append(size - std::min(size, value.size()), '\0');
  block_.bytes_ += size;
}

void RowWriter::uuid(std::string_view name, std::string_view value) {
  const auto [high, low] = uuid_halves(value);
  auto& column = next(name, "UUID");
  put(column.data, high);
  put(column.data, low);
  block_.bytes_ += 16;
}

void RowWriter::flag(std::string_view name, bool value) {
  plain(name, "Bool", static_cast<std::uint8_t>(value ? 1 : 0));
}
void RowWriter::u8(std::string_view name, std::uint8_t value) { plain(name, "UInt8", value); }
void RowWriter::i32(std::string_view name, std::int32_t value) { plain(name, "Int32", value); }
void RowWriter::u32(std::string_view name, std::uint32_t value) { plain(name, "UInt32", value); }
void RowWriter::i64(std::string_view name, std::int64_t value) { plain(name, "Int64", value); }
void RowWriter::i64(std::string_view name, std::optional<std::int64_t> value) {
  nullable(name, "Nullable(Int64)", value);
}
void RowWriter::u64(std::string_view name, std::uint64_t value) { plain(name, "UInt64", value); }
void RowWriter::f64(std::string_view name, double value) { plain(name, "Float64", value); }
void RowWriter::f64(std::string_view name, std::optional<double> value) {
  nullable(name, "Nullable(Float64)", value);
}
void RowWriter::i128(std::string_view name, WideInt value) { plain(name, "Int128", value); }
void RowWriter::micros(std::string_view name, std::int64_t value) {
  plain(name, "DateTime64(6, 'UTC')", value);
}
void RowWriter::micros(std::string_view name, std::optional<std::int64_t> value) {
  nullable(name, "Nullable(DateTime64(6, 'UTC'))", value);
}
void RowWriter::decimal(std::string_view name, std::int64_t units) { plain(name, "Decimal(18, 8)", units); }
void RowWriter::decimal(std::string_view name, std::optional<std::int64_t> units) {
  nullable(name, "Nullable(Decimal(18, 8))", units);
}
void RowWriter::decimal128(std::string_view name, WideInt units) { plain(name, "Decimal(38, 8)", units); }

void RowWriter::date(std::string_view name, std::int32_t yyyymmdd) {
  std::optional<std::uint16_t> days;
  if (yyyymmdd > 0) {
    const std::chrono::year_month_day day{std::chrono::year(yyyymmdd / 10000),
                                          std::chrono::month(static_cast<unsigned>(yyyymmdd / 100 % 100)),
                                          std::chrono::day(static_cast<unsigned>(yyyymmdd % 100))};
    const auto since = std::chrono::sys_days(day).time_since_epoch().count();
    if (day.ok() && since >= 0 && since <= 0xFFFF) days = static_cast<std::uint16_t>(since);
  }
  nullable(name, "Nullable(Date)", days);
}

void RowWriter::texts(std::string_view name, std::span<const std::string_view> values) {
  auto& column = next(name, "Array(String)", Shape::array);
  for (const auto value : values) {
    put_text(column.data, value);
    block_.bytes_ += value.size() + 1;
  }
  put(column.aside, column.items += values.size());
  block_.bytes_ += 8;
}

void RowWriter::map(std::string_view name,
                    std::span<const std::pair<std::string_view, std::string_view>> values) {
  auto& column = next(name, "Map(String, String)", Shape::map);
  for (const auto& [key, value] : values) {
    put_text(column.data, key);
    put_text(column.second, value);
    block_.bytes_ += key.size() + value.size() + 2;
  }
  put(column.aside, column.items += values.size());
  block_.bytes_ += 8;
}

}  // namespace dpctl::io
