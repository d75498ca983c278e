#pragma once

#include <memory>
#include <string>
#include <string_view>
#include <vector>

#include "lib/base/result.hpp"
#include "lib/chart/render.hpp"

namespace dpctl::chart {

/// Cuts a rendered file into its documents: at lines that begin with ---, blank ones dropped. Views of
/// `text`.
std::vector<std::string_view> split_documents(std::string_view text);

/// Sorts rendered files into manifests and hooks, each in the order of installation. Of many files the YAML,
/// which is most of the work, is read on a thread of its own while others are still being rendered.
class DocumentSorter {
 public:
  /// `most` files may come.
  explicit DocumentSorter(std::size_t most);
  ~DocumentSorter();
  DocumentSorter(const DocumentSorter&) = delete;
  DocumentSorter& operator=(const DocumentSorter&) = delete;

  void add(RenderedFile file);
  /// The last call. A document that is not YAML is an error that names its file.
  Result<void> sort_into(Rendered& into);

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

/// Position of a kind in the order of installation; kinds that it does not name come last.
int install_rank(std::string_view kind);
/// The same for removal.
int uninstall_rank(std::string_view kind);

}  // namespace dpctl::chart
