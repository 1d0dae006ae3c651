#include "net/http_answer.hpp"

#include "net/openssl_support.hpp"

#include <boost/beast/http/status.hpp>

#include <openssl/evp.h>
#include <openssl/sha.h>

#include <array>
#include <memory>
#include <stdexcept>

namespace signalbox {

namespace {

using sha1_digest = std::array<unsigned char, SHA_DIGEST_LENGTH>;

template <class T>
T* or_throw(T* made) {
  if (!made)
    throw std::runtime_error("OpenSSL has no SHA-1, or no memory");
  return made;
}

/// Finding the algorithm takes longer than the digest of such a short text: it
/// is found once a thread. Throws std::runtime_error.
sha1_digest sha1_of(std::string_view text) {
  thread_local const std::unique_ptr<EVP_MD, openssl_free<EVP_MD_free>>
    algorithm{or_throw(EVP_MD_fetch(nullptr, "SHA1", nullptr))};
  thread_local const std::unique_ptr<EVP_MD_CTX, openssl_free<EVP_MD_CTX_free>>
    context{or_throw(EVP_MD_CTX_new())};
  sha1_digest result;
  if (EVP_DigestInit_ex2(context.get(), algorithm.get(), nullptr) != 1
      || EVP_DigestUpdate(context.get(), text.data(), text.size()) != 1
      || EVP_DigestFinal_ex(context.get(), result.data(), nullptr) != 1)
    throw std::runtime_error("OpenSSL made no SHA-1");
  return result;
}

/// What proves that the key was read (RFC 6455 §4.2.2, item 5.4).
std::string accept_text(std::string_view key) {
  std::string proof;
  proof.reserve(64);
  proof += key;
  proof += "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";
  const auto digest = sha1_of(proof);
  // Four characters for each three bytes begun, and a null.
  std::array<unsigned char, 4 * ((SHA_DIGEST_LENGTH + 2) / 3) + 1> text;
  const auto size = EVP_EncodeBlock(text.data(), digest.data(),
                                    static_cast<int>(digest.size()));
  return {text.begin(), text.begin() + size};
}

} // namespace

std::string head_of(const http_answer& answer, bool keep_alive) {
  namespace http = boost::beast::http;
  std::string result = "HTTP/1.1 ";
  result += std::to_string(answer.status);
  result += ' ';
  result += std::string_view{
    http::obsolete_reason(static_cast<http::status>(answer.status))};
  result += "\r\nServer: signalbox\r\nContent-Type: ";
  result += answer.content_type;
  result += "\r\nContent-Length: ";
  result += std::to_string(answer.body.size());
  result +=
    "\r\nCache-Control: no-store\r\nX-Content-Type-Options: nosniff\r\n";
  result += answer.headers;
  // A 426 names the upgrade in Connection too (RFC 9110 §7.8).
  if (answer.status == 426)
    result += keep_alive ? "Connection: upgrade\r\n"
                         : "Connection: upgrade, close\r\n";
  else if (!keep_alive)
    result += "Connection: close\r\n";
  result += "\r\n";
  return result;
}

std::string to_bytes(const http_answer& answer, bool is_head, bool keep_alive) {
  auto result = head_of(answer, keep_alive);
  if (!is_head)
    result += answer.body;
  return result;
}

std::string upgrade_bytes(std::string_view key, std::string_view subprotocol) {
  std::string result;
  result.reserve(256);
  result +=
    "HTTP/1.1 101 Switching Protocols\r\n"
    "Server: signalbox\r\n"
    "Upgrade: websocket\r\n"
    "Connection: Upgrade\r\n"
    "Sec-WebSocket-Accept: ";
  result += accept_text(key);
  result += "\r\n";
  if (!subprotocol.empty()) {
    result += "Sec-WebSocket-Protocol: ";
    result += subprotocol;
    result += "\r\n";
  }
  result += "\r\n";
  return result;
}

} // namespace signalbox
