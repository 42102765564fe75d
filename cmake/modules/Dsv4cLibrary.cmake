# dsv4c_library(NAME SOURCES... [LINK libs...] [DEPENDS targets...])
#   A static library of the compiler: sees LLVM and MLIR headers and links libMLIR.so.
# dsv4run_library(NAME SOURCES... [LINK libs...])
#   A static library of the runtime: must not see LLVM.

function(dsv4c_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK;DEPENDS" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC
    ${PROJECT_SOURCE_DIR}/include ${PROJECT_BINARY_DIR}/include ${PROJECT_BINARY_DIR}/dialects)
  target_include_directories(${name} SYSTEM PUBLIC ${MLIR_INCLUDE_DIRS} ${LLVM_INCLUDE_DIRS})
  target_link_libraries(${name} PUBLIC ${ARG_LINK} MLIR LLVM)
  add_dependencies(${name} dsv4c-headers ${ARG_DEPENDS})
endfunction()

function(dsv4run_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;LINK" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR}/runtime/include ${PROJECT_BINARY_DIR}/runtime/include)
  target_link_libraries(${name} PUBLIC ${ARG_LINK})
endfunction()
