// How the text of a setting becomes a value, and back. One reader per kind of
// value serves flags, environment and files alike, so `0x10`, `010`, `+1` and
// ` 1` are refused everywhere. Pure, never throws on input.

#pragma once

#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "conf/options.hpp"

namespace signalbox {

/// Decimal digits only: no sign, no space, no leading zero but `0` itself.
std::optional<std::uint64_t> read_integer(std::string_view text) noexcept;

/// Such a number, from 0 to 65535.
bool is_port(std::string_view text) noexcept;

/// true/false/1/0/yes/no/on/off in any case.
std::optional<bool> read_boolean(std::string_view text) noexcept;

std::optional<environment> read_environment(std::string_view text) noexcept;
std::string_view name_of(environment value) noexcept;

/// Our names in any case, and those of the reference's logger: `fatal` is
/// error, `silent` is off.
std::optional<log_level> read_log_level(std::string_view text) noexcept;
std::string_view name_of(log_level value) noexcept;

/// The entries between commas, blanks around them trimmed, empty ones left out.
std::vector<std::string> split_list(std::string_view text);
std::string join_list(const std::vector<std::string>& entries);

std::string lowered(std::string_view text);

/// As RFC 7518 and RFC 8037 spell it, in their case.
std::optional<signature_algorithm>
read_signature_algorithm(std::string_view text) noexcept;
std::string_view name_of(signature_algorithm value) noexcept;
/// All of them between commas, the last one behind `and`.
std::string signature_algorithm_names();

/// HS: one secret signs and verifies. Else there is a key for each.
constexpr bool is_symmetric(signature_algorithm value) noexcept {
  return value <= signature_algorithm::hs512;
}

/// A code that an endpoint may put into a close frame (RFC 6455 §7.4, and the
/// IANA registry for 1012-1014).
bool is_sendable_close_code(std::uint64_t code) noexcept;

bool is_letter_or_digit(char c) noexcept;

/// RFC 9110 §5.6.2: what methods, header names and subprotocols are made of.
bool is_token_character(char c) noexcept;

/// One or more of those.
bool is_token(std::string_view text) noexcept;

/// A token that can name a subprotocol; `bearer.` carries tokens.
bool is_subprotocol(std::string_view text) noexcept;

/// Visible ASCII, so it can stand in a header.
bool is_header_word(std::string_view text) noexcept;

/// `text` with user name and password replaced; all of it before the last `@`
/// where no better border can be seen.
std::string mask_url(std::string_view text);

/// The place of a setting in a file: `signalbox.toml:3`.
std::string place_in(std::string_view path, std::size_t line);

/// RFC 3629: no overlong form, no surrogate, nothing above U+10FFFF.
bool is_utf8(std::string_view text) noexcept;

/// One line of ASCII: every byte that is none of it as `\x0a`.
std::string printable(std::string_view text);

/// For messages: as it is if it is plain, else quoted, with control characters
/// escaped and what is too long cut, so that no value can forge a line.
std::string shown(std::string_view text);

} // namespace signalbox
