module github.com/scsredis/stores/demo

go 1.26.0

require (
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/alicebob/miniredis/v2 v2.40.0
	github.com/gomodule/redigo v1.9.3
	github.com/redis/go-redis/v9 v9.23.0
	github.com/redis/rueidis v1.0.79
	github.com/rueian/rueidis v0.0.100
	github.com/scsredis/stores/goredisstore v0.0.0
	github.com/scsredis/stores/internal v0.0.0
	github.com/scsredis/stores/redigostore v0.0.0
	github.com/scsredis/stores/rueidisstore v0.0.0
	github.com/scsredis/stores/rueidisstore/rueian v0.0.0
	github.com/scsredis/stores/valkeystore v0.0.0
	github.com/valkey-io/valkey-go v1.0.79
)

require (
	github.com/anishathalye/porcupine v1.3.1 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/scsredis/stores/storetest v0.0.0
	github.com/yuin/gopher-lua v1.1.1 // indirect
	go.uber.org/atomic v1.12.0 // indirect
	golang.org/x/sys v0.48.0 // indirect
)

replace (
	github.com/scsredis/stores/goredisstore => ../goredisstore
	github.com/scsredis/stores/internal => ../internal
	github.com/scsredis/stores/redigostore => ../redigostore
	github.com/scsredis/stores/rueidisstore => ../rueidisstore
	github.com/scsredis/stores/rueidisstore/rueian => ../rueidisstore/rueian
	github.com/scsredis/stores/storetest => ../storetest
	github.com/scsredis/stores/valkeystore => ../valkeystore
)
