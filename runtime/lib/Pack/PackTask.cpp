//===- PackTask.cpp - A piece of a pack program ---------------------------===//
// SPDX-License-Identifier: Apache-2.0 WITH LLVM-exception

#include "PackTask.h"

#include <algorithm>
#include <cmath>
#include <cstring>

#include "Codes.h"
#include "Panels.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "dsv4run/Bundle/Text.h"
#include "dsv4run/Support/StatusMacros.h"

namespace dsv4run::pack {
namespace {

/// About what a core's L2 cache holds besides the output.
constexpr uint64_t kTaskBytes = uint64_t{1} << 19;

/// One matrix of a pack: codes, elements or scales of an expert.
struct Matrix {
  uint64_t rows, padded_rows, columns, element_bytes, panel, fragment;
  uint64_t offset; ///< of this expert, in the weights

  uint64_t row_bytes() const { return columns * element_bytes; }
};

Matrix MatrixOf(const PackTask &task, const PackJob &job) {
  const PackShape &shape = job.shape;
  if (!task.scales) {
    uint64_t columns = shape.row_bytes / shape.element_bytes;
    return {shape.rows,
            shape.padded_rows,
            columns,
            shape.element_bytes,
            shape.panel,
            shape.fragment,
            job.buffer + task.expert * shape.padded_rows * shape.row_bytes};
  }
  uint64_t padded = shape.panel_scales ? shape.padded_rows : shape.scale_rows;
  return {shape.scale_rows,
          padded,
          shape.scale_columns,
          1,
          shape.panel_scales ? shape.panel : 0,
          /*fragment=*/0,
          *job.scales + task.expert * padded * shape.scale_columns};
}

absl::Status BadByte(const TensorInfo &tensor, uint64_t row, uint64_t column,
                     uint8_t byte, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrFormat("%s in %s: row %d, column %d: byte 0x%02X %s",
                      tensor.name, tensor.file, row, column, byte, why));
}

class TaskRunner {
public:
  TaskRunner(const PackTask &task, const PackJob &job,
             const TensorSource &source, std::byte *target,
             std::vector<uint64_t> &scratch, PackFacts &facts)
      : task_(task), job_(job), source_(source), target_(target),
        scratch_(scratch), facts_(facts), matrix_(MatrixOf(task, job)) {}

  absl::Status Run() {
    switch (job_.program->kind()) {
    case schema::PackKind::Tensor:
      return RunTensor();
    case schema::PackKind::Scaled:
      return RunScaled();
    case schema::PackKind::IdTable:
      return RunIdTable();
    case schema::PackKind::RopeTable:
      return RunRopeTable();
    }
    return absl::InternalError("unknown kind of pack program");
  }

private:
  uint64_t rows() const { return task_.row_end - task_.row_begin; }

  absl::StatusOr<const TensorInfo *> FindTensor() const {
    const auto &names = task_.scales ? *job_.program->scale_tensors()
                                     : *job_.program->tensors();
    absl::string_view name = Text(names.Get(task_.expert)->name());
    if (const TensorInfo *info = source_.FindInfo(name))
      return info;
    return absl::NotFoundError(
        absl::StrCat(name, " is not in ", source_.description()));
  }

  /// Reads the task's rows, of `row_bytes` each, to `destination`.
  absl::Status Read(const TensorInfo &tensor, uint64_t row_bytes,
                    std::byte *destination) const {
    return source_.Read(tensor, task_.row_begin * row_bytes,
                        {destination, rows() * row_bytes});
  }

  std::byte *Scratch(uint64_t bytes) {
    if (scratch_.size() * 8 < bytes)
      scratch_.resize((bytes + 7) / 8);
    return reinterpret_cast<std::byte *>(scratch_.data());
  }

  void WritePanels(const std::byte *from) {
    const uint64_t width = matrix_.panel, row_bytes = matrix_.row_bytes();
    std::byte *to = target_;
    for (uint64_t row = 0; row < rows(); row += width) {
      const std::byte *source = from + row * row_bytes;
      const uint64_t count = std::min(width, rows() - row);
      if (matrix_.fragment)
        WriteFragments(source, count, row_bytes, matrix_.fragment, width, to);
      else
        WritePanel(source, count, matrix_.columns, matrix_.element_bytes, width,
                   to);
      to += width * row_bytes;
    }
  }

  absl::Status RunTensor() {
    DSV4RUN_ASSIGN_OR_RETURN(const TensorInfo *tensor, FindTensor());
    if (!matrix_.panel)
      return Read(*tensor, matrix_.row_bytes(), target_);
    std::byte *rows_read = Scratch(rows() * matrix_.row_bytes());
    DSV4RUN_RETURN_IF_ERROR(Read(*tensor, matrix_.row_bytes(), rows_read));
    WritePanels(rows_read);
    return absl::OkStatus();
  }

  absl::Status RunScaled() {
    DSV4RUN_ASSIGN_OR_RETURN(const TensorInfo *tensor, FindTensor());
    const uint64_t bytes = rows() * matrix_.row_bytes();
    std::byte *read = matrix_.panel ? Scratch(bytes) : target_;
    DSV4RUN_RETURN_IF_ERROR(Read(*tensor, matrix_.row_bytes(), read));
    absl::Span<uint8_t> span(reinterpret_cast<uint8_t *>(read), bytes);
    DSV4RUN_RETURN_IF_ERROR(task_.scales ? CheckScaleRows(*tensor, span)
                                         : CheckCodeRows(*tensor, span));
    if (matrix_.panel)
      WritePanels(read);
    return absl::OkStatus();
  }

  absl::Status CheckScaleRows(const TensorInfo &tensor,
                              absl::Span<uint8_t> scales) {
    std::optional<size_t> bad = CheckScales(scales, job_.program->recast(),
                                            facts_.scale_min, facts_.scale_max);
    facts_.local_spread = std::max(facts_.local_spread,
                                   LocalSpread(scales, matrix_.columns));
    if (!bad)
      return absl::OkStatus();
    return BadByte(tensor, task_.row_begin + *bad / matrix_.columns,
                   *bad % matrix_.columns, scales[*bad],
                   scales[*bad] == 255
                       ? "is NaN as a scale"
                       : "can't be raised by one for FNUZ codes");
  }

  absl::Status CheckCodeRows(const TensorInfo &tensor,
                             absl::Span<uint8_t> codes) {
    if (job_.shape.nibbles) {
      facts_.negative_zeros += CountE2m1NegativeZeros(codes);
      if (matrix_.panel)
        PairE2m1Distant(codes);
      return absl::OkStatus();
    }
    std::optional<size_t> nan =
        CheckE4m3(codes, job_.program->recast(), facts_.negative_zeros);
    if (!nan)
      return absl::OkStatus();
    return BadByte(tensor, task_.row_begin + *nan / matrix_.columns,
                   *nan % matrix_.columns, codes[*nan], "is NaN in e4m3");
  }

  absl::Status RunIdTable() {
    DSV4RUN_ASSIGN_OR_RETURN(const TensorInfo *tensor, FindTensor());
    const uint64_t row_bytes = matrix_.columns * sizeof(int64_t);
    const uint64_t count = rows() * matrix_.columns;
    auto *ids = reinterpret_cast<int64_t *>(Scratch(rows() * row_bytes));
    DSV4RUN_RETURN_IF_ERROR(
        Read(*tensor, row_bytes, reinterpret_cast<std::byte *>(ids)));
    const auto limit = static_cast<int64_t>(job_.program->limit());
    for (uint64_t i = 0; i < count; ++i) {
      if (ids[i] < 0 || ids[i] >= limit)
        return absl::InvalidArgumentError(absl::StrFormat(
            "%s in %s: row %d, column %d: expected an id of 0 to %d, found %d",
            tensor->name, tensor->file, task_.row_begin + i / matrix_.columns,
            i % matrix_.columns, limit - 1, ids[i]));
      const auto id = static_cast<int32_t>(ids[i]);
      std::memcpy(target_ + i * sizeof(id), &id, sizeof(id));
    }
    return absl::OkStatus();
  }

  /// Spec section 4.5: the angle is rounded to fp32, then cos and sin of that
  /// number, which double represents and whose results round once.
  absl::Status RunRopeTable() {
    const auto &frequencies = *job_.program->frequencies();
    const uint32_t pairs = frequencies.size();
    auto *row = reinterpret_cast<float *>(target_);
    for (uint64_t t = task_.row_begin; t < task_.row_end; ++t) {
      for (uint32_t i = 0; i < pairs; ++i) {
        // A position below 2^29 times a float is exact in double.
        const float angle =
            static_cast<float>(static_cast<double>(t) * frequencies.Get(i));
        row[i] = static_cast<float>(std::cos(static_cast<double>(angle)));
        row[pairs + i] =
            static_cast<float>(std::sin(static_cast<double>(angle)));
      }
      row += 2 * pairs;
    }
    return absl::OkStatus();
  }

  const PackTask &task_;
  const PackJob &job_;
  const TensorSource &source_;
  std::byte *const target_;
  std::vector<uint64_t> &scratch_;
  PackFacts &facts_;
  Matrix matrix_;
};

void AppendMatrixTasks(PackTask task, const PackJob &job,
                       std::vector<PackTask> &tasks) {
  const Matrix matrix = MatrixOf(task, job);
  const uint64_t unit = std::max<uint64_t>(matrix.panel, 1);
  const uint64_t units =
      std::max<uint64_t>(1, kTaskBytes / (unit * matrix.row_bytes()));
  for (uint64_t row = 0; row < matrix.rows; row += unit * units) {
    task.row_begin = row;
    task.row_end = std::min(matrix.rows, row + unit * units);
    uint64_t written = std::min(matrix.padded_rows, row + unit * units) - row;
    task.offset = matrix.offset + row * matrix.row_bytes();
    task.bytes = written * matrix.row_bytes();
    tasks.push_back(task);
  }
}

} // namespace

void AppendTasks(uint32_t pack, const PackJob &job,
                 std::vector<PackTask> &tasks) {
  for (uint32_t expert = 0; expert < job.shape.experts; ++expert) {
    PackTask task;
    task.pack = pack;
    task.expert = expert;
    AppendMatrixTasks(task, job, tasks);
    task.scales = true;
    if (job.scales)
      AppendMatrixTasks(task, job, tasks);
  }
}

absl::Status RunTask(const PackTask &task, const PackJob &job,
                     const TensorSource &source, std::byte *target,
                     std::vector<uint64_t> &scratch, PackFacts &facts) {
  return TaskRunner(task, job, source, target, scratch, facts).Run();
}

} // namespace dsv4run::pack
