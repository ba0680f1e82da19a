import Explain
import Images
import Testing

@Suite struct ColorMapTests {
  struct Golden: CustomTestStringConvertible {
    var map: ColorMap
    /// Entries 0, 1, 64, 128, 200 and 255 as 0xRRGGBB.
    var entries: [UInt32]
    /// FNV-1a of all 768 bytes, R, G, B in turn.
    var checksum: UInt64
    var testDescription: String { map.rawValue }
  }

  /// matplotlib 3.10.3, jet from OpenCV 4.11.0 but for one byte; made by `Tests/Golden/make_render_goldens.py`.
  static let goldens = [
    Golden(
      map: .turbo, entries: [0x30123B, 0x321543, 0x28BCEB, 0xA4FC3C, 0xF46617, 0x7A0403],
      checksum: 0xCF9A_52C7_E29B_2626),
    Golden(
      map: .viridis, entries: [0x440154, 0x440256, 0x3B528B, 0x21918C, 0x70CF57, 0xFDE725],
      checksum: 0x1B8E_5490_518C_939B),
    Golden(
      map: .inferno, entries: [0x000004, 0x010005, 0x57106E, 0xBC3754, 0xFB9D07, 0xFCFFA4],
      checksum: 0x0C17_1F89_5947_2839),
    Golden(
      map: .magma, entries: [0x000004, 0x010005, 0x51127C, 0xB73779, 0xFD9869, 0xFCFDBF],
      checksum: 0x18A2_C8DF_7018_D2BE),
    Golden(
      map: .jet, entries: [0x000080, 0x000084, 0x0080FF, 0x82FF7E, 0xFF5C00, 0x800000],
      checksum: 0x408F_50B6_2AC9_8165),
    Golden(
      map: .gray, entries: [0x000000, 0x010101, 0x404040, 0x808080, 0xC8C8C8, 0xFFFFFF],
      checksum: 0x3AC8_574C_48F9_B025),
    Golden(
      map: .coolwarm, entries: [0x3B4CC0, 0x3C4EC2, 0x8DB0FE, 0xDDDCDC, 0xF08B6E, 0xB40426],
      checksum: 0x01F4_363B_8D8C_BDC5),
    Golden(
      map: .bwr, entries: [0x0000FF, 0x0202FF, 0x8080FF, 0xFFFEFE, 0xFF6E6E, 0xFF0000],
      checksum: 0x2CED_A0D3_CFD2_C925),
  ]

  @Test(arguments: goldens)
  func theTableIsItsSources(golden: Golden) {
    let table = golden.map.table
    #expect(table.count == 256)
    #expect([0, 1, 64, 128, 200, 255].map { hex(table[$0]) } == golden.entries)
    #expect(fnv1a(table.flatMap { [$0.red, $0.green, $0.blue] }) == golden.checksum)
  }

  @Test func everyMapHasAGolden() {
    #expect(Self.goldens.map(\.map) == ColorMap.allCases)
  }

  @Test func theDivergingMapsAreNeutralInTheMiddle() {
    for map in ColorMap.allCases where map.isDiverging {
      let middle = map.table[128]
      let channels = [middle.red, middle.green, middle.blue]
      #expect(channels.max()! - channels.min()! <= 1, "\(map)")
      #expect(map.table[0].blue > map.table[0].red, "\(map) has blue below zero")
      #expect(map.table[255].red > map.table[255].blue, "\(map) has red above zero")
    }
    #expect(ColorMap.allCases.filter(\.isDiverging) == [.coolwarm, .bwr])
  }

  @Test func aColorMapSaysWhatEvidenceItIsNotFor() {
    for map in ColorMap.allCases {
      for evidence in Evidence.allCases {
        let fits = map.isDiverging == (evidence == .signed)
        #expect((map.objection(to: evidence) == nil) == fits, "\(map) for \(evidence) evidence")
      }
    }
    #expect(
      ColorMap.turbo.objection(to: .signed)
        == "The colour map turbo has no neutral middle for zero; signed evidence needs coolwarm or bwr.")
    #expect(
      ColorMap.bwr.objection(to: .negative)
        == "The colour map bwr is for signed evidence: its first colour would make zero look like evidence; negative "
        + "evidence needs one of turbo, viridis, inferno, magma, jet, gray.")
  }

  private func hex(_ color: RGB8) -> UInt32 {
    UInt32(color.red) << 16 | UInt32(color.green) << 8 | UInt32(color.blue)
  }

  private func fnv1a(_ bytes: [UInt8]) -> UInt64 {
    bytes.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
  }
}
