//! Whatever happens at the same time, opting out wins (R04).

use std::time::Duration;

use bellwether_db::message::{self, SendMessage, outbox::NumberChoice};
use diesel_async::SimpleAsyncConnection;

use super::{NUMBER, assert_consistent, cell, say};
use crate::harness::{TestApp, World};

/// Connections for what happens at the same time.
const THREADS: usize = 12;

async fn wide() -> TestApp {
    TestApp::with(|config| {
        config.db_worker_pool = THREADS;
        config.db_max_pool = THREADS;
    })
    .await
}

/// Long enough that whatever is not blocked has ended.
const A_WHILE: Duration = Duration::from_millis(300);

#[tokio::test]
async fn a_stop_that_waits_for_a_send_takes_it_back() {
    let test = wide().await;
    let world = World::new(&test, "one", 1).await;
    let cell = cell(&test, world.contacts[0]).await;
    let mut sender = test.conn().await;
    sender.batch_execute("BEGIN").await.unwrap();
    let sent = message::send(
        &mut sender,
        &SendMessage {
            actor: world.texter(),
            contact: world.contacts[0],
            assignment: Some(world.assignment),
            text: Some("Hi Ann, it's Tess. Will you vote"),
            script_version: None,
            idempotency_key: None,
            now: test.app.now(),
            max_length: 1_600,
            default_service: "fakeservice",
        },
    )
    .await
    .unwrap();
    assert!(sent.message_id.is_some());
    let stop = say(&test, Some(world.organization), "s1", &cell, NUMBER, "STOP");
    tokio::pin!(stop);
    let early = tokio::time::timeout(A_WHILE, &mut stop).await;
    assert!(early.is_err(), "the STOP did not wait for the contact's lock");
    sender.batch_execute("COMMIT").await.unwrap();
    stop.await;
    test.deliver().await;
    assert_eq!(
        test.number(
            "SELECT count(*) FROM message WHERE NOT is_from_contact AND automatic_answer IS NULL
                 AND send_status = 'NOT_ATTEMPTED'"
        )
        .await,
        1
    );
    assert_consistent(&test).await;
}

#[tokio::test]
async fn a_send_that_waits_for_a_stop_is_refused() {
    let test = wide().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    let cell = cell(&test, world.contacts[0]).await;
    let mut stopper = test.conn().await;
    let stop = format!(
        "BEGIN; SELECT * FROM opt_out_cell({}, '{cell}', NULL, 'stop', NULL, 'contact', NULL, NULL)",
        world.organization
    );
    stopper.batch_execute(&stop).await.unwrap();
    let send = texter.send(world.contacts[0], world.initial());
    tokio::pin!(send);
    assert!(tokio::time::timeout(A_WHILE, &mut send).await.is_err());
    stopper.batch_execute("COMMIT").await.unwrap();
    let answer = send.await;
    assert_eq!(answer["errors"][0]["extensions"]["code"], "SENDERR_OPTEDOUT");
    assert_eq!(test.number("SELECT count(*) FROM message").await, 0);
}

#[tokio::test]
async fn what_a_sender_has_claimed_is_not_wanted_after_a_stop() {
    let test = wide().await;
    let world = World::new(&test, "one", 2).await;
    let texter = world.as_texter(&test).await;
    for contact in &world.contacts {
        texter.send(*contact, world.initial()).await;
    }
    let mut conn = test.conn().await;
    let numbers = NumberChoice {
        services: &[],
        daily_share: 200,
    };
    let claimed = message::claim(&mut conn, 10, 30.0, test.app.now(), numbers)
        .await
        .unwrap();
    assert_eq!(claimed.len(), 2);
    let held: Vec<_> = claimed
        .iter()
        .map(|text| (text.message_id, text.attempts))
        .collect();
    assert_eq!(
        message::still_wanted(&mut conn, &held, 1.0).await.unwrap().len(),
        2
    );
    let cell = cell(&test, world.contacts[0]).await;
    say(&test, Some(world.organization), "s1", &cell, NUMBER, "stop").await;
    let wanted = message::still_wanted(&mut conn, &held, 1.0).await.unwrap();
    let others: Vec<i64> = claimed
        .iter()
        .filter(|text| text.contact_id == world.contacts[1])
        .map(|text| text.message_id)
        .collect();
    assert_eq!(wanted, others);
}

#[tokio::test]
async fn stops_and_sends_in_any_order_leave_nothing_to_be_sent() {
    let test = wide().await;
    let world = World::new(&test, "one", 40).await;
    let texter = world.as_texter(&test).await;
    let mut cells = Vec::new();
    for contact in &world.contacts {
        cells.push(cell(&test, *contact).await);
    }
    let dispatching = async {
        for _ in 0..20 {
            bellwether_server::delivery::dispatch::run_once(&test.app)
                .await
                .unwrap();
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let races = world
        .contacts
        .iter()
        .zip(&cells)
        .enumerate()
        .map(|(index, (contact, cell))| {
            let (test, texter, world) = (&test, &texter, &world);
            async move {
                let id = format!("race-{index}");
                let stop = say(test, Some(world.organization), &id, cell, NUMBER, "STOP");
                let send = texter.send(*contact, world.initial());
                if index % 2 == 0 {
                    tokio::join!(stop, send);
                } else {
                    tokio::join!(send, stop);
                }
            }
        });
    // A dozen at a time, so that nobody waits for a connection longer than requests may.
    let racing = async {
        use futures_util::StreamExt;
        futures_util::stream::iter(races)
            .buffer_unordered(THREADS / 2)
            .collect::<Vec<()>>()
            .await;
    };
    tokio::join!(racing, dispatching);
    assert_eq!(
        test.number("SELECT count(*) FROM campaign_contact WHERE is_opted_out")
            .await,
        40
    );
    assert_consistent(&test).await;
    let sent = "SELECT count(*) FROM message WHERE automatic_answer IS NULL AND NOT is_from_contact
        AND send_status NOT IN ('NOT_ATTEMPTED')";
    let before = test.number(sent).await;
    test.deliver().await;
    assert_eq!(
        test.number(sent).await,
        before,
        "a text left after its opt-out had committed"
    );
    // Each is confirmed once or, where the STOP matched no conversation yet, not at all.
    assert_eq!(
        test.number(
            "SELECT count(*) FROM (SELECT 1 FROM message WHERE automatic_answer = 'stop'
                 GROUP BY contact_number HAVING count(*) > 1) twice"
        )
        .await,
        0
    );
}

#[tokio::test]
async fn a_stop_told_five_times_at_once_is_one_stop() {
    let test = wide().await;
    let world = World::new(&test, "one", 1).await;
    let texter = world.as_texter(&test).await;
    texter.send(world.contacts[0], world.initial()).await;
    test.deliver().await;
    let cell = cell(&test, world.contacts[0]).await;
    let before = test.number("SELECT count(*) FROM message").await;
    let told = (0..5).map(|_| say(&test, Some(world.organization), "same", &cell, NUMBER, "stop"));
    futures_util::future::join_all(told).await;
    test.deliver().await;
    for (sql, expected) in [
        ("SELECT count(*) FROM opt_out", 1),
        ("SELECT count(*) FROM opt_out_event", 1),
        (
            "SELECT count(*) FROM message WHERE automatic_answer = 'stop' AND send_status = 'DELIVERED'",
            1,
        ),
        ("SELECT count(*) FROM inbound_event WHERE event_key = 'same'", 1),
    ] {
        assert_eq!(test.number(sql).await, expected, "{sql}");
    }
    assert_eq!(
        test.number("SELECT count(*) FROM message").await,
        before + 2,
        "the STOP and its confirmation"
    );
}

#[tokio::test]
async fn a_storm_over_few_cells_ends_consistent() {
    let test = wide().await;
    let world = World::new(&test, "one", 4).await;
    let second = world.add_campaign(&test, "Second", 4).await;
    // Each cell is in two campaigns.
    test.execute(&format!(
        "UPDATE campaign_contact c SET cell = o.cell FROM (
             SELECT cell, row_number() OVER (ORDER BY id) AS n FROM campaign_contact WHERE campaign_id = {}) o,
             (SELECT id, row_number() OVER (ORDER BY id) AS n FROM campaign_contact WHERE campaign_id = {second}) s
         WHERE c.id = s.id AND s.n = o.n",
        world.campaign
    ))
    .await;
    let texter = world.as_texter(&test).await;
    for contact in &world.contacts {
        texter.send(*contact, world.initial()).await;
    }
    test.deliver().await;
    let mut cells = Vec::new();
    for contact in &world.contacts {
        cells.push(cell(&test, *contact).await);
    }
    let words = [
        "STOP",
        "START",
        "please take me off your list",
        "yes",
        "HELP",
        "Hello",
    ];
    let storm = (0..120_usize).map(|n| {
        let (test, world, texter, cells) = (&test, &world, &texter, &cells);
        async move {
            let at = (n * 7) % cells.len();
            if n % 5 == 4 {
                texter
                    .send(world.contacts[at], world.text(&format!("Text {n}")))
                    .await;
            } else {
                let word = words[n % words.len()];
                let organization = Some(world.organization).filter(|_| n % 2 == 0);
                say(
                    test,
                    organization,
                    &format!("storm-{n}"),
                    &cells[at],
                    NUMBER,
                    word,
                )
                .await;
            }
        }
    });
    {
        use futures_util::StreamExt;
        futures_util::stream::iter(storm)
            .buffer_unordered(THREADS / 2)
            .collect::<Vec<()>>()
            .await;
    }
    test.deliver().await;
    assert_consistent(&test).await;
    // The history tells the state of each cell, and goes back and forth.
    let wrong = "SELECT count(*) FROM (
        SELECT what, lag(what) OVER (PARTITION BY cell ORDER BY id) AS before FROM opt_out_event) e
        WHERE what IS NOT DISTINCT FROM before";
    assert_eq!(test.number(wrong).await, 0);
    let last = "SELECT count(*) FROM (SELECT DISTINCT ON (cell) cell, what FROM opt_out_event ORDER BY cell, id DESC) e
        WHERE (e.what = 'OPTED_OUT') <> EXISTS (SELECT 1 FROM opt_out o WHERE o.cell = e.cell)";
    assert_eq!(test.number(last).await, 0);
    let confirmed = "SELECT count(*) FROM message WHERE automatic_answer = 'stop'";
    let opted_out = "SELECT count(*) FROM opt_out_event WHERE what = 'OPTED_OUT'";
    assert!(test.number(confirmed).await <= test.number(opted_out).await);
    assert!(test.number(opted_out).await > 0);
}
