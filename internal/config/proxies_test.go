package config_test

import (
	"net/netip"
	"testing"

	"guichet/internal/config"
)

func TestProxies(t *testing.T) {
	t.Parallel()
	c := config.Config{TrustedProxies: " loopback ,10.1.2.3, 192.0.2.77/24,private,2001:db8::1 ,"}
	for address, want := range map[string]bool{
		"127.0.0.1": true, "127.9.9.9": true, "::1": true,
		"10.1.2.3": true, "10.99.0.1": true, "172.31.0.1": true, "192.168.7.7": true, "fd12::1": true,
		"192.0.2.1": true, "2001:db8::1": true,
		"2001:db8::2": false, "192.0.3.1": false, "172.32.0.1": false, "203.0.113.9": false, "fe80::1": false,
	} {
		var got bool
		for _, network := range c.Proxies() {
			got = got || network.Contains(netip.MustParseAddr(address))
		}
		if got != want {
			t.Errorf("%s is trusted: %v", address, got)
		}
	}
}

func TestExposed(t *testing.T) {
	t.Parallel()
	for _, c := range []struct {
		addr, proxies   string
		exposed, warned bool
	}{
		{"127.0.0.1:8080", "", false, false},
		{"[::1]:8080", "", false, false},
		{"localhost:8080", "", false, false},
		{":8080", "", true, false},
		{"0.0.0.0:8080", "", true, false},
		{"192.0.2.1:8080", " ,", true, false},
		{"192.0.2.1:8080", "192.0.2.2", false, false},
		{":8080", "loopback, private", false, true},
	} {
		got := config.Config{Addr: c.addr, TrustedProxies: c.proxies}
		if got.Exposed() != c.exposed || got.TrustsPrivate() != c.warned {
			t.Errorf("%+v: exposed %v, trusts private %v", c, got.Exposed(), got.TrustsPrivate())
		}
	}
}
