import Testing

@testable import Training

@Suite("The order of classes and their names")
struct ClassOrderTests {
  @Test(
    "follows the numbers that every folder begins with, else the bytes of the names",
    arguments: [
      (
        ["2blue", "0white", "3transparant", "1black"], ["0white", "1black", "2blue", "3transparant"],
        ["white", "black", "blue", "transparant"]
      ),
      (["10 ten", "9_nine", "8-eight"], ["8-eight", "9_nine", "10 ten"], ["8-eight", "9_nine", "10 ten"]),
      (["02. b", "01. a"], ["01. a", "02. b"], ["a", "b"]),
      (["1", "0", "10", "2"], ["0", "1", "2", "10"], ["0", "1", "2", "10"]),
      (["dog", "cat", "Bee"], ["Bee", "cat", "dog"], ["Bee", "cat", "dog"]),
      (["b", "1a"], ["1a", "b"], ["1a", "b"]),
      // Numbers that are the name's meaning stay.
      (["3d", "2d"], ["2d", "3d"], ["2d", "3d"]),
      (["1 cup", "0 cup"], ["0 cup", "1 cup"], ["0 cup", "1 cup"]),
      (["1990 car", "1980 car"], ["1980 car", "1990 car"], ["1980 car", "1990 car"]),
      // So do those that a space follows, those of a plural, and those without which no name is left.
      (["2 stars", "1 star"], ["1 star", "2 stars"], ["1 star", "2 stars"]),
      (["2_Stars", "1_star"], ["1_star", "2_Stars"], ["1_star", "2_Stars"]),
      (["0 cat", "1_dog"], ["0 cat", "1_dog"], ["0 cat", "1_dog"]),
      (["2nd", "1st", "3rd"], ["1st", "2nd", "3rd"], ["1st", "2nd", "3rd"]),
      (["1-2", "0-1"], ["0-1", "1-2"], ["0-1", "1-2"]),
      (["1 mug", "1 cup", "2 cups"], ["1 cup", "1 mug", "2 cups"], ["1 cup", "1 mug", "2 cups"]),
      // What only counts goes, whatever sets it apart.
      (["3. c", "1-a", "2_b", "4d"], ["1-a", "2_b", "3. c", "4d"], ["a", "b", "c", "d"]),
      (["1starling", "0star"], ["0star", "1starling"], ["star", "starling"]),
      // More digits than a number holds are none.
      (["99999999999999999999b", "0a"], ["0a", "99999999999999999999b"], ["0a", "99999999999999999999b"]),
      // Other scripts' digits are letters of a name.
      (["\u{0664}x", "0y"], ["0y", "\u{0664}x"], ["0y", "\u{0664}x"]),
      (["\u{E9}", "z", "e\u{301}a"], ["e\u{301}a", "z", "\u{E9}"], ["e\u{301}a", "z", "\u{E9}"]),
    ] as [([String], [String], [String])])
  func order(folders: [String], sorted: [String], names: [String]) throws {
    let order = try ClassOrder(folders: folders, in: "data")
    #expect(order.folders == sorted)
    #expect(order.names == names)
    #expect(try ClassOrder(folders: folders.reversed(), in: "data").folders == sorted)
  }

  @Test("is refused where two folders have one number")
  func repeated() {
    let error = DatasetError.repeatedNumber(path: "data", first: "01b", second: "1a", number: 1)
    #expect(throws: error) { try ClassOrder(folders: ["1a", "0c", "01b"], in: "data") }
    #expect(
      error.description
        == "The folders 01b and 1a in data both begin with the number 1, which is to give the order of the "
        + "classes: give each folder a number of its own, or none a number.")
  }
}
