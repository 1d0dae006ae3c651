#include "net/tls_client.hpp"

#include "tests/support/tls_peer.hpp"

#include <catch2/catch.hpp>

#include <fstream>

using namespace signalbox;
using namespace signalbox::test;

namespace {

struct files_fixture : temporary_directory {
  files_fixture() : authority("") {
    authority.save_certificate(file("ca.pem"));
    authority.save_key(file("ca.key"));
    std::ofstream{file("empty.pem")} << "nothing\n";
  }

  /// What is said of them; empty if they are well.
  std::string complaint(const tls_client_options& files) const {
    try {
      tls_client client{files};
      return {};
    } catch (const std::runtime_error& e) {
      return e.what();
    }
  }

  identity authority;
};

} // namespace

TEST_CASE_METHOD(files_fixture, "tls_client: files that are well",
                 "[tls_client]") {
  CHECK(complaint({}) == "");
  CHECK(complaint({.ca_file = file("ca.pem"),
                   .cert_file = file("ca.pem"),
                   .key_file = file("ca.key")})
        == "");
}

TEST_CASE_METHOD(files_fixture, "tls_client: a key may stand in the same file",
                 "[tls_client]") {
  std::ofstream both{file("both.pem")};
  both << std::ifstream{file("ca.key")}.rdbuf()
       << std::ifstream{file("ca.pem")}.rdbuf();
  both.close();
  CHECK(
    complaint({.ca_file = "", .cert_file = file("both.pem"), .key_file = ""})
    == "");
}

TEST_CASE_METHOD(files_fixture, "tls_client: a file that is not there is named",
                 "[tls_client]") {
  const auto path = file("no.pem");
  CHECK(complaint({.ca_file = path, .cert_file = "", .key_file = ""})
        == "cannot load the TLS authorities " + path
             + ": No such file or directory");
  CHECK(complaint({.ca_file = "", .cert_file = path, .key_file = path})
        == "cannot load the TLS certificate " + path
             + ": No such file or directory");
  CHECK(
    complaint({.ca_file = "", .cert_file = file("ca.pem"), .key_file = path})
    == "cannot load the TLS key " + path + ": No such file or directory");
}

TEST_CASE_METHOD(files_fixture, "tls_client: a file without its PEM is named",
                 "[tls_client]") {
  const auto path = file("empty.pem");
  CHECK(complaint({.ca_file = path, .cert_file = "", .key_file = ""})
        == "cannot load the TLS authorities " + path
             + ": no certificate or crl found");
  CHECK(complaint({.ca_file = "", .cert_file = path, .key_file = path})
        == "cannot load the TLS certificate " + path + ": no start line");
}

TEST_CASE_METHOD(files_fixture,
                 "tls_client: a key of something else is refused",
                 "[tls_client]") {
  const auto path = file("other.key");
  identity{""}.save_key(path);
  CHECK(
    complaint({.ca_file = "", .cert_file = file("ca.pem"), .key_file = path})
    == "cannot load the TLS key " + path + ": key values mismatch");
}

TEST_CASE_METHOD(files_fixture,
                 "tls_client: a key with a password asks nobody for it",
                 "[tls_client]") {
  const auto path = file("secret.key");
  authority.save_key(path, "secret");
  CHECK(
    complaint({.ca_file = "", .cert_file = file("ca.pem"), .key_file = path})
    == "cannot load the TLS key " + path
         + ": expected a key without a password");
}

TEST_CASE_METHOD(files_fixture, "tls_client: a key needs its certificate",
                 "[tls_client]") {
  const auto path = file("ca.key");
  CHECK(complaint({.ca_file = "", .cert_file = "", .key_file = path})
        == "cannot use the TLS key " + path
             + ": there is no certificate for it");
}
