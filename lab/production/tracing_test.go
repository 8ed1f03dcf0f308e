package production

import (
	"bytes"
	"encoding/json"
	"net/http"
	"testing"
	"time"

	"github.com/alexedwards/scs/v2"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/promhttp"
	"github.com/redis/go-redis/extra/redisotel/v9"
	"github.com/redis/go-redis/extra/redisprometheus/v9"
	"github.com/redis/go-redis/v9"
	"github.com/redis/rueidis"
	"github.com/redis/rueidis/rueidisotel"
	"go.opentelemetry.io/otel/sdk/trace"
	"go.opentelemetry.io/otel/sdk/trace/tracetest"

	"github.com/scsredis/stores/goredisstore"
	"github.com/scsredis/stores/internal/redistest"
	"github.com/scsredis/stores/rueidisstore"
)

// TestSpans looks for a token and session data in all recorded spans.
func TestSpans(t *testing.T) {
	goRedis := func(addr string, provider *trace.TracerProvider, statements bool) scs.CtxStore {
		client := redis.NewClient(&redis.Options{Addr: addr})
		t.Cleanup(func() { client.Close() })
		if err := redisotel.InstrumentTracing(client,
			redisotel.WithTracerProvider(provider), redisotel.WithDBStatement(statements)); err != nil {
			t.Fatal(err)
		}
		return goredisstore.New(client)
	}
	rueidisClient := func(addr string, provider *trace.TracerProvider, _ bool) scs.CtxStore {
		client, err := rueidisotel.NewClient(rueidis.ClientOption{InitAddress: []string{addr}},
			rueidisotel.WithTracerProvider(provider))
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(client.Close)
		return rueidisstore.New(client)
	}
	// The error of a server that does not know a command quotes the command.
	withoutMGET := redistest.Options{Args: []string{"--rename-command", "MGET", ""}}
	for _, test := range []struct {
		name                  string
		open                  func(string, *trace.TracerProvider, bool) scs.CtxStore
		statements            bool
		server                redistest.Options
		tokenLeaks, dataLeaks bool
	}{
		{"redisotel", goRedis, false, redistest.Options{}, false, false},
		{"redisotel by default", goRedis, true, redistest.Options{}, true, true},
		{"redisotel without MGET", goRedis, false, withoutMGET, true, false},
		{"rueidisotel by default", rueidisClient, false, redistest.Options{}, false, false},
		{"rueidisotel without MGET", rueidisClient, false, withoutMGET, true, false},
	} {
		exporter := tracetest.NewInMemoryExporter()
		s := test.open(redistest.Start(t, test.server).Addr, trace.NewTracerProvider(trace.WithSyncer(exporter)), test.statements)
		ctx := t.Context()
		s.CommitCtx(ctx, "secretToken", []byte("secretData"), time.Now().Add(time.Hour))
		s.FindCtx(ctx, "secretToken")
		s.(scs.IterableCtxStore).AllCtx(ctx)
		s.DeleteCtx(ctx, "secretToken")
		spans, err := json.Marshal(exporter.GetSpans())
		if n := len(exporter.GetSpans()); n < 4 || err != nil {
			t.Fatalf("%s: %d spans, %v; want one a call at least", test.name, n, err)
		}
		token, data := bytes.Contains(spans, []byte("secretToken")), bytes.Contains(spans, []byte("secretData"))
		if token != test.tokenLeaks || data != test.dataLeaks {
			t.Errorf("%s: token leaks: %v, data: %v; want %v, %v\n%s", test.name, token, data, test.tokenLeaks, test.dataLeaks, spans)
		}
	}
}

// The metrics are the connections of the pool and how often a call has waited for one.
func Example_prometheus() {
	client := redis.NewClient(&redis.Options{Addr: "localhost:6379"})
	prometheus.MustRegister(redisprometheus.NewCollector("app", "sessions", client))
	http.Handle("/metrics", promhttp.Handler())
}
