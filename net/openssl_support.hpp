// What every user of OpenSSL's C interface needs: who owns an object, and text
// as the octets it takes.

#pragma once

#include <string_view>

namespace signalbox {

/// For std::unique_ptr: frees with OpenSSL's function for the type.
template <auto Free>
struct openssl_free {
  template <class T>
  void operator()(T* x) const noexcept {
    Free(x);
  }
};

inline const unsigned char* octets_of(std::string_view text) noexcept {
  return reinterpret_cast<const unsigned char*>(text.data());
}

} // namespace signalbox
