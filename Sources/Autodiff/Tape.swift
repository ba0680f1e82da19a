/// Records a computation as it runs, so that cotangents can be pulled back through it.
///
/// Reverse-mode differentiation after Griewank and Walther, "Evaluating Derivatives", 2nd ed., chapter 3. The order
/// of creation is a topological order, so the reverse pass is one walk down the indices: no recursion, no sorting.
///
/// Only what depends on a watched value is recorded. Weights that nobody watches are constants, and a convolution of
/// constants keeps nothing.
package final class Tape {
  package let engine: Engine
  package let mode: TapeMode
  private var steps: [Recording.Step] = []
  /// The parameters that are watched. Nodes, not variables: a variable holds its tape.
  private var watched: [ObjectIdentifier: WatchedParameter] = [:]

  package init(engine: Engine, mode: TapeMode = .inference) {
    self.engine = engine
    self.mode = mode
  }

  /// A value whose cotangent will be asked for.
  package func watch(_ value: Tensor) -> Variable {
    append(value, branches: [])
  }

  /// A value on this tape that is not differentiated, such as the input of a network whose last layers are explained.
  package func constant(_ value: Tensor) -> Variable {
    Variable(value: value, tape: self, node: nil)
  }

  /// The parameter's value. In training a watched one, the same variable each time it is asked for; in inference a
  /// constant.
  package func variable(of parameter: Parameter) -> Variable {
    guard case .training = mode else { return constant(parameter.value) }
    if let known = watched[ObjectIdentifier(parameter)] {
      return Variable(value: known.value, tape: self, node: known.node)
    }
    let variable = watch(parameter.value)
    watched[ObjectIdentifier(parameter)] = WatchedParameter(
      parameter: parameter, value: variable.value, node: variable.node!)
    return variable
  }

  /// The parameters that are watched, in the order in which they were first asked for.
  package var parameters: [Parameter] {
    watched.values.sorted { $0.node.index < $1.node.index }.map { $0.parameter }
  }

  /// Appends the result of an operation with one pullback for each tracked input. Without any, the result is a
  /// constant.
  func record(_ value: Tensor, _ pullbacks: Pullbacks) -> Variable {
    guard let tape = pullbacks.tape else { return constant(value) }
    precondition(tape === self, "Tape.record: an input is tracked by another tape")
    return append(value, branches: pullbacks.branches)
  }

  /// What has been recorded so far: immutable, and free to cross threads.
  package func recording() -> Recording { Recording(steps: steps) }

  /// The cotangents of `targets` for the cotangent `seed` of `output`; see `Recording.cotangents`.
  package func cotangents(
    of output: Variable, seed: Tensor, at targets: [Variable], rule: ReLURule = .exact
  ) -> [Tensor] {
    guard let outputNode = output.node, output.tape === self else {
      preconditionFailure("Tape.cotangents: the output does not depend on a value that this tape watches")
    }
    let nodes = targets.map { target -> Variable.Node in
      guard let node = target.node, target.tape === self else {
        preconditionFailure("Tape.cotangents: a target is not tracked by this tape")
      }
      return node
    }
    return recording().cotangents(of: outputNode, seed: seed, at: nodes, on: engine, rule: rule)
  }

  /// The derivatives of a loss of one element at parameters: zeros for one that the computation did not use.
  package func cotangents(of loss: Variable, at parameters: [Parameter]) -> [Tensor] {
    guard let output = loss.node, loss.tape === self, loss.shape.count == 1 else {
      preconditionFailure("Tape.cotangents: the loss is not one number that depends on a parameter of this tape")
    }
    let seed = Tensor(loss.shape, in: engine.pool) { $0.initialize(repeating: 1) }
    let nodes = parameters.map { watched[ObjectIdentifier($0)]?.node }
    var found = recording().cotangents(of: output, seed: seed, at: nodes.compactMap { $0 }, on: engine).makeIterator()
    return zip(parameters, nodes).map { parameter, node in
      node == nil ? .zeros(parameter.shape, in: engine.pool) : found.next()!
    }
  }

  private func append(_ value: Tensor, branches: [Recording.Branch]) -> Variable {
    let node = Variable.Node(index: steps.count)
    steps.append(Recording.Step(shape: value.shape, branches: branches))
    return Variable(value: value, tape: self, node: node)
  }
}

/// How a computation treats operations that behave differently while a network is trained.
package enum TapeMode: Sendable {
  case inference
  /// With the random numbers of this step, such as those of dropout.
  case training(RandomNumbers)
}

/// A parameter that a tape watches, kept alive so that its identity stays its own.
private struct WatchedParameter {
  let parameter: Parameter
  let value: Tensor
  let node: Variable.Node
}

/// From the cotangent of an operation's result to the cotangent of one input. Captures tensors and numbers only,
/// never a `Variable` or the tape: no cycles.
typealias Pullback = @Sendable (_ cotangent: Tensor, _ pass: ReversePass) -> Tensor

/// The same for several inputs at once, where their cotangents share work: one for each, in their order.
typealias JointPullback = @Sendable (_ cotangent: Tensor, _ pass: ReversePass) -> [Tensor]

/// The pullbacks of one operation, one for each input that is tracked.
struct Pullbacks {
  fileprivate var branches: [Recording.Branch] = []
  /// The tape of the tracked inputs; nil while there is none.
  fileprivate var tape: Tape?

  /// Adds a pullback to `input`; does nothing if `input` is a constant.
  mutating func add(for input: Variable, _ pullback: @escaping Pullback) {
    addJoint(for: [input]) { [pullback($0, $1)] }
  }

  /// Adds a pullback to those of `inputs` that are tracked, if there are any; it gives a cotangent for each of these.
  mutating func addJoint(for inputs: [Variable], _ pullback: @escaping JointPullback) {
    let tracked = inputs.filter { $0.isTracked }
    guard let first = tracked.first else { return }
    precondition(
      tracked.allSatisfy { $0.tape === tape ?? first.tape },
      "Pullbacks.add: two inputs are tracked by different tapes")
    tape = first.tape
    branches.append(Recording.Branch(inputs: tracked.map { $0.node!.index }, pullback: pullback))
  }
}

/// What a pullback may use: the engine, and the rule for ReLUs that this pass follows.
struct ReversePass: Sendable {
  let engine: Engine
  let rule: ReLURule
}

/// A finished tape: the structure of a computation and what its pullbacks keep. Immutable and `Sendable`; any number
/// of threads may pull cotangents through it at once.
package struct Recording: Sendable {
  /// Inputs of an operation, and the pullback to them.
  struct Branch: Sendable {
    let inputs: [Int]
    let pullback: JointPullback
  }

  struct Step: Sendable {
    let shape: Shape
    let branches: [Branch]
  }

  let steps: [Step]

  /// The cotangents of `targets`, given the cotangent `seed` of `output` (of its shape): for every target t, the
  /// product of `seed` with the Jacobian d output / d t. A target that `output` does not depend on gets zeros.
  ///
  /// Only what lies between `output` and the targets is computed, and each cotangent is dropped as soon as it has
  /// been used.
  package func cotangents(
    of output: Variable.Node, seed: Tensor, at targets: [Variable.Node], on engine: Engine, rule: ReLURule = .exact
  ) -> [Tensor] {
    precondition(
      seed.shape == steps[output.index].shape,
      "cotangents: the seed's shape \(seed.shape) is not the output's \(steps[output.index].shape)")
    guard let first = targets.map({ $0.index }).min() else { return [] }
    let isTarget = Set(targets.map { $0.index })
    let leads = leadsToTarget(isTarget, from: first, to: output.index)

    let pass = ReversePass(engine: engine, rule: rule)
    var pending: [Int: Accumulator] = [output.index: Accumulator(seed)]
    var found: [Int: Tensor] = [:]
    for index in stride(from: output.index, through: first, by: -1) {
      guard let cotangent = pending.removeValue(forKey: index)?.sum else { continue }
      if isTarget.contains(index) { found[index] = cotangent }
      for branch in steps[index].branches where branch.inputs.contains(where: { $0 >= first && leads[$0 - first] }) {
        let contributions = branch.pullback(cotangent, pass)
        for (input, contribution) in zip(branch.inputs, contributions) where input >= first && leads[input - first] {
          pending[input, default: Accumulator()].add(contribution, engine)
        }
      }
    }
    return targets.map { target in
      found[target.index] ?? Tensor.zeros(steps[target.index].shape, in: engine.pool)
    }
  }

  /// For each step from `first` to `last`, whether it is a target or depends on one.
  private func leadsToTarget(_ isTarget: Set<Int>, from first: Int, to last: Int) -> [Bool] {
    guard first <= last else { return [] }
    var leads = [Bool](repeating: false, count: last - first + 1)
    for index in first...last {
      leads[index - first] =
        isTarget.contains(index)
        || steps[index].branches.contains { $0.inputs.contains { $0 >= first && leads[$0 - first] } }
    }
    return leads
  }
}

/// The sum of the contributions to one cotangent: the first is borrowed, the second makes a sum of our own, later
/// ones are added to it in place.
private struct Accumulator {
  private var borrowed: Tensor?
  private var owned: Tensor?

  init() {}
  init(_ first: Tensor) { borrowed = first }

  var sum: Tensor? { owned ?? borrowed }

  mutating func add(_ contribution: Tensor, _ engine: Engine) {
    if let owned {
      // Nobody else has seen `owned` yet: it leaves this accumulator only when all contributions are in.
      let sum = UnsafeMutableBufferPointer(start: owned.storage.base, count: owned.count)
      contribution.withElements { addKernel(UnsafeBufferPointer(sum), $0, on: engine, into: sum) }
      withExtendedLifetime(owned) {}
    } else if let borrowed {
      owned = Tensor(borrowed.shape, in: engine.pool) { sum in
        withElements(borrowed, contribution) { addKernel($0, $1, on: engine, into: sum) }
      }
      self.borrowed = nil
    } else {
      borrowed = contribution
    }
  }
}
