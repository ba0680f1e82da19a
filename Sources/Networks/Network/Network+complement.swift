import Autodiff

extension Network {
  /// The same network with two logits for its one, z: -z, of what it says no to, and z.
  ///
  /// sigmoid(-z) is 1 - sigmoid(z), and everything that is linear in the logit, a class activation map or a gradient,
  /// is negated with it: what speaks for one of the two speaks against the other.
  package func withComplement() -> Network {
    precondition(classCount == 1, "Network.withComplement: there are \(classCount) logits, not one")
    // Two numbers for each tensor, for as long as the network lives.
    let pool = BufferPool(idleLimit: 0)
    let signs = Tensor([2, 1], [-1, 1], in: pool)
    let both: @Sendable (Variable) -> Variable = { linear($0, weight: .constant(signs)) }
    let last = stages.last!
    return Network(
      stages: stages.dropLast() + [
        Stage(last.name, isKept: last.isKept, receptiveField: last.receptiveField) { both(last.run($0)) }
      ],
      targetLayer: targetLayer, classCount: 2,
      meanReadout: meanReadout.map {
        MeanReadout(layers: $0.layers, bias: Tensor([2], [-$0.bias(of: 0), $0.bias(of: 0)], in: pool))
      },
      head: head.map { head in
        Head(after: head.layer, features: head.features) { both(head.classify($0)) }
      })
  }
}
