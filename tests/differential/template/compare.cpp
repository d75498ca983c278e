// Reads the stream of generator/main.go on standard input and holds lib/chart's engine against it: both write the same text, or both
// fail with the same words at the same place. The families where they may differ are listed in families.hpp and README.md; any other
// difference fails the test. With --show N, N differences are printed (20).
#include <cstdio>
#include <cstdlib>
#include <iostream>
#include <map>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "lib/base/encoding.hpp"
#include "lib/chart/functions/function.hpp"
#include "lib/chart/text/error.hpp"
#include "lib/chart/text/exec.hpp"
#include "lib/chart/text/parser.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/data/json.hpp"
#include "tests/differential/template/families.hpp"

namespace {

using namespace dpctl;
using namespace dpctl::chart;

struct Answer {
  bool ok;
  std::string out;
};

struct Counts {
  std::size_t cases = 0, equal = 0, refused_equal = 0, different = 0;
  std::map<std::string_view, std::size_t> families{};
};

std::string text_of(const Json& record, std::string_view field) {
  return base64_decode(string_at(record, field)).value_or("");
}

/// As render.cpp does for one file of a chart.
Answer ours(const std::string& text, const std::string& values) {
  const auto tree = from_json(values).value();
  const Value data =
      map_of({{"Values", tree.as_named(true)},
              {"Release", map_of({{"Name", Value::string("rel")}, {"Revision", Value::integer(1)}})}});
  try {
    Definitions definitions;
    definitions.add(parse_or_throw("case", text));
    Execution execution({.output = std::size_t{64} << 20U, .steps = 50'000'000}, nullptr);
    std::string out;
    execution.run(definitions, *definitions.find("case"), data.as_named(true), out);
    for (auto at = out.find("<no value>"); at != std::string::npos; at = out.find("<no value>", at))
      out.erase(at, 10);
    return {true, out};
  } catch (const TemplateError& error) {
    return {false, error.text};
  }
}

void report(const Counts& counts, const std::string& text, const Answer& theirs, const Answer& answer) {
  const auto shown = [](const Answer& a) { return (a.ok ? "" : "ERROR ") + dump_json(Json(a.out)); };
  std::printf("DIFFERENT (case %zu)\n  template: %s\n  theirs:   %s\n  ours:     %s\n", counts.cases,
              dump_json(Json(text)).c_str(), shown(theirs).c_str(), shown(answer).c_str());
}

/// Every function that Helm has is ours too, and we have no other.
std::size_t compare_functions(const Json& names) {
  std::set<std::string> theirs;
  std::size_t missing = 0;
  for (const auto& name : names) {
    theirs.insert(name.get<std::string>());
    if (find_function(name.get<std::string>()) == nullptr) {
      std::printf("MISSING function %s\n", name.get<std::string>().c_str());
      ++missing;
    }
  }
  for (const auto name : function_names()) {
    if (theirs.contains(std::string(name))) continue;
    std::printf("function %s is not Helm's\n", std::string(name).c_str());
    ++missing;
  }
  return missing;
}

}  // namespace

int main(int argc, char** argv) {
  const std::size_t shown = argc > 2 ? std::strtoul(argv[2], nullptr, 10) : 20;
  Counts counts;
  std::string values;
  for (std::string line; std::getline(std::cin, line);) {
    const auto record = parse_json(line, "stream");
    if (!record) {
      std::fprintf(stderr, "%s\n", one_line(record.error()).c_str());
      return 1;
    }
    if (find(*record, "values") != nullptr) {
      values = text_of(*record, "values");
      counts.different += compare_functions(array_at(*record, "functions"));
      continue;
    }
    ++counts.cases;
    const auto text = text_of(*record, "template");
    const Answer theirs{bool_at(*record, "ok"), text_of(*record, "out")};
    const auto answer = ours(text, values);
    if (theirs.ok == answer.ok && theirs.out == answer.out) {
      ++(theirs.ok ? counts.equal : counts.refused_equal);
      continue;
    }
    if (const auto family = template_families::of(text, theirs.out, answer.out, theirs.ok && answer.ok)) {
      ++counts.families[*family];
      continue;
    }
    if (++counts.different <= shown) report(counts, text, theirs, answer);
  }
  std::printf("%zu templates: %zu written equal, %zu refused with the same words; %zu DIFFERENT\n", counts.cases,
              counts.equal, counts.refused_equal, counts.different);
  for (const auto& [name, count] : counts.families)
    std::printf("  accepted: %zu %s\n", count, std::string(name).c_str());
  return counts.cases == 0 || counts.different > 0 ? 1 : 0;
}
