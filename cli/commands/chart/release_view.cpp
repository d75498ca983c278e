#include "cli/commands/chart/release_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/app/record_kind.hpp"
#include "cli/commands/chart/release_time.hpp"
#include "lib/chart/insight/masked.hpp"
#include "lib/chart/insight/selection.hpp"
#include "lib/chart/manifest.hpp"
#include "lib/chart/objects.hpp"
#include "lib/chart/release_json.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/kube/cluster.hpp"

namespace dpctl::cli {
namespace {

bool is_test(const chart::Hook& hook) {
  return std::find(hook.events.begin(), hook.events.end(), "test") != hook.events.end();
}

/// The manifest with a word in place of each Secret.
std::string without_secrets(const std::string& manifest) {
  std::string shown;
  std::size_t begin = 0;
  while (begin < manifest.size()) {
    const auto next = manifest.find("\n---\n", begin);
    const auto end = next == std::string::npos ? manifest.size() : next + 1;
    const auto document = manifest.substr(begin, end - begin);
    begin = end;
    const auto source = document.find("# Source: ");
    const auto content = source == std::string::npos ? std::string::npos : document.find('\n', source);
    const bool secret = document.find("\nkind: Secret\n") != std::string::npos;
    if (!secret || content == std::string::npos)
      shown += document;
    else
      shown += document.substr(0, content + 1) + "# HIDDEN: The Secret output has been suppressed\n";
  }
  return shown;
}

std::string test_text(const chart::Release& release) {
  std::string text;
  for (const auto& hook : release.hooks) {
    if (!is_test(hook) || hook.started_at.empty()) continue;
    text += fmt::format("TEST SUITE:     {}\nLast Started:   {}\nLast Completed: {}\nPhase:          {}\n",
                        hook.name, local_time(hook.started_at), local_time(hook.completed_at), hook.phase);
  }
  return text.empty() ? "TEST SUITE: None\n" : text;
}

std::string shown(const std::string& manifest, const ReleaseShow& show) {
  if (!show.secrets) return without_secrets(manifest);
  return show.masked ? chart::mask_secrets(manifest) : manifest;
}

/// What Helm prints of a release: its record, of the chart only the metadata.
Json document_of(chart::Release release, const std::string& description, const ReleaseShow& show) {
  release.description = description;
  release.manifest = shown(release.manifest, show);
  for (auto& hook : release.hooks) hook.manifest = shown(hook.manifest, show);
  if (!show.notes) release.notes.clear();
  Json document = chart::release_json(release);
  const Json metadata = object_at(document, "chart.metadata");
  document.erase("chart");
  if (show.chart && !metadata.empty()) document["chart"]["metadata"] = metadata;
  document["apiVersion"] = "dpctl/v1";
  document["kind"] = "Release";
  return document;
}

}  // namespace

std::string chart_label(const chart::Summary& release) {
  return release.chart.empty() ? "MISSING" : fmt::format("{}-{}", release.chart, release.chart_version);
}

Result<chart::ReleaseStore> store_of(Env& env) {
  DPCTL_TRY(const auto kind, record_kind(env));
  DPCTL_TRY(kube::Cluster * cluster, env.cluster());
  return chart::ReleaseStore(*cluster, cluster->connection().ns, kind);
}

Result<chart::History> history_of(const std::string& name, Env& env) {
  DPCTL_CHECK(chart::check_release_name(name));
  DPCTL_TRY(auto store, store_of(env));
  DPCTL_TRY(auto history, store.history(name, env.deadline(), env.stop()));
  if (history.empty()) return fail(Code::not_found, "release {} not found", name).hint("dpctl chart list -A");
  return history;
}

Result<chart::Release> revision_of(const std::string& name, int revision, Env& env) {
  DPCTL_CHECK(chart::check_release_name(name));
  DPCTL_TRY(auto store, store_of(env));
  return store.get(name, revision, env.deadline(), env.stop());
}

View view_of_release(const chart::Release& given, const ReleaseShow& show) {
  auto release = given;
  for (auto* text : {&release.manifest, &release.notes}) *text = chart::redact(*text, given.secrets);
  for (auto& hook : release.hooks) hook.manifest = chart::redact(hook.manifest, given.secrets);
  View view;
  const std::string description = show.dry_run ? "Dry run complete" : release.description;
  view.text =
      fmt::format("{}NAME: {}\nLAST DEPLOYED: {}\nNAMESPACE: {}\nSTATUS: {}\nREVISION: {}\n", show.lead, release.name,
                  local_time(release.last_deployed), release.ns, release.status, release.version);
  if (show.all && release.chart != nullptr) {
    const auto& metadata = release.chart->metadata;
    view.text += fmt::format("CHART: {}\nVERSION: {}\nAPP_VERSION: {}\n", metadata.name, metadata.version,
                             metadata.app_version);
  }
  view.text += fmt::format("DESCRIPTION: {}\n", description);
  if (!show.resources.empty()) view.text += "RESOURCES:\n" + show.resources;
  if (show.tests) view.text += test_text(release);
  if (show.dry_run) {
    view.text += "HOOKS:\n";
    for (const auto& hook : release.hooks)
      view.text += fmt::format("---\n# Source: {}\n{}{}", hook.path, hook.manifest,
                               hook.manifest.ends_with('\n') ? "" : "\n");
    view.text += "MANIFEST:\n" + shown(release.manifest, show) + "\n";
  }
  if (show.notes && !release.notes.empty())
    view.text += "NOTES:\n" + release.notes + (release.notes.ends_with('\n') ? "" : "\n");
  view.names.push_back("release/" + release.name);
  view.document = std::make_shared<const Json>(document_of(release, description, show));
  return view;
}

}  // namespace dpctl::cli
