#include "backplane/scripts.hpp"

#include "script_texts.hpp"

namespace signalbox {

std::string_view text_of(script_id script) noexcept {
  switch (script) {
    case script_id::join:
      return join_lua;
    case script_id::leave:
      return leave_lua;
    case script_id::compensate:
      return compensate_lua;
    case script_id::reconcile:
      return reconcile_lua;
    case script_id::sweep:
      return sweep_lua;
    case script_id::lease:
      return lease_lua;
    case script_id::nodes:
      return nodes_lua;
    case script_id::probe:
      return probe_lua;
    case script_id::count_connection:
      return count_connection_lua;
  }
  return {};
}

std::string_view name_of(script_id script) noexcept {
  switch (script) {
    case script_id::join:
      return "join";
    case script_id::leave:
      return "leave";
    case script_id::compensate:
      return "compensate";
    case script_id::reconcile:
      return "reconcile";
    case script_id::sweep:
      return "sweep";
    case script_id::lease:
      return "lease";
    case script_id::nodes:
      return "nodes";
    case script_id::probe:
      return "probe";
    case script_id::count_connection:
      return "count_connection";
  }
  return {};
}

} // namespace signalbox
