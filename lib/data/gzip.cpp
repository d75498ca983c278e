#include "lib/data/gzip.hpp"

#include <zlib.h>

#include <algorithm>
#include <array>
#include <new>

namespace dpctl {
namespace {

constexpr int kWindow = 15 + 16;  // with the header and trailer of gzip
// avail_in is 32 bits wide: larger input goes in pieces.
constexpr std::size_t kPiece = 1U << 30U;

void take_piece(z_stream& stream, std::string_view& bytes) {
  const std::size_t piece = std::min(bytes.size(), kPiece);
  stream.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(bytes.data()));
  stream.avail_in = static_cast<uInt>(piece);
  bytes.remove_prefix(piece);
}

}  // namespace

std::string gzip(std::string_view bytes, int level) {
  z_stream stream{};
  if (deflateInit2(&stream, level, Z_DEFLATED, kWindow, 8, Z_DEFAULT_STRATEGY) != Z_OK)
    throw std::bad_alloc();
  gz_header header{};
  header.os = 255;  // unknown: not the machine it was built on
  deflateSetHeader(&stream, &header);
  std::string out;
  std::array<char, 1U << 16U> buffer;
  int state = Z_OK;
  do {
    take_piece(stream, bytes);
    const int flush = bytes.empty() ? Z_FINISH : Z_NO_FLUSH;
    do {
      stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
      stream.avail_out = static_cast<uInt>(buffer.size());
      state = deflate(&stream, flush);
      out.append(buffer.data(), buffer.size() - stream.avail_out);
    } while (stream.avail_out == 0);
  } while (state != Z_STREAM_END && !bytes.empty());
  deflateEnd(&stream);
  return out;
}

Result<std::string> gunzip(std::string_view bytes, std::size_t limit, std::string_view what) {
  z_stream stream{};
  if (inflateInit2(&stream, kWindow) != Z_OK) throw std::bad_alloc();
  std::string out;
  std::array<char, 1U << 16U> buffer;
  int state = Z_OK;
  while (state == Z_OK && out.size() <= limit) {
    if (stream.avail_in == 0) take_piece(stream, bytes);
    stream.next_out = reinterpret_cast<Bytef*>(buffer.data());
    stream.avail_out = static_cast<uInt>(buffer.size());
    state = inflate(&stream, Z_NO_FLUSH);
    out.append(buffer.data(), buffer.size() - stream.avail_out);
  }
  inflateEnd(&stream);
  if (out.size() > limit) return fail(Code::failed, "{} unpacks to more than {} bytes", what, limit);
  if (state != Z_STREAM_END)
    return fail(Code::failed, "{} cannot be unpacked: it is cut short or damaged", what);
  return out;
}

}  // namespace dpctl
