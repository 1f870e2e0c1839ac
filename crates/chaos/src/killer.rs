//! Who dies when, by a seed.

use std::{sync::Arc, time::Duration};

use tokio::time::{Instant, sleep, sleep_until, timeout};
use vendor_standin::faults::Dice;

use crate::{
    Result,
    cluster::Cluster,
    fleet::{Fleet, SERVER, WORKERS},
};

/// What happened.
#[derive(Debug, Default, Clone, Copy, PartialEq, Eq)]
pub struct Kills {
    pub server: u32,
    pub workers: u32,
    pub postgres: u32,
    /// Stopped for a while and let go on; not counted as kills.
    pub frozen: u32,
}

impl Kills {
    pub fn all(self) -> u32 {
        self.server + self.workers + self.postgres
    }
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Victim {
    Server,
    Worker(usize),
    Postgres,
    Frozen(usize, Duration),
}

/// Half of the kills are workers, which hold what is at stake; now and then one is only stopped for some seconds.
fn victim(dice: &mut Dice) -> Victim {
    let worker = WORKERS.get(usize::from(dice.permille(500))).copied().unwrap_or(1);
    match dice.below(100) {
        0..50 => Victim::Worker(worker),
        50..72 => Victim::Server,
        72..92 => Victim::Postgres,
        _ => Victim::Frozen(worker, dice.between((300, 3_500))),
    }
}

/// Kills `kills` times, spread over `time`.
pub async fn run(
    fleet: &Arc<Fleet>,
    cluster: &Cluster,
    kills: u32,
    time: Duration,
    seed: u64,
) -> Result<Kills> {
    let mut dice = Dice::new(seed);
    let mut done = Kills::default();
    let begun = Instant::now();
    while done.all() < kills {
        // Somewhere in this kill's share of the time.
        let share = time / kills.max(1);
        let within = dice.between((0, u64::try_from(share.as_millis()).unwrap_or(0)));
        sleep_until(begun + share * done.all() + within).await;
        match victim(&mut dice) {
            Victim::Server => {
                fleet.kill(SERVER);
                done.server += 1;
            }
            Victim::Worker(worker) => {
                fleet.kill(worker);
                done.workers += 1;
            }
            Victim::Postgres => {
                cluster.kill().await?;
                done.postgres += 1;
            }
            Victim::Frozen(worker, time) => {
                fleet.freeze(worker, time).await;
                done.frozen += 1;
            }
        }
    }
    Ok(done)
}

/// How long one waits for a process to come by a point.
const POINT_TIMEOUT: Duration = Duration::from_secs(25);
/// A process is stopped for so long, so that what it holds is given back.
const STALL: Duration = Duration::from_millis(1_300);

/// Where a point stands: which process comes by it. A point that only the server's requests come by begins so.
fn process_of(point: &str) -> usize {
    let of_server = ["send-", "inbound-", "opt-out-"];
    if of_server.iter().any(|start| point.starts_with(start)) {
        SERVER
    } else {
        WORKERS[0]
    }
}

/// Lets a process die at each point in turn. The points at which none came by in time.
pub async fn visit_points(fleet: &Arc<Fleet>, points: &[&'static str], seed: u64) -> Vec<&'static str> {
    let mut dice = Dice::new(seed);
    let mut missed = Vec::new();
    for &point in points {
        let slot = process_of(point);
        let before = fleet.ends(slot).aborted;
        fleet.arm(slot, &format!("{point}:{}", 1 + dice.below(3)));
        let reached = timeout(POINT_TIMEOUT, async {
            while fleet.ends(slot).aborted == before {
                if point.starts_with("give-back") {
                    sleep(Duration::from_millis(400)).await;
                    fleet.freeze(slot, STALL).await;
                }
                sleep(Duration::from_millis(20)).await;
            }
        });
        if reached.await.is_err() {
            missed.push(point);
            // What waits for a point that does not come must not die later, at rest.
            fleet.kill(slot);
        }
    }
    missed
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn everybody_dies_sometimes() {
        let mut dice = Dice::new(1);
        let victims: Vec<Victim> = (0..300).map(|_| victim(&mut dice)).collect();
        assert!(victims.contains(&Victim::Server) && victims.contains(&Victim::Postgres));
        assert!(
            WORKERS
                .iter()
                .all(|worker| victims.contains(&Victim::Worker(*worker)))
        );
        assert!(victims.iter().any(|victim| matches!(victim, Victim::Frozen(..))));
    }

    #[test]
    fn points_are_looked_for_where_they_stand() {
        assert_eq!(process_of("send-before-store"), SERVER);
        assert_eq!(process_of("call-under-way"), WORKERS[0]);
    }
}
