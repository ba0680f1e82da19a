import ArgumentParser
import Foundation
import Images
import Models
import Networks

/// How pictures become a model's input, on the command line.
struct PreprocessingOptions: ParsableArguments {
  @Option(
    help: ArgumentHelp(
      """
      A preprocessing by name: torchvision-v1, torchvision-v2, keras:tf, keras:caffe, keras:torch, none (values from 0 to 255), \
      or timm:NAME for that of one of timm's checkpoints.
      """, valueName: "name"))
  var preprocessing: String?

  @Option(
    help: ArgumentHelp("The input's side in pixels, or its width and height: 224 or 320x240.", valueName: "pixels"))
  var size: String?

  @Option(
    help: ArgumentHelp(
      "What a picture's shorter side is resized to before the input is cut from its middle; 'whole' resizes the whole picture.",
      valueName: "pixels"))
  var resize: String?

  @Option(
    help: ArgumentHelp(
      "The same as a share: the input's side by what the shorter side is resized to, such as 0.875.", valueName: "share"
    ))
  var cropPercentage: Double?

  @Option(
    help: ArgumentHelp(
      "The filter of the resizing, as Pillow's: \(ResizeFilter.allCases.map(\.rawValue).joined(separator: ", ")).",
      valueName: "filter"))
  var interpolation: String?

  @Option(
    help: ArgumentHelp("What is subtracted from values from 0 to 1: 0.485,0.456,0.406.", valueName: "numbers"))
  var mean: String?

  @Option(
    help: ArgumentHelp("What the rest is divided by: 0.229,0.224,0.225.", valueName: "numbers"))
  var std: String?

  @Option(help: ArgumentHelp("The order of the channels: rgb or bgr.", valueName: "order"))
  var channelOrder: String?

  /// What the options say beside the preset.
  func change() throws -> PreprocessingChange {
    var change = PreprocessingChange()
    change.size = try size.map(Self.size)
    switch resize {
    case nil: break
    case "whole"?: change.resize = .whole(nil)
    case let text?:
      guard let side = Int(text), side > 0 else {
        throw Failure(.usage, "--resize \(text) is neither a number of pixels, such as 256, nor 'whole'.")
      }
      guard cropPercentage == nil else {
        throw Failure(.usage, "--resize and --crop-percentage say the same thing in two ways; give one of them.")
      }
      change.resize = .shorterSide(side)
    }
    change.cropPercentage = cropPercentage
    change.filter = try interpolation.map { name in
      guard let filter = ResizeFilter(rawValue: name.lowercased()) else {
        throw Failure(
          .usage,
          "There is no interpolation '\(name)'; there are \(ResizeFilter.allCases.map(\.rawValue).joined(separator: ", "))."
        )
      }
      return filter
    }
    change.mean = try mean.map { try Self.numbers($0, "--mean") }
    change.deviation = try std.map { try Self.numbers($0, "--std") }
    change.channelOrder = try channelOrder.map { name in
      guard let order = Preprocessing.ChannelOrder(rawValue: name.lowercased()) else {
        throw Failure(.usage, "There is no channel order '\(name)'; there are rgb and bgr.")
      }
      return order
    }
    return change
  }

  private static func size(_ text: String) throws -> ImageSize {
    let sides = text.split(separator: "x", omittingEmptySubsequences: false).map { Int($0) ?? 0 }
    guard (1...2).contains(sides.count), sides.allSatisfy({ $0 > 0 }) else {
      throw Failure(.usage, "--size \(text) is no size; 224 or 320x240 (width x height) is one.")
    }
    return ImageSize(width: sides[0], height: sides[sides.count - 1])
  }

  private static func numbers(_ text: String, _ option: String) throws -> [Double] {
    let numbers = text.split(separator: ",", omittingEmptySubsequences: false).map {
      Double($0.trimmingCharacters(in: .whitespaces)) ?? .nan
    }
    guard [1, 3].contains(numbers.count), numbers.allSatisfy({ $0.isFinite }) else {
      throw Failure(
        .usage, "\(option) \(text) is no list of three numbers, such as 0.485,0.456,0.406, or one for all channels.")
    }
    return numbers
  }
}
