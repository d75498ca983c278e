// dependency_update.cpp: charts/ and the lock of a chart, kept in step with what Chart.yaml asks for.
#include "lib/source/dependency_update.hpp"

#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <map>
#include <optional>
#include <set>
#include <thread>

#include "lib/base/file.hpp"
#include "lib/base/strings.hpp"
#include "lib/chart/metadata.hpp"
#include "lib/chart/value/text.hpp"
#include "lib/chart/version.hpp"
#include "lib/source/lock.hpp"
#include "lib/source/package.hpp"

namespace dpctl::source {
namespace {

namespace fs = std::filesystem;
using chart::Dependency;

constexpr std::string_view kFile = "file://";
constexpr std::size_t kParallel = 8;

/// Chart.yaml with what a v1 chart's requirements.yaml asks for.
Result<chart::Metadata> asked_of(const fs::path& folder) {
  DPCTL_TRY(const auto text, read_file(folder / "Chart.yaml"));
  DPCTL_TRY(auto metadata, chart::read_metadata(text));
  std::error_code error;
  if (metadata.api_version == "v1" && fs::exists(folder / "requirements.yaml", error)) {
    DPCTL_TRY(const auto requirements, read_file(folder / "requirements.yaml"));
    DPCTL_CHECK(chart::read_requirements(requirements, metadata));
  }
  return metadata;
}

std::vector<fs::path> archives_in(const fs::path& charts) {
  std::vector<fs::path> found;
  std::error_code error;
  for (fs::directory_iterator it(charts, error), end; !error && it != end; it.increment(error))
    if (it->path().extension() == ".tgz") found.push_back(it->path());
  std::sort(found.begin(), found.end());
  return found;
}

bool fits(const Dependency& asked, const std::string& version) {
  return asked.version == version || chart::in_range(asked.version, version);
}

std::string archive_state(const Dependency& asked, const fs::path& path) {
  const auto chart = chart::load_chart(path.string());
  if (!chart) return "corrupt";
  if ((*chart)->name() != asked.name) return "misnamed";
  return fits(asked, (*chart)->metadata.version) ? "ok" : "wrong version";
}

std::string state_of(const Dependency& asked, const fs::path& charts) {
  std::vector<fs::path> archives;
  for (const auto& path : archives_in(charts)) {
    const auto name = path.stem().string();
    if (name.starts_with(asked.name + "-") && chart::Version::parse(name.substr(asked.name.size() + 1)))
      archives.push_back(path);
  }
  if (archives.size() > 1)
    std::erase_if(archives, [&](const fs::path& path) {
      return path.filename() != asked.name + "-" + asked.version + ".tgz";
    });
  if (archives.size() == 1) return archive_state(asked, archives.front());
  std::error_code error;
  const auto folder = charts / asked.name;
  if (!fs::exists(folder, error)) return "missing";
  if (!fs::is_directory(folder, error)) return "mispackaged";
  const auto chart = chart::load_chart(folder.string());
  if (!chart) return "corrupt";
  if ((*chart)->name() != asked.name) return "misnamed";
  return fits(asked, (*chart)->metadata.version) ? "unpacked" : "wrong version";
}

/// What is beside the chart, or in its own charts/.
Result<Fetched> local(const Dependency& asked, const fs::path& folder) {
  const bool own = asked.repository.empty();
  const auto path = own ? folder / "charts" / asked.name : folder / asked.repository.substr(kFile.size());
  auto chart = chart::load_chart(path.lexically_normal().string());
  if (!chart)
    return fail(chart.error().code, "cannot load dependency {} from {}", asked.name,
                own ? "charts/" : asked.repository)
        .because(chart.error());
  const auto& version = (*chart)->metadata.version;
  if (!fits(asked, version))
    return fail(Code::not_found, "can't get a valid version for dependency {}: {} has {}, wanted is {}",
                asked.name, path.lexically_normal().string(), version, asked.version);
  if (own) return Fetched{version, ""};
  DPCTL_TRY(auto archive, package(**chart));
  return Fetched{version, std::move(archive)};
}

/// The lock, and its digest, hold addresses in place of the names that a person gave them.
Result<std::vector<Dependency>> without_aliases(std::vector<Dependency> rows, const Elsewhere& elsewhere) {
  for (auto& row : rows) {
    DPCTL_TRY(row.repository, elsewhere.address(row.repository));
  }
  return rows;
}

/// Every dependency, several at a time; the first error in the order of Chart.yaml.
Result<std::vector<Fetched>> fetch_all(const std::vector<Dependency>& rows, const fs::path& folder,
                                       const Elsewhere& elsewhere) {
  // Values are not counted atomically: threads get rows without them.
  std::vector<Dependency> plain;
  for (const auto& row : rows)
    plain.push_back({.name = row.name, .version = row.version, .repository = row.repository});
  std::vector<std::optional<Result<Fetched>>> results(rows.size());
  std::atomic<std::size_t> next = 0;
  const auto work = [&] {
    for (auto i = next.fetch_add(1); i < plain.size(); i = next.fetch_add(1)) {
      const auto& repository = plain[i].repository;
      results[i] = repository.empty() || repository.starts_with(kFile) ? local(plain[i], folder)
                                                                       : elsewhere.fetch(plain[i]);
    }
  };
  std::vector<std::thread> threads;
  for (std::size_t i = 1; i < std::min(kParallel, plain.size()); ++i) threads.emplace_back(work);
  work();
  for (auto& thread : threads) thread.join();
  std::vector<Fetched> all;
  for (auto& result : results) {
    if (!*result) return fail(std::move(*result).error());
    all.push_back(**std::move(result));
  }
  return all;
}

/// New archives in, those of charts that are no dependency any more out. What is no chart stays.
Result<void> fill(const fs::path& charts, const std::vector<Dependency>& rows,
                  const std::vector<Fetched>& fetched) {
  std::set<std::string> kept;
  for (std::size_t i = 0; i < rows.size(); ++i) {
    if (fetched[i].archive.empty()) continue;
    const auto name = fmt::format("{}-{}.tgz", rows[i].name, fetched[i].version);
    if (!chart::Version::parse(fetched[i].version) || name.find_first_of("/\\") != std::string::npos)
      return fail(Code::usage, "dependency {} cannot be a file's name", name);
    if (kept.insert(name).second) DPCTL_CHECK(write_file(charts / name, fetched[i].archive));
  }
  for (const auto& path : archives_in(charts)) {
    if (kept.count(path.filename().string()) > 0 || !chart::load_chart(path.string())) continue;
    std::error_code error;
    fs::remove(path, error);
    if (error) return fail(Code::failed, "cannot remove {}: {}", path.string(), error.message());
  }
  return {};
}

fs::path lock_path(const fs::path& folder, const chart::Metadata& metadata) {
  return folder / (metadata.api_version == "v1" ? "requirements.lock" : "Chart.lock");
}

Result<Lock> read_lock(const fs::path& path) {
  DPCTL_TRY(const auto text, read_file(path));
  chart::Chart holder;
  DPCTL_TRY(holder.lock, chart::from_yaml(text, path.filename().string()));
  return lock_of(holder);
}

}  // namespace

Result<std::vector<DependencyState>> dependency_states(const fs::path& folder) {
  DPCTL_TRY(const auto metadata, asked_of(folder));
  std::vector<DependencyState> states;
  for (const auto& row : metadata.dependencies) states.push_back({row, state_of(row, folder / "charts")});
  return states;
}

Result<std::size_t> update_dependencies(const fs::path& folder, const Elsewhere& elsewhere,
                                        std::string_view now) {
  DPCTL_TRY(const auto metadata, asked_of(folder));
  if (metadata.dependencies.empty()) return std::size_t{0};
  DPCTL_TRY(const auto asked, without_aliases(metadata.dependencies, elsewhere));
  DPCTL_TRY(const auto fetched, fetch_all(asked, folder, elsewhere));
  Lock lock{.generated = std::string(now)};
  for (std::size_t i = 0; i < asked.size(); ++i)
    lock.dependencies.push_back(
        {.name = asked[i].name, .version = fetched[i].version, .repository = asked[i].repository});
  lock.digest = lock_digest(asked, lock.dependencies);
  DPCTL_CHECK(fill(folder / "charts", asked, fetched));
  const auto path = lock_path(folder, metadata);
  if (const auto old = read_lock(path); old && old->digest == lock.digest) return asked.size();
  DPCTL_CHECK(write_file(path, lock_text(lock)));
  return asked.size();
}

Result<std::size_t> build_dependencies(const fs::path& folder, const Elsewhere& elsewhere,
                                       std::string_view now) {
  DPCTL_TRY(const auto metadata, asked_of(folder));
  const auto path = lock_path(folder, metadata);
  std::error_code error;
  if (!fs::exists(path, error)) return update_dependencies(folder, elsewhere, now);
  DPCTL_TRY(const auto lock, read_lock(path));
  DPCTL_TRY(const auto asked, without_aliases(metadata.dependencies, elsewhere));
  if (lock_digest(asked, lock.dependencies) != lock.digest)
    return fail(Code::conflict,
                "the lock file ({0}) is out of sync with the dependencies file ({1}). Please update the "
                "dependencies",
                path.filename().string(), metadata.api_version == "v1" ? "requirements.yaml" : "Chart.yaml")
        .hint("dpctl chart dependency update {}", folder.string());
  DPCTL_TRY(const auto fetched, fetch_all(lock.dependencies, folder, elsewhere));
  DPCTL_CHECK(fill(folder / "charts", lock.dependencies, fetched));
  return lock.dependencies.size();
}

}  // namespace dpctl::source
