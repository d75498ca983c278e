#include <algorithm>
#include <charconv>

#include "dpctl_migrate_files.hpp"
#include "lib/base/encoding.hpp"
#include "lib/base/file.hpp"
#include "lib/migrate/migrate.hpp"

namespace dpctl::migrate {
namespace {

Result<Migration> read_one(const SourceFile& file, Engine engine) {
  const auto slash = file.path.rfind('/');
  auto stem = slash == std::string_view::npos ? file.path : file.path.substr(slash + 1);
  stem.remove_suffix(std::string_view(".sql").size());
  Migration migration;
  const auto [end, bad] = std::from_chars(stem.data(), stem.data() + stem.size(), migration.id);
  if (bad != std::errc() || migration.id <= 0 || end == stem.data() + stem.size() || *end != '_')
    return fail(Code::usage, "{} is not named NNN_name.sql", file.path);
  migration.name = std::string(end + 1, stem.data() + stem.size());
  migration.path = file.path;
  migration.checksum = sha256_hex(file.bytes);
  DPCTL_TRY(migration.statements, split_statements(file.bytes, file.path, engine));
  if (migration.statements.empty()) return fail(Code::usage, "{} has no statement", file.path);
  return migration;
}

}  // namespace

std::string_view name_of(Engine engine) { return engine == Engine::clickhouse ? "clickhouse" : "postgres"; }

std::string checksum_of(const Migration& migration, std::size_t count) {
  Sha256 hash;
  for (std::size_t i = 0; i < std::min(count, migration.statements.size()); ++i)
    hash.update(migration.statements[i].text + '\0');
  return hash.finish_hex();
}

Result<std::vector<Migration>> load(std::span<const SourceFile> files, Engine engine) {
  std::vector<Migration> migrations;
  for (const auto& file : files) {
    if (!file.path.ends_with(".sql")) return fail(Code::usage, "{} is not named NNN_name.sql", file.path);
    DPCTL_TRY(auto migration, read_one(file, engine));
    migrations.push_back(std::move(migration));
  }
  std::sort(migrations.begin(), migrations.end(), [](const auto& a, const auto& b) { return a.id < b.id; });
  const auto twin = std::adjacent_find(migrations.begin(), migrations.end(),
                                       [](const auto& a, const auto& b) { return a.id == b.id; });
  if (twin != migrations.end())
    return fail(Code::usage, "{} and {} have the same number", twin->path, std::next(twin)->path);
  return migrations;
}

Result<std::vector<Migration>> load_directory(const std::filesystem::path& folder, Engine engine) {
  std::error_code code;
  std::vector<std::pair<std::string, std::string>> read;
  for (const auto& entry : std::filesystem::directory_iterator(folder, code)) {
    if (entry.path().extension() != ".sql") continue;
    DPCTL_TRY(auto bytes, read_file(entry.path(), 1U << 20U));
    read.emplace_back(entry.path().string(), std::move(bytes));
  }
  if (code) return fail(Code::not_found, "cannot read the folder {}: {}", folder.string(), code.message());
  std::vector<SourceFile> files;
  for (const auto& [path, bytes] : read) files.push_back({path, bytes});
  return load(files, engine);
}

Result<std::vector<Migration>> builtin(Engine engine) {
  std::vector<SourceFile> files;
  const auto folder = std::string(name_of(engine)) + "/";
  for (const auto& file : embedded_files())
    if (file.path.starts_with(folder)) files.push_back({file.path, file.bytes});
  return load(files, engine);
}

}  // namespace dpctl::migrate
