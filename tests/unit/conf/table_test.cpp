#include "conf/table.hpp"

#include <set>

#include <catch2/catch.hpp>

#include "conf/render.hpp"
#include "fixture.hpp"
#include "tests/support/source_tree.hpp"

using namespace signalbox;
using namespace signalbox::test;

namespace {

/// The settings of the sample file: its lines `#key = value`, without the
/// hash; text has a blank behind it.
texts sample_settings() {
  std::istringstream sample{content_of(source_tree() / "conf/signalbox.toml")};
  texts result;
  for (std::string line; std::getline(sample, line);)
    if (line.size() > 1 && line[0] == '#' && line[1] != ' ')
      result.push_back(line.substr(1));
  return result;
}

} // namespace

TEST_CASE("table: every option of the protocol is there", "[table]") {
  for (std::string_view name : {"PORT",
                                "BIND",
                                "NODE_ENV",
                                "REDIS_URL",
                                "REDIS_CA_FILE",
                                "REDIS_CERT_FILE",
                                "REDIS_KEY_FILE",
                                "REQUIRE_WSS",
                                "TLS_CERT_FILE",
                                "TLS_KEY_FILE",
                                "TRUSTED_PROXIES",
                                "PROXY_PROTOCOL",
                                "ALLOWED_ORIGINS",
                                "SUBPROTOCOL",
                                "RATE_LIMIT_CONN_PER_10S",
                                "RATE_LIMIT_MESSAGES_PER_10S",
                                "RATE_LIMIT_IP_MSGS_PER_10S",
                                "RATE_LIMIT_ROOM_MSGS_PER_10S",
                                "ROOM_CAPACITY",
                                "ROOM_TTL_SECONDS",
                                "ROOM_ID_MAX_LENGTH",
                                "MESSAGE_MAX_BYTES",
                                "BACKPRESSURE_THRESHOLD_BYTES",
                                "HEARTBEAT_INTERVAL_MS",
                                "DRAIN_TIMEOUT_MS",
                                "SHUTDOWN_CLOSE_CODE",
                                "CB_ERROR_THRESHOLD",
                                "CB_OPEN_MS",
                                "ENABLE_AUTH",
                                "JWT_SECRET",
                                "JWT_SECRET_PREVIOUS",
                                "JWT_ISSUER",
                                "JWT_AUDIENCE",
                                "JWT_ALG",
                                "JWT_LEEWAY_SECONDS",
                                "JWT_ROOMS_CLAIM",
                                "JWT_JWKS_URL",
                                "JWKS_CACHE_TTL",
                                "JWKS_MIN_REFETCH_MS",
                                "AUTH_FAILURES_PER_10S",
                                "AUTH_BLOCK_MS",
                                "MAX_CONNECTIONS",
                                "MAX_CONNECTIONS_PER_IP",
                                "HANDSHAKE_TIMEOUT_MS",
                                "LOG_LEVEL",
                                "PRETTY_LOGS",
                                "ADMIN_TOKEN",
                                "HEALTH_PORT",
                                "ADMIN_BIND",
                                "SHARDS"}) {
    CAPTURE(name);
    CHECK(find_entry(name));
  }
  CHECK(table().size() == 50);
}

TEST_CASE("table: defaults are the protocol's", "[table]") {
  for (auto [name, value] : std::vector<std::pair<std::string, std::string>>{
         {"PORT", "3002"},
         {"BIND", "0.0.0.0"},
         {"NODE_ENV", "development"},
         {"REDIS_URL", ""},
         {"REQUIRE_WSS", "false"},
         {"RATE_LIMIT_CONN_PER_10S", "10"},
         {"RATE_LIMIT_MESSAGES_PER_10S", "200"},
         {"RATE_LIMIT_IP_MSGS_PER_10S", "500"},
         {"RATE_LIMIT_ROOM_MSGS_PER_10S", "1000"},
         {"ROOM_CAPACITY", "10"},
         {"ROOM_TTL_SECONDS", "3600"},
         {"ROOM_ID_MAX_LENGTH", "64"},
         {"MESSAGE_MAX_BYTES", "65536"},
         {"BACKPRESSURE_THRESHOLD_BYTES", "1048576"},
         {"HEARTBEAT_INTERVAL_MS", "30000"},
         {"DRAIN_TIMEOUT_MS", "5000"},
         {"SHUTDOWN_CLOSE_CODE", "1012"},
         {"CB_ERROR_THRESHOLD", "3"},
         {"CB_OPEN_MS", "5000"},
         {"ENABLE_AUTH", "false"},
         {"JWT_ALG", "HS256"},
         {"JWT_LEEWAY_SECONDS", "0"},
         {"JWT_ROOMS_CLAIM", "rooms"},
         {"JWKS_CACHE_TTL", "300000"},
         {"JWKS_MIN_REFETCH_MS", "1000"},
         {"AUTH_FAILURES_PER_10S", "100"},
         {"AUTH_BLOCK_MS", "60000"},
         {"MAX_CONNECTIONS", ""},
         {"MAX_CONNECTIONS_PER_IP", ""},
         {"HANDSHAKE_TIMEOUT_MS", "5000"},
         {"LOG_LEVEL", "info"},
         {"PRETTY_LOGS", "false"},
         {"HEALTH_PORT", ""},
         {"SHARDS", ""}}) {
    CAPTURE(name);
    CHECK(default_of(*find_entry(name)) == value);
  }
}

TEST_CASE("table: names, flags and keys are told apart", "[table]") {
  std::set<std::string> seen;
  for (const auto& entry : table()) {
    CHECK(seen.insert(std::string{entry.name}).second);
    if (!entry.alias.empty())
      CHECK(seen.insert(std::string{entry.alias}).second);
  }
  CHECK(flag_of(*find_entry("ROOM_CAPACITY")) == "--room-capacity");
  CHECK(key_of(*find_entry("ROOM_CAPACITY")) == "room_capacity");
}

TEST_CASE("table: every limit may be 1 and 10^12, in every source", "[table]") {
  int limits = 0;
  for (const auto& entry : table()) {
    if (entry.kind != option_kind::integer || entry.max != 1'000'000'000'000)
      continue;
    ++limits;
    for (std::string value : {"1", "1000000000000"}) {
      scratch_file file{key_of(entry) + " = " + value + '\n'};
      CAPTURE(entry.name, value);
      auto assignment = std::string{entry.name} + '=' + value;
      CHECK(entry.print(options_of({}, {assignment})) == value);
      CHECK(entry.print(options_of({flag_of(entry), value}, {})) == value);
      CHECK(entry.print(options_of({"--config", file.path()}, {})) == value);
    }
  }
  CHECK(limits == 20);
}

TEST_CASE("table: an integer out of its bounds is refused", "[table]") {
  for (const auto& entry : table()) {
    if (entry.kind != option_kind::integer)
      continue;
    CAPTURE(entry.name);
    options settings;
    CHECK(entry.read(std::to_string(entry.max + 1), settings)
          == entry.expected);
    CHECK(entry.read("0x10", settings) == entry.expected);
    CHECK(entry.read("010", settings) == entry.expected);
    if (entry.min > 0)
      CHECK(entry.read(std::to_string(entry.min - 1), settings)
            == entry.expected);
    CHECK(entry.print(settings) == default_of(entry));
  }
}

TEST_CASE("table: what an option prints, it reads", "[table]") {
  for (const auto& entry : table()) {
    auto value = default_of(entry);
    CAPTURE(entry.name, value);
    options settings;
    if (!value.empty())
      CHECK(entry.read(value, settings).empty());
    if (!entry.example.empty())
      CHECK(entry.read(entry.example, settings).empty());
  }
}

TEST_CASE("table: an option without a default says what that means",
          "[table]") {
  for (const auto& entry : table()) {
    CAPTURE(entry.name);
    CHECK(default_of(entry).empty() == !entry.when_unset.empty());
    CHECK_FALSE(entry.help.empty());
    CHECK(entry.help.back() == '.');
  }
}

TEST_CASE("table: ports, leeway, shards and close codes have their bounds",
          "[table]") {
  CHECK(options_of({}, {"PORT=0"}).port == 0);
  CHECK(options_of({}, {"PORT=65535"}).port == 65535);
  CHECK(options_of({}, {"HEALTH_PORT=0"}).has_health_port);
  CHECK(options_of({}, {"JWT_LEEWAY_SECONDS=60"}).jwt_leeway
        == std::chrono::seconds{60});
  CHECK(options_of({}, {"SHARDS=64"}).shards == 64);
  CHECK(options_of({}, {"SHUTDOWN_CLOSE_CODE=4999"}).shutdown_close_code
        == 4999);
  CHECK_THAT(failure_of({}, {"SHUTDOWN_CLOSE_CODE=1006"}),
             contains("expected a close code an endpoint may send"));
  CHECK_THAT(failure_of({}, {"SHARDS=0"}), contains("from 1 to 64"));
  CHECK_THAT(failure_of({}, {"JWT_LEEWAY_SECONDS=61"}),
             contains("from 0 to 60"));
}

TEST_CASE("table: addresses are held in their shortest spelling", "[table]") {
  CHECK(options_of({}, {"BIND=[0:0::1]"}).bind == "::1");
  CHECK_THAT(failure_of({}, {"BIND=localhost"}),
             contains("expected an IP address"));
}

TEST_CASE("table: words for headers hold nothing that splits one", "[table]") {
  CHECK_THAT(failure_of({}, {"SUBPROTOCOL=a b"}), contains("SUBPROTOCOL="));
  CHECK_THAT(failure_of({}, {"SUBPROTOCOL=bearer.x"}),
             contains("SUBPROTOCOL="));
  CHECK_THAT(failure_of({}, {"ADMIN_TOKEN=a\r\nb"}),
             contains("ADMIN_TOKEN=**** (environment)"));
}

// -- the sample file and the help ---------------------------------------------

TEST_CASE("sample: conf/signalbox.toml is what the table renders", "[sample]") {
  CHECK(content_of(source_tree() / "conf/signalbox.toml") == render_sample());
}

TEST_CASE("sample: every option is there once, at its default", "[sample]") {
  auto lines = sample_settings();
  REQUIRE(lines.size() == table().size());
  for (std::size_t i = 0; i < lines.size(); ++i) {
    const auto& entry = table()[i];
    CAPTURE(lines[i]);
    CHECK(lines[i].starts_with(key_of(entry) + " = "));
    if (default_of(entry).empty())
      continue;
    scratch_file file{lines[i]};
    auto result = load({"--config", file.path()}, {});
    CHECK(entry.print(result.settings) == default_of(entry));
  }
}

TEST_CASE("sample: it loads as it is, and with every line switched on",
          "[sample]") {
  const std::string sample = source_tree() / "conf/signalbox.toml";
  CHECK(options_of({"--config", sample}, {}).port == 3002);
  // For the files that the sample names, as they must be there.
  scratch_file pem{"-----BEGIN"};
  std::string all;
  for (const auto& line : sample_settings())
    all += line.find(".pem") != std::string::npos
             ? line.substr(0, line.find('"') + 1) + pem.path() + "\"\n"
             : line + '\n';
  scratch_file file{all};
  CHECK_THAT(print_of({"--check-config", "--config", file.path()}, {}),
             contains("configuration ok\n"));
}

TEST_CASE("help: every option is there, in 80 columns", "[help]") {
  auto help = render_help();
  for (const auto& entry : table())
    CHECK_THAT(
      help, contains("  " + flag_of(entry) + "  (" + std::string{entry.name}));
  std::istringstream lines{help};
  for (std::string line; std::getline(lines, line);) {
    CAPTURE(line);
    CHECK(line.size() <= 80);
  }
}
