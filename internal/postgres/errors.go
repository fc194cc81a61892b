package postgres

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"

	"github.com/jackc/pgx/v5"
	"github.com/jackc/pgx/v5/pgconn"
	"github.com/jackc/pgx/v5/pgxpool"

	"guichet/internal/booking"
)

// kind is what an error of PostgreSQL means for whoever asked.
type kind int

const (
	bug      kind = iota // asking again changes nothing
	conflict             // what is stored says otherwise
	busy                 // somebody holds what is needed; ask again at once
	slow                 // it took too long, and came to nothing
	away                 // nobody answers, or not as a server that can write; ask again later
)

// states sorts SQLSTATE: a whole code counts before its class, the first two
// letters. Everything else is a bug.
//
// https://www.postgresql.org/docs/15/errcodes-appendix.html
var states = map[string]kind{
	"08": away, // connection exception
	"53": away, // insufficient resources: disk, memory, connections
	"57": away, // operator intervention: shut down, crash, starting up, database dropped
	"58": away, // system error: input and output
	"F0": away, // configuration file error

	"25006": away, // read-only: a standby, or a server that a failover left behind
	"25P03": away, // idle in transaction for too long: the connection is gone
	"25P04": away, // transaction timeout: the same
	"40003": away, // statement completion unknown

	"40001": busy, // serialization failure
	"40P01": busy, // deadlock
	"55006": busy, // object in use
	"55P03": busy, // lock timeout
	"57014": slow, // cancelled: statement timeout, or the page's time is over

	"23505": conflict, // unique violation
	"23P01": conflict, // exclusion violation
}

// kindOf sorts an error of the driver or the server.
func kindOf(err error) kind {
	var (
		pg      *pgconn.PgError
		connect *pgconn.ConnectError
	)
	switch {
	case errors.As(err, &connect): // whatever the server said, it let nobody in
		return away
	case !errors.As(err, &pg):
		return kindOfConnection(err)
	}
	if _, known := constraints[pg.ConstraintName]; known {
		return conflict
	}
	if k, known := states[pg.Code]; known {
		return k
	}
	return states[pg.Code[:min(2, len(pg.Code))]]
}

// kindOfConnection tells a lost connection, and a pool that has none to give,
// from a fault of the program.
func kindOfConnection(err error) kind {
	var network net.Error // also a context whose time is over
	switch {
	case errors.As(err, &network), errors.Is(err, io.EOF), errors.Is(err, io.ErrUnexpectedEOF), errors.Is(err, net.ErrClosed),
		pgconn.SafeToRetry(err), pgconn.Timeout(err):
		return away
	}
	return bug
}

// domainError translates what PostgreSQL says into the domain's errors, for
// every store of this package.
func domainError(err error) error {
	var pg *pgconn.PgError
	switch {
	case err == nil, isSorted(err):
		return err
	case errors.Is(err, pgx.ErrNoRows):
		return booking.ErrNotFound
	}
	switch kindOf(err) {
	case away:
		return fmt.Errorf("%w: %w", booking.ErrAway, err)
	case slow:
		return fmt.Errorf("%w: %w", booking.ErrSlow, err)
	case busy:
		return fmt.Errorf("%w: %w", booking.ErrBusy, err)
	case conflict:
		if errors.As(err, &pg) && constraints[pg.ConstraintName] != nil {
			return fmt.Errorf("%w: %w", constraints[pg.ConstraintName], err)
		}
		return fmt.Errorf("%w: %w", booking.ErrChanged, err)
	default:
		return err
	}
}

// isSorted reports that an error went through domainError before, deeper down.
func isSorted(err error) bool {
	return errors.Is(err, booking.ErrAway) || errors.Is(err, booking.ErrBusy) || errors.Is(err, booking.ErrUncertain)
}

// commitError tells a refused COMMIT from one of which nobody knows whether it
// counts: its answer was lost, or the server ended while it worked on it.
func commitError(err error) error {
	var refused *pgconn.PgError
	switch {
	case err == nil:
		return nil
	case errors.Is(err, pgx.ErrTxCommitRollback):
		return domainError(err)
	case errors.As(err, &refused) && refused.Severity != "FATAL" && refused.Severity != "PANIC" && refused.Code != "40003":
		return domainError(err)
	}
	return errors.Join(booking.ErrUncertain, err)
}

// Writable returns booking.ErrAway when the server that the pool reaches takes
// no writes: it recovers, or it was made read-only.
func Writable(ctx context.Context, pool *pgxpool.Pool) error {
	var recovers, readOnly bool
	err := pool.QueryRow(ctx, `SELECT pg_is_in_recovery(), current_setting('transaction_read_only')::bool`).Scan(&recovers, &readOnly)
	switch {
	case err != nil:
		return domainError(err)
	case recovers:
		return fmt.Errorf("%w: the server is in recovery, so it takes no writes", booking.ErrAway)
	case readOnly:
		return fmt.Errorf("%w: the server is read-only", booking.ErrAway)
	}
	return nil
}
