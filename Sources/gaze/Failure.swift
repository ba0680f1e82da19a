import ArgumentParser
import Drawing
import Explain
import Foundation
import Images
import Models
import Networks

/// A failure that ends the command: one sentence for people, one exit code for scripts (BSD's sysexits.h).
struct Failure: Error, CustomStringConvertible {
  enum Code: Int32 {
    case usage = 64
    case badData = 65
    case noInput = 66
    case unavailable = 69
    case fault = 70
    case cannotCreate = 73
    /// Not a failure of the command: `gaze evaluate --fail-on-shortcut` found an answer that leans on a shortcut.
    case shortcut = 3
  }

  let code: Code
  let description: String

  init(_ code: Code, _ description: String) {
    self.code = code
    self.description = description
  }

  init(_ error: ModelStoreError) {
    let code: Code =
      switch error {
      case .invalidName, .nameTaken, .ambiguous, .severalNetworks, .head, .oneOutput, .unitOfProbability, .otherNetwork,
        .preprocessing:
        .usage
      case .labels(.cannotRead), .cannotRead: .noInput
      case .unknownModel, .unknownArchitecture, .replacedMeanwhile: .unavailable
      case .damagedManifest, .newerFormat, .weights, .wrongDigest, .unrecognised, .doesNotFit, .holdsMore, .labels,
        .holdsAnother, .noAverage, .unsupportedNetwork, .departs, .notVerified:
        .badData
      case .cannotWrite: .cannotCreate
      }
    self.init(code, error.description)
  }

  init(_ error: DownloadError) {
    let code: Code =
      switch error {
      case .wrongLength, .wrongDigest: .badData
      case .cannotWrite: .cannotCreate
      case .address, .busy, .status, .redirects, .insecureRedirect, .connection, .cutOff, .changed, .cancelled,
        .noLibrary:
        .unavailable
      }
    self.init(code, error.description)
  }

  init(_ error: DrawingError) { self.init(.unavailable, error.description) }

  init(_ error: AttributionError) {
    let code: Code =
      switch error {
      case .badParameter, .tooManyPasses: .usage
      case .notFinite: .badData
      case .cancelled: .fault
      }
    self.init(code, error.description)
  }

  init(_ error: AskError) { self.init(.usage, error.description) }

  init(_ error: AnalysisError, file: String) {
    switch error {
    case .image: self.init(.badData, "\(file): \(error)")
    case .notFinite: self.init(.badData, error.description)
    }
  }
}

/// Runs a command's body; a `Failure` is printed to standard error and becomes the exit code.
func reportingFailures(_ body: () async throws -> Void) async throws {
  do {
    try await body()
  } catch let error as ModelStoreError {
    try exit(with: Failure(error))
  } catch let error as DrawingError {
    try exit(with: Failure(error))
  } catch let failure as Failure {
    try exit(with: failure)
  }
}

private func exit(with failure: Failure) throws -> Never {
  FileHandle.standardError.write(Data("gaze: \(failure.description)\n".utf8))
  throw ExitCode(failure.code.rawValue)
}
