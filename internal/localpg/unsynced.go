package localpg

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/jackc/pgx/v5"
)

// calmLimit is for going back to safety when the caller has no time left.
const calmLimit = 15 * time.Second

// Unsynced runs f while the server does not wait for the disk, which fills an
// empty database in half the time. Should the machine (not just a process)
// crash meanwhile, all databases of the folder may be lost. When f went well,
// what it wrote is safe when Unsynced returns.
func (s *Server) Unsynced(ctx context.Context, f func() error) error {
	if s.fast {
		return f()
	}
	if err := s.setSync(ctx, "off"); err != nil {
		return err
	}
	err := f()
	calm, cancel := context.WithTimeout(context.WithoutCancel(ctx), calmLimit)
	defer cancel()
	return errors.Join(err, s.setSync(calm, "on"))
}

// setSync changes fsync for all sessions and returns when the change has
// arrived; switched on, it first brings to the disk what is not there yet.
func (s *Server) setSync(ctx context.Context, want string) (err error) {
	conn, err := pgx.Connect(ctx, s.URL("postgres"))
	if err != nil {
		return fmt.Errorf("set fsync %s: %w", want, err)
	}
	defer func() { err = errors.Join(err, conn.Close(ctx)) }()
	for _, sql := range []string{"ALTER SYSTEM SET fsync = " + want, "SELECT pg_reload_conf()"} {
		if _, err := conn.Exec(ctx, sql); err != nil {
			return fmt.Errorf("set fsync %s: %w", want, err)
		}
	}
	if err := awaitSetting(ctx, conn, want); err != nil {
		return fmt.Errorf("set fsync %s: %w", want, err)
	}
	if want == "off" {
		return nil
	}
	_, err = conn.Exec(ctx, "CHECKPOINT")
	return err
}

// awaitSetting returns when the server's signal has reached this session.
func awaitSetting(ctx context.Context, conn *pgx.Conn, want string) error {
	tick := time.NewTicker(pollEvery)
	defer tick.Stop()
	for {
		var is string
		if err := conn.QueryRow(ctx, "SHOW fsync").Scan(&is); err != nil || is == want {
			return err
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return ctx.Err()
		}
	}
}
