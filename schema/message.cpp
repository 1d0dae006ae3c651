#include "schema/message.hpp"

namespace signalbox {

member member_of(std::string_view name) noexcept {
  // Lengths alone tell nearly all names apart.
  switch (name.size()) {
    case 3:
      return name == "sdp" ? member::sdp : member::other;
    case 4:
      return name == "type" ? member::type : member::other;
    case 6:
      if (name == "sdpMid")
        return member::sdp_mid;
      return name == "action" ? member::action : member::other;
    case 9:
      return name == "candidate" ? member::candidate : member::other;
    case 11:
      return name == "description" ? member::description : member::other;
    case 13:
      return name == "sdpMLineIndex" ? member::sdp_m_line_index : member::other;
    case 16:
      return name == "usernameFragment" ? member::username_fragment
                                        : member::other;
    default:
      return member::other;
  }
}

} // namespace signalbox
