// The parts of the metrics page, each a topic. Names never change: dashboards
// and alerts read them, those under conf/ among them.

#pragma once

#include "net/metrics/metrics_text.hpp"

namespace signalbox {

/// Named as the reference server names them, without labels.
void add_reference_metrics(metrics_text& out, const node_state& node);

/// Sessions, messages, handshakes and tokens.
void add_client_metrics(metrics_text& out, const node_state& node);

/// Redis; the age and lag of its probe on a node of a cluster only.
void add_backplane_metrics(metrics_text& out, const node_state& node);

/// Turns, where there are shards, and actors.
void add_shard_metrics(metrics_text& out);

/// This build, its process and its heap. Names without a prefix are those that
/// Prometheus' own client libraries use.
void add_process_metrics(metrics_text& out);

} // namespace signalbox
