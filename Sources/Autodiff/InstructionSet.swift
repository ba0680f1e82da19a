import CKernels

/// What the kernels are compiled for. A process uses one set throughout, because weights are packed for it.
package enum InstructionSet: String, CaseIterable, Sendable {
  /// Vectors of 128 bits without fused multiply-add: any processor.
  case generic
  /// AVX2 and FMA.
  case avx2
  /// AVX-512 F, VL, BW and DQ.
  case avx512
  /// AArch64 Advanced SIMD.
  case neon

  /// The set that this process uses: what `GAZE_ISA` names, else the best that this processor has.
  ///
  /// Traps if `GAZE_ISA` names none that runs here; the command asks `requested` first and says so in a sentence.
  package static let current: InstructionSet = {
    do throws(InstructionSetError) {
      return try requested(Platform.environmentVariable("GAZE_ISA"))
    } catch {
      fatalError(error.description)
    }
  }()

  /// The sets that run on this processor, the best last.
  package static var supported: [InstructionSet] { allCases.filter { $0.isSupported } }

  /// The set of this name; the best that runs here if there is no name.
  package static func requested(_ name: String?) throws(InstructionSetError) -> InstructionSet {
    guard let name, !name.isEmpty else { return supported.last! }
    guard let set = InstructionSet(rawValue: name), set.isSupported else { throw InstructionSetError(name: name) }
    return set
  }

  package var isSupported: Bool { gaze_supports(code) }

  /// Floats of a vector.
  var lanes: Int {
    switch self {
    case .generic, .neon: 4
    case .avx2: 8
    case .avx512: 16
    }
  }

  var code: gaze_instruction_set {
    switch self {
    case .generic: GAZE_GENERIC
    case .avx2: GAZE_AVX2
    case .avx512: GAZE_AVX512
    case .neon: GAZE_NEON
    }
  }
}

/// `GAZE_ISA` names an instruction set that does not exist or does not run here.
package struct InstructionSetError: Error, Equatable, CustomStringConvertible {
  package let name: String

  package var description: String {
    let sets = InstructionSet.supported.map { $0.rawValue }.joined(separator: ", ")
    return "GAZE_ISA=\(name) does not run on this processor; it runs \(sets). Unset GAZE_ISA for the best of them."
  }
}
