#pragma once

#include <stddef.h>
#include <stdint.h>

#include "InstructionSet.h"

/// Weighted sums over 8-bit pixels, for resizing. All in integers, so that every instruction set gives the same bytes.
///
/// A weight has 22 fractional bits; a sum is rounded to the nearest whole number, halves up, and clamped to 0...255.

/// Where the pixels of one row of the result come from.
struct gaze_row_taps {
  /// For each pixel of the result: the number of its first source pixel.
  const int32_t *first;
  /// `taps` weights for each pixel of the result; those beyond its last source pixel are 0.
  const int32_t *weights;
  /// A multiple of 4.
  size_t taps;
  /// Pixels of the result.
  size_t count;
};

struct gaze_pixel_kernels {
  /// One row of RGB pixels becomes one of another length.
  ///
  /// `readable`: bytes from the start of `row` that may be read, which may be more than the row has: where a tap of
  /// weight 0 lies beyond them, nothing is read.
  void (*resample_row)(const uint8_t *row, size_t readable, struct gaze_row_taps taps, uint8_t *result);
  /// The weighted sum of `taps` rows of `row_bytes` bytes that follow one another.
  void (*resample_column)(const uint8_t *rows, size_t row_bytes, const int32_t *weights, size_t taps, uint8_t *result);
};

/// The kernels for `set`, or NULL where this build or this processor has none.
const struct gaze_pixel_kernels *gaze_pixel_kernels(enum gaze_instruction_set set);
