#pragma once

/// Tells the processor that this thread waits in a loop, so that it saves power and leaves its sibling the core.
static inline void gaze_spin_pause(void) {
#if defined(__x86_64__)
  __builtin_ia32_pause();
#elif defined(__aarch64__)
  __asm__ volatile("isb");
#endif
}
