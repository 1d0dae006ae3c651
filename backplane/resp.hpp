// RESP 2, the protocol of Redis: replies out of bytes, commands into bytes. The
// only place that knows hiredis, whose reader and formatter do the work, behind
// the limits of backplane/resp_scanner. No socket here. A reader belongs to one
// connection and one thread.

#pragma once

#include <cstdint>
#include <initializer_list>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

struct resp_value {
  enum class kind : std::uint8_t {
    /// A bulk string: any bytes.
    string,
    /// A simple string, such as OK.
    status,
    integer,
    /// The bulk string or the array that is not there.
    nil,
    error,
    array,
  };

  kind type = kind::nil;
  /// Of strings, statuses and errors.
  std::string text;
  std::int64_t integer = 0;
  /// Of arrays.
  std::vector<resp_value> items;

  bool is_ok() const noexcept { return type == kind::status && text == "OK"; }
  bool is_nil() const noexcept { return type == kind::nil; }
  bool is_string() const noexcept { return type == kind::string; }
  bool is_integer() const noexcept { return type == kind::integer; }
  bool is_array() const noexcept { return type == kind::array; }
  bool is_error() const noexcept { return type == kind::error; }

  /// The item with this index; nil if there is none.
  const resp_value& item(std::size_t index) const noexcept;

  /// An error whose first word is `code`, such as NOSCRIPT or MOVED.
  bool is_error(std::string_view code) const noexcept;

  friend bool operator==(const resp_value&, const resp_value&) = default;
};

/// Replies out of a stream of bytes, the same whatever pieces it comes in.
///
///   reader.feed(bytes);
///   while (auto reply = reader.next())
///     use(*reply);
///   if (!reader.error().empty())
///     drop the connection;
///
/// Holds at most one reply that is not complete and what was fed since `next`
/// last gave nothing.
class resp_reader {
public:
  resp_reader();
  resp_reader(resp_reader&&) noexcept;
  resp_reader& operator=(resp_reader&&) noexcept;
  ~resp_reader();

  /// Takes the next bytes of the stream. False if it is broken, by these or
  /// earlier ones; replies that were complete before the break still come out
  /// of `next`.
  /// REQUIRES: `next` has given nothing since the last call.
  bool feed(std::string_view bytes);

  /// The next complete reply, or nothing.
  std::optional<resp_value> next();

  /// Why no reply will come any more; empty while some may. For the log: holds
  /// nothing of the stream but a type byte.
  const std::string& error() const noexcept;

private:
  struct state;
  std::unique_ptr<state> state_;
};

/// Appends a command, as an array of bulk strings, to `out`. Any bytes may
/// stand in a part.
/// REQUIRES: at least one part, each shorter than 4 GiB.
void append_command(std::string& out, std::span<const std::string_view> parts);

void append_command(std::string& out,
                    std::initializer_list<std::string_view> parts);

} // namespace signalbox
