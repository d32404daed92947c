#include <fmt/format.h>

#include <string>

#include "core/audit/checks/checks.h"
#include "core/audit/model.h"
#include "core/audit/path_builder.h"
#include "core/base/json.h"

namespace meshtrace::audit {
namespace {

using nlohmann::json;

constexpr int kKafka = 9092;

void run(const Model& model, const Object& subject, Findings& findings) {
  const json& ports = array_member(subject.spec(), {"ports"});
  for (std::size_t at = 0; at < ports.size(); ++at) {
    const int number = port_number(ports[at], {"port"});
    if (!is_broker_port(number)) continue;
    std::optional<Hop> hop;
    for (const PathEdge* edge : model.paths.over(subject)) {
      if (!hop && edge->port == number) hop = Hop{edge->from, edge->to};
    }
    const char* broker = number == kKafka ? "Kafka" : "RabbitMQ (AMQP)";
    findings.add(
        subject,
        fmt::format("Port {} is {}'s{}: no proxy sees its messages, so the trace goes on only if producers put the "
                    "context into message headers and consumers take it out.",
                    number, broker, hop ? " on the hop " + name_of_hop(model.paths, *hop) : ""),
        {.field = fmt::format("spec.ports[{}].port", at),
         .fix = fmt::format("Use an SDK or agent that instruments the {} client on both sides; nothing in the mesh "
                            "can do it.",
                            number == kKafka ? "Kafka" : "AMQP"),
         .hop = hop});
  }
}

}  // namespace

const Check kBrokerPort{
    .code = "MT0803",
    .severity = Severity::kInfo,
    .title = "message broker on the way",
    .effect = "The trace ends at the producer unless the application itself carries the context.",
    .page =
        R"(Ports 9092 (Kafka) and 5672 (RabbitMQ, AMQP) carry messages and not requests. A proxy passes them on as TCP and can
neither read nor write the context in a message; only the client library can. Most OpenTelemetry SDKs have an
instrumentation for both; look whether it is switched on at the producer and at the consumer, and whether consumers link
(batches) or continue (single messages) the trace.

Sources: OpenTelemetry, "Semantic conventions for messaging spans", section "Context propagation".)",
    .subjects = {Kind::kService},
    .reads = kPathKinds,
    .run = run,
};

}  // namespace meshtrace::audit
