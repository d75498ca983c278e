// Reads the front of a release record.
//
// A record is mostly the chart's files and the manifest, and lists show neither. Helm writes what they show first,
// so a few kilobytes of each record are unpacked in place of all of it.
#include "lib/chart/release_summary.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <cstdint>
#include <optional>
#include <string_view>

#include "lib/base/encoding.hpp"
#include "lib/chart/release_json.hpp"
#include "lib/chart/release_record.hpp"

namespace dpctl::chart {
namespace {

/// The bytes of a record, one after the other: base64 is decoded and gzip unpacked as they are asked for.
class RecordBytes {
 public:
  explicit RecordBytes(std::string_view record) : rest_(record) {}
  ~RecordBytes() {
    if (packed_) inflateEnd(&stream_);
  }
  RecordBytes(const RecordBytes&) = delete;
  RecordBytes& operator=(const RecordBytes&) = delete;

  /// The next byte without taking it; -1 at the end, and when the record is damaged.
  int peek() {
    if (at_ == size_) refill();
    return at_ == size_ ? -1 : static_cast<unsigned char>(out_[at_]);
  }
  int take() {
    const int c = peek();
    if (c >= 0) ++at_;
    return c;
  }

 private:
  void refill() {
    at_ = size_ = 0;
    taken_ += out_.size();
    if (taken_ > kMaxReleaseJson || done_) return;
    if (in_.empty() && !first_piece()) return;
    if (!packed_) {
      next_plain();
      return;
    }
    int state = Z_OK;
    while (size_ == 0 && state == Z_OK) {
      if (stream_.avail_in == 0 && !next_piece()) return;
      stream_.next_out = reinterpret_cast<Bytef*>(out_.data());
      stream_.avail_out = static_cast<uInt>(out_.size());
      state = inflate(&stream_, Z_NO_FLUSH);
      size_ = out_.size() - stream_.avail_out;
    }
    done_ = state != Z_OK;
  }

  /// Decides whether it is gzip, or JSON as it stands.
  bool first_piece() {
    if (!next_piece()) return false;
    packed_ = in_.starts_with("\x1f\x8b");
    if (packed_ && inflateInit2(&stream_, 15 + 16) != Z_OK) packed_ = false;
    return true;
  }

  bool next_piece() {
    const auto piece = rest_.substr(0, kPiece);
    rest_.remove_prefix(piece.size());
    auto bytes = base64_decode(piece);
    if (piece.empty() || !bytes) {
      done_ = true;
      return false;
    }
    in_ = *std::move(bytes);
    stream_.next_in = reinterpret_cast<Bytef*>(in_.data());
    stream_.avail_in = static_cast<uInt>(in_.size());
    return true;
  }

  void next_plain() {
    if (stream_.avail_in == 0 && !next_piece()) return;
    size_ = std::min<std::size_t>(stream_.avail_in, out_.size());
    std::copy_n(in_.end() - stream_.avail_in, size_, out_.begin());
    stream_.avail_in -= static_cast<uInt>(size_);
  }

  // The front of an ordinary record is within the first of these.
  static constexpr std::size_t kPiece = 1024;  // of base64: a multiple of four
  std::string_view rest_;
  std::string in_;
  std::array<char, 1024> out_;
  std::size_t at_ = 0, size_ = 0, taken_ = 0;
  z_stream stream_{};
  bool packed_ = false, done_ = false;
};

/// As much of a JSON reader as the front of a record needs: values are read as strings or passed over.
class FrontReader {
 public:
  explicit FrontReader(std::string_view record) : bytes_(record) {}

  /// Calls `member(key)` for each member of the object that comes next; it takes the value and says whether to
  /// go on. False when this is no object, is cut short, or `member` ended it.
  template <class Member>
  bool object(const Member& member) {
    if (!expect('{')) return false;
    if (next() == '}') return expect('}');
    while (true) {
      const auto key = string();
      if (!key || !expect(':') || !member(*key)) return false;
      const int c = next();
      bytes_.take();
      if (c == '}') return true;
      if (c != ',') return false;
    }
  }

  /// A string; anything else is an error.
  std::optional<std::string> string() {
    if (!expect('"')) return std::nullopt;
    std::string text;
    for (int c = bytes_.take(); c >= 0; c = bytes_.take()) {
      if (c == '"') return text;
      if (c == '\\' && !escape(text)) return std::nullopt;
      if (c != '\\') text += static_cast<char>(c);
    }
    return std::nullopt;
  }

  /// A string, or nothing of a value of another kind.
  bool text_into(std::string& text) {
    if (next() != '"') return skip();
    auto read = string();
    if (read) text = *std::move(read);
    return read.has_value();
  }

  /// Passes over a value, however deep.
  bool skip() {
    std::size_t depth = 0;
    do {
      const int c = next();
      if (c < 0) return false;
      bytes_.take();
      if (c == '"') {
        if (!skip_string()) return false;
      } else if (c == '{' || c == '[') {
        ++depth;
      } else if (c == '}' || c == ']') {
        if (depth-- == 0) return false;
      } else if (depth == 0) {
        while (is_word(bytes_.peek())) bytes_.take();
      }
    } while (depth > 0);
    return true;
  }

 private:
  static bool is_word(int c) {
    return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'z') || c == 'E' || c == '+' || c == '-' || c == '.';
  }

  int next() {
    for (int c = bytes_.peek();; c = bytes_.peek()) {
      if (c != ' ' && c != '\n' && c != '\t' && c != '\r') return c;
      bytes_.take();
    }
  }

  bool expect(char wanted) {
    if (next() != wanted) return false;
    bytes_.take();
    return true;
  }

  bool skip_string() {
    for (int c = bytes_.take(); c >= 0; c = bytes_.take()) {
      if (c == '"') return true;
      if (c == '\\') bytes_.take();
    }
    return false;
  }

  std::optional<std::uint32_t> four_digits() {
    std::uint32_t value = 0;
    for (int i = 0; i < 4; ++i) {
      const int c = bytes_.take();
      const int digit = c >= '0' && c <= '9'   ? c - '0'
                        : c >= 'a' && c <= 'f' ? c - 'a' + 10
                        : c >= 'A' && c <= 'F' ? c - 'A' + 10
                                               : -1;
      if (digit < 0) return std::nullopt;
      value = value * 16 + static_cast<std::uint32_t>(digit);
    }
    return value;
  }

  bool escape(std::string& text) {
    const int c = bytes_.take();
    constexpr std::string_view kFrom = "\"\\/bfnrt", kTo = "\"\\/\b\f\n\r\t";
    if (const auto at = kFrom.find(static_cast<char>(c)); c >= 0 && at != std::string_view::npos) {
      text += kTo[at];
      return true;
    }
    auto code = c == 'u' ? four_digits() : std::nullopt;
    if (!code) return false;
    if (*code >= 0xD800 && *code < 0xDC00) {  // the first half of a pair
      const bool second = bytes_.take() == '\\' && bytes_.take() == 'u';
      const auto low = second ? four_digits() : std::nullopt;
      if (!low || *low < 0xDC00 || *low > 0xDFFF) return false;
      code = 0x10000 + ((*code - 0xD800) << 10U) + (*low - 0xDC00);
    }
    add_utf8(text, *code);
    return true;
  }

  static void add_utf8(std::string& text, std::uint32_t code) {
    const auto tail = [&](unsigned shift) { text += static_cast<char>(0x80U | ((code >> shift) & 0x3FU)); };
    if (code < 0x80) {
      text += static_cast<char>(code);
    } else if (code < 0x800) {
      text += static_cast<char>(0xC0U | (code >> 6U));
      tail(0);
    } else if (code < 0x10000) {
      text += static_cast<char>(0xE0U | (code >> 12U));
      tail(6), tail(0);
    } else {
      text += static_cast<char>(0xF0U | (code >> 18U));
      tail(12), tail(6), tail(0);
    }
  }

  RecordBytes bytes_;
};

bool read_info(FrontReader& reader, Summary& into) {
  return reader.object([&](const std::string& key) {
    if (key == "status") return reader.text_into(into.status);
    if (key == "description") return reader.text_into(into.description);
    if (key == "first_deployed") return reader.text_into(into.first_deployed);
    if (key == "last_deployed") return reader.text_into(into.last_deployed);
    return reader.skip();
  });
}

bool read_metadata(FrontReader& reader, Summary& into) {
  return reader.object([&](const std::string& key) {
    if (key == "name") return reader.text_into(into.chart);
    if (key == "version") return reader.text_into(into.chart_version);
    if (key == "appVersion") return reader.text_into(into.app_version);
    return reader.skip();
  });
}

/// Reads until info and the chart's metadata are known.
bool read_front(FrontReader& reader, Summary& into) {
  bool info = false, metadata = false;
  const bool whole = reader.object([&](const std::string& key) {
    if (key == "name") return reader.text_into(into.name);
    if (key == "info") return (info = read_info(reader, into)) && !metadata;
    if (key != "chart") return reader.skip();
    const bool chart = reader.object([&](const std::string& inner) {
      if (inner != "metadata") return reader.skip();
      return (metadata = read_metadata(reader, into)) && !info;
    });
    return chart && !(info && metadata);
  });
  return info && (whole || metadata);  // a record may have no chart
}

}  // namespace

Result<Summary> read_summary(const kube::Payload& head, kube::PayloadKind kind) {
  Summary summary;
  const auto record = record_text(head);
  // Other writers' order of members may put the name behind what ends the reading.
  if (const auto name = head.labels.find("name"); name != head.labels.end()) summary.name = name->second;
  FrontReader reader(record);
  if (record.empty() || !read_front(reader, summary) || summary.name.empty())
    return fail(Code::failed, "the release record in {} {}/{} {}",
                kind == kube::PayloadKind::secret ? "secret" : "configmap", head.ns, head.name,
                record.empty() ? "is empty" : "cannot be read: it is cut short or damaged")
        .hint("restore it from a backup, or delete it: the other revisions stay readable");
  summary.ns = head.ns;
  summary.version = version_of(head);
  summary.pieces = pieces_of(head);
  return summary;
}

Summary summary_of(const Release& release) {
  Summary summary{.name = release.name,
                  .ns = release.ns,
                  .version = release.version,
                  .status = release.status,
                  .description = release.description,
                  .first_deployed = release.first_deployed,
                  .last_deployed = release.last_deployed,
                  .pieces = release.pieces};
  if (release.chart != nullptr) {
    summary.chart = release.chart->metadata.name;
    summary.chart_version = release.chart->metadata.version;
    summary.app_version = release.chart->metadata.app_version;
  }
  return summary;
}

}  // namespace dpctl::chart
