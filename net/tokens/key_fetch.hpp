// The ports of the key keeper: who fetches an issuer's key set, and who uses
// it. Everything here is for the home's own thread.

#pragma once

#include <chrono>
#include <cstddef>
#include <functional>
#include <string>
#include <string_view>

namespace signalbox {

struct fetch_result {
  /// What came, if nothing went wrong.
  std::string text;
  /// What went wrong, for the log: nothing of the URL but hosts. Empty if
  /// nothing did.
  std::string error;
};

/// Fetches one document, as often as it is told. Destroying it gives up the
/// fetch under way.
class key_fetch {
public:
  using callback = std::function<void(fetch_result)>;

  virtual ~key_fetch() = default;

  /// Begins. `done` is called once when the fetch has ended, which it does
  /// within 5 s; never from within this call, nor after destruction. It may
  /// start the next one, or destroy this. REQUIRES: none is under way.
  virtual void start(callback done) = 0;

  /// What is fetched, for the log: without user info, query and fragment.
  virtual const std::string& name() const noexcept = 0;
};

/// What became of a document that was to be a key set.
struct key_intake {
  /// How many keys it holds that can be used.
  std::size_t keys = 0;
  /// And how many that cannot.
  std::size_t skipped = 0;
  /// Why it is no key set, for the log. Empty if it is one.
  std::string error;
};

/// Where fetched keys go. Never throws.
class key_sink {
public:
  using time_point = std::chrono::steady_clock::time_point;

  virtual ~key_sink() = default;

  /// Uses the keys of this document, and no others, from now on, and counts
  /// them as stale from `fresh_until` on. Changes nothing if it is no key set.
  virtual key_intake take_up(std::string_view document,
                             time_point fresh_until) = 0;

  /// Counts the keys in use as stale from this time on instead; nothing if
  /// there are none.
  virtual void keep(time_point fresh_until) = 0;
};

} // namespace signalbox
