package import Explain
package import Images

/// A picture as a network saw it, the class that it is labelled with, and where its object is.
package struct LabelledPicture: Sendable {
  /// The network's input in 8 bits.
  package let image: RGBImage
  package let classIndex: Int
  /// On the image's own pixels; nil where nothing is known of it.
  package let object: ForegroundMask?

  package init(image: RGBImage, classIndex: Int, object: ForegroundMask?) {
    self.image = image
    self.classIndex = classIndex
    self.object = object
  }
}
