package gateway

import (
	"strconv"

	"mltop/internal/wire"
)

// single is a metric of one value.
func single(name, kind, help string, v float64) metric {
	return metric{name, kind, help, []row{{"", v}}}
}

func logMetrics(l *wire.GatewayLog) []metric {
	if l == nil {
		return nil
	}
	lag := 0.0 // nothing waits
	if l.Lag != nil {
		lag = *l.Lag
	}
	return []metric{
		single("log_up", "gauge", "Whether the request log's database takes rows.", truth(l.State == "ok")),
		single("log_queue_depth", "gauge", "Requests that wait for the writer.", float64(l.Queue)),
		single("log_written_rows_total", "counter", "Rows written.", float64(l.Written)),
		single("log_dropped_rows_total", "counter", "Requests that found no place in the queue.", float64(l.Dropped)),
		single("log_refused_rows_total", "counter", "Rows that the table did not take.", float64(l.Refused)),
		single("log_lost_rows_total", "counter", "Rows that were accepted, and neither written nor spilled.", float64(l.Lost)),
		single("log_spilled_rows_total", "counter", "Rows that went to the spill file.", float64(l.Spilled)),
		single("log_replayed_rows_total", "counter", "Rows that came back from it.", float64(l.Replayed)),
		single("log_spill_rows", "gauge", "Rows that wait in the spill file.", float64(l.Spill.Rows)),
		single("log_spill_bytes", "gauge", "Bytes of the spill file.", float64(l.Spill.Bytes)),
		single("log_failures_total", "counter", "Transactions that failed.", float64(l.Failures)),
		single("log_deleted_rows_total", "counter", "Rows deleted beyond what is kept.", float64(l.Deleted)),
		{"log_connections", "gauge", "Connections to the request log's database.", []row{{`{state="in_use"}`, float64(l.Pool.InUse)}, {`{state="idle"}`, float64(l.Pool.Idle)}}},
		single("log_lag_seconds", "gauge", "Age of the oldest request that is not written.", lag),
	}
}

func certificateMetrics(c *wire.GatewayCertificate) []metric {
	if c == nil {
		return nil
	}
	return []metric{
		single("certificate_not_after_seconds", "gauge", "When the certificate ends, in Unix time.", float64(c.Until.Unix())),
		single("certificate_current", "gauge", "Whether the certificate in force is the one in its file.", truth(c.Why == "")),
	}
}

func hookMetrics(w *wire.GatewayWebhooks) []metric {
	if w == nil {
		return nil
	}
	family := func(name, help string, value func(h *wire.GatewayWebhook) uint64) metric {
		m := metric{name: "webhook_" + name, kind: "counter", help: help}
		for i := range w.Hooks {
			h := &w.Hooks[i]
			m.rows = append(m.rows, row{labelled("hook", strconv.Itoa(i), "url", h.URL, "path", h.Path), float64(value(h))})
		}
		return m
	}
	return []metric{
		single("webhook_queue_depth", "gauge", "Deliveries that wait.", float64(w.Queue)),
		family("sent_total", "Deliveries.", func(h *wire.GatewayWebhook) uint64 { return h.Sent }),
		family("failed_total", "Deliveries given up.", func(h *wire.GatewayWebhook) uint64 { return h.Failed }),
		family("retries_total", "Further attempts.", func(h *wire.GatewayWebhook) uint64 { return h.Retries }),
		family("dropped_total", "Deliveries for which there was no room.", func(h *wire.GatewayWebhook) uint64 { return h.Dropped }),
	}
}

func memoryMetrics(m wire.GatewayMemory) []metric {
	out := []metric{
		single("gcs_total", "counter", "Garbage collections.", float64(m.GCs)),
		single("forced_gcs_total", "counter", "Garbage collections by the clock.", float64(m.Forced)),
		single("next_gc_bytes", "gauge", "Heap at which garbage is collected next.", float64(m.NextGC)),
		single("buffers_free", "gauge", "Buffers kept for requests and answers.", float64(m.Buffers.Free)),
	}
	if m.Limit != nil {
		out = append(out, single("memory_limit_bytes", "gauge", "What the collector keeps below where it can.", float64(*m.Limit)))
	}
	return out
}
