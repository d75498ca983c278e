// render.cpp: one chart, its subcharts and its values become manifests, in Helm's order of everything.
#include "lib/chart/render.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <functional>
#include <map>
#include <optional>
#include <utility>

#include "lib/base/strings.hpp"
#include "lib/chart/functions/path.hpp"
#include "lib/chart/insight/trail.hpp"
#include "lib/chart/manifest.hpp"
#include "lib/chart/parse_ahead.hpp"
#include "lib/chart/schema.hpp"
#include "lib/chart/value/runes.hpp"
#include "lib/chart/version.hpp"

namespace dpctl::chart {
namespace {

/// A template file of the chart or of a subchart, with what it is rendered with.
struct Renderable {
  const Chart* chart;
  const File* file;
  Value data;  ///< shared by all templates of one chart
  std::string base_path;
};
using Renderables = std::map<std::string, Renderable>;
using Order = std::vector<const Renderables::value_type*>;

/// Gathers templates; gives each chart its own `.Values`, which are the parent's map below the chart's name.
Value gather(const Chart& chart, const std::string& path, const Value& parent, bool is_root,
             Renderables& all) {
  Value values = Value::map();
  if (is_root) {
    values = *parent.find("Values");
  } else if (const auto* own = parent.find("Values")->find(chart.name()); own != nullptr && own->is_map()) {
    values = *own;
  }
  const Value subcharts = Value::map();
  const Value data = map_of({{"Chart", metadata_value(chart.metadata, is_root)},
                             {"Files", files_value(chart.files)},
                             {"Release", *parent.find("Release")},
                             {"Capabilities", *parent.find("Capabilities")},
                             {"Values", values.as_named(true)},
                             {"Subcharts", subcharts}});
  for (const auto& sub : chart.subcharts)
    subcharts.as_map().set(sub->name(), gather(*sub, path + "/charts/" + sub->name(), data, false, all));
  for (const auto& file : chart.templates) {
    if (chart.is_library() && !base_of(file.name).starts_with('_')) continue;
    all[clean_path(path + "/" + file.name)] = {&chart, &file, data.as_named(true), path + "/templates"};
  }
  return data;
}

/// Deepest paths first, then descending names: a parent's define is parsed later than its subcharts' and so
/// wins.
Order in_order(const Renderables& all) {
  using Entry = const Renderables::value_type*;
  std::map<std::ptrdiff_t, std::vector<Entry>, std::greater<>> by_depth;
  for (const auto& entry : all)
    by_depth[std::count(entry.first.begin(), entry.first.end(), '/')].push_back(&entry);
  Order order;
  for (const auto& [depth, entries] : by_depth) order.insert(order.end(), entries.rbegin(), entries.rend());
  return order;
}

std::string_view after(std::string_view text, std::string_view mark) {
  const auto found = text.find(mark);
  return found == std::string_view::npos ? std::string_view() : text.substr(found + mark.size());
}

/// "file:line:column" of the first error that has one, for Error::where.
std::optional<Place> place_of(std::string_view location) {
  Place place;
  auto parts = split(location, ':');
  const auto number = [](std::string_view text) {
    std::size_t value = 0;
    for (const char c : text) {
      if (c < '0' || c > '9') return std::size_t{0};
      value = value * 10 + static_cast<std::size_t>(c - '0');
    }
    return value;
  };
  if (parts.size() < 2) return std::nullopt;
  place.subject = parts[0];
  place.line = number(parts[1]);
  if (parts.size() > 2) place.column = number(parts[2]) + 1;
  return place;
}

/// One level of Helm's traced error: place, what was executed, message.
struct Trace {
  std::string location, executed, message;
  bool operator==(const Trace&) const = default;
  [[nodiscard]] std::string text() const {
    std::string out;
    if (!location.empty()) out += location + "\n  ";
    if (!executed.empty()) out += executed + "\n    ";
    if (!message.empty()) out += message + "\n";
    return out;
  }
};

void cut_chained(std::string& message) {
  if (const auto cut = message.find(" template:"); cut != std::string::npos) message.resize(cut);
}

std::optional<Trace> trace_of(std::string_view text) {
  if (!text.starts_with("template: ")) return std::nullopt;
  const auto rest = text.substr(10);
  if (rest.starts_with("no template ")) return Trace{"", "", std::string(text)};
  constexpr std::string_view kExecuting = ": executing \"";
  if (const auto at = rest.find(kExecuting); at != std::string_view::npos) {
    const auto name_start = at + kExecuting.size();
    const auto name_end = rest.find('"', name_start);
    if (name_end == std::string_view::npos) return std::nullopt;
    auto tail = rest.substr(name_end + 1);
    if (!tail.starts_with(" at <")) return std::nullopt;
    tail.remove_prefix(5);
    const auto close = tail.find(">: ");
    if (close == std::string_view::npos) return std::nullopt;
    Trace trace{std::string(rest.substr(0, at)),
                fmt::format("executing \"{}\" at <{}>:", rest.substr(name_start, name_end - name_start),
                            tail.substr(0, close)),
                std::string(tail.substr(close + 3))};
    cut_chained(trace.message);
    return trace;
  }
  const auto colon = rest.rfind(": ");
  if (colon == std::string_view::npos) return std::nullopt;
  Trace trace{std::string(rest.substr(0, colon)), "", std::string(rest.substr(colon + 2))};
  cut_chained(trace.message);
  return trace;
}

/// Helm's own wording of an error of execution.
std::string execution_error(const TemplateError& error) {
  if (!error.from_execution) return error.text;
  const auto tail = after(std::string_view(error.text), "template: ");
  const auto colon = tail.find(": ");
  const std::string where(tail.substr(0, colon));
  // The greedy match of HELM_ERR_START(.*)HELM_ERR_END.
  const auto start = error.text.find("HELM_ERR_START");
  const auto end = error.text.rfind("HELM_ERR_END");
  if (start != std::string::npos && end != std::string::npos && end >= start + 14)
    return fmt::format("execution error at ({}): {}", where, error.text.substr(start + 14, end - start - 14));
  std::vector<Trace> traces;
  for (const auto* at = &error; at != nullptr; at = at->inner.get()) {
    const auto trace = trace_of(at->text);
    if (!trace) return error.text;
    if (traces.empty() || !(traces.back() == *trace)) traces.push_back(*trace);
  }
  std::string out;
  for (const auto& trace : traces) out += trace.text();
  return std::string(trim(out));
}

std::string parse_error(const TemplateError& error) {
  const auto first = error.text.find(": ");
  const auto second = error.text.find(": ", first + 2);
  const auto last = error.text.rfind(": ");
  return fmt::format("parse error at ({}): {}", error.text.substr(first + 2, second - first - 2),
                     error.text.substr(last + 2));
}

void erase_no_value(std::string& text) {
  constexpr std::string_view kMark = "<no value>";
  auto at = text.find(kMark);
  if (at == std::string::npos) return;
  std::string out;
  std::size_t from = 0;
  for (; at != std::string::npos; at = text.find(kMark, from)) {
    out.append(text, from, at - from);
    from = at + kMark.size();
  }
  out.append(text, from);
  text = std::move(out);
}

/// Adds the place, with its line, and how far the chain of values reached that failed there. The place is the
/// innermost one that lies in a file; what `tpl` runs does not.
Failure explained(Failure failure, const TemplateError& error, const Renderables& all) {
  auto place = place_of(error.location);
  const TemplateError* failed = &error;
  const Renderable* renderable = nullptr;
  for (const auto* at = &error; at != nullptr; at = at->inner.get()) {
    auto inner = place_of(at->location);
    const auto found = inner ? all.find(inner->subject) : all.end();
    if (found == all.end()) continue;
    place = std::move(inner);
    renderable = &found->second;
    failed = at;
  }
  if (renderable != nullptr) {
    const auto lines = split(renderable->file->data, '\n');
    if (place->line > 0 && place->line <= lines.size()) place->source_line = lines[place->line - 1];
    const auto node = after(failed->text, " at <");
    if (const auto trail = value_trail(*renderable->chart, *renderable->data.find("Values"),
                                       node.substr(0, node.find(">: "))))
      std::move(failure).hint("{}", *trail);
  }
  return place ? std::move(failure).at(*std::move(place)) : std::move(failure);
}

/// What is rendered, with what, and the templates that may be called.
struct Work {
  Renderables all{};
  Order order{};
  Definitions definitions{};
};

/// Takes each file as soon as it is rendered, in the order of execution.
using Sink = std::function<void(RenderedFile)>;

void execute(Work& work, const RenderOptions& options, const Sink& sink) {
  Execution execution(options.limits, options.lookup);
  execution.lint = options.lint;
  execution.clock_shift = options.clock_shift;
  std::string out;  // for one file after the other, so that each is kept in a string of its own size
  for (const auto* entry : work.order) {
    const auto& [path, renderable] = *entry;
    if (base_of(path).starts_with('_')) continue;
    const Value about =
        map_of({{"Name", Value::string(path)}, {"BasePath", Value::string(renderable.base_path)}});
    renderable.data.as_map().set("Template", about.as_named(true));
    out.clear();
    execution.run(work.definitions, *work.definitions.find(path), renderable.data, out);
    erase_no_value(out);
    constexpr std::size_t kWorthAMove = std::size_t{64} << 10U;  // bytes
    sink({path, out.size() >= kWorthAMove ? std::exchange(out, {}) : out});
  }
}

/// An error of parsing wins over one of execution, because execution begins before all is parsed.
Result<void> run_templates(Work& work, const RenderOptions& options, ParseAhead& ahead, const Sink& sink) {
  std::optional<TemplateError> failed;
  try {
    std::vector<ParseAhead::Wanted> wanted;
    for (const auto* entry : work.order) wanted.push_back({entry->second.file, &entry->first});
    ahead.define(wanted, work.definitions);
    execute(work, options, sink);
  } catch (const TemplateError& error) {
    failed = error;
  }
  try {
    ahead.finish();
  } catch (const TemplateError& error) {
    return explained(fail(Code::failed, "{}", parse_error(error)), error, work.all);
  }
  if (failed) return explained(fail(Code::failed, "{}", execution_error(*failed)), *failed, work.all);
  return {};
}

/// The root chart's notes, or every chart's, one after the other.
class Notes {
 public:
  Notes(const Chart& chart, bool subcharts)
      : root_(chart.name() + "/templates/NOTES.txt"), subcharts_(subcharts) {}

  /// False when it is none.
  bool take(const RenderedFile& file) {
    if (!file.path.ends_with("NOTES.txt")) return false;
    if (!subcharts_ && file.path != root_) return true;
    if (!text_.empty()) text_ += '\n';
    text_ += file.content;
    return true;
  }
  std::string text() { return std::move(text_); }

 private:
  std::string root_, text_;
  bool subcharts_;
};

Result<void> gather_work(const Chart& processed, const Value& values, const RenderOptions& options,
                         Work& work) {
  if (!options.skip_schema) DPCTL_CHECK(check_schemas(processed, values));
  const Value top = map_of({{"Capabilities", capabilities_value(options.capabilities)},
                            {"Release", map_of({{"Name", Value::string(options.release)},
                                                {"Namespace", Value::string(options.ns)},
                                                {"IsUpgrade", Value::boolean(options.is_upgrade)},
                                                {"IsInstall", Value::boolean(!options.is_upgrade)},
                                                {"Revision", Value::integer(options.revision)},
                                                {"Service", Value::string("Helm")}})},
                            {"Values", values}});
  gather(processed, processed.name(), top, true, work.all);
  work.order = in_order(work.all);
  return {};
}

/// Documents are read beside the execution, unless somebody wants to see them all first.
Result<void> render_documents(Work& work, const RenderOptions& options, ParseAhead& ahead, Notes& notes,
                              Rendered& into) {
  std::vector<RenderedFile> held;
  std::optional<DocumentSorter> sorter;
  if (!options.post_render) sorter.emplace(work.order.size());
  DPCTL_CHECK(run_templates(work, options, ahead, [&](RenderedFile file) {
    if (notes.take(file)) return;
    if (sorter)
      sorter->add(std::move(file));
    else
      held.push_back(std::move(file));
  }));
  if (!sorter) {
    DPCTL_TRY(held, post_rendered(std::move(held), options.post_render));
    sorter.emplace(held.size());
    for (auto& file : held) sorter->add(std::move(file));
  }
  return sorter->sort_into(into);
}

void append_document(std::string_view path, std::string_view content, std::string& out) {
  out += "---\n# Source: ";
  out += path;
  out += '\n';
  out += content;
  out += '\n';
}

void append_manifests(const std::vector<Manifest>& manifests, std::string& out) {
  constexpr std::size_t kFrame = 24;  // what stands around each
  std::size_t size = out.size();
  for (const auto& manifest : manifests) size += manifest.path.size() + manifest.content.size() + kFrame;
  out.reserve(size);
  for (const auto& manifest : manifests) append_document(manifest.path, manifest.content, out);
}

}  // namespace

std::string Rendered::manifest_text() const {
  std::string out;
  append_manifests(manifests, out);
  return out;
}

std::string Rendered::template_text(bool include_crds) const {
  std::string out;
  if (include_crds)
    for (const auto& crd : crds_of(*chart)) append_document(crd.path, crd.file->data, out);
  append_manifests(manifests, out);
  // It begins with "---": there is blank space at the end only.
  out.resize(trim_spaces(out).size());
  out += '\n';
  for (const auto& hook : hooks) append_document(hook.path, hook.manifest, out);
  return out;
}

Result<std::vector<RenderedFile>> render_files(const Chart& processed, const Value& values,
                                               const RenderOptions& options) {
  ParseAhead ahead(processed);
  Work work;
  DPCTL_CHECK(gather_work(processed, values, options, work));
  std::vector<RenderedFile> files;
  DPCTL_CHECK(
      run_templates(work, options, ahead, [&](RenderedFile file) { files.push_back(std::move(file)); }));
  return files;
}

Result<Rendered> render(const Chart& chart, const Value& values, const RenderOptions& options) {
  Rendered rendered;
  if (chart.is_library())
    return fail(Code::usage, "chart {} is a library: library charts are not installable", chart.name());
  DPCTL_CHECK(check_dependencies(chart));
  ParseAhead ahead(chart);
  DPCTL_TRY(auto processed, process_dependencies(chart, values, rendered.warnings));
  const auto& wanted = processed->metadata.kube_version;
  if (!wanted.empty() && !in_range(wanted, options.capabilities.text()))
    return fail(Code::failed, "chart requires kubeVersion: {} which is incompatible with Kubernetes {}",
                wanted, options.capabilities.version);
  DPCTL_TRY(rendered.values, coalesce(*processed, values, Nulls::remove, rendered.warnings));
  const auto work = std::make_shared<Work>();
  rendered.work = work;
  DPCTL_CHECK(gather_work(*processed, rendered.values, options, *work));
  Notes notes(*processed, options.subchart_notes);
  DPCTL_CHECK(render_documents(*work, options, ahead, notes, rendered));
  rendered.notes = notes.text();
  rendered.chart = std::move(processed);
  return rendered;
}

}  // namespace dpctl::chart
