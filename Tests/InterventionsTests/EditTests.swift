import Images
import Testing

@testable import Interventions

@Suite("Changes of pictures")
struct EditTests {
  private let size = ImageSize(width: 16, height: 8)

  private func ramp() -> RGBImage {
    var pixels: [UInt8] = []
    for y in 0..<size.height { for x in 0..<size.width { pixels += [UInt8(10 * x), UInt8(20 * y), 7] } }
    return RGBImage(size: size, pixels: pixels)
  }

  @Test("A hole in a ramp is filled in with the ramp")
  func inpainting() {
    let place = PicturePlace(kind: .patch, rects: [PixelRect(x: 5, y: 2, width: 4, height: 4)], size: size)
    let holed = ramp().replacing(
      place, from: RGBImage(size: size, pixels: [UInt8](repeating: 255, count: 3 * size.pixelCount)))
    #expect(holed != ramp())
    let filled = holed.inpainting(place)
    #expect(zip(filled.pixels, ramp().pixels).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
  }

  @Test("Replacing changes the place alone, and takes it from the other picture")
  func replacing() {
    let place = PicturePlace(
      kind: .border, rects: [PixelRect(x: 0, y: 0, width: 16, height: 1), PixelRect(x: 0, y: 7, width: 16, height: 1)],
      size: size)
    let other = RGBImage(size: size, pixels: [UInt8](repeating: 200, count: 3 * size.pixelCount))
    let changed = ramp().replacing(place, from: other)
    let inside = Set(place.pixels)
    for pixel in 0..<size.pixelCount {
      #expect(changed.colour(pixel) == (inside.contains(pixel) ? other : ramp()).colour(pixel))
    }
  }

  @Test("Places are mirrored where they do not meet themselves, and have names")
  func places() {
    let size = ImageSize(width: 64, height: 64)
    let corner = PicturePlace(kind: .patch, rects: [PixelRect(x: 0, y: 0, width: 16, height: 16)], size: size)
    #expect(corner.words == "a patch at the upper left" && corner.mirrored.count == 3)
    #expect(corner.mirrored[0].words == "a patch at the upper right")
    let middle = PicturePlace(kind: .patch, rects: [PixelRect(x: 24, y: 24, width: 16, height: 16)], size: size)
    #expect(middle.words == "a patch at the middle" && middle.mirrored.isEmpty)
    let names = Set(PicturePlace.all(of: size).map(\.words))
    #expect(
      names.isSuperset(of: [
        "the border on all sides", "the border at the top", "the borders at left and right",
        "a stripe across the middle", "a stripe down the right",
      ]))
    for place in PicturePlace.all(of: size) {
      let box = place.bounds
      #expect(box.x >= 0 && box.y >= 0 && box.x + box.width <= 64 && box.y + box.height <= 64)
      #expect(Set(place.pixels).count == place.pixelCount, "no pixel twice: \(place)")
    }
  }

  @Test("A number that tells half of a class's pictures is a cue; one that tells nothing is none")
  func separation() {
    let others = (0..<40).map { Double($0 % 10) }
    let half = (0..<40).map { $0 % 2 == 0 ? 20 : Double($0 % 10) }
    let separation = Separation(own: half, others: others)
    #expect(separation?.isHigher == true && separation!.isBeyond(20) && !separation!.isBeyond(5))
    #expect(Separation(own: half.map { -$0 }, others: others.map { -$0 })?.isHigher == false)
    #expect(Separation(own: others, others: others) == nil)
  }
}
