#ifndef CDRAWING_FONT_H
#define CDRAWING_FONT_H

#include <stddef.h>

/// Gaze Sans, a TrueType file: part of the program, so that letters need no path.
extern const unsigned char cdrawing_font[];
extern const size_t cdrawing_font_count;

#endif
