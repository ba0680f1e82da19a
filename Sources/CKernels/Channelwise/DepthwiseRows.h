/// Depthwise convolution of rows that need not be contiguous: defined in `Depthwise.inc`, used by
/// `InvertedResidual.inc` too.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "Activation.h"
#include "Window.h"

/// Where the rows of x lie: row r at `base + r % capacity * elements`.
struct depthwise_lines {
  const float *base;
  ptrdiff_t capacity;
  ptrdiff_t elements;
};

/// y = a(depthwise(x, w) + bias) for the output rows first <= i < last of one image.
///
/// - Parameters:
///   - first_input_row: the index of the image's row 0 among the lines of x.
///   - is_flipped: whether the filter is flipped along both axes, as the VJP needs it.
///   - y: where output row `first` begins.
///   - row_sums: where the sums of row `first` go, or NULL.
typedef void depthwise_image_rows_function(
    const struct gaze_window *g, ptrdiff_t channels, struct depthwise_lines x, ptrdiff_t first_input_row,
    const float *w, bool is_flipped, const float *bias, enum gaze_activation activation, ptrdiff_t first,
    ptrdiff_t last, float *y, float *row_sums);

extern depthwise_image_rows_function SYMBOL(gaze_depthwise_image_rows);
