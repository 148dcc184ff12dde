package demo

import (
	"context"
	"database/sql"
	"encoding/json"
	"errors"
	"fmt"
)

// An office is the shop's back office: another application, in which somebody
// changes prices in a transaction and goes to lunch before the commit. Whoever
// buys one of these products waits for it, and holds a connection meanwhile.
type office struct {
	pool *sql.DB
	conn *sql.Conn
}

// raisePrices holds half of the products. A checkout writes three of them
// that follow one another, so hardly one can pass.
const raisePrices = `UPDATE products SET price_cents = price_cents + 100 WHERE category IN ('light', 'table')`

// obey carries out orders until ctx ends.
func (d *deployment) obey(ctx context.Context, orders <-chan string, out *json.Encoder) {
	for {
		select {
		case <-ctx.Done():
			return
		case order := <-orders:
			if out.Encode(d.carryOut(ctx, order)) != nil {
				return // the parent is gone
			}
		}
	}
}

func (d *deployment) carryOut(ctx context.Context, order string) held {
	if order != "hold" {
		return held{Error: fmt.Sprintf("no such order: %q", order)}
	}
	if d.office != nil {
		d.office.close() // what it held before is let go
	}
	var id string
	var err error
	if d.office, id, err = openOffice(ctx, d.store); err != nil {
		return held{Error: err.Error()}
	}
	return held{Session: id}
}

// openOffice opens the transaction and answers its session's id.
func openOffice(ctx context.Context, st store) (*office, string, error) {
	pool, err := st.office()
	if err != nil {
		return nil, "", err
	}
	o := &office{pool: pool}
	var id string
	if o.conn, err = pool.Conn(ctx); err == nil {
		id, err = o.forget(ctx, st.dialect())
	}
	if err != nil {
		o.close()
		return nil, "", fmt.Errorf("change prices in the back office: %w", err)
	}
	return o, id, nil
}

func (o *office) forget(ctx context.Context, d *dialect) (id string, err error) {
	if err := o.conn.QueryRowContext(ctx, d.session).Scan(&id); err != nil {
		return "", err
	}
	return id, errors.Join(run(ctx, o.conn, d.begin), run(ctx, o.conn, raisePrices))
}

// close ends the session, and its transaction with it. Somebody may have
// ended it before.
func (o *office) close() {
	if o.conn != nil {
		_ = o.conn.Close()
	}
	_ = o.pool.Close()
}
