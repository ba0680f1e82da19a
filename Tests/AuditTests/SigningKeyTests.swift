import Audit
import Digests
import Foundation
import TestSupport
import Testing

@Suite("Keys and signatures")
struct SigningKeyTests {
  @Test("RFC 8032's first vector")
  func vector() throws {
    let key = try TestKey.key()
    #expect(key.publicKey.bytes == TestKey.publicBytes)
    #expect(key.signature(of: [UInt8]()) == TestKey.signatureOfNothing)
    #expect(key.publicKey.verifies(TestKey.signatureOfNothing, of: [UInt8]()))
    #expect(try PublicKey(pem: Array(TestKey.publicPEM.utf8)) == key.publicKey)
  }

  @Test("the key's name is RFC 8037's thumbprint of it")
  func thumbprint() throws {
    #expect(try TestKey.key().publicKey.name == "kPrK_qmxVWaYVA9wwBF6Iuo3vVzz7TxHCTwXBygrS4k")
  }

  @Test("one bit of message or signature changed, another key, or a signature of another length is refused")
  func changed() throws {
    let key = try TestKey.key()
    let message = Array("a message".utf8)
    var signature = key.signature(of: message)
    #expect(key.publicKey.verifies(signature, of: message))
    #expect(!key.publicKey.verifies(signature, of: Array("a massage".utf8)))
    #expect(try !TestKey.other().publicKey.verifies(signature, of: message))
    #expect(!key.publicKey.verifies(Array(signature.dropLast()), of: message))
    #expect(!key.publicKey.verifies([], of: message))
    signature[40] ^= 1
    #expect(!key.publicKey.verifies(signature, of: message))
  }

  @Test("what is no key says what would be one")
  func noKeys() throws {
    #expect(throws: KeyError.notAPrivateKey) { try SigningKey(pem: Array("nothing".utf8)) }
    #expect(throws: KeyError.notAPrivateKey) { try SigningKey(pem: Array(TestKey.publicPEM.utf8)) }
    #expect(throws: KeyError.notAPublicKey) { try PublicKey(pem: Array(TestKey.pem.utf8)) }
    // X25519 is for agreeing on a key.
    let agreement = Data(TestKey.bytes("302e020100300506032b656e04220420") + TestKey.seed).base64EncodedString()
    #expect(throws: KeyError.otherAlgorithm) {
      try SigningKey(pem: Array("-----BEGIN PRIVATE KEY-----\n\(agreement)\n-----END PRIVATE KEY-----\n".utf8))
    }
  }

  @Test("a private key that everybody may read is refused; the group may")
  func permissions() throws {
    let folder = try ScratchFolder()
    let path = try folder.add("key.pem", Array(TestKey.pem.utf8))
    for (mode, isFine) in [(0o600, true), (0o640, true), (0o644, false), (0o606, false)] as [(mode_t, Bool)] {
      chmod(path, mode)
      if isFine {
        #expect(try SigningKey.read(from: path).publicKey.bytes == TestKey.publicBytes)
      } else {
        let error = #expect(throws: KeyFileError.self) { try SigningKey.read(from: path) }
        #expect(error?.description.contains("chmod 600") == true)
      }
    }
  }

  @Test("public keys are read from PEM and from the answer of /api/keys")
  func publicKeys() throws {
    let folder = try ScratchFolder()
    let key = try TestKey.key().publicKey
    #expect(try PublicKey.read(from: folder.add("a.pem", Array(TestKey.publicPEM.utf8))) == [key])
    let set = try [UInt8](JSONEncoder().encode(KeySet([key, try TestKey.other().publicKey])))
    #expect(try PublicKey.read(from: folder.add("keys.json", set)).first == key)
    #expect(throws: KeyFileError.self) {
      try PublicKey.read(from: folder.add("empty.json", Array(#"{"keys":[]}"#.utf8)))
    }
    #expect(throws: KeyFileError.self) { try PublicKey.read(from: folder("missing")) }
  }
}
