/// Kernels that treat each channel by itself: depthwise convolution, pooling, elementwise functions and channel sums.
#pragma once

#include <stddef.h>
#include <stdint.h>

#include "Activation.h"
#include "InstructionSet.h"
#include "Window.h"

/// The kernels for one instruction set.
///
/// - Images are NHWC; `x` and `y` are where the whole tensor begins. Rows are counted over the batch: row
///   n height + i is row i of image n. A call computes the rows first <= row < last and writes nothing else.
/// - A pixel stride is the number of elements from a pixel to the next: C for a tensor, more for a slice of the
///   channels of a wider one (then the pointer is where the slice begins in the first pixel).
/// - Results may lie in uninitialised memory; no two arguments may overlap unless said otherwise. No alignment is
///   needed, and nothing is read outside of the given extents.
/// - Each element is summed in one order that neither the range nor the batch changes, so however the work is cut,
///   the bits are the same. They differ between instruction sets, by the rounding that fused multiply-add saves.
struct gaze_channelwise_kernels {
  /// y[n, i, j, c] = a(sum over u, v of x[n, i stride + u - top, j stride + v - left, c] w[u, v, c] + bias[c]).
  ///
  /// - Parameters:
  ///   - w: kernel height x kernel width x C.
  ///   - bias: C elements, or NULL for 0.
  ///   - first, last: output rows.
  ///   - row_sums: NULL, or batch x output height x C: for each output row the sum over its pixels, left to right,
  ///     of y. `channel_sum` over an image's rows of it gives the image's sum in an order that no cut changes: what
  ///     squeeze-and-excitation asks for, while the row is still in the cache.
  void (*depthwise)(
    struct gaze_window window, ptrdiff_t channels, const float *x, const float *w, const float *bias,
    enum gaze_activation activation, ptrdiff_t first, ptrdiff_t last, float *y, float *row_sums);

  /// x_bar[n, h, l, c] = sum of y_bar[n, i, j, c] w[h - i stride + top, l - j stride + left, c] over the windows (i, j)
  /// that cover (h, l).
  ///
  /// - Parameters:
  ///   - first, last: input rows.
  void (*depthwise_input_vjp)(
    struct gaze_window window, ptrdiff_t channels, const float *y_bar, const float *w, ptrdiff_t first, ptrdiff_t last,
    float *x_bar);

  /// w_bar[u, v, c] = sum over the output rows first <= row < last and their pixels of x y_bar: one run's part of the
  /// sum. The caller adds runs that it chose by the shape alone.
  void (*depthwise_filter_vjp)(
    struct gaze_window window, ptrdiff_t channels, const float *x, const float *y_bar, ptrdiff_t first, ptrdiff_t last,
    float *w_bar);

  /// y[i] = a(z[i]) for i < count; y may be z.
  void (*activate)(const float *z, enum gaze_activation activation, ptrdiff_t count, float *y);

  /// z_bar[i] = a'(z[i]) y_bar[i] for i < count; z_bar may be y_bar or `kept`.
  ///
  /// - Parameters:
  ///   - kept: z for `GAZE_SILU`; y for the others, where the ReLUs may be given z too.
  void (*activate_vjp)(
    const float *kept, const float *y_bar, enum gaze_activation activation, enum gaze_relu_rule rule, ptrdiff_t count,
    float *z_bar);

  /// sum[i] = a[i] + b[i] for i < count; `sum` may be a or b.
  void (*add)(const float *a, const float *b, ptrdiff_t count, float *sum);

  /// y[p, c] = a(x[p, c] scale[c] + shift[c]) for p < pixels; y may be x where the strides are equal.
  ///
  /// - Parameters:
  ///   - shift: C elements, or NULL for 0: then, with the identity, this is the gate of squeeze-and-excitation, an
  ///     image at a time.
  void (*affine)(
    const float *x, ptrdiff_t x_stride, const float *scale, const float *shift, enum gaze_activation activation,
    ptrdiff_t pixels, ptrdiff_t channels, float *y, ptrdiff_t y_stride);

  /// y[p, c] = x[p, c] for p < pixels. An `x_stride` of 0 repeats one pixel.
  void (*copy)(
    const float *x, ptrdiff_t x_stride, ptrdiff_t pixels, ptrdiff_t channels, float *y, ptrdiff_t y_stride);

  /// sum[c] = sum over p < pixels of x[p, c], in the order of the pixels.
  void (*channel_sum)(const float *x, ptrdiff_t x_stride, ptrdiff_t pixels, ptrdiff_t channels, float *sum);

  /// sum[c] = sum over p < pixels of a[p, c] b[p, c], in the order of the pixels.
  void (*channel_dot)(
    const float *a, ptrdiff_t a_stride, const float *b, ptrdiff_t b_stride, ptrdiff_t pixels, ptrdiff_t channels,
    float *sum);

  /// y[n, i, j, c] = the maximum of the window's places in the image, of which there must be one; NaN counts as the
  /// maximum.
  ///
  /// - Parameters:
  ///   - first, last: output rows.
  ///   - winners: NULL, or batch x output height x output width x C (always dense): the place of the first maximum (a
  ///     NaN: of the last one), kernel row x kernel width + kernel column. The kernel then has at most 256 places.
  void (*max_pool)(
    struct gaze_window window, ptrdiff_t channels, const float *x, ptrdiff_t x_stride, ptrdiff_t first, ptrdiff_t last,
    float *y, ptrdiff_t y_stride, uint8_t *winners);

  /// x_bar: each input pixel's sum of the cotangents of the windows that it won.
  ///
  /// - Parameters:
  ///   - winners: what `max_pool` wrote.
  ///   - first, last: input rows.
  void (*max_pool_vjp)(
    struct gaze_window window, ptrdiff_t channels, const float *y_bar, ptrdiff_t y_stride, const uint8_t *winners,
    ptrdiff_t first, ptrdiff_t last, float *x_bar, ptrdiff_t x_stride);

  /// y[n, i, j, c] = the sum of the window's places in the image / (kernel height kernel width).
  ///
  /// - Parameters:
  ///   - first, last: output rows.
  void (*average_pool)(
    struct gaze_window window, ptrdiff_t channels, const float *x, ptrdiff_t x_stride, ptrdiff_t first, ptrdiff_t last,
    float *y, ptrdiff_t y_stride);

  /// x_bar: each input pixel's sum of y_bar / (kernel height kernel width) over the windows that cover it.
  ///
  /// - Parameters:
  ///   - first, last: input rows.
  void (*average_pool_vjp)(
    struct gaze_window window, ptrdiff_t channels, const float *y_bar, ptrdiff_t y_stride, ptrdiff_t first,
    ptrdiff_t last, float *x_bar, ptrdiff_t x_stride);
};

/// The kernels for `set`, or NULL where this build or this processor has none.
const struct gaze_channelwise_kernels *gaze_channelwise_kernels(enum gaze_instruction_set set);
