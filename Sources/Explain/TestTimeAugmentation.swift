import Autodiff

/// Test-time augmentation: explains changed copies of the image too, turns their maps back, and takes the mean, which
/// is smoother than one map. Each copy costs a forward pass (all of them in one batch) and what the method costs.
///
/// As pytorch-grad-cam's `aug_smooth`, whose six copies `flipAndScale` has.
package enum TestTimeAugmentation: String, Hashable, Sendable, CaseIterable {
  case none
  /// The image and its mirror image, left and right changed.
  case flip
  /// The same two, with the values of the preprocessed input times 0.9, 1 and 1.1: less and more contrast.
  case flipAndScale = "flip-and-scale"

  /// A copy: x times `scale`, perhaps mirrored.
  struct Change: Hashable, Sendable {
    let isFlipped: Bool
    let scale: Float
  }

  /// The copies besides the image itself.
  var changes: [Change] {
    switch self {
    case .none: []
    case .flip: [Change(isFlipped: true, scale: 1)]
    case .flipAndScale:
      [0.9, 1, 1.1].flatMap { scale in [false, true].map { Change(isFlipped: $0, scale: scale) } }
        .filter { $0 != Change(isFlipped: false, scale: 1) }
    }
  }

  /// The copies of a preprocessed image, [1, H, W, C]: [N, H, W, C].
  func copies(of input: Tensor, in pool: BufferPool) -> Tensor {
    let (width, channels) = (input.shape[2], input.shape[3])
    return Tensor(Shape([changes.count] + input.shape.extents.dropFirst()), in: pool) { copies in
      input.withElements { x in
        for (number, change) in changes.enumerated() {
          for index in x.indices {
            let (pixel, channel) = (index / channels, index % channels)
            let (row, column) = (pixel / width, pixel % width)
            let source = change.isFlipped ? (row * width + width - 1 - column) * channels + channel : index
            copies.initializeElement(at: number * x.count + index, to: change.scale * x[source])
          }
        }
      }
    }
  }

  /// The mean of the image's map and of those of its copies, turned back.
  ///
  /// - Parameter maps: the image's, then one for each of `changes`.
  func combine(_ maps: [SaliencyMap]) -> SaliencyMap {
    guard maps.count > 1 else { return maps[0] }
    let upright = [maps[0]] + zip(changes, maps.dropFirst()).map { $0.isFlipped ? $1.mirrored() : $1 }
    let values = upright[0].values.indices.map { cell in
      Float(upright.reduce(0) { $0 + Double($1.values[cell]) } / Double(upright.count))
    }
    return SaliencyMap(width: maps[0].width, height: maps[0].height, values: values)
  }
}

extension SaliencyMap {
  /// Left and right changed.
  fileprivate func mirrored() -> SaliencyMap {
    SaliencyMap(
      width: width, height: height,
      values: values.indices.map { values[$0 / width * width + width - 1 - $0 % width] })
  }
}
