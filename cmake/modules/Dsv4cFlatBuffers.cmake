# dsv4run_flatbuffers(NAME schema.fbs HEADER path-below-runtime/include)
#   Runs flatc over a schema; HEADER without "Schema.h" is the schema's stem.
#   The target NAME brings the generated header, object API included.

function(dsv4run_flatbuffers name schema)
  cmake_parse_arguments(ARG "" "HEADER" "" ${ARGN})
  get_filename_component(stem ${schema} NAME_WE)
  set(directory ${PROJECT_BINARY_DIR}/runtime/include/${ARG_HEADER})
  set(header ${directory}/${stem}Schema.h)
  add_custom_command(OUTPUT ${header}
    COMMAND ${FLATC_PROGRAM} --cpp --cpp-std c++17 --scoped-enums --gen-object-api
      --filename-suffix Schema -o ${directory} ${schema}
    DEPENDS ${schema} VERBATIM)
  add_custom_target(${name}-header DEPENDS ${header})
  add_library(${name} INTERFACE)
  target_include_directories(${name} SYSTEM INTERFACE ${PROJECT_BINARY_DIR}/runtime/include)
  target_link_libraries(${name} INTERFACE flatbuffers::flatbuffers_shared)
  add_dependencies(${name} ${name}-header)
endfunction()
