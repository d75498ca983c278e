#pragma once

#include <simdjson.h>

#include <string>
#include <string_view>

#include "pipeline-services/core/json_in.hpp"

// The one place that touches simdjson's on-demand interface; include it in .cpp files only.
namespace dpctl::pipeline {

/// Holds a parser and a padded copy of the document. A reader reads one document at a time.
class JsonReader {
 public:
  /// Calls visit(name, value) for each field of the top-level object. `visit` returns false to stop with
  /// failure.
  template <class Visit>
  bool read(std::string_view document, Visit&& visit) {
    if (buffer_.size() < document.size() + simdjson::SIMDJSON_PADDING)
      buffer_.resize(2 * document.size() + 4096);
    document.copy(buffer_.data(), document.size());
    std::memset(buffer_.data() + document.size(), ' ', simdjson::SIMDJSON_PADDING);
    simdjson::ondemand::document parsed;
    if (parser_.iterate(buffer_.data(), document.size(), buffer_.size()).get(parsed) != simdjson::SUCCESS)
      return false;
    simdjson::ondemand::object object;
    if (parsed.get_object().get(object) != simdjson::SUCCESS) return false;
    const char* rest = nullptr;
    return fields(object, visit) &&
           parsed.current_location().get(rest) == simdjson::OUT_OF_BOUNDS;  // nothing follows
  }

  template <class Visit>
  static bool fields(simdjson::ondemand::object& object, Visit&& visit) {
    for (auto item : object) {
      simdjson::ondemand::field field;
      if (std::move(item).get(field) != simdjson::SUCCESS) return false;
      std::string_view name;
      if (field.unescaped_key().get(name) != simdjson::SUCCESS) return false;
      simdjson::ondemand::value value = field.value();
      if (!visit(name, value)) return false;
    }
    return true;
  }

  /// Calls visit(name, value) when the value is an object; false when it is none.
  template <class Visit>
  static bool object(simdjson::ondemand::value& value, Visit&& visit) {
    simdjson::ondemand::object inner;
    if (value.get_object().get(inner) != simdjson::SUCCESS) return false;
    return fields(inner, visit);
  }

  /// Calls visit(value) for each element; false when it is no array.
  template <class Visit>
  static bool array(simdjson::ondemand::value& value, Visit&& visit) {
    simdjson::ondemand::array inner;
    if (value.get_array().get(inner) != simdjson::SUCCESS) return false;
    for (auto item : inner) {
      simdjson::ondemand::value element;
      if (std::move(item).get(element) != simdjson::SUCCESS) return false;
      if (!visit(element)) return false;
    }
    return true;
  }

  /// False when the value is malformed.
  static bool scalar(simdjson::ondemand::value& value, Scalar& out) {
    simdjson::ondemand::json_type type;
    if (value.type().get(type) != simdjson::SUCCESS) return false;
    switch (type) {
      case simdjson::ondemand::json_type::string:
        out.kind = Scalar::Kind::text;
        return value.get_string().get(out.text) == simdjson::SUCCESS;
      case simdjson::ondemand::json_type::number: {
        std::string_view token = value.raw_json_token();
        while (!token.empty() &&
               (token.back() == ' ' || token.back() == '\n' || token.back() == '\t' || token.back() == '\r'))
          token.remove_suffix(1);
        out.kind = Scalar::Kind::number;
        out.text = token;
        double check = 0;  // JSON's grammar, not ours
        return value.get_double().get(check) == simdjson::SUCCESS;
      }
      case simdjson::ondemand::json_type::boolean: {
        bool truth = false;
        if (value.get_bool().get(truth) != simdjson::SUCCESS) return false;
        out.kind = Scalar::Kind::boolean;
        out.text = truth ? "true" : "false";
        return true;
      }
      case simdjson::ondemand::json_type::null:
        out.kind = Scalar::Kind::null;
        out.text = {};
        return value.is_null();
      case simdjson::ondemand::json_type::array:
      case simdjson::ondemand::json_type::object:
        out.kind = Scalar::Kind::container;
        out.text = {};
        return true;  // an unread container is skipped by the parser
    }
    return false;
  }

 private:
  simdjson::ondemand::parser parser_;
  std::string buffer_;
};

}  // namespace dpctl::pipeline
