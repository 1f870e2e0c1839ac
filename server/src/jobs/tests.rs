//! The jobs on a real PostgreSQL, from enqueuing to what is left in the tables.

use std::io::Write;

use base64::{Engine, engine::general_purpose::STANDARD};
use bellwether_db::{
    PooledConn, campaign,
    campaign::CampaignChanges,
    interaction_step::StepText,
    job_data, organization,
    stored_file::{self, CHUNK_BYTES, NewStoredFile},
    user::{self, NewUser},
};
use bellwether_test_db::TestDb;
use chrono::TimeDelta;
use serde_json::{Value, json};

use super::*;
use crate::{
    assignment::assign_texters::{TexterAssignment, enqueue_assign},
    campaign::{
        export::{enqueue_export, latest_exports},
        import_contacts::enqueue_import,
        start::{enqueue_start, start_blockers},
    },
    config::Config,
    serve,
};

struct World {
    app: App,
    organization_id: i64,
    campaign_id: i64,
    owner: i64,
    texters: Vec<i64>,
    _db: TestDb,
}

impl World {
    async fn new() -> Self {
        let db = TestDb::new().await;
        let app = serve::build_app(Config::for_tests(db.url())).unwrap();
        let mut conn = app.db().await.unwrap();
        let organization_id = organization::insert(&mut conn, "secret", "Org").await.unwrap().id;
        let mut people = Vec::new();
        for (email, role) in [
            ("o@x.org", "OWNER"),
            ("a@x.org", "TEXTER"),
            ("b@x.org", "TEXTER"),
            ("c@x.org", "TEXTER"),
        ] {
            let new = NewUser {
                email,
                password_hash: None,
                first_name: "=Ann",
                last_name: "Lee",
                cell: "+12125550199",
            };
            let user = new.insert(&mut conn).await.unwrap();
            user::set_role(&mut conn, user.id, organization_id, role)
                .await
                .unwrap();
            people.push(user.id);
        }
        let owner = people.remove(0);
        let campaign_id = campaign::insert(&mut conn, organization_id, owner, "Get Out!")
            .await
            .unwrap()
            .id;
        drop(conn);
        Self {
            app,
            organization_id,
            campaign_id,
            owner,
            texters: people,
            _db: db,
        }
    }

    fn ids(&self) -> (i64, i64) {
        (self.campaign_id, self.organization_id)
    }

    async fn conn(&self) -> PooledConn {
        self.app.db().await.unwrap()
    }

    async fn upload(&self, text: &str) -> i64 {
        let mut conn = self.conn().await;
        let new = NewStoredFile {
            organization_id: self.organization_id,
            campaign_id: self.campaign_id,
            user_id: None,
            purpose: "contacts",
            name: "contacts.csv",
        };
        let file = new.insert(&mut conn).await.unwrap();
        for (position, chunk) in (0..).zip(text.as_bytes().chunks(CHUNK_BYTES)) {
            stored_file::append(&mut conn, file.id, position, chunk)
                .await
                .unwrap();
        }
        stored_file::complete(&mut conn, file.id).await.unwrap().id
    }

    async fn enqueue_csv(&self, text: &str) -> OpResult<JobRow> {
        let id = self.upload(text).await;
        let mapping = json!({"firstName": "first", "lastName": "last", "cell": "phone", "zip": "zip"});
        let data = json!({"uploadId": id.to_string(), "mapping": mapping}).to_string();
        enqueue_import(
            &mut *self.conn().await,
            self.ids(),
            import_contacts::METHOD,
            &data,
        )
        .await
    }

    async fn import(&self, text: &str) -> Value {
        self.enqueue_csv(text).await.unwrap();
        assert!(run_until_idle(&self.app).await > 0);
        self.result().await.1
    }

    async fn result(&self) -> (Option<bool>, Value) {
        let row = campaign::admin_of(&mut *self.conn().await, &[self.campaign_id])
            .await
            .unwrap()
            .pop()
            .unwrap();
        (
            row.ingest_success,
            serde_json::from_str(&row.ingest_result.unwrap_or("null".to_owned())).unwrap(),
        )
    }

    async fn loads(&self) -> Vec<(i64, i64)> {
        let loads = job_data::assignment_loads(&mut *self.conn().await, self.campaign_id)
            .await
            .unwrap();
        loads
            .iter()
            .map(|load| (load.user_id, load.needs_message))
            .collect()
    }

    async fn assign(&self, counts: &[(i64, i64)]) -> OpResult<JobRow> {
        let texter = |&(id, needs_message_count): &(i64, i64)| TexterAssignment {
            id,
            needs_message_count,
            max_contacts: None,
            contacts_count: None,
        };
        let texters: Vec<_> = counts.iter().map(texter).collect();
        enqueue_assign(&mut *self.conn().await, self.ids(), &texters).await
    }

    async fn make_ready(&self) {
        let mut conn = self.conn().await;
        let changes = CampaignChanges {
            description: Some("Saturday"),
            due_by: Some(self.app.now() + TimeDelta::days(3)),
            ..CampaignChanges::default()
        };
        campaign::update(&mut conn, self.campaign_id, &changes)
            .await
            .unwrap();
        let step = StepText {
            parent_id: None,
            question: "Coming?",
            script: "Hi {firstName}, {event}?",
            answer_option: "",
            answer_actions: "",
            answer_actions_data: None,
            position: 0,
        };
        step.insert(&mut conn, self.campaign_id).await.unwrap();
    }

    async fn file(&self, path: &str) -> String {
        let token = path.split('/').nth(2).unwrap();
        let mut conn = self.conn().await;
        let file = stored_file::download(&mut conn, token).await.unwrap().unwrap();
        let mut bytes = Vec::new();
        let mut position = 0;
        while let Some(chunk) = stored_file::chunk(&mut conn, file.id, position).await.unwrap() {
            bytes.extend(chunk);
            position += 1;
        }
        assert_eq!(file.size_bytes, bytes.len() as i64);
        String::from_utf8(bytes).unwrap()
    }
}

/// A file of `count` valid rows with cells from +1 212 200 0000 on.
fn csv(count: usize) -> String {
    let rows = (0..count).map(|n| format!("F{n},L,212{},02139,=e{n}\r\n", 2_000_000 + n));
    std::iter::once("first,last,phone,zip,event\r\n".to_owned())
        .chain(rows)
        .collect()
}

#[tokio::test]
async fn a_file_replaces_the_contacts_and_tells_what_became_of_each_row() {
    let world = World::new().await;
    world.import(&csv(5)).await;
    let mut conn = world.conn().await;
    bellwether_db::opt_out::opt_out_cell(
        &mut conn,
        world.organization_id,
        "+12125550103",
        None,
        "stop",
        None,
    )
    .await
    .unwrap();
    let text = "first,last,phone,zip,event\n\
        Ann,Lee,(212) 555-0101,60614,Sat\n\
        Bob,Lee,12125550102,,Sun\n\
        Ann2,Lee,212.555.0101,60614,Sat\n\
        Out,Lee,2125550103,,Sat\n\
        Bad,Lee,123,,Sat\n\
        None,Lee,,,\n";
    let result = world.import(text).await;
    assert_eq!(result["rows"], 6);
    assert_eq!(result["contacts"], 2);
    assert_eq!(result["duplicates"], 1);
    assert_eq!(result["optedOut"], 1);
    assert_eq!(result["invalidCount"], 2);
    assert_eq!(
        result["invalid"][0],
        json!({"line": 6, "reason": "the cell is not valid: this phone number does not exist"})
    );
    assert_eq!(result["invalid"][1]["line"], 7);
    assert_eq!(world.result().await.0, Some(true));
    let row = campaign::by_ids(&mut conn, &[world.campaign_id])
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert_eq!(row.custom_fields(), ["event"]);
    assert_eq!(
        job_data::readiness_counts(&mut conn, world.campaign_id)
            .await
            .unwrap()
            .contacts,
        2
    );
    assert_eq!(bellwether_db::contact_count::drift(&mut conn).await.unwrap(), 0);
    let range = bellwether_db::export::contact_range(&mut conn, world.campaign_id)
        .await
        .unwrap()
        .unwrap();
    let contacts = bellwether_db::export::contacts(&mut conn, world.campaign_id, 0, range.last, 10)
        .await
        .unwrap();
    let seen: Vec<_> = contacts
        .iter()
        .map(|c| (c.first_name.as_str(), c.cell.as_str(), c.zip.as_str()))
        .collect();
    assert_eq!(
        seen,
        [("Ann", "+12125550101", "60614"), ("Bob", "+12125550102", "")]
    );
    assert!(
        bellwether_queue::pending_for_campaign(&mut conn, world.campaign_id)
            .await
            .unwrap()
            .is_empty()
    );
}

#[tokio::test]
async fn a_large_file_goes_on_after_a_crash_without_counting_twice() {
    let world = World::new().await;
    let job = world.enqueue_csv(&csv(500)).await.unwrap();
    let mut conn = world.conn().await;
    // The first worker stores a batch and dies: simulated by what it would have left.
    let lease = Duration::from_millis(1);
    let claimed = bellwether_queue::claim(&mut conn, "dead", lease)
        .await
        .unwrap()
        .unwrap();
    assert_eq!(claimed.id, job.id);
    let task = {
        let (app, job) = (world.app.clone(), claimed.clone());
        tokio::spawn(async move {
            let _ = import_contacts::import_contacts(&app, &job, &job.lease(Duration::from_millis(1))).await;
        })
    };
    loop {
        let row = bellwether_queue::find(&mut conn, job.id).await.unwrap();
        let rows = row
            .and_then(|row| row.checkpoint)
            .and_then(|checkpoint| checkpoint["rows"].as_i64());
        if rows.is_some_and(|rows| rows >= 200) {
            task.abort();
            break;
        }
        assert!(!task.is_finished(), "the job ended too early");
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    tokio::time::sleep(Duration::from_millis(50)).await;
    run_until_idle(&world.app).await;
    let (is_success, result) = world.result().await;
    assert_eq!(is_success, Some(true));
    assert_eq!(
        (&result["rows"], &result["contacts"], &result["duplicates"]),
        (&json!(500), &json!(500), &json!(0))
    );
    assert_eq!(
        job_data::readiness_counts(&mut conn, world.campaign_id)
            .await
            .unwrap()
            .contacts,
        500
    );
}

#[tokio::test]
async fn spokes_own_form_is_taken() {
    let world = World::new().await;
    let upload = json!({"name": "x", "customFields": ["event"], "contacts": [
        {"firstName": "Ann", "lastName": "Lee", "cell": "+12125550101", "zip": "02139", "customFields": {"event": 5}},
        {"firstName": "Bob", "lastName": "Lee", "cell": "+12125550102", "customFields": "{\"event\": \"x\"}"}]});
    let mut encoder = flate2::write::GzEncoder::new(Vec::new(), flate2::Compression::default());
    encoder.write_all(upload.to_string().as_bytes()).unwrap();
    let data = STANDARD.encode(encoder.finish().unwrap());
    enqueue_import(
        &mut *world.conn().await,
        world.ids(),
        import_contacts::METHOD,
        &data,
    )
    .await
    .unwrap();
    run_until_idle(&world.app).await;
    assert_eq!(world.result().await.1["contacts"], 2);
    let error = enqueue_import(
        &mut *world.conn().await,
        world.ids(),
        import_contacts::METHOD,
        "AAAA",
    )
    .await
    .unwrap_err();
    assert!(error.to_string().contains("not base64 of gzip"));
}

#[tokio::test]
async fn bad_files_are_refused_and_keep_the_old_contacts() {
    let world = World::new().await;
    world.import(&csv(3)).await;
    let error = world.enqueue_csv("a,b\n1,2\n").await.unwrap_err();
    assert!(error.to_string().contains("first"), "{error}");
    let job = world
        .enqueue_csv("first,last,phone,zip\nAnn,Lee,123,\n")
        .await
        .unwrap();
    run_until_idle(&world.app).await;
    let (is_success, result) = world.result().await;
    assert_eq!(is_success, Some(false));
    assert!(
        result["errors"][0]
            .as_str()
            .unwrap()
            .starts_with("No row of the file is a contact. Line 2:")
    );
    let mut conn = world.conn().await;
    assert_eq!(
        job_data::readiness_counts(&mut conn, world.campaign_id)
            .await
            .unwrap()
            .contacts,
        3
    );
    let pending = bellwether_queue::pending_for_campaign(&mut conn, world.campaign_id)
        .await
        .unwrap();
    assert_eq!((pending[0].id, pending[0].failed_at.is_some()), (job.id, true));
    assert!(
        cancel_job(&mut conn, world.campaign_id + 1, job.id)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        cancel_job(&mut conn, world.campaign_id, job.id)
            .await
            .unwrap()
            .is_some()
    );
    let job = world.enqueue_csv(&csv(3)).await.unwrap();
    cancel_job(&mut conn, world.campaign_id, job.id).await.unwrap();
    assert_eq!(world.result().await.0, Some(false));
    assert_eq!(run_until_idle(&world.app).await, 0);
}

#[tokio::test]
async fn texters_get_and_give_back() {
    let world = World::new().await;
    world.import(&csv(100)).await;
    let [a, b, c] = world.texters[..] else { panic!() };
    assert!(
        world
            .assign(&[(a, 60), (b, 41)])
            .await
            .unwrap_err()
            .to_string()
            .contains("adds up to 101")
    );
    assert!(
        world
            .assign(&[(999_999, 1)])
            .await
            .unwrap_err()
            .to_string()
            .contains("999999")
    );
    world.assign(&[(a, 60), (b, 30)]).await.unwrap();
    run_until_idle(&world.app).await;
    assert_eq!(world.loads().await, [(a, 60), (b, 30)]);
    // The same again changes nothing; then one loses, one goes, one comes.
    world.assign(&[(a, 60), (b, 30)]).await.unwrap();
    run_until_idle(&world.app).await;
    assert_eq!(world.loads().await, [(a, 60), (b, 30)]);
    world.assign(&[(a, 20), (c, 80)]).await.unwrap();
    run_until_idle(&world.app).await;
    assert_eq!(world.loads().await, [(a, 20), (c, 80)]);
    let mut conn = world.conn().await;
    assert_eq!(bellwether_db::contact_count::drift(&mut conn).await.unwrap(), 0);
    world.assign(&[]).await.unwrap();
    run_until_idle(&world.app).await;
    assert!(world.loads().await.is_empty());
    assert_eq!(
        job_data::needs_message_count(&mut conn, world.campaign_id)
            .await
            .unwrap(),
        100
    );
}

#[tokio::test]
async fn a_campaign_starts_when_it_is_ready_and_then_takes_no_contacts() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let now = world.app.now();
    let error = enqueue_start(&mut conn, world.ids(), now).await.unwrap_err();
    assert!(error.to_string().contains("Upload contacts."));
    world.make_ready().await;
    // Enqueued while contacts are still being loaded: the job decides.
    world.enqueue_csv(&csv(3)).await.unwrap();
    bellwether_db::opt_out::opt_out_cell(&mut conn, world.organization_id, "+12122000001", None, "", None)
        .await
        .unwrap();
    let job = enqueue_start(&mut conn, world.ids(), now).await.unwrap().unwrap();
    assert_eq!(
        enqueue_start(&mut conn, world.ids(), now)
            .await
            .unwrap()
            .unwrap()
            .id,
        job.id
    );
    assert_eq!(run_until_idle(&world.app).await, 2);
    assert!(
        start_blockers(&mut conn, world.campaign_id, now)
            .await
            .unwrap()
            .is_empty()
    );
    let row = campaign::by_ids(&mut conn, &[world.campaign_id])
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert!(row.is_started);
    assert!(
        enqueue_start(&mut conn, world.ids(), now)
            .await
            .unwrap()
            .is_none()
    );
    assert!(
        world
            .enqueue_csv(&csv(1))
            .await
            .unwrap_err()
            .to_string()
            .contains("has started")
    );
}

#[tokio::test]
async fn a_start_that_is_not_ready_fails_with_the_reasons() {
    let world = World::new().await;
    world.make_ready().await;
    let mut conn = world.conn().await;
    let now = world.app.now();
    // The file lacks the script's {event}.
    world
        .enqueue_csv("first,last,phone,zip\nAnn,Lee,2125550101,\n")
        .await
        .unwrap();
    let job = enqueue_start(&mut conn, world.ids(), now).await.unwrap().unwrap();
    run_until_idle(&world.app).await;
    let failed = bellwether_queue::find(&mut conn, job.id).await.unwrap().unwrap();
    assert!(
        failed.result_message.contains("{event}"),
        "{}",
        failed.result_message
    );
    let row = campaign::by_ids(&mut conn, &[world.campaign_id])
        .await
        .unwrap()
        .pop()
        .unwrap();
    assert!(!row.is_started);
}

#[tokio::test]
async fn an_export_has_every_contact_and_its_links() {
    let world = World::new().await;
    world.make_ready().await;
    world.import(&csv(432)).await;
    world.assign(&[(world.texters[0], 10)]).await.unwrap();
    run_until_idle(&world.app).await;
    let mut conn = world.conn().await;
    assert!(
        latest_exports(&mut conn, world.campaign_id)
            .await
            .unwrap()
            .is_none()
    );
    let job = enqueue_export(&mut conn, world.ids(), world.owner).await.unwrap();
    assert_eq!(
        enqueue_export(&mut conn, world.ids(), world.owner)
            .await
            .unwrap()
            .id,
        job.id
    );
    assert_eq!(run_until_idle(&world.app).await, 1);
    let links = latest_exports(&mut conn, world.campaign_id)
        .await
        .unwrap()
        .unwrap();
    assert!(links.contacts_path.contains("/get-out-") && links.messages_path.ends_with("-messages.csv"));
    let contacts = world.file(&links.contacts_path).await;
    assert_eq!(contacts.lines().count(), 433);
    let mut lines = contacts.lines();
    assert!(
        lines
            .next()
            .unwrap()
            .ends_with("texterExtra,event,tags,question[Coming?]")
    );
    let first = lines.next().unwrap();
    assert!(first.contains(",'=Ann,Lee,a@x.org,+12125550199,"), "{first}");
    assert!(
        first.contains(",+12122000000,") && first.contains(",'=e0,"),
        "{first}"
    );
    assert_eq!(world.file(&links.messages_path).await.lines().count(), 1);
}

#[tokio::test]
async fn an_unknown_job_fails_in_plain_words() {
    let world = World::new().await;
    let mut conn = world.conn().await;
    let new = bellwether_queue::NewJob {
        organization_id: None,
        campaign_id: None,
        queue_name: "x",
        job_type: "dance",
        payload: json!({}),
        max_attempts: 5,
    };
    let job = bellwether_queue::enqueue(&mut conn, &new).await.unwrap();
    run_until_idle(&world.app).await;
    let failed = bellwether_queue::find(&mut conn, job.id).await.unwrap().unwrap();
    assert_eq!(
        failed.result_message,
        "This server does not know jobs of the type `dance`."
    );
}
