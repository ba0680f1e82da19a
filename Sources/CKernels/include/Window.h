#pragma once

#include <stddef.h>

/// A window sliding over an image. Its place (0, 0) at output pixel (i, j) lies over input pixel
/// (i stride - top, j stride - left); places outside of the image count nothing.
struct gaze_window {
  ptrdiff_t input_height;
  ptrdiff_t input_width;
  ptrdiff_t kernel_height;
  ptrdiff_t kernel_width;
  ptrdiff_t stride;
  /// Rows of padding above and columns of padding to the left; at the other two sides it follows from the extents.
  ptrdiff_t top;
  ptrdiff_t left;
  ptrdiff_t output_height;
  ptrdiff_t output_width;
};
