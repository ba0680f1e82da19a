import Images

/// The interventions that prove or refute a place: what is there is taken away in three ways, and pasted into others.
struct PlaceProof: Sendable {
  let tested: TestedPictures
  let look: CommonLook
  let candidate: PlaceScan.Candidate

  /// Pictures of the class that have the thing at the place, where it can be told; else all.
  func carriers(among indices: [Int]) -> [Int] {
    guard let common = candidate.common else { return indices }
    let carriers = indices.filter { look.isCarried(by: tested.image($0), common) }
    return carriers.count >= ShortcutPlan.fewestImages / 2 ? carriers : indices
  }

  func interventions(_ plan: ShortcutPlan) -> [Intervention] {
    let (tested, place, classIndex) = (tested, candidate.place, candidate.classIndex)
    let hosts = Array(carriers(among: tested.proving(classIndex)).prefix(plan.proving))
    let own = carriers(among: tested.searching(classIndex))
    let others = tested.others(than: classIndex).map(tested.searching)
    let strangers = tested.hosts(besides: classIndex, plan.proving)
    let mirrored = place.mirrored

    @Sendable func ofOthers(_ number: Int) -> RGBImage {
      let pool = others[number % others.count]
      return tested.image(pool[(number / others.count) % pool.count])
    }
    @Sendable func ofOwn(_ number: Int) -> RGBImage { tested.image(own[number % own.count]) }
    @Sendable func ofHostsOwn(_ host: Int, _ number: Int) -> RGBImage {
      let pool = tested.searching(tested.pictures[host].classIndex)
      return tested.image(pool[number % pool.count])
    }
    /// The same at a mirrored place; nothing where the place is its own mirror image.
    func elsewhere(_ how: String, _ edit: @escaping @Sendable (PicturePlace, Int, Int) -> RGBImage) -> [Intervention
      .Control]
    {
      guard !mirrored.isEmpty else { return [] }
      return [Intervention.Control(how: how) { edit(mirrored[$0 % mirrored.count], $0, $1) }]
    }
    let sameClass = Intervention.Control(how: "by the same place of its own class") {
      tested.image($1).replacing(place, from: ofOwn($0))
    }
    let inpainted = elsewhere("a mirrored place filled in") { tested.image($2).inpainting($0) }
    let blurred = elsewhere("a mirrored place blurred") { tested.image($2).blurring($0) }
    return [
      Intervention(
        direction: .removed, how: "replaced by the same place of other classes", hosts: hosts,
        edit: { tested.image($1).replacing(place, from: ofOthers($0)) },
        controls: [sameClass]
          + elsewhere("a mirrored place replaced") {
            tested.image($2).replacing($0, from: ofOthers($1))
          }, proves: false),
      Intervention(
        direction: .removed, how: "filled in from around it", hosts: hosts,
        edit: { tested.image($1).inpainting(place) }, controls: inpainted.isEmpty ? [sameClass] : inpainted),
      Intervention(
        direction: .removed, how: "blurred", hosts: hosts, edit: { tested.image($1).blurring(place) },
        controls: blurred.isEmpty ? [sameClass] : blurred),
      Intervention(
        direction: .transplanted, how: "pasted into pictures of other classes", hosts: strangers,
        edit: { tested.image($1).replacing(place, from: ofOwn($0)) },
        controls: [
          Intervention.Control(how: "the same place of their own class pasted") {
            tested.image($1).replacing(place, from: ofHostsOwn($1, $0))
          }
        ] + elsewhere("a mirrored place of the class pasted") { tested.image($2).replacing($0, from: ofOwn($1)) }),
    ]
  }
}
