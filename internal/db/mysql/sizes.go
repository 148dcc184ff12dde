package mysql

import (
	"context"
	"os"
	"strings"
	"time"

	"mltop/internal/db"
	"mltop/internal/db/disk"
)

// sizeFacts are what the server looks up file by file; kept between ticks.
type sizeFacts struct {
	at         time.Time
	took       time.Duration
	of         string // the session they were asked in
	bytes      *int64
	whyBytes   string
	redo       *int64
	statistics *time.Time
	whyAt      string
	free       *int64 // on the disk of its data
	whyFree    string
	others     string // what of other users is hidden, and what shows it
}

const (
	sizesEvery = time.Minute
	// sizesShare: of a server's time, looking files up may take a fiftieth.
	sizesShare = 50
)

// refresh asks again when it is time. A part that is denied, or takes too
// long, costs that part.
func (f *sizeFacts) refresh(ctx context.Context, c *conn, s server) error {
	if f.of == c.id && time.Since(f.at) < max(sizesEvery, sizesShare*f.took) {
		return nil
	}
	begin := time.Now()
	*f = sizeFacts{at: begin, of: c.id}
	for _, part := range []struct {
		read func(context.Context, *conn, server) error
		why  *string
	}{{f.readBytes, &f.whyBytes}, {f.readRedo, new(string)}, {f.readAnalyzed, &f.whyAt}, {f.readDisk, &f.whyFree}, {f.readOthers, new(string)}} {
		err := part.read(ctx, c, s)
		if err := connectionLost(err); err != nil {
			f.of = ""
			return err
		}
		if err != nil {
			*part.why = deniedText(s, err)
		}
	}
	f.took = time.Since(begin)
	return nil
}

// readBytes adds up the files of the database's tables. Names of files write
// some letters by their numbers.
func (f *sizeFacts) readBytes(ctx context.Context, c *conn, s server) error {
	table := "information_schema.INNODB_SYS_TABLESPACES"
	if !s.MariaDB && s.least(8, 0) {
		table = "information_schema.INNODB_TABLESPACES"
	}
	const dir = "CONCAT(CAST(CONVERT(DATABASE() USING filename) AS BINARY), '/')"
	var v *string
	err := c.row(ctx, &v, "SELECT SUM(FILE_SIZE) FROM "+table+" WHERE LEFT(CAST(NAME AS BINARY), LENGTH("+dir+")) = "+dir)
	if v == nil || err != nil {
		f.whyBytes = "no table of this database has a file of its own"
		return err
	}
	f.bytes = whole(number(*v))
	return nil
}

// readRedo is the room that the redo log has on disk, which is fixed.
func (f *sizeFacts) readRedo(ctx context.Context, c *conn, s server) error {
	v, err := c.variables(ctx, "innodb_redo_log_capacity", "innodb_log_file_size", "innodb_log_files_in_group")
	if err != nil {
		return err
	}
	size, files := number(v["innodb_log_file_size"]), number(v["innodb_log_files_in_group"])
	if !s.MariaDB && v["innodb_redo_log_capacity"] != "" { // since 8.0.30
		size, files = number(v["innodb_redo_log_capacity"]), nil
	}
	if size != nil && files != nil {
		*size *= *files
	}
	f.redo = whole(size)
	return nil
}

// readDisk looks at the server's disk from here, where it runs: one in a
// container goes by another name.
func (f *sizeFacts) readDisk(ctx context.Context, c *conn, _ server) error {
	v, err := c.variables(ctx, "hostname", "datadir")
	if err != nil {
		return err
	}
	f.free, f.whyFree = freeOn(v["hostname"], v["datadir"])
	return nil
}

// freeOn is the room in a directory of a host, or why it is not known.
func freeOn(host, dir string) (*int64, string) {
	if here, err := os.Hostname(); err != nil || !strings.EqualFold(here, host) || dir == "" {
		return nil, whyDisk
	}
	free, err := disk.Free(dir)
	if err != nil {
		return nil, err.Error()
	}
	return &free, ""
}

// deniedText is the server's own refusal of a part, without its number.
func deniedText(s server, err error) string {
	if codeOf(err) == codeSpecificDenied {
		return "this user may not see it: " + s.grant("PROCESS ON *.*")
	}
	return err.Error()
}

// readOthers finds out whether other users are at work whose sessions are not
// shown to ours: how many there are is told to everybody.
func (f *sizeFacts) readOthers(ctx context.Context, c *conn, s server) error {
	_, err := c.each(ctx, "SELECT 1 FROM information_schema.INNODB_TRX LIMIT 1", nil, func([]value) error { return nil })
	if codeOf(err) != codeSpecificDenied {
		return err
	}
	all, err := c.pairs(ctx, "SHOW GLOBAL STATUS LIKE 'Threads_connected'")
	if err != nil {
		return err
	}
	var own *string
	if err := c.row(ctx, &own, "SELECT COUNT(*) FROM information_schema.PROCESSLIST"); err != nil || own == nil {
		return err
	}
	if valueOf(all["threads_connected"]) > valueOf(*own) {
		f.others = "other users' sessions and open transactions, and who waits for whom, are hidden: " + s.grant("PROCESS ON *.*")
	}
	return nil
}

// readAnalyzed is when InnoDB last gathered statistics of one of the tables.
func (f *sizeFacts) readAnalyzed(ctx context.Context, c *conn, s server) error {
	var v *string
	err := c.row(ctx, &v, "SELECT UNIX_TIMESTAMP(MAX(last_update)) FROM mysql.innodb_table_stats WHERE database_name = DATABASE()")
	if codeOf(err) == codeTableDenied {
		f.whyAt = "this user may not see it: " + s.grant("SELECT ON mysql.innodb_table_stats")
		return nil
	}
	if err != nil || v == nil {
		f.whyAt = "InnoDB has gathered no statistics of these tables yet"
		return err
	}
	if n := number(*v); n != nil {
		at := time.Unix(0, 0).Add(seconds(*n))
		f.statistics = &at
	}
	return nil
}

func whole(p *float64) *int64 {
	if p == nil {
		return nil
	}
	return ptr(int64(*p))
}

// judge puts what is known into the Stats, and the reasons for the rest.
func (f *sizeFacts) judge(st *db.Stats) {
	if st.FileBytes = f.bytes; f.bytes != nil {
		delete(st.Missing, "file_bytes")
		if st.PageSize != nil && *st.PageSize > 0 {
			st.Pages = ptr(*f.bytes / *st.PageSize)
			delete(st.Missing, "pages")
		}
	} else if f.whyBytes != "" {
		st.Missing["file_bytes"], st.Missing["pages"] = f.whyBytes, f.whyBytes
	}
	if st.DiskFreeBytes = f.free; f.free != nil {
		delete(st.Missing, "disk_free_bytes")
	} else if f.whyFree != "" {
		st.Missing["disk_free_bytes"] = f.whyFree
	}
	if f.others != "" {
		st.Missing[db.MissingOthers] = f.others
	}
	if st.WALBytes = f.redo; f.redo != nil {
		delete(st.Missing, "wal_bytes")
	}
	if st.StatisticsAt = f.statistics; f.statistics != nil {
		delete(st.Missing, "statistics_at")
	} else if f.whyAt != "" {
		st.Missing["statistics_at"] = f.whyAt
	}
}
