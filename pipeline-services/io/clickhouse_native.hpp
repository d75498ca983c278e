#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <unordered_map>
#include <utility>
#include <vector>

namespace dpctl::io {

class RowWriter;
__extension__ using WideInt = __int128;

/// Rows for one table, kept by column as ClickHouse's Native format wants them: the cheapest form for the
/// server to read (tests/bench/sinks). Filled through RowWriter; the first row names the columns and their
/// types.
class RowBlock {
 public:
  [[nodiscard]] std::size_t rows() const { return rows_; }
  /// About what encode() will append.
  [[nodiscard]] std::size_t bytes() const { return bytes_; }
  /// "tenant_id, market, …", for the INSERT; empty before the first row.
  [[nodiscard]] std::string column_list() const;
  /// Appends one block; nothing when there are no rows.
  void encode(std::string& out) const;
  /// Forgets the rows and keeps columns and memory.
  void clear();

 private:
  friend class RowWriter;
  struct Hash : std::hash<std::string_view> {
    using is_transparent = void;
  };
  enum class Shape : std::uint8_t { plain, nullable, dictionary, array, map };
  struct Column {
    std::string name, type;
    Shape shape = Shape::plain;
    std::string_view last_name{},
        last_type{};  ///< as the last row gave them: the same literals need no comparison
    std::string data{};                    ///< values; keys of a map; the keys of a dictionary
    std::string aside{};                   ///< null map, end offsets of arrays
    std::string second{};                  ///< values of a map
    std::uint64_t items = 0;               ///< elements of arrays so far
    std::vector<std::uint32_t> indexes{};  ///< into the dictionary
    std::unordered_map<std::string, std::uint32_t, Hash, std::equal_to<>> known{};
    std::string last{};  ///< neighbours are often equal: saves the look-up
    std::uint32_t last_index = 0;
    void clear();
  };
  static void encode_column(const Column& column, std::string& out);
  std::vector<Column> columns_;
  std::size_t rows_ = 0;
  std::size_t bytes_ = 0;
};

/// Writes one row, field after field, one line for each column:
///
///   RowWriter row(block);
///   row.label("market", tick.market);
///   row.decimal("price", tick.price.units);
///   row.end();
///
/// Every row of a block has the same fields in the same order; a row that has not ends the program, because
/// its values would land in other columns. Names are literals or live as long as the block.
class RowWriter {
 public:
  explicit RowWriter(RowBlock& block) : block_(block) {}
  /// Completes the row.
  void end();

  void text(std::string_view name, std::string_view value);                 ///< String
  void text(std::string_view name, std::optional<std::string_view> value);  ///< Nullable(String)
  void text(std::string_view name, const std::string& value) { text(name, std::string_view(value)); }
  void text(std::string_view name, const char* value) { text(name, std::string_view(value)); }
  void label(std::string_view name, std::string_view value);  ///< LowCardinality(String)
  /// FixedString(size): shorter values are filled with zero bytes, longer ones cut.
  void fixed_text(std::string_view name, std::string_view value, std::size_t size);
  /// UUID from its 36 characters; the nil UUID when it is none.
  void uuid(std::string_view name, std::string_view value);
  void flag(std::string_view name, bool value);  ///< Bool
  void u8(std::string_view name, std::uint8_t value);
  void i32(std::string_view name, std::int32_t value);
  void u32(std::string_view name, std::uint32_t value);
  void i64(std::string_view name, std::int64_t value);
  void i64(std::string_view name, std::optional<std::int64_t> value);  ///< Nullable(Int64)
  void u64(std::string_view name, std::uint64_t value);
  void f64(std::string_view name, double value);
  void f64(std::string_view name, std::optional<double> value);  ///< Nullable(Float64)
  void i128(std::string_view name, WideInt value);
  /// DateTime64(6, 'UTC'), microseconds since 1970.
  void micros(std::string_view name, std::int64_t value);
  void micros(std::string_view name, std::optional<std::int64_t> value);  ///< Nullable(DateTime64(6, 'UTC'))
  /// Nullable(Date) from yyyymmdd; null when that is not positive.
  void date(std::string_view name, std::int32_t yyyymmdd);
  /// Decimal(18, 8), in units of 1e-8.
  void decimal(std::string_view name, std::int64_t units);
  void decimal(std::string_view name, std::optional<std::int64_t> units);  ///< Nullable(Decimal(18, 8))
  /// Decimal(38, 8), in units of 1e-8.
  void decimal128(std::string_view name, WideInt units);
  void texts(std::string_view name, std::span<const std::string_view> values);  ///< Array(String)
  void map(std::string_view name,
           std::span<const std::pair<std::string_view, std::string_view>> values);  ///< Map(String, String)

 private:
  using Column = RowBlock::Column;
  using Shape = RowBlock::Shape;
  Column& next(std::string_view name, std::string_view type, Shape shape = Shape::plain);
  template <class T>
  void plain(std::string_view name, std::string_view type, T value);
  template <class T>
  void nullable(std::string_view name, std::string_view type, std::optional<T> value);
  RowBlock& block_;
  std::size_t at_ = 0;
};

}  // namespace dpctl::io
