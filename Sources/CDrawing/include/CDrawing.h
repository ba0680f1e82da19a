#ifndef CDRAWING_H
#define CDRAWING_H

#include <stddef.h>
#include <stdint.h>

/// Cairo and Pango, loaded when something is first drawn: with the libraries that they need in turn they would be most
/// of the time that the process takes to start. Lengths are in units of the caller's; y points down.

/// Loads the libraries, and makes Gaze Sans known beside the fonts of the machine. To be called once, before all
/// others.
///
/// \returns NULL, or what is missing: the name of a library, a function or a file.
const char *cdrawing_load(void);

// MARK: - Text

/// Fonts as one thread at a time may use them.
typedef struct cdrawing_fonts cdrawing_fonts;

/// NULL where memory is short.
cdrawing_fonts *cdrawing_fonts_create(void);

typedef struct {
  /// Bytes of the text.
  size_t start;
  size_t count;
  /// From the left of the block to the line's left end, and from the top of the block to the baseline.
  double x;
  double baseline;
  /// The sum of the letters' advances.
  double width;
  /// What letters cover, from the left and the top of the block; all 0 where they cover nothing.
  double ink_left;
  double ink_top;
  double ink_right;
  double ink_bottom;
  int is_right_to_left;
} cdrawing_line;

/// A text in lines.
typedef struct {
  /// Of the lines' advances and line heights; letters may reach beyond.
  double width;
  double height;
  /// Characters that no font has.
  int unknown;
  size_t line_count;
  const cdrawing_line *lines;
} cdrawing_block;

/// Sets a text in lines.
///
/// \param text UTF-8 of `count` bytes, never taken for markup.
/// \param size of the font: of the em square.
/// \param width of the lines; negative for a single line.
/// \param breaks_words whether a word that is longer than a line is broken; else it reaches beyond.
/// \param is_centred whether lines are centred; else they begin at the side where the text does.
/// \param is_left_to_right whether the text runs so whatever its first letter is; else that decides.
/// \returns a block to be freed by `cdrawing_block_free`; NULL where memory is short.
cdrawing_block *cdrawing_set_text(
    cdrawing_fonts *fonts, const char *text, size_t count, double size, double width, int breaks_words, int is_centred,
    int is_left_to_right);

void cdrawing_block_free(cdrawing_block *block);

// MARK: - Drawing

/// Something that is drawn on.
typedef struct cdrawing_surface cdrawing_surface;

typedef struct {
  uint8_t red;
  uint8_t green;
  uint8_t blue;
  /// 0 to 1.
  double opacity;
} cdrawing_paint;

/// Transparent pixels, `scale` of them to a unit. At most 32,767 to a side.
cdrawing_surface *cdrawing_surface_of_pixels(int width, int height, double scale);

/// A PDF of one page, a unit a point.
cdrawing_surface *cdrawing_surface_of_pdf(double width, double height, const char *title);

void cdrawing_fill(cdrawing_surface *surface, double x, double y, double width, double height, cdrawing_paint paint);

/// A line with round ends and joints through `count` points, x and y in turn. `dashes` are lengths drawn and left out
/// in turn.
void cdrawing_stroke(
    cdrawing_surface *surface, const double *points, size_t count, double width, const double *dashes,
    size_t dash_count, cdrawing_paint paint);

/// One line of a block.
///
/// \param x, y the left end of its baseline; where it runs upwards, its lower end.
/// \param border the width of a border around the letters, 0 for none.
void cdrawing_show_line(
    cdrawing_surface *surface, cdrawing_fonts *fonts, const char *text, size_t count, double size, int is_right_to_left,
    double x, double y, int is_upwards, cdrawing_paint paint, double border, cdrawing_paint border_paint);

/// Rows from the top, `*row_bytes` apart, of 32-bit words of this processor's byte order: alpha in the highest eight
/// bits, then red, green and blue, premultiplied. NULL where memory was short. They live as long as the surface.
const uint8_t *cdrawing_surface_pixels(cdrawing_surface *surface, size_t *row_bytes);

/// Ends a PDF. NULL where memory was short. The bytes live as long as the surface.
const uint8_t *cdrawing_surface_finish(cdrawing_surface *surface, size_t *count);

void cdrawing_surface_free(cdrawing_surface *surface);

#endif
