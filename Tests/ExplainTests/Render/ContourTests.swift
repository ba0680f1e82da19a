import Autodiff
import Drawing
import Images
import TestSupport
import Testing

@testable import Explain

@Suite struct ContourTests {
  @Test func aLineCrossesWhereTheMapHasTheLevel() {
    // The value is the column, from 0 to 3: the level 1.25 lies at x = 1.25 of the cells' centres.
    let map = SaliencyMap(width: 4, height: 3, values: [0, 1, 2, 3, 0, 1, 2, 3, 0, 1, 2, 3])
    #expect(
      map.contours(at: 1.25) == [
        [PlanePoint(x: 1.75, y: 0.5), PlanePoint(x: 1.75, y: 1.5), PlanePoint(x: 1.75, y: 2.5)]
      ])
    let turned = SaliencyMap(width: 3, height: 4, values: [0, 0, 0, 1, 1, 1, 2, 2, 2, 3, 3, 3])
    #expect(
      turned.contours(at: 1.25) == [
        [PlanePoint(x: 0.5, y: 1.75), PlanePoint(x: 1.5, y: 1.75), PlanePoint(x: 2.5, y: 1.75)]
      ])
  }

  @Test func aLineAroundAPeakIsClosed() {
    let map = SaliencyMap(width: 3, height: 3, values: [0, 0, 0, 0, 4, 0, 0, 0, 0])
    let lines = map.contours(at: 1)
    #expect(lines.count == 1)
    #expect(lines[0].count == 5 && lines[0].first == lines[0].last)
    #expect(
      Set(lines[0]) == [
        PlanePoint(x: 1.5, y: 0.75), PlanePoint(x: 2.25, y: 1.5), PlanePoint(x: 1.5, y: 2.25),
        PlanePoint(x: 0.75, y: 1.5),
      ])
  }

  /// [1 0; 0 1]: below the mean of ½ the ones are joined and the zeros cut off; above it the ones are cut off.
  @Test(arguments: [(1, 0, 0, 1), (0, 1, 1, 0)] as [(Float, Float, Float, Float)])
  func theMeanSaysWhetherOppositeCornersAreJoined(a: Float, b: Float, c: Float, d: Float) {
    let map = SaliencyMap(width: 2, height: 2, values: [a, b, c, d])
    for (level, corner) in [(Float(0.25), Float(0)), (0.75, 1)] {
      let lines = map.contours(at: level)
      #expect(lines.count == 2)
      // Each line goes round a corner that has this value: both its ends lie a quarter from it.
      for line in lines {
        #expect(line.count == 2)
        let x = line[0].x == 0.5 || line[1].x == 0.5 ? 0 : 1
        let y = line[0].y == 0.5 || line[1].y == 0.5 ? 0 : 1
        #expect(map.values[2 * y + x] == corner, "level \(level)")
        #expect(line.allSatisfy { abs($0.x - 0.5 - Double(x)) + abs($0.y - 0.5 - Double(y)) == 0.25 })
      }
    }
  }

  @Test func linesOfASmoothHillAreItsCircles() {
    let size = 41
    let map = SaliencyMap(
      width: size, height: size,
      values: (0..<size * size).map { index in
        let (y, x) = index.quotientAndRemainder(dividingBy: size)
        return 400 - Float((x - 18) * (x - 18) + (y - 22) * (y - 22))
      })
    for radius in [5.0, 11, 17] {
      let lines = map.contours(at: Float(400 - radius * radius))
      #expect(lines.count == 1)
      #expect(lines[0].first == lines[0].last)
      for point in lines[0] {
        let (dx, dy) = (point.x - 18.5, point.y - 22.5)
        #expect(abs((dx * dx + dy * dy).squareRoot() - radius) < 0.03)
      }
    }
  }

  @Test func everyCrossingIsOnOneLine() {
    var random = SplitMix64(seed: 2)
    let map = SaliencyMap(width: 13, height: 9, values: random.units(117))
    let lines = map.contours(at: 0.1)
    // A line's ends are on the border, or are the same.
    var points: [PlanePoint] = []
    for line in lines {
      if line.first == line.last {
        points += line.dropFirst()
      } else {
        points += line
        for end in [line.first!, line.last!] {
          #expect([0.5, 12.5].contains(end.x) || [0.5, 8.5].contains(end.y))
        }
      }
      // Neighbours share a square.
      for (a, b) in zip(line, line.dropFirst()) { #expect(abs(a.x - b.x) <= 1 && abs(a.y - b.y) <= 1) }
    }
    #expect(Set(points).count == points.count)
    var crossings = 0
    for y in 0..<9 {
      for x in 0..<13 {
        let isIn = map.values[13 * y + x] >= 0.1
        if x < 12 && isIn != (map.values[13 * y + x + 1] >= 0.1) { crossings += 1 }
        if y < 8 && isIn != (map.values[13 * y + x + 13] >= 0.1) { crossings += 1 }
      }
    }
    #expect(points.count == crossings)
  }

  @Test func aMapWithoutTheLevelHasNoLine() {
    #expect(SaliencyMap(width: 3, height: 2, values: [1, 2, 3, 4, 5, 6]).contours(at: 7).isEmpty)
    #expect(SaliencyMap(width: 3, height: 2, values: [1, 2, 3, 4, 5, 6]).contours(at: 1).isEmpty)
    #expect(SaliencyMap(width: 3, height: 1, values: [1, 2, 3]).contours(at: 2).isEmpty)
    #expect(SaliencyMap(width: 0, height: 0, values: []).contours(at: 0).isEmpty)
  }

  @Test func aLightLineLiesInADarkOne() {
    var canvas = Canvas(size: ImageSize(width: 9, height: 4), filledWith: RGB8(red: 128, green: 128, blue: 128))
    // Level 3 on columns 0 to 6 lies on the centres of column 3, which is column 4 of the picture.
    let map = SaliencyMap(width: 7, height: 2, values: [0, 1, 2, 3, 4, 5, 6, 0, 1, 2, 3, 4, 5, 6])
    canvas.drawContours(of: map, at: [3], on: PixelRect(x: 1, y: 1, width: 7, height: 2), scale: 1)
    let row = (0..<9).map { canvas.rgb.pixels[3 * (9 + $0)] }
    // 1⅝ of black to each side, then ⅝ of white: 128·⅞ = 112, an eighth of white on black 32.
    #expect(row == [128, 128, 112, 32, 255, 32, 112, 128, 128])
    #expect((0..<9).allSatisfy { canvas.rgb.pixels[3 * $0] == 128 })
  }
}
