#include "net/admin/json_answer.hpp"

#include <nlohmann/json.hpp>

namespace signalbox {

std::string to_text(const nlohmann::ordered_json& value) {
  return value.dump(-1, ' ', false,
                    nlohmann::ordered_json::error_handler_t::replace);
}

http_answer json_answer(std::string text, unsigned status) {
  return {.status = status,
          .content_type = "application/json",
          .body = std::move(text)};
}

http_answer json_error(unsigned status, std::string_view why,
                       std::string_view headers) {
  auto answer = json_answer(to_text({{"error", why}}), status);
  answer.headers = headers;
  return answer;
}

http_answer no_answer() {
  return json_error(503, "the node did not answer in time; try again",
                    "Retry-After: 1\r\n");
}

} // namespace signalbox
