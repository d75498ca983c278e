#pragma once

#include <memory>
#include <span>
#include <string_view>

#include "lib/base/result.hpp"
#include "lib/data/yaml.hpp"
#include "lib/data/yaml_resolve.hpp"
#include "lib/data/yaml_source.hpp"

namespace dpctl::yaml {

/// Receives one document, resolved: for building a tree of one's own (lib/chart does) without a detour over
/// Json. Aliases and
/// `<<` are already expanded; what `<<` brings in comes as ordinary keys at its place, so a later key
/// replaces an earlier one of the same name ("last wins"), and a builder must do the same. Strings are UTF-8
/// and live for the length of the call.
class Handler {
 public:
  virtual ~Handler() = default;
  virtual void on_scalar(const Scalar& scalar, const Mark& at) = 0;
  virtual void on_list_begin(const Mark& at) = 0;
  virtual void on_list_end() = 0;
  virtual void on_map_begin(const Mark& at) = 0;
  virtual void on_key(std::string_view key, const Mark& at) = 0;
  virtual void on_map_end() = 0;
};

/// The documents of a text, one after the other. The text must outlive the reader.
class Reader {
 public:
  /// `name` is the file named in errors. Of the options, `first_document_only` is the caller's business.
  Reader(std::string_view text, std::string_view name, const Options& options = {});
  /// Only values of the outermost map under `keys` matter. The others are read like them, but null may be
  /// told in their place: they are not kept, which is most of the time and memory of a large document. Those
  /// that may hold an error or a number that is not finite are told. Not for DuplicateKeys::refuse. `keys`
  /// must outlive the reader.
  void keep_only(std::span<const std::string_view> keys);
  ~Reader();
  Reader(Reader&&) noexcept;
  Reader& operator=(Reader&&) noexcept;

  /// Reads the next document into `handler`; false at the end of the text. After an error the handler may
  /// have seen part of it. Errors are Code::usage with file, line, column and the source line.
  Result<bool> next(Handler& handler);

  /// For errors about a value that was read.
  [[nodiscard]] Place place_of(const Mark& mark) const;

 private:
  class Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dpctl::yaml
