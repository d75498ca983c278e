#include "cli/commands/chart/release_view.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <array>
#include <ctime>
#include <nlohmann/json.hpp>

#include "lib/chart/insight/selection.hpp"
#include "lib/chart/manifest.hpp"
#include "lib/chart/objects.hpp"
#include "lib/chart/release_store.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/kube/cluster.hpp"
#include "lib/kube/time.hpp"

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

Json hooks_json(const chart::Release& release) {
  Json hooks = Json::array();
  for (const auto& hook : release.hooks)
    hooks.push_back(
        {{"name", hook.name},
         {"kind", hook.kind},
         {"path", hook.path},
         {"manifest", hook.manifest},
         {"events", hook.events},
         {"weight", hook.weight},
         {"delete_policies", hook.delete_policies},
         {"last_run",
          {{"started_at", hook.started_at}, {"completed_at", hook.completed_at}, {"phase", hook.phase}}}});
  return hooks;
}

Json document_of(const chart::Release& release, const std::string& description, const ReleaseShow& show) {
  Json info{{"first_deployed", release.first_deployed},
            {"last_deployed", release.last_deployed},
            {"description", description},
            {"status", release.status}};
  if (show.notes) info["notes"] = release.notes;
  Json document{{"apiVersion", "dpctl/v1"},
                {"kind", "Release"},
                {"name", release.name},
                {"namespace", release.ns},
                {"version", release.version},
                {"info", std::move(info)},
                {"config", chart::to_tree(release.config)},
                {"manifest", show.secrets ? release.manifest : without_secrets(release.manifest)},
                {"hooks", hooks_json(release)}};
  if (release.chart != nullptr) {
    const auto& metadata = release.chart->metadata;
    document["chart"]["metadata"] = {{"apiVersion", metadata.api_version},
                                     {"appVersion", metadata.app_version},
                                     {"description", metadata.description},
                                     {"name", metadata.name},
                                     {"type", metadata.type},
                                     {"version", metadata.version}};
  }
  return document;
}

}  // namespace

std::string local_time(const std::string& time) {
  const auto moment = kube::parse_time(time);
  if (!moment) return time;
  const std::time_t seconds = std::chrono::system_clock::to_time_t(*moment);
  std::tm parts{};
  ::localtime_r(&seconds, &parts);
  std::array<char, 64> text{};
  return {text.data(), std::strftime(text.data(), text.size(), "%a %b %e %H:%M:%S %Y", &parts)};
}

std::string go_time(const std::string& time) {
  const auto t = time.find('T');
  if (t == std::string::npos || !time.ends_with('Z')) return time;
  return fmt::format("{} {} +0000 UTC", time.substr(0, t), time.substr(t + 1, time.size() - t - 2));
}

std::string chart_label(const chart::Release& release) {
  if (release.chart == nullptr) return {};
  return fmt::format("{}-{}", release.chart->metadata.name, release.chart->metadata.version);
}

std::string app_version(const chart::Release& release) {
  return release.chart == nullptr ? std::string() : release.chart->metadata.app_version;
}

Result<chart::History> history_of(const std::string& name, Env& env) {
  DPCTL_CHECK(chart::check_release_name(name));
  DPCTL_TRY(kube::Cluster * cluster, env.cluster());
  const auto& ns = cluster->connection().ns;
  chart::ClusterReleaseStore store(*cluster, ns);
  DPCTL_TRY(auto history, store.history(name, env.deadline(), env.stop()));
  if (history.empty())
    return fail(Code::not_found, "release {} not found in namespace {}", name, ns)
        .hint("dpctl chart list -A");
  return history;
}

Result<chart::Release> revision_of(const std::string& name, int revision, Env& env) {
  DPCTL_TRY(auto history, history_of(name, env));
  if (revision == 0) return std::move(history.back());
  for (auto& release : history)
    if (release.version == revision) return std::move(release);
  return fail(Code::not_found, "release {} has no revision {}", name, revision)
      .hint("dpctl chart history {}", name);
}

View view_of_release(const chart::Release& release, const ReleaseShow& show) {
  View view;
  const std::string description = show.dry_run ? "Dry run complete" : release.description;
  view.text =
      fmt::format("{}NAME: {}\nLAST DEPLOYED: {}\nNAMESPACE: {}\nSTATUS: {}\nREVISION: {}\nDESCRIPTION: {}\n",
                  show.lead, release.name, local_time(release.last_deployed), release.ns, release.status,
                  release.version, description);
  if (show.tests) view.text += test_text(release);
  if (show.dry_run) {
    view.text += "HOOKS:\n";
    for (const auto& hook : release.hooks)
      view.text += fmt::format("---\n# Source: {}\n{}{}", hook.path, hook.manifest,
                               hook.manifest.ends_with('\n') ? "" : "\n");
    view.text += "MANIFEST:\n" + (show.secrets ? release.manifest : without_secrets(release.manifest)) + "\n";
  }
  if (show.notes && !release.notes.empty())
    view.text += "NOTES:\n" + release.notes + (release.notes.ends_with('\n') ? "" : "\n");
  view.names.push_back("release/" + release.name);
  view.document = std::make_shared<const Json>(document_of(release, description, show));
  return view;
}

}  // namespace dpctl::cli
