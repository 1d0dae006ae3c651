// The backplane over a Redis Cluster on one shard, with the test in the place
// of all its masters: each answers for the slots that the test gives it, and
// sends elsewhere what it is asked about others.

#pragma once

#include "backplane/cluster_slots.hpp"
#include "backplane/redis_backplane.hpp"
#include "tests/support/fake_neighbours.hpp"
#include "tests/support/fake_redis.hpp"

#include <map>
#include <set>
#include <sstream>

namespace signalbox::test {

class cluster_fixture : public deterministic_system {
public:
  static constexpr std::uint16_t first_port = 7001;
  static constexpr std::uint16_t second_port = 7002;

  cluster_fixture()
    : deterministic_system([](options& o) {
        o.redis_url.emplace();
        o.redis_url->kind = redis_url::topology::cluster;
        o.redis_url->hosts.push_back({"redis.test", first_port});
      }) {
    owners.fill(first_port);
    at().wires = &wires;
    spawn<fake_supervisor>(reports);
    room = spawn<fake_room>(told);
    backplane = spawn<redis_backplane>();
    run();
  }

  /// Answers all that is asked until nothing is.
  void serve() {
    for (auto is_idle = false; !is_idle;) {
      is_idle = true;
      for (std::size_t i = 0; i < wires.lines.size(); ++i)
        is_idle &= !serve_line(*wires.lines[i]);
    }
  }

  /// Lets time pass, with the cluster at work.
  void pass(clock::duration span) {
    for (constexpr auto step = 50ms; span > 0ms; span -= step) {
      advance(step);
      serve();
    }
  }

  /// From now on the slot is with the master at `port`; those who hear a
  /// channel of it are told so.
  void move(std::uint16_t slot, std::uint16_t port) {
    const auto from = std::exchange(owners[slot], port);
    migrating.erase(slot);
    for (auto& [line, channels] : heard_at_)
      if (line->target.port == from)
        for (const auto& x : std::set<std::string>{channels})
          if (slot_of(x) == slot) {
            channels.erase(x);
            say(*line, array({bulk("sunsubscribe"), bulk(x), integer(0)}));
          }
  }

  /// Somebody publishes through the server at `port`; how many heard it.
  std::string publish(std::uint16_t port, const std::string& channel,
                      const std::string& text) {
    if (channel.starts_with("room:"))
      published.push_back(std::to_string(port) + " " + channel + " " + text);
    std::int64_t count = 0;
    for (auto& [line, channels] : heard_at_)
      if (line->target.port == port && !line->is_closed
          && channels.contains(channel)) {
        ++count;
        say(*line, array({bulk("smessage"), bulk(channel), bulk(text)}));
      }
    return integer(count);
  }

  std::size_t connections_to(std::uint16_t port) const {
    return static_cast<std::size_t>(
      std::count_if(wires.lines.begin(), wires.lines.end(),
                    [port](const auto& x) { return x->target.port == port; }));
  }

  std::shared_ptr<answer<bool>> seat(std::uint64_t id) {
    auto result = ask<bool>(backplane_actor{backplane}, seat_atom_v,
                            std::string{"lobby"}, room, session_id{id});
    run();
    return result;
  }

  /// Which server has which slot.
  std::array<std::uint16_t, cluster_slots> owners;
  /// Slots on their way, and where to: their keys are there already.
  std::map<std::uint16_t, std::uint16_t> migrating;
  /// What was published in rooms, by server: `PORT CHANNEL TEXT`.
  transcript published;
  fake_wires wires;
  transcript& reports = new_transcript();
  transcript& told = new_transcript();
  room_actor room;
  redis_backplane_actor backplane;

private:
  bool serve_line(fake_line& line) {
    if (line.is_closed)
      return false;
    if (!line.is_open) {
      line.open();
      run();
    }
    const auto asked = line.commands();
    for (const auto& x : asked)
      if (!line.is_closed)
        say(line, reply_to(line, x));
    return !asked.empty();
  }

  void say(fake_line& line, const std::string& bytes) {
    line.say(bytes);
    run();
  }

  std::string reply_to(fake_line& line, const std::string& command) {
    std::istringstream in{command};
    std::vector<std::string> words;
    for (std::string word; in >> word;)
      words.push_back(std::move(word));
    const auto is_asking = std::exchange(asking_, nullptr) == &line;
    if (words[0] == "ASKING") {
      asking_ = &line;
      return ok;
    }
    if (words[0] == "SCRIPT")
      return bulk(words[2].substr(1, words[2].size() - 2));
    if (words[0] == "CLUSTER")
      return slots();
    if (words[0] == "CLIENT")
      return words[1] == "ID" ? integer(1) : ok;
    if (words[0] == "SUBSCRIBE")
      return array({bulk("subscribe"), bulk(words[1]), integer(1)});
    const auto& key = words[0] == "EVALSHA" ? words[3] : words[1];
    const auto elsewhere = redirection(line, words[0], key, is_asking);
    return elsewhere.empty() ? run_command(line, words, key) : elsewhere;
  }

  // Channels stay with the old master until the slot has gone; keys do not.
  std::string redirection(const fake_line& line, const std::string& name,
                          const std::string& key, bool is_asking) {
    const auto slot = slot_of(key);
    const auto about = std::to_string(slot) + " redis.test:";
    const auto on_the_way = migrating.find(slot);
    if (owners[slot] != line.target.port) {
      const auto is_there = is_asking && on_the_way != migrating.end()
                            && on_the_way->second == line.target.port;
      return is_there
               ? ""
               : "-MOVED " + about + std::to_string(owners[slot]) + "\r\n";
    }
    const auto is_channel = name == "SSUBSCRIBE" || name == "SUNSUBSCRIBE"
                            || name == "SPUBLISH";
    return is_channel || on_the_way == migrating.end()
             ? ""
             : "-ASK " + about + std::to_string(on_the_way->second) + "\r\n";
  }

  std::string run_command(fake_line& line,
                          const std::vector<std::string>& words,
                          const std::string& key) {
    const auto& name = words[0] == "EVALSHA" ? words[1] : words[0];
    if (name == "SSUBSCRIBE") {
      heard_at_[&line].insert(key);
      return array({bulk("ssubscribe"), bulk(key), integer(1)});
    }
    if (name == "SUNSUBSCRIBE") {
      heard_at_[&line].erase(key);
      return array({bulk("sunsubscribe"), bulk(key), integer(0)});
    }
    if (name == "SPUBLISH")
      return publish(line.target.port, key, words[2]);
    if (name == "probe") {
      publish(line.target.port, key, words[4]);
      return ok;
    }
    if (name == "join")
      return array({integer(1), integer(1), bulk(words[4])});
    if (name == "leave") {
      publish(line.target.port, key, "leave of " + words[4]);
      return array({integer(1), integer(0)});
    }
    if (name == "reconcile") {
      std::vector<std::string> members;
      for (std::size_t i = 8; i < words.size(); ++i)
        members.push_back(bulk(words[i]));
      return array({array(members), array({})});
    }
    if (name == "SMEMBERS")
      return array({});
    return array({integer(1), array({})});
  }

  std::string slots() const {
    std::vector<std::string> ranges;
    for (std::size_t first = 0, i = 1; i <= cluster_slots; ++i)
      if (i == cluster_slots || owners[i] != owners[first]) {
        ranges.push_back(
          array({integer(static_cast<std::int64_t>(first)),
                 integer(static_cast<std::int64_t>(i - 1)),
                 array({bulk("redis.test"), integer(owners[first])})}));
        first = i;
      }
    return array(ranges);
  }

  const fake_line* asking_ = nullptr;
  std::map<fake_line*, std::set<std::string>> heard_at_;
};

} // namespace signalbox::test
