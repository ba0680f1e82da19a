#include "CCurl.h"

#include <dlfcn.h>
#include <pthread.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>

// libcurl's ABI has been stable since its shared library got the number 4 in 2006, so it is described here instead of
// taken from headers that would have to be installed. Source: curl/curl.h.

struct curl_slist;

enum { CURL_GLOBAL_DEFAULT = 3, CURLE_OK = 0, CURLPROTO_HTTP = 1, CURLPROTO_HTTPS = 2 };

enum {
  CURLOPT_WRITEDATA = 10001,
  CURLOPT_URL = 10002,
  CURLOPT_ERRORBUFFER = 10010,
  CURLOPT_WRITEFUNCTION = 20011,
  CURLOPT_HTTPHEADER = 10023,
  CURLOPT_HEADERDATA = 10029,
  CURLOPT_NOPROGRESS = 43,
  CURLOPT_XFERINFODATA = 10057,
  CURLOPT_SSL_VERIFYPEER = 64,
  CURLOPT_HEADERFUNCTION = 20079,
  CURLOPT_SSL_VERIFYHOST = 81,
  CURLOPT_NOSIGNAL = 99,
  CURLOPT_PROTOCOLS = 181,
  CURLOPT_XFERINFOFUNCTION = 20219,
  CURLOPT_SUPPRESS_CONNECT_HEADERS = 265
};

static struct {
  int (*global_init)(long);
  void *(*easy_init)(void);
  int (*easy_setopt)(void *, int, ...);
  int (*easy_perform)(void *);
  const char *(*easy_strerror)(int);
  void (*easy_cleanup)(void *);
  struct curl_slist *(*slist_append)(struct curl_slist *, const char *);
  void (*slist_free_all)(struct curl_slist *);
} curl;

static pthread_once_t once = PTHREAD_ONCE_INIT;
static const char *fault;
static char fault_text[256];

static bool find(void *library, const char *name, void *function) {
  *(void **)function = dlsym(library, name);
  return *(void **)function != NULL;
}

static void load(void) {
  // The same library by the names of its two builds: with OpenSSL, with GnuTLS.
  void *library = dlopen("libcurl.so.4", RTLD_NOW | RTLD_LOCAL);
  if (!library) {
    const char *why = dlerror();
    snprintf(fault_text, sizeof fault_text, "%s", why ? why : "libcurl.so.4 cannot be loaded");
    library = dlopen("libcurl-gnutls.so.4", RTLD_NOW | RTLD_LOCAL);
    if (!library) {
      fault = fault_text;
      return;
    }
  }
  if (!(find(library, "curl_global_init", &curl.global_init) && find(library, "curl_easy_init", &curl.easy_init)
        && find(library, "curl_easy_setopt", &curl.easy_setopt)
        && find(library, "curl_easy_perform", &curl.easy_perform)
        && find(library, "curl_easy_strerror", &curl.easy_strerror)
        && find(library, "curl_easy_cleanup", &curl.easy_cleanup)
        && find(library, "curl_slist_append", &curl.slist_append)
        && find(library, "curl_slist_free_all", &curl.slist_free_all))) {
    fault = "the libcurl of this machine lacks functions";
  } else if (curl.global_init(CURL_GLOBAL_DEFAULT) != CURLE_OK) {
    fault = "the libcurl of this machine cannot begin";
  }
}

const char *ccurl_load(void) {
  pthread_once(&once, load);
  return fault;
}

static size_t on_line(char *bytes, size_t size, size_t count, void *data) {
  const ccurl_receiver *receiver = data;
  return receiver->line(receiver->context, bytes, size * count) ? size * count : 0;
}

static size_t on_body(char *bytes, size_t size, size_t count, void *data) {
  const ccurl_receiver *receiver = data;
  return receiver->body(receiver->context, bytes, size * count) ? size * count : 0;
}

static int on_wait(void *data, int64_t total, int64_t received, int64_t upload_total, int64_t uploaded) {
  (void)total, (void)received, (void)upload_total, (void)uploaded;
  const ccurl_receiver *receiver = data;
  return receiver->wait(receiver->context) ? 0 : 1;
}

static int configure(
    void *handle, const char *address, struct curl_slist *fields, const ccurl_receiver *receiver, char *reason) {
  int code = curl.easy_setopt(handle, CURLOPT_ERRORBUFFER, reason);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_PROTOCOLS, (long)(CURLPROTO_HTTP | CURLPROTO_HTTPS));
  if (!code) code = curl.easy_setopt(handle, CURLOPT_SSL_VERIFYPEER, 1L);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_SSL_VERIFYHOST, 2L);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_URL, address);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_HTTPHEADER, fields);
  // No signal handlers beside other threads, and no head of a proxy's answer.
  if (!code) code = curl.easy_setopt(handle, CURLOPT_NOSIGNAL, 1L);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_SUPPRESS_CONNECT_HEADERS, 1L);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_HEADERFUNCTION, on_line);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_HEADERDATA, (void *)receiver);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_WRITEFUNCTION, on_body);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_WRITEDATA, (void *)receiver);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_XFERINFOFUNCTION, on_wait);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_XFERINFODATA, (void *)receiver);
  if (!code) code = curl.easy_setopt(handle, CURLOPT_NOPROGRESS, 0L);
  return code;
}

static void block_sigpipe(void) {
  sigset_t pipe;
  sigemptyset(&pipe);
  sigaddset(&pipe, SIGPIPE);
  pthread_sigmask(SIG_BLOCK, &pipe, NULL);
}

bool ccurl_get(
    const char *address, const char *const fields[], const ccurl_receiver *receiver, char reason[CCURL_REASON_BYTES]) {
  reason[0] = 0;
  void *handle = curl.easy_init();
  struct curl_slist *list = NULL;
  bool is_ready = handle != NULL;
  for (; is_ready && *fields; fields++) {
    struct curl_slist *longer = curl.slist_append(list, *fields);
    is_ready = longer != NULL;
    if (longer) list = longer;
  }
  bool is_whole = false;
  if (is_ready) {
    int code = configure(handle, address, list, receiver, reason);
    if (!code) {
      block_sigpipe();
      code = curl.easy_perform(handle);
    }
    is_whole = code == CURLE_OK;
    if (!is_whole && !reason[0]) snprintf(reason, CCURL_REASON_BYTES, "%s", curl.easy_strerror(code));
  } else {
    snprintf(reason, CCURL_REASON_BYTES, "out of memory");
  }
  if (handle) curl.easy_cleanup(handle);
  curl.slist_free_all(list);
  return is_whole;
}
