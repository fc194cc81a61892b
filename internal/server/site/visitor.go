package site

import (
	"net/http"
	"net/netip"
	"slices"
	"strings"
)

// Proxies are those in front of the portal, whose word about a visitor is taken.
type Proxies struct {
	Trusted []netip.Prefix // their networks; none: nobody's word is taken
	Header  string         // where each appends the address that it was called from
}

// visitor is where a request comes from: the last address, read from the portal
// outwards, that is no trusted proxy's. What stands before it, anybody may have
// written. What is no address is no visitor's: the proxy that wrote it counts.
// Invalid when the connection has no address.
func (p Proxies) visitor(r *http.Request) netip.Addr {
	at := readAddr(r.RemoteAddr)
	if !p.trusts(at) {
		return at
	}
	list := strings.Split(strings.Join(r.Header.Values(p.Header), ","), ",")
	for _, text := range slices.Backward(list) {
		from := readAddr(strings.TrimSpace(text))
		if !from.IsValid() {
			return at
		}
		if at = from; !p.trusts(at) {
			return at
		}
	}
	return at
}

func (p Proxies) trusts(addr netip.Addr) bool {
	return slices.ContainsFunc(p.Trusted, func(n netip.Prefix) bool { return n.Contains(addr) })
}

// saysPlain reports whether a trusted proxy says that a visitor came without TLS.
func (p Proxies) saysPlain(r *http.Request) bool {
	return p.trusts(readAddr(r.RemoteAddr)) && strings.EqualFold(r.Header.Get("X-Forwarded-Proto"), "http")
}

// readAddr reads an address with or without a port; invalid when it is none.
func readAddr(text string) netip.Addr {
	addr, err := netip.ParseAddr(strings.Trim(text, "[]"))
	if err != nil {
		withPort, err := netip.ParseAddrPort(text)
		if err != nil {
			return netip.Addr{}
		}
		addr = withPort.Addr()
	}
	return addr.Unmap().WithZone("")
}

// Network returns where a request comes from, as limits count it: an IPv4
// address, or the /64 that one IPv6 customer has; "unknown" when it has no address.
func (s *Site) Network(r *http.Request) string {
	addr := s.Proxies.visitor(r)
	switch {
	case !addr.IsValid():
		return "unknown"
	case addr.Is4():
		return addr.String()
	}
	return netip.PrefixFrom(addr, 64).Masked().String()
}
