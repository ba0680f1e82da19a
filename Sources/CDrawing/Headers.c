// Compiled by scripts/check where the libraries' headers are installed, and never linked: a declaration of Functions.h
// that differs from theirs is an error here.
#include <cairo-pdf.h>
#include <fontconfig/fontconfig.h>
#include <pango/pangocairo.h>
#include <pango/pangofc-fontmap.h>

#define CDRAWING_HAS_HEADERS
#include "Functions.h"

#define REDECLARE(library, result, name, parameters) result name parameters;
CDRAWING_FUNCTIONS(REDECLARE)

// The values that Functions.h gives to the constants.
_Static_assert(CAIRO_FORMAT_ARGB32 == 0 && CAIRO_LINE_CAP_ROUND == 1 && CAIRO_LINE_JOIN_ROUND == 1, "cairo");
_Static_assert(CAIRO_FONT_TYPE_FT == 1 && CAIRO_ANTIALIAS_GRAY == 2 && CAIRO_HINT_STYLE_NONE == 1, "cairo");
_Static_assert(CAIRO_HINT_METRICS_OFF == 1 && CAIRO_STATUS_SUCCESS == 0 && CAIRO_STATUS_WRITE_ERROR == 11, "cairo");
_Static_assert(CAIRO_PDF_METADATA_TITLE == 0 && CAIRO_PDF_METADATA_CREATE_DATE == 5, "cairo");
_Static_assert(PANGO_DIRECTION_LTR == 0 && PANGO_DIRECTION_RTL == 1 && PANGO_SCALE == 1024, "pango");
_Static_assert(PANGO_WRAP_WORD == 0 && PANGO_WRAP_WORD_CHAR == 2, "pango");
_Static_assert(PANGO_ALIGN_LEFT == 0 && PANGO_ALIGN_CENTER == 1, "pango");
_Static_assert(sizeof(PangoRectangle) == 4 * sizeof(int), "pango");
