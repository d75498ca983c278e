#pragma once

#include <cstdint>
#include <filesystem>
#include <string>
#include <vector>

#include "lib/base/result.hpp"
#include "pipeline-services/core/raw.hpp"

namespace dpctl::pipeline {

/// A raw message ready to be published, and where.
struct FeedMessage {
  std::string topic, key, value;
  Micros order = 0;  ///< event time; 0 when the row has none that can be read
};

struct FeedOptions {
  std::vector<std::filesystem::path> inputs;  ///< files and folders
  std::string tenant = "default";
  Micros now = 0;  ///< envelope.timestamp
  bool backfill = false;
};

struct Feed {
  std::vector<FeedMessage> messages;  ///< in order of event time, so that no series runs ahead of itself
  std::vector<std::string> files;     ///< read
  std::vector<std::string> ignored;   ///< files of folders that are no market files
};

/// Reads all inputs. Folders are searched through: .csv, .json and .xml files of a known layout, and
/// MARKET.raw.jsonl files, whose lines are raw messages as they are. A file that is named and cannot be read
/// is an error; so is one in a folder that begins like a market's file and is broken.
Result<Feed> load_feed(const FeedOptions& options);

/// Puts the messages into the sink and waits until all are acknowledged.
Result<void> publish(const Feed& feed, RawSink& sink);

}  // namespace dpctl::pipeline
