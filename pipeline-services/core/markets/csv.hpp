#pragma once

#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/raw.hpp"

namespace dpctl::pipeline::markets {

/// Reads comma-separated lines (RFC 4180: quotes, doubled quotes; LF or CRLF; no line breaks inside quotes,
/// which no ISO writes).
class CsvReader {
 public:
  CsvReader(std::string_view name, std::string_view text) : name_(name), rest_(text) {
    if (rest_.starts_with("\xEF\xBB\xBF")) rest_.remove_prefix(3);
  }
  /// The next line's cells; false at the end. Empty lines are given as one empty cell.
  Result<bool> next();
  [[nodiscard]] const std::vector<std::string>& cells() const { return cells_; }
  [[nodiscard]] std::size_t line() const { return line_; }
  [[nodiscard]] bool blank() const { return cells_.size() == 1 && cells_.front().empty(); }
  /// An error at the current line.
  [[nodiscard]] Failure bad(std::string what) const;

 private:
  std::string_view name_;
  std::string_view rest_;
  std::vector<std::string> cells_;
  std::size_t line_ = 0;
};

/// A row with the header's names and the line's cells; `extra` comes first.
RawRow row_of(const std::vector<std::string>& header, const std::vector<std::string>& cells,
              std::vector<RawRow::Field> extra);

/// Derives instrument_id and order by parsing the row as the normaliser will; ends a reader.
RawFile finish(Market market, std::vector<RawRow> rows);

}  // namespace dpctl::pipeline::markets
