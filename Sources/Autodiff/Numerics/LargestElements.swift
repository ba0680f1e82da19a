extension UnsafeBufferPointer<Float> {
  /// Where the largest element stands, of equal ones the first; nil where there is none.
  package var indexOfLargest: Int? { indices.max { self[$0] < self[$1] } }
}

extension [Float] {
  /// Where the largest element stands, of equal ones the first; nil where there is none.
  package var indexOfLargest: Int? { withUnsafeBufferPointer { $0.indexOfLargest } }

  /// Where the largest elements stand, the largest first, of equal ones the first; at most `count`. Few of many are
  /// found in one pass.
  package func indices(ofLargest count: Int) -> [Int] {
    func isBefore(_ first: Int, _ second: Int) -> Bool { (self[first], second) > (self[second], first) }
    let count = Swift.max(count, 0)
    guard count <= 16, count < self.count else { return [Int](indices.sorted(by: isBefore).prefix(count)) }
    var found: [Int] = []
    for index in indices {
      if found.count == count {
        guard let last = found.last, isBefore(index, last) else { continue }
        found.removeLast()
      }
      found.insert(index, at: found.firstIndex { isBefore(index, $0) } ?? found.endIndex)
    }
    return found
  }
}
