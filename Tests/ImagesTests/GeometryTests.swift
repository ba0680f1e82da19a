import Images
import Testing

@Suite("Crop geometry")
struct GeometryTests {
  @Test("leads from the crop back to the original, each axis by its own scale")
  func regionOfCrop() {
    let geometry = CropGeometry(
      original: ImageSize(width: 800, height: 300), resized: ImageSize(width: 400, height: 100),
      crop: PixelRect(x: 10, y: 20, width: 224, height: 64))
    #expect(geometry.region == ImageRegion(x: 20, y: 60, width: 448, height: 192))
  }

  @Test("of the whole picture is the whole original, even where sizes do not divide")
  func wholePicture() {
    let geometry = CropGeometry(
      original: ImageSize(width: 451, height: 300), resized: ImageSize(width: 385, height: 256),
      crop: PixelRect(x: 0, y: 0, width: 385, height: 256))
    #expect(abs(geometry.region.width - 451) < 1e-9)
    #expect(abs(geometry.region.height - 300) < 1e-9)
  }
}
