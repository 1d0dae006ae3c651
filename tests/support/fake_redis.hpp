// Redis as a test plays it: wires that lead to the test, which reads the
// commands off them and writes the replies. A wire is found by the role in its
// CLIENT SETNAME.

#pragma once

#include "actors/wire.hpp"
#include "backplane/messages.hpp"
#include "backplane/resp.hpp"
#include "backplane/scripts.hpp"
#include "tests/support/deterministic_system.hpp"

#include <string>
#include <vector>

namespace signalbox::test {

/// A reply or a pushed message, in RESP.
inline std::string bulk(std::string_view text) {
  return "$" + std::to_string(text.size()) + "\r\n" + std::string{text}
         + "\r\n";
}

inline std::string integer(std::int64_t value) {
  return ":" + std::to_string(value) + "\r\n";
}

inline std::string array(const std::vector<std::string>& items) {
  std::string result = "*" + std::to_string(items.size()) + "\r\n";
  for (const auto& x : items)
    result += x;
  return result;
}

inline const std::string ok = "+OK\r\n";

/// One connection, from the test's side.
struct fake_line {
  wire_target target;
  wire_user* user = nullptr;
  std::string written;
  bool is_open = false;
  /// The user has destroyed its end.
  bool is_closed = false;

  void open() {
    is_open = true;
    user->wire_opened();
  }

  void say(const std::string& bytes) { user->wire_received(bytes); }

  void lose() {
    is_open = false;
    user->wire_lost("cut by the test");
  }

  /// The commands written since the last call, words separated by a space;
  /// scripts by their names.
  transcript commands() {
    transcript result;
    resp_reader reader;
    reader.feed(std::exchange(written, {}));
    while (auto x = reader.next()) {
      std::string line;
      for (const auto& word : x->items)
        line += (line.empty() ? "" : " ") + shortened(word.text);
      result.push_back(line);
    }
    return result;
  }

  bool is_for(std::string_view role) const {
    return !is_closed && written.find(role) != std::string::npos;
  }

private:
  static std::string shortened(const std::string& word) {
    for (std::size_t i = 0; i < script_ids; ++i) {
      const auto id = static_cast<script_id>(i);
      if (word == text_of(id))
        return "<" + std::string{name_of(id)} + ">";
    }
    return word;
  }
};

/// Stands in for the backplane that a connection belongs to: takes everything.
class fake_hub final : public pinned<redis_backplane_actor> {
public:
  fake_hub(caf::actor_config& config, home& where, transcript& log)
    : pinned(config, where, actor_kind::backplane), log_(log) {
    // nop
  }

protected:
  behavior_type make_behavior() override {
    return {
      [](seat_atom, const std::string&, const room_actor&, session_id) {
        return false;
      },
      [](vacate_atom, const std::string&, session_id) {},
      [](spread_atom, const std::string&, session_id, const batch_ptr&) {},
      [](adopt_atom, const std::string&, const room_actor&,
         const session_ids&) {},
      [](admitted_atom, const ip_address&) {},
      [](probe_atom) {},
      [](cluster_atom) { return std::make_shared<const cluster_nodes>(); },
      [](drain_atom) { return drained_atom_v; },
      [](beat_atom) {},
      [this](up_atom, server_id, bool is_there) {
        log_.push_back(is_there ? "commands" : "no commands");
      },
      [this](up_atom, server_id, std::int64_t client,
             const std::string& untracked_why) {
        log_.push_back("subscriber " + std::to_string(client)
                       + (untracked_why.empty() ? "" : " " + untracked_why));
      },
      [this](heard_atom, server_id, const heard_ptr& events) {
        for (const auto& x : *events)
          log_.push_back(line_of(x));
      },
      [this](moved_atom, server_id, const std::string& error) {
        log_.push_back("moved " + error);
      },
      [this](target_atom, const wire_target& target) {
        log_.push_back("at " + target.host + " " + std::to_string(target.port));
      },
    };
  }

private:
  static std::string line_of(const heard_event& x) {
    switch (x.type) {
      case heard_event::kind::message:
        return "message " + x.channel + " " + x.text;
      case heard_event::kind::subscribed:
        return "subscribed " + x.channel;
      case heard_event::kind::unsubscribed:
        return "unsubscribed " + x.channel;
      case heard_event::kind::invalidated:
        return "invalidated " + x.text;
      case heard_event::kind::all_invalidated:
        return "all invalidated";
      case heard_event::kind::refused:
        return "refused " + x.text;
    }
    return {};
  }

  transcript& log_;
};

class fake_wires final : public wire_maker {
public:
  std::unique_ptr<wire> connect(const wire_target& target, wire_user& user,
                                std::chrono::milliseconds) override {
    auto line = std::make_shared<fake_line>();
    line->target = target;
    line->user = &user;
    lines.push_back(line);
    return std::make_unique<end>(line);
  }

  /// Those not closed, oldest first.
  std::vector<std::shared_ptr<fake_line>> open_lines() const {
    std::vector<std::shared_ptr<fake_line>> result;
    for (const auto& x : lines)
      if (!x->is_closed)
        result.push_back(x);
    return result;
  }

  std::vector<std::shared_ptr<fake_line>> lines;

private:
  struct end final : wire {
    explicit end(std::shared_ptr<fake_line> x) : line(std::move(x)) {}
    ~end() override { line->is_closed = true; }
    void write(std::string_view bytes) override { line->written += bytes; }
    std::size_t unsent_bytes() const noexcept override { return 0; }
    std::shared_ptr<fake_line> line;
  };
};

} // namespace signalbox::test
