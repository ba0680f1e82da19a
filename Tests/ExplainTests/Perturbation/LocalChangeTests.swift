import Autodiff
import Models
import TestSupport
import Testing

@testable import Explain
@testable import Networks

@Suite struct LocalChangeTests {
  /// Strides of 2 twice, kernels of 3 and 5, a skip, both paddings, and a pooling; random weights and sizes of any
  /// remainder, so that a crop that is a pixel too small or begins at the wrong phase shows.
  private func model(_ padding: (Int) -> Padding, height: Int, width: Int) -> TinyModel {
    let pool = BufferPool()
    var random = SplitMix64(seed: 21)
    let first = Tensor([3, 3, 3, 6], random.units(162), in: pool)
    let second = Tensor([3, 3, 6], random.units(54), in: pool)
    let third = Tensor([5, 5, 6], random.units(150), in: pool)
    let weight = Tensor([3, 6], random.units(18), in: pool)
    let (three, five) = (padding(3), padding(5))
    let network = Network(
      stages: [
        Network.Stage("stem", receptiveField: .window(3, stride: 2)) {
          convolution($0, filter: .constant(first), stride: 2, padding: three, activation: .silu)
        },
        Network.Stage("skip", receptiveField: .window(3)) {
          add($0, depthwiseConvolution($0, filter: .constant(second), padding: three, activation: .silu))
        },
        Network.Stage("down", receptiveField: .window(5, stride: 2)) {
          depthwiseConvolution($0, filter: .constant(third), stride: 2, padding: five, activation: .silu)
        },
        Network.Stage("pool", receptiveField: .unpadded(2, stride: 2)) { maxPooling($0, kernel: 2, stride: 2) },
        Network.Stage("logits") { linear(globalAveragePool($0), weight: .constant(weight)) },
      ], targetLayer: "pool", classCount: 3)
    var pixels = SplitMix64(seed: 22)
    return TinyModel(
      network: network, input: Tensor([1, height, width, 3], pixels.units(height * width * 3), in: pool))
  }

  private func boxes(height: Int, width: Int, window: Int, stride: Int) -> [LocalChange.Box] {
    func spans(_ length: Int) -> [Range<Int>] { Occlusion(window: window, stride: stride).spans(length) }
    return spans(height).flatMap { rows in spans(width).map { LocalChange.Box(rows: rows, columns: $0) } }
  }

  /// Each copy, run whole.
  private func whole(_ pass: ForwardPass, _ boxes: [LocalChange.Box], value: Float) throws -> [[Float]] {
    let (width, image) = (pass.input.shape[2], pass.input.elements)
    return try boxes.map { box in
      var copy = image
      for row in box.rows {
        for index in (row * width + box.columns.lowerBound) * 3..<(row * width + box.columns.upperBound) * 3 {
          copy[index] = value
        }
      }
      return try pass.logits(of: Tensor(pass.input.shape, copy, in: pass.engine.pool))[0]
    }
  }

  private func local(_ pass: ForwardPass, _ boxes: [LocalChange.Box], value: Float) throws -> [[Float]] {
    let change = try #require(LocalChange(of: pass, boxes: boxes))
    return try boxes.indices.map { copy in
      try change.logits(of: copy) { _, _, _, values in values.update(repeating: value) }
    }
  }

  @Test(arguments: [(48, 56), (49, 57), (51, 58), (46, 63)], [true, false])
  func asIfAllWereRun(size: (height: Int, width: Int), isSame: Bool) throws {
    let pass = try model({ isSame ? .same : .symmetric($0 / 2) }, height: size.height, width: size.width).pass()
    let boxes = boxes(height: size.height, width: size.width, window: 5, stride: 4)
    let (some, all) = (try local(pass, boxes, value: 3), try whole(pass, boxes, value: 3))
    for (some, all) in zip(some, all) {
      let comparison = Comparison(some, expected: all)
      #expect(comparison.relativeL2 < 1e-5, "\(comparison)")
    }
    #expect(Set(all.map { $0[0] }).count > boxes.count / 2)
  }

  @Test(arguments: [1, 3, 50]) func theSameBitsBesideAnyOtherCopiesAndAtAnyNumberOfThreads(count: Int) throws {
    let model = model({ .symmetric($0 / 2) }, height: 48, width: 56)
    let boxes = boxes(height: 48, width: 56, window: 5, stride: 4)
    let expected = try local(model.pass(threads: 1), boxes, value: 3)
    let pass = try model.pass(threads: 5)
    for first in stride(from: 0, to: boxes.count, by: count) {
      let some = first..<min(first + count, boxes.count)
      #expect(try local(pass, Array(boxes[some]), value: 3) == Array(expected[some]))
    }
  }

  @Test func largeBoxesAreNotWorthIt() throws {
    let pass = try model({ .symmetric($0 / 2) }, height: 20, width: 20).pass()
    #expect(LocalChange(of: pass, boxes: [LocalChange.Box(rows: 0..<18, columns: 1..<19)]) == nil)
    #expect(
      try LocalChange(of: TinyModel.convolutional().pass(), boxes: [LocalChange.Box(rows: 0..<1, columns: 0..<1)])
        == nil)
  }

  /// The receptive fields that each network states, with weights that follow from a rule.
  @Test(arguments: ["mobilenet_v2", "keras_mobilenet_v2", "resnet50", "keras_resnet50", "vgg16"])
  func theNetworksFieldsAreWhatTheySay(name: String) throws {
    let architecture = try #require(
      Architecture.all.first { $0.name == name.replacing("_", with: "-") })
    let network = try architecture.build(WeightReader(SyntheticWeights(network: name)))
    try check(network, side: 224)
  }

  /// 260 pixels are 65 after two halvings: an odd length, which TensorFlow pads on both sides.
  @Test(
    .enabled(if: TestModels.has("efficientnet-lite2"), TestModels.note("efficientnet-lite2")),
    arguments: [("efficientnet-lite0", 224), ("efficientnet-lite2", 260)])
  func efficientNetLitesFields(model: String, side: Int) throws {
    try check(TestModels.library.classifier(model).network, side: side)
  }

  private func check(_ network: Network, side: Int) throws {
    let picture = SyntheticWeights.picture(side: side, in: BufferPool())
    let pass = try TinyModel(network: network, input: picture).pass()
    let boxes = [(0, 0), (107, 96), (40, side - 19), (side - 15, side - 15), (side - 8, 8)].map { row, column in
      LocalChange.Box(rows: row..<min(row + 15, side), columns: column..<min(column + 15, side))
    }
    let (some, all) = (try local(pass, boxes, value: 0), try whole(pass, boxes, value: 0))
    for (some, all) in zip(some, all) {
      let change = Comparison(pass.logits, expected: all)
      let comparison = Comparison(some, expected: all)
      #expect(
        comparison.relativeL2 < 1e-5 && comparison.relativeL2 < change.relativeL2 / 50, "\(comparison), \(change)")
    }
  }
}
