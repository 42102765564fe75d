//===- dsv4-emu.cpp - Run gfx942 code objects on this machine -------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "LaunchFile.h"
#include "Output.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "dsv4emu/OffloadBundle.h"
#include "llvm/Support/CommandLine.h"
#include "llvm/Support/FileSystem.h"
#include "llvm/Support/raw_ostream.h"

namespace cl = llvm::cl;

static cl::OptionCategory category("dsv4-emu options");
static cl::opt<std::string> input(cl::Positional, cl::desc("<code object>"),
                                  cl::cat(category));
static cl::opt<bool> list("list", cl::desc("List the kernels and stop"),
                          cl::cat(category));
static cl::opt<bool> instructions("instructions",
                                  cl::desc("List the known instructions"),
                                  cl::cat(category));
static cl::opt<std::string> launchFile("launch",
                                       cl::desc("JSON description of a launch"),
                                       cl::cat(category));
static cl::opt<std::string> kernelName("kernel", cl::desc("Kernel to run"),
                                       cl::cat(category));
static cl::opt<std::string> grid("grid", cl::desc("Work-items: X[,Y[,Z]]"),
                                 cl::cat(category));
static cl::opt<std::string> block("block", cl::desc("Workgroup: X[,Y[,Z]]"),
                                  cl::cat(category));
static cl::list<std::string>
    arguments("arg",
              cl::desc("Kernel argument: TYPE:VALUE or "
                       "buf:BYTES[:PATTERN][:NAME]"),
              cl::cat(category));
static cl::list<std::string>
    dumps("dump",
          cl::desc("NAME=FILE writes a buffer after the run, "
                   "NAME=TYPE:COUNT prints elements"),
          cl::cat(category));
static cl::opt<unsigned> dynamicLds("dynamic-lds", cl::desc("Bytes"),
                                    cl::cat(category));
static cl::opt<std::string>
    sample("sample", cl::desc("Run only these linear workgroup ids"),
           cl::cat(category));
static cl::opt<std::string>
    checks("checks", cl::init("all"),
           cl::desc("all, none, or all without some: all,-lds-race"),
           cl::cat(category));
static cl::opt<bool> count("count", cl::desc("Print counters"),
                           cl::cat(category));
static cl::opt<bool> trace("trace", cl::desc("Print every instruction"),
                           cl::cat(category));
static cl::opt<bool> json("json", cl::desc("Print JSON"), cl::cat(category));
static cl::opt<unsigned> threads("host-threads", cl::desc("Threads to use"),
                                 cl::cat(category));
static cl::opt<unsigned long long>
    maxInstructions("max-instructions",
                    cl::desc("Instructions a wave may execute"),
                    cl::cat(category));

static int fail(const absl::Status &status) {
  llvm::errs() << "dsv4-emu: " << std::string(status.message()) << "\n";
  return 1;
}
static int badUsage(const std::string &message) {
  llvm::errs() << "dsv4-emu: " << message << "\n";
  return 2;
}

template <class T>
static void printElements(const std::vector<uint8_t> &data, uint64_t n) {
  for (uint64_t k = 0; k < n && (k + 1) * sizeof(T) <= data.size(); ++k) {
    T value;
    std::memcpy(&value, data.data() + k * sizeof(T), sizeof(T));
    llvm::outs() << (k ? " " : "");
    if constexpr (std::is_floating_point_v<T>)
      llvm::outs() << absl::StrCat(value);
    else
      llvm::outs() << +value;
  }
  llvm::outs() << "\n";
}

static absl::Status dump(dsv4emu::Device &device, const std::string &what,
                         const std::map<std::string, BufferArgument> &buffers) {
  std::vector<std::string> parts =
      absl::StrSplit(what, absl::MaxSplits('=', 1));
  auto it = buffers.find(parts[0]);
  if (parts.size() != 2 || it == buffers.end())
    return absl::InvalidArgumentError(
        absl::StrCat("--dump ", what,
                     ": expected NAME=... with the name of "
                     "a buffer argument"));
  std::vector<uint8_t> data(it->second.bytes);
  if (absl::Status s =
          device.memory().read(it->second.address, data.data(), data.size());
      !s.ok())
    return s;
  std::vector<std::string> typed = absl::StrSplit(parts[1], ':');
  uint64_t n = 0;
  if (typed.size() == 2 && absl::SimpleAtoi(typed[1], &n)) {
    llvm::outs() << parts[0] << ": ";
    if (typed[0] == "i32")
      printElements<int32_t>(data, n);
    else if (typed[0] == "u32")
      printElements<uint32_t>(data, n);
    else if (typed[0] == "f32")
      printElements<float>(data, n);
    else if (typed[0] == "u8")
      printElements<uint8_t>(data, n);
    else
      return absl::InvalidArgumentError(
          absl::StrCat("--dump ", what, ": expected type i32, u32, f32 or u8"));
    return absl::OkStatus();
  }
  std::error_code error;
  llvm::raw_fd_ostream file(parts[1], error);
  if (error)
    return absl::UnavailableError(
        absl::StrCat(parts[1], ": ", error.message()));
  file.write(reinterpret_cast<const char *>(data.data()), data.size());
  file.close();
  if (file.has_error())
    return absl::UnavailableError(
        absl::StrCat(parts[1], ": ", file.error().message()));
  return absl::OkStatus();
}

static int run(const std::vector<uint8_t> &file, LaunchPlan plan) {
  dsv4emu::Device device;
  auto program = device.load(file);
  if (!program.ok())
    return fail(program.status());
  auto kernel = device.kernel(*program, plan.kernel);
  if (!kernel.ok())
    return fail(kernel.status());
  std::map<std::string, BufferArgument> buffers;
  auto bytes = buildArguments(device, *kernel->info, plan.arguments, buffers);
  if (!bytes.ok())
    return fail(bytes.status());
  if (trace)
    plan.config.trace = [](const std::string &line) {
      llvm::outs() << line << "\n";
    };
  auto result = device.launch(*kernel, plan.config, *bytes);
  if (!result.ok())
    return fail(result.status());
  printResult(*result, count, json);
  for (const std::string &what : plan.dumps)
    if (absl::Status s = dump(device, what, buffers); !s.ok())
      return fail(s);
  return result->clean() ? 0 : 1;
}

int main(int argc, char **argv) {
  cl::HideUnrelatedOptions(category);
  cl::ParseCommandLineOptions(argc, argv, "Executes gfx942 code objects\n");
  if (instructions) {
    printInstructions(json);
    return 0;
  }
  if (input.empty())
    return badUsage("expected a code object; see --help");
  auto file = readFile(input);
  if (!file.ok())
    return fail(file.status());
  if (list) {
    std::vector<uint8_t> storage;
    auto bytes = dsv4emu::selectGfx942CodeObject(*file, storage);
    if (!bytes.ok())
      return fail(bytes.status());
    auto object = dsv4emu::CodeObject::load(*bytes);
    if (!object.ok())
      return fail(object.status());
    printKernels(*object, json);
    return 0;
  }

  LaunchPlan plan;
  if (!launchFile.empty())
    if (absl::Status s = readLaunchFile(launchFile, plan); !s.ok())
      return fail(s);
  if (!kernelName.empty())
    plan.kernel = kernelName;
  if (plan.kernel.empty())
    return badUsage("expected --kernel, --launch, --list or --instructions");
  for (auto [text, size] : {std::pair(grid.getValue(), &plan.config.grid),
                            {block.getValue(), &plan.config.workgroup}}) {
    if (text.empty())
      continue;
    auto parsed = parseSize(text);
    if (!parsed.ok())
      return badUsage(std::string(parsed.status().message()));
    *size = *parsed;
  }
  plan.arguments.insert(plan.arguments.end(), arguments.begin(),
                        arguments.end());
  plan.dumps.insert(plan.dumps.end(), dumps.begin(), dumps.end());
  if (dynamicLds.getNumOccurrences())
    plan.config.dynamicLdsBytes = dynamicLds;
  if (!sample.empty())
    for (const std::string &word :
         std::vector<std::string>(absl::StrSplit(sample.getValue(), ','))) {
      uint32_t id = 0;
      if (!absl::SimpleAtoi(word, &id))
        return badUsage("--sample: expected workgroup numbers");
      plan.config.sample.push_back(id);
    }
  auto set = dsv4emu::CheckSet::parse(checks.getValue());
  if (!set.ok())
    return badUsage(absl::StrCat("--checks: ", set.status().message()));
  plan.config.checks = *set;
  plan.config.countCaches = count;
  plan.config.threads = threads;
  if (maxInstructions)
    plan.config.maxInstructionsPerWave = maxInstructions;
  return run(*file, std::move(plan));
}
