// Which findings a page lists and in which order, and the words, signs and links that its parts share.
#pragma once

#include <cstddef>
#include <string>
#include <string_view>
#include <vector>

#include "core/audit/finding.h"

namespace meshtrace::cli {

struct Shown {
  const std::vector<audit::Finding>& findings;
  std::vector<std::size_t> order;  // places of those listed, the worst first, else as they came
  std::vector<std::size_t> rank;   // of each finding in `order`; order.size() of one that is not listed
};

Shown shown_of(const std::vector<audit::Finding>& findings, std::size_t max);

// href and data-findings of an element that stands for the findings at the places; empty where none of them is listed.
std::string link_attributes(const Shown& shown, const std::vector<std::size_t>& places);

// The sign of a severity, so that it is not told by colour alone.
std::string_view sign_of(audit::Severity severity);

// "1 finding", "2 findings".
std::string counted(std::size_t count, std::string_view noun);

}  // namespace meshtrace::cli
