import CDrawing
import Synchronization

/// Why nothing can be drawn: Cairo or Pango is not there.
package struct DrawingError: Error, Hashable, CustomStringConvertible {
  /// The name of a library or a function, or what else is missing.
  package let missing: String

  package var description: String {
    "Letters, lines and plots cannot be drawn: \(missing) was not found. Install Cairo 1.16 and Pango 1.50 or later; "
      + "Debian and Ubuntu have them as libcairo2, libpango-1.0-0, libpangocairo-1.0-0 and libpangoft2-1.0-0."
  }
}

/// Nil once the libraries are loaded. That happens when something is first drawn, and once: threads wait for the first.
private let loadingError: DrawingError? = cdrawing_load().map { DrawingError(missing: String(cString: $0)) }

/// Loads the libraries, for work that takes long before it draws.
///
/// - Throws: where they are not on the machine.
package func requireDrawing() throws(DrawingError) {
  if let loadingError { throw loadingError }
}

/// Fonts with what has been read of them.
///
/// Unchecked: a value is in `idle` or in the hands of the one thread that took it from there.
struct Fonts: @unchecked Sendable {
  let pointer: OpaquePointer

  /// As many as there were threads that drew at one time.
  private static let idle = Mutex<[Fonts]>([])

  /// - Throws: where the libraries are not on the machine.
  static func lend<Result>(_ body: (OpaquePointer) -> Result) throws(DrawingError) -> Result {
    try requireDrawing()
    let fonts = idle.withLock { $0.popLast() } ?? Fonts()
    defer { idle.withLock { $0.append(fonts) } }
    return body(fonts.pointer)
  }

  private init() {
    guard let pointer = cdrawing_fonts_create() else { fatalError("Fonts: out of memory") }
    self.pointer = pointer
  }
}
