// The small values: base64, replies, requests, the in-cluster configuration, the back-off.
#include <gtest/gtest.h>

#include <string>

#include "kube/backoff.h"
#include "kube/base64.h"
#include "kube/in_cluster.h"
#include "kube/json.h"
#include "kube/reply.h"
#include "kube/request.h"

namespace meshtrace::kube {
namespace {

TEST(Base64, DecodesAndEncodesTheExamplesOfTheRfc) {
  const std::pair<const char*, const char*> cases[] = {{"", ""},        {"f", "Zg=="},        {"fo", "Zm8="},
                                                       {"foo", "Zm9v"}, {"foob", "Zm9vYg=="}, {"foobar", "Zm9vYmFy"}};
  for (const auto& [bytes, text] : cases) {
    EXPECT_EQ(base64_encode(bytes), text);
    EXPECT_EQ(base64_decode(text), bytes);
  }
  EXPECT_EQ(base64_decode("Zm9v\r\nYmFy\n"), "foobar");
  EXPECT_EQ(base64_decode(base64_encode(std::string("\0\xff\x80", 3))), std::string("\0\xff\x80", 3));
}

TEST(Base64, RefusesWhatIsNone) {
  for (const char* text : {"Zg", "Zg=", "Z===", "====", "Zg==Zg==", "Z g=", "Zm9-", "Zg==="}) {
    EXPECT_FALSE(base64_decode(text)) << text;
  }
}

TEST(Reply, SaysWhatAStatusSays) {
  const std::string body = R"({"kind":"Status","reason":"Forbidden","message":"may not\nlist"})";
  EXPECT_EQ(describe_refusal({403, body, {}}), "403 Forbidden: may not list");
}

TEST(Reply, NeverRepeatsABodyThatIsNoStatus) {
  EXPECT_EQ(describe_refusal({502, "<html>Authorization: Bearer secret</html>", {}}), "HTTP status 502");
  EXPECT_EQ(describe_refusal({502, "[]", {}}), "HTTP status 502");
}

TEST(Reply, CutsALongMessageBetweenCharacters) {
  EXPECT_EQ(printable("abcdef", 3), "abc…");
  EXPECT_EQ(printable("ab\xc3\xa4"
                      "ef",
                      3),
            "ab…");
  EXPECT_EQ(printable("ab\x1b[31m", 10), "ab [31m");
}

TEST(Json, RefusesNestingThatWouldOverflowTheStackAndCountsNoBracketsInStrings) {
  EXPECT_FALSE(parse_json("reply", std::string(201, '[') + std::string(201, ']')));
  EXPECT_TRUE(parse_json("reply", std::string(200, '[') + std::string(200, ']')));
  EXPECT_TRUE(parse_json("reply", "\"\\\"" + std::string(500, '[') + "\""));
}

TEST(Request, EncodesItsQuery) {
  Request request;
  request.path = "/api/v1/pods";
  request.query = {{"labelSelector", "app in (a,b)&x=1"}};
  EXPECT_EQ(request.target(), "/api/v1/pods?labelSelector=app%20in%20%28a%2Cb%29%26x%3D1");
}

TEST(InCluster, TakesTheServiceAccountAsTheKubeletMountsIt) {
  const auto config = in_cluster_config({"10.0.0.1", "443", "meshtrace-system\n"});
  ASSERT_TRUE(config);
  EXPECT_EQ(config->server, "https://10.0.0.1:443");
  EXPECT_EQ(config->token_file, "/var/run/secrets/kubernetes.io/serviceaccount/token");
  EXPECT_EQ(config->certificate_authority.file, "/var/run/secrets/kubernetes.io/serviceaccount/ca.crt");
  EXPECT_EQ(config->ns, "meshtrace-system");
}

TEST(InCluster, UsesTheNameOfTheServiceForAnIpv6Address) {
  EXPECT_EQ(in_cluster_config({"fd00::1", "443", ""})->server, "https://kubernetes.default.svc:443");
}

TEST(InCluster, SaysThatThisIsNoPod) {
  EXPECT_NE(in_cluster_config({"", "", ""}).error().what.find("this is no pod"), std::string::npos);
}

TEST(Backoff, StaysBetweenHalfAndTheWholeAndResets) {
  double number = 0.0;
  Backoff backoff({std::chrono::milliseconds(100), std::chrono::milliseconds(1000)}, [&] { return number; });
  EXPECT_EQ(backoff.next().count(), 50);
  number = 0.5;
  EXPECT_EQ(backoff.next().count(), 150);
  backoff.reset();
  EXPECT_EQ(backoff.next().count(), 75);
  for (int failure = 0; failure < 100; ++failure) EXPECT_LE(backoff.next().count(), 1000);
}

}  // namespace
}  // namespace meshtrace::kube
