import Foundation
import Images
import TestSupport
import Testing

@testable import Training

@Suite("A folder of labelled images")
struct LabelledImagesTests {
  let folder: ScratchFolder

  init() throws { folder = try ScratchFolder() }

  /// Two classes with two images each.
  private func addTwoClasses(to name: String = "data", firstSeed: UInt64 = 0) throws -> String {
    for (index, file) in ["0cat/a.png", "0cat/b.png", "1dog/a.png", "1dog/deep/er/b.png"].enumerated() {
      try folder.add(name + "/" + file, drawnFile(firstSeed + UInt64(index)))
    }
    return folder(name)
  }

  private func link(_ name: String, to target: String) throws {
    try FileManager.default.createSymbolicLink(atPath: folder(name), withDestinationPath: target)
  }

  private func error(_ folders: [String], classes: [String]? = nil) -> DatasetError? {
    do {
      _ = try LabelledImages(folders: folders, classes: classes)
      return nil
    } catch {
      return error
    }
  }

  @Test("holds every image of every class, those in folders below too, in the order of their names")
  func items() throws {
    let path = try addTwoClasses()
    let data = try LabelledImages(folders: [path])
    #expect(data.classes == ["cat", "dog"])
    #expect(
      data.items.map(\.path)
        == ["0cat/a.png", "0cat/b.png", "1dog/a.png", "1dog/deep/er/b.png"].map { path + "/" + $0 })
    #expect(data.items.map(\.classIndex) == [0, 0, 1, 1])
    #expect(data.counts == [2, 2])
    #expect(data.skipped.isEmpty)
  }

  @Test("takes a JPEG, PNG or WebP by its content, and lists all else with the reason")
  func skipped() throws {
    let path = try addTwoClasses()
    let drawn = drawnPicture(seed: 9)
    try folder.add("data/0cat/named-wrongly.txt", encodeJPEG(drawn))
    try folder.add("data/README.md", Array("words".utf8))
    try folder.add("data/.git/config", [1])
    try folder.add("data/0cat/.hidden.png", drawnFile(3))
    try folder.add("data/0cat/Thumbs.db", [0xD0, 0xCF, 0x11, 0xE0])
    try folder.add("data/0cat/notes.png", Array("no picture at all".utf8))
    try folder.add("data/1dog/animated.gif", Array("GIF89a..........".utf8))
    try folder.add("data/1dog/cut.jpg", Array(encodeJPEG(drawn).dropLast(60)))
    try folder.add("data/1dog/empty.png", [])
    try link("data/1dog/gone.png", to: "nowhere.png")
    #expect(mkfifo(folder("data/1dog/pipe.png"), 0o600) == 0)

    let data = try LabelledImages(folders: [path])
    #expect(data.counts == [3, 2])
    #expect(data.items.contains { $0.path == path + "/0cat/named-wrongly.txt" })
    let reasons = Dictionary(uniqueKeysWithValues: data.skipped.map { ($0.path.dropFirst(path.count + 1), $0.reason) })
    #expect(
      reasons == [
        ".git": "it is hidden",
        "README.md": "it lies in no class's folder",
        "0cat/.hidden.png": "it is hidden",
        "0cat/Thumbs.db": "This is not an image file: send a JPEG, PNG or WebP.",
        "0cat/notes.png": "This is not an image file: send a JPEG, PNG or WebP.",
        "1dog/animated.gif": "GIF is not supported: convert the picture to an 8-bit JPEG, to PNG or to WebP.",
        "1dog/cut.jpg":
          "The JPEG file is broken: it ends before its picture does. Save or download it again, and send the "
          + "new file.",
        "1dog/empty.png": "The image is empty: send the bytes of a JPEG, PNG or WebP file.",
        "1dog/gone.png": "the link leads nowhere",
        "1dog/pipe.png": "it is neither a file nor a folder",
      ])
  }

  @Test("follows links, but takes a file or folder that is reached again only once")
  func links() throws {
    let path = try addTwoClasses()
    try folder.add("elsewhere/c.png", drawnFile(7))
    try link("data/0cat/more", to: folder("elsewhere"))
    try link("data/2bird", to: folder("elsewhere"))
    // Ways that lead back: into the class, into the data set, and to a file that counts already.
    try link("data/1dog/deep/back", to: "..")
    try link("data/1dog/up", to: "..")
    try link("data/1dog/z.png", to: "a.png")
    try link("elsewhere/self", to: ".")

    let data = try LabelledImages(folders: [path])
    #expect(data.classes == ["cat", "dog", "bird"])
    #expect(data.counts == [3, 2, 1])
    #expect(
      data.skipped.map(\.reason) == [
        "it leads to a folder that was visited already", "it leads to a folder that was visited already",
        "it leads to a folder that was visited already",
        "it is a link to a file of this class that counts already",
        "it leads to a folder that was visited already",
      ])
  }

  @Test("ends though links lead to one place by exponentially many ways")
  func manyWays() throws {
    let path = try addTwoClasses()
    for level in 0..<40 {
      try folder.add("tower/\(level)/only.txt", [1])
      for name in ["left", "right"] { try link("tower/\(level)/\(name)", to: folder("tower/\(level + 1)")) }
    }
    try link("data/0cat/tower", to: folder("tower/0"))
    #expect(try LabelledImages(folders: [path]).counts == [2, 2])
  }

  @Test("of several folders is that of all their images, whatever their order")
  func merged() throws {
    let (first, second) = (try addTwoClasses(to: "first"), try addTwoClasses(to: "second", firstSeed: 10))
    let data = try LabelledImages(folders: [first, second])
    let turned = try LabelledImages(folders: [second + "/", first])
    #expect(data.counts == [4, 4])
    #expect(
      data.items.map { $0.path.replacing("//", with: "/") } == turned.items.map { $0.path.replacing("//", with: "/") })
    #expect(data.fingerprint == turned.fingerprint)
    #expect(try LabelledImages(folders: [first]).fingerprint != data.fingerprint)
  }

  @Test("has a fingerprint of names, classes and contents, not of places and unused files")
  func fingerprint() throws {
    let path = try addTwoClasses()
    let original = try LabelledImages(folders: [path]).fingerprint
    #expect(original.count == 64)
    try FileManager.default.moveItem(atPath: path, toPath: folder("moved"))
    try folder.add("moved/README", [1])
    #expect(try LabelledImages(folders: [folder("moved")]).fingerprint == original)

    try FileManager.default.moveItem(atPath: folder("moved/0cat/b.png"), toPath: folder("moved/0cat/c.png"))
    let renamed = try LabelledImages(folders: [folder("moved")]).fingerprint
    #expect(renamed != original)
    try FileManager.default.moveItem(atPath: folder("moved/0cat/c.png"), toPath: folder("moved/0cat/b.png"))
    #expect(try LabelledImages(folders: [folder("moved")]).fingerprint == original)
    try folder.add("moved/0cat/b.png", drawnFile(77))
    #expect(try LabelledImages(folders: [folder("moved")]).fingerprint != original)
    // The same files, one of another class.
    try folder.add("moved/0cat/b.png", drawnFile(1))
    try FileManager.default.moveItem(atPath: folder("moved/0cat/b.png"), toPath: folder("moved/1dog/b.png"))
    #expect(try LabelledImages(folders: [folder("moved")]).fingerprint != original)
  }

  @Test("is upright and of any size")
  func upright() throws {
    let path = try addTwoClasses()
    // EXIF: one entry, orientation 6, turned right.
    let tiff: [UInt8] = [
      0x4D, 0x4D, 0, 0x2A, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6, 0, 0, 0, 0, 0, 0,
    ]
    let body = Array("Exif\0\0".utf8) + tiff
    let jpeg = encodeJPEG(drawnPicture(seed: 5, 400, 120))
    try folder.add(
      "data/0cat/turned.jpg",
      jpeg.prefix(2) + [0xFF, 0xE1, 0, UInt8(body.count + 2)] + body + jpeg.dropFirst(2))
    try folder.add("data/0cat/stored.jpg", jpeg)
    let data = try LabelledImages(folders: [path])
    #expect(data.counts == [4, 2])
    let (stored, turned) = (data.signatures[2].thumbnail, data.signatures[3].thumbnail)
    let side = ImageSignature.side
    let expected = (0..<side * side).map { stored[(side - 1 - $0 % side) * side + $0 / side] }
    #expect(zip(turned, expected).allSatisfy { abs(Int($0) - Int($1)) <= 2 })
    #expect(!zip(turned, stored).allSatisfy { abs(Int($0) - Int($1)) <= 20 })
  }

  @Test("is refused, with a sentence that says what would work")
  func refused() throws {
    let path = try addTwoClasses()
    #expect(
      error([folder("nothing")]) == .cannotRead(path: folder("nothing"), reason: "there is none"))
    let file = try folder.add("file", [1])
    #expect(error([file]) == .cannotRead(path: file, reason: "it is no folder"))
    #expect(error([path, path + "/../data"]) == .repeatedFolder(path: path + "/../data"))

    try FileManager.default.createDirectory(atPath: folder("empty"), withIntermediateDirectories: true)
    #expect(error([folder("empty")]) == .noClasses(path: folder("empty"), fileCount: 0))
    try folder.add("flat/a.png", drawnFile(0))
    #expect(error([folder("flat")]) == .noClasses(path: folder("flat"), fileCount: 1))
    #expect(
      DatasetError.noClasses(path: "flat", fileCount: 1).description
        == "The folder flat holds 1 file but no folder: move the images into one folder for each class, such as flat/cat and "
        + "flat/dog.")

    try folder.add("single/cat/a.png", drawnFile(0))
    #expect(error([folder("single")]) == .oneClass(path: folder("single"), name: "cat"))
    try folder.add("twice/1a/a.png", drawnFile(0))
    try folder.add("twice/1b/a.png", drawnFile(0))
    #expect(error([folder("twice")]) == .repeatedNumber(path: folder("twice"), first: "1a", second: "1b", number: 1))

    try folder.add("hollow/cat/a.png", drawnFile(0))
    try folder.add("hollow/dog/a.png", Array("nothing".utf8))
    try folder.add("hollow/dog/.b.png", [])
    let hollow = DatasetError.emptyClass(
      name: "dog", folders: [folder("hollow/dog")], skippedCount: 2, firstReason: "it is hidden")
    #expect(error([folder("hollow")]) == hollow)
    #expect(
      hollow.description
        == "The class dog has no image that can be used, in \(folder("hollow/dog")) (2 skipped, the first "
        + "because: it is hidden): put JPEG, PNG or WebP files there, or remove the folder.")

    for set in ["train", "Test"] {
      for name in ["cat", "dog"] { try folder.add("sets/\(set)/\(name)/a.png", drawnFile(0)) }
    }
    #expect(
      error([folder("sets")])
        == .holdsSplits(
          path: folder("sets"), folders: ["Test", "train"],
          advice: "Train with --data \(folder("sets/train")) --validate \(folder("sets/Test")); or, if these are your "
            + "classes, give their folders other names."))
    // To measure a model on, another one is meant.
    #expect(
      error([folder("sets")], classes: ["cat", "dog"])
        == .holdsSplits(
          path: folder("sets"), folders: ["Test", "train"], advice: "Name one of them, such as \(folder("sets/Test")).")
    )
    // A model that has these classes may be measured.
    #expect(try LabelledImages(folders: [folder("sets")], classes: ["Test", "train", "cat"]).counts == [2, 2, 0])
    // Recordings of each class are no data sets.
    for name in ["cat", "dog"] {
      for day in ["train", "test"] { try folder.add("days/\(name)/\(day)/a.png", drawnFile(0)) }
    }
    #expect(try LabelledImages(folders: [folder("days")]).classes == ["cat", "dog"])
  }

  @Test("of several folders with other classes is refused")
  func otherClasses() throws {
    let path = try addTwoClasses()
    for name in ["0cat", "1bird", "2dog"] { try folder.add("other/\(name)/a.png", drawnFile(0)) }
    let other = DatasetError.otherClasses(path: folder("other"), missing: [], extra: ["bird"], reference: path)
    #expect(error([path, folder("other")]) == other)
    #expect(
      other.description
        == "The folders of \(folder("other")) are not the classes of \(path): bird is too many. All folders "
        + "given together need the same classes.")
    for name in ["1cat", "0dog"] { try folder.add("order/\(name)/a.png", drawnFile(0)) }
    #expect(
      error([path, folder("order")]) == .otherClasses(path: folder("order"), missing: [], extra: [], reference: path))
    for name in ["cat", "cow"] { try folder.add("cows/\(name)/a.png", drawnFile(0)) }
    #expect(
      error([path, folder("cows")])
        == .otherClasses(path: folder("cows"), missing: ["dog"], extra: ["cow"], reference: path))
  }

  @Test("to evaluate on may have some of a model's classes only, named as the model or the training data name them")
  func knownClasses() throws {
    let path = try addTwoClasses()
    let data = try LabelledImages(folders: [path], classes: ["bird", "dog", "cat"])
    #expect(data.classes == ["bird", "dog", "cat"])
    #expect(data.counts == [0, 2, 2])
    #expect(data.items[0].path.hasSuffix("1dog/a.png"))
    try folder.add("one/2 dog/a.png", drawnFile(0))
    #expect(try LabelledImages(folders: [folder("one")], classes: ["cat", "dog"]).counts == [0, 1])
    #expect(
      error([path], classes: ["cat", "bird"])
        == .unknownClass(path: path, folder: "1dog", classes: ["cat", "bird"]))
  }

  /// Käse, in two spellings that a file system keeps apart.
  private let composed = "K\u{E4}se"
  private let decomposed = "Ka\u{308}se"

  @Test("takes folders as one class that only Unicode spells differently, and says so; others are apart")
  func spellings() throws {
    for (index, name) in [composed, decomposed, "k\u{E4}se", "K\u{E4}se ", "Kase"].enumerated() {
      for file in 0..<2 { try folder.add("data/\(name)/\(file).png", drawnFile(UInt64(index * 2 + file))) }
    }
    let data = try LabelledImages(folders: [folder("data")])
    #expect(data.classes == ["Kase", composed, composed + " ", "k\u{E4}se"])
    #expect(data.classes.contains { $0.utf8.elementsEqual(composed.utf8) })
    #expect(data.counts == [2, 4, 2, 2])
    #expect(data.repeatedNames == [composed])
    #expect(Set(data.items.map { Array($0.path.utf8) }).count == 10)

    // A link from one spelling to the other counts nothing twice.
    try folder.add("linked/\(composed)/0.png", drawnFile(0))
    try folder.add("linked/Wurst/0.png", drawnFile(1))
    try link("linked/\(decomposed)", to: composed)
    let linked = try LabelledImages(folders: [folder("linked")])
    #expect(linked.counts.reduce(0, +) == 2)
    #expect(linked.classes.count == 2)

    // Numbers do not keep them apart, and are no number twice.
    for (file, name) in ["0\(composed)", "0\(decomposed)", "1Wurst"].enumerated() {
      try folder.add("numbered/\(name)/\(file).png", drawnFile(UInt64(file)))
    }
    let numbered = try LabelledImages(folders: [folder("numbered")])
    #expect(numbered.classes == [composed, "Wurst"])
    #expect(numbered.counts == [2, 1])
  }

  @Test("keeps a single folder's spelling, and that of several data sets whatever their order")
  func oneSpelling() throws {
    for (set, name) in [("nfd", decomposed), ("nfc", composed)] {
      try folder.add("\(set)/\(name)/0.png", drawnFile(0))
      try folder.add("\(set)/Wurst/0.png", drawnFile(1))
    }
    let alone = try LabelledImages(folders: [folder("nfd")])
    #expect(alone.classes[0].utf8.elementsEqual(decomposed.utf8))
    #expect(alone.repeatedNames.isEmpty)
    let both = try LabelledImages(folders: [folder("nfd"), folder("nfc")])
    let turned = try LabelledImages(folders: [folder("nfc"), folder("nfd")])
    #expect(both.counts == [2, 2])
    #expect(both.fingerprint == turned.fingerprint)
    // A model's classes are found in either spelling.
    let known = try LabelledImages(folders: [folder("nfd")], classes: [composed, "Wurst"])
    #expect(known.counts == [1, 1])
  }

  @Test(
    "cannot be opened where a class's folder may not be read", .enabled(if: getuid() != 0, "root may read anything"))
  func unreadable() throws {
    let path = try addTwoClasses()
    chmod(folder("data/1dog"), 0)
    defer { chmod(folder("data/1dog"), 0o700) }
    #expect(error([path]) == .cannotRead(path: folder("data/1dog"), reason: "Permission denied"))
  }
}
