package import Autodiff
package import Explain
import Images
package import Models
import Networks

/// Looks for cues that answers hang on, and proves each on pictures that were not used to find it.
package struct ShortcutSearch: Sendable {
  private let plan: ShortcutPlan

  package init(_ plan: ShortcutPlan = .full) { self.plan = plan }

  /// Which pictures are taken up: the same number of each class, spread over those that there are.
  ///
  /// - Parameter classIndices: of all pictures.
  /// - Returns: places in them, rising.
  package func chosen(from classIndices: [Int]) -> [Int] {
    let groups = Dictionary(grouping: classIndices.indices) { classIndices[$0] }
    let most = min(plan.mostOfClass, max(2 * ShortcutPlan.fewestImages, Self.mostImages / max(groups.count, 1)))
    return groups.values.flatMap { indices in
      indices.count <= most ? indices : (0..<most).map { indices[$0 * indices.count / most] }
    }.sorted()
  }

  /// Of all classes together, as long as each has a few.
  private static let mostImages = 2000

  /// Passes at most, where all pictures are right.
  package func passes(for pictures: [LabelledPicture]) -> Int {
    guard let size = pictures.first?.image.size else { return 0 }
    let classes = Dictionary(grouping: pictures) { $0.classIndex }.count { $0.value.count >= ShortcutPlan.fewestImages }
    guard classes > 1 else { return pictures.count }
    let (places, whole) = (plan.candidates * plan.proving * 10, WholeCueCount.most * plan.proving * 6)
    return pictures.count + PlaceScan.passes(size, classes: classes, plan) + classes
      * (places + whole + 4 * plan.proving)
  }

  /// - Parameter pictures: at the network's input.
  package func run(
    on pictures: [LabelledPicture], by classifier: Classifier, on engine: Engine, progress: PassProgress = .none
  ) throws(AttributionError) -> ShortcutReport {
    let respondent = Respondent(classifier, on: engine, expecting: passes(for: pictures), progress: progress)
    let replies = try respondent.replies(pictures.count) { pictures[$0].image }
    let tested = TestedPictures(pictures, replies)
    guard tested.classes.count > 1 else {
      return ShortcutReport(
        findings: [], cues: [],
        omissions: [
          ShortcutReport.Omission(
            test: "all",
            why:
              "interventions need two classes of at least \(ShortcutPlan.fewestImages) images that are classified rightly"
          )
        ], passes: respondent.passes, images: 0, classes: [], comparisons: 0, limit: 0)
    }
    let prover = Prover(respondent: respondent, tested: tested)
    var cues: [Cue] = []
    var omissions: [ShortcutReport.Omission] = []
    let labels = classifier.labels
    for (classIndex, indices) in Dictionary(grouping: pictures.indices, by: { pictures[$0].classIndex }).sorted(by: {
      $0.key < $1.key
    })
    where !tested.classes.contains(classIndex) {
      let right = indices.count { replies[$0].answer == classIndex }
      omissions.append(
        ShortcutReport.Omission(
          test: "all of \(labels[classIndex].name)",
          why: "\(right) of its images are classified rightly; \(ShortcutPlan.fewestImages) are needed"))
    }

    let scan = try PlaceScan(prover, plan)
    for candidate in scan.candidates {
      let proof = PlaceProof(tested: tested, look: scan.looks[candidate.classIndex]!, candidate: candidate)
      let all = tested.proving(candidate.classIndex)
      cues.append(
        Cue(
          classIndex: candidate.classIndex, kind: CueKind(candidate.place.kind), place: candidate.place,
          words: candidate.place.words, isOnObject: candidate.isOnObject,
          carriers: candidate.common.map { _ in Double(proof.carriers(among: all).count) / Double(all.count) },
          auroc: nil,
          tests: try tests(proof.interventions(plan), prover, candidate.classIndex)))
    }
    for classIndex in tested.classes {
      if let patch = MovingPatch(of: classIndex, in: tested) {
        let (carriers, interventions) = patch.interventions(plan)
        cues.append(
          Cue(
            classIndex: classIndex, kind: .wandering, place: nil, words: "a patch at changing places",
            isOnObject: false, carriers: carriers, auroc: nil, tests: try tests(interventions, prover, classIndex)))
      }
      for cue in WholeCue.all(of: classIndex, in: tested) {
        let all = tested.proving(classIndex)
        let carriers = all.count { cue.separation.isBeyond(cue.measure(tested.pictures[$0])) }
        cues.append(
          Cue(
            classIndex: classIndex, kind: cue.kind, place: nil, words: cue.words, isOnObject: false,
            carriers: Double(carriers) / Double(all.count), auroc: cue.separation.auroc,
            tests: try tests(cue.interventions(of: classIndex, in: tested, plan), prover, classIndex)))
      }
      if let interventions = BackgroundSwap(tested).interventions(of: classIndex, plan) {
        cues.append(
          Cue(
            classIndex: classIndex, kind: .background, place: nil, words: "the background", isOnObject: false,
            carriers: nil, auroc: nil,
            tests: try tests(interventions, prover, classIndex)))
      } else {
        omissions.append(
          ShortcutReport.Omission(
            test: "background swap of \(labels[classIndex].name)",
            why: "an object was found in too few of the pictures; draw masks (--masks)"))
      }
    }
    let chances = cues.flatMap { $0.tests.filter(\.proves).map(\.comparison.chance) }
    let limit = Comparison.limit(of: chances, rate: ShortcutPlan.significance)
    return ShortcutReport(
      findings: CueChoice.findings(among: cues, limit), cues: cues, omissions: omissions, passes: respondent.passes,
      images: tested.classes.reduce(0) { $0 + tested.searching($1).count + tested.proving($1).count },
      classes: tested.classes, comparisons: chances.count, limit: limit)
  }

  private func tests(
    _ interventions: [Intervention], _ prover: Prover, _ classIndex: Int
  ) throws(AttributionError) -> [InterventionTest] {
    var tests: [InterventionTest] = []
    for intervention in interventions {
      if let test = try intervention.run(by: prover, of: classIndex) { tests.append(test) }
    }
    return tests
  }
}

/// Whole-picture cues of a class, at most: a bound for the cost.
private enum WholeCueCount {
  static let most = 6
}

extension CueKind {
  fileprivate init(_ kind: PicturePlace.Kind) {
    switch kind {
    case .patch: self = .patch
    case .border: self = .border
    case .stripe: self = .stripe
    }
  }
}
