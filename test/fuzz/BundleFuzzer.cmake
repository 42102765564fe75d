# libFuzzer harness of the bundle reader, with the libraries under test built
# once more with coverage and sanitizers. By hand:
#   build/release/bin/BundleFuzzer build/release/test/fuzz/corpus/Bundle
if(NOT DSV4C_FUZZ OR NOT CMAKE_CXX_COMPILER_ID STREQUAL "Clang")
  return()
endif()

set(fuzz_flags -fsanitize=address,undefined -fno-sanitize=vptr
  -fno-sanitize-recover=undefined -fno-omit-frame-pointer -g1)
set(sources)
foreach(library Dsv4RunSupport Dsv4RunBundle)
  get_target_property(directory ${library} SOURCE_DIR)
  get_target_property(names ${library} SOURCES)
  list(TRANSFORM names PREPEND ${directory}/)
  list(APPEND sources ${names})
endforeach()
get_target_property(links Dsv4RunBundle LINK_LIBRARIES)
get_target_property(support_links Dsv4RunSupport LINK_LIBRARIES)
list(REMOVE_ITEM links Dsv4RunSupport)

add_executable(BundleFuzzer fuzz/BundleFuzzer.cpp ${sources})
target_include_directories(BundleFuzzer PRIVATE ${PROJECT_SOURCE_DIR}/runtime/include)
target_compile_options(BundleFuzzer PRIVATE ${fuzz_flags} -fsanitize=fuzzer-no-link)
target_link_options(BundleFuzzer PRIVATE ${fuzz_flags} -fsanitize=fuzzer)
target_link_libraries(BundleFuzzer PRIVATE ${links} ${support_links})

# The seeds are the manifest of the unit tests, which reaches every table, and an
# offload bundle.
add_executable(BundleFuzzerSeed fuzz/BundleFuzzerSeed.cpp)
target_include_directories(BundleFuzzerSeed PRIVATE ${PROJECT_SOURCE_DIR}/test/unit)
target_link_libraries(BundleFuzzerSeed PRIVATE Dsv4RunBundle)
set(corpus ${CMAKE_CURRENT_BINARY_DIR}/fuzz/corpus/Bundle)
set(found ${CMAKE_CURRENT_BINARY_DIR}/fuzz/found/Bundle)
file(MAKE_DIRECTORY ${corpus} ${found})
add_test(NAME Fuzz.BundleSeed COMMAND BundleFuzzerSeed ${corpus}/sample)
set_tests_properties(Fuzz.BundleSeed PROPERTIES FIXTURES_SETUP BundleSeed)
add_test(NAME Fuzz.Bundle
  COMMAND BundleFuzzer -runs=20000 -max_total_time=10 -seed=1 -max_len=16384
    -print_final_stats=1 -artifact_prefix=${found}/ ${corpus})
set_tests_properties(Fuzz.Bundle PROPERTIES TIMEOUT 120 FIXTURES_REQUIRED BundleSeed)
