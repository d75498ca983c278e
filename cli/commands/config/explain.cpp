#include <nlohmann/json.hpp>

#include "cli/app/completers.hpp"
#include "cli/app/env.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/view.hpp"
#include "lib/base/strings.hpp"
#include "lib/plan/environment.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string path;
};

Result<ExitCode> run(const Options& options, Env& env) {
  View view{.columns = {"FIELD", "TYPE", "DEFAULT", "MEANING"}};
  Json fields = Json::array();
  for (const auto& field : plan::environment_fields()) {
    if (!options.path.empty() && field.path != options.path && !field.path.starts_with(options.path + "."))
      continue;
    view.rows.push_back({std::string(field.path), std::string(field.type),
                         field.fallback.empty() ? "<none>" : std::string(field.fallback),
                         std::string(field.text)});
    view.names.emplace_back(field.path);
    fields.push_back({{"path", field.path},
                      {"type", field.type},
                      {"default", field.fallback.empty() ? Json() : Json(field.fallback)},
                      {"text", field.text}});
  }
  if (view.rows.empty()) {
    std::vector<std::string> known;
    for (const auto& field : plan::environment_fields()) known.emplace_back(field.path);
    auto failure = fail(Code::not_found, "the environment file has no field {}", options.path);
    if (auto near = did_you_mean(options.path, known); !near.empty())
      return std::move(failure).hint("{}", near);
    return std::move(failure).hint("'dpctl config explain' lists all fields");
  }
  view.document = std::make_shared<const Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "FieldList"}, {"items", std::move(fields)}});
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kConfigExplain("config explain", [] {
  return command<Options>()
      .summary("Document the fields of the environment file")
      .example("All fields", "dpctl config explain")
      .example("One section", "dpctl config explain stores.clickhouse")
      .argument("PATH", &Options::path, "a field or a section", complete::fields, false)
      .run(run);
});

}  // namespace dpctl::cli
