package import Images

/// Where a class's evidence lies, by one method at one layer: raw and signed. Making a picture of it is another matter (`Render/`).
package struct Attribution: Hashable, Sendable {
  /// The method's name as it stands in answers: `grad-cam`.
  package let method: String
  package let layer: String
  /// The class explained, with its logit (which is what is explained) and probability.
  package let target: Prediction
  /// At the layer's resolution, un-normalised.
  package let map: SaliencyMap
  /// The part of the image that the map covers.
  package let geometry: CropGeometry

  package var status: MapStatus { map.status }

  /// The map on the network's input, [input height, input width].
  package func mapOnInput() -> SaliencyMap {
    map.resizedBilinear(width: geometry.crop.width, height: geometry.crop.height)
  }

  /// The map laid over the upright original; pixels that the network did not see are NaN.
  package func mapOnImage() -> SaliencyMap {
    map.placed(crop: geometry.region, on: geometry.original)
  }
}
