// `audit -o html`: the findings and the mesh as one HTML file that needs no network and, to be read, no script.
// Nothing of the audited objects is interpreted: every text goes through html::text (report/html.h), and a
// Content-Security-Policy lets nothing run but the page's own script.
#pragma once

#include <string>
#include <vector>

#include "cli/report/graph.h"
#include "core/audit/audit.h"

namespace meshtrace::cli {

// Findings that a page shows, the worst first; the rest is counted. A browser keeps some 3 KB for each.
inline constexpr std::size_t kMaxFindingsOnPage = 5000;

struct AuditPage {
  const audit::Audited& audited;
  bool partial = false;            // not everything could be read: `notes` say what
  std::vector<std::string> notes;  // one sentence each
  Graph graph;                     // graph_of(model.paths, audited.findings)
};

// The same input gives the same bytes.
std::string audit_html(const AuditPage& page);

}  // namespace meshtrace::cli
