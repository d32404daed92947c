// kubeconfig files, which users are sent by others: an error with its place, or a configuration that names a server.
#include <cstdint>
#include <string>

#include "kube/kubeconfig.h"
#include "tests/fuzz/require.h"

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  using namespace meshtrace;
  const std::string text(reinterpret_cast<const char*>(data), size);
  const auto config = kube::parse_kubeconfig("/home/user/.kube/config", text);
  if (!config) {
    fuzz::require(!config.error().where.empty() && !config.error().what.empty(), "an error says where and what");
    return 0;
  }
  const kube::Kubeconfig merged = kube::merge_kubeconfigs({*config, *config});
  fuzz::require(merged.contexts.size() == config->contexts.size() && merged.current_context == config->current_context,
                "a file merged with itself is itself");
  for (const auto& [name, entry] : merged.contexts) {
    const auto chosen = kube::select_context(merged, {.context = name, .cluster = "", .user = "", .ns = ""});
    fuzz::require(!chosen || chosen->server.starts_with("http"), "a configuration names a server");
    fuzz::require(chosen || !chosen.error().what.empty(), "an error says what");
  }
  (void)kube::select_context(merged, {});
  return 0;
}
