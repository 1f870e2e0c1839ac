//! The queue on a real PostgreSQL: order, leases, retries, cancelling, panics, stopping.
#![expect(
    clippy::unwrap_used,
    reason = "helpers of tests, where an error is a failed test"
)]

use std::{
    future::Future,
    sync::{Arc, Mutex},
    time::Duration,
};

use bellwether_db::{Conn, Pool};
use bellwether_queue::{
    Cancelled, Handler, JobError, JobRow, Lease, NewJob, Worker, cancel, claim, complete, discard_failed,
    enqueue, fail, find, heartbeat, is_held, pending_for_campaign, progress, reap, release_all, retry_later,
};
use bellwether_test_db::TestDb;
use serde_json::json;
use tokio::{sync::watch, time::sleep};

const LEASE: Duration = Duration::from_secs(30);

struct World {
    pool: Pool,
    _db: TestDb,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        Self {
            pool: bellwether_db::pool::open(db.url(), 12, None).unwrap(),
            _db: db,
        }
    }

    async fn conn(&self) -> bellwether_db::PooledConn {
        self.pool.get().await.unwrap()
    }

    async fn enqueue(&self, queue_name: &str, job_type: &str) -> i64 {
        self.enqueue_tries(queue_name, job_type, 3).await
    }

    async fn enqueue_tries(&self, queue_name: &str, job_type: &str, max_attempts: i16) -> i64 {
        let job = NewJob {
            organization_id: None,
            campaign_id: None,
            queue_name,
            job_type,
            payload: json!({}),
            max_attempts,
        };
        enqueue(&mut *self.conn().await, &job).await.unwrap().id
    }

    async fn claim(&self, lease: Duration) -> Option<(JobRow, Lease)> {
        let job = claim(&mut *self.conn().await, "w", lease).await.unwrap()?;
        let lease = job.lease(lease);
        Some((job, lease))
    }
}

async fn row(conn: &mut Conn, id: i64) -> JobRow {
    find(conn, id).await.unwrap().unwrap()
}

#[tokio::test]
async fn jobs_of_one_queue_run_in_order_and_queues_beside_each_other() {
    let world = World::new().await;
    let first = world.enqueue("a", "x").await;
    let second = world.enqueue("a", "x").await;
    let other = world.enqueue("b", "x").await;
    let (job, lease) = world.claim(LEASE).await.unwrap();
    assert_eq!((job.id, job.attempts), (first, 1));
    assert_eq!(world.claim(LEASE).await.unwrap().0.id, other);
    assert!(world.claim(LEASE).await.is_none());
    // Waiting for its next try, the first still goes before the second.
    let mut conn = world.conn().await;
    retry_later(&mut conn, &lease, "later", Duration::from_secs(60))
        .await
        .unwrap()
        .unwrap();
    assert!(world.claim(LEASE).await.is_none());
    assert_eq!(cancel(&mut conn, first).await.unwrap(), Cancelled::Deleted);
    let (job, lease) = world.claim(LEASE).await.unwrap();
    assert_eq!(job.id, second);
    assert!(complete(&mut conn, &lease).await.unwrap());
    assert!(find(&mut conn, second).await.unwrap().is_none());
}

#[tokio::test]
async fn a_failed_job_lets_the_next_one_run() {
    let world = World::new().await;
    let first = world.enqueue("a", "x").await;
    let second = world.enqueue("a", "x").await;
    let (_, lease) = world.claim(LEASE).await.unwrap();
    let mut conn = world.conn().await;
    assert!(fail(&mut conn, &lease, "The file is empty.").await.unwrap());
    let failed = row(&mut conn, first).await;
    assert_eq!(failed.result_message, "The file is empty.");
    assert!(failed.failed_at.is_some() && failed.locked_by.is_none());
    assert_eq!(world.claim(LEASE).await.unwrap().0.id, second);
    assert!(!fail(&mut conn, &lease, "again").await.unwrap());
}

#[tokio::test]
async fn an_expired_lease_gives_the_job_to_another_and_fences_the_first() {
    let world = World::new().await;
    let id = world.enqueue("a", "x").await;
    let (_, old) = world.claim(Duration::from_millis(50)).await.unwrap();
    let mut conn = world.conn().await;
    let checkpoint = json!({"rows": 7});
    assert!(progress(&mut conn, &old, 40, Some(&checkpoint)).await.unwrap());
    assert!(world.claim(LEASE).await.is_none());
    sleep(Duration::from_millis(80)).await;
    let (job, new) = world.claim(LEASE).await.unwrap();
    assert_eq!(
        (job.id, job.attempts, job.status, job.checkpoint),
        (id, 2, 40, Some(checkpoint))
    );
    for lost in [
        progress(&mut conn, &old, 90, None).await,
        heartbeat(&mut conn, &old).await,
        is_held(&mut conn, &old).await,
        complete(&mut conn, &old).await,
        fail(&mut conn, &old, "no").await,
    ] {
        assert!(!lost.unwrap());
    }
    assert!(retry_later(&mut conn, &old, "no", LEASE).await.unwrap().is_none());
    assert!(is_held(&mut conn, &new).await.unwrap());
    assert_eq!(row(&mut conn, id).await.status, 40);
}

#[tokio::test]
async fn a_job_whose_workers_die_is_given_up() {
    let world = World::new().await;
    let id = world.enqueue_tries("a", "x", 2).await;
    let next = world.enqueue("a", "x").await;
    let mut conn = world.conn().await;
    for _ in 0..2 {
        assert!(reap(&mut conn).await.unwrap().is_empty());
        assert_eq!(world.claim(Duration::from_millis(20)).await.unwrap().0.id, id);
        sleep(Duration::from_millis(40)).await;
    }
    assert!(world.claim(LEASE).await.is_none());
    let dead = reap(&mut conn).await.unwrap();
    assert_eq!(dead.len(), 1);
    assert_eq!(
        dead[0].result_message,
        "This job stopped unexpectedly 2 times and was given up."
    );
    assert_eq!(world.claim(LEASE).await.unwrap().0.id, next);
}

#[tokio::test]
async fn retries_end_in_failure() {
    let world = World::new().await;
    let id = world.enqueue_tries("a", "x", 2).await;
    let mut conn = world.conn().await;
    let (_, lease) = world.claim(LEASE).await.unwrap();
    let waiting = retry_later(&mut conn, &lease, "again", Duration::from_millis(30))
        .await
        .unwrap()
        .unwrap();
    assert!(waiting.failed_at.is_none());
    assert!(world.claim(LEASE).await.is_none());
    sleep(Duration::from_millis(50)).await;
    let (_, lease) = world.claim(LEASE).await.unwrap();
    let failed = retry_later(&mut conn, &lease, "again", Duration::ZERO)
        .await
        .unwrap()
        .unwrap();
    assert_eq!((failed.id, failed.failed_at.is_some()), (id, true));
}

#[tokio::test]
async fn cancelling_deletes_or_stops() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let waiting = world.enqueue("a", "x").await;
    assert_eq!(cancel(&mut conn, waiting).await.unwrap(), Cancelled::Deleted);
    assert_eq!(cancel(&mut conn, waiting).await.unwrap(), Cancelled::NotFound);
    let running = world.enqueue("a", "x").await;
    let (_, lease) = world.claim(Duration::from_millis(300)).await.unwrap();
    assert_eq!(cancel(&mut conn, running).await.unwrap(), Cancelled::Stopping);
    assert!(!progress(&mut conn, &lease, 50, None).await.unwrap());
    assert!(!complete(&mut conn, &lease).await.unwrap());
    sleep(Duration::from_millis(400)).await;
    reap(&mut conn).await.unwrap();
    assert!(find(&mut conn, running).await.unwrap().is_none());
}

#[tokio::test]
async fn a_rolled_back_transaction_enqueues_nothing_and_failed_jobs_can_be_discarded() {
    use bellwether_db::AsyncConnection;
    let world = World::new().await;
    let mut conn = world.conn().await;
    let job = NewJob {
        organization_id: None,
        campaign_id: None,
        queue_name: "a",
        job_type: "x",
        payload: json!({}),
        max_attempts: 1,
    };
    let outcome: Result<(), bellwether_db::Error> = conn
        .transaction(async |conn| {
            enqueue(conn, &job).await?;
            Err(bellwether_db::Error::RollbackTransaction)
        })
        .await;
    assert!(outcome.is_err());
    assert!(world.claim(LEASE).await.is_none());
    assert!(pending_for_campaign(&mut conn, 1).await.unwrap().is_empty());
    assert_eq!(discard_failed(&mut conn, 1, "x").await.unwrap(), 0);
}

#[derive(Default)]
struct Seen {
    begun: Vec<i64>,
    running: Vec<i64>,
    overlaps: usize,
    failed: Vec<String>,
}

#[derive(Clone, Default)]
struct TestHandler(Arc<Mutex<Seen>>);

impl Handler for TestHandler {
    fn run(&self, job: JobRow, _lease: Lease) -> impl Future<Output = Result<(), JobError>> + Send {
        let seen = Arc::clone(&self.0);
        async move {
            {
                let mut seen = seen.lock().unwrap();
                if seen.running.contains(&job.id) || (job.queue_name == "a" && !seen.running.is_empty()) {
                    seen.overlaps += 1;
                }
                seen.begun.push(job.id);
                seen.running.push(job.id);
            }
            let outcome = match job.job_type.as_str() {
                "panic" => panic!("a test panics"),
                "refuse" => Err(JobError::Refused("No.".to_owned())),
                "slow" => {
                    sleep(Duration::from_secs(60)).await;
                    Ok(())
                }
                _ => {
                    sleep(Duration::from_millis(15)).await;
                    Ok(())
                }
            };
            seen.lock().unwrap().running.retain(|id| *id != job.id);
            outcome
        }
    }

    async fn failed(&self, _job: &JobRow, message: &str) {
        self.0.lock().unwrap().failed.push(message.to_owned());
    }
}

fn worker(world: &World, id: &str) -> Worker {
    Worker {
        poll: Duration::from_millis(10),
        backoff: Duration::from_millis(1),
        drain: Duration::from_millis(200),
        ..Worker::new(world.pool.clone(), id)
    }
}

#[tokio::test]
async fn two_workers_never_run_jobs_of_one_queue_at_once() {
    let world = World::new().await;
    let mut ids = Vec::new();
    for _ in 0..20 {
        ids.push(world.enqueue("a", "x").await);
    }
    let handler = Arc::new(TestHandler::default());
    let (stop, stopped) = watch::channel(false);
    let mut tasks = Vec::new();
    for id in ["one", "two"] {
        let (worker, handler, stopped) = (worker(&world, id), Arc::clone(&handler), stopped.clone());
        tasks.push(tokio::spawn(async move { worker.run(handler, stopped).await }));
    }
    for _ in 0..500 {
        if handler.0.lock().unwrap().begun.len() == ids.len() {
            break;
        }
        sleep(Duration::from_millis(10)).await;
    }
    sleep(Duration::from_millis(50)).await;
    stop.send(true).unwrap();
    for task in tasks {
        task.await.unwrap();
    }
    let seen = handler.0.lock().unwrap();
    assert_eq!(seen.begun, ids);
    assert_eq!(seen.overlaps, 0);
}

#[tokio::test]
async fn a_panic_is_tried_again_and_then_fails_with_an_id() {
    let world = World::new().await;
    let id = world.enqueue_tries("p", "panic", 2).await;
    let handler = Arc::new(TestHandler::default());
    let worker = Worker {
        backoff: Duration::from_millis(300),
        ..worker(&world, "w")
    };
    assert_eq!(worker.run_until_idle(Arc::clone(&handler)).await, 1);
    let mut conn = world.conn().await;
    assert!(row(&mut conn, id).await.failed_at.is_none());
    sleep(Duration::from_millis(400)).await;
    assert_eq!(worker.run_until_idle(Arc::clone(&handler)).await, 1);
    let failed = row(&mut conn, id).await;
    assert!(failed.failed_at.is_some());
    assert!(failed.result_message.contains("error ") && !failed.result_message.contains("a test panics"));
    assert_eq!(handler.0.lock().unwrap().failed, [failed.result_message]);
}

#[tokio::test]
async fn a_refusal_is_not_tried_again() {
    let world = World::new().await;
    let id = world.enqueue("r", "refuse").await;
    let handler = Arc::new(TestHandler::default());
    worker(&world, "w").run_until_idle(Arc::clone(&handler)).await;
    let failed = row(&mut *world.conn().await, id).await;
    assert_eq!((failed.attempts, failed.result_message.as_str()), (1, "No."));
    assert_eq!(handler.0.lock().unwrap().failed, ["No."]);
}

#[tokio::test]
async fn heartbeats_keep_a_job_and_notice_that_it_was_cancelled() {
    let world = World::new().await;
    let id = world.enqueue("s", "slow").await;
    let handler = Arc::new(TestHandler::default());
    let worker = Worker {
        lease: Duration::from_millis(300),
        beat: Duration::from_millis(60),
        ..worker(&world, "w")
    };
    let (_stop, stopped) = watch::channel(false);
    let task = tokio::spawn(async move { worker.run(handler, stopped).await });
    sleep(Duration::from_millis(700)).await;
    let mut conn = world.conn().await;
    let running = row(&mut conn, id).await;
    assert_eq!(running.attempts, 1);
    assert!(claim(&mut conn, "other", LEASE).await.unwrap().is_none());
    assert_eq!(cancel(&mut conn, id).await.unwrap(), Cancelled::Stopping);
    sleep(Duration::from_millis(300)).await;
    assert!(find(&mut conn, id).await.unwrap().is_none());
    task.abort();
}

#[tokio::test]
async fn a_stop_gives_unfinished_jobs_back_without_counting_the_try() {
    let world = World::new().await;
    let id = world.enqueue("s", "slow").await;
    let handler = Arc::new(TestHandler::default());
    let (stop, stopped) = watch::channel(false);
    let worker = worker(&world, "w");
    let task = tokio::spawn(async move { worker.run(handler, stopped).await });
    sleep(Duration::from_millis(200)).await;
    stop.send(true).unwrap();
    task.await.unwrap();
    let released = row(&mut *world.conn().await, id).await;
    assert_eq!((released.attempts, released.locked_by), (0, None));
    assert_eq!(release_all(&mut *world.conn().await, "w").await.unwrap(), 0);
    assert_eq!(world.claim(LEASE).await.unwrap().0.id, id);
}
