//===- KernelMetadata.cpp - The msgpack note of a code object -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "absl/strings/str_cat.h"
#include "dsv4emu/CodeObject.h"
#include "llvm/BinaryFormat/MsgPackReader.h"
#include <map>
#include <optional>

namespace dsv4emu {
namespace {

/// A value of the note. MsgPackDocument asserts on some malformed inputs, so
/// the tree is built here from the reader, with a depth limit.
struct Value {
  enum Kind { Nil, Integer, String, Array, Map } kind = Nil;
  uint64_t integer = 0;
  std::string string;
  std::vector<Value> array;
  std::map<std::string, Value> map;

  const Value *find(const std::string &key) const {
    auto it = map.find(key);
    return it == map.end() ? nullptr : &it->second;
  }
};

class NoteParser {
public:
  explicit NoteParser(absl::Span<const uint8_t> bytes)
      : size(bytes.size()),
        reader(llvm::StringRef(reinterpret_cast<const char *>(bytes.data()),
                               bytes.size())) {}

  absl::Status parse(Value &value, unsigned depth = 0) {
    if (depth > 16)
      return absl::InvalidArgumentError(
          "metadata note: nested deeper than 16 levels");
    llvm::msgpack::Object object;
    llvm::Expected<bool> more = reader.read(object);
    if (!more)
      return absl::InvalidArgumentError(absl::StrCat(
          "metadata note: malformed msgpack: ", toString(more.takeError())));
    if (!*more)
      return absl::InvalidArgumentError("metadata note: truncated msgpack");
    switch (object.Kind) {
    case llvm::msgpack::Type::UInt:
      value.kind = Value::Integer;
      value.integer = object.UInt;
      return absl::OkStatus();
    case llvm::msgpack::Type::Int:
      value.kind = Value::Integer;
      value.integer = static_cast<uint64_t>(object.Int);
      return absl::OkStatus();
    case llvm::msgpack::Type::Boolean:
      value.kind = Value::Integer;
      value.integer = object.Bool;
      return absl::OkStatus();
    case llvm::msgpack::Type::String:
      value.kind = Value::String;
      value.string = object.Raw.str();
      return absl::OkStatus();
    case llvm::msgpack::Type::Array:
      value.kind = Value::Array;
      return parseArray(value, object.Length, depth);
    case llvm::msgpack::Type::Map:
      value.kind = Value::Map;
      return parseMap(value, object.Length, depth);
    default:
      return absl::OkStatus();
    }
  }

private:
  // A forged length can't exceed the note's bytes, since every element takes
  // at least one.
  absl::Status checkLength(size_t length) {
    if (length <= size)
      return absl::OkStatus();
    return absl::InvalidArgumentError(
        absl::StrCat("metadata note: container of ", length,
                     " elements in a note of ", size, " bytes"));
  }
  absl::Status parseArray(Value &value, size_t length, unsigned depth) {
    if (absl::Status s = checkLength(length); !s.ok())
      return s;
    for (size_t k = 0; k < length; ++k) {
      value.array.emplace_back();
      if (absl::Status s = parse(value.array.back(), depth + 1); !s.ok())
        return s;
    }
    return absl::OkStatus();
  }
  absl::Status parseMap(Value &value, size_t length, unsigned depth) {
    if (absl::Status s = checkLength(length); !s.ok())
      return s;
    for (size_t k = 0; k < length; ++k) {
      Value key;
      if (absl::Status s = parse(key, depth + 1); !s.ok())
        return s;
      if (key.kind != Value::String)
        return absl::InvalidArgumentError(
            "metadata note: expected a string as map key");
      if (absl::Status s = parse(value.map[key.string], depth + 1); !s.ok())
        return s;
    }
    return absl::OkStatus();
  }

  size_t size;
  llvm::msgpack::Reader reader;
};

/// Typed access to one map with errors that name the field.
struct Fields {
  const Value &map;
  std::string where;

  absl::Status integer(const char *key, uint32_t &out, bool required,
                       uint64_t limit = UINT32_MAX) const {
    const Value *value = map.find(key);
    if (!value)
      return required ? missing(key, "an integer") : absl::OkStatus();
    if (value->kind != Value::Integer || value->integer > limit)
      return absl::InvalidArgumentError(
          absl::StrCat("metadata note: ", where, ": ", key,
                       ": expected an integer of at most ", limit));
    out = static_cast<uint32_t>(value->integer);
    return absl::OkStatus();
  }
  absl::Status string(const char *key, std::string &out, bool required) const {
    const Value *value = map.find(key);
    if (!value)
      return required ? missing(key, "a string") : absl::OkStatus();
    if (value->kind != Value::String)
      return absl::InvalidArgumentError(absl::StrCat(
          "metadata note: ", where, ": ", key, ": expected a string"));
    out = value->string;
    return absl::OkStatus();
  }
  absl::Status missing(const char *key, const char *what) const {
    return absl::InvalidArgumentError(absl::StrCat(
        "metadata note: ", where, ": ", key, " missing; expected ", what));
  }
};

absl::Status readRequiredWorkgroup(const Value &list, Kernel &kernel) {
  bool valid = list.kind == Value::Array && list.array.size() == 3;
  uint64_t items = 1;
  for (size_t d = 0; valid && d < 3; ++d) {
    const Value &size = list.array[d];
    valid = size.kind == Value::Integer && size.integer >= 1 &&
            size.integer <= kernel.maxWorkgroupSize;
    items *= valid ? size.integer : 1;
    kernel.requiredWorkgroup[d] =
        valid ? static_cast<uint32_t>(size.integer) : 0;
  }
  if (valid && items <= kernel.maxWorkgroupSize)
    return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(
      "metadata note: kernel ", kernel.name,
      ": .reqd_workgroup_size: expected three sizes with a product of at "
      "most .max_flat_workgroup_size, ",
      kernel.maxWorkgroupSize));
}

absl::Status readArguments(const Value &list, Kernel &kernel) {
  if (list.kind != Value::Array)
    return absl::InvalidArgumentError(absl::StrCat(
        "metadata note: kernel ", kernel.name, ": .args: expected an array"));
  for (const Value &entry : list.array) {
    KernelArgument argument;
    Fields fields{entry, absl::StrCat("kernel ", kernel.name, " argument ",
                                      kernel.arguments.size())};
    absl::Status status = fields.string(".name", argument.name, false);
    status.Update(fields.string(".value_kind", argument.valueKind, true));
    status.Update(fields.integer(".offset", argument.offset, true));
    status.Update(fields.integer(".size", argument.size, true));
    if (!status.ok())
      return status;
    if (uint64_t{argument.offset} + argument.size > kernel.kernargBytes)
      return absl::InvalidArgumentError(
          absl::StrCat("metadata note: ", fields.where, ": bytes ",
                       argument.offset, " + ", argument.size,
                       " exceed the kernarg segment of ", kernel.kernargBytes));
    kernel.arguments.push_back(std::move(argument));
  }
  return absl::OkStatus();
}

} // namespace

absl::Status readKernelMetadata(absl::Span<const uint8_t> note,
                                std::string &target,
                                std::vector<Kernel> &kernels,
                                std::vector<std::string> &symbols) {
  Value root;
  if (absl::Status s = NoteParser(note).parse(root); !s.ok())
    return s;
  if (root.kind != Value::Map)
    return absl::InvalidArgumentError("metadata note: expected a map");
  Fields top{root, "root"};
  if (absl::Status s = top.string("amdhsa.target", target, false); !s.ok())
    return s;
  const Value *list = root.find("amdhsa.kernels");
  if (!list)
    return absl::OkStatus();
  if (list->kind != Value::Array)
    return absl::InvalidArgumentError(
        "metadata note: amdhsa.kernels: expected an array");

  for (const Value &entry : list->array) {
    Kernel kernel;
    std::string symbol;
    Fields fields{entry, absl::StrCat("kernel ", kernels.size())};
    absl::Status status = fields.string(".name", kernel.name, true);
    status.Update(fields.string(".symbol", symbol, true));
    uint32_t waveSize = 0, dynamicStack = 0;
    const uint64_t kMaxKernarg = 1 << 20, kMaxScratch = 1 << 24;
    status.Update(fields.integer(".kernarg_segment_size", kernel.kernargBytes,
                                 true, kMaxKernarg));
    status.Update(fields.integer(".kernarg_segment_align", kernel.kernargAlign,
                                 false, 4096));
    status.Update(fields.integer(".group_segment_fixed_size", kernel.ldsBytes,
                                 true, 65536));
    status.Update(fields.integer(".private_segment_fixed_size",
                                 kernel.scratchBytes, true, kMaxScratch));
    status.Update(fields.integer(".max_flat_workgroup_size",
                                 kernel.maxWorkgroupSize, true, 1024));
    status.Update(fields.integer(".wavefront_size", waveSize, true));
    status.Update(fields.integer(".vgpr_count", kernel.vgprs, true, 512));
    status.Update(fields.integer(".agpr_count", kernel.agprs, false, 512));
    status.Update(fields.integer(".sgpr_count", kernel.sgprs, true, 128));
    status.Update(
        fields.integer(".vgpr_spill_count", kernel.vgprSpills, false));
    status.Update(
        fields.integer(".sgpr_spill_count", kernel.sgprSpills, false));
    status.Update(fields.integer(".uses_dynamic_stack", dynamicStack, false));
    kernel.dynamicStack = dynamicStack;
    if (!status.ok())
      return status;
    if (waveSize != 64)
      return absl::InvalidArgumentError(absl::StrCat(
          "metadata note: kernel ", kernel.name,
          ": .wavefront_size: expected 64 on gfx942, found ", waveSize));
    if (const Value *size = entry.find(".reqd_workgroup_size"))
      if (absl::Status s = readRequiredWorkgroup(*size, kernel); !s.ok())
        return s;
    if (const Value *arguments = entry.find(".args"))
      if (absl::Status s = readArguments(*arguments, kernel); !s.ok())
        return s;
    kernels.push_back(std::move(kernel));
    symbols.push_back(std::move(symbol));
  }
  return absl::OkStatus();
}

} // namespace dsv4emu
