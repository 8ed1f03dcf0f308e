package redistest

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// useTLS writes a new certificate to dir, sets s.TLS and returns the arguments for the
// server. The certificate is the server's and the clients', and the authority that both
// trust.
func (s *Server) useTLS(tb testing.TB, dir string) (args []string) {
	tb.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	check(tb, err)
	template := &x509.Certificate{
		SerialNumber:          big.NewInt(time.Now().UnixNano()),
		NotBefore:             time.Now().Add(-time.Hour),
		NotAfter:              time.Now().Add(24 * time.Hour),
		IPAddresses:           []net.IP{net.IPv4(127, 0, 0, 1)},
		KeyUsage:              x509.KeyUsageDigitalSignature | x509.KeyUsageCertSign,
		ExtKeyUsage:           []x509.ExtKeyUsage{x509.ExtKeyUsageServerAuth, x509.ExtKeyUsageClientAuth},
		BasicConstraintsValid: true,
		IsCA:                  true,
	}
	cert, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	check(tb, err)
	der, err := x509.MarshalPKCS8PrivateKey(key)
	check(tb, err)
	pemCert := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: cert})
	pemKey := pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der})
	file := filepath.Join(dir, "tls.pem")
	check(tb, os.WriteFile(file, append(pemCert, pemKey...), 0o600))
	pair, err := tls.X509KeyPair(pemCert, pemKey)
	check(tb, err)
	roots := x509.NewCertPool()
	roots.AppendCertsFromPEM(pemCert)
	s.TLS = &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{pair}, ServerName: "127.0.0.1"}
	return []string{"--tls-ca-cert-file", file, "--tls-cert-file", file, "--tls-key-file", file}
}

// ReplaceAuthority restarts the server with another certificate, which clients with the
// old TLS do not trust. Nor does the server trust them.
func (s *Server) ReplaceAuthority(tb testing.TB) {
	tb.Helper()
	s.Stop(tb)
	s.useTLS(tb, filepath.Dir(s.args[0]))
	s.Restart(tb)
}
