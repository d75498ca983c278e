#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <string_view>
#include <unordered_map>
#include <vector>

#include "lib/base/deadline.hpp"
#include "lib/chart/text/ast.hpp"
#include "lib/chart/text/error.hpp"
#include "lib/chart/value/value.hpp"

namespace dpctl::chart {

/// Templates by name. A `tpl` text gets a scope of its own over the one it is called from: its defines are
/// seen by itself and by what it includes, and vanish with it. Nothing is copied.
class Definitions {
 public:
  explicit Definitions(const Definitions* outer = nullptr) : outer_(outer) {}
  /// Adds all trees of a source. One that is empty does not replace one of the same name, as in Go.
  void add(std::shared_ptr<const Source> source);
  /// A source without defines that is asked for when its template is, or never. Its name must be a new one.
  using Later = std::function<std::shared_ptr<const Source>()>;
  void add_later(std::string name, Later later);
  /// Throws what a source that was added for later throws.
  [[nodiscard]] const Tree* find(std::string_view name) const;

 private:
  struct Template {
    const Tree* tree;  ///< null as long as nobody asked for it
    Later later{};
  };
  struct Hash {
    using is_transparent = void;
    std::size_t operator()(std::string_view text) const { return std::hash<std::string_view>{}(text); }
  };
  const Definitions* outer_;
  // Getting what comes later is no change that a caller could see.
  mutable std::unordered_map<std::string, Template, Hash, std::equal_to<>> templates_;
  mutable std::vector<std::shared_ptr<const Source>> sources_;
};

/// Answers the `lookup` function. Called on the rendering thread; may block.
class Lookup {
 public:
  virtual ~Lookup() = default;
  /// The object, or a list when `name` is empty; an empty map when there is none. Throws TemplateError.
  virtual Value lookup(std::string_view api_version, std::string_view kind, std::string_view ns,
                       std::string_view name) = 0;
};

/// Bounds of one render: a chart is untrusted text.
struct Limits {
  std::size_t output = std::size_t{1} << 30U;  ///< bytes written in all
  std::uint64_t steps = 2'000'000'000;         ///< nodes walked
  std::size_t stack = std::size_t{5} << 20U;   ///< bytes of our own stack
  Deadline deadline = Deadline::never();
};

/// One render: runs trees against values. Not for several threads. Errors leave it as TemplateError.
class Execution {
 public:
  Execution(Limits limits, Lookup* lookup) : limits_(limits), lookup_(lookup) {}
  Execution(const Execution&) = delete;
  Execution& operator=(const Execution&) = delete;

  /// Runs a tree with `data` as `.` and `$`, appending to `out`.
  void run(const Definitions& definitions, const Tree& tree, const Value& data, std::string& out);

  // What the engine's own functions need.
  Value include(const std::string& name, const Value& data);
  Value tpl(const Value& text, const Value& data);
  [[nodiscard]] Lookup* lookup() const { return lookup_; }
  /// A failing `required` or `fail` is let pass (lint).
  bool lint = false;
  /// Added to what `now` says.
  std::chrono::seconds clock_shift{0};

 private:
  friend class Walker;
  struct Variable {
    std::string_view name;
    Value value;
    bool boxed;  ///< held as interface{}: an element of a list or a map, not the result of a pipeline
  };
  void count_step();
  void check_stack(const void* here) const;

  Limits limits_;
  Lookup* lookup_;
  const Definitions* definitions_ = nullptr;
  std::vector<Variable> variables_;
  std::unordered_map<std::string, int> includes_;
  std::unordered_map<std::string, std::shared_ptr<const Source>> parsed_;  ///< `tpl` texts
  std::uint64_t steps_ = 0;
  std::size_t written_ = 0;
  const char* stack_base_ = nullptr;
  int template_depth_ = 0;
};

}  // namespace dpctl::chart
