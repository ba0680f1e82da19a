import Autodiff

/// Groups of pictures that near-duplicates link to one another.
enum NearDuplicates {
  /// Thumbnails that differ by less, in levels of grey, are of one scene. Frames that follow one another in a recording
  /// differ by about 2, those of different recordings hardly by less than 10.
  static let distance: Float = 4
  /// Hashes that differ in no more bits may be of one scene that became brighter or darker...
  static let hashBits = 2
  /// ... and are so where the thumbnails' correlation is no smaller,
  static let correlation: Float = 0.98
  /// and they have some contrast, in levels of grey: between flat pictures the correlation is one of noise.
  static let contrast: Float = 8

  static func areNear(_ a: ImageSignature, _ b: ImageSignature) -> Bool {
    // The difference of the means is no larger than that of the thumbnails.
    if abs(a.mean - b.mean) < distance, a.distance(to: b) < distance { return true }
    return (a.hash ^ b.hash).nonzeroBitCount <= hashBits && min(a.deviation, b.deviation) >= contrast
      && a.correlation(with: b) >= correlation
  }

  /// The connected components of the graph in which near-duplicates are neighbours: places in ascending order, the
  /// groups by their first.
  static func groups(of signatures: [ImageSignature]) -> [[Int]] {
    var parents = Array(signatures.indices)
    func root(_ place: Int) -> Int {
      var place = place
      while parents[place] != place {
        parents[place] = parents[parents[place]]
        place = parents[place]
      }
      return place
    }
    // Most pairs are told apart by their means and hashes, which lie close together.
    let (means, hashes) = (signatures.map(\.mean), signatures.map(\.hash))
    means.withUnsafeBufferPointer { means in
      hashes.withUnsafeBufferPointer { hashes in
        for second in means.indices {
          let (mean, hash) = (means[second], hashes[second])
          for first in 0..<second
          where abs(means[first] - mean) < distance || (hashes[first] ^ hash).nonzeroBitCount <= hashBits {
            let (one, other) = (root(first), root(second))
            if one != other, areNear(signatures[first], signatures[second]) {
              parents[max(one, other)] = min(one, other)
            }
          }
        }
      }
    }
    var groups: [Int: [Int]] = [:]
    for place in signatures.indices { groups[root(place), default: []].append(place) }
    return groups.sorted { $0.key < $1.key }.map(\.value)
  }

  /// For each picture the place of the first near-duplicate among others, if there is one, on all threads.
  ///
  /// - Parameter counts: whether the pictures at these places, of `signatures` and of `others`, may be a pair.
  static func partners(
    of signatures: [ImageSignature], among others: [ImageSignature], on workers: Workers,
    where counts: @Sendable (Int, Int) -> Bool
  ) -> [Int?] {
    let (means, hashes) = (others.map(\.mean), others.map(\.hash))
    // Iterations write places of their own.
    nonisolated(unsafe) let found = UnsafeMutablePointer<Int?>.allocate(capacity: signatures.count)
    defer { found.deallocate() }
    workers.forEach(signatures.count) { place in
      let own = signatures[place]
      (found + place).initialize(
        to: others.indices.first { other in
          (abs(means[other] - own.mean) < distance || (hashes[other] ^ own.hash).nonzeroBitCount <= hashBits)
            && counts(place, other) && areNear(own, others[other])
        })
    }
    return Array(UnsafeBufferPointer(start: found, count: signatures.count))
  }
}
