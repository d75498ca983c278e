#pragma once

#include <memory>
#include <string>
#include <vector>

#include "lib/data/json.hpp"

namespace dpctl::cli {

/// What a command shows, before it is known how: printers turn it into a table, JSON, YAML or names.
struct View {
  std::vector<std::string> columns{};  ///< "NAME", "READY": upper case, no blanks inside
  std::vector<std::vector<std::string>> rows{};
  std::vector<std::string> names{};        ///< for -o name: "deployment.apps/web"
  std::shared_ptr<const Json> document{};  ///< a record with apiVersion and kind; null over absent
  std::string text{};                      ///< shown in place of the table when there are no columns
  std::string footer{};                    ///< a line below the table, for people only
};

}  // namespace dpctl::cli
