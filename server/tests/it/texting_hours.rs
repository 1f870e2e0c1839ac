//! Texting hours by law, by state and by zone (R19): the database's rule is `domain`'s, the data is one, and what
//! owners change is on record.

use bellwether_domain::texting_hours::{DayHours, TextingHours, WeekHours, Window, law, law_of, parse_zone};
use chrono::{DateTime, TimeZone, Utc};
use serde_json::{Value, json};

use crate::harness::{TestApp, World};

const RULES: &str = "query ($id: String!) { organization(id: $id) { textingHoursRules {
    place hours { weekday startHour endHour } lawHours { startHour endHour } source asOf isOwn isLooser note setBy } } }";
const HISTORY: &str = "query ($id: String!) { organization(id: $id) { textingHoursHistory {
    place isLooser note setBy endedBy endedAt } } }";
const SET: &str = "mutation ($id: String!, $place: String!, $hours: [TextingHoursDayInput!]!, $note: String, $ack: Boolean) {
    setTextingHoursRule(organizationId: $id, place: $place, hours: $hours, note: $note, acknowledgeLooser: $ack) {
        place isOwn isLooser } }";
const REMOVE: &str = "mutation ($id: String!, $place: String!) {
    removeTextingHoursRule(organizationId: $id, place: $place) { place isOwn } }";

#[tokio::test]
async fn the_databases_law_is_the_data_file() {
    let test = TestApp::new().await;
    for rule in law() {
        let column = |hour: fn(&DayHours) -> u8| {
            let hours: Vec<String> = rule.week.0.iter().map(|day| hour(day).to_string()).collect();
            format!("{{{}}}", hours.join(","))
        };
        let wanted = format!(
            "{} {} {} {}",
            column(|day| day.start_hour),
            column(|day| day.end_hour),
            rule.source,
            rule.as_of
        );
        let stored = test
            .text(&format!(
                "SELECT start_hours::text || ' ' || end_hours::text || ' ' || source || ' ' || as_of::text AS hash
                 FROM law_texting_hours WHERE place = '{}'",
                rule.place
            ))
            .await;
        assert_eq!(stored, wanted, "{}", rule.place);
    }
    assert_eq!(
        test.number("SELECT count(*) FROM law_texting_hours").await,
        law().len() as i64
    );
}

/// Each quarter of an hour of two days, as the database sees it: `epoch opens closes` by line, epochs or 0.
async fn walk(test: &TestApp, zones: &str, state: &str, from: DateTime<Utc>) -> Vec<(i64, i64, i64)> {
    let text = test
        .text(&format!(
            "SELECT string_agg(format('%s %s %s', extract(epoch FROM t)::bigint,
                 coalesce(extract(epoch FROM w.opens_at)::bigint, 0),
                 coalesce(extract(epoch FROM w.closes_at)::bigint, 0)), ',' ORDER BY t) AS hash
             FROM campaign ca JOIN organization o ON o.id = ca.organization_id
             CROSS JOIN generate_series('{from}'::timestamptz, '{from}'::timestamptz + interval '48 hours',
                 interval '15 minutes') t
             CROSS JOIN LATERAL texting_window('{zones}', '{state}', ca, o, t) w"
        ))
        .await;
    let number = |text: Option<&str>| text.unwrap().parse().unwrap();
    let line = |line: &str| {
        let mut words = line.split(' ');
        (number(words.next()), number(words.next()), number(words.next()))
    };
    text.split(',').map(line).collect()
}

fn window(week: WeekHours, zones: &str, epoch: i64) -> (i64, i64) {
    let zones: Vec<_> = zones.split(' ').map(|zone| parse_zone(zone).unwrap()).collect();
    match week.window_in_all(DateTime::from_timestamp(epoch, 0).unwrap(), &zones) {
        Window::Open { closes_at } => (0, closes_at.map_or(0, |end| end.timestamp())),
        Window::Closed { opens_at } => (opens_at.timestamp(), 0),
        // The year 9999.
        Window::Never => (253_370_764_800, 0),
    }
}

#[tokio::test]
async fn r19_the_databases_rule_is_domains_on_the_days_when_clocks_change() {
    let test = TestApp::new().await;
    World::new(&test, "one", 0).await;
    let zones = [
        "America/New_York",
        "America/Chicago",
        "America/Denver",
        "America/Phoenix",
        "America/Los_Angeles",
        "America/Anchorage",
        "Pacific/Honolulu",
        "America/Puerto_Rico",
        "America/Chicago America/New_York",
        "America/Phoenix America/Denver",
        "America/New_York Pacific/Honolulu",
    ];
    let own = [
        None,
        Some((9, 21)),
        Some((0, 24)),
        Some((1, 2)),
        Some((2, 3)),
        Some((0, 1)),
        Some((20, 24)),
    ];
    let starts = [
        Utc.with_ymd_and_hms(2026, 3, 7, 12, 0, 0).unwrap(),
        Utc.with_ymd_and_hms(2026, 10, 31, 12, 0, 0).unwrap(),
    ];
    let mut compared = 0;
    for (own, is_law_lifted) in own.into_iter().flat_map(|own| [(own, false), (own, true)]) {
        let (start, end) = own.unwrap_or((9, 21));
        test.execute(&format!(
            "UPDATE organization SET texting_hours_enforced = {}, texting_hours_start = {start}, texting_hours_end = {end}",
            own.is_some()
        ))
        .await;
        test.execute("DELETE FROM organization_texting_hours").await;
        if is_law_lifted {
            test.execute(
                "INSERT INTO organization_texting_hours (organization_id, place, start_hours, end_hours, is_looser)
                 SELECT o.id, l.place, '{0,0,0,0,0,0,0}', '{24,24,24,24,24,24,24}', true
                 FROM organization o, law_texting_hours l",
            )
            .await;
        }
        let daily = WeekHours::daily(TextingHours::new(own.is_some(), start, end).unwrap());
        let states: &[&str] = if is_law_lifted {
            &["TX"]
        } else {
            &["", "TX", "AL", "RI"]
        };
        for state in states {
            let mut week = daily;
            if !is_law_lifted {
                week = week.and(law_of("US").unwrap().week);
                week = law_of(state).map_or(week, |law| week.and(law.week));
            }
            for (zones, from) in zones.iter().flat_map(|zones| starts.map(|from| (zones, from))) {
                for (epoch, opens, closes) in walk(&test, zones, state, from).await {
                    let at = DateTime::from_timestamp(epoch, 0).unwrap();
                    assert_eq!(
                        (opens, closes),
                        window(week, zones, epoch),
                        "{own:?} {state} {zones} {at}"
                    );
                    compared += 1;
                }
            }
        }
    }
    println!("report: texting hours: {compared} instants compared");
}

#[tokio::test]
async fn r19_a_state_closes_earlier_and_not_at_all_on_its_sunday() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 3).await;
    test.execute("UPDATE organization SET texting_hours_enforced = false")
        .await;
    for (contact, state) in world.contacts.iter().zip(["FL", "NY", "AL"]) {
        test.execute(&format!(
            "UPDATE campaign_contact SET state = '{state}' WHERE id = {contact}"
        ))
        .await;
    }
    let texter = world.as_texter(&test).await;
    // Saturday 5 December 2026, 20:00 in New York: over in Florida and Alabama.
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 6, 1, 0, 0).unwrap());
    assert_eq!(
        texter.send_code(world.contacts[0], world.initial()).await,
        "SENDERR_OFFHOURS"
    );
    assert_eq!(
        texter.send_code(world.contacts[2], world.initial()).await,
        "SENDERR_OFFHOURS"
    );
    assert!(texter.send(world.contacts[1], world.initial()).await["errors"].is_null());
    // Sunday at noon: Florida is open, Alabama is not.
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 6, 17, 0, 0).unwrap());
    assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
    assert_eq!(
        texter.send_code(world.contacts[2], world.initial()).await,
        "SENDERR_OFFHOURS"
    );
    assert_eq!(counts(&test, world.campaign).await, (1, 0));
    // Monday at eight.
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 7, 13, 0, 0).unwrap());
    assert_eq!(counts(&test, world.campaign).await, (1, 1));
    assert!(texter.send(world.contacts[2], world.initial()).await["errors"].is_null());
}

/// Contacts who wait for the first message, and those of them whose hours are open.
async fn counts(test: &TestApp, campaign: i64) -> (i64, i64) {
    let counts =
        bellwether_db::contact_count::of_campaigns(&mut *test.conn().await, &[campaign], test.app.now())
            .await
            .unwrap();
    (counts[0].needs_message, counts[0].needs_message_now)
}

#[tokio::test]
async fn r19_a_queued_text_waits_for_the_states_morning() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    test.execute("UPDATE organization SET texting_hours_enforced = false")
        .await;
    test.execute("UPDATE campaign_contact SET state = 'FL'").await;
    let texter = world.as_texter(&test).await;
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 6, 0, 59, 0).unwrap());
    assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
    // Its end went along, so that the vendor's own backlog cannot deliver at night.
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 6, 1, 0, 0).unwrap());
    test.deliver().await;
    assert_eq!(
        test.text("SELECT send_status AS hash FROM message").await,
        "QUEUED"
    );
    assert_eq!(
        test.number("SELECT round(extract(epoch FROM available_at - now()) / 3600)::bigint FROM message")
            .await,
        12
    );
}

#[tokio::test]
async fn a_contact_of_two_zones_is_texted_when_both_are_open() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 1).await;
    test.execute("UPDATE organization SET texting_hours_enforced = false")
        .await;
    test.execute("UPDATE campaign_contact SET time_zone = 'America/Chicago America/New_York', state = 'IN'")
        .await;
    let texter = world.as_texter(&test).await;
    for (hour, minute) in [(13, 0), (13, 59)] {
        test.app
            .clock
            .set(Utc.with_ymd_and_hms(2026, 12, 2, hour, minute, 0).unwrap());
        assert_eq!(
            texter.send_code(world.contacts[0], world.initial()).await,
            "SENDERR_OFFHOURS"
        );
    }
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 2, 14, 0, 0).unwrap());
    let zones = "query ($id: String!) { assignment(assignmentId: $id) { contacts { timeZone timeZones location { timezone { offset hasDST } } } } }";
    let contact = texter
        .data(zones, json!({"id": world.assignment.to_string()}))
        .await;
    assert_eq!(
        contact["assignment"]["contacts"][0],
        json!({"timeZone": "America/Chicago", "timeZones": ["America/Chicago", "America/New_York"],
            "location": {"timezone": {"offset": -6, "hasDST": true}}})
    );
    assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
}

async fn rules(test: &TestApp, world: &World) -> Vec<Value> {
    let supervisor = test.client(world.person("SUPERVOLUNTEER")).await;
    let data = supervisor
        .data(RULES, json!({"id": world.organization.to_string()}))
        .await;
    data["organization"]["textingHoursRules"]
        .as_array()
        .unwrap()
        .clone()
}

#[tokio::test]
async fn owners_tighten_and_loosen_on_record() {
    let test = TestApp::new().await;
    let world = World::new(&test, "one", 2).await;
    let other = World::new(&test, "two", 1).await;
    test.execute("UPDATE organization SET texting_hours_enforced = false")
        .await;
    let before = rules(&test, &world).await;
    assert_eq!(before.len(), law().len());
    assert_eq!(before[0]["place"], "US");
    assert_eq!(
        before[0]["hours"][6],
        json!({"weekday": 7, "startHour": 8, "endHour": 21})
    );
    assert_eq!(before[0]["source"], "47 CFR 64.1200(c)(1)");
    let owner = test.client(world.owner()).await;
    let id = world.organization.to_string();
    let set = async |place: &str, hours: Value, note: &str, ack: bool| {
        let variables = json!({"id": id, "place": place, "hours": hours, "note": note, "ack": ack});
        owner.graphql(SET, variables).await
    };
    let day = |start: i32, end: i32| json!([{"startHour": start, "endHour": end}]);
    // Tighter needs nothing, also where the law has nothing to say.
    assert!(set("ny", day(10, 18), "", false).await["errors"].is_null());
    let texter = world.as_texter(&test).await;
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 2, 23, 0, 0).unwrap());
    assert_eq!(
        texter.send_code(world.contacts[0], world.initial()).await,
        "SENDERR_OFFHOURS"
    );
    // Others keep the law's.
    let others = other.as_texter(&test).await;
    assert!(others.send(other.contacts[0], other.initial()).await["errors"].is_null());
    // Looser needs to be known, and a reason.
    for (note, ack, field) in [
        ("", false, "acknowledgeLooser"),
        ("why", false, "acknowledgeLooser"),
        (" ", true, "note"),
    ] {
        let answer = set("US", day(8, 22), note, ack).await;
        assert!(
            answer["errors"][0]["message"]
                .as_str()
                .unwrap()
                .starts_with(field),
            "{answer}"
        );
    }
    assert!(set("US", day(8, 22), "Counsel, 3 May", true).await["errors"].is_null());
    assert!(set("ny", day(8, 22), "", false).await["errors"].is_null());
    let after = rules(&test, &world).await;
    assert_eq!(after[0]["isLooser"], true);
    assert_eq!(after[0]["setBy"], world.owner().to_string());
    assert_eq!(after[0]["lawHours"][0]["endHour"], 21);
    assert_eq!(after.iter().filter(|rule| rule["isOwn"] == true).count(), 2);
    test.app
        .clock
        .set(Utc.with_ymd_and_hms(2026, 12, 3, 2, 59, 0).unwrap());
    assert!(texter.send(world.contacts[0], world.initial()).await["errors"].is_null());
    // Back to the law.
    let removed = owner.graphql(REMOVE, json!({"id": id, "place": "US"})).await;
    assert!(removed["errors"].is_null(), "{removed}");
    assert_eq!(
        texter.send_code(world.contacts[1], world.initial()).await,
        "SENDERR_OFFHOURS"
    );
    let history = owner.data(HISTORY, json!({"id": id})).await;
    let history = history["organization"]["textingHoursHistory"].as_array().unwrap();
    assert_eq!(history.len(), 3);
    let loosened = history.iter().find(|row| row["place"] == "US").unwrap();
    assert_eq!(loosened["note"], "Counsel, 3 May");
    assert_eq!(loosened["endedBy"], world.owner().to_string());
    assert!(loosened["endedAt"].is_string());
    for (place, hours, field) in [
        ("Florida", day(9, 10), "place"),
        ("FL", day(10, 9), "hours"),
        ("FL", day(-1, 9), "hours"),
        ("FL", day(9, 25), "hours"),
        ("FL", json!([]), "hours"),
    ] {
        let answer = set(place, hours, "", false).await;
        assert!(
            answer["errors"][0]["message"]
                .as_str()
                .unwrap()
                .starts_with(field),
            "{answer}"
        );
    }
}

#[tokio::test]
async fn the_demo_can_be_tried_at_night() {
    let test = TestApp::new().await;
    assert!(bellwether_server::seed::run(&test.app).await.unwrap());
    let running = test.number("SELECT id FROM campaign WHERE is_started").await;
    for hour in 0..24 {
        test.app
            .clock
            .set(Utc.with_ymd_and_hms(2026, 12, 6, hour, 0, 0).unwrap());
        let (waiting, open) = counts(&test, running).await;
        assert!(waiting > 0);
        assert_eq!(open, waiting, "{hour}");
    }
}
