package postgres

import (
	"context"
	"time"
)

// Codes of texts that the server cannot show in this database's encoding.
const (
	codeBytes          = "22021" // character_not_in_repertoire
	codeUntranslatable = "22P05"
)

// unreadableFor is how long pg_stat_statements is left alone behind such an
// answer: each further one is a line of the server's log.
const unreadableFor = 10 * time.Minute

const whyUnreadable = "pg_stat_statements holds the text of a statement of another database, in bytes that this database's encoding does not have, and then shows none at all: SELECT pg_stat_statements_reset() ends it"

// unreadable reports that an error says so, and remembers it: from now on
// this server is one without pg_stat_statements. The caller holds mu.
func (e *Engine) unreadable(err error) bool {
	if code := codeOf(err); code != codeBytes && code != codeUntranslatable {
		return false
	}
	e.unreadableSince, e.known.of = time.Now(), 0
	return true
}

// withoutUnreadable leaves pg_stat_statements out of what is known of a server
// whose texts cannot be read.
func (e *Engine) withoutUnreadable(k *knowledge) {
	if !e.unreadableSince.IsZero() && time.Since(e.unreadableSince) < unreadableFor {
		k.statements, k.unreadable = "", true
	}
}

// glanceAgain is glance, and a second one where the first found that texts
// cannot be read.
func (e *Engine) glanceAgain(ctx context.Context, who string, read func(*conn) error) error {
	again := false
	err := e.glance(ctx, who, func(c *conn) error {
		err := read(c)
		again = e.unreadable(err)
		return err
	})
	if again {
		return e.glance(ctx, who, read)
	}
	return err
}
