import TestSupport
import Testing

@testable import Explain

/// PyTorch's `interpolate(mode="bilinear")` of 3 x 2 cells to 5 x 4 pixels
/// (`Tests/Golden/make_perturbation_goldens.py`).
@Suite struct CellStretchTests {
  private func stretched(_ upsampling: Upsampling) -> [Float] {
    let stretch = CellStretch(cellColumns: 3, cellRows: 2, width: 5, height: 4, by: upsampling)
    return pixels(of: stretch, [0, 1, 3, 2, -1, 0.5])
  }

  private func pixels(of stretch: CellStretch, _ cells: [Float]) -> [Float] {
    [Float](unsafeUninitializedCapacity: stretch.width * stretch.height) { pixels, count in
      cells.withUnsafeBufferPointer { stretch($0, into: pixels.baseAddress!) }
      count = stretch.width * stretch.height
    }
  }

  @Test func halfPixelCentres() {
    let expected: [Float] = [
      0, 0.4, 1, 2.2, 3, 0.5, 0.5, 0.5, 1.625, 2.375, 1.5, 0.7, -0.5, 0.4750002, 1.125, 2, 0.8, -1, -0.09999979, 0.5,
    ]
    let comparison = Comparison(stretched(.halfPixel), expected: expected)
    #expect(comparison.largestDifference < 1e-6, "\(comparison)")
  }

  @Test func alignedCorners() {
    let expected: [Float] = [
      0, 0.5, 1, 2, 3, 0.6666667, 0.4999999, 0.3333333, 1.25, 2.166667, 1.333333, 0.5, -0.3333334, 0.4999999,
      1.333333, 2, 0.5, -1, -0.25, 0.5,
    ]
    let comparison = Comparison(stretched(.corners), expected: expected)
    #expect(comparison.largestDifference < 1e-6, "\(comparison)")
  }

  @Test func aWindowIsAPartOfThePicture() {
    let cells: [Float] = [0, 1, 3, 2, -1, 0.5, 4, 4, 1]
    let whole = CellStretch(cells: 3, pictureWidth: 16, pictureHeight: 12, left: 0, top: 0, width: 16, height: 12)
    let part = CellStretch(cells: 3, pictureWidth: 16, pictureHeight: 12, left: 3, top: 2, width: 11, height: 9)
    let (all, some) = (pixels(of: whole, cells), pixels(of: part, cells))
    for y in 0..<9 {
      for x in 0..<11 { #expect(some[y * 11 + x] == all[(y + 2) * 16 + x + 3]) }
    }
  }

  @Test func aSingleCellCoversAll() {
    let stretch = CellStretch(cellColumns: 1, cellRows: 1, width: 3, height: 2, by: .corners)
    #expect(pixels(of: stretch, [2.5]) == [Float](repeating: 2.5, count: 6))
  }
}
