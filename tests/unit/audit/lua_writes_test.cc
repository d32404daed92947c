#include "core/audit/checks/lua_writes.h"

#include <gtest/gtest.h>

#include <string>
#include <vector>

namespace meshtrace::audit {
namespace {

// "removed traceparent, line 2" of each write; "perhaps" where it is behind a branch.
std::vector<std::string> told(const std::string& code) {
  std::vector<std::string> writes;
  for (const LuaWrite& write : lua_writes(code)) {
    const std::string what = write.what == HeaderChange::What::kRemoved ? "removed "
                             : write.what == HeaderChange::What::kSet   ? "set "
                                                                        : "added ";
    writes.push_back((write.is_certain ? "" : "perhaps ") + what + write.header + ", line " +
                     std::to_string(write.line));
  }
  return writes;
}

struct Case {
  const char* code;
  std::vector<std::string> writes;
};

TEST(LuaWrites, AreCallsWithAHeadersName) {
  for (const auto& [code, writes] : std::vector<Case>{
           {R"(h:headers():remove("traceparent"))", {"removed traceparent, line 1"}},
           {"\n\nh:headers():replace('Baggage', x)", {"set baggage, line 3"}},
           {"local h = r:headers()\nh : add ( [[b3]], v )", {"added b3, line 2"}},
           {"h:remove 'x-b3-traceid'", {"removed x-b3-traceid, line 1"}},
           {"h:remove([==[tracestate]==])", {"removed tracestate, line 1"}},
           {R"(h:remove("traceparent") h:remove("x-other"))", {"removed traceparent, line 1"}},
           {"if a then h:remove('traceparent') end", {"perhaps removed traceparent, line 1"}},
           {"if a then b() end\nfunction envoy_on_request(h) h:headers():remove('b3') end", {"removed b3, line 2"}},
       }) {
    EXPECT_EQ(told(code), writes) << code;
  }
}

TEST(LuaWrites, AreNotReadingNorCommentsNorTextsNorResponses) {
  for (const char* code : {
           "h:headers():get('traceparent')",
           "-- h:headers():remove('traceparent')",
           "--[[ h:remove('traceparent')\n h:remove('traceparent') ]] x()",
           "--[==[ ]] h:remove('traceparent') ]==]",
           R"lua(log("h:remove('traceparent')"))lua",
           R"lua(log("\"h:remove('traceparent')"))lua",
           "h:remove(name)",
           "remove('traceparent')",
           "x.remove('traceparent')",
           "function envoy_on_response(h) h:headers():remove('traceparent') end",
           "",
           "\"",
           "[==[",
           "--[[",
       }) {
    EXPECT_EQ(told(code), std::vector<std::string>{}) << code;
  }
}

}  // namespace
}  // namespace meshtrace::audit
