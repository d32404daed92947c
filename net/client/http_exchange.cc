#include "net/client/http_exchange.h"

#include <charconv>
#include <exception>
#include <string>
#include <utility>

#include "net/client/byte_pipe.h"
#include "net/client/pipe_buffer.h"

namespace meshtrace::net {
namespace {

kube::Reply head_of(const web::http::http_response& response) {
  kube::Reply head;
  head.status = response.status_code();
  const auto header = response.headers().find("Retry-After");
  if (header != response.headers().end()) {
    int seconds = 0;
    const std::string& text = header->second;
    const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), seconds);
    if (error == std::errc() && end == text.data() + text.size() && seconds >= 0) {
      head.retry_after = std::chrono::seconds(seconds);
    }
  }
  return head;
}

class HttpExchange final : public Exchange {
 public:
  HttpExchange(web::http::client::http_client client, web::http::http_request request, std::shared_ptr<TlsSettings> tls)
      : client_(std::move(client)), tls_(std::move(tls)), pipe_(std::make_shared<BytePipe>()) {
    request.set_response_stream(make_pipe_buffer(pipe_).create_ostream());
    // Both tasks are looked at in every case: an exception that nobody observes ends the process.
    client_.request(request, cancel_.get_token())
        .then([pipe = pipe_](pplx::task<web::http::http_response> answered) {
          web::http::http_response response = answered.get();
          pipe->answer(head_of(response));
          return response.content_ready();
        })
        .then([pipe = pipe_](pplx::task<web::http::http_response> completed) {
          try {
            completed.get();
            pipe->finish(std::nullopt);
          } catch (const std::exception& exception) {
            pipe->finish(Error{{}, kube::printable(exception.what(), 300)});
          }
        });
  }

  ~HttpExchange() override {
    pipe_->abandon();
    cancel_.cancel();
  }

  Wait wait_answer(kube::Reply& head, std::stop_token stop, Deadline deadline) override {
    return pipe_->wait_answer(head, stop, deadline);
  }
  Wait take(std::string& bytes, std::stop_token stop, Deadline deadline) override {
    return pipe_->take(bytes, stop, deadline);
  }
  [[nodiscard]] Error failure(Wait wait) const override {
    if (wait == Wait::kStopped) return Error{{}, "stopped"};
    if (wait == Wait::kTimedOut) return Error{{}, "no reply in time"};
    if (wait == Wait::kEnded) return Error{{}, "the connection ended before the reply"};
    const std::string refusal = tls_ ? tls_->take_refusal() : std::string();
    return refusal.empty() ? pipe_->error() : Error{{}, refusal};
  }

 private:
  web::http::client::http_client client_;
  std::shared_ptr<TlsSettings> tls_;
  std::shared_ptr<BytePipe> pipe_;
  pplx::cancellation_token_source cancel_;
};

}  // namespace

std::unique_ptr<Exchange> start_exchange(web::http::client::http_client client, web::http::http_request request,
                                         std::shared_ptr<TlsSettings> tls) {
  return std::make_unique<HttpExchange>(std::move(client), std::move(request), std::move(tls));
}

}  // namespace meshtrace::net
