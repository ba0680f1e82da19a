#include "CPNGShim.h"

#include <isa-l/igzip_lib.h>
#include <png.h>
#include <setjmp.h>
#include <stdlib.h>
#include <string.h>

// Each entry point owns its state and calls a function that holds the setjmp: what is written between setjmp and
// longjmp is then no local variable of the function that setjmp returns to, and keeps its value (C11 7.13.2.1).

static const png_uint_32 chunk_idat = 0x49444154;

// MARK: - Reading

typedef struct {
  const uint8_t *bytes;
  size_t count;
  uint32_t width;
  uint32_t height;
  uint8_t *pixels;
  int last_pass;
  cpng_window window;
  int whole;         // the last row of the last pass has arrived
  int picture_fault; // an error or a warning about IDAT
  // What cpng_largest_sample16 needs besides.
  int color_type;
  int interlaced;
  uint16_t largest_sample;
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

static uint32_t sample_at(const uint8_t *row, size_t index, int is_wide) {
  return is_wide ? (uint32_t)(row[2 * index] << 8 | row[2 * index + 1]) : row[index];
}

/// Brings a row of RGB or RGBA to 8-bit RGB, in place: what is written lies before what is still to be read. With t the
/// sample's place in the window (0...1) and a the opacity, 255 · (1 − a · (1 − t)), to the nearest.
static void on_stretch(png_structp png, png_row_infop info, png_bytep row) {
  const reader *r = png_get_user_transform_ptr(png);
  const int is_wide = info->bit_depth == 16, channels = info->channels;
  const uint32_t low = r->window.low, reach = (uint32_t)r->window.high - low;
  const uint64_t opaque = is_wide ? 65535 : 255, whole = opaque * reach;
  for (size_t x = 0; x < info->width; x++) {
    const uint64_t alpha = channels == 4 ? sample_at(row, 4 * x + 3, is_wide) : opaque;
    for (size_t c = 0; c < 3; c++) {
      const uint32_t sample = sample_at(row, (size_t)channels * x + c, is_wide);
      const uint32_t height = sample <= low ? 0 : sample - low < reach ? sample - low : reach;
      row[3 * x + c] = (uint8_t)((510 * (whole - alpha * (reach - height)) + whole) / (2 * whole));
    }
  }
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
  if (r->window.high > 0) {
    png_set_read_user_transform_fn(png, on_stretch);
    png_set_user_transform_info(png, r, 8, 3);
  } else {
    if ((png_get_color_type(png, info) & PNG_COLOR_MASK_ALPHA) || png_get_valid(png, info, PNG_INFO_tRNS)) {
      png_set_background(png, &white, PNG_BACKGROUND_GAMMA_SCREEN, 0, 1.0);
    }
    png_set_scale_16(png);
  }
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

typedef enum { READ_THROUGH, GAVE_UP, OUT_OF_MEMORY } read_end;

static read_end read_through(
    png_structp png, png_infop info, reader *r, png_progressive_info_ptr on_header,
    png_progressive_row_ptr on_each_row) {
  if (setjmp(png_jmpbuf(png))) return GAVE_UP;

  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  // No chunk can be longer than the file: whatever a length field claims, no more is ever allocated.
  png_set_chunk_malloc_max(png, r->count);
  // -1: skip every chunk but IHDR, PLTE, tRNS, IDAT and IEND.
  png_set_keep_unknown_chunks(png, PNG_HANDLE_CHUNK_NEVER, NULL, -1);
  // The push reader stops inflating after the last row; the pull reader would inflate all that IDAT holds.
  png_set_progressive_read_fn(png, r, on_header, on_each_row, NULL);
  png_process_data(png, info, (png_bytep)r->bytes, r->count);
  return READ_THROUGH;
}

static read_end read_png(reader *r, png_progressive_info_ptr on_header, png_progressive_row_ptr on_each_row) {
  png_structp png = png_create_read_struct(PNG_LIBPNG_VER_STRING, r, on_read_error, on_read_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  const read_end end = info ? read_through(png, info, r, on_header, on_each_row) : OUT_OF_MEMORY;
  png_destroy_read_struct(&png, &info, NULL);
  return end;
}

cpng_status cpng_read_rgb(
    const uint8_t *bytes, size_t count, uint32_t width, uint32_t height, cpng_window window, uint8_t *pixels) {
  reader r = {.bytes = bytes, .count = count, .width = width, .height = height, .pixels = pixels, .window = window};
  const read_end end = read_png(&r, on_info, on_row);
  if (end == OUT_OF_MEMORY) return CPNG_OUT_OF_MEMORY;
  if (r.picture_fault) return CPNG_DAMAGED;
  if (r.whole) return CPNG_OK;
  return end == GAVE_UP ? CPNG_DAMAGED : CPNG_ENDS_EARLY;
}

static void on_sampled_info(png_structp png, png_infop info) {
  reader *r = png_get_progressive_ptr(png);
  r->width = png_get_image_width(png, info);
  r->color_type = png_get_color_type(png, info);
  r->interlaced = png_get_interlace_type(png, info) != PNG_INTERLACE_NONE;
  if (png_get_bit_depth(png, info) != 16) png_error(png, "samples have not 16 bits");
  png_start_read_image(png);
}

/// Takes a row as it is stored: of an interlaced picture, the pixels of its pass side by side.
static void on_sampled_row(png_structp png, png_bytep row, png_uint_32 y, int pass) {
  (void)y;
  reader *r = png_get_progressive_ptr(png);
  const size_t columns = r->interlaced ? PNG_PASS_COLS(r->width, pass) : r->width;
  const size_t colors = (r->color_type & PNG_COLOR_MASK_COLOR) ? 3 : 1;
  const size_t channels = colors + ((r->color_type & PNG_COLOR_MASK_ALPHA) ? 1 : 0);
  for (size_t x = 0; x < columns; x++) {
    for (size_t c = 0; c < colors; c++) {
      const uint8_t *sample = row + 2 * (x * channels + c);
      const uint16_t value = (uint16_t)(sample[0] << 8 | sample[1]);
      if (value > r->largest_sample) r->largest_sample = value;
    }
  }
}

uint16_t cpng_largest_sample16(const uint8_t *bytes, size_t count) {
  reader r = {.bytes = bytes, .count = count};
  return read_png(&r, on_sampled_info, on_sampled_row) == READ_THROUGH ? r.largest_sample : 0;
}

// MARK: - Writing

/// The fastest of ISA-L's levels that makes codes for the data it has.
enum { LEVEL = 1, LEVEL_BYTES = ISAL_DEF_LVL1_MEDIUM };

/// Bytes of a row, without the number of its filter.
static size_t row_bytes(const cpng_picture *p) { return (size_t)p->width * (size_t)(p->palette ? 1 : p->channels); }

/// Filters one row: PNG (Third Edition), section 9.2. `above` is NULL for the first.
///
/// Neighbouring indices of a palette are close only where its colours are in order, as those of a colour map; their
/// mean is then no better than the one beside.
static void filter_row(
    const uint8_t *row, const uint8_t *above, size_t stride, size_t bpp, int is_palette, uint8_t *target) {
  *target++ = is_palette ? PNG_FILTER_VALUE_SUB : PNG_FILTER_VALUE_AVG;
  if (is_palette) {
    for (size_t x = 0; x < bpp; x++) target[x] = row[x];
    for (size_t x = bpp; x < stride; x++) target[x] = (uint8_t)(row[x] - row[x - bpp]);
  } else if (!above) {
    for (size_t x = 0; x < bpp; x++) target[x] = row[x];
    for (size_t x = bpp; x < stride; x++) target[x] = (uint8_t)(row[x] - row[x - bpp] / 2);
  } else {
    for (size_t x = 0; x < bpp; x++) target[x] = (uint8_t)(row[x] - above[x] / 2);
    for (size_t x = bpp; x < stride; x++) target[x] = (uint8_t)(row[x] - (row[x - bpp] + above[x]) / 2);
  }
}

/// Deflates `count` bytes into `stripe`, which grows as need be.
static cpng_status deflate_bytes(
    struct isal_zstream *z, uint8_t *level, uint8_t *bytes, size_t count, int is_last, cpng_stripe *stripe) {
  size_t capacity = count / 2 + 1024;
  stripe->bytes = malloc(capacity);
  if (!stripe->bytes) return CPNG_OUT_OF_MEMORY;
  isal_deflate_init(z);
  z->level = LEVEL;
  z->level_buf = level;
  z->level_buf_size = LEVEL_BYTES;
  z->gzip_flag = IGZIP_DEFLATE;
  z->flush = is_last ? NO_FLUSH : SYNC_FLUSH; // ends on a whole byte
  z->end_of_stream = (uint16_t)is_last;
  z->next_in = bytes;
  z->avail_in = (uint32_t)count;
  while (1) {
    z->next_out = stripe->bytes + z->total_out;
    z->avail_out = (uint32_t)(capacity - z->total_out);
    if (isal_deflate(z) != COMP_OK) return CPNG_OUT_OF_MEMORY;
    if (z->avail_out > 0 && z->avail_in == 0 && (!is_last || z->internal_state.state == ZSTATE_END)) break;
    if (z->avail_out > 0) continue;
    uint8_t *grown = realloc(stripe->bytes, capacity *= 2);
    if (!grown) return CPNG_OUT_OF_MEMORY;
    stripe->bytes = grown;
  }
  stripe->count = z->total_out;
  stripe->filtered_count = count;
  stripe->adler32 = isal_adler32(1, bytes, count);
  return CPNG_OK;
}

cpng_status cpng_deflate(const cpng_picture *p, uint32_t first_row, uint32_t last_row, cpng_stripe *stripe) {
  const size_t stride = row_bytes(p), count = (stride + 1) * (last_row - first_row);
  if (count > UINT32_MAX) return CPNG_OUT_OF_MEMORY;
  struct isal_zstream *z = malloc(sizeof *z);
  uint8_t *level = malloc(LEVEL_BYTES), *filtered = malloc(count);
  cpng_status status = CPNG_OUT_OF_MEMORY;
  *stripe = (cpng_stripe){0};
  if (z && level && filtered) {
    for (uint32_t y = first_row; y < last_row; y++) {
      const uint8_t *row = p->pixels + y * stride;
      filter_row(
          row, y > 0 ? row - stride : NULL, stride, p->palette ? 1 : (size_t)p->channels, p->palette != NULL,
          filtered + (y - first_row) * (stride + 1));
    }
    status = deflate_bytes(z, level, filtered, count, last_row == p->height, stripe);
  }
  free(z);
  free(level);
  free(filtered);
  return status;
}

typedef struct {
  const cpng_picture *picture;
  const cpng_stripe *stripes;
  size_t stripe_count;
  uint8_t *encoded;
  size_t count;
  size_t capacity;
} writer;

static PNG_FUNCTION(void, on_write_error, (png_structp png, png_const_charp message), PNG_NORETURN) {
  (void)message;
  png_longjmp(png, 1);
}

static void on_write_warning(png_structp png, png_const_charp message) {
  (void)png;
  (void)message;
}

static void on_write(png_structp png, png_bytep data, size_t count) {
  writer *w = png_get_io_ptr(png);
  if (count > w->capacity - w->count) {
    const size_t capacity = (w->count + count) * 2;
    uint8_t *grown = realloc(w->encoded, capacity);
    if (!grown) png_error(png, "out of memory");
    w->encoded = grown;
    w->capacity = capacity;
  }
  memcpy(w->encoded + w->count, data, count);
  w->count += count;
}

static void on_flush(png_structp png) { (void)png; }

static void set_palette(png_structp png, png_infop info, const cpng_picture *p) {
  png_color colors[256];
  png_byte alpha[256];
  int translucent = 0; // entries after the last that is not opaque need not be said
  for (int i = 0; i < p->colors; i++) {
    const uint8_t *entry = p->palette + 4 * i;
    colors[i] = (png_color){.red = entry[0], .green = entry[1], .blue = entry[2]};
    alpha[i] = entry[3];
    if (entry[3] < 255) translucent = i + 1;
  }
  png_set_PLTE(png, info, colors, p->colors);
  if (translucent > 0) png_set_tRNS(png, info, alpha, translucent, NULL);
}

/// The two bytes that begin a zlib stream of a window of 32 KiB: RFC 1950, section 2.2.
static const uint8_t zlib_header[2] = {0x78, 0x01};

/// The checksum of two runs of bytes, one after the other, from those of each: RFC 1950, section 8.2.
static uint32_t joined_adler32(uint32_t first, uint32_t second, size_t second_count) {
  const uint64_t base = 65521, a = first & 0xffff, length = second_count % base;
  const uint64_t sum = (a + (second & 0xffff) + base - 1) % base;
  const uint64_t sums = ((first >> 16) + (second >> 16) + length * a + base - length) % base;
  return (uint32_t)(sums << 16 | sum);
}

/// One IDAT of all stripes.
static void write_rows(png_structp png, const writer *w) {
  size_t count = sizeof zlib_header + 4;
  uint32_t adler = 1;
  for (size_t i = 0; i < w->stripe_count; i++) {
    count += w->stripes[i].count;
    adler = joined_adler32(adler, w->stripes[i].adler32, w->stripes[i].filtered_count);
  }
  const uint8_t end[4] = {(uint8_t)(adler >> 24), (uint8_t)(adler >> 16), (uint8_t)(adler >> 8), (uint8_t)adler};
  if (count > PNG_UINT_31_MAX) png_error(png, "too many bytes for a chunk");
  png_write_chunk_start(png, (png_const_bytep) "IDAT", (png_uint_32)count);
  png_write_chunk_data(png, zlib_header, sizeof zlib_header);
  for (size_t i = 0; i < w->stripe_count; i++) png_write_chunk_data(png, w->stripes[i].bytes, w->stripes[i].count);
  png_write_chunk_data(png, end, sizeof end);
  png_write_chunk_end(png);
}

/// Returns 0 when the picture was written, 1 when libpng gave up.
static int write_through(png_structp png, png_infop info, writer *w) {
  if (setjmp(png_jmpbuf(png))) return 1;

  png_set_write_fn(png, w, on_write, on_flush);
  png_set_user_limits(png, PNG_UINT_31_MAX, PNG_UINT_31_MAX);
  const cpng_picture *p = w->picture;
  const int color_type = p->palette ? PNG_COLOR_TYPE_PALETTE
      : p->channels == 4            ? PNG_COLOR_TYPE_RGB_ALPHA
                                    : PNG_COLOR_TYPE_RGB;
  png_set_IHDR(
      png, info, p->width, p->height, 8, color_type, PNG_INTERLACE_NONE, PNG_COMPRESSION_TYPE_DEFAULT,
      PNG_FILTER_TYPE_DEFAULT);
  if (p->palette) set_palette(png, info, p);
  png_write_info(png, info);
  write_rows(png, w);
  png_write_chunk(png, (png_const_bytep) "IEND", NULL, 0);
  return 0;
}

cpng_status cpng_write(
    const cpng_picture *picture, const cpng_stripe *stripes, size_t stripe_count, uint8_t **encoded,
    size_t *encoded_count) {
  writer w = {.picture = picture, .stripes = stripes, .stripe_count = stripe_count};
  png_structp png = png_create_write_struct(PNG_LIBPNG_VER_STRING, &w, on_write_error, on_write_warning);
  png_infop info = png ? png_create_info_struct(png) : NULL;
  const int gave_up = !info || write_through(png, info, &w);
  png_destroy_write_struct(&png, &info);
  if (gave_up) {
    free(w.encoded);
    return CPNG_OUT_OF_MEMORY;
  }
  *encoded = w.encoded;
  *encoded_count = w.count;
  return CPNG_OK;
}

void cpng_free(uint8_t *bytes) { free(bytes); }
