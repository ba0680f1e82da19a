import Autodiff
import Models
import Testing

@testable import Explain

// The worked example of docs/architecture.md, "Adding a method": what a new file in Sources/Explain would be, its line
// of the catalog, and its tests.

/// Activation strength: L[i, j] = reduction over channels of A[i, j, k], A the layer's activation.
///
/// Where the layer answers at all, for whatever class.
///
/// Property: the map is the same for every class.
private struct ActivationStrength: AttributionMethod {
  let reduction: ChannelReduction

  /// Where nothing is set.
  static let defaults = ActivationStrength(reduction: .length)

  init(reduction: ChannelReduction = defaults.reduction) { self.reduction = reduction }

  var name: String { "activation-strength" }
  var resolution: Resolution { .layer }
  var parameters: [MethodParameter] { [reduction.parameter] }

  /// The activation alone, which is at hand where the pass has recorded the layer.
  func cost(of question: QuestionShape) -> Cost { question.head }

  func results(for question: Question, _ progress: PassProgress) throws(AttributionError) -> [MethodResult] {
    let activation = question.pass.head(after: question.layer).activation
    let map = reduction.map(
      of: activation.elements.map { Double($0) }, width: activation.shape[2], height: activation.shape[1])
    let result = MethodResult(map: try question.finite(map))
    try progress.step(1, of: 1)
    return question.targets.map { _ in result }
  }
}

private let entry = MethodCatalog.Entry(
  ActivationStrength.defaults, "Activation strength", .activation, "Where the layer answers at all.",
  [
    ParameterSpecification(
      "channels", default: ActivationStrength.defaults.reduction, "How a cell's channels become one value.")
  ]
) { ActivationStrength(reduction: $0.choice("channels")) }

@Suite struct AddingAMethodTests {
  @Test func theCatalogMakesIt() throws {
    #expect(try entry.method().parameters == [MethodParameter("channels", .text("l2"))])
    #expect(try entry.method(["channels": "sum"]).parameters == [MethodParameter("channels", .text("sum"))])
    #expect(throws: AttributionError.self) { try entry.method(["channels": "mean"]) }
    #expect(throws: AttributionError.self) { try entry.method(["channel": "sum"]) }
  }

  @Test func itsMapIsTheReductionOfTheLayer() throws {
    let analysis = try SmallNetwork.analysis()
    let map = try analysis.explain(ActivationStrength(reduction: .sum), target: Target(1)).map
    let activation = analysis.pass.head(after: "features").activation
    let channels = activation.shape[3]
    for (cell, value) in map.values.enumerated() {
      let sum = activation.elements[cell * channels..<(cell + 1) * channels].reduce(0) { $0 + Double($1) }
      #expect(value == Float(sum))
    }
  }

  @Test func itIsTheSameForEveryClassAndCostsNothing() throws {
    let counter = ForwardPassCounter()
    let analysis = try SmallNetwork.analysis(SmallNetwork.classifier(passes: counter))
    let maps = try analysis.explain(ActivationStrength(), targets: [Target(0), Target(3, against: 1)]).map(\.map)
    #expect(maps[0] == maps[1])
    #expect(counter.count == 1)
    #expect(try analysis.cost(of: ActivationStrength(), targets: 2) == Cost())
    #expect(try analysis.cost(of: ActivationStrength(), layers: ["stem"]) == Cost(forward: 1))
  }
}
