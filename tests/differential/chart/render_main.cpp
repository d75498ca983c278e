// chart_render RELEASE CHART [-n NS] [--kube-version V] [-f FILE]… [--set X]… [--set-string X]… [--set-json
// X]… [--set-literal X]…
//              [--set-file K=PATH]… [--include-crds] [--notes] [--is-upgrade]
// chart_render --functions
// Renders a chart to standard output as `helm template` does, for comparison with it. Errors go to standard
// error, exit 1. With --functions: the names of all template functions, a line each.
#include <cstdio>
#include <iostream>
#include <iterator>
#include <span>
#include <string>

#include "lib/base/file.hpp"
#include "lib/chart/functions/function.hpp"
#include "lib/chart/render.hpp"

namespace {

using namespace dpctl;
using namespace dpctl::chart;

struct Arguments {
  std::vector<std::string> plain;
  ValueFlags flags;
  RenderOptions options;
  bool include_crds = false;
  bool notes = false;
};

Result<Arguments> read_arguments(std::span<char*> words) {
  Arguments out;
  out.flags.read_file = [](const std::string& path) { return read_file(path); };
  for (std::size_t i = 1; i < words.size(); ++i) {
    const std::string word = words[i];
    if (word == "--include-crds") {
      out.include_crds = true;
    } else if (word == "--notes") {
      out.notes = true;
    } else if (word == "--is-upgrade") {
      out.options.is_upgrade = true;
    } else if (word == "--skip-schema-validation") {
      out.options.skip_schema = true;
    } else if (!word.starts_with('-')) {
      out.plain.push_back(word);
    } else {
      if (i + 1 == words.size()) return fail(Code::usage, "{} wants a value", word);
      const std::string value = words[++i];
      if (word == "-n" || word == "--namespace") {
        out.options.ns = value;
      } else if (word == "--kube-version") {
        DPCTL_CHECK(out.options.capabilities.set_version(value));
      } else if (word == "-a" || word == "--api-versions") {
        out.options.capabilities.api_versions.push_back(value);
      } else if (word == "-f" || word == "--values") {
        DPCTL_TRY(auto text, read_file(value));
        out.flags.files.push_back({value, std::move(text)});
      } else if (word == "--set") {
        out.flags.set.push_back(value);
      } else if (word == "--set-string") {
        out.flags.set_string.push_back(value);
      } else if (word == "--set-json") {
        out.flags.set_json.push_back(value);
      } else if (word == "--set-file") {
        out.flags.set_file.push_back(value);
      } else if (word == "--set-literal") {
        out.flags.set_literal.push_back(value);
      } else {
        return fail(Code::usage, "unknown flag {}", word);
      }
    }
  }
  if (out.plain.size() != 2) return fail(Code::usage, "usage: chart_render RELEASE CHART [flags]");
  return out;
}

Result<std::string> run(std::span<char*> words) {
  DPCTL_TRY(auto arguments, read_arguments(words));
  arguments.options.release = arguments.plain[0];
  DPCTL_TRY(const auto chart, load_chart(arguments.plain[1]));
  DPCTL_TRY(const auto values, merge_flags(arguments.flags));
  DPCTL_TRY(const auto rendered, render(*chart, values, arguments.options));
  return arguments.notes ? rendered.notes : rendered.template_text(arguments.include_crds);
}

}  // namespace

int main(int argc, char** argv) {
  if (argc == 2 && std::string_view(argv[1]) == "--functions") {
    for (const auto name : function_names()) std::cout << name << '\n';
    return 0;
  }
  const auto out = run(std::span(argv, static_cast<std::size_t>(argc)));
  if (!out) {
    // Without our own places: helm says them in the text itself.
    std::cerr << "Error: " << out.error().what;
    for (auto cause = out.error().cause; cause != nullptr; cause = cause->cause)
      std::cerr << ": " << cause->what;
    std::cerr << '\n';
    return 1;
  }
  std::fwrite(out->data(), 1, out->size(), stdout);
  return 0;
}
