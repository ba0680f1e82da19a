/// Ends what `Vector.h` began.
#if defined(__x86_64__) && GAZE_ISA_ID != 0
#pragma clang attribute pop
#endif
