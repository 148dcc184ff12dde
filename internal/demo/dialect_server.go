package demo

import (
	"fmt"
	"math/rand/v2"
)

// The request log in these servers is as MockLoop's documentation has it:
// other names than in its SQLite file, and times with fractions.
const (
	insertServerLog = `INSERT INTO request_logs(timestamp, method, path, query_params, headers, response_status,
response_time_ms, client_ip, request_id, server_id, user_agent, response_size)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`

	// serverID is what the shop's one process calls itself.
	serverID = "shop-1"
)

func serverLogRow(e entry) []any {
	return []any{e.at.UTC(), e.method, e.path, e.query, e.headers, e.status,
		float64(e.took.Microseconds()) / 1000, e.host, requestID(rand.Uint64()), serverID, e.agent, e.size}
}

func requestID(n uint64) string { return fmt.Sprintf("req-%016x", n) }
