//! What is printed, and what `--json` writes.

use std::{fs, thread, time::Duration};

use serde_json::{Value, json};

use crate::{
    Result,
    args::{Args, Scenario},
    database::Database,
    load::{Latency, Measured},
    probe::{Cost, Statement},
    sender::Sent,
    table::{self, Cells},
};

/// Where and how it was measured.
pub struct Facts {
    pub cpu: String,
    pub cores: usize,
    pub kernel: String,
    pub postgres: String,
    pub settings: String,
    pub date: String,
    pub seconds: u64,
    pub contacts: i64,
    pub load_before: String,
    pub load_after: String,
}

/// One line of the table.
pub struct Row {
    pub name: String,
    pub texters: Option<usize>,
    pub operations: u64,
    pub latency: Option<Latency>,
    pub cost: Cost,
    pub errors: u64,
    pub first_error: Option<String>,
}

/// All of it.
pub struct Report {
    pub facts: Facts,
    pub rows: Vec<Row>,
}

/// Statements listed per line of the table.
const LISTED: usize = 8;
const STATEMENT_WIDTH: usize = 100;

impl Facts {
    pub async fn read(database: &Database, args: &Args) -> Result<Self> {
        let row = database
            .client()
            .query_one(
                "SELECT current_setting('server_version'), to_char(now() AT TIME ZONE 'UTC', 'YYYY-MM-DD HH24:MI \"UTC\"'),
                     (SELECT string_agg(name || '=' || current_setting(name), ', ' ORDER BY name) FROM pg_settings
                      WHERE name IN ('synchronous_commit', 'fsync', 'full_page_writes', 'shared_buffers', 'max_wal_size'))",
                &[],
            )
            .await?;
        let cpuinfo = fs::read_to_string("/proc/cpuinfo").unwrap_or_default();
        let model = cpuinfo
            .lines()
            .find_map(|line| line.strip_prefix("model name")?.split_once(':'));
        Ok(Self {
            cpu: model.map_or("unknown", |(_, name)| name.trim()).to_owned(),
            cores: thread::available_parallelism()?.get(),
            kernel: fs::read_to_string("/proc/sys/kernel/osrelease")
                .unwrap_or_default()
                .trim()
                .to_owned(),
            postgres: row.try_get(0)?,
            date: row.try_get(1)?,
            settings: row.try_get(2)?,
            seconds: args.duration.as_secs(),
            contacts: args.contacts,
            load_before: load_average(),
            load_after: String::new(),
        })
    }
}

/// Load of the last minute, five and fifteen.
pub fn load_average() -> String {
    let text = fs::read_to_string("/proc/loadavg").unwrap_or_default();
    text.split(' ').take(3).collect::<Vec<_>>().join(" ")
}

impl Row {
    pub fn of_scenario(scenario: Scenario, texters: usize, measured: Measured) -> Self {
        Self {
            name: scenario.name().to_owned(),
            texters: Some(texters),
            operations: measured.operations,
            latency: Some(measured.latency),
            cost: measured.cost,
            errors: measured.errors,
            first_error: measured.first_error,
        }
    }

    pub fn of_sender(sent: Sent, queued: i64) -> [Self; 2] {
        let operations = queued.unsigned_abs();
        let row = |name: &str, cost, errors, first_error| {
            let name = format!("{} {name}", Scenario::Sender.name());
            Self {
                name,
                texters: None,
                operations,
                latency: None,
                cost,
                errors,
                first_error,
            }
        };
        let errors = u64::from(sent.problem.is_some());
        [
            row("(sent)", sent.sent, 0, None),
            row("(and reported)", sent.reported, errors, sent.problem),
        ]
    }

    fn title(&self) -> String {
        self.texters.map_or(self.name.clone(), |texters| {
            format!("{}, {texters} texters", self.name)
        })
    }

    fn per_second(&self) -> f64 {
        self.operations as f64 / self.cost.elapsed.as_secs_f64().max(f64::EPSILON)
    }

    fn per_operation(&self, total: f64) -> f64 {
        total / self.operations.max(1) as f64
    }

    /// Share of the machine that went to processes that are not measured.
    fn others_percent(&self, cores: usize) -> f64 {
        let available = self.cost.elapsed.as_secs_f64() * 1_000.0 * cores.max(1) as f64;
        self.cost.spent.others() as f64 / available.max(f64::EPSILON) * 100.0
    }

    fn cells(&self, cores: usize) -> Cells {
        let per = |total: u64| format!("{:.2}", self.per_operation(total as f64));
        let time = |pick: fn(&Latency) -> Duration| {
            self.latency.as_ref().map_or("-".to_owned(), |all| ms(pick(all)))
        };
        [
            self.name.clone(),
            self.texters.map_or("-".to_owned(), |texters| texters.to_string()),
            format!("{:.0}", self.per_second()),
            time(|all| all.p50),
            time(|all| all.p99),
            time(|all| all.max),
            format!("{:.2}", self.per_operation(self.cost.calls() as f64)),
            per(self.cost.spent.server),
            per(self.cost.spent.postgres),
            per(self.cost.spent.bench),
            format!("{:.0}", self.others_percent(cores)),
            self.errors.to_string(),
        ]
    }

    fn statement(&self, statement: &Statement) -> (f64, f64, String) {
        let mean = statement.total_ms / statement.calls.max(1) as f64;
        (
            self.per_operation(statement.calls as f64),
            mean,
            statement.text.chars().take(STATEMENT_WIDTH).collect(),
        )
    }

    fn json(&self, cores: usize) -> Value {
        let micros =
            |pick: fn(&Latency) -> Duration| self.latency.as_ref().map(|all| pick(all).as_micros() as u64);
        let spent = self.cost.spent;
        let statements = self.cost.statements.iter().take(LISTED).map(|statement| {
            let (calls, mean, text) = self.statement(statement);
            let is_sent = statement.is_sent;
            json!({ "isSent": is_sent, "callsPerOperation": calls, "meanMs": mean, "text": text })
        });
        json!({
            "operation": self.name, "texters": self.texters, "operations": self.operations,
            "seconds": self.cost.elapsed.as_secs_f64(), "perSecond": self.per_second(),
            "p50Micros": micros(|all| all.p50), "p99Micros": micros(|all| all.p99), "maxMicros": micros(|all| all.max),
            "statementsPerOperation": self.per_operation(self.cost.calls() as f64),
            "serverCpuMs": spent.server, "postgresCpuMs": spent.postgres, "benchCpuMs": spent.bench,
            "otherCpuPercent": self.others_percent(cores), "errors": self.errors, "firstError": self.first_error,
            "statements": statements.collect::<Vec<_>>(),
        })
    }
}

fn ms(duration: Duration) -> String {
    format!("{:.2}", duration.as_secs_f64() * 1_000.0)
}

impl Report {
    pub fn markdown(&self, statements: bool) -> String {
        let facts = &self.facts;
        let mut out = format!(
            "{}, {} cores, Linux {}. PostgreSQL {} ({}). {}. {} contacts, {} s each. Load before: {}; after: {}.\n\n",
            facts.cpu,
            facts.cores,
            facts.kernel,
            facts.postgres,
            facts.settings,
            facts.date,
            facts.contacts,
            facts.seconds,
            facts.load_before,
            facts.load_after,
        );
        let cells: Vec<Cells> = self.rows.iter().map(|row| row.cells(facts.cores)).collect();
        out.push_str(&table::markdown(&cells));
        for row in &self.rows {
            if let Some(error) = &row.first_error {
                out.push_str(&format!("\n{}: first error: {error}\n", row.title()));
            }
            if statements {
                out.push_str(&format!("\n{}:\n", row.title()));
                for statement in row.cost.statements.iter().take(LISTED) {
                    let (calls, mean, text) = row.statement(statement);
                    let inside = if statement.is_sent { "" } else { ", in a function" };
                    out.push_str(&format!(
                        "  {calls:7.3} an operation, {mean:8.3} ms each{inside}: {text}\n"
                    ));
                }
            }
        }
        out
    }

    pub fn json(&self) -> Value {
        let facts = &self.facts;
        json!({
            "cpu": facts.cpu, "cores": facts.cores, "kernel": facts.kernel, "postgres": facts.postgres,
            "settings": facts.settings, "date": facts.date, "contacts": facts.contacts, "seconds": facts.seconds,
            "loadBefore": facts.load_before, "loadAfter": facts.load_after,
            "rows": self.rows.iter().map(|row| row.json(facts.cores)).collect::<Vec<_>>(),
        })
    }
}
