// Where redirects lead, and what of a request may follow them.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include "net/client/redirect.h"

namespace meshtrace::net {
namespace {

using ::testing::ElementsAre;
using ::testing::HasSubstr;
using ::testing::IsEmpty;
using ::testing::Not;
using ::testing::Pair;

WebRequest request_to(const std::string& url) {
  WebRequest request;
  request.url = url;
  request.host = "shop.example";
  request.headers = {{"traceparent", "00-1"}};
  request.private_headers = {{"Authorization", "Bearer secret"}};
  return request;
}

std::string target(const std::string& url, const std::string& location) {
  const auto next = redirected(request_to(url), 302, location);
  return next ? next->request.url : next.error().message();
}

std::string refusal(WebRequest request, int status, const std::string& location) {
  const auto next = redirected(request, status, location);
  return next ? "followed to " + next->request.url : next.error().message();
}

TEST(ClientRedirect, ResolvesTheLocationAgainstTheRequest) {
  EXPECT_EQ(target("http://a/x/y?q", "/z?w"), "http://a/z?w");
  EXPECT_EQ(target("http://a/x/y", "z"), "http://a/x/z");
  EXPECT_EQ(target("http://a/x", "http://b:8080/z"), "http://b:8080/z");
  EXPECT_EQ(target("http://a/x", "//b/z"), "http://b/z");
  EXPECT_EQ(target("http://a/x", "http://[::1]:81/z"), "http://[::1]:81/z");
  EXPECT_EQ(target("http://a/x", "https://a/x#part"), "https://a/x");
}

TEST(ClientRedirect, KeepsEverythingWithinTheOrigin) {
  for (const char* location : {"/b", "http://a/b", "http://A:80/b"}) {
    const auto next = redirected(request_to("http://a/x"), 307, location);
    ASSERT_TRUE(next) << next.error().message();
    EXPECT_TRUE(next->same_origin) << location;
    EXPECT_THAT(next->request.private_headers, ElementsAre(Pair("Authorization", "Bearer secret")));
    EXPECT_EQ(next->request.host, "shop.example");
  }
}

TEST(ClientRedirect, LeavesCredentialsBehindWithTheOrigin) {
  for (const char* location : {"http://b/", "http://a:81/", "https://a/", "//b/"}) {
    const auto next = redirected(request_to("http://a/x"), 302, location);
    ASSERT_TRUE(next) << next.error().message();
    EXPECT_FALSE(next->same_origin) << location;
    EXPECT_THAT(next->request.private_headers, IsEmpty());
    EXPECT_THAT(next->request.host, IsEmpty());
    EXPECT_THAT(next->request.headers, ElementsAre(Pair("traceparent", "00-1")));
  }
}

TEST(ClientRedirect, SendsABodyAgainOnlyWhereItWasMeantFor) {
  WebRequest post = request_to("http://a/x");
  post.method = "POST";
  post.body = "card number";
  const auto seen = redirected(post, 303, "http://b/");
  EXPECT_EQ(seen->request.method, "GET");
  EXPECT_EQ(seen->request.body, "");
  const auto repeated = redirected(post, 308, "/again");
  EXPECT_EQ(repeated->request.method, "POST");
  EXPECT_EQ(repeated->request.body, "card number");
  EXPECT_THAT(refusal(post, 307, "http://b/"), HasSubstr("the body was not meant for http://b:80"));
}

TEST(ClientRedirect, RefusesWhatLeadsNowhereOrIntoTheClear) {
  EXPECT_THAT(refusal(request_to("https://a/"), 302, "http://a/?token=secret"),
              AllOf(HasSubstr("from https to http://a:80, in clear"), Not(HasSubstr("secret"))));
  EXPECT_THAT(refusal(request_to("http://a/"), 302, ""), HasSubstr("without a Location"));
  EXPECT_THAT(refusal(request_to("http://a/"), 302, "ftp://a/"), HasSubstr("must begin with https://"));
  EXPECT_THAT(refusal(request_to("http://a/"), 302, "http://jane:secret@a/"),
              AllOf(HasSubstr("must not hold a user"), Not(HasSubstr("secret"))));
  EXPECT_THAT(refusal(request_to("http://a/"), 302, "http://a/\x1b[2J"), HasSubstr("is no URL"));
  EXPECT_THAT(refusal(request_to("http://a/"), 302, "http://a/" + std::string(9000, 'x')), HasSubstr("too long"));
}

TEST(ClientRedirect, IsOnlyWhatSaysWhereToGo) {
  for (const int status : {301, 302, 303, 307, 308}) EXPECT_TRUE(is_redirect(status));
  for (const int status : {200, 300, 304, 305, 400}) EXPECT_FALSE(is_redirect(status));
}

}  // namespace
}  // namespace meshtrace::net
