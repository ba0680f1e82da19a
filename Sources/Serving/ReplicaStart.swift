/// One start of one replica of the service. What is kept in memory is gone with its start, so names of what is kept say
/// it.
///
/// Written as 8 hexadecimal digits, drawn at the start, after the replica's name and a point where it has one:
/// `3f9c2d1e`, `gaze-0.3f9c2d1e`. It is no secret.
package struct ReplicaStart: Hashable, Sendable, LosslessStringConvertible {
  /// By it a load balancer finds the replica again; nil for a replica that stands alone.
  package let replica: ReplicaName?
  private let mark: UInt32

  /// A new start.
  package init(of replica: ReplicaName?) {
    self.replica = replica
    mark = UInt32.random(in: 0 ... .max)
  }

  package init?(_ text: String) {
    let parts = text.split(separator: ".", maxSplits: 1, omittingEmptySubsequences: false)
    guard let mark: UInt32 = readHexadecimal(parts[parts.count - 1]) else { return nil }
    self.mark = mark
    if parts.count == 2 {
      guard let replica = ReplicaName(String(parts[0])) else { return nil }
      self.replica = replica
    } else {
      replica = nil
    }
  }

  package var description: String { (replica.map { $0.description + "." } ?? "") + writtenHexadecimal(mark) }
}

/// What a load balancer calls one replica: up to 63 lower-case letters, digits and hyphens, as the names of hosts and
/// pods are.
package struct ReplicaName: Hashable, Sendable, LosslessStringConvertible {
  package static let maximumLength = 63

  package let description: String

  /// Nil unless the text is such a name; a hyphen neither begins nor ends it.
  package init?(_ text: String) {
    let letters = text.utf8
    func isHyphen(_ letter: UInt8?) -> Bool { letter == UInt8(ascii: "-") }
    guard (1...Self.maximumLength).contains(letters.count), !isHyphen(letters.first), !isHyphen(letters.last),
      letters.allSatisfy({ (0x30...0x39).contains($0) || (0x61...0x7A).contains($0) || isHyphen($0) })
    else { return nil }
    description = text
  }
}
