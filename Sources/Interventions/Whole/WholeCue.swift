import Images

/// A property of whole pictures that tells a class from the others, with the ways to give it to others and to take it
/// from the class's own.
struct WholeCue: Sendable {
  typealias Edit = @Sendable (_ image: RGBImage, _ seed: Int) -> RGBImage

  struct Change: Sendable {
    let how: String
    let edit: Edit
    let controls: [(how: String, edit: Edit)]
  }

  let kind: CueKind
  let words: String
  let separation: Separation
  let measure: @Sendable (LabelledPicture) -> Double
  let give: Change?
  let take: Change?

  func interventions(of classIndex: Int, in tested: TestedPictures, _ plan: ShortcutPlan) -> [Intervention] {
    func intervention(_ direction: Intervention.Direction, _ change: Change, _ hosts: [Int]) -> Intervention {
      Intervention(
        direction: direction, how: change.how, hosts: hosts, edit: { change.edit(tested.image($1), $0) },
        controls: change.controls.map { control in
          Intervention.Control(how: control.how) { control.edit(tested.image($1), $0) }
        })
    }
    let carriers = tested.proving(classIndex).filter { separation.isBeyond(measure(tested.pictures[$0])) }
    return [
      take.map { intervention(.removed, $0, Array(carriers.prefix(plan.proving))) },
      give.map { intervention(.transplanted, $0, tested.hosts(besides: classIndex, plan.proving)) },
    ].compactMap { $0 }
  }

  /// Every search for one, in the order in which findings name them where several hold.
  static func all(of classIndex: Int, in tested: TestedPictures) -> [WholeCue] {
    let map = MeanDifference(of: classIndex, in: tested)
    return colours(of: classIndex, in: tested)
      + [
        contrast(of: classIndex, in: tested), saturation(of: classIndex, in: tested), noise(of: classIndex, in: tested),
      ].compactMap { $0 } + textures(of: classIndex, in: tested) + map.cues(in: tested)
  }
}

extension TestedPictures {
  /// A number of each searching picture of a class, and of all others.
  func values<Value>(
    of classIndex: Int, _ measure: (LabelledPicture) -> Value
  ) -> (own: [Value], others: [(classIndex: Int, values: [Value])]) {
    let others = others(than: classIndex).map { other in
      (other, searching(other).map { measure(pictures[$0]) })
    }
    return (searching(classIndex).map { measure(pictures[$0]) }, others)
  }
}

/// The median of several numbers; of an even number of them the mean of the middle two.
func median(_ values: [Double]) -> Double {
  let sorted = values.sorted()
  let half = sorted.count / 2
  return sorted.count % 2 == 1 ? sorted[half] : (sorted[half - 1] + sorted[half]) / 2
}

func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(values.count, 1)) }
