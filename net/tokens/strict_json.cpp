#include "net/tokens/strict_json.hpp"

#include <nlohmann/json.hpp>

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace signalbox {

namespace {

using nlohmann::json;

constexpr std::size_t depth_max = 32;
/// A key set of 256 keys has a tenth of it; 1 MiB of `[],` would have 350,000.
constexpr std::size_t values_max = 65536;

/// Builds the value while it is read. The parser's own builder lets the last of
/// repeated names win, and goes as deep as the text does.
class builder final : public nlohmann::json_sax<json> {
public:
  json take() { return std::move(root_); }

  bool null() override { return add(nullptr); }
  bool boolean(bool x) override { return add(x); }
  bool number_integer(std::int64_t x) override { return add(x); }
  bool number_unsigned(std::uint64_t x) override { return add(x); }
  bool number_float(double x, const std::string&) override { return add(x); }
  bool string(std::string& x) override { return add(std::move(x)); }
  bool binary(json::binary_t&) override { return false; }

  bool start_object(std::size_t) override { return open(json::object()); }
  bool start_array(std::size_t) override { return open(json::array()); }
  bool end_object() override { return close(); }
  bool end_array() override { return close(); }

  bool key(std::string& name) override {
    auto& members = open_.back()->get_ref<json::object_t&>();
    const auto [it, is_new] = members.try_emplace(std::move(name));
    member_ = &it->second;
    return is_new;
  }

  bool parse_error(std::size_t, const std::string&,
                   const nlohmann::detail::exception&) override {
    return false;
  }

private:
  bool add(json scalar) { return put(std::move(scalar)) != nullptr; }

  /// Where `value` now is: nothing moves it while it is being filled. Null if
  /// there have been too many.
  json* put(json value) {
    if (++values_ > values_max)
      return nullptr;
    if (open_.empty()) {
      root_ = std::move(value);
      return &root_;
    }
    if (auto* elements = open_.back()->get_ptr<json::array_t*>()) {
      elements->push_back(std::move(value));
      return &elements->back();
    }
    *member_ = std::move(value);
    return member_;
  }

  bool open(json empty) {
    auto* container = open_.size() < depth_max ? put(std::move(empty))
                                               : nullptr;
    if (!container)
      return false;
    open_.push_back(container);
    return true;
  }

  bool close() {
    open_.pop_back();
    return true;
  }

  json root_;
  std::size_t values_ = 0;
  /// The containers around what comes next, the innermost last.
  std::vector<json*> open_;
  /// The member that was named last.
  json* member_ = nullptr;
};

} // namespace

std::optional<json> read_strict_json(std::string_view text) {
  // nlohmann-json skips the mark, and takes a NUL for the end of the text.
  if (text.starts_with("\xef\xbb\xbf")
      || text.find('\0') != std::string_view::npos)
    return std::nullopt;
  builder result;
  if (!json::sax_parse(text.begin(), text.end(), &result))
    return std::nullopt;
  return result.take();
}

const json* member_of(const json& object, std::string_view name) {
  const auto found = object.find(name);
  return found == object.end() ? nullptr : &*found;
}

} // namespace signalbox
