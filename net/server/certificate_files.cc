#include "net/server/certificate_files.h"

#include <cerrno>
#include <cstring>
#include <filesystem>
#include <fstream>
#include <system_error>
#include <utility>

namespace meshtrace::net {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kMaxPemBytes = 256u << 10;  // a certificate with a long chain is 20 KiB

// Where the files of a folder really are at this moment. The kubelet mounts a Secret as a folder of symbolic links
// through "..data", which it swaps: two files that are read through it one after the other may be of two versions.
fs::path resolve_folder(const fs::path& folder) {
  std::error_code error;
  fs::path resolved = fs::canonical(folder / "..data", error);
  if (error) resolved = fs::canonical(folder, error);
  return error ? folder : resolved;
}

Result<PemFile> read_pem(const std::string& shown_path, const fs::path& path) {
  errno = 0;
  std::ifstream file(path, std::ios::binary);
  if (!file) return fail(shown_path, std::string("cannot be read: ") + std::strerror(errno));
  PemFile result{shown_path, std::string(kMaxPemBytes + 1, '\0')};
  file.read(result.text.data(), static_cast<std::streamsize>(result.text.size()));
  result.text.resize(static_cast<std::size_t>(file.gcount()));
  if (file.bad()) return fail(shown_path, "cannot be read");
  if (result.text.size() > kMaxPemBytes)
    return fail(shown_path, "is larger than 256 KiB: this is no certificate or key");
  return result;
}

}  // namespace

CertificateFiles::CertificateFiles(std::string certificate_path, std::string key_path)
    : certificate_path_(std::move(certificate_path)), key_path_(std::move(key_path)) {}

Result<CertificateFiles::Pair> CertificateFiles::read() const {
  const fs::path certificate_path(certificate_path_);
  const fs::path key_path(key_path_);
  const fs::path certificate_folder = resolve_folder(certificate_path.parent_path());
  const fs::path key_folder = key_path.parent_path() == certificate_path.parent_path()
                                  ? certificate_folder
                                  : resolve_folder(key_path.parent_path());
  auto certificate = read_pem(certificate_path_, certificate_folder / certificate_path.filename());
  if (!certificate) return tl::make_unexpected(certificate.error());
  auto key = read_pem(key_path_, key_folder / key_path.filename());
  if (!key) return tl::make_unexpected(key.error());
  return Pair{std::move(*certificate), std::move(*key)};
}

std::optional<Result<std::shared_ptr<const TlsContext>>> CertificateFiles::poll() {
  Result<Pair> pair = read();
  std::string seen = pair ? pair->certificate.text + '\0' + pair->key.text : pair.error().message();
  if (seen == last_seen_) return std::nullopt;
  last_seen_ = std::move(seen);
  if (!pair) return Result<std::shared_ptr<const TlsContext>>(tl::make_unexpected(pair.error()));
  return TlsContext::create(pair->certificate, pair->key);
}

}  // namespace meshtrace::net
