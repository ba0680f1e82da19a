/// Reads Base64 as it comes: in the usual or the URL-safe alphabet, with or without padding, broken into lines.
///
/// Source: RFC 4648, sections 4 and 5; line breaks as in RFC 2045.
enum Base64 {
  /// The bytes that a text stands for; nil where it is not Base64.
  static func bytes(of text: ArraySlice<UInt8>) -> [UInt8]? {
    var isWhole = true
    let bytes = [UInt8](unsafeUninitializedCapacity: text.count / 4 * 3 + 3) { buffer, count in
      var group: UInt32 = 0
      var letters = 0
      var padding = 0
      for letter in text {
        let value = values[Int(letter)]
        switch value {
        case 0..<64 where padding == 0:
          group = group << 6 | UInt32(value)
          letters += 1
          if letters == 4 {
            buffer[count] = UInt8(truncatingIfNeeded: group >> 16)
            buffer[count + 1] = UInt8(truncatingIfNeeded: group >> 8)
            buffer[count + 2] = UInt8(truncatingIfNeeded: group)
            (group, letters, count) = (0, 0, count + 3)
          }
        case space: continue
        case pad: padding += 1
        default:
          isWhole = false
          return
        }
      }
      // Padding fills a group up; without any, what is there counts.
      isWhole = letters != 1 && (padding == 0 || letters > 0 && letters + padding == 4)
      if letters > 1 {
        buffer[count] = UInt8(truncatingIfNeeded: group >> (letters == 2 ? 4 : 10))
        count += 1
      }
      if letters == 3 {
        buffer[count] = UInt8(truncatingIfNeeded: group >> 2)
        count += 1
      }
    }
    return isWhole ? bytes : nil
  }

  private static let (space, pad, foreign): (UInt8, UInt8, UInt8) = (64, 65, 66)

  /// What each byte means: 6 bits, or one of the three above.
  private static let values: [UInt8] = {
    var values = [UInt8](repeating: foreign, count: 256)
    let alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
    for (value, letter) in alphabet.utf8.enumerated() { values[Int(letter)] = UInt8(value) }
    values[Int(UInt8(ascii: "-"))] = 62
    values[Int(UInt8(ascii: "_"))] = 63
    for letter in " \t\r\n".utf8 { values[Int(letter)] = space }
    values[Int(UInt8(ascii: "="))] = pad
    return values
  }()
}
