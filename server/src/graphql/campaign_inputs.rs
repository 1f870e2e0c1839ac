//! Inputs of campaigns, and how they become an operation's input.

use async_graphql::{Context, Enum, InputObject};
use bellwether_db::campaign::CampaignsFilter as Filter;

use super::{
    app,
    campaign::{Campaign, CampaignsList, CampaignsReturn, PaginatedCampaigns},
    error::GqlResult,
    parse_id, requester,
    scalars::Date,
    texter_ui::TexterUiConfigInput,
    user::PageInfo,
};
use crate::{
    assignment::assign_texters::TexterAssignment,
    campaign::{canned_responses::CannedResponseEdit, edit::CampaignEdit, read},
    error::OpError,
    script::save_interaction_steps::StepInput,
};

/// Rows of one page at most.
pub const MAX_PAGE: i32 = 1_000;
/// Furthest a page may start.
pub const MAX_OFFSET: i32 = 1_000_000;
/// Campaigns listed without a cursor at most.
pub const MAX_CAMPAIGNS: i64 = 1_000;

/// A page by its place.
#[derive(InputObject, Clone, Copy)]
pub struct OffsetLimitCursor {
    /// Rows before the page.
    pub offset: i32,
    /// Most rows of the page.
    pub limit: i32,
}

impl OffsetLimitCursor {
    /// Offset and limit, refused by name when out of bounds.
    pub fn parse(self) -> GqlResult<(i64, i64)> {
        if !(0..=MAX_OFFSET).contains(&self.offset) {
            return Err(OpError::bad_input(format!("cursor.offset: 0 to {MAX_OFFSET}")).into());
        }
        if !(1..=MAX_PAGE).contains(&self.limit) {
            return Err(OpError::bad_input(format!("cursor.limit: 1 to {MAX_PAGE}")).into());
        }
        Ok((self.offset.into(), self.limit.into()))
    }
}

/// Which campaigns.
#[derive(InputObject, Default)]
pub struct CampaignsFilter {
    /// Only archived, or only others.
    pub is_archived: Option<bool>,
    /// Only this one.
    pub campaign_id: Option<i32>,
    /// Only these.
    pub campaign_ids: Option<Vec<Option<i32>>>,
    /// At most this many.
    pub list_size: Option<i32>,
    /// At most this many.
    pub page_size: Option<i32>,
    /// Part of the title; with a hyphen in front, what the title must not have.
    pub search_string: Option<String>,
}

/// In which order campaigns are listed.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum SortCampaignsBy {
    /// Earliest due date first.
    DueDateAsc,
    /// Latest due date first.
    DueDateDesc,
    /// Oldest first.
    IdAsc,
    /// Newest first.
    IdDesc,
    /// By title.
    Title,
    /// By time zone.
    Timezone,
}

impl SortCampaignsBy {
    fn as_str(self) -> &'static str {
        match self {
            Self::DueDateAsc => "DUE_DATE_ASC",
            Self::DueDateDesc => "DUE_DATE_DESC",
            Self::IdAsc => "ID_ASC",
            Self::IdDesc => "ID_DESC",
            Self::Title => "TITLE",
            Self::Timezone => "TIMEZONE",
        }
    }
}

/// In which order people are listed.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum SortPeopleBy {
    /// By given name.
    FirstName,
    /// By family name.
    LastName,
    /// Newest account first.
    Newest,
    /// Oldest account first.
    Oldest,
}

impl SortPeopleBy {
    /// Its word in the database's queries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstName => "FIRST_NAME",
            Self::LastName => "LAST_NAME",
            Self::Newest => "NEWEST",
            Self::Oldest => "OLDEST",
        }
    }
}

/// What a search for people looks at.
#[derive(Enum, Clone, Copy, PartialEq, Eq)]
pub enum FilterPeopleBy {
    /// Given name.
    FirstName,
    /// Family name.
    LastName,
    /// Address.
    Email,
    /// All of them.
    Any,
}

impl FilterPeopleBy {
    /// Its word in the database's queries.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstName => "FIRST_NAME",
            Self::LastName => "LAST_NAME",
            Self::Email => "EMAIL",
            Self::Any => "ANY",
        }
    }
}

/// Lists campaigns: a page with a cursor, else a list.
pub async fn campaigns(
    ctx: &Context<'_>,
    organization_id: i64,
    cursor: Option<OffsetLimitCursor>,
    filter: Option<CampaignsFilter>,
    sort_by: Option<SortCampaignsBy>,
) -> GqlResult<Option<CampaignsReturn>> {
    let filter = filter.unwrap_or_default();
    let ids: Option<Vec<i64>> = match (filter.campaign_id, &filter.campaign_ids) {
        (Some(id), _) => Some(vec![id.into()]),
        (None, Some(ids)) if !ids.is_empty() => Some(ids.iter().flatten().map(|id| i64::from(*id)).collect()),
        _ => None,
    };
    let (offset, limit) = match cursor {
        Some(cursor) => cursor.parse()?,
        None => (
            0,
            filter
                .page_size
                .or(filter.list_size)
                .map_or(MAX_CAMPAIGNS, |n| i64::from(n).clamp(1, MAX_CAMPAIGNS)),
        ),
    };
    // Spoke's way to say "not": a hyphen in front.
    let search = filter.search_string.as_deref().map(str::trim).unwrap_or_default();
    let wanted = search.strip_prefix('-').unwrap_or(search);
    let query = Filter {
        is_archived: filter.is_archived,
        ids: ids.as_deref(),
        search: Some(wanted).filter(|text| !text.is_empty()),
        is_search_negated: search.starts_with('-'),
        sort: sort_by.unwrap_or(SortCampaignsBy::IdAsc).as_str(),
        limit,
        offset,
    };
    let rows = read::campaigns(app(ctx), requester(ctx)?, organization_id, &query).await?;
    let total = rows.first().map_or(0, |row| row.total);
    let campaigns = Some(
        rows.into_iter()
            .map(|row| Some(Campaign::new(row.campaign)))
            .collect(),
    );
    Ok(Some(match cursor {
        Some(_) => CampaignsReturn::PaginatedCampaigns(PaginatedCampaigns {
            campaigns,
            page_info: Some(PageInfo::new(limit, offset, total)),
        }),
        None => CampaignsReturn::CampaignsList(CampaignsList { campaigns }),
    }))
}

/// A texter of a campaign.
#[derive(InputObject)]
pub struct TexterInput {
    /// The account's id.
    pub id: Option<String>,
    /// First messages the texter is to have.
    pub needs_message_count: Option<i32>,
    /// Contacts the texter may hold at most.
    pub max_contacts: Option<i32>,
    /// Contacts the texter had when the form was shown: what was texted since then is taken off the count.
    pub contacts_count: Option<i32>,
}

/// A step of a script with what follows its answers.
#[derive(InputObject)]
pub struct InteractionStepInput {
    /// The step's id; anything with "new", or nothing, makes one.
    pub id: Option<String>,
    /// Prompt for the texter.
    pub question_text: Option<String>,
    /// Text for the contact.
    pub script: Option<String>,
    /// The answer of the parent's question that leads here.
    pub answer_option: Option<String>,
    /// Name of an action handler.
    pub answer_actions: Option<String>,
    /// Its data.
    pub answer_actions_data: Option<String>,
    /// The parent's id; what counts is where the step stands.
    pub parent_interaction_id: Option<String>,
    /// Whether the step is to be taken out.
    pub is_deleted: Option<bool>,
    /// What follows each answer.
    pub interaction_steps: Option<Vec<Option<InteractionStepInput>>>,
}

impl From<InteractionStepInput> for StepInput {
    fn from(input: InteractionStepInput) -> Self {
        Self {
            id: input.id,
            question: input.question_text.unwrap_or_default(),
            script: input.script.unwrap_or_default(),
            answer_option: input.answer_option.unwrap_or_default(),
            answer_actions: input.answer_actions.unwrap_or_default(),
            answer_actions_data: input.answer_actions_data,
            is_deleted: input.is_deleted.unwrap_or(false),
            children: input
                .interaction_steps
                .unwrap_or_default()
                .into_iter()
                .flatten()
                .map(Self::from)
                .collect(),
        }
    }
}

/// What a campaign is to be; what is left out stays as it is.
#[derive(InputObject)]
pub struct CampaignInput {
    /// Shown to admins and texters.
    pub title: Option<String>,
    /// Shown to admins and texters.
    pub description: Option<String>,
    /// First messages stop 24 hours later.
    pub due_by: Option<Date>,
    /// https address of a picture.
    pub logo_image_url: Option<String>,
    /// A colour as #rrggbb.
    pub primary_color: Option<String>,
    /// Introduction for texters.
    pub intro_html: Option<String>,
    /// Whether texters take contacts themselves.
    pub use_dynamic_assignment: Option<bool>,
    /// Where contacts come from: csv-upload.
    pub ingest_method: Option<String>,
    /// What the loader needs: {"uploadId", "mapping"} as JSON, or Spoke's packed contacts.
    pub contact_data: Option<String>,
    /// The organization, when a campaign is made.
    pub organization_id: Option<String>,
    /// Who texts how many.
    pub texters: Option<Vec<Option<TexterInput>>>,
    /// The whole script, from the first message on.
    pub interaction_steps: Option<InteractionStepInput>,
    /// Whether the campaign has texting hours of its own.
    pub override_organization_texting_hours: Option<bool>,
    /// Whether these are enforced.
    pub texting_hours_enforced: Option<bool>,
    /// First hour, 0 to 23.
    pub texting_hours_start: Option<i32>,
    /// Hour of the end, 1 to 24.
    pub texting_hours_end: Option<i32>,
    /// IANA time zone of contacts whose own is unknown.
    pub timezone: Option<String>,
    /// Whether texters may change the first message before sending it.
    pub allow_initial_edit: Option<bool>,
    /// Whether texters get more contacts only after they answered; Spoke's older setting, kept and not used.
    pub request_after_reply: Option<bool>,
    /// Contacts that a texter gets at once.
    pub batch_size: Option<i32>,
    /// Policies by which texters get more contacts: finished-replies, finished-replies-tz, vetted-texters,
    /// all-texters, vetted-takeconversations.
    pub batch_policies: Option<Vec<Option<String>>>,
    /// Hours within which a reply should be answered.
    pub response_window: Option<f64>,
    /// The campaign's own saved replies, all of them; texters' own stay.
    pub canned_responses: Option<Vec<Option<CannedResponseInput>>>,
    /// Whether the campaign has a group of numbers of its own.
    pub use_own_messaging_service: Option<bool>,
    /// Numbers of that group; the vendor knows them, so that they are not read.
    pub phone_numbers: Option<Vec<Option<String>>>,
    /// The vendor's id of that group; empty is none.
    pub messageservice_sid: Option<String>,
    /// Side panels of the texter's page.
    #[graphql(name = "texterUIConfig")]
    pub texter_ui_config: Option<TexterUiConfigInput>,
    /// Numbers of the inventory to be reserved instead of those that are, all or none.
    pub inventory_phone_number_counts: Option<Vec<CampaignPhoneNumberInput>>,
    /// Whether texters may take over conversations by a link.
    pub use_dynamic_replies: Option<bool>,
    /// Conversations that one visit of that link hands over.
    pub reply_batch_size: Option<i32>,
    /// A new secret of the join link: a random UUID.
    pub join_token: Option<String>,
}

/// A saved reply.
#[derive(InputObject)]
pub struct CannedResponseInput {
    /// Its id; anything else makes one.
    pub id: Option<String>,
    /// Its name in lists.
    pub title: Option<String>,
    /// Its words.
    pub text: Option<String>,
    /// Its campaign, when it is made by itself.
    pub campaign_id: Option<String>,
    /// Whose own it is to be, when it is made by itself; oneself.
    pub user_id: Option<String>,
    /// Tags that it puts on the contact.
    pub tag_ids: Option<Vec<Option<i32>>>,
    /// Name of an action handler.
    pub answer_actions: Option<String>,
    /// Its data.
    pub answer_actions_data: Option<String>,
}

impl From<CannedResponseInput> for CannedResponseEdit {
    fn from(input: CannedResponseInput) -> Self {
        Self {
            id: input.id,
            title: input.title.unwrap_or_default(),
            text: input.text.unwrap_or_default(),
            tag_ids: input
                .tag_ids
                .into_iter()
                .flatten()
                .flatten()
                .map(i64::from)
                .collect(),
            answer_actions: input.answer_actions,
            answer_actions_data: input.answer_actions_data,
        }
    }
}

/// Numbers of one area code.
#[derive(InputObject)]
pub struct CampaignPhoneNumberInput {
    /// Three digits.
    pub area_code: String,
    /// How many.
    pub count: i32,
}

impl CampaignInput {
    /// The operation's input, and the organization for a new campaign.
    pub fn parse(self) -> GqlResult<(CampaignEdit, Option<String>)> {
        let texters = match self.texters {
            None => None,
            Some(texters) => {
                let mut counts = Vec::new();
                for texter in texters.into_iter().flatten() {
                    let id = texter
                        .id
                        .as_deref()
                        .ok_or_else(|| OpError::bad_input("texters: an id is missing"))?;
                    let id = parse_id(id)
                        .map_err(|_unknown| OpError::bad_input(format!("texters: {id:?} is not an id")))?;
                    counts.push(TexterAssignment {
                        id,
                        needs_message_count: texter.needs_message_count.unwrap_or(0).into(),
                        max_contacts: texter.max_contacts,
                        contacts_count: texter.contacts_count.map(i64::from),
                    });
                }
                Some(counts)
            }
        };
        let edit = CampaignEdit {
            title: self.title,
            description: self.description,
            due_by: self.due_by.map(|date| date.0),
            logo_image_url: self.logo_image_url,
            primary_color: self.primary_color,
            intro_html: self.intro_html,
            use_dynamic_assignment: self.use_dynamic_assignment,
            allow_initial_edit: self.allow_initial_edit,
            override_organization_texting_hours: self.override_organization_texting_hours,
            texting_hours_enforced: self.texting_hours_enforced,
            texting_hours_start: self.texting_hours_start,
            texting_hours_end: self.texting_hours_end,
            timezone: self.timezone,
            interaction_steps: self.interaction_steps.map(StepInput::from),
            texters,
            ingest_method: self.ingest_method,
            contact_data: self.contact_data,
            canned_responses: self
                .canned_responses
                .map(|replies| replies.into_iter().flatten().map(Into::into).collect()),
            batch_size: self.batch_size,
            batch_policies: self
                .batch_policies
                .map(|names| names.into_iter().flatten().collect()),
            response_window: self.response_window,
            use_own_messaging_service: self.use_own_messaging_service,
            messageservice_sid: self.messageservice_sid,
            texter_ui_settings: self.texter_ui_config.and_then(|config| config.options),
            inventory_phone_number_counts: self.inventory_phone_number_counts.map(|counts| {
                counts
                    .into_iter()
                    .map(|count| (count.area_code, count.count))
                    .collect()
            }),
            use_dynamic_replies: self.use_dynamic_replies,
            reply_batch_size: self.reply_batch_size,
            request_after_reply: self.request_after_reply,
            join_token: self.join_token,
        };
        Ok((edit, self.organization_id))
    }
}
