#pragma once

#include <cstdint>
#include <memory>
#include <string>
#include <string_view>

namespace dpctl::yaml {

/// Writes one YAML document, value by value, byte for byte as sigs.k8s.io/yaml's Marshal does: for any tree
/// of values (lib/chart has its own), without building another. Keys are written in the order in which they
/// are given; sort them with natural_less.
///
///   std::string text;
///   Writer writer(text);
///   writer.begin_map(); writer.key("replicas"); writer.integer(3); writer.end_map();
///   writer.finish();
class Writer {
 public:
  /// Appends to `out`, which must outlive the writer and be empty or end in a line break. What is written is
  /// there after finish().
  explicit Writer(std::string& out);
  ~Writer();
  Writer(const Writer&) = delete;
  Writer& operator=(const Writer&) = delete;

  void begin_map();
  void key(std::string_view key);
  void end_map();
  void begin_list();
  void end_list();

  void null();
  void boolean(bool value);
  void integer(std::int64_t value);
  void natural(std::uint64_t value);
  /// As a float64 that went through JSON: a whole number below 1e21 that fits 64 bits is written as an
  /// integer, 1e20 as "1e+20", 0.0000001 as "1e-07". Infinity and NaN, which JSON cannot say, become .inf,
  /// -.inf, .nan.
  void real(double value);
  /// Bytes that are not UTF-8 become U+FFFD.
  void string(std::string_view value);

  /// Ends the document with a line break. Every map and list must have been ended.
  void finish();

 private:
  class Emitter;
  std::unique_ptr<Emitter> emitter_;
};

/// The order in which sigs.k8s.io/yaml writes keys: letters by code point, digits by value ("a9" before
/// "a10"), other characters before both. Not an order in the strict sense: for odd keys it has cycles.
bool natural_less(std::string_view a, std::string_view b);

}  // namespace dpctl::yaml
