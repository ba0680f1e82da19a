#include "CPNGShim.h"

#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

// The entry point owns its state and calls a function that holds the setjmp: what is written between setjmp and longjmp
// is then no local variable of the function that setjmp returns to, and keeps its value (C11 7.13.2.1).

static const png_uint_32 chunk_idat = 0x49444154;

typedef struct {
  const uint8_t *bytes;
  size_t count;
  uint32_t width;
  uint32_t height;
  uint8_t *pixels;
  int last_pass;
  int whole;          // the last row of the last pass has arrived
  int picture_fault;  // an error or a warning about IDAT
} reader;

static void note_fault(png_structp png) {
  reader *r = png_get_error_ptr(png);
  if (png_get_io_chunk_type(png) == chunk_idat) r->picture_fault = 1;
}

static void on_read_warning(png_structp png, png_const_charp message) {
  (void)message;
  note_fault(png);
}

static PNG_FUNCTION(void, on_read_error, (png_structp png, png_const_charp message), PNG_NORETURN) {
  (void)message;
  note_fault(png);
  png_longjmp(png, 1);
}

static void on_info(png_structp png, png_infop info) {
  reader *r = png_get_progressive_ptr(png);
  if (png_get_image_width(png, info) != r->width || png_get_image_height(png, info) != r->height) {
    png_error(png, "size differs from what the caller read");
  }

  png_set_expand(png);
  png_set_gray_to_rgb(png);
  // 16-bit samples are blended before they are reduced, but libpng wants the background in the depth of its output.
  const png_color_16 white = {.red = 255, .green = 255, .blue = 255, .gray = 255};
  if ((png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS)) {
    png_set_background(png, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
  }
  png_set_scale_16(png);
  r->last_pass = png_set_interlace_handling(png) - 1;
  png_read_update_info(png, info);
  if (png_get_rowbytes(png, info) != (size_t)r->width * 3) png_error(png, "rows are not RGB");
}

static void on_row(png_structp png, png_bytep row, png_uint_32 y, int pass) {
  reader *r = png_get_progressive_ptr(png);
  if (y >= r->height) png_error(png, "row outside the picture");
  png_progressive_combine_row(png, r->pixels + (size_t)y * r->width * 3, row);
  if (pass == r->last_pass && y == r->height - 1) r->whole = 1;
}

/// Returns 0 when the bytes were read through, 1 when libpng gave up.
static int read_through(png_structp png, png_infop info, reader *r) {
  if (setjmp(png_jmpbuf(png))) return 1;

  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  // No chunk can be longer than the file: whatever a length field claims, no more is ever allocated.
  png_set_chunk_malloc_max(png, r->count);
  // -1: skip every chunk but IHDR, PLTE, tRNS, IDAT and IEND.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  // The push reader stops inflating after the last row; the pull reader would inflate all that IDAT holds.
  png_set_progressive_read_fn(png, r, on_info, on_row, NULL);
  png_process_data(png, info, (png_bytep)r->bytes, r->count);
  return 0;
}

cpng_status cpng_read_rgb(const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, uint8_t *pixels) {
  reader r = {.bytes = bytes, .count = count, .width = width, .height = height, .pixels = pixels};
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, &r, on_read_error, on_read_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  if (!info) {
    png_destroy_read_struct(&png, NULL, NULL);
    return CPNG_OUT_OF_MEMORY;
  }
  const int gave_up = read_through(png, info, &r);
  png_destroy_read_struct(&png, &info, NULL);
  if (r.picture_fault) return CPNG_DAMAGED;
  if (r.whole) return CPNG_OK;
  return gave_up ? CPNG_DAMAGED : CPNG_ENDS_EARLY;
}
