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

/// Reads a folder in byte order of the names, as Go walks it; symbolic links are followed, as Helm does, but
/// not into themselves.
class FolderReader {
 public:
  FolderReader(fs::path root, IgnoreRules rules, const LoadLimits& limits)
      : root_(std::move(root)), rules_(std::move(rules)), limits_(limits) {}

  Result<std::vector<File>> run() {
    DPCTL_CHECK(walk(root_, "", 0));
    return std::move(files_);
  }

 private:
  static constexpr std::size_t kWorthAThread = 32;  // entries of a folder
  struct Part {};
  FolderReader(const FolderReader& whole, Part)
      : root_(whole.root_), rules_(whole.rules_), limits_(whole.limits_), read_(whole.read_), is_part_(true) {}

  Result<void> walk(const fs::path& folder, const std::string& prefix, int depth) {
    if (depth > 64) return fail(Code::usage, "{} is nested too deeply, or links to itself", folder.string());
    std::error_code error;
    std::vector<fs::directory_entry> entries;
    for (fs::directory_iterator it(folder, error), end; !error && it != end; it.increment(error))
      entries.push_back(*it);
    if (error) return fail(Code::failed, "cannot read {}: {}", folder.string(), error.message());
    std::sort(entries.begin(), entries.end(),
              [](const auto& a, const auto& b) { return a.path().native() < b.path().native(); });
    return add_all(entries, prefix, depth);
  }

  Result<void> add_all(std::span<const fs::directory_entry> entries, const std::string& prefix, int depth) {
    if (entries.size() >= kWorthAThread && !is_part_) return add_parts(entries, prefix, depth);
    for (const auto& entry : entries)
      DPCTL_CHECK(add(entry, prefix + entry.path().filename().string(), depth));
    return {};
  }

  /// A folder of many subcharts: opening files is most of the work, and two threads open twice as many.
  Result<void> add_parts(std::span<const fs::directory_entry> entries, const std::string& prefix, int depth) {
    std::vector<Result<std::vector<File>>> parts(entries.size());
    on_two_threads(entries.size(), kWorthAThread, [&](std::size_t i) {
      FolderReader part(*this, Part{});
      if (auto read = part.add_all(entries.subspan(i, 1), prefix, depth); read)
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

  Result<void> add(const fs::directory_entry& entry, const std::string& name, int depth) {
    const fs::path& path = entry.path();
    std::error_code error;
    // What the folder itself says of an entry needs no question to the system, unless it is a link.
    const bool folder = entry.is_directory(error);
    const bool file = !error && !folder && entry.is_regular_file(error);
    if (error) return fail(Code::failed, "cannot read {}: {}", path.string(), error.message());
    if (rules_.ignores(name, folder)) return {};
    if (folder) return walk(path, name + "/", depth + 1);
    if (!file)
      return fail(Code::usage, "cannot load irregular file {} as it has file mode type bits set",
                  path.string());
    DPCTL_TRY(auto data, read_file(path, limits_.file));
    return keep({name, std::move(data)});
  }

  Result<void> keep(File file) {
    if (read_->bytes += file.data.size(); read_->bytes > limits_.total)
      return fail(Code::usage, "{} holds more than the {} bytes that a chart may have", root_.string(),
                  limits_.total);
    if (++read_->files > limits_.files)
      return fail(Code::usage, "{} holds more than {} files", root_.string(), limits_.files);
    files_.push_back(std::move(file));
    return {};
  }

  fs::path root_;
  IgnoreRules rules_;
  const LoadLimits& limits_;
  std::vector<File> files_;
  struct Read {
    std::atomic<std::size_t> bytes{0}, files{0};
  };
  std::shared_ptr<Read> read_ = std::make_shared<Read>();  ///< by all parts together
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
  DPCTL_TRY(auto files, FolderReader(path, std::move(rules), limits).run());
  auto chart = load_files(std::move(files), limits);
  if (!chart) return fail(std::move(chart).error());
  return chart;
}

}  // namespace dpctl::chart
