module github.com/scsredis/stores/internal

go 1.24
