#include "controller/options.h"
#include "controller/program.h"

int main(int argc, char** argv) {
  using namespace meshtrace::controller;
  const auto parsed = parse_options(argc, argv);
  if (const auto* code = std::get_if<ExitCode>(&parsed)) return *code;
  return run(std::get<Options>(parsed));
}
