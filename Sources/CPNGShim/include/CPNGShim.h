#ifndef CPNG_SHIM_H
#define CPNG_SHIM_H

#include <stddef.h>
#include <stdint.h>

/// libpng reports errors by longjmp, which must not cross a Swift frame. This function is all that Gaze asks of libpng, and
/// every jump stays inside it.

typedef enum {
  /// The whole picture was read.
  CPNG_OK = 0,
  /// The bytes end before the picture does.
  CPNG_ENDS_EARLY,
  /// A chunk that makes the picture is invalid, or its checksum is wrong.
  CPNG_DAMAGED,
  CPNG_OUT_OF_MEMORY
} cpng_status;

/// Decodes a PNG of any colour type, depth and interlacing to 8-bit RGB, alpha blended over white.
///
/// Samples are taken as they are: gamma, colour profile and text chunks are skipped unread, so none is inflated.
/// `pixels` has room for `width * height * 3` bytes, the size that the caller has read from IHDR; a file that turns out to
/// have another size is damaged. Unless CPNG_OK comes back, the pixels are unspecified and partly uninitialised.
cpng_status cpng_read_rgb(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels);

#endif
