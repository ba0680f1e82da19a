#include "Font.h"

#pragma clang diagnostic ignored "-Wc23-extensions"

const unsigned char cdrawing_font[] = {
#embed "font/GazeSans.ttf"
};
const size_t cdrawing_font_count = sizeof cdrawing_font;
