//! One run: fill, load, kill, calm, look.

use std::{
    sync::{Arc, PoisonError, atomic::Ordering},
    time::Duration,
};

use bellwether_db::{contact_count, pool};
use tokio::time::{Instant, sleep, timeout};
use vendor_standin::faults::Profile;

use crate::{
    Result,
    api::{Ports, control},
    args::Environment,
    check::{self, Counted, Told, Violation},
    check_rows::{Rows, moving},
    cluster::Cluster,
    fleet::{Fleet, SERVER, WORKERS},
    killer::{self, Kills},
    load::{self, Pace, Tally},
    log::Log,
    seed,
    variant::Variant,
};

/// Points that a run may not come by in time: a text has to be given back, or to be unknown and found just then.
const READY: Duration = Duration::from_secs(90);
/// People get this much more time than was planned, since their requests are repeated while nobody answers.
const PATIENCE: Duration = Duration::from_secs(60);
/// Callbacks and records that are on their way when all is at rest.
const AFTERMATH: Duration = Duration::from_secs(3);
const POLL: Duration = Duration::from_millis(250);

/// What a run does.
#[derive(Debug, Clone)]
pub struct Plan {
    pub name: String,
    pub profile: Profile,
    pub kills: u32,
    pub messages: u32,
    pub seconds: u64,
    pub seed: u64,
    pub settle: u64,
    pub variant: Option<Variant>,
    /// Named points at which a process dies, in turn; then nobody is killed at random.
    pub points: Vec<&'static str>,
}

/// What came of it.
pub struct Outcome {
    pub kills: Kills,
    pub violations: Vec<Violation>,
    /// Points that nobody came by.
    pub missed: Vec<&'static str>,
    pub accepted: usize,
}

fn list<T: Clone>(list: &std::sync::Mutex<Vec<T>>) -> Vec<T> {
    list.lock().unwrap_or_else(PoisonError::into_inner).clone()
}

/// Runs a plan on a fresh database of the cluster.
pub async fn run(environment: &Environment, cluster: &Cluster, plan: &Plan) -> Result<Outcome> {
    let database = format!("chaos_{}", plan.name.replace('-', "_"));
    let maintenance = cluster.connect("postgres").await?;
    maintenance
        .batch_execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))
        .await?;
    maintenance
        .batch_execute(&format!("CREATE DATABASE {database}"))
        .await?;
    let variant = plan.variant.map_or("", Variant::name);
    let fleet = Fleet::new(environment, &cluster.url(&database), variant)?;
    fleet.migrate()?;
    let client = cluster.connect(&database).await?;
    let world = seed::fill(&client, plan.messages, plan.seconds).await?;
    if let Some(variant) = plan.variant {
        variant.apply(&client).await?;
    }
    let log_path = environment.logs.join(format!("chaos-{}.jsonl", plan.name));
    if log_path.exists() {
        std::fs::remove_file(&log_path)?;
    }
    fleet.start_vendor(&log_path, plan.profile, plan.seed)?;
    fleet.start();
    fleet.wait_until_ready(READY).await?;

    let ports = Ports {
        server: fleet.port,
        vendor: fleet.vendor_port,
    };
    let tally = Arc::new(Tally::default());
    let time = Duration::from_secs(plan.seconds);
    let begun = Instant::now();
    let pace = Pace {
        seed: plan.seed,
        time,
    };
    let mut people = load::start(&world, ports, &tally, pace);
    let (mut kills, mut missed) = (Kills::default(), Vec::new());
    if plan.points.is_empty() {
        kills = killer::run(&fleet, cluster, plan.kills, time, plan.seed).await?;
    } else {
        missed = killer::visit_points(&fleet, &plan.points, plan.seed).await;
    }
    let left = (begun + time + PATIENCE).saturating_duration_since(Instant::now());
    let finished = timeout(left, async { while people.join_next().await.is_some() {} }).await;
    tally.is_over.store(true, Ordering::Relaxed);
    if finished.is_err() {
        // Each gives up once its present request is answered or not.
        let _ = timeout(PATIENCE, async { while people.join_next().await.is_some() {} }).await;
    }
    people.shutdown().await;

    control(ports.vendor, "calm", &[]).await;
    let calm = Instant::now();
    let rested = rest(cluster, &database, ports, Duration::from_secs(plan.settle)).await?;
    let settled = calm.elapsed();
    sleep(AFTERMATH).await;
    fleet.stop();

    let log = Log::read(&log_path)?;
    let client = cluster.connect(&database).await?;
    let rows = Rows::read(&client, world.closed_organization, world.archived_campaign).await?;
    let told = Told {
        sent: list(&tally.sent),
        opted_out: list(&tally.opted_out)
            .into_iter()
            .map(|contact| contact.cell)
            .collect(),
        archived_at: *tally.archived_at.lock().unwrap_or_else(PoisonError::into_inner),
        inbound: list(&tally.inbound),
    };
    let (mut violations, counted) = check::all(&log, &rows, &told, &fleet.freezes());
    if let Some(left) = rested {
        violations.push(Violation {
            invariant: "not at rest",
            what: format!(
                "{left} texts and events still move {} s after all was calm",
                plan.settle
            ),
        });
    }
    let mut conn = pool::connect(&cluster.url(&database)).await?;
    let drift = contact_count::drift(&mut conn).await?;
    if drift != 0 {
        violations.push(Violation {
            invariant: "kept counts differ from a full count",
            what: format!("{drift} rows"),
        });
    }
    report(plan, &fleet, &tally, &log, &told, kills, counted, settled);
    drop(client);
    drop(conn);
    maintenance_drop(cluster, &database, violations.is_empty()).await?;
    Ok(Outcome {
        kills,
        violations,
        missed,
        accepted: log.accepted.len(),
    })
}

/// A database in which something is wrong stays, as long as its cluster does.
async fn maintenance_drop(cluster: &Cluster, database: &str, is_fine: bool) -> Result<()> {
    if is_fine {
        let maintenance = cluster.connect("postgres").await?;
        maintenance
            .batch_execute(&format!("DROP DATABASE IF EXISTS {database} WITH (FORCE)"))
            .await?;
    }
    Ok(())
}

/// Waits until nothing moves, here and at the vendor. What still does when time is up.
async fn rest(cluster: &Cluster, database: &str, ports: Ports, within: Duration) -> Result<Option<i64>> {
    let deadline = Instant::now() + within;
    let client = cluster.connect(database).await?;
    let mut quiet = 0;
    loop {
        let pending = control(ports.vendor, "counts", &[])
            .await
            .and_then(|counts| counts.get("pending").and_then(serde_json::Value::as_i64))
            .unwrap_or(1);
        let left = moving(&client).await? + pending;
        // Twice in a row: what is between two places is in none of them.
        quiet = if left == 0 { quiet + 1 } else { 0 };
        if quiet >= 3 {
            return Ok(None);
        }
        if Instant::now() > deadline {
            return Ok(Some(left.max(1)));
        }
        sleep(POLL).await;
    }
}

#[expect(clippy::too_many_arguments, reason = "a report is of everything")]
fn report(
    plan: &Plan,
    fleet: &Fleet,
    tally: &Tally,
    log: &Log,
    told: &Told,
    kills: Kills,
    counted: Counted,
    settled: Duration,
) {
    let aborted: u32 = std::iter::once(SERVER)
        .chain(WORKERS)
        .map(|slot| fleet.ends(slot).aborted)
        .sum();
    let refused = tally.refused.lock().unwrap_or_else(PoisonError::into_inner);
    println!("{} (vendor {}, seed {})", plan.name, plan.profile.name, plan.seed);
    println!(
        "  kills        server {}, workers {}, PostgreSQL {}; frozen {}; died at points {aborted}",
        kills.server, kills.workers, kills.postgres, kills.frozen
    );
    println!(
        "  texters      {} texts acknowledged, {} requests repeated, refused {refused:?}",
        told.sent.len(),
        tally.repeated.load(Ordering::Relaxed)
    );
    println!(
        "  vendor       {} requests, {} accepted, {} callbacks told, faults {:?}",
        log.requests.len(),
        log.accepted.len(),
        log.callbacks,
        log.faults()
    );
    println!(
        "  contacts     {} wrote, {} told; {} opted out by texters",
        log.inbound.len(),
        log.told.len(),
        told.opted_out.len()
    );
    println!(
        "  after all    at rest in {:.1} s; {} taken back or held, {} for a person to settle, {} left within {} ms of an opt-out",
        settled.as_secs_f64(),
        counted.taken_back,
        counted.dead_letters,
        counted.close_calls,
        check::IN_FLIGHT / 1_000
    );
}
