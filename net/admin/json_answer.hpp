// What the admin API answers: JSON texts, each on one line. Texts of clients
// are made valid UTF-8 on their way.

#pragma once

#include "net/http_answer.hpp"

#include <nlohmann/json_fwd.hpp>

#include <string>
#include <string_view>

namespace signalbox {

std::string to_text(const nlohmann::ordered_json& value);

/// `text` is JSON.
http_answer json_answer(std::string text, unsigned status = 200);

/// `{"error": WHY}`. `headers`: more header lines, a literal.
http_answer json_error(unsigned status, std::string_view why,
                       std::string_view headers = {});

/// 503: who was asked did not answer in time.
http_answer no_answer();

} // namespace signalbox
