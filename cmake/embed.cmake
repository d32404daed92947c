# Makes OUTPUT, C++ that defines the contents of page.html, page.css and page.js in FOLDER as page_files.h declares them.
set(definitions)
foreach(part Html Css Js)
  string(TOLOWER ${part} extension)
  file(READ ${FOLDER}/page.${extension} content)
  string(APPEND definitions "const std::string_view kPage${part} = R\"embedded(${content})embedded\";\n")
endforeach()
file(WRITE ${OUTPUT} "#include \"cli/report/page_files.h\"\n
namespace meshtrace::cli {\n
${definitions}
}  // namespace meshtrace::cli\n")
