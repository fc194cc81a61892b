package config

import (
	"fmt"
	"net"
	"net/netip"
	"strings"
)

// networksByName are what may be said instead of addresses.
var networksByName = map[string][]string{
	"loopback": {"127.0.0.0/8", "::1/128"},
	"private":  {"10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "fc00::/7"},
}

// Proxies returns the networks of TrustedProxies.
func (c Config) Proxies() []netip.Prefix {
	list, _ := readNetworks(c.TrustedProxies) // Load has read it
	return list
}

// Exposed reports whether others than this machine may connect to the portal, and
// no proxy is named through which they would.
func (c Config) Exposed() bool {
	host, _, err := net.SplitHostPort(c.Addr)
	return err == nil && !isLoopback(host) && len(c.Proxies()) == 0
}

// TrustsPrivate reports whether every machine of a private network may say where
// a visitor comes from.
func (c Config) TrustsPrivate() bool {
	for name := range strings.SplitSeq(c.TrustedProxies, ",") {
		if strings.TrimSpace(name) == "private" {
			return true
		}
	}
	return false
}

// readNetworks reads CIDRs, addresses and names of networks. A network that holds
// every address is refused: everybody could write the header then.
func readNetworks(text string) ([]netip.Prefix, error) {
	var list []netip.Prefix
	for word := range strings.SplitSeq(text, ",") {
		word = strings.TrimSpace(word)
		if word == "" {
			continue
		}
		words, ok := networksByName[word]
		if !ok {
			words = []string{word}
		}
		for _, w := range words {
			network, err := readNetwork(w)
			if err != nil {
				return nil, err
			}
			list = append(list, network)
		}
	}
	return list, nil
}

func readNetwork(word string) (netip.Prefix, error) {
	if addr, err := netip.ParseAddr(word); err == nil && addr.Zone() == "" {
		return netip.PrefixFrom(addr.Unmap(), addr.Unmap().BitLen()), nil
	}
	network, err := netip.ParsePrefix(word)
	switch {
	case err != nil || network.Addr().Is4In6():
		return netip.Prefix{}, fmt.Errorf("%q is no network; write 10.1.2.0/24, 10.1.2.3, loopback or private, separated by commas", word)
	case network.Bits() == 0:
		return netip.Prefix{}, fmt.Errorf("%q is every address there is; name the proxies alone", word)
	}
	return network.Masked(), nil
}

// isToken says whether a text can be the name of a header.
func isToken(text string) bool {
	return text != "" && strings.Trim(strings.ToLower(text), "abcdefghijklmnopqrstuvwxyz0123456789-_") == ""
}
