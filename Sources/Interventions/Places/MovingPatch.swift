import Autodiff
import Images

/// The same small thing at changing places of a class's pictures, such as a sticker: a piece of one picture that others
/// of the class have, all but equal, somewhere else, and other classes have not.
///
/// Pictures are searched at 64 pixels of their shorter side at most. A piece that is at the same place wherever it is
/// found is left to `PlaceScan`; so are parts of an object from frame to frame of a film.
struct MovingPatch: Sendable {
  private let tested: TestedPictures
  private let classIndex: Int
  private let factor: Int
  /// At the search's scale.
  private let source: RGBImage
  private let sourceIndex: Int
  private let rect: PixelRect

  private static let searchSide = 64
  /// Levels in root mean square by which a piece may differ.
  private static let difference = 9
  private static let leastShare = 0.35
  private static let mostElsewhere = 0.1
  /// The deviation of the places, in shares of the side.
  private static let leastSpread = 0.1

  /// nil where there is none.
  init?(of classIndex: Int, in tested: TestedPictures) {
    let size = tested.pictures[0].image.size
    let factor = max(1, min(size.width, size.height) / Self.searchSide)
    let own = tested.searching(classIndex).prefix(10).map { ($0, Self.shrunk(tested.image($0), factor)) }
    let others = tested.others(than: classIndex).flatMap {
      tested.searching($0).prefix(max(3, 12 / tested.classes.count))
    }
    .prefix(24).map { Self.shrunk(tested.image($0), factor) }
    let side = max(4, min(own[0].1.width, own[0].1.height) / 10)

    var best:
      (share: Double, index: Int, image: RGBImage, rect: PixelRect, places: [(image: RGBImage, x: Int, y: Int)])?
    for (index, image) in own.prefix(4) {
      for y in stride(from: 0, through: image.height - side, by: 2) {
        for x in stride(from: 0, through: image.width - side, by: 2) {
          let rect = PixelRect(x: x, y: y, width: side, height: side)
          let piece = Piece(image, rect)
          // Most pieces are everywhere or nowhere: two pictures of each tell.
          if others.prefix(2).contains(where: { piece.place(in: $0) != nil }) { continue }
          let found = own.compactMap { other in
            piece.place(in: other.1).map { (image: other.1, x: $0.x, y: $0.y) }
          }
          let share = Double(found.count) / Double(own.count)
          guard share >= Self.leastShare, share > best?.share ?? 0,
            Self.isSpread(found.map { ($0.x, $0.y) }, image.size),
            Double(others.count { piece.place(in: $0) != nil }) <= Self.mostElsewhere * Double(others.count)
          else { continue }
          best = (share, index, image, rect, found)
        }
      }
    }
    guard let best else { return nil }
    self.tested = tested
    self.classIndex = classIndex
    self.factor = factor
    source = best.image
    sourceIndex = best.index
    rect = Self.grown(best.rect, in: best.image, by: best.places)
  }

  private static func shrunk(_ image: RGBImage, _ factor: Int) -> RGBImage {
    factor == 1
      ? image
      : resize(image, to: ImageSize(width: image.width / factor, height: image.height / factor), filter: .box)
  }

  private static func isSpread(_ places: [(x: Int, y: Int)], _ size: ImageSize) -> Bool {
    func deviation(_ values: [Int]) -> Double {
      let middle = mean(values.map { Double($0) })
      return mean(values.map { (Double($0) - middle) * (Double($0) - middle) }).squareRoot()
    }
    return deviation(places.map(\.x)) >= leastSpread * Double(size.width)
      || deviation(places.map(\.y)) >= leastSpread * Double(size.height)
  }

  /// As far as what is around the piece goes with it from picture to picture, twice its side at most.
  private static func grown(
    _ rect: PixelRect, in image: RGBImage, by places: [(image: RGBImage, x: Int, y: Int)]
  ) -> PixelRect {
    func agrees(_ dx: Int, _ dy: Int) -> Bool {
      let (x, y) = (rect.x + dx, rect.y + dy)
      guard x >= 0, y >= 0, x < image.width, y < image.height else { return false }
      let wanted = image.colour(y * image.width + x)
      let close = places.count { place in
        let (u, v) = (place.x + dx, place.y + dy)
        guard u >= 0, v >= 0, u < place.image.width, v < place.image.height else { return false }
        let difference = place.image.colour(v * place.image.width + u) - wanted
        return (difference * difference).sum() <= Double(3 * Self.difference * Self.difference)
      }
      return 10 * close >= 7 * places.count
    }
    var (left, top, right, bottom) = (0, 0, rect.width, rect.height)
    for _ in 0..<rect.width / 2 {
      func holds(_ line: [(Int, Int)]) -> Bool { 10 * line.count { agrees($0.0, $0.1) } >= 7 * line.count }
      if holds((top..<bottom).map { (left - 1, $0) }) { left -= 1 }
      if holds((top..<bottom).map { (right, $0) }) { right += 1 }
      if holds((left..<right).map { ($0, top - 1) }) { top -= 1 }
      if holds((left..<right).map { ($0, bottom) }) { bottom += 1 }
    }
    return PixelRect(x: rect.x + left, y: rect.y + top, width: right - left, height: bottom - top)
  }

  /// Where a picture has it, in its own pixels; nil where it has not.
  private func place(in index: Int) -> PicturePlace? {
    let image = Self.shrunk(tested.image(index), factor)
    return Piece(source, rect).place(in: image).map {
      full(PixelRect(x: $0.x, y: $0.y, width: rect.width, height: rect.height))
    }
  }

  private func full(_ rect: PixelRect) -> PicturePlace {
    PicturePlace(
      kind: .patch,
      rects: [
        PixelRect(x: factor * rect.x, y: factor * rect.y, width: factor * rect.width, height: factor * rect.height)
      ], size: tested.image(sourceIndex).size)
  }

  func interventions(_ plan: ShortcutPlan) -> (carriers: Double, interventions: [Intervention]) {
    let proving = tested.proving(classIndex)
    let found = proving.compactMap { index in place(in: index).map { (index: index, place: $0) } }
    let removed = found.filter { !$0.place.mirrored.isEmpty }.prefix(plan.proving)
    let places = removed.map(\.place)
    let (own, tested, size) = (full(rect), tested, tested.image(sourceIndex).size)
    let donor = tested.image(sourceIndex)
    let numbers = RandomNumbers(seed: 17, stream: UInt64(classIndex))
    @Sendable func pasted(_ from: PicturePlace, _ place: Int, _ host: Int) -> RGBImage {
      let box = from.bounds
      let target = PixelRect(
        x: numbers.integer(2 * place, below: size.width - box.width + 1),
        y: numbers.integer(2 * place + 1, below: size.height - box.height + 1), width: box.width, height: box.height)
      return tested.image(host).pasting(box, of: donor, at: target)
    }
    let elsewhere = own.mirrored.first
    return (
      Double(found.count) / Double(proving.count),
      [
        Intervention(
          direction: .removed, how: "filled in from around it", hosts: removed.map(\.index),
          edit: { tested.image($1).inpainting(places[$0]) },
          controls: [
            Intervention.Control(how: "a mirrored place filled in") {
              tested.image($1).inpainting(places[$0].mirrored[$0 % places[$0].mirrored.count])
            }
          ]),
        Intervention(
          direction: .transplanted, how: "pasted into pictures of other classes, anywhere",
          hosts: tested.hosts(besides: classIndex, plan.proving), edit: { pasted(own, $0, $1) },
          controls: elsewhere.map { other in
            [Intervention.Control(how: "another piece of the same picture pasted") { pasted(other, $0, $1) }]
          } ?? []),
      ]
    )
  }
}

/// A piece of a picture, to be found in others.
private struct Piece {
  private let rows: [[UInt8]]
  private let limit: Int

  init(_ image: RGBImage, _ rect: PixelRect) {
    rows = (rect.y..<rect.y + rect.height).map { y in
      Array(image.pixels[3 * (y * image.width + rect.x)..<3 * (y * image.width + rect.x + rect.width)])
    }
    limit = MovingPatch.squares(of: 3 * rect.width * rect.height)
  }

  /// Where a picture has it first, from the top.
  func place(in image: RGBImage) -> (x: Int, y: Int)? {
    let (width, height) = (rows[0].count / 3, rows.count)
    guard image.width >= width, image.height >= height else { return nil }
    return image.pixels.withUnsafeBufferPointer { pixels -> (x: Int, y: Int)? in
      for y in 0...image.height - height {
        for x in 0...image.width - width where differs(pixels, at: 3 * (y * image.width + x), 3 * image.width) <= limit
        {
          return (x, y)
        }
      }
      return nil
    }
  }

  /// The sum of the squared differences, as far as it is within the limit.
  private func differs(_ pixels: UnsafeBufferPointer<UInt8>, at start: Int, _ stride: Int) -> Int {
    var sum = 0
    for (row, values) in rows.enumerated() {
      values.withUnsafeBufferPointer { values in
        for place in values.indices {
          let difference = Int(pixels[start + row * stride + place]) - Int(values[place])
          sum += difference * difference
        }
      }
      if sum > limit { break }
    }
    return sum
  }
}

extension MovingPatch {
  /// The greatest sum of squared differences of so many values.
  fileprivate static func squares(of count: Int) -> Int { count * difference * difference }
}
