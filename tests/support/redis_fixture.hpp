// The backplane over Redis on one shard, with the test in Redis' place.

#pragma once

#include "backplane/member_id.hpp"
#include "backplane/redis_backplane.hpp"
#include "tests/support/fake_neighbours.hpp"
#include "tests/support/fake_redis.hpp"

#include <sstream>

namespace signalbox::test {

class redis_fixture : public deterministic_system {
public:
  explicit redis_fixture(const adjustment& adjust = {})
    : deterministic_system([&](options& o) {
        o.redis_url.emplace();
        o.redis_url->hosts.push_back({"redis.test", 6379});
        if (adjust)
          adjust(o);
      }) {
    at().wires = &wires;
    spawn<fake_supervisor>(reports);
    room = spawn<fake_room>(told);
    backplane = spawn<redis_backplane>();
    run();
  }

  /// Both connections open and greeted.
  void connect() {
    for (const auto& x : wires.open_lines())
      greet(*x);
    settle();
  }

  fake_line& commands() { return *line_named("commands"); }
  fake_line& subscriber() { return *line_named("subscriber"); }

  /// Answers the handshake of a new line and notes which one it is. `changes`:
  /// the reply to a subscriber's wish to hear of changed keys.
  void greet(fake_line& x,
             const std::string& changes = array(
               {bulk("subscribe"), bulk("__redis__:invalidate"), integer(1)})) {
    x.open();
    run();
    const auto asked = x.commands();
    const auto is_subscriber = asked.front().ends_with("subscriber");
    (is_subscriber ? subscriber_ : commands_) = &x;
    if (is_subscriber) {
      x.say(ok + integer(subscriber_client) + changes);
    } else {
      std::string replies = ok;
      for (std::size_t i = 0; i < script_ids; ++i)
        replies += bulk(name_of(static_cast<script_id>(i)));
      x.say(replies);
    }
    run();
  }

  /// Answers what is asked of every connection, until nothing is: tracking, the
  /// lease, probes.
  void settle() {
    confirm_probe();
    for (const auto& x : commands().commands())
      answer_housekeeping(x);
    run();
    subscriber().commands();
  }

  /// The same for so long, ten times a second.
  void settle_for(std::chrono::seconds so_long) {
    for (auto i = so_long / 100ms; i > 0; --i) {
      advance(100ms);
      settle();
    }
  }

  /// The channel of the probe, if it was asked for.
  void confirm_probe() {
    for (const auto& x : subscriber().commands())
      if (x.starts_with("SUBSCRIBE signalbox:{probe:"))
        confirm(x.substr(x.find(' ') + 1));
  }

  void answer_housekeeping(const std::string& command) {
    if (command.starts_with("CLIENT TRACKING"))
      reply(ok);
    else if (command.starts_with("EVALSHA probe")) {
      reply(ok);
      hear_probe(command);
    } else if (command.starts_with("EVALSHA lease"))
      reply(array({integer(1), array({})}));
    else
      others.push_back(command);
  }

  /// EVALSHA probe 1 CHANNEL PAYLOAD ...
  void hear_probe(const std::string& command) {
    std::istringstream words{command};
    std::string script, name, keys, channel, payload;
    words >> script >> name >> keys >> channel >> payload;
    hear(channel, payload);
  }

  void reply(const std::string& bytes) {
    commands().say(bytes);
    run();
  }

  /// A published message, as the subscriber hears it.
  void hear(const std::string& channel, const std::string& text) {
    subscriber().say(array({bulk("message"), bulk(channel), bulk(text)}));
    run();
  }

  void confirm(const std::string& channel) {
    subscriber().say(array({bulk("subscribe"), bulk(channel), integer(2)}));
    run();
  }

  void invalidate(const std::string& key) {
    subscriber().say(array(
      {bulk("message"), bulk("__redis__:invalidate"), array({bulk(key)})}));
    run();
  }

  std::shared_ptr<answer<bool>> seat(std::uint64_t id,
                                     const std::string& name = "lobby") {
    auto result = ask<bool>(backplane_actor{backplane}, seat_atom_v, name, room,
                            session_id{id});
    run();
    return result;
  }

  /// The member's id in Redis.
  static std::string member(std::uint64_t id) {
    return make_member(make_holder("testtesttest", 0), id);
  }

  static constexpr std::int64_t subscriber_client = 42;

  fake_wires wires;
  transcript& reports = new_transcript();
  transcript& told = new_transcript();
  /// Commands that `settle` does not answer.
  transcript others;
  room_actor room;
  redis_backplane_actor backplane;

private:
  fake_line* line_named(std::string_view role) {
    return role == "commands" ? commands_ : subscriber_;
  }

  fake_line* commands_ = nullptr;
  fake_line* subscriber_ = nullptr;
};

} // namespace signalbox::test
