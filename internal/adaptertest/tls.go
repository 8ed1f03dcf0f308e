package adaptertest

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"sync/atomic"
	"testing"

	"github.com/scsredis/stores/internal/redistest"
)

// testTLS: a store works over TLS with a client certificate. Every call fails without
// one, and if another authority has issued the server's.
func testTLS(t *testing.T, a Adapter) {
	server := redistest.Start(t, redistest.Options{TLS: true})
	target := a.target(server)
	certificate, withheld := target.TLS.Certificates[0], new(atomic.Bool)
	target.TLS = target.TLS.Clone()
	target.TLS.GetClientCertificate = func(*tls.CertificateRequestInfo) (*tls.Certificate, error) {
		if withheld.Load() {
			return new(tls.Certificate), nil
		}
		return &certificate, nil
	}
	s := a.open(t, target)
	token := newToken()
	if err := callAll(s, token, "data"); err != nil {
		t.Fatal(err)
	}

	MustCommit(t, s, token, "data")
	withheld.Store(true)
	server.Do(t, "CLIENT", "KILL", "TYPE", "normal")
	wantErrors(t, a, s, token)
	withheld.Store(false)
	wantRecovery(t, s)

	MustCommit(t, s, token, "data")
	server.ReplaceAuthority(t)
	wantErrors(t, a, s, token)
	var distrust x509.UnknownAuthorityError
	if _, _, err := s.FindCtx(context.Background(), token); !errors.As(err, &distrust) {
		t.Errorf("FindCtx = %v (%T); want an %T in it", err, err, distrust)
	}
}
