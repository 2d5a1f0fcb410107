#include "pcap/input.hpp"

#include <fcntl.h>
#include <fmt/format.h>
#include <unistd.h>
#include <zlib.h>

#include <array>
#include <cerrno>
#include <cstring>
#include <system_error>
#include <utility>
#include <vector>

#include "pcap/capture_error.hpp"

namespace ikevet::pcap {
namespace {

constexpr std::size_t kPart = 1 << 16;

std::string system_text(int error) { return std::generic_category().message(error); }

}  // namespace

/// What has been read and not yet given: packed octets as they came, and unpacked ones that were looked at.
struct Input::Stream {
  explicit Stream(int descriptor, bool owned) : descriptor_(descriptor), owned_(owned) {}
  ~Stream() {
    if (gzip_) inflateEnd(&unpacker_);
    if (owned_) ::close(descriptor_);
  }
  Stream(const Stream&) = delete;
  Stream& operator=(const Stream&) = delete;

  /// As read(2): 0 at the end, -1 with errno set.
  ssize_t read(char* to, std::size_t size) {
    if (peeked_at_ < peeked_.size()) {
      const std::size_t count = std::min(size, peeked_.size() - peeked_at_);
      std::memcpy(to, peeked_.data() + peeked_at_, count);
      peeked_at_ += count;
      return static_cast<ssize_t>(count);
    }
    return gzip_ ? unpack(to, size) : read_plain(to, size);
  }

  BytesView peek(std::size_t count) {
    while (peeked_.size() < count) {
      const std::size_t before = peeked_.size();
      peeked_.resize(count);
      const ssize_t got = gzip_ ? unpack(reinterpret_cast<char*>(peeked_.data()) + before, count - before)
                                : read_plain(reinterpret_cast<char*>(peeked_.data()) + before, count - before);
      peeked_.resize(before + static_cast<std::size_t>(std::max<ssize_t>(got, 0)));
      if (got <= 0) break;
    }
    return {peeked_.data(), std::min(count, peeked_.size())};
  }

  /// RFC 1952 §2.3.1: 1f 8b, and 8 for deflate.
  void look_for_gzip() {
    while (raw_end_ < 3 && fill() > 0) {
    }
    if (raw_end_ < 3 || raw_[0] != 0x1f || raw_[1] != 0x8b || raw_[2] != 8) return;
    constexpr int kGzipOnly = 16 + MAX_WBITS;
    gzip_ = inflateInit2(&unpacker_, kGzipOnly) == Z_OK;
  }
  bool is_gzip() const { return gzip_; }

  std::string trouble;

 private:
  /// Reads what fits behind what is there.
  ssize_t fill() {
    if (raw_at_ == raw_end_) raw_at_ = raw_end_ = 0;
    ssize_t got = 0;
    do got = ::read(descriptor_, raw_.data() + raw_end_, raw_.size() - raw_end_);
    while (got < 0 && errno == EINTR);
    if (got < 0) trouble = "cannot be read: " + system_text(errno);
    if (got > 0) raw_end_ += static_cast<std::size_t>(got);
    return got;
  }

  ssize_t read_plain(char* to, std::size_t size) {
    if (raw_at_ == raw_end_) {
      const ssize_t got = fill();
      if (got <= 0) return got;
    }
    const std::size_t count = std::min(size, raw_end_ - raw_at_);
    std::memcpy(to, raw_.data() + raw_at_, count);
    raw_at_ += count;
    return static_cast<ssize_t>(count);
  }

  ssize_t unpack(char* to, std::size_t size) {
    unpacker_.next_out = reinterpret_cast<Bytef*>(to);
    unpacker_.avail_out = static_cast<uInt>(std::min<std::size_t>(size, 1U << 30));
    const uInt wanted = unpacker_.avail_out;
    while (unpacker_.avail_out == wanted && !ended_) {
      if (raw_at_ == raw_end_) {
        const ssize_t got = fill();
        if (got < 0) return got;
        if (got == 0) {
          if (!between_members_) return damaged("the gzip data end in the middle");
          ended_ = true;
          break;
        }
      }
      // RFC 1952 §2.2: a file may have several members, one behind the other; zeros behind the last are padding.
      if (between_members_ && raw_[raw_at_] == 0) {
        ++raw_at_;
        continue;
      }
      between_members_ = false;
      unpacker_.next_in = raw_.data() + raw_at_;
      unpacker_.avail_in = static_cast<uInt>(raw_end_ - raw_at_);
      const int result = inflate(&unpacker_, Z_NO_FLUSH);
      raw_at_ = raw_end_ - unpacker_.avail_in;
      if (result == Z_STREAM_END) {
        between_members_ = true;
        inflateReset(&unpacker_);
      } else if (result != Z_OK && result != Z_BUF_ERROR) {
        return damaged(fmt::format("the gzip data are damaged: {}", unpacker_.msg ? unpacker_.msg : "no reason given"));
      }
    }
    return static_cast<ssize_t>(wanted - unpacker_.avail_out);
  }

  ssize_t damaged(std::string what) {
    trouble = std::move(what);
    ended_ = true;
    // The octets that came before are good; the next read says that the stream has ended.
    return 0;
  }

  int descriptor_;
  bool owned_;
  std::array<Bytef, kPart> raw_{};
  std::size_t raw_at_{};
  std::size_t raw_end_{};
  std::vector<std::uint8_t> peeked_;
  std::size_t peeked_at_{};
  z_stream unpacker_{};
  bool gzip_{};
  bool between_members_{};
  bool ended_{};
};

Input::Input(const std::filesystem::path& path) {
  if (path == kStandardInput) {
    stream_ = std::make_shared<Stream>(STDIN_FILENO, false);
  } else {
    std::error_code ignored;
    if (std::filesystem::is_directory(path, ignored))
      throw CaptureError(path, 0, "is a directory", "name a capture file in it");
    const int descriptor = ::open(path.c_str(), O_RDONLY | O_CLOEXEC);
    if (descriptor < 0)
      throw CaptureError(path, 0, fmt::format("cannot be opened: {}", system_text(errno)), "check the path");
    stream_ = std::make_shared<Stream>(descriptor, true);
  }
  stream_->look_for_gzip();
  if (!stream_->trouble.empty()) throw CaptureError(path, 0, stream_->trouble, "check the file");
}

Bytes Input::peek(std::size_t count) { return to_bytes(stream_->peek(count)); }

FileHandle Input::file() {
  using Shared = std::shared_ptr<Stream>;
  cookie_io_functions_t functions{};
  functions.read = [](void* cookie, char* to, std::size_t size) -> ssize_t {
    return (*static_cast<Shared*>(cookie))->read(to, size);
  };
  functions.close = [](void* cookie) -> int {
    delete static_cast<Shared*>(cookie);
    return 0;
  };
  auto cookie = std::make_unique<Shared>(stream_);
  FileHandle out(fopencookie(cookie.get(), "rb", functions));
  if (out) static_cast<void>(cookie.release());  // closed with the file
  if (out) std::setvbuf(out.get(), nullptr, _IOFBF, kPart);
  return out;
}

std::shared_ptr<const std::string> Input::trouble() const { return {stream_, &stream_->trouble}; }

bool Input::is_gzip() const { return stream_->is_gzip(); }

Rereadable::Rereadable(const std::filesystem::path& path) : path_(path) {
  if (path != kStandardInput) return;
  std::string name = (std::filesystem::temp_directory_path() / "ikevet-stdin-XXXXXX").string();
  const int descriptor = ::mkstemp(name.data());
  if (descriptor < 0)
    throw CaptureError(name, 0, fmt::format("cannot be made: {}", system_text(errno)), "set TMPDIR to a folder for it");
  path_ = name;
  temporary_ = true;
  std::array<char, kPart> part{};
  while (true) {
    const ssize_t got = ::read(STDIN_FILENO, part.data(), part.size());
    if (got < 0 && errno == EINTR) continue;
    if (got <= 0) break;
    for (ssize_t done = 0; done < got;) {
      const ssize_t written = ::write(descriptor, part.data() + done, static_cast<std::size_t>(got - done));
      if (written < 0 && errno == EINTR) continue;
      if (written <= 0) {
        const int error = errno;
        ::close(descriptor);
        ::unlink(name.c_str());
        throw CaptureError(name, 0, fmt::format("cannot be written: {}", system_text(error)), "free some space");
      }
      done += written;
    }
  }
  ::close(descriptor);
}

Rereadable::~Rereadable() {
  if (temporary_) ::unlink(path_.c_str());
}

}  // namespace ikevet::pcap
