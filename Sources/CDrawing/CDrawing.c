#define _GNU_SOURCE
#include "CDrawing.h"

#include <dlfcn.h>
#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "Font.h"
#include "Functions.h"

#define DECLARE(library, result, name, parameters) static result(*p_##name) parameters;
CDRAWING_FUNCTIONS(DECLARE)

// MARK: - Loading

/// Gaze Sans first, whatever the machine has. Of letters that it does not have: plain families before others, so that
/// the machine's serif and handwriting are the last resort.
static const char families[] =
    "Gaze Sans,Noto Sans,Noto Sans CJK SC,Noto Sans CJK JP,Source Han Sans SC,WenQuanYi Zen Hei,WenQuanYi Micro Hei,"
    "Noto Sans Arabic,Noto Sans Hebrew,Noto Sans Devanagari,Noto Sans Bengali,Noto Sans Tamil,Noto Sans Telugu,"
    "Noto Sans Thai,Noto Sans Georgian,Noto Sans Armenian,Noto Sans Ethiopic,Lohit Devanagari,Droid Sans Fallback,"
    "Liberation Sans,FreeSans,sans-serif";

/// What all fonts read and none writes.
static FcConfig *config;

/// Text that grows.
typedef struct {
  char *bytes;
  size_t count;
  int failed;
} text;

static void append(text *t, const char *added, size_t count) {
  char *grown = t->failed ? NULL : realloc(t->bytes, t->count + count + 1);
  if (!grown) {
    t->failed = 1;
    return;
  }
  memcpy(grown + t->count, added, count);
  t->bytes = grown;
  t->count += count;
  grown[t->count] = 0;
}

static void append_string(text *t, const char *added) { append(t, added, strlen(added)); }

static void append_folders(text *xml, const char *element, FcStrList *folders) {
  if (!folders) return;
  for (const FcChar8 *folder; (folder = p_FcStrListNext(folders));) {
    append_string(xml, "<");
    append_string(xml, element);
    append_string(xml, ">");
    for (const char *letter = (const char *)folder; *letter; letter++) {
      if (*letter == '&') append_string(xml, "&amp;");
      else if (*letter == '<') append_string(xml, "&lt;");
      else append(xml, letter, 1);
    }
    append_string(xml, "</");
    append_string(xml, element);
    append_string(xml, ">");
  }
  p_FcStrListDone(folders);
}

/// The font as a file without a name, for the libraries that want a path. It stays open as long as the process lives.
static int open_font(char path[static 64]) {
  int file = memfd_create("gaze-sans", MFD_CLOEXEC);
  if (file < 0) return 0;
  for (size_t written = 0; written < cdrawing_font_count;) {
    ssize_t count = write(file, cdrawing_font + written, cdrawing_font_count - written);
    if (count <= 0) return 0;
    written += (size_t)count;
  }
  snprintf(path, 64, "/proc/self/fd/%d", file);
  return access(path, R_OK) == 0;
}

/// Fonts of the folders that the machine's configuration names, without its rules: those would decide on hinting,
/// weights and substitutes, and pictures would depend on them.
static const char *configure(void) {
  text xml = {0};
  append_string(&xml, "<?xml version=\"1.0\"?><!DOCTYPE fontconfig SYSTEM \"urn:fontconfig:fonts.dtd\"><fontconfig>");
  FcConfig *machine = p_FcInitLoadConfig();
  if (machine) {
    append_folders(&xml, "dir", p_FcConfigGetFontDirs(machine));
    append_folders(&xml, "cachedir", p_FcConfigGetCacheDirs(machine));
  }
  // Letters are drawn as outlines.
  append_string(
      &xml,
      "<selectfont><rejectfont><pattern><patelt name=\"outline\"><bool>false</bool></patelt></pattern></rejectfont>"
      "</selectfont></fontconfig>");
  config = p_FcConfigCreate();
  int is_parsed = !xml.failed && config && p_FcConfigParseAndLoadFromMemory(config, (const FcChar8 *)xml.bytes, 1)
      && p_FcConfigBuildFonts(config);
  free(xml.bytes);
  if (machine) p_FcConfigDestroy(machine);
  if (!is_parsed) return "a usable configuration of fontconfig";
  char path[64];
  if (!open_font(path) || !p_FcConfigAppFontAddFile(config, (const FcChar8 *)path)) return "/proc";
  return NULL;
}

const char *cdrawing_load(void) {
  const char *const names[] = {
      CDRAWING_CAIRO, CDRAWING_PANGO, CDRAWING_PANGOCAIRO, CDRAWING_PANGOFT2, CDRAWING_FONTCONFIG, CDRAWING_GOBJECT,
  };
  enum { CAIRO, PANGO, PANGOCAIRO, PANGOFT2, FONTCONFIG, GOBJECT, library_count };
  void *libraries[library_count];
  for (int index = 0; index < library_count; index++) {
    libraries[index] = dlopen(names[index], RTLD_NOW | RTLD_LOCAL);
    if (!libraries[index]) return names[index];
  }
#define FIND(library, result, name, parameters) \
  p_##name = (result(*) parameters)dlsym(libraries[library], #name); \
  if (!p_##name) return #name;
  CDRAWING_FUNCTIONS(FIND)
  return configure();
}

// MARK: - Text

struct cdrawing_fonts {
  PangoFontMap *map;
  PangoContext *context;
};

cdrawing_fonts *cdrawing_fonts_create(void) {
  cdrawing_fonts *fonts = malloc(sizeof *fonts);
  if (!fonts) return NULL;
  fonts->map = p_pango_cairo_font_map_new_for_font_type(CAIRO_FONT_TYPE_FT);
  if (!fonts->map) {
    free(fonts);
    return NULL;
  }
  p_pango_fc_font_map_set_config((PangoFcFontMap *)fonts->map, config);
  fonts->context = p_pango_font_map_create_context(fonts->map);
  // Not the locale's, which decides between forms of Han and would make pictures depend on it.
  p_pango_context_set_language(fonts->context, p_pango_language_from_string("en"));
  // Letters stand where they were measured at every scale.
  p_pango_context_set_round_glyph_positions(fonts->context, 0);
  cairo_font_options_t *options = p_cairo_font_options_create();
  p_cairo_font_options_set_antialias(options, CAIRO_ANTIALIAS_GRAY);
  p_cairo_font_options_set_hint_style(options, CAIRO_HINT_STYLE_NONE);
  p_cairo_font_options_set_hint_metrics(options, CAIRO_HINT_METRICS_OFF);
  p_pango_cairo_context_set_font_options(fonts->context, options);
  p_cairo_font_options_destroy(options);
  return fonts;
}

static PangoLayout *layout_of(cdrawing_fonts *fonts, const char *text, size_t count, double size) {
  PangoLayout *layout = p_pango_layout_new(fonts->context);
  PangoFontDescription *font = p_pango_font_description_new();
  p_pango_font_description_set_family(font, families);
  p_pango_font_description_set_absolute_size(font, size * PANGO_SCALE);
  p_pango_layout_set_font_description(layout, font);
  p_pango_font_description_free(font);
  p_pango_layout_set_single_paragraph_mode(layout, 1);
  p_pango_layout_set_text(layout, text, (int)count);
  return layout;
}

static double units(int pango) { return (double)pango / PANGO_SCALE; }

cdrawing_block *cdrawing_set_text(
    cdrawing_fonts *fonts, const char *text, size_t count, double size, double width, int breaks_words, int is_centred,
    int is_left_to_right) {
  p_pango_context_set_base_dir(fonts->context, PANGO_DIRECTION_LTR);
  PangoLayout *layout = layout_of(fonts, text, count, size);
  if (width >= 0) p_pango_layout_set_width(layout, (int)(width * PANGO_SCALE));
  p_pango_layout_set_wrap(layout, breaks_words ? PANGO_WRAP_WORD_CHAR : PANGO_WRAP_WORD);
  p_pango_layout_set_auto_dir(layout, !is_left_to_right);
  p_pango_layout_set_alignment(layout, is_centred ? PANGO_ALIGN_CENTER : PANGO_ALIGN_LEFT);

  size_t line_count = (size_t)p_pango_layout_get_line_count(layout);
  cdrawing_block *block = calloc(1, sizeof *block + line_count * sizeof(cdrawing_line));
  if (block) {
    cdrawing_line *const lines = (cdrawing_line *)(block + 1), *line = lines;
    block->lines = lines;
    block->line_count = line_count;
    block->unknown = p_pango_layout_get_unknown_glyphs_count(layout);
    PangoLayoutIter *iterator = p_pango_layout_get_iter(layout);
    do {
      PangoLayoutLine *source = p_pango_layout_iter_get_line_readonly(iterator);
      PangoRectangle ink, logical;
      p_pango_layout_iter_get_line_extents(iterator, &ink, &logical);
      line->start = (size_t)p_pango_layout_line_get_start_index(source);
      line->count = (size_t)p_pango_layout_line_get_length(source);
      line->x = units(logical.x);
      line->baseline = units(p_pango_layout_iter_get_baseline(iterator));
      line->width = units(logical.width);
      if (ink.width > 0 && ink.height > 0) {
        line->ink_left = units(ink.x);
        line->ink_top = units(ink.y);
        line->ink_right = units(ink.x + ink.width);
        line->ink_bottom = units(ink.y + ink.height);
      }
      line->is_right_to_left = p_pango_layout_line_get_resolved_direction(source) == PANGO_DIRECTION_RTL;
      double right = line->x + line->width, bottom = units(logical.y + logical.height);
      if (right > block->width) block->width = right;
      if (bottom > block->height) block->height = bottom;
      line++;
    } while (p_pango_layout_iter_next_line(iterator) && line < lines + line_count);
    p_pango_layout_iter_free(iterator);
  }
  p_g_object_unref(layout);
  return block;
}

void cdrawing_block_free(cdrawing_block *block) { free(block); }

// MARK: - Drawing

struct cdrawing_surface {
  cairo_surface_t *surface;
  cairo_t *cairo;
  /// Pixels to a unit; 0 for a PDF.
  double scale;
  text pdf;
};

static cairo_status_t write_pdf(void *closure, const unsigned char *bytes, unsigned int count) {
  text *pdf = closure;
  append(pdf, (const char *)bytes, count);
  return pdf->failed ? CAIRO_STATUS_WRITE_ERROR : CAIRO_STATUS_SUCCESS;
}

static void begin(cdrawing_surface *s) {
  s->cairo = p_cairo_create(s->surface);
  p_cairo_set_line_cap(s->cairo, CAIRO_LINE_CAP_ROUND);
  p_cairo_set_line_join(s->cairo, CAIRO_LINE_JOIN_ROUND);
}

// Cairo gives objects that remember the failure where memory is short; it is looked at once, at the end.

cdrawing_surface *cdrawing_surface_of_pixels(int width, int height, double scale) {
  cdrawing_surface *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->surface = p_cairo_image_surface_create(CAIRO_FORMAT_ARGB32, width, height);
  s->scale = scale;
  begin(s);
  p_cairo_scale(s->cairo, scale, scale);
  return s;
}

cdrawing_surface *cdrawing_surface_of_pdf(double width, double height, const char *title) {
  cdrawing_surface *s = calloc(1, sizeof *s);
  if (!s) return NULL;
  s->surface = p_cairo_pdf_surface_create_for_stream(write_pdf, &s->pdf, width, height);
  p_cairo_pdf_surface_set_metadata(s->surface, CAIRO_PDF_METADATA_TITLE, title);
  // Not today's: the same drawing gives the same bytes.
  p_cairo_pdf_surface_set_metadata(s->surface, CAIRO_PDF_METADATA_CREATE_DATE, "2000-01-01T00:00:00Z");
  begin(s);
  return s;
}

static void set_paint(cdrawing_surface *s, cdrawing_paint paint) {
  p_cairo_set_source_rgba(s->cairo, paint.red / 255.0, paint.green / 255.0, paint.blue / 255.0, paint.opacity);
}

void cdrawing_fill(cdrawing_surface *s, double x, double y, double width, double height, cdrawing_paint paint) {
  set_paint(s, paint);
  p_cairo_rectangle(s->cairo, x, y, width, height);
  p_cairo_fill(s->cairo);
}

void cdrawing_stroke(
    cdrawing_surface *s, const double *points, size_t count, double width, const double *dashes, size_t dash_count,
    cdrawing_paint paint) {
  if (count == 0) return;
  set_paint(s, paint);
  p_cairo_set_line_width(s->cairo, width);
  p_cairo_set_dash(s->cairo, dashes, (int)dash_count, 0);
  p_cairo_move_to(s->cairo, points[0], points[1]);
  for (size_t index = 1; index < count; index++) p_cairo_line_to(s->cairo, points[2 * index], points[2 * index + 1]);
  p_cairo_stroke(s->cairo);
}

void cdrawing_show_line(
    cdrawing_surface *s, cdrawing_fonts *fonts, const char *text, size_t count, double size, int is_right_to_left,
    double x, double y, int is_upwards, cdrawing_paint paint, double border, cdrawing_paint border_paint) {
  p_pango_context_set_base_dir(fonts->context, is_right_to_left ? PANGO_DIRECTION_RTL : PANGO_DIRECTION_LTR);
  PangoLayout *layout = layout_of(fonts, text, count, size);
  p_pango_layout_set_auto_dir(layout, 0);
  PangoLayoutLine *line = p_pango_layout_get_line_readonly(layout, 0);
  if (s->scale > 0) {
    // A baseline between two rows of pixels blurs all that stands on it.
    if (is_upwards) x = round(x * s->scale) / s->scale;
    else y = round(y * s->scale) / s->scale;
  }
  p_cairo_save(s->cairo);
  p_cairo_translate(s->cairo, x, y);
  if (is_upwards) p_cairo_rotate(s->cairo, -1.5707963267948966);
  p_cairo_move_to(s->cairo, 0, 0);
  if (s->scale == 0 && border == 0) {
    // As text, to be searched and copied.
    set_paint(s, paint);
    p_pango_cairo_show_layout_line(s->cairo, line);
  } else {
    // As outlines: Cairo would put letters on whole pixels.
    p_pango_cairo_layout_line_path(s->cairo, line);
    if (border > 0) {
      set_paint(s, border_paint);
      p_cairo_set_line_width(s->cairo, 2 * border);
      p_cairo_set_dash(s->cairo, NULL, 0, 0);
      p_cairo_stroke(s->cairo);
      p_cairo_move_to(s->cairo, 0, 0);
      p_pango_cairo_layout_line_path(s->cairo, line);
    }
    set_paint(s, paint);
    p_cairo_fill(s->cairo);
  }
  p_cairo_new_path(s->cairo);
  p_cairo_restore(s->cairo);
  p_g_object_unref(layout);
}

const uint8_t *cdrawing_surface_pixels(cdrawing_surface *s, size_t *row_bytes) {
  p_cairo_surface_flush(s->surface);
  if (p_cairo_status(s->cairo) != CAIRO_STATUS_SUCCESS) return NULL;
  *row_bytes = (size_t)p_cairo_image_surface_get_stride(s->surface);
  return p_cairo_image_surface_get_data(s->surface);
}

const uint8_t *cdrawing_surface_finish(cdrawing_surface *s, size_t *count) {
  cairo_status_t status = p_cairo_status(s->cairo);
  p_cairo_surface_finish(s->surface);
  if (status != CAIRO_STATUS_SUCCESS || p_cairo_surface_status(s->surface) != CAIRO_STATUS_SUCCESS) return NULL;
  *count = s->pdf.count;
  return (const uint8_t *)s->pdf.bytes;
}

void cdrawing_surface_free(cdrawing_surface *s) {
  if (!s) return;
  p_cairo_destroy(s->cairo);
  p_cairo_surface_destroy(s->surface);
  free(s->pdf.bytes);
  free(s);
}
