//! Runs the traffic and takes the time of each answer.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;

use crate::{
    Result,
    http::Connection,
    probe::{Cost, Probe},
    traffic::Traffic,
};

/// Before the clock runs: connections open, statements are prepared, plans are made.
const WARM_UP: Duration = Duration::from_millis(700);
/// A connection with so many wrong answers stops.
const MOST_ERRORS: u64 = 20;

/// One connection and what it asks.
pub struct Lane {
    connection: Connection,
    traffic: Traffic,
}

/// What came of the requests of one phase.
#[derive(Default)]
struct Tally {
    latencies: Vec<Duration>,
    accepted: u64,
    errors: u64,
    first_error: Option<String>,
    ran_out: bool,
}

/// What was measured.
pub struct Measured {
    /// Operations while the clock ran.
    pub operations: u64,
    /// Operations with those of the warm-up: so many rows must be there.
    pub accepted: i64,
    pub errors: u64,
    pub first_error: Option<String>,
    /// Whether a connection had nothing left to ask.
    pub ran_out: bool,
    pub latency: Latency,
    pub cost: Cost,
}

/// How long answers took.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Latency {
    pub p50: Duration,
    pub p99: Duration,
    pub max: Duration,
}

/// Opens the connections, warms up, and measures.
pub async fn measure(
    traffic: Vec<Traffic>,
    port: u16,
    duration: Duration,
    probe: &Probe<'_>,
) -> Result<Measured> {
    let mut lanes = Vec::with_capacity(traffic.len());
    for traffic in traffic {
        lanes.push(Lane {
            connection: Connection::open(port).await?,
            traffic,
        });
    }
    let (lanes, warm_up) = phase(lanes, WARM_UP).await?;
    let begun = probe.begin().await?;
    let (_, tally) = phase(lanes, duration).await?;
    let cost = probe.end(&begun).await?;
    Ok(Measured {
        operations: tally.accepted,
        accepted: i64::try_from(warm_up.accepted + tally.accepted)?,
        errors: warm_up.errors + tally.errors,
        first_error: warm_up.first_error.or(tally.first_error),
        ran_out: warm_up.ran_out || tally.ran_out,
        latency: Latency::of(tally.latencies),
        cost,
    })
}

async fn phase(lanes: Vec<Lane>, duration: Duration) -> Result<(Vec<Lane>, Tally)> {
    let until = Instant::now() + duration;
    let mut running: JoinSet<(Lane, Tally)> = lanes.into_iter().map(|lane| drive(lane, until)).collect();
    let mut lanes = Vec::with_capacity(running.len());
    let mut total = Tally::default();
    while let Some(ended) = running.join_next().await {
        let (lane, mut tally) = ended?;
        total.latencies.append(&mut tally.latencies);
        total.accepted += tally.accepted;
        total.errors += tally.errors;
        total.ran_out |= tally.ran_out;
        total.first_error = total.first_error.or(tally.first_error);
        lanes.push(lane);
    }
    Ok((lanes, total))
}

async fn drive(mut lane: Lane, until: Instant) -> (Lane, Tally) {
    let mut tally = Tally::default();
    let mut request = Vec::new();
    while Instant::now() < until && tally.errors < MOST_ERRORS {
        if !lane.traffic.write(&mut request) {
            tally.ran_out = true;
            break;
        }
        let began = Instant::now();
        let checked = match lane.connection.exchange(&request).await {
            Ok(answer) => {
                tally.latencies.push(began.elapsed());
                lane.traffic.check(answer.status, answer.body)
            }
            Err(error) => {
                // The connection is of no more use.
                tally.errors = MOST_ERRORS;
                Err(error.to_string())
            }
        };
        match checked {
            Ok(()) => tally.accepted += 1,
            Err(reason) => {
                tally.errors += 1;
                tally.first_error.get_or_insert(reason);
            }
        }
    }
    (lane, tally)
}

impl Latency {
    fn of(mut latencies: Vec<Duration>) -> Self {
        latencies.sort_unstable();
        Self {
            p50: percentile(&latencies, 50),
            p99: percentile(&latencies, 99),
            max: latencies.last().copied().unwrap_or_default(),
        }
    }
}

/// The smallest value that so many percent do not exceed.
fn percentile(sorted: &[Duration], percent: usize) -> Duration {
    let rank = (sorted.len() * percent).div_ceil(100);
    sorted.get(rank.saturating_sub(1)).copied().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_exact() {
        let latencies: Vec<Duration> = (1..=200).rev().map(Duration::from_millis).collect();
        let expected = Latency {
            p50: Duration::from_millis(100),
            p99: Duration::from_millis(198),
            max: Duration::from_millis(200),
        };
        assert_eq!(Latency::of(latencies), expected);
        assert_eq!(Latency::of(Vec::new()), Latency::default());
        assert_eq!(
            Latency::of(vec![Duration::from_millis(7)]).p99,
            Duration::from_millis(7)
        );
    }
}
