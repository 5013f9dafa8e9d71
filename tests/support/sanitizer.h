// Whether the tests are compiled with a sanitizer, where a sample of a long loop is enough.
#pragma once

namespace cnci::sanitizer {

// g++ has macros of its own, clang a question.
#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__)
constexpr bool kActive = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer)
constexpr bool kActive = true;
#else
constexpr bool kActive = false;
#endif
#else
constexpr bool kActive = false;
#endif

}  // namespace cnci::sanitizer
