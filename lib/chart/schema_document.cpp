// schema_document.cpp: where the references of a values.schema.json lead.
#include "lib/chart/schema_document.hpp"

#include <fmt/format.h>

#include "lib/base/strings.hpp"
#include "lib/chart/schema_check.hpp"
#include "lib/chart/schema_meta.hpp"
#include "lib/chart/value/literal.hpp"
#include "lib/chart/value/print.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

constexpr const char* kAddress = "file:///values.schema.json";
constexpr int kMaxDepth = 200;

std::string unescape_pointer(std::string_view token) {
  std::string plain;
  for (std::size_t i = 0; i < token.size(); ++i) {
    if (token[i] == '%' && i + 2 < token.size()) {
      plain += static_cast<char>(parse_unsigned("0x" + std::string(token.substr(i + 1, 2))).value_or('?'));
      i += 2;
    } else {
      plain += token[i];
    }
  }
  std::string out;
  for (std::size_t i = 0; i < plain.size(); ++i) {
    if (plain[i] == '~' && i + 1 < plain.size()) {
      out += plain[++i] == '1' ? '/' : '~';
    } else {
      out += plain[i];
    }
  }
  return out;
}

std::string escape_pointer(std::string_view token) {
  std::string out;
  for (const char c : token) {
    if (c == '~') {
      out += "~0";
    } else if (c == '/') {
      out += "~1";
    } else {
      out += c;
    }
  }
  return out;
}

std::string without_fragment(const std::string& address) { return address.substr(0, address.find('#')); }
std::string fragment_of(const std::string& address) {
  const auto hash = address.find('#');
  return hash == std::string::npos ? "" : address.substr(hash + 1);
}

bool has_scheme(std::string_view address) {
  const auto colon = address.find(':');
  return colon != std::string_view::npos && colon > 0 && address.find('/') > colon &&
         address.find('#') > colon;
}

std::string without_dots(std::string_view path) {
  std::vector<std::string> kept;
  for (const auto part : split(path, '/')) {
    if (part == "..") {
      if (kept.size() > 1) kept.pop_back();
    } else if (part != ".") {
      kept.emplace_back(part);
    }
  }
  return join(kept, "/");
}

/// RFC 3986 5.2, as far as addresses of schemas need it.
std::string absolute(const std::string& base, const std::string& reference) {
  if (reference.empty()) return base;
  if (has_scheme(reference)) return reference;
  if (reference[0] == '#') return base + reference;
  const auto colon = base.find(':');
  if (base.compare(colon, 3, "://") != 0) return reference;
  if (reference.starts_with("//")) return base.substr(0, colon + 1) + reference;
  const auto path_at = std::min(base.find('/', colon + 3), base.size());
  const auto hash = reference.find('#');
  const auto tail = hash == std::string::npos ? "" : reference.substr(hash);
  auto path = reference.substr(0, hash);
  if (path[0] != '/') {
    const auto own = base.substr(path_at);
    path = own.substr(0, own.rfind('/') == std::string::npos ? 0 : own.rfind('/') + 1) + path;
    if (path.empty() || path[0] != '/') path.insert(0, "/");
  }
  return base.substr(0, path_at) + without_dots(path) + tail;
}

int draft_of(const Value& root) {
  const auto* name = root.find("$schema");
  if (name == nullptr || !name->is_string()) return 2020;
  const auto& text = name->as_string();
  for (const auto& [mark, draft] :
       {std::pair{"draft-04", 4}, {"draft-06", 6}, {"draft-07", 7}, {"2019-09", 2019}})
    if (text.find(mark) != std::string::npos) return draft;
  return 2020;
}

const char* address_of(int draft) {
  switch (draft) {
    case 4: return "http://json-schema.org/draft-04/schema";
    case 6: return "http://json-schema.org/draft-06/schema";
    case 7: return "http://json-schema.org/draft-07/schema";
    case 2019: return "https://json-schema.org/draft/2019-09/schema";
    default: return "https://json-schema.org/draft/2020-12/schema";
  }
}

const void* identity(const Value& node) { return node.is_map() ? &node.as_map() : nullptr; }

}  // namespace

bool holds_data(std::string_view keyword) {
  return keyword == "enum" || keyword == "const" || keyword == "default" || keyword == "examples";
}

void SchemaDocument::index(const Value& node, const std::string& base, const std::string& pointer,
                           int depth) {
  if (depth > kMaxDepth) return;
  if (node.is_list())
    for (std::size_t i = 0; i < node.as_list().size(); ++i)
      index(node.as_list()[i], base, pointer + "/" + std::to_string(i), depth + 1);
  if (!node.is_map()) return;
  std::string own = base;
  const auto* id = node.find(draft_ == 4 ? "id" : "$id");
  if (id != nullptr && id->is_string() && (draft_ >= 2019 || node.find("$ref") == nullptr)) {
    const auto address = absolute(base, id->as_string());
    own = without_fragment(address);
    if (!fragment_of(address).empty()) {
      anchors_.emplace(address, node);
    } else {
      resources_.emplace(own, node);
    }
  }
  if (draft_ >= 2019)
    for (const char* keyword : {"$anchor", "$dynamicAnchor"})
      if (const auto* anchor = node.find(keyword); anchor != nullptr && anchor->is_string())
        anchors_.emplace(own + "#" + anchor->as_string(), node);
  bases_.emplace(identity(node), own);
  pointers_.emplace(identity(node), pointer);
  for (const auto& entry : node.as_map().entries)
    if (!holds_data(entry.name()))
      index(entry.value, own, pointer + "/" + escape_pointer(entry.name()), depth + 1);
}

Result<Value> SchemaDocument::resolve(const std::string& base, const std::string& reference) const {
  const auto address = absolute(base, reference);
  if (address.starts_with("urn:") && !resources_.contains(without_fragment(address))) return Value::nil();
  if (const auto anchor = anchors_.find(address); anchor != anchors_.end()) return anchor->second;
  const auto resource = resources_.find(without_fragment(address));
  if (resource == resources_.end())
    return fail(Code::usage, "failing loading {}: it is outside of the schema, and nothing is fetched",
                quote_go(without_fragment(address)))
        .hint("copy what it names into $defs of values.schema.json");
  const auto pointer = fragment_of(address);
  Value at = resource->second;
  if (pointer.empty()) return at;
  if (pointer[0] != '/') return fail(Code::usage, "anchor in {} not found", quote_go(address));
  for (const auto token : split(std::string_view(pointer).substr(1), '/')) {
    const auto name = unescape_pointer(token);
    const Value* next = at.find(name);
    if (next == nullptr && at.is_list())
      if (const auto i = parse_decimal(name);
          i && *i >= 0 && static_cast<std::size_t>(*i) < at.as_list().size())
        next = &at.as_list()[static_cast<std::size_t>(*i)];
    if (next == nullptr) return fail(Code::usage, "json-pointer in {} not found", quote_go(address));
    at = Value(*next);
  }
  return at;
}

Result<void> SchemaDocument::link(const Value& node, int depth) {
  if (depth > kMaxDepth) return fail(Code::usage, "the schema is nested more than {} deep", kMaxDepth);
  if (node.is_list())
    for (const auto& item : node.as_list()) DPCTL_CHECK(link(item, depth + 1));
  if (!node.is_map()) return {};
  const auto base = bases_.find(identity(node));
  for (const char* keyword : {"$ref", "$recursiveRef", "$dynamicRef"}) {
    const auto* reference = node.find(keyword);
    if (reference == nullptr || !reference->is_string() || base == bases_.end()) continue;
    DPCTL_TRY(auto found, resolve(base->second, reference->as_string()));
    targets_[{identity(node), keyword}] = std::move(found);
  }
  for (const auto& entry : node.as_map().entries)
    if (!holds_data(entry.name())) DPCTL_CHECK(link(entry.value, depth + 1));
  return {};
}

const Value* SchemaDocument::target(const Value& schema, const char* keyword) const {
  const auto found = targets_.find({identity(schema), keyword});
  return found == targets_.end() || found->second.is_nil() ? nullptr : &found->second;
}

std::string SchemaDocument::url_of(const Value& schema) const {
  const auto found = pointers_.find(identity(schema));
  return std::string(kAddress) + "#" + (found == pointers_.end() ? "" : found->second);
}

SchemaDocument SchemaDocument::trusted(Value root, int draft) {
  SchemaDocument out;
  out.root_ = std::move(root);
  out.draft_ = draft;
  out.resources_.emplace(kAddress, out.root_);
  out.index(out.root_, kAddress, "", 0);
  (void)out.link(out.root_, 0);  // its references are "#"
  return out;
}

Result<SchemaDocument> SchemaDocument::read(std::string_view text) {
  auto parsed = from_json(text);
  if (!parsed) return fail(Code::usage, "values.schema.json cannot be read: {}", parsed.error().what);
  SchemaDocument out;
  out.root_ = *std::move(parsed);
  out.draft_ = draft_of(out.root_);
  DPCTL_TRY(const auto meta, meta_schema(out.draft_));
  const auto problems = check_against(meta, out.root_);
  if (!problems.complaints.empty())
    return fail(Code::usage,
                "\"{}#\" is not valid against metaschema: jsonschema validation failed with '{}#'\n{}",
                kAddress, address_of(out.draft_), join(problems.complaints, "\n"));
  out.resources_.emplace(kAddress, out.root_);
  out.index(out.root_, kAddress, "", 0);
  DPCTL_CHECK(out.link(out.root_, 0));
  return out;
}

}  // namespace dpctl::chart
