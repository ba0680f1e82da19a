/// A rectangle of the upright original image in its pixel coordinates, edges not necessarily on whole pixels.
package struct ImageRegion: Hashable, Sendable {
  package var x: Double
  package var y: Double
  package var width: Double
  package var height: Double

  package init(x: Double, y: Double, width: Double, height: Double) {
    self.x = x
    self.y = y
    self.width = width
    self.height = height
  }
}
