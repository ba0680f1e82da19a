import Explain
import Images

/// One change of pictures, beside changes that should do as much if the network did not mind which: of the same size at
/// another place, or of the same strength in another direction.
struct Intervention: Sendable {
  typealias Edit = @Sendable (_ place: Int, _ host: Int) -> RGBImage

  struct Control: Sendable {
    let how: String
    let edit: Edit
  }

  package enum Direction: String, Hashable, Sendable {
    /// A cue is taken from pictures of its class.
    case removed
    /// A cue is put into pictures of other classes.
    case transplanted
  }

  let direction: Direction
  let how: String
  let hosts: [Int]
  let edit: Edit
  let controls: [Control]
  /// Whether it can prove a cue by itself. Something of another class that takes a thing's place may do something of
  /// its own, so that alone proves nothing.
  var proves = true

  /// Passes at most.
  var passes: Int { hosts.count * (1 + controls.count) }

  /// The effect beside the control that does most.
  func run(by prover: Prover, of classIndex: Int) throws(AttributionError) -> InterventionTest? {
    guard hosts.count >= ShortcutPlan.fewestImages / 2, !controls.isEmpty else { return nil }
    let effect = try prover.trial(hosts, of: classIndex, edit)
    var strongest: (how: String, trial: Trial)?
    for control in controls {
      let trial = try prover.trial(hosts, of: classIndex, control.edit)
      if trial.rate >= strongest?.trial.rate ?? -1 { strongest = (control.how, trial) }
    }
    let flipped = hosts.indices.filter { effect.isFlipped[$0] }
    let examples = flipped.prefix(InterventionTest.exampleCount).map { place in
      InterventionTest.Example(
        index: hosts[place], before: prover.tested.image(hosts[place]), after: edit(place, hosts[place]))
    }
    return InterventionTest(
      direction: direction, how: how, control: strongest!.how, proves: proves,
      comparison: Comparison(effect: effect, control: strongest!.trial), examples: examples)
  }
}
