#include <gtest/gtest.h>

#include <string>

#include "net/server/request_reader.h"

namespace meshtrace::net {
namespace {

constexpr RequestReader::Limits kLimits{.header_bytes = 1024, .body_bytes = 100};
using Status = RequestReader::Status;

// Feeds `text` in pieces of `step` bytes, as a connection does: what was not consumed comes again.
Status feed_in_steps(RequestReader& reader, const std::string& text, std::size_t step) {
  std::string input;
  Status status = Status::kNeedMore;
  for (std::size_t at = 0; at < text.size(); at += step) {
    input += text.substr(at, step);
    const auto fed = reader.feed(input);
    input.erase(0, fed.consumed);
    status = fed.status;
    if (status == Status::kDone || status == Status::kRefused) return status;
  }
  return status;
}

const std::string kPost =
    "POST /mutate?timeout=3s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nContent-Length: 5\r\n\r\nhello";
const std::string kChunked =
    "POST /mutate?timeout=3s HTTP/1.1\r\nHost: a\r\nContent-Type: application/json\r\nTransfer-Encoding: "
    "chunked\r\n\r\n"
    "2\r\nhe\r\n3;a=b\r\nllo\r\n0\r\nX-Trailer: 1\r\n\r\n";

TEST(RequestReader, ReadsARequestHoweverItIsCut) {
  for (const std::string& text : {kPost, kChunked}) {
    for (std::size_t step = 1; step <= text.size(); ++step) {
      RequestReader reader(kLimits);
      ASSERT_EQ(feed_in_steps(reader, text, step), Status::kDone) << step;
      const Request request = reader.request();
      EXPECT_EQ(request.method, "POST");
      EXPECT_EQ(request.path, "/mutate");
      EXPECT_EQ(request.query, "timeout=3s");
      EXPECT_EQ(request.content_type, "application/json");
      EXPECT_EQ(request.body, "hello");
      EXPECT_TRUE(reader.keep_alive());
    }
  }
}

TEST(RequestReader, LeavesThePipelinedRequestForTheNextTurn) {
  RequestReader reader(kLimits);
  const std::string text = kPost + "GET /healthz HTTP/1.1\r\nHost: a\r\n\r\n";
  const auto first = reader.feed(text);
  EXPECT_EQ(first.status, Status::kDone);
  EXPECT_EQ(first.consumed, kPost.size());
  reader.reset();
  EXPECT_EQ(reader.feed(text.substr(first.consumed)).status, Status::kDone);
  EXPECT_EQ(reader.request().path, "/healthz");
  EXPECT_EQ(reader.request().body, "");
  EXPECT_EQ(reader.request().content_type, "");
}

TEST(RequestReader, SaysWhenTheClientWaitsForContinue) {
  const std::string head = "POST / HTTP/1.1\r\nHost: a\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n";
  RequestReader waiting(kLimits);
  EXPECT_EQ(waiting.feed(head).status, Status::kContinue);
  EXPECT_EQ(waiting.feed("ab").status, Status::kDone);
  RequestReader hasty(kLimits);
  EXPECT_EQ(hasty.feed(head + "ab").status, Status::kDone);
}

TEST(RequestReader, LeavesPaddingAfterTheBody) {
  RequestReader reader(kLimits);
  ASSERT_EQ(reader.feed(kPost).status, Status::kDone);
  const std::string_view body = reader.request().body;
  // Not bytes of ours, but bytes that may be read: a sanitizer would say otherwise.
  volatile char last = body.data()[body.size() + kBodyPadding - 1];
  (void)last;
}

struct Refusal {
  std::string text;
  int status;
};

TEST(RequestReader, RefusesWithTheStatusThatFits) {
  const std::string start = "POST / HTTP/1.1\r\nHost: a\r\n";
  const Refusal cases[] = {
      {"BROKEN\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\n\r\n", 400},
      {"GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n", 400},
      {"GET / HTTP/3.0\r\n\r\n", 505},
      {"GET * HTTP/1.1\r\nHost: a\r\n\r\n", 400},
      {start + "\r\n", 411},
      {start + "Content-Length: 101\r\n\r\n", 413},
      {start + "Transfer-Encoding: chunked\r\n\r\n65\r\n", 413},
      {start + "Transfer-Encoding: chunked\r\n\r\n40\r\n" + std::string(64, 'x') + "\r\n40\r\n", 413},
      {start + "Transfer-Encoding: chunked\r\n\r\n-2\r\n", 400},
      {start + "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n", 400},
      {start + "Transfer-Encoding: gzip\r\n\r\n", 501},
      {start + "Content-Encoding: gzip\r\nContent-Length: 1\r\n\r\n", 415},
      {start + "Expect: tea\r\nContent-Length: 1\r\n\r\n", 417},
      {start + "A: " + std::string(2000, 'x') + "\r\n\r\n", 431},
      {start + std::string(2000, 'x'), 431},
  };
  for (const Refusal& refusal : cases) {
    for (const std::size_t step : {std::size_t{1}, refusal.text.size()}) {
      RequestReader reader(kLimits);
      EXPECT_EQ(feed_in_steps(reader, refusal.text, step), Status::kRefused) << refusal.text.substr(0, 80);
      EXPECT_EQ(reader.refusal().status, refusal.status) << refusal.text.substr(0, 80);
      EXPECT_FALSE(reader.refusal().body.empty());
    }
  }
}

TEST(RequestReader, BoundsFieldsThatComeSlowly) {
  RequestReader reader(kLimits);
  std::string text = "GET / HTTP/1.1\r\nHost: a\r\n";
  for (int i = 0; i < 300; ++i) text += "A: b\r\n";
  EXPECT_EQ(feed_in_steps(reader, text, 1), Status::kRefused);
  EXPECT_EQ(reader.refusal().status, 431);
}

}  // namespace
}  // namespace meshtrace::net
