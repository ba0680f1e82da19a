/// The report's style sheet: what it shares with the page (`Static/theme.css`, by the symbolic link next to this file),
/// then what is its own.
///
/// Both are compiled in, so that `gaze evaluate` works wherever the program is, and the report needs no second file.
enum ReportStyle {
  static let sheet = HTML(
    markup: String(decoding: PackageResources.theme_css + PackageResources.report_css, as: UTF8.self))
}
