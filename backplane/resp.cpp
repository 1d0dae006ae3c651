#include "backplane/resp.hpp"

#include "backplane/resp_scanner.hpp"

#include <hiredis/hiredis.h>

#include <algorithm>
#include <new>
#include <utility>

namespace signalbox {

namespace {

/// Space that an array gets before its items are there.
constexpr std::size_t items_reserved_max = 64;

// -- what hiredis calls to have a reply built
// ----------------------------------
//
// Each value goes straight to its place: the root is the reader's own, an item
// goes to the back of the array around it. Pointers that hiredis holds are
// those of open arrays, each the last item of the one around it, which does not
// grow before that item is complete. Nothing may be thrown through hiredis; a
// null pointer tells it that there is no memory.

template <class Fill>
void* place_value(const redisReadTask* task, Fill fill) noexcept {
  try {
    auto& value =
      task->parent
        ? static_cast<resp_value*>(task->parent->obj)->items.emplace_back()
        : *static_cast<resp_value*>(task->privdata);
    fill(value);
    return &value;
  } catch (const std::bad_alloc&) {
    return nullptr;
  }
}

/// Bulk strings, statuses and errors.
void* create_string(const redisReadTask* task, char* text, std::size_t size) {
  return place_value(task, [=](resp_value& value) {
    using kind = resp_value::kind;
    value.type = task->type == REDIS_REPLY_ERROR    ? kind::error
                 : task->type == REDIS_REPLY_STATUS ? kind::status
                                                    : kind::string;
    value.text.assign(text, size);
  });
}

void* create_array(const redisReadTask* task, int size) {
  return place_value(task, [=](resp_value& value) {
    value.type = resp_value::kind::array;
    value.items.reserve(
      std::min(static_cast<std::size_t>(size), items_reserved_max));
  });
}

void* create_integer(const redisReadTask* task, long long number) {
  return place_value(task, [=](resp_value& value) {
    value.type = resp_value::kind::integer;
    value.integer = number;
  });
}

void* create_nil(const redisReadTask* task) {
  return place_value(task, [](resp_value&) {});
}

/// Nothing to free: the reader owns the root, and the root the rest.
redisReplyObjectFunctions builders{create_string, create_array, create_integer,
                                   create_nil, nullptr};

} // namespace

const resp_value& resp_value::item(std::size_t index) const noexcept {
  static const resp_value none;
  return index < items.size() ? items[index] : none;
}

bool resp_value::is_error(std::string_view code) const noexcept {
  return type == kind::error && text.starts_with(code)
         && (text.size() == code.size() || text[code.size()] == ' ');
}

// -- reader -------------------------------------------------------------------

struct resp_reader::state {
  state() : reader(redisReaderCreateWithFunctions(&builders), redisReaderFree) {
    if (!reader)
      throw std::bad_alloc{};
    reader->privdata = &root;
  }

  std::unique_ptr<redisReader, void (*)(redisReader*)> reader;
  resp_scanner scanner;
  /// The reply that is being built.
  resp_value root;
  std::string error;
};

resp_reader::resp_reader() : state_(std::make_unique<state>()) {
}

resp_reader::resp_reader(resp_reader&&) noexcept = default;

resp_reader& resp_reader::operator=(resp_reader&&) noexcept = default;

resp_reader::~resp_reader() = default;

bool resp_reader::feed(std::string_view bytes) {
  auto& self = *state_;
  if (!self.error.empty() || !self.scanner.refusal().empty())
    return false;
  auto passed = self.scanner.scan(bytes);
  if (redisReaderFeed(self.reader.get(), bytes.data(), passed) != REDIS_OK) {
    self.error = self.reader->errstr;
    return false;
  }
  return passed == bytes.size();
}

std::optional<resp_value> resp_reader::next() {
  auto& self = *state_;
  if (!self.error.empty())
    return std::nullopt;
  void* reply = nullptr;
  if (redisReaderGetReply(self.reader.get(), &reply) != REDIS_OK) {
    self.error = self.reader->errstr;
    self.root = {};
    return std::nullopt;
  }
  if (reply)
    return std::exchange(self.root, {});
  // Only now: what is complete before a break has come out.
  self.error = self.scanner.refusal();
  return std::nullopt;
}

const std::string& resp_reader::error() const noexcept {
  return state_->error;
}

// -- commands
// ------------------------------------------------------------------

void append_command(std::string& out, std::span<const std::string_view> parts) {
  std::vector<const char*> texts;
  std::vector<std::size_t> sizes;
  texts.reserve(parts.size());
  sizes.reserve(parts.size());
  for (auto part : parts) {
    // memcpy takes no null pointer, not even for nothing.
    texts.push_back(part.empty() ? "" : part.data());
    sizes.push_back(part.size());
  }
  char* command = nullptr;
  auto size = redisFormatCommandArgv(&command, static_cast<int>(parts.size()),
                                     texts.data(), sizes.data());
  if (size < 0)
    throw std::bad_alloc{};
  std::unique_ptr<char, void (*)(char*)> owner{command, redisFreeCommand};
  out.append(command, static_cast<std::size_t>(size));
}

void append_command(std::string& out,
                    std::initializer_list<std::string_view> parts) {
  append_command(out, std::span{parts.begin(), parts.size()});
}

} // namespace signalbox
