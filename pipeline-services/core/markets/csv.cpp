#include "pipeline-services/core/markets/csv.hpp"

#include <algorithm>

#include "pipeline-services/core/markets/markets.hpp"

namespace dpctl::pipeline::markets {
namespace {

constexpr std::size_t kLongestLine = 64U << 10U;

}  // namespace

Failure CsvReader::bad(std::string what) const {
  return fail(Code::failed, "{}", what).at({.subject = std::string(name_), .line = line_});
}

Result<bool> CsvReader::next() {
  if (rest_.empty()) return false;
  ++line_;
  const auto size = std::min(rest_.find('\n'), rest_.size());
  std::string_view line = rest_.substr(0, size);
  rest_.remove_prefix(std::min(size + 1, rest_.size()));
  if (line.ends_with('\r')) line.remove_suffix(1);
  if (line.size() > kLongestLine) return bad("line is longer than 64 KiB");
  cells_.clear();
  std::size_t i = 0;
  while (true) {
    std::string cell;
    if (i < line.size() && line[i] == '"') {
      for (++i;; ++i) {
        if (i >= line.size()) return bad("a quoted cell is not closed");
        if (line[i] != '"') {
          cell += line[i];
        } else if (i + 1 < line.size() && line[i + 1] == '"') {
          cell += '"';
          ++i;
        } else {
          ++i;
          break;
        }
      }
      if (i < line.size() && line[i] != ',') return bad("text follows a quoted cell");
    } else {
      const auto end = std::min(line.find(',', i), line.size());
      cell = line.substr(i, end - i);
      i = end;
    }
    cells_.push_back(std::move(cell));
    if (i >= line.size()) return true;
    ++i;
  }
}

RawRow row_of(const std::vector<std::string>& header, const std::vector<std::string>& cells,
              std::vector<RawRow::Field> extra) {
  RawRow row;
  row.fields = std::move(extra);
  row.fields.reserve(row.fields.size() + header.size());
  for (std::size_t i = 0; i < header.size(); ++i) row.fields.push_back({header[i], cells[i]});
  return row;
}

RawFile finish(Market market, std::vector<RawRow> rows) {
  Row parsed;
  for (auto& row : rows) {
    parsed.clear();
    for (const auto& field : row.fields) parsed.add(field.name, {Scalar::Kind::text, field.text});
    Draft draft;
    parse(market, parsed, draft);
    const auto& tick = draft.tick;
    row.instrument_id = instrument_id(facts(market).name, tick.product, tick.location_type, tick.location);
    row.order = parsed.ok() ? tick.interval_start : 0;
  }
  return {market, std::move(rows)};
}

}  // namespace dpctl::pipeline::markets
