#include <fmt/format.h>

#include <algorithm>
#include <atomic>
#include <iterator>
#include <utility>

#include "cli/audit_input.h"
#include "cli/parallel.h"
#include "core/audit/load.h"
#include "net/process/utf8.h"

namespace meshtrace::cli {
namespace {

// Documents that a thread reads at a time, in their order: few enough that no thread is left with the rest.
constexpr std::size_t kBlock = 64;

std::vector<audit::Piece> cut_all(const std::vector<Source>& sources, std::vector<Error>& problems) {
  std::vector<audit::Piece> all;
  for (const Source& source : sources) {
    audit::Pieces pieces = audit::cut(source.name, source.text);
    std::move(pieces.problems.begin(), pieces.problems.end(), std::back_inserter(problems));
    std::move(pieces.pieces.begin(), pieces.pieces.end(), std::back_inserter(all));
  }
  return all;
}

std::vector<audit::Loaded> load_all(const std::vector<audit::Piece>& pieces, const std::string& ns,
                                    const Environment& environment) {
  std::vector<audit::Loaded> blocks((pieces.size() + kBlock - 1) / kBlock);
  std::atomic<std::size_t> done = 0;
  Parallel work;
  work.jobs = blocks.size();
  work.threads = core_count();
  work.run = [&](std::size_t block) {
    const std::size_t end = std::min((block + 1) * kBlock, pieces.size());
    for (std::size_t i = block * kBlock; i < end; ++i) audit::load(pieces[i], ns, blocks[block]);
    done += end - block * kBlock;
  };
  work.tick = [&] { environment.progress(fmt::format("reading: {} of {} documents", done.load(), pieces.size())); };
  run_parallel(work);
  return blocks;
}

}  // namespace

Result<AuditInput> read_audit_files(const AuditFiles& options, const Environment& environment) {
  InputOptions input_options;
  input_options.recursive = options.recursive;
  auto sources = read_sources(options.paths, input_options, environment);
  if (!sources) return tl::make_unexpected(std::move(sources.error()));
  AuditInput input;
  input.sources = *std::move(sources);
  // Every output is UTF-8, a file's name is any bytes.
  for (Source& source : input.sources) source.name = repair_utf8(source.name);
  const std::vector<audit::Piece> pieces = cut_all(input.sources, input.problems);
  for (audit::Loaded& block : load_all(pieces, options.ns, environment)) {
    std::move(block.objects.begin(), block.objects.end(), std::back_inserter(input.objects));
    std::move(block.problems.begin(), block.problems.end(), std::back_inserter(input.problems));
    input.seen += block.seen;
  }
  if (input.seen == 0 && input.problems.empty()) {
    return fail(input.sources.front().name, "no Kubernetes object in what -f names");
  }
  return input;
}

}  // namespace meshtrace::cli
