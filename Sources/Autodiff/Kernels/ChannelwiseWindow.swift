/// A window over a batch of NHWC images that treats each channel by itself: the geometry of depthwise convolution and
/// pooling.
struct ChannelwiseWindow: Hashable, Sendable {
  let batch: Int
  let window: Window
  let channels: Int

  var inputShape: Shape { [batch, window.inputHeight, window.inputWidth, channels] }
  var outputShape: Shape { [batch, window.outputHeight, window.outputWidth, channels] }

  /// Rows of all images.
  var inputRows: Int { batch * window.inputHeight }
  var outputRows: Int { batch * window.outputHeight }
  /// Rows that are worth a task of their own.
  var rowsWorthATask: Int { Autodiff.rowsWorthATask(columns: window.outputWidth * channels) }
}
