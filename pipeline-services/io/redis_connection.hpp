#pragma once

#include <hiredis/hiredis.h>

#include "pipeline-services/io/redis.hpp"

/// Between the files of the Redis adapter only: nobody else sees hiredis.
namespace dpctl::io {

struct RedisReplyDelete {
  void operator()(redisReply* reply) const { freeReplyObject(reply); }
};
using RedisReply = std::unique_ptr<redisReply, RedisReplyDelete>;
struct RedisContextDelete {
  void operator()(redisContext* context) const { redisFree(context); }
};
using RedisContext = std::unique_ptr<redisContext, RedisContextDelete>;

/// A connection to the server that the options name, or to the primary that the first Sentinel that knows one
/// names and that says itself that it is one; logged in, with its database chosen.
Result<RedisContext> open_redis(const RedisOptions& options);

/// One command and its answer; an error answer is an error.
Result<RedisReply> redis_command(redisContext* context, std::span<const std::string_view> words);
/// Appends one command to a pipeline.
Result<void> redis_append(redisContext* context, std::span<const std::string_view> words);
/// The next answer of a pipeline; an error answer is an error.
Result<RedisReply> redis_reply(redisContext* context);

}  // namespace dpctl::io
