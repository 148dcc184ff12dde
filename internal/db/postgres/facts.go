package postgres

import (
	"context"
	"fmt"
	"time"
)

// knowledge is what stays true of a server while a connection lives.
type knowledge struct {
	of         int64 // the connection it was asked on
	at         time.Time
	number     int // server_version_num
	version    string
	product    product
	user       string                     // whom the server takes us for, as a GRANT names it
	block      int64                      // bytes of a page
	prepares   bool                       // it lets transactions be prepared for a two-phase commit
	textSize   int                        // bytes that pg_stat_activity keeps of a statement
	columns    map[string]map[string]bool // of the views whose columns differ between versions
	statements string                     // pg_stat_statements' schema, quoted; "" where it is not made or not loaded
	unreadable bool                       // its texts cannot be shown here: as if it were not made
	loaded     bool                       // pg_stat_statements is among shared_preload_libraries, which not everybody may read
	hypopg     string                     // HypoPG's version; "" without it
	hypopgIn   string                     // its schema, quoted
	hides      bool                       // HypoPG can hide real indexes
	hushes     bool                       // we may leave our own errors out of its log
	catches    bool                       // it has a language to catch errors in
	totals     totalsQuery
	apart      bool // the sums of statements are asked for by themselves
}

// views are those whose columns come, go and move between versions 13 and 18.
const views = "'pg_stat_database', 'pg_stat_bgwriter', 'pg_stat_checkpointer', 'pg_stat_wal', 'pg_stat_activity', 'pg_stat_statements', 'pg_stat_statements_info'"

// factsEvery is how long an extension that somebody else made or dropped may
// stay unseen.
const factsEvery = time.Minute

// facts answers what is known, and asks again on a new connection: the server
// may be another version now.
func (e *Engine) facts(ctx context.Context, c *conn) (*knowledge, error) {
	if now := e.connects.Load(); e.known.of != now || time.Since(e.known.at) > factsEvery {
		k, err := readFacts(ctx, c)
		if err != nil {
			return nil, fmt.Errorf("look at the server: %w", err)
		}
		k.of, k.at = now, time.Now()
		e.withoutUnreadable(&k)
		k.totals = statsSQL(&k)
		e.known = k
		e.hushes.Store(k.hushes)
		e.catches.Store(k.catches)
	}
	return &e.known, nil
}

func readFacts(ctx context.Context, c *conn) (knowledge, error) {
	var k knowledge
	var text string
	err := c.row(ctx, `SELECT /* mltop */ current_setting('server_version_num')::int8, current_setting('server_version'), current_setting('block_size')::int8,
		pg_size_bytes(current_setting('track_activity_query_size')),
		coalesce((SELECT quote_ident(n.nspname) FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname = 'pg_stat_statements'), ''),
		EXISTS (SELECT FROM pg_settings WHERE name = 'pg_stat_statements.max'), coalesce(current_setting('max_prepared_transactions', true)::int8, 0) > 0,
		coalesce((SELECT quote_ident(n.nspname) FROM pg_extension x JOIN pg_namespace n ON n.oid = x.extnamespace WHERE x.extname = 'hypopg'), ''),
		coalesce((SELECT extversion FROM pg_extension WHERE extname = 'hypopg'), ''),
		EXISTS (SELECT FROM pg_proc WHERE proname = 'hypopg_hide_index'), current_setting('is_superuser') = 'on',
		EXISTS (SELECT FROM pg_language WHERE lanname = 'plpgsql' AND has_language_privilege(oid, 'USAGE')),
		quote_ident(current_user), version() || CASE WHEN EXISTS (SELECT FROM pg_proc WHERE proname = 'aurora_version') THEN ' Aurora' ELSE '' END`, nil,
		&k.number, &k.version, &k.block, &k.textSize, &k.statements, &k.loaded, &k.prepares, &k.hypopgIn, &k.hypopg, &k.hides, &k.hushes, &k.catches, &k.user, &text)
	if err != nil {
		return k, err
	}
	if !k.loaded {
		k.statements = ""
	}
	if err := readHush(ctx, c, &k); err != nil {
		return k, err
	}
	k.product = judgeProduct(k.version, text)
	k.columns = map[string]map[string]bool{}
	var list []struct {
		View   string `db:"v"`
		Column string `db:"c"`
	}
	err = c.list(ctx, &list, `SELECT /* mltop */ r.relname::text AS v, a.attname::text AS c FROM pg_class r JOIN pg_attribute a ON a.attrelid = r.oid
		WHERE r.relname IN (`+views+`) AND r.relkind = 'v' AND a.attnum > 0 AND NOT a.attisdropped`)
	for _, x := range list {
		if k.columns[x.View] == nil {
			k.columns[x.View] = map[string]bool{}
		}
		k.columns[x.View][x.Column] = true
	}
	return k, err
}

// has reports whether this version's view has a column.
func (k *knowledge) has(view, column string) bool { return k.columns[view][column] }
