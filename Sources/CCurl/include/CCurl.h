#ifndef CCURL_H
#define CCURL_H

#include <stdbool.h>
#include <stddef.h>

/// The little that Gaze asks of libcurl, which is loaded when something is fetched: linked, it would bring 28
/// libraries (TLS, Kerberos, LDAP) into every start of the program. `curl_easy_setopt` is variadic and so is called
/// from C.

/// Loads libcurl, once; from any thread. Returns NULL, or why there is none; that text stays valid.
const char *ccurl_load(void);

/// Who receives an answer. Each function is called on the thread of `ccurl_get`, and stops the transfer by false.
typedef struct {
  void *context;
  /// A line of the head, as it came: the status, then the fields, then an empty one.
  bool (*line)(void *context, const char *bytes, size_t count);
  /// What has arrived of the body.
  bool (*body)(void *context, const char *bytes, size_t count);
  /// Called at least once in a second, also while nothing arrives.
  bool (*wait)(void *context);
} ccurl_receiver;

/// Room for a reason of `ccurl_get`, with its NUL.
enum { CCURL_REASON_BYTES = 256 };

/// Asks for `address` (http or https, certificates verified against the system's) and returns when the answer has been
/// received. Redirects are not followed. Returns true, or false and the reason; also when the receiver stopped it.
///
/// `fields` are header fields, "Name: value", NULL after the last one. `ccurl_load` must have succeeded. SIGPIPE stays
/// blocked on the calling thread: to write to a connection that was closed is to fail, not to end the process.
bool ccurl_get(
    const char *address, const char *const fields[], const ccurl_receiver *receiver, char reason[CCURL_REASON_BYTES]);

#endif
