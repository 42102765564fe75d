//===- ManifestBuilder.h - Bundles made by hand ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#ifndef DSV4RUN_UNITTEST_EXECUTOR_MANIFESTBUILDER_H
#define DSV4RUN_UNITTEST_EXECUTOR_MANIFESTBUILDER_H

#include <memory>
#include <string>
#include <vector>

#include "Support/TestFiles.h"
#include "dsv4run/Bundle/Bundle.h"
#include "dsv4run/Bundle/WriteBundle.h"
#include "dsv4run/Support/Sha256.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::testing {

/// Adds tables to a manifest and returns their indices.
class ManifestBuilder {
public:
  schema::ManifestT manifest;
  std::vector<std::byte> bytes; ///< of the file, once finished

  uint32_t Buffer(std::string name, schema::Space space, std::string element,
                  uint64_t element_bytes, std::vector<uint64_t> shape,
                  std::string holds = "bytes",
                  schema::Part part = schema::Part::Whole) {
    auto buffer = std::make_unique<schema::BufferT>();
    buffer->name = std::move(name);
    buffer->space = space;
    buffer->part = part;
    buffer->bytes = element_bytes;
    for (uint64_t size : shape)
      buffer->bytes *= size;
    buffer->element = std::move(element);
    buffer->shape = std::move(shape);
    buffer->holds = std::move(holds);
    manifest.buffers.push_back(std::move(buffer));
    return manifest.buffers.size() - 1;
  }

  uint32_t Input(std::string name, std::vector<uint64_t> shape) {
    return Buffer(std::move(name), schema::Space::Input, "i32", 4,
                  std::move(shape));
  }

  /// A kernel whose parameters fit the buffers; it may write those that are no
  /// inputs.
  uint32_t Kernel(std::string name, uint64_t workgroups,
                  const std::vector<uint32_t> &buffers) {
    auto kernel = std::make_unique<schema::KernelT>();
    kernel->name = std::move(name);
    kernel->workgroups = workgroups;
    for (uint32_t index : buffers) {
      const schema::BufferT &buffer = *manifest.buffers[index];
      auto parameter = std::make_unique<schema::KernelParameterT>();
      parameter->element = buffer.element;
      parameter->bytes = buffer.bytes;
      parameter->holds = buffer.holds;
      parameter->part = buffer.part;
      parameter->writes = buffer.space != schema::Space::Input;
      kernel->parameters.push_back(std::move(parameter));
    }
    manifest.kernels.push_back(std::move(kernel));
    return manifest.kernels.size() - 1;
  }

  void Program(std::string name, uint32_t tokens, uint32_t rows,
               const std::vector<uint32_t> &kernels,
               const std::vector<uint32_t> &buffers,
               std::vector<uint32_t> inputs, std::vector<uint32_t> outputs) {
    auto program = std::make_unique<schema::ProgramT>();
    program->name = std::move(name);
    program->tokens = tokens;
    program->output_rows = rows;
    program->arena_bytes = 4096;
    for (uint32_t kernel : kernels) {
      auto launch = std::make_unique<schema::LaunchT>();
      launch->kernel = kernel;
      launch->buffers = buffers;
      launch->label = manifest.kernels[kernel]->name;
      program->launches.push_back(std::move(launch));
    }
    program->inputs = std::move(inputs);
    program->outputs = std::move(outputs);
    manifest.programs.push_back(std::move(program));
  }

  /// A validated bundle with this code object.
  absl::StatusOr<Bundle> Finish(absl::string_view name, const std::string &code,
                                const std::string &level,
                                const std::string &target = "host",
                                const std::string &format = "ocp",
                                const std::string &hip_source = "") {
    auto object = std::make_unique<schema::CodeObjectT>();
    object->target = target;
    object->level = level;
    object->format = format;
    if (!hip_source.empty()) {
      object->hip = std::make_unique<schema::HipSourceT>();
      object->hip->text = hip_source;
      object->hip->target = target;
      object->hip->format = format;
      object->hip->sha256 = Sha256Hex(hip_source);
    }
    manifest.code_objects.push_back(std::move(object));
    flatbuffers::FlatBufferBuilder builder;
    builder.Finish(schema::Manifest::Pack(builder, &manifest));
    BundleImage image{
        {reinterpret_cast<const std::byte *>(builder.GetBufferPointer()),
         builder.GetSize()},
        {AsBytes(code)}};
    DSV4RUN_ASSIGN_OR_RETURN(std::vector<std::byte> file,
                             SerializeBundle({&image, 1}));
    bytes = file;
    return Bundle::FromBytes(name, file);
  }

  void State(std::string name, schema::CacheKind kind, uint32_t ratio,
             uint32_t width, uint32_t tail, uint32_t block, uint32_t slots,
             std::vector<uint32_t> buffers) {
    auto state = std::make_unique<schema::StateT>();
    state->name = std::move(name);
    state->kind = kind;
    state->ratio = ratio;
    state->width = width;
    state->tail = tail;
    state->block = block;
    state->slots = slots;
    state->buffers = std::move(buffers);
    manifest.states.push_back(std::move(state));
  }
};

} // namespace dsv4run::testing

#endif // DSV4RUN_UNITTEST_EXECUTOR_MANIFESTBUILDER_H
