import Autodiff

/// Max pooling written down from its definition, in Double, with PyTorch's rule for `ceil_mode` and for ties.
struct NaivePooling: Sendable, CustomStringConvertible {
  let batch: Int
  let height: Int
  let width: Int
  let channels: Int
  let kernel: Int
  let stride: Int
  let padding: Int
  let ceiling: Bool

  init(
    batch: Int = 1, _ height: Int, _ width: Int, _ channels: Int, _ kernel: Int, _ stride: Int, padding: Int = 0,
    ceiling: Bool = false
  ) {
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    self.kernel = kernel
    self.stride = stride
    self.padding = padding
    self.ceiling = ceiling
  }

  var description: String {
    let rounding = ceiling ? ", ceiling" : ""
    return "\(batch)x\(height)x\(width)x\(channels), \(kernel)x\(kernel)/\(stride), padding \(padding)\(rounding)"
  }

  var inputShape: Shape { [batch, height, width, channels] }
  var outputShape: Shape { [batch, places(height), places(width), channels] }

  private func places(_ length: Int) -> Int {
    let padded = length + 2 * padding
    var count = 0
    while count * stride + kernel <= padded { count += 1 }
    let reached = (count - 1) * stride + kernel
    return ceiling && reached < padded && count * stride < length + padding ? count + 1 : count
  }

  /// The maximum of each window and the index in x that it came from.
  func forward(_ x: [Double]) -> (y: [Double], winners: [Int]) {
    let shape = outputShape
    var y: [Double] = []
    var winners: [Int] = []
    for n in 0..<batch {
      for i in 0..<shape[1] {
        for j in 0..<shape[2] {
          for c in 0..<channels {
            var best = (value: -Double.infinity, index: -1)
            for h in i * stride - padding..<i * stride - padding + kernel where h >= 0 && h < height {
              for w in j * stride - padding..<j * stride - padding + kernel where w >= 0 && w < width {
                let index = ((n * height + h) * width + w) * channels + c
                if x[index] > best.value { best = (x[index], index) }
              }
            }
            y.append(best.value)
            winners.append(best.index)
          }
        }
      }
    }
    return (y, winners)
  }

  static let awkward = [
    NaivePooling(6, 8, 3, 2, 2),
    NaivePooling(batch: 2, 7, 9, 8, 3, 2, padding: 1),
    NaivePooling(batch: 3, 8, 5, 7, 3, 2, ceiling: true),
    NaivePooling(13, 10, 17, 3, 2, ceiling: true),
    NaivePooling(9, 7, 1, 3, 1, padding: 1),
    NaivePooling(8, 11, 3, 2, 3),
    NaivePooling(5, 6, 3, 2, 2, padding: 1, ceiling: true),
    NaivePooling(40, 3, 8, 3, 2, padding: 1),
  ]
}
