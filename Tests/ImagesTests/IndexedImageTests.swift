import Images
import Testing

@Suite struct IndexedImageTests {
  @Test func aPixelHasTheFourBytesOfItsColor() {
    let palette = [
      IndexedImage.Color(red: 1, green: 2, blue: 3, alpha: 4), IndexedImage.Color(red: 5, green: 6, blue: 7, alpha: 8),
      IndexedImage.Color(red: 9, green: 10, blue: 11, alpha: 12),
    ]
    let image = IndexedImage(size: ImageSize(width: 3, height: 2), palette: palette, indices: [0, 1, 2, 2, 0, 1])
    #expect(
      image.rgba
        == RGBAImage(
          size: ImageSize(width: 3, height: 2),
          pixels: [
            1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12,
            9, 10, 11, 12, 1, 2, 3, 4, 5, 6, 7, 8,
          ]))
  }
}
