import Drawing
import Foundation
import FoundationXML
import Images
import Synchronization
import Testing

@Suite("Figures as pixels, SVG and PDF")
struct FigureTests {
  private static let red = RGB8(red: 200, green: 30, blue: 7)

  /// The red channel of each pixel, by row.
  private func gray(_ figure: Figure, scale: Int = 1) throws -> [[UInt8]] {
    let image = try figure.rgb(scale: scale)
    return (0..<image.height).map { y in (0..<image.width).map { image.pixels[3 * (y * image.width + $0)] } }
  }

  @Test("An area on whole pixels has its colour exactly, and nothing around it has any")
  func areas() throws {
    var figure = Figure(width: 4, height: 3, title: "")
    figure.fill(Box(x: 1, y: 1, width: 2, height: 1), Self.red)
    let image = try figure.rgb(scale: 1)
    for y in 0..<3 {
      for x in 0..<4 {
        let expected: [UInt8] = y == 1 && (1...2).contains(x) ? [200, 30, 7] : [255, 255, 255]
        #expect(Array(image.pixels[3 * (4 * y + x)..<3 * (4 * y + x) + 3]) == expected)
      }
    }
    let layer = try figure.layer()
    #expect(Array(layer.pixels[20..<24]) == [200, 30, 7, 255] && Array(layer.pixels[0..<4]) == [0, 0, 0, 0])
  }

  @Test("Every 8-bit colour comes out as it went in")
  func colors() throws {
    var figure = Figure(width: 256, height: 1, title: "")
    for value in 0..<256 {
      let byte = UInt8(value)
      figure.fill(
        Box(x: Double(value), y: 0, width: 1, height: 1), RGB8(red: byte, green: 255 - byte, blue: byte ^ 85))
    }
    let pixels = try figure.rgb(scale: 1).pixels
    for value in 0..<256 {
      let byte = UInt8(value)
      #expect(Array(pixels[3 * value..<3 * value + 3]) == [byte, 255 - byte, byte ^ 85])
    }
  }

  @Test("Opacity mixes with what lies below")
  func opacity() throws {
    var figure = Figure(width: 2, height: 1, title: "")
    figure.fill(Box(x: 0, y: 0, width: 1, height: 1), .black, opacity: 0.25)
    let row = try gray(figure)[0]
    #expect(abs(Int(row[0]) - 191) <= 1 && row[1] == 255)
  }

  @Test("A line covers the pixels along it, half of those at its edges")
  func strokes() throws {
    var figure = Figure(width: 8, height: 4, title: "")
    figure.stroke([PlanePoint(x: -9, y: 1.5), PlanePoint(x: 99, y: 1.5)], width: 2, .black)
    for row in try gray(figure).enumerated() {
      let expected = [128, 0, 128, 255][row.offset]
      // Cairo counts the parts of a pixel that are covered in fifteenths.
      #expect(row.element.allSatisfy { abs(Int($0) - expected) <= 10 })
    }
  }

  @Test("Dashes are drawn and left out in turn, with round ends; a point is a dot")
  func dashes() throws {
    var figure = Figure(width: 40, height: 5, title: "")
    figure.stroke([PlanePoint(x: 0, y: 2.5), PlanePoint(x: 40, y: 2.5)], width: 1, .black, dashes: [5, 5])
    let row = try gray(figure)[2]
    for start in stride(from: 0, to: 40, by: 10) {
      #expect(row[start + 2] < 10 && row[start + 7] > 245)
    }
    var dot = Figure(width: 9, height: 9, title: "")
    dot.stroke([PlanePoint(x: 4.5, y: 4.5), PlanePoint(x: 4.5, y: 4.5)], width: 5, .black)
    let box = try #require(try ink(of: dot, scale: 1))
    #expect(box == Box(x: 2, y: 2, width: 5, height: 5))
    #expect(try gray(dot)[4][4] == 0 && gray(dot)[2][2] > 100)
  }

  @Test("Anchors say which point of a text stands at its place")
  func anchors() throws {
    let block = try TextBlock("HH", size: 20)
    func box(_ anchor: TextAnchor, isUpwards: Bool = false) throws -> Box {
      var figure = Figure(width: 120, height: 120, title: "")
      figure.write(block, at: PlanePoint(x: 60, y: 60), anchor, isUpwards: isUpwards)
      return try #require(try ink(of: figure))
    }
    let middle = try box(TextAnchor(.middle, .middle))
    #expect(abs(middle.x + middle.width / 2 - 60) < 1 && abs(middle.y + middle.height / 2 - 60) < 0.5)
    let baseline = try box(TextAnchor(.left, .baseline))
    #expect((60..<63).contains(baseline.x) && abs(baseline.y + baseline.height - 60) < 0.3)
    let right = try box(TextAnchor(.right, .top))
    #expect((57...60.2).contains(right.x + right.width) && right.y > 60 && right.y < 66)
    // Against the clock: the text begins at the bottom, and its baseline is to the right of its letters.
    let upwards = try box(TextAnchor(.left, .baseline), isUpwards: true)
    #expect((57...60.2).contains(upwards.y + upwards.height) && abs(upwards.x + upwards.width - 60) < 0.3)
    #expect(upwards.height > upwards.width)
  }

  @Test("A border goes all around letters")
  func border() throws {
    var figure = Figure(width: 60, height: 40, title: "")
    figure.fill(Box(x: 0, y: 0, width: 60, height: 40), RGB8(red: 128, green: 128, blue: 128))
    figure.write(
      try TextBlock("I", size: 24), at: PlanePoint(x: 30, y: 20), TextAnchor(.middle, .middle), color: .white,
      border: Figure.Border(width: 3, color: .black))
    let row = try gray(figure)[20]
    let white = try #require(row.firstIndex(of: 255))
    let lastWhite = try #require(row.lastIndex(of: 255))
    #expect(row[white - 2] == 0 && row[lastWhite + 2] == 0 && row[white - 6] == 128 && row[lastWhite + 6] == 128)
  }

  @Test("The same figure gives the same bytes, at another scale the same picture")
  func determinism() throws {
    #expect(try sample(1).rgb() == sample(1).rgb())
    #expect(try sample(1) == sample(1))
    #expect(try sample(1).svg() == sample(1).svg())
    #expect(try sample(1).pdf() == sample(1).pdf())
    #expect(try sample(1).rgb() != sample(2).rgb())
    let (small, large) = (try ink(of: sample(1), scale: 2)!, try ink(of: sample(1), scale: 8)!)
    #expect(abs(small.x - large.x) < 1 && abs(small.width - large.width) < 1.5)
  }

  @Test("Threads that draw at one time draw what one draws alone")
  func threads() throws {
    let alone = try (0..<12).map { try sample($0).rgb() }
    let documents = try (0..<12).map { try sample($0).pdf() }
    let mistakes = Mutex<[String]>([])
    DispatchQueue.concurrentPerform(iterations: 48) { turn in
      let index = turn % 12
      let isEqual = Result {
        try sample(index).rgb() == alone[index] && (turn >= 12 || sample(index).pdf() == documents[index])
      }
      if (try? isEqual.get()) != true { mistakes.withLock { $0.append("\(turn): \(isEqual)") } }
    }
    #expect(mistakes.withLock { $0 } == [])
  }

  @Test("SVG is well-formed XML with its title, texts of the measured length, notes and links")
  func svg() throws {
    var figure = try sample(3)
    figure.fill(
      Box(x: 1, y: 2, width: 3.25, height: 4), Self.red, opacity: 0.5,
      note: Note(text: "<cat> & \"dog\"\u{1}", link: "#a\"b"))
    let svg = figure.svg()
    let reader = Elements()
    let parser = XMLParser(data: Data(svg.utf8))
    parser.delegate = reader
    #expect(parser.parse(), "\(String(describing: parser.parserError))")
    #expect(reader.attributes["svg"]?.first?["viewBox"] == "0 0 200 100")
    #expect(reader.texts["title"] == ["<figure> 3", "<cat> & \"dog\"\u{FFFD}"])
    #expect(reader.attributes["a"]?.first?["href"] == "#a\"b")
    let block = try TextBlock("<Łódź> 3 & قطة", size: 12)
    #expect(reader.texts["text"]?.first == "<Łódź> 3 & قطة")
    let length = try #require(reader.attributes["text"]?.first?["textLength"].flatMap { Double($0) })
    #expect(abs(length - block.lines[0].width) < 0.01)
    let rtl = try #require(reader.attributes["text"]?.last)
    #expect(rtl["direction"] == "rtl" && rtl["text-anchor"] == "end")
    #expect(svg.contains("width=\"3.25\" height=\"4\" fill=\"#c81e07\" fill-opacity=\"0.5\""))
    // One element a line.
    #expect(svg.split(separator: "\n").allSatisfy { $0.hasPrefix("<") && $0.hasSuffix(">") })
  }

  @Test("A PDF has one page, of the figure's size, and the font that its letters need")
  func pdf() throws {
    let bytes = try sample(1).pdf()
    let text = String(decoding: bytes, as: UTF8.self)
    #expect(text.hasPrefix("%PDF-1."))
    #expect(text.components(separatedBy: "/Type /Page ").count == 2)
    #expect(text.contains("[ 0 0 200 100 ]") && text.contains("GazeSans"))
    #expect(text.components(separatedBy: "%%EOF").count == 2)
  }

  private func sample(_ number: Int) throws -> Figure {
    var figure = Figure(width: 200, height: 100, title: "<figure> \(number)")
    figure.fill(Box(x: 10, y: 60.5, width: 50, height: 20), Self.red, opacity: 0.7)
    figure.stroke(
      [PlanePoint(x: 5, y: 5), PlanePoint(x: 190, y: Double(90 - number)), PlanePoint(x: 100, y: 50)], width: 1.75,
      Self.red, dashes: [7, 4])
    figure.write(
      try TextBlock("<Łódź> \(number) & قطة", size: 12), at: PlanePoint(x: 100, y: 40), TextAnchor(.middle, .baseline))
    figure.write(
      try TextBlock("up \(number)", size: 9 + Double(number) / 4), at: PlanePoint(x: 20, y: 50),
      TextAnchor(.middle, .top), isUpwards: true)
    figure.write(try TextBlock("قطة \(number)", size: 11), at: PlanePoint(x: 150, y: 80), TextAnchor(.left, .top))
    return figure
  }
}

/// What an XML parser finds.
private final class Elements: NSObject, XMLParserDelegate {
  var attributes: [String: [[String: String]]] = [:]
  var texts: [String: [String]] = [:]
  private var open: [(name: String, text: String)] = []

  func parser(
    _ parser: XMLParser, didStartElement name: String, namespaceURI: String?, qualifiedName: String?,
    attributes found: [String: String] = [:]
  ) {
    attributes[name, default: []].append(found)
    open.append((name, ""))
  }

  func parser(_ parser: XMLParser, foundCharacters text: String) { open[open.count - 1].text += text }

  func parser(_ parser: XMLParser, didEndElement name: String, namespaceURI: String?, qualifiedName: String?) {
    texts[name, default: []].append(open.removeLast().text)
  }
}
