# meshtrace_library(NAME LAYER SOURCES sources... LINK targets... [PCH headers... | SHARE_PCH target]): a static library of
# one layer. SHARE_PCH takes the precompiled header of another library, which must link the same header libraries: a
# macro that differs makes it invalid.
#
# A layer's libraries link only what ALLOWED_<layer> lists; what is not listed stops the configuration. The
# include check (cmake/check_layers.sh) and the symbol check of core's archives run at every build, so that the map in
# ARCHITECTURE.md stays true.
set(ALLOWED_core "meshtrace::core_.*|nlohmann_json::nlohmann_json|simdjson::simdjson|yaml-cpp|tl::expected|fmt::fmt|OpenSSL::Crypto")
set(ALLOWED_kube "${ALLOWED_core}|meshtrace::kube")
set(ALLOWED_net "${ALLOWED_kube}|meshtrace::net_.*|Boost::headers|cpprestsdk::cpprest|OpenSSL::SSL|Threads::Threads|spdlog::spdlog")
set(ALLOWED_program "${ALLOWED_core}|meshtrace::.*|Threads::Threads|spdlog::spdlog|CLI11::CLI11|prometheus-cpp::core|OpenSSL::SSL")

function(meshtrace_check_links layer target)
  foreach(link IN LISTS ARGN)
    if(NOT link MATCHES "^(${ALLOWED_${layer}})$")
      message(FATAL_ERROR "${target}: layer ${layer} must not link ${link} (cmake/Layers.cmake)")
    endif()
  endforeach()
endfunction()

function(meshtrace_library name layer)
  cmake_parse_arguments(ARG "" "SHARE_PCH" "SOURCES;LINK;PCH" ${ARGN})
  meshtrace_check_links(${layer} ${name} ${ARG_LINK})
  add_library(${name} STATIC ${ARG_SOURCES})
  add_library(meshtrace::${name} ALIAS ${name})
  target_include_directories(${name} PUBLIC ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
  if(ARG_PCH)
    target_precompile_headers(${name} PRIVATE ${ARG_PCH})
  elseif(ARG_SHARE_PCH)
    target_precompile_headers(${name} REUSE_FROM ${ARG_SHARE_PCH})
  endif()
  add_dependencies(${name} layer_check)
  if(layer STREQUAL core)
    add_custom_command(TARGET ${name} POST_BUILD
      COMMAND ${CMAKE_SOURCE_DIR}/cmake/check_symbols.sh $<TARGET_FILE:${name}>
      COMMENT "No I/O in ${name}" VERBATIM)
  endif()
endfunction()

function(meshtrace_program name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  meshtrace_check_links(program ${name} ${ARG_LINK})
  add_executable(${name} ${ARG_SOURCES})
  target_include_directories(${name} PRIVATE ${CMAKE_SOURCE_DIR})
  target_link_libraries(${name} PRIVATE ${ARG_LINK})
  add_dependencies(${name} layer_check)
endfunction()

add_custom_target(layer_check
  COMMAND ${CMAKE_SOURCE_DIR}/cmake/check_layers.sh ${CMAKE_SOURCE_DIR}
  COMMENT "Layers: who includes whom" VERBATIM)
