extension String {
  /// The text as HTML: between tags, or as the value of an attribute in quotation marks.
  ///
  /// By Unicode scalar, since a quotation mark with a combining accent is not the `Character` "quotation mark": it
  /// would pass, and end an attribute in the browser. What could make a name look like another becomes U+FFFD: control
  /// characters, and those that turn the direction of reading (Unicode's `Bidi_Control`). Line feeds and tabs become
  /// spaces. `visible` of `Static/js/format.js` is its twin for what the page's script writes.
  package var escapedForHTML: String {
    var result = String.UnicodeScalarView()
    for scalar in unicodeScalars {
      switch scalar {
      case "<": result.append(contentsOf: "&lt;".unicodeScalars)
      case ">": result.append(contentsOf: "&gt;".unicodeScalars)
      case "&": result.append(contentsOf: "&amp;".unicodeScalars)
      case "\"": result.append(contentsOf: "&quot;".unicodeScalars)
      case "'": result.append(contentsOf: "&#39;".unicodeScalars)
      case "\n", "\t": result.append(" ")
      case _ where scalar.properties.generalCategory == .control || scalar.properties.isBidiControl:
        result.append("\u{FFFD}")
      default: result.append(scalar)
      }
    }
    return String(result)
  }
}
