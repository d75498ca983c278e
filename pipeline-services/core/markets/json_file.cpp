#include "pipeline-services/core/markets/json_file.hpp"

#include <simdjson.h>

namespace dpctl::pipeline::markets {
namespace {

using simdjson::dom::element;

Failure bad(std::string_view name, std::string_view what) {
  return fail(Code::failed, "{}", what).at({.subject = std::string(name)});
}

/// A scalar as published; numbers keep their shortest text, which is what the file says up to trailing zeros.
Result<RawRow::Field> cell_of(std::string_view name, const element& value) {
  RawRow::Field field;
  field.quoted = value.is_string();
  if (value.is_string()) {
    field.text = std::string(value.get_string().value_unsafe());
  } else if (value.is_number() || value.is_bool()) {
    field.text = simdjson::minify(value);
  } else if (value.is_null()) {
    field.quoted = true;
  } else {
    return bad(name, "a cell is neither text nor number");
  }
  return field;
}

}  // namespace

Result<JsonTable> read_json_table(std::string_view name, std::string_view text, std::string_view columns_key,
                                  std::string_view rows_key) {
  simdjson::dom::parser parser;
  element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root); error != simdjson::SUCCESS)
    return bad(name, simdjson::error_message(error));
  JsonTable table;
  std::string_view report;
  if (root.at_pointer("/report/reportEMIL").get(report) == simdjson::SUCCESS) table.report = report;
  simdjson::dom::array columns;
  simdjson::dom::array rows;
  if (root[columns_key].get(columns) != simdjson::SUCCESS) return bad(name, "the table has no columns");
  if (root[rows_key].get(rows) != simdjson::SUCCESS) return bad(name, "the table has no rows");
  for (const auto column : columns) {
    std::string_view spelled;
    if (column.get(spelled) != simdjson::SUCCESS && column["name"].get(spelled) != simdjson::SUCCESS)
      return bad(name, "a column has no name");
    table.columns.emplace_back(spelled);
  }
  for (const auto row : rows) {
    simdjson::dom::array cells;
    if (row.get(cells) != simdjson::SUCCESS) return bad(name, "a row is no array");
    auto& made = table.rows.emplace_back();
    for (const auto cell : cells) {
      DPCTL_TRY(auto field, cell_of(name, cell));
      made.push_back(std::move(field));
    }
    if (made.size() != table.columns.size())
      return bad(name, "a row has not as many cells as there are columns");
  }
  return table;
}

Result<std::vector<RawRow>> read_json_objects(std::string_view name, std::string_view text) {
  simdjson::dom::parser parser;
  element root;
  if (const auto error = parser.parse(text.data(), text.size()).get(root); error != simdjson::SUCCESS)
    return bad(name, simdjson::error_message(error));
  element list;
  if (root.at_pointer("/HourlyLmps/HourlyLmp").get(list) != simdjson::SUCCESS)
    return bad(name, "there is no HourlyLmps.HourlyLmp");
  std::vector<RawRow> rows;
  const auto add = [&](const element& item) -> Result<void> {
    simdjson::dom::object object;
    if (item.get(object) != simdjson::SUCCESS) return bad(name, "a price is no object");
    RawRow row;
    for (const auto [key, value] : object) {
      simdjson::dom::object inner;
      if (value.get(inner) == simdjson::SUCCESS) {
        for (const auto [inner_key, inner_value] : inner) {
          DPCTL_TRY(auto field, cell_of(name, inner_value));
          field.name = std::string(key) + "." + std::string(inner_key);
          row.fields.push_back(std::move(field));
        }
        continue;
      }
      DPCTL_TRY(auto field, cell_of(name, value));
      field.name = key;
      row.fields.push_back(std::move(field));
    }
    rows.push_back(std::move(row));
    return {};
  };
  simdjson::dom::array many;
  if (list.get(many) != simdjson::SUCCESS) {  // one price comes as a bare object
    DPCTL_CHECK(add(list));
    return rows;
  }
  for (const auto item : many) DPCTL_CHECK(add(item));
  return rows;
}

}  // namespace dpctl::pipeline::markets
