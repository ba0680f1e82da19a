import Autodiff
import Networks
import TestSupport
import Testing

/// The rule that weights of tests follow, against the vectors of its description.
@Suite struct SyntheticWeightsTests {
  @Test(
    arguments: [
      (
        "conv1.weight", 0x69a2_9a2c_ee47_d254,
        [0.0901498794555664, -0.8503705263137817, 0.9200377464294434, 0.687371015548706]
      ),
      (
        "layer4.2.conv3.weight", 0x39f3_ddba_a178_e72f,
        [-0.6996252536773682, -0.4939749240875244, 0.49480438232421875, 0.5436400175094604]
      ),
      (
        "fc.weight", 0x79fb_28a7_5603_c7a0,
        [-0.0307084321975708, 0.5642118453979492, -0.7412997484207153, -0.564887285232544]
      ),
    ] as [(String, UInt64, [Double])])
  func uniformFollowsTheName(_ name: String, _ hash: UInt64, _ values: [Double]) {
    #expect(fnv1a64(name) == hash)
    #expect((0..<4).map { SyntheticWeights.uniform(hash, $0) } == values)
  }

  /// In the checkpoint's order: a convolution's [0, 0, 0, 0...3] are the first taps of one filter.
  @Test func parametersOfResNetFollowTheRule() throws {
    let weights = try SyntheticWeights(network: "resnet50")
    let stem = weights.values(of: "conv1.weight", .convolution)
    #expect((0..<4).map { stem[$0 * 3 * 64] } == [0.018213026, -0.17180079, 0.1858757, 0.13886991])
    let restore = weights.values(of: "layer4.2.conv3.weight", .convolution)
    #expect((0..<4).map { restore[$0 * 2048] } == [-0.023950033, -0.016910076, 0.01693847, 0.018610245])
    #expect(
      Array(weights.values(of: "fc.weight", .linear)[..<4]) == [-0.0020357007, 0.037402313, -0.049141694, -0.03744709])
    #expect(
      Array(weights.values(of: "fc.bias", .vector)[..<4]) == [-0.00446974, -0.054915737, -1.9156932e-05, -0.050104868])
    #expect(
      Array(weights.values(of: "bn1.weight", .vector)[..<4]) == [0.9720408, 0.992056, 0.95629823, 1.0812296])
    #expect(
      Array(weights.values(of: "bn1.running_var", .vector)[..<4]) == [1.1423075, 1.0151932, 1.4109503, 1.09278])
  }

  @Test func pictureFollowsTheRule() {
    let pixels = SyntheticWeights.picture(in: BufferPool()).elements
    func pixel(_ c: Int, _ y: Int, _ x: Int) -> Float { pixels[(y * 224 + x) * 3 + c] }
    #expect(pixel(0, 0, 0) == 0.6507332)
    #expect(pixel(0, 0, 1) == 0.7202576)
    #expect(pixel(0, 1, 0) == 0.62043655)
    #expect(pixel(2, 223, 223) == 0.46851945)
    #expect(pixel(1, 100, 57) == 0.92399156)
  }
}
