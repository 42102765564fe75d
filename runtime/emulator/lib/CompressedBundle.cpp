//===- CompressedBundle.cpp - Offload bundles that clang compressed -------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "absl/strings/str_cat.h"
#include "dsv4emu/OffloadBundle.h"
#include "llvm/ADT/ArrayRef.h"
#include "llvm/Support/MD5.h"
#include <algorithm>
#include <cstring>
#include <memory>
#include <zlib.h>
#include <zstd.h>

namespace dsv4emu {

static constexpr uint64_t kMaxBundleBytes = uint64_t{1} << 32;
static constexpr size_t kChunk = size_t{1} << 20;

template <class... Args>
static absl::Status error(const Args &...args) {
  return absl::InvalidArgumentError(
      absl::StrCat("compressed offload bundle: ", args...));
}

namespace {

/// Fields of versions 1 to 3; version 1 has no total size, version 3 has wider
/// sizes.
struct Header {
  uint16_t version = 0, method = 0;
  uint64_t totalSize = 0, size = 0, hash = 0;
  size_t bytes = 0;

  absl::Status read(absl::Span<const uint8_t> file) {
    bytes = 4;
    if (absl::Status s = take(file, "version", 2, &version); !s.ok())
      return s;
    if (version < 1 || version > 3)
      return error("version: expected 1 to 3, found ", version);
    if (absl::Status s = take(file, "compression method", 2, &method); !s.ok())
      return s;
    if (method > 1)
      return error("compression method: expected 0 (zlib) or 1 (zstd), found ",
                   method);
    size_t width = version == 3 ? 8 : 4;
    totalSize = file.size();
    if (version > 1)
      if (absl::Status s = take(file, "file size", width, &totalSize); !s.ok())
        return s;
    if (absl::Status s = take(file, "uncompressed size", width, &size); !s.ok())
      return s;
    if (absl::Status s = take(file, "hash", 8, &hash); !s.ok())
      return s;
    if (totalSize < bytes || totalSize > file.size())
      return error("file size: the header says ", totalSize, ", the file has ",
                   file.size());
    if (size > kMaxBundleBytes)
      return error("uncompressed size of ", size, " exceeds the limit of ",
                   kMaxBundleBytes);
    return absl::OkStatus();
  }

private:
  absl::Status take(absl::Span<const uint8_t> file, const char *what,
                    size_t width, void *to) {
    if (file.size() - bytes < width)
      return error(what, " at offset ", bytes, " needs ", width,
                   " bytes, the file has ", file.size());
    std::memcpy(to, file.data() + bytes, width);
    bytes += width;
    return absl::OkStatus();
  }
};

/// Grows only as data arrives, so that a forged size costs nothing.
uint8_t *room(std::vector<uint8_t> &out, size_t used, uint64_t size) {
  out.resize(std::min<uint64_t>(size, used + kChunk));
  return out.data() + used;
}

absl::Status inflateZstd(absl::Span<const uint8_t> in, uint64_t size,
                         std::vector<uint8_t> &out) {
  std::unique_ptr<ZSTD_DStream, size_t (*)(ZSTD_DStream *)> stream(
      ZSTD_createDStream(), ZSTD_freeDStream);
  ZSTD_inBuffer source{in.data(), in.size(), 0};
  size_t used = 0, state = 1;
  while (state != 0) {
    uint8_t *to = room(out, used, size);
    ZSTD_outBuffer target{to, out.size() - used, 0};
    size_t consumed = source.pos;
    state = ZSTD_decompressStream(stream.get(), &target, &source);
    if (ZSTD_isError(state))
      return error("zstd: ", ZSTD_getErrorName(state));
    used += target.pos;
    if (state != 0 && target.pos == 0 && source.pos == consumed)
      return error(
          "zstd: ", used == size ? "more data than the " : "ends before ", size,
          " bytes of the header");
  }
  out.resize(used);
  return absl::OkStatus();
}

absl::Status inflateZlib(absl::Span<const uint8_t> in, uint64_t size,
                         std::vector<uint8_t> &out) {
  z_stream stream{};
  if (inflateInit(&stream) != Z_OK)
    return absl::ResourceExhaustedError("compressed offload bundle: zlib");
  size_t used = 0, consumed = 0;
  int state = Z_OK;
  while (state == Z_OK) {
    if (stream.avail_in == 0) {
      stream.next_in = const_cast<uint8_t *>(in.data()) + consumed;
      stream.avail_in =
          static_cast<unsigned>(std::min(kChunk, in.size() - consumed));
      consumed += stream.avail_in;
    }
    stream.next_out = room(out, used, size);
    stream.avail_out = static_cast<unsigned>(out.size() - used);
    state = inflate(&stream, Z_NO_FLUSH);
    used = out.size() - stream.avail_out;
  }
  std::string message = stream.msg ? stream.msg : "";
  inflateEnd(&stream);
  if (state == Z_BUF_ERROR)
    return error(
        "zlib: ", used == size ? "more data than the " : "ends before ", size,
        " bytes of the header");
  if (state != Z_STREAM_END)
    return error("zlib: ", message);
  out.resize(used);
  return absl::OkStatus();
}

} // namespace

bool isCompressedBundle(absl::Span<const uint8_t> file) {
  return file.size() >= 4 && std::memcmp(file.data(), "CCOB", 4) == 0;
}

absl::StatusOr<std::vector<uint8_t>>
decompressBundle(absl::Span<const uint8_t> file) {
  if (!isCompressedBundle(file))
    return error("expected magic CCOB at offset 0");
  Header header;
  if (absl::Status s = header.read(file); !s.ok())
    return s;
  absl::Span<const uint8_t> data =
      file.subspan(header.bytes, header.totalSize - header.bytes);
  std::vector<uint8_t> out;
  absl::Status s = header.method == 1 ? inflateZstd(data, header.size, out)
                                      : inflateZlib(data, header.size, out);
  if (!s.ok())
    return s;
  if (out.size() != header.size)
    return error("the header says ", header.size, " bytes, the data has ",
                 out.size());
  llvm::MD5 md5;
  md5.update(llvm::ArrayRef<uint8_t>(out.data(), out.size()));
  llvm::MD5::MD5Result result;
  md5.final(result);
  if (result.low() != header.hash)
    return error("hash: the header says 0x", absl::Hex(header.hash),
                 ", the data has 0x", absl::Hex(result.low()));
  return out;
}

} // namespace dsv4emu
