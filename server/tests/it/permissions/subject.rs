//! An organization with one of everything that an id can name.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::call::{Entity, Ids};
use crate::harness::{TestApp, World};

/// An organization with one of everything.
pub struct Subject {
    pub world: World,
    pub name: String,
    pub user: i64,
    tag: i64,
    job: i64,
    step: i64,
    canned_response: i64,
    message: i64,
    upload: i64,
    transfer: i64,
    unmatched_text: i64,
    invite: String,
}

impl Subject {
    pub async fn new(test: &TestApp, name: &str) -> Self {
        let world = World::new(test, name, 2).await;
        let (organization, campaign) = (world.organization, world.campaign);
        let contact = world.contacts[0];
        let invite = format!("invite-of-{name}-with-enough-characters");
        let hash: String = Sha256::digest(&invite)
            .iter()
            .map(|byte| format!("{byte:02x}"))
            .collect();
        test.execute(&format!(
            "UPDATE campaign SET features = features || '{{\"USE_DYNAMIC_REPLIES\": true}}', use_dynamic_assignment = true
                 WHERE id = {campaign};
             UPDATE campaign_contact SET message_status = 'needsResponse', updated_at = now() - interval '2 hours'
                 WHERE id = {contact};
             INSERT INTO tag (organization_id, name, \"group\") VALUES ({organization}, 'Help', 'texter-tags');
             INSERT INTO canned_response (campaign_id, title, text) VALUES ({campaign}, 'Where', 'At the school');
             INSERT INTO job_request (organization_id, campaign_id, queue_name, job_type, failed_at)
                 VALUES ({organization}, {campaign}, 'q{campaign}', 'export', now());
             INSERT INTO message (campaign_contact_id, organization_id, contact_number, is_from_contact, send_status)
                 SELECT id, organization_id, cell, n = 2, 'DELIVERED'
                     FROM campaign_contact, generate_series(1, 2) n WHERE id = {contact};
             UPDATE organization SET features = features || '{{\"ALLOW_SEND_ALL_ENABLED\": true}}' WHERE id = {organization};
             WITH text AS (INSERT INTO message (organization_id, contact_number, is_from_contact, text, send_status)
                     VALUES ({organization}, '+13125550123', true, 'Who are you?', 'DELIVERED') RETURNING *)
                 INSERT INTO unmatched_text (organization_id, message_id, service, contact_number, user_number)
                 SELECT organization_id, id, 'fakeservice', contact_number, '+15005550006' FROM text;
             INSERT INTO opt_out (organization_id, cell) VALUES ({organization}, '+12125550123');
             INSERT INTO stored_file (organization_id, purpose, name, token, is_complete, expires_at)
                 VALUES ({organization}, 'opt_outs', 'opt-outs.csv', 'upload-of-{organization}', true,
                     now() + interval '1 day');
             WITH job AS (INSERT INTO job_request (organization_id, queue_name, job_type)
                     VALUES ({organization}, '{organization}:import_opt_outs', 'import_opt_outs') RETURNING id)
                 INSERT INTO opt_out_transfer (organization_id, kind, job_id)
                 SELECT {organization}, 'IMPORT', id FROM job;
             INSERT INTO invite (hash_sha256, expires_at) VALUES ('\\x{hash}', now() + interval '1 day')"
        ))
        .await;
        let of = async |table: &str, column: &str, id: i64| {
            test.number(&format!("SELECT max(id) FROM {table} WHERE {column} = {id}"))
                .await
        };
        Self {
            tag: of("tag", "organization_id", organization).await,
            job: of("job_request", "campaign_id", campaign).await,
            step: test
                .number(&format!(
                    "SELECT min(id) FROM interaction_step WHERE campaign_id = {campaign}"
                ))
                .await,
            canned_response: of("canned_response", "campaign_id", campaign).await,
            message: of("message", "campaign_contact_id", contact).await,
            upload: of("stored_file", "organization_id", organization).await,
            transfer: of("opt_out_transfer", "organization_id", organization).await,
            unmatched_text: of("unmatched_text", "organization_id", organization).await,
            user: world.person("VETTED_TEXTER"),
            name: name.to_owned(),
            invite,
            world,
        }
    }

    /// The same with the caller where an account is named that must be one's own.
    pub fn as_user(&self, user: i64) -> As<'_> {
        As { subject: self, user }
    }

    fn join_token(&self) -> String {
        // As the tests' migration of the campaign sets it: see `secrets`.
        format!("token-of-{}", self.name)
    }

    /// Gives the secrets values that are known.
    pub async fn secrets(&self, test: &TestApp) {
        test.execute(&format!(
            "UPDATE campaign SET join_token = '{}' WHERE id = {}",
            self.join_token(),
            self.world.campaign
        ))
        .await;
    }
}

/// A subject as one of its accounts sees it.
pub struct As<'a> {
    subject: &'a Subject,
    user: i64,
}

impl Ids for As<'_> {
    fn of(&self, entity: Entity) -> Value {
        match entity {
            Entity::User => json!(self.user),
            entity => self.subject.of(entity),
        }
    }
}

impl Ids for Subject {
    fn of(&self, entity: Entity) -> Value {
        let world = &self.world;
        match entity {
            Entity::Organization => json!(world.organization),
            Entity::Campaign => json!(world.campaign),
            Entity::Assignment => json!(world.assignment),
            Entity::Contact => json!(world.contacts[0]),
            Entity::User => json!(self.user),
            Entity::Tag => json!(self.tag),
            Entity::Job => json!(self.job),
            Entity::Step => json!(self.step),
            Entity::CannedResponse => json!(self.canned_response),
            Entity::Message => json!(self.message),
            Entity::Upload => json!(self.upload),
            Entity::Transfer => json!(self.transfer),
            Entity::UnmatchedText => json!(self.unmatched_text),
            Entity::Invite => json!(self.invite),
            // The organization's uuid is its name in these tests.
            Entity::JoinLink => json!(self.name),
            Entity::JoinToken => json!(self.join_token()),
            Entity::Node => json!(format!("Campaign:{}", world.campaign)),
        }
    }
}

/// Ids that name nothing.
pub struct Nothing;

impl Ids for Nothing {
    fn of(&self, entity: Entity) -> Value {
        match entity {
            Entity::Invite | Entity::JoinLink | Entity::JoinToken => json!("no-such-secret-at-all"),
            Entity::Node => json!("Campaign:999999"),
            _ => json!(999_999),
        }
    }
}
