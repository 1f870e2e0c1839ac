//! Batching: whatever hangs off a list is loaded with one statement for the whole list. A resolver never queries
//! per row.

use std::{collections::HashMap, hash::Hash, sync::Arc};

use async_graphql::dataloader::{DataLoader, Loader};
use bellwether_db::{
    assignment::AssignmentRow, assignment::OwnedAssignment, assignment_feedback::FeedbackRow,
    campaign::CampaignAdminRow, campaign::CampaignRow, campaign::ErrorCount,
    campaign_contact::CampaignContactRow, canned_response::CannedResponseRow, contact_count::ContactCounts,
    hand_over::Unassigned, interaction_step::InteractionStepRow, message::MessageRow, opt_out::OptOutRow,
    organization::OrganizationCount, organization::OrganizationRow, owned_phone_number::CampaignNumber,
    question_response::AnswerCount, question_response::QuestionResponseRow, tag::ContactTagRow, tag::TagRow,
    user::UserRow,
};

use bellwether_queue::JobRow;

use crate::{app::App, error::OpError};

/// Loads for one request.
pub struct Db(App);

/// The loader in a request's data.
pub type Load = DataLoader<Db>;

/// A loader for one request.
pub fn loader(app: &App) -> Load {
    DataLoader::new(Db(app.clone()), tokio::spawn)
}

macro_rules! loaders {
    ($( $(#[doc = $doc:literal])* $key:ident => $value:ty, |$conn:ident, $ids:ident, $app:ident| $load:expr; )*) => { $(
        $(#[doc = $doc])*
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        pub struct $key(pub i64);

        impl Loader<$key> for Db {
            type Value = $value;
            type Error = OpError;

            async fn load(&self, keys: &[$key]) -> Result<HashMap<$key, $value>, OpError> {
                let $app = &self.0;
                let $ids: Vec<i64> = keys.iter().map(|key| key.0).collect();
                let mut connection = $app.db().await?;
                let $conn = &mut *connection;
                let loaded: Result<HashMap<i64, $value>, OpError> = $load;
                Ok(loaded?.into_iter().map(|(id, value)| ($key(id), value)).collect())
            }
        }
    )* };
}

/// A person's assignment in a campaign.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct AssignmentOfKey {
    /// The person.
    pub user_id: i64,
    /// The campaign.
    pub campaign_id: i64,
}

impl Loader<AssignmentOfKey> for Db {
    type Value = AssignmentRow;
    type Error = OpError;

    async fn load(
        &self,
        keys: &[AssignmentOfKey],
    ) -> Result<HashMap<AssignmentOfKey, AssignmentRow>, OpError> {
        let users: Vec<i64> = keys.iter().map(|key| key.user_id).collect();
        let campaigns: Vec<i64> = keys.iter().map(|key| key.campaign_id).collect();
        let rows = bellwether_db::assignment::of_pairs(&mut *self.0.db().await?, &users, &campaigns).await?;
        let key = |row: &AssignmentRow| AssignmentOfKey {
            user_id: row.user_id,
            campaign_id: row.campaign_id,
        };
        Ok(rows.into_iter().map(|row| (key(&row), row)).collect())
    }
}

/// A person's role in an organization, by its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct MembershipKey {
    /// The organization.
    pub organization_id: i64,
    /// The person.
    pub user_id: i64,
}

impl Loader<MembershipKey> for Db {
    type Value = String;
    type Error = OpError;

    async fn load(&self, keys: &[MembershipKey]) -> Result<HashMap<MembershipKey, String>, OpError> {
        let organizations: Vec<i64> = keys.iter().map(|key| key.organization_id).collect();
        let users: Vec<i64> = keys.iter().map(|key| key.user_id).collect();
        let mut conn = self.0.db().await?;
        let rows = bellwether_db::user::memberships_of_pairs(&mut conn, &organizations, &users).await?;
        Ok(rows
            .into_iter()
            .map(|row| {
                let key = MembershipKey {
                    organization_id: row.organization_id,
                    user_id: row.user_id,
                };
                (key, row.role)
            })
            .collect())
    }
}

fn one<T>(rows: Vec<T>, id: impl Fn(&T) -> i64) -> Result<HashMap<i64, T>, OpError> {
    Ok(rows.into_iter().map(|row| (id(&row), row)).collect())
}

fn many<T>(rows: Vec<T>, id: impl Fn(&T) -> i64) -> Result<HashMap<i64, Arc<Vec<T>>>, OpError> {
    let mut groups: HashMap<i64, Vec<T>> = HashMap::new();
    for row in rows {
        groups.entry(id(&row)).or_default().push(row);
    }
    Ok(groups
        .into_iter()
        .map(|(id, rows)| (id, Arc::new(rows)))
        .collect())
}

loaders! {
    /// An account by id.
    UserKey => UserRow, |conn, ids, app| one(bellwether_db::user::by_ids(conn, &ids).await?, |row| row.id);
    /// An organization by id.
    OrganizationKey => OrganizationRow, |conn, ids, app| one(bellwether_db::organization::by_ids(conn, &ids).await?, |row| row.id);
    /// Texts of an organization in the last day.
    TextsInLastDayKey => OrganizationCount, |conn, ids, app| one(bellwether_db::organization::texts_in_last_day(conn, &ids).await?, |row| row.organization_id);
    /// Campaigns of an organization.
    CampaignsCountKey => OrganizationCount, |conn, ids, app| one(bellwether_db::organization::campaigns(conn, &ids).await?, |row| row.organization_id);
    /// An assignment by id, and whose it is.
    OwnedAssignmentKey => OwnedAssignment, |conn, ids, app| one(bellwether_db::assignment::owned_by_ids(conn, &ids).await?, |row| row.assignment.id);
    /// A campaign by id.
    CampaignKey => CampaignRow, |conn, ids, app| one(bellwether_db::campaign::by_ids(conn, &ids).await?, |row| row.id);
    /// What a campaign's last load of contacts did.
    CampaignAdminKey => CampaignAdminRow, |conn, ids, app| one(bellwether_db::campaign::admin_of(conn, &ids).await?, |row| row.campaign_id);
    /// Counts of a campaign.
    CampaignCountsKey => ContactCounts, |conn, ids, app| one(bellwether_db::contact_count::of_campaigns(conn, &ids, app.now()).await?, |row| row.id);
    /// Counts of an assignment.
    AssignmentCountsKey => ContactCounts, |conn, ids, app| one(bellwether_db::contact_count::of_assignments(conn, &ids, app.now()).await?, |row| row.id);
    /// Assignments of a campaign.
    CampaignAssignmentsKey => Arc<Vec<AssignmentRow>>, |conn, ids, app| many(bellwether_db::assignment::of_campaigns(conn, &ids).await?, |row| row.campaign_id);
    /// Steps of a campaign's script.
    StepsKey => Arc<Vec<InteractionStepRow>>, |conn, ids, app| many(bellwether_db::interaction_step::of_campaigns(conn, &ids).await?, |row| row.campaign_id);
    /// How often each answer of a step was given.
    AnswerCountsKey => Arc<Vec<AnswerCount>>, |conn, ids, app| many(bellwether_db::question_response::counts(conn, &ids).await?, |row| row.interaction_step_id);
    /// A contact by id.
    ContactKey => CampaignContactRow, |conn, ids, app| one(bellwether_db::campaign_contact::by_ids(conn, &ids, app.now()).await?, |row| row.id);
    /// Texts of a contact, oldest first.
    MessagesKey => Arc<Vec<MessageRow>>, |conn, ids, app| many(bellwether_db::message::for_contacts(conn, &ids).await?, |row| row.campaign_contact_id.unwrap_or_default());
    /// Answers of a contact.
    ResponsesKey => Arc<Vec<QuestionResponseRow>>, |conn, ids, app| many(bellwether_db::question_response::of_contacts(conn, &ids).await?, |row| row.campaign_contact_id);
    /// Jobs of a campaign that are not done.
    JobsKey => Arc<Vec<JobRow>>, |conn, ids, app| many(bellwether_queue::pending_for_campaigns(conn, &ids).await?, |row| row.campaign_id.unwrap_or_default());
    /// Errors of a campaign, most frequent first.
    ErrorCountsKey => Arc<Vec<ErrorCount>>, |conn, ids, app| many(bellwether_db::campaign::error_counts(conn, &ids).await?, |row| row.campaign_id);
    /// Saved replies of a campaign, without texters' own.
    CannedResponsesKey => Arc<Vec<CannedResponseRow>>, |conn, ids, app| many(bellwether_db::canned_response::of_campaigns(conn, &ids).await?, |row| row.campaign_id);
    /// Telephone numbers reserved for a campaign.
    CampaignNumbersKey => Arc<Vec<CampaignNumber>>, |conn, ids, app| many(bellwether_db::owned_phone_number::of_campaigns(conn, &ids).await?, |row| row.campaign_id);
    /// Tags of an organization that are not deleted.
    TagsKey => Arc<Vec<TagRow>>, |conn, ids, app| many(bellwether_db::tag::of_organizations(conn, &ids).await?, |row| row.organization_id);
    /// Tags of a contact.
    ContactTagsKey => Arc<Vec<ContactTagRow>>, |conn, ids, app| many(bellwether_db::tag::of_contacts(conn, &ids).await?, |row| row.campaign_contact_id);
    /// Contacts of a campaign that nobody has.
    UnassignedKey => Unassigned, |conn, ids, app| one(bellwether_db::hand_over::unassigned(conn, &ids, app.now()).await?, |row| row.campaign_id);
    /// Feedback on an assignment.
    FeedbackKey => FeedbackRow, |conn, ids, app| one(bellwether_db::assignment_feedback::of_assignments(conn, &ids).await?, |row| row.assignment_id);
    /// The opt-out of a contact's cell.
    OptOutKey => OptOutRow, |conn, ids, app| one(bellwether_db::opt_out::for_contacts(conn, &ids).await?, |row| row.contact_id);
}
