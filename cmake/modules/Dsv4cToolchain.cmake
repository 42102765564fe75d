# Compiler launcher, linker, warnings and sanitizers: everything about *how*
# the tree is built, nothing about what is in it.

if(NOT CMAKE_BUILD_TYPE)
  set(CMAKE_BUILD_TYPE Release CACHE STRING "" FORCE)
endif()

find_program(CCACHE_PROGRAM ccache)
if(CCACHE_PROGRAM)
  set(CMAKE_C_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CCACHE_PROGRAM})
endif()

find_program(LLD_PROGRAM NAMES ld.lld-22 ld.lld)
if(LLD_PROGRAM)
  add_link_options(-fuse-ld=lld --ld-path=${LLD_PROGRAM})
endif()

# Contraction would let the bits of a result depend on the optimiser.
add_compile_options(-Wall -Wextra -Wno-unused-parameter -ffp-contract=off)
if(DSV4C_SANITIZE)
  add_compile_options(-fsanitize=address,undefined -fno-sanitize=vptr -fno-omit-frame-pointer)
  add_link_options(-fsanitize=address,undefined)
endif()
