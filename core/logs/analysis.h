// Access logs in, bytes of one source after the other; what became of traceparent at each hop out. Memory is bounded,
// whatever comes and however much. Judges no configuration: each kind of loss names the audit's check that does.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "core/logs/fields.h"
#include "core/logs/formats.h"
#include "core/logs/hop_table.h"
#include "core/logs/lines.h"
#include "core/logs/recent.h"
#include "core/logs/report.h"

namespace meshtrace::logs {

class Analysis {
 public:
  explicit Analysis(Formats formats, std::size_t remembered = Recent::kDefaultCapacity)
      : formats_(std::move(formats)), traces_(remembered), samplings_(remembered) {}

  // A file or a pod's log: begin, feed as often as there are bytes, end.
  void begin(std::string name);
  void feed(std::string_view bytes);
  void end();

  [[nodiscard]] Report report() const;

 private:
  void take(std::string_view line);
  void judge(std::uint32_t hop);
  void judge_traceparent(std::uint32_t hop, std::string_view traceparent);
  void compare_trace(const Seen& now);
  void compare_sampling(const Seen& now);
  // The new example, or null when there are enough of this kind at that hop.
  Example* count(std::uint32_t hop, Kind kind);
  // At the later hop, which need not be the one whose entry was read now.
  Example* count(const Recent::Difference& difference, Kind kind, std::uint32_t hop_of_entry);
  // Whether the entry would show the field if the request had it.
  [[nodiscard]] bool would_show(Field field) const;
  [[nodiscard]] bool is_connection() const;
  [[nodiscard]] bool is_unread() const;

  Formats formats_;
  HopTable hops_;
  Recent traces_;     // by request id: the trace
  Recent samplings_;  // by trace: whether it is sampled

  // Of the source that is being read.
  Source source_;
  Lines lines_;
  unsigned shown_ = 0;  // the fields that some entry showed
  std::vector<bool> formats_found_;

  // Of the entry that is being read.
  Fields fields_;
  std::size_t format_ = 0;

  std::vector<Source> sources_;
};

}  // namespace meshtrace::logs
