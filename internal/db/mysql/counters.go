package mysql

import (
	"slices"
	"strings"

	"mltop/internal/db"
)

// A known counter of SHOW GLOBAL STATUS
// (mariadb.com/kb/en/server-status-variables, innodb-status-variables;
// dev.mysql.com/doc/refman/8.4/en/server-status-variables.html).
type knownCounter struct {
	name, label, unit string
	gauge             bool
	factor            float64 // to the unit; 0 is 1
}

func knownCounters() []knownCounter {
	return slices.Concat(sessionCounters(), workCounters(), lockCounters(), storageCounters(), otherCounters())
}

// sessionCounters are of who came and who was refused.
func sessionCounters() []knownCounter {
	return []knownCounter{
		{"Threads_running", "threads running", "", true, 0},
		{"Threads_connected", "threads connected", "", true, 0},
		{"Threads_created", "threads created", "", false, 0},
		{"Threads_cached", "threads kept for the next client", "", true, 0},
		{"Max_used_connections", "most connections used", "", true, 0},
		{"Connections", "connections made", "", false, 0},
		{"Aborted_connects", "connections refused", "", false, 0},
		{"Aborted_clients", "clients that went without a word", "", false, 0},
		{"Connection_errors_max_connections", "refused for want of a connection", "", false, 0},
	}
}

// workCounters are of what statements did.
func workCounters() []knownCounter {
	return []knownCounter{
		{"Slow_queries", "slow statements", "", false, 0},
		{"Com_select", "SELECT", "", false, 0},
		{"Com_insert", "INSERT", "", false, 0},
		{"Com_update", "UPDATE", "", false, 0},
		{"Com_delete", "DELETE", "", false, 0},
		{"Com_commit", "COMMIT", "", false, 0},
		{"Com_rollback", "ROLLBACK", "", false, 0},
		{"Rows_sent", "rows sent", "", false, 0},
		{"Rows_read", "rows read", "", false, 0},
		{"Innodb_rows_read", "InnoDB rows read", "", false, 0},
		{"Innodb_rows_inserted", "InnoDB rows inserted", "", false, 0},
		{"Innodb_rows_updated", "InnoDB rows updated", "", false, 0},
		{"Innodb_rows_deleted", "InnoDB rows deleted", "", false, 0},
		{"Handler_read_rnd_next", "rows read by scans", "", false, 0},
		{"Handler_read_key", "index lookups", "", false, 0},
		{"Select_full_join", "joins without an index", "", false, 0},
		{"Select_scan", "scans of a first table", "", false, 0},
		{"Sort_merge_passes", "sorts that went to disk", "", false, 0},
		{"Sort_rows", "rows sorted", "", false, 0},
		{"Created_tmp_tables", "temporary tables", "", false, 0},
		{"Created_tmp_disk_tables", "temporary tables on disk", "", false, 0},
		{"Created_tmp_files", "temporary files", "", false, 0},
	}
}

// lockCounters are of who waited for whom.
func lockCounters() []knownCounter {
	return []knownCounter{
		{"Table_locks_waited", "table lock waits", "", false, 0},
		{"Innodb_row_lock_waits", "row lock waits", "", false, 0},
		{"Innodb_row_lock_current_waits", "waiting for a row lock", "", true, 0},
		{"Innodb_row_lock_time", "time in row lock waits", "seconds", false, 1e-3},
		{"Innodb_deadlocks", "deadlocks", "", false, 0},
	}
}

// storageCounters are of InnoDB's memory, files and redo log.
func storageCounters() []knownCounter {
	return []knownCounter{
		{"Innodb_buffer_pool_reads", "pages read from disk", "", false, 0},
		{"Innodb_buffer_pool_wait_free", "waits for a free page", "", false, 0},
		{"Innodb_buffer_pool_bytes_data", "buffer pool in use", "bytes", true, 0},
		{"Innodb_buffer_pool_bytes_dirty", "dirty pages", "bytes", true, 0},
		{"Innodb_data_read", "read by InnoDB", "bytes", false, 0},
		{"Innodb_data_written", "written by InnoDB", "bytes", false, 0},
		{"Innodb_data_fsyncs", "fsyncs", "", false, 0},
		{"Innodb_os_log_written", "redo written", "bytes", false, 0},
		{"Innodb_log_waits", "waits for the redo buffer", "", false, 0},
		{"Innodb_checkpoint_age", "redo not checkpointed", "bytes", true, 0},
		{"Innodb_checkpoint_max_age", "redo that may wait for a checkpoint", "bytes", true, 0},
		{"Innodb_history_list_length", "history list (undo not purged)", "", true, 0},
	}
}

// otherCounters are of the server as a whole.
func otherCounters() []knownCounter {
	return []knownCounter{
		{"Opened_tables", "tables opened", "", false, 0},
		{"Open_tables", "tables open", "", true, 0},
		{"Qcache_hits", "query cache hits", "", false, 0},
		{"Qcache_lowmem_prunes", "query cache prunes", "", false, 0},
		{"Bytes_received", "received from clients", "bytes", false, 0},
		{"Bytes_sent", "sent to clients", "bytes", false, 0},
		{"Memory_used", "memory used", "bytes", true, 0},
	}
}

// statusNames are all that Stats asks for.
func statusNames() []string {
	names := []string{"Uptime", "Questions", "Handler_commit", "Innodb_buffer_pool_read_requests", "Innodb_pages_read", "Innodb_buffer_pool_read_ahead"}
	for _, k := range knownCounters() {
		names = append(names, k.name)
	}
	return names
}

// counters are those that this server has.
func counters(now status) []db.Counter {
	var out []db.Counter
	for _, k := range knownCounters() {
		n := number(now.values[strings.ToLower(k.name)])
		if n == nil {
			continue
		}
		if k.factor != 0 {
			*n *= k.factor
		}
		out = append(out, db.Counter{Name: k.name, Label: k.label, Value: *n, Unit: k.unit, Gauge: k.gauge})
	}
	return out
}
