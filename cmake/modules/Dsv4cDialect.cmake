add_custom_target(dsv4c-headers)
add_custom_target(dsv4c-docs)

# dsv4c_pass_docs(FOLDER file.td): reference of the passes of a file.
function(dsv4c_pass_docs folder file)
  set(doc ${PROJECT_BINARY_DIR}/docs/dialects/${folder}Passes.md)
  add_custom_command(OUTPUT ${doc}
    COMMAND ${MLIR_TABLEGEN_EXE} -gen-pass-doc -I ${PROJECT_SOURCE_DIR}/dialects
      -I ${CMAKE_CURRENT_SOURCE_DIR} -I ${MLIR_INCLUDE_DIR}
      ${CMAKE_CURRENT_SOURCE_DIR}/${file} -o ${doc}
    DEPENDS ${file})
  add_custom_target(dsv4c-${folder}-pass-docs DEPENDS ${doc})
  add_dependencies(dsv4c-docs dsv4c-${folder}-pass-docs)
endfunction()

# dsv4c_dialect(FOLDER dialect cpp-namespace [PASSES])
#   Runs mlir-tblgen over dialects/<FOLDER>/<FOLDER>.td, the umbrella file of a
#   dialect, and over <FOLDER>Passes.td if PASSES is given. Includes come out as
#   <FOLDER>/<FOLDER>Ops.h.inc and so on, docs as docs/dialects/<FOLDER>.md.

function(dsv4c_dialect folder dialect namespace)
  cmake_parse_arguments(ARG "PASSES" "" "" ${ARGN})
  set(LLVM_TARGET_DEFINITIONS ${folder}.td)
  file(GLOB tds CONFIGURE_DEPENDS ${CMAKE_CURRENT_SOURCE_DIR}/*.td)
  set_property(DIRECTORY APPEND PROPERTY CMAKE_CONFIGURE_DEPENDS ${tds})
  include_directories(SYSTEM ${MLIR_INCLUDE_DIRS})
  include_directories(${PROJECT_SOURCE_DIR}/dialects)
  mlir_tablegen(${folder}Dialect.h.inc -gen-dialect-decls -dialect=${dialect})
  mlir_tablegen(${folder}Dialect.cpp.inc -gen-dialect-defs -dialect=${dialect})
  mlir_tablegen(${folder}Ops.h.inc -gen-op-decls -dialect=${dialect})
  mlir_tablegen(${folder}Ops.cpp.inc -gen-op-defs -dialect=${dialect})
  mlir_tablegen(${folder}Types.h.inc -gen-typedef-decls -typedefs-dialect=${dialect})
  mlir_tablegen(${folder}Types.cpp.inc -gen-typedef-defs -typedefs-dialect=${dialect})
  mlir_tablegen(${folder}Attrs.h.inc -gen-attrdef-decls -attrdefs-dialect=${dialect})
  mlir_tablegen(${folder}Attrs.cpp.inc -gen-attrdef-defs -attrdefs-dialect=${dialect})
  # Enums and interfaces have files of their own: run over the umbrella file,
  # their generators would repeat those of every upstream file it includes.
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}Enums.td)
    set(LLVM_TARGET_DEFINITIONS ${folder}Enums.td)
    mlir_tablegen(${folder}Enums.h.inc -gen-enum-decls)
    mlir_tablegen(${folder}Enums.cpp.inc -gen-enum-defs)
  endif()
  if(EXISTS ${CMAKE_CURRENT_SOURCE_DIR}/${folder}Interfaces.td)
    set(LLVM_TARGET_DEFINITIONS ${folder}Interfaces.td)
    mlir_tablegen(${folder}Interfaces.h.inc -gen-op-interface-decls)
    mlir_tablegen(${folder}Interfaces.cpp.inc -gen-op-interface-defs)
  endif()
  if(ARG_PASSES)
    set(LLVM_TARGET_DEFINITIONS ${folder}Passes.td)
    mlir_tablegen(${folder}Passes.h.inc -gen-pass-decls -name ${folder})
  endif()
  add_public_tablegen_target(dsv4c-${folder}-inc)
  add_dependencies(dsv4c-headers dsv4c-${folder}-inc)

  set(doc ${PROJECT_BINARY_DIR}/docs/dialects/${folder}.md)
  file(MAKE_DIRECTORY ${PROJECT_BINARY_DIR}/docs/dialects)
  add_custom_command(OUTPUT ${doc}
    COMMAND ${MLIR_TABLEGEN_EXE} -gen-dialect-doc -dialect=${dialect}
      -I ${PROJECT_SOURCE_DIR}/dialects -I ${CMAKE_CURRENT_SOURCE_DIR} -I ${MLIR_INCLUDE_DIR}
      ${CMAKE_CURRENT_SOURCE_DIR}/${folder}.td -o ${doc}
    DEPENDS ${tds})
  add_custom_target(dsv4c-${folder}-docs DEPENDS ${doc})
  add_dependencies(dsv4c-docs dsv4c-${folder}-docs)
  if(ARG_PASSES)
    dsv4c_pass_docs(${folder} ${folder}Passes.td)
  endif()
endfunction()
