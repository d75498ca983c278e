// package.cpp: a chart as a gzipped tar (POSIX ustar, with a PAX header where a path does not fit).
#include "lib/source/package.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstring>

#include "lib/base/file.hpp"
#include "lib/chart/archive.hpp"
#include "lib/chart/metadata.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::source {
namespace {

using chart::Value;

constexpr std::size_t kBlock = 512;
constexpr std::size_t kPathRoom = 100;

void put(const Value& map, std::string_view key, const std::string& text) {
  if (!text.empty()) map.as_map().set(key, Value::string(text));
}

Value maintainers(const std::vector<chart::Maintainer>& all) {
  std::vector<Value> out;
  for (const auto& one : all) {
    const Value map = Value::map();
    put(map, "name", one.name);
    put(map, "email", one.email);
    put(map, "url", one.url);
    out.push_back(map);
  }
  return Value::list(std::move(out));
}

void field(std::array<char, kBlock>& header, std::size_t at, std::size_t room, std::string_view text) {
  std::memcpy(header.data() + at, text.data(), std::min(room, text.size()));
}

void header(std::string& tar, char type, std::string_view path, std::size_t size) {
  std::array<char, kBlock> block{};
  field(block, 0, kPathRoom, path);
  field(block, 100, 8, "0000644");
  field(block, 108, 8, "0000000");
  field(block, 116, 8, "0000000");
  field(block, 124, 12, fmt::format("{:011o}", size));
  field(block, 136, 12, "00000000000");
  field(block, 148, 8, "        ");
  block[156] = type;
  field(block, 257, 6, "ustar");
  field(block, 263, 2, "00");
  unsigned sum = 0;
  for (const char c : block) sum += static_cast<unsigned char>(c);
  field(block, 148, 8, fmt::format("{:06o}", sum));
  block[154] = '\0';
  tar.append(block.data(), block.size());
}

void content(std::string& tar, std::string_view bytes) {
  tar += bytes;
  tar.append((kBlock - tar.size() % kBlock) % kBlock, '\0');
}

/// "LEN path=VALUE\n", where LEN counts itself.
std::string pax_path(std::string_view path) {
  const std::size_t rest = path.size() + 7;
  std::size_t length = rest + 1;
  while (fmt::formatted_size("{}", length) + rest != length) ++length;
  return fmt::format("{} path={}\n", length, path);
}

void append_file(std::string& tar, const std::string& path, std::string_view bytes) {
  if (path.size() > kPathRoom) {
    const auto record = pax_path(path);
    header(tar, 'x', "pax", record.size());
    content(tar, record);
  }
  header(tar, '0', path, bytes.size());
  content(tar, bytes);
}

void append_chart(std::string& tar, const chart::Chart& chart, const std::string& folder) {
  append_file(tar, folder + "Chart.yaml", metadata_yaml(chart.metadata));
  if (chart.metadata.api_version == "v2" && chart.lock.is_map())
    append_file(tar, folder + "Chart.lock", to_yaml(chart.lock));
  if (!chart.values_text.empty()) append_file(tar, folder + "values.yaml", chart.values_text);
  if (!chart.schema.empty()) append_file(tar, folder + "values.schema.json", chart.schema);
  for (const auto& file : chart.templates) append_file(tar, folder + file.name, file.data);
  for (const auto& file : chart.files) append_file(tar, folder + file.name, file.data);
  for (const auto& sub : chart.subcharts) append_chart(tar, *sub, folder + "charts/" + sub->name() + "/");
}

Result<std::string> gzip(const std::string& text) {
  z_stream stream{};
  if (deflateInit2(&stream, Z_BEST_COMPRESSION, Z_DEFLATED, 15 + 16, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    return fail(Code::failed, "cannot start to compress the package");
  std::string out(deflateBound(&stream, static_cast<uLong>(text.size())) + 32, '\0');
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));
  stream.avail_in = static_cast<uInt>(text.size());
  stream.next_out = reinterpret_cast<Bytef*>(out.data());
  stream.avail_out = static_cast<uInt>(out.size());
  const int code = deflate(&stream, Z_FINISH);
  out.resize(stream.total_out);
  deflateEnd(&stream);
  if (code != Z_STREAM_END) return fail(Code::failed, "cannot compress the package");
  return out;
}

}  // namespace

Value dependency_fields(const chart::Dependency& dependency) {
  const Value map = Value::map();
  map.as_map().set("name", Value::string(dependency.name));
  map.as_map().set("repository", Value::string(dependency.repository));
  put(map, "version", dependency.version);
  put(map, "condition", dependency.condition);
  put(map, "alias", dependency.alias);
  if (!dependency.tags.empty()) map.as_map().set("tags", chart::strings_of(dependency.tags));
  if (dependency.enabled) map.as_map().set("enabled", Value::boolean(true));
  if (!dependency.import_values.empty())
    map.as_map().set("import-values", Value::list(dependency.import_values));
  return map;
}

Value metadata_fields(const chart::Metadata& metadata) {
  const Value map = Value::map();
  put(map, "name", metadata.name);
  put(map, "home", metadata.home);
  put(map, "version", metadata.version);
  put(map, "description", metadata.description);
  put(map, "icon", metadata.icon);
  put(map, "apiVersion", metadata.api_version);
  put(map, "condition", metadata.condition);
  put(map, "tags", metadata.tags);
  put(map, "appVersion", metadata.app_version);
  put(map, "kubeVersion", metadata.kube_version);
  put(map, "type", metadata.type);
  if (metadata.deprecated) map.as_map().set("deprecated", Value::boolean(true));
  if (!metadata.sources.empty()) map.as_map().set("sources", chart::strings_of(metadata.sources));
  if (!metadata.keywords.empty()) map.as_map().set("keywords", chart::strings_of(metadata.keywords));
  if (!metadata.maintainers.empty()) map.as_map().set("maintainers", maintainers(metadata.maintainers));
  if (!metadata.annotations.empty()) {
    const Value annotations = Value::map();
    for (const auto& [key, value] : metadata.annotations) annotations.as_map().set(key, Value::string(value));
    map.as_map().set("annotations", annotations);
  }
  // A v1 chart keeps its dependencies in requirements.yaml, which is one of its files.
  if (!metadata.dependencies.empty() && metadata.api_version != "v1") {
    std::vector<Value> rows;
    for (const auto& dependency : metadata.dependencies) rows.push_back(dependency_fields(dependency));
    map.as_map().set("dependencies", Value::list(std::move(rows)));
  }
  return map;
}

std::string metadata_yaml(const chart::Metadata& metadata) { return to_yaml(metadata_fields(metadata)); }

std::string package_name(const chart::Metadata& metadata) {
  return fmt::format("{}-{}.tgz", metadata.name, metadata.version);
}

Result<std::string> package(const chart::Chart& chart) {
  std::string tar;
  append_chart(tar, chart, chart.name() + "/");
  tar.append(2 * kBlock, '\0');
  return gzip(tar);
}

Result<std::filesystem::path> unpack(std::string_view bytes, std::string_view archive_name,
                                     const std::filesystem::path& into) {
  DPCTL_TRY(const auto files, chart::read_archive(bytes, archive_name, {}));
  const auto about = std::find_if(files.begin(), files.end(),
                                  [](const chart::File& file) { return file.name == "Chart.yaml"; });
  if (about == files.end()) return fail(Code::usage, "{}: Chart.yaml file is missing", archive_name);
  DPCTL_TRY(const auto metadata, chart::read_metadata(about->data));
  const auto& name = metadata.name;
  if (name.empty() || name == "." || name == ".." || name.find_first_of("/\\") != std::string::npos)
    return fail(Code::usage, "{}: the chart's name cannot be a folder's: '{}'", archive_name, name);
  const auto folder = into / name;
  for (const auto& file : files) DPCTL_CHECK(write_file(folder / file.name, file.data));
  return folder;
}

}  // namespace dpctl::source
