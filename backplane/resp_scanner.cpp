#include "backplane/resp_scanner.hpp"

#include "conf/value.hpp"

#include <algorithm>

namespace signalbox {

namespace {

constexpr std::string_view nil = "-1";
constexpr std::size_t line_end_bytes = 2;
constexpr std::string_view too_long = "a reply of more than 64 MiB";

} // namespace

std::size_t resp_scanner::scan(std::string_view bytes) noexcept {
  std::size_t passed = 0;
  while (refusal_.empty() && passed < bytes.size()) {
    auto rest = bytes.substr(passed);
    if (place_ == place::line)
      passed += scan_line(rest);
    else if (place_ == place::body)
      passed += scan_body(rest);
    else if (scan_byte(rest.front()))
      ++passed;
  }
  return passed;
}

/// Where one byte decides: whether it may go on.
bool resp_scanner::scan_byte(char byte) noexcept {
  constexpr std::string_view types = "+-:$*";
  // Before the byte is taken in, since it may end the reply.
  ++reply_bytes_;
  switch (place_) {
    case place::type:
      if (types.find(byte) == std::string_view::npos)
        return refuse("an unknown type of reply");
      type_ = byte;
      line_bytes_ = 0;
      place_ = place::line;
      return true;
    case place::line_feed:
      if (byte != '\n')
        return refuse("a line that does not end in CR LF");
      return end_line();
    case place::body_return:
      if (byte != '\r')
        return refuse("a bulk string that is longer than announced");
      place_ = place::body_feed;
      return true;
    case place::body_feed:
      if (byte != '\n')
        return refuse("a bulk string that is longer than announced");
      end_item();
      return true;
    case place::line:
    case place::body:
      break;
  }
  return false;
}

std::size_t resp_scanner::scan_line(std::string_view bytes) noexcept {
  auto size = std::min(bytes.find_first_of("\r\n"), bytes.size());
  if (size > resp_line_bytes_max - line_bytes_) {
    refuse("a line of more than 64 KiB");
    return 0;
  }
  for (auto i = line_bytes_; i < std::min(line_bytes_ + size, line_.size());
       ++i)
    line_[i] = bytes[i - line_bytes_];
  line_bytes_ += size;
  reply_bytes_ += size;
  if (size == bytes.size())
    return size;
  if (bytes[size] == '\n') {
    refuse("a line that does not end in CR LF");
    return size;
  }
  ++reply_bytes_;
  place_ = place::line_feed;
  return size + 1;
}

std::size_t resp_scanner::scan_body(std::string_view bytes) noexcept {
  auto size = std::min(bytes.size(), body_bytes_left_);
  body_bytes_left_ -= size;
  reply_bytes_ += size;
  if (body_bytes_left_ == 0)
    place_ = place::body_return;
  return size;
}

/// At a line's last byte, which hiredis waits for before it looks at the line.
bool resp_scanner::end_line() noexcept {
  if (reply_bytes_ > resp_reply_bytes_max)
    return refuse(too_long);
  std::string_view header{line_.data(), std::min(line_bytes_, line_.size())};
  if (type_ == '$')
    return begin_bulk(header);
  if (type_ == '*')
    return begin_array(header);
  end_item();
  return true;
}

bool resp_scanner::begin_bulk(std::string_view header) noexcept {
  if (header == nil) {
    end_item();
    return true;
  }
  auto size = line_bytes_ <= line_.size() ? read_integer(header) : std::nullopt;
  if (!size)
    return refuse("a bulk string without a length");
  auto bytes_left = resp_reply_bytes_max - reply_bytes_;
  if (bytes_left < line_end_bytes || *size > bytes_left - line_end_bytes)
    return refuse(too_long);
  body_bytes_left_ = *size;
  place_ = *size == 0 ? place::body_return : place::body;
  return true;
}

bool resp_scanner::begin_array(std::string_view header) noexcept {
  if (header == nil) {
    end_item();
    return true;
  }
  auto count = line_bytes_ <= line_.size() ? read_integer(header)
                                           : std::nullopt;
  if (!count)
    return refuse("an array without a length");
  if (*count > resp_items_max - items_)
    return refuse("arrays of more than 1048576 items");
  if (*count == 0) {
    end_item();
    return true;
  }
  if (depth_ == items_left_.size())
    return refuse("more than 7 arrays in each other");
  items_ += *count;
  items_left_[depth_++] = *count;
  place_ = place::type;
  return true;
}

void resp_scanner::end_item() noexcept {
  place_ = place::type;
  while (depth_ > 0 && --items_left_[depth_ - 1] == 0)
    --depth_;
  if (depth_ > 0)
    return;
  reply_bytes_ = 0;
  items_ = 0;
}

bool resp_scanner::refuse(std::string_view why) noexcept {
  refusal_ = why;
  return false;
}

} // namespace signalbox
