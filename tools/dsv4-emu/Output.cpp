//===- Output.cpp - What dsv4-emu prints ----------------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "Output.h"
#include "llvm/ADT/StringExtras.h"
#include "llvm/Support/JSON.h"
#include "llvm/Support/raw_ostream.h"

using namespace dsv4emu;

static llvm::json::Value toJson(const Kernel &kernel) {
  llvm::json::Array arguments;
  for (const KernelArgument &a : kernel.arguments)
    arguments.push_back(llvm::json::Object{{"name", a.name},
                                           {"kind", a.valueKind},
                                           {"offset", a.offset},
                                           {"size", a.size}});
  return llvm::json::Object{{"name", kernel.name},
                            {"entry", kernel.entry},
                            {"vgprs", kernel.vgprs},
                            {"agprs", kernel.agprs},
                            {"sgprs", kernel.sgprs},
                            {"vgpr_spills", kernel.vgprSpills},
                            {"sgpr_spills", kernel.sgprSpills},
                            {"lds_bytes", kernel.ldsBytes},
                            {"scratch_bytes", kernel.scratchBytes},
                            {"kernarg_bytes", kernel.kernargBytes},
                            {"max_workgroup", kernel.maxWorkgroupSize},
                            {"arguments", std::move(arguments)}};
}

void printKernels(const CodeObject &object, bool json) {
  llvm::raw_ostream &os = llvm::outs();
  if (json) {
    llvm::json::Array kernels;
    for (const Kernel &kernel : object.kernels())
      kernels.push_back(toJson(kernel));
    os << llvm::formatv("{0:2}\n", llvm::json::Value(llvm::json::Object{
                                       {"target", object.target()},
                                       {"kernels", std::move(kernels)}}));
    return;
  }
  os << "target " << object.target() << "\n";
  for (const Kernel &k : object.kernels()) {
    os << "kernel " << k.name << "\n"
       << "  registers: " << k.vgprs << " vgpr, " << k.agprs << " agpr, "
       << k.sgprs << " sgpr; spills: " << k.vgprSpills << " vgpr, "
       << k.sgprSpills << " sgpr\n"
       << "  memory: " << k.ldsBytes << " LDS bytes, " << k.scratchBytes
       << " scratch bytes per work-item, " << k.kernargBytes
       << " kernarg bytes\n"
       << "  workgroup: at most " << k.maxWorkgroupSize << " work-items\n";
    for (const KernelArgument &a : k.arguments)
      if (!a.isHidden())
        os << "  argument at " << a.offset << ": " << a.size << " bytes, "
           << a.valueKind << (a.name.empty() ? "" : " ") << a.name << "\n";
  }
}

static llvm::json::Value toJson(const Counters &c) {
  llvm::json::Object byClass, byOpcode;
  for (const auto &[name, n] : c.byClass)
    byClass[name] = n;
  for (const auto &[name, n] : c.byOpcode)
    byOpcode[name] = n;
  return llvm::json::Object{{"waves", c.waves},
                            {"workgroups", c.workgroups},
                            {"instructions", c.instructions},
                            {"by_class", std::move(byClass)},
                            {"by_opcode", std::move(byOpcode)},
                            {"mfma_cycles", c.mfmaCycles},
                            {"valu_cycles", c.valuCycles},
                            {"salu_cycles", c.saluCycles},
                            {"global_bytes", c.globalBytes},
                            {"global_lines", c.globalLines},
                            {"ideal_lines", c.idealLines},
                            {"l2_hits", c.l2Hits},
                            {"l2_misses", c.l2Misses},
                            {"infinity_cache_hits", c.infinityCacheHits},
                            {"hbm_bytes", c.hbmBytes},
                            {"lds_accesses", c.ldsAccesses},
                            {"lds_cycles", c.ldsCycles},
                            {"lds_conflict_cycles", c.ldsConflictCycles},
                            {"occupancy", c.occupancy},
                            {"occupancy_limit", c.occupancyLimit}};
}

static llvm::json::Value toJson(const Report &r) {
  return llvm::json::Object{
      {"check", checkName(r.check)},
      {"message", r.message},
      {"kernel", r.kernel},
      {"address", r.pc},
      {"instruction", r.instruction},
      {"workgroup",
       llvm::json::Array{r.workgroup[0], r.workgroup[1], r.workgroup[2]}},
      {"wave", r.wave},
      {"lane", r.lane},
      {"source", r.sourceLine},
      {"occurrences", r.occurrences}};
}

void printResult(const LaunchResult &result, bool counters, bool json) {
  llvm::raw_ostream &os = llvm::outs();
  if (json) {
    llvm::json::Array reports;
    for (const Report &r : result.reports)
      reports.push_back(toJson(r));
    llvm::json::Object root{{"reports", std::move(reports)}};
    if (counters)
      root["counters"] = toJson(result.counters);
    os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(root)));
    return;
  }
  for (const Report &r : result.reports)
    llvm::errs() << r.str() << "\n";
  if (!counters)
    return;
  const Counters &c = result.counters;
  os << "workgroups " << c.workgroups << ", waves " << c.waves
     << ", instructions " << c.instructions << "\n";
  for (const auto &[name, n] : c.byClass)
    os << "  " << name << " " << n << "\n";
  os << "cycles: mfma " << c.mfmaCycles << ", valu " << c.valuCycles
     << ", salu " << c.saluCycles << "\n"
     << "global: " << c.globalBytes << " bytes in " << c.globalLines
     << " lines (at best " << c.idealLines << ")\n"
     << "caches: " << c.l2Hits << " L2 hits, " << c.l2Misses << " misses, "
     << c.infinityCacheHits << " infinity-cache hits, " << c.hbmBytes
     << " HBM bytes\n"
     << "lds: " << c.ldsAccesses << " accesses, " << c.ldsCycles << " cycles, "
     << c.ldsConflictCycles << " by bank conflicts\n"
     << "occupancy: " << c.occupancy << " waves per SIMD, limited by "
     << c.occupancyLimit << "\n";
}

void printInstructions(bool json) {
  llvm::raw_ostream &os = llvm::outs();
  if (json) {
    llvm::json::Array list;
    for (const InstructionDoc &doc : supportedInstructions())
      list.push_back(llvm::json::Object{{"instruction", doc.mnemonic},
                                        {"section", doc.section}});
    for (const NotSupported &entry : notSupportedInstructions())
      list.push_back(llvm::json::Object{{"instruction", entry.mnemonic},
                                        {"notSupported", entry.reason}});
    os << llvm::formatv("{0:2}\n", llvm::json::Value(std::move(list)));
    return;
  }
  for (const InstructionDoc &doc : supportedInstructions())
    os << doc.mnemonic << "\t" << doc.section << "\n";
  for (const NotSupported &entry : notSupportedInstructions())
    os << entry.mnemonic << "\tnot supported: it " << entry.reason << "\n";
}
