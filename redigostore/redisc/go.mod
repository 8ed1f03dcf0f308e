module github.com/scsredis/stores/redigostore/redisc

go 1.24

require (
	github.com/alexedwards/scs/v2 v2.9.0
	github.com/gomodule/redigo v1.9.2
	github.com/mna/redisc v1.4.0
	github.com/scsredis/stores/internal v0.0.0
	github.com/scsredis/stores/redigostore v0.0.0
)

require (
	github.com/anishathalye/porcupine v1.3.1 // indirect
	github.com/scsredis/stores/storetest v0.0.0 // indirect
)

replace github.com/scsredis/stores/internal => ../../internal

replace github.com/scsredis/stores/redigostore => ../

replace github.com/scsredis/stores/storetest => ../../storetest
