/// y[n, i, j, (2 v + u) C + c] = x[n, 2 i + u, 2 j + v, c] for u and v of 0 and 1: the channels of 2 x 2 pixels side by
/// side, column by column; Liu et al., "Swin Transformer", arXiv 2103.14030, section 3.1, in the order of the authors'
/// code. An odd height or width is filled up with zeros.
///
/// - x: [N, H, W, C]; result: [N, ceil(H / 2), ceil(W / 2), 4 C].
/// - VJP: each pixel's channels of y_bar where they came from. Keeps nothing.
package func mergePatches(_ x: Variable) -> Variable {
  precondition(x.shape.rank == 4 && x.shape.count > 0, "mergePatches: x must be NHWC and not empty, got \(x.shape)")
  guard let tape = x.tape else { preconditionFailure("mergePatches: x is not on a tape") }
  let patches = Patches(x.shape)

  let y = Tensor(patches.mergedShape, in: tape.engine.pool) { y in
    let y = y.baseAddress!
    x.value.withElements { x in
      patches.forEachPixel(on: tape.engine) { place, pixel in
        if let pixel {
          (y + place).update(from: x.baseAddress! + pixel, count: patches.channels)
        } else {
          (y + place).update(repeating: 0, count: patches.channels)
        }
      }
    }
  }

  var pullbacks = Pullbacks()
  pullbacks.add(for: x) { cotangent, pass in
    Tensor(patches.shape, in: pass.engine.pool) { result in
      let result = result.baseAddress!
      cotangent.withElements { cotangent in
        patches.forEachPixel(on: pass.engine) { place, pixel in
          guard let pixel else { return }
          (result + pixel).update(from: cotangent.baseAddress! + place, count: patches.channels)
        }
      }
    }
  }
  return tape.record(y, pullbacks)
}

/// The pixels of a batch of images in patches of 2 x 2.
private struct Patches: Sendable {
  let shape: Shape
  var channels: Int { shape[3] }
  var mergedShape: Shape { [shape[0], (shape[1] + 1) / 2, (shape[2] + 1) / 2, 4 * channels] }

  init(_ shape: Shape) { self.shape = shape }

  /// Calls `body` with the places of the first channel of each pixel in the merged image and in the image; nil for the
  /// latter where the image was filled up.
  func forEachPixel(on engine: Engine, _ body: (_ place: Int, _ pixel: Int?) -> Void) {
    let (height, width, merged) = (shape[1], shape[2], mergedShape)
    let rows = merged[0] * merged[1]
    forEachRun(of: rows, shortest: rowsWorthATask(columns: merged[2] * merged[3]), on: engine) { run in
      for row in run {
        let (image, i) = row.quotientAndRemainder(dividingBy: merged[1])
        for j in 0..<merged[2] {
          for part in 0..<4 {
            let (h, w) = (2 * i + part % 2, 2 * j + part / 2)
            body(
              ((row * merged[2] + j) * 4 + part) * channels,
              h < height && w < width ? ((image * height + h) * width + w) * channels : nil)
          }
        }
      }
    }
  }
}
