/// Kernels that mix channels: convolution over all channels with a packed filter, and the filter's VJP.
#pragma once

#include <stdbool.h>
#include <stddef.h>

#include "Activation.h"
#include "InstructionSet.h"
#include "Window.h"

/// The geometry of y = convolution of a batch of NHWC images with an HWIO filter. A linear layer, or any product of a
/// matrix with a packed one, is the 1 x 1 convolution of an image whose pixels are the rows.
struct gaze_convolution {
  ptrdiff_t batch;
  struct gaze_window window;
  ptrdiff_t input_channels;
  ptrdiff_t output_channels;
  /// Elements from a pixel of x to the next: `input_channels`, or more where x is a slice of a wider tensor's channels.
  ptrdiff_t input_stride;
};

/// What happens to the sums before they are stored: y = a(convolution + bias + addend).
struct gaze_epilogue {
  /// `output_channels` elements, or NULL.
  const float *bias;
  /// The residual sum: batch x output height x output width x output channels, or NULL. May be y itself.
  const float *addend;
  /// Elements from a pixel of `addend` to the next, at least `output_channels`.
  ptrdiff_t addend_stride;
  enum gaze_activation activation;
  /// Elements from a pixel of y to the next: `output_channels`, or more where y is a slice of a wider tensor's
  /// channels.
  ptrdiff_t output_stride;
};

/// How a convolution is computed. The filter is packed for one method.
enum gaze_method {
  /// Product of the matrix of patches, gathered block by block, with the filter. Any geometry; a row of work is an
  /// output pixel.
  GAZE_DIRECT = 0,
  /// Winograd's F(2 x 2, 3 x 3): 2.25 times fewer products, a packed filter 1.78 times as large, rounding errors 0.7
  /// times those of `GAZE_DIRECT` (relative L2 norm, 64 to 512 channels). 3 x 3 at stride 1; a row of work is a tile of
  /// 2 x 2 output pixels. A value that is not finite may spoil its whole tile. Lavin and Gray, arXiv 1509.09308.
  GAZE_WINOGRAD_2 = 1,
  /// Winograd's F(4 x 4, 3 x 3): 4 times fewer products, a packed filter 4 times as large, rounding errors twice those
  /// of `GAZE_DIRECT`. 3 x 3 at stride 1; a row of work is a tile of 4 x 4 output pixels.
  GAZE_WINOGRAD_4 = 2,
};

/// How much of a convolution one task should compute.
struct gaze_cut {
  /// Rows of work, see `gaze_method`.
  ptrdiff_t rows;
  /// Panels of output channels.
  ptrdiff_t panels;
};

/// The kernels for one instruction set.
///
/// - A packed filter is a sequence of panels, each of a few output channels, in a form of its own: 64-byte aligned, and
///   only good for the instruction set, the method, the kernel's extents and the numbers of channels that it was packed
///   for. Only `convolve` reads batch, image extents, padding and strides; so a strip of an image is convolved by
///   giving its extents.
/// - `x`, `y` and `addend` are where the whole tensors begin. A call computes rows of work first_row <= r < last_row,
///   counted over the batch, of panels first_panel <= p < last_panel, and writes nothing else.
/// - Results may lie in uninitialised memory. y must not overlap x, the filter or the scratch memory. Nothing is read
///   outside of the given extents.
/// - Each element is summed in one order that neither the ranges nor the batch change, so however the work is cut, the
///   bits are the same. They differ between methods and instruction sets.
struct gaze_convolution_kernels {
  /// The fastest method by measurement, where the packed filter's size and the rounding errors are worth it. Looks at
  /// the shape, but not at the batch. `GAZE_DIRECT` is always possible too.
  enum gaze_method (*choose)(const struct gaze_convolution *g);

  /// Rows of work in the whole batch.
  ptrdiff_t (*rows)(const struct gaze_convolution *g, enum gaze_method method);

  /// Panels of the packed filter.
  ptrdiff_t (*panels)(const struct gaze_convolution *g, enum gaze_method method);

  /// How to cut the work for `workers` threads of about the same speed: ranges that are as large as possible, so that
  /// each thread keeps its panels or its pixels in its own caches, at least one for each where there is work for all.
  struct gaze_cut (*cut)(const struct gaze_convolution *g, enum gaze_method method, ptrdiff_t workers);

  /// Floats of the packed filter.
  ptrdiff_t (*packed_count)(const struct gaze_convolution *g, enum gaze_method method);

  /// Writes the panels first_panel <= p < last_panel of the packed filter; `packed` is where all of it begins.
  ///
  /// - Parameters:
  ///   - filter: kernel height x kernel width x input channels x output channels.
  void (*pack)(
      const struct gaze_convolution *g, enum gaze_method method, const float *filter, ptrdiff_t first_panel,
      ptrdiff_t last_panel, float *packed);

  /// The same for the filter flipped along both axes with its channels exchanged: `filter` is kernel height x kernel
  /// width x output channels x input channels of g. With it the input's VJP of a convolution at stride 1 is
  /// a convolution of the cotangent, padded by kernel - 1 - top rows and kernel - 1 - left columns.
  void (*pack_transposed)(
      const struct gaze_convolution *g, enum gaze_method method, const float *filter, ptrdiff_t first_panel,
      ptrdiff_t last_panel, float *packed);

  /// The filter that was packed by `pack`, the output channels of panels first_panel <= p < last_panel: the same bits
  /// for `GAZE_DIRECT`, otherwise to a relative error of about 1e-7.
  void (*unpack)(
      const struct gaze_convolution *g, enum gaze_method method, const float *packed, ptrdiff_t first_panel,
      ptrdiff_t last_panel, float *filter);

  /// Floats of scratch memory that a call of `convolve` needs whatever its ranges, 64-byte aligned; one such for each
  /// thread. May be 0.
  ptrdiff_t (*scratch_count)(const struct gaze_convolution *g, enum gaze_method method);

  /// y = a(x * filter + bias + addend).
  void (*convolve)(
      const struct gaze_convolution *g, enum gaze_method method, const float *x, const float *packed,
      const struct gaze_epilogue *epilogue, ptrdiff_t first_row, ptrdiff_t last_row, ptrdiff_t first_panel,
      ptrdiff_t last_panel, float *scratch, float *y);

  /// y = x * filter for a 1 x 1 convolution at stride 1, packed for `GAZE_DIRECT`, whose input channels are all 0 but
  /// the `count` ones in `channels`, in ascending order: only those are read. The bits are those of `convolve`.
  void (*convolve_few)(
      const struct gaze_convolution *g, const float *x, const float *packed, const ptrdiff_t *channels, ptrdiff_t count,
      ptrdiff_t first_row, ptrdiff_t last_row, float *y);

  /// Rows of work of `filter_vjp` in the whole batch: rows of output pixels, or Winograd's tiles of them.
  ptrdiff_t (*filter_vjp_rows)(const struct gaze_convolution *g, enum gaze_method method);

  /// Floats of scratch memory that `filter_vjp` needs whatever its range, 64-byte aligned; one such for each thread.
  ptrdiff_t (*filter_vjp_scratch_count)(const struct gaze_convolution *g, enum gaze_method method);

  /// w_bar[u, v, c, o] = sum over the output pixels (i, j) of the rows of work first_row <= row < last_row of x[i
  /// stride + u - top, j stride + v - left, c] y_bar[i, j, o]: one run's part of the sum. The caller adds runs that it
  /// chose by the shape alone. Pixels of x and y_bar are contiguous.
  void (*filter_vjp)(
      const struct gaze_convolution *g, enum gaze_method method, const float *x, const float *y_bar,
      ptrdiff_t first_row, ptrdiff_t last_row, float *scratch, float *w_bar);
};

/// The kernels for `set`, or NULL where this build or this processor has none.
const struct gaze_convolution_kernels *gaze_convolution_kernels(enum gaze_instruction_set set);
