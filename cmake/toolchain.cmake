# The language, the warnings, and the tools that make a build fast when they are there.
set(CMAKE_CXX_STANDARD 20)
set(CMAKE_CXX_STANDARD_REQUIRED ON)
set(CMAKE_CXX_EXTENSIONS OFF)
set(CMAKE_EXPORT_COMPILE_COMMANDS ON)
set(CMAKE_POSITION_INDEPENDENT_CODE ON)
if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release)
endif()

# -O2 everywhere: -O3 bought nothing on the template engine or the tick parsers and costs build time.
set(CMAKE_CXX_FLAGS_RELEASE "-O2 -DNDEBUG")
set(CMAKE_CXX_FLAGS_DEBUG "-O0 -g1")

# Paths below the source folder count as relative, so that a second checkout finds what the first one compiled.
find_program(CCACHE ccache)
if(CCACHE)
  set(launcher env CCACHE_BASEDIR=${CMAKE_SOURCE_DIR} CCACHE_NOHASHDIR=1 ${CCACHE})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${launcher})
  set(CMAKE_C_COMPILER_LAUNCHER ${launcher})
endif()
find_program(MOLD mold)
if(MOLD AND NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  add_link_options(-fuse-ld=mold)
endif()
add_link_options(-Wl,--as-needed)

set(DPCTL_SANITIZE "" CACHE STRING "comma list for -fsanitize, e.g. address,undefined")
if(DPCTL_SANITIZE)
  add_compile_options(-fsanitize=${DPCTL_SANITIZE} -fno-omit-frame-pointer)
  add_link_options(-fsanitize=${DPCTL_SANITIZE})
  if(DPCTL_SANITIZE MATCHES thread)
    # Fences are not instrumented; Asio's are of use only to handlers that synchronise by themselves.
    add_compile_options(-Wno-tsan -DBOOST_ASIO_DISABLE_FENCED_BLOCK)
  endif()
endif()
option(DPCTL_FUZZ "build the libFuzzer targets (clang)" OFF)
if(DPCTL_FUZZ)
  # The rooms report their coverage too, not only the fuzzer's own file; without it libFuzzer sees nothing of them.
  add_compile_options(-fsanitize=fuzzer-no-link)
  add_link_options(-fsanitize=fuzzer-no-link)
endif()

# Warnings are for our own targets; headers of libraries come in as system headers.
add_library(dpctl_warnings INTERFACE)
target_compile_options(dpctl_warnings INTERFACE -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror)
