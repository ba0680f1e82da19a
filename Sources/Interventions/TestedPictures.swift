import Autodiff
import Explain
import Images

/// The pictures that interventions are made on: those that the network is right about, of classes that have enough of
/// them. One part shows what to look for, the other is kept for the proof.
struct TestedPictures: Sendable {
  let pictures: [LabelledPicture]
  /// What the network says of the unchanged pictures.
  let replies: [Reply]
  /// Those that are tested, by index.
  let classes: [Int]
  private let searching: [Int: [Int]]
  private let proving: [Int: [Int]]

  /// A class with fewer right pictures than this has no part of its own for the proof.
  private static let fewestToPart = 24

  init(_ pictures: [LabelledPicture], _ replies: [Reply]) {
    self.pictures = pictures
    self.replies = replies
    var right: [Int: [Int]] = [:]
    for (index, picture) in pictures.enumerated() where replies[index].answer == picture.classIndex {
      right[picture.classIndex, default: []].append(index)
    }
    right = right.filter { $0.value.count >= ShortcutPlan.fewestImages }
    var (searching, proving): ([Int: [Int]], [Int: [Int]]) = ([:], [:])
    for (classIndex, indices) in right {
      let order = RandomNumbers(seed: 16, stream: UInt64(classIndex)).permutation(indices.count).map { indices[$0] }
      let cut = indices.count < Self.fewestToPart ? indices.count : min(max(indices.count / 4, 12), 32)
      searching[classIndex] = Array(order.prefix(cut))
      proving[classIndex] = indices.count < Self.fewestToPart ? order : Array(order.dropFirst(cut))
    }
    classes = right.keys.sorted()
    self.searching = searching
    self.proving = proving
  }

  /// Pictures of a class by which cues are looked for.
  func searching(_ classIndex: Int) -> [Int] { searching[classIndex]! }
  /// Pictures of a class on which they are proved.
  func proving(_ classIndex: Int) -> [Int] { proving[classIndex]! }

  func image(_ index: Int) -> RGBImage { pictures[index].image }

  func others(than classIndex: Int) -> [Int] { classes.filter { $0 != classIndex } }

  /// Pictures of all other classes in turn, `count` at most.
  func hosts(besides classIndex: Int, _ count: Int) -> [Int] {
    let lists = others(than: classIndex).map(proving)
    var hosts: [Int] = []
    for place in 0..<(lists.map(\.count).max() ?? 0) {
      for list in lists where place < list.count && hosts.count < count { hosts.append(list[place]) }
    }
    return hosts
  }

  /// A part of the class's pictures that lies beside all objects, pixel by pixel: the share of pictures that have their
  /// object there, the median over the other classes. Where nothing is known of objects, the middle half.
  func objectShare(besides classIndex: Int) -> [Double] {
    let maps = others(than: classIndex).compactMap(objectShare)
    let size = pictures[0].image.size
    guard !maps.isEmpty else {
      return (0..<size.pixelCount).map { pixel in
        let (y, x) = pixel.quotientAndRemainder(dividingBy: size.width)
        return abs(2 * x - size.width) < size.width / 2 && abs(2 * y - size.height) < size.height / 2 ? 1 : 0
      }
    }
    return (0..<size.pixelCount).map { pixel in maps.map { $0[pixel] }.sorted()[maps.count / 2] }
  }

  /// nil where fewer than half of the pictures have a known object.
  func objectShare(of classIndex: Int) -> [Double]? {
    let indices = searching(classIndex)
    let masks = indices.compactMap { pictures[$0].object }
    guard 2 * masks.count >= indices.count else { return nil }
    var shares = [Double](repeating: 0, count: masks[0].isForeground.count)
    for mask in masks { for pixel in shares.indices where mask.isForeground[pixel] { shares[pixel] += 1 } }
    return shares.map { $0 / Double(masks.count) }
  }
}
