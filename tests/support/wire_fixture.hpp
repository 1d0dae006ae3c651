// Wires on a shard that the test turns, a user that remembers what it was told,
// and the server at the other end, in the test's own hands.

#pragma once

#include "net/listening_socket.hpp"
#include "net/shard_wires.hpp"
#include "tests/support/shard_fixture.hpp"

#include <cerrno>
#include <cstdlib>
#include <filesystem>
#include <functional>
#include <optional>
#include <string>
#include <sys/socket.h>
#include <thread>

namespace signalbox::test {

/// A directory that is gone with the test.
struct temporary_directory {
  temporary_directory() {
    auto name =
      (std::filesystem::temp_directory_path() / "signalbox-XXXXXX").string();
    if (!::mkdtemp(name.data()))
      throw std::system_error(errno, std::generic_category(), "mkdtemp");
    path = name;
  }
  ~temporary_directory() {
    std::error_code ignored;
    std::filesystem::remove_all(path, ignored);
  }
  temporary_directory(const temporary_directory&) = delete;
  temporary_directory& operator=(const temporary_directory&) = delete;

  std::string file(const std::string& name) const { return path / name; }

  std::filesystem::path path;
};

/// A server that listens on a port of the kernel's choice, or on a path.
struct test_server {
  test_server() : listener(listen_on("127.0.0.1", 0)) {
    // nop
  }

  explicit test_server(const std::string& path) {
    const auto name = socket_address::of_path(path);
    listener.socket =
      descriptor{::socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0)};
    if (!name || ::bind(listener.socket.get(), name->name(), name->length) != 0
        || ::listen(listener.socket.get(), 16) != 0)
      throw std::system_error(errno, std::generic_category(), path);
  }

  wire_target target(const std::string& host = "127.0.0.1",
                     bool is_tls = false) const {
    return {host, listener.port, is_tls};
  }

  /// Where its connections' addresses are read as text.
  std::string name() const {
    return "127.0.0.1:" + std::to_string(listener.port);
  }

  /// Takes a connection if there is one.
  bool accept() {
    if (!peer.is_open())
      peer = descriptor{::accept4(listener.socket.get(), nullptr, nullptr,
                                  SOCK_NONBLOCK | SOCK_CLOEXEC)};
    return peer.is_open();
  }

  /// What the kernel takes of this.
  std::size_t send(std::string_view bytes) {
    const auto size = ::send(peer.get(), bytes.data(), bytes.size(),
                             MSG_NOSIGNAL);
    return size < 0 ? 0 : static_cast<std::size_t>(size);
  }

  /// Adds what has come to `received`; false if the client has closed.
  bool receive() {
    std::string buffer(256 * 1024, '\0');
    const auto size = ::recv(peer.get(), buffer.data(), buffer.size(), 0);
    if (size > 0)
      received.append(buffer, 0, static_cast<std::size_t>(size));
    return size != 0;
  }

  /// Ends the connection with a reset, as a server that was killed may.
  void reset() {
    const linger now{1, 0};
    ::setsockopt(peer.get(), SOL_SOCKET, SO_LINGER, &now, sizeof now);
    peer.close();
  }

  listening_socket listener;
  descriptor peer;
  std::string received;
};

/// Large enough that neither side's kernel takes it at once.
inline std::string much_text() {
  std::string result;
  result.reserve(16 * 1024 * 1024);
  for (int i = 0; result.size() < result.capacity() - 16; ++i)
    result += std::to_string(i) + ",";
  return result;
}

/// Takes no connection: its queue is full. Whoever connects waits.
struct full_server {
  full_server() {
    server.listener.socket = descriptor{
      ::socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0)};
    auto name = socket_address::of(*ip_address::parse("127.0.0.1"), 0);
    auto& socket = server.listener.socket;
    if (::bind(socket.get(), name.name(), name.length) != 0
        || ::listen(socket.get(), 0) != 0
        || ::getsockname(socket.get(), name.name(), &name.length) != 0)
      throw std::system_error(errno, std::generic_category(), "full_server");
    server.listener.port = name.port();
    // Loopback connects while connecting, as long as there is room.
    filler = descriptor{::socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0)};
    if (::connect(filler.get(), name.name(), name.length) != 0)
      throw std::system_error(errno, std::generic_category(), "full_server");
  }

  test_server server;
  descriptor filler;
};

/// A port that nobody listens on: it was the kernel's choice, and is not again
/// so soon.
inline test_server closed_server() {
  test_server result;
  result.listener.socket.close();
  return result;
}

/// Holds a wire and remembers what it was told of it.
class test_user final : public wire_user {
public:
  void wire_opened() override {
    opened += 1;
    told(on_opened);
  }

  void wire_received(std::string_view bytes) override {
    received += bytes;
    pieces += 1;
    told(on_received);
  }

  void wire_lost(const std::string& reason) override {
    lost = reason;
    told(on_lost);
  }

  std::unique_ptr<wire> line;
  int opened = 0;
  int pieces = 0;
  std::string received;
  std::optional<std::string> lost;
  /// Calls in all.
  int calls = 0;
  std::function<void()> on_opened;
  std::function<void()> on_received;
  std::function<void()> on_lost;

private:
  void told(const std::function<void()>& f) {
    calls += 1;
    if (f)
      f();
  }
};

class wire_fixture : public shard_fixture {
public:
  explicit wire_fixture(const tls_client* tls = nullptr,
                        name_resolver::look_up_function look_up = look_up_name)
    : wires(std::in_place, on(), at(), tls, std::move(look_up)) {
    // nop
  }

  void connect(const wire_target& target,
               std::chrono::milliseconds within = 20s) {
    user.line = wires->connect(target, user, within);
  }

  /// Opens a wire to `server`, which takes it.
  void open(test_server& server) {
    connect(server.target());
    until([&] { return user.opened > 0 && server.accept(); });
  }

  /// The shard's timeouts, as if so much time had passed.
  void pass(std::chrono::milliseconds time) {
    in_turn([this, time] { at().wheel.advance(on().turn_start() + time); });
  }

  std::optional<shard_wires> wires;
  test_user user;
};

} // namespace signalbox::test
