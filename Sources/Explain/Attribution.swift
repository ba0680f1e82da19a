package import Images
package import Models
import Networks

/// Where a target's evidence lies, by one method: raw and signed. Making a picture of it is another matter (`Render/`).
package struct Attribution: Hashable, Sendable {
  /// The method's name as it stands in answers: `grad-cam`.
  package let method: String
  /// All that the method's result depends on.
  package let parameters: [MethodParameter]
  /// What the method told beside the map.
  package let notes: [MethodParameter]
  /// The layers that were looked at; none for a method that looks at none.
  package let layers: [String]
  /// How the maps of several layers became one; of no meaning where there was but one.
  package let fusion: LayerFusion
  package let augmentation: TestTimeAugmentation
  package let target: Target
  /// The class explained, with its logit (which is what is explained) and probability.
  package let prediction: Prediction
  /// For a contrast the class that it is against.
  package let against: Prediction?
  /// At the method's own resolution, un-normalised.
  package let map: SaliencyMap
  /// What the map is without evidence; nil where that is 0, as with all methods but those whose maps are means of
  /// scores.
  package let zero: MapZero?
  /// The part of the image that the map covers.
  package let geometry: CropGeometry
  /// What the image's samples were stretched by; nil where they are as stored.
  package let window: SampleWindow?
  /// What tells the image from others; nil where nobody asked for it when the image was decoded.
  package let image: ImageDigests?
  package let model: ModelManifest

  /// What speaks for and against the target: the map's difference from its zero. Pictures, statuses and shares of
  /// evidence are of this.
  package var evidence: SaliencyMap { map.difference(from: zero) }

  package var status: MapStatus { evidence.status }

  /// The map on the network's input, [input height, input width].
  package func mapOnInput() -> SaliencyMap {
    map.resizedBilinear(width: geometry.crop.width, height: geometry.crop.height)
  }

  /// `evidence` on the network's input.
  package func evidenceOnInput() -> SaliencyMap {
    evidence.resizedBilinear(width: geometry.crop.width, height: geometry.crop.height)
  }

  /// The map laid over the upright original; pixels that the network did not see are NaN.
  package func mapOnImage() -> SaliencyMap {
    map.placed(crop: geometry.region, on: geometry.original)
  }
}
