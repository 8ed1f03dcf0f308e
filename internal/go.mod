module github.com/scsredis/stores/internal

go 1.24

require (
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/anishathalye/porcupine v1.3.1
	github.com/scsredis/stores/storetest v0.0.0
)

replace github.com/scsredis/stores/storetest => ../storetest
