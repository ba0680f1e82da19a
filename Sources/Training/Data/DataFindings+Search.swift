package import Autodiff
import Digests
package import Models

extension DataFindings {
  /// Compares images to train on with those to measure on, and both with themselves.
  ///
  /// - Parameters:
  ///   - training: what is or was trained on, if that is known. Its class indices mean the same as those of `measured`.
  ///   - measured: what is validated or evaluated on, if anything.
  ///   - set: `validation` where training is about to begin; `evaluation` of a trained model, where nothing is said of
  ///     its training images by themselves, nor of the classes that `measured` leaves out.
  /// - Returns: nil where there is nothing to say.
  package init?(
    training: LabelledImages?, measured: LabelledImages?, as set: MeasuredSet, on workers: Workers
  ) {
    let trained = training.map(Contents.init) ?? Contents()
    let tested = measured.map(Contents.init) ?? Contents()

    let known = Set(trained.digests)
    let isKnown = tested.digests.map(known.contains)
    let near = NearDuplicates.partners(of: tested.signatures, among: trained.signatures, on: workers) { place, _ in
      !isKnown[place]
    }
    let twins = Twins(
      exact: isKnown.count { $0 }, near: near.count { $0 != nil }, images: tested.digests.count)

    var small: [SmallClass] = []
    if set == .validation, let training { small += Self.smallClasses(of: training, set: "training", least: 0) }
    if let measured {
      small += Self.smallClasses(of: measured, set: set.rawValue, least: set == .validation ? 0 : 1)
    }
    let first = set == .validation ? 0 : trained.digests.count
    let repeated = (set == .validation ? training?.repeatedNames ?? [] : []) + (measured?.repeatedNames ?? [])
    self.init(
      twins: twins, twoLabels: Self.twoLabels(trained + tested, from: first, on: workers), smallClasses: small,
      mergedFolders: Array(Set(repeated)).sorted())
  }

  package enum MeasuredSet: String { case validation, evaluation }

  private static func smallClasses(of images: LabelledImages, set: String, least: Int) -> [SmallClass] {
    zip(images.classes, images.counts).filter { (least..<fewestImages).contains($1) }
      .map { SmallClass(name: $0, set: set, images: $1) }
  }

  /// - Parameter first: of two pictures, one at least is in this place or after it.
  private static func twoLabels(_ all: Contents, from first: Int, on workers: Workers) -> TwoLabels {
    var places: [Digest: [Int]] = [:]
    for (place, digest) in all.digests.enumerated() { places[digest, default: []].append(place) }
    var pairs: [Pair] = []
    var exact = 0
    for place in all.digests.indices {
      guard let same = places[all.digests[place]], same[0] == place, same.last! >= first,
        let other = same.first(where: { all.classes[$0] != all.classes[place] })
      else { continue }
      exact += 1
      pairs.append(Pair(first: all.paths[place], second: all.paths[other], isExact: true))
    }
    let near = NearDuplicates.partners(of: all.signatures, among: all.signatures, on: workers) { one, other in
      max(one, other) >= first && all.classes[one] != all.classes[other] && all.digests[one] != all.digests[other]
    }
    let found = near.indices.filter { near[$0] != nil && $0 >= first }
    for place in found where near[place]! > place || near[near[place]!] != place || near[place]! < first {
      pairs.append(Pair(first: all.paths[place], second: all.paths[near[place]!], isExact: false))
    }
    return TwoLabels(exact: exact, near: found.count, pairs: Array(pairs.prefix(mostPairs)))
  }

  /// Images without their folders, place by place.
  private struct Contents: Sendable {
    var paths: [String] = []
    var classes: [Int] = []
    var digests: [Digest] = []
    var signatures: [ImageSignature] = []

    init() {}

    init(_ images: LabelledImages) {
      paths = images.items.map(\.path)
      classes = images.items.map(\.classIndex)
      digests = images.items.indices.map(images.digest(of:))
      signatures = images.signatures
    }

    static func + (first: Contents, second: Contents) -> Contents {
      var both = first
      both.paths += second.paths
      both.classes += second.classes
      both.digests += second.digests
      both.signatures += second.signatures
      return both
    }
  }
}
