package rueidisstore_test

import (
	"net"
	"time"

	"github.com/rueian/rueidis"
	"github.com/scsredis/stores/internal/redistest"
)

const tcpOnly, fixedPassword = true, true

func dial(server redistest.Endpoint) (rueidis.Client, error) {
	opts := rueidis.ClientOption{
		InitAddress:      []string{server.Addr},
		TLSConfig:        server.TLS,
		Dialer:           net.Dialer{Timeout: time.Second, KeepAlive: time.Second},
		ConnWriteTimeout: time.Second,
	}
	if server.Login != nil {
		opts.Username, opts.Password = server.Login()
	}
	return rueidis.NewClient(opts)
}
