// Boost.Beast's parser without its containers: fields become views into the caller's buffer, so that a
// request costs no allocation.
#include "pipeline-services/io/http_parser.hpp"

#include <boost/asio/buffer.hpp>
#include <boost/beast/http/basic_parser.hpp>
#include <boost/beast/http/error.hpp>

namespace dpctl::io {
namespace {

namespace beast = boost::beast;
namespace http = boost::beast::http;

std::string_view view(beast::string_view text) { return {text.data(), text.size()}; }

class Reader final : public http::basic_parser<true> {
 public:
  Reader(HttpRequest& request, std::string& body) : request_(request), body_(body) {}
  std::string_view window{};  ///< what feed() was given; a folded field lies elsewhere and is refused
  bool old = false;           ///< HTTP/1.0

 private:
  void on_request_impl(http::verb, beast::string_view method, beast::string_view target, int version,
                       beast::error_code& code) override {
    code = {};
    old = version < 11;
    request_.method = view(method);
    const auto whole = view(target);
    const auto mark = std::min(whole.find('?'), whole.size());
    request_.path = whole.substr(0, mark);
    request_.query = whole.substr(std::min(mark + 1, whole.size()));
  }
  void on_response_impl(int, beast::string_view, int, beast::error_code&) override {}
  void on_field_impl(http::field, beast::string_view name, beast::string_view value,
                     beast::error_code& code) override {
    // RFC 9112 5.2: a server may refuse obsolete line folding with 400.
    const bool folded =
        !value.empty() && (value.data() < window.data() || value.data() >= window.data() + window.size());
    code = folded ? make_error_code(http::error::bad_obs_fold) : beast::error_code{};
    request_.headers.emplace_back(view(name), view(value));
  }
  void on_header_impl(beast::error_code& code) override { code = {}; }
  void on_body_init_impl(const boost::optional<std::uint64_t>&, beast::error_code& code) override {
    code = {};
  }
  std::size_t on_body_impl(beast::string_view bytes, beast::error_code& code) override {
    code = {};
    body_.append(bytes.data(), bytes.size());
    return bytes.size();
  }
  void on_chunk_header_impl(std::uint64_t, beast::string_view, beast::error_code& code) override {
    code = {};
  }
  std::size_t on_chunk_body_impl(std::uint64_t, beast::string_view bytes, beast::error_code& code) override {
    return on_body_impl(bytes, code);
  }
  void on_finish_impl(beast::error_code& code) override { code = {}; }

  HttpRequest& request_;
  std::string& body_;
};

}  // namespace

struct HttpParser::Impl {
  std::size_t max_header, max_body;
  HttpRequest request{};
  std::string body{};
  std::optional<Reader> reader{};
};

HttpParser::HttpParser(std::size_t max_header_bytes, std::size_t max_body_bytes)
    : impl_(std::make_unique<Impl>(Impl{.max_header = max_header_bytes, .max_body = max_body_bytes})) {
  reset();
}
HttpParser::~HttpParser() = default;

void HttpParser::reset() {
  impl_->request.headers.clear();
  impl_->request.captures.clear();
  impl_->body.clear();
  impl_->reader.emplace(impl_->request, impl_->body);
  impl_->reader->header_limit(static_cast<std::uint32_t>(impl_->max_header));
  impl_->reader->body_limit(impl_->max_body);
  impl_->reader->eager(true);
}

std::pair<HttpParser::State, std::size_t> HttpParser::feed(std::string_view bytes) {
  auto& reader = *impl_->reader;
  reader.window = bytes;
  beast::error_code code;
  std::size_t used = 0;
  while (used < bytes.size() && !reader.is_done()) {
    const auto taken = reader.put(boost::asio::buffer(bytes.data() + used, bytes.size() - used), code);
    used += taken;
    if (code == http::error::need_more) break;
    if (code == http::error::header_limit) return {State::header_too_large, used};
    if (code == http::error::body_limit) return {State::body_too_large, used};
    if (code) return {State::malformed, used};
    if (taken == 0) break;
  }
  if (!reader.is_done()) return {State::more, used};
  impl_->request.body = impl_->body;
  return {State::complete, used};
}

bool HttpParser::has_header() const { return impl_->reader->is_header_done(); }
HttpRequest& HttpParser::request() { return impl_->request; }
bool HttpParser::keep_alive() const { return impl_->reader->keep_alive(); }
bool HttpParser::http_1_0() const { return impl_->reader->old; }

}  // namespace dpctl::io
