/// Kernels that treat each channel by itself: depthwise convolution, pooling, normalisation, elementwise
/// functions, channel sums, and steps of optimizers.
#pragma once

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "Activation.h"
#include "InstructionSet.h"
#include "Window.h"

/// y = a(x scale + shift) for each channel, where scale and shift follow from the batch's own mean and variance.
struct gaze_normalization {
  /// C elements each.
  const float *scale;
  const float *shift;
  /// The batch's means.
  const float *mean;
  enum gaze_activation activation;
  /// How `a` passes cotangents back.
  enum gaze_relu_rule rule;
};

/// Stochastic gradient descent: see `MomentumStep`.
struct gaze_momentum_step {
  float learning_rate;
  float momentum;
  float weight_decay;
  float gradient_scale;
  bool is_nesterov;
};

/// AdamW: see `AdamWStep`.
struct gaze_adamw_step {
  /// What is left of a weight after its decay: 1 - rate decay.
  float shrinkage;
  /// The learning rate over the first moment's correction.
  float rate;
  float first_beta, other_first_beta;
  float second_beta, other_second_beta;
  /// What the second moment is multiplied by: 1 / (1 - beta^t).
  float square_correction;
  float epsilon;
  float gradient_scale;
};

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
      struct gaze_window window, ptrdiff_t channels, const float *y_bar, const float *w, ptrdiff_t first,
      ptrdiff_t last, float *x_bar);

  /// w_bar[u, v, c] = sum over the output rows first <= row < last and their pixels of x y_bar: one run's part of the
  /// sum. The caller adds runs that it chose by the shape alone.
  void (*depthwise_filter_vjp)(
      struct gaze_window window, ptrdiff_t channels, const float *x, const float *y_bar, ptrdiff_t first,
      ptrdiff_t last, float *w_bar);

  /// y[i] = a(z[i]) for i < count; y may be z.
  void (*activate)(const float *z, enum gaze_activation activation, ptrdiff_t count, float *y);

  /// z_bar[i] = a'(z[i]) y_bar[i] for i < count; z_bar may be y_bar or `kept`.
  ///
  /// - Parameters:
  ///   - kept: y for the ReLUs, which may be given z too, and for both sigmoids; z for the others.
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
  void (*copy)(const float *x, ptrdiff_t x_stride, ptrdiff_t pixels, ptrdiff_t channels, float *y, ptrdiff_t y_stride);

  /// sum[c] = sum over p < pixels of x[p, c], in the order of the pixels.
  void (*channel_sum)(const float *x, ptrdiff_t x_stride, ptrdiff_t pixels, ptrdiff_t channels, float *sum);

  /// sum[c] = sum over p < pixels of a[p, c] b[p, c], in the order of the pixels.
  void (*channel_dot)(
      const float *a, ptrdiff_t a_stride, const float *b, ptrdiff_t b_stride, ptrdiff_t pixels, ptrdiff_t channels,
      float *sum);

  /// sum[c] = sum over p < pixels of d = x[p, c] - pivot[c], square[c] = the same of d^2, in Double, in the order of
  /// the pixels. With a pivot near the mean nothing is lost where values lie far from 0.
  void (*channel_moments)(
      const float *x, const float *pivot, ptrdiff_t pixels, ptrdiff_t channels, double *sum, double *square);

  /// With z_bar the cotangent of z = x scale + shift: sum[c] = sum over p < pixels of z_bar[p, c], product[c] = the
  /// same of z_bar[p, c] (x[p, c] - mean[c]), in Double, in the order of the pixels.
  void (*normalization_sums)(
      const struct gaze_normalization *n, const float *x, const float *y_bar, ptrdiff_t pixels, ptrdiff_t channels,
      double *sum, double *product);

  /// x_bar[p, c] = z_bar[p, c] scale[c] + (x[p, c] - mean[c]) slope[c] + offset[c] for p < pixels; x_bar may be y_bar.
  void (*normalization_vjp)(
      const struct gaze_normalization *n, const float *x, const float *y_bar, const float *slope, const float *offset,
      ptrdiff_t pixels, ptrdiff_t channels, float *x_bar);

  /// A step of each of `count` weights; results may be the operands.
  void (*momentum_step)(
      const struct gaze_momentum_step *step, const float *value, const float *gradient, const float *velocity,
      ptrdiff_t count, float *next_value, float *next_velocity);

  /// A step of each of `count` weights; results may be the operands.
  void (*adamw_step)(
      const struct gaze_adamw_step *step, const float *value, const float *gradient, const float *mean,
      const float *square, ptrdiff_t count, float *next_value, float *next_mean, float *next_square);

  /// result[i] = a[i] + share (b[i] - a[i]) for i < count; `result` may be a or b.
  void (*blend)(const float *a, const float *b, float share, ptrdiff_t count, float *result);

  /// The sum over i < count of x[i]^2, in Double.
  double (*sum_of_squares)(const float *x, ptrdiff_t count);

  /// y[n, i, j, c] = the maximum of the window's places in the image, of which there must be one; NaN counts as the
  /// maximum.
  ///
  /// - Parameters:
  ///   - first, last: output rows.
  ///   - winners: NULL, or batch x output height x output width x C (always contiguous): the place of the first maximum
  ///     (a NaN: of the last one), kernel row x kernel width + kernel column. The kernel then has at most 256 places.
  void (*max_pool)(
      struct gaze_window window, ptrdiff_t channels, const float *x, ptrdiff_t x_stride, ptrdiff_t first,
      ptrdiff_t last, float *y, ptrdiff_t y_stride, uint8_t *winners);

  /// x_bar: each input pixel's sum of the cotangents of the windows that it won.
  ///
  /// - Parameters:
  ///   - winners: what `max_pool` wrote.
  ///   - first, last: input rows.
  void (*max_pool_vjp)(
      struct gaze_window window, ptrdiff_t channels, const float *y_bar, ptrdiff_t y_stride, const uint8_t *winners,
      ptrdiff_t first, ptrdiff_t last, float *x_bar, ptrdiff_t x_stride);

  /// y[n, i, j, c] = the sum of the window's places in the image / the number of places.
  ///
  /// - Parameters:
  ///   - counts_padding: divides by kernel height kernel width, not by the number of places that lie in the image.
  ///   - first, last: output rows.
  void (*average_pool)(
      struct gaze_window window, bool counts_padding, ptrdiff_t channels, const float *x, ptrdiff_t x_stride,
      ptrdiff_t first, ptrdiff_t last, float *y, ptrdiff_t y_stride);

  /// x_bar: each input pixel's sum of y_bar / the number of places over the windows that cover it.
  ///
  /// - Parameters:
  ///   - first, last: input rows.
  void (*average_pool_vjp)(
      struct gaze_window window, bool counts_padding, ptrdiff_t channels, const float *y_bar, ptrdiff_t y_stride,
      ptrdiff_t first, ptrdiff_t last, float *x_bar, ptrdiff_t x_stride);
};

/// The kernels for `set`, or NULL where this build or this processor has none.
const struct gaze_channelwise_kernels *gaze_channelwise_kernels(enum gaze_instruction_set set);
