#ifndef CDRAWING_FUNCTIONS_H
#define CDRAWING_FUNCTIONS_H

// What Gaze asks of Cairo, Pango and fontconfig: each function's library, result, name and parameters. They are
// declared here rather than taken from the libraries' headers, which need thirty packages more and a linker that would
// load it all at every start. Only pointers, numbers and PangoRectangle cross; Headers.c has the compiler compare every
// line with the headers (scripts/check).
//
// A library's interface changes under another soname only, which `cdrawing_load` would not find.

#ifndef CDRAWING_HAS_HEADERS
typedef struct cairo cairo_t;
typedef struct cairo_surface cairo_surface_t;
typedef struct cairo_font_options cairo_font_options_t;
typedef struct pango_font_map PangoFontMap;
typedef struct pango_fc_font_map PangoFcFontMap;
typedef struct pango_context PangoContext;
typedef struct pango_layout PangoLayout;
typedef struct pango_layout_line PangoLayoutLine;
typedef struct pango_layout_iter PangoLayoutIter;
typedef struct pango_font_description PangoFontDescription;
typedef struct pango_language PangoLanguage;
typedef struct fc_config FcConfig;
typedef struct fc_str_list FcStrList;
typedef unsigned char FcChar8;
typedef int FcBool;
typedef int gboolean;
typedef void *gpointer;
typedef struct {
  int x;
  int y;
  int width;
  int height;
} PangoRectangle;
typedef int cairo_status_t;
typedef cairo_status_t (*cairo_write_func_t)(void *closure, const unsigned char *data, unsigned int length);
typedef enum { CAIRO_FORMAT_ARGB32 = 0 } cairo_format_t;
typedef enum { CAIRO_LINE_CAP_ROUND = 1 } cairo_line_cap_t;
typedef enum { CAIRO_LINE_JOIN_ROUND = 1 } cairo_line_join_t;
typedef enum { CAIRO_FONT_TYPE_FT = 1 } cairo_font_type_t;
typedef enum { CAIRO_ANTIALIAS_GRAY = 2 } cairo_antialias_t;
typedef enum { CAIRO_HINT_STYLE_NONE = 1 } cairo_hint_style_t;
typedef enum { CAIRO_HINT_METRICS_OFF = 1 } cairo_hint_metrics_t;
typedef enum { CAIRO_PDF_METADATA_TITLE = 0, CAIRO_PDF_METADATA_CREATE_DATE = 5 } cairo_pdf_metadata_t;
typedef enum { PANGO_DIRECTION_LTR = 0, PANGO_DIRECTION_RTL = 1 } PangoDirection;
typedef enum { PANGO_WRAP_WORD = 0, PANGO_WRAP_WORD_CHAR = 2 } PangoWrapMode;
typedef enum { PANGO_ALIGN_LEFT = 0, PANGO_ALIGN_CENTER = 1 } PangoAlignment;
enum { CAIRO_STATUS_SUCCESS = 0, CAIRO_STATUS_WRITE_ERROR = 11, PANGO_SCALE = 1024 };
#endif

#define CDRAWING_CAIRO "libcairo.so.2"
#define CDRAWING_PANGO "libpango-1.0.so.0"
#define CDRAWING_PANGOCAIRO "libpangocairo-1.0.so.0"
#define CDRAWING_PANGOFT2 "libpangoft2-1.0.so.0"
#define CDRAWING_FONTCONFIG "libfontconfig.so.1"
#define CDRAWING_GOBJECT "libgobject-2.0.so.0"

#define CDRAWING_FUNCTIONS(F) \
  F(CAIRO, cairo_surface_t *, cairo_image_surface_create, (cairo_format_t, int, int)) \
  F(CAIRO, unsigned char *, cairo_image_surface_get_data, (cairo_surface_t *)) \
  F(CAIRO, int, cairo_image_surface_get_stride, (cairo_surface_t *)) \
  F(CAIRO, cairo_surface_t *, cairo_pdf_surface_create_for_stream, (cairo_write_func_t, void *, double, double)) \
  F(CAIRO, void, cairo_pdf_surface_set_metadata, (cairo_surface_t *, cairo_pdf_metadata_t, const char *)) \
  F(CAIRO, void, cairo_surface_flush, (cairo_surface_t *)) \
  F(CAIRO, void, cairo_surface_finish, (cairo_surface_t *)) \
  F(CAIRO, void, cairo_surface_destroy, (cairo_surface_t *)) \
  F(CAIRO, cairo_status_t, cairo_surface_status, (cairo_surface_t *)) \
  F(CAIRO, cairo_t *, cairo_create, (cairo_surface_t *)) \
  F(CAIRO, void, cairo_destroy, (cairo_t *)) \
  F(CAIRO, cairo_status_t, cairo_status, (cairo_t *)) \
  F(CAIRO, void, cairo_scale, (cairo_t *, double, double)) \
  F(CAIRO, void, cairo_save, (cairo_t *)) \
  F(CAIRO, void, cairo_restore, (cairo_t *)) \
  F(CAIRO, void, cairo_translate, (cairo_t *, double, double)) \
  F(CAIRO, void, cairo_rotate, (cairo_t *, double)) \
  F(CAIRO, void, cairo_set_source_rgba, (cairo_t *, double, double, double, double)) \
  F(CAIRO, void, cairo_set_line_width, (cairo_t *, double)) \
  F(CAIRO, void, cairo_set_line_cap, (cairo_t *, cairo_line_cap_t)) \
  F(CAIRO, void, cairo_set_line_join, (cairo_t *, cairo_line_join_t)) \
  F(CAIRO, void, cairo_set_dash, (cairo_t *, const double *, int, double)) \
  F(CAIRO, void, cairo_move_to, (cairo_t *, double, double)) \
  F(CAIRO, void, cairo_line_to, (cairo_t *, double, double)) \
  F(CAIRO, void, cairo_rectangle, (cairo_t *, double, double, double, double)) \
  F(CAIRO, void, cairo_fill, (cairo_t *)) \
  F(CAIRO, void, cairo_stroke, (cairo_t *)) \
  F(CAIRO, void, cairo_new_path, (cairo_t *)) \
  F(CAIRO, cairo_font_options_t *, cairo_font_options_create, (void)) \
  F(CAIRO, void, cairo_font_options_destroy, (cairo_font_options_t *)) \
  F(CAIRO, void, cairo_font_options_set_antialias, (cairo_font_options_t *, cairo_antialias_t)) \
  F(CAIRO, void, cairo_font_options_set_hint_style, (cairo_font_options_t *, cairo_hint_style_t)) \
  F(CAIRO, void, cairo_font_options_set_hint_metrics, (cairo_font_options_t *, cairo_hint_metrics_t)) \
  F(PANGO, PangoContext *, pango_font_map_create_context, (PangoFontMap *)) \
  F(PANGO, void, pango_context_set_language, (PangoContext *, PangoLanguage *)) \
  F(PANGO, void, pango_context_set_base_dir, (PangoContext *, PangoDirection)) \
  F(PANGO, void, pango_context_set_round_glyph_positions, (PangoContext *, gboolean)) \
  F(PANGO, PangoLanguage *, pango_language_from_string, (const char *)) \
  F(PANGO, PangoFontDescription *, pango_font_description_new, (void)) \
  F(PANGO, void, pango_font_description_free, (PangoFontDescription *)) \
  F(PANGO, void, pango_font_description_set_family, (PangoFontDescription *, const char *)) \
  F(PANGO, void, pango_font_description_set_absolute_size, (PangoFontDescription *, double)) \
  F(PANGO, PangoLayout *, pango_layout_new, (PangoContext *)) \
  F(PANGO, void, pango_layout_set_text, (PangoLayout *, const char *, int)) \
  F(PANGO, void, pango_layout_set_font_description, (PangoLayout *, const PangoFontDescription *)) \
  F(PANGO, void, pango_layout_set_width, (PangoLayout *, int)) \
  F(PANGO, void, pango_layout_set_wrap, (PangoLayout *, PangoWrapMode)) \
  F(PANGO, void, pango_layout_set_alignment, (PangoLayout *, PangoAlignment)) \
  F(PANGO, void, pango_layout_set_auto_dir, (PangoLayout *, gboolean)) \
  F(PANGO, void, pango_layout_set_single_paragraph_mode, (PangoLayout *, gboolean)) \
  F(PANGO, int, pango_layout_get_line_count, (PangoLayout *)) \
  F(PANGO, PangoLayoutLine *, pango_layout_get_line_readonly, (PangoLayout *, int)) \
  F(PANGO, int, pango_layout_get_unknown_glyphs_count, (PangoLayout *)) \
  F(PANGO, PangoLayoutIter *, pango_layout_get_iter, (PangoLayout *)) \
  F(PANGO, void, pango_layout_iter_free, (PangoLayoutIter *)) \
  F(PANGO, gboolean, pango_layout_iter_next_line, (PangoLayoutIter *)) \
  F(PANGO, PangoLayoutLine *, pango_layout_iter_get_line_readonly, (PangoLayoutIter *)) \
  F(PANGO, void, pango_layout_iter_get_line_extents, (PangoLayoutIter *, PangoRectangle *, PangoRectangle *)) \
  F(PANGO, int, pango_layout_iter_get_baseline, (PangoLayoutIter *)) \
  F(PANGO, int, pango_layout_line_get_start_index, (PangoLayoutLine *)) \
  F(PANGO, int, pango_layout_line_get_length, (PangoLayoutLine *)) \
  F(PANGO, PangoDirection, pango_layout_line_get_resolved_direction, (PangoLayoutLine *)) \
  F(PANGOCAIRO, PangoFontMap *, pango_cairo_font_map_new_for_font_type, (cairo_font_type_t)) \
  F(PANGOCAIRO, void, pango_cairo_context_set_font_options, (PangoContext *, const cairo_font_options_t *)) \
  F(PANGOCAIRO, void, pango_cairo_layout_line_path, (cairo_t *, PangoLayoutLine *)) \
  F(PANGOCAIRO, void, pango_cairo_show_layout_line, (cairo_t *, PangoLayoutLine *)) \
  F(PANGOFT2, void, pango_fc_font_map_set_config, (PangoFcFontMap *, FcConfig *)) \
  F(FONTCONFIG, FcConfig *, FcInitLoadConfig, (void)) \
  F(FONTCONFIG, FcConfig *, FcConfigCreate, (void)) \
  F(FONTCONFIG, void, FcConfigDestroy, (FcConfig *)) \
  F(FONTCONFIG, FcStrList *, FcConfigGetFontDirs, (FcConfig *)) \
  F(FONTCONFIG, FcStrList *, FcConfigGetCacheDirs, (FcConfig *)) \
  F(FONTCONFIG, FcChar8 *, FcStrListNext, (FcStrList *)) \
  F(FONTCONFIG, void, FcStrListDone, (FcStrList *)) \
  F(FONTCONFIG, FcBool, FcConfigParseAndLoadFromMemory, (FcConfig *, const FcChar8 *, FcBool)) \
  F(FONTCONFIG, FcBool, FcConfigBuildFonts, (FcConfig *)) \
  F(FONTCONFIG, FcBool, FcConfigAppFontAddFile, (FcConfig *, const FcChar8 *)) \
  F(GOBJECT, void, g_object_unref, (gpointer))

#endif
