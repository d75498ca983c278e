#include "lib/deploy/workloads.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "cli/app/environment.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/view.hpp"
#include "lib/base/duration.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string file;
};

View view_of(const std::vector<deploy::Workload>& workloads, const std::string& ns) {
  View view{.columns = {"WORKLOAD", "READY", "STATE", "RESTARTS", "AGE", "IMAGE", "DETAIL"}};
  Json items = Json::array();
  for (const auto& w : workloads) {
    const std::string name = w.kind + "/" + w.name;
    view.rows.push_back({name, fmt::format("{}/{}", w.ready, w.wanted), w.healthy ? "ready" : "not ready",
                         std::to_string(w.restarts), human_age(w.age), w.image, w.healthy ? "" : w.message});
    view.names.push_back(name);
    items.push_back({{"workload", name},
                     {"ready", w.ready},
                     {"wanted", w.wanted},
                     {"healthy", w.healthy},
                     {"restarts", w.restarts},
                     {"ageSeconds", w.age.count()},
                     {"image", w.image},
                     {"detail", w.healthy ? Json() : Json(w.message)}});
  }
  const auto ready =
      std::count_if(workloads.begin(), workloads.end(), [](const auto& w) { return w.healthy; });
  view.footer = fmt::format("{} of {} workloads in namespace {} are ready", ready, workloads.size(), ns);
  view.document = std::make_shared<const Json>(
      Json{{"apiVersion", "dpctl/v1"},
           {"kind", "Status"},
           {"namespace", ns},
           {"healthy", ready == static_cast<std::ptrdiff_t>(workloads.size()) && ready > 0},
           {"workloads", std::move(items)}});
  return view;
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto workspace, Workspace::open(env, options.file));
  auto& context = workspace->context();
  const auto& ns = workspace->environment().ns;
  DPCTL_TRY(const auto workloads, deploy::workloads(context.cluster, ns, context.deadline, context.stop));
  if (workloads.empty())
    return fail(Code::not_found, "nothing runs in namespace {}", ns)
        .hint("dpctl up -f {}", workspace->environment().file.string());
  DPCTL_CHECK(env.print(view_of(workloads, ns)));
  const bool healthy =
      std::all_of(workloads.begin(), workloads.end(), [](const auto& w) { return w.healthy; });
  return healthy ? ExitCode::ok : ExitCode::unhealthy;
}

}  // namespace

constinit const Row kStatus("status", [] {
  return command<Options>()
      .summary("Show how the environment's workloads stand")
      .describe("Exits 7 when one of them is not ready, 5 when there are none.")
      .example("How does it stand?", "dpctl status -f dpctl.yaml")
      .example("For a script", "dpctl status -f dpctl.yaml -o json")
      .flag("-f,--file", &Options::file, "environment file; default: $DPCTL_FILE, then dpctl.yaml", "FILE")
      .files()
      .run(run);
});

}  // namespace dpctl::cli
