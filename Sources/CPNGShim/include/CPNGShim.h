#ifndef CPNG_SHIM_H
#define CPNG_SHIM_H

#include <stddef.h>
#include <stdint.h>

/// libpng reports errors by longjmp, which must not cross a Swift frame. These functions are all that Gaze asks of
/// libpng, and every jump stays inside them.

typedef enum {
  /// The whole picture was read or written.
  CPNG_OK = 0,
  /// The bytes end before the picture does.
  CPNG_ENDS_EARLY,
  /// A chunk that makes the picture is invalid, or its checksum is wrong.
  CPNG_DAMAGED,
  CPNG_OUT_OF_MEMORY
} cpng_status;

/// Which samples become black and white: linear between them, clamped beyond. As libpng expands them: of 16 bits, or of
/// 8 for all smaller depths. `high` 0: all are taken as they are.
typedef struct {
  uint16_t low;
  uint16_t high;
} cpng_window;

/// Decodes a PNG of any colour type, depth and interlacing to 8-bit RGB: samples stretched by the window, then blended
/// over white by alpha.
///
/// Samples are otherwise taken as they are: gamma, colour profile and text chunks are skipped unread, so none is
/// inflated.
/// `pixels` has room for `width * height * 3` bytes, the size that the caller has read from IHDR; a file that turns out
/// to have another size is damaged. Unless CPNG_OK comes back, the pixels are unspecified and partly uninitialised.
cpng_status cpng_read_rgb(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, cpng_window window, uint8_t *pixels);

/// The largest colour or grey sample of a 16-bit PNG that cpng_read_rgb has read; alpha does not count. 0 where there
/// is none.
uint16_t cpng_largest_sample16(const uint8_t *bytes, size_t count);

/// A picture to be written: rows from the top, 8 bits a sample, no padding.
typedef struct {
  uint32_t width;
  uint32_t height;
  /// 3 for RGB, 4 for RGBA with straight alpha; not looked at where there is a palette.
  int channels;
  const uint8_t *pixels;
  /// NULL, or R, G, B, A of each colour; `pixels` are then numbers of colours.
  const uint8_t *palette;
  /// 1 to 256.
  int colors;
} cpng_picture;

/// A run of a picture's rows, filtered and deflated: a part of a zlib stream that ends on a whole byte.
typedef struct {
  /// To be freed by `cpng_free`, whatever `cpng_deflate` returned.
  uint8_t *bytes;
  size_t count;
  /// Of the filtered rows: how many bytes, and their checksum.
  size_t filtered_count;
  uint32_t adler32;
} cpng_stripe;

/// Filters and deflates the rows first <= y < last, fast rather than small: docs/decisions/png-encoding.md. Stripes may
/// be made side by side.
///
/// libpng would call zlib, which takes twice as long and knows no stripes.
cpng_status cpng_deflate(const cpng_picture *picture, uint32_t first_row, uint32_t last_row, cpng_stripe *stripe);

/// Writes a picture of its stripes, which follow one another from the first row to the last.
///
/// On CPNG_OK `*encoded` is a block of `*encoded_count` bytes to be freed by `cpng_free`.
cpng_status cpng_write(
    const cpng_picture *picture, const cpng_stripe *stripes, size_t stripe_count, uint8_t **encoded,
    size_t *encoded_count);

void cpng_free(uint8_t *bytes);

#endif
