package import Networks

/// What can be wrong with the store or with what is brought to it.
package enum ModelStoreError: Error, Equatable, CustomStringConvertible {
  case invalidName(String)
  case unknownModel(String, known: [String])
  case unknownArchitecture(String)
  case damagedManifest(String)
  case newerFormat(String, Int)
  case weights(String, WeightError)
  case cannotRead(path: String)
  case cannotWrite(path: String, reason: String)
  case wrongDigest(path: String, expected: PublishedDigest, sha256: String)
  /// Nobody said which network the file belongs to, and its tensors do not tell; some of their names.
  case unrecognised(path: String, names: [String], likeness: ImportLikeness?)
  /// The file's tensors fit several networks.
  case ambiguous(path: String, networks: [String])
  /// The file says that it is of a network that Gaze has not; those that its tensors fit.
  case unsupportedNetwork(path: String, String, source: String, fits: [String])
  /// The file says that it is of another network than was asked for.
  case otherNetwork(path: String, String, source: String, asked: String)
  /// The file says that its network computes otherwise than Gaze's: "output_stride 16".
  case departs(path: String, String, source: String)
  case notVerified(VerificationFault)
  case preprocessing(PreprocessingFault)
  case doesNotFit(ImportReport)
  case holdsMore(ImportReport)
  /// Tensors that the network does not use lie on the way from the image to the logits.
  case holdsAnother(ImportReport)
  /// The file holds the network more than once, under these prefixes.
  case severalNetworks(path: String, prefixes: [String])
  case noAverage(path: String)
  case head(String, HeadFault)
  case labels(LabelFileError)
  /// Nobody said what a network's only output stands for.
  case oneOutput(String)
  case unitOfProbability
  /// A model of this name, made from another file, is there.
  case nameTaken(String)
  /// A model was replaced while something was found out about the one before.
  case replacedMeanwhile(String)

  package var description: String {
    switch self {
    case .invalidName(let name):
      "'\(name)' cannot name a model; use lower-case letters, digits, '.', '_' and '-', at most 64."
    case .unknownModel(let name, let known) where known.isEmpty:
      "There is no model '\(name)': the store is empty. "
        + "'gaze models fetch \(CatalogEntry.defaultName)' fetches the default one."
    case .unknownModel(let name, let known):
      "There is no model '\(name)'. The store has \(known.joined(separator: ", "))."
    case .unknownArchitecture(let name):
      "Gaze has no network '\(name)'. It has \(Self.networkNames)."
    case .damagedManifest(let name):
      "The store's model '\(name)' has a damaged model.json; import or fetch it again."
    case .newerFormat(let name, let format):
      "The store's model '\(name)' has format \(format), which a newer version of Gaze wrote; "
        + "import it again with this one."
    case .weights(let name, let error):
      "The weights of '\(name)' cannot be used. \(error)"
    case .cannotRead(let path):
      "\(path) cannot be read; check the path and its permissions."
    case .cannotWrite(let path, let reason):
      "The model store \(path) cannot be written (\(reason)); set GAZE_MODELS to a folder that can be."
    case .wrongDigest(let path, let expected, let sha256):
      "\(path) is not the published file: its SHA-256 is \(sha256), published is \(expected). Fetch it again."
    case .unrecognised(let path, let names, let likeness):
      "The tensors of \(path) are not those of a network that Gaze has (it holds \(names.joined(separator: ", "))). "
        + (likeness.map { "\($0) " } ?? "")
        + "Name the network with --network to see what is missing: \(Self.networkNames)."
    case .ambiguous(let path, let networks):
      "The tensors of \(path) fit several networks, which have the same names and shapes and compute otherwise; say "
        + "which with --network: \(networks.joined(separator: ", ")). --verify compares the results."
    case .unsupportedNetwork(let path, let name, let source, let fits):
      "\(path) is of '\(name)', as \(source) says, a network that Gaze has not, so nothing was imported."
        + (fits.isEmpty
          ? ""
          : " Its tensors have the names and shapes of \(fits.joined(separator: ", ")), but it computes otherwise.")
    case .otherNetwork(let path, let name, let source, let asked):
      "\(path) is of '\(name)', as \(source) says, not of \(asked); leave --network out, or prove with --verify that "
        + "they compute the same."
    case .departs(let path, let what, let source):
      "The network of \(path) has \(what), as \(source) says, with which Gaze's networks would compute otherwise, so "
        + "nothing was imported. Prove with --verify that it makes no difference."
    case .notVerified(let fault): "Nothing was imported. \(fault)"
    case .preprocessing(let fault): fault.description
    case .doesNotFit(let report):
      "The file does not hold all that the network needs, so nothing was imported.\n\(report)"
    case .holdsMore(let report):
      "The file holds tensors that the network does not use, so nothing was imported. If they serve training alone, as a "
        + "second head does, --ignore-unused imports the rest.\n\(report)"
    case .holdsAnother(let report):
      "The file holds tensors on the way from the image to the logits that \(report.network) does not have, so it is "
        + "another network, and nothing was imported: "
        + report.unusedOnPath.prefix(4).map { "\($0.source) \($0.shape)" }.joined(separator: ", ")
        + (report.unusedOnPath.count > 4 ? ", ..." : "") + ".\n\(report)"
    case .severalNetworks(let path, let prefixes):
      "\(path) holds the network \(prefixes.count) times, under \(prefixes.joined(separator: " and ")); save the one that "
        + "is meant by itself."
    case .noAverage(let path):
      "\(path) holds no average of the weights (EMA) beside them; import it without --ema."
    case .head(let name, let fault):
      "The head of '\(name)' cannot be read. \(fault)"
    case .labels(let error): error.description
    case .oneOutput(let name):
      "'\(name)' has one output, of which softmax would make 100 % whatever the image, so nothing was imported. "
        + "Say what it stands for: --output sigmoid for a probability (a --labels file with two names, the negative "
        + "class first, names both), or --output value for a number such as an age."
    case .unitOfProbability:
      "Probabilities have no unit. Leave --unit out, or say --output value."
    case .nameTaken(let name):
      "The store already has a model '\(name)' from another file. "
        + "Give this one its own --name, or replace that one with --force."
    case .replacedMeanwhile(let name):
      "The store's model '\(name)' was replaced by another meanwhile, so nothing was changed; run the command again."
    }
  }

  private static var networkNames: String { Architecture.all.map(\.name).joined(separator: ", ") }
}
