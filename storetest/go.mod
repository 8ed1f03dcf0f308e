module github.com/scsredis/stores/storetest

go 1.24

require github.com/alexedwards/scs/v2 v2.9.0

require github.com/anishathalye/porcupine v1.3.1
