//! What a measurement cost: CPU time of each process, and the server's statements.

use std::time::{Duration, Instant};

use crate::{Result, cpu::Spent, database::Database};

/// Watches the server and PostgreSQL.
pub struct Probe<'a> {
    pub database: &'a Database,
    pub postmaster: u32,
    /// The server's process.
    pub server: u32,
}

/// What was so at the beginning.
pub struct Begun {
    spent: Spent,
    at: Instant,
}

/// What it took.
pub struct Cost {
    pub elapsed: Duration,
    pub spent: Spent,
    /// Those inside functions and triggers too, if they are watched.
    pub statements: Vec<Statement>,
}

/// One kind of statement.
pub struct Statement {
    pub text: String,
    pub calls: i64,
    /// Whether the server sent it; else it stands in a function.
    pub is_sent: bool,
    /// Time in PostgreSQL, waiting for locks and disks included.
    pub total_ms: f64,
}

impl Cost {
    /// Statements that the server sent, BEGIN and COMMIT included.
    pub fn calls(&self) -> i64 {
        self.statements
            .iter()
            .filter(|statement| statement.is_sent)
            .map(|statement| statement.calls)
            .sum()
    }
}

impl Probe<'_> {
    pub async fn begin(&self) -> Result<Begun> {
        self.database
            .client()
            .execute("SELECT pg_stat_statements_reset()", &[])
            .await?;
        Ok(Begun {
            spent: Spent::now(self.server, self.postmaster)?,
            at: Instant::now(),
        })
    }

    pub async fn end(&self, begun: &Begun) -> Result<Cost> {
        let elapsed = begun.at.elapsed();
        let spent = Spent::now(self.server, self.postmaster)?.since(begun.spent);
        let rows = self
            .database
            .client()
            .query(
                "SELECT s.query, s.calls, s.total_exec_time, s.toplevel FROM pg_stat_statements s
                 WHERE s.userid = (SELECT oid FROM pg_roles WHERE rolname = $1)
                     AND s.dbid = (SELECT oid FROM pg_database WHERE datname = current_database())
                 ORDER BY s.total_exec_time DESC",
                &[&self.database.server_role],
            )
            .await?;
        let mut statements = Vec::with_capacity(rows.len());
        for row in rows {
            let text: String = row.try_get(0)?;
            let text = text.split_whitespace().collect::<Vec<_>>().join(" ");
            statements.push(Statement {
                text,
                calls: row.try_get(1)?,
                total_ms: row.try_get(2)?,
                is_sent: row.try_get(3)?,
            });
        }
        Ok(Cost {
            elapsed,
            spent,
            statements,
        })
    }
}
