#include "net/tokens/key_fetcher.hpp"

#include "tests/support/key_fetcher_fixture.hpp"
#include "tests/support/tls_peer.hpp"

#include <catch2/catch.hpp>

#include <iomanip>
#include <sstream>

using namespace signalbox;
using namespace signalbox::test;
using Catch::Matchers::Contains;

namespace {

/// A fetcher that trusts one authority, by SSL_CERT_FILE.
struct one_trusting_fetcher : trusted_authority, one_fetcher {
  /// The text that comes from `from` if it shows a good certificate, or the
  /// error.
  std::string fetch_by_tls(tls_test_server& from, const std::string& answer,
                           const std::string& host = "127.0.0.1") {
    make("https://" + host + ":" + std::to_string(from.listener.port)
         + "/keys");
    start();
    bool is_answered = false;
    until([&] {
      if (!is_answered && from.shake_hands()) {
        from.receive_plain();
        if (from.received.find("\r\n\r\n") != std::string::npos) {
          from.send_plain(answer);
          is_answered = true;
        }
      }
      return result.has_value();
    });
    return result->error.empty() ? result->text : result->error;
  }

  const changed_variable trust{"SSL_CERT_FILE", file().c_str()};
  const identity named{all_names, &signer};
};

} // namespace

TEST_CASE_METHOD(one_trusting_fetcher, "key_fetcher: it speaks HTTPS",
                 "[key_fetcher]") {
  tls_test_server secure{named};
  const auto* host = GENERATE("127.0.0.1", "localhost");
  CHECK(fetch_by_tls(secure, http_answer_of("200 OK", document), host)
        == document);
}

TEST_CASE_METHOD(one_trusting_fetcher,
                 "key_fetcher: an unknown authority is refused",
                 "[key_fetcher]") {
  const identity stranger{""};
  const identity wrong{all_names, &stranger};
  tls_test_server secure{wrong};
  CHECK(fetch_by_tls(secure, http_answer_of("200 OK", document))
        == "SSL certificate problem: unable to get local issuer certificate");
  CHECK(secure.received.empty());
}

TEST_CASE_METHOD(one_trusting_fetcher,
                 "key_fetcher: a certificate for another name is refused",
                 "[key_fetcher]") {
  const identity wrong{"DNS:issuer.example", &signer};
  tls_test_server secure{wrong};
  CHECK_THAT(fetch_by_tls(secure, http_answer_of("200 OK", document)),
             Contains("127.0.0.1"));
  CHECK(secure.received.empty());
}

TEST_CASE_METHOD(one_trusting_fetcher,
                 "key_fetcher: an expired certificate is refused",
                 "[key_fetcher]") {
  const identity wrong{all_names, &signer, -60};
  tls_test_server secure{wrong};
  CHECK(fetch_by_tls(secure, http_answer_of("200 OK", document))
        == "SSL certificate problem: certificate has expired");
}

TEST_CASE_METHOD(one_trusting_fetcher, "key_fetcher: old TLS is refused",
                 "[key_fetcher]") {
  tls_test_server secure{named};
  secure.speak_at_most(TLS1_1_VERSION);
  CHECK_THAT(fetch_by_tls(secure, http_answer_of("200 OK", document)),
             Contains("protocol version"));
}

TEST_CASE_METHOD(one_trusting_fetcher,
                 "key_fetcher: it does not follow from HTTPS to HTTP",
                 "[key_fetcher]") {
  tls_test_server secure{named};
  server.script = {http_answer_of("200 OK", document)};
  CHECK(fetch_by_tls(secure, http_redirect_to(server.url()))
        == "Protocol \"http\" not supported or disabled in libcurl, after 1 "
           "redirect");
  CHECK(server.requests.empty());
}

TEST_CASE_METHOD(one_trusting_fetcher,
                 "key_fetcher: authorities may be in a directory",
                 "[key_fetcher]") {
  const changed_variable no_file{"SSL_CERT_FILE", nullptr};
  const changed_variable place{"SSL_CERT_DIR", directory.path.c_str()};
  std::ostringstream name;
  name << std::hex << std::setw(8) << std::setfill('0')
       << X509_subject_name_hash(signer.certificate.get()) << ".0";
  signer.save_certificate(directory.file(name.str()));
  tls_test_server secure{named};
  CHECK(fetch_by_tls(secure, http_answer_of("200 OK", document)) == document);
}

TEST_CASE_METHOD(one_trusting_fetcher,
                 "key_fetcher: a file of authorities that is not there is no "
                 "trust in all",
                 "[key_fetcher]") {
  const changed_variable nowhere{"SSL_CERT_FILE", "/no/such/file"};
  tls_test_server secure{named};
  CHECK(fetch_by_tls(secure, http_answer_of("200 OK", document))
        == "SSL certificate problem: unable to get local issuer certificate");
}
