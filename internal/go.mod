module github.com/scsredis/stores/internal

go 1.24

require (
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/scsredis/stores/storetest v0.0.0
)

require github.com/anishathalye/porcupine v1.3.1 // indirect

replace github.com/scsredis/stores/storetest => ../storetest
