import Drawing
import Images
import Testing

@testable import Explain

@Suite struct StrokeTests {
  @Test func aLineCoversPixelsByTheirCentresDistance() {
    // Through the centres of row 1, two wide: half of each neighbouring row.
    var mask = CoverageMask(of: PixelRect(x: 0, y: 0, width: 4, height: 4))
    mask.stroke([PlanePoint(x: -9, y: 1.5), PlanePoint(x: 9, y: 1.5)], width: 2)
    #expect(
      mask.coverage == [
        128, 128, 128, 128,
        255, 255, 255, 255,
        128, 128, 128, 128,
        0, 0, 0, 0,
      ])
  }

  @Test func aMaskHasItsOwnPlace() {
    var mask = CoverageMask(of: PixelRect(x: 10, y: 20, width: 3, height: 2))
    mask.stroke([PlanePoint(x: 12.5, y: 0), PlanePoint(x: 12.5, y: 20.5)], width: 1)
    #expect(mask.coverage == [0, 0, 255, 0, 0, 0])
  }

  @Test func endsAreRoundAndAPointIsADot() {
    var mask = CoverageMask(of: PixelRect(x: 0, y: 0, width: 5, height: 5))
    mask.stroke([PlanePoint(x: 2.5, y: 2.5), PlanePoint(x: 2.5, y: 2.5)], width: 3)
    // 2 − √2 of the corners: 149.4.
    #expect(
      mask.coverage == [
        0, 0, 0, 0, 0,
        0, 149, 255, 149, 0,
        0, 255, 255, 255, 0,
        0, 149, 255, 149, 0,
        0, 0, 0, 0, 0,
      ])
  }

  @Test func jointsAreNotDarkerThanTheRest() {
    let points = stride(from: 0.0, through: 8, by: 0.5).map { PlanePoint(x: $0, y: 2.2) }
    var pieces = CoverageMask(of: PixelRect(x: 0, y: 0, width: 8, height: 5))
    pieces.stroke(points, width: 1)
    var whole = CoverageMask(of: pieces.rect)
    whole.stroke([points[0], points[16]], width: 1)
    #expect(pieces.coverage == whole.coverage)
  }

  @Test func dashesGoOnAroundCorners() {
    // 3 drawn, 2 left out, along 4 to the right and 5 down.
    let line = [PlanePoint(x: 0, y: 0), PlanePoint(x: 4, y: 0), PlanePoint(x: 4, y: 5)]
    #expect(
      dashed(line, [3, 2]) == [
        [PlanePoint(x: 0, y: 0), PlanePoint(x: 3, y: 0)],
        [PlanePoint(x: 4, y: 1), PlanePoint(x: 4, y: 4)],
      ])
    #expect(
      dashed(line, [5, 3]) == [
        [PlanePoint(x: 0, y: 0), PlanePoint(x: 4, y: 0), PlanePoint(x: 4, y: 1)],
        [PlanePoint(x: 4, y: 4), PlanePoint(x: 4, y: 5)],
      ])
    #expect(dashed(line, []) == [line])
    #expect(dashed([], [1, 1]) == [[]])
  }
}
