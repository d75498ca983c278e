#include <re2/re2.h>

#include <algorithm>
#include <nlohmann/json.hpp>

#include "cli/app/env.hpp"
#include "cli/commands/chart/chart_source.hpp"
#include "cli/commands/table.hpp"
#include "cli/output/printer.hpp"
#include "cli/output/view.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/version.hpp"

namespace dpctl::cli {
namespace {

struct Options {
  std::vector<std::string> words;
  std::string version;
  int width = 50;
  bool versions = false, devel = false, regexp = false, must_find = false;
};

/// Does a chart fit the words? They are one text, or a regular expression, and looked for in the chart's
/// name, its name in the repository, its description and its keywords, one after the other and in small
/// letters.
class Search {
 public:
  static Result<Search> of(const Options& options) {
    Search search;
    search.text_ = to_lower(join(options.words, " "));
    if (!options.regexp) return search;
    search.pattern_ = std::make_shared<RE2>(join(options.words, " "), RE2::Quiet);
    if (!search.pattern_->ok())
      return fail(Code::usage, "\"{}\" is no regular expression: {}", join(options.words, " "),
                  search.pattern_->error());
    return search;
  }
  [[nodiscard]] bool fits(const std::string& name, const source::IndexEntry& entry) const {
    const auto all =
        to_lower(entry.name + "\v" + name + "\v" + entry.description + "\v" + join(entry.words, " "));
    return pattern_ ? RE2::PartialMatch(all, *pattern_) : all.find(text_) != std::string::npos;
  }

 private:
  std::string text_;
  std::shared_ptr<RE2> pattern_;
};

void add_row(View& view, Json& items, const std::string& name, const source::IndexEntry& entry, int width) {
  view.rows.push_back({name, entry.version, entry.app_version, fitted(entry.description, width)});
  view.names.push_back(name);
  items.push_back({{"name", name},
                   {"version", entry.version},
                   {"app_version", entry.app_version},
                   {"description", entry.description}});
}

Result<ExitCode> run(const Options& options, Env& env) {
  DPCTL_TRY(const auto kept, repositories_of(env));
  if (kept.all().empty())
    return fail(Code::not_found, "no repositories configured").hint("dpctl chart repo add NAME URL");
  DPCTL_TRY(const auto search, Search::of(options));
  const std::string wanted = !options.version.empty() ? options.version
                             : options.devel          ? ">0.0.0-0"
                                                      : ">0.0.0";
  DPCTL_TRY(const auto range, chart::VersionRange::parse(wanted));
  View view{.columns = {"NAME", "CHART-VERSION", "APP-VERSION", "DESCRIPTION"}};
  Json items = Json::array();
  for (const auto& repository : kept.all()) {
    const auto index = kept.cached_index(repository.name);
    if (!index) {
      env.warn(fmt::format("repository {}: {}", repository.name, one_line(index.error())));
      continue;
    }
    for (const auto& [chart, entries] : index->charts()) {
      const auto name = repository.name + "/" + chart;
      for (const auto& entry : entries) {
        if (!range.allows(*chart::Version::parse(entry.version)) || !search.fits(name, entry)) continue;
        add_row(view, items, name, entry, options.width);
        if (!options.versions) break;
      }
    }
  }
  if (view.rows.empty() && options.must_find) return fail(Code::not_found, "no results found");
  if (view.rows.empty()) env.say("No results found");
  view.document = std::make_shared<Json>(
      Json{{"apiVersion", "dpctl/v1"}, {"kind", "ChartSearchResult"}, {"items", std::move(items)}});
  DPCTL_CHECK(env.print(view));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartSearchRepo(
    "chart search repo", [] {
      return command<Options>()
          .summary("Search the repositories that were added for charts, without the network")
          .example("What there is for a word", "dpctl chart search repo postgres")
          .example("Every version of one chart", "dpctl chart search repo stable/web --versions")
          .argument("WORD", &Options::words, "in the name, description or keywords", nullptr, false)
          .flag("-l,--versions", &Options::versions, "every version, not only the newest")
          .flag("-r,--regexp", &Options::regexp, "the words are a regular expression")
          .flag("--version", &Options::version, "only versions in this range", "RANGE")
          .flag("--devel", &Options::devel, "pre-releases too")
          .flag("--max-col-width", &Options::width, "longest description in the table; 0: whole", "COLUMNS")
          .flag("--fail-on-no-result", &Options::must_find, "nothing found is an error")
          .run(run);
    });

}  // namespace dpctl::cli
