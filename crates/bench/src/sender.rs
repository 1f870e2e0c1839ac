//! How fast workers send what waits, with the built-in carrier, which takes every text at once and reports it
//! delivered before it answers.

use std::time::{Duration, Instant};

use crate::{
    Result,
    database::Database,
    probe::{Cost, Probe},
    seed,
    server::Launcher,
};

/// Between looks at the outbox.
const POLL: Duration = Duration::from_millis(20);
/// Longest that texts may wait.
const LONGEST: Duration = Duration::from_secs(300);

const BEGUN: &str = "SELECT count(*) FROM (SELECT FROM message WHERE send_status <> 'QUEUED' LIMIT 1) m";
const WAITING: &str =
    "SELECT count(*) FROM (SELECT FROM message WHERE send_status IN ('QUEUED', 'SENDING') LIMIT 1) m";
const UNREPORTED: &str =
    "SELECT count(*) FROM (SELECT FROM message WHERE send_status <> 'DELIVERED' LIMIT 1) m";

/// What was measured.
pub struct Sent {
    /// Until no text waited any more.
    pub sent: Cost,
    /// Until all reports had been applied.
    pub reported: Cost,
    /// What did not come out as it should.
    pub problem: Option<String>,
}

/// Queues texts, starts workers, and waits until all is done.
pub async fn measure(launcher: &Launcher, database: &Database, postmaster: u32, queued: i64) -> Result<Sent> {
    seed::queue(database, queued).await?;
    let mut workers = launcher.work()?;
    let probe = Probe {
        database,
        postmaster,
        server: workers.id(),
    };
    // The clock runs from the first claim: starting a process is not sending.
    let deadline = Instant::now() + LONGEST;
    while database.number(BEGUN).await? == 0 {
        workers.check()?;
        in_time(deadline)?;
        tokio::time::sleep(Duration::from_millis(2)).await;
    }
    let begun = probe.begin().await?;
    wait(database, WAITING, deadline).await?;
    let sent = probe.end(&begun).await?;
    let reported = match wait(database, UNREPORTED, Instant::now() + Duration::from_secs(60)).await {
        Ok(()) => Ok(probe.end(&begun).await?),
        Err(error) => Err((probe.end(&begun).await?, error.to_string())),
    };
    workers.check()?;
    let (reported, problem) = match reported {
        Ok(cost) => (cost, None),
        Err((cost, error)) => (cost, Some(error)),
    };
    let right = database
        .number(
            "SELECT count(*) FROM (SELECT campaign_contact_id FROM message
                 WHERE send_status = 'DELIVERED' AND attempts = 1 AND service_id IS NOT NULL AND NOT is_from_contact
                 GROUP BY 1 HAVING count(*) = 1) m",
        )
        .await?;
    let problem = problem.or_else(|| {
        (right != queued)
            .then(|| format!("{right} of {queued} contacts have one text delivered at the first attempt"))
    });
    Ok(Sent {
        sent,
        reported,
        problem,
    })
}

async fn wait(database: &Database, until_none: &str, deadline: Instant) -> Result<()> {
    while database.number(until_none).await? > 0 {
        in_time(deadline)?;
        tokio::time::sleep(POLL).await;
    }
    Ok(())
}

fn in_time(deadline: Instant) -> Result<()> {
    if Instant::now() < deadline {
        Ok(())
    } else {
        Err("the workers are not done in time".into())
    }
}
