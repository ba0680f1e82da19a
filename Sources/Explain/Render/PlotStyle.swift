import Drawing
import Images

/// What plots have in common, in units.
enum PlotStyle {
  static let margin = 12.0
  static let gap = 6.0
  static let tickLength = 4.0

  static let titleSize = 13.0
  static let textSize = 11.0
  static let numberSize = 10.0

  static let grid = RGB8(red: 225, green: 225, blue: 225)
  static let line = RGB8(red: 0xC9, green: 0xCF, blue: 0xD2)
  /// What is right, and what is not: told apart by those who see no red or no green.
  static let right = RGB8(red: 0x00, green: 0x5B, blue: 0x96)
  static let wrong = RGB8(red: 0xB2, green: 0x3C, blue: 0x00)
}
