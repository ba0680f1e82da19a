package import Images

extension SampleWindow {
  /// `LOW,HIGH`.
  package init(_ text: String, spelling: Spelling) throws(AskError) {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map { Int($0.trimmed()) }
    guard numbers.count == 2, let low = numbers[0], let high = numbers[1], let window = Self(low: low, high: high)
    else {
      throw AskError(
        .window,
        "\(spelling.name(.window)) must be two whole numbers from 0 to \(Self.largestSample), the sample that becomes "
          + "black and a larger one that becomes white, such as 0,4095.")
    }
    self = window
  }
}
