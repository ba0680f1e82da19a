import Images

/// A network that Gaze knows how to build, and how to find its parameters in the files that the field publishes.
package struct Architecture: Sendable {
  /// As users write it: `efficientnet-lite0`.
  package let name: String
  package let title: String
  /// Builds the network; every parameter that the reader's source holds must be used.
  package let build: @Sendable (WeightReader) throws(WeightError) -> Network
  /// What the checkpoints of this network expect unless their catalog entry says otherwise.
  package let preprocessing: Preprocessing

  package static let all: [Architecture] = [
    efficientNetLite("0", .lite0), efficientNetLite("1", .lite1), efficientNetLite("2", .lite2),
  ]

  package static func named(_ name: String) -> Architecture? { all.first { $0.name == name } }

  /// EfficientNet-Lite is fed (v - 127) / 128, from a bicubic resize to 32 pixels more than the crop.
  private static func efficientNetLite(_ member: String, _ scale: EfficientNetLite.Scale) -> Architecture {
    Architecture(
      name: "efficientnet-lite\(member)", title: "EfficientNet-Lite\(member)",
      build: { weights throws(WeightError) in try EfficientNetLite.network(scale, weights) },
      preprocessing: Preprocessing(
        shorterSide: scale.inputSide + 32, filter: .bicubic, inputWidth: scale.inputSide,
        inputHeight: scale.inputSide, mean: [127, 127, 127], deviation: [128, 128, 128]))
  }
}
