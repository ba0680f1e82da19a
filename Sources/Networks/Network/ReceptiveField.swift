/// What a stage's result depends on, along rows and along columns alike: row y of the result on the rows y * stride -
/// before ... y * stride + after of what the stage is given, and on nothing else but the zeros around the image.
///
/// With it a change of a part of an image is followed through the network without running the rest again. It is an
/// upper bound: a stage may read less.
package struct ReceptiveField: Hashable, Sendable {
  package let stride: Int
  package let before: Int
  package let after: Int

  package init(stride: Int = 1, before: Int = 0, after: Int = 0) {
    precondition(
      stride >= 1 && before >= 0 && after >= 0, "ReceptiveField: stride \(stride), before \(before), after \(after)")
    self.stride = stride
    self.before = before
    self.after = after
  }

  /// Of a window of an odd number of pixels, padded so that stride 1 keeps the size, by any framework's rule: PyTorch's
  /// kernel / 2 on both sides, or TensorFlow's, which puts as little as max(kernel - stride, 0) / 2 before.
  package static func window(_ kernel: Int, stride: Int = 1) -> ReceptiveField {
    ReceptiveField(stride: stride, before: kernel / 2, after: kernel - 1 - max(kernel - stride, 0) / 2)
  }

  /// Of a window of `kernel` pixels without padding.
  package static func unpadded(_ kernel: Int, stride: Int = 1) -> ReceptiveField {
    ReceptiveField(stride: stride, after: kernel - 1)
  }

  /// Of this and then the other.
  package func followed(by next: ReceptiveField) -> ReceptiveField {
    ReceptiveField(
      stride: stride * next.stride, before: before + stride * next.before, after: after + stride * next.after)
  }
}
