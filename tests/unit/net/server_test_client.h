// A TLS client for tests of the server: blocking, one connection, bytes in and bytes out.
#pragma once

#include <arpa/inet.h>
#include <netinet/in.h>
#include <openssl/ssl.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#include <memory>
#include <stdexcept>
#include <string>

namespace meshtrace::net {

class TestClient {
 public:
  // Connects to "127.0.0.1:PORT" and shakes hands. Nothing it does lasts longer than ten seconds.
  explicit TestClient(const std::string& address) : socket_(::socket(AF_INET, SOCK_STREAM, 0)) {
    const timeval patience{.tv_sec = 10, .tv_usec = 0};
    ::setsockopt(socket_.number, SOL_SOCKET, SO_RCVTIMEO, &patience, sizeof patience);
    ::setsockopt(socket_.number, SOL_SOCKET, SO_SNDTIMEO, &patience, sizeof patience);
    sockaddr_in to{};
    to.sin_family = AF_INET;
    to.sin_port = htons(static_cast<std::uint16_t>(std::stoi(address.substr(address.rfind(':') + 1))));
    to.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    if (::connect(socket_.number, reinterpret_cast<sockaddr*>(&to), sizeof to) != 0)
      throw std::runtime_error("no connection");
    context_.reset(SSL_CTX_new(TLS_client_method()));
    ssl_.reset(SSL_new(context_.get()));
    SSL_set_fd(ssl_.get(), socket_.number);
    if (SSL_connect(ssl_.get()) != 1) throw std::runtime_error("no TLS");
  }

  // False once the server takes no more.
  bool send(const std::string& bytes) {
    return SSL_write(ssl_.get(), bytes.data(), static_cast<int>(bytes.size())) == static_cast<int>(bytes.size());
  }

  // The next response, head and body; empty when the connection ends before it.
  std::string receive() {
    while (response_size() == 0) {
      char bytes[4096];
      const int count = SSL_read(ssl_.get(), bytes, sizeof bytes);
      if (count <= 0) return "";
      input_.append(bytes, static_cast<std::size_t>(count));
    }
    const std::string response = input_.substr(0, response_size());
    input_.erase(0, response.size());
    return response;
  }

  // True when the server ends the connection and sends nothing before.
  bool ends() { return receive().empty() && input_.empty(); }

 private:
  // Of the response at the front of input_; 0 while it is not complete.
  [[nodiscard]] std::size_t response_size() const {
    const std::size_t end = input_.find("\r\n\r\n");
    if (end == std::string::npos) return 0;
    const std::string length = "Content-Length: ";
    const std::size_t at = input_.find(length);
    const std::size_t size = end + 4 + (at < end ? std::stoul(input_.substr(at + length.size())) : 0);
    return input_.size() >= size ? size : 0;
  }

  struct Descriptor {
    explicit Descriptor(int n) : number(n) {}
    ~Descriptor() { ::close(number); }
    Descriptor(const Descriptor&) = delete;
    Descriptor& operator=(const Descriptor&) = delete;
    int number;
  };
  struct Free {
    void operator()(SSL_CTX* context) const { SSL_CTX_free(context); }
    void operator()(SSL* ssl) const { SSL_free(ssl); }
  };
  Descriptor socket_;
  std::unique_ptr<SSL_CTX, Free> context_;
  std::unique_ptr<SSL, Free> ssl_;
  std::string input_;
};

}  // namespace meshtrace::net
