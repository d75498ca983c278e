// stable.cpp: what is drawn by lot is found by drawing twice, and taken from the previous manifest.
#include "lib/chart/insight/stable.hpp"

#include <openssl/bio.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <chrono>
#include <map>
#include <optional>
#include <set>

#include "lib/base/encoding.hpp"
#include "lib/chart/manifest.hpp"
#include "lib/chart/value/text.hpp"

namespace dpctl::chart {
namespace {

constexpr std::chrono::seconds kClockShift{86400 + 3661};  // another day, hour, minute and second
constexpr std::string_view kPem = "-----BEGIN ";

/// Keys and indexes from a document's root.
struct Step {
  std::string key;        ///< empty for an index
  std::size_t index = 0;  ///< in a list
};
using FieldPath = std::vector<Step>;

struct Field {
  FieldPath path;
  Value drawn;   ///< as the first render has it
  Value before;  ///< as the previous manifest has it; invalid when it has none
  bool keep = true;
};

struct Object {
  Manifest* manifest;
  std::string chart;  ///< the chart's path: fields of one chart belong together
  Value now, before;
  std::vector<Field> fields;
};

bool is_scalar(const Value& value) { return !value.is_nil() && !value.is_map() && !value.is_list(); }

/// Fields that differ between two renders; false when the trees differ in shape.
void differences(const Value& a, const Value& b, FieldPath& path, std::vector<Field>& out) {
  if (a.is_map() && b.is_map()) {
    for (const auto& entry : a.as_map().entries) {
      const auto* other = b.find(entry.name());
      if (other == nullptr) continue;
      path.push_back({entry.name()});
      differences(entry.value, *other, path, out);
      path.pop_back();
    }
  } else if (a.is_list() && b.is_list()) {
    if (a.as_list().size() != b.as_list().size()) return;
    for (std::size_t i = 0; i < a.as_list().size(); ++i) {
      path.push_back({"", i});
      differences(a.as_list()[i], b.as_list()[i], path, out);
      path.pop_back();
    }
  } else if (is_scalar(a) && a.kind() == b.kind() && !deep_equal(a, b)) {
    out.push_back({path, a, {}});
  }
}

const Value* at(const Value& root, const FieldPath& path) {
  const Value* value = &root;
  for (const auto& step : path) {
    if (value->is_list()) {
      if (!step.key.empty() || step.index >= value->as_list().size()) return nullptr;
      value = &value->as_list()[step.index];
    } else {
      value = value->find(step.key);
      if (value == nullptr) return nullptr;
    }
  }
  return value;
}

/// A copy of the tree with one field replaced.
Value with(const Value& root, const FieldPath& path, std::size_t depth, const Value& value) {
  if (depth == path.size()) return value;
  if (root.is_list()) {
    auto items = root.as_list();
    items[path[depth].index] = with(items[path[depth].index], path, depth + 1, value);
    return Value::list(std::move(items));
  }
  Value map = Value::map();
  map.as_map().entries = root.as_map().entries;
  map.as_map().set(path[depth].key, with(*root.find(path[depth].key), path, depth + 1, value));
  return map;
}

std::string text_at(const Value& map, std::string_view key) {
  const auto* value = map.find(key);
  return value != nullptr && value->is_string() ? value->as_string() : "";
}

std::string key_of(const Value& object) {
  const auto* metadata = object.find("metadata");
  if (metadata == nullptr || text_at(*metadata, "name").empty()) return "";
  return text_at(object, "apiVersion") + "\n" + text_at(object, "kind") + "\n" +
         text_at(*metadata, "namespace") + "\n" + text_at(*metadata, "name");
}

std::map<std::string, Value> objects_of(const std::vector<std::string_view>& documents) {
  std::map<std::string, Value> objects;
  for (const auto document : documents)
    if (const auto object = from_yaml(document, "manifest"); object && object->is_map())
      if (const auto key = key_of(*object); !key.empty()) objects[key] = *object;
  return objects;
}

/// The PEM text of a field, plain or in base64; empty when it is none.
std::string pem_of(const Value& value) {
  if (!value.is_string()) return "";
  if (value.as_string().find(kPem) != std::string::npos) return value.as_string();
  const auto bytes = base64_decode(value.as_string());
  return bytes && bytes->find(kPem) != std::string::npos ? *bytes : "";
}

using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
Certificate certificate_of(const std::string& pem) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> bio(
      BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size())), BIO_free);
  return {PEM_read_bio_X509(bio.get(), nullptr, nullptr, nullptr), X509_free};
}

/// Subject and alternative names.
std::string names_of(X509* certificate) {
  std::string names;
  char line[512];
  if (X509_NAME_oneline(X509_get_subject_name(certificate), line, sizeof line) != nullptr) names = line;
  const int position = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
  if (position < 0) return names;
  const auto* data = X509_EXTENSION_get_data(X509_get_ext(certificate, position));
  names.append(reinterpret_cast<const char*>(ASN1_STRING_get0_data(data)),
               static_cast<std::size_t>(ASN1_STRING_length(data)));
  return names;
}

/// May the old PEM stand where the new one would? Keys have no names and no end.
bool still_good(const std::string& before, const std::string& drawn) {
  const auto old_one = certificate_of(before);
  const auto new_one = certificate_of(drawn);
  if ((old_one == nullptr) != (new_one == nullptr)) return false;
  if (old_one == nullptr) return true;
  return X509_cmp_current_time(X509_get0_notAfter(old_one.get())) > 0 &&
         names_of(old_one.get()) == names_of(new_one.get());
}

bool is_digest_annotation(const Field& field) {
  const bool annotation = std::any_of(field.path.begin(), field.path.end(),
                                      [](const Step& step) { return step.key == "annotations"; });
  if (!annotation || !field.drawn.is_string()) return false;
  const auto& text = field.drawn.as_string();
  return text.size() >= 32 && text.find_first_not_of("0123456789abcdefABCDEF") == std::string::npos;
}

std::string chart_of(const std::string& path) { return path.substr(0, path.rfind("/templates/")); }

Value restored(const Object& object, bool with_digests) {
  Value value = object.now;
  for (const auto& field : object.fields)
    if (field.keep && (with_digests || !is_digest_annotation(field)))
      value = with(value, field.path, 0, field.before);
  return value;
}

/// Certificates of one chart: all or none.
void decide_certificates(std::vector<Object>& objects) {
  std::set<std::string> renewed;
  for (const auto& object : objects)
    for (const auto& field : object.fields) {
      const auto drawn = pem_of(field.drawn);
      if (drawn.empty()) continue;
      const auto before = pem_of(field.before);
      if (!field.keep || before.empty() || !still_good(before, drawn)) renewed.insert(object.chart);
    }
  for (auto& object : objects)
    if (renewed.contains(object.chart))
      for (auto& field : object.fields)
        if (!pem_of(field.drawn).empty()) field.keep = false;
}

/// A digest stands for configuration and for the objects whose drawn values it was made of.
void decide_digests(std::vector<Object>& objects, const Rendered& rendered,
                    const std::map<std::string, Value>& previous) {
  std::set<std::string> changed;
  std::set<const Manifest*> drawn;
  for (const auto& object : objects) drawn.insert(object.manifest);
  for (const auto& manifest : rendered.manifests) {
    if ((manifest.kind != "Secret" && manifest.kind != "ConfigMap") || drawn.contains(&manifest)) continue;
    const auto now = from_yaml(manifest.content, manifest.path);
    const auto before = now ? previous.find(key_of(*now)) : previous.end();
    if (before == previous.end() || !deep_equal(*now, before->second))
      changed.insert(chart_of(manifest.path));
  }
  for (const auto& object : objects) {
    const bool holds = std::any_of(object.fields.begin(), object.fields.end(),
                                   [](const Field& field) { return !is_digest_annotation(field); });
    if (holds && !deep_equal(restored(object, true), object.before)) changed.insert(object.chart);
  }
  for (auto& object : objects)
    if (changed.contains(object.chart))
      for (auto& field : object.fields)
        if (is_digest_annotation(field)) field.keep = false;
}

void replace_all(std::string& text, const std::string& from, const std::string& to) {
  for (auto found = text.find(from); found != std::string::npos; found = text.find(from, found + to.size()))
    text.replace(found, from.size(), to);
}

/// The document's text with its fields restored: the old text when the object is what it was, else the new
/// text with the values put in, else the object written anew.
std::string text_of(const Object& object, const std::string& previous_text) {
  const Value wanted = restored(object, true);
  if (deep_equal(wanted, object.before)) return previous_text;
  std::string text = object.manifest->content;
  for (const auto& field : object.fields)
    if (field.keep && field.drawn.is_string() && !field.drawn.as_string().empty())
      replace_all(text, field.drawn.as_string(), field.before.as_string());
  if (const auto read = from_yaml(text, "manifest"); read && deep_equal(*read, wanted)) return text;
  text = to_yaml(wanted);
  if (text.ends_with('\n')) text.pop_back();
  return text;
}

/// The text behind a document's "# Source:" line, as Manifest::content has it.
std::string without_source(std::string_view document) {
  if (document.starts_with("# Source: ")) {
    const auto end = document.find('\n');
    document.remove_prefix(end == std::string_view::npos ? document.size() : end + 1);
  }
  return std::string(document);
}

std::vector<Object> drawn_objects(Rendered& first, const Rendered& second,
                                  const std::map<std::string, Value>& previous) {
  std::vector<std::string_view> texts;
  for (const auto& manifest : second.manifests) texts.emplace_back(manifest.content);
  const auto others = objects_of(texts);
  std::vector<Object> objects;
  for (auto& manifest : first.manifests) {
    const auto now = from_yaml(manifest.content, manifest.path);
    if (!now || !now->is_map()) continue;
    const auto key = key_of(*now);
    const auto other = others.find(key);
    const auto before = previous.find(key);
    if (key.empty() || other == others.end()) continue;
    Object object{
        &manifest, chart_of(manifest.path), *now, before == previous.end() ? Value() : before->second, {}};
    FieldPath path;
    differences(*now, other->second, path, object.fields);
    for (auto& field : object.fields) {
      const auto* old = at(object.before, field.path);
      field.keep = old != nullptr && old->kind() == field.drawn.kind();
      if (field.keep) field.before = *old;
    }
    if (!object.fields.empty()) objects.push_back(std::move(object));
  }
  return objects;
}

}  // namespace

Result<Rendered> render_stable(const Chart& chart, const Value& values, const RenderOptions& options,
                               std::string_view previous_manifest) {
  DPCTL_TRY(auto first, render(chart, values, options));
  if (previous_manifest.empty() || first.manifest_text() == previous_manifest) return first;
  auto moved = options;
  moved.clock_shift = kClockShift;
  DPCTL_TRY(const auto second, render(chart, values, moved));
  const auto documents = split_documents(previous_manifest);
  std::map<std::string, std::string> texts;
  for (const auto document : documents)
    if (const auto object = from_yaml(document, "manifest"); object && object->is_map())
      texts[key_of(*object)] = without_source(document);
  const auto previous = objects_of(documents);
  auto objects = drawn_objects(first, second, previous);
  decide_certificates(objects);
  decide_digests(objects, first, previous);
  for (const auto& object : objects) object.manifest->content = text_of(object, texts[key_of(object.now)]);
  return first;
}

}  // namespace dpctl::chart
