import Autodiff
import Testing

@Suite("Instruction sets")
struct InstructionSetTests {
  @Test("without a name the best that runs here is taken; the plain one always runs")
  func best() throws {
    #expect(InstructionSet.supported.contains(.generic))
    let unnamed = [try InstructionSet.requested(nil), try InstructionSet.requested("")]
    #expect(unnamed.allSatisfy { $0 == InstructionSet.supported.last })
  }

  @Test("each set that runs here can be asked for", arguments: InstructionSet.supported)
  func named(_ set: InstructionSet) throws {
    let requested = try InstructionSet.requested(set.rawValue)
    #expect(requested == set)
  }

  @Test("a name that does not run here is refused in a sentence that lists what does", arguments: ["sse9", "AVX2 "])
  func unknown(_ name: String) {
    let error = #expect(throws: InstructionSetError.self) { try InstructionSet.requested(name) }
    #expect(error?.description.contains("GAZE_ISA=\(name) does not run") == true)
    #expect(error?.description.contains("generic") == true)
  }

  @Test("x86 has no NEON and ARM has no AVX")
  func foreign() {
    #expect(!(InstructionSet.neon.isSupported && InstructionSet.avx2.isSupported))
  }
}
