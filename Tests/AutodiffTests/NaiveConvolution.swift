import Autodiff

/// Edges of padding, written out.
struct Edges: Hashable, Sendable {
  var top = 0
  var bottom = 0
  var left = 0
  var right = 0

  static let none = Edges()
  static func all(_ amount: Int) -> Edges { Edges(top: amount, bottom: amount, left: amount, right: amount) }
}

/// A convolution written down from its definition: seven loops in Double over an image that is thought of as padded
/// with zeros. Shares nothing with the kernels, not even the geometry: `edges` says what `padding` should come to.
struct NaiveConvolution: Sendable, CustomStringConvertible {
  let batch: Int
  let height: Int
  let width: Int
  let channels: Int
  let outputs: Int
  let kernel: (height: Int, width: Int)
  let stride: Int
  let padding: Padding
  let edges: Edges
  var isDepthwise = false
  /// Outputs see the inputs of their own group only.
  var groups = 1

  init(
    batch: Int = 1, _ height: Int, _ width: Int, _ channels: Int, to outputs: Int, kernel: (Int, Int),
    stride: Int = 1, _ padding: Padding, _ edges: Edges
  ) {
    self.batch = batch
    self.height = height
    self.width = width
    self.channels = channels
    self.outputs = outputs
    self.kernel = (kernel.0, kernel.1)
    self.stride = stride
    self.padding = padding
    self.edges = edges
  }

  /// The same window over each channel by itself.
  var depthwise: NaiveConvolution {
    var copy = self
    copy.isDepthwise = true
    return copy
  }

  /// The same with channels in groups.
  func grouped(_ groups: Int) -> NaiveConvolution {
    var copy = self
    copy.groups = groups
    return copy
  }

  var description: String {
    let kind = isDepthwise ? "depthwise" : "to \(outputs)" + (groups > 1 ? " in \(groups) groups" : "")
    return "\(batch)x\(height)x\(width)x\(channels) \(kind), \(kernel.height)x\(kernel.width)/\(stride), \(padding)"
  }

  var inputShape: Shape { [batch, height, width, channels] }
  var filterShape: Shape {
    isDepthwise
      ? [kernel.height, kernel.width, channels] : [kernel.height, kernel.width, channels / groups, outputs]
  }
  var outputChannels: Int { isDepthwise ? channels : outputs }
  var outputShape: Shape {
    [
      batch, places(height + edges.top + edges.bottom, kernel.height),
      places(width + edges.left + edges.right, kernel.width), outputChannels,
    ]
  }

  private func places(_ length: Int, _ extent: Int) -> Int {
    var count = 0
    while count * stride + extent <= length { count += 1 }
    return count
  }

  /// z = conv(x, W) + b.
  func forward<Number: BinaryFloatingPoint>(_ x: [Number], _ filter: [Number], _ bias: [Number]) -> [Double] {
    let out = outputChannels
    var z = (0..<outputShape.count).map { Double(bias[$0 % out]) }
    forEachProduct { xIndex, filterIndex, zIndex in z[zIndex] += Double(x[xIndex]) * Double(filter[filterIndex]) }
    return z
  }

  /// The cotangents of x, W and b for the cotangent of z.
  func backward(
    _ x: [Float], _ filter: [Float], _ cotangent: [Double]
  ) -> (x: [Double], filter: [Double], bias: [Double]) {
    var xBar = [Double](repeating: 0, count: x.count)
    var filterBar = [Double](repeating: 0, count: filter.count)
    var biasBar = [Double](repeating: 0, count: outputChannels)
    forEachProduct { xIndex, filterIndex, zIndex in
      xBar[xIndex] += cotangent[zIndex] * Double(filter[filterIndex])
      filterBar[filterIndex] += cotangent[zIndex] * Double(x[xIndex])
    }
    for (index, value) in cotangent.enumerated() { biasBar[index % outputChannels] += value }
    return (xBar, filterBar, biasBar)
  }

  /// Calls `body` with the indices of x, W and z of every product in the sum that defines the convolution.
  private func forEachProduct(_ body: (Int, Int, Int) -> Void) {
    let shape = outputShape
    for n in 0..<batch {
      for i in 0..<shape[1] {
        for j in 0..<shape[2] {
          for u in 0..<kernel.height {
            for v in 0..<kernel.width {
              let h = i * stride + u - edges.top
              let w = j * stride + v - edges.left
              guard h >= 0, h < height, w >= 0, w < width else { continue }
              for c in 0..<channels {
                let xIndex = ((n * height + h) * width + w) * channels + c
                let tap = u * kernel.width + v
                let pixel = (n * shape[1] + i) * shape[2] + j
                if isDepthwise {
                  body(xIndex, tap * channels + c, pixel * channels + c)
                } else {
                  let (group, input) = c.quotientAndRemainder(dividingBy: channels / groups)
                  for o in group * outputs / groups..<(group + 1) * outputs / groups {
                    body(xIndex, (tap * channels / groups + input) * outputs + o, pixel * outputs + o)
                  }
                }
              }
            }
          }
        }
      }
    }
  }
}

extension NaiveConvolution {
  /// Extents at which kernels go wrong: H != W, every padding, windows that leave pixels unseen, padding wider than
  /// the window, and the sizes at which the work is cut differently.
  static let awkward: [NaiveConvolution] = [
    NaiveConvolution(5, 7, 3, to: 8, kernel: (3, 3), .valid, .none),
    NaiveConvolution(batch: 2, 9, 6, 3, to: 7, kernel: (3, 3), stride: 2, .symmetric(1), .all(1)),
    NaiveConvolution(8, 10, 7, to: 17, kernel: (3, 3), stride: 2, .same, Edges(bottom: 1, right: 1)),
    NaiveConvolution(7, 8, 8, to: 3, kernel: (3, 3), stride: 2, .same, Edges(top: 1, bottom: 1, right: 1)),
    NaiveConvolution(batch: 3, 7, 5, 8, to: 3, kernel: (5, 5), .same, .all(2)),
    NaiveConvolution(11, 8, 3, to: 8, kernel: (7, 7), stride: 2, .symmetric(3), .all(3)),
    NaiveConvolution(
      10, 7, 1, to: 17, kernel: (3, 5), stride: 3, .same, Edges(top: 1, bottom: 1, left: 2, right: 2)),
    NaiveConvolution(6, 11, 5, to: 17, kernel: (4, 2), .same, Edges(top: 1, bottom: 2, right: 1)),
    NaiveConvolution(6, 5, 3, to: 8, kernel: (2, 2), stride: 2, .same, Edges(right: 1)),
    NaiveConvolution(batch: 2, 6, 9, 17, to: 8, kernel: (1, 1), .valid, .none),
    NaiveConvolution(9, 7, 8, to: 7, kernel: (1, 1), stride: 2, .valid, .none),
    NaiveConvolution(3, 4, 3, to: 8, kernel: (1, 1), .symmetric(1), .all(1)),
    NaiveConvolution(7, 8, 7, to: 3, kernel: (2, 2), stride: 3, .valid, .none),
    // 323 and 2 x 144 patches: cut by rows, once across the edge between two images.
    NaiveConvolution(17, 19, 3, to: 17, kernel: (3, 3), .symmetric(1), .all(1)),
    NaiveConvolution(batch: 2, 16, 9, 3, to: 8, kernel: (3, 3), .symmetric(1), .all(1)),
    NaiveConvolution(20, 16, 8, to: 8, kernel: (1, 1), .valid, .none),
    // Few patches and many channels: cut by columns.
    NaiveConvolution(5, 7, 7, to: 130, kernel: (3, 3), .same, .all(1)),
    NaiveConvolution(4, 6, 130, to: 140, kernel: (1, 1), .valid, .none),
    // 552 patches: the filter's cotangent is summed in two runs.
    NaiveConvolution(24, 23, 1, to: 3, kernel: (3, 3), .same, .all(1)),
    // Patches so long that a run of them is gathered in two pieces.
    NaiveConvolution(9, 8, 90, to: 2, kernel: (7, 7), .symmetric(3), .all(3)),
    NaiveConvolution(batch: 2, 15, 17, 33, to: 2, kernel: (7, 7), .symmetric(3), .all(3)),
    // An image smaller than the window.
    NaiveConvolution(3, 4, 17, to: 2, kernel: (7, 7), .symmetric(3), .all(3)),
  ]
}
