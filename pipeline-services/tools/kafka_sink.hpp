#pragma once

#include <chrono>
#include <memory>
#include <vector>

#include "pipeline-services/core/raw.hpp"
#include "pipeline-services/io/kafka.hpp"

namespace dpctl::pipeline {

/// Raw messages into Kafka; flush() waits for the acknowledgements, at most `patience`.
class KafkaSink final : public RawSink {
 public:
  /// `headers` go with every message; their texts outlive the sink.
  KafkaSink(std::unique_ptr<io::Producer> producer, std::chrono::seconds patience,
            std::vector<io::Header> headers = {})
      : producer_(std::move(producer)), patience_(patience), headers_(std::move(headers)) {}
  Result<void> put(std::string_view topic, std::string_view key, std::string_view value) override {
    return producer_->send(topic, key, value, headers_);
  }
  Result<void> flush() override { return producer_->flush(Deadline::after(patience_)); }

 private:
  std::unique_ptr<io::Producer> producer_;
  std::chrono::seconds patience_;
  std::vector<io::Header> headers_;
};

}  // namespace dpctl::pipeline
