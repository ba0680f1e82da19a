import Testing

@testable import Autodiff

@Suite("Window geometry")
struct WindowTests {
  @Test(
    "TensorFlow's SAME: ceil(length / stride) places, the smaller half of the padding before",
    arguments: [
      // length, kernel, stride, padding before, places
      (224, 3, 2, 0, 112), (225, 3, 2, 1, 113), (224, 7, 2, 2, 112), (7, 5, 1, 2, 7), (8, 5, 2, 1, 4), (9, 5, 2, 2, 5),
      (5, 2, 2, 0, 3), (5, 1, 3, 0, 2), (10, 3, 3, 1, 4), (2, 7, 1, 3, 2),
    ])
  func same(_ length: Int, _ kernel: Int, _ stride: Int, _ before: Int, _ places: Int) {
    let rows = window(length, 1, kernel, 1, stride, .same)
    #expect((rows.top, rows.outputHeight) == (before, places))
    let columns = window(1, length, 1, kernel, stride, .same)
    #expect((columns.left, columns.outputWidth) == (before, places))
  }

  @Test(
    "PyTorch's ceil_mode counts a last window that starts inside the image or its leading padding",
    arguments: [
      // length, kernel, stride, padding, floor places, ceiling places
      (112, 3, 2, 0, 55, 56), (111, 3, 2, 0, 55, 55), (55, 3, 2, 0, 27, 27), (27, 3, 2, 0, 13, 13), (6, 3, 2, 0, 2, 3),
      (112, 3, 2, 1, 56, 57), (5, 2, 2, 1, 3, 3), (4, 2, 3, 1, 2, 2), (6, 3, 4, 0, 1, 2), (4, 2, 4, 0, 1, 1),
      (3, 2, 3, 0, 1, 1),
    ])
  func ceiling(_ length: Int, _ kernel: Int, _ stride: Int, _ padding: Int, _ floor: Int, _ ceiling: Int) {
    #expect(window(length, length, kernel, kernel, stride, .symmetric(padding)).outputHeight == floor)
    let hanging = window(length, length, kernel, kernel, stride, .symmetric(padding), ceiling: true)
    #expect((hanging.outputHeight, hanging.outputWidth) == (ceiling, ceiling))
  }

  @Test("the taps that meet the image, at both edges and in the middle")
  func taps() {
    let w = window(7, 4, 5, 3, 2, .symmetric(2))
    #expect((0..<w.outputHeight).map { w.kernelRows(at: $0) } == [2..<5, 0..<5, 0..<5, 0..<3])
    #expect((0..<w.outputWidth).map { w.kernelColumns(at: $0) } == [2..<3, 0..<3, 0..<2])
    let hanging = window(6, 6, 3, 3, 2, .valid, ceiling: true)
    #expect(hanging.kernelRows(at: 2) == 0..<2)
    let outside = window(3, 3, 1, 1, 1, .symmetric(2))
    #expect(outside.kernelRows(at: 0).isEmpty && outside.kernelRows(at: 6).isEmpty)
    #expect(outside.kernelRows(at: 2) == 0..<1)
  }

  @Test(
    "outputRows(touching:) is the run of windows that meet a run of input rows",
    arguments: [
      (11, 3, 1, 0), (11, 3, 2, 1), (11, 5, 2, 2), (10, 7, 3, 3), (9, 2, 3, 0), (8, 1, 2, 0), (3, 1, 1, 2),
      (6, 3, 1, 2),
    ])
  func outputRows(_ length: Int, _ kernel: Int, _ stride: Int, _ padding: Int) {
    let w = window(length, length, kernel, kernel, stride, .symmetric(padding))
    for first in 0..<length {
      for end in first + 1...length {
        let touching = (0..<w.outputHeight).filter { row in
          let origin = row * stride - padding
          return (origin..<origin + kernel).overlaps(first..<end)
        }
        let found = w.outputRows(touching: first..<end)
        #expect(touching.allSatisfy(found.contains), "rows \(first)..<\(end)")
        if end == first + 1 { #expect(Array(found) == touching, "row \(first)") }
        #expect(found.isEmpty || (found.lowerBound >= 0 && found.upperBound <= w.outputHeight))
      }
    }
  }

  @Test("only a 1x1 window at stride 1 without padding is pointwise")
  func pointwise() {
    #expect(window(4, 5, 1, 1, 1, .valid).isPointwise)
    #expect(!window(4, 5, 1, 1, 2, .valid).isPointwise)
    #expect(!window(4, 5, 1, 1, 1, .symmetric(1)).isPointwise)
    #expect(!window(4, 5, 1, 2, 1, .same).isPointwise)
  }

  private func window(
    _ height: Int, _ width: Int, _ kernelHeight: Int, _ kernelWidth: Int, _ stride: Int, _ padding: Padding,
    ceiling: Bool = false
  ) -> Window {
    Window(
      "test", inputHeight: height, inputWidth: width, kernelHeight: kernelHeight, kernelWidth: kernelWidth,
      stride: stride, padding: padding, ceiling: ceiling)
  }
}
