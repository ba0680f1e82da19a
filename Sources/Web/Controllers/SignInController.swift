import HTTPTypes
import Hummingbird
import Logging

/// The page on which a browser gives its token, where tokens are needed.
struct SignInPage: Sendable {
  private let template: PageTemplate
  private let prefix: String

  init(folder: String, prefix: String) throws {
    template = try PageTemplate(folder: folder, file: "sign-in.html")
    self.prefix = prefix
  }

  /// - Parameter error: a sentence about the token that was given.
  func answer(
    error: String? = nil, status: HTTPResponse.Status = .ok, headers: HTTPFields = [:]
  ) throws -> Response {
    var values: [String: Any] = ["prefix": prefix]
    if let error { values["error"] = ["message": error] }
    return .bytes(
      try template.render(values).utf8, type: "text/html; charset=utf-8", status: status, headers: headers)
  }
}

/// Turns a token into a cookie and forgets it again. A browser sends the cookie along with the page's requests and
/// pictures; no script can read it, and no page of another site has it sent.
struct SignInController: Sendable {
  let page: SignInPage
  let access: Access

  /// A token and its name, percent-encoded.
  private static let bodyLimits = Upload.Limits(bytes: 2048, timeout: .seconds(30))

  var endpoints: RouteCollection<GazeRequestContext> {
    RouteCollection(context: GazeRequestContext.self)
      .get("sign-in", use: show)
      .post("sign-in", use: signIn)
      .post("sign-out", use: signOut)
  }

  @Sendable private func show(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    try page.answer()
  }

  @Sendable private func signIn(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    let body = try await Upload.collect(request.body, limits: Self.bodyLimits)
    let fields = try FieldBody.fields(of: body, contentType: request.headers[.contentType])
    let secret = fields.last { $0.name == "token" }?.value ?? ""
    guard let token = access.tokens?.current.find(secret) else {
      return try page.answer(error: "That token is not known here.", status: .unauthorized)
    }
    context.logger.info("signed in", metadata: ["token": "\(token.name)"])
    return redirect(to: "/", cookie: secret, context)
  }

  @Sendable private func signOut(_ request: Request, _ context: GazeRequestContext) async throws -> Response {
    redirect(to: "/sign-in", cookie: nil, context)
  }

  /// - Parameter cookie: nil has the browser forget it.
  private func redirect(to path: String, cookie: String?, _ context: GazeRequestContext) -> Response {
    let prefix = access.configuration.pathPrefix
    var response = Response.redirect(to: prefix + path)
    response.headers[.setCookie] =
      "\(Asker.cookie)=\(cookie ?? ""); Path=\(prefix)/; HttpOnly; SameSite=Strict"
      + (context.asker.isSecure ? "; Secure" : "") + (cookie == nil ? "; Max-Age=0" : "")
    return response
  }
}
