#include "core/trace/expansion.h"

#include <gmock/gmock.h>

namespace meshtrace::trace {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;

TEST(Expansion, FindsReferencesAsTheKubeletDoes) {
  EXPECT_THAT(references("http://$(HOST):$(PORT)"), ElementsAre("HOST", "PORT"));
  EXPECT_THAT(references("$$(A) $ $x $(B"), IsEmpty());
  EXPECT_THAT(references("$$$(A)"), ElementsAre("A"));
  EXPECT_THAT(references("$()"), ElementsAre(""));
  EXPECT_THAT(references("$"), IsEmpty());
}

TEST(Expansion, DoublesEveryDollar) {
  EXPECT_EQ(escape_dollars("$(A) $$ $"), "$$(A) $$$$ $$");
  EXPECT_THAT(references(escape_dollars("$(A)$$(B)$")), IsEmpty());
}

TEST(Expansion, RenamesReferencesAndNothingElse) {
  EXPECT_EQ(rename_reference("$(A)-$$(A)-$(AB)-A", "A", "Z"), "$(Z)-$$(A)-$(AB)-A");
}

}  // namespace
}  // namespace meshtrace::trace
