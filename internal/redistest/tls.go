package redistest

import (
	"crypto"
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"math/big"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

// useTLS writes certificates to dir, sets s.TLS and returns the arguments for
// the server.
func (s *Server) useTLS(dir string) (args []string, err error) {
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	server, err := ca.issue("server", x509.ExtKeyUsageServerAuth)
	if err != nil {
		return nil, err
	}
	client, err := ca.issue("client", x509.ExtKeyUsageClientAuth)
	if err != nil {
		return nil, err
	}
	key, err := x509.MarshalPKCS8PrivateKey(server.PrivateKey)
	if err != nil {
		return nil, err
	}
	args = []string{"--tls-auth-clients", "yes"}
	for _, file := range []struct {
		option, kind string
		der          []byte
	}{
		{"--tls-ca-cert-file", "CERTIFICATE", ca.cert.Raw},
		{"--tls-cert-file", "CERTIFICATE", server.Certificate[0]},
		{"--tls-key-file", "PRIVATE KEY", key},
	} {
		path := filepath.Join(dir, file.option[len("--"):])
		if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: file.kind, Bytes: file.der}), 0o600); err != nil {
			return nil, err
		}
		args = append(args, file.option, path)
	}
	roots := x509.NewCertPool()
	roots.AddCert(ca.cert)
	s.TLS = &tls.Config{RootCAs: roots, Certificates: []tls.Certificate{client}, ServerName: "127.0.0.1"}
	return args, nil
}

// ReplaceAuthority restarts the server with certificates of another authority, which
// clients with the old TLS do not trust. Nor does the server trust them.
func (s *Server) ReplaceAuthority(tb testing.TB) {
	tb.Helper()
	s.Stop(tb)
	if _, err := s.useTLS(filepath.Dir(s.args[0])); err != nil {
		tb.Fatalf("redistest: %v", err)
	}
	s.Restart(tb)
}

// authority is a certificate authority for one test.
type authority struct {
	cert *x509.Certificate
	key  crypto.Signer
}

func newAuthority() (*authority, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return nil, err
	}
	template := newTemplate("authority")
	template.IsCA, template.BasicConstraintsValid = true, true
	template.KeyUsage = x509.KeyUsageCertSign
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		return nil, err
	}
	cert, err := x509.ParseCertificate(der)
	return &authority{cert, key}, err
}

func (ca *authority) issue(name string, usage x509.ExtKeyUsage) (tls.Certificate, error) {
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		return tls.Certificate{}, err
	}
	template := newTemplate(name)
	template.KeyUsage = x509.KeyUsageDigitalSignature
	template.ExtKeyUsage = []x509.ExtKeyUsage{usage}
	template.IPAddresses = []net.IP{net.IPv4(127, 0, 0, 1)}
	der, err := x509.CreateCertificate(rand.Reader, template, ca.cert, key.Public(), ca.key)
	return tls.Certificate{Certificate: [][]byte{der}, PrivateKey: key}, err
}

func newTemplate(name string) *x509.Certificate {
	return &x509.Certificate{
		SerialNumber: big.NewInt(time.Now().UnixNano()),
		Subject:      pkix.Name{CommonName: name},
		NotBefore:    time.Now().Add(-time.Hour),
		NotAfter:     time.Now().Add(24 * time.Hour),
	}
}
