#pragma once

#include <memory>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// A file of a chart: its path inside the chart ("templates/web.yaml") and its bytes.
struct File {
  std::string name;
  std::string data;
};

/// The files of a chart. Copies share them until one is changed, because a chart is copied often while its
/// dependencies are worked out, and its files are most of it.
class Files {
 public:
  Files() = default;
  Files(std::vector<File> files) : files_(std::make_shared<std::vector<File>>(std::move(files))) {}

  [[nodiscard]] auto begin() const { return all().begin(); }
  [[nodiscard]] auto end() const { return all().end(); }
  [[nodiscard]] std::size_t size() const { return all().size(); }
  [[nodiscard]] const File& operator[](std::size_t index) const { return all()[index]; }

  /// Keeps what the files hold now alive, also when these are changed or gone.
  [[nodiscard]] std::shared_ptr<const void> keeper() const { return files_; }

  void push_back(File file) { own().push_back(std::move(file)); }
  File& edit(std::size_t index) { return own()[index]; }

 private:
  [[nodiscard]] const std::vector<File>& all() const {
    static const std::vector<File> none;
    return files_ == nullptr ? none : *files_;
  }
  std::vector<File>& own() {
    if (files_ == nullptr || files_.use_count() > 1) files_ = std::make_shared<std::vector<File>>(all());
    return *files_;
  }
  std::shared_ptr<std::vector<File>> files_;
};

/// A file that is compiled into the binary: path below the chart's folder, bytes that live as long as the
/// program.
struct EmbeddedFile {
  std::string_view name;
  std::string_view data;
};

struct Maintainer {
  std::string name{}, email{}, url{};
};

/// A row of `dependencies:`.
struct Dependency {
  std::string name{}, version{}, repository{}, condition{}, alias{};
  std::vector<std::string> tags{};
  bool enabled = false;  ///< as written in the file; computed anew when a chart is rendered
  std::vector<Value> import_values{};
};

/// Chart.yaml.
struct Metadata {
  std::string name{}, home{}, version{}, description{}, icon{}, api_version{}, condition{}, tags{},
      app_version{}, kube_version{}, type{};
  std::vector<std::string> sources{}, keywords{};
  std::vector<Maintainer> maintainers{};
  std::vector<std::pair<std::string, std::string>> annotations{};  ///< sorted by key
  std::vector<Dependency> dependencies{};
  bool deprecated = false;
};

/// A chart as it lies on disk, with its subcharts. Values are shared with copies of it: deep_copy() before
/// changing them.
struct Chart {
  Metadata metadata{};
  Value lock{};                 ///< Chart.lock; invalid when there is none
  Value values = Value::map();  ///< values.yaml
  std::string values_text{};    ///< as written, for `show values` and for places in errors
  bool has_values = false;      ///< there is a values.yaml, be it empty
  std::string schema{};         ///< values.schema.json, as text
  Files templates{};            ///< below templates/, in the order of the archive or by name
  Files files{};                ///< everything else, crds/ included
  std::vector<std::shared_ptr<Chart>> subcharts{};

  [[nodiscard]] const std::string& name() const { return metadata.name; }
  [[nodiscard]] bool is_library() const;
};

/// A custom resource definition of crds/, of the chart or of a subchart.
struct Crd {
  std::string path;  ///< "chart/charts/sub/crds/x.yaml"
  const File* file;
};
/// The chart's own first, then its subcharts'.
std::vector<Crd> crds_of(const Chart& chart);

/// Bounds for charts from elsewhere.
struct LoadLimits {
  std::size_t file = std::size_t{64} << 20U;    ///< bytes of one file
  std::size_t total = std::size_t{256} << 20U;  ///< bytes of all files, unpacked
  std::size_t files = 50'000;
  int depth = 16;                ///< charts within charts
  bool any_api_version = false;  ///< `chart lint` looks at charts that nothing else would take
};

/// A folder with Chart.yaml, or a .tgz. Reads .helmignore in folders; follows Helm's rules for what belongs
/// to a chart. Errors name the file; archives with absolute paths, "..", links to elsewhere, devices or more
/// bytes than `limits` are refused.
Result<std::shared_ptr<Chart>> load_chart(const std::string& path, const LoadLimits& limits = {});

/// The bytes of a .tgz.
Result<std::shared_ptr<Chart>> load_archive(std::string_view bytes, std::string_view name,
                                            const LoadLimits& limits = {});

/// Charts of our own, compiled into the binary.
Result<std::shared_ptr<Chart>> load_embedded(std::span<const EmbeddedFile> files);

/// From files with paths relative to the chart's folder; what the other loaders end in.
Result<std::shared_ptr<Chart>> load_files(std::vector<File> files, const LoadLimits& limits = {});

/// .Chart as templates see it: Go's field names.
Value metadata_value(const Metadata& metadata, bool is_root);

}  // namespace dpctl::chart
