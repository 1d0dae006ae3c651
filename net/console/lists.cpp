#include "net/console/lists.hpp"

#include "net/console/figures.hpp"
#include "net/console/plain_text.hpp"

#include <algorithm>
#include <span>

namespace signalbox::console {

namespace {

using lines = std::vector<std::string>;

enum class cell_kind : std::uint8_t {
  text,
  count,
  bytes,
  age,
  duration,
  truth,
};

struct list_column {
  std::string_view title;
  std::string_view member;
  cell_kind kind;
};

// What clients have made stands last, where a narrow terminal cuts.
constexpr list_column session_columns[] = {
  {"SESSION", "id", cell_kind::text},
  {"SHARD", "shard", cell_kind::count},
  {"STATE", "state", cell_kind::text},
  {"AGE", "ageSeconds", cell_kind::age},
  {"IN", "messagesIn", cell_kind::count},
  {"OUT", "messagesOut", cell_kind::count},
  {"BYTES-IN", "bytesIn", cell_kind::bytes},
  {"BYTES-OUT", "bytesOut", cell_kind::bytes},
  {"UNSENT", "unsentBytes", cell_kind::bytes},
  {"PONG", "lastPongSeconds", cell_kind::age},
  {"DIALECT", "dialect", cell_kind::text},
  {"ADDRESS", "address", cell_kind::text},
  {"ROOM", "room", cell_kind::text},
  {"SUBJECT", "subject", cell_kind::text},
};

constexpr list_column room_columns[] = {
  {"ROOM", "id", cell_kind::text},
  {"SHARD", "shard", cell_kind::count},
  {"MEMBERS", "members", cell_kind::count},
  {"REMOTE", "hasRemote", cell_kind::truth},
  {"AGE", "ageSeconds", cell_kind::age},
  {"MESSAGES", "messages", cell_kind::count},
  {"BYTES", "bytes", cell_kind::bytes},
  {"UNSENT", "unsentBytes", cell_kind::bytes},
};

constexpr list_column actor_columns[] = {
  {"ACTOR", "id", cell_kind::text},
  {"KIND", "kind", cell_kind::text},
  {"SHARD", "shard", cell_kind::count},
  {"TIME", "handlingSeconds", cell_kind::duration},
  {"HANDLED", "handled", cell_kind::count},
  {"MAILBOX", "mailboxNow", cell_kind::count},
  {"MAX", "mailboxMax", cell_kind::count},
  {"AGE", "ageSeconds", cell_kind::age},
  {"RESTARTS", "restarts", cell_kind::count},
  {"SESSION", "session", cell_kind::text},
  {"ROOM", "room", cell_kind::text},
};

constexpr list_column kind_columns[] = {
  {"KIND", "kind", cell_kind::text},
  {"COUNT", "count", cell_kind::count},
  {"TIME", "handlingSeconds", cell_kind::duration},
  {"HANDLED", "handled", cell_kind::count},
  {"MAILBOX", "mailboxNow", cell_kind::count},
  {"MAX", "mailboxMax", cell_kind::count},
  {"RESTARTS", "restarts", cell_kind::count},
};

constexpr list_column event_columns[] = {
  {"AT", "at", cell_kind::text},         {"AGO", "ageSeconds", cell_kind::age},
  {"EVENT", "event", cell_kind::text},   {"BYTES", "bytes", cell_kind::count},
  {"DETAIL", "detail", cell_kind::text},
};

std::string cell_of(const json& row, const list_column& what) {
  const auto figure = number_of(row, what.member);
  switch (what.kind) {
    case cell_kind::count:
      return count_text(figure);
    case cell_kind::bytes:
      return bytes_text(figure);
    case cell_kind::age:
      return age_text(figure);
    case cell_kind::duration:
      return duration_text(figure);
    case cell_kind::truth:
      return is_true(row, what.member) ? "yes" : "no";
    case cell_kind::text:
      break;
  }
  const auto text = text_of(row, what.member);
  return text.empty() ? unknown : escaped(text);
}

lines table_of(std::span<const list_column> columns, const json& items) {
  std::vector<column> heads;
  for (const auto& x : columns)
    heads.push_back(
      {x.title, x.kind != cell_kind::text && x.kind != cell_kind::truth});
  rows cells;
  for (const auto& item : elements(items)) {
    auto& row = cells.emplace_back();
    for (const auto& x : columns)
      row.push_back(cell_of(item, x));
  }
  return table(heads, cells);
}

lines types_of(const json& by_type) {
  rows cells;
  if (by_type.is_object())
    for (const auto& [type, count] : by_type.items())
      cells.push_back({escaped(type), count.is_number()
                                        ? count_text(count.get<double>())
                                        : unknown});
  return table({{"MESSAGE"}, {"HANDLED", true}}, cells);
}

/// Buckets in which there is nothing are left out.
lines times_of(const json& value) {
  rows cells;
  const auto times = read_histogram(value);
  for (std::size_t i = 0; times && i < times->counts.size(); ++i)
    if (times->counts[i] > 0)
      cells.push_back({i < times->bounds.size()
                         ? "up to " + duration_text(times->bounds[i])
                         : "longer",
                       count_text(times->counts[i])});
  return table({{"HANDLING"}, {"TIMES", true}}, cells);
}

void append_section(lines& out, const lines& section) {
  out.emplace_back();
  out.insert(out.end(), section.begin(), section.end());
}

} // namespace

std::vector<std::string> render_list(command which, const json& items) {
  if (which == command::sessions)
    return table_of(session_columns, items);
  if (which == command::rooms)
    return table_of(room_columns, items);
  return table_of(actor_columns, items);
}

std::vector<std::string> render_kinds(const json& by_kind) {
  return table_of(kind_columns, by_kind);
}

std::vector<std::string> render_one(const json& thing) {
  std::size_t width = 0;
  std::vector<std::pair<std::string, std::string>> values;
  lines sections;
  if (thing.is_object())
    for (const auto& [name, value] : thing.items()) {
      if (name == "events")
        append_section(sections, table_of(event_columns, value));
      else if (name == "members" && value.is_array())
        append_section(sections, table_of(session_columns, value));
      else if (name == "handledByType")
        append_section(sections, types_of(value));
      else if (name == "handlingHistogram")
        append_section(sections, times_of(value));
      else
        values.emplace_back(escaped(name), value.is_string()
                                             ? escaped(text_of(thing, name))
                                             : line_of(value));
    }
  for (const auto& [name, value] : values)
    width = std::max(width, columns_of(name));
  lines result;
  for (const auto& [name, value] : values) {
    auto line = padded(name, width, false) + "  " + value;
    line.erase(line.find_last_not_of(' ') + 1);
    result.push_back(std::move(line));
  }
  result.insert(result.end(), sections.begin(), sections.end());
  return result;
}

} // namespace signalbox::console
