import Images
import Networks

/// Preprocessings that have a name.
package enum PreprocessingPreset {
  package static let names = [
    "torchvision-v1", "torchvision-v2", "keras:tf", "keras:caffe", "keras:torch", "none",
  ]

  /// - Parameter name: one of `names`, or `timm:` and the name of one of timm's checkpoints.
  package static func named(_ name: String) throws(PreprocessingFault) -> PreprocessingChange {
    if name.hasPrefix("timm:") { return try TimmConfigurations.named(String(name.dropFirst(5))) }
    var change = PreprocessingChange()
    change.filter = .bilinear
    change.channelOrder = .rgb
    switch name {
    // torchvision/transforms/_presets.py, ImageClassification: weights V1 resize to 256, V2 to 232, both for 224.
    case "torchvision-v1", "torchvision-v2":
      change.cropPercentage = name == "torchvision-v1" ? 224.0 / 256 : 224.0 / 232
      change.setNormalization(.imageNet)
    // keras/src/applications/imagenet_utils.py, _preprocess_numpy_input.
    case "keras:tf":
      change.resize = .whole(nil)
      change.setNormalization(.half)
    case "keras:caffe":
      change.resize = .whole(nil)
      change.channelOrder = .bgr
      (change.mean, change.deviation) = (
        [103.939 / 255, 116.779 / 255, 123.68 / 255], [1.0 / 255, 1.0 / 255, 1.0 / 255]
      )
    case "keras:torch":
      change.resize = .whole(nil)
      change.setNormalization(.imageNet)
    // The whole picture, its values from 0 to 255 as they are.
    case "none":
      change.resize = .whole(nil)
      (change.mean, change.deviation) = ([0, 0, 0], [1.0 / 255, 1.0 / 255, 1.0 / 255])
    default: throw .unknownPreset(name)
    }
    return change
  }
}
