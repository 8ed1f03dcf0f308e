package redistest

import "crypto/tls"

// Endpoint says where a server is, and how a client gets in.
type Endpoint struct {
	// Network and Addr are what net.Dial takes.
	Network, Addr string

	// TLS is the client's configuration, nil where the server wants none.
	TLS *tls.Config

	// Login returns the user and the password for a connection that is made now.
	// It may be called at any time, by any goroutine. Nil means that connections
	// need not log in.
	Login func() (user, password string)
}

// As returns the endpoint for a user.
func (e Endpoint) As(user, password string) Endpoint {
	e.Login = func() (string, string) { return user, password }
	return e
}

// Endpoint returns how clients reach the server, by its proxy if it has one.
func (s *Server) Endpoint() Endpoint {
	if s.Proxy != nil {
		return Endpoint{Network: "tcp", Addr: s.Proxy.Addr, TLS: s.TLS}
	}
	return Endpoint{Network: s.Network, Addr: s.Addr, TLS: s.TLS}
}

// Endpoint returns how clients reach the server.
func (s *Scripted) Endpoint() Endpoint {
	return Endpoint{Network: "tcp", Addr: s.l.Addr().String()}
}
