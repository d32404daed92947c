// Makes one write and says what became of it. All writes of the mesh go through here: each asks first whether this
// replica still leads, is counted and logged, and what the API server answers is put into the cache, so that the next
// plan sees it before the informers do.
#pragma once

#include <chrono>
#include <functional>
#include <nlohmann/json.hpp>
#include <set>
#include <string>

#include "controller/actions.h"
#include "controller/cache.h"
#include "controller/metrics.h"
#include "core/base/result.h"
#include "kube/reply.h"
#include "kube/request.h"

namespace meshtrace::controller {

// Sends one request and waits for the reply.
using Send = std::function<Result<kube::Reply>(const kube::Request&)>;

struct Written {
  WriteResult result = WriteResult::kWritten;
  std::string problem;                  // where it is not kWritten
  std::string resource_version;         // of the object after it; empty: not known, or gone
  bool overloaded = false;              // it is not this write that is refused: 429, 5xx
  std::chrono::seconds retry_after{0};  // the API server asks everybody to wait so long
};

class Writer {
 public:
  virtual ~Writer() = default;
  virtual Written write(const Action& action) = 0;
};

// Writes to the API server.
class ApiWriter : public Writer {
 public:
  ApiWriter(Send send, std::function<bool()> may_write, Cache& cache, Metrics& metrics)
      : send_(std::move(send)), may_write_(std::move(may_write)), cache_(cache), metrics_(metrics) {}
  Written write(const Action& action) override;

 private:
  Written write_uncounted(const Action& action);
  Written send(const Action& action, const kube::Request& request, nlohmann::json* stored);
  Written apply(const Action& action);

  Send send_;
  std::function<bool()> may_write_;
  Cache& cache_;
  Metrics& metrics_;
};

// --dry-run: prints each write as a JSON line on standard output and takes it as made, so that the next step shows,
// too.
class PrintingWriter : public Writer {
 public:
  explicit PrintingWriter(Cache& cache) : cache_(cache) {}
  Written write(const Action& action) override;

 private:
  static constexpr std::size_t kMaxPrinted = 10'000;  // lines that are remembered
  Cache& cache_;
  std::set<std::string> printed_;
};

}  // namespace meshtrace::controller
