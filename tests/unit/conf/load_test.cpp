#include "conf/load.hpp"

#include <catch2/catch.hpp>

#include "fixture.hpp"

using namespace signalbox;
using namespace signalbox::test;
using namespace std::chrono_literals;

// -- where a value comes from -------------------------------------------------

TEST_CASE("load: nothing given means the defaults", "[load]") {
  auto settings = options_of({}, {});
  CHECK(settings.port == 3002);
  CHECK(settings.bind == "0.0.0.0");
  CHECK(settings.heartbeat_interval == 30s);
  CHECK(settings.jwt_alg == std::vector{signature_algorithm::hs256});
  CHECK_FALSE(settings.has_health_port);
}

TEST_CASE("load: flag wins over environment over env file over file",
          "[load]") {
  scratch_file file{
    "port = 4001\nroom_capacity = 41\ncb_open_ms = 401\n"
    "message_max_bytes = 4001\n"};
  scratch_file env{"PORT=4002\nROOM_CAPACITY=42\nCB_OPEN_MS=402\n"};
  auto settings = options_of({"--config", file.path(), "--env-file", env.path(),
                              "--port", "4004"},
                             {"PORT=4003", "ROOM_CAPACITY=43"});
  CHECK(settings.port == 4004);
  CHECK(settings.room_capacity == 43);
  CHECK(settings.cb_open == 402ms);
  CHECK(settings.message_max_bytes == 4001);
}

TEST_CASE("load: a flag takes its value after = or a blank", "[load]") {
  CHECK(options_of({"--port=4000"}, {}).port == 4000);
  CHECK(options_of({"--port", "4000"}, {}).port == 4000);
  CHECK(options_of({"--jwt-issuer", "-x"}, {}).jwt_issuer == "-x");
  CHECK(options_of({"--bind", "[::1]"}, {}).bind == "::1");
}

TEST_CASE("load: a boolean flag alone means true", "[load]") {
  CHECK(options_of({"--require-wss"}, {}).require_wss);
  CHECK(options_of({"--require-wss", "--port", "1"}, {}).require_wss);
  CHECK_FALSE(options_of({"--require-wss=off"}, {"REQUIRE_WSS=1"}).require_wss);
  CHECK_FALSE(options_of({"--require-wss", "no"}, {}).require_wss);
}

TEST_CASE("load: of a repeated flag the last counts", "[load]") {
  CHECK(options_of({"--port=1", "--port", "2"}, {}).port == 2);
}

TEST_CASE("load: an empty value counts as not given", "[load]") {
  scratch_file file{"subprotocol = \"\"\nallowed_origins = []\n"};
  auto settings = options_of({"--config", file.path(), "--port=", "--bind", ""},
                             {"ROOM_CAPACITY=", "SUBPROTOCOL="});
  CHECK(settings.port == 3002);
  CHECK(settings.bind == "0.0.0.0");
  CHECK(settings.room_capacity == 10);
  CHECK(settings.subprotocol.empty());
}

TEST_CASE("load: the reference's names are understood", "[load]") {
  auto settings =
    options_of({}, {"WS_PORT=4000", "BACKPRESSURE_CLOSE_THRESHOLD_BYTES=7",
                    "ROOMS_CLAIM=r", "JWKS_URL=https://a/k"});
  CHECK(settings.port == 4000);
  CHECK(settings.backpressure_threshold_bytes == 7);
  CHECK(settings.jwt_rooms_claim == "r");
  CHECK(settings.jwt_jwks_url == "https://a/k");
}

TEST_CASE("load: a name wins over its alias", "[load]") {
  CHECK(options_of({}, {"WS_PORT=4000", "PORT=4001"}).port == 4001);
  CHECK(options_of({}, {"WS_PORT=x", "PORT=4001"}).port == 4001);
}

TEST_CASE("load: an alias counts where its name is empty", "[load]") {
  CHECK(options_of({}, {"WS_PORT=4000", "PORT="}).port == 4000);
}

TEST_CASE("load: the environment hides the env file, though empty", "[load]") {
  scratch_file env{"PORT=4002\n"};
  CHECK(options_of({"--env-file", env.path()}, {"PORT="}).port == 3002);
}

TEST_CASE("load: of a variable given twice the first counts", "[load]") {
  CHECK(options_of({}, {"PORT=1", "PORT=2"}).port == 1);
}

TEST_CASE("load: unknown variables are ignored", "[load]") {
  scratch_file env{"PATH_TO_NOWHERE=1\nPORTS=x\n"};
  CHECK(options_of({"--env-file", env.path()}, {"HOME=/", "PORTT=x"}).port
        == 3002);
}

TEST_CASE("load: the file takes native types and strings", "[load]") {
  scratch_file file{
    "port = 4000\nhealth_port = \"0\"\nrequire_wss = true\n"
    "pretty_logs = \"yes\"\n"
    "allowed_origins = [\"https://a.com\", \"http://b:1\"]\n"
    "trusted_proxies = \"10.0.0.0/8, ::1\"\n"
    "jwt_alg = [\"ES256\"]\njwt_secret = 'a\"b#c'\n"};
  auto settings = options_of({"--config", file.path()}, {});
  CHECK(settings.port == 4000);
  CHECK(settings.has_health_port);
  CHECK(settings.require_wss);
  CHECK(settings.pretty_logs);
  CHECK(settings.allowed_origins.size() == 2);
  CHECK(settings.trusted_proxies.size() == 2);
  CHECK(settings.jwt_alg == std::vector{signature_algorithm::es256});
  CHECK(settings.jwt_secret == "a\"b#c");
}

// -- what is refused, and how it is said --------------------------------------

TEST_CASE("load: a bad variable is named as written", "[load]") {
  CHECK(failure_of({}, {"PORT=0x10"})
        == "signalbox: PORT=0x10 (environment): expected a whole number from "
           "0 to 65535\n");
  CHECK_THAT(failure_of({}, {"WS_PORT=65536"}),
             contains("WS_PORT=65536 (environment): expected a whole number"));
}

TEST_CASE("load: a bad flag is named as written", "[load]") {
  CHECK_THAT(failure_of({"--room-capacity", "0"}, {}),
             contains("--room-capacity=0 (command line): expected a whole "
                      "number from 1 to 1000000000000"));
}

TEST_CASE("load: a bad key is named with its file and line", "[load]") {
  scratch_file file{"# x\n\nroom_capacity = -1\n"};
  CHECK_THAT(failure_of({"--config", file.path()}, {}),
             contains("room_capacity = -1 (" + file.place(3)
                      + "): expected a whole number"));
}

TEST_CASE("load: a bad line of the env file is named with its line", "[load]") {
  scratch_file env{"A=1\nexport ENABLE_AUTH=maybe\n"};
  CHECK_THAT(failure_of({"--env-file", env.path()}, {}),
             contains("ENABLE_AUTH=maybe (" + env.place(2)
                      + "): expected true, false, 1, 0, yes, no, on or off"));
}

TEST_CASE("load: everything that is wrong is said at once", "[load]") {
  scratch_file file{"nonsense = 1\ncb_open_ms = 1.5\n"};
  CHECK(failure_of({"--config", file.path(), "--nope", "--bind", "x"},
                   {"PORT=x", "LOG_LEVEL=loud"})
        == "signalbox: --nope (command line): unknown flag\n"
           "signalbox: cb_open_ms = 1.5 ("
             + file.place(2)
             + "): expected a whole number from 1 to 1000000000000\n"
               "signalbox: nonsense ("
             + file.place(1)
             + "): unknown key\n"
               "signalbox: PORT=x (environment): expected a whole number from "
               "0 to 65535\n"
               "signalbox: --bind=x (command line): expected an IP address "
               "such as 0.0.0.0, 127.0.0.1 or ::\n"
               "signalbox: LOG_LEVEL=loud (environment): expected trace, "
               "debug, info, warn, error or off\n");
}

TEST_CASE("load: an unknown flag's value is not repeated", "[load]") {
  auto text = failure_of({"--jwt-secert=hush", "--jwt_secret", "hush2"}, {});
  CHECK(text
        == "signalbox: --jwt-secert (command line): unknown flag\n"
           "signalbox: --jwt_secret (command line): unknown flag\n");
}

TEST_CASE("load: an argument that belongs to nothing is refused", "[load]") {
  CHECK_THAT(failure_of({"--port=1", "start"}, {}),
             contains("start (command line): unexpected argument"));
}

TEST_CASE("load: a flag without its value is refused", "[load]") {
  CHECK_THAT(failure_of({"--port", "--bind", "::"}, {}),
             contains("--port (command line): expected a value after it"));
  CHECK_THAT(failure_of({"--bind", "::", "--port"}, {}),
             contains("--port (command line): expected a value after it"));
}

TEST_CASE("load: a type that cannot serve the option is refused", "[load]") {
  scratch_file file{
    "jwt_secret = 12345\nsubprotocol = true\nport = true\n"
    "[room_capacity]\nx = 1\n"};
  auto text = failure_of({"--config", file.path()}, {});
  CHECK_THAT(text, contains("jwt_secret = **** (" + file.place(1)
                            + "): expected a string"));
  CHECK_THAT(text, contains("subprotocol = true (" + file.place(2)
                            + "): expected a string"));
  CHECK_THAT(text, contains("port = true (" + file.place(3)
                            + "): expected a whole number"));
  CHECK_THAT(text, contains("room_capacity = "));
  CHECK_THAT(text, !contains("12345"));
}

TEST_CASE("load: a file that is not TOML is refused with its line", "[load]") {
  scratch_file file{"port = 1\nbind = 0.0.0.0\n"};
  CHECK_THAT(failure_of({"--config", file.path()}, {}),
             contains("signalbox: " + file.place(2) + ": "));
}

TEST_CASE("load: a file that cannot be read is refused", "[load]") {
  CHECK(failure_of({"--config", "/nowhere/x.toml", "--env-file", "/tmp"}, {})
        == "signalbox: --config=/nowhere/x.toml (command line): expected a "
           "file that can be read: No such file or directory\n"
           "signalbox: --env-file=/tmp (command line): expected a file that "
           "can be read: Is a directory\n");
}

TEST_CASE("load: a file that is too large is refused with its size", "[load]") {
  scratch_file most{"#" + std::string(65'535, ' ')};
  scratch_file more{"#" + std::string(65'536, ' ')};
  CHECK(
    options_of({"--config", most.path(), "--env-file", most.path()}, {}).port
    == 3002);
  CHECK(failure_of({"--config", more.path(), "--env-file", more.path()}, {})
        == "signalbox: --config=" + more.path()
             + " (command line): expected a file of at most 65536 bytes, not "
               "65537\n"
               "signalbox: --env-file="
             + more.path()
             + " (command line): expected a file of at most 65536 bytes, not "
               "65537\n");
}

TEST_CASE("load: a file without an end is refused", "[load]") {
  CHECK(failure_of({"--config", "/dev/zero"}, {})
        == "signalbox: --config=/dev/zero (command line): expected a file of "
           "at most 65536 bytes, not more\n");
}

TEST_CASE("load: a bad entry of a list is named", "[load]") {
  CHECK_THAT(failure_of({}, {"ALLOWED_ORIGINS=https://a.com,b.com"}),
             contains("ALLOWED_ORIGINS=https://a.com,b.com (environment): ")
               && contains(", not b.com\n"));
  CHECK_THAT(failure_of({}, {"JWT_ALG=HS256, none"}), contains(", not none\n"));
  CHECK_THAT(failure_of({}, {"TRUSTED_PROXIES=10.0.0.0/33"}),
             contains(", not 10.0.0.0/33\n"));
}

TEST_CASE("load: a list of nothing but commas is refused", "[load]") {
  CHECK_THAT(failure_of({}, {"ALLOWED_ORIGINS= , "}), contains("at least one"));
}

TEST_CASE("load: a Redis URL needs a known scheme and hides its password",
          "[load]") {
  auto text = failure_of({}, {"REDIS_URL=http://me:hush@h:1"});
  CHECK_THAT(text, contains("REDIS_URL=http://me:****@h:1 (environment): "
                            "expected a URL with one of these schemes: redis, "
                            "rediss, unix, redis+sentinel, rediss+sentinel, "
                            "redis+cluster, rediss+cluster\n"));
}

TEST_CASE("load: a Redis URL that cannot be read is told without its password",
          "[load]") {
  auto [url, shown] = GENERATE(table<std::string, std::string>(
    {{"redis://me:hush@h:0", "redis://me:****@h:0"},
     {"redis://hush@h", "redis://****@h"},
     {"redis://me:hu@sh/hush@h", "redis://me:****@h"},
     {"redis://me:hush#hush@h", "redis://me:****@h"},
     {"redis://me:hush?hush@h", "redis://me:****@h"},
     {"redis://me:%hush@h", "redis://me:****@h"},
     {"redis://:hush/0", "redis://:****/0"},
     {"unix:///s?password=hush&password=hush",
      "unix:///s?password=****&password=****"},
     {"redis+sentinel://:hush@a,b", "redis+sentinel://:****@a,b"},
     {"me:hush@h", "****@h"}}));
  auto text = failure_of({}, {"REDIS_URL=" + url});
  CHECK_THAT(text, contains("signalbox: REDIS_URL=" + shown
                            + " (environment): expected "));
  CHECK_THAT(text, !contains("hush"));
}

TEST_CASE("load: a Redis URL is read once, for all", "[load]") {
  CHECK_FALSE(options_of({}, {}).redis_url);
  CHECK_FALSE(options_of({}, {"REDIS_URL="}).redis_url);
  auto settings = options_of({}, {"REDIS_URL=rediss://me:p%40@[::1]:1/2"});
  REQUIRE(settings.redis_url);
  CHECK(settings.redis_url->hosts == std::vector<redis_host>{{"::1", 1}});
  CHECK(settings.redis_url->password == "p@");
}

TEST_CASE("load: NODE_ENV is one of three words", "[load]") {
  CHECK(options_of({}, {"NODE_ENV=production"}).node_env
        == environment::production);
  CHECK(options_of({}, {"NODE_ENV=test"}).node_env == environment::test);
  CHECK_THAT(failure_of({}, {"NODE_ENV=staging"}),
             contains("NODE_ENV=staging (environment): expected development, "
                      "production or test"));
  CHECK_THAT(failure_of({}, {"NODE_ENV=Production"}), contains("expected"));
}

TEST_CASE("load: a value cannot forge a line of the complaint", "[load]") {
  CHECK_THAT(failure_of({}, {"PORT=1\nsignalbox: fine"}),
             contains("PORT=\"1\\x0asignalbox: fine\" (environment)"));
}

// -- questions ----------------------------------------------------------------

TEST_CASE("load: --version and --help answer whatever else is wrong",
          "[load]") {
  CHECK(print_of({"--version"}, {"PORT=x"})
        == "signalbox " + std::string{version()} + '\n');
  CHECK_THAT(print_of({"-h"}, {"PORT=x"}), contains("--room-capacity"));
  CHECK(print_of({"--help", "--nope"}, {}) == print_of({"-h"}, {}));
}

TEST_CASE("load: --check-config says ok, and what to look at", "[load]") {
  CHECK(print_of({"--check-config"}, {}) == "configuration ok\n");
  CHECK(print_of({"--check-config"}, {"JWT_SECRET=short", "ENABLE_AUTH=true"})
        == "configuration ok\n"
           "warning: JWT_SECRET=**** (environment): shorter than 32 bytes, so "
           "it can be guessed\n");
}

TEST_CASE("load: --check-config fails where a start would", "[load]") {
  CHECK(failure_of({"--check-config"}, {"PORT=x"})
        == failure_of({}, {"PORT=x"}));
}

TEST_CASE("load: --print-config shows values and where each came from",
          "[load]") {
  scratch_file file{"room_capacity = 41\n"};
  scratch_file env{"CB_OPEN_MS=402\n"};
  auto text =
    print_of({"--config", file.path(), "--env-file", env.path(), "--port",
              "4004", "--print-config"},
             {"BACKPRESSURE_CLOSE_THRESHOLD_BYTES=9", "JWT_ALG=HS256,ES256"});
  CHECK_THAT(text, contains("\nport = 4004 # flag --port\n"));
  CHECK_THAT(text, contains("\nroom_capacity = 41 # file " + file.place(1)));
  CHECK_THAT(text, contains("\ncb_open_ms = 402 # env file " + env.place(1)
                            + " CB_OPEN_MS\n"));
  CHECK_THAT(text, contains("\nbackpressure_threshold_bytes = 9 # environment "
                            "BACKPRESSURE_CLOSE_THRESHOLD_BYTES\n"));
  CHECK_THAT(text, contains("\nbind = \"0.0.0.0\" # default\n"));
  CHECK_THAT(text, contains("\njwt_alg = [\"HS256\", \"ES256\"] # "));
  CHECK_THAT(text, contains("\n# redis_url is unset: standalone node"));
}

TEST_CASE("load: --print-config masks every secret", "[load]") {
  auto text =
    print_of({"--print-config"},
             {"JWT_SECRET=hush1", "JWT_SECRET_PREVIOUS=hush2",
              "ADMIN_TOKEN=hush3", "REDIS_URL=redis://a:hush4@h:1/2"});
  CHECK_THAT(text, !contains("hush"));
  CHECK_THAT(text,
             contains("\n# jwt_secret = \"****\" # environment JWT_SECRET\n"));
  CHECK_THAT(text, contains("\n# redis_url = \"redis://a:****@h:1/2\" # "));
}

TEST_CASE("load: what --print-config prints can be fed back", "[load]") {
  texts environment{"PORT=0",
                    "HEALTH_PORT=0",
                    "BIND=::",
                    "ALLOWED_ORIGINS=https://*.a.com,http://b:1",
                    "TRUSTED_PROXIES=10.0.0.0/8,fd00::/8",
                    "JWT_ISSUER=a \"b\" \\ c\td",
                    "SHARDS=3",
                    "PRETTY_LOGS=on",
                    "MAX_CONNECTIONS=5",
                    "SHUTDOWN_CLOSE_CODE=1001"};
  scratch_file file{print_of({"--print-config"}, environment)};
  auto settings = options_of({"--config", file.path()}, {});
  CHECK(settings.port == 0);
  CHECK(settings.has_health_port);
  CHECK(settings.jwt_issuer == "a \"b\" \\ c\td");
  auto values_only = [](std::string text) {
    std::string result;
    std::istringstream lines{text};
    for (std::string line; std::getline(lines, line);)
      result += line.substr(0, line.rfind(" # ")) + '\n';
    return result;
  };
  CHECK(values_only(print_of({"--print-config", "--config", file.path()}, {}))
        == values_only(print_of({"--print-config"}, environment)));
}

TEST_CASE("load: --print-config shows as a comment what TOML cannot hold",
          "[load]") {
  auto text = print_of({"--print-config"},
                       {"JWT_ISSUER=a\xff\nb", "JWT_AUDIENCE=\xc3\xab",
                        "JWKS_URL=https://u:\xff@h\xfe"});
  CHECK_THAT(text, contains("\n# jwt_issuer is not UTF-8, so no value of TOML: "
                            "\"a\\xff\\x0ab\" # environment JWT_ISSUER\n"));
  CHECK_THAT(text,
             contains("\n# jwt_jwks_url is not UTF-8, so no value of TOML: "
                      "\"https://u:****@h\\xfe\" # "));
  scratch_file file{text};
  auto settings = options_of({"--config", file.path()}, {});
  CHECK(settings.jwt_issuer.empty());
  CHECK(settings.jwt_audience == "\xc3\xab");
}
