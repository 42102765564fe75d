//===- Module.cpp - Code loaded on one device -----------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Module.h"
#include "Engine.h"
#include "absl/strings/str_cat.h"

namespace hipstandin {

absl::StatusOr<std::shared_ptr<Module>>
Module::load(Engine &engine, int device, absl::Span<const uint8_t> image,
             std::string label) {
  auto program = engine.load(image);
  if (!program.ok())
    return program.status();
  return std::shared_ptr<Module>(
      new Module(engine, device, *program, std::move(label)));
}

Module::~Module() { engine_.unload(program_); }

size_t Module::functionCount() const {
  return dsv4emu::codeObject(*program_).kernels().size();
}

absl::StatusOr<std::shared_ptr<Function>>
Module::function(const std::string &name) {
  std::lock_guard<std::mutex> lock(mutex_);
  auto it = functions_.find(name);
  if (it != functions_.end())
    return it->second;
  auto kernel = engine_.kernel(program_, name);
  if (!kernel.ok())
    return kernel.status();
  auto made =
      std::make_shared<Function>(Function{*kernel, device_, weak_from_this()});
  functions_[name] = made;
  return made;
}

absl::StatusOr<Module::Variable>
Module::variable(const std::string &name) const {
  const dsv4emu::CodeObject &object = dsv4emu::codeObject(*program_);
  for (const dsv4emu::Symbol &symbol : object.symbols())
    if (symbol.name == name && !symbol.isFunction)
      return Variable{dsv4emu::loadAddress(*program_) + symbol.address,
                      symbol.size};
  return absl::NotFoundError(absl::StrCat("no variable '", name, "'"));
}

std::map<std::string, std::shared_ptr<Function>> Module::functions() const {
  std::lock_guard<std::mutex> lock(mutex_);
  return functions_;
}

} // namespace hipstandin
