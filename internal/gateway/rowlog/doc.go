// Package rowlog writes one row a request into a table of SQLite, MariaDB or
// PostgreSQL, in the shape in which mltop reads request logs.
//
// A request never waits: it hands its entry to a bounded queue, or is counted
// as dropped. One writer takes the entries in batches, each in a transaction.
// While the database is away, batches go to a file, and from there in order
// into the database when it is back. A table beside the log notes each
// writer's last batch in the same transaction: none is written twice.
package rowlog
