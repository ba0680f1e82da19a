import Autodiff
import Explain
import Images

/// Looks for places that a class's answers hang on: each window, band and stripe of a picture is replaced by the same
/// place of a picture of another class. What the picture's class loses and the other's wins, by the mean change of the
/// probability, less the same at mirrored places, ranks the places; nothing is concluded from it.
struct PlaceScan: Sendable {
  /// A place that is worth a proof.
  struct Candidate: Sendable {
    let classIndex: Int
    let place: PicturePlace
    let score: Double
    /// Whether other classes have their object there.
    let isOnObject: Bool
    /// The pixels that tell what was pasted; nil where nothing at the place is alike from picture to picture.
    let common: [Int]?
  }

  let candidates: [Candidate]
  let looks: [Int: CommonLook]

  /// Places more than this share of which is object, in the other classes, are the object's; where objects lie anywhere
  /// in the picture, more of a place may be, since mirrored places are as much.
  private static func mostObject(_ shares: [Double]) -> Double { shares.max()! > 0.6 ? 0.1 : 0.35 }
  /// What is ranked below changes the probability too little to make a tenth of the answers flip.
  private static let leastScore = 0.02

  static func passes(_ size: ImageSize, classes: Int, _ plan: ShortcutPlan) -> Int {
    PicturePlace.all(of: size).count * classes * hosts(classes, plan)
  }

  /// Fewer of each where there are many classes.
  private static func hosts(_ classes: Int, _ plan: ShortcutPlan) -> Int {
    min(plan.scanned, max(6, 10 * plan.scanned / classes))
  }

  init(_ prover: Prover, _ plan: ShortcutPlan) throws(AttributionError) {
    let tested = prover.tested
    let size = tested.pictures[0].image.size
    let places = PicturePlace.all(of: size)
    let classes = tested.classes
    let count = Self.hosts(classes.count, plan)

    // Of each class and place the sum of what it loses as host, and of what it wins as donor.
    var lost: [Int: [Double]] = [:]
    var won = Dictionary(uniqueKeysWithValues: classes.map { ($0, [Double](repeating: 0, count: places.count)) })
    var gifts = Dictionary(uniqueKeysWithValues: classes.map { ($0, [Int](repeating: 0, count: places.count)) })
    for classIndex in classes {
      let (hosts, others) = (Array(tested.searching(classIndex).prefix(count)), tested.others(than: classIndex))
      func donor(_ host: Int, _ place: Int) -> (index: Int, classIndex: Int) {
        let other = others[(host + place) % others.count]
        let pool = tested.searching(other)
        return (pool[(7 * host + 3 * place) % pool.count], other)
      }
      let donors = hosts.indices.flatMap { host in places.indices.map { donor(host, $0) } }
      let replies = try prover.respondent.replies(donors.count) { index in
        tested.image(hosts[index / places.count])
          .replacing(places[index % places.count], from: tested.image(donors[index].index))
      }
      var losses = [Double](repeating: 0, count: places.count)
      for (index, reply) in replies.enumerated() {
        let (before, place, other) = (
          tested.replies[hosts[index / places.count]], index % places.count, donors[index].classIndex
        )
        losses[place] += prover.probability(classIndex, before) - prover.probability(classIndex, reply)
        won[other]![place] += prover.probability(other, reply) - prover.probability(other, before)
        gifts[other]![place] += 1
      }
      lost[classIndex] = losses.map { $0 / Double(hosts.count) }
    }

    var (candidates, looks): ([Candidate], [Int: CommonLook]) = ([], [:])
    for classIndex in classes {
      let look = CommonLook(
        of: tested.searching(classIndex).map(tested.image),
        besides: tested.others(than: classIndex).flatMap { tested.searching($0).prefix(24) }.map(tested.image))
      looks[classIndex] = look
      let object = tested.objectShare(besides: classIndex)
      let wins = zip(won[classIndex]!, gifts[classIndex]!).map { $0 / Double(max($1, 1)) }
      let index = Dictionary(uniqueKeysWithValues: places.enumerated().map { ($1, $0) })
      func score(_ place: Int) -> Double {
        let mirrored = places[place].mirrored.compactMap { index[$0] }
        func beyond(_ values: [Double]) -> Double {
          values[place]
            - (mirrored.isEmpty ? 0 : mirrored.reduce(0) { $0 + max(values[$1], 0) } / Double(mirrored.count))
        }
        return max(beyond(lost[classIndex]!), beyond(wins))
      }
      var kept: [Candidate] = []
      let ranked = places.indices.map { (place: $0, score: score($0)) }.filter { $0.score >= Self.leastScore }
        .sorted { ($1.score, $0.place) < ($0.score, $1.place) }
      let most = Self.mostObject(object)
      func isBeside(_ place: PicturePlace) -> Bool {
        place.pixels.reduce(0) { $0 + object[$1] } <= most * Double(place.pixelCount)
      }
      func keep(_ place: Int, _ score: Double, upTo count: Int) {
        let here = places[place]
        guard kept.count < count, kept.allSatisfy({ $0.place.overlap(with: here) < 0.5 }) else { return }
        kept.append(
          Candidate(
            classIndex: classIndex, place: here, score: score, isOnObject: !isBeside(here),
            common: look.common(in: here)))
      }
      // What is pasted at one place is seen in the pixels; a thing on the object is believed in only then.
      let pasted = places.indices.compactMap { place in look.boundedShare(in: places[place]).map { (place, $0) } }
        .sorted { ($1.1, $0.0) < ($0.1, $1.0) }
      for (place, _) in pasted { keep(place, score(place), upTo: 2) }
      for (place, score) in ranked where isBeside(places[place]) { keep(place, score, upTo: plan.candidates) }
      candidates += kept
    }
    self.candidates = candidates
    self.looks = looks
  }
}
