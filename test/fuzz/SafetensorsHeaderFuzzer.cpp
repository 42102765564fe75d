//===- SafetensorsHeaderFuzzer.cpp - Whole safetensors files --------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include <set>
#include <string>

#include "FuzzCheck.h"
#include "dsv4run/Checkpoint/SafetensorsHeader.h"

using namespace dsv4run;

extern "C" int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size) {
  auto bytes = reinterpret_cast<const std::byte *>(data);
  absl::StatusOr<SafetensorsHeader> header =
      ParseSafetensorsHeader({bytes, size}, "fuzz");
  if (!header.ok()) {
    fuzz::CheckError(header.status());
    return 0;
  }
  uint64_t end = header->data_begin;
  std::set<std::string> names;
  for (const TensorInfo &tensor : header->tensors) {
    fuzz::Check(tensor.offset == end, "tensors lie end to end");
    end += tensor.bytes;
    fuzz::Check(end <= size, "tensors lie inside the file");
    fuzz::Check(names.insert(tensor.name).second, "names are distinct");
  }
  fuzz::Check(end == size, "tensors fill the file");
  return 0;
}
