#include "backplane/cluster_slots.hpp"

#include <catch2/catch.hpp>

#include <algorithm>

using namespace signalbox;

namespace {

using strings = std::vector<std::string>;

strings sorted(strings x) {
  std::sort(x.begin(), x.end());
  return x;
}

} // namespace

// -- slots of keys ------------------------------------------------------------

TEST_CASE("cluster_slots: the checksum is that of the specification",
          "[cluster_slots]") {
  CHECK(crc16("123456789") == 0x31C3);
  CHECK(crc16("") == 0);
  CHECK(crc16("\xFF") == 0x1EF0);
}

TEST_CASE("cluster_slots: keys are where Redis says they are",
          "[cluster_slots]") {
  CHECK(slot_of("foo") == 12182);
  CHECK(slot_of("bar") == 5061);
  CHECK(slot_of("hello") == 866);
  CHECK(slot_of("123456789") == 12739);
  CHECK(slot_of("") == 0);
}

TEST_CASE("cluster_slots: a hash tag alone counts", "[cluster_slots]") {
  CHECK(slot_of("{user1000}.following") == slot_of("user1000"));
  CHECK(slot_of("{user1000}.followers") == 3443);
  CHECK(slot_of("foo{bar}{zap}") == slot_of("bar"));
  CHECK(slot_of("foo{{bar}}zap") == slot_of("{bar"));
  CHECK(slot_of("signalbox:{room:lobby}:left:x") == slot_of("room:lobby"));
}

TEST_CASE("cluster_slots: what is no hash tag leaves the whole key",
          "[cluster_slots]") {
  for (const std::string key :
       {"foo{}{bar}", "{}", "{", "}", "}{", "a{b", "a}b", "a}b{c", "x{}y"}) {
    CAPTURE(key);
    CHECK(slot_of(key) == crc16(key) % 16384);
  }
}

// -- who has them -------------------------------------------------------------

TEST_CASE("cluster_slots: a new map knows no slot", "[cluster_slots]") {
  slot_map map;
  CHECK_FALSE(map.of(0));
  CHECK_FALSE(map.of(16383));
  CHECK_FALSE(map.is_complete());
  CHECK(map.masters().empty());
}

TEST_CASE("cluster_slots: a range has both its ends", "[cluster_slots]") {
  slot_map map;
  CHECK(map.set(10, 20, "a:1"));
  CHECK_FALSE(map.of(9));
  CHECK(map.of(10) == "a:1");
  CHECK(map.of(20) == "a:1");
  CHECK_FALSE(map.of(21));
  CHECK(map.set(20, 20, "b:1"));
  CHECK(map.of(19) == "a:1");
  CHECK(map.of(20) == "b:1");
  CHECK(sorted(map.masters()) == strings{"a:1", "b:1"});
}

TEST_CASE("cluster_slots: a map is complete when each slot has a master",
          "[cluster_slots]") {
  slot_map map;
  map.set(0, 8191, "a:1");
  map.set(8193, 16383, "b:1");
  CHECK_FALSE(map.is_complete());
  map.set(8192, 8192, "b:1");
  CHECK(map.is_complete());
  map.set(0, 16383, "a:1");
  CHECK(map.is_complete());
  map.clear();
  CHECK_FALSE(map.is_complete());
  CHECK_FALSE(map.of(0));
}

TEST_CASE("cluster_slots: a master without slots is none", "[cluster_slots]") {
  slot_map map;
  map.set(0, 100, "a:1");
  map.set(0, 50, "b:1");
  map.set(51, 100, "c:1");
  CHECK(sorted(map.masters()) == strings{"b:1", "c:1"});
  // And its place is taken without any confusion.
  map.set(7, 7, "d:1");
  CHECK(map.of(6) == "b:1");
  CHECK(map.of(7) == "d:1");
  CHECK(map.of(100) == "c:1");
  CHECK(sorted(map.masters()) == strings{"b:1", "c:1", "d:1"});
}

TEST_CASE("cluster_slots: every slot may have a master of its own",
          "[cluster_slots]") {
  slot_map map;
  const auto address = [](std::size_t i) { return "h:" + std::to_string(i); };
  for (std::size_t slot = 0; slot < 16384; slot += 8)
    map.set(slot, slot + 7, address(slot));
  CHECK(map.is_complete());
  CHECK(map.masters().size() == 2048);
  for (std::size_t slot = 0; slot < 16384; ++slot)
    REQUIRE(map.of(slot) == address(slot / 8 * 8));
}

TEST_CASE("cluster_slots: what are no slots changes nothing",
          "[cluster_slots]") {
  slot_map map;
  CHECK_FALSE(map.set(2, 1, "a:1"));
  CHECK_FALSE(map.set(0, 16384, "a:1"));
  CHECK_FALSE(map.set(16384, 16384, "a:1"));
  CHECK_FALSE(map.set(0, 1, ""));
  CHECK(map.masters().empty());
  CHECK_FALSE(map.of(16384));
  CHECK_FALSE(map.of(std::size_t(-1)));
}

// -- keys for a server --------------------------------------------------------

TEST_CASE("cluster_slots: a server's key is the first whose slot it has",
          "[cluster_slots]") {
  slot_map map;
  CHECK_FALSE(map.has_slots("a:1"));
  CHECK_FALSE(map.number_for("probe:", "a:1"));
  map.set(0, cluster_slots - 1, "a:1");
  CHECK(map.number_for("probe:", "a:1") == 0u);
  const auto slot = slot_of("signalbox:{probe:17}");
  map.set(slot, slot, "b:2");
  CHECK(map.number_for("probe:", "b:2") == 17u);
  map.set(slot, slot, "a:1");
  CHECK_FALSE(map.has_slots("b:2"));
  CHECK_FALSE(map.number_for("probe:", "b:2"));
}

TEST_CASE("cluster_slots: whichever slot it is, a key is found for it",
          "[cluster_slots]") {
  for (const std::string tag : {"", "probe:sb:abcdefghijkl:0:"}) {
    std::vector<bool> is_reached(cluster_slots);
    for (int i = 100'000; i < 1'000'000; ++i)
      is_reached[slot_of("{" + tag + std::to_string(i) + "}")] = true;
    CHECK(std::count(is_reached.begin(), is_reached.end(), false) == 0);
  }
  // By itself for a sample: the search is long, by design.
  for (std::size_t slot = 0; slot < cluster_slots; slot += 127) {
    slot_map map;
    map.set(0, cluster_slots - 1, "a:1");
    map.set(slot, slot, "b:2");
    const auto number = map.number_for("probe:sb:abcdefghijkl:0:", "b:2");
    REQUIRE(number);
    CHECK(slot_of("{probe:sb:abcdefghijkl:0:" + std::to_string(*number) + "}")
          == slot);
  }
}

// -- redirections -------------------------------------------------------------

TEST_CASE("cluster_slots: a redirection says where to", "[cluster_slots]") {
  CHECK(parse_redirect("MOVED 3999 127.0.0.1:6381")
        == redirect{false, 3999, "127.0.0.1", 6381});
  CHECK(parse_redirect("ASK 0 redis-7.example_x.org:1")
        == redirect{true, 0, "redis-7.example_x.org", 1});
  CHECK(parse_redirect("MOVED 16383 2001:db8::1:65535")
        == redirect{false, 16383, "2001:db8::1", 65535});
  CHECK(parse_redirect("ASK 7 fe80::1%eth0:6379")
        == redirect{true, 7, "fe80::1%eth0", 6379});
  CHECK(parse_redirect("MOVED 3999 :6381") == redirect{false, 3999, "", 6381});
}

TEST_CASE("cluster_slots: what is no redirection is not read",
          "[cluster_slots]") {
  for (const std::string text : {
         "",
         "MOVED",
         "MOVED ",
         "MOVED 1",
         "MOVED 1 ",
         "MOVED 1 :",
         "MOVED 1 a",
         "MOVED 1 a:",
         "MOVED 1 a:0",
         "MOVED 1 a:65536",
         "MOVED 1 a:4294973677",
         "MOVED 1 a:06381",
         "MOVED 1 a:+1",
         "MOVED 1 a:-1",
         "MOVED 1 a:1 ",
         "MOVED 1 a:1x",
         "MOVED 1  a:1",
         "MOVED  1 a:1",
         "MOVED 16384 a:1",
         "MOVED 65536 a:1",
         "MOVED -1 a:1",
         "MOVED 01 a:1",
         "MOVED x a:1",
         "MOVED 1 a b:1",
         "MOVED 1 a\r:1",
         "MOVED 1 ?:1",
         "MOVED 1:2 a",
         "MOVED1 a:1",
         "moved 1 a:1",
         "-MOVED 1 a:1",
         "ASKING 1 a:1",
         "ERR MOVED 1 a:1",
         "TRYAGAIN Multiple keys request during rehashing of slot",
         "CLUSTERDOWN The cluster is down",
       }) {
    CAPTURE(text);
    CHECK_FALSE(parse_redirect(text));
  }
  CHECK_FALSE(parse_redirect("MOVED 1 " + std::string(256, 'a') + ":1"));
  CHECK(parse_redirect("MOVED 1 " + std::string(255, 'a') + ":1"));
}
