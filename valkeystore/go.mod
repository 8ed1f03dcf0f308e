module github.com/scsredis/stores/valkeystore

go 1.24

require (
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/scsredis/stores/internal v0.0.0
	github.com/valkey-io/valkey-go v1.0.69
)

require (
	github.com/anishathalye/porcupine v1.3.1 // indirect
	github.com/scsredis/stores/storetest v0.0.0 // indirect
	golang.org/x/sys v0.31.0 // indirect
)

replace github.com/scsredis/stores/internal => ../internal

replace github.com/scsredis/stores/storetest => ../storetest
