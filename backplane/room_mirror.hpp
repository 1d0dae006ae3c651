// What a node knows of one room's member set in Redis, kept by CLIENT TRACKING
// (https://redis.io/docs/manual/client-side-caching/): a read of the set arms
// it, the next change by anyone else disarms it and sends an invalidation. The
// answer to a read and an invalidation come on different connections, in either
// order, so an invalidation makes every read under way worthless:
//
//   unknown -> reading -> known -> (invalidated) -> unknown
//              reading -> (invalidated) -> reading_again -> (answer) -> unknown
//
// Any doubt counts as "there are others". No I/O and no clock inside.

#pragma once

#include <chrono>
#include <cstddef>
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

namespace signalbox {

/// Of one room, on its home's thread. `held` members are those of Signalbox
/// nodes (member_id.hpp); the rest, of reference nodes, have no lease, so only
/// an announcement says that they are gone.
///
/// A leave can be learnt in up to three ways: it was announced (published), the
/// holder died, the member is missing from the set. It is to be told to the
/// room's members once: each way says whether it is the first.
class room_mirror {
public:
  using time_point = std::chrono::steady_clock::time_point;
  using duration = std::chrono::steady_clock::duration;

  enum class knowledge : std::uint8_t {
    /// And no read is under way.
    unknown,
    reading,
    /// The answer that is under way is too old to be used.
    reading_again,
    known,
  };

  /// A member that this node does not host.
  struct other {
    std::string id;
    /// Of the part of `id` that is its holder; 0 for one of a reference node.
    std::size_t holder_size = 0;
    /// Its leave has been told, but the set still held it.
    bool is_told = false;
    /// Since when sets that were read have not held it; nothing if they do.
    std::optional<time_point> missing_since;

    bool is_held() const noexcept { return holder_size > 0; }

    std::string_view holder() const noexcept {
      return std::string_view{id}.substr(0, holder_size);
    }
  };

  /// Leaves kept in mind, and members of reference nodes that are missing but
  /// kept: of each the oldest beyond this many are forgotten; of leaves not
  /// before there are as many as there once were others, who may all die at
  /// once.
  static constexpr std::size_t notes_max = 64;

  // -- reading the set --------------------------------------------------------

  knowledge state() const noexcept;

  /// Whether a read should be sent: the set is unknown and none is under way.
  bool needs_read() const noexcept { return state() == knowledge::unknown; }

  /// A command that returns the set's members was written, in any state. Of
  /// several that are under way the answers come in the order of the commands.
  void read_sent() noexcept { ++reads_under_way_; }

  /// The answer to the oldest read under way. `members` is the whole set; those
  /// of `own_holder` are no others. False if the answer was too old, and then
  /// changed nothing: see `needs_read`. Without a read under way: false.
  bool read_answered(std::vector<std::string_view> members,
                     std::string_view own_holder, time_point now);

  /// The oldest read under way was answered, but not with the members (with an
  /// error, say).
  void read_failed() noexcept;

  /// The set was changed by someone else; or invalidations can have been lost,
  /// as when the subscriber's connection was. (Reads must then be sent after
  /// CLIENT TRACKING was set up again.)
  void invalidated() noexcept;

  /// The connection that reads are sent on was lost: those under way will not
  /// be answered, and what is missing has to be seen missing anew.
  void reset() noexcept;

  // -- who else is there ------------------------------------------------------

  /// Whether what is said in the room must be published.
  bool may_others_exist() const noexcept { return !known_ || !others_.empty(); }

  /// In order of ids. In doubt a member is among them: while it is missing, and
  /// if its leave was told but the last set read still held it.
  const std::vector<other>& others() const noexcept { return others_; }

  /// Whether `id` is one of the others, and not missing.
  bool holds(std::string_view id) const noexcept;

  /// Holders of others, each once; the views are valid until the next change.
  std::vector<std::string_view> holders() const;

  // -- leaves, each told once -------------------------------------------------

  /// The leave of `member`, known or not, was published. Whether it is to be
  /// told. (One that came and went between two reads is; one that is announced
  /// again, without having been back, is not.)
  bool leave_announced(std::string_view member);

  /// The lease of `holder` ran out. Returns its members whose leaves are to be
  /// told. They stay among the others until a set is read without them.
  std::vector<std::string> holder_died(std::string_view holder);

  /// Returns the held members that have been missing for longer than `grace`
  /// and whose leaves are to be told; nothing unless the set is known.
  std::vector<std::string> missing_for(time_point now, duration grace);

private:
  bool is_noted(std::string_view id) const noexcept;
  void note(std::string id);
  void forget(std::string_view id);

  other arrival(std::string_view id);
  void update(const std::vector<std::string_view>& members, time_point now);
  void bound_missing();

  std::vector<other> others_;
  /// The most others there were at once.
  std::size_t most_others_ = 0;
  /// Told, and no longer among the others. The newest at the back.
  std::vector<std::string> notes_;
  std::uint32_t reads_under_way_ = 0;
  /// How many of these, the oldest ones, are too old to be used.
  std::uint32_t reads_too_old_ = 0;
  bool known_ = false;
};

} // namespace signalbox
