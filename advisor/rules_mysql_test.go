package advisor

import (
	"strconv"
	"testing"
	"time"
)

// shortOfMemory is a machine of which hardly any is left.
func shortOfMemory(f *Facts) { f.Machine.Available = 1 << 28 }

func TestMySQLMemory(t *testing.T) {
	pool := func(value string) lived {
		return my("innodb_buffer_pool_size", value).counting("Max_used_connections", 20)
	}
	capacity := func(value string) lived {
		return my("innodb_redo_log_capacity", value, "innodb_log_file_size", "50331648", "innodb_log_files_in_group", "2").counting("Innodb_os_log_written", 1<<30)
	}
	session := []string{"sort_buffer_size", "2097152", "join_buffer_size", "262144", "max_connections", "151", "innodb_buffer_pool_size", "1073741824"}
	tables := func(size string, all, disk float64) lived {
		return my(append(session, "tmp_table_size", size, "max_heap_table_size", "16777216")...).counting("Created_tmp_tables", all).counting("Created_tmp_disk_tables", disk).counting("Max_used_connections", 20)
	}
	checkRows(t, []settingRow{
		{"a pool smaller than data that is read from disk", "innodb_buffer_pool_size", "268435456", pool("33554432").on(8).reading(1e6, 9e5)},
		{"no more than the machine has", "innodb_buffer_pool_size", "805306368", pool("33554432").on(1).reading(1e6, 9e5).with(func(f *Facts) { f.Schema.Tables[0].Bytes = n64(8 << 30) })},
		{"a pool that serves every read", "innodb_buffer_pool_size", "", pool("33554432").on(8).reading(1e6, 1e6)},
		{"a pool that holds the data", "innodb_buffer_pool_size", "", pool("536870912").on(8).reading(1e6, 9e5)},
		{"a pool that leaves the machine nothing", "innodb_buffer_pool_size", "6442450944", pool("8589934592").on(8).reading(1e6, 1e6)},
		{"a pool that nobody filled, on a machine that is short", "innodb_buffer_pool_size", "1610612736", pool("4294967296").on(8).up(48*time.Hour).counting("Innodb_buffer_pool_bytes_data", 1<<30).with(func(f *Facts) { f.Machine.Available = 1 << 28 })},
		{"too few reads to say", "innodb_buffer_pool_size", "no: only 100 pages were read…", pool("33554432").on(8).reading(100, 50)},
		{"reads that nobody counts", "innodb_buffer_pool_size", "no: page reads are not counted", pool("33554432").on(8)},
		{"a machine that nobody knows", "innodb_buffer_pool_size", "no: how much memory…", pool("33554432").reading(1e6, 9e5)},

		{"a redo log that is written round in minutes", "innodb_log_file_size", "1073741824", my("innodb_log_file_size", "100663296").counting("Innodb_os_log_written", 1<<30)},
		{"one that holds an hour", "innodb_log_file_size", "", my("innodb_log_file_size", "2147483648").counting("Innodb_os_log_written", 1<<30)},
		{"one that holds days", "innodb_log_file_size", "100663296", my("innodb_log_file_size", "8589934592").up(48*time.Hour).counting("Innodb_os_log_written", 1<<30)},
		{"an hour that writes a little more gets the same", "innodb_log_file_size", "1342177280", my("innodb_log_file_size", "100663296").counting("Innodb_os_log_written", 1270<<20)},
		{"and one that writes a little less", "innodb_log_file_size", "1342177280", my("innodb_log_file_size", "100663296").counting("Innodb_os_log_written", 1100<<20)},
		{"a moment says nothing", "innodb_log_file_size", "no: redo was counted for 60 s only…", my("innodb_log_file_size", "100663296").counting("Innodb_os_log_written", 1<<30).up(time.Minute)},
		{"nor does an import that is long over", "innodb_log_file_size", "", my("innodb_log_file_size", "100663296").counting("Innodb_os_log_written", 1<<30).with(watchedSince(30*time.Minute, "Innodb_os_log_written", 1<<30))},
		{"nor a burst after a quiet day", "innodb_log_file_size", "", my("innodb_log_file_size", "1073741824").up(24*time.Hour).counting("Innodb_os_log_written", 2<<30).with(watchedSince(30*time.Minute, "Innodb_os_log_written", 1<<20))},
		{"one that hardly waits for a checkpoint", "innodb_log_file_size", "no: 1.1 GB of redo an hour in the 1 h since the counters began would fill it, but only 0.2 % of it waits for a checkpoint now…",
			my("innodb_log_file_size", "100663296").counting("Innodb_os_log_written", 1<<30).counting("Innodb_checkpoint_age", 200e3).counting("Innodb_checkpoint_max_age", 1e8)},
		{"one that fills up", "innodb_log_file_size", "1073741824", my("innodb_log_file_size", "100663296").counting("Innodb_os_log_written", 1<<30).counting("Innodb_checkpoint_age", 5e7).counting("Innodb_checkpoint_max_age", 1e8)},
		{"of two files each has half", "innodb_log_file_size", "536870912", my("innodb_log_file_size", "100663296", "innodb_log_files_in_group", "2").counting("Innodb_os_log_written", 1<<30)},
		{"MySQL's redo log is one size, in use before the files'", "innodb_redo_log_capacity", "1073741824", capacity("104857600")},
		{"which then says nothing more", "innodb_log_file_size", "", capacity("104857600")},
		{"MySQL's that holds an hour", "innodb_redo_log_capacity", "", capacity("2147483648")},
		{"MySQL's that holds days", "innodb_redo_log_capacity", "100663296", capacity("8589934592").up(48 * time.Hour)},
		{"waits for the redo buffer", "innodb_log_buffer_size", "33554432", my("innodb_log_buffer_size", "16777216").counting("Innodb_log_waits", 5)},
		{"no waits", "innodb_log_buffer_size", "", my("innodb_log_buffer_size", "16777216").counting("Innodb_log_waits", 0)},

		{"temporary tables that go to disk", "tmp_table_size", "33554432", tables("16777216", 10000, 5000).on(8)},
		{"few of them", "tmp_table_size", "", tables("16777216", 10000, 1500).on(8)},
		{"size does not help what is large already", "tmp_table_size", "no: 50 % of 10k temporary tables went to disk…", tables("67108864", 10000, 5000).on(8).with(func(f *Facts) { f.Settings[5].Value = "67108864" })},
		{"one for each session would take all memory", "tmp_table_size", "268435456", tables("1073741824", 10, 0).on(8)},
		{"sorts that merge", "sort_buffer_size", "4194304", my(session...).on(8).counting("Sort_merge_passes", 1000)},
		{"sorts that do not", "sort_buffer_size", "", my(session...).on(8).counting("Sort_merge_passes", 1)},
		{"a buffer that all sessions could not have", "join_buffer_size", "1048576", my("sort_buffer_size", "2097152", "join_buffer_size", "268435456", "max_connections", "500", "innodb_buffer_pool_size", "1073741824").on(8).counting("Sort_merge_passes", 1)},
	})
}

func TestMySQLSwitches(t *testing.T) {
	cache := func(hits, run float64) lived {
		return my("query_cache_size", "1048576", "query_cache_type", "ON").counting("Qcache_hits", hits).counting("Com_select", run)
	}
	files := func(open float64) lived {
		return my("table_open_cache", "2000", "open_files_limit", "1035", "max_connections", "151").counting("Opened_tables", 10).counting("Open_tables", open)
	}
	many := func(cache, open float64) lived {
		l := my("table_open_cache", strconv.FormatFloat(cache, 'f', 0, 64)).counting("Open_tables", open)
		if open < cache {
			return l.counting("Opened_tables", open)
		}
		return l
	}
	kept := func(threads, came float64) lived {
		return my("thread_cache_size", "256", "max_connections", "151", "thread_stack", "299008").counting("Threads_cached", threads).counting("Threads_created", threads).counting("Connections", came)
	}
	clients := func(peak float64, pairs ...string) lived {
		return my(append([]string{"max_connections", "100", "sort_buffer_size", "2097152", "innodb_buffer_pool_size", "1073741824"}, pairs...)...).counting("Max_used_connections", peak)
	}
	checkRows(t, []settingRow{
		{"a query cache that serves few is switched off", "query_cache_size", "0", cache(1e4, 1e5)},
		{"one that serves most may stay", "query_cache_size", "no: it serves 91 % of SELECTs…", cache(1e6, 1e5)},
		{"few SELECTs say nothing", "query_cache_size", "no: only 20 SELECTs…", cache(10, 10)},
		{"it is never switched on", "query_cache_size", "", my("query_cache_size", "1048576", "query_cache_type", "OFF").counting("Qcache_hits", 0).counting("Com_select", 1e6)},
		{"a burst that took nearly all connections", "max_connections", "150", clients(95).on(8)},
		{"connections that were refused", "max_connections", "150", clients(50).on(8).counting("Connection_errors_max_connections", 3)},
		{"connections in plenty", "max_connections", "", clients(20).on(8)},
		{"no memory for more", "max_connections", "no: 95 of 100 connections…", clients(95, "join_buffer_size", "67108864").on(8)},
		{"a week of few, where memory does not suffice for all", "max_connections", "50", clients(5, "join_buffer_size", "268435456").on(8).up(8 * 24 * time.Hour)},
		{"commits that are not waited for are named, not changed", "innodb_flush_log_at_trx_commit", "no: it is 2: a crash loses…", my("innodb_flush_log_at_trx_commit", "2")},
		{"tables that are opened again and again", "table_open_cache", "800", my("table_open_cache", "400").counting("Opened_tables", 9000).counting("Open_tables", 400)},
		{"a cache that is not full", "table_open_cache", "", my("table_open_cache", "4000").counting("Opened_tables", 9000).counting("Open_tables", 400)},
		{"descriptors come first", "table_open_cache", "no: 2.5 tables a second are opened…", my("table_open_cache", "400", "open_files_limit", "1024").counting("Opened_tables", 9000).counting("Open_tables", 400)},
		{"a cache that may take more files than there are", "table_open_cache", "437", files(300)},
		{"one that is far from it", "table_open_cache", "", files(100)},
		{"so many tables take memory that is short", "table_open_cache", "20000", many(40_000, 30_000).on(8).with(shortOfMemory)},
		{"memory that is there they may take", "table_open_cache", "", many(40_000, 30_000).on(8)},
		{"and never get more than that", "table_open_cache", "no: 2.5 tables a second are opened…", many(20_000, 20_000).counting("Opened_tables", 9000).on(8)},
		{"threads kept for nobody, where memory is short", "thread_cache_size", "9", kept(200, 1000).on(8).with(shortOfMemory)},
		{"where it is not", "thread_cache_size", "", kept(200, 1000).on(8)},
		{"threads that clients do come for", "thread_cache_size", "", kept(200, 9000).on(8).with(shortOfMemory)},
		{"few threads", "thread_cache_size", "", kept(20, 1000).on(8).with(shortOfMemory)},
		{"threads that are made again and again", "thread_cache_size", "40", my("thread_cache_size", "8").counting("Threads_created", 9000).counting("Connections", 10000).counting("Max_used_connections", 40)},
		{"threads that are kept", "thread_cache_size", "", my("thread_cache_size", "8").counting("Threads_created", 10).counting("Connections", 10000).counting("Max_used_connections", 40)},
		{"pages that are cached twice", "innodb_flush_method", "O_DIRECT", my("innodb_flush_method", "fsync", "innodb_buffer_pool_size", "4294967296").on(8)},
		{"a small pool lives on the other cache", "innodb_flush_method", "no: the pool is…", my("innodb_flush_method", "fsync", "innodb_buffer_pool_size", "134217728").on(8)},
		{"a slow log of everything", "long_query_time", "0.100000", my("long_query_time", "0", "slow_query_log", "ON").counting("Slow_queries", 1e6)},
		{"a slow log of what is slow", "long_query_time", "", my("long_query_time", "0", "slow_query_log", "ON").counting("Slow_queries", 10)},
	})
}
