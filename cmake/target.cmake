# SPDX-License-Identifier: Apache-2.0
# Programs for the cluster, built in the same configure and build as the host's.
#
#   tl_cluster_program(NAME SOURCES file... [OPTIONS flag...])
# makes ${CMAKE_BINARY_DIR}/guest/NAME.elf and the target NAME_elf.
find_program(TL_CLUSTER_CC NAMES clang-19 REQUIRED)
find_program(TL_CLUSTER_LD NAMES ld.lld-19 REQUIRED)

# --riscv-lower-fpimm-cost: constants are built in registers; from their pool in L2 each load would take 15 cycles.
set(TL_CLUSTER_FLAGS --target=riscv32-unknown-elf -march=rv32imc_zfinx_zhinx -mabi=ilp32 -mno-relax
    -std=c11 -O2 -g -ffreestanding -fno-builtin -ffunction-sections -fdata-sections -fno-common
    -ffp-contract=off -fno-math-errno -mllvm --riscv-lower-fpimm-cost=3 -DTL_PULP -Wall -Wextra -Wpedantic -Wshadow -Wconversion
    -I${PROJECT_SOURCE_DIR} -I${PROJECT_SOURCE_DIR}/include)
if(TL_WERROR)
  list(APPEND TL_CLUSTER_FLAGS -Werror)
endif()

function(tl_cluster_program name)
  cmake_parse_arguments(arg "" "" "SOURCES;OPTIONS" ${ARGN})
  set(dir ${CMAKE_BINARY_DIR}/guest)
  set(objects)
  foreach(source IN LISTS arg_SOURCES)
    get_filename_component(source ${source} ABSOLUTE)
    get_filename_component(base ${source} NAME)
    set(object ${dir}/${name}.dir/${base}.o)
    set(flags ${TL_CLUSTER_FLAGS})
    if(base MATCHES "\\.S$")
      list(REMOVE_ITEM flags -std=c11 -Wpedantic)
    endif()
    add_custom_command(OUTPUT ${object}
      COMMAND ${CMAKE_COMMAND} -E make_directory ${dir}/${name}.dir
      COMMAND ${TL_CLUSTER_CC} ${flags} ${arg_OPTIONS} -MD -MF ${object}.d -c ${source} -o ${object}
      DEPENDS ${source} DEPFILE ${object}.d VERBATIM
      COMMENT "Building for the cluster: ${name}.dir/${base}.o")
    list(APPEND objects ${object})
  endforeach()
  set(script ${PROJECT_SOURCE_DIR}/platform/link.ld)
  add_custom_command(OUTPUT ${dir}/${name}.elf
    COMMAND ${TL_CLUSTER_LD} --gc-sections --no-relax -T ${script} ${objects} -o ${dir}/${name}.elf
    DEPENDS ${objects} ${script} VERBATIM COMMENT "Linking for the cluster: ${name}.elf")
  add_custom_target(${name}_elf ALL DEPENDS ${dir}/${name}.elf)
endfunction()
