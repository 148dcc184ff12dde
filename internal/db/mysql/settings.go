package mysql

import (
	"context"
	"fmt"
	"strings"

	"mltop/internal/db"
)

// Whom a change of a setting reaches.
const (
	reachesAll     = "everybody, at once"
	reachesNew     = "new sessions: those that are open keep their own value until they connect again"
	reachesRestart = "everybody, after a restart of the server with the line in its option file"
)

// Settings lists the server's variables with where each comes from and whom a
// change reaches.
func (e *Engine) Settings(ctx context.Context) ([]db.Setting, error) {
	var out []db.Setting
	err := e.read(ctx, "settings", func(c *conn) error {
		var err error
		if e.server.MariaDB {
			out, err = readMariaDBSettings(ctx, c)
		} else {
			out, err = readMySQLSettings(ctx, c)
		}
		if err != nil {
			return fmt.Errorf("read the settings: %w", err)
		}
		return nil
	})
	return out, err
}

func readMariaDBSettings(ctx context.Context, c *conn) ([]db.Setting, error) {
	var out []db.Setting
	err := c.records(ctx, "SELECT VARIABLE_NAME, GLOBAL_VALUE, GLOBAL_VALUE_ORIGIN, GLOBAL_VALUE_PATH, DEFAULT_VALUE, VARIABLE_SCOPE, READ_ONLY FROM information_schema.SYSTEM_VARIABLES WHERE VARIABLE_SCOPE <> 'SESSION ONLY' ORDER BY VARIABLE_NAME", nil,
		func(r record) error {
			s := db.Setting{Name: strings.ToLower(r.get("variable_name")), Value: r.get("global_value"), Default: r.get("default_value")}
			s.Unit = unitOf(s.Name)
			s.Source = sourceOf(r.get("global_value_origin"), r.get("global_value_path"))
			s.Set = given(r.get("global_value_origin")) && s.Value != s.Default
			s.Scope, s.Reaches = scopeOf(r.is("read_only"), r.get("variable_scope") == "SESSION")
			out = append(out, s)
			return nil
		})
	return out, err
}

// readMySQLSettings: whether a variable can be changed is in no table before
// 8.4's variables_metadata; there scope and source come from variables_info
// (dev.mysql.com/doc/refman/8.0/en/performance-schema-variables-info-table.html).
func readMySQLSettings(ctx context.Context, c *conn) ([]db.Setting, error) {
	var out []db.Setting
	err := c.records(ctx, "SELECT g.VARIABLE_NAME, g.VARIABLE_VALUE, i.VARIABLE_SOURCE, i.VARIABLE_PATH, s.VARIABLE_NAME IS NOT NULL AS of_session FROM performance_schema.global_variables g LEFT JOIN performance_schema.variables_info i ON i.VARIABLE_NAME = g.VARIABLE_NAME LEFT JOIN performance_schema.session_variables s ON s.VARIABLE_NAME = g.VARIABLE_NAME ORDER BY 1", nil,
		func(r record) error {
			s := db.Setting{Name: strings.ToLower(r.get("variable_name")), Value: r.get("variable_value")}
			s.Unit = unitOf(s.Name)
			s.Source = sourceOf(r.get("variable_source"), r.get("variable_path"))
			s.Set = given(r.get("variable_source")) // the default is told nowhere
			s.Scope, s.Reaches = scopeOf(onlyAtStart(s.Name), sessionVariables()[s.Name])
			out = append(out, s)
			return nil
		})
	return out, err
}

// onlyAtStart lists MySQL's variables that matter here and are not dynamic
// (dev.mysql.com/doc/refman/8.4/en/server-system-variables.html).
func onlyAtStart(name string) bool {
	switch name {
	case "innodb_buffer_pool_instances", "innodb_log_file_size", "innodb_log_files_in_group", "innodb_flush_method", "innodb_read_io_threads",
		"innodb_write_io_threads", "innodb_page_size", "performance_schema", "log_bin", "skip_name_resolve", "port", "socket", "datadir", "tmpdir",
		"lower_case_table_names", "back_log", "innodb_file_per_table_default", "version", "hostname", "server_uuid", "innodb_data_file_path":
		return true
	}
	return strings.HasPrefix(name, "version_")
}

// sessionVariables lists MySQL's variables that each session has its own of.
func sessionVariables() map[string]bool {
	out := map[string]bool{}
	for _, n := range strings.Fields("sort_buffer_size join_buffer_size read_buffer_size read_rnd_buffer_size tmp_table_size max_heap_table_size long_query_time wait_timeout interactive_timeout lock_wait_timeout innodb_lock_wait_timeout max_execution_time sql_mode optimizer_switch transaction_isolation autocommit time_zone max_allowed_packet net_read_timeout net_write_timeout binlog_format bulk_insert_buffer_size range_optimizer_max_mem_size") {
		out[n] = true
	}
	return out
}

func scopeOf(readOnly, session bool) (db.Scope, string) {
	switch {
	case readOnly:
		return db.ScopeRestart, reachesRestart
	case session:
		return db.ScopeServer, reachesNew
	}
	return db.ScopeServer, reachesAll
}

// sourceOf says where a value comes from.
func sourceOf(origin, path string) string {
	switch strings.ToUpper(origin) {
	case "COMPILE-TIME", "COMPILED":
		return "the server's default"
	case "CONFIG", "GLOBAL", "SERVER", "EXPLICIT", "EXTRA", "USER", "LOGIN":
		return or(path, "the option file")
	case "COMMAND-LINE", "COMMAND_LINE":
		return "the command line"
	case "AUTO":
		return "the server worked it out at its start"
	case "SQL", "DYNAMIC":
		return "set while the server runs: gone after a restart"
	case "PERSISTED":
		return or(path, "mysqld-auto.cnf") + " (SET PERSIST)"
	case "":
		return "the server does not say"
	}
	return strings.ToLower(origin)
}

// given: the other origins are the server's own.
func given(origin string) bool {
	switch strings.ToUpper(origin) {
	case "", "AUTO", "COMPILE-TIME", "COMPILED":
		return false
	}
	return true
}

// unitOf is the unit that a variable's name tells, of those worth knowing.
func unitOf(name string) string {
	switch {
	case strings.HasSuffix(name, "_buffer_size"), strings.HasSuffix(name, "pool_size") && strings.HasPrefix(name, "innodb"), strings.HasSuffix(name, "_file_size"),
		name == "tmp_table_size", name == "max_heap_table_size", name == "query_cache_size", name == "max_allowed_packet", name == "innodb_redo_log_capacity", name == "thread_stack":
		return "bytes"
	case strings.HasSuffix(name, "_timeout"), name == "long_query_time", name == "max_statement_time":
		return "seconds"
	case name == "max_execution_time":
		return "ms"
	}
	return ""
}
