//===- Hazards.h - Wait states that software has to keep --------*- C++ -*-===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception
//
// Some results reach some readers late, and hardware does not interlock: the
// program must put other instructions or s_nop between (CDNA3 ISA, sections 4.5
// and 7.5; LLVM inserts the same numbers). Every instruction counts as one wait
// state, s_nop n as n + 1.
//
//===----------------------------------------------------------------------===//

#ifndef DSV4EMU_LIB_HAZARDS_H
#define DSV4EMU_LIB_HAZARDS_H

#include "Instruction.h"
#include <array>
#include <string>

namespace dsv4emu {

/// Follows one wave.
class Hazards {
public:
  /// What `i` uses too early, or nothing; then counts `i` as executed.
  std::string step(const Inst &i);

private:
  enum Writer : uint8_t {
    None,
    Vector, ///< Any VALU instruction but the following.
    Transcendental,
    Shifted, ///< Moves its result within the register (SDWA, op_sel).
    Matrix,  ///< XDL: all but f32 and f64 operands.
    MatrixSingle,
    MatrixDouble4,
    MatrixDouble16,
    WideStore, ///< Still reads its data.
    Scalar,
  };
  struct Event {
    int64_t when = -1000;
    const OpInfo *op = nullptr;
    Writer writer = None;
    uint16_t first = 0; ///< First register of a matrix result.
  };

  static Writer writerOf(const Inst &i);
  static int matrixStates(const Event &e, int extra);
  int needed(const Inst &i, const RegRange &use, unsigned reg,
             bool write) const;
  int neededScalar(const Inst &i, unsigned reg) const;
  std::string early(const Event &e, int states, const std::string &what) const;
  std::string find(const Inst &i) const;
  void record(const Inst &i);

  int64_t now = 0;
  std::array<Event, 512> vector;
  std::array<Event, 128> scalar; ///< Written by the VALU; M0 by the SALU too.
  std::array<Event, 512> stored; ///< Read by a wide store.
  std::array<Event, 64> hardware;
};

} // namespace dsv4emu

#endif // DSV4EMU_LIB_HAZARDS_H
