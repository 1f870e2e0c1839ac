//! `cargo xtask bench`: the release server on a fresh database.

use crate::build;
use crate::command;
use crate::failure::Result;
use crate::postgres::{BENCH, Postgres};
use crate::step::Steps;
use crate::workspace::Workspace;

pub fn bench(ws: &Workspace, args: &[String]) -> Result<()> {
    let mut steps = Steps::new();
    steps.run("Release build", || {
        build::native(ws, true, &["bellwether-server", "bellwether-bench"])
    })?;
    let postgres = steps.run("PostgreSQL", || {
        let postgres = Postgres::start(ws, &BENCH)?;
        postgres.create_database("bellwether")?;
        postgres.sql("bellwether", "CREATE EXTENSION IF NOT EXISTS pg_stat_statements")?;
        Ok(postgres)
    })?;
    steps.run("Benchmark", || {
        let mut bench = ws.command(ws.binary(true, "bellwether-bench"));
        bench
            .args(args)
            .env("BENCH_DATABASE_URL", postgres.url("bellwether"))
            .env("BELLWETHER_BIN", ws.binary(true, "bellwether"))
            .env("POSTGRES_PID", postgres.pid().to_string());
        command::run(
            &mut bench,
            "its messages are above; PostgreSQL's are in .data/logs/postgres-bench.log",
        )
    })
}
