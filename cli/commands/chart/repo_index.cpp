#include <algorithm>
#include <chrono>
#include <filesystem>

#include "cli/app/env.hpp"
#include "cli/commands/table.hpp"
#include "lib/base/file.hpp"
#include "lib/kube/time.hpp"
#include "lib/source/index.hpp"

namespace dpctl::cli {
namespace {

namespace fs = std::filesystem;

struct Options {
  std::string folder, url, merge;
  bool json = false;
};

/// The archives of the folder and of the folders in it, as Helm looks for them.
Result<std::vector<source::IndexedArchive>> archives_in(const fs::path& folder) {
  std::vector<fs::path> files;
  std::error_code error;
  for (fs::recursive_directory_iterator it(folder, error), end; !error && it != end; it.increment(error)) {
    if (it.depth() > 1) it.disable_recursion_pending();
    if (it.depth() <= 1 && it->path().extension() == ".tgz") files.push_back(it->path());
  }
  if (error) return fail(Code::failed, "cannot read {}: {}", folder.string(), error.message());
  std::sort(files.begin(), files.end());
  std::vector<source::IndexedArchive> archives;
  for (const auto& file : files) {
    DPCTL_TRY(auto bytes, read_file(file));
    archives.push_back({.file = file.lexically_relative(folder).string(), .bytes = std::move(bytes)});
  }
  return archives;
}

Result<ExitCode> run(const Options& options, Env& env) {
  const auto folder = env.world().directory / options.folder;
  DPCTL_TRY(const auto archives, archives_in(folder));
  std::string merged;
  if (const auto file = env.world().directory / options.merge;
      !options.merge.empty() && fs::exists(file)) {  // as in Helm, one that is not there yet is empty
    DPCTL_TRY(merged, read_file(file));
  }
  const auto now = kube::format_micro_time(std::chrono::system_clock::now());
  DPCTL_TRY(const auto text, source::write_index(archives, options.url, merged, now, options.json));
  DPCTL_CHECK(write_file(folder / "index.yaml", text));
  return ExitCode::ok;
}

}  // namespace

constinit const Row kChartRepoIndex("chart repo index", [] {
  return command<Options>()
      .summary("Write the index.yaml of a folder of packed charts")
      .example("Make a folder a repository",
               "dpctl chart repo index ./public --url https://charts.example.com")
      .argument("FOLDER", &Options::folder, "folder with .tgz files")
      .files()
      .flag("--url", &Options::url, "address that the folder will have", "URL")
      .flag("--merge", &Options::merge, "an older index.yaml, whose other versions stay", "FILE")
      .files()
      .flag("--json", &Options::json, "write it as JSON")
      .run(run);
});

}  // namespace dpctl::cli
