package app

import (
	"context"
	"fmt"
	"net"
)

// Listen opens a TCP address. Its error names the setting to change.
func Listen(ctx context.Context, setting, addr string) (net.Listener, error) {
	listener, err := new(net.ListenConfig).Listen(ctx, "tcp", addr)
	if err != nil {
		return nil, fmt.Errorf("cannot listen on %s: stop what uses it, or set %s to another address: %w", addr, setting, err)
	}
	return listener, nil
}
