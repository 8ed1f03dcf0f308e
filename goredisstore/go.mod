module github.com/scsredis/stores/goredisstore

go 1.24

require (
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/redis/go-redis/v9 v9.14.1
	github.com/scsredis/stores/internal v0.0.0
)

require (
	github.com/anishathalye/porcupine v1.3.1 // indirect
	github.com/cespare/xxhash/v2 v2.3.0 // indirect
	github.com/dgryski/go-rendezvous v0.0.0-20200823014737-9f7001d12a5f // indirect
	github.com/scsredis/stores/storetest v0.0.0 // indirect
)

replace github.com/scsredis/stores/internal => ../internal

replace github.com/scsredis/stores/storetest => ../storetest
