// What the next revision is, and whether there has to be one.
//
// What the objects need is the server's word (plan::plan_objects). Whether the release needs a new revision
// is ours: it does when an object changes, when the rendered manifest, the chart's version or the user's
// values differ from the last revision's, or when that one is not "deployed" (somebody was killed in the
// middle).
#include "lib/deploy/revision.hpp"

#include <nlohmann/json.hpp>

#include <algorithm>

#include "lib/chart/insight/stable.hpp"
#include "lib/chart/insight/usage.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/deploy/chart_crds.hpp"
#include "lib/deploy/cluster_lookup.hpp"
#include "lib/deploy/ownership.hpp"
#include "lib/deploy/release_chart.hpp"
#include "lib/deploy/release_values.hpp"
#include "lib/deploy/secrets.hpp"
#include "lib/plan/object_set.hpp"

namespace dpctl::deploy {
namespace {

using plan::Change;
using plan::Context;
using Verb = ReleaseRequest::Verb;

Result<ChartAndValues> choose(const Context& context, const ReleaseState& state) {
  const auto& asked = state.asked();
  if (asked.chart != nullptr) {
    const auto* current = chart::deployed_of(state.history);
    if (current == nullptr) current = state.newest();
    return values_after(asked.verb == Verb::install ? nullptr : current, asked);
  }
  const auto& spec = state.kind.spec;
  const auto beside = context.environment.file.parent_path();
  ChartAndValues chosen;
  DPCTL_TRY(chosen.chart, find_chart(spec.chart, beside));
  DPCTL_TRY(chosen.values,
            release_values(spec, *chosen.chart, state.kind.derived(context.environment), beside));
  return chosen;
}

void warn_of_unused(const Context& context, const ReleaseState& state, const ChartAndValues& chosen) {
  // The request's own values, not those of earlier revisions: nobody would warn twice of the same.
  const auto& values = state.asked().chart != nullptr ? state.asked().values : chosen.values;
  const auto unused = chart::unused_values(*chosen.chart, values);
  if (!unused) return;  // a chart that cannot be read is render's to refuse
  for (const auto& value : *unused)
    context.events.emit({.kind = Event::Kind::warning, .text = chart::to_string(value)});
}

/// An upgrade keeps the labels of the record that it does not name.
std::map<std::string, std::string> labels_after(const ReleaseState& state) {
  std::map<std::string, std::string> labels;
  if (state.newest() != nullptr && state.asked().verb != Verb::install) labels = state.newest()->labels;
  for (const auto& [key, value] : state.asked().labels)
    if (value == "null")
      labels.erase(key);
    else
      labels[key] = value;
  return labels;
}

/// What drawn values are taken from: the revision whose objects are in the cluster.
std::string previous_manifest(const ReleaseState& state) {
  if (state.uninstalled()) return "";
  const auto* previous = chart::deployed_of(state.history);
  if (previous == nullptr) previous = state.newest();
  return previous == nullptr ? "" : previous->manifest;
}

Result<chart::Rendered> render(const ReleaseState& state, const ChartAndValues& chosen,
                               std::span<const chart::SecretValue> secrets,
                               const chart::RenderOptions& options) {
  const auto values = chart::with_secrets(chosen.values, secrets);
  auto chart = chosen.chart;
  if (!secrets.empty()) {  // with --reuse-values the chart's own defaults hold marks, too
    chart = std::make_shared<chart::Chart>(*chart);
    chart->values = chart::with_secrets(chart->values, secrets);
  }
  const auto previous = chart::restore(previous_manifest(state), secrets);
  auto rendered = state.asked().stable && previous ? chart::render_stable(*chart, values, options, *previous)
                                                   : chart::render(*chart, values, options);
  if (rendered) return rendered;
  Error error = std::move(rendered).error();
  const auto& spec = state.kind.spec;
  error.hints.push_back(
      fmt::format("render it without a cluster: dpctl chart template {} {}", spec.name, spec.chart));
  return fail(std::move(error));
}

/// The revision that a rollback goes to. Without a number it is the one that was deployed before the newest;
/// after a rollback that ended in the middle, the one that it was on its way to; after another run that did,
/// the one that is deployed.
int rollback_target(const ReleaseState& state) {
  if (state.asked().revision != 0) return state.asked().revision;
  constexpr std::string_view kBack = "Rollback to ";
  const auto& newest = *state.newest();
  if (newest.status == "pending-rollback" && newest.description.starts_with(kBack))
    return std::atoi(newest.description.c_str() + kBack.size());
  int target = 0;
  for (const auto& release : state.history)
    if (release.version < newest.version && (release.status == "deployed" || release.status == "superseded"))
      target = release.version;
  return target;
}

bool other_chart(const chart::Release& last, const Revision& revision) {
  return last.chart != nullptr && revision.chart != nullptr &&
         (last.chart->metadata.version != revision.chart->metadata.version ||
          last.chart->metadata.app_version != revision.chart->metadata.app_version ||
          last.chart->name() != revision.chart->name());
}

/// Why a new revision is due; empty when none is.
std::string reason_for(const ReleaseState& state, const Revision& revision, const plan::StepPlan& plan) {
  const auto* last = state.newest();
  if (last == nullptr) return "first installation";
  if (last->status != "deployed") return fmt::format("revision {} is {}", last->version, last->status);
  if (state.asked().verb == Verb::rollback) return fmt::format("back to revision {}", revision.back_to);
  if (!plan.empty()) return fmt::format("{} objects change", plan.changes.size());
  if (last->manifest != chart::redact(revision.manifest, revision.secrets)) return "the manifest changes";
  if (chart::to_json(last->config) != chart::to_json(revision.config)) return "the values change";
  if (other_chart(*last, revision)) return "the chart's version changes";
  if (last->labels != revision.labels) return "the labels change";
  if (!state.asked().description.empty()) return "the description changes";
  return state.asked().verb == Verb::keep || state.asked().stable ? "" : "asked for";
}

}  // namespace

Result<Revision> rendered_revision(Context& context, const ReleaseState& state,
                                   chart::Capabilities capabilities) {
  const auto& asked = state.asked();
  DPCTL_TRY(const auto chosen, choose(context, state));
  warn_of_unused(context, state, chosen);
  Revision revision;
  revision.config = chosen.values;
  DPCTL_TRY(revision.secrets, secrets_of(context, state.name(), chosen.values));
  revision.labels = labels_after(state);
  if (!state.is_upgrade() && asked.crds) {
    DPCTL_TRY(revision.crds, missing_crds(context, *chosen.chart));
    add_kinds(revision.crds, capabilities);
  }
  ClusterLookup lookup(context.cluster, context.deadline, context.stop);
  DPCTL_TRY(auto rendered, render(state, chosen, revision.secrets,
                                  {.release = state.name(),
                                   .ns = context.environment.ns,
                                   .revision = state.next_revision(),
                                   .is_upgrade = state.is_upgrade(),
                                   .capabilities = std::move(capabilities),
                                   .lookup = asked.lookup ? &lookup : nullptr,
                                   .skip_schema = asked.skip_schema,
                                   .subchart_notes = asked.subchart_notes,
                                   .post_render = asked.post_render}));
  for (const auto& warning : rendered.warnings)
    context.events.emit({.kind = Event::Kind::warning, .text = warning});
  revision.manifest = rendered.manifest_text();
  DPCTL_TRY(revision.objects, objects_of(context, rendered.manifests, state.name()));
  place_by(revision.crds, context.environment.ns, revision.objects);
  revision.chart = std::move(rendered.chart);
  revision.notes = std::move(rendered.notes);
  revision.hooks = std::move(rendered.hooks);
  return revision;
}

Result<chart::Release> rehearse_install(const std::string& name, const std::string& ns,
                                        const ReleaseRequest& request) {
  const ReleaseState state{.kind = {.step = "rehearsal",
                                    .needs = {},
                                    .spec = {.name = name, .chart = name},
                                    .derived = nullptr,
                                    .request = request}};
  DPCTL_TRY(auto rendered, chart::render(*request.chart, chart::with_placeholders(request.values),
                                         {.release = name,
                                          .ns = ns,
                                          .skip_schema = request.skip_schema,
                                          .subchart_notes = request.subchart_notes,
                                          .post_render = request.post_render}));
  Revision revision{.chart = rendered.chart, .config = request.values, .manifest = rendered.manifest_text()};
  revision.notes = std::move(rendered.notes);
  revision.hooks = std::move(rendered.hooks);
  revision.labels = request.labels;
  return pending_record(state, revision, ns);
}

Result<Revision> recorded_revision(Context& context, const ReleaseState& state) {
  const int target = rollback_target(state);
  const auto found = std::find_if(state.history.begin(), state.history.end(),
                                  [&](const auto& release) { return release.version == target; });
  if (found == state.history.end()) {
    if (state.asked().revision == 0)
      return fail(Code::not_found, "release {} has no revision that was deployed before", state.name())
          .hint(
              "'dpctl chart upgrade {0}' makes it what a chart says, 'dpctl chart uninstall {0}' removes it",
              state.name());
    return fail(Code::not_found, "release {} has no revision {} to go back to", state.name(), target)
        .hint("'dpctl chart history {}' lists what there is", state.name());
  }
  DPCTL_TRY(const auto recorded, restored(context, *found));
  Revision revision{.chart = recorded.chart,
                    .config = recorded.config,
                    .manifest = recorded.manifest,
                    .notes = recorded.notes,
                    .hooks = recorded.hooks,
                    .secrets = recorded.secrets,
                    .labels = recorded.labels,
                    .back_to = target};
  DPCTL_TRY(revision.objects, objects_of(context, revision.manifest, state.name()));
  return revision;
}

Result<plan::StepPlan> plan_revision(Context& context, const ReleaseState& state, const Revision& revision) {
  const auto& asked = state.asked();
  DPCTL_TRY(const auto before, recorded_objects(context, state));
  plan::LiveCheck check;
  if (asked.verb != Verb::keep && !asked.take_ownership) {
    std::vector<Json> known = revision.crds;
    if (!state.uninstalled()) known.insert(known.end(), before.begin(), before.end());
    check = ownership_check(context.environment.ns, state.name(), known);
  }
  std::vector<Json> desired = revision.crds;
  desired.insert(desired.end(), revision.objects.begin(), revision.objects.end());
  DPCTL_TRY(auto plan, plan::plan_objects(context, state.kind.step, desired, kReleaseManager, check));
  DPCTL_CHECK(plan::plan_pruning(context, before, revision.objects, plan));
  if (const auto reason = reason_for(state, revision, plan); !reason.empty())
    plan.changes.push_back({.verb = Change::Verb::run,
                            .object = fmt::format("release/{}", state.name()),
                            .ns = context.environment.ns,
                            .reason = fmt::format("revision {}: {}", state.next_revision(), reason),
                            .fence = std::to_string(state.next_revision() - 1)});
  return plan;
}

bool needs_revision(const ReleaseState& state, const Revision& revision) {
  return !reason_for(state, revision, {}).empty();
}

chart::Release pending_record(const ReleaseState& state, const Revision& revision, const std::string& ns) {
  const auto time = time_now();
  const bool back = state.asked().verb == Verb::rollback;
  const bool upgrade = state.is_upgrade();
  chart::Release release{.name = state.name(), .ns = ns, .version = state.next_revision()};
  release.first_deployed = state.newest() == nullptr ? time : state.newest()->first_deployed;
  release.last_deployed = time;
  release.description = back      ? fmt::format("Rollback to {}", revision.back_to)
                        : upgrade ? "Preparing upgrade"
                                  : "Initial install underway";
  release.status = fmt::format("pending-{}", state.verb());
  release.labels = revision.labels;
  release.notes = revision.notes;
  release.chart = revision.chart;
  release.config = revision.config;
  release.manifest = revision.manifest;
  release.hooks = revision.hooks;
  release.secrets = revision.secrets;
  return release;
}

}  // namespace dpctl::deploy
