#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <poll.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <charconv>
#include <csignal>
#include <cstdio>
#include <string_view>

#include "tests/unit/net/client_test_server.h"

namespace meshtrace::net::testing {
namespace {

X509* read_certificate(const std::string& pem) {
  BIO* bio = BIO_new_mem_buf(pem.data(), static_cast<int>(pem.size()));
  X509* certificate = PEM_read_bio_X509(bio, nullptr, nullptr, nullptr);
  BIO_free(bio);
  return certificate;
}

SSL_CTX* make_context(const TestServer::Options& options) {
  if (options.identity == nullptr) return nullptr;
  SSL_CTX* context = SSL_CTX_new(TLS_server_method());
  X509* certificate = read_certificate(options.identity->certificate_pem);
  SSL_CTX_use_certificate(context, certificate);
  X509_free(certificate);
  BIO* bio = BIO_new_mem_buf(options.identity->key_pem.data(), -1);
  EVP_PKEY* key = PEM_read_bio_PrivateKey(bio, nullptr, nullptr, nullptr);
  SSL_CTX_use_PrivateKey(context, key);
  EVP_PKEY_free(key);
  BIO_free(bio);
  if (options.client_authority != nullptr) {
    X509* authority = read_certificate(options.client_authority->certificate_pem);
    X509_STORE_add_cert(SSL_CTX_get_cert_store(context), authority);
    X509_free(authority);
    SSL_CTX_set_verify(context, SSL_VERIFY_PEER, nullptr);
  }
  return context;
}

// The request's head, and its body read away.
bool read_request(TestServer::Peer& peer, std::string& received, std::string& head) {
  std::array<char, 4096> buffer;
  std::size_t end = std::string::npos;
  while ((end = received.find("\r\n\r\n")) == std::string::npos) {
    const std::size_t count = peer.read(buffer.data(), buffer.size());
    if (count == 0) return false;
    received.append(buffer.data(), count);
  }
  head = received.substr(0, end + 4);
  received.erase(0, end + 4);
  std::size_t length = 0;
  if (const std::size_t at = head.find("Content-Length:"); at != std::string::npos) {
    std::from_chars(head.data() + head.find_first_of("0123456789", at), head.data() + head.size(), length);
  }
  while (received.size() < length) {
    const std::size_t count = peer.read(buffer.data(), buffer.size());
    if (count == 0) return false;
    received.append(buffer.data(), count);
  }
  received.erase(0, length);
  return true;
}

}  // namespace

bool TestServer::Peer::write(std::string_view bytes) {
  while (!bytes.empty()) {
    const auto part = static_cast<int>(std::min<std::size_t>(bytes.size(), 16 * 1024));
    const ssize_t count = tls_ != nullptr ? SSL_write(tls_, bytes.data(), part)
                                          : ::send(socket_, bytes.data(), static_cast<std::size_t>(part), MSG_NOSIGNAL);
    if (count <= 0) return false;
    bytes.remove_prefix(static_cast<std::size_t>(count));
  }
  return true;
}

std::size_t TestServer::Peer::read(char* buffer, std::size_t size) {
  const ssize_t count =
      tls_ != nullptr ? SSL_read(tls_, buffer, static_cast<int>(size)) : ::recv(socket_, buffer, size, 0);
  return count > 0 ? static_cast<std::size_t>(count) : 0;
}

std::string TestServer::Peer::client_name() const {
  X509* certificate = tls_ == nullptr ? nullptr : SSL_get1_peer_certificate(tls_);
  if (certificate == nullptr) return {};
  std::array<char, 256> name{};
  X509_NAME_get_text_by_NID(X509_get_subject_name(certificate), NID_commonName, name.data(), name.size());
  X509_free(certificate);
  return name.data();
}

void TestServer::Peer::wait_for_close() {
  char byte = 0;
  while (read(&byte, 1) > 0) {
  }
}

TestServer::TestServer(const Options& options, Handler handler)
    : handler_(std::move(handler)), context_(make_context(options)) {
  std::signal(SIGPIPE, SIG_IGN);  // OpenSSL writes without MSG_NOSIGNAL
  listener_ = ::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
  sockaddr_in address{};
  address.sin_family = AF_INET;
  address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
  ::bind(listener_, reinterpret_cast<sockaddr*>(&address), sizeof address);
  ::listen(listener_, 64);
  socklen_t size = sizeof address;
  ::getsockname(listener_, reinterpret_cast<sockaddr*>(&address), &size);
  port_ = ntohs(address.sin_port);
  acceptor_ = std::thread([this] { accept_loop(); });
}

TestServer::~TestServer() {
  stopping_ = true;
  ::shutdown(listener_, SHUT_RDWR);
  acceptor_.join();
  {
    const std::lock_guard lock(mutex_);
    for (const int socket : sockets_) ::shutdown(socket, SHUT_RDWR);
  }
  for (std::thread& thread : threads_) thread.join();
  ::close(listener_);
  SSL_CTX_free(context_);
}

std::string TestServer::url() const {
  return (context_ == nullptr ? "http://127.0.0.1:" : "https://127.0.0.1:") + std::to_string(port_);
}

void TestServer::accept_loop() {
  while (true) {
    const int socket = ::accept4(listener_, nullptr, nullptr, SOCK_CLOEXEC);
    if (socket < 0) return;
    ++accepted_;
    const std::lock_guard lock(mutex_);
    sockets_.push_back(socket);
    threads_.emplace_back([this, socket] { serve(socket); });
  }
}

void TestServer::serve(int socket) {
  SSL* tls = nullptr;
  bool open = true;
  if (context_ != nullptr) {
    tls = SSL_new(context_);
    SSL_set_fd(tls, socket);
    open = SSL_accept(tls) == 1;
  }
  Peer peer(socket, tls);
  std::string received;
  std::string head;
  while (open && !stopping_ && read_request(peer, received, head)) open = handler_(head, peer);
  ERR_clear_error();
  SSL_free(tls);
  const std::lock_guard lock(mutex_);
  sockets_.erase(std::find(sockets_.begin(), sockets_.end(), socket));
  ::close(socket);
}

std::string http_reply(int status, const std::string& body, const std::string& headers) {
  return "HTTP/1.1 " + std::to_string(status) + " Reason\r\nContent-Type: application/json\r\n" + headers +
         "Content-Length: " + std::to_string(body.size()) + "\r\n\r\n" + body;
}

std::string chunked_head(int status) {
  return "HTTP/1.1 " + std::to_string(status) +
         " Reason\r\nContent-Type: application/json\r\nTransfer-Encoding: chunked\r\n\r\n";
}

std::string chunk(const std::string& bytes) {
  std::array<char, 24> size{};
  std::snprintf(size.data(), size.size(), "%zx\r\n", bytes.size());
  return size.data() + bytes + "\r\n";
}

}  // namespace meshtrace::net::testing
