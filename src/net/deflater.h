#pragma once
#include <zlib.h>

#include <stdexcept>
#include <string>
#include <string_view>

// zlib's compressor, kept between texts: setting one up costs more than compressing a small answer. Included by .cpp files
// only.
namespace net {

class Deflater {
 public:
  // Window bits as zlib takes them: 9 to 15; negative for bare deflate data, plus 16 for gzip. Level 3: quick rather than
  // small.
  explicit Deflater(int window_bits, int strategy = Z_DEFAULT_STRATEGY) {
    if (deflateInit2(&stream_, 3, Z_DEFLATED, window_bits, 8, strategy) != Z_OK) throw std::runtime_error("zlib has no memory");
  }
  ~Deflater() { deflateEnd(&stream_); }
  Deflater(const Deflater&) = delete;
  Deflater& operator=(const Deflater&) = delete;

  // Replaces `out`; false when it did not get smaller than `text`. `end` is Z_FINISH or Z_SYNC_FLUSH.
  bool run(std::string_view text, std::string& out, int end) {
    deflateReset(&stream_);
    out.resize(text.size());                                                     // no room for more: then it is not worth it
    stream_.next_in = reinterpret_cast<Bytef*>(const_cast<char*>(text.data()));  // zlib only reads it
    stream_.avail_in = static_cast<uInt>(text.size());
    stream_.next_out = reinterpret_cast<Bytef*>(out.data());
    stream_.avail_out = static_cast<uInt>(out.size());
    const int result = deflate(&stream_, end);
    if (result != (end == Z_FINISH ? Z_STREAM_END : Z_OK) || stream_.avail_in > 0 || stream_.avail_out == 0) return false;
    out.resize(out.size() - stream_.avail_out);
    return true;
  }

 private:
  z_stream stream_{};
};

}  // namespace net
