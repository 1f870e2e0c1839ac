//! `CampaignContact`: one recipient in one campaign, with texts, answers and opt-out.

use async_graphql::{Context, ID, Object};
use bellwether_db::{
    campaign_contact::CampaignContactRow,
    message::{MessageRow, SendResult},
    opt_out::OptOutRow,
    tag::{RESOLVED, TEXTER_TAGS},
};
use bellwether_domain::{message_status::MessageStatus, time_zone};
use std::{borrow::Cow, collections::HashMap, sync::Arc};

use super::{
    app,
    assignment::Assignment,
    campaign::Campaign,
    enums::{ContactStatus, SendStatus},
    error::GqlResult,
    interaction_step::{self, AnswerOption, InteractionStep},
    loaders::{
        CampaignKey, ContactKey, ContactTagsKey, Load, MessagesKey, OptOutKey, OwnedAssignmentKey,
        ResponsesKey, StepsKey,
    },
    location::{Location, MediaItem},
    parse_optional_id, requester,
    scalars::{Date, Json, Phone},
    tag::ContactTag,
    user::User,
    viewer,
};
use crate::error::OpError;
use crate::permissions::Permission;

/// One recipient in one campaign. After a send only what changed is known, and the rest is loaded when asked for.
pub struct CampaignContact {
    id: i64,
    message_status: Option<String>,
    assignment_id: Option<i64>,
    row: Option<Arc<CampaignContactRow>>,
    /// Loaded with the list the contact came in.
    messages: Option<Vec<MessageRow>>,
}

impl CampaignContact {
    /// Wraps a row that the requester was allowed to see.
    pub fn new(row: CampaignContactRow) -> Self {
        Self {
            id: row.id,
            message_status: Some(row.message_status.clone()),
            assignment_id: row.assignment_id,
            row: Some(Arc::new(row)),
            messages: None,
        }
    }

    /// What a send told: answering with it costs no further statement.
    pub fn after_send(result: &SendResult) -> Self {
        Self {
            id: result.contact_id,
            message_status: result.message_status.clone(),
            assignment_id: result.assignment_id,
            row: None,
            messages: None,
        }
    }

    /// A contact that the requester was allowed to change; loaded when asked for.
    pub fn by_id(id: i64) -> Self {
        Self {
            id,
            message_status: None,
            assignment_id: None,
            row: None,
            messages: None,
        }
    }

    /// A list of contacts with their texts, when these are asked for: one statement for all of them, where a loader
    /// that fills while the list is resolved may need several.
    pub async fn list(
        ctx: &Context<'_>,
        rows: Vec<Option<CampaignContactRow>>,
    ) -> GqlResult<Option<Vec<Option<Self>>>> {
        let with_messages = ctx.look_ahead().field("messages").exists();
        let places: Vec<bool> = rows.iter().map(Option::is_some).collect();
        let rows = rows.into_iter().flatten().collect();
        let mut contacts = Self::with_messages(ctx, rows, with_messages).await?.into_iter();
        Ok(Some(
            places
                .into_iter()
                .map(|is_there| if is_there { contacts.next() } else { None })
                .collect(),
        ))
    }

    /// Contacts with their texts, when these are wanted.
    pub async fn with_messages(
        ctx: &Context<'_>,
        rows: Vec<CampaignContactRow>,
        with_messages: bool,
    ) -> GqlResult<Vec<Self>> {
        let mut messages = HashMap::new();
        if with_messages {
            let ids: Vec<i64> = rows.iter().map(|row| row.id).collect();
            for row in bellwether_db::message::for_contacts(&mut *app(ctx).db().await?, &ids).await? {
                let contact_id = row.campaign_contact_id.unwrap_or_default();
                messages.entry(contact_id).or_insert_with(Vec::new).push(row);
            }
        }
        let wrap = |row: CampaignContactRow| {
            let messages = with_messages.then(|| messages.remove(&row.id).unwrap_or_default());
            Self {
                messages,
                ..Self::new(row)
            }
        };
        Ok(rows.into_iter().map(wrap).collect())
    }

    async fn row(&self, ctx: &Context<'_>) -> GqlResult<Arc<CampaignContactRow>> {
        match &self.row {
            Some(row) => Ok(Arc::clone(row)),
            None => {
                let row = ctx.data_unchecked::<Load>().load_one(ContactKey(self.id)).await?;
                Ok(Arc::new(row.ok_or_else(OpError::not_found)?))
            }
        }
    }
}

/// One recipient in one campaign.
#[Object]
impl CampaignContact {
    /// The contact's id.
    async fn id(&self) -> Option<ID> {
        Some(self.id.into())
    }
    /// Given name.
    async fn first_name(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        Ok(Some(self.row(ctx).await?.first_name.clone()))
    }
    /// Family name.
    async fn last_name(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        Ok(Some(self.row(ctx).await?.last_name.clone()))
    }
    /// Telephone, E.164.
    async fn cell(&self, ctx: &Context<'_>) -> GqlResult<Option<Phone>> {
        Ok(Some(Phone(self.row(ctx).await?.cell.clone())))
    }
    /// ZIP code, five digits.
    async fn zip(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        Ok(Some(self.row(ctx).await?.zip.clone()))
    }
    /// The contact's id in the list's own system.
    #[graphql(name = "external_id")]
    async fn external_id(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        Ok(Some(self.row(ctx).await?.external_id.clone()))
    }
    /// When anything last happened.
    #[graphql(name = "updated_at")]
    async fn updated_at_snake(&self, ctx: &Context<'_>) -> GqlResult<Option<Date>> {
        Ok(Some(Date(self.row(ctx).await?.updated_at)))
    }
    /// When anything last happened.
    async fn updated_at(&self, ctx: &Context<'_>) -> GqlResult<Option<Date>> {
        Ok(Some(Date(self.row(ctx).await?.updated_at)))
    }
    /// The list's own columns: a text that holds a JSON object, as in Spoke.
    async fn custom_fields(&self, ctx: &Context<'_>) -> GqlResult<Option<Json>> {
        Ok(Some(Json(serde_json::Value::String(
            self.row(ctx).await?.custom_fields.to_string(),
        ))))
    }
    /// Texts to and from the contact, oldest first.
    async fn messages(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<Message>>>> {
        if let Some(rows) = &self.messages {
            return Ok(Some(rows.iter().map(|row| Some(Message(row.clone()))).collect()));
        }
        let rows = ctx
            .data_unchecked::<Load>()
            .load_one(MessagesKey(self.id))
            .await?
            .unwrap_or_default();
        Ok(Some(rows.iter().map(|row| Some(Message(row.clone()))).collect()))
    }
    /// Tags of the contact, those that are resolved left out; texters see those of the group texter-tags.
    async fn tags(
        &self,
        ctx: &Context<'_>,
        #[graphql(desc = "Only this tag, also when it is resolved.")] tag_id: Option<String>,
    ) -> GqlResult<Option<Vec<Option<ContactTag>>>> {
        let tag_id = parse_optional_id(tag_id.as_deref())?;
        let rows = ctx
            .data_unchecked::<Load>()
            .load_one(ContactTagsKey(self.id))
            .await?
            .unwrap_or_default();
        if rows.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let organization_id = self.row(ctx).await?.organization_id;
        let all = requester(ctx)?.may(Permission::OrganizationAllTags, organization_id);
        let wanted = rows.iter().filter(|row| match tag_id {
            Some(id) => row.tag_id == id,
            None => row.value.as_deref() != Some(RESOLVED),
        });
        let visible = wanted.filter(|row| all || row.group.as_deref() == Some(TEXTER_TAGS));
        Ok(Some(visible.map(|row| Some(row.clone().into())).collect()))
    }
    /// Where the contact lives, as far as ZIP code and time zone tell; null when they tell nothing.
    async fn location(&self, ctx: &Context<'_>) -> GqlResult<Option<Location>> {
        let row = self.row(ctx).await?;
        Ok(Location::of(&row.zip, &row.time_zone))
    }
    /// The opt-out of this cell, if any.
    async fn opt_out(&self, ctx: &Context<'_>) -> GqlResult<Option<OptOut>> {
        if let Some(row) = &self.row
            && !row.is_opted_out
        {
            return Ok(None);
        }
        let row = ctx.data_unchecked::<Load>().load_one(OptOutKey(self.id)).await?;
        Ok(row.map(OptOut))
    }
    /// The contact's campaign.
    async fn campaign(&self, ctx: &Context<'_>) -> GqlResult<Option<Campaign>> {
        let campaign_id = self.row(ctx).await?.campaign_id;
        Ok(ctx
            .data_unchecked::<Load>()
            .load_one(CampaignKey(campaign_id))
            .await?
            .map(Campaign::new))
    }
    /// The answers that were recorded.
    async fn question_response_values(
        &self,
        ctx: &Context<'_>,
    ) -> GqlResult<Option<Vec<Option<AnswerOption>>>> {
        let load = ctx.data_unchecked::<Load>();
        let answers = load.load_one(ResponsesKey(self.id)).await?.unwrap_or_default();
        if answers.is_empty() {
            return Ok(Some(Vec::new()));
        }
        let campaign_id = self.row(ctx).await?.campaign_id;
        let steps = load.load_one(StepsKey(campaign_id)).await?.unwrap_or_default();
        Ok(Some(
            answers
                .iter()
                .filter_map(|answer| {
                    AnswerOption::recorded(&steps, answer.interaction_step_id, &answer.value)
                })
                .map(Some)
                .collect(),
        ))
    }
    /// The steps of the campaign's script.
    async fn interaction_steps(&self, ctx: &Context<'_>) -> GqlResult<Option<Vec<Option<InteractionStep>>>> {
        interaction_step::of_campaign(ctx, self.row(ctx).await?.campaign_id).await
    }
    /// needsMessage, messaged, needsResponse, convo or closed.
    async fn message_status(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        Ok(Some(match &self.message_status {
            Some(status) => status.clone(),
            None => self.row(ctx).await?.message_status.clone(),
        }))
    }
    /// The assignment that has the contact; null when nobody has it.
    async fn assignment_id(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        let id = match (&self.message_status, self.assignment_id) {
            (Some(_), id) => id,
            (None, _) => self.row(ctx).await?.assignment_id,
        };
        Ok(id.map(|id| id.to_string()))
    }
    /// Code of the last text that failed; for supervisors.
    async fn error_code(&self, ctx: &Context<'_>) -> GqlResult<Option<i32>> {
        let row = self.row(ctx).await?;
        Ok(row.error_code.filter(|_| {
            requester(ctx)
                .is_ok_and(|requester| requester.may(Permission::ContactErrorCode, row.organization_id))
        }))
    }
    /// messageStatus as a type.
    async fn status(&self, ctx: &Context<'_>) -> GqlResult<ContactStatus> {
        let status = match &self.message_status {
            Some(status) => status.parse::<MessageStatus>(),
            None => self.row(ctx).await?.message_status.parse(),
        };
        let unknown = |_| OpError::Unexpected(format!("contact {} has an unknown state", self.id));
        Ok(status.map_err(unknown)?.into())
    }
    /// The first message as the server would send it now; null once it was sent.
    async fn initial_text(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        Ok(self.row(ctx).await?.initial_text.clone())
    }
    /// The IANA time zone in which the contact most likely is; null when only the campaign's is known.
    async fn time_zone(&self, ctx: &Context<'_>) -> GqlResult<Option<String>> {
        let row = self.row(ctx).await?;
        Ok(time_zone::split(&row.time_zone).next().map(str::to_owned))
    }
    /// All IANA time zones in which the contact may be, the likeliest first: it is texted in hours that are open in all
    /// of them. Empty when only the campaign's is known.
    async fn time_zones(&self, ctx: &Context<'_>) -> GqlResult<Vec<String>> {
        let row = self.row(ctx).await?;
        Ok(time_zone::split(&row.time_zone).map(str::to_owned).collect())
    }
    /// Whether the contact may be texted at this moment.
    async fn can_text_now(&self, ctx: &Context<'_>) -> GqlResult<bool> {
        let row = self.row(ctx).await?;
        Ok(row.can_text_now && !row.is_opted_out)
    }
    /// Whether this cell is opted out for the organization.
    async fn is_opted_out(&self, ctx: &Context<'_>) -> GqlResult<bool> {
        Ok(self.row(ctx).await?.is_opted_out)
    }
}

/// A text to or from a contact.
pub struct Message(pub MessageRow);

/// A text to or from a contact.
#[Object]
impl Message {
    /// The text's id.
    async fn id(&self) -> Option<ID> {
        Some(self.0.id.into())
    }
    /// Its words.
    async fn text(&self) -> Option<&str> {
        Some(&self.0.text)
    }
    /// Pictures and the like.
    async fn media(&self) -> Option<Vec<Option<MediaItem>>> {
        let items = self.0.media.as_ref().and_then(serde_json::Value::as_array);
        Some(items.into_iter().flatten().map(MediaItem::read).collect())
    }
    /// The organization's number.
    async fn user_number(&self) -> Option<&str> {
        Some(&self.0.user_number)
    }
    /// The contact's number.
    async fn contact_number(&self) -> Option<&str> {
        Some(&self.0.contact_number)
    }
    /// When it was stored.
    async fn created_at(&self) -> Option<Date> {
        Some(Date(self.0.created_at))
    }
    /// Whether the contact wrote it.
    async fn is_from_contact(&self) -> Option<bool> {
        Some(self.0.is_from_contact)
    }
    /// Who pressed the button; null for texts from contacts.
    async fn user_id(&self) -> Option<String> {
        self.0.user_id.map(|id| id.to_string())
    }
    /// QUEUED, SENDING, SENT, DELIVERED, ERROR, UNKNOWN or `NOT_ATTEMPTED`.
    async fn send_status(&self) -> Cow<'_, str> {
        Cow::Borrowed(&self.0.send_status)
    }
    /// sendStatus as a type.
    async fn status(&self) -> GqlResult<SendStatus> {
        let status = self
            .0
            .send_status
            .parse::<bellwether_domain::send_status::SendStatus>();
        let unknown = |_| OpError::Unexpected(format!("message {} has an unknown state", self.0.id));
        Ok(status.map_err(unknown)?.into())
    }
    /// The vendor's error code, or ours when negative.
    async fn error_code(&self) -> Option<i32> {
        self.0.error_code
    }
}

/// A cell that is not to be texted.
pub struct OptOut(pub OptOutRow);

/// A cell that is not to be texted by the organization.
#[Object]
impl OptOut {
    /// The opt-out's id.
    async fn id(&self) -> Option<ID> {
        Some(self.0.id.into())
    }
    /// The cell, E.164.
    async fn cell(&self) -> Option<&str> {
        Some(&self.0.cell)
    }
    /// The assignment in which it was said; for its texter and supervisors.
    async fn assignment(&self, ctx: &Context<'_>) -> GqlResult<Option<Assignment>> {
        let Some(id) = self.0.assignment_id else {
            return Ok(None);
        };
        let load = ctx.data_unchecked::<Load>();
        let Some(found) = load.load_one(OwnedAssignmentKey(id)).await? else {
            return Ok(None);
        };
        let allowed = requester(ctx)?
            .permit_assignment(
                Permission::OptOutAssignment,
                found.organization_id,
                Some(found.assignment.user_id),
            )
            .is_ok();
        Ok(allowed.then(|| Assignment::new(found.assignment, found.organization_id)))
    }
    /// When it was said.
    async fn created_at(&self) -> Option<Date> {
        Some(Date(self.0.created_at))
    }
    /// Who said or did it: contact, texter, vendor, import, admin or unknown; for admins, else null.
    async fn source(&self, ctx: &Context<'_>) -> Option<&str> {
        viewer(ctx).filter(|viewer| viewer.may(Permission::OptOutSource, self.0.organization_id))?;
        Some(&self.0.source)
    }
    /// Why, in the words that were given; for admins, else null.
    async fn reason(&self, ctx: &Context<'_>) -> Option<&str> {
        viewer(ctx).filter(|viewer| viewer.may(Permission::OptOutReason, self.0.organization_id))?;
        Some(&self.0.reason_code)
    }
    /// The account that did it; for admins, else null.
    async fn user(&self, ctx: &Context<'_>) -> GqlResult<Option<User>> {
        let organization_id = self.0.organization_id;
        let may = viewer(ctx).is_some_and(|viewer| viewer.may(Permission::OptOutUser, organization_id));
        match self.0.user_id.filter(|_| may) {
            Some(id) => super::opt_out::account(ctx, id, organization_id).await,
            None => Ok(None),
        }
    }
}
