#include <fmt/format.h>

#include <algorithm>
#include <array>

#include "lib/chart/functions/toml.hpp"
#include "lib/chart/text/error.hpp"
#include "lib/chart/value/print.hpp"

namespace dpctl::chart {
namespace {

std::string quoted(std::string_view text) {
  std::string out = "\"";
  for (const char c : text) {
    switch (c) {
      case '\b': out += "\\b"; break;
      case '\t': out += "\\t"; break;
      case '\n': out += "\\n"; break;
      case '\f': out += "\\f"; break;
      case '\r': out += "\\r"; break;
      case '"': out += "\\\""; break;
      case '\\': out += "\\\\"; break;
      default:
        if (static_cast<unsigned char>(c) < 0x20 || c == 0x7F) {
          out += fmt::format("\\u{:04x}", static_cast<unsigned char>(c));
        } else {
          out += c;
        }
    }
  }
  return out + '"';
}

std::string key_text(const std::string& key) {
  const bool bare = !key.empty() && std::all_of(key.begin(), key.end(), [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
  });
  return bare ? key : quoted(key);
}

std::string real_text(double value) {
  std::string text = format_real(value);
  if (text == "NaN") return "nan";
  if (text == "+Inf") return "+inf";
  if (text == "-Inf") return "-inf";
  if (text.find_first_of(".e") == std::string::npos) text += ".0";
  return text;
}

bool is_table(const Value& value) {
  return value.is_map() || (value.kind() == Kind::object && value.as_object().type_name() != "time.Time");
}
bool is_table_list(const Value& value) {
  if (!value.is_list() || value.as_list().empty()) return false;
  const auto& items = value.as_list();
  if (std::any_of(items.begin(), items.end(), [](const Value& item) { return item.is_nil(); }))
    throw_error("toml: cannot encode array with nil element");
  return std::all_of(items.begin(), items.end(), is_table);
}

class Encoder {
 public:
  std::string run(const Value& value) {
    if (value.kind() == Kind::object && value.as_object().kind_name() == "complex128")
      throw_error("unsupported type for key '': complex128");
    const Value plain = is_table(value) && !value.is_map() ? value.as_object().plain() : value;
    if (is_table_list(plain)) throw_error("toml: top-level values must be Go maps or structs");
    if (plain.is_map()) {
      table(plain, {}, 0);
    } else {
      inline_value(plain, 0);  // no TOML, but what the library writes
    }
    return std::move(out_);
  }

 private:
  void table(const Value& map, const std::vector<std::string>& path, int depth) {
    if (depth > 200) throw_error("toml: tables are nested too deeply");
    const std::string indent(path.empty() ? 0 : path.size() * 2, ' ');
    for (const auto& entry : map.as_map().entries) {
      if (entry.value.is_nil() || is_table(entry.value) || is_table_list(entry.value)) continue;
      out_ += indent + key_text(entry.name()) + " = ";
      inline_value(entry.value, depth + 1);
      out_ += '\n';
    }
    for (const auto& entry : map.as_map().entries) {
      auto inner = path;
      inner.push_back(key_text(entry.name()));
      if (is_table(entry.value)) {
        const Value plain = entry.value.is_map() ? entry.value : entry.value.as_object().plain();
        header(inner, false);
        table(plain, inner, depth + 1);
      } else if (is_table_list(entry.value)) {
        for (const auto& item : entry.value.as_list()) {
          header(inner, true);
          table(item, inner, depth + 1);
        }
      }
    }
  }

  void header(const std::vector<std::string>& path, bool list) {
    if ((list || path.size() == 1) && !out_.empty()) out_ += '\n';
    out_.append((path.size() - 1) * 2, ' ');
    out_ += list ? "[[" : "[";
    for (std::size_t i = 0; i < path.size(); ++i) out_ += (i > 0 ? "." : "") + path[i];
    out_ += list ? "]]\n" : "]\n";
  }

  void inline_value(const Value& value, int depth) {
    if (depth > 200) throw_error("toml: values are nested too deeply");
    switch (value.kind()) {
      case Kind::boolean: out_ += value.as_bool() ? "true" : "false"; break;
      case Kind::integer:
      case Kind::int64:
      case Kind::byte: out_ += std::to_string(value.as_int()); break;
      case Kind::real: out_ += real_text(value.as_real()); break;
      case Kind::string: out_ += quoted(value.as_string()); break;
      case Kind::list: {
        out_ += '[';
        bool first = true;
        for (const auto& item : value.as_list()) {
          if (item.is_nil()) throw_error("toml: cannot encode array with nil element");
          if (!first) out_ += ", ";
          first = false;
          inline_value(item, depth + 1);
        }
        out_ += ']';
        break;
      }
      case Kind::map: inline_table(value, depth); break;
      case Kind::object:
        if (value.as_object().type_name() == "time.Time") {
          out_ += value.as_object().plain().as_string();
        } else {
          inline_value(value.as_object().plain(), depth + 1);
        }
        break;
      default: throw_error("toml: unsupported value " + print(value));
    }
  }

  /// What is a table itself comes last. A null at the end leaves its comma, as in the library.
  void inline_table(const Value& map, int depth) {
    std::vector<const Map::Entry*> plain, tables;
    for (const auto& entry : map.as_map().entries)
      (is_table(entry.value) || is_table_list(entry.value) ? tables : plain).push_back(&entry);
    const auto write = [&](const std::vector<const Map::Entry*>& entries, bool more) {
      for (std::size_t i = 0; i < entries.size(); ++i) {
        if (entries[i]->value.is_nil()) continue;
        out_ += key_text(entries[i]->name()) + " = ";
        inline_value(entries[i]->value, depth + 1);
        if (more || i + 1 < entries.size()) out_ += ", ";
      }
    };
    out_ += '{';
    write(plain, !tables.empty());
    write(tables, false);
    out_ += '}';
  }

  std::string out_;
};

}  // namespace

std::string to_toml(const Value& value) { return Encoder().run(value); }

}  // namespace dpctl::chart
