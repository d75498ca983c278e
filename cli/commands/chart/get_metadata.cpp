#include <map>
#include <nlohmann/json.hpp>

#include "cli/commands/chart/release_time.hpp"
#include "cli/commands/chart/release_view.hpp"
#include "cli/commands/table.hpp"
#include "lib/chart/release_json.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::string release;
  int revision = 0;
};

/// "a=b,c=d", as Helm prints annotations and labels.
template <class Pairs>
std::string joined(const Pairs& pairs) {
  std::string text;
  for (const auto& [key, value] : pairs) text += fmt::format("{}{}={}", text.empty() ? "" : ",", key, value);
  return text;
}

std::string names_of(const std::vector<chart::Dependency>& dependencies) {
  std::string text;
  for (const auto& dependency : dependencies) text += (text.empty() ? "" : ",") + dependency.name;
  return text;
}

std::string seconds_of(const chart::Release& release) {
  return list_time(release.last_deployed, "2006-01-02T15:04:05Z07:00");
}

std::string words_of(const std::string& apply_method) {
  if (apply_method == "ssa") return "server-side apply";
  return apply_method == "csa" ? "client-side apply" : "client-side apply (defaulted)";
}

/// Helm's keys; what is empty is left out where Helm leaves it out.
Json document_of(const chart::Release& release, const chart::Metadata& metadata,
                 const std::map<std::string, std::string>& labels) {
  Json document{{"apiVersion", "dpctl/v1"},
                {"kind", "ReleaseMetadata"},
                {"name", release.name},
                {"chart", metadata.name},
                {"version", metadata.version},
                {"appVersion", metadata.app_version},
                {"namespace", release.ns},
                {"revision", release.version},
                {"status", release.status},
                {"deployedAt", seconds_of(release)}};
  for (const auto& [key, value] : metadata.annotations) document["annotations"][key] = value;
  for (const auto& [key, value] : labels) document["labels"][key] = value;
  if (!metadata.dependencies.empty()) {
    const auto json = chart::release_json(release);
    document["dependencies"] = array_at(json, "chart.metadata.dependencies");
  }
  if (!release.apply_method.empty()) document["applyMethod"] = release.apply_method;
  return document;
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto release, revision_of(options.release, options.revision, env));
  const auto metadata = release.chart == nullptr ? chart::Metadata{} : release.chart->metadata;
  // As Helm: of the newest its own labels too, of a revision that was named the user's alone.
  const auto& labels = options.revision == 0 ? release.record_labels : release.labels;
  View view;
  view.text = fmt::format(
      "NAME: {}\nCHART: {}\nVERSION: {}\nAPP_VERSION: {}\nANNOTATIONS: {}\nLABELS: {}\nDEPENDENCIES: {}\n"
      "NAMESPACE: {}\nREVISION: {}\nSTATUS: {}\nDEPLOYED_AT: {}\nAPPLY_METHOD: {}\n",
      release.name, metadata.name, metadata.version, metadata.app_version, joined(metadata.annotations),
      joined(labels), names_of(metadata.dependencies), release.ns, release.version, release.status,
      seconds_of(release), words_of(release.apply_method));
  view.names.push_back("release/" + release.name);
  view.document = std::make_shared<const Json>(document_of(release, metadata, labels));
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartGetMetadata(
    "chart get metadata", [] {
      return command<Options>()
          .summary("Show what is known of a release beside its objects and values")
          .example("Chart, version and time of a release", "dpctl chart get metadata web -n shop")
          .argument("RELEASE", &Options::release, "name of the release")
          .flag("--revision", &Options::revision, "of this revision, not of the newest", "N")
          .run(run);
    });

}  // namespace dpctl::cli
