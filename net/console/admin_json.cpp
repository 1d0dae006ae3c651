#include "net/console/admin_json.hpp"

namespace signalbox::console {

namespace {

constexpr int depth_max = 32;

const json nothing;
const json no_elements = json::array();

} // namespace

// Depth matters, as writing a value goes as deep as the value does.
std::optional<json> read_json(std::string_view text) {
  bool is_too_deep = false;
  const auto look = [&](int depth, json::parse_event_t event, json&) {
    is_too_deep = is_too_deep
                  || (depth >= depth_max
                      && (event == json::parse_event_t::object_start
                          || event == json::parse_event_t::array_start));
    return !is_too_deep;
  };
  auto result = json::parse(text.begin(), text.end(), look, false);
  if (is_too_deep || result.is_discarded())
    return std::nullopt;
  return result;
}

std::string line_of(const json& value) {
  return value.dump(-1, ' ', true, json::error_handler_t::replace);
}

const json& member(const json& value, std::string_view name) {
  if (!value.is_object())
    return nothing;
  const auto found = value.find(std::string{name});
  return found == value.end() ? nothing : *found;
}

const json& elements(const json& value) {
  return value.is_array() ? value : no_elements;
}

std::string text_of(const json& value, std::string_view name) {
  const auto* text = member(value, name).get_ptr<const std::string*>();
  return text ? *text : std::string{};
}

std::optional<double> number_of(const json& value, std::string_view name) {
  const auto& found = member(value, name);
  if (!found.is_number())
    return std::nullopt;
  return found.get<double>();
}

double figure_of(const json& value, std::string_view name) {
  return number_of(value, name).value_or(0);
}

bool is_true(const json& value, std::string_view name) {
  const auto* truth = member(value, name).get_ptr<const bool*>();
  return truth && *truth;
}

} // namespace signalbox::console
