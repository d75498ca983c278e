# dpctl_embed(TARGET NAMESPACE DIR file...): puts files into a program.
#
# Writes <build>/embedded/<TARGET>_files.hpp and .cpp and adds them to TARGET. The header declares, in NAMESPACE,
#   struct EmbeddedFile { std::string_view path; std::string_view bytes; };
#   std::span<const EmbeddedFile> embedded_files();
# in the order given; `path` is relative to DIR. A changed file is embedded anew at the next build.
# Include it as "<TARGET>_files.hpp".
#
# The bytes are written as one raw string literal per 8 KB piece where they are plain text, as escaped bytes otherwise:
# a compiler reads string literals about ten times faster than lists of numbers.
function(dpctl_embed TARGET NAMESPACE DIR)
  find_package(Python3 REQUIRED COMPONENTS Interpreter)
  set(out ${CMAKE_BINARY_DIR}/embedded)
  set(script ${CMAKE_SOURCE_DIR}/cmake/embed.py)
  list(TRANSFORM ARGN PREPEND ${DIR}/ OUTPUT_VARIABLE inputs)
  add_custom_command(
    OUTPUT ${out}/${TARGET}_files.cpp ${out}/${TARGET}_files.hpp
    COMMAND ${CMAKE_COMMAND} -E make_directory ${out}
    COMMAND ${Python3_EXECUTABLE} ${script} ${out}/${TARGET}_files ${NAMESPACE} ${DIR} ${ARGN}
    DEPENDS ${script} ${inputs}
    COMMENT "embedding files of ${DIR} into ${TARGET}"
    VERBATIM)
  target_sources(${TARGET} PRIVATE ${out}/${TARGET}_files.cpp ${out}/${TARGET}_files.hpp)
  target_include_directories(${TARGET} PRIVATE ${out})
endfunction()
