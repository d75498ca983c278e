// folder.cpp: a chart on disk: its folder without what .helmignore names, or an archive.
#include <algorithm>
#include <atomic>
#include <filesystem>
#include <span>
#include <system_error>

#include "lib/base/beside.hpp"
#include "lib/base/file.hpp"
#include "lib/chart/chart.hpp"
#include "lib/chart/ignore.hpp"

namespace dpctl::chart {
namespace {

namespace fs = std::filesystem;

/// What is read of a chart's folder, by all who read it.
struct Reading {
  std::string root;
  IgnoreRules rules;
  const LoadLimits& limits;
  std::atomic<std::size_t> bytes{0}, files{0};  ///< so far
};

/// Reads a folder in byte order of the names, as Go walks it; symbolic links are followed, as Helm does, but
/// not into themselves.
class FolderReader {
 public:
  explicit FolderReader(Reading& reading) : reading_(reading) {}

  Result<std::vector<File>> run() {
    DPCTL_CHECK(walk(reading_.root, "", 0));
    return std::move(files_);
  }

 private:
  static constexpr std::size_t kWorthAThread = 32;  // entries of a folder

  Result<void> walk(const std::string& folder, const std::string& prefix, int depth) {
    if (depth > 64) return fail(Code::usage, "{} is nested too deeply, or links to itself", folder);
    DPCTL_TRY(const auto entries, read_folder(folder));
    if (entries.size() >= kWorthAThread && !is_part_) return add_parts(entries, folder, prefix, depth);
    for (const auto& entry : entries) DPCTL_CHECK(add(entry, folder, prefix, depth));
    return {};
  }

  /// A folder of many subcharts: opening files is most of the work, and two threads open twice as many.
  Result<void> add_parts(const std::vector<FolderEntry>& entries, const std::string& folder,
                         const std::string& prefix, int depth) {
    std::vector<Result<std::vector<File>>> parts(entries.size());
    on_two_threads(entries.size(), kWorthAThread, [&](std::size_t i) {
      FolderReader part(reading_);
      part.is_part_ = true;
      if (auto read = part.add(entries[i], folder, prefix, depth); read)
        parts[i] = std::move(part.files_);
      else
        parts[i] = fail(std::move(read).error());
    });
    for (auto& part : parts) {
      if (!part) return fail(std::move(part).error());
      std::move(part->begin(), part->end(), std::back_inserter(files_));
    }
    return {};
  }

  Result<void> add(const FolderEntry& entry, const std::string& folder, const std::string& prefix,
                   int depth) {
    const auto path = folder + "/" + entry.name;
    const auto name = prefix + entry.name;
    const bool is_folder = entry.kind == FolderEntry::Kind::folder;
    if (reading_.rules.ignores(name, is_folder)) return {};
    if (is_folder) return walk(path, name + "/", depth + 1);
    if (entry.kind != FolderEntry::Kind::file)
      return fail(Code::usage, "cannot load irregular file {} as it has file mode type bits set", path);
    DPCTL_TRY(auto data, read_file(path, reading_.limits.file));
    return keep({name, std::move(data)});
  }

  Result<void> keep(File file) {
    const auto& limits = reading_.limits;
    if (reading_.bytes += file.data.size(); reading_.bytes > limits.total)
      return fail(Code::usage, "{} holds more than the {} bytes that a chart may have", reading_.root,
                  limits.total);
    if (++reading_.files > limits.files)
      return fail(Code::usage, "{} holds more than {} files", reading_.root, limits.files);
    files_.push_back(std::move(file));
    return {};
  }

  Reading& reading_;
  std::vector<File> files_;
  bool is_part_ = false;  ///< of what two threads read
};

}  // namespace

Result<std::shared_ptr<Chart>> load_chart(const std::string& path, const LoadLimits& limits) {
  std::error_code error;
  const auto status = fs::status(path, error);
  if (!fs::exists(status))
    return fail(Code::not_found, "chart {} does not exist", path)
        .hint("give a folder with a Chart.yaml, or a .tgz");
  if (!fs::is_directory(status)) {
    DPCTL_TRY(const auto bytes, read_file(path, limits.total));
    return load_archive(bytes, path, limits);
  }
  IgnoreRules rules;
  const auto ignore_file = fs::path(path) / ".helmignore";
  if (fs::exists(ignore_file, error)) {
    DPCTL_TRY(const auto text, read_file(ignore_file));
    DPCTL_TRY(rules, IgnoreRules::parse(text));
  }
  rules.add_defaults();
  auto root = path;
  while (root.size() > 1 && root.ends_with('/')) root.pop_back();
  Reading reading{.root = std::move(root), .rules = std::move(rules), .limits = limits};
  DPCTL_TRY(auto files, FolderReader(reading).run());
  auto chart = load_files(std::move(files), limits);
  if (!chart) return fail(std::move(chart).error());
  return chart;
}

}  // namespace dpctl::chart
