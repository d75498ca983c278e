#pragma once

#include <memory>
#include <utility>

#include "pipeline-services/io/http_message.hpp"

namespace dpctl::io {

/// Reads one request after the other out of a buffer that the caller keeps.
class HttpParser {
 public:
  enum class State { more, complete, malformed, header_too_large, body_too_large };

  HttpParser(std::size_t max_header_bytes, std::size_t max_body_bytes);
  ~HttpParser();
  HttpParser(const HttpParser&) = delete;
  HttpParser& operator=(const HttpParser&) = delete;

  /// Takes what it can from `bytes`; returns how many it needs no more. The bytes of the header must stay
  /// where they are until reset(), because request() views them; those of the body are copied.
  std::pair<State, std::size_t> feed(std::string_view bytes);
  /// The header is complete: request() may be looked at, but for its body.
  [[nodiscard]] bool has_header() const;
  [[nodiscard]] HttpRequest& request();
  [[nodiscard]] bool keep_alive() const;
  [[nodiscard]] bool http_1_0() const;
  /// Ready for the next request.
  void reset();

 private:
  struct Impl;
  std::unique_ptr<Impl> impl_;
};

}  // namespace dpctl::io
