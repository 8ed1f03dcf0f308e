package scoreboard

import (
	"database/sql"

	"github.com/alexedwards/scs/bunstore"
	"github.com/alexedwards/scs/gormstore"
	"github.com/alexedwards/scs/v2"
	gormsqlite "github.com/glebarez/sqlite"
	"github.com/uptrace/bun"
	"github.com/uptrace/bun/dialect/mysqldialect"
	"github.com/uptrace/bun/dialect/pgdialect"
	"github.com/uptrace/bun/dialect/sqlitedialect"
	_ "github.com/uptrace/bun/driver/pgdriver"
	"github.com/uptrace/bun/schema"
	gormmysql "gorm.io/driver/mysql"
	gormpostgres "gorm.io/driver/postgres"
	"gorm.io/gorm"
	"gorm.io/gorm/logger"
)

var (
	gormPostgres = inGORM("pgx", func(db *sql.DB) gorm.Dialector { return gormpostgres.New(gormpostgres.Config{Conn: db}) })
	gormMySQL    = inGORM("mysql", func(db *sql.DB) gorm.Dialector { return gormmysql.New(gormmysql.Config{Conn: db}) })
	gormSQLite   = inGORM("sqlite", func(db *sql.DB) gorm.Dialector { return gormsqlite.Dialector{Conn: db} })

	bunPostgres = inBun("pg", func() schema.Dialect { return pgdialect.New() })
	bunMySQL    = inBun("mysql", func() schema.Dialect { return mysqldialect.New() })
	bunSQLite   = inBun("sqlite", func() schema.Dialect { return sqlitedialect.New() })
)

func inGORM(driver string, dialector func(*sql.DB) gorm.Dialector) opener {
	return inDB(driver, func(db *sql.DB) (scs.Store, error) {
		g, err := gorm.Open(dialector(db), &gorm.Config{Logger: logger.Discard})
		if err != nil {
			return nil, err
		}
		return gormstore.NewWithCleanupInterval(g, cleanup)
	})
}

func inBun(driver string, dialect func() schema.Dialect) opener {
	return inDB(driver, func(db *sql.DB) (scs.Store, error) {
		return bunstore.NewWithCleanupInterval(bun.NewDB(db, dialect()), cleanup)
	})
}
