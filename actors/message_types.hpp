// The types of messages that an interface knows, numbered: by their first word,
// an atom. Two more stand for answers and for what CAF says. Nothing is stored:
// all of it follows from the interface.

#pragma once

#include <caf/all.hpp>

#include <algorithm>
#include <array>
#include <cstdint>
#include <string>

namespace signalbox {

template <class Interface>
class message_types;

template <class... Clauses>
class message_types<caf::typed_actor<Clauses...>> {
public:
  /// The clauses', then `reply` and `other`.
  static constexpr std::size_t count = sizeof...(Clauses) + 2;

  /// Clauses that begin with the same word share the first one's number.
  static std::size_t index_of(caf::mailbox_element& x) {
    if (x.mid.is_response())
      return reply;
    auto& content = x.content();
    if (content.empty() || !content.template match_element<caf::atom_value>(0))
      return other;
    const auto word = content.template get_as<caf::atom_value>(0);
    const auto found = std::find(words.begin(), words.end(), word);
    return static_cast<std::size_t>(found - words.begin())
           + (found == words.end() ? 1 : 0);
  }

  /// Of the clauses that begin with this word. REQUIRES: there is one.
  static constexpr std::size_t index_of(caf::atom_value word) noexcept {
    return static_cast<std::size_t>(std::find(words.begin(), words.end(), word)
                                    - words.begin());
  }

  static std::string name_of(std::size_t index) {
    if (index < words.size())
      return caf::to_string(words[index]);
    return index == reply ? "reply" : "other";
  }

private:
  template <class Clause>
  struct word_of;

  template <class Word, class... Ts, class Output>
  struct word_of<caf::typed_mpi<caf::detail::type_list<Word, Ts...>, Output>> {
    static constexpr caf::atom_value value = Word::value;
  };

  static constexpr std::array<caf::atom_value, sizeof...(Clauses)> words{
    word_of<Clauses>::value...};
  static constexpr std::size_t reply = sizeof...(Clauses);
  static constexpr std::size_t other = reply + 1;
};

} // namespace signalbox
