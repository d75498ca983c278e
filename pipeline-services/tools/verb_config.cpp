#include <CLI/CLI.hpp>
#include <cstdio>
#include <memory>

#include "pipeline-services/core/json_out.hpp"
#include "pipeline-services/runtime/settings.hpp"
#include "pipeline-services/tools/print_error.hpp"

namespace dpctl::pipeline {
namespace {

void print_table(const std::vector<runtime::SettingHelp>& rows) {
  std::printf("%-42s %-8s %-26s %-7s %s\n", "NAME", "TYPE", "DEFAULT", "RELOAD", "ALLOWED; EFFECT");
  for (const auto& row : rows)
    std::printf("%-42s %-8s %-26s %-7s %s; %s\n", row.name.c_str(), row.kind.c_str(),
                row.fallback.empty() ? "-" : row.fallback.c_str(), row.reloadable ? "yes" : "no",
                row.allowed.c_str(), row.doc.c_str());
}

void print_json(const std::vector<runtime::SettingHelp>& rows) {
  for (const auto& row : rows) {
    std::string line;
    JsonObject object(line);
    object.text("name", row.name);
    object.text("type", row.kind);
    object.text("default", row.fallback);
    object.text("allowed", row.allowed);
    object.boolean("reloadable", row.reloadable);
    object.text("effect", row.doc);
    object.end();
    std::puts(line.c_str());
  }
}

}  // namespace

Verb config_verb() {
  return {"config", "Explain every DATA_PROC_ variable: type, default, range, effect", [](CLI::App& app) {
            auto output = std::make_shared<std::string>("table");
            app.add_option("-o,--output", *output, "table, or json: one object a line")
                ->check(CLI::IsMember({"table", "json"}))
                ->capture_default_str();
            app.footer(
                "The same code that judges the variables at a service's start describes them here. RELOAD: a "
                "running service takes a new value from DATA_PROC_SETTINGS_FILE, when the file changes or on "
                "SIGHUP.\nExample:\n  pipeline config");
            return [output] {
              const auto rows = runtime::explain_settings();
              *output == "json" ? print_json(rows) : print_table(rows);
              return kOk;
            };
          }};
}

}  // namespace dpctl::pipeline
