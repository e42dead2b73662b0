# SPDX-License-Identifier: Apache-2.0
# Flags of everything that runs on the host.
add_library(tl_host_flags INTERFACE)
target_compile_options(tl_host_flags INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wconversion -ffp-contract=off -fno-math-errno)
target_compile_definitions(tl_host_flags INTERFACE _POSIX_C_SOURCE=200809L)
target_include_directories(tl_host_flags INTERFACE ${PROJECT_SOURCE_DIR} ${PROJECT_SOURCE_DIR}/include)
if(TL_WERROR)
  target_compile_options(tl_host_flags INTERFACE -Werror)
endif()
if(TL_SANITIZE)
  target_compile_options(tl_host_flags INTERFACE -fsanitize=${TL_SANITIZE} -fno-sanitize-recover=all -g)
  target_link_options(tl_host_flags INTERFACE -fsanitize=${TL_SANITIZE})
endif()
if(TL_FUZZ)
  if(NOT CMAKE_C_COMPILER_ID MATCHES "Clang")
    message(FATAL_ERROR "TL_FUZZ needs clang: -DCMAKE_C_COMPILER=clang-19")
  endif()
  target_compile_options(tl_host_flags INTERFACE
    -fsanitize=fuzzer-no-link,address,undefined -fno-sanitize-recover=all -g)
  target_link_options(tl_host_flags INTERFACE -fsanitize=address,undefined)
endif()
# fmaf is one instruction where the processor has it, else a call: the bits are the same.
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64" AND EXISTS /proc/cpuinfo)
  file(STRINGS /proc/cpuinfo tl_cpu_flags REGEX "^flags.* fma " LIMIT_COUNT 1)
  if(tl_cpu_flags)
    target_compile_options(tl_host_flags INTERFACE -mfma)
  endif()
endif()
