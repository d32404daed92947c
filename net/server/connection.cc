#include "net/server/connection.h"

#include <sys/socket.h>

#include <algorithm>
#include <boost/asio/post.hpp>
#include <exception>
#include <utility>

#include "net/server/response_writer.h"

namespace meshtrace::net {
namespace {

constexpr int kMaxServedInARow = 16;             // pipelined requests before other connections have their turn
constexpr std::size_t kLingerBytes = 16u << 20;  // of a refused body that are read so that its sender sees the answer
constexpr std::size_t kKeptInputBytes = 16u << 10;   // capacity kept between requests
constexpr std::size_t kKeptOutputBytes = 64u << 10;  // as above
constexpr std::chrono::milliseconds kWindDownTime{
    1'000};                                         // for a first request that is on its way when the server ends
constexpr std::size_t kSmallBodyBytes = 64u << 10;  // a body up to this is never refused for want of memory
constexpr std::string_view kContinue = "HTTP/1.1 100 Continue\r\n\r\n";

using Wait = boost::asio::posix::stream_descriptor;

RequestReader::Limits limits_of(const ServerOptions& options) { return {options.header_bytes, options.body_bytes}; }

Response text_response(int status, std::string text) {
  Response response;
  response.status = status;
  response.body = std::move(text);
  return response;
}

}  // namespace

void Counters::count_refusal(int status) {
  const auto& all = ServerStats::kRefusals;
  const auto found = std::find(all.begin(), all.end(), status);
  if (found != all.end()) count(refused[static_cast<std::size_t>(found - all.begin())]);
}

Connection::Connection(ThreadState& thread, int descriptor, std::string peer)
    : thread_(thread),
      socket_(thread.io, descriptor),
      tls_(descriptor, *thread.tls),
      reader_(limits_of(thread.options)),
      peer_(std::move(peer)) {}

void Connection::start() {
  enter(Phase::kHandshake, thread_.options.handshake_time);
  run();
}

void Connection::enter(Phase phase, std::chrono::milliseconds time) {
  phase_ = phase;
  deadline_ = Clock::now() + time;
}

void Connection::move_to(Standing standing) {
  // Somebody without a completed request stays a newcomer whatever it begins: half a request proves nothing.
  if (has_served_ || standing == Standing::kLeaving) thread_.table.move(place, standing);
}

void Connection::run() {
  for (;;) {
    Step step = Step::kClose;
    switch (phase_) {
      case Phase::kHandshake:
        step = shake_hands();
        break;
      case Phase::kIdle:
      case Phase::kHead:
      case Phase::kBody:
        step = receive();
        break;
      case Phase::kWrite:
        step = send();
        break;
      case Phase::kLinger:
        step = linger();
        break;
      case Phase::kClosed:
        return;
    }
    switch (step) {
      case Step::kAgain:
        continue;
      case Step::kWaitRead:
        return wait(Wait::wait_read);
      case Step::kWaitWrite:
        return wait(Wait::wait_write);
      case Step::kYield:
        served_in_a_row_ = 0;
        boost::asio::post(thread_.io, [self = shared_from_this()] { self->run(); });
        return;
      case Step::kClose:
        return close();
    }
  }
}

void Connection::wait(Wait::wait_type what) {
  served_in_a_row_ = 0;
  const std::uint64_t number = ++wait_number_;
  socket_.async_wait(what, [self = shared_from_this(), number](const boost::system::error_code& error) {
    if (number != self->wait_number_ || self->phase_ == Phase::kClosed) return;
    if (error) return self->close();
    self->run();
  });
}

Connection::Step Connection::shake_hands() {
  switch (tls_.handshake()) {
    case TlsStream::Status::kDone:
      enter(Phase::kIdle, thread_.options.head_time);
      return Step::kAgain;
    case TlsStream::Status::kWantRead:
      return Step::kWaitRead;
    case TlsStream::Status::kWantWrite:
      return Step::kWaitWrite;
    case TlsStream::Status::kEnd:
    case TlsStream::Status::kFailed:
      break;
  }
  Counters::count(thread_.counters.handshake_failures);
  if (tls_.met_plain_http()) answer_plain_http();
  begin_linger();
  return Step::kAgain;
}

void Connection::answer_plain_http() {
  std::string text;
  append_response(text, text_response(400, "This port speaks HTTPS: use https:// in the URL.\n"),
                  {.connection = ResponseOptions::Connection::kClose, .date = thread_.date});
  // Into an empty socket buffer; whether it arrives is of no importance.
  [[maybe_unused]] const ssize_t sent = ::send(socket_.native_handle(), text.data(), text.size(), MSG_NOSIGNAL);
}

Connection::Step Connection::receive() {
  if (phase_ == Phase::kIdle && !input_.empty()) return parse();  // a pipelined request has come already
  const auto [status, bytes] = tls_.read(thread_.scratch);
  switch (status) {
    case TlsStream::Status::kDone:
      break;
    case TlsStream::Status::kWantRead:
      return Step::kWaitRead;
    case TlsStream::Status::kWantWrite:
      return Step::kWaitWrite;
    case TlsStream::Status::kEnd:
      return end_of_input();
    case TlsStream::Status::kFailed:
      return Step::kClose;
  }
  input_.append(thread_.scratch.data(), bytes);
  return parse();
}

Connection::Step Connection::end_of_input() {
  if (phase_ != Phase::kIdle) return refuse(text_response(400, "the connection ended in the middle of the request\n"));
  begin_linger();
  return Step::kAgain;
}

Connection::Step Connection::parse() {
  if (phase_ == Phase::kIdle && !input_.empty()) {
    enter(Phase::kHead, thread_.options.head_time);
    move_to(Standing::kBusy);
  }
  const auto [status, consumed] = reader_.feed(input_);
  input_.erase(0, consumed);
  count_body();
  if (large_body_ > 0 && thread_.large_body_bytes > thread_.options.large_bodies_bytes / thread_.options.threads) {
    return refuse(text_response(503, "too many large requests at once, try again\n"));
  }
  switch (status) {
    case RequestReader::Status::kRefused:
      return refuse(reader_.refusal());
    case RequestReader::Status::kDone:
      return serve();
    case RequestReader::Status::kContinue:
      output_ = kContinue;
      interim_ = true;
      enter(Phase::kWrite, thread_.options.write_time);
      return Step::kAgain;
    case RequestReader::Status::kNeedMore:
      break;
  }
  if (phase_ == Phase::kHead && reader_.in_body()) enter(Phase::kBody, thread_.options.body_time);
  return Step::kAgain;
}

Connection::Step Connection::serve() {
  Request request = reader_.request();
  request.peer = peer_;
  Response response;
  try {
    response = thread_.handler(request);
  } catch (const std::exception&) {  // out of memory, say: this request fails, the others do not
    response = text_response(500, "internal error\n");
    closing_ = true;
  }
  closing_ = closing_ || thread_.ending || !reader_.keep_alive();
  append_response(output_, response,
                  {.body = reader_.is_head() ? ResponseOptions::Body::kOmit : ResponseOptions::Body::kSend,
                   .connection = closing_ ? ResponseOptions::Connection::kClose : ResponseOptions::Connection::kKeep,
                   .date = thread_.date});
  has_served_ = true;
  move_to(Standing::kBusy);
  enter(Phase::kWrite, thread_.options.write_time);
  return Step::kAgain;
}

void Connection::count_body() {
  const std::size_t bytes = phase_ == Phase::kClosed ? 0 : reader_.body_bytes();
  const std::size_t large = bytes > kSmallBodyBytes ? bytes : 0;
  thread_.large_body_bytes += large - large_body_;  // wraps around and back: never below zero in sum
  large_body_ = large;
}

Connection::Step Connection::refuse(const Response& response) {
  thread_.counters.count_refusal(response.status);
  reader_.reset();  // its body would stay until the peer has read the answer
  count_body();
  output_.clear();
  output_sent_ = 0;
  interim_ = false;
  closing_ = true;
  append_response(output_, response, {.connection = ResponseOptions::Connection::kClose, .date = thread_.date});
  enter(Phase::kWrite, thread_.options.write_time);
  return Step::kAgain;
}

Connection::Step Connection::send() {
  while (output_sent_ < output_.size()) {
    const auto [status, bytes] = tls_.write(std::string_view(output_).substr(output_sent_));
    if (status == TlsStream::Status::kWantRead) return Step::kWaitRead;
    if (status == TlsStream::Status::kWantWrite) return Step::kWaitWrite;
    if (status != TlsStream::Status::kDone) return Step::kClose;
    output_sent_ += bytes;
  }
  return sent();
}

Connection::Step Connection::sent() {
  output_.clear();
  output_sent_ = 0;
  if (std::exchange(interim_, false)) {
    enter(Phase::kBody, thread_.options.body_time);
    return Step::kAgain;
  }
  if (closing_) {
    begin_linger();
    return Step::kAgain;
  }
  reader_.reset();
  count_body();
  if (output_.capacity() > kKeptOutputBytes) output_.shrink_to_fit();
  enter(Phase::kIdle, thread_.options.idle_time);
  move_to(Standing::kIdle);
  if (!input_.empty()) return ++served_in_a_row_ < kMaxServedInARow ? Step::kAgain : Step::kYield;
  if (input_.capacity() > kKeptInputBytes) input_.shrink_to_fit();
  // The client waits for our response before it sends again: reading at once would find nothing.
  return tls_.has_pending() ? Step::kAgain : Step::kWaitRead;
}

void Connection::begin_linger() {
  tls_.close_notify();
  // Closing a socket with unread input resets the connection, and the peer could lose our last words.
  ::shutdown(socket_.native_handle(), SHUT_WR);
  move_to(Standing::kLeaving);
  enter(Phase::kLinger, thread_.options.linger_time);
}

Connection::Step Connection::linger() {
  const ssize_t bytes = ::recv(socket_.native_handle(), thread_.scratch.data(), thread_.scratch.size(), 0);
  if (bytes < 0 && (errno == EAGAIN || errno == EWOULDBLOCK)) return Step::kWaitRead;
  if (bytes <= 0) return Step::kClose;
  discarded_ += static_cast<std::size_t>(bytes);
  return discarded_ < kLingerBytes ? Step::kAgain : Step::kClose;
}

void Connection::expire() {
  if (phase_ != Phase::kLinger) Counters::count(thread_.counters.timeouts);
  switch (phase_) {
    case Phase::kHead:
    case Phase::kBody:
      refuse(text_response(408, "the request took too long\n"));
      return run();
    case Phase::kIdle:
      begin_linger();
      return run();
    default:
      return close();
  }
}

void Connection::wind_down() {
  if (has_served_ && phase_ == Phase::kIdle && input_.empty()) {
    begin_linger();
    return run();
  }
  const bool nothing_begun = phase_ == Phase::kHandshake || phase_ == Phase::kIdle;
  if (nothing_begun) deadline_ = std::min(deadline_, Clock::now() + kWindDownTime);
}

void Connection::close() {
  if (std::exchange(phase_, Phase::kClosed) == Phase::kClosed) return;
  const auto self = shared_from_this();  // the table's may be the last reference
  count_body();
  boost::system::error_code ignored;
  socket_.close(ignored);
  thread_.table.remove(place);
  thread_.counters.open.fetch_sub(1, std::memory_order_release);
}

}  // namespace meshtrace::net
