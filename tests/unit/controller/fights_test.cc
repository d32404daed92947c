// When a second manager's changes are a fight.
#include "controller/fights.h"

#include <gtest/gtest.h>

#include <chrono>

namespace meshtrace::controller {
namespace {

using std::chrono::minutes;
using std::chrono::seconds;

const kube::Moment kStart{std::chrono::hours(1)};
const WrittenField kFormat{{"ConfigMap", "istio-system", "istio", "data.mesh.accessLogFormat"}, "a"};
const WrittenField kFile{{"ConfigMap", "istio-system", "istio", "data.mesh.accessLogFile"}, "b"};

TEST(Fights, AreGivenUpAtTheThirdRevertWithinTenMinutes) {
  Fights fights;
  EXPECT_FALSE(fights.note(kFormat, kStart));
  EXPECT_FALSE(fights.note(kFormat, kStart + minutes(5)));
  EXPECT_TRUE(fights.note(kFormat, kStart + minutes(10) - seconds(1)));
}

TEST(Fights, DoNotAriseFromRevertsThatAreFarApart) {
  Fights fights;
  for (int revert = 0; revert < 20; ++revert) {
    EXPECT_FALSE(fights.note(kFormat, kStart + revert * minutes(5)));
  }
}

TEST(Fights, AreAboutOneField) {
  Fights fights;
  for (int revert = 0; revert < 2; ++revert) {
    EXPECT_FALSE(fights.note(kFormat, kStart));
    EXPECT_FALSE(fights.note(kFile, kStart));
  }
}

TEST(Fights, AreForgottenWithThePolicyThatWantedTheField) {
  Fights fights;
  fights.note(kFormat, kStart);
  fights.note(kFormat, kStart);
  fights.forget_unless([](const WrittenField& written) { return written != kFormat; });
  EXPECT_FALSE(fights.note(kFormat, kStart));
}

TEST(Fights, BeginAnewForWhatAChangedPolicyWrites) {
  Fights fights;
  fights.note(kFormat, kStart);
  fights.note(kFormat, kStart);
  EXPECT_TRUE(fights.note(kFormat, kStart));
  EXPECT_FALSE(fights.note(kFormat, kStart));
  EXPECT_FALSE(fights.note(kFormat, kStart));
  EXPECT_TRUE(fights.note(kFormat, kStart));
}

TEST(Fights, ForgetTheFieldThatIsLongestAtPeaceWhenThereAreTooMany) {
  Fights fights({.max_fields = 2});
  const WrittenField other{{"EnvoyFilter", "shop", "meshtrace-shop", "spec"}, "c"};
  fights.note(kFormat, kStart);
  fights.note(kFormat, kStart + seconds(2));
  fights.note(kFile, kStart + seconds(1));
  fights.note(other, kStart + seconds(3));  // kFile goes
  EXPECT_TRUE(fights.note(kFormat, kStart + seconds(4)));
  EXPECT_FALSE(fights.note(kFile, kStart + seconds(5)));
}

}  // namespace
}  // namespace meshtrace::controller
