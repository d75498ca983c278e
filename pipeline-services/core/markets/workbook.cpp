// workbook.cpp: the little of ZIP and SpreadsheetML that published price workbooks need.
//
// ZIP is read by its central directory with stored and deflated parts only, no ZIP64 and no encryption.
// Sheets are searched for their cells and not parsed as XML: what is written by a program and has no
// namespaces of its own needs no more.
#include "pipeline-services/core/markets/workbook.hpp"

#include <fmt/format.h>
#include <zlib.h>

#include <algorithm>
#include <charconv>
#include <map>

#include "pipeline-services/core/hash.hpp"

namespace dpctl::pipeline::markets {
namespace {

constexpr std::size_t kLargestPart = 64U << 20U;
constexpr std::size_t kLargestWhole = 256U << 20U;
constexpr std::size_t kMostParts = 4096;
constexpr std::size_t kMostColumns = 64;
constexpr std::size_t kEndRecord = 22, kCentralRecord = 46, kLocalRecord = 30;

struct Part {
  std::size_t packed = 0, unpacked = 0, local = 0;
  unsigned method = 0;
};

class Zip {
 public:
  Zip(std::string_view name, std::string_view bytes) : name_(name), bytes_(bytes) {}

  Result<void> open() {
    if (bytes_.size() < kEndRecord) return bad("it is cut short");
    std::size_t end = bytes_.size() - kEndRecord;
    const std::size_t lowest = end > 65'535 ? end - 65'535 : 0;
    while (bytes_.substr(end, 4) != "PK\5\6") {
      if (end == lowest) return bad("it has no directory");
      --end;
    }
    const std::size_t count = number(end + 10, 2);
    std::size_t at = number(end + 16, 4);
    if (count > kMostParts) return bad("it has too many parts");
    std::size_t whole = 0;
    for (std::size_t i = 0; i < count; ++i) {
      if (at + kCentralRecord > bytes_.size() || bytes_.substr(at, 4) != "PK\1\2")
        return bad("its directory is damaged");
      const Part part{number(at + 20, 4), number(at + 24, 4), number(at + 42, 4),
                      static_cast<unsigned>(number(at + 10, 2))};
      const std::size_t name_size = number(at + 28, 2);
      const std::size_t rest = number(at + 30, 2) + number(at + 32, 2);
      if (at + kCentralRecord + name_size > bytes_.size()) return bad("its directory is damaged");
      whole += part.unpacked;
      if (part.unpacked > kLargestPart || whole > kLargestWhole) return bad("it is too large when unpacked");
      // Producers do not agree on upper and lower case: ECMA-376 part 2, 6.2.2.3 compares without it.
      parts_[folded(bytes_.substr(at + kCentralRecord, name_size))] = part;
      at += kCentralRecord + name_size + rest;
    }
    return {};
  }

  [[nodiscard]] bool has(std::string_view part) const { return parts_.contains(folded(part)); }

  Result<std::string> read(std::string_view wanted) const {
    const auto found = parts_.find(folded(wanted));
    if (found == parts_.end()) return bad(fmt::format("it has no part {}", wanted));
    const Part& part = found->second;
    if (part.local + kLocalRecord > bytes_.size() || bytes_.substr(part.local, 4) != "PK\3\4")
      return bad("a part is not where the directory says");
    const std::size_t at =
        part.local + kLocalRecord + number(part.local + 26, 2) + number(part.local + 28, 2);
    if (at > bytes_.size() || part.packed > bytes_.size() - at) return bad("a part is cut short");
    const auto packed = bytes_.substr(at, part.packed);
    if (part.method == 0) return std::string(packed);
    if (part.method != 8) return bad("a part is packed in a way that is not deflate");
    return inflate_part(packed, part.unpacked);
  }

  [[nodiscard]] Failure bad(std::string_view what) const {
    return fail(Code::failed, "the workbook cannot be read: {}", what).at({.subject = std::string(name_)});
  }

 private:
  static std::string folded(std::string_view text) {
    std::string out(text);
    for (char& c : out)
      if (c >= 'A' && c <= 'Z') c = static_cast<char>(c - 'A' + 'a');
    return out;
  }
  [[nodiscard]] std::size_t number(std::size_t at, std::size_t size) const {
    return static_cast<std::size_t>(load_bytes(bytes_.data() + at, size));
  }
  [[nodiscard]] Result<std::string> inflate_part(std::string_view packed, std::size_t size) const {
    std::string out(size, '\0');
    z_stream stream{};
    if (inflateInit2(&stream, -MAX_WBITS) != Z_OK) return bad("there is no memory");
    stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(packed.data()));  // zlib does not write there
    stream.avail_in = static_cast<uInt>(packed.size());
    stream.next_out = reinterpret_cast<Bytef*>(out.data());
    stream.avail_out = static_cast<uInt>(out.size());
    const int status = inflate(&stream, Z_FINISH);
    const std::size_t made = stream.total_out;
    inflateEnd(&stream);
    if (status != Z_STREAM_END || made != size) return bad("a part does not unpack to the size it tells");
    return out;
  }

  std::string_view name_, bytes_;
  std::map<std::string, Part> parts_;
};

/// The text between <tag …> and </tag> at or behind `from`, which moves behind it; `attributes` gets what
/// stands in the opening tag. Nothing when there is none.
std::optional<std::string_view> element(std::string_view text, std::string_view tag, std::size_t& from,
                                        std::string_view* attributes = nullptr) {
  const std::string open = fmt::format("<{}", tag);
  const std::string close = fmt::format("</{}>", tag);
  while (true) {
    const auto begin = text.find(open, from);
    if (begin == text.npos) return {};
    const auto name_end = begin + open.size();
    const auto head_end = text.find('>', name_end);
    if (head_end == text.npos) return {};
    from = head_end + 1;
    if (text[name_end] != ' ' && text[name_end] != '>' && text[name_end] != '/') continue;  // a longer name
    if (attributes != nullptr) *attributes = text.substr(name_end, head_end - name_end);
    if (text[head_end - 1] == '/') return std::string_view();
    const auto end = text.find(close, from);
    if (end == text.npos) return {};
    const auto inside = text.substr(from, end - from);
    from = end + close.size();
    return inside;
  }
}

std::string_view attribute(std::string_view attributes, std::string_view name) {
  const std::string wanted = fmt::format(" {}=\"", name);
  const auto at = attributes.find(wanted);
  if (at == attributes.npos) return {};
  const auto rest = attributes.substr(at + wanted.size());
  return rest.substr(0, rest.find('"'));
}

std::string unescaped(std::string_view text) {
  constexpr std::pair<std::string_view, char> kEntities[]{
      {"&lt;", '<'}, {"&gt;", '>'}, {"&quot;", '"'}, {"&apos;", '\''}, {"&amp;", '&'}};
  std::string out;
  for (std::size_t i = 0; i < text.size(); ++i) {
    const auto* found = std::find_if(std::begin(kEntities), std::end(kEntities),
                                     [&](const auto& e) { return text.substr(i).starts_with(e.first); });
    out += found == std::end(kEntities) ? text[i] : found->second;
    if (found != std::end(kEntities)) i += found->first.size() - 1;
  }
  return out;
}

/// The texts of all <t> inside: a string may come in runs.
std::string text_of(std::string_view inside) {
  std::string out;
  std::size_t at = 0;
  while (const auto run = element(inside, "t", at)) out += unescaped(*run);
  return out;
}

/// "C12" is 2.
std::size_t column_of(std::string_view reference) {
  std::size_t column = 0;
  for (const char c : reference) {
    if (c < 'A' || c > 'Z') break;
    column = column * 26 + static_cast<std::size_t>(c - 'A' + 1);
    if (column > kMostColumns) break;
  }
  return column;
}

Result<Sheet> read_sheet(const Zip& zip, std::string_view xml, const std::vector<std::string>& strings) {
  Sheet sheet;
  std::size_t at = 0;
  while (const auto row = element(xml, "row", at)) {
    auto& cells = sheet.emplace_back();
    std::size_t in_row = 0;
    std::string_view attributes;
    while (const auto cell = element(*row, "c", in_row, &attributes)) {
      const auto reference = attribute(attributes, "r");
      const std::size_t column = reference.empty() ? cells.size() + 1 : column_of(reference);
      if (column == 0 || column > kMostColumns) return zip.bad("a row has too many columns");
      if (cells.size() < column) cells.resize(column);
      std::size_t in_cell = 0;
      const auto value = element(*cell, "v", in_cell);
      if (attribute(attributes, "t") == "s") {
        std::size_t index = strings.size();
        if (value) std::from_chars(value->data(), value->data() + value->size(), index);
        if (index >= strings.size()) return zip.bad("a cell refers to a text that is not there");
        cells[column - 1] = strings[index];
      } else {
        cells[column - 1] = value ? unescaped(*value) : text_of(*cell);
      }
    }
  }
  return sheet;
}

}  // namespace

bool is_workbook(std::string_view bytes) { return bytes.starts_with("PK\3\4"); }

Result<std::vector<Sheet>> read_workbook(std::string_view name, std::string_view bytes) {
  Zip zip(name, bytes);
  DPCTL_CHECK(zip.open());
  std::vector<std::string> strings;
  if (zip.has("xl/sharedStrings.xml")) {
    DPCTL_TRY(const auto xml, zip.read("xl/sharedStrings.xml"));
    std::size_t at = 0;
    while (const auto item = element(xml, "si", at)) strings.push_back(text_of(*item));
  }
  std::vector<Sheet> sheets;
  for (std::size_t i = 1;; ++i) {
    const auto part = fmt::format("xl/worksheets/sheet{}.xml", i);
    if (!zip.has(part)) break;
    DPCTL_TRY(const auto xml, zip.read(part));
    DPCTL_TRY(sheets.emplace_back(), read_sheet(zip, xml, strings));
  }
  if (sheets.empty()) return zip.bad("it has no sheets");
  return sheets;
}

}  // namespace dpctl::pipeline::markets
