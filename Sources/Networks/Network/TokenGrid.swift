package import Autodiff

/// How a network's tokens lie on its input: some that stand for no place, then the patches, row by row.
package struct TokenGrid: Hashable, Sendable {
  /// Tokens before those of the patches: class, distillation and register tokens.
  package let leading: Int
  /// Height and width of a patch, in the input's pixels.
  package let patch: Int
  /// Height and width of the input that the position embeddings were learned for.
  package let learnedSide: Int
  /// The same in the network's own publications.
  package let usualSide: Int

  /// Rows and columns of patches.
  ///
  /// - Parameter input: the shape of the network's input, [N, H, W, 3].
  package func extent(of input: Shape) -> (rows: Int, columns: Int) { (input[1] / patch, input[2] / patch) }

  /// The patches' tokens as an image: [N, T, C] to [N, rows, columns, C].
  ///
  /// - Parameter input: the shape of the network's input.
  package func image(of tokens: Tensor, input: Shape, in pool: BufferPool) -> Tensor {
    let (rows, columns) = extent(of: input)
    let shape = tokens.shape
    precondition(
      shape.rank == 3 && shape[1] == leading + rows * columns,
      "TokenGrid: \(shape) has not \(leading) tokens and \(rows) x \(columns) patches")
    let (width, offset, total) = (rows * columns * shape[2], leading * shape[2], shape[1] * shape[2])
    return Tensor([shape[0], rows, columns, shape[2]], in: pool) { image in
      tokens.withElements { tokens in
        for n in 0..<shape[0] {
          (image.baseAddress! + n * width).initialize(from: tokens.baseAddress! + n * total + offset, count: width)
        }
      }
    }
  }

  /// An image in the place of the patches' tokens, [N, rows, columns, C] to [N, T, C]; the leading tokens are those of
  /// `tokens`, of its only image or of each.
  package func tokens(of image: Tensor, beside tokens: Tensor, in pool: BufferPool) -> Tensor {
    let (batch, channels) = (image.shape[0], image.shape[3])
    let (width, offset) = (image.shape[1] * image.shape[2] * channels, leading * channels)
    precondition(
      [1, batch].contains(tokens.shape[0]) && tokens.shape[1] * channels == offset + width
        && tokens.shape[2] == channels, "TokenGrid: \(image.shape) does not fit the tokens \(tokens.shape)")
    let step = tokens.shape[0] == 1 ? 0 : offset + width
    return Tensor([batch, tokens.shape[1], channels], in: pool) { result in
      tokens.withElements { tokens in
        image.withElements { image in
          for n in 0..<batch {
            let target = result.baseAddress! + n * (offset + width)
            target.initialize(from: tokens.baseAddress! + n * step, count: offset)
            (target + offset).initialize(from: image.baseAddress! + n * width, count: width)
          }
        }
      }
    }
  }
}
