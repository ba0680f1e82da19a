/// Kernels of the fully connected layer, whose weights are read once and bound it: they stay as they are, [out, in].
#pragma once

#include <stddef.h>

#include "InstructionSet.h"

/// The kernels for one instruction set.
///
/// - Matrices are contiguous and row-major. A call computes a range of the result's columns for all rows and writes
///   nothing else; the result may lie in uninitialised memory and overlaps no operand.
/// - Each element is summed in one order that neither the range nor the number of rows changes, so however the work is
///   cut, the bits are the same. They differ between instruction sets.
struct gaze_linear_kernels {
  /// y[n, o] = sum over i of x[n, i] w[o, i] + bias[o] for n < rows, first_output <= o < last_output.
  ///
  /// - Parameters:
  ///   - x: rows x inputs.
  ///   - w: outputs x inputs.
  ///   - bias: outputs, or NULL for 0.
  ///   - y: rows x outputs.
  void (*forward)(
      ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *x, const float *w, const float *bias,
      ptrdiff_t first_output, ptrdiff_t last_output, float *y);

  /// x_bar[n, i] = sum over o of y_bar[n, o] w[o, i] for n < rows, first_input <= i < last_input. Rows of w whose
  /// cotangents are all 0 are not read: the cotangent of one logit has one that is not.
  ///
  /// - Parameters:
  ///   - y_bar: rows x outputs.
  ///   - x_bar: rows x inputs.
  void (*input_vjp)(
      ptrdiff_t rows, ptrdiff_t inputs, ptrdiff_t outputs, const float *y_bar, const float *w, ptrdiff_t first_input,
      ptrdiff_t last_input, float *x_bar);
};

/// The kernels for `set`, or NULL where this build or this processor has none.
const struct gaze_linear_kernels *gaze_linear_kernels(enum gaze_instruction_set set);
