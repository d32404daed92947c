#include "net/client/file.h"

#include <fcntl.h>
#include <fmt/format.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cerrno>
#include <system_error>

namespace meshtrace::net {
namespace {

class Descriptor {
 public:
  explicit Descriptor(int number) : number_(number) {}
  Descriptor(const Descriptor&) = delete;
  Descriptor& operator=(const Descriptor&) = delete;
  ~Descriptor() {
    if (number_ >= 0) ::close(number_);
  }
  [[nodiscard]] int number() const { return number_; }

 private:
  int number_;
};

tl::unexpected<Error> system_failure(const std::string& path) {
  return fail(path, std::generic_category().message(errno));
}

}  // namespace

Result<std::string> read_file(const std::string& path, std::size_t max_bytes) {
  // O_NONBLOCK: opening a FIFO must not wait for its writer.
  const Descriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (file.number() < 0) return system_failure(path);
  struct stat facts{};
  if (::fstat(file.number(), &facts) != 0) return system_failure(path);
  if (!S_ISREG(facts.st_mode)) return fail(path, "is no regular file");
  std::string content;
  char buffer[16 * 1024];
  while (true) {
    const ssize_t count = ::read(file.number(), buffer, sizeof buffer);
    if (count < 0 && errno == EINTR) continue;
    if (count < 0) return system_failure(path);
    if (count == 0) return content;
    content.append(buffer, static_cast<std::size_t>(count));
    if (content.size() > max_bytes) return fail(path, fmt::format("is longer than {} bytes", max_bytes));
  }
}

}  // namespace meshtrace::net
